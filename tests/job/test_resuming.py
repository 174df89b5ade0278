"""Runs that are stopped go on and leave what a run that never stopped leaves."""

import gzip
import json
import os
import shutil

import pyarrow.parquet as pq
import pytest
from tests.job.jobs import UNIT_MESSAGES, Stopped, Stopper, begun, parts, room, stop, verify

import smimebatch as sb
from smimebatch.errors import DamagedRunError, OutputError, StoppedError
from smimebatch.job import disk, verifying
from smimebatch.job.audit import Audit
from smimebatch.job.output import OF_MAIL, WRITTEN_DATASETS
from smimebatch.job.shard import Shard

DONE = ["commits", "ledger.jsonl", "lock", "manifest.json", "run.json", "units.jsonl"]


OF_VERIFY = set(WRITTEN_DATASETS) - {"objects", *OF_MAIL}


def test_units_have_a_part_in_every_dataset(whole):
    out, run = whole
    assert run.totals.messages > 100 and run.totals.errors == 1
    counts = {dataset: len(os.listdir(out / dataset)) for dataset in OF_VERIFY}
    units = -(-run.totals.messages // UNIT_MESSAGES)
    assert counts == {**dict.fromkeys(OF_VERIFY, units), "certificates": 1}
    rows = [pq.read_metadata(part).num_rows for part in sorted((out / "messages").iterdir())]
    assert rows[:-1] == [UNIT_MESSAGES] * (units - 1)
    assert room(out) == DONE
    assert run.messages().count_rows() == run.totals.messages


@pytest.mark.parametrize("jobs", [1, 3])
@pytest.mark.parametrize("stops", [[0], [25], [70], [99], [30, 30, 30, 5]])
def test_stopped_run_goes_on_to_the_same_bytes_and_totals(archive, whole, tmp_path, stops, jobs):
    out, run = whole
    for messages in stops:
        stop(archive, tmp_path / "out", messages, jobs=jobs)
        assert not (tmp_path / "out/_smimebatch/manifest.json").exists()
    again = verify(archive, tmp_path / "out", jobs=jobs, batch_bytes=1000)
    assert parts(tmp_path / "out") == parts(out)
    assert again.totals == run.totals
    assert room(tmp_path / "out") == DONE


def test_units_that_are_whole_are_kept_and_not_done_again(archive, tmp_path):
    out = tmp_path / "out"
    stop(archive, out, 70)
    before = parts(out)
    assert len(before) == 6 * 3
    stop(archive, out, 25)
    assert len(parts(out)) == 6 * 4
    assert before.items() <= parts(out).items()


def test_limit_counts_from_the_first_beginning(archive, tmp_path):
    once = verify(archive, tmp_path / "once", limit=60)
    stop(archive, tmp_path / "twice", 45, limit=60)
    twice = verify(archive, tmp_path / "twice", limit=60)
    assert once.totals == twice.totals and once.totals.messages == 60
    assert parts(tmp_path / "once") == parts(tmp_path / "twice")


def test_time_of_the_run_is_that_of_its_beginning(archive, tmp_path):
    stop(archive, tmp_path / "out", 45, now=None)
    first = json.loads((tmp_path / "out/_smimebatch/run.json").read_text())["now"]
    assert verify(archive, tmp_path / "out", now=None).now.isoformat() == first


def test_finished_run_is_not_done_again(archive, whole, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(whole[0], out)
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*.*")}
    run = verify(archive, out)
    assert run.was_finished and run.totals == whole[1].totals
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.*")} == before


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"limit": 50}, "limit = null"),
        ({"unit_messages": 30}, "unit_messages = 20"),
        ({"now": None}, "now = "),
    ],
)
def test_other_options_are_refused_by_name(archive, tmp_path, options, words):
    stop(archive, tmp_path / "out", 45)
    with pytest.raises(OutputError, match=words) as caught:
        verify(archive, tmp_path / "out", **options)
    assert caught.value.exit_code == 2
    verify(archive, tmp_path / "out", overwrite=True, **options)


def test_other_threads_and_batches_are_no_other_run(archive, tmp_path):
    stop(archive, tmp_path / "out", 45, jobs=1)
    verify(archive, tmp_path / "out", jobs=2, batch_bytes=1 << 20)


def test_changed_input_is_refused_by_name(archive, tmp_path):
    copy = tmp_path / "in"
    shutil.copytree(archive, copy)
    stop(copy, tmp_path / "out", 45)
    os.utime(copy / "a.mbox", (1, 1))
    with pytest.raises((StoppedError, OutputError), match=r"a\.mbox"):
        verify(copy, tmp_path / "out")


@pytest.fixture
def touchable(archive, tmp_path):
    """A run that was stopped behind its first file, whose files are ours to touch."""
    copy = tmp_path / "in"
    shutil.copytree(archive, copy)
    stop(copy, tmp_path / "out", 70)
    return copy, tmp_path / "out"


