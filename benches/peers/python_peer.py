"""Peers that are Python libraries: an own environment, and a loop over an mbox in processes.

Splitting the mbox is in the time, starting the processes is not; results come back as bools.
"""

from __future__ import annotations

from typing import Any

from measure import Corpus

from peers.peer import Peer, command_output, environment_of, harness_row

LOOP = """
import multiprocessing, sys, time

path, root, processes = sys.argv[1], sys.argv[2], int(sys.argv[3])

def setup():
    global verify
    exec(SETUP, globals())

def one(raw):
    try:
        verify(raw)
        return True
    except Exception:
        return False

def mails():
    with open(path, "rb") as file:
        data = file.read()
    return [mail[mail.index(b"\\n") + 1:] + b"\\n" for mail in data.split(b"\\n\\nFrom ")]

if __name__ == "__main__":
    if processes == 1:
        setup()
        started = time.perf_counter()
        found = list(map(one, mails()))
        seconds = time.perf_counter() - started
    else:
        with multiprocessing.Pool(processes, setup) as pool:
            pool.map(int, range(64), 1)
            started = time.perf_counter()
            found = pool.map(one, mails(), 50)
            seconds = time.perf_counter() - started
    print(f"threads={processes} messages={len(found)} good={sum(found)} "
          f"bad={len(found) - sum(found)} {seconds:.4f}s")
"""


class PythonPeer(Peer):
    """A library of PyPI."""

    threads = (1, 2)
    messages = 2_000
    packages: tuple[str, ...]
    pip_options: tuple[str, ...] = ()
    version: str
    """An expression, after an import of what it needs."""
    setup: str
    """Python that defines `verify(raw)`, which raises for what is not good; `root` is a path."""

    def prepare(self) -> str:
        self.python = str(environment_of(self.packages, *self.pip_options))
        return command_output(self.python, "-c", self.version)

    def measure(self, corpus: Corpus, threads: int) -> dict[str, Any]:
        script = f"SETUP = {self.setup!r}\n{LOOP}"
        command = [self.python, "-c", script, str(corpus.mbox), str(corpus.root), str(threads)]
        return harness_row(self, corpus, threads, command)
