"""Text for people: numbers with units, and strings from mail made harmless (RULES 46)."""

from __future__ import annotations

import unicodedata

from smimebatch.instants import Instant, written

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
HARMFUL_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Control, format (also the direction overrides), surrogate, private, unassigned, line and
paragraph separators."""
MAX_SHOWN_CHARACTERS = 300


def harmless(text: str, limit: int = MAX_SHOWN_CHARACTERS) -> str:
    """Return text from mail with everything replaced that is not plainly visible, and shortened."""
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    return "".join(
        REPLACEMENT if unicodedata.category(character) in HARMFUL_CATEGORIES else character
        for character in text
    )


def one_line(text: str) -> str:
    """Return text with everything escaped that is not plainly visible: nothing of it is lost."""
    return "".join(
        character.encode("unicode_escape").decode()
        if unicodedata.category(character) in HARMFUL_CATEGORIES
        else character
        for character in text
    )


def in_thousands(number: int) -> str:
    """Return 1234567 as 1,234,567."""
    return f"{number:,}"


def in_bytes(count: float) -> str:
    """Return a number of bytes with a decimal unit."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def in_seconds(seconds: float) -> str:
    """Return a duration a person can read at a glance."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"


def in_utc(instant: Instant | None) -> str:
    """Return an instant to the second, in UTC."""
    return "unknown" if instant is None else written(instant, "%Y-%m-%d %H:%M:%S UTC")


def day_of(instant: Instant | None) -> str:
    """Return the day of an instant, in UTC; nothing for none."""
    return "" if instant is None else written(instant, "%Y-%m-%d")


def share(part: int, whole: int) -> str:
    """Return a part as a percentage, never rounding something to nothing or nearly all to all."""
    if not whole:
        return ""
    if 0 < part * 1000 < whole:
        return "<0.1 %"
    if part < whole and part * 1000 > whole * 999:
        return ">99.9 %"
    return f"{100 * part / whole:.1f} %"


def plural(count: int, noun: str) -> str:
    """Return a count with its noun."""
    return f"{in_thousands(count)} {noun}" + ("" if count == 1 else "s")
