"""gpgsm and NSS with a home of their own: signer imported, root trusted, gone when done."""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator

import pki

Run = Callable[..., bytes]
EXPORTS = 4
"""Tries at a PKCS#12 file that gpgsm reads."""


@contextlib.contextmanager
def gpgsm(p12: pathlib.Path, root: pki.Certificate) -> Iterator[Run]:
    """GnuPG's S/MIME, holding the PKCS#12 file; its agent ends with it."""
    with tempfile.TemporaryDirectory(prefix="gpgsm") as home:
        folder = pathlib.Path(home)
        (folder / "gpg-agent.conf").write_text("allow-loopback-pinentry\nmax-cache-ttl 600\n")
        (folder / "gpgsm.conf").write_text(
            "disable-crl-checks\ndisable-policy-checks\nno-common-certs-import\n"
        )
        fingerprint = pki.hashed("sha1", root.der).hex().upper()
        (folder / "trustlist.txt").write_text(f"{fingerprint} S relax\n")
        environment = os.environ | {"GNUPGHOME": home}
        command = [
            "gpgsm",
            "--batch",
            "--yes",
            "--pinentry-mode",
            "loopback",
            "--passphrase-fd",
            "0",
        ]

        def run(*arguments: str | pathlib.Path, data: bytes = b"") -> bytes:
            done = subprocess.run(
                [*command, *map(str, arguments)],
                input=b"x\n" + data,
                capture_output=True,
                env=environment,
            )
            if done.returncode:
                raise RuntimeError(f"gpgsm {arguments}: {done.stderr.decode()}")
            return done.stdout

        try:
            run("--import", p12)
            yield run
        finally:
            subprocess.run(["gpgconf", "--kill", "gpg-agent"], env=environment, check=False)


def readable_by_gpgsm(make: Callable[[], pathlib.Path], root: pki.Certificate) -> pathlib.Path:
    """Makes a PKCS#12 file that gpgsm reads: 2.2 refuses one in some hundred, by its salt."""
    for _ in range(EXPORTS - 1):
        made = make()
        with contextlib.suppress(RuntimeError), gpgsm(made, root):
            return made
    return make()


def gpgsm_version() -> str:
    version = subprocess.run(["gpgsm", "--version"], capture_output=True, check=True).stdout
    return version.decode().splitlines()[0]


def keygrip(run: Run) -> str:
    listing = run("--with-colons", "--with-keygrip", "--list-secret-keys").decode()
    return next(line.split(":")[9] for line in listing.splitlines() if line.startswith("grp:"))


@contextlib.contextmanager
def nss(p12: pathlib.Path, root: pathlib.Path) -> Iterator[Run]:
    """A database of NSS; the function runs `cmsutil` over an entity and gives what it wrote."""
    with tempfile.TemporaryDirectory(prefix="nss") as home:
        database, sealed = f"sql:{home}", pathlib.Path(home) / "out"

        def tool(*command: str | pathlib.Path) -> None:
            done = subprocess.run([*map(str, command)], capture_output=True)
            if done.returncode:
                raise RuntimeError(f"{command}: {done.stderr.decode()}")

        tool("certutil", "-N", "-d", database, "--empty-password")
        tool("certutil", "-A", "-d", database, "-n", "root", "-t", "CT,C,C", "-a", "-i", root)
        tool("pk12util", "-i", p12, "-d", database, "-W", "x", "-K", "")

        def cmsutil(what: str, *options: str, data: bytes) -> bytes:
            entity = pathlib.Path(home) / "in"
            entity.write_bytes(data)
            tool("cmsutil", what, "-d", database, *options, "-i", entity, "-o", sealed)
            return sealed.read_bytes()

        yield cmsutil


def nss_version() -> str:
    query = ["dpkg-query", "-W", "-f", "${Version}", "libnss3-tools"]
    done = subprocess.run(query, capture_output=True) if shutil.which("dpkg-query") else None
    return done.stdout.decode() if done and done.returncode == 0 else "?"
