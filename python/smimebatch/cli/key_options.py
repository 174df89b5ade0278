"""Options about keys and passwords, and what they come to: a vault."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated

import typer

from smimebatch.cli.options import KEYS_PANEL, word_or_path
from smimebatch.cli.saying import say
from smimebatch.cli.shared import with_options_of
from smimebatch.cli.token_options import AskedToken, asked_token
from smimebatch.errors import OptionError
from smimebatch.keys import Password, Vault
from smimebatch.keys.passwords import (
    password_of_command,
    password_of_environment,
    passwords_of_descriptor,
    passwords_of_file,
)
from smimebatch.keys.shared import MAIL_PASSWORD, SECRET_KEY, passwords_of_files
from smimebatch.keys.tokens import PKCS11

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
SignerOption = Annotated[
    list[str] | None,
    typer.Option(
        "--signer",
        metavar="PATH",
        help="Private keys to sign with and their certificates: a file (PKCS#12, PKCS#8 or PEM) or "
        "a directory with any number of them. Repeatable.",
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
SecretKeyOption = Annotated[
    list[str] | None,
    typer.Option(
        SECRET_KEY,
        metavar="FILE",
        help="Keys that senders have, too (kekri): one a line, IDENTIFIER:KEY in hexadecimal. "
        "Repeatable.",
        rich_help_panel=KEYS_PANEL,
        autocompletion=word_or_path(),
    ),
]
MailPasswordFileOption = Annotated[
    list[str] | None,
    typer.Option(
        MAIL_PASSWORD,
        metavar="FILE",
        help="Passwords that messages were encrypted with (pwri), one a line; each is tried. "
        "Repeatable.",
        rich_help_panel=KEYS_PANEL,
        autocompletion=word_or_path(),
    ),
]


@dataclass(frozen=True, slots=True)
class AskedKeys:
    """Where keys are, and what opens them; nothing is loaded before it is asked for."""

    places: Sequence[str]
    files: Sequence[str]
    descriptor: int | None
    variable: str | None
    command: str | None = field(repr=False)
    """Its arguments may be as secret as what it prints."""
    token: AskedToken | None = None
    secret_keys: Sequence[str] = ()
    mail_passwords: Sequence[str] = ()
    option: str = "--keys"

    def vault(self) -> Vault:
        """Load the keys of a command that cannot do without; their warnings go to stderr."""
        if not self.are_any:
            expected = f"at least one file or directory of keys, or {PKCS11}"
            if self.option == "--keys":
                expected += f", {SECRET_KEY} or {MAIL_PASSWORD}"
            raise OptionError(self.option, expected=expected, found="none")
        passwords: list[Password] = []
        for file in self.files:
            passwords.extend(passwords_of_file(file))
        if self.descriptor is not None:
            passwords.extend(passwords_of_descriptor(self.descriptor))
        if self.variable is not None:
            passwords.extend(password_of_environment(self.variable))
        if self.command is not None:
            passwords.extend(password_of_command(self.command))
        vault = Vault.load(
            *self.places,
            passwords=passwords,
            secret_keys=self.secret_keys,
            mail_passwords=passwords_of_files(self.mail_passwords, MAIL_PASSWORD),
            tokens=[] if self.token is None else self.token.opened(),
            option=self.option,
        )
        for warning in vault.warnings:
            say(f"smimebatch: {self.option} {warning}")
        return vault

    def vault_if_any(self) -> Vault | None:
        """Load the keys of a command that can do without them."""
        return self.vault() if self.are_any else None

    @property
    def are_any(self) -> bool:
        """Whether a key was given at all."""
        given = (self.places, self.token, self.secret_keys, self.mail_passwords)
        return any(given)


@with_options_of(asked_token)
def asked_keys(
    token: AskedToken | None,
    keys: KeysOption = None,
    password_file: PasswordFileOption = None,
    password_fd: PasswordFdOption = None,
    password_env: PasswordEnvOption = None,
    password_command: PasswordCommandOption = None,
    secret_key: SecretKeyOption = None,
    mail_password_file: MailPasswordFileOption = None,
) -> AskedKeys:
    """Take the options about keys."""
    return AskedKeys(
        keys or (),
        password_file or (),
        password_fd,
        password_env,
        password_command,
        token,
        secret_key or (),
        mail_password_file or (),
    )


@with_options_of(asked_token)
def asked_signers(
    token: AskedToken | None,
    signer: SignerOption = None,
    password_file: PasswordFileOption = None,
    password_fd: PasswordFdOption = None,
    password_env: PasswordEnvOption = None,
    password_command: PasswordCommandOption = None,
) -> AskedKeys:
    """Take the options about keys to sign with."""
    passwords = (password_file or (), password_fd, password_env, password_command)
    return AskedKeys(signer or (), *passwords, token, option="--signer")
