"""Faults that any job that writes mail has to find, put in before the output is hashed."""

from __future__ import annotations

import random
from collections.abc import Callable

Fault = Callable[[random.Random, list[bytes], int, dict[str, list[bytes]]], bytes]


def flipped(chance: random.Random, mails: list[bytes], at: int, _: object) -> bytes:
    """One bit of the message."""
    mail = bytearray(mails[at])
    mail[chance.randrange(len(mail))] ^= 1 << chance.randrange(8)
    return bytes(mail)


def truncated(chance: random.Random, mails: list[bytes], at: int, _: object) -> bytes:
    """The end is lost."""
    return mails[at][: chance.randrange(len(mails[at]))]


def whole_other(chance: random.Random, mails: list[bytes], at: int, _: object) -> bytes:
    """Another message altogether."""
    return mails[(at + 1 + chance.randrange(len(mails) - 1)) % len(mails)]
