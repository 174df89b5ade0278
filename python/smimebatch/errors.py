"""Mistakes of the caller, and nothing else: what a message turned out to be is never an exception.

Every error says what was expected, what was found and what to do, and carries the exit code of the
command line (OUTPUT.md). Input places that could not be read are rows of the dataset `errors`
(`smimebatch.sources.items`), not exceptions.
"""

from __future__ import annotations


class SmimeBatchError(Exception):
    """Something is wrong with the call or its set-up; nothing was read unless the class says so."""

    exit_code = 2

    def __init__(
        self, subject: str, *, expected: str = "", found: str = "", remedy: str = ""
    ) -> None:
        self.subject = subject
        self.expected = expected
        self.found = found
        self.remedy = remedy
        parts = [subject]
        if expected:
            parts.append(f"expected {expected}")
        if found:
            parts.append(f"found {found}")
        if remedy:
            parts.append(f"do: {remedy}")
        super().__init__("; ".join(parts))


class OptionError(SmimeBatchError):
    """An option has a value it cannot have."""


class InputError(SmimeBatchError):
    """An input named by the caller does not exist or cannot be what it is said to be."""


class TrustError(SmimeBatchError):
    """A trust anchor or intermediate certificate cannot be used."""

    exit_code = 4


class KeysError(SmimeBatchError):
    """Private keys, or the passwords to them, cannot be used; never says a password."""

    exit_code = 4


class OutputError(SmimeBatchError):
    """The place for the results cannot be used; found before any work was done."""


class StoppedError(SmimeBatchError):
    """The run stopped early, for example because the disk is full; the same command resumes."""

    exit_code = 5


class DamagedRunError(OutputError):
    """A run directory is not what its own records say: something in it was changed or is gone."""


class TokenGoneError(StoppedError):
    """A token with keys answers no more, or wrongly; what hangs on it is no result."""

    def __init__(self, why: str) -> None:
        super().__init__(
            "the token with the keys",
            expected="answers",
            found=why,
            remedy="see to the token and run the same command again",
        )


class OutputClosedError(StoppedError):
    """Whoever read the rows has left before the end, such as `head`; nothing need be said."""


class RowsStoppedError(StoppedError):
    """The stream of the rows takes no more, for example because the disk under it is full."""


def stopped_rows(error: OSError) -> RowsStoppedError:
    """Return what to say where stdout takes no more."""
    return RowsStoppedError(
        "writing the rows",
        expected="a target that takes them",
        found=str(error.strerror or error),
        remedy="make room and run the same command again; the rows so far are not all",
    )
