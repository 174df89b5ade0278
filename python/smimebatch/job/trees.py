"""Parts that are directories: many files of mail that get their names at once, by one rename.

What a commit keeps of one is what it keeps of a file: bytes, and a SHA-256, over a line for each
name below it in byte order: `name NUL size NUL SHA-256 LF`, and `name/ LF` for a directory. So a
commit is as small for 65,536 messages as for one, and a file that was changed, is gone or came in
between is noticed; which one, only the index of the mail says.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping

from smimebatch.job import disk

File = tuple[int, str]
"""Size and SHA-256 of a file."""
DIRECTORY = None
Names = Mapping[str, File | None]
"""What lies below a directory, by path; of directories nothing but that they are there."""


def names_below(tree: str) -> Iterator[tuple[str, bool]]:
    """Give everything below a directory, relative to it, and whether that is a directory."""
    pending = [""]
    while pending:
        above = pending.pop()
        with os.scandir(os.path.join(tree, above)) as entries:
            for entry in entries:
                is_directory = entry.is_dir(follow_symlinks=False)
                yield above + entry.name, is_directory
                if is_directory:
                    pending.append(above + entry.name + "/")


def files_below(tree: str) -> list[str]:
    """Return the paths of all files below a directory."""
    return [
        os.path.join(tree, name) for name, is_directory in names_below(tree) if not is_directory
    ]


def directories_of(tree: str) -> list[str]:
    """Return a directory and all below it."""
    below = (os.path.join(tree, name) for name, is_directory in names_below(tree) if is_directory)
    return [tree, *below]


def read_tree(tree: str) -> dict[str, File | None]:
    """Read every file below a directory."""
    found: dict[str, File | None] = {}
    for name, is_directory in names_below(tree):
        path = os.path.join(tree, name)
        found[name] = None if is_directory else (size_of(path), disk.sha256_of(path))
    return found


def size_of(path: str) -> int:
    """Return the bytes of a file, or of all files below a directory; OSError where nothing is."""
    if not os.path.isdir(path):
        return os.path.getsize(path)
    return sum(map(os.path.getsize, files_below(path)))


def sha256_of(path: str) -> str:
    """Return the SHA-256 of a file, or of what lies below a directory."""
    return tree_sha256(read_tree(path)) if os.path.isdir(path) else disk.sha256_of(path)


def tree_sha256(names: Names) -> str:
    """Return the SHA-256 that stands for a directory."""
    digest = hashlib.sha256()
    for name in sorted(names, key=os.fsencode):
        file = names[name]
        said = "/" if file is None else f"\0{file[0]}\0{file[1]}"
        digest.update(os.fsencode(name + said) + b"\n")
    return digest.hexdigest()
