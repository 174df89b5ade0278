"""Options about private keys, and what they come to: a vault."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from smimebatch.cli.options import KEYS_PANEL, word_or_path
from smimebatch.errors import OptionError
from smimebatch.keys import Password, Vault
from smimebatch.keys.passwords import (
    password_of_command,
    password_of_environment,
    passwords_of_descriptor,
    passwords_of_file,
)

KeysOption = Annotated[
    list[str] | None,
    typer.Option(
        "--keys",
        metavar="PATH",
        help="Private keys and their certificates: a file (PKCS#12, PKCS#8 or PEM) or a directory "
        "with any number of them. Repeatable.",
        rich_help_panel=KEYS_PANEL,
        autocompletion=word_or_path(),
    ),
]
PasswordFileOption = Annotated[
    list[str] | None,
    typer.Option(
        "--password-file",
        metavar="FILE",
        help="Passwords of the keys, one a line; each is tried at each file. Repeatable.",
        rich_help_panel=KEYS_PANEL,
        autocompletion=word_or_path(),
    ),
]
PasswordFdOption = Annotated[
    int | None,
    typer.Option(
        "--password-fd",
        metavar="N",
        help="An open descriptor that gives passwords, one a line.",
        rich_help_panel=KEYS_PANEL,
    ),
]
PasswordEnvOption = Annotated[
    str | None,
    typer.Option(
        "--password-env",
        metavar="NAME",
        help="A variable of the environment that holds a password.",
        rich_help_panel=KEYS_PANEL,
    ),
]
PasswordCommandOption = Annotated[
    str | None,
    typer.Option(
        "--password-command",
        metavar="COMMAND",
        help="A command that prints a password; no shell runs it.",
        rich_help_panel=KEYS_PANEL,
    ),
]


def loaded_vault(
    keys: list[str] | None,
    files: list[str] | None,
    descriptor: int | None,
    variable: str | None,
    command: str | None,
) -> Vault:
    """Load the keys of a command that cannot do without; their warnings go to stderr."""
    if not keys:
        raise OptionError("--keys", expected="at least one file or directory of keys", found="none")
    passwords: list[Password] = []
    for file in files or ():
        passwords.extend(passwords_of_file(file))
    if descriptor is not None:
        passwords.extend(passwords_of_descriptor(descriptor))
    if variable is not None:
        passwords.extend(password_of_environment(variable))
    if command is not None:
        passwords.extend(password_of_command(command))
    vault = Vault.load(*keys, passwords=passwords)
    for warning in vault.warnings:
        sys.stderr.write(f"smimebatch: --keys {warning}\n")
    return vault
