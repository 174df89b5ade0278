import _thread
import signal
import threading
import time

import pytest

from smimebatch.batch import VerifiedBatch
from smimebatch.pipeline import BATCHES_BESIDE_JOBS, run
from smimebatch.sources.items import InputBatch, ReadError, Remark


class Rows:
    """Stands for a record batch: the pipeline only passes it on."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.num_rows = 1


class Recorder:
    def __init__(self, pause_s: float = 0) -> None:
        self.seen: list[object] = []
        self.threads: set[str] = set()
        self.pause_s = pause_s

    def write(self, batch):
        time.sleep(self.pause_s)
        self.threads.add(threading.current_thread().name)
        self.seen.append(batch.messages)

    def write_error(self, error):
        self.seen.append(error)

    def write_remark(self, remark):
        self.seen.append(remark)


def verified(number):
    return VerifiedBatch(number, None, None, None, None)


def items(count):
    for number in range(count):
        yield InputBatch(Rows(number), 1)
        if number % 3 == 0:
            yield ReadError("s", number, "unreadable_file", "t")
        if number % 5 == 0:
            yield Remark("s", "not_mail", str(number))


def uneven(batch):
    time.sleep(0.003 if batch.rows.number % 4 == 0 else 0)
    return verified(batch.rows.number)


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_run_any_number_of_jobs_keeps_the_order(jobs):
    sink = Recorder()
    run(items(60), uneven, sink, jobs)
    expected = Recorder()
    run(items(60), uneven, expected, 1)
    assert sink.seen == expected.seen
    assert [entry for entry in sink.seen if isinstance(entry, int)] == list(range(60))


def test_run_one_job_stays_on_the_calling_thread():
    threads = set()

    def operation(batch):
        threads.add(threading.current_thread())
        return verified(batch.rows.number)

    before = threading.active_count()
    run(items(5), operation, Recorder(), 1)
    assert threads == {threading.current_thread()}
    assert threading.active_count() == before


def test_run_every_thread_works_and_one_at_a_time_hands_over():
    at_once = most_at_once = 0
    workers = set()

    class Alone(Recorder):
        def write(self, batch):
            nonlocal at_once, most_at_once
            at_once += 1
            most_at_once = max(most_at_once, at_once)
            super().write(batch)
            at_once -= 1

    def operation(batch):
        workers.add(threading.current_thread())
        return uneven(batch)

    sink = Alone(0.001)
    run(items(60), operation, sink, 4)
    assert most_at_once == 1
    assert threading.current_thread() not in workers
    assert len(workers) == 4


def test_run_a_slow_batch_holds_up_no_thread_but_its_own():
    """While the first batch takes its time, the places that may wait are filled by the others."""
    filled = threading.Event()
    finished = 0

    def operation(batch):
        nonlocal finished
        if batch.rows.number == 0:
            assert filled.wait(10)
        else:
            finished += 1
            if finished == 1 + BATCHES_BESIDE_JOBS:
                filled.set()
        return verified(batch.rows.number)

    sink = Recorder()
    run((InputBatch(Rows(number), 1) for number in range(20)), operation, sink, 2)
    assert sink.seen == list(range(20))


@pytest.mark.parametrize("jobs", [2, 3])
def test_run_batches_in_flight_are_bounded_whatever_is_slow(jobs):
    made = written = longest = 0

    def source():
        nonlocal made, longest
        for number in range(40):
            made += 1
            longest = max(longest, made - written)
            yield InputBatch(Rows(number), 1)

    class Slow(Recorder):
        def write(self, batch):
            nonlocal written
            super().write(batch)
            written += 1

    run(source(), uneven, Slow(0.002), jobs)
    assert longest <= jobs + BATCHES_BESIDE_JOBS


class Broken(Exception):
    pass


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("where", ["source", "operation", "sink"])
def test_run_failure_anywhere_ends_the_run_and_leaves_no_thread(jobs, where):
    def source():
        yield from items(7)
        if where == "source":
            raise Broken
        yield from items(200)

    def operation(batch):
        if where == "operation" and batch.rows.number == 5:
            raise Broken
        return verified(batch.rows.number)

    class Failing(Recorder):
        def write(self, batch):
            super().write(batch)
            if where == "sink" and batch.messages == 5:
                raise Broken

    sink = Failing()
    with pytest.raises(Broken):
        run(source(), operation, sink, jobs)
    numbers = [entry for entry in sink.seen if isinstance(entry, int)]
    assert numbers[:5] == [0, 1, 2, 3, 4]
    assert not [t for t in threading.enumerate() if t.name.startswith("smimebatch")]


@pytest.mark.parametrize("jobs", [1, 2])
def test_run_interrupt_ends_the_run(jobs):
    class Interrupted(Recorder):
        def write(self, batch):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(items(100), uneven, Interrupted(), jobs)
    assert not [t for t in threading.enumerate() if t.name.startswith("smimebatch")]


def test_run_failure_does_not_wait_for_a_reader_that_waits():
    never = threading.Event()

    def source():
        yield from items(3)
        never.wait(30)

    class Failing(Recorder):
        def write(self, batch):
            raise Broken

    started = time.monotonic()
    with pytest.raises(Broken):
        run(source(), uneven, Failing(), 2)
    never.set()
    assert time.monotonic() - started < 20


def test_run_interrupted_while_a_sink_is_stuck_ends_however_many_threads_wait():
    stuck = threading.Event()

    class StuckSink(Recorder):
        def write(self, batch):
            stuck.wait()

    # What a shell starts in the background ignores the signal, and would wait here for ever.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(0.3, _thread.interrupt_main)
    timer.start()
    began = time.monotonic()
    try:
        with pytest.raises(KeyboardInterrupt):
            run(items(60), uneven, StuckSink(), 12)
        assert time.monotonic() - began < 10
    finally:
        stuck.set()
        timer.join()
        signal.signal(signal.SIGINT, before)
