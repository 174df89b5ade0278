"""Private keys that are missing, those that open nothing, and new certificates that end soon.

private_key             an envelope names it, and no key that was given opens that envelope
unused_key              a key that was given, and opens no envelope of the run
expiring_certificate    a certificate that the run encrypted to, and that ends soon
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyarrow.compute as pc

from smimebatch.datasets import parts_of_run, rows_of_run
from smimebatch.instants import Instant, columns_of
from smimebatch.job.output import ROOM, RUN_FILE
from smimebatch.job.records import damaged, read_record

PRIVATE_KEY, UNUSED_KEY, EXPIRING = "private_key", "unused_key", "expiring_certificate"
SOON = timedelta(days=90)
A_RECORD = "the record of a run"
Message = tuple[str | None, int | None]
Layer = tuple[str | None, int | None, str | None]
Name = tuple[str | None, str | None, bytes | None]


@dataclass(slots=True)
class KeyGap:
    """What is to be known of one private key or new certificate."""

    kind: str
    name: str | None
    """Issuer of the certificate that an envelope names, the id of an unused key, a subject."""
    serial: str | None = None
    key_identifier: bytes | None = None
    messages: int = 0
    bytes: int = 0
    """Of the messages as they are stored."""
    first_date: Instant | None = None
    last_date: Instant | None = None

    def add(self, octets: int | None, date: Instant | None) -> None:
        """Count a message."""
        self.messages += 1
        self.bytes += octets or 0
        if date is not None:
            self.first_date = min(date, self.first_date or date)
            self.last_date = max(date, self.last_date or date)


def key_gaps_of(run: str) -> list[KeyGap]:
    """Find them in a run directory, those that block most messages first."""
    missing = sorted(
        missing_keys(run), key=lambda it: (-it.messages, it.name or "", it.serial or "")
    )
    path = os.path.join(run, ROOM, RUN_FILE)
    record = read_record(path, A_RECORD, run) or {}
    try:
        given, ending = keys_given(record), list(expiring(record))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise damaged(path, A_RECORD, f"{type(error).__name__}: {error}", run) from error
    return [*missing, *unused_keys(run, given), *ending]


def missing_keys(run: str) -> Iterable[KeyGap]:
    """Return the keys for want of which envelopes stayed closed.

    A message lies in one unit, with all rows about it: nothing is kept of a unit but the counts.
    """
    gaps: dict[Name, KeyGap] = {}
    there = {name: set(parts_of_run(run, name)) for name in ("recipients", "messages")}
    for part in parts_of_run(run, "encryptions"):
        closed = closed_layers(run, part)
        if not closed or any(part not in parts for parts in there.values()):
            continue
        named = names_of(run, part, closed)
        for message, octets, date in facts_of(run, part, {layer[:2] for layer in closed}):
            for issuer, serial, identifier in named.pop(message, ()):
                gap = KeyGap(PRIVATE_KEY, issuer, serial, identifier)
                gaps.setdefault((issuer, serial, identifier), gap).add(octets, date)
    return gaps.values()


def closed_layers(run: str, part: str) -> set[Layer]:
    """Return the envelopes of a unit that no key opened, for want of one."""
    columns = ["source", "source_index", "layer_path", "decrypt_status"]
    chosen = pc.field("decrypt_status") == "no_key"
    batches = rows_of_run(run, "encryptions", parts=[part], columns=columns, chosen=chosen)
    layers = (batch.select(columns[:3]) for batch in batches)
    return {layer for batch in layers for layer in zip(*columns_of(batch), strict=True)}


def names_of(run: str, part: str, closed: set[Layer]) -> dict[Message, set[Name]]:
    """Return whose key would open each message of a unit."""
    columns = ["source", "source_index", "layer_path", "rid_issuer", "rid_serial", "rid_ski"]
    found: dict[Message, set[Name]] = {}
    for batch in rows_of_run(run, "recipients", parts=[part], columns=columns):
        rows = zip(*columns_of(batch), strict=True)
        for source, index, path, *name in rows:
            if (source, index, path) in closed and any(name):
                found.setdefault((source, index), set()).add(tuple(name))
    return found


def facts_of(
    run: str, part: str, wanted: set[Message]
) -> Iterator[tuple[Message, int | None, Instant | None]]:
    """Give length and date of messages of a unit."""
    columns = ["source", "source_index", "source_length", "date"]
    for batch in rows_of_run(run, "messages", parts=[part], columns=columns):
        rows = zip(*columns_of(batch), strict=True)
        for source, index, octets, date in rows:
            if (source, index) in wanted:
                yield (source, index), octets, date


def keys_given(record: dict[str, Any]) -> list[str]:
    """Return the ids of the keys that a run had."""
    return [str(it) for it in (record.get("keys") or {}).get("keys") or ()]


def unused_keys(run: str, given: list[str]) -> Iterator[KeyGap]:
    """Give the keys that were given for nothing."""
    if not given:
        return
    used: set[str | None] = set()
    for batch in rows_of_run(run, "encryptions", columns=["key_id"]):
        used.update(batch.column(0).to_pylist())
    yield from (KeyGap(UNUSED_KEY, key) for key in given if key not in used)


def expiring(record: dict[str, Any]) -> Iterator[KeyGap]:
    """Give the certificates of new envelopes that end within `SOON` of the time of the run."""
    sealing = record.get("sealing")
    if not sealing:
        return
    now = datetime.fromisoformat(record["now"])
    for one in sealing["certificates"]:
        ends = datetime.fromisoformat(one["not_after"])
        if ends - now <= SOON:
            yield KeyGap(EXPIRING, str(one["subject"]), last_date=ends)
