import fcntl
import os
import threading

import pytest

from smimebatch.errors import OutputError
from smimebatch.job import disk
from smimebatch.job import output as module
from smimebatch.job.output import RunDirectory, State


def finished(path):
    """Make what a finished run leaves, as far as its directory looks at it."""
    directory = RunDirectory(path)
    directory.begin({"identity": {}})
    os.makedirs(path / "messages")
    (path / "messages/part-a.parquet").write_bytes(b"rows")
    (path / "_smimebatch/manifest.json").write_text("{}")
    directory.close()


def test_new_directory_is_empty_and_has_a_record_when_begun(tmp_path):
    directory = RunDirectory(tmp_path / "out")
    assert directory.state is State.EMPTY and directory.is_new
    assert directory.read_run() is None
    directory.begin({"identity": {"x": 1}})
    assert directory.read_run() == {"identity": {"x": 1}}
    directory.close()


def test_overwriting_leaves_the_old_result_until_the_new_one_begins(tmp_path):
    finished(tmp_path)
    directory = RunDirectory(tmp_path, overwrite=True)
    assert directory.state is State.FINISHED and directory.is_new
    assert (tmp_path / "messages/part-a.parquet").exists()
    directory.begin({"identity": {}})
    assert not (tmp_path / "messages").exists()
    assert not (tmp_path / "_smimebatch/manifest.json").exists()
    directory.close()


class Killed(BaseException):
    pass


@pytest.mark.parametrize("step", range(1, 9))
def test_kill_while_an_old_result_is_removed_lets_the_next_run_remove_the_rest(
    tmp_path, monkeypatch, step
):
    finished(tmp_path)
    calls = iter(range(1, 100))

    def killing(really):
        def call(*arguments, **options):
            if next(calls) == step:
                raise Killed
            return really(*arguments, **options)

        return call

    with monkeypatch.context() as patched:
        directory = RunDirectory(tmp_path, overwrite=True)
        patched.setattr(os, "unlink", killing(os.unlink))
        patched.setattr(module.shutil, "rmtree", killing(module.shutil.rmtree))
        patched.setattr(disk, "sync_directory", killing(disk.sync_directory))
        with pytest.raises(Killed):
            directory.begin({"identity": {}})
        directory.close()
    again = RunDirectory(tmp_path)
    if again.is_new:
        again.begin({"identity": {}})
        assert not (tmp_path / "messages").exists()
    else:
        assert again.state is State.FINISHED and (tmp_path / "messages/part-a.parquet").exists()
    again.close()


def test_result_of_an_earlier_version_is_refused_and_stays(tmp_path):
    (tmp_path / "messages").mkdir()
    (tmp_path / "_smimebatch").mkdir()
    (tmp_path / "_smimebatch/run.json").write_text('{"totals": {}}')
    with pytest.raises(OutputError, match="--overwrite") as caught:
        RunDirectory(tmp_path)
    assert caught.value.exit_code == 2
    RunDirectory(tmp_path, overwrite=True).close()
    assert (tmp_path / "messages").exists()


def test_directory_with_other_things_of_that_name_is_never_touched(tmp_path):
    (tmp_path / "messages").mkdir()
    (tmp_path / "messages" / "letter.eml").write_bytes(b"dear")
    for overwrite in (False, True):
        with pytest.raises(OutputError, match="other things"):
            RunDirectory(tmp_path, overwrite=overwrite)
    assert os.listdir(tmp_path) == ["messages"]
    assert (tmp_path / "messages" / "letter.eml").read_bytes() == b"dear"


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


@pytest.mark.parametrize("number", [38, 95, 5])
def test_file_system_without_locks_is_refused_before_work(tmp_path, monkeypatch, number):
    def refuse(descriptor, operation):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(OutputError, match="locks"):
        RunDirectory(tmp_path)


def test_target_without_space_is_refused_before_work(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MIN_FREE_BYTES", 1 << 60)
    with pytest.raises(OutputError, match="free space"):
        RunDirectory(tmp_path)
    with open(tmp_path / "_smimebatch/lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_somebody_who_asks_for_the_status_is_not_in_the_way_of_a_run(tmp_path):
    RunDirectory(tmp_path).close()
    descriptor = os.open(tmp_path / "_smimebatch/lock", os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    asking = threading.Timer(0.05, os.close, [descriptor])
    asking.start()
    RunDirectory(tmp_path).close()
    asking.join()
