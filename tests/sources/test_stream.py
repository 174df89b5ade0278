import gzip
import os
import threading
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smimebatch.sources.opening import open_stream
from smimebatch.sources.stream import InputFile


def windows(path: str, sizes: list[int], step: int) -> bytes:
    """Read a stream in windows, moving on by at most `step` bytes each time."""
    seen = bytearray()
    with open_stream(InputFile(path, "f", named=True)) as stream:
        for size in sizes * 10_000:
            window = stream.window(size)
            if not window:
                break
            taken = min(step, len(window))
            seen += window[:taken]
            stream.advance(taken)
        assert stream.position == len(seen)
        assert stream.failure is None
    return bytes(seen)


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    directory = tmp_path_factory.mktemp("stream")
    return str(directory / "plain"), str(directory / "held.gz")


@given(
    data=st.binary(max_size=2000),
    sizes=st.lists(st.integers(1, 700), min_size=1, max_size=5),
    step=st.integers(1, 300),
)
def test_window_any_sizes_and_steps_pass_over_every_byte(places, data, sizes, step):
    plain, held = places
    data = b"m" + data  # no magic of a compression
    with open(plain, "wb") as file:
        file.write(data)
    with gzip.open(held, "wb", compresslevel=1) as file:
        file.write(data)
    assert windows(plain, sizes, step) == data
    assert windows(held, sizes, step) == data


def test_window_is_short_only_at_the_end(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"0123456789")
    with open_stream(InputFile(str(path), "f", named=True)) as stream:
        assert stream.window(4) == b"0123"
        stream.advance(2)
        assert stream.window(4) == b"2345"
        assert stream.window(100) == b"23456789"
        stream.advance(8)
        assert stream.window(1) == b""


def test_rule_45_file_that_shrinks_under_us_just_ends(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"x" * 300_000)
    with open_stream(InputFile(str(path), "f", named=True)) as stream:
        assert len(stream.window(100_000)) == 100_000
        stream.advance(100_000)
        os.truncate(path, 150_000)
        assert len(stream.window(100_000)) == 50_000
        assert len(bytes(memoryview(stream.buffer(100_000)))) == 50_000
        assert stream.failure is None


def test_window_pipe_is_read_like_a_file(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    data = gzip.compress(b"through a pipe " * 50_000)
    writer = threading.Thread(target=path.write_bytes, args=(data,))
    writer.start()
    with open_stream(InputFile(str(path), "f", named=True, may_be_pipe=True)) as stream:
        assert stream.window(1 << 20) == b"through a pipe " * 50_000
    writer.join()


def test_spool_gives_what_the_stream_holds(tmp_path):
    for name, stored in (("a", b"PAR1 plain"), ("b.gz", gzip.compress(b"PAR1 packed"))):
        path = tmp_path / name
        path.write_bytes(stored)
        with open_stream(InputFile(str(path), "f", named=True)) as stream, stream.spool() as file:
            file.seek(0)
            assert file.read().startswith(b"PAR1 p")


def test_large_window_grows_in_place_and_holds_every_byte(tmp_path):
    size = 64 << 20
    data = os.urandom(1 << 20) * 65
    path = tmp_path / "f.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(data)
    with open_stream(InputFile(str(path), "f", named=True)) as stream:
        stream.advance(len(stream.window(3)))
        assert stream.window(size // 2) == data[3 : 3 + size // 2]
        tracemalloc.start()
        try:
            grown = stream.window(size)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert grown == data[3 : 3 + size]
    assert peak < 1.4 * size  # with all pieces beside the whole it was twice the size
