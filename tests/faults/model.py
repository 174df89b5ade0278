"""A disk that keeps only what it was asked to keep: what a power cut leaves of a run.

The calls that the shim wrote down are done again on a model. It knows the content of every file
and the names in every directory, as programs see them, and which of both were synced: content by
fsync of the file, names by fsync of the directory that has them. A file system may keep more than
that; how much more it keeps is a choice of the caller (`Kept`).
"""

from __future__ import annotations

import os
import pathlib
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

CREATE, TRUNCATE = os.O_CREAT, os.O_TRUNC


class Call(NamedTuple):
    """One call that took effect."""

    letter: str
    """O open, W write, S sync, T truncate, R rename, L link, U unlink or rmdir, M mkdir."""
    descriptor: int
    number: int
    """Flags of opening, offset of writing, length of truncating."""
    path: str
    to: str
    """Of R and L."""
    content: bytes

    @property
    def changes(self) -> bool:
        """Whether the directory is another after it, or more of it is on the disk."""
        return self.letter != "O" or bool(self.number)


def calls_of(record: bytes) -> Iterator[Call]:
    """Read what the shim wrote down."""
    at = 0
    while at < len(record):
        end = record.index(b"\n", at)
        letter, descriptor, number, one, other = record[at:end].decode().split(" ")
        at, middle = end + 1, end + 1 + int(one)
        path, _, to = record[at:middle].decode().partition("\n")
        at = middle + int(other)
        yield Call(letter, int(descriptor), int(number), path, to, record[middle:at])


class Kept(Enum):
    """What survives beside that which was synced."""

    NOTHING = "nothing"
    NAMES = "names"
    """Every name, with zeros where content was not synced."""
    SOME = "some"
    """Names up to a moment, and of each content nothing, zeros, a beginning or all."""


@dataclass(eq=False)
class Node:
    """A file or directory."""

    is_folder: bool
    content: bytearray = field(default_factory=bytearray)
    synced: bytes = b""


@dataclass
class Edit:
    """A name that came or went."""

    call: int
    folder: Node
    name: str
    node: Node | None
    is_synced: bool = False


class Disk:
    """Everything below one directory, which was there and synced before."""

    def __init__(self, top: str) -> None:
        self._top = top
        self._root = Node(is_folder=True)
        self._edits: list[Edit] = []
        self._names: dict[Node, dict[str, Node]] = {self._root: {}}
        self._opened: dict[int, Node] = {}
        self._calls = 0

    def do(self, call: Call) -> None:
        """Do one call again."""
        self._calls += 1
        match call.letter:
            case "O":
                self._open(call)
            case "W":
                node, end = self._opened[call.descriptor], call.number + len(call.content)
                node.content.extend(bytes(max(0, end - len(node.content))))
                node.content[call.number : end] = call.content
            case "T":
                named = call.descriptor < 0
                node = self._node(call.path) if named else self._opened[call.descriptor]
                assert node is not None
                del node.content[call.number :]
            case "S":
                self._sync(self._opened[call.descriptor])
            case "R" | "L":
                self._name(call.to, self._node(call.path))
                if call.letter == "R":
                    self._name(call.path, None)
            case "U":
                self._name(call.path, None)
            case "M":
                self._name(call.path, Node(is_folder=True))

    def _open(self, call: Call) -> None:
        node = self._node(call.path)
        if node is None:
            node = Node(is_folder=False)
            self._name(call.path, node)
        if call.number & TRUNCATE:
            node.content.clear()
        self._opened[call.descriptor] = node

    def _sync(self, node: Node) -> None:
        node.synced = bytes(node.content)
        for edit in self._edits:
            edit.is_synced = edit.is_synced or edit.folder is node

    def _node(self, path: str) -> Node | None:
        node: Node | None = self._root
        for name in pathlib.PurePath(path).relative_to(self._top).parts:
            node = None if node is None else self._names[node].get(name)
        return node

    def _name(self, path: str, node: Node | None) -> None:
        folder, name = self._node(os.path.dirname(path)), os.path.basename(path)
        assert folder is not None, path
        self._edits.append(Edit(self._calls, folder, name, node))
        if node is None:
            del self._names[folder][name]
            return
        self._names[folder][name] = node
        if node.is_folder:
            self._names.setdefault(node, {})

    def files(self, kept: Kept | None, chance: random.Random | None = None) -> dict[str, bytes]:
        """Give every file by its path, as it is seen now, or as a power cut leaves it.

        An empty directory is a path with a slash at the end.
        """
        chance = chance or random.Random(0)
        until = 0 if kept is Kept.NOTHING else self._calls
        if kept is Kept.SOME:
            until = chance.randint(0, self._calls)
        names: dict[Node, dict[str, Node | None]] = {}
        for edit in self._edits:
            if edit.is_synced or edit.call <= until:
                names.setdefault(edit.folder, {})[edit.name] = edit.node
        found: dict[str, bytes] = {}
        waiting = [("", self._root)]
        while waiting:
            prefix, folder = waiting.pop()
            for name, node in sorted(names.get(folder, {}).items()):
                if node is not None and node.is_folder:
                    found[f"{prefix}{name}/"] = b""
                    waiting.append((f"{prefix}{name}/", node))
                elif node is not None:
                    found[prefix + name] = content_of(node, kept, chance)
        return found


def content_of(node: Node, kept: Kept | None, chance: random.Random) -> bytes:
    """Return what is in a file."""
    seen = bytes(node.content)
    zeros = node.synced[: len(seen)] + bytes(max(0, len(seen) - len(node.synced)))
    match kept:
        case None:
            return seen
        case Kept.NOTHING:
            return node.synced
        case Kept.NAMES:
            return zeros
        case Kept.SOME:
            cut = chance.randint(min(len(node.synced), len(seen)), len(seen))
            begun = seen[:cut] if seen.startswith(node.synced) else zeros
            return chance.choice([node.synced, zeros, begun, seen])


def write_out(files: dict[str, bytes], top: pathlib.Path) -> None:
    """Make these files."""
    for name, content in sorted(files.items()):
        path = top / name
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
