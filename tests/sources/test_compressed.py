import bz2
import gzip
import io
import lzma
import random

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from smimebatch.sources.compressed import MAGIC, DecompressingReader, sniff_compression
from smimebatch.sources.windows import window_bytes

COMPRESS = {
    "gz": gzip.compress,
    "zst": zstandard.ZstdCompressor().compress,
    "xz": lzma.compress,
    "bz2": bz2.compress,
}
TEXT = b"".join(b"line %d of something that compresses\n" % n for n in range(20_000))
NOISE = random.Random(1).randbytes(300_000)
SKIPPABLE_FRAME = b"\x50\x2a\x4d\x18\x04\x00\x00\x00abcd"


def read_all(stored: bytes, compression: str, size: int = 10_000) -> tuple[bytes, str | None]:
    reader = DecompressingReader(io.BytesIO(stored).read, compression)
    pieces = []
    while piece := reader.read(size):
        pieces.append(piece)
    return b"".join(pieces), reader.failure[0] if reader.failure else None


def test_every_magic_has_a_compressor_here():
    assert set(COMPRESS) == set(MAGIC)


@pytest.mark.parametrize("compression", COMPRESS)
@pytest.mark.parametrize("data", [b"", b"x", TEXT, NOISE], ids=["empty", "one", "text", "noise"])
def test_reader_whole_stream_gives_every_byte(compression, data):
    stored = COMPRESS[compression](data)
    assert sniff_compression(stored) == compression
    assert read_all(stored, compression) == (data, None)


@pytest.mark.parametrize("compression", COMPRESS)
@pytest.mark.parametrize("size", [1, 1000, 65_536, 1 << 20])
def test_reader_any_piece_size_gives_every_byte(compression, size):
    noise = random.Random(2).randbytes(1_000 if size == 1 else 3_000_000).hex().encode()
    assert read_all(COMPRESS[compression](noise), compression, size) == (noise, None)


@pytest.mark.parametrize("compression", COMPRESS)
def test_reader_several_members_are_one_stream(compression):
    compress = COMPRESS[compression]
    stored = compress(TEXT) + compress(b"") + compress(NOISE)
    assert read_all(stored, compression) == (TEXT + NOISE, None)


@pytest.mark.parametrize("compression", COMPRESS)
def test_reader_several_members_read_octet_by_octet_are_one_stream(compression):
    file = io.BytesIO(COMPRESS[compression](TEXT[:100]) * 2)
    reader = DecompressingReader(lambda size: file.read(1), compression)
    assert b"".join(iter(lambda: reader.read(1000), b"")) == TEXT[:100] * 2
    assert reader.failure is None


@pytest.mark.parametrize("compression", ["gz", "xz"])
def test_reader_zero_padding_between_and_after_members_is_passed_over(compression):
    compress = COMPRESS[compression]
    stored = compress(b"one") + b"\0" * 4096 + compress(b"two") + b"\0" * 70_000
    assert read_all(stored, compression) == (b"onetwo", None)


def test_reader_zstd_skippable_frames_are_passed_over():
    frame = COMPRESS["zst"](TEXT)
    stored = SKIPPABLE_FRAME + frame + SKIPPABLE_FRAME
    assert sniff_compression(stored) == "zst"
    assert read_all(stored, "zst") == (TEXT, None)


