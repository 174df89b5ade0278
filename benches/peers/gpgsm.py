"""gpgsm of GnuPG, the command: one process a mail from a loop of the shell."""

from __future__ import annotations

import base64
import functools
import pathlib
import re
import subprocess
import tempfile
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from measure import Corpus, mails_of, row, run

from peers.peer import Peer, command_output, program

LOOP = """
for content in "$0"/*.txt; do
  if "$1" --batch --no-tty --disable-crl-checks --disable-dirmngr --homedir "$2" \
    --verify "${content%.txt}.p7s" "$content" 2>/dev/null; then echo good; fi
done
"""
BOUNDARY = re.compile(rb'boundary="([^"]+)"')


class Gpgsm(Peer):
    """The one in PATH, with a home of its own that trusts the root."""

    name = "gpgsm"
    does_less = (
        "no sender compared, no rows, no MIME: it is given the content with CRLF and the signature "
        "as two files; the issuing CA is in its key box; a process each"
    )
    messages = 100

    def prepare(self) -> str:
        self.program = program("gpgsm", "Debian: gpgsm")
        program("gpg-agent", "Debian: gpg-agent")
        self.home = tempfile.TemporaryDirectory(prefix="smimebatch-bench-gpgsm-")
        self.trusted: set[pathlib.Path] = set()
        return command_output(self.program, "--version").splitlines()[0]

    def measure(self, corpus: Corpus, threads: int) -> dict[str, Any]:
        self.trust(corpus)
        parts = split_mails(corpus.folder)
        costs, output = run(["sh", "-c", LOOP, parts.name, self.program, self.home.name])
        found = {"messages": corpus.truth["messages"], "good": output.count("good")}
        return row(self.name, corpus, threads, found, costs | {"inside_s": costs["wall_s"]})

    def trust(self, corpus: Corpus) -> None:
        """Puts the root into the list of what is trusted, and both CAs into the key box."""
        if corpus.folder in self.trusted:
            return
        home = ["--batch", "--homedir", self.home.name, "--disable-dirmngr"]
        issuing = (corpus.folder / "below.pem").read_text().split("-----END")[0] + (
            "-----END CERTIFICATE-----\n"
        )
        for pem in (corpus.root.read_text(), issuing):
            subprocess.run(
                [self.program, *home, "--import"], input=pem, text=True, check=True,
                stderr=subprocess.DEVNULL,
            )  # fmt: skip
        root = x509.load_pem_x509_certificate(corpus.root.read_bytes())
        line = f"{root.fingerprint(hashes.SHA1()).hex().upper()} S relax\n"
        with open(pathlib.Path(self.home.name) / "trustlist.txt", "a") as file:
            file.write(line)
        subprocess.run(
            ["gpgconf", "--homedir", self.home.name, "--reload", "gpg-agent"], check=False
        )
        self.trusted.add(corpus.folder)

    def close(self) -> None:
        subprocess.run(["gpgconf", "--homedir", self.home.name, "--kill", "all"], check=False)
        self.home.cleanup()


@functools.cache
def split_mails(folder: pathlib.Path) -> tempfile.TemporaryDirectory[str]:
    """The signed content and the signature of each mail, as long as this process runs."""
    made = tempfile.TemporaryDirectory(prefix="smimebatch-bench-gpgsm-mail-")
    for number, mail in enumerate(mails_of(folder / "mail.mbox")):
        found = BOUNDARY.search(mail)
        assert found, mail[:200]
        mark = b"\n--" + found[1]
        _, content, signature = mail.split(mark)[:3]
        path = pathlib.Path(made.name) / f"{number:06}.txt"
        path.write_bytes(content[1:].replace(b"\n", b"\r\n"))
        path.with_suffix(".p7s").write_bytes(base64.b64decode(signature.partition(b"\n\n")[2]))
    return made


PEER = Gpgsm()
