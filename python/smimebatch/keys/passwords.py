"""Passwords of keys: from a file, a descriptor, the environment or a command, never from argv.

A file or descriptor may give several, one a line. They are octets: what encoding a file of keys
wants is the core's business.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from typing import NoReturn

from smimebatch.errors import KeysError

MAX_BYTES = 1 << 20
"""Of a file of passwords, far above any list of them."""
EXPECTED = "a password, or several of them, one a line"


class Password:
    """A password that nothing prints or pickles."""

    __slots__ = ("octets",)

    def __init__(self, octets: bytes) -> None:
        self.octets = octets

    @classmethod
    def of(cls, given: Password | bytes | str) -> Password:
        """Return it as a Password; text is taken as UTF-8."""
        if isinstance(given, Password):
            return given
        return cls(given.encode(errors="surrogateescape") if isinstance(given, str) else given)

    def __repr__(self) -> str:
        return "<Password>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a password cannot be pickled")


def passwords_of_file(path: str, option: str = "--password-file") -> list[Password]:
    """Return the passwords of a file, one a line."""
    subject = f"{option} {path}"
    try:
        with open(path, "rb") as file:
            return lines_of(file.read(MAX_BYTES + 1), subject)
    except OSError as error:
        reason = error.strerror
    raise KeysError(subject, expected=EXPECTED, found=str(reason))


def passwords_of_descriptor(descriptor: int, option: str = "--password-fd") -> list[Password]:
    """Return the passwords that an open descriptor gives to its end, one a line, and close it."""
    subject = f"{option} {descriptor}"
    try:
        with os.fdopen(descriptor, "rb") as file:
            return lines_of(file.read(MAX_BYTES + 1), subject)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no open descriptor"
    raise KeysError(subject, expected=EXPECTED, found=reason)


def password_of_environment(name: str, option: str = "--password-env") -> list[Password]:
    """Take the one password out of a variable of the environment; it may be empty.

    The variable is gone then: no command that is run later has it (RULES 40).
    """
    octets = os.environb.pop(os.fsencode(name), None)
    if octets is None:
        raise KeysError(f"{option} {name}", expected="a password", found="no such variable")
    return [Password(octets)]


def password_of_command(command: str, option: str = "--password-command") -> list[Password]:
    """Return the first line that a command prints; no shell runs it, and it gets no descriptor.

    Its errors go where ours go, so that it can say what it lacks.
    """
    try:
        arguments = shlex.split(command)
    except ValueError as error:
        reason = str(error)
        arguments = []
    else:
        reason = "an empty command"
    # Only the program is named: arguments may be as secret as what they get.
    subject = f"{option} {arguments[0]}" if arguments else option
    if arguments:
        reason, octets = output_of(arguments)
        if not reason:
            return [Password(octets.split(b"\n", 1)[0].removesuffix(b"\r"))]
    raise KeysError(subject, expected="a command that prints a password", found=reason)


def output_of(arguments: list[str]) -> tuple[str, bytes]:
    """Return why a command failed, or an empty string, and what it printed."""
    try:
        done = subprocess.run(  # noqa: S603 - what the operator asked for
            arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, close_fds=True, check=False
        )
    except OSError as error:
        return str(error.strerror), b""
    if done.returncode:
        return f"exit status {done.returncode}", b""
    if not done.stdout:
        return "no output", b""
    return "", done.stdout


def lines_of(octets: bytes, subject: str) -> list[Password]:
    """Return each line that is not empty: the empty password is tried anyway."""
    if len(octets) > MAX_BYTES:
        raise KeysError(subject, expected=f"at most {MAX_BYTES} bytes", found="more")
    lines = octets.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").split(b"\n")
    found = [Password(line) for line in lines if line]
    if not found:
        raise KeysError(subject, expected=EXPECTED, found="none")
    return found
