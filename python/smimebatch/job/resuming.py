"""Whether a run begins, goes on or is finished already, and where in the inputs it begins.

A run goes on only as the same run: everything that decides the result must be as it was, and every
file that was read must be the file that was read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, compress, pairwise
from typing import Any

from smimebatch.errors import DamagedRunError, OutputError
from smimebatch.job import disk
from smimebatch.job.commits import Commit
from smimebatch.job.ledger import whole_lines
from smimebatch.job.output import UNITS_FILE, RunDirectory, State
from smimebatch.job.recovery import Found, recover
from smimebatch.job.shard import Shard
from smimebatch.job.units import Unit
from smimebatch.sinks.parquet import stopping
from smimebatch.sources import Archive, Remark
from smimebatch.sources.position import Position
from smimebatch.sources.stream import STANDARD_INPUT, InputFile
from smimebatch.sources.walk import FilesFold, FileState, changed, state_of

BESIDE_IDENTITY = ("shard", "signed_by")
"""What does not decide the result, but stays the same for a whole run."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A run that begins or goes on in a directory."""

    run: Mapping[str, Any]
    """What run.json says, or will."""
    found: Found | None = None
    """What is committed; null of a run that begins."""
    units: Sequence[Unit] = ()
    """Those that nothing is left to be done for, from the first on."""
    is_finished: bool = False

    @classmethod
    def of(cls, directory: RunDirectory, record: Mapping[str, Any], shard: Shard) -> Opened:
        """Look what is there, and bring it to where the next unit can begin."""
        if directory.is_new:
            return cls(record)
        run = check_same_run(directory, record)
        with stopping():
            found = recover(directory)
            if not found.ledger.records:
                directory.begin_anew()
                return cls(record)
            units = known_units(directory, found.commits, shard)
        return cls(run, found, units, directory.state is State.FINISHED)


MEANT = {
    "smimebatch.keys": "keys, recipients or signers, ways to encrypt or sign, and --output-format",
    "smimebatch.policy": "options that judge, and --policy",
    "smimebatch.revocation": "--crls and --ocsp",
    "smimebatch.trust": "--trust and --intermediates",
    "smimebatch.tsa_trust": "--tsa-trust",
}
"""What a hash of the record is of."""


def check_same_run(directory: RunDirectory, run: Mapping[str, Any]) -> dict[str, Any]:
    """Return run.json of the run that was begun here, which must be the same as this one."""
    begun = directory.read_run()
    if begun is None or "identity" not in begun:
        raise DamagedRunError(
            directory.in_room("run.json"),
            expected="the record of a run",
            found="none",
            remedy="put it back, or begin anew with --overwrite",
        )
    facts = {**run["identity"], **{name: run[name] for name in BESIDE_IDENTITY}}
    there = {**begun["identity"], **{name: begun.get(name) for name in BESIDE_IDENTITY}}
    for name in sorted(facts.keys() | there.keys()):
        if facts.get(name) != there.get(name):
            raise OutputError(
                f"--output {directory.path}",
                expected=f"the run that was begun there, with {name} = {shown(there.get(name))}",
                found=shown(facts.get(name)),
                remedy=f"give the same {MEANT.get(name, 'options')}, choose another directory, or "
                "add --overwrite",
            )
    return begun


def shown(value: Any) -> str:
    """Return a value of a record for a message."""
    return json.dumps(value, ensure_ascii=False)


def refuse_standard_input(directory: RunDirectory, names: Sequence[str]) -> None:
    """Refuse to go on over what comes only once."""
    if STANDARD_INPUT in names:
        raise OutputError(
            f"--output {directory.path}",
            expected="inputs that can be read again",
            found="an interrupted run over standard input",
            remedy="add --overwrite and begin anew",
        )


def known_units(directory: RunDirectory, commits: Sequence[Commit], shard: Shard) -> list[Unit]:
    """Return the units up to the first one of this shard that is not committed.

    Units of this shard are in its commits; where others lie, only units.jsonl says.
    """
    own = {commit.unit.ordinal: commit.unit for commit in commits if commit.unit is not None}
    kept = {unit.ordinal: unit for unit in kept_units(directory)} if shard.count > 1 else {}
    units: list[Unit] = []
    while (ordinal := len(units)) in own or (ordinal in kept and not shard.owns(ordinal)):
        units.append(own.get(ordinal) or kept[ordinal])
    if len(own) != sum(shard.owns(unit.ordinal) for unit in units) or not follow(units):
        raise DamagedRunError(
            directory.in_room("commits"),
            expected="units that follow each other",
            found=f"{sorted(own)}, of which {len(units)} do",
        )
    keep_units(directory, units)
    return units


