"""Messages in new envelopes or under new signatures, before their proof.

What the core says of each is kept until a proof settles it; that is the dataset `objects` then.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import repeat
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from smimebatch.batch import VerifiedBatch
from smimebatch.schema import OBJECTS, dataset_schema
from smimebatch.sinks.proof import Said, columns_of, places_of, signature_facts

SETTLED = (
    "state",
    "reason",
    "output_sha256",
    "plaintext_hmac",
    "recipients_after",
    "algorithms_after",
    "signer",
)
"""What is said of a message, and compared."""
KEPT = (
    "source",
    "source_index",
    "plaintext_hmac",
    "missing_recipients",
    "recipients_before",
    "recipients_after",
    "algorithms_before",
    "algorithms_after",
    "signer",
    "transfer_encoded",
    "original_integrity",
    "key_id",
)
"""What stays as it is said, whatever the proof finds."""


class Unsettled:
    """What is said of the messages of one part, or of one batch in memory."""

    def __init__(self) -> None:
        self.said: list[Said] = []
        """In order, of every message."""
        self._kept: list[Any] = []
        """Tables of `KEPT`, and the SHA-256 of every message as it was."""

    def add(self, batch: VerifiedBatch, rows: Any) -> None:
        """Add messages, of whose mail these are the rows."""
        lost = set(places_of(rows.filter(rows["original"].is_valid())))
        signatures = signature_facts(batch.signatures, lost)
        source = batch.messages["message_sha256"]
        self._kept.append(copied(rows.select(KEPT).append_column("source_sha256", source)))
        facts, inside = columns_of(rows, SETTLED), map(signatures.get, places_of(rows))
        is_large = repeat(batch.octets is not None)
        self.said += map(Said, *facts, inside, is_written(rows).to_pylist(), is_large)

    @property
    def written(self) -> list[Said]:
        """Of those alone of which something is written."""
        return [said for said in self.said if said.is_written]

    def objects(self, *, keeps_rows: bool) -> Any:
        """Return the dataset, of mail that has a row for every message or for those written."""
        said, row = self.said, 0
        outputs: list[str | None] = []
        for it in said:
            outputs.append(f"mail#{row}" if it.is_written else None)
            row += it.is_written or keeps_rows
        settled = {
            "state": [it.state for it in said],
            "reason": [it.reason for it in said],
            "output": outputs,
            "output_sha256": [it.output_sha256 if it.is_written else None for it in said],
            "content_equal": [it.content_equal for it in said],
            "signatures_equal": [it.signatures_equal for it in said],
        }
        kept = pa.concat_tables(self._kept) if self._kept else dataset_schema(OBJECTS).empty_table()
        return objects_of(kept, settled)


def unproven(batch: VerifiedBatch, rows: Any) -> Any:
    """Return the dataset of messages that nobody compares, of whose mail these are all rows."""
    written, nothing = is_written(rows), pa.nulls(rows.num_rows)
    places = pc.binary_join_element_wise("mail#", pc.cast(row_numbers(rows), pa.string()), "")
    settled = {
        "state": rows["state"],
        "reason": rows["reason"],
        "output": pc.if_else(written, places, None),
        "output_sha256": pc.if_else(written, rows["output_sha256"], None),
        "content_equal": nothing,
        "signatures_equal": nothing,
    }
    source = batch.messages["message_sha256"]
    return objects_of(rows.select(KEPT).append_column("source_sha256", source), settled)


def objects_of(kept: Any, settled: Mapping[str, Any]) -> Any:
    """Return the dataset of its columns."""
    schema = dataset_schema(OBJECTS)
    columns = [
        column_of(settled[it.name], it.type) if it.name in settled else kept[it.name].cast(it.type)
        for it in schema
    ]
    return pa.table(columns, schema=schema)


def column_of(values: Any, kind: Any) -> Any:
    """Return a column of Arrow data, or of a list."""
    return pa.array(values, kind) if isinstance(values, list) else values.cast(kind)


def row_numbers(rows: Any) -> Any:
    """Return the numbers of rows."""
    return pa.array(range(rows.num_rows), pa.int64())


def is_written(rows: Any) -> Any:
    """Return of which messages something is written."""
    return pc.or_(rows["raw"].is_valid(), rows["lies"].is_valid())


def originals_of(rows: Any) -> Any:
    """Return the messages as they were that lost a signature."""
    at = rows.schema.get_field_index("raw")
    return rows.set_column(at, "raw", rows["original"]).filter(rows["original"].is_valid())


def copied(rows: Any) -> Any:
    """Return rows in memory of their own: a column of the core's keeps all others of its batch."""
    return rows.take(row_numbers(rows))


def only(rows: Any, mask: Any) -> Any:
    """Return the rows of a mask, without a copy of their octets where it is all of them."""
    return rows if pc.all(mask).as_py() else rows.filter(mask)
