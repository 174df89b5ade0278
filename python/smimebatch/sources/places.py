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
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from smimebatch.errors import InputError, OutputError
from smimebatch.sources import mail_index
from smimebatch.sources.directories import walked
from smimebatch.sources.globs import matches
from smimebatch.sources.items import Remark
from smimebatch.sources.names import is_plain, printable_name
from smimebatch.sources.stream import STANDARD_INPUT, InputFile


@dataclass(frozen=True, slots=True)
class InputSize:
    """How much there is to read, as far as it can be known before."""

    files: int
    stored_bytes: int
    is_exact: bool


class Inputs:
    """The files behind the inputs of one call; what is not there is an error when this is made.

    A place that only `--files-from` names may be missing: that is a row of `errors`, as a list is
    often older than what it lists.
    """

    def __init__(
        self,
        given: Sequence[str | os.PathLike[str]],
        files_from: str | os.PathLike[str] | None = None,
    ) -> None:
        self.given = [os.fspath(name) for name in given]
        listed = [] if files_from is None else listed_names(os.fspath(files_from))
        if not self.given and not listed:
            raise InputError(
                "INPUT",
                expected="a file, a directory, a glob or -",
                found="none",
                remedy="name one",
            )
        named = [place for name in self.given for place in expanded(name)]
        self._spelled = frozenset(self.given)
        self._names = without_repeats([*named, *listed])
        self.root = common_root(self._names)
        self._left_out: frozenset[str] = frozenset()
        self._size: InputSize | None = None

    def leave_out(self, *written: str | os.PathLike[str]) -> None:
        """Pass over what the run itself writes, where an input holds it."""
        self._left_out = frozenset(map(os.path.realpath, written))

    def check_apart_from(self, output: str | os.PathLike[str]) -> None:
        """Refuse an output that is an input, or that one lies in: it would be taken away."""
        place = os.path.realpath(output)
        for name in self._names:
            given = os.path.realpath(name)
            is_below = given == place or given.startswith(os.path.join(place, ""))
            if name != STANDARD_INPUT and is_below:
                raise OutputError(
                    f"--output {os.fspath(output)}",
                    expected="a place that is no input, and that no input lies in",
                    found=f"the input {name}",
                    remedy="choose another place",
                )

    def __iter__(self) -> Iterator[InputFile | Remark]:
        for name in self._names:
            if name == STANDARD_INPUT:
                yield InputFile(name, name, named=True)
            elif os.path.isdir(name):
                yield from self._directory(name)
            else:
                yield self._file(name)

    def _directory(self, name: str) -> Iterator[InputFile | Remark]:
        base = os.path.relpath(name, self.root)
        above = "" if base == os.curdir else base + os.sep
        is_only = len(self._names) == 1 and mail_index.is_mail_of_run(name)
        for place in walked(name, self._left_out):
            below = (place.listed_as or place.path)[len(name) :].lstrip(os.sep)
            source = printable_source(above + below if below else base)
            if place.is_linked_directory:
                yield Remark(source, "linked_directory", "a linked directory: not followed")
            else:
                yield InputFile(
                    place.path,
                    source,
                    named=False,
                    format=place.format,
                    is_only=is_only,
                    refused=place.refused,
                )

    def named_files(self) -> Iterator[InputFile]:
        """Give the files that the caller named one by one; they may be looked into before."""
        for name in self._names:
            if name != STANDARD_INPUT and os.path.isfile(name):
                yield self._file(name)

    def _file(self, path: str) -> InputFile:
        source = printable_source(os.path.relpath(path, self.root))
        return InputFile(
            path,
            source,
            named=True,
            is_only=len(self._names) == 1,
            may_be_pipe=path in self._spelled,
        )

    def size(self) -> InputSize:
        """Count files and bytes; costs a look at every file, once."""
        if self._size is None:
            self._size = self._counted()
        return self._size

    def _counted(self) -> InputSize:
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


def listed_names(path: str) -> list[str]:
    """Return the names that a list holds, separated by NUL if it has any, else by line ends."""
    try:
        if path == STANDARD_INPUT:
            content = sys.stdin.buffer.read()
        else:
            with open(path, "rb") as file:
                content = file.read()
    except OSError as error:
        raise InputError(
            f"--files-from {path}", expected="a list of names", found=str(error.strerror)
        ) from error
    separator = b"\0" if b"\0" in content else b"\n"
    names = [os.fsdecode(name) for name in content.split(separator) if name]
    if path == STANDARD_INPUT and STANDARD_INPUT in names:
        raise InputError(
            "--files-from -", expected="no - in the list", found="standard input twice"
        )
    return names


def expanded(name: str) -> list[str]:
    """Return what one input stands for: itself, or the matches of a glob in byte order."""
    if name == STANDARD_INPUT or os.path.lexists(name):
        return [name]
    if not glob.has_magic(name):
        raise InputError(
            f"input {name!r}", expected="a file, a directory, a glob or -", found="nothing there"
        )
    found = matches(name)
    if not found:
        raise InputError(f"input {name!r}", expected="at least one match", found="none")
    return found


def common_root(names: Sequence[str]) -> str:
    """Return the deepest directory that holds every input."""
    directories = [
        os.path.abspath(name if os.path.isdir(name) else os.path.dirname(name) or os.curdir)
        for name in names
        if name != STANDARD_INPUT
    ]
    return os.path.commonpath(directories) if directories else os.path.abspath(os.curdir)


def without_repeats(names: Sequence[str]) -> list[str]:
    """Leave out what another input holds already: the same place, or one below a directory.

    Of several names of a place the first without links counts. What lies behind a linked directory
    is left out only if it lies below another input itself, as links are not followed there.
    """
    real_place = cache(os.path.realpath)
    places = {name: place_of(name, real_place) for name in names}
    kept: dict[str, str] = {}
    for name in sorted(places, key=lambda it: places[it] != os.path.abspath(it)):
        kept.setdefault(places[name], name)
    directories = {place for place, name in kept.items() if os.path.isdir(name)}
    left = {name for place, name in kept.items() if directories.isdisjoint(parents(place))}
    return [name for name in places if name in left]


def place_of(name: str, real_place: Callable[[str], str]) -> str:
    """Return where a name leads; a link to a file is a file of its own, as in a directory."""
    if name == STANDARD_INPUT:
        return name
    if os.path.isdir(name):
        return real_place(name)
    directory, file = os.path.split(name)
    return os.path.join(real_place(directory or os.curdir), file)


def parents(place: str) -> Iterator[str]:
    """Give every directory above a place."""
    while (parent := os.path.dirname(place)) != place:
        yield parent
        place = parent


def printable_source(path: str) -> str:
    """Return a path as it stands in `source`."""
    return path if is_plain(path) else printable_name(os.fsencode(path))
