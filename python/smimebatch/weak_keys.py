"""Debian's weak keys: the blacklists of `--debian-weak-keys`, read before a run begins.

The lists are those of Debian's package openssl-blacklist, which current releases no longer have,
and are not part of this package. The core knows their format, and every other weakness without one.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass

from smimebatch import _native
from smimebatch.errors import OptionError

OPTION = "--debian-weak-keys"
EXPECTED = "blacklists in the format of the package openssl-blacklist"
PREFIX = "blacklist."
"""Of the files in a directory that are read; the package has others beside them."""
MAX_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Blacklists:
    """The content of blacklist files, and the hash of all."""

    files: tuple[bytes, ...] = ()
    sha256: str | None = None
    """Equal for equal lists; None without any."""

    def weak_keys(self) -> _native.WeakKeys:
        """Return what looks for weak keys, anew for each run."""
        try:
            return _native.WeakKeys(self.files)
        except ValueError as error:
            raise OptionError(OPTION, expected=EXPECTED, found=str(error)) from error


def load_blacklists(place: str | None) -> Blacklists:
    """Read a blacklist, or all of a directory; OptionError where there is none."""
    if place is None:
        return Blacklists()
    paths = [place]
    try:
        if os.path.isdir(place):
            names = sorted(name for name in os.listdir(place) if name.startswith(PREFIX))
            paths = [os.path.join(place, name) for name in names]
        if sum(os.path.getsize(path) for path in paths) > MAX_BYTES:
            raise OptionError(
                f"{OPTION} {place}", expected=f"at most {MAX_BYTES} bytes", found="more"
            )
        files = []
        for path in paths:
            with open(path, "rb") as file:
                files.append(file.read())
    except OSError as error:
        found = str(error.strerror)
        raise OptionError(f"{OPTION} {place}", expected=EXPECTED, found=found) from error
    if not files:
        found = f"no file named {PREFIX}…"
        raise OptionError(f"{OPTION} {place}", expected=EXPECTED, found=found)
    hashes = sorted(hashlib.sha256(file).digest() for file in files)
    return Blacklists(tuple(files), hashlib.sha256(b"".join(hashes)).hexdigest())
