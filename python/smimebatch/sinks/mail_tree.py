"""The messages of one unit as files of their own in a directory: EML, or a Maildir.

A file is called like the place that its message was found in, never like anything in the message:
source and position, `archive%2Fa.mbox-00000017.eml`. Where several messages say that they come from
one place (an imported file, joined with itself), those after the first are `…-00000017~2.eml`. The
directory gets its name by one rename, so that a unit is there whole or not at all.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from smimebatch.job import disk, trees
from smimebatch.job.made import TREE_SUFFIX
from smimebatch.sinks.indexed_mail import OWNER_ONLY, Lies, Octets, Place
from smimebatch.sources.compressed import sniff_compression
from smimebatch.sources.items import InputBatch
from smimebatch.sources.kinds import read_streams, sniff_format
from smimebatch.sources.opening import open_stream
from smimebatch.sources.reading import MESSAGE_HELD_BYTES, ReadingOptions
from smimebatch.sources.spools import pieces_of
from smimebatch.sources.stored import StoredRange
from smimebatch.sources.stream import SNIFF_BYTES, InputFile, Stream

EML = "eml"
DIRECTORY_MODE = 0o700
NAME_CHARACTERS = 120
"""So that a name has room for its position, and a file system for both."""
KEPT_CHARACTERS = 90
HASH_DIGITS = 16
UNSAFE = re.compile(r"[^A-Za-z0-9._-]|^\.")
FLAGS = re.compile(r":2,([A-Za-z]{0,20})$")
"""What a Maildir says of a message, in the name of its file."""


def safe_name(source: str) -> str:
    """Return the name of a source as a part of a file name that no other source gives."""
    octets = source.encode("utf-8", "backslashreplace")
    name = UNSAFE.sub(escaped, octets.decode("latin-1"))
    if len(name) > NAME_CHARACTERS:
        name = f"{name[:KEPT_CHARACTERS]}~{hashlib.sha256(octets).hexdigest()[:HASH_DIGITS]}"
    return name


def escaped(character: re.Match[str]) -> str:
    """Return an octet as a URL spells it."""
    return f"%{ord(character[0]):02X}"


class EmlTree:
    """A directory of EML files in the making."""

    FORMAT = EML
    SUFFIX = TREE_SUFFIX
    BELOW = ""
    DIRECTORIES: tuple[str, ...] = ()

    def __init__(self, stem: str, held_bytes: int = MESSAGE_HELD_BYTES) -> None:
        self._path = stem
        self._reading = ReadingOptions(held_bytes=held_bytes)
        self._names: dict[str, trees.File | None] = dict.fromkeys(self.DIRECTORIES)
        self._copies: dict[str, int] = {}
        """How many messages of one place there are; of places with several."""
        self._size = 0
        os.mkdir(stem, DIRECTORY_MODE)
        for name in self.DIRECTORIES:
            os.mkdir(os.path.join(stem, name), DIRECTORY_MODE)

    def put(self, row: Mapping[str, Any], raw: bytes, *, as_stored: bool) -> Lies | None:
        """Add a message."""
        name = self._new_name(row["source"] or "", row["source_index"] or 0)
        if not self._is_read_as_it_is(raw, name):
            return None
        disk.write_new(os.path.join(self._path, name), raw, OWNER_ONLY)
        self._names[name] = (len(raw), row["message_sha256"].hex())
        self._size += len(raw)
        return Lies("/" + name, 0, len(raw))

    def put_large(
        self, row: Mapping[str, Any], octets: StoredRange, *, as_stored: bool
    ) -> Lies | None:
        """Add a message that is not held."""
        name = self._new_name(row["source"] or "", row["source_index"] or 0)
        if not self._is_read_as_it_is(octets.read_at(0, SNIFF_BYTES), name):
            return None
        path = os.path.join(self._path, name)
        with os.fdopen(os.open(path, disk.NEW_FILE, OWNER_ONLY), "wb") as file:
            for piece in pieces_of(octets):
                file.write(piece)
        self._names[name] = (octets.length, row["message_sha256"].hex())
        self._size += octets.length
        return Lies("/" + name, 0, octets.length)

    def _new_name(self, source: str, index: int) -> str:
        """Return a name that nothing has yet; depends on nothing but the messages before."""
        name = self.BELOW + self._name(source, index)
        if name not in self._names:
            return name
        self._copies[name] = self._copies.get(name, 1) + 1
        return self.BELOW + self._name(source, index, f"~{self._copies[name]}")

    def _name(self, source: str, index: int, copy: str = "") -> str:
        return f"{safe_name(source)}-{index:08d}{copy}.eml"

    def _is_read_as_it_is(self, raw: bytes, name: str) -> bool:
        """Whether whoever reads the file takes it for one message, and not for something else."""
        head = raw[:SNIFF_BYTES]
        source = sniff_format(head, name)
        is_eml = source is not None and source.FORMAT == EML
        return bool(raw) and is_eml and sniff_compression(head) is None

    def finish(self) -> tuple[int, str]:
        """Return what the files came to."""
        return self._size, trees.tree_sha256(self._names)

    def found(self, wanted: Sequence[Place]) -> dict[Place, Octets]:
        """Return what the reader of EML files finds in these."""
        found: dict[Place, Octets] = {}
        disk.sync_all([self._path + file for file, _ in wanted], [])  # at once: a fifth of the time
        for item in read_streams(self._streams(wanted), self._reading):
            if isinstance(item, InputBatch):
                rows = item.rows
                if item.stored is not None:
                    found[rows["source"][0].as_py(), rows["source_offset"][0].as_py()] = item.stored
                    continue
                columns = (rows["source"], rows["source_offset"], rows["raw"])
                for source, offset, raw in zip(*columns, strict=True):
                    found[source.as_py(), offset.as_py()] = raw.as_py() or b""
        return found

    def _streams(self, wanted: Sequence[Place]) -> Iterator[Stream]:
        for file, _ in wanted:
            path = self._path + file
            disk.forget(path, is_synced=True)
            with open_stream(InputFile(path, file, named=False, format=self._format)) as stream:
                yield stream

    _format: str | None = None
    """What the directory says that its files are."""

    def abandon(self) -> None:
        """Nothing is open."""


class MaildirTree(EmlTree):
    """A Maildir in the making, with its messages in `cur`."""

    FORMAT = "maildir"
    BELOW = "cur/"
    DIRECTORIES = ("cur", "new", "tmp")
    _format = EML

    def _name(self, source: str, index: int, copy: str = "") -> str:
        flags = FLAGS.search(source)
        return f"{safe_name(source)}-{index:08d}{copy}:2,{flags[1] if flags else ''}"

    def _is_read_as_it_is(self, raw: bytes, name: str) -> bool:
        return bool(raw) and sniff_compression(raw[:SNIFF_BYTES]) is None