@pytest.mark.parametrize("compression", COMPRESS)
def test_reader_truncated_stream_gives_the_readable_part_and_says_so(compression):
    stored = COMPRESS[compression](NOISE)
    for length in (6, len(stored) // 2, len(stored) - 1):
        data, failure = read_all(stored[:length], compression)
        assert failure == "corrupt_compression"
        assert NOISE.startswith(data)
    assert len(read_all(stored[: len(stored) * 9 // 10], "gz")[0] if compression == "gz" else b"x")


@pytest.mark.parametrize("compression", ["gz", "xz", "bz2"])
def test_reader_damaged_stream_ends_with_a_failure(compression):
    stored = bytearray(COMPRESS[compression](NOISE))
    stored[len(stored) * 3 // 4] ^= 0xFF
    data, failure = read_all(bytes(stored), compression)
    assert failure == "corrupt_compression"
    assert len(data) <= len(NOISE)


@pytest.mark.parametrize("size", [1000, 2 << 20])
def test_reader_gzip_with_a_wrong_checksum_gives_every_byte(size):
    for data in (TEXT, NOISE, b"x"):
        stored = bytearray(gzip.compress(data))
        stored[-6] ^= 1
        assert read_all(bytes(stored), "gz", size) == (data, "corrupt_compression")


def test_reader_gzip_with_a_wrong_checksum_gives_every_byte_of_any_length():
    for seed in range(60):
        drawn = random.Random(seed)
        data = b"ab%d " % seed * drawn.randrange(1, 20_000)
        stored = bytearray(gzip.compress(data, drawn.randrange(1, 10)))
        stored[-6] ^= 1
        assert read_all(bytes(stored), "gz", 1 << 20) == (data, "corrupt_compression")


@pytest.mark.parametrize("compression", COMPRESS)
def test_reader_damaged_stream_gives_nearly_all_that_comes_before(compression):
    compress = {"zst": zstandard.ZstdCompressor(write_checksum=True).compress}
    stored = bytearray(compress.get(compression, COMPRESS[compression])(NOISE.hex().encode()))
    stored[-{"gz": 6, "zst": 2, "xz": 40, "bz2": 6}[compression]] ^= 1
    data, failure = read_all(bytes(stored), compression, 2 << 20)
    assert failure == "corrupt_compression"
    assert len(data) >= len(NOISE) * 2 - (128 << 10)
    assert NOISE.hex().encode().startswith(data)


@pytest.mark.parametrize("compression", COMPRESS)
def test_reader_trailing_garbage_keeps_the_data_and_says_so(compression):
    stored = COMPRESS[compression](TEXT) + b"From someone else entirely"
    assert read_all(stored, compression) == (TEXT, "corrupt_compression")


@pytest.mark.parametrize("members", [1, 2])
def test_reader_trailing_garbage_leaves_one_member_whole(members):
    reader = DecompressingReader(io.BytesIO(gzip.compress(b"x") * members + b"else").read, "gz")
    while reader.read(10):
        pass
    assert reader.is_whole == (members == 1)


def zstd_of(data: bytes, window_log: int) -> bytes:
    asked = zstandard.ZstdCompressionParameters(window_log=window_log, enable_ldm=True)
    compressor = zstandard.ZstdCompressor(compression_params=asked).compressobj()
    return compressor.compress(data) + compressor.flush()


def xz_of(data: bytes, dictionary_bytes: int) -> bytes:
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": dictionary_bytes}]
    return lzma.compress(data, filters=filters)


def xz_block_of(*filters: bytes, sizes: bytes = b"") -> bytes:
    flags = len(filters) - 1 | (0x40 if sizes else 0)
    return b"\xfd7zXZ\0\0\4" + bytes(4) + bytes([2, flags]) + sizes + b"".join(filters)


MIB = 1 << 20
LARGE_LZMA2 = b"\x21\x01\x25"  # 1.5 GiB


@pytest.mark.parametrize(
    ("compression", "head", "window"),
    [
        ("zst", zstd_of(TEXT, 28), 256 * MIB),
        ("zst", zstd_of(TEXT, 31), 2048 * MIB),
        ("zst", b"\x28\xb5\x2f\xfd\xa0" + (500 * MIB).to_bytes(4, "little"), 500 * MIB),
        ("zst", b"\x28\xb5\x2f\xfd\x01\x93\7", 352 * MIB),
        ("xz", xz_of(TEXT, 4 * MIB), 4 * MIB),
        ("xz", xz_of(TEXT, 6 * MIB), 6 * MIB),
        ("xz", xz_block_of(LARGE_LZMA2), 1536 * MIB),
        ("xz", xz_block_of(b"\x04\0", LARGE_LZMA2, sizes=b"\xff\x81\1"), 1536 * MIB),
        ("xz", xz_block_of(b"\x21\1\x28"), 4096 * MIB - 1),
        ("xz", xz_block_of(b"\x04\0"), None),
        ("xz", b"\xfd7zXZ\0\0\4", None),
        ("zst", b"\x28\xb5\x2f\xfd", None),
        ("gz", gzip.compress(TEXT), None),
    ],
)
def test_window_that_a_file_asks_for_is_read(compression, head, window):
    assert window_bytes(compression, head) == window


@pytest.mark.parametrize("before", [b"", TEXT])
@pytest.mark.parametrize(
    ("compression", "stored"), [("zst", zstd_of(TEXT, 28)), ("xz", xz_of(TEXT, 256 * MIB))]
)
def test_reader_stream_that_asks_for_too_much_memory_is_not_called_damaged(
    compression, stored, before
):
    stored = (COMPRESS[compression](before) if before else b"") + stored
    assert read_all(stored, compression) == (before, "archive_limit")


def test_reader_largest_window_that_is_allowed_is_read():
    assert read_all(zstd_of(TEXT, 27), "zst") == (TEXT, None)
    assert read_all(xz_of(TEXT, 128 * MIB), "xz") == (TEXT, None)


@pytest.mark.parametrize("compression", COMPRESS)
def test_reader_bomb_comes_out_in_bounded_pieces(compression):
    compressor = COMPRESS[compression]
    stored = compressor(bytes(64 << 20))
    assert len(stored) < 100_000
    reader = DecompressingReader(io.BytesIO(stored).read, compression)
    longest = total = 0
    while piece := reader.read(1 << 16):
        longest, total = max(longest, len(piece)), total + len(piece)
    assert total == 64 << 20
    assert longest <= (128 << 20 if compression == "zst" else 1 << 16)


@given(
    pieces=st.lists(st.binary(max_size=3000), min_size=1, max_size=4),
    compression=st.sampled_from(sorted(COMPRESS)),
    size=st.integers(1, 5000),
)
def test_reader_any_members_and_any_read_size_give_the_same_bytes(pieces, compression, size):
    stored = b"".join(COMPRESS[compression](piece) for piece in pieces)
    assert read_all(stored, compression, size) == (b"".join(pieces), None)


def test_sniff_text_that_begins_like_bzip2_is_not_compressed():
    assert sniff_compression(b"BZh9 is how bzip2 begins") is None
    assert sniff_compression(b"") is None
