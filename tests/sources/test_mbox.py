"""mbox in all its variants, against Python's own reader and a slow one."""

import gzip
import mailbox
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.plain_mail import mbox_of, plain_message
from tests.sources.reading import given_by

from smimebatch.errors import OptionError
from smimebatch.options import VerifyOptions
from smimebatch.schema import codes_of

FROM = b"From person@example.com Mon Mar  1 10:00:00 2021\n"


def with_length(message: bytes) -> bytes:
    """Return a message as mboxcl2 stores it."""
    header, _, body = message.partition(b"\n\n")
    return header + b"\nContent-Length: %d\n\n" % len(body) + body


def test_rule_29_mbox_written_by_python_is_read_back(tmp_path):
    path = tmp_path / "a.mbox"
    box = mailbox.mbox(path)
    bodies = [b"one\n", b"From here on\nto there\n\nFrom a: b\n", b"\n\n", b"no line end"]
    for number, body in enumerate(bodies):
        box.add(mailbox.mboxMessage(plain_message(number, body)))
    box.flush()
    found = given_by(path)
    assert len(found.rows) == len(bodies)
    assert [row["mbox_from"][:5] for row in found.rows] == [b"From "] * len(bodies)
    for key, row in zip(box.keys(), found.rows, strict=True):
        assert box.get_bytes(key).rstrip(b"\n") == row["raw"].rstrip(b"\n")
    box.close()


def test_rule_29_content_length_is_sniffed_and_counts_where_it_lands(tmp_path):
    bodies = [b"one\n", b"quoting:\n\nFrom b\nDate: 2\n\nnone of it cut\n", b"last"]
    messages = [with_length(plain_message(n, body)) for n, body in enumerate(bodies)]
    (tmp_path / "cl2").write_bytes(b"".join(FROM + message + b"\n" for message in messages))
    found = given_by(tmp_path / "cl2")
    assert found.raws == messages
    assert [row["split_suspicious"] for row in found.rows] == [False, True, False]
    assert len(given_by(tmp_path / "cl2", mbox_variant="mboxrd").rows) == 4
    assert len(given_by(tmp_path / "cl2", mbox_variant="mboxcl").rows) == 4


def test_rule_29_content_length_that_lies_hides_no_message(tmp_path):
    messages = [with_length(plain_message(n)) for n in range(5)]
    for wrong in (b"0", b"7", b"100", b"268000000", b"99999999999", b"-1", b"6\nContent-Length: 7"):
        lying = messages[2].replace(b"Content-Length: 6", b"Content-Length: " + wrong)
        stored = mbox_of([*messages[:2], lying, *messages[3:]])
        (tmp_path / "a").write_bytes(stored)
        for variant in (None, "mboxcl", "mboxcl2"):
            found = given_by(tmp_path / "a", mbox_variant=variant, batch_bytes=200)
            assert found.raws == [*messages[:2], lying, *messages[3:]], (wrong, variant)


def test_rule_29_loose_mbox_is_sniffed(tmp_path):
    messages = [plain_message(n) for n in range(4)]
    (tmp_path / "a").write_bytes(b"".join(FROM + message for message in messages))
    assert given_by(tmp_path / "a").raws == messages
    assert len(given_by(tmp_path / "a", mbox_variant="mboxo").rows) == 1


def test_rule_29_thunderbird_mbox(tmp_path):
    from_line = b"From - Mon Mar  1 10:00:00 2021\nX-Mozilla-Status: 0001\n"
    messages = [plain_message(0, b"no line end"), plain_message(1, b">From x\n From y\n")]
    stored = from_line + messages[0] + b"\n" + from_line + messages[1] + b"\n"
    (tmp_path / "Inbox").write_bytes(stored)
    found = given_by(tmp_path / "Inbox")
    assert [raw.partition(b"\n")[2].rstrip(b"\n") for raw in found.raws] == [
        message.rstrip(b"\n") for message in messages
    ]
    assert not any(row["split_suspicious"] for row in found.rows)


