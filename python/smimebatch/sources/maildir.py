"""Maildir: which directories are one, and what in them is no message.

A Maildir has `cur` and `new` beside each other; every file in those is one message, whatever its
first line. `tmp` holds deliveries that were never finished. Folders lie within as Maildirs of their
own, nested or, in Maildir++, as `.Name` directories.
"""

from __future__ import annotations

from collections.abc import Collection

MESSAGE_FORMAT = "eml"
MESSAGE_DIRECTORIES = frozenset({"cur", "new"})
UNFINISHED_DIRECTORY = "tmp"


def is_maildir(names: Collection[str]) -> bool:
    """Whether a directory with these directories in it is a Maildir."""
    return all(name in names for name in MESSAGE_DIRECTORIES)
