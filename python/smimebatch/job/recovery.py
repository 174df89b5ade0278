"""What an interrupt left, brought to where the next unit can begin.

A commit is finished if all of its files are somewhere: in place, or made in the staging room. They
are synced first: a process that was killed may not have come so far. A commit that a power cut tore
is dropped. Everything else that is not as the records say is refused, with its place: a run never
goes on over a result that somebody changed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from smimebatch.errors import DamagedRunError
from smimebatch.job import disk, trees
from smimebatch.job.commits import (
    ALL,
    PLAIN_NAME,
    Commit,
    CommittedFile,
    check_present,
    is_whole,
    places,
)
from smimebatch.job.ledger import COMMITTED, FINISHED, LEDGER_FILE, STARTED, Ledger, cut_torn_line
from smimebatch.job.output import (
    COMMITS,
    OF_MAIL,
    RUN_FILE,
    UNITS_FILE,
    WRITTEN_DATASETS,
    RunDirectory,
)

SUFFIX = ".json"
OWNER_ONLY, FOR_ALL = 0o700, 0o777
"""Modes of directories, before the umask."""
WITHOUT_LINE_AT_MOST = 2
"""Units without their line in the ledger: a line is synced with the commit of the next unit."""


@dataclass(slots=True)
class Found:
    """The records of a directory that belong together."""

    ledger: Ledger
    commits: list[Commit]
    """Of units, in their order."""
    last: Commit | None = None
    """With what is made of all units."""


def commit_path(directory: RunDirectory, name: str) -> str:
    """Return where a commit is written."""
    return directory.in_room(COMMITS, name + SUFFIX)


def recover(directory: RunDirectory) -> Found:
    """Finish or drop what was under way; the directory is as if it had never been interrupted."""
    ledger_path = directory.in_room(LEDGER_FILE)
    cut_torn_line(ledger_path)
    found = read_records(directory)
    unfinished = unfinished_commits(directory, found)
    if not found.ledger.records:
        refuse_without_ledger(directory, unfinished)
        return found
    is_torn = False
    for name, commit in unfinished:
        is_torn = is_torn or commit is None or not place(directory, commit)
        if commit is None or is_torn:
            drop(directory, name)
        elif commit.name == ALL:
            found.last = commit  # its line is written together with the manifest
        else:
            acknowledge(found.ledger, commit)
            found.commits.append(commit)
    for commit in found.commits:
        check_present(directory.path, commit)
    refuse_foreign_parts(directory, found)
    if found.last is not None:
        disk.sync_directory(directory.room)  # the name of the manifest, if there is one
    shutil.rmtree(directory.staging, ignore_errors=True)
    os.makedirs(directory.staging)
    return found


def read_records(directory: RunDirectory) -> Found:
    """Read ledger and commits, and check that each commit is the one that its line names."""
    ledger = Ledger.read(directory.in_room(LEDGER_FILE))
    found = Found(ledger, [])
    if not ledger.records:
        return found
    check_started(directory, ledger)
    for record in ledger.of_kind(COMMITTED):
        found.commits.append(committed(directory, record.facts["unit"], record.facts["commit"]))
    for record in ledger.of_kind(FINISHED):
        found.last = committed(directory, ALL, record.facts["commit"])
    return found


def check_started(directory: RunDirectory, ledger: Ledger) -> None:
    """Refuse a ledger that is not about this run."""
    first = ledger.records[0]
    path = directory.in_room(RUN_FILE)
    try:
        found = disk.sha256_of(path)
    except FileNotFoundError:
        found = "nothing there"
    if first.kind != STARTED or first.facts.get("run") != found:
        expected = f"SHA-256 {first.facts.get('run')}, as the ledger says"
        raise DamagedRunError(path, expected=expected, found=found)


def committed(directory: RunDirectory, name: str, sha256: str) -> Commit:
    """Read a commit that the ledger names."""
    path = commit_path(directory, name)
    if not PLAIN_NAME.fullmatch(name):
        raise DamagedRunError(path, expected="the name of a unit", found=repr(name))
    content = disk.content_of(path)
    if content is None:
        expected = "the commit that the ledger names"
        raise DamagedRunError(path, expected=expected, found="nothing there")
    commit = Commit.parse(content)
    if disk.sha256_hex(content) != sha256 or commit is None or commit.name != name:
        expected = f"SHA-256 {sha256}, as the ledger says"
        raise DamagedRunError(path, expected=expected, found=disk.sha256_hex(content))
    return commit


def unfinished_commits(directory: RunDirectory, found: Found) -> list[tuple[str, Commit | None]]:
    """Give the commits that have no line in the ledger, units first."""
    known = {commit.name for commit in found.commits} | ({ALL} if found.last else set())
    try:
        present = os.listdir(directory.in_room(COMMITS))
    except FileNotFoundError:
        present = []
    names = sorted(name.removesuffix(SUFFIX) for name in present)
    names = [name for name in names if name not in known]
    units = [name for name in names if name != ALL]
    if len(units) > WITHOUT_LINE_AT_MOST or any(part + SUFFIX not in present for part in names):
        raise DamagedRunError(
            directory.in_room(COMMITS),
            expected="a line in the ledger for every commit",
            found=f"none for {', '.join(names)}",
        )
    return [(name, read_commit(directory, name)) for name in names]


def read_commit(directory: RunDirectory, name: str) -> Commit | None:
    """Read a commit that may be torn."""
    with open(commit_path(directory, name), "rb") as file:
        commit = Commit.parse(file.read())
    return commit if commit is not None and commit.name == name else None


def place(directory: RunDirectory, commit: Commit) -> bool:
    """Put the files of a commit into place if all are there; whether they are."""
    files = list(places(directory.path, directory.staging, commit))
    missing = [(made, final, file) for made, final, file in files if not is_whole(final, file)]
    if not all(is_whole(made, file) for made, _, file in missing):
        if len(missing) < len(commit.files):
            _, final, file = missing[0]
            raise DamagedRunError(
                final, expected=f"SHA-256 {file.sha256}, as its commit says", found="another file"
            )
        return False
    if len(missing) < len(files):
        # Names that an earlier run gave: only then may they be gone for good where they came from.
        disk.sync_all([], [it for it in folders_of(directory, [commit]) if os.path.isdir(it)])
    disk.sync_all(*standing_below(directory, [commit]))
    put_in_place(missing)
    disk.sync_all([], folders_of(directory, [commit]))
    return True


def standing_below(
    directory: RunDirectory, commits: Sequence[Commit]
) -> tuple[list[str], list[str]]:
    """Return files and directories that are synced before committed files get their names."""
    files = [directory.in_room(name) for name in (RUN_FILE, UNITS_FILE, LEDGER_FILE)]
    files += made_files(directory, commits)
    folders = [*directory.above, directory.path, directory.room, directory.in_room(COMMITS)]
    for commit in commits:
        folders += [directory.staging, os.path.join(directory.staging, commit.staged)]
        for part in filter(os.path.isdir, parts_of(directory, commit)):
            folders += trees.directories_of(part)
    return files, [folder for folder in folders if os.path.isdir(folder)]


def made_files(directory: RunDirectory, commits: Sequence[Commit]) -> list[str]:
    """Return the commits and their files, where they are now."""
    files = []
    for commit in commits:
        files.append(commit_path(directory, commit.name))
        for part in parts_of(directory, commit):
            files += trees.files_below(part) if os.path.isdir(part) else [part]
    return files


def parts_of(directory: RunDirectory, commit: Commit) -> Iterator[str]:
    """Give the parts of a commit, where they are now."""
    for made, final, _ in places(directory.path, directory.staging, commit):
        yield made if os.path.exists(made) else final


def put_in_place(files: Iterable[tuple[str, str, CommittedFile]]) -> None:
    """Give files that were made their names; mail lies where its owner alone may look."""
    for made, final, file in files:
        mode = OWNER_ONLY if file.dataset in OF_MAIL else FOR_ALL
        os.makedirs(os.path.dirname(final), mode, exist_ok=True)
        os.rename(made, final)


def folders_of(directory: RunDirectory, commits: Sequence[Commit]) -> list[str]:
    """Return the directories that have the names of committed files."""
    datasets = {file.dataset for commit in commits for file in commit.files}
    return [
        *(os.path.join(directory.path, dataset) for dataset in sorted(datasets)),
        directory.path,
    ]


def acknowledge(ledger: Ledger, commit: Commit) -> None:
    """Write the line of a unit's commit."""
    ledger.append(COMMITTED, unit=commit.name, commit=disk.sha256_hex(commit.content))


