"""What nobody expected of one file."""

import errno
import logging

import pytest
from tests.plain_mail import mbox_of, plain_message
from tests.sources.reading import given_by
from tests.sources.test_zip import zip_of

from smimebatch.errors import StoppedError
from smimebatch.sources import eml, kinds, mbox
from smimebatch.sources import zip as zip_source

MESSAGES = [plain_message(number) for number in range(3)]


def failing(original, error, call_number):
    """Raise at one call, else do what is done."""
    count = 0

    def call(*given, **named):
        nonlocal count
        count += 1
        if count == call_number:
            raise error
        return original(*given, **named)

    return call


def archive_of(directory, suffix, written):
    for number, message in enumerate(MESSAGES):
        (directory / f"{number}.{suffix}").write_bytes(written(message))
    return directory


@pytest.mark.parametrize("error", [KeyError("raw"), OSError(errno.EIO, "broken")])
@pytest.mark.parametrize("where", [(mbox, "passed_over"), (kinds, "sniff_format")])
def test_fault_nobody_expected_is_an_error_of_that_file(tmp_path, monkeypatch, where, error):
    module, name = where
    monkeypatch.setattr(module, name, failing(getattr(module, name), error, 2))
    found = given_by(archive_of(tmp_path, "mbox", lambda message: mbox_of([message])))
    assert found.raws == [MESSAGES[0], MESSAGES[2]]
    assert [(it.source, it.code) for it in found.errors] == [("1.mbox", "unreadable_file")]


def test_fault_nobody_expected_leaves_its_traceback_for_who_looks(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(eml, "read_whole", failing(eml.read_whole, KeyError("raw"), 1))
    with caplog.at_level(logging.DEBUG, "smimebatch"):
        given_by(archive_of(tmp_path, "eml", bytes))
    assert "Traceback" in caplog.text
    assert "read_whole" in caplog.text


def test_fault_while_the_next_kind_is_told_ends_the_run_and_loses_no_file(tmp_path, monkeypatch):
    archive_of(tmp_path, "eml", bytes)
    (tmp_path / "1.bin").write_bytes(b"\0")
    monkeypatch.setattr(kinds, "unrecognised", failing(None, KeyError("x"), 1))
    with pytest.raises(KeyError):
        given_by(tmp_path)


def test_fault_where_files_share_a_batch_tells_each_that_is_lost(tmp_path, monkeypatch):
    monkeypatch.setattr(eml, "read_whole", failing(eml.read_whole, KeyError("raw"), 2))
    found = given_by(archive_of(tmp_path, "eml", bytes))
    assert found.raws == [MESSAGES[2]]
    assert [it.source for it in found.errors] == ["0.eml", "1.eml"]


def test_fault_of_what_gives_the_members_is_an_error_of_the_archive(tmp_path, monkeypatch):
    monkeypatch.setattr(zip_source, "overlapping", failing(None, KeyError("x"), 1))
    (tmp_path / "a.zip").write_bytes(zip_of([("0.eml", MESSAGES[0])]))
    (tmp_path / "b.eml").write_bytes(MESSAGES[1])
    found = given_by(tmp_path)
    assert (found.raws, [it.source for it in found.errors]) == ([MESSAGES[1]], ["a.zip"])


@pytest.mark.parametrize(
    "error",
    [
        KeyboardInterrupt(),
        MemoryError(),
        OSError(errno.ENOSPC, "full"),
        StoppedError("input", expected="x", found="y", remedy="z"),
    ],
)
@pytest.mark.parametrize("where", [(mbox, "passed_over"), (kinds, "sniff_format")])
def test_fault_that_is_no_matter_of_a_file_ends_the_run(tmp_path, monkeypatch, where, error):
    module, name = where
    monkeypatch.setattr(module, name, failing(getattr(module, name), error, 2))
    archive_of(tmp_path, "mbox", lambda message: mbox_of([message]))
    with pytest.raises(type(error)):
        given_by(tmp_path)
