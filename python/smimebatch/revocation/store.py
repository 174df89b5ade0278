"""The store: each answer a file named by its SHA-256, and an index of what came from where.

    STORE/0a1b….crl    a list           STORE/2c3d….ocsp    a response
    STORE/index.jsonl  one line for each thing asked: kind, url, time, status, sha256, bytes, …

Files appear whole (written aside, synced, renamed) and are never written over: the same content has
the same name. Lines are only ever added, whole. `--crls STORE --ocsp STORE` read the directory.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from typing import Any, BinaryIO

from smimebatch.errors import OutputError
from smimebatch.revocation.places import CRL, Wanted

INDEX = "index.jsonl"
STAGING = ".staging"
SUFFIXES = {CRL: ".crl", "ocsp": ".ocsp"}
STORED = "stored"


class Store:
    """One STORE, held by this process until it is closed."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._staging = os.path.join(path, STAGING)
        try:
            os.makedirs(path, exist_ok=True)
            self._index = locked(os.path.join(path, INDEX))
            shutil.rmtree(self._staging, ignore_errors=True)
            os.makedirs(self._staging)
            self._end_broken_line()
        except OSError as error:
            raise OutputError(
                f"--output {path}",
                expected="a directory that can be written and that no other fetch is using",
                found=str(error.strerror or error),
            ) from error

    def _end_broken_line(self) -> None:
        """Begin a new line where an earlier fetch was killed in the middle of one."""
        with open(os.path.join(self.path, INDEX), "rb") as index:
            length = index.seek(0, os.SEEK_END)
            index.seek(max(0, length - 1))
            is_broken = index.read(1) not in (b"", b"\n")
        if is_broken:
            self._index.write(b"\n")
            self._index.flush()

    def entries(self) -> Iterator[dict[str, Any]]:
        """Give what the index holds; a line that was cut short is passed over."""
        with open(os.path.join(self.path, INDEX), encoding="utf-8", errors="replace") as index:
            for line in index:
                try:
                    entry = json.loads(line)
                except ValueError:
                    continue
                if isinstance(entry, dict):
                    yield entry

    def answered(self) -> set[str]:
        """Return the keys of what was asked and is here."""
        return {
            str(entry["key"])
            for entry in self.entries()
            if entry.get("status") == STORED and os.path.exists(self._file_of(entry))
        }

    def _file_of(self, entry: dict[str, Any]) -> str:
        name = f"{entry.get('sha256')}{SUFFIXES.get(str(entry.get('kind')), '')}"
        return os.path.join(self.path, os.path.basename(name))

    def staged(self, number: int) -> str:
        """Return a name for something that is not whole yet."""
        return os.path.join(self._staging, str(number))

    def put(self, staged: str, wanted: Wanted) -> tuple[str, int]:
        """Put a finished file into place unless it is there; return its SHA-256 and length."""
        with open(staged, "rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
            length = os.fstat(file.fileno()).st_size
        final = os.path.join(self.path, sha256 + SUFFIXES[wanted.kind])
        if os.path.exists(final):
            os.unlink(staged)
        else:
            os.rename(staged, final)
        return sha256, length

    def note(self, wanted: Wanted, time: str, status: str, **more: Any) -> dict[str, Any]:
        """Add a line to the index."""
        entry = {
            "kind": wanted.kind,
            "url": wanted.url,
            "key": wanted.key,
            "certificate_sha256": wanted.certificate_sha256.hex() or None,
            "time": time,
            "status": status,
            "sha256": None,
            "bytes": None,
            **more,
        }
        self._index.write(json.dumps(entry, separators=(",", ":")).encode() + b"\n")
        self._index.flush()
        return entry

    def close(self) -> None:
        """Let go of the store."""
        shutil.rmtree(self._staging, ignore_errors=True)
        self._index.close()


def locked(path: str) -> BinaryIO:
    """Open the index to add to it, and hold it against a second fetch."""
    index = open(path, "ab")  # noqa: SIM115 - until close()
    try:
        fcntl.flock(index, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        index.close()
        raise
    return index


def new_file(path: str) -> BinaryIO:
    """Open a staged file, anew at each try."""
    return open(path, "wb")
