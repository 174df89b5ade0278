"""Commits: one record per unit, written before its files get their names, and never changed.

A commit names every file of its unit with size and SHA-256, so that whoever finds it can finish
what an interrupt left: the files are put into place from the staging room. A commit without its
line in the ledger and without its files is one that a power cut tore: it never happened.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from smimebatch.errors import DamagedRunError
from smimebatch.job import disk, trees
from smimebatch.job.made import MBOX_SUFFIX, PARQUET_SUFFIX, TREE_SUFFIX, MadeFile
from smimebatch.job.units import Unit

ALL = "all"
"""The name of the commit with what is made of all units."""
MAIL = "mail"
MAIL_SUFFIXES = (PARQUET_SUFFIX, MBOX_SUFFIX, TREE_SUFFIX)
"""Parts of mail are of the format that was asked for; all others are Parquet."""
PLAIN_NAME = re.compile(r"[a-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class CommittedFile:
    """One data file of a commit, or a directory of mail (`trees`)."""

    dataset: str
    path: str
    """Below OUT."""
    rows: int
    size: int
    sha256: str

    @property
    def suffix(self) -> str:
        """What its name ends with."""
        return next(it for it in MAIL_SUFFIXES if self.path.endswith(it))

    @property
    def made_as(self) -> str:
        """Its name in a staging directory."""
        return made_as(self.dataset, self.suffix)


@dataclass(frozen=True, slots=True)
class Commit:
    """What a unit came to."""

    name: str
    staged: str
    """The directory below the staging room where its files were made."""
    files: tuple[CommittedFile, ...]
    unit: Unit | None
    """The unit; none of the last commit."""
    rows_root: str | None
    """Root of the Merkle tree over the unit's messages (`leaves`)."""
    facts: Mapping[str, Any]
    """Totals, and what else the operation says."""

    @property
    def content(self) -> bytes:
        """The record as it is written."""
        record = {
            "name": self.name,
            "staged": self.staged,
            "files": [asdict(file) for file in self.files],
            "unit": None if self.unit is None else self.unit.as_json(),
            "rows_root": self.rows_root,
            "facts": self.facts,
        }
        return disk.canonical_json(record) + b"\n"

    @classmethod
    def parse(cls, content: bytes) -> Commit | None:
        """Read a record; None for what is none, such as one that was torn."""
        try:
            record = json.loads(content)
            check_names(record)
            check_types(record)
            commit = cls(
                name=record["name"],
                staged=record["staged"],
                files=tuple(CommittedFile(**file) for file in record["files"]),
                unit=None if record["unit"] is None else Unit.from_json(record["unit"]),
                rows_root=record["rows_root"],
                facts=record["facts"],
            )
            disk.canonical_json(record)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None
        return commit

    @property
    def rows(self) -> dict[str, int]:
        """Rows by dataset."""
        return {file.dataset: file.rows for file in self.files}


def check_names(record: Mapping[str, Any]) -> None:
    """Let no record name a place that is not its own: ValueError."""
    names = (record["name"], record["staged"], *(file["dataset"] for file in record["files"]))
    if not all(PLAIN_NAME.fullmatch(name) for name in names):
        raise ValueError("a name that none of ours has")
    for file in record["files"]:
        suffixes = MAIL_SUFFIXES if file["dataset"] == MAIL else (PARQUET_SUFFIX,)
        paths = [f"{file['dataset']}/{part_name(record['name'], suffix)}" for suffix in suffixes]
        if file["path"] not in paths:
            raise ValueError("a path that none of ours has")


def check_types(record: Mapping[str, Any]) -> None:
    """Let no record hold what ours never does: ValueError."""
    files, unit, root = record["files"], record["unit"], record["rows_root"]
    counts = [file[name] for file in files for name in ("rows", "size")]
    texts = [file["sha256"] for file in files] + ([] if root is None else [root])
    if unit is not None:
        counts += [unit["ordinal"], unit["messages"], unit["payload_bytes"], unit["files"]["count"]]
    are_counts = all(type(count) is int and count >= 0 for count in counts)
    are_texts = all(isinstance(text, str) for text in texts)
    if not are_counts or not are_texts or not isinstance(record["facts"], dict):
        raise ValueError("a value that none of ours has")


def part_name(name: str, suffix: str = PARQUET_SUFFIX) -> str:
    """Return the name of every part that a commit has."""
    return f"part-{name}{suffix}"


def made_as(dataset: str, suffix: str = PARQUET_SUFFIX) -> str:
    """Return the name of a dataset's file in a staging directory."""
    return dataset + suffix


def described(name: str, made: Mapping[str, MadeFile]) -> tuple[CommittedFile, ...]:
    """Describe the files of a commit, one for each dataset."""
    return tuple(
        CommittedFile(
            dataset, f"{dataset}/{part_name(name, it.suffix)}", it.rows, it.size, it.sha256
        )
        for dataset, it in sorted(made.items())
    )


def places(out: str, staging: str, commit: Commit) -> Iterator[tuple[str, str, CommittedFile]]:
    """Give for each file where it was made, where it belongs, and what it is."""
    for file in commit.files:
        made = os.path.join(staging, commit.staged, file.made_as)
        yield made, os.path.join(out, file.path), file


def is_whole(path: str, file: CommittedFile) -> bool:
    """Whether a file is there as its commit says, byte for byte."""
    try:
        return trees.size_of(path) == file.size and trees.sha256_of(path) == file.sha256
    except OSError:
        return False


def check_present(out: str, commit: Commit) -> None:
    """Refuse a directory in which a committed file is gone or has another size."""
    for file in commit.files:
        path = os.path.join(out, file.path)
        try:
            found = f"{trees.size_of(path)} bytes"
        except OSError:
            found = "nothing there"
        if found != f"{file.size} bytes":
            raise DamagedRunError(path, expected=f"{file.size} bytes", found=found)