def keep_units(directory: RunDirectory, units: Sequence[Unit]) -> None:
    """Leave in units.jsonl what is known, and nothing behind it."""
    content = b"".join(disk.canonical_json(unit.as_json()) + b"\n" for unit in units)
    path = directory.in_room(UNITS_FILE)
    if disk.content_of(path) != content:
        # Never half of it: where the units of other shards lie, only this file says.
        staged = os.path.join(directory.staging, UNITS_FILE)
        disk.write_over(staged, content)
        disk.sync_file(staged)
        os.rename(staged, path)


def kept_units(directory: RunDirectory) -> Iterator[Unit]:
    """Give the units that units.jsonl holds, up to one that was torn."""
    for line in whole_lines(directory.in_room(UNITS_FILE)):
        try:
            yield Unit.from_json(json.loads(line))
        except (ValueError, TypeError, KeyError, RecursionError):
            return


def follow(units: Sequence[Unit]) -> bool:
    """Whether each unit begins where the one before ends."""
    return all(unit.end == after.begin for unit, after in pairwise(units))


def begin_behind(
    archive: Archive,
    units: Sequence[Unit],
    check_touched: Callable[[Sequence[InputFile]], None],
) -> bool:
    """Let an archive begin behind units that are done; whether anything is left.

    The files before are looked at, not read, unless they were touched: they must be as they were.
    """
    if not units:
        return True
    walk = iter(archive.inputs)
    size = 0
    last: InputFile | None = None
    touched: list[InputFile] = []
    for unit in units:
        last_of_unit, stored = passed(walk, unit, touched)
        last = last_of_unit or last
        size += stored
    check_touched(touched)
    end = units[-1].end
    if end is None:
        if archive.reading.limit is None:
            refuse_more(walk)
        return False
    files: Iterable[InputFile | Remark] = walk
    if end.messages > 0 and last is not None:
        refuse_pipe(last)
        files = chain([last], walk)
        size -= size_of(last)
    archive.begin_at(end, checked_first(files, end), sum(unit.messages for unit in units))
    archive.stored_bytes_before = size
    return True


def refuse_pipe(file: InputFile) -> None:
    """Refuse to go on within what comes only once."""
    if state_of(file).size is None:
        raise OutputError(
            f"input {file.source}",
            expected="a file that can be read again",
            found="an interrupted run over a pipe",
            remedy="add --overwrite and begin anew",
        )


def passed(
    walk: Iterator[InputFile | Remark], unit: Unit, touched: list[InputFile]
) -> tuple[InputFile | None, int]:
    """Pass over the files of a unit; the last of them, and the bytes of all.

    Those that were touched since they were read are added to the list.
    """
    fold, size, states = FilesFold(), 0, []
    files: list[InputFile] = []
    while fold.count < unit.files.count and (file := next(walk, None)) is not None:
        if isinstance(file, Remark):
            continue
        state = state_of(file)
        fold.add(state)
        size += state.size or 0
        files.append(file)
        if unit.files.listed is not None:
            states.append(state)
    found = fold.finish()
    if found.names_and_times != unit.files.names_and_times:
        refuse_changed(unit, states)
    if unit.files.touched_sha256 not in (None, found.touched_sha256):
        kept = [FileState(**state) for state in unit.files.listed or ()]
        is_touched = [state != now for state, now in zip(kept, states, strict=True)]
        touched.extend(compress(files, is_touched or [True] * len(files)))
    return (files[-1] if files else None), size


def refuse_changed(unit: Unit, found: Sequence[FileState]) -> None:
    """Say which file changed since a unit was committed, as nearly as is known."""
    kept = [FileState(**state) for state in unit.files.listed or ()]
    for expected, now in zip(kept, found, strict=False):
        if expected.source != now.source:
            absent = FileState(expected.source)
            raise changed(expected, absent, "when it was read, in this place of the inputs")
        if not expected.is_as(now):
            raise changed(expected, now, "when it was read")
    files = unit.files
    raise OutputError(
        f"inputs {files.first} to {files.last}",
        expected=f"{files.count} files as they were when they were read",
        found="others: one was changed, added or removed",
        remedy="begin anew with --overwrite or another directory",
    )


def refuse_more(walk: Iterator[InputFile | Remark]) -> None:
    """Refuse inputs that have grown by a file behind the last unit."""
    for file in walk:
        if not isinstance(file, Remark):
            raise OutputError(
                f"input {file.source}",
                expected="no file more than when the run was begun",
                found="a new one",
                remedy="begin anew with --overwrite or another directory",
            )


def checked_first(
    files: Iterable[InputFile | Remark], position: Position
) -> Iterator[InputFile | Remark]:
    """Give the files from the position's on, which must be the one that it names."""
    is_first = True
    for file in files:
        if is_first and isinstance(file, Remark):
            continue  # said before
        if is_first and isinstance(file, InputFile) and file.source != position.source:
            raise changed(
                FileState(position.source or ""), FileState(file.source), "when the run stopped"
            )
        is_first = False
        yield file


def size_of(file: InputFile) -> int:
    """Return the bytes of a file; none where they cannot be known."""
    try:
        return os.path.getsize(file.path)
    except OSError:
        return 0
