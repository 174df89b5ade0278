"""Totals of units as commits keep them, and their sum, which is the totals of the run.

A resumed run counts only what it works on itself: what it says of the whole comes from commits, so
an interrupt leaves no trace in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from smimebatch.sinks.rows import MAX_DISTINCT, MAX_KEPT_ENTRIES, Totals
from smimebatch.sources.items import ReadError, Remark

KEPT_ISSUERS = 1000
"""Issuers that a commit names; with more of them counts become lower bounds."""


def as_record(totals: Totals) -> dict[str, Any]:
    """Return everything that adding up needs, in plain JSON."""
    record: dict[str, Any] = {}
    for field in fields(totals):
        value = getattr(totals, field.name)
        if isinstance(value, Counter):
            record[field.name] = dict(sorted(value.items()))
        elif isinstance(value, list):
            record[field.name] = [asdict(entry) for entry in value]
        else:
            record[field.name] = value
    if len(totals.issuers) > KEPT_ISSUERS:
        record["issuers"] = dict(sorted(totals.issuers.most_common(KEPT_ISSUERS)))
        record["issuers_are_exact"] = False
    return record


def from_record(record: Mapping[str, Any]) -> Totals:
    """Return what `as_record` was made of."""
    values: dict[str, Any] = {}
    for field in fields(Totals):
        if field.name in record:  # what was counted when the unit was committed
            value = record[field.name]
            values[field.name] = Counter(value) if isinstance(value, dict) else value
    values["first_errors"] = [ReadError(**entry) for entry in record["first_errors"]]
    values["first_remarks"] = [Remark(**entry) for entry in record["first_remarks"]]
    return Totals(**values)


def add(totals: Totals, more: Totals) -> None:
    """Add the totals of the next unit."""
    for field in fields(Totals):
        value, added = getattr(totals, field.name), getattr(more, field.name)
        if isinstance(value, Counter):
            value.update(added)
        elif isinstance(value, bool):
            setattr(totals, field.name, value and added)
        elif isinstance(value, int):
            setattr(totals, field.name, value + added)
        else:
            value.extend(added[: MAX_KEPT_ENTRIES - len(value)])
    if len(totals.issuers) > MAX_DISTINCT:
        kept = totals.issuers.most_common(MAX_DISTINCT // 2)
        totals.issuers.clear()
        totals.issuers.update(dict(kept))
        totals.issuers_are_exact = False
