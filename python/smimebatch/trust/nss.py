"""Roots of an installed NSS, or of a database of it such as a Thunderbird profile has.

The built-in roots come from the module libnssckbi (pkcs11.py). A database keeps its trust signed
under a key that only NSS reads, so certutil is asked: its second column of flags is about e-mail.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess

from smimebatch import _native
from smimebatch.errors import TrustError
from smimebatch.trust.certdata import root_list
from smimebatch.trust.pkcs11 import installed_module, read_module
from smimebatch.trust.roots import DISTRUSTED, NOT_TRUSTED, TRUSTED, ListedRoot, RootList

NSS = "nss"
DATABASES = ("cert9.db", "cert8.db")
MODULE_SUFFIX = ".so"
ROW = re.compile(r"(?P<name>.*\S)\s+(?P<ssl>[pPcCTuw]*),(?P<email>[pPcCTuw]*),(?P<code>[pPcCTuw]*)")
CERTUTIL_TIMEOUT_S = 120


def is_database(path: str) -> bool:
    """Whether a directory is a database of NSS."""
    return any(os.path.isfile(os.path.join(path, name)) for name in DATABASES)


def built_in_roots(path: str | None = None) -> RootList:
    """Return the roots of a module; of the installed one when none is named."""
    return root_list(read_module(path or installed_module()))


def database_roots(path: str) -> RootList:
    """Return the certificates of a database with their trust for e-mail."""
    legacy = not os.path.isfile(os.path.join(path, DATABASES[0]))
    directory = ("dbm:" if legacy else "sql:") + path
    flags: dict[str, set[str]] = {}
    for line in certutil(path, "-L", "-d", directory).splitlines():
        row = ROW.fullmatch(line.rstrip())
        if row is not None:
            flags.setdefault(row["name"], set()).add(row["email"])
    roots: list[ListedRoot] = []
    for name, said in flags.items():
        pem = certutil(path, "-L", "-d", directory, "-n", name, "-a")
        trust = worst_trust(said)
        roots += [ListedRoot(der, trust) for der in _native.parse_certificates(pem.encode())]
    return RootList(tuple(roots))


def worst_trust(flags: set[str]) -> str:
    """Return the trust for e-mail; certificates of one nickname share the worst.

    C: trusted to issue; p: prohibited; c alone, P, T, u: known, or trusted for something else.
    """
    if any("p" in letters for letters in flags):
        return DISTRUSTED
    return TRUSTED if all("C" in letters for letters in flags) else NOT_TRUSTED


def certutil(path: str, *arguments: str) -> str:
    """Run certutil and return what it prints."""
    program = shutil.which("certutil")
    if program is None:
        raise TrustError(
            path,
            expected="certutil, to read a database of NSS",
            found="none on the search path",
            remedy="install libnss3-tools (Debian) or nss-tools (Fedora)",
        )
    try:
        done = subprocess.run(  # noqa: S603
            [program, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=CERTUTIL_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired as error:
        found = f"nothing after {CERTUTIL_TIMEOUT_S} s"
        raise TrustError(path, expected="an answer of certutil", found=found) from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        found = said[-1] if said else f"exit code {done.returncode}"
        raise TrustError(path, expected="a database of NSS", found=found)
    return done.stdout.decode("utf-8", "surrogateescape")
