"""tar (POSIX ustar and pax, GNU, old v7), read front to back without extracting anything.

Own reading of the header blocks, because the standard library's takes a damaged header or a missing
end for the end of the archive without a word. Here damage is an error, and reading goes on at the
next header. A hard link is one more message, as it is in the directory that was archived: its bytes
lie further to the front, so it is read last (`tar_again`). A symbolic link is told, not followed.
"""

from __future__ import annotations

from collections.abc import Iterator

from smimebatch.sources.budget import Budget
from smimebatch.sources.items import Item, ReadError, ReadFaultError, Remark
from smimebatch.sources.members import (
    SMALL_MEMBER_BYTES,
    MemberNames,
    broken_stream,
    read_members,
    small_stream,
)
from smimebatch.sources.names import name_ending
from smimebatch.sources.opening import sequential_stream
from smimebatch.sources.reading import ReadingOptions
from smimebatch.sources.stream import InputFile, Stream
from smimebatch.sources.tar_again import Passed, read_again
from smimebatch.sources.tar_header import (
    ABOUT_THE_ARCHIVE,
    BLOCK,
    CONTINUED,
    EXTENSIONS,
    HARD_LINK,
    SPARSE,
    SYMBOLIC_LINK,
    WITHOUT_BODY,
    BadHeaderError,
    Extensions,
    Header,
    is_header,
    is_telling,
    padded,
)

FORMAT = "tar"
MEMBERS = True
WINDOW_BYTES = 2 << 20
MAX_EXTENSION_BYTES = 1 << 20
"""A long name or a pax header; names are 4 KiB at most on any system (own choice)."""
ZEROS = bytes(BLOCK)
NAME = name_ending(r"\.(tar|tgz|tbz2?|txz|tzst)")
NOT_READ = {
    SPARSE: "a sparse member: not read",
    CONTINUED: "the end of a member that began in another volume: not read",
}


def sniff(head: bytes, name: str) -> int:
    """A header block whose checksum is right; an archive of nothing is blocks of zeros."""
    block = head[:BLOCK]
    return 3 if is_telling(block) or (NAME.search(name) and is_header(block)) else 0


def read(streams: Iterator[Stream], reading: ReadingOptions) -> Iterator[Item]:
    """Give the messages of each archive's members."""
    for stream in streams:
        yield from read_members(stream, TarReading(stream).members(), reading)


