"""Windows read ahead show what windows read in turn show."""

import os

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.plain_mail import mbox_of, plain_message
from tests.sources.reading import given_by

from smimebatch.sources import Archive, Inputs, ReadingOptions, ahead
from smimebatch.sources.ahead import ReadAhead
from smimebatch.sources.stream import InputFile, PlainStream

SIZE = 1_000


@pytest.fixture
def opened(tmp_path):
    """Open a file of such octets as a stream."""
    descriptors = []

    def stream_of(octets):
        path = tmp_path / "file"
        path.write_bytes(octets)
        descriptors.append(os.open(path, os.O_RDWR))
        return PlainStream(InputFile(str(path), "file", True), descriptors[-1], len(octets))

    yield stream_of
    for descriptor in descriptors:
        os.close(descriptor)


def octets_of(length):
    return bytes(at * 7 % 251 for at in range(length))


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.lists(st.one_of(st.integers(0, 60), st.integers(0, 5 * SIZE)), max_size=60),
    batch_bytes=st.sampled_from([700, SIZE, 64_000]),
    cut=st.integers(0, 200),
)
def test_messages_are_the_same_whatever_their_sizes(tmp_path_factory, sizes, batch_bytes, cut):
    path = tmp_path_factory.mktemp("ahead") / "a.mbox"
    bodies = (b"line of text\n" * (size // 13 + 1) for size in sizes)
    stored = mbox_of([plain_message(number, body) for number, body in enumerate(bodies)])
    path.write_bytes(stored[: len(stored) - min(cut, len(stored))])
    in_turn = given_by(path, batch_bytes=batch_bytes)
    assert given_by(path, batch_bytes=batch_bytes, jobs=4) == in_turn


@pytest.mark.parametrize("length", [0, 1, SIZE, 5 * SIZE - 1, 5 * SIZE, 23 * SIZE + 7])
@pytest.mark.parametrize("consumed_of_ten", [1, 9, 10])
def test_windows_hold_what_lies_at_the_position(opened, length, consumed_of_ten):
    octets, stream = octets_of(length), opened(octets_of(length))
    were_ahead = 0
    with ReadAhead(stream, SIZE) as windows:
        while (window := windows.buffer(SIZE)).size:
            at = stream.position
            assert window.to_pybytes() == octets[at : at + window.size]
            assert window.size >= min(SIZE, length - at)
            were_ahead += window.size > SIZE
            stream.advance(max(1, window.size * consumed_of_ten // 10))
    assert stream.failure is None
    assert stream.position >= length
    # What is not taken stands in front of the piece behind it.
    assert (were_ahead > 0) == (length > SIZE and consumed_of_ten < 10)


def test_larger_windows_and_places_passed_over_are_read_anew(opened):
    octets = octets_of(60 * SIZE)
    stream = opened(octets)
    with ReadAhead(stream, SIZE) as windows:
        for turn in range(30):
            window = windows.buffer(SIZE if turn % 6 else 3 * SIZE)
            at = stream.position
            assert window.to_pybytes() == octets[at : at + window.size]
            stream.advance(window.size // 2)
            if turn % 10 == 9:
                stream.pass_over(SIZE + 13)


@pytest.mark.parametrize("grows", [False, True])
def test_file_that_changes_its_length_meanwhile_ends_where_it_ends(opened, grows):
    octets = octets_of(40 * SIZE)
    stream = opened(octets[: (40 if not grows else 20) * SIZE])
    shown = bytearray()
    with ReadAhead(stream, SIZE) as windows:
        for turn in range(100):
            window = windows.buffer(SIZE)
            shown += window.to_pybytes()
            stream.advance(window.size)
            if turn == 10 and grows:
                os.pwrite(stream.descriptor, octets[20 * SIZE :], 20 * SIZE)
            if turn == 10 and not grows:
                os.ftruncate(stream.descriptor, 20 * SIZE)
            if not window.size:
                break
    assert octets.startswith(shown)
    assert len(shown) == (40 if grows else 20) * SIZE


def test_reading_that_fails_is_told_where_it_failed(opened, monkeypatch):
    octets = octets_of(40 * SIZE)
    stream = opened(octets)
    real, bad = os.preadv, 25 * SIZE + 300

    def failing(descriptor, buffers, offset):
        if offset + len(buffers[0]) <= bad:
            return real(descriptor, buffers, offset)
        if offset >= bad:
            raise OSError(5, "Input/output error")
        return real(descriptor, [buffers[0][: bad - offset]], offset)

    monkeypatch.setattr(os, "preadv", failing)
    shown = bytearray()
    with ReadAhead(stream, SIZE) as windows:
        while (window := windows.buffer(SIZE)).size:
            shown += window.to_pybytes()
            stream.advance(window.size)
    assert shown == octets[:bad]
    assert stream.failure.code == "unreadable_file"
    assert stream.failure.offset == bad


def test_memory_of_windows_is_never_written_to_again(opened):
    stream = opened(octets_of(40 * SIZE))
    kept = []
    with ReadAhead(stream, SIZE) as windows:
        while (window := windows.buffer(SIZE)).size:
            kept.append((window, window.to_pybytes()))
            stream.advance(min(window.size, SIZE - 10))
    assert all(window.to_pybytes() == octets for window, octets in kept)
    assert all(isinstance(window, pa.Buffer) for window, _ in kept)


def test_nobody_reads_once_it_is_closed(opened, monkeypatch):
    stream = opened(octets_of(40 * SIZE))
    with ReadAhead(stream, SIZE) as windows:
        for _ in range(ahead.STEADY_WINDOWS + 3):
            stream.advance(windows.buffer(SIZE).size)
    monkeypatch.setattr(os, "preadv", lambda *_: pytest.fail("read after the end"))
    assert windows._readers._shutdown
    assert not any(reader.is_alive() for reader in windows._readers._threads)


@pytest.mark.parametrize("jobs", [1, 4])
def test_batches_are_of_their_size_however_large_the_window(tmp_path, jobs):
    path = tmp_path / "a.mbox"
    path.write_bytes(mbox_of([plain_message(n, b"line of text\n" * 70) for n in range(400)]))
    options = ReadingOptions(batch_bytes=20_000, jobs=jobs)
    batches = list(Archive(Inputs([str(path)]), options))
    assert sum(batch.rows.num_rows for batch in batches) == 400
    assert max(batch.payload_bytes for batch in batches) <= 30_000
    assert len(batches) >= 15
