"""run(source, operation, sink): the only loop.

With one thread everything happens in order on the calling thread. With more, one thread reads
ahead, the operation runs on a few threads (it releases the interpreter lock), and the calling
thread takes the results in the order of the input and writes them, so that reading, the native work
and writing overlap. At most `jobs + 2` batches are anywhere between, so memory does not depend on
the size of the input. The order of what a sink sees is the same either way.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, TypeAlias

from smimebatch.batch import Operation, VerifiedBatch
from smimebatch.sources.items import InputBatch, Item, ReadError, Remark

BATCHES_BESIDE_JOBS = 2
"""One being read and one being written, beside one for every job."""
OPERATION_THREADS = 2
"""Enough that one batch's serial ends hide behind the next one's work; the engine has its own
`jobs` threads."""

READER_GRACE_S = 1.0
"""A reader that waits for a pipe does not keep an interrupted run from ending."""


class Sink(Protocol):
    """Where the results go."""

    def write(self, batch: VerifiedBatch) -> None:
        """Take the results of one batch; batches come in the order of the input."""

    def write_error(self, error: ReadError) -> None:
        """Take a place of the input that could not be read."""

    def write_remark(self, remark: Remark) -> None:
        """Take a remark about an input."""


def run(source: Iterable[Item], operation: Operation, sink: Sink, jobs: int) -> None:
    """Pass everything from the source through the operation to the sink."""
    results = in_order(source, operation) if jobs == 1 else overlapped(source, operation, jobs)
    for result in results:
        if isinstance(result, VerifiedBatch):
            sink.write(result)
        elif isinstance(result, ReadError):
            sink.write_error(result)
        else:
            sink.write_remark(result)


Result: TypeAlias = VerifiedBatch | ReadError | Remark


def in_order(source: Iterable[Item], operation: Operation) -> Iterator[Result]:
    """Do one thing after another on this thread."""
    for item in source:
        yield operation(item.rows, item.payload_bytes) if isinstance(item, InputBatch) else item


def overlapped(source: Iterable[Item], operation: Operation, jobs: int) -> Iterator[Result]:
    """Read ahead and work on several batches at once; results come in the order of the source."""
    ahead = ReadAhead(source, operation, jobs + BATCHES_BESIDE_JOBS)
    try:
        yield from ahead.results()
    finally:
        ahead.stop()


class ReadAhead:
    """A thread that reads the source and hands each batch to the operation's threads."""

    def __init__(self, source: Iterable[Item], operation: Operation, max_in_flight: int) -> None:
        self._source = source
        self._operation = operation
        self._free = threading.Semaphore(max_in_flight)
        self._stopping = threading.Event()
        self._pending: queue.SimpleQueue[Future[Result] | Result | BaseException | None]
        self._pending = queue.SimpleQueue()
        self._workers = ThreadPoolExecutor(OPERATION_THREADS, "smimebatch-operation")
        self._reader = threading.Thread(target=self._read, name="smimebatch-reader", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        """Run on the reading thread until the source ends, fails, or nobody wants more."""
        try:
            for item in self._source:
                self._free.acquire()
                if self._stopping.is_set():
                    return
                if isinstance(item, InputBatch):
                    self._pending.put(
                        self._workers.submit(self._operation, item.rows, item.payload_bytes)
                    )
                else:
                    self._pending.put(item)
            self._pending.put(None)
        except BaseException as error:
            self._pending.put(error)

    def results(self) -> Iterator[Result]:
        """Give the results in order; what the source or the operation raised is raised here."""
        while (pending := self._pending.get()) is not None:
            if isinstance(pending, BaseException):
                raise pending
            yield pending.result() if isinstance(pending, Future) else pending
            self._free.release()

    def stop(self) -> None:
        """Let the reader end after the piece it is at, and the workers after their batch."""
        self._stopping.set()
        self._free.release()
        self._workers.shutdown(wait=True, cancel_futures=True)
        self._reader.join(READER_GRACE_S)
