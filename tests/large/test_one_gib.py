"""A mail of 1 GiB through every job that makes or opens envelopes, in flat memory: make test-large.

Prints seconds and peaks; 6 GiB of disk. `LARGE_MESSAGE_BYTES` is another length.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import pathlib
import resource
import subprocess
import sys
import time

import pyarrow.parquet as pq
import pytest
from tests.sealing.keyring import NOW, Keyring

SIZE = int(os.environ.get("LARGE_MESSAGE_BYTES", 1 << 30))
PEAK_BYTES = 300 << 20
"""Of memory that is the process's own: 70 MiB of it are the interpreter with its libraries."""
RUN = "import sys; from smimebatch.cli import main; sys.argv[0] = 'smimebatch'; main()"

pytestmark = pytest.mark.skipif(
    "LARGE_MESSAGES" not in os.environ, reason="NOT TESTED HERE: make test-large"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("large")


@pytest.fixture(scope="module")
def keyring(folder):
    keyring = Keyring(folder)
    for name in ("rsa", "p256"):
        keyring.add(name)
    return keyring


@pytest.fixture(scope="module")
def mail(folder):
    """Make a mail with one large attachment between two small ones."""
    (folder / "mail").mkdir()
    head = (
        b"From: a@b.example\r\nTo: c@d.example\r\nDate: Mon, 01 Mar 2021 10:00:00 +0000\r\n"
        b"Message-ID: <%d@b.example>\r\nMIME-Version: 1.0\r\n"
    )
    text = b"Content-Type: text/plain\r\n\r\nsmall\r\n"
    for number in (0, 2):
        (folder / "mail" / f"{number}.eml").write_bytes(head % number + text)
    with open(folder / "mail" / "1.eml", "wb") as file:
        file.write(head % 1)
        file.write(b"Content-Type: application/octet-stream\r\n")
        file.write(b"Content-Transfer-Encoding: base64\r\n\r\n")
        lines = base64.encodebytes(os.urandom(57 * 20_000)).replace(b"\n", b"\r\n")
        while file.tell() < SIZE:
            file.write(lines)
    return folder / "mail"


class Peaks:
    """What /proc says of a process while it runs."""

    def __init__(self, process):
        self.path = pathlib.Path(f"/proc/{process.pid}/status")
        self.process = process
        self.anonymous = self.whole = 0

    def watch(self):
        while self.process.poll() is None:
            try:
                status = dict(line.split(":", 1) for line in self.path.read_text().splitlines())
                self.anonymous = max(self.anonymous, int(status["RssAnon"].split()[0]) << 10)
                self.whole = max(self.whole, int(status["VmHWM"].split()[0]) << 10)
            except (KeyError, OSError):
                break
            time.sleep(0.01)


def run(folder, *arguments):
    """Run the command line; print what it took."""
    out = arguments[arguments.index("-o") + 1]
    command = [sys.executable, "-c", RUN, *arguments, "--progress", "none", "-j", "1"]
    command += ["--now", NOW.isoformat(), "--overwrite"]
    started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL) as process:
        peaks = Peaks(process)
        peaks.watch()
    took, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    said = {"job": arguments[0], "code": process.returncode, "seconds": round(took, 1)}
    said["of the processor"] = round(spent, 1)
    said |= {"RssAnon MiB": peaks.anonymous >> 20, "VmHWM MiB": peaks.whole >> 20}
    print(json.dumps(said), file=sys.stderr)
    assert peaks.anonymous < PEAK_BYTES
    return folder / out


def states(out):
    return [row["state"] for row in pq.read_table(out / "objects").to_pylist()]


def large_of(out):
    return max((out / "mail").glob("part-*/*.eml"), key=lambda file: file.stat().st_size)


def sha256_of(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@pytest.mark.parametrize("content", ["aes256-gcm", "aes256-cbc"])
def test_mail_of_one_gib_goes_round_in_flat_memory(folder, keyring, mail, content):
    keys = ("--keys", "rsa.key", "--keys", "rsa.crt")
    new_keys = ("--keys", "p256.key", "--keys", "p256.crt")
    sealed = run(
        folder, "encrypt", "mail", "--to", "rsa.crt", *keys, "--content", content, "-o", "e"
    )
    assert states(sealed) == ["COMMITTED"] * 3
    opened = run(folder, "decrypt", "e/mail", *keys, "-o", "d")
    first = sha256_of(large_of(opened))
    anew = run(folder, "reencrypt", "e/mail", "--to", "p256.crt", *keys, *new_keys, "-o", "r")
    assert states(anew) == ["COMMITTED"] * 3
    wrapped = run(folder, "rewrap", "e/mail", "--to", "p256.crt", *keys, *new_keys, "-o", "w")
    assert states(wrapped) == ["COMMITTED"] * 3
    for out in (anew, wrapped):
        opened = run(folder, "decrypt", f"{out.name}/mail", *new_keys, "-o", "d")
        assert sha256_of(large_of(opened)) == first
