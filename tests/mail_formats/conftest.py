"""A key, an archive of every kind, and the messages that are in it."""

from __future__ import annotations

import mailbox
import pathlib
from dataclasses import dataclass

import pyarrow.parquet as pq
import pytest
from tests.plain_mail import plain_message
from tests.sealing.keyring import NOW, Keyring

import smimebatch as sb

FROM_LINE = b"From person@example.com Mon Mar  1 10:00:00 2021\n"
COUNT = 9
UNIT = 4


@pytest.fixture(scope="session")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    keyring = Keyring(tmp_path_factory.mktemp("keyring"))
    for name in ("p256", "p384"):
        keyring.add(name)
    return keyring


@dataclass(frozen=True)
class House:
    """The same messages as mbox, EML files and Maildir; every second one is encrypted."""

    keyring: Keyring
    folder: pathlib.Path
    messages: list[bytes]
    clear: list[bytes]
    """The same before any was encrypted."""

    @property
    def options(self):
        return {"now": NOW, "vault": self.keyring.vault("p256", "p384"), "unit_messages": UNIT}

    def archive(self, form):
        return self.folder / ("a.mbox" if form == "mbox" else form)


def plain(number):
    body = b"Dear all,\n\nFrom here on\n>From there\nit is %d.\n" % number
    return plain_message(number, body if number % 3 else body.removesuffix(b"\n"))


@pytest.fixture(scope="session")
def house(keyring, tmp_path_factory):
    folder = tmp_path_factory.mktemp("archives")
    (folder / "clear").mkdir()
    clear = [plain(number) for number in range(COUNT)]
    for number, message in enumerate(clear):
        (folder / "clear" / f"{number}.eml").write_bytes(message)
    sb.encrypt(
        folder / "clear",
        to=keyring.certificate("p256"),
        output=folder / "sealed",
        output_format="parquet",
        now=NOW,
    )
    rows = pq.read_table(folder / "sealed" / "mail").to_pylist()
    sealed = [row["raw"] for row in rows]
    messages = [sealed[it] if it % 2 else message for it, message in enumerate(clear)]
    (folder / "eml").mkdir()
    box = mailbox.Maildir(folder / "maildir")
    for number, message in enumerate(messages):
        (folder / "eml" / f"{number}.eml").write_bytes(message)
        (folder / "maildir" / "cur" / f"{number}.x:2,S").write_bytes(message)
    assert len(box) == COUNT
    lines = [it.replace(b"\nFrom ", b"\n>From ") for it in messages]
    ended = [it if it.endswith(b"\n") else it + b"\n" for it in lines]
    (folder / "a.mbox").write_bytes(b"".join(FROM_LINE + it + b"\n" for it in ended))
    return House(keyring, folder, messages, clear)