class TarReading:
    """One archive on its way past a window."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._buffer = b""
        self._at = 0
        self._left = 0
        """Bytes of the open member and its padding that were not read."""
        file = stream.file
        self._budget = Budget(file.source, lambda: self._position, file.budget)
        self._names = MemberNames(file, self._budget)
        self._places: dict[str, Passed | None] = {}
        """Where the last file of each name lies; none for a symbolic link."""
        self._put_off: list[Passed] = []
        """Hard links, and what lies in a `tmp` that may turn out to be a Maildir's."""

    def members(self) -> Iterator[Stream | Item]:
        """Give every member that is a file, and what is to be said about the others."""
        extensions = Extensions()
        ended = False
        while len(block := self._next_block()) == BLOCK:
            if block == ZEROS:
                ended = True
                continue
            ended = False
            try:
                header = Header.of(block)
                if header.kind in EXTENSIONS:
                    extensions.read(header.kind, self._extension(header))
                    continue
            except BadHeaderError:
                yield self._damaged()
                extensions = Extensions()
                continue
            item = self._member(extensions.extend(header))
            if item is not None:
                yield item
            extensions = Extensions()
        if self._stream.failure is None and (block or not ended):
            yield self._error("corrupt_archive", "the tar breaks off: its end mark is missing")
        yield from read_again(self._stream, self._put_off, self._names, self._budget)

    def _extension(self, header: Header) -> bytes:
        """Return the body of a header that extends the next one."""
        if header.size > MAX_EXTENSION_BYTES:
            raise BadHeaderError
        return self._take(padded(header.size))[: header.size]

    def _next_block(self) -> bytes:
        """Return the block behind the open member, whatever was read of it."""
        while self._left and self.take_body(WINDOW_BYTES):
            pass
        return self._take(BLOCK)

    def _member(self, header: Header) -> Stream | Item | None:
        """Return one member, or what is to be said about it."""
        kind = header.kind
        if kind == HARD_LINK and not self._has_body(header):
            return self._linked(header)
        if kind in WITHOUT_BODY or (kind == b"\0" and header.name.endswith("/")):
            self._names.see(header.name.rstrip("/") + "/")
            return None
        if kind == SYMBOLIC_LINK:
            return self._symbolic_link(header)
        self._left = padded(header.size)
        if kind in NOT_READ:
            self._skip_map(header)
            return self._unsupported(header.name, NOT_READ[kind])
        if kind in ABOUT_THE_ARCHIVE:
            return None
        # POSIX.1-2017: what is of an unknown kind is a regular file.
        return self._regular(header.name, header.size)

    def _regular(self, name: str, size: int) -> Stream | None:
        place = Passed(self._position, size, name)
        self._places[name] = place
        if self._names.may_be_unfinished(name):
            if self._names.is_unfinished(name):
                return None
            if self._stream.is_repeatable:
                self._put_off.append(place)
                return None
        file = self._names.file(name)
        if size <= SMALL_MEMBER_BYTES:
            return self._small(file, size)
        return sequential_stream(file, Body(self, size).read)

    def _symbolic_link(self, header: Header) -> Item:
        self._places[header.name] = None
        source = self._names.file(header.name).source
        return Remark(source, "linked_member", "a link to another file: not followed")

    def _linked(self, header: Header) -> Item | None:
        """Put a hard link off, or say why its message cannot be read."""
        if header.link not in self._places:
            text = "what this hard link names does not lie before it"
            return self._unsupported(header.name, text)
        target = self._places[header.link]
        if target is None:
            return self._symbolic_link(header)
        place = target._replace(name=header.name)
        self._places[header.name] = place
        if self._stream.is_repeatable:
            self._put_off.append(place)
            return None
        text = "a hard link in an archive that is read only once: unpack the archive around it"
        return self._unsupported(header.name, text)

    def _has_body(self, header: Header) -> bool:
        """Whether a hard link has its bytes with it, as pax may write it; others copy the size."""
        if not header.size:
            return False
        following = self._take(BLOCK)
        self._at -= len(following)
        return not is_telling(following) and following not in (ZEROS, b"")

    def _small(self, file: InputFile, size: int) -> Stream:
        data = self._take(self._left)
        self._left = 0
        if len(data) >= size:
            return small_stream(file, data[:size])
        return broken_stream(file, data, ReadFaultError(*self.why_short()))

    def _skip_map(self, header: Header) -> None:
        has_more = header.has_more_map
        while has_more:
            block = self._take(BLOCK)
            has_more = len(block) == BLOCK and block[504] != 0

    def take_body(self, size: int) -> bytes:
        """Return up to `size` bytes of the open member and its padding."""
        data = self._take(min(size, self._left, WINDOW_BYTES))
        self._left = self._left - len(data) if data else 0
        return data

    def _take(self, size: int) -> bytes:
        """Return the next bytes; fewer only where the archive ends."""
        if self._at + size > len(self._buffer):
            self._stream.advance(self._at)
            self._at = 0
            self._buffer = self._stream.window(max(size, WINDOW_BYTES))
        data = self._buffer[self._at : self._at + size]
        self._at += len(data)
        return data

    def why_short(self) -> tuple[str, str]:
        """Say why a member has fewer bytes than it should."""
        failure = self._stream.failure
        if failure is not None:
            return failure.code, f"{failure.text}; this member breaks off: not judged"
        return "corrupt_archive", "the tar breaks off within this member: not judged"

    def _damaged(self) -> Item:
        """Go to the next header that makes sense, and tell what was passed over."""
        begin = self._position - BLOCK
        while (block := self._take(BLOCK)) and len(block) == BLOCK:
            if is_telling(block):
                self._at -= BLOCK
                break
        text = f"no tar header at byte {begin}: passed over {self._position - begin} bytes"
        return self._error("corrupt_archive", text, begin)

    @property
    def _position(self) -> int:
        return self._stream.position + self._at

    def _unsupported(self, name: str, text: str) -> ReadError:
        return ReadError(self._names.file(name).source, None, "unsupported_member", text)

    def _error(self, code: str, text: str, offset: int | None = None) -> ReadError:
        place = self._position if offset is None else offset
        return ReadError(self._stream.file.source, place, code, text)


class Body:
    """The bytes of one member, in order."""

    def __init__(self, tar: TarReading, size: int) -> None:
        self._tar = tar
        self._missing = size

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes, none at the end; raises where the archive ends first."""
        if not self._missing:
            return b""
        data = self._tar.take_body(min(size, self._missing))
        if not data:
            raise ReadFaultError(*self._tar.why_short())
        self._missing -= len(data)
        return data
