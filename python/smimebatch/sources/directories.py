"""The files under a directory, in byte order of their paths.

Linked directories are given and not followed; a Maildir keeps its unfinished mail to itself; a
directory that a run wrote mail into stands for that mail, as its index lists it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from smimebatch.sources import mail_index, maildir, unlisted

OWN_DIRECTORY = "_smimebatch"
"""The room of a run directory that is never an input."""
MANIFEST = "manifest.json"
"""What a run that has finished has there."""


class Place(NamedTuple):
    """A file found in a directory."""

    path: str
    is_linked_directory: bool = False
    format: str | None = None
    """What it is, where the directory says so."""
    listed_as: str | None = None
    """Its path in the directory that it stands for: the index of mail lies beside that."""
    refused: str | None = None
    """Why it is told and not read."""


def walked(directory: str, left_out: frozenset[str] = frozenset()) -> Iterator[Place]:
    """Give every file under a directory in byte order, but for what `left_out` names (real paths).

    A directory that may not be listed is given like a file, so that opening it says why.
    """
    if (index := mail_index.index_of(directory)) is not None:
        yield from indexed(directory, index)
        return
    try:
        pending = [Listing.of(directory)]
    except OSError:
        yield Place(directory)
        return
    while pending:
        listing = pending[-1]
        entry = next(listing.entries, None)
        if entry is None:
            pending.pop()
        elif any(is_place(entry, place) for place in left_out):
            continue
        elif entry.is_dir(follow_symlinks=False):
            if (index := mail_index.index_of(entry.path)) is not None:
                if entry.name == mail_index.MAIL or not os.path.isdir(mail_beside(index)):
                    yield from indexed(entry.path, index)
                continue
            try:
                pending.append(Listing.of(entry.path, in_maildir=listing.is_maildir))
            except OSError:
                yield Place(entry.path)
        else:
            yield Place(entry.path, os.path.isdir(entry.path), listing.format)


def is_place(entry: os.DirEntry[str], place: str) -> bool:
    """Whether an entry is the one with a real path: looked up only where the names are alike."""
    return place.endswith(os.sep + entry.name) and os.path.realpath(entry.path) == place


def indexed(directory: str, index: str) -> Iterator[Place]:
    """Give the parts of an index for the mail that a run wrote, then what it does not list."""
    try:
        names = sorted(os.listdir(index))
    except OSError:
        names = [""]  # opening it says why
    for name in names:
        path, listed_as = os.path.join(index, name), os.path.join(directory, name)
        yield Place(path, format=mail_index.MAIL_INDEX, listed_as=listed_as)
    output, mail = os.path.dirname(index), mail_beside(index)
    for name in unlisted.parts_without_index(mail, names):
        listed_as = os.path.join(directory, name)
        yield Place(os.path.join(mail, name), listed_as=listed_as, refused=unlisted.NO_INDEX)
    manifest = os.path.join(OWN_DIRECTORY, MANIFEST)
    if not os.path.exists(os.path.join(output, manifest)):
        listed_as = os.path.join(directory, manifest)
        path = os.path.join(output, manifest)
        yield Place(path, listed_as=listed_as, refused=unlisted.UNFINISHED)


def mail_beside(index: str) -> str:
    """Return where the mail of an index lies."""
    return os.path.join(os.path.dirname(index), mail_index.MAIL)


@dataclass(frozen=True, slots=True)
class Listing:
    """The files and directories of one directory, ordered as the paths below them are."""

    entries: Iterator[os.DirEntry[str]]
    is_maildir: bool
    format: str | None

    @staticmethod
    def of(directory: str, *, in_maildir: bool | None = None) -> Listing:
        """List a directory; the first one asked for may lie in a Maildir itself."""
        with os.scandir(directory) as entries:
            kept = [entry for entry in entries if is_walked(entry)]
        directories = {entry.name for entry in kept if entry.is_dir(follow_symlinks=False)}
        is_maildir = maildir.is_maildir(directories)
        if is_maildir:
            unfinished = maildir.UNFINISHED_DIRECTORY
            kept = [e for e in kept if e.name != unfinished or e.name not in directories]
        kept.sort(key=lambda entry: os.fsencode(entry.name) + b"/" * (entry.name in directories))
        place = os.path.abspath(directory)
        if in_maildir is None:
            in_maildir = all(
                os.path.isdir(os.path.join(os.path.dirname(place), name))
                for name in maildir.MESSAGE_DIRECTORIES
            )
        holds_messages = in_maildir and os.path.basename(place) in maildir.MESSAGE_DIRECTORIES
        return Listing(iter(kept), is_maildir, maildir.MESSAGE_FORMAT if holds_messages else None)


def is_walked(entry: os.DirEntry[str]) -> bool:
    """Leave out run directories; pipes, devices and broken links are told when they are opened."""
    return entry.name != OWN_DIRECTORY or not entry.is_dir(follow_symlinks=False)
