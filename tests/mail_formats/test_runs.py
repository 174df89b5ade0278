"""What a run promises, whatever its mail is written as: audits, and what an interrupt leaves."""

import errno
import os
import shutil

import pyarrow.parquet as pq
import pytest
from tests.mail_formats.written import PLAIN_FORMATS, files, findings, parts, read
from tests.sealing.keyring import objects

import smimebatch as sb
from smimebatch.api import verify_archive
from smimebatch.errors import DamagedRunError, StoppedError
from smimebatch.job import disk, recovery, work
from smimebatch.options import VerifyOptions
from smimebatch.sinks.mail_tree import EmlTree
from smimebatch.sinks.mbox_mail import MboxFile
from smimebatch.sources import Archive, InputBatch, Inputs, ReadError, ReadingOptions
from smimebatch.sources.mail_index import opened, stem_of


def decrypt(house, out, form, **options):
    return sb.decrypt(
        house.archive("mbox"), output=out, output_format=form, **house.options, **options
    )


@pytest.fixture(scope="module", params=PLAIN_FORMATS)
def whole(request, house, tmp_path_factory):
    out = tmp_path_factory.mktemp("whole") / "run"
    decrypt(house, out, request.param)
    return request.param, out


@pytest.fixture
def copied(whole, tmp_path):
    form, out = whole
    copy = tmp_path / "copy"
    shutil.copytree(out, copy)
    return form, copy


def change(file):
    octets = bytearray(file.read_bytes())
    octets[-3] ^= 1
    file.write_bytes(octets)


def test_audit_names_a_file_that_was_changed(copied):
    form, out = copied
    file = files(out)[1]
    change(file)
    (found,) = findings(out)
    assert found.startswith(f"{file.relative_to(out)}: expected ")
    # Neither is it taken for the message that was written.
    errors = [it for it in Archive(Inputs([out / "mail"]), ReadingOptions()) if is_error(it)]
    assert {error.code for error in errors} <= {"unreadable_file"}
    assert form == "mbox" or len(errors) == 1


def is_error(item):
    return isinstance(item, ReadError)


def test_reader_refuses_a_message_that_is_not_the_one_that_was_written(copied):
    _, out = copied
    file = files(out)[0]
    octets = file.read_bytes()
    file.write_bytes(octets.replace(b"it is 0", b"it is 9"))
    items = list(Archive(Inputs([out / "mail"]), ReadingOptions()))
    (error,) = filter(is_error, items)
    assert error.code == "unreadable_file" and "audit verify" in error.text
    rows = [row for it in items if not is_error(it) for row in it.rows.to_pylist()]
    assert [row["source_index"] for row in rows] == list(range(9))
    assert [row["read_error"] for row in rows] == ["unreadable_file"] + [None] * 8
    assert rows[0]["raw"] is None


def test_audit_names_a_file_that_is_gone(copied):
    _, out = copied
    file = files(out)[1]
    file.unlink()
    (found,) = findings(out)
    assert found.startswith(f"{file.relative_to(out)}: expected ")


def test_audit_names_a_file_that_came_in_between(copied):
    form, out = copied
    place = parts(out)[0].with_name("part-x.mbox")
    if form != "mbox":
        place = files(out)[0].with_name("one-more.eml")
    place.write_bytes(b"From: x\n\n")
    (found,) = findings(out)
    assert found == f"{place.relative_to(out)}: expected only committed files; found one more"


def test_audit_names_the_index_that_was_changed(copied):
    _, out = copied
    index = min((out / "mail_index").iterdir())
    change(index)
    (found,) = findings(out)
    assert found.startswith(f"mail_index/{index.name}: expected ")


def test_directory_that_came_in_between_is_found(copied):
    form, out = copied
    if form == "mbox":
        (out / "mail" / "part-000009-0123456789ab").mkdir()
    else:
        (parts(out)[0] / "new-one").mkdir()
    assert len(findings(out)) == 1


def test_index_never_leads_out_of_its_part(copied):
    form, out = copied
    secret = out.parent / "secret"
    secret.write_bytes(b"From: x\n\n")
    stem = stem_of(str(min((out / "mail_index").iterdir())))
    for file in ("/../../../secret", "/..", "/cur/../../../../secret", str(secret), "/\0"):
        with pytest.raises(OSError, match="part"):
            opened(stem, file)
    if form != "mbox":
        file = files(out)[0]
        file.unlink()
        file.symlink_to(secret)
        assert any(map(is_error, Archive(Inputs([out / "mail"]), ReadingOptions())))


class PulledError(Exception):
    """Ends a run where nothing cleans up behind it, as a kill would."""


def stopping_at(monkeypatch, module, name, count):
    """Let the n-th call of a function end the run."""
    real, calls = getattr(module, name), []

    def stop(*given, **named):
        calls.append(1)
        if len(calls) == count:
            raise PulledError
        return real(*given, **named)

    monkeypatch.setattr(module, name, stop)


PLACES = (
    (disk, "write_new", 2),
    (disk, "forget", 2),
    (work, "put_in_place", 1),
    (work, "put_in_place", 2),
    (work, "acknowledge", 1),
    (work, "folders_of", 2),
)