def test_rule_29_takeout_mbox_with_mixed_line_ends(tmp_path):
    from_line = b"From 1475901@xxx Mon Mar 01 10:00:00 +0000 2021\r\nX-GM-THRID: 1\r\n"
    messages = [plain_message(n).replace(b"\n", end) for n, end in ((0, b"\r\n"), (1, b"\n"))]
    stored = b"".join(from_line + message + b"\r\n" for message in messages)
    (tmp_path / "All mail.mbox").write_bytes(b"\xef\xbb\xbf" + stored)
    found = given_by(tmp_path / "All mail.mbox")
    assert [raw.partition(b"\n")[2] for raw in found.raws] == messages
    assert found.rows[0]["mbox_from"] == from_line[: from_line.index(b"\n") + 1]


DATED = b"From a@b.example Thu Jan  1 00:00:00 2026\n"


@pytest.mark.parametrize("batch_bytes", [100, 2 << 20])
def test_rule_29_mbox_message_that_swallows_another_is_suspicious(tmp_path, batch_bytes):
    first, second, third = (DATED + plain_message(n) for n in range(3))
    (tmp_path / "two").write_bytes(first + second)
    (tmp_path / "mix").write_bytes(first + second + b"\n" + third)
    found = given_by(tmp_path, batch_bytes=batch_bytes)
    assert found.raws == [
        plain_message(0) + second,
        plain_message(2),
        plain_message(0) + second,
    ]
    assert [row["split_suspicious"] for row in found.rows] == [True, False, True]


@pytest.mark.parametrize("inside", [DATED, b"From here on\n"])
def test_mbox_large_message_that_swallows_another_is_suspicious(tmp_path, small_limits, inside):
    large = plain_message(1, b"text\n" * 700 + inside + plain_message(2, b"more\n" * 700))
    (tmp_path / "a").write_bytes(mbox_of([plain_message(0), large, plain_message(3)]))
    found = given_by(tmp_path, batch_bytes=100)
    assert found.raws == [plain_message(0), large, plain_message(3)]
    assert [row["split_suspicious"] for row in found.rows] == [False, inside == DATED, False]


def test_rule_29_both_halves_of_a_message_cut_in_its_multipart_are_suspicious(tmp_path):
    head = b"Date: 1\nContent-Type: multipart/signed; boundary=b\n\n--b\n\nseen:\n\n"
    rest = b"From x Thu\nDate: 9\n\n--b\n\nsignature\n--b--\n"
    (tmp_path / "a").write_bytes(mbox_of([plain_message(0), head + rest, plain_message(2)]))
    found = given_by(tmp_path)
    assert [row["split_suspicious"] for row in found.rows] == [False, True, True, False]


@pytest.mark.parametrize("name", ["a.mbox", "a.MBX", "inbox"])
@pytest.mark.parametrize("junk", [b"junk line\n", b"junk line\n\n", b"\0\n" * 1000])
def test_mbox_behind_junk_is_read(tmp_path, name, junk):
    messages = [plain_message(n) for n in range(2)]
    stored = junk + DATED + messages[0] + b"\n" + DATED + messages[1]
    (tmp_path / name).write_bytes(stored)
    found = given_by(tmp_path)
    assert found.raws == [junk.removesuffix(b"\n") if junk[-2:] == b"\n\n" else junk, *messages]
    assert [row["split_suspicious"] for row in found.rows] == [True, False, False]
    (tmp_path / name).write_bytes(gzip.compress(stored))
    assert given_by(tmp_path).raws[1:] == messages


def test_mbox_by_name_that_begins_with_a_bare_message_is_cut(tmp_path):
    stored = plain_message(0) + b"\n" + DATED + plain_message(1)
    (tmp_path / "a.mbox").write_bytes(stored)
    (tmp_path / "b.eml").write_bytes(stored)
    assert given_by(tmp_path).raws == [plain_message(0), plain_message(1), stored]


