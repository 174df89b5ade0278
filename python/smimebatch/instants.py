"""Rows of Arrow as Python values, also where an instant is beyond what Python's datetime holds.

Mail and certificates name years before 1 and after 9999, which timestamps of 64 bits hold and
`to_pylist` refuses with all other rows. Such an instant is a `Far` here; all others are datetimes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pyarrow as pa

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CYCLE_YEARS = 400
CYCLE_US = 146_097 * 86_400 * 1_000_000
"""After 400 years the calendar repeats itself."""
ISO = re.compile(r"(?P<year>-?\d+)(?P<rest>-\d\d-\d\dT.+)")


@dataclass(frozen=True, slots=True)
class Far:
    """An instant in a year before 1 or after 9999, that can do what reports ask of a datetime."""

    unix_us: int

    def isoformat(self) -> str:
        """Return the instant as `datetime.isoformat` does."""
        part = ".%f" if self.unix_us % 1_000_000 else ""
        return written(self, f"%Y-%m-%dT%H:%M:%S{part}+00:00")

    def astimezone(self, zone: Any) -> Far:
        """Return the instant itself, which is UTC."""
        return self

    def __sub__(self, other: Instant) -> timedelta:
        return timedelta(microseconds=self.unix_us - unix_us(other))

    def __rsub__(self, other: datetime) -> timedelta:
        return timedelta(microseconds=unix_us(other) - self.unix_us)

    def __lt__(self, other: Instant) -> bool:
        return self.unix_us < unix_us(other)

    def __le__(self, other: Instant) -> bool:
        return self.unix_us <= unix_us(other)

    def __gt__(self, other: Instant) -> bool:
        return self.unix_us > unix_us(other)

    def __ge__(self, other: Instant) -> bool:
        return self.unix_us >= unix_us(other)


Instant: TypeAlias = datetime | Far


def written(instant: Instant, form: str) -> str:
    """Return an instant as `strftime` does, its year in four digits or more, as in Arrow.

    `datetime.strftime` leaves the digits of %Y to the C library, which may write 99 for 0099.
    """
    cycles, within = 0, instant
    if isinstance(within, Far):
        cycles, rest = divmod(within.unix_us, CYCLE_US)
        within = EPOCH + timedelta(microseconds=rest)
    year = within.year + CYCLE_YEARS * cycles
    return within.strftime(form.replace("%Y", f"{'-' * (year < 0)}{abs(year):04d}"))


def unix_us(instant: Instant) -> int:
    """Return microseconds since 1970 without passing through floating point."""
    if isinstance(instant, Far):
        return instant.unix_us
    delta = instant - EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def instant_of(us: int) -> Instant:
    """Return the instant that many microseconds after 1970."""
    try:
        return EPOCH + timedelta(microseconds=us)
    except OverflowError:
        return Far(us)


def instant_from_iso(text: str) -> Instant:
    """Return the instant that `isoformat` spelled; ValueError for anything else."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        match = ISO.fullmatch(text)
        if match is None or len(match["year"]) > len("-292278"):
            raise
        cycles, year = divmod(int(match["year"]), CYCLE_YEARS)
        within = datetime.fromisoformat(f"{year + CYCLE_YEARS:04d}{match['rest']}")
        return instant_of(unix_us(within) + (cycles - 1) * CYCLE_US)


def rows_of(table: Any) -> list[dict[str, Any]]:
    """Return the rows of a table or batch as dictionaries."""
    names = table.schema.names
    return [dict(zip(names, row, strict=True)) for row in zip(*columns_of(table), strict=True)]


def columns_of(table: Any) -> Iterable[list[Any]]:
    """Give the values of each column of a table or batch."""
    return map(values_of, table.columns)


def values_of(column: Any) -> list[Any]:
    """Return the values of a column."""
    try:
        return list(column.to_pylist())
    except (OverflowError, ValueError):
        return [value_of(scalar) for scalar in column]


def value_of(scalar: Any) -> Any:
    """Return what a scalar of Arrow holds, however deep an instant lies in it."""
    if not scalar.is_valid:
        return None
    if pa.types.is_timestamp(scalar.type):
        return instant_of(scalar.cast(pa.timestamp("us", "UTC")).value)
    if pa.types.is_struct(scalar.type):
        return {name: value_of(inner) for name, inner in scalar.items()}
    if pa.types.is_list(scalar.type) or pa.types.is_large_list(scalar.type):
        return [value_of(inner) for inner in scalar.values]
    return scalar.as_py()