@pytest.mark.parametrize("form", PLAIN_FORMATS)
@pytest.mark.parametrize(("module", "name", "count"), PLACES)
def test_run_that_was_stopped_goes_on(house, tmp_path, monkeypatch, form, module, name, count):
    decrypt(house, tmp_path / "whole", form, jobs=1)
    with monkeypatch.context() as patched:
        stopping_at(patched, module, name, count)
        with pytest.raises(PulledError):
            decrypt(house, tmp_path / "run", form, jobs=1)
    decrypt(house, tmp_path / "run", form, jobs=1)
    assert findings(tmp_path / "run") == []
    assert read(tmp_path / "run" / "mail") == read(tmp_path / "whole" / "mail")
    one, other = (
        {it.relative_to(out): it.read_bytes() for it in files(out)}
        for out in (tmp_path / "run", tmp_path / "whole")
    )
    assert one == other
    assert not (tmp_path / "run" / "_smimebatch" / "staging").exists()


@pytest.mark.parametrize("form", PLAIN_FORMATS)
def test_unit_that_has_its_commit_and_half_of_its_names_is_completed(
    house, tmp_path, monkeypatch, form
):
    """The mail is in place, its index is not: the next start brings both together."""
    real = recovery.put_in_place

    def half(places):
        chosen = list(places)
        real(it for it in chosen if it[2].dataset == "mail")
        raise PulledError

    with monkeypatch.context() as patched:
        patched.setattr(work, "put_in_place", half)
        with pytest.raises(PulledError):
            decrypt(house, tmp_path / "run", form, jobs=1)
    assert len(parts(tmp_path / "run")) == 1
    inode = parts(tmp_path / "run")[0].stat().st_ino
    decrypt(house, tmp_path / "run", form, jobs=1)
    assert parts(tmp_path / "run")[0].stat().st_ino == inode, "a unit was done again"
    assert findings(tmp_path / "run") == []


@pytest.mark.parametrize("form", ["eml", "maildir"])
def test_run_over_a_directory_that_somebody_changed_is_refused(house, tmp_path, monkeypatch, form):
    with monkeypatch.context() as patched:
        stopping_at(patched, work, "put_in_place", 2)
        with pytest.raises(PulledError):
            decrypt(house, tmp_path / "run", form, jobs=1)
    files(tmp_path / "run")[0].unlink()
    with pytest.raises(DamagedRunError):
        decrypt(house, tmp_path / "run", form, jobs=1)


@pytest.mark.parametrize("form", PLAIN_FORMATS)
def test_full_disk_stops_the_run_and_leaves_nothing_half_written(
    house, tmp_path, monkeypatch, form
):
    container = MboxFile if form == "mbox" else EmlTree
    place = container.put

    def full(self, row, raw, *, as_stored):
        if row["source_index"] == 5:
            raise OSError(28, "No space left on device")
        return place(self, row, raw, as_stored=as_stored)

    with monkeypatch.context() as patched:
        patched.setattr(container, "put", full)
        with pytest.raises(StoppedError):
            decrypt(house, tmp_path / "run", form, jobs=1)
    assert len(parts(tmp_path / "run")) <= 1, "only the unit before"
    decrypt(house, tmp_path / "run", form, jobs=1)
    assert findings(tmp_path / "run") == []


@pytest.mark.parametrize("form", PLAIN_FORMATS)
def test_overwrite_takes_away_mail_of_any_format_but_nothing_else(house, tmp_path, form):
    decrypt(house, tmp_path / "run", form)
    decrypt(house, tmp_path / "run", "parquet", overwrite=True)
    assert not (tmp_path / "run" / "mail_index").exists()
    assert {part.suffix for part in parts(tmp_path / "run")} == {".parquet"}
    (tmp_path / "run" / "mail" / "letters").mkdir()
    with pytest.raises(sb.errors.OutputError):
        decrypt(house, tmp_path / "run", form, overwrite=True)
    assert os.path.isdir(tmp_path / "run" / "mail" / "letters")


@pytest.mark.parametrize("form", PLAIN_FORMATS)
def test_message_that_fails_its_proof_is_taken_out(house, tmp_path, monkeypatch, form):
    """A bit that flips between the sink and the disk, in every format."""
    container = MboxFile if form == "mbox" else EmlTree
    place = container.put

    def flipped(self, row, raw, *, as_stored):
        if row["source_index"] == 2 and row["state"] == "WRITTEN":
            at = len(raw) // 2
            raw = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        return place(self, row, raw, as_stored=as_stored)

    monkeypatch.setattr(container, "put", flipped)
    run = sb.encrypt(
        house.archive("mbox"),
        to=house.keyring.certificate("p256"),
        output=tmp_path / "run",
        output_format=form,
        **house.options,
    )
    assert run.totals.objects == {"COMMITTED": 4, "REFUSED": 1, "SKIPPED": 4}
    reasons = {row["source_index"]: row["reason"] for row in objects(run)}
    assert reasons[2] == "proof_failed"
    assert [row["source_index"] for row in read(tmp_path / "run" / "mail")] == [0, 1, *range(3, 9)]
    assert findings(tmp_path / "run") == []


