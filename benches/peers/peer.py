"""What every peer offers: its name, what it leaves out, and a row for a corpus.

A peer is one file of this folder with a `PEER`. It is prepared once (built, installed, warmed up)
or raises `NotRunError`, whose reason goes into the table in place of figures. Its row has the same
columns as ours, and `correct` says whether it found exactly what is true of the corpus.
"""

from __future__ import annotations

import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
from abc import ABC, abstractmethod
from typing import Any

from measure import Corpus, row, run

LINE = re.compile(r"threads=(\d+) messages=(\d+) good=(\d+) bad=(\d+) ([\d.]+)s")
"""What harnesses print; the seconds are of their own clock."""


class NotRunError(Exception):
    """Why there are no figures."""


class Peer(ABC):
    """One program that does what smimebatch does, or less."""

    name: str
    does_less: str
    """What it leaves out and what is measured in its favour, or against it."""
    threads: tuple[int, ...] = (1,)
    messages: int | None = None
    """Of the reference corpus it gets the first so many, where it is slow."""

    @abstractmethod
    def prepare(self) -> str:
        """Builds or finds the program; its version."""

    @abstractmethod
    def measure(self, corpus: Corpus, threads: int) -> dict[str, Any]:
        """A row of figures."""

    def close(self) -> None:  # noqa: B027  (most start nothing)
        """Ends what was started."""


def harness_row(
    peer: Peer, corpus: Corpus, threads: int, command: list[str], **settings: Any
) -> dict[str, Any]:
    """The row of a harness that prints `LINE` and ends."""
    costs, output = run(command, **settings)
    return row_of_line(peer, corpus, threads, output, costs)


def row_of_line(
    peer: Peer, corpus: Corpus, threads: int, output: str, costs: dict[str, Any]
) -> dict[str, Any]:
    """The row of a line that a harness printed; unsigned mail is bad to it."""
    line = LINE.search(output)
    if not line:
        raise RuntimeError(f"no figures from {peer.name}: {output}")
    found = {"messages": int(line[2]), "good": int(line[3])}
    return row(peer.name, corpus, threads, found, costs | {"inside_s": float(line[5])})


def cache() -> pathlib.Path:
    """Where what is built stays."""
    home = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(home) / "smimebatch-bench"


def program(name: str, package: str) -> str:
    """The path of a program, or why there is none."""
    found = shutil.which(name)
    if found is None:
        raise NotRunError(f"{name} is not there ({package})")
    return found


def command_output(*command: str | os.PathLike[str]) -> str:
    """What a command prints; its failure is why there are no figures."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        last = (getattr(error, "stderr", "") or str(error)).strip().splitlines()[-1:]
        raise NotRunError(f"{os.fspath(command[0])} failed: {' '.join(last)}") from error
    return done.stdout.strip()


def environment_of(packages: tuple[str, ...], *options: str) -> pathlib.Path:
    """The Python of an environment with these packages, made where it is not there yet."""
    key = hashlib.sha256(" ".join((sys.version, *packages, *options)).encode()).hexdigest()[:12]
    folder = cache() / f"python-{key}"
    if not (folder / "ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        command_output(sys.executable, "-m", "venv", folder)
        pip = [folder / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check"]
        path = os.environ["PATH"]
        os.environ["PATH"] = f"{folder / 'bin'}:{path}"  # swig, where a package brings it
        try:
            for package in packages:
                command_output(*pip, *options, package)
        finally:
            os.environ["PATH"] = path
        (folder / "ready").touch()
    return folder / "bin" / "python"
