"""The shares of one run, each made by a process of its own, and whether they belong together."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from smimebatch.errors import DamagedRunError, InputError
from smimebatch.job import disk
from smimebatch.job.audit import Audit
from smimebatch.job.commits import ALL, Commit
from smimebatch.job.ledger import whole_lines
from smimebatch.job.output import MANIFEST_FILE, ROOM, RUN_FILE, UNITS_FILE
from smimebatch.job.resuming import follow
from smimebatch.job.shard import Shard
from smimebatch.job.units import Unit
from smimebatch.sources.walk import FileState


@dataclass(frozen=True, slots=True)
class Share:
    """A finished run of one shard."""

    out: str
    run: Mapping[str, Any]
    shard: Shard
    commits: tuple[Commit, ...]
    """Of its units."""
    units: tuple[Unit, ...]
    """All of the run, also those that it passed over."""
    checkpoint: str

    @classmethod
    def read(cls, out: str) -> Share:
        """Read a share; it must be whole, and as it was made."""
        if not os.path.exists(os.path.join(out, ROOM, MANIFEST_FILE)):
            raise InputError(out, expected="a finished run of --shard", found="none")
        audited = Audit(out).run()
        for finding in audited.findings:
            place = os.path.join(out, finding.place)
            raise DamagedRunError(place, expected=finding.expected, found=finding.found)
        run = json.loads(disk.content_of(os.path.join(out, ROOM, RUN_FILE)) or b"null")
        lines = whole_lines(os.path.join(out, ROOM, UNITS_FILE))
        return cls(
            out,
            run,
            Shard.parse(run["shard"]),
            tuple(commit for name, commit in audited.commits.items() if name != ALL),
            tuple(Unit.from_json(json.loads(line)) for line in lines),
            audited.checkpoint,
        )

    @property
    def record(self) -> dict[str, Any]:
        """What run.json of the whole says of it."""
        signer = self.run["signed_by"]
        return {"shard": str(self.shard), "signed_by": signer, "checkpoint": self.checkpoint}


def check_shares(shares: Sequence[Share]) -> None:
    """Refuse what is not every share of one run, once."""
    first = shares[0]
    for share in shares:
        for name in ("fingerprint", "now"):
            if share.run[name] != first.run[name]:
                raise InputError(
                    share.out,
                    expected=f"{name} {first.run[name]}, as {first.out} has",
                    found=str(share.run[name]),
                    remedy="give every shard the same command, with --now",
                )
    expected = [Shard(index, first.shard.count) for index in range(first.shard.count)]
    found = sorted((share.shard for share in shares), key=lambda shard: (shard.count, shard.index))
    if found != expected:
        raise InputError(
            "OUT…",
            expected="shards " + ", ".join(map(str, expected)),
            found=", ".join(map(str, found)),
        )


def check_inputs(shares: Sequence[Share], *, ignore_times: bool) -> None:
    """Refuse shares that did not see the same messages in the same files."""
    first = shares[0]
    for share in shares[1:]:
        for one, other in zip_longest(first.units, share.units):
            if seen(one, ignore_times) != seen(other, ignore_times):
                known = one or other
                raise InputError(
                    f"{share.out}, unit {known.ordinal if known else 0}",
                    expected=f"{told(one, other)}, as {first.out} has",
                    found=told(other, one),
                    remedy="run the shards over the same inputs; --ignore-times for copies of them",
                )


def seen(unit: Unit | None, ignore_times: bool) -> Any:
    """Return what the shares must agree about."""
    if unit is None:
        return None
    files = unit.files.names_and_times[: 2 if ignore_times else 3]
    return {**unit.as_json(), "files": files}


def told(unit: Unit | None, other: Unit | None) -> str:
    """Say what a share saw that another saw otherwise: a file, if they are known one by one."""
    if unit is None:
        return "no such unit"
    for one, two in zip_longest(
        unit.files.listed or (), other.files.listed or () if other is not None else ()
    ):
        if one is not None and (two is None or not FileState(**one).is_as(FileState(**two))):
            return f"{one['source']} of {one['size']} bytes and {one['mtime_ns']} ns"
    files = f"{unit.files.count} files from {unit.files.first} to {unit.files.last}"
    return f"{unit.messages} messages of {unit.payload_bytes} bytes, {files}"


def units_of(shares: Sequence[Share]) -> list[tuple[Share, Commit]]:
    """Return every unit with its share, in order; they follow each other to the end."""
    by_ordinal = {
        commit.unit.ordinal: (share, commit)
        for share in shares
        for commit in share.commits
        if commit.unit is not None
    }
    ordered = [by_ordinal[ordinal] for ordinal in sorted(by_ordinal)]
    units = [commit.unit for _, commit in ordered if commit.unit is not None]
    if not units or not follow(units) or units[0].ordinal or units[-1].end is not None:
        raise InputError(
            "OUT…",
            expected="units that follow each other from the first to the last",
            found=f"{len(units)} that do not",
            remedy="run the shards over the same inputs",
        )
    return ordered
