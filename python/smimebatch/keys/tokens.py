"""PKCS#11 tokens: a module, the label of a token and its PIN -> keys that stay where they are.

The token does the private operation alone; a PIN is tried once, never again by itself, and kept
nowhere. As long as a vault has the token, it is open.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn

from smimebatch import _native
from smimebatch.errors import KeysError
from smimebatch.keys import core_dumps
from smimebatch.keys.files import KeyProblem
from smimebatch.keys.passwords import Password

PKCS11, TOKEN, PIN = "--pkcs11", "--token", "--pin-file"
EXPECTED = "a private key on it that decrypts, agrees or signs"


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Token:
    """A token that is open."""

    native: _native.Token

    @classmethod
    def open(
        cls,
        module: str | os.PathLike[str],
        label: str | None = None,
        *,
        pin: Password | bytes | str | None = None,
    ) -> Token:
        """Open the token of that label, or the only one that is there; KeysError if that fails.

        `module` is the shared library that comes with the token. Without a `pin` the token has to
        ask for none, or to have keys of its own to enter it. A wrong one is tried once: after a few
        tries tokens lock themselves. While a token is open in this process, only the PIN
        that opened it counts.
        """
        octets = None if pin is None else Password.of(pin).octets
        # Not from within the handler: a traceback would show who had the PIN.
        failure: tuple[str, str, str, str] | None = None
        try:
            with core_dumps.forbidden():
                token = cls(_native.Token(os.fspath(module), label, octets))
        except ValueError as error:
            about, expected, found, remedy = error.args
            failure = (about, expected, found, remedy)
        if failure is None:
            return token
        about, expected, found, remedy = failure
        named = f"{TOKEN} {label}" if label is not None else TOKEN
        subjects = {"module": f"{PKCS11} {os.fspath(module)}", "token": named, "pin": PIN}
        raise KeysError(subjects[about], expected=expected, found=found, remedy=remedy)

    @property
    def problems(self) -> tuple[KeyProblem, ...]:
        """Keys and certificates of it that cannot be used."""
        return tuple(KeyProblem(str(self), kind, text) for kind, text in self.native.problems)

    def check_useful(self) -> None:
        """Refuse a token without a key: it was named for the sake of one."""
        if not self.native.file.counts[0]:
            found = "; ".join(problem.text for problem in self.problems[:1])
            raise KeysError(str(self), expected=EXPECTED, found=found or "no private key")

    def __str__(self) -> str:
        return f"token {self.native.label!r}"

    def __repr__(self) -> str:
        return f"<Token {self.native.label!r}: {self.native.file.counts[0]} keys>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a token cannot be pickled: its keys stay in it")


def listed_tokens(tokens: Token | Iterable[Token]) -> tuple[Token, ...]:
    """Return one token as several; one without a key is an error."""
    listed = (tokens,) if isinstance(tokens, Token) else tuple(tokens)
    for token in listed:
        token.check_useful()
    return listed
