"""A proof of one row: from the row to its unit's tree, to the ledger, to a checkpoint.

A proof is a JSON object that stands alone; who checks it needs no run directory, only the key that
signed the checkpoint, or the checkpoint itself from a place that he trusts.
"""

from __future__ import annotations

import base64
import datetime as dt
import os
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow.parquet as pq

from smimebatch import _native
from smimebatch.errors import DamagedRunError, InputError
from smimebatch.job import disk, merkle
from smimebatch.job.audit import Audit, Audited
from smimebatch.job.checkpoint import Checkpoint
from smimebatch.job.commits import Commit
from smimebatch.job.leaves import LEAF_COLUMNS, leaf_of
from smimebatch.job.ledger import COMMITTED, parsed

HASH_BYTES = 32
MESSAGES = "messages"


def proofs_of(out: str, message_id: str) -> Iterator[dict[str, Any]]:
    """Give a proof for every row with a Message-ID; nothing in the directory may be changed."""
    audited = Audit(out).run()
    if audited.findings:
        finding = audited.findings[0]
        raise DamagedRunError(finding.place, expected=finding.expected, found=finding.found)
    wanted = message_id.strip().removeprefix("<").removesuffix(">")
    for commit in audited.commits.values():
        for file in commit.files:
            if file.dataset == MESSAGES:
                rows = pq.read_table(os.path.join(out, file.path), columns=LEAF_COLUMNS)
                yield from proofs_in(audited, commit, rows, wanted)


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
            "row": plain(rows.slice(index, 1).to_pylist()[0]),
            "row_index": index,
            "row_count": len(leaves),
            "row_proof": encoded(merkle.inclusion_proof(leaves, index)),
            "commit": commit.content.decode(),
            "record": audited.records[record].line.decode(),
            "record_index": record,
            "record_proof": encoded(merkle.inclusion_proof(lines, record)),
            "checkpoint": (audited.manifest or {})["checkpoint"],
        }


def check_proof(proof: Mapping[str, Any]) -> Checkpoint:
    """Follow a proof from its row to its checkpoint; InputError where a step does not lead on."""
    try:
        commit = commit_of(proof["commit"])
        checkpoint = checkpoint_of(proof["checkpoint"])
        root = merkle.root_by_inclusion(
            leaf_of(read_back(proof["row"])),
            proof["row_index"],
            proof["row_count"],
            decoded(proof["row_proof"]),
        )
        line = proof["record"].encode()
        record = parsed(line)
        ledger_root = merkle.root_by_inclusion(
            merkle.leaf_hash(line),
            proof["record_index"],
            checkpoint.size,
            decoded(proof["record_proof"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError("proof", expected="what audit prove writes", found=str(error)) from error
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
        elif isinstance(value, dt.datetime):
            spelled[name] = value.isoformat()
    return spelled


def read_back(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row that `plain` spelled."""
    values = dict(row)
    if values["message_sha256"] is not None:
        values["message_sha256"] = bytes.fromhex(values["message_sha256"])
    if values["control_time"] is not None:
        values["control_time"] = dt.datetime.fromisoformat(values["control_time"])
    return values
