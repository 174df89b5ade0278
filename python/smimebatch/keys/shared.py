"""Secrets that senders have, too: key-encryption keys from files, and passwords of messages.

A file of keys has one a line, `IDENTIFIER:KEY`, both in hexadecimal; its octets are wiped once they
are read. Keys and passwords then live in the core, like private keys.
"""

from __future__ import annotations

import os
import re
import weakref
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NoReturn

from smimebatch import _native
from smimebatch.errors import KeysError
from smimebatch.keys import core_dumps
from smimebatch.keys.files import NAMED_FILES, file_octets
from smimebatch.keys.passwords import Password, passwords_of_file

SECRET_KEY, MAIL_PASSWORD = "--secret-key", "--mail-password-file"
TO_SECRET_KEY, TO_PASSWORD = "--to-secret-key", "--to-password-file"
EXPECTED_KEYS = "lines IDENTIFIER:KEY in hexadecimal, keys of 16, 24 or 32 octets"
IDENTIFIER = re.compile(rb"^[ \t\r\f]*([0-9A-Fa-f]+)[ \t\r\f]*:", re.MULTILINE)
"""Of a line of such a file; the key behind it is not copied."""
LEAST_PASSWORD_OCTETS = 8
"""Of a password for new mail (SP 800-63B section 5.1.1)."""
Place = str | os.PathLike[str]
AnyPassword = Password | bytes | str


@dataclass(frozen=True, slots=True, repr=False, eq=False, weakref_slot=True)
class SharedSecrets:
    """Keys and passwords that senders have, too."""

    files: tuple[_native.KeyFile, ...] = ()

    @classmethod
    def load(
        cls,
        secret_keys: Place | Iterable[Place] = (),
        passwords: AnyPassword | Iterable[AnyPassword] = (),
        option: str = SECRET_KEY,
    ) -> SharedSecrets:
        """Read files of keys and take passwords; KeysError names the file and line, and no more."""
        with core_dumps.forbidden():
            files = [keys_of_file(os.fspath(path), option) for path in listed(secret_keys)]
            if given := listed_passwords(passwords):
                files.append(_native.KeyFile.of_shared_passwords([it.octets for it in given]))
            secrets = cls(tuple(files))
            if files:
                weakref.finalize(secrets, core_dumps.forbid()).atexit = False
            return secrets

    @classmethod
    def for_new_mail(
        cls,
        secret_keys: Place | Iterable[Place],
        passwords: AnyPassword | Iterable[AnyPassword],
    ) -> SharedSecrets:
        """As `load`, of what mail is to be encrypted with (RULES 39)."""
        given = listed_passwords(passwords)
        if any(len(password.octets) < LEAST_PASSWORD_OCTETS for password in given):
            expected = f"passwords of {LEAST_PASSWORD_OCTETS} octets or more"
            raise KeysError(TO_PASSWORD, expected=expected, found="a shorter one")
        secrets = cls.load(secret_keys, given, TO_SECRET_KEY)
        refuse_namesakes((name for file in secrets.files for name in file.shared), TO_SECRET_KEY)
        return secrets

    @property
    def ids(self) -> tuple[str, ...]:
        """What columns call them: identifiers of keys, and of passwords the place."""
        return tuple(dict.fromkeys(name for file in self.files for name in file.shared))

    def __bool__(self) -> bool:
        return any(file.shared for file in self.files)

    def __repr__(self) -> str:
        return f"<SharedSecrets: {len(self.ids)}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("secrets cannot be pickled: they stay in this process")


def keys_of_file(path: str, option: str) -> _native.KeyFile:
    """Return the keys of a file, of which every line has to be one."""
    subject = f"{option} {path}"
    try:
        octets = file_octets(path)
    except OSError as error:
        raise KeysError(subject, expected=EXPECTED_KEYS, found=str(error.strerror)) from None
    try:
        if option == TO_SECRET_KEY:
            names = (name.decode().lower() for name in IDENTIFIER.findall(octets))
            refuse_namesakes(names, subject)
        file = _native.KeyFile.of_shared_keys(octets)
    finally:
        octets[:] = bytes(len(octets))
    found = [text for _, text in file.problems[:NAMED_FILES]]
    if not file.shared:
        found = found or ["none"]
    if found:
        raise KeysError(subject, expected=EXPECTED_KEYS, found="; ".join(found))
    return file


def refuse_namesakes(names: Iterable[str], subject: str) -> None:
    """Refuse several keys of one identifier for new mail, which names them by nothing else."""
    doubled = sorted(name for name, count in Counter(names).items() if count > 1)
    if doubled:
        expected = "keys that differ in their identifiers"
        found = f"several of {', '.join(doubled[:NAMED_FILES])}"
        raise KeysError(subject, expected=expected, found=found)


def passwords_of_files(paths: Iterable[str], option: str) -> list[Password]:
    """Return the passwords of files, one a line."""
    return [password for path in paths for password in passwords_of_file(path, option)]


def listed(places: Place | Iterable[Place]) -> Sequence[Place]:
    """Return one place as a list of it."""
    return [places] if isinstance(places, str | os.PathLike) else list(places)


def listed_passwords(passwords: AnyPassword | Iterable[AnyPassword]) -> list[Password]:
    """Return one password as a list of it."""
    if isinstance(passwords, (Password, bytes, str)):
        passwords = [passwords]
    return [Password.of(password) for password in passwords]