def test_eml_that_begins_with_the_from_line_it_had_is_one_message(tmp_path):
    one = FROM + plain_message(0, b"From here on\n\nFrom there on\n")
    (tmp_path / "a.eml").write_bytes(one)
    (tmp_path / "b.eml").write_bytes(mbox_of([plain_message(1), plain_message(2)]))
    long = [plain_message(3, b"line\n" * 20_000), plain_message(4)]
    (tmp_path / "c.eml").write_bytes(mbox_of(long))
    found = given_by(tmp_path)
    assert found.raws == [one, plain_message(1), plain_message(2), *long]
    assert [row["mbox_from"] for row in found.rows] == [None, *[FROM] * 4]


def test_rule_29_field_from_with_blanks_before_its_colon_is_no_from_line(tmp_path):
    odd = plain_message(0).replace(b"From:", b"From \t:")
    (tmp_path / "a").write_bytes(odd)
    (tmp_path / "b.mbox").write_bytes(mbox_of([plain_message(1), odd, plain_message(2)]))
    found = given_by(tmp_path)
    assert found.raws == [odd, plain_message(1), odd, plain_message(2)]
    assert [row["mbox_from"] is None for row in found.rows] == [True, False, False, False]


def test_mbox_variant_that_is_none_is_refused():
    assert set(codes_of("mbox_variant")) == {"mboxrd", "mboxo", "mboxcl", "mboxcl2", "loose"}
    with pytest.raises(OptionError, match="mboxrd"):
        VerifyOptions(mbox_variant="mbx")


def cut_slowly(stored: bytes) -> list[bytes]:
    """Return the messages as RULES 29 has them, by one regular expression over the whole file."""
    starts = re.compile(rb"(?:\A|(?:(?<=\n)|\A)\r?\n)From [^\n]*\n(?=>From |[!-9;-~]+[ \t]*:)")
    places = [(match.start(), match.end()) for match in starts.finditer(stored)]
    ends = [start for start, _ in places[1:]] + [len(stored)]
    messages = []
    for (_, begin), end in zip(places, ends, strict=True):
        message = stored[begin:end]
        last = end == len(stored)
        messages.append(re.sub(rb"(?:(?<=\n)|\A)\r?\n\Z", b"", message) if last else message)
    return messages


LINES = st.sampled_from(
    [
        b"\n",
        b"\r\n",
        b"text\n",
        b"From a\n",
        b"From b Mon\r\n",
        b"Date: x\n",
        b">From c\n",
        b"A:\r\n",
        b"-",
    ]
)


@settings(max_examples=300)
@given(lines=st.lists(LINES, max_size=40), batch_bytes=st.integers(1, 200))
def test_rule_29_mbox_in_any_pieces_equals_the_slow_way(tmp_path_factory, lines, batch_bytes):
    directory = tmp_path_factory.getbasetemp() / "slow-twin"
    directory.mkdir(exist_ok=True)
    stored = b"From first\nDate: 0\n" + b"".join(lines)
    path = directory / "a"
    path.write_bytes(stored)
    variant = "mboxrd"
    assert given_by(path, mbox_variant=variant, batch_bytes=batch_bytes).raws == cut_slowly(stored)


@pytest.fixture
def small_limits(monkeypatch):
    monkeypatch.setattr("smimebatch.sources.mbox.MESSAGE_HELD_BYTES", 2000)
    monkeypatch.setattr("smimebatch.sources.mbox.PASSED_OVER_BYTES", 700)


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_mbox_message_too_large_to_hold_is_given_as_a_place(tmp_path, small_limits, compress):
    messages = [plain_message(n, b"body %d\n" % n * (1 + 50 * n)) for n in range(12)]
    mixed = [messages[n] for n in (0, 11, 1, 10, 9, 2, 8)]
    stored = mbox_of(mixed)
    (tmp_path / "a").write_bytes(compress(stored))
    (tmp_path / "b").write_bytes(mbox_of(messages[:2]))
    found = given_by(tmp_path / "a", tmp_path / "b", batch_bytes=100)
    rows = [row for row in found.rows if row["source"] == "a"]
    assert [row["raw"] for row in rows] == mixed
    assert [row.get("is_large", False) for row in rows] == [len(m) >= 2000 for m in mixed]
    assert [row["source_index"] for row in rows] == list(range(7))
    assert found.errors == []
    for row, message in zip(rows, mixed, strict=True):
        assert stored[row["source_offset"] :][: row["source_length"]] == message
        assert row["mbox_from"] == FROM
        assert row["split_suspicious"] is False
    assert [row["raw"] for row in found.rows if row["source"] == "b"] == messages[:2]


