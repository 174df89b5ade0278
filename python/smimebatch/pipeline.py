"""run(source, operation, sink): the only loop.

With one thread everything happens in order on the calling thread. With more, every thread does the
same: it reads the next batch (one thread at a time), works on it (the operation releases the
interpreter lock) and leaves the result in its place in the row; whoever completes the front of the
row hands it to the sink, while the others go on. No thread waits for a particular other one, so
that the work divides evenly whatever is slow, and what a sink sees is the same either way. At most
`jobs + 16` batches are anywhere between, so memory does not depend on the size of the input.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, cast, runtime_checkable

from smimebatch.job.units import UnitEnd
from smimebatch.sources.items import InputBatch, Item, ReadError, Remark

BATCHES_BESIDE_JOBS = 16
"""Batches that may wait to be handed over, beside one for every job: as many as the other threads
verify while one writes a row group. What waits are rows, not mail: about 0.4 MB a batch."""

FAILURE_NOTICED_S = 0.2
"""How long a failure may stay unnoticed while other threads wait for their input."""

READER_GRACE_S = 1.0
"""A thread that waits for a pipe does not keep an interrupted run from ending."""


class Sink(Protocol):
    """Where the results go: used by one thread at a time, but not always by the same one."""

    def write(self, batch: Any) -> None:
        """Take the result of one batch; batches come in the order of the input."""

    def write_error(self, error: ReadError) -> None:
        """Take a place of the input that could not be read."""

    def write_remark(self, remark: Remark) -> None:
        """Take a remark about an input."""


@runtime_checkable
class CuttingSink(Sink, Protocol):
    """A sink of a run that is cut into units."""

    def end_unit(self, ended: UnitEnd) -> None:
        """Be told that everything of a unit was given."""


Operation = Callable[[InputBatch], Any]
"""Takes one batch, gives what the sink takes."""


def run(source: Iterable[Item | UnitEnd], operation: Operation, sink: Sink, jobs: int) -> None:
    """Pass everything from the source through the operation to the sink."""
    if jobs > 1:
        Crew(iter(source), operation, sink, jobs).run()
        return
    for item in source:
        hand_over(operation(item) if isinstance(item, InputBatch) else item, sink)
        del item  # the memory that it was read into serves the next


def hand_over(result: Any, sink: Sink) -> None:
    """Give one result to the sink, or raise what came in its place."""
    if isinstance(result, Raised):
        raise result.error
    if isinstance(result, ReadError):
        sink.write_error(result)
    elif isinstance(result, Remark):
        sink.write_remark(result)
    elif isinstance(result, UnitEnd):
        cast(CuttingSink, sink).end_unit(result)
    else:
        sink.write(result)


@dataclass(frozen=True, slots=True)
class Raised:
    """What the source or the operation raised instead of a result; raised when its turn comes."""

    error: Exception


class Crew:
    """`jobs` threads that read, work and hand over in turn."""

    def __init__(
        self, source: Iterator[Item | UnitEnd], operation: Operation, sink: Sink, jobs: int
    ) -> None:
        self._source = source
        self._operation = operation
        self._sink = sink
        self._free = threading.Semaphore(jobs + BATCHES_BESIDE_JOBS)
        self._reading = threading.Lock()
        self._using_sink = threading.Lock()
        """Held by whoever hands something over, and for good once a run has failed: the caller
        closes the sink then."""
        self._taken = 0
        self._ended = False
        self._row = threading.Lock()
        """Guards what follows."""
        self._done: dict[int, Any] = {}
        self._handed_over = 0
        self._handing_over = False
        self._failure: BaseException | None = None
        self._threads = [
            threading.Thread(target=self._work_guarded, name=f"smimebatch-{number}", daemon=True)
            for number in range(jobs)
        ]

    def run(self) -> None:
        """Wait until the source ends or something is raised, which is raised here.

        The calling thread does nothing else: an interrupt is raised in it between any two steps,
        also inside a lock that the others need.
        """
        for thread in self._threads:
            thread.start()
        try:
            for thread in self._threads:
                while thread.is_alive() and self._failure is None:
                    thread.join(FAILURE_NOTICED_S)
        except BaseException as interrupt:
            self._failure = self._failure or interrupt
        self._ended = True
        if self._failure is not None:
            self._let_others_end()
            raise self._failure

    def _let_others_end(self) -> None:
        """Give all others together a while, and whoever uses the sink the same once more."""
        deadline = time.monotonic() + READER_GRACE_S
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        # Not without end: a thread that writes to a pipe which nobody reads never comes back.
        self._using_sink.acquire(timeout=READER_GRACE_S)

    def _work_guarded(self) -> None:
        """Run on every thread."""
        try:
            self._work()
        except BaseException as failure:
            self._fail(failure)

    def _fail(self, failure: BaseException) -> None:
        """Keep the first failure, and let every thread end after what it is doing."""
        with self._row:
            self._failure = self._failure or failure
        self._ended = True
        self._free.release()

    def _work(self) -> None:
        """Take the next item, work on it and leave the result, until nothing is left."""
        while True:
            self._free.acquire()
            taken = self._take()
            if taken is None:
                self._free.release()  # for the next thread that waits, to find the same
                return
            number, item = taken
            self._leave(number, self._worked_on(item) if isinstance(item, InputBatch) else item)

    def _take(self) -> tuple[int, Item | UnitEnd | Raised] | None:
        """Read the next item, one thread at a time."""
        with self._reading:
            if self._ended:
                return None
            try:
                item: Item | UnitEnd | Raised | None = next(self._source, None)
            except Exception as error:
                item = Raised(error)
            self._ended = self._ended or item is None or isinstance(item, Raised)
            if item is None:
                return None
            self._taken += 1
            return self._taken - 1, item

    def _worked_on(self, item: InputBatch) -> Any:
        try:
            return self._operation(item)
        except Exception as error:
            self._ended = True
            return Raised(error)

    def _leave(self, number: int, result: Any) -> None:
        """Put a result into the row; hand over the front of it unless another thread does."""
        with self._row:
            self._done[number] = result
            if self._handing_over:
                return
            self._handing_over = True
        while (front := self._front()) is not None:
            with self._using_sink:
                if self._failure is not None:
                    return
                hand_over(front, self._sink)
            self._free.release()

    def _front(self) -> Any | None:
        """Take the next result in order; when there is none, this thread no longer hands over."""
        with self._row:
            front = self._done.pop(self._handed_over, None)
            if front is None or self._failure is not None:
                self._handing_over = False
                return None
            self._handed_over += 1
            return front
