"""Streaming decompression of .gz, .zst, .xz and .bz2, with bounded memory and an honest end.

Takes a function that reads compressed bytes, gives decompressed ones. Several members or frames one
after another are one stream, as the tools of these formats have it. A stream that is damaged or
ends too early gives what comes before that point and then says so in `failure`: nothing is lost
silently, and no exception passes through the sources. Output is bounded whatever a bomb promises.

A call of these libraries that meets damage gives nothing of what it had decoded. So calls are
small, and one of zlib, which can be repeated, is repeated up to the byte that is wrong.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable
from typing import Protocol

import zstandard

from smimebatch.sources.windows import HEAD_BYTES, window_bytes

COMPRESSED_CHUNK_BYTES = 64 << 10
XZ_MEMORY_LIMIT_BYTES = 256 << 20
"""The largest preset (-9) needs 65 MiB; a header may ask for 4 GiB."""
ZSTD_WINDOW_LIMIT_BYTES = 128 << 20
"""The largest level (-22) asks for this, --long=31 for 2 GiB."""
WINDOW_LIMITS = {"xz": XZ_MEMORY_LIMIT_BYTES - (1 << 20), "zst": ZSTD_WINDOW_LIMIT_BYTES}
"""The decoder of .xz takes less than 1 MiB beside the window."""
ZSTD_FEED_BYTES = 4 << 10
"""A Zstandard block of 4 bytes can stand for 128 KiB, and this decoder cannot be told to stop: so
at most 128 MiB come out of one call."""


STEP_BYTES = 16 << 10
"""Asked for at once where a call cannot be repeated: so much at most is lost before a damage. Costs
1 % of .xz; steps of 4 KiB, 3 %."""
TAKES_STEPS = frozenset({"xz", "bz2"})


class ZlibDecoder(Protocol):
    """What `zlib.decompressobj` makes."""

    @property
    def unconsumed_tail(self) -> bytes: ...
    def copy(self) -> ZlibDecoder: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class Decoder(Protocol):
    """One member or frame, in the shape that `bz2` and `lzma` have; what they say holds here."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class GzipDecoder:
    """One gzip member (RFC 1952), its checksum included."""

    WINDOW_BITS = 31

    def __init__(self) -> None:
        self._decoder = zlib.decompressobj(wbits=self.WINDOW_BITS)
        self._damage: zlib.error | None = None

    @property
    def eof(self) -> bool:
        return self._decoder.eof

    @property
    def needs_input(self) -> bool:
        return not self._decoder.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._decoder.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        if self._damage is not None:
            raise self._damage
        data = self._decoder.unconsumed_tail + data
        before = self._decoder.copy()
        try:
            return self._decoder.decompress(data, max_length)
        except zlib.error as error:
            self._damage = error
            output = output_before_damage(before, data, max_length)
            if not output:
                raise
            return output


def output_before_damage(decoder: ZlibDecoder, data: bytes, max_length: int) -> bytes:
    """Return what comes out of data until the byte at which the decoder finds them damaged."""
    output = b""
    step = len(data)
    while step and data and len(output) < max_length:
        before = decoder.copy()
        try:
            output += decoder.decompress(data[:step], max_length - len(output))
            data = decoder.unconsumed_tail + data[step:]
        except zlib.error:
            decoder, step = before, max(1, step // 8) if step > 1 else 0
    return output


class RawDeflateDecoder(GzipDecoder):
    """Deflated data as a zip archive holds them (RFC 1951)."""

    WINDOW_BITS = -15


class ZstdDecoder:
    """One Zstandard frame (RFC 8878)."""

    def __init__(self) -> None:
        limited = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW_LIMIT_BYTES)
        self._decoder = limited.decompressobj()
        self._held = b""
        self._damage: zstandard.ZstdError | None = None

    @property
    def eof(self) -> bool:
        return self._decoder.eof

    @property
    def needs_input(self) -> bool:
        return not self._held

    @property
    def unused_data(self) -> bytes:
        return self._decoder.unused_data + self._held

    def decompress(self, data: bytes, max_length: int) -> bytes:
        if self._damage is not None:
            raise self._damage
        held = self._held + data
        output: list[bytes] = []
        length = at = 0
        while at < len(held) and length < max_length and not self._decoder.eof:
            try:
                output.append(self._decoder.decompress(held[at : at + ZSTD_FEED_BYTES]))
            except zstandard.ZstdError as error:
                if not output:
                    raise
                self._damage = error
                break
            length += len(output[-1])
            at += ZSTD_FEED_BYTES
        self._held = held[at:]
        return b"".join(output)


def new_xz_decoder() -> Decoder:
    """Return a decoder for one .xz stream, its memory bounded."""
    return lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=XZ_MEMORY_LIMIT_BYTES)


