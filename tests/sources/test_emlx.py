"""Apple Mail's .emlx."""

import gzip

import pytest
from tests.plain_mail import plain_message
from tests.sources.reading import given_by

PLIST = b'<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0"><dict/></plist>\n'


def emlx(message: bytes, length: bytes | None = None) -> bytes:
    return (b"%-10d\n" % len(message) if length is None else length) + message + PLIST


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_emlx_is_the_message_between_its_length_and_its_property_list(tmp_path, compress):
    message = plain_message(1, b"body without line end")
    (tmp_path / "1.emlx").write_bytes(compress(emlx(message)))
    (tmp_path / "2").write_bytes(compress(emlx(message, b"%d\r\n" % len(message))))
    (tmp_path / "3.emlx").write_bytes(compress(emlx(b"odd\n", b"4\n")))
    found = given_by(tmp_path)
    assert found.raws == [message, message, b"odd\n"]
    assert [row["source_offset"] for row in found.rows] == [11, 5 - (len(str(len(message))) < 3), 2]
    assert found.codes == []


def test_emlx_partial_is_incomplete_not_bad(tmp_path):
    (tmp_path / "1.partial.emlx").write_bytes(emlx(plain_message(1)))
    (tmp_path / "2.emlx").write_bytes(emlx(plain_message(2)))
    found = given_by(tmp_path)
    assert found.raws == [None, plain_message(2)]
    assert [row["read_error"] for row in found.rows] == ["incomplete", None]
    assert found.codes == ["incomplete"]


def test_emlx_that_breaks_off_is_incomplete(tmp_path):
    (tmp_path / "1.emlx").write_bytes(emlx(plain_message(1))[:100])
    found = given_by(tmp_path)
    assert (found.raws, found.codes) == ([None], ["incomplete"])


def test_emlx_message_too_large_to_hold_is_given_as_a_place(tmp_path, monkeypatch):
    monkeypatch.setattr("smimebatch.sources.emlx.MESSAGE_HELD_BYTES", 1000)
    message = plain_message(1, b"x\n" * 1000)
    (tmp_path / "1.emlx.gz").write_bytes(gzip.compress(emlx(message)))
    (tmp_path / "2.emlx").write_bytes(emlx(message))
    (tmp_path / "3.emlx").write_bytes(emlx(message)[:1500])
    found = given_by(tmp_path)
    assert found.raws == [message, message, None]
    assert all(row["is_large"] for row in found.rows[:2])
    assert found.rows[2]["read_error"] == "incomplete"
    assert found.codes == ["incomplete"]


@pytest.mark.parametrize("held_bytes", [1 << 20, 10])
@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_emlx_length_that_is_wrong_is_incomplete(tmp_path, monkeypatch, compress, held_bytes):
    monkeypatch.setattr("smimebatch.sources.emlx.MESSAGE_HELD_BYTES", held_bytes)
    message = plain_message(1)
    within = (-40, -2, 1, PLIST.index(b"<plist"), len(PLIST) - 1, len(PLIST), len(PLIST) + 1)
    for number, more in enumerate((*within, -len(message))):
        written = emlx(message, b"%d\n" % (len(message) + more))
        (tmp_path / f"{number}.emlx").write_bytes(compress(written))
    found = given_by(tmp_path)
    assert found.raws == [None] * 8
    assert {row["read_error"] for row in found.rows} == {"incomplete"}
    assert found.codes == ["incomplete"] * 8


@pytest.mark.parametrize("behind", [b"", b"\n", b"\r\n" + PLIST, b"<!DOCTYPE plist>", b"<plist/>"])
def test_emlx_length_is_right_where_a_list_or_nothing_follows(tmp_path, behind):
    message = plain_message(1)
    (tmp_path / "1.emlx").write_bytes(b"%d\n" % len(message) + message + behind)
    found = given_by(tmp_path)
    assert (found.raws, found.codes) == ([message], [])
