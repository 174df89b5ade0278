"""What every test shares: the fixture mails, and real mail that lies outside the repository."""

from __future__ import annotations

import lzma
import os
import pathlib
import sys

import pytest

TESTS = pathlib.Path(__file__).parent
sys.path.insert(0, str(TESTS))
sys.path.insert(0, str(TESTS / "interop"))

from world import World  # noqa: E402

import contract  # noqa: E402
from smimebatch.cli import exit_code_of_command  # noqa: E402

SLOW = ("faults", "large", "tokens", "job", "sealing", "signing", "archive25", "mail_formats")
"""Folders whose files are begun first, so that no core waits for the others at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.parent.name not in SLOW)


@pytest.fixture(scope="session")
def mail_folder() -> pathlib.Path:
    """The committed fixture mails, or the folder `make interop` has just made."""
    return pathlib.Path(os.environ.get("SMIMEBATCH_FIXTURES", TESTS / "data" / "mail"))


@pytest.fixture(scope="session")
def mails(mail_folder: pathlib.Path) -> dict[str, contract.Mail]:
    return contract.load_mails(mail_folder)


@pytest.fixture(scope="session")
def world() -> World:
    """The test PKI, its keys made for this run."""
    return World()


@pytest.fixture(scope="session")
def mozilla_certdata() -> bytes:
    """Mozilla's root list that the shipped roots are made of."""
    with lzma.open(TESTS / "data" / "trust" / "certdata.txt.xz") as file:
        return file.read()


@pytest.fixture(scope="session")
def real_mail() -> pathlib.Path:
    """Real mail of real people: read where it lies, never copied into the repository."""
    named = os.environ.get("SMIMEBATCH_SHARED")
    for folder in [pathlib.Path(named)] if named else [above / "shared" for above in TESTS.parents]:
        if (folder / "data" / "real").is_dir():
            return folder / "data" / "real"
    pytest.skip(
        "NO REAL MAIL HERE: no parent folder has shared/data/real, SMIMEBATCH_SHARED names none;"
        " `make test-real` runs these tests where it is"
    )


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs a command in this process: exit code, stdout, stderr."""

    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["smimebatch", *map(str, arguments)])
        code = exit_code_of_command()
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command
