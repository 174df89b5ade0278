"""The ledger: what a run did, one line after another, each with the hash of the one before.

A line is canonical JSON (RFC 8785) with at least `kind`, `number` and `previous`. The lines are the
leaves of a Merkle tree (RFC 9162 §2.1), whose root the manifest carries.

    run_started     fingerprint, SHA-256 of run.json
    unit_committed  unit, SHA-256 of its commit
    run_resumed     units that were there
    run_finished    SHA-256 of the last commit, which holds what the manifest says
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from smimebatch.errors import DamagedRunError
from smimebatch.job import disk

LEDGER_FILE = "ledger.jsonl"
STARTED, COMMITTED, RESUMED, FINISHED = (
    "run_started",
    "unit_committed",
    "run_resumed",
    "run_finished",
)
NONE_BEFORE = "0" * 64
"""What stands for the hash of the line before the first."""


@dataclass(frozen=True, slots=True)
class Record:
    """One line."""

    line: bytes
    facts: dict[str, Any]

    @property
    def kind(self) -> str:
        """What happened."""
        return str(self.facts["kind"])


class Ledger:
    """The lines of one run, to be read and added to."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.records: list[Record] = []

    @classmethod
    def read(cls, path: str) -> Ledger:
        """Read what is there; DamagedRunError where a line is not what the next one says."""
        ledger = cls(path)
        for record in records_of(path):
            ledger.records.append(record)
        return ledger

    @property
    def last_hash(self) -> str:
        """The hash that the next line carries."""
        return disk.sha256_hex(self.records[-1].line) if self.records else NONE_BEFORE

    def append(self, kind: str, **facts: Any) -> None:
        """Add a line; the caller syncs the file."""
        number = len(self.records)
        record = {"kind": kind, "number": number, "previous": self.last_hash, **facts}
        line = disk.canonical_json(record)
        disk.append(self.path, line + b"\n")
        self.records.append(Record(line, record))

    def of_kind(self, kind: str) -> Iterator[Record]:
        """Give the lines of one kind."""
        return (record for record in self.records if record.kind == kind)


def records_of(path: str) -> Iterator[Record]:
    """Give the whole lines of a ledger, each checked against the one before."""
    previous = NONE_BEFORE
    for number, line in enumerate(whole_lines(path)):
        facts = parsed(line)
        expected = {"number": number, "previous": previous}
        found = {name: facts.get(name) for name in expected}
        if found != expected or not isinstance(facts.get("kind"), str):
            raise DamagedRunError(
                f"{path}, line {number + 1}",
                expected=f"record {number} behind {previous}",
                found=f"record {found['number']} behind {found['previous']}",
            )
        if disk.canonical_json(facts) != line:
            raise DamagedRunError(
                f"{path}, line {number + 1}", expected="canonical JSON", found="another spelling"
            )
        previous = disk.sha256_hex(line)
        yield Record(line, facts)


def parsed(line: bytes) -> dict[str, Any]:
    """Return a line as an object; an empty one where it is none that could be written again.

    Surrogates without their other half are none: JSON can escape them, UTF-8 has no bytes for them.
    """
    try:
        facts = json.loads(line)
        disk.canonical_json(facts)
    except (ValueError, RecursionError):
        return {}
    return facts if isinstance(facts, dict) else {}


def whole_lines(path: str) -> list[bytes]:
    """Return the lines that end; what an interrupt left of a last one is none."""
    return (disk.content_of(path) or b"").split(b"\n")[:-1]


def cut_torn_line(path: str) -> None:
    """Take away what an interrupt left of a last line."""
    if os.path.exists(path):
        whole = sum(len(line) + 1 for line in whole_lines(path))
        if os.path.getsize(path) > whole:
            os.truncate(path, whole)