@pytest.mark.parametrize("place", ["mail", "mail/", "./mail/.", "mail_index"])
def test_mail_is_found_whatever_it_is_called(whole, monkeypatch, place):
    _, out = whole
    monkeypatch.chdir(out)
    assert [row["source"] for row in read(place)] == ["a.mbox"] * 9
    if place == "mail/":
        monkeypatch.chdir(out / "mail")
        assert [row["source"] for row in read(".")] == ["a.mbox"] * 9


def test_mail_that_was_taken_away_is_mail_of_its_format(whole, tmp_path):
    _, out = whole
    shutil.copytree(out / "mail", tmp_path / "mail")
    rows = read(tmp_path / "mail")
    assert len(rows) == 9
    assert all(str(row["source"]).startswith("part-") for row in rows)
    senders = [str(row["raw"]).split("<")[1] for row in read(out / "mail")]
    assert [str(row["raw"]).split("<")[1] for row in rows] == senders


def test_run_over_mail_goes_on_in_the_middle_of_an_index(whole, tmp_path, monkeypatch):
    _, out = whole
    given = {"unit_messages": 3, "jobs": 1}
    options = VerifyOptions(**given)
    verify_archive([out / "mail"], sb.Trust(), options, output=tmp_path / "one")
    with monkeypatch.context() as patched:
        stopping_at(patched, work, "put_in_place", 2)
        with pytest.raises(PulledError):
            verify_archive([out / "mail"], sb.Trust(), options, output=tmp_path / "two")
    verify_archive([out / "mail"], sb.Trust(), options, output=tmp_path / "two")
    one, other = (
        {it.name: it.read_bytes() for it in (tmp_path / name / "messages").iterdir()}
        for name in ("one", "two")
    )
    assert one == other and len(one) == 3


def told(place):
    given = list(Archive(Inputs([place]), ReadingOptions()))
    rows = sum(item.rows.num_rows for item in given if isinstance(item, InputBatch))
    return rows, sorted(item.source for item in given if is_error(item))


def test_mail_that_no_index_lists_is_told(copied):
    form, out = copied
    assert told(out / "mail") == (9, [])
    file, names = files(out)[0], ["dropped.eml"]
    (out / "mail" / "dropped.eml").write_bytes(b"Subject: x\n\nx\n")
    if form != "mbox":
        shutil.copy(file, file.with_name("more.eml"))
        part = min((out / "mail_index").iterdir()).name
        names.append(f"{part}/{'cur/' if form == 'maildir' else ''}more.eml")
    assert told(out / "mail") == (9, sorted(names))
    assert told(out) == (9, sorted(f"mail/{name}" for name in names))
    index = max((out / "mail_index").iterdir())
    index.unlink()
    rows, sources = told(out / "mail")
    assert rows < 9
    assert set(sources) - set(names) == {parts(out)[-1].name}


def test_mail_that_no_index_lists_is_told_wherever_it_hides(copied, monkeypatch):
    form, out = copied
    name = min((out / "mail_index").iterdir()).stem
    part = out / "mail" / (name if form != "mbox" else f"{name}.mbox")
    beside = part.with_suffix("" if form == "mbox" else ".mbox")
    if form == "mbox":
        beside.mkdir()
        (beside / "a.eml").write_bytes(b"Subject: x\n\nx\n")
        hidden = [f"{name}.parquet/a.eml"]
    else:
        beside.write_bytes(b"From a Mon Mar  1 10:00:00 2021\nSubject: x\n\nx\n")
        (part / "link").symlink_to(out / "messages")
        hidden = [f"{name}.parquet.mbox", f"{name}.parquet/link"]
    assert told(out / "mail") == (9, hidden)
    if form == "maildir":
        (part / "closed").mkdir()
        listing = os.scandir

        def scandir(path):
            if os.path.basename(path) == "closed":
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
            return listing(path)

        monkeypatch.setattr(os, "scandir", scandir)
        assert told(out / "mail") == (9, sorted([*hidden, f"{name}.parquet/closed"]))


def test_mail_of_a_run_that_is_gone_is_told(copied):
    _, out = copied
    shutil.rmtree(out / "mail")
    rows, sources = told(out)
    assert (rows, len(sources)) == (9, 9)
    assert {source.split("/")[0] for source in sources} == {"mail_index"}


def test_mail_of_a_run_that_has_not_finished_is_told(copied):
    _, out = copied
    (out / "_smimebatch" / "manifest.json").unlink()
    assert told(out / "mail") == (9, ["_smimebatch/manifest.json"])


@pytest.mark.parametrize("form", ["parquet", "eml"])
def test_message_that_is_incomplete_is_told_once(house, tmp_path, form):
    (tmp_path / "1.partial.emlx").write_bytes(b"3\nX: \n")
    out = tmp_path / "run"
    sb.decrypt(tmp_path, output=out, output_format=form, **house.options)
    assert [row["code"] for row in pq.read_table(out / "errors").to_pylist()] == ["incomplete"]
