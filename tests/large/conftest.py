"""Keys, and archives in which some messages are larger than what is held here."""

from __future__ import annotations

import pathlib
from dataclasses import dataclass

import pytest
from tests.plain_mail import plain_message
from tests.sealing.keyring import NOW, Keyring

HELD_BYTES = 100_000
LINE = b"a line of seventy or so octets, as mail programs like to write them .....\n"
SECRET = b"7f1c9d, which nobody else says"


@pytest.fixture(scope="session")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    keyring = Keyring(tmp_path_factory.mktemp("keyring"))
    for name in ("rsa", "p256"):
        keyring.add(name)
    return keyring


@pytest.fixture
def little_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have jobs that write mail hold little of it."""
    monkeypatch.setenv("SMIMEBATCH_MAIL_HELD_BYTES", str(HELD_BYTES))


def large(number: int, line_end: bytes = b"\n", octets: int = 2_300_000) -> bytes:
    """Return a message in clear, with lines that an mbox quotes."""
    body = SECRET + b"\nFrom here on\n>From there\n" + LINE * (octets // len(LINE)) + b"no end"
    return plain_message(number, body).replace(b"\n", line_end)


@dataclass(frozen=True)
class House:
    """Small and large messages in turn."""

    keyring: Keyring
    folder: pathlib.Path
    clear: list[bytes]

    def options(self, *names: str) -> dict[str, object]:
        """Return what every job is given."""
        return {"now": NOW, "vault": self.keyring.vault(*names), "jobs": 2}

    def to(self, name: str = "rsa") -> pathlib.Path:
        """Return a certificate."""
        return self.keyring.certificate(name)


@pytest.fixture(scope="session")
def house(keyring: Keyring, tmp_path_factory: pytest.TempPathFactory) -> House:
    folder = tmp_path_factory.mktemp("house")
    clear = [
        plain_message(0, b"small\n"),
        large(1),
        large(2, b"\r\n"),
        plain_message(3, b"small, too\n"),
        large(4, octets=HELD_BYTES),
    ]
    (folder / "eml").mkdir()
    for number, message in enumerate(clear):
        (folder / "eml" / f"{number}.eml").write_bytes(message)
    return House(keyring, folder, clear)
