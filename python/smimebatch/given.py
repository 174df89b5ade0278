"""Places as callers give them: one by itself is a list of one, and never its characters."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from smimebatch.errors import OptionError


def places_of(given: Any, name: str) -> list[Any]:
    """Return the places of an argument; OptionError for what is none, such as bytes."""
    is_list = isinstance(given, Iterable) and not isinstance(given, str | bytes | os.PathLike)
    places = list(given) if is_list else [given]
    if not all(isinstance(place, str | os.PathLike) for place in places):
        raise OptionError(
            name, expected="a path (str or PathLike) or a list of them", found=shown(given)
        )
    return places


def places_and_certificates_of(given: Any) -> list[Any]:
    """Return places, DER and certificate objects of an argument, one by itself too."""
    is_one = isinstance(given, bytes | str | os.PathLike) or not isinstance(given, Iterable)
    return [given] if is_one else list(given)


def shown(given: Any) -> str:
    """Return the beginning of a value."""
    return repr(given)[:80]