MAGIC: dict[str, tuple[bytes, Callable[[], Decoder]]] = {
    "gz": (b"\x1f\x8b\x08", GzipDecoder),
    "zst": (b"\x28\xb5\x2f\xfd", ZstdDecoder),
    "xz": (b"\xfd7zXZ\x00", new_xz_decoder),
    "bz2": (b"BZh", bz2.BZ2Decompressor),
}
FIRST_OCTETS = {magic[:1]: name for name, (magic, _) in MAGIC.items()}


def sniff_compression(head: bytes) -> str | None:
    """Return the name of the compression that these first bytes announce, or None."""
    name = FIRST_OCTETS.get(head[:1])
    if name is not None and head.startswith(MAGIC[name][0]) and (name != "bz2" or is_bzip2(head)):
        return name
    return "zst" if is_zstd_skippable(head) else None


def is_bzip2(head: bytes) -> bool:
    """Tell bzip2 from text that begins with BZh: a block or the end mark follows the level."""
    return head[3:4] in b"123456789" and head[4:10] in (b"1AY&SY", b"\x17rE8P\x90")


def is_zstd_skippable(head: bytes) -> bool:
    """RFC 8878 §3.1.2: frames of user data, which some writers put first or last."""
    return head[1:4] == b"\x2a\x4d\x18" and head[0] & 0xF0 == 0x50


class DecompressingReader:
    """Reads decompressed bytes; `failure` is (code, text) once something is wrong at their end."""

    def __init__(self, read_compressed: Callable[[int], bytes], compression: str) -> None:
        self._read_compressed = read_compressed
        self._compression = compression
        self._magic, self._new_decoder = MAGIC[compression]
        self._takes_steps = compression in TAKES_STEPS
        self._decoder = self._new_decoder()
        self._pending = b""
        self._head = b""
        """How the open member begins."""
        self._ended = False
        self._members = 1
        self.failure: tuple[str, str] | None = None
        self.is_whole = True
        """Whether what failed lies behind the end of the only member: its bytes are all there."""
        self.is_confirmed = True
        """Whether what failed lies behind the end of a member: the checksums were right, if any."""

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes, some at least unless the stream is over."""
        while not self._ended:
            if self._decoder.eof:
                self._begin_next_member()
                continue
            wants_input = self._decoder.needs_input
            if wants_input and not self._pending:
                self._pending = self._read_compressed(COMPRESSED_CHUNK_BYTES)
            data, self._pending = self._pending, b""
            if len(self._head) < HEAD_BYTES:
                self._head += data[:HEAD_BYTES]
            step = min(size, STEP_BYTES) if self._takes_steps else size
            try:
                output = self._decoder.decompress(data, step)
            except (zlib.error, lzma.LZMAError, OSError, ValueError, zstandard.ZstdError) as error:
                self._fail(error)
                break
            if output:
                return output
            if wants_input and not data and not self._decoder.eof:
                self._end("corrupt_compression", f"the {self._compression} stream breaks off")
        return b""

    def _begin_next_member(self) -> None:
        """Go on with the next member, past the zero padding that tapes and .xz allow."""
        rest = self._decoder.unused_data + self._pending
        while True:
            rest = rest.lstrip(b"\0")
            if len(rest) >= len(self._magic):
                break
            more = self._read_compressed(COMPRESSED_CHUNK_BYTES)
            if not more:
                break
            rest += more
        if not rest:
            self._ended = True
        elif rest.startswith(self._magic) or sniff_compression(rest) == self._compression:
            # A skippable frame of .zst has another magic. Sniffing alone would not do: of .bz2 it
            # takes ten octets, of which only the magic may have been read yet.
            self._decoder = self._new_decoder()
            self._head = b""
            self._pending = rest
            self._members += 1
        else:
            text = f"{self._compression} data is followed by something else"
            # Behind several members it may be the next one, damaged, and a message may go on there.
            self._end("corrupt_compression", text, is_whole=self._members == 1, is_confirmed=True)

    def _fail(self, error: Exception) -> None:
        """End because of what a decoder says: damage, or more memory than it may have."""
        window = window_bytes(self._compression, self._head)
        allowed = WINDOW_LIMITS.get(self._compression)
        if window is None or allowed is None or window <= allowed:
            self._end("corrupt_compression", f"the {self._compression} stream is damaged: {error}")
            return
        found = f"a window of {window >> 20} MiB, where {allowed >> 20} MiB are allowed"
        text = f"the {self._compression} stream needs {found}: decompress it first"
        self._end("archive_limit", text, is_confirmed=True)

    def _end(
        self, code: str, text: str, *, is_whole: bool = False, is_confirmed: bool = False
    ) -> None:
        self._ended = True
        self.failure = (code, text)
        self.is_whole, self.is_confirmed = is_whole, is_confirmed