def test_mbox_large_message_that_breaks_off_is_a_row_and_an_error(tmp_path, small_limits):
    messages = [plain_message(0), plain_message(1, bytes(range(65, 91)) * 2000 + b"\n")]
    stored = gzip.compress(mbox_of(messages))
    (tmp_path / "a.gz").write_bytes(stored[:-20])
    found = given_by(tmp_path / "a.gz", batch_bytes=100)
    assert found.raws == [messages[0], None]
    assert found.codes == ["corrupt_compression"]
    assert found.errors[0].offset == len(FROM) + len(messages[0]) + 1
    row = found.rows[1]
    assert (row["source_index"], row["read_error"]) == (1, "incomplete")
    assert row["source_offset"] == found.errors[0].offset + len(FROM)
    assert 2000 < row["source_length"] <= len(messages[1])


def test_mbox_message_larger_than_is_read_is_a_row_and_an_error(
    tmp_path, small_limits, monkeypatch
):
    monkeypatch.setattr("smimebatch.sources.reading.MESSAGE_STREAMED_BYTES", 5000)
    messages = [plain_message(n, b"x\n" * n * 1000) for n in (1, 3, 0)]
    (tmp_path / "a").write_bytes(mbox_of(messages))
    found = given_by(tmp_path / "a", batch_bytes=100)
    assert found.raws == [messages[0], None, messages[2]]
    assert [row["read_error"] for row in found.rows] == [None, "message_too_large", None]
    assert found.codes == ["message_too_large"]


def flags_of(directory):
    return {row["source"]: row["split_suspicious"] for row in given_by(directory).rows}


@pytest.mark.parametrize("size", [10, 200_000])
@pytest.mark.parametrize("separator", [b"\n\n", b"\n", b"\r\n\r\n"])
def test_mbox_that_lost_its_first_from_line_and_its_name_is_told(tmp_path, size, separator):
    messages = [plain_message(n, b"x" * size + b"\n") for n in range(3)]
    box = mbox_of(messages).split(b"\n", 1)[1].replace(b"\n\nFrom ", separator + b"From ")
    letter = messages[0] + b"From here on it is quiet\nNote: y\n\nFrom 10:00 on, too: x\n"
    for name, content in (("Inbox", box), ("a.eml", box), ("letter", letter), ("2", letter)):
        (tmp_path / name).write_bytes(content)
    assert flags_of(tmp_path) == {"Inbox": True, "a.eml": None, "letter": None, "2": None}


def test_mbox_without_its_first_from_line_under_a_number_is_told_if_it_is_long(tmp_path):
    for name, size in (("2004", 200_000), ("17", 10)):
        messages = [plain_message(n, b"x" * size + b"\n") for n in range(2)]
        (tmp_path / name).write_bytes(mbox_of(messages).split(b"\n", 1)[1])
    (tmp_path / "m" / "cur").mkdir(parents=True)
    (tmp_path / "m" / "new").mkdir()
    (tmp_path / "m" / "tmp").mkdir()
    (tmp_path / "m" / "cur" / "1:2,S").write_bytes((tmp_path / "2004").read_bytes())
    assert flags_of(tmp_path) == {"2004": True, "17": None, "m/cur/1:2,S": None}


@pytest.mark.parametrize("shift", range(-60, 61, 10))
def test_mbox_without_its_first_from_line_that_is_not_held_is_told(tmp_path, monkeypatch, shift):
    monkeypatch.setattr("smimebatch.sources.eml.PASSED_OVER_BYTES", 70_000)
    message = plain_message(0)
    message += b"x" * (70_000 + shift - len(message) - 2) + b"\n"
    content = mbox_of([message, message]).split(b"\n", 1)[1]
    (tmp_path / "Inbox").write_bytes(content)
    (row,) = given_by(tmp_path, held_bytes=65_536).rows
    assert (row["raw"], row["split_suspicious"]) == (content, True)
