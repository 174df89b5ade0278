"""Bouncy Castle 1.72 on Java: CMS of it, paths of the JDK; BcCms.java says how.

A virtual machine compiles what it runs often: its first round is a tenth as fast as its fortieth.
So it is warmed up by 40 rounds that are not counted, and asked for one round at a time after that.
"""

from __future__ import annotations

import pathlib
import subprocess
from typing import Any

from measure import Corpus

from peers.peer import NotRunError, Peer, cache, command_output, program, row_of_line

HERE = pathlib.Path(__file__).parent
JARS = tuple(f"/usr/share/java/{name}.jar" for name in ("bcprov", "bcpkix", "bcutil"))
WARM_UP_ROUNDS = 40


class BouncyCastle(Peer):
    """Debian's libbcpkix-java."""

    name = "Bouncy Castle"
    does_less = (
        "no sender compared, no rows; finds the two parts of a mail by searching for the boundary; "
        f"{WARM_UP_ROUNDS} rounds before the first that counts"
    )
    threads = (1, 2)
    messages = 2_000

    def __init__(self) -> None:
        self.running: dict[tuple[str, int], subprocess.Popen[str]] = {}

    def prepare(self) -> str:
        self.java, compiler = program("java", "openjdk-17-jdk-headless"), program("javac", "same")
        missing = [jar for jar in JARS if not pathlib.Path(jar).exists()]
        if missing:
            raise NotRunError(f"{missing[0]} is not there (Debian: libbcpkix-java)")
        self.classes = cache() / "bouncy-castle"
        self.classes.mkdir(parents=True, exist_ok=True)
        path = ":".join(JARS)
        command_output(compiler, "-cp", path, "-d", self.classes, HERE / "BcCms.java")
        said = command_output(self.java, "-cp", path, "-version") or java_version(self.java)
        jar = pathlib.Path(JARS[1]).resolve().stem.removeprefix("bcpkix-")
        return f"Bouncy Castle {jar} on {said}"

    def measure(self, corpus: Corpus, threads: int) -> dict[str, Any]:
        running = self.warm(corpus, threads)
        assert running.stdin and running.stdout
        running.stdin.write("round\n")
        running.stdin.flush()
        line = running.stdout.readline()
        seconds = float(line.rsplit(" ", 1)[-1].rstrip("s\n") or 0)
        return row_of_line(self, corpus, threads, line, {"wall_s": seconds})

    def warm(self, corpus: Corpus, threads: int) -> subprocess.Popen[str]:
        """The machine that is warmed up for a corpus and a number of threads."""
        key = (corpus.name, threads)
        if key not in self.running:
            path = ":".join((*JARS, str(self.classes)))
            command = [self.java, "-cp", path, "BcCms", str(corpus.mbox), str(corpus.root)]
            started = subprocess.Popen(
                [*command, str(threads), str(WARM_UP_ROUNDS)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            assert started.stdout
            if started.stdout.readline() != "ready\n":
                raise RuntimeError("Bouncy Castle did not get warm")
            self.running[key] = started
        return self.running[key]

    def close(self) -> None:
        for running in self.running.values():
            running.communicate()
        self.running.clear()


def java_version(java: str) -> str:
    """What the machine says of itself, on stderr."""
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    return said.splitlines()[0].replace('"', "") if said else "Java"


PEER = BouncyCastle()
