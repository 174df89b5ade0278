"""What the operator vouches for: the times of an archive that count as proofs (--vouch)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from smimebatch import _native
from smimebatch.errors import OptionError
from smimebatch.given import places_of
from smimebatch.job.earlier import EarlierRun
from smimebatch.sources.mbox import is_called_mbox

FORMS = ("received:HOST", "mbox-from", "column:NAME", "date-header", "notary:CERT", "run:OUT")
WITH_VALUE = ("received", "column", "notary", "run")
RUN = "run:"
DOUBTFUL = "from_line_doubtful"
"""A column of the core's input."""
MBOX_FROM, MBOX = "mbox-from", "mbox"
ALONE = (MBOX_FROM, "date-header")


@dataclass(frozen=True, slots=True)
class Vouches:
    """The times that the operator vouches for; certificates of notaries by their SHA-256."""

    words: tuple[str, ...] = ()
    """What each is known by, sorted, each once."""
    runs: tuple[EarlierRun, ...] = ()
    """The earlier runs among them."""

    @classmethod
    def parse(cls, texts: Iterable[str]) -> Vouches:
        """Take what --vouch was given, one by itself too; OptionError for anything else."""
        given = places_of(texts, "--vouch")
        found = (EarlierRun.read(it.removeprefix(RUN)) for it in given if is_run(it))
        runs = {run.word: run for run in found}
        others = (parse_vouch(text) for text in given if not is_run(text))
        words = tuple(sorted({*others, *runs}))
        if sum(word.startswith("column:") for word in words) > 1:
            raise OptionError("--vouch", expected="one column", found=", ".join(words))
        return cls(words, tuple(runs[word] for word in sorted(runs)))

    @property
    def texts(self) -> list[str]:
        """As the core takes them; runs it takes by themselves, with their messages."""
        return [word for word in self.words if not is_run(word)]

    def believed(self, rows: Any, input_format: str | None) -> Any:
        """Return messages with a column of whether their From_ line may not be the archive's.

        A file that is taken for an mbox because it begins with such a line, and for nothing else,
        may be one message, of which the sender wrote every line.
        """
        if (
            MBOX_FROM not in self.words
            or input_format == MBOX
            or "mbox_from" not in rows.schema.names
        ):
            return rows
        sources = rows["source"].to_pylist() if "source" in rows.schema.names else []
        if all(map(is_called_mbox, {it for it in sources if it})):
            return rows
        doubtful = [not source or not is_called_mbox(source) for source in sources]
        return rows.append_column(DOUBTFUL, pa.array(doubtful, pa.bool_()))

    @property
    def column(self) -> str | None:
        """The column of Parquet inputs whose times are vouched for."""
        named = (word.partition(":")[2] for word in self.words if word.startswith("column:"))
        return next(named, None)


def is_run(text: str) -> bool:
    """Whether a vouch names a directory."""
    return text.startswith(RUN) and bool(text.removeprefix(RUN).strip())


def parse_vouch(text: str) -> str:
    """Return one vouch as the core takes it; runs are no such text."""
    kind, colon, value = text.partition(":")
    if kind in ALONE and not colon:
        return kind
    if kind not in WITH_VALUE or not value.strip():
        raise OptionError("--vouch", expected="one of " + ", ".join(FORMS), found=repr(text))
    if kind == "received":
        return f"received:{value.strip().rstrip('.').lower()}"
    return f"notary:{certificate_sha256(value)}" if kind == "notary" else text


def certificate_sha256(path: str) -> str:
    """Return the SHA-256 of the certificate that a file holds."""
    subject = f"--vouch notary:{path}"
    try:
        with open(os.path.expanduser(path), "rb") as file:
            found = _native.parse_certificates(file.read())
    except (OSError, ValueError) as error:
        raise OptionError(subject, expected="a certificate", found=str(error)) from error
    if len(found) != 1:
        raise OptionError(subject, expected="one certificate", found=str(len(found)))
    return hashlib.sha256(found[0]).hexdigest()
