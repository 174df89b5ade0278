"""What a script does today: a process of `openssl cms -verify` for each mail, if it is there."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from typing import Any

from smimebatch.bench.corpus import Corpus

PROGRAM = "openssl"
MESSAGES = 60
"""Enough for a rate at about 10 ms each."""


@dataclass(frozen=True, slots=True)
class PeerRate:
    """How fast the command went, and whether it found what is true."""

    version: str
    messages: int
    seconds: float
    is_right: bool

    @property
    def messages_per_s(self) -> float:
        """Messages a second, one after another."""
        return self.messages / self.seconds

    def as_json(self) -> dict[str, Any]:
        """Return the rate as --json shows it."""
        return {
            "version": self.version,
            "messages": self.messages,
            "messages_per_s": round(self.messages_per_s, 1),
            "right": self.is_right,
        }


def measure_openssl(corpus: Corpus) -> PeerRate | None:
    """Verify a sample of the archive; nothing where there is no sample or no command."""
    program = shutil.which(PROGRAM)
    sample = corpus.sample[:MESSAGES]
    if program is None or corpus.root is None or not sample:
        return None
    with tempfile.TemporaryDirectory(prefix="smimebatch-bench-") as folder:
        paths = [os.path.join(folder, f"{number}.eml") for number in range(len(sample))]
        for path, (raw, _) in zip(paths, sample, strict=True):
            with open(path, "wb") as file:
                file.write(raw)
        started = time.perf_counter()
        found = [accepts(program, path, corpus.root) for path in paths]
        seconds = time.perf_counter() - started
    right = found == [good for _, good in sample]
    return PeerRate(version_of(program), len(sample), seconds, right)


def accepts(program: str, path: str, root: str) -> bool:
    """Whether the command verifies a mail."""
    command = [program, "cms", "-verify", "-in", path, "-CAfile", root, "-out", os.devnull]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def version_of(program: str) -> str:
    """Return the first words of what the command says of itself."""
    said = subprocess.run([program, "version"], capture_output=True, text=True, check=False).stdout
    return " ".join(said.split()[:2]) or PROGRAM
