"""Where keys come from: files and directories named on the command line -> what each file holds.

The octets of a file are read into a buffer that is wiped afterwards, since it may hold a key that
nothing encrypts. Files are opened several at a time: making a key of a password is slow on purpose.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from smimebatch import _native
from smimebatch.errors import KeysError

MAX_FILE_BYTES = 64 << 20
"""Of one file of keys, as the core has it (`limits::KEY_FILE_BYTES`)."""
LEAST_BUFFER_BYTES = 64 << 10
"""For what does not know its size, such as a pipe."""
NAMED_FILES = 5
"""Files, or lines of one, that an error names."""
EXPECTED = "private keys as PKCS#12, PKCS#8 or PEM, in files or directories of them"
NOT_A_KEY_FILE = "not_a_key_file"


@dataclass(frozen=True, slots=True)
class KeyProblem:
    """What is wrong with a file, or with one thing in it."""

    path: str
    kind: str
    """`password_needed wrong_password damaged unsupported_algorithm limit unreadable`."""
    text: str

    def __str__(self) -> str:
        return f"{self.path}: {self.text}"


@dataclass(frozen=True, slots=True)
class KeyText:
    """One file that was read."""

    native: _native.KeyFile
    problems: tuple[KeyProblem, ...]

    @property
    def is_no_key_file(self) -> bool:
        """Tell whether it is something else altogether."""
        return [problem.kind for problem in self.problems] == [NOT_A_KEY_FILE]

    @property
    def is_useless(self) -> bool:
        """Tell whether it gives neither a key nor a certificate."""
        return self.native.counts == (0, 0)


@dataclass(frozen=True, slots=True)
class KeyTexts:
    """All files of all places."""

    texts: tuple[KeyText, ...]
    problems: tuple[KeyProblem, ...]
    skipped: int


def load_places(places: Sequence[str], passwords: _native.Passwords, option: str) -> KeyTexts:
    """Read every file; one that was named itself and gives nothing is an error."""
    paths = [(path, path == place) for place in places for path in files_below(place, option)]
    paths = list(dict(paths).items())
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        read = list(pool.map(lambda path: read_file(path[0], passwords), paths))
    useless: list[KeyProblem] = []
    problems: list[KeyProblem] = []
    texts: list[KeyText] = []
    skipped = 0
    for (_, is_named), text in zip(paths, read, strict=True):
        if isinstance(text, KeyProblem):
            (useless if is_named else problems).append(text)
        elif is_named and text.is_useless:
            useless.extend(text.problems[:1])
        elif text.is_no_key_file:
            skipped += 1
        else:
            texts.append(text)
            problems.extend(text.problems)
    if useless:
        raise unusable(useless, option)
    return KeyTexts(tuple(texts), tuple(problems), skipped)


def files_below(place: str, option: str) -> Iterator[str]:
    """Give the files of a place in the order of their names; of a directory none that is hidden.

    A directory that may not be listed is given like a file, so that reading it says why.
    """
    if not os.path.isdir(place):
        if not os.path.exists(place):
            raise KeysError(f"{option} {place}", expected=EXPECTED, found="nothing there")
        yield place
        return
    unlistable: list[OSError] = []
    for directory, below, names in os.walk(place, onerror=unlistable.append):
        below[:] = sorted(name for name in below if not name.startswith("."))
        paths = (os.path.join(directory, name) for name in sorted(names) if name[0] != ".")
        yield from filter(os.path.isfile, paths)
    yield from (str(error.filename) for error in unlistable)


def read_file(path: str, passwords: _native.Passwords) -> KeyText | KeyProblem:
    """Return what a file holds, or why it could not be read."""
    try:
        if os.path.isdir(path):
            os.scandir(path).close()  # which says why it may not be listed
        octets = file_octets(path)
    except OSError as error:
        return KeyProblem(path, "unreadable", f"expected a file of keys, found {error.strerror}")
    try:
        file = _native.KeyFile(octets, passwords)
    finally:
        octets[:] = bytes(len(octets))
    return KeyText(file, tuple(KeyProblem(path, kind, text) for kind, text in file.problems))


def file_octets(path: str) -> bytearray:
    """Return the content of a file, or one byte more than is looked at; no other copy is made."""
    with open(path, "rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        octets = bytearray(min(max(size, LEAST_BUFFER_BYTES), MAX_FILE_BYTES) + 1)
        filled = 0
        while filled < len(octets):
            with memoryview(octets) as view, view[filled:] as place:
                count = file.readinto(place)
            if not count:
                break
            filled += count
            if filled == len(octets) <= MAX_FILE_BYTES:
                octets = moved(octets)
    del octets[filled:]
    return octets


def moved(octets: bytearray) -> bytearray:
    """Return a buffer twice as long with the same beginning, and wipe the old one."""
    longer = bytearray(min(2 * len(octets), MAX_FILE_BYTES + 1))
    longer[: len(octets)] = octets
    octets[:] = bytes(len(octets))
    return longer


def unusable(problems: Sequence[KeyProblem], option: str) -> KeysError:
    """Say what is wrong with the files that were named."""
    first = problems[0]
    others = [f"also {problem}" for problem in problems[1:NAMED_FILES]]
    if len(problems) > NAMED_FILES:
        others.append(f"and {len(problems) - NAMED_FILES} more files")
    return KeysError(
        f"{option} {first.path}", expected=EXPECTED, found="; ".join([first.text, *others])
    )