def drop(directory: RunDirectory, name: str) -> None:
    """Remove a commit that never happened."""
    os.unlink(commit_path(directory, name))
    disk.sync_directory(directory.in_room(COMMITS))


def refuse_without_ledger(
    directory: RunDirectory, unfinished: list[tuple[str, Commit | None]]
) -> None:
    """Without a ledger nothing was committed: refuse to begin anew over what was."""
    for _, commit in unfinished:
        for _, final, _ in places(directory.path, "", commit) if commit else ():
            if os.path.lexists(final):
                expected = "a ledger beside committed files"
                path = directory.in_room(LEDGER_FILE)
                raise DamagedRunError(path, expected=expected, found="nothing there")


def refuse_foreign_parts(directory: RunDirectory, found: Found) -> None:
    """Refuse a part that no commit names."""
    commits = [*found.commits, *([found.last] if found.last else [])]
    known = {file.path for commit in commits for file in commit.files}
    for path in parts(directory.path):
        if path not in known:
            place_of = os.path.join(directory.path, path)
            raise DamagedRunError(place_of, expected="only committed files", found="one more")


def parts(out: str) -> Iterator[str]:
    """Give every part of every dataset, below OUT."""
    for dataset in WRITTEN_DATASETS:
        folder = os.path.join(out, dataset)
        if os.path.isdir(folder):
            yield from (f"{dataset}/{name}" for name in sorted(os.listdir(folder)))
