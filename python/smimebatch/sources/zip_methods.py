"""How members of a zip archive are compressed (APPNOTE.TXT 6.3.10, §4.4.5).

A decoder for each method that archives of mail were made with, in the shape of `bz2` and `lzma`.
"""

from __future__ import annotations

import bz2
import zipfile
from collections.abc import Callable

from smimebatch.sources.compressed import (
    Decoder,
    RawDeflateDecoder,
    ZstdDecoder,
    new_xz_decoder,
)


class StoredDecoder:
    """Method 0: nothing is compressed; the end is where the directory says."""

    eof = False
    needs_input = True
    unused_data = b""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return data


class LzmaDecoder:
    """Method 14, in the shape of the others; its output cannot be bounded, so its input is."""

    def __init__(self) -> None:
        self._decoder = zipfile.LZMADecompressor()  # type: ignore[attr-defined]
        self._held = b""

    @property
    def eof(self) -> bool:
        return bool(self._decoder.eof)

    @property
    def needs_input(self) -> bool:
        return not self._held

    @property
    def unused_data(self) -> bytes:
        begun = self._decoder._decomp  # null as long as the properties are not all there
        return (bytes(begun.unused_data) if begun is not None else b"") + self._held

    def decompress(self, data: bytes, max_length: int) -> bytes:
        held = self._held + data
        piece, self._held = held[:4096], held[4096:]
        return bytes(self._decoder.decompress(piece))


STORED = 0
DEFLATED = 8
DECODERS: dict[int, Callable[[], Decoder]] = {
    STORED: StoredDecoder,
    DEFLATED: RawDeflateDecoder,
    12: bz2.BZ2Decompressor,
    14: LzmaDecoder,
    93: ZstdDecoder,
    95: new_xz_decoder,
}
