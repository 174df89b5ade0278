"""Private keys and their certificates: loaded once, before anything is read, then frozen.

`files` finds them, `objects` takes those of `cryptography`, `passwords` what opens them, `tokens`
those that stay in a token, `shared` reads what senders have, too, and `core_dumps` keeps a crash
from writing any of it down.
What a file holds is the core's business: keys live there, are zeroed when the vault goes, and
cannot be got out, printed or pickled.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NoReturn

from smimebatch import _native
from smimebatch.errors import KeysError
from smimebatch.keys import core_dumps
from smimebatch.keys.files import EXPECTED, KeyProblem, KeyTexts, load_places
from smimebatch.keys.objects import KeyObject, file_of_object
from smimebatch.keys.passwords import Password
from smimebatch.keys.shared import AnyPassword, Place, SharedSecrets, listed_passwords
from smimebatch.keys.tokens import Token, listed_tokens

__all__ = ["KeyProblem", "KeyStatement", "Password", "Token", "Vault"]

NAMED_WARNINGS = 20
"""Files that cannot be used and are named; of further ones only the number is told."""


@dataclass(frozen=True, slots=True)
class KeyStatement:
    """What may be said of a private key."""

    id: str
    """SHA-256 of the SubjectPublicKeyInfo, in hex."""
    algorithm: str
    public_key: bytes
    """DER of the SubjectPublicKeyInfo."""


@dataclass(frozen=True, slots=True, repr=False, eq=False, weakref_slot=True)
class Vault:
    """Private keys with their certificates; expired ones are as good as any."""

    native: _native.Vault
    problems: tuple[KeyProblem, ...] = ()
    """What could not be read, file by file."""
    skipped: int = 0
    """Files of directories that are no files of keys or certificates."""
    shared: SharedSecrets = field(default_factory=SharedSecrets)
    """Keys and passwords that senders have, too."""

    @classmethod
    def load(
        cls,
        *places: Place | KeyObject,
        passwords: AnyPassword | Iterable[AnyPassword] = (),
        secret_keys: Place | Iterable[Place] = (),
        mail_passwords: AnyPassword | Iterable[AnyPassword] = (),
        tokens: Token | Iterable[Token] = (),
        option: str = "--keys",
    ) -> Vault:
        """Load keys; KeysError names the place that is unusable, and the option.

        A place is a file (PKCS#12, PKCS#8, PKCS#1, SEC 1, certificates; DER or PEM), a directory
        with such files at any depth, or a private key or certificate of `cryptography`. All
        passwords are tried at each file in order, then the empty one. No core dump is written while
        a vault is alive.

        `secret_keys` are files of keys that senders have, too (a line each: identifier, colon, key,
        in hexadecimal), `mail_passwords` those that messages were encrypted with, `tokens` what
        `Token.open` opens. With any of them there need be no place.
        """
        with core_dumps.forbidden():
            given = _native.Passwords([it.octets for it in listed_passwords(passwords)])
            paths = [os.fspath(it) for it in places if isinstance(it, str | os.PathLike)]
            objects = [it for it in places if not isinstance(it, str | os.PathLike)]
            loaded = load_places(paths, given, option)
            of_objects = [file_of_object(it, given, option) for it in objects]
            shared = SharedSecrets.load(secret_keys, mail_passwords)
            opened = listed_tokens(tokens)
            # A key that is in a file, too, is used from there: that is faster.
            files = [*(text.native for text in loaded.texts), *of_objects]
            files += [it.native.file for it in opened]
            native = _native.Vault([*files, *shared.files])
            if not native.counts[0] and (places or not shared):
                raise no_key(paths, loaded, option)
            of_tokens = (problem for token in opened for problem in token.problems)
            vault = cls(native, (*loaded.problems, *of_tokens), loaded.skipped, shared)
            # Not at exit: keys are still there then, and a crash can still come.
            weakref.finalize(vault, core_dumps.forbid()).atexit = False
            return vault

    @property
    def keys(self) -> tuple[KeyStatement, ...]:
        """What may be said of each key, sorted by id."""
        return tuple(KeyStatement(*said) for said in self.native.keys)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the operator should know about the files."""
        told = [f"{problem}; left out" for problem in self.problems[:NAMED_WARNINGS]]
        if len(self.problems) > len(told):
            told.append(f"{len(self.problems) - len(told)} more keys or files were left out")
        if self.native.bare_keys:
            told.append(
                f"{self.native.bare_keys} of {len(self.keys)} keys came without a certificate, "
                "which is what mail names nearly always: give the certificates, too"
            )
        return tuple(told)

    def __repr__(self) -> str:
        keys, certificates = self.native.counts
        others = f", {len(self.shared.ids)} shared secrets" if self.shared else ""
        return f"<Vault: {keys} keys, {certificates} certificates{others}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a vault cannot be pickled: its keys stay in this process")


def no_key(places: Iterable[str], loaded: KeyTexts, option: str) -> KeysError:
    """Say that there is no private key at all, and why the first file gave none."""
    found = "no private key in any file"
    if loaded.problems:
        found += f"; {loaded.problems[0]}"
    named = " ".join(places)
    return KeysError(f"{option} {named}".rstrip(), expected=EXPECTED, found=found)
