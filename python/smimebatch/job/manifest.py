"""The manifest: what a run came to, every file of it, and a checkpoint over its ledger."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from smimebatch.errors import DamagedRunError, InputError
from smimebatch.job import disk, merkle
from smimebatch.job.checkpoint import Checkpoint, origin_of
from smimebatch.job.commits import Commit
from smimebatch.job.ledger import LEDGER_FILE, Ledger, Record
from smimebatch.job.output import ROOM
from smimebatch.job.records import damaged


def checkpoint_of(fingerprint: str, records: Sequence[Record]) -> Checkpoint:
    """Return the checkpoint over the lines of a ledger."""
    root = merkle.root_of([merkle.leaf_hash(record.line) for record in records])
    return Checkpoint(origin_of(fingerprint), len(records), root)


def checkpoint_so_far(out: str) -> Checkpoint:
    """Return the checkpoint over the ledger as it is on the disk, of a run that may go on."""
    path = os.path.join(out, ROOM, LEDGER_FILE)
    try:
        ledger = Ledger.read(path)
    except OSError as error:
        raise damaged(path, "the ledger of a run", str(error.strerror), out) from error
    if not ledger.records:
        there = "no whole line" if os.path.exists(path) else "nothing there"
        raise InputError(path, expected="the ledger of a run", found=there)
    disk.sync_file(path)  # what somebody keeps elsewhere must not be lost here
    found = checkpoint_of(str(ledger.records[0].facts.get("fingerprint")), ledger.records)
    if Checkpoint.parse(found.text) != found:
        raise DamagedRunError(
            f"{path}, line 1", expected="the fingerprint of a run", found=repr(found.origin)
        )
    return found


def manifest_of(
    units: Sequence[Commit], last: Commit, records: Sequence[Record], note: str | None = None
) -> dict[str, Any]:
    """Return what the manifest says; `note` is the checkpoint as it was signed, if it was."""
    files = [
        {"path": file.path, "rows": file.rows, "size": file.size, "sha256": file.sha256}
        for commit in (*units, last)
        for file in commit.files
    ]
    checkpoint = checkpoint_of(str(last.facts.get("fingerprint")), records)
    return {
        **last.facts,
        "files": sorted(files, key=lambda file: str(file["path"])),
        "checkpoint": note if note and Checkpoint.parse(note) == checkpoint else checkpoint.text,
    }
