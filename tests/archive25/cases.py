"""The table: every message of the archive, year by year.

Each year has the same kinds of mail, honest and forged, with the CAs, keys, digests and
time-stamp authorities of its day. To see it with the words of some settings:
`PYTHONPATH=tests:tests/interop python -m archive25.show`.
"""

from __future__ import annotations

# Each adds its kinds to the table.
from archive25 import forged, honest, robbed, tellers, witnesses
from archive25.case import Case
from archive25.house import House
from archive25.maker import YEARS, Maker

MADE_BY = (honest, forged, tellers, witnesses, robbed)


def all_cases(house: House) -> list[Case]:
    """Every case, in the order of the archive."""
    return [case for year in YEARS for case in Maker(house, year).all()]
