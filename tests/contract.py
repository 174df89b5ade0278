"""Fixture mails with their expectations, and the comparison of result rows with them.

An expectation names columns of the contract; `column_any` lists what is allowed, `column_not`
what is forbidden, `has_quirks` says whether `quirks` is empty; `flags` and `reasons` must
contain what is listed.
"""

from __future__ import annotations

import itertools
import pathlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NO_DATES = pathlib.Path(__file__).parent / "data" / "policies" / "no_dates.toml"
"""A policy by which no algorithm is weak, for tests of what is computed."""
SUBSETS = ("flags", "reasons", "quirks", "limits_hit")
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Mail:
    """One fixture mail and what the contract says about it."""

    name: str
    raw: bytes
    rules: tuple[str, ...]
    message: Row
    signatures: list[Row] = field(default_factory=list)
    encryptions: list[Row] = field(default_factory=list)
    recipients: list[Row] = field(default_factory=list)

    @property
    def label(self) -> str:
        """The name in test reports, with the numbers of the rules it stands for."""
        return "-".join([*(f"rule_{rule}" for rule in self.rules), self.name])


def load_mails(folder: pathlib.Path) -> dict[str, Mail]:
    with open(folder / "expected.toml", "rb") as file:
        entries = tomllib.load(file)
    return {
        name: Mail(
            name,
            (folder / f"{name}.eml").read_bytes(),
            tuple(entry.get("rules", ())),
            *(entry.get(key, []) for key in ("message", "signatures", "encryptions", "recipients")),
        )
        for name, entry in entries.items()
    }


def record_batch(raw: Iterable[bytes | None], source: str = "fixtures") -> pa.RecordBatch:
    """Messages as the core takes them; `source_index` counts from 0."""
    column = pa.array(list(raw), pa.large_binary())
    count = len(column)
    return pa.record_batch(
        {
            "source": pa.array([source] * count, pa.string()),
            "source_index": pa.array(range(count), pa.int64()),
            "raw": column,
        }
    )


def rows(table: Any) -> list[dict[str, Any]]:
    return pa.table(table).to_pylist()


def by_message(table: Any) -> dict[int, list[dict[str, Any]]]:
    """Rows by `source_index`, in their order."""
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows(table):
        found.setdefault(row["source_index"], []).append(row)
    return found


def differences(row: Row, expected: Row) -> list[str]:
    """What a row has otherwise than expected; empty when it agrees."""
    return [text for key, wanted in expected.items() if (text := difference(row, key, wanted))]


def difference(row: Row, key: str, wanted: Any) -> str | None:
    if key == "has_quirks":
        found = row["quirks"] or []
        return (
            None
            if bool(found) == wanted
            else f"quirks: {found}, expected {'some' if wanted else 'none'}"
        )
    column = key.removesuffix("_any").removesuffix("_not")
    if column not in row:
        column = key
    found = row[column]
    if key == f"{column}_any":
        agrees = found in wanted
    elif key == f"{column}_not":
        agrees = found != wanted
    elif column in SUBSETS:
        agrees = set(wanted) <= set(found or ())
    else:
        agrees = found == wanted
    return None if agrees else f"{key}: found {found!r}, expected {wanted!r}"


def row_differences(found: list[Row], expected: list[Row]) -> list[str]:
    """Rows against expectations in the order that agrees best: tools keep none in a SET OF."""
    if any("any_rows" in row for row in expected):
        return []
    if len(found) != len(expected):
        paths = [row.get("layer_path") for row in found]
        return [f"{len(found)} rows, expected {len(expected)}: {paths}"]
    candidates = (
        [
            text
            for row, wanted in zip(found, order, strict=True)
            for text in differences(row, wanted)
        ]
        for order in itertools.permutations(expected)
    )
    return min(candidates, key=len)


def signer_rows(found: Iterable[Row]) -> list[Row]:
    """Without countersignatures and timestamp tokens, whose rows stand beside the signers'."""
    return [row for row in found if row["format"] in ("detached", "opaque")]
