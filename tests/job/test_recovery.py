"""What a power cut may leave: records and files of which only a part reached the disk."""

import os

import pytest
from tests.job.jobs import parts, room, verify

from smimebatch.errors import DamagedRunError, StoppedError
from smimebatch.job import disk, recovery, work


class Cut(BaseException):
    pass


@pytest.fixture(params=[0, 6])
def cut(request, archive, tmp_path, monkeypatch):
    """A run that was cut while a unit's files got their names: none of them, or some."""
    really, calls = os.rename, iter(range(100))
    before = 6 * 2 + request.param // 2

    def rename(made, final):
        if next(calls) == before:
            raise Cut
        really(made, final)

    with monkeypatch.context() as patched:
        patched.setattr(work.os, "rename", rename)
        with pytest.raises(Cut):
            verify(archive, tmp_path / "out")
    return tmp_path / "out", request.param // 2


def last_commit(out):
    return max((out / "_smimebatch/commits").iterdir())


def staged(out):
    return list((out / "_smimebatch/staging").rglob("*.parquet"))


def finishes(archive, out, whole):
    verify(archive, out)
    assert parts(out) == parts(whole[0]) and room(out) == room(whole[0])


def test_unit_whose_commit_is_there_is_finished_not_done_again(archive, whole, cut):
    out, placed = cut
    assert len(parts(out)) == 12 + placed
    kept = {path.name: path.stat().st_ino for path in staged(out) if path.parent.name == "2"}
    finishes(archive, out, whole)
    part = last_part_of_unit(out, 2, "signatures")
    assert part.stat().st_ino == kept["signatures.parquet"]


def test_what_a_killed_process_did_not_sync_is_synced_before_it_gets_its_name(
    archive, cut, monkeypatch
):
    out, placed = cut
    order, sync, rename = [], disk.sync_file, os.rename

    def synced(path):
        order.append(path)
        sync(path)

    def renamed(made, final):
        assert made in order, f"{made} was never synced"
        order.append(final)
        rename(made, final)

    monkeypatch.setattr(disk, "sync_file", synced)
    monkeypatch.setattr(recovery.os, "rename", renamed)
    commit = str(last_commit(out))
    staged_before = {str(path) for path in staged(out) if path.parent.name == "2"}
    verify(archive, out)
    assert len(staged_before) == 6 - placed and {commit, *staged_before} <= set(order)


@pytest.mark.parametrize("jobs", [1, 3])
def test_commit_that_the_disk_did_not_take_is_withdrawn(
    archive, whole, tmp_path, monkeypatch, jobs
):
    out, sync = tmp_path / "out", disk.sync_file

    def broken(path):
        if "commits" in path and "000002" in path:
            raise OSError(5, "Input/output error")
        sync(path)

    with monkeypatch.context() as patched:
        patched.setattr(disk, "sync_file", broken)
        with pytest.raises(StoppedError):
            verify(archive, out, jobs=jobs)
    assert [path.name[:6] for path in sorted((out / "_smimebatch/commits").iterdir())] == [
        "000000",
        "000001",
    ]
    finishes(archive, out, whole)


def last_part_of_unit(out, ordinal, dataset):
    return next((out / dataset).glob(f"part-{ordinal:06d}-*"))


@pytest.mark.parametrize("keep", [0, 1, 300])
def test_commit_that_was_torn_never_happened(archive, whole, cut, keep):
    out, placed = cut
    os.truncate(last_commit(out), keep)
    if placed:
        with pytest.raises(DamagedRunError, match="part-000002"):
            verify(archive, out)
    else:
        finishes(archive, out, whole)


@pytest.mark.parametrize("damage", ["gone", "short"])
def test_commit_without_its_files_never_happened_unless_some_are_seen(archive, whole, cut, damage):
    out, placed = cut
    path = next(path for path in staged(out) if path.name == "signatures.parquet")
    path.unlink() if damage == "gone" else os.truncate(path, 100)
    if placed:
        with pytest.raises(DamagedRunError, match="part-000002"):
            verify(archive, out)
    else:
        finishes(archive, out, whole)


@pytest.mark.parametrize("torn", [b"{", b'{"kind":"unit_committed"'])
def test_line_of_the_ledger_that_was_torn_is_written_again(archive, whole, cut, torn):
    out, _ = cut
    with open(out / "_smimebatch/ledger.jsonl", "ab") as ledger:
        ledger.write(torn)
    finishes(archive, out, whole)


def test_line_that_was_never_synced_is_written_again(archive, whole, cut):
    out, _ = cut
    ledger = out / "_smimebatch/ledger.jsonl"
    lines = ledger.read_bytes().splitlines(keepends=True)
    assert b"unit_committed" in lines[-1]
    ledger.write_bytes(b"".join(lines[:-1]))
    finishes(archive, out, whole)


def test_more_commits_than_can_be_torn_are_refused(archive, cut):
    out, _ = cut
    ledger = out / "_smimebatch/ledger.jsonl"
    lines = ledger.read_bytes().splitlines(keepends=True)
    ledger.write_bytes(b"".join(lines[:-2]))
    with pytest.raises(DamagedRunError, match="commits"):
        verify(archive, out)
