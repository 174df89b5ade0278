"""What tests of sources share: everything that inputs give, taken apart."""

from __future__ import annotations

from typing import Any, NamedTuple

from smimebatch.sources import Archive, InputBatch, Inputs, ReadError, ReadingOptions, Remark


class Given(NamedTuple):
    rows: list[dict[str, Any]]
    errors: list[ReadError]
    remarks: list[Remark]

    @property
    def raws(self) -> list[bytes | None]:
        return [row["raw"] for row in self.rows]

    @property
    def sources(self) -> list[str]:
        return [row["source"] for row in self.rows]

    @property
    def codes(self) -> list[str]:
        return [error.code for error in self.errors]


def given_by(*inputs: object, files_from: object = None, **options: Any) -> Given:
    """Read inputs to the end; the bytes of a message that is not held are read too."""
    given = Given([], [], [])
    place = None if files_from is None else str(files_from)
    archive = Archive(Inputs([str(name) for name in inputs], place), ReadingOptions(**options))
    for item in archive:
        if isinstance(item, InputBatch):
            rows = item.rows.to_pylist()
            if item.stored is not None:
                (row,) = rows
                assert row["raw"] is None
                row["raw"] = item.stored.read_at(0, item.stored.length)
                row["is_large"] = True
            given.rows.extend(rows)
        elif isinstance(item, ReadError):
            given.errors.append(item)
        else:
            given.remarks.append(item)
    return given
