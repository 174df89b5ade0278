"""Days of the archive, and the one on which it is judged."""

from __future__ import annotations

import datetime as dt

UTC = dt.UTC
SECOND, MINUTE, DAY = dt.timedelta(seconds=1), dt.timedelta(minutes=1), dt.timedelta(days=1)
NOW = dt.datetime(2025, 6, 1, 12, tzinfo=UTC)


def on(year: int, month: int = 1, day: int = 1, hour: int = 0) -> dt.datetime:
    return dt.datetime(year, month, day, hour, tzinfo=UTC)
