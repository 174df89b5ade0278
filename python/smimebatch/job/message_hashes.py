"""The hashes of messages in a file of the dataset `messages`, if it is one of ours.

An audit looks whether they can be read; an earlier run that is vouched for is asked for them.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from smimebatch.errors import DamagedRunError
from smimebatch.job import disk
from smimebatch.schema import dataset_schema

MESSAGES = "messages"
HASH, KIND, LIMITS = NEEDED = ("message_sha256", "kind", "limits_hit")
HASH_BYTES = 32
AS_OURS = "Parquet with columns as ours and a SHA-256 of each message"
WITHOUT_CMS = "plain"
"""What most mail is."""


def hashes_in(path: str, sha256: str) -> bytes:
    """Return the hashes of the messages in a file, which must still be the one of its commit."""
    content = disk.content_of(path) or b""
    found = disk.sha256_hex(content)
    if found != sha256:
        raise DamagedRunError(path, expected=f"SHA-256 {sha256}", found=f"SHA-256 {found}")
    try:
        hashes = read_hashes(pa.BufferReader(content))
    except ValueError as error:
        remedy = "choose another run"
        raise DamagedRunError(path, expected=AS_OURS, found=str(error), remedy=remedy) from error
    return b"".join(map(octets_of, hashes))


def fault_of(path: str) -> str:
    """Say what is not as ours in a file of `messages`; empty: nothing."""
    try:
        read_hashes(path)
    except ValueError as error:
        return str(error)
    return ""


def read_hashes(source: Any) -> Any:
    """Return the hashes of a file of `messages`, as arrays; ValueError where it is none of ours.

    A piece of it at a time: a file that somebody else made may hold any number of rows.
    """
    try:
        with pq.ParquetFile(source) as file:
            if unlike := unlike_ours(file.schema_arrow):
                raise ValueError(unlike)
            pieces = file.iter_batches(columns=list(NEEDED))
            return [wanted_of(piece)[HASH].cast(pa.binary(HASH_BYTES)) for piece in pieces]
    except (pa.ArrowException, OSError) as error:
        raise ValueError(str(error)) from error


def wanted_of(rows: Any) -> Any:
    """Return the rows of messages that may have a signature whose age could be asked for.

    Not all parts of a message that hit a limit were looked at. One without bytes has no hash.
    """
    is_looked_at = pc.equal(pc.fill_null(pc.list_value_length(rows[LIMITS]), 0), 0)
    is_plain = pc.fill_null(pc.equal(rows[KIND], WITHOUT_CMS), False)
    without = pc.and_(is_plain, is_looked_at)
    return rows.filter(pc.and_(pc.invert(without), pc.is_valid(rows[HASH])))


def unlike_ours(schema: Any) -> str:
    """Say which column of `messages` that is needed is not as we write it; empty: none."""
    for name in NEEDED:
        expected = dataset_schema(MESSAGES).field(name).type
        indexes = schema.get_all_field_indices(name)
        found = schema.field(indexes[0]).type if len(indexes) == 1 else None
        if found != expected:
            return f"{name} of {found}, not of {expected}" if indexes else f"no {name}"
    return ""


def octets_of(hashes: Any) -> bytes:
    """Return the values of an array of fixed width, which has no nulls, one after another."""
    first, end = hashes.offset * HASH_BYTES, (hashes.offset + len(hashes)) * HASH_BYTES
    return b"" if not len(hashes) else bytes(memoryview(hashes.buffers()[1])[first:end])
