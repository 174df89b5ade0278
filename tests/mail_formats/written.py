"""The mail of a run read again, as this program reads it and as others do."""

from __future__ import annotations

import pathlib

from smimebatch.job.audit import Audit
from smimebatch.sources import Archive, InputBatch, Inputs, ReadError, ReadingOptions

FORMATS = ("parquet", "mbox", "eml", "maildir")
PLAIN_FORMATS = FORMATS[1:]
COLUMNS = ("source", "source_index", "source_offset", "source_length", "mbox_from", "raw")


def read(place: pathlib.Path) -> list[dict[str, object]]:
    """Every message of a place, and where it came from; nothing may be unreadable."""
    rows: list[dict[str, object]] = []
    for item in Archive(Inputs([place]), ReadingOptions()):
        assert not isinstance(item, ReadError), item
        if isinstance(item, InputBatch):
            rows += item.rows.select(COLUMNS).to_pylist()
    return rows


def findings(out: pathlib.Path) -> list[str]:
    """What an audit finds."""
    return [str(it) for it in Audit(str(out)).run().findings]


def parts(out: pathlib.Path) -> list[pathlib.Path]:
    return sorted((out / "mail").iterdir())


def files(out: pathlib.Path) -> list[pathlib.Path]:
    return sorted(it for it in (out / "mail").rglob("*") if it.is_file())
