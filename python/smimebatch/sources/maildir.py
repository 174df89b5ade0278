"""Maildir: which directories are one, and what in them is no message.

A Maildir has `cur` and `new` beside each other; every file in those is one message, whatever its
first line. `tmp` holds deliveries that were never finished. Folders lie within as Maildirs of their
own, nested or, in Maildir++, as `.Name` directories.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

MESSAGE_FORMAT = "eml"
MESSAGE_DIRECTORIES = frozenset({"cur", "new"})
UNFINISHED_DIRECTORY = "tmp"


def is_maildir(names: Collection[str]) -> bool:
    """Whether a directory with these directories in it is a Maildir."""
    return all(name in names for name in MESSAGE_DIRECTORIES)


class SeenMaildirs:
    """The Maildirs of an archive, known by the names of its members."""

    def __init__(self) -> None:
        self._seen: dict[str, set[str]] = {}
        """The message directories that every directory with any has."""

    def see(self, name: str) -> None:
        """Take note of the directory that a member lies in, or is."""
        directory = name.rpartition("/")[0]
        if directory.endswith(("cur", "new")):
            above, _, last = directory.rpartition("/")
            if last in MESSAGE_DIRECTORIES:
                self._seen.setdefault(above, set()).add(last)

    def is_unfinished(self, name: str) -> bool:
        """Whether a member lies in the `tmp` of a Maildir seen so far."""
        return any(is_maildir(self._seen.get(above, ())) for above in above_tmp(name))


def above_tmp(name: str) -> Iterator[str]:
    """Give the directories of a member's path that hold a `tmp` on it."""
    if UNFINISHED_DIRECTORY + "/" in name:
        *directories, _ = name.split("/")
        for depth, directory in enumerate(directories):
            if directory == UNFINISHED_DIRECTORY:
                yield "/".join(directories[:depth])
