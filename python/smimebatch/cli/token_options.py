"""Options about a PKCS#11 token and its PIN, and what they come to: an open token."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

import typer

from smimebatch.cli.options import KEYS_PANEL, word_or_path
from smimebatch.errors import KeysError, OptionError
from smimebatch.keys.passwords import (
    Password,
    password_of_command,
    password_of_environment,
    passwords_of_descriptor,
    passwords_of_file,
)
from smimebatch.keys.tokens import PIN, PKCS11, TOKEN, Token

Pkcs11Option = Annotated[
    str | None,
    typer.Option(
        PKCS11,
        metavar="MODULE",
        help="Keys on a token: the PKCS#11 module that comes with it, such as "
        "/usr/lib/softhsm/libsofthsm2.so.",
        rich_help_panel=KEYS_PANEL,
        autocompletion=word_or_path(),
    ),
]
TokenOption = Annotated[
    str | None,
    typer.Option(
        TOKEN,
        metavar="LABEL",
        help="Which token, where the module has several.",
        rich_help_panel=KEYS_PANEL,
    ),
]
PinFileOption = Annotated[
    str | None,
    typer.Option(
        PIN,
        metavar="FILE",
        help="The PIN of the token: a file of one line. A wrong one is tried once and no more.",
        rich_help_panel=KEYS_PANEL,
        autocompletion=word_or_path(),
    ),
]
PinFdOption = Annotated[
    int | None,
    typer.Option(
        "--pin-fd",
        metavar="N",
        help="An open descriptor that gives the PIN.",
        rich_help_panel=KEYS_PANEL,
    ),
]
PinEnvOption = Annotated[
    str | None,
    typer.Option(
        "--pin-env",
        metavar="NAME",
        help="A variable of the environment that holds the PIN.",
        rich_help_panel=KEYS_PANEL,
    ),
]
PinCommandOption = Annotated[
    str | None,
    typer.Option(
        "--pin-command",
        metavar="COMMAND",
        help="A command that prints the PIN; no shell runs it.",
        rich_help_panel=KEYS_PANEL,
    ),
]


@dataclass(frozen=True, slots=True)
class AskedToken:
    """Which token, and where its PIN is; nothing is opened before it is asked for."""

    module: str
    label: str | None
    file: str | None
    descriptor: int | None
    variable: str | None
    command: str | None = field(repr=False)
    """Its arguments may be as secret as what it prints."""

    def opened(self) -> Token:
        """Open it; KeysError where that cannot be."""
        return Token.open(self.module, self.label, pin=self.pin())

    def pin(self) -> Password | None:
        """Return the PIN, or nothing where nothing says where it is."""
        found: list[Password] = []
        if self.file is not None:
            found += passwords_of_file(self.file, PIN)
        if self.descriptor is not None:
            found += passwords_of_descriptor(self.descriptor, "--pin-fd")
        if self.variable is not None:
            found += password_of_environment(self.variable, "--pin-env")
        if self.command is not None:
            found += password_of_command(self.command, "--pin-command")
        if len(found) > 1:
            raise KeysError(PIN, expected="one PIN: a second is never tried", found="several")
        return found[0] if found else None


def asked_token(
    pkcs11: Pkcs11Option = None,
    token: TokenOption = None,
    pin_file: PinFileOption = None,
    pin_fd: PinFdOption = None,
    pin_env: PinEnvOption = None,
    pin_command: PinCommandOption = None,
) -> AskedToken | None:
    """Take the options about a token."""
    others = (token, pin_file, pin_fd, pin_env, pin_command)
    if pkcs11 is not None:
        return AskedToken(pkcs11, *others)
    if any(it is not None for it in others):
        expected = f"the module of the token that {TOKEN} and its PIN are for"
        raise OptionError(PKCS11, expected=expected, found="none")
    return None
