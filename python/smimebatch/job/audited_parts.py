"""Whether the parts of a run are there with the bytes that their commits say, and no other.

A directory of mail has one SHA-256 in its commit; which of its files is another, gone or one more
is told by the index of the mail, which is a part itself.
"""

from __future__ import annotations

import os

import pyarrow as pa

from smimebatch.job import trees
from smimebatch.job.commits import Commit, CommittedFile
from smimebatch.job.findings import Audited
from smimebatch.job.message_hashes import AS_OURS, MESSAGES, fault_of
from smimebatch.job.output import WRITTEN_DATASETS
from smimebatch.sources.mail_index import MAIL_INDEX, files_named

ONE_MORE = ("only committed files", "one more")


def look_at_parts(out: str, audited: Audited) -> None:
    """Compare every part with its commit; say what differs."""
    known: set[str] = set()
    for commit in audited.commits.values():
        for file in commit.files:
            known.add(file.path)
            audited.files += 1
            audited.rows += file.rows
            look_at_part(out, commit, file, audited)
    for dataset in WRITTEN_DATASETS:
        for name in listed(os.path.join(out, dataset)):
            if f"{dataset}/{name}" not in known:
                audited.say(f"{dataset}/{name}", *ONE_MORE)


def look_at_part(out: str, commit: Commit, file: CommittedFile, audited: Audited) -> None:
    """Compare one part with its commit."""
    path = os.path.join(out, file.path)
    try:
        found = f"{trees.size_of(path)} bytes, SHA-256 {trees.sha256_of(path)}"
    except OSError as error:
        found = str(error.strerror)
    expected = f"{file.size} bytes, SHA-256 {file.sha256}"
    if found == expected:
        if file.dataset == MESSAGES and (fault := fault_of(path)):
            audited.say(file.path, AS_OURS, fault)
        return
    before = len(audited.findings)
    if os.path.isdir(path):
        look_into(out, commit, file, audited)
    if len(audited.findings) == before:
        audited.say(file.path, expected, found)


def look_into(out: str, commit: Commit, tree: CommittedFile, audited: Audited) -> None:
    """Say which files of a directory are not as the index of its mail says."""
    index = next((it for it in commit.files if it.dataset == MAIL_INDEX), None)
    try:
        named = {} if index is None else files_named(os.path.join(out, index.path))
        found = trees.read_tree(os.path.join(out, tree.path))
    except (OSError, ValueError, pa.ArrowException):
        return
    for name in sorted(named.keys() | found.keys()):
        expected, there = named.get(name), found.get(name)
        place = f"{tree.path}/{name}"
        if expected is None:
            if there is not None:
                audited.say(place, *ONE_MORE)
        elif there != expected:
            has = "nothing there" if there is None else f"{there[0]} bytes, SHA-256 {there[1]}"
            audited.say(place, f"{expected[0]} bytes, SHA-256 {expected[1]}", has)


def listed(folder: str) -> list[str]:
    """Return what lies in a folder; nothing where there is none."""
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []
