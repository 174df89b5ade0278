"""The operator's certificate lists and OCSP responses (--crls, --ocsp): loaded once, then frozen.

A place is a file or a directory with any number of files below it, such as the store of `revocation
fetch`. What is neither a list nor a response, a directory that may not be listed and a linked one
are left out with a warning that names them; only a place that is not there, or may not be listed
itself, is an error. A list of which an entry cannot be read is kept, with a warning:
what the others say against somebody stands.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import TypeAlias

from smimebatch import _native
from smimebatch.errors import TrustError
from smimebatch.given import places_of

Place: TypeAlias = str | os.PathLike[str]
MAX_FILE_BYTES = 2 << 30
"""Of one list or response, as the core has it (RULES, Budgets)."""
NAMED_WARNINGS = 20
"""Files that cannot be used and are named; of further ones only the number is told."""
OUTCOMES = {
    False: "left out",
    True: "those whom it names are revoked, but nobody is cleared by not being in it",
}
"""What becomes of something with a fault, by whether it is kept."""
EXPECTED = {"crls": "a certificate list", "ocsp": "an OCSP response"}
BESIDE = {"crls": (".ocsp", "/index.jsonl"), "ocsp": (".crl", "/index.jsonl")}
"""How files end that a store (`smimebatch.revocation`) keeps beside those of a kind."""


@dataclass(frozen=True, slots=True)
class Revocation:
    """Certificate lists and OCSP responses; equal where they say the same."""

    native: _native.Revocation = field(repr=False, compare=False)
    fingerprint: str
    """SHA-256 over all lists and responses; equal for equal sets."""
    skipped: int = field(default=0, compare=False)
    """What could not be used."""
    warnings: tuple[str, ...] = field(default=(), compare=False)
    """What the operator should know about them."""

    @classmethod
    def load(
        cls,
        crls: Place | Iterable[Place] = (),
        ocsp: Place | Iterable[Place] = (),
    ) -> Revocation:
        """Load lists and responses; TrustError names a place that is not there."""
        files: list[_native.RevocationFile] = []
        warnings: list[str] = []
        skipped = 0
        for kind, places in (("crls", crls), ("ocsp", ocsp)):
            for place in places_of(places, f"--{kind}"):
                for path in files_below(os.fspath(place), kind):
                    file, faults = read_file(kind, path)
                    files.extend(file)
                    skipped += sum(not kept for kept, _ in faults)
                    for kept, reason in faults:
                        warnings.append(f"--{kind} {path}: {reason}; {OUTCOMES[kept]}")
        native = _native.Revocation(files)
        told = warnings[:NAMED_WARNINGS]
        if len(warnings) > len(told):
            told.append(f"{len(warnings) - len(told)} more lists or responses, not named here")
        return cls(native, native.fingerprint, skipped, tuple(told))


@cache
def no_revocation() -> Revocation:
    """Return the store of nothing."""
    return Revocation.load()


def read_file(kind: str, path: str) -> tuple[list[_native.RevocationFile], list[tuple[bool, str]]]:
    """Return what a file holds, and what is wrong with it: whether that is kept, and why."""
    try:
        against = why_not(path)
        if against is None:
            with open(path, "rb") as stream:
                file = _native.RevocationFile(kind, stream.read())
            return [file], [(kept, reason) for _, kept, reason in file.faults]
    except OSError as error:
        against = str(error.strerror)
    return [], [(False, f"expected {EXPECTED[kind]}, found {against}")]


def why_not(path: str) -> str | None:
    """Say why a place below a directory is not read, if it is not."""
    if os.path.isdir(path):
        os.scandir(path).close()  # one that may not be listed says so
        return "a linked directory, not followed"
    status = os.stat(path)
    if not stat.S_ISREG(status.st_mode):
        return "no regular file"
    return None if status.st_size <= MAX_FILE_BYTES else f"more than {MAX_FILE_BYTES} bytes"


def files_below(place: str, kind: str) -> Iterator[str]:
    """Give the files of a place in the order of their names, and directories not looked into.

    Of a directory without hidden ones, and those that say that they are of the other kind.
    """
    if os.path.isfile(place):
        yield place
        return
    if not os.path.isdir(place):
        raise TrustError(f"--{kind} {place}", expected="a file or directory", found="nothing there")
    unlistable: list[OSError] = []
    for directory, below, names in os.walk(place, onerror=unlistable.append):
        below[:] = sorted(name for name in below if not name.startswith("."))
        links = [name for name in below if os.path.islink(os.path.join(directory, name))]
        shown = sorted([*(name for name in names if name[0] != "."), *links])
        paths = (os.path.join(directory, name) for name in shown)
        yield from (path for path in paths if not path.endswith(BESIDE[kind]))
    for error in unlistable:
        if error.filename == place:
            expected, found = "a directory that may be listed", str(error.strerror)
            raise TrustError(f"--{kind} {place}", expected=expected, found=found)
        yield str(error.filename)
