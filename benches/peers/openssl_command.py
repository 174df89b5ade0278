"""`openssl cms -verify`, the command: a process for each mail from a loop of the shell."""

from __future__ import annotations

import functools
import pathlib
import tempfile
from typing import Any

from measure import Corpus, mails_of, row, run

from peers.peer import Peer, command_output, program

LOOP = """
for mail in "$0"/*.eml; do
  if "$2" cms -verify -in "$mail" -CAfile "$1" -out /dev/null 2>/dev/null; then echo good; fi
done
"""


class OpensslCommand(Peer):
    """The one in PATH."""

    name = "openssl cms"
    does_less = (
        "no sender compared, no rows; mails are given as single files; a process each, which is "
        "most of its time"
    )
    messages = 300

    def prepare(self) -> str:
        self.program = program("openssl", "Debian: openssl")
        return command_output(self.program, "version").split(" (")[0]

    def measure(self, corpus: Corpus, threads: int) -> dict[str, Any]:
        folder = eml_files(corpus.folder)
        command = ["sh", "-c", LOOP, folder.name, str(corpus.root), self.program]
        costs, output = run(command)
        found = {"messages": corpus.truth["messages"], "good": output.count("good")}
        return row(self.name, corpus, threads, found, costs | {"inside_s": costs["wall_s"]})


@functools.cache
def eml_files(folder: pathlib.Path) -> tempfile.TemporaryDirectory[str]:
    """The mails of a corpus as files, as long as this process runs."""
    made = tempfile.TemporaryDirectory(prefix="smimebatch-bench-eml-")
    for number, mail in enumerate(mails_of(folder / "mail.mbox")):
        (pathlib.Path(made.name) / f"{number:06}.eml").write_bytes(mail)
    return made


PEER = OpensslCommand()