def edit_in_secret(path, old, new):
    """Change a file so that size and time stay the same."""
    times, content = path.stat(), path.read_bytes()
    assert len(old) == len(new) and old in content
    path.write_bytes(content.replace(old, new, 1))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def test_edit_whose_time_was_set_back_is_refused_by_name(touchable):
    copy, out = touchable
    edit_in_secret(copy / "a.mbox", b"Subject: ", b"Subjekt: ")
    with pytest.raises(OutputError, match=r"a\.mbox.* other bytes where message "):
        verify(copy, out)


def test_edit_of_one_of_many_files_whose_time_was_set_back_is_refused_by_name(touchable):
    copy, out = touchable
    edited = sorted(copy.glob("m-*.eml"))[2]
    edit_in_secret(edited, b"Subject: ", b"Subjekt: ")
    with pytest.raises(OutputError, match=edited.name):
        verify(copy, out)


def test_file_that_was_touched_and_holds_the_same_messages_is_the_same(touchable, whole):
    copy, out = touchable
    for path in (copy / "a.mbox", *copy.glob("m-*.eml")):
        os.link(path, out.parent / f"backup-{path.name}")
    edit_in_secret(copy / "z.mbox", b"Subject: ", b"Subject: ")
    assert verify(copy, out).totals == whole[1].totals


def test_damaged_part_is_named_where_a_file_was_touched(touchable):
    copy, out = touchable
    edit_in_secret(copy / "a.mbox", b"Subject: ", b"Subject: ")
    part = min((out / "messages").glob("*.parquet"))
    octets = bytearray(part.read_bytes())
    octets[4 : len(octets) // 2] = bytes(len(octets) // 2 - 4)
    part.write_bytes(octets)
    with pytest.raises(DamagedRunError, match=part.name):
        verify(copy, out)


def test_compressed_file_that_was_touched_is_refused(archive, tmp_path):
    copy, out = tmp_path / "in", tmp_path / "out"
    copy.mkdir()
    (copy / "a.mbox.gz").write_bytes(gzip.compress((archive / "a.mbox").read_bytes()))
    stop(copy, out, 35)
    verify(copy, tmp_path / "finished")
    os.chmod(copy / "a.mbox.gz", 0o600)
    assert verify(copy, tmp_path / "finished").was_finished
    with pytest.raises(OutputError, match=r"a\.mbox\.gz.*no message of it to compare"):
        verify(copy, out)


def test_run_that_committed_nothing_binds_nobody(archive, tmp_path):
    stop(archive, tmp_path / "out", 0)
    verify(archive, tmp_path / "out", limit=3)


def test_empty_input_is_one_unit_of_empty_files(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/x.txt").write_bytes(b"\0")
    run = verify(tmp_path / "in", tmp_path / "out")
    assert run.totals.messages == 0 and run.totals.remarks == {"not_mail": 1}
    assert {name.split("/")[0] for name in parts(tmp_path / "out")} == OF_VERIFY


def test_pipe_cannot_be_gone_on_with(archive, tmp_path, monkeypatch):
    out = tmp_path / "out"
    with open(archive / "a.mbox", "rb") as file:
        monkeypatch.setattr("smimebatch.sources.opening.STANDARD_INPUT_DESCRIPTOR", file.fileno())
        stop("-", out, 25)
        with pytest.raises(OutputError, match="standard input"):
            verify("-", out)


def damaged(out, name):
    """Change a byte in the middle of a file."""
    path = out / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_directory_that_was_changed_is_refused_with_its_place(archive, tmp_path):
    for name in ("ledger.jsonl", "run.json", "commits"):
        out = tmp_path / name
        stop(archive, out, 70)
        changed = f"_smimebatch/{name}"
        if name == "commits":
            changed += "/" + sorted(os.listdir(out / changed))[1]
        damaged(out, changed)
        with pytest.raises((DamagedRunError, OutputError), match=name):
            verify(archive, out)


def test_part_that_is_gone_or_foreign_is_refused_with_its_place(archive, tmp_path):
    stop(archive, tmp_path / "out", 70)
    part = sorted((tmp_path / "out/messages").iterdir())[1]
    content = part.read_bytes()
    part.unlink()
    with pytest.raises(DamagedRunError, match=part.name):
        verify(archive, tmp_path / "out")
    part.write_bytes(content)
    foreign = tmp_path / "out/messages/part-x.parquet"
    foreign.write_bytes(content)
    with pytest.raises(DamagedRunError, match=r"part-x\.parquet"):
        verify(archive, tmp_path / "out")
    foreign.unlink()
    verify(archive, tmp_path / "out")


def test_library_resumes_too(archive, tmp_path):
    run = sb.verify(archive, output=tmp_path / "out", jobs=1)
    assert not run.was_finished
    assert sb.verify(archive, output=tmp_path / "out", jobs=2).was_finished


@pytest.mark.parametrize("jobs", [1, 3])
def test_worker_that_fails_ends_the_run_and_the_next_one_goes_on(
    archive, whole, tmp_path, monkeypatch, jobs
):
    really = verifying.verification

    def failing(engine, *beside):
        verify_batch, calls = really(engine, *beside), iter(range(100))

        def operation(batch):
            if next(calls) == 9:
                raise MemoryError
            return verify_batch(batch)

        return operation

    with monkeypatch.context() as patched:
        patched.setattr(verifying, "verification", failing)
        with pytest.raises(MemoryError):
            verify(archive, tmp_path / "out", jobs=jobs)
    assert len(parts(tmp_path / "out")) >= 6
    verify(archive, tmp_path / "out", jobs=jobs)
    assert parts(tmp_path / "out") == parts(whole[0])


@pytest.mark.parametrize("part", [0.0, 0.2, 0.5, 0.9, 0.999])
def test_input_that_was_truncated_is_refused_by_name(archive, tmp_path, part):
    copy = tmp_path / "in"
    shutil.copytree(archive, copy)
    stop(copy, tmp_path / "out", 45)
    before = parts(tmp_path / "out")
    os.truncate(copy / "a.mbox", int((copy / "a.mbox").stat().st_size * part))
    with pytest.raises((StoppedError, OutputError), match=r"a\.mbox"):
        verify(copy, tmp_path / "out")
    assert parts(tmp_path / "out") == before


@pytest.mark.parametrize("jobs", [1, 3])
def test_full_disk_says_how_much_room_the_rest_takes(archive, tmp_path, monkeypatch, jobs):
    really, calls = disk.sync_file, iter(range(1000))

    def full(path):
        if next(calls) > 30:
            raise OSError(28, "No space left on device")
        really(path)

    with monkeypatch.context() as patched:
        patched.setattr(disk, "sync_file", full)
        with pytest.raises(StoppedError, match=r"about [\d,]+ bytes of free space") as caught:
            verify(archive, tmp_path / "out", jobs=jobs)
    assert caught.value.exit_code == 5
    verify(archive, tmp_path / "out", jobs=jobs)


def full_at(monkeypatch, module, name, path):
    """Let the disk be full for one file."""
    really = getattr(module, name)

    def full(at, *arguments):
        if at.endswith(path):
            raise OSError(28, "No space left on device")
        return really(at, *arguments)

    monkeypatch.setattr(module, name, full)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("write_new", "all.json"),
        ("write_over", "manifest.json"),
        ("sync_file", "certificates.parquet"),
        ("append", "ledger.jsonl"),
        ("append", "units.jsonl"),
    ],
)
def test_disk_that_is_full_at_the_end_says_how_much_room_it_takes(
    archive, tmp_path, monkeypatch, name, path
):
    with monkeypatch.context() as patched:
        full_at(patched, disk, name, path)
        with pytest.raises(StoppedError, match=r"about [\d,]+ bytes of free space"):
            verify(archive, tmp_path / "out")
    verify(archive, tmp_path / "out")


@pytest.mark.parametrize(
    ("name", "path"), [("append", "ledger.jsonl"), ("write_over", "units.jsonl")]
)
def test_run_that_goes_on_over_a_full_disk_is_stopped_not_broken(
    archive, tmp_path, monkeypatch, name, path
):
    stop(archive, tmp_path / "out", 45)
    with open(tmp_path / "out/_smimebatch/units.jsonl", "ab") as units:
        units.write(b"{")
    with monkeypatch.context() as patched:
        full_at(patched, disk, name, path)
        with pytest.raises(StoppedError):
            verify(archive, tmp_path / "out")
    verify(archive, tmp_path / "out")


def test_what_goes_on_after_overwrite_is_said_as_it_is(archive, tmp_path):
    out = tmp_path / "out"
    verify(archive, out)
    for messages, said in ((0, "what was there is as it was"), (45, "leave out --overwrite")):
        with pytest.raises(Stopped) as caught:
            begun(archive, out, [Stopper(messages)], overwrite=True)
        assert said in caught.value.__notes__[0]
    with pytest.raises(Stopped) as caught:
        begun(archive, out, [Stopper(20)])
    assert not hasattr(caught.value, "__notes__")


@pytest.mark.parametrize("shard", ["0/1", "1/2"])
def test_run_that_stopped_before_its_first_commit_leaves_nothing_to_the_next(
    archive, tmp_path, monkeypatch, shard
):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    out = tmp_path / "out"
    options = {"shard": Shard.parse(shard)}
    with monkeypatch.context() as patched:
        patched.setattr(disk, "write_new", full)
        with pytest.raises(StoppedError):
            verify(archive, out, **options)
    assert (out / "_smimebatch/ledger.jsonl").exists()
    verify(archive, out, **options)
    assert Audit(str(out)).run().findings == []
    assert verify(archive, out, **options).was_finished
