"""Places as callers give them: one by itself is a list of one, and never its characters."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from smimebatch.errors import OptionError


def places_of(given: Any, name: str) -> list[Any]:
    """Return the places of an argument; OptionError for bytes and for what is no list."""
    if isinstance(given, str | os.PathLike):
        return [given]
    places = given if isinstance(given, Iterable) and not isinstance(given, bytes) else None
    listed = None if places is None else list(places)
    if listed is None or any(isinstance(place, bytes | int) for place in listed):
        raise OptionError(
            name, expected="a path (str or PathLike) or a list of them", found=shown(given)
        )
    return listed


def certificates_of(given: Any) -> list[Any]:
    """Return places, DER and certificate objects of an argument, one by itself too."""
    is_one = isinstance(given, bytes | str | os.PathLike) or not isinstance(given, Iterable)
    return [given] if is_one else list(given)


def shown(given: Any) -> str:
    """Return the beginning of a value."""
    return repr(given)[:80]
