"""What a job that writes mail would do: counted, and written nowhere.

Every message is judged, opened and sealed as in the job itself; what that job reads again from the
disk and compares, nobody has compared here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pyarrow.compute as pc

from smimebatch.batch import VerifiedBatch, as_table
from smimebatch.sources.items import ReadError, Remark

NO_KEY = "no_key"
MAX_DISTINCT = 50_000
"""Recipients, addresses and keys that are counted one by one; own choice."""


@dataclass(slots=True)
class Planned:
    """Counts over a whole run."""

    messages: int = 0
    """Those that would be written."""
    octets: int = 0
    opened: int = 0
    """Those whose envelopes would be gone, or new."""
    states: Counter[str] = field(default_factory=Counter)
    """Of a job that makes envelopes; WRITTEN is what would be proven next."""
    reasons: Counter[str] = field(default_factory=Counter)
    recipients: Counter[str] = field(default_factory=Counter)
    """Messages that each would get."""
    signers: Counter[str] = field(default_factory=Counter)
    """Messages that each certificate would sign."""
    missing_recipients: Counter[str] = field(default_factory=Counter)
    """Messages that have no certificate for an address."""
    missing_keys: Counter[str] = field(default_factory=Counter)
    """Envelopes that only another key opens, by the recipients that they name."""


class PlanningSink:
    """Counts what passes."""

    def __init__(self) -> None:
        self.planned = Planned()

    def write(self, batch: VerifiedBatch) -> None:
        """Count the messages of a batch."""
        planned, rows = self.planned, as_table(batch.mail)
        is_written = pc.or_(rows["raw"].is_valid(), rows["lies"].is_valid())
        planned.messages += pc.sum(is_written).as_py() or 0
        for lengths in (pc.binary_length(rows["raw"]), rows["output_octets"]):
            planned.octets += pc.sum(lengths).as_py() or 0
        planned.opened += pc.sum(rows["opened"]).as_py() or 0
        for name, counter in (("state", planned.states), ("reason", planned.reasons)):
            counter.update(word for word in rows[name].to_pylist() if word is not None)
        add(planned.recipients, listed(rows["recipients_after"]))
        add(planned.signers, (word for word in rows["signer"].to_pylist() if word is not None))
        add(planned.missing_recipients, listed(rows["missing_recipients"]))
        add(planned.missing_keys, missing_keys(batch))

    def write_error(self, error: ReadError) -> None:
        """Places that could not be read hold no message."""

    def write_remark(self, remark: Remark) -> None:
        """Remarks are about no message."""


def listed(column: Any) -> Iterable[str]:
    """Give the words of a column of lists."""
    return (word for words in column.to_pylist() for word in words or ())


def add(counter: Counter[str], words: Iterable[str]) -> None:
    """Count words, of which there may be any number."""
    for word in words:
        if word in counter or len(counter) < MAX_DISTINCT:
            counter[word] += 1


def missing_keys(batch: VerifiedBatch) -> Iterable[str]:
    """Give whom the envelopes name that no key opened."""
    columns = ("source", "source_index", "layer_path")
    layers = batch.encryptions
    if not layers.num_rows:
        return
    closed = layers.filter(pc.equal(layers["decrypt_status"], NO_KEY))
    wanted = set(zip(*(closed[name].to_pylist() for name in columns), strict=True))
    if not wanted:
        return
    names = (*columns, "rid_issuer", "rid_serial", "rid_ski")
    rows = zip(*(batch.recipients[name].to_pylist() for name in names), strict=True)
    for source, index, path, issuer, serial, ski in rows:
        if (source, index, path) in wanted:
            yield f"serial {serial} of {issuer}" if serial is not None else f"key {ski}"
