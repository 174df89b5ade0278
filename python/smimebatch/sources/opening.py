"""From a file, a pipe or a reading function to the stream that fits it, compressed or not."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from functools import partial

from smimebatch.sources.compressed import sniff_compression
from smimebatch.sources.held import HeldStream, RawReader
from smimebatch.sources.items import ReadFaultError
from smimebatch.sources.stream import (
    SNIFF_BYTES,
    STANDARD_INPUT,
    InputFile,
    PlainStream,
    Stream,
)

STANDARD_INPUT_DESCRIPTOR = 0


def open_stream(file: InputFile) -> Stream:
    """Open a file and look whether it is compressed; OSError only from opening."""
    if file.path == STANDARD_INPUT:
        return sniffed_stream(file, STANDARD_INPUT_DESCRIPTOR)
    descriptor = opened(file)
    try:
        stream = sniffed_stream(file, descriptor)
    except BaseException:
        os.close(descriptor)
        raise
    stream.opened = descriptor
    return stream


def opened(file: InputFile) -> int:
    """Return a descriptor of a file; OSError for what may be neither a pipe nor a device and is."""
    flags = os.O_RDONLY | os.O_CLOEXEC
    if file.refused is not None:
        raise OSError(errno.EINVAL, file.refused, file.path)
    if file.may_be_pipe:
        return os.open(file.path, flags)
    check_is_regular(os.stat(file.path), file.path)  # opening alone winds a tape back
    descriptor = os.open(file.path, flags | os.O_NONBLOCK)  # another file may lie there by now
    try:
        check_is_regular(os.fstat(descriptor), file.path)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def check_is_regular(status: os.stat_result, path: str) -> None:
    """Refuse pipes, sockets, devices and directories."""
    if stat.S_ISDIR(status.st_mode):
        os.scandir(path).close()  # a directory comes here if it may not be listed: say so
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "a pipe, socket or device, not a regular file", path)


def sniffed_stream(file: InputFile, descriptor: int) -> Stream:
    """Choose the kind of stream by what the descriptor is and how its bytes begin."""
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode) and os.lseek(descriptor, 0, os.SEEK_CUR) == 0:
        stream = PlainStream(file, descriptor, status.st_size)
        compression = sniff_compression(stream.window(SNIFF_BYTES))
        if compression is None:
            return stream
        raw = RawReader(lambda size: os.read(descriptor, size))
        reopen = None if file.path == STANDARD_INPUT else partial(open_stream, file)
        return HeldStream(file, raw, compression, status.st_size, reopen)
    return sequential_stream(file, lambda size: os.read(descriptor, size))


def sequential_stream(file: InputFile, read: Callable[[int], bytes]) -> Stream:
    """Make a stream of bytes that come once: from a pipe, or out of an archive."""
    head = b""
    fault: ReadFaultError | None = None
    try:
        while len(head) < SNIFF_BYTES and (piece := read(SNIFF_BYTES - len(head))):
            head += piece
    except ReadFaultError as error:
        fault = error

    def read_on(size: int) -> bytes:
        if fault is not None:
            raise fault
        return read(size)

    return HeldStream(file, RawReader(read_on, head), sniff_compression(head))
