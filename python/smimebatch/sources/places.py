"""From inputs as the caller names them (files, directories, globs, `-`) to files in a fixed order.

A file's `source` in the results is its path relative to the input root: the deepest directory that
holds all inputs (a directory that is the only input is that root itself). So an archive that moved
gives the same rows, and two files never share a name. Directories are walked in byte order of their
paths, without following linked directories, and without holding more than one directory per level
in memory.
"""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from smimebatch.errors import InputError
from smimebatch.sources.items import Remark
from smimebatch.sources.stream import STANDARD_INPUT, InputFile

OWN_DIRECTORY = "_smimebatch"
"""The room of a run directory that is never an input."""


@dataclass(frozen=True, slots=True)
class InputSize:
    """How much there is to read, as far as it can be known before."""

    files: int
    stored_bytes: int
    is_exact: bool


class Inputs:
    """The files behind the inputs of one call; what is not there is an error when this is made."""

    def __init__(self, given: Sequence[str | os.PathLike[str]]) -> None:
        self.given = [os.fspath(name) for name in given]
        if not self.given:
            raise InputError(
                "no input", expected="a file, a directory, a glob or -", remedy="name one"
            )
        self._names = without_repeats([place for name in self.given for place in expanded(name)])
        self.root = common_root(self._names)

    def __iter__(self) -> Iterator[InputFile | Remark]:
        for name in self._names:
            if name == STANDARD_INPUT:
                yield InputFile(name, name, named=True)
            elif os.path.isdir(name):
                for path, is_linked_directory in walked(name):
                    file = self._file(path, named=False)
                    if is_linked_directory:
                        yield Remark(
                            file.source, "linked_directory", "a linked directory: not followed"
                        )
                    else:
                        yield file
            else:
                yield self._file(name, named=True)

    def named_files(self) -> Iterator[InputFile]:
        """Give the files that the caller named one by one; they may be looked into before."""
        for name in self._names:
            if name != STANDARD_INPUT and os.path.isfile(name):
                yield self._file(name, named=True)

    def _file(self, path: str, *, named: bool) -> InputFile:
        return InputFile(path, printable_source(os.path.relpath(path, self.root)), named=named)

    def size(self) -> InputSize:
        """Count files and bytes; costs a look at every file."""
        files = stored_bytes = 0
        is_exact = True
        for file in self:
            if isinstance(file, Remark):
                continue
            files += 1
            try:
                status = os.stat(file.path) if file.path != STANDARD_INPUT else os.fstat(0)
            except OSError:
                continue
            stored_bytes += status.st_size
            is_exact = is_exact and stat.S_ISREG(status.st_mode)
        return InputSize(files, stored_bytes, is_exact)


def expanded(name: str) -> list[str]:
    """Return what one input stands for: itself, or the matches of a glob in byte order."""
    if name == STANDARD_INPUT or os.path.lexists(name):
        return [name]
    if not glob.has_magic(name):
        raise InputError(
            f"input {name!r}", expected="a file, a directory, a glob or -", found="nothing there"
        )
    matches = sorted(glob.glob(name, recursive=True), key=os.fsencode)
    if not matches:
        raise InputError(f"input {name!r}", expected="at least one match", found="none")
    return matches


def common_root(names: Sequence[str]) -> str:
    """Return the deepest directory that holds every input."""
    directories = [
        os.path.abspath(name if os.path.isdir(name) else os.path.dirname(name) or os.curdir)
        for name in names
        if name != STANDARD_INPUT
    ]
    return os.path.commonpath(directories) if directories else os.path.abspath(os.curdir)


def without_repeats(names: Sequence[str]) -> list[str]:
    """Leave out what another input holds already: the same place, or one below a directory."""
    kept: dict[str, str] = {}
    for name in names:
        kept.setdefault(name if name == STANDARD_INPUT else os.path.abspath(name), name)
    directories = {place for place, name in kept.items() if os.path.isdir(name)}
    return [name for place, name in kept.items() if not directories.intersection(parents(place))]


def parents(place: str) -> Iterator[str]:
    """Give every directory above an absolute path."""
    while (parent := os.path.dirname(place)) != place:
        yield parent
        place = parent


def walked(directory: str) -> Iterator[tuple[str, bool]]:
    """Give every file under a directory in byte order, and whether it is a linked directory.

    A directory that may not be listed is given like a file, so that opening it says why.
    """
    try:
        pending = [directory_entries(directory)]
    except OSError:
        yield directory, False
        return
    while pending:
        entry = next(pending[-1], None)
        if entry is None:
            pending.pop()
        elif entry.is_dir(follow_symlinks=False):
            try:
                pending.append(directory_entries(entry.path))
            except OSError:
                yield entry.path, False
        else:
            yield entry.path, entry.is_dir()


def directory_entries(directory: str) -> Iterator[os.DirEntry[str]]:
    """Return the files and directories of one directory, ordered as the paths below them are."""
    with os.scandir(directory) as entries:
        kept = [entry for entry in entries if is_walked(entry)]
    kept.sort(
        key=lambda entry: os.fsencode(entry.name) + b"/" * entry.is_dir(follow_symlinks=False)
    )
    return iter(kept)


def is_walked(entry: os.DirEntry[str]) -> bool:
    """Leave out run directories, devices, pipes and sockets; links are kept, broken ones too."""
    if entry.is_dir(follow_symlinks=False):
        return entry.name != OWN_DIRECTORY
    return entry.is_symlink() or entry.is_file()


def printable_source(path: str) -> str:
    """Return a path as valid UTF-8; other bytes are spelled in hex, so that names stay distinct."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
