import fcntl
import json
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from smimebatch.errors import OutputError, StoppedError
from smimebatch.job import output as module
from smimebatch.job.output import RunDirectory
from smimebatch.schema import DATASETS


def stage(directory, rows=1):
    for dataset in DATASETS:
        os.makedirs(os.path.join(directory.staging, dataset))
        path = os.path.join(directory.staging, dataset, "part-00000.parquet")
        pq.write_table(pa.table({"x": range(rows)}), path)


def finish(path, rows=1, **options):
    directory = RunDirectory(path, **options)
    stage(directory, rows)
    directory.publish(DATASETS, {"rows": rows})
    directory.close()


def published(path):
    return sorted(name for name in os.listdir(path) if name != "_smimebatch")


def test_publish_everything_appears_at_once_with_its_record(tmp_path):
    directory = RunDirectory(tmp_path / "out")
    stage(directory)
    assert published(tmp_path / "out") == []
    directory.publish(DATASETS, {"rows": 1})
    directory.close()
    assert published(tmp_path / "out") == sorted(DATASETS)
    assert json.loads((tmp_path / "out/_smimebatch/run.json").read_text()) == {"rows": 1}
    assert sorted(os.listdir(tmp_path / "out/_smimebatch")) == ["lock", "run.json"]


def test_existing_result_is_refused_and_stays_as_it_is(tmp_path):
    finish(tmp_path, 3)
    with pytest.raises(OutputError, match="--overwrite") as caught:
        RunDirectory(tmp_path)
    assert caught.value.exit_code == 2
    assert pq.read_table(tmp_path / "messages").num_rows == 3
    finish(tmp_path, 5, overwrite=True)
    assert pq.read_table(tmp_path / "messages").num_rows == 5


def test_run_that_stops_before_publishing_leaves_the_old_result(tmp_path):
    finish(tmp_path, 3)
    directory = RunDirectory(tmp_path, overwrite=True)
    stage(directory, 5)
    directory.close()
    assert pq.read_table(tmp_path / "messages").num_rows == 3
    assert not os.path.exists(directory.staging)


def test_directory_with_other_things_of_that_name_is_never_touched(tmp_path):
    (tmp_path / "messages").mkdir()
    (tmp_path / "messages" / "letter.eml").write_bytes(b"dear")
    for overwrite in (False, True):
        with pytest.raises(OutputError, match="other things"):
            RunDirectory(tmp_path, overwrite=overwrite)
    assert os.listdir(tmp_path) == ["messages"]
    assert (tmp_path / "messages" / "letter.eml").read_bytes() == b"dear"


def test_staging_of_a_killed_run_is_removed_at_the_next_start(tmp_path):
    stale = tmp_path / "_smimebatch/staging/messages"
    stale.mkdir(parents=True)
    (stale / "part-00000.parquet").write_bytes(b"half")
    directory = RunDirectory(tmp_path)
    assert os.listdir(directory.staging) == []
    directory.close()


class Killed(BaseException):
    pass


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("step", range(1, 8))
def test_kill_at_any_rename_leaves_whole_files_and_the_next_run_finishes(
    tmp_path, monkeypatch, step, overwrite
):
    if overwrite:
        finish(tmp_path, 3)
    directory = RunDirectory(tmp_path, overwrite=overwrite)
    stage(directory, 5)
    really, calls = os.rename, iter(range(1, 100))

    def rename(source, target):
        if next(calls) == step:
            raise Killed
        really(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(os, "rename", rename)
        with pytest.raises(Killed):
            directory.publish(DATASETS, {"rows": 5})
    directory.close()
    for dataset in published(tmp_path):
        assert pq.read_table(tmp_path / dataset).num_rows in (3, 5)
    assert not os.path.exists(tmp_path / "_smimebatch/run.json")
    finish(tmp_path, 7)
    assert {pq.read_table(tmp_path / dataset).num_rows for dataset in DATASETS} == {7}


def test_second_run_on_the_same_directory_is_refused_with_who_holds_it(tmp_path):
    directory = RunDirectory(tmp_path)
    with pytest.raises(OutputError, match=str(os.getpid())):
        RunDirectory(tmp_path, overwrite=True)
    directory.close()
    RunDirectory(tmp_path).close()


def test_lock_file_of_a_dead_process_is_not_in_the_way(tmp_path):
    (tmp_path / "_smimebatch").mkdir()
    (tmp_path / "_smimebatch/lock").write_text("99999999\n")
    RunDirectory(tmp_path).close()


def test_target_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "out").write_bytes(b"")
    with pytest.raises(OutputError, match="out"):
        RunDirectory(tmp_path / "out")


@pytest.mark.parametrize("number", [30, 28, 13])
def test_target_that_cannot_be_written_is_refused_before_work(tmp_path, monkeypatch, number):
    def refuse(descriptor):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OutputError, match=os.strerror(number)):
        RunDirectory(tmp_path)


def test_target_without_space_is_refused_before_work(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MIN_FREE_BYTES", 1 << 60)
    with pytest.raises(OutputError, match="free space"):
        RunDirectory(tmp_path)
    with open(tmp_path / "_smimebatch/lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_disk_full_while_publishing_stops_early(tmp_path, monkeypatch):
    directory = RunDirectory(tmp_path)
    stage(directory)

    def refuse(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(StoppedError, match="No space left") as caught:
        directory.publish(DATASETS, {})
    assert caught.value.exit_code == 5
    assert published(tmp_path) == []
    directory.close()
