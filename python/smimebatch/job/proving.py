"""Proofs for those who have no run directory.

Of a row: from it to its unit's tree, to the ledger, to a checkpoint. Of an earlier checkpoint: the
ledger of a later one begins with its lines.

A proof is a JSON object that stands alone; who checks it needs only the key that signed the
checkpoint, or the checkpoint itself from a place that he trusts.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow.parquet as pq

from smimebatch import _native
from smimebatch.errors import InputError
from smimebatch.instants import Instant, instant_from_iso, rows_of
from smimebatch.job import disk, merkle
from smimebatch.job.audit import Audit
from smimebatch.job.checkpoint import Checkpoint
from smimebatch.job.commits import Commit
from smimebatch.job.findings import Audited
from smimebatch.job.leaves import LEAF_COLUMNS, leaf_of
from smimebatch.job.ledger import COMMITTED, parsed
from smimebatch.job.records import damaged
from smimebatch.sources.parquet import DAMAGED

HASH_BYTES = 32
MESSAGES = "messages"
NUMBERS = ("source_index", "source_offset", "source_length")
LISTS = ("reasons", "flags")
HASH, INSTANT = "message_sha256", "control_time"


def proofs_of(out: str, message_id: str) -> Iterator[dict[str, Any]]:
    """Give a proof for every row with a Message-ID; nothing in the directory may be changed."""
    audited = Audit(out).run()
    refuse_findings(audited, out)
    wanted = message_id.strip().removeprefix("<").removesuffix(">")
    for commit in audited.commits.values():
        for file in commit.files:
            if file.dataset == MESSAGES:
                rows = leaf_rows(os.path.join(out, file.path), out)
                yield from proofs_in(audited, commit, rows, wanted)


def leaf_rows(path: str, out: str) -> Any:
    """Return the columns of messages that leaves are made of."""
    try:
        return pq.read_table(path, columns=LEAF_COLUMNS)
    except DAMAGED as error:
        raise damaged(path, "Parquet as the run wrote it", str(error), out) from error


def proofs_in(
    audited: Audited, commit: Commit, rows: Any, message_id: str
) -> Iterator[dict[str, Any]]:
    """Give a proof for every row of one unit with a Message-ID."""
    ids = rows["message_id"].to_pylist()
    found = [
        index
        for index, it in enumerate(ids)
        if it is not None and it.removeprefix("<").removesuffix(">") == message_id
    ]
    if not found:
        return
    content = _native.row_leaves(rows.select(LEAF_COLUMNS))
    leaves = [content[at : at + HASH_BYTES] for at in range(0, len(content), HASH_BYTES)]
    lines = [merkle.leaf_hash(record.line) for record in audited.records]
    record = next(
        number
        for number, it in enumerate(audited.records)
        if it.facts.get("commit") == disk.sha256_hex(commit.content)
    )
    for index in found:
        yield {
            "row": plain(rows_of(rows.slice(index, 1))[0]),
            "row_index": index,
            "row_count": len(leaves),
            "row_proof": encoded(merkle.inclusion_proof(leaves, index)),
            "commit": commit.content.decode(),
            "record": audited.records[record].line.decode(),
            "record_index": record,
            "record_proof": encoded(merkle.inclusion_proof(lines, record)),
            "checkpoint": audited.checkpoint,
        }


def earlier_proof(out: str, earlier: Checkpoint) -> dict[str, Any]:
    """Give a proof that the ledger of a finished run begins with that of an earlier checkpoint."""
    audit = Audit(out)
    audited = audit.run()
    audit.compare_with(earlier)
    refuse_findings(audited, out)
    lines = [merkle.leaf_hash(record.line) for record in audited.records]
    return {
        "earlier": earlier.text,
        "earlier_proof": encoded(merkle.consistency_proof(lines, earlier.size)),
        "checkpoint": audited.checkpoint,
    }


def refuse_findings(audited: Audited, out: str) -> None:
    """Prove nothing where something was changed."""
    for finding in audited.findings:
        raise damaged(os.path.join(out, finding.place), finding.expected, finding.found, out)


def check_proof(proof: Mapping[str, Any]) -> Checkpoint:
    """Follow a proof to its checkpoint; InputError where a step does not lead on."""
    try:
        if "earlier" in proof:
            return checked_earlier(proof)
        return checked_row(proof)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise InputError("proof", expected="what audit prove writes", found=str(error)) from error


def checked_earlier(proof: Mapping[str, Any]) -> Checkpoint:
    """Follow a proof from an earlier checkpoint to a later one of the same ledger."""
    earlier, later = checkpoint_of(proof["earlier"]), checkpoint_of(proof["checkpoint"])
    way = decoded(proof["earlier_proof"])
    if earlier.origin != later.origin:
        raise InputError("proof", expected="two checkpoints of one ledger", found="of two")
    if not merkle.is_consistent(earlier.size, earlier.root, later.size, later.root, way):
        raise InputError(
            "proof", expected="a way from the earlier checkpoint to the later", found="another hash"
        )
    return later


def checked_row(proof: Mapping[str, Any]) -> Checkpoint:
    """Follow a proof from its row to its checkpoint."""
    commit = commit_of(proof["commit"])
    checkpoint = checkpoint_of(proof["checkpoint"])
    root = merkle.root_by_inclusion(
        leaf_of(read_back(proof["row"])),
        number(proof["row_index"]),
        number(proof["row_count"]),
        decoded(proof["row_proof"]),
    )
    line = proof["record"].encode()
    record = parsed(line)
    ledger_root = merkle.root_by_inclusion(
        merkle.leaf_hash(line),
        number(proof["record_index"]),
        checkpoint.size,
        decoded(proof["record_proof"]),
    )
    rows = {file.dataset: file.rows for file in commit.files}
    steps = {
        "the row to the root of its unit": root is not None and root.hex() == commit.rows_root,
        "the unit's number of rows": rows.get(MESSAGES) == proof["row_count"],
        "the commit to the record of the ledger": (record.get("kind"), record.get("commit"))
        == (COMMITTED, disk.sha256_hex(proof["commit"].encode())),
        "the record to the root of the ledger": ledger_root == checkpoint.root,
    }
    for step, leads_on in steps.items():
        if not leads_on:
            raise InputError("proof", expected=f"a way from {step}", found="another hash")
    return checkpoint


def commit_of(content: str) -> Commit:
    """Read the commit of a proof."""
    commit = Commit.parse(content.encode())
    if commit is None:
        raise ValueError("no commit")
    return commit


def checkpoint_of(note: str) -> Checkpoint:
    """Read the checkpoint of a proof."""
    checkpoint = Checkpoint.parse(note)
    if checkpoint is None:
        raise ValueError("no checkpoint")
    return checkpoint


def encoded(hashes: list[bytes]) -> list[str]:
    """Return hashes for JSON."""
    return [base64.b64encode(it).decode() for it in hashes]


def decoded(hashes: list[str]) -> list[bytes]:
    """Return hashes of JSON."""
    return [base64.b64decode(it, validate=True) for it in hashes]


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row for JSON: bytes in hexadecimal, times as ISO 8601."""
    spelled = dict(row)
    for name, value in row.items():
        if isinstance(value, bytes):
            spelled[name] = value.hex()
        elif isinstance(value, Instant):
            spelled[name] = value.isoformat()
    return spelled


def read_back(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row that `plain` spelled; ValueError for anything that it never writes."""
    if row.keys() != set(LEAF_COLUMNS):
        raise ValueError(f"a row of other columns than {', '.join(LEAF_COLUMNS)}")
    values = dict(row)
    for name, value in row.items():
        if value is None:
            continue
        if name in NUMBERS:
            number(value)
        elif name in LISTS:
            values[name] = [text(code) for code in value]
        elif name == HASH:
            values[name] = bytes.fromhex(text(value))
        elif name == INSTANT:
            values[name] = instant_from_iso(text(value))
        else:
            text(value)
    if plain(values) != row:
        raise ValueError("a row in another spelling")
    return values


def number(value: Any) -> int:
    """Return a whole number of ours, not what Python would take for one."""
    if type(value) is not int or not 0 <= value < 1 << 63:
        raise ValueError(f"{str(value)[:40]!r} for a number")
    return value


def text(value: Any) -> str:
    """Return a text."""
    if not isinstance(value, str):
        raise TypeError(f"{str(value)[:40]!r} for a text")
    return value
