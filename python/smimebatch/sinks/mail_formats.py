"""The formats that mail can be written in, and what each offers to whoever writes the messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from smimebatch.errors import OptionError
from smimebatch.job.made import MadeFile
from smimebatch.sinks.indexed_mail import Container, IndexedMail
from smimebatch.sinks.mail_part import ParquetMail
from smimebatch.sinks.mail_tree import EmlTree, MaildirTree
from smimebatch.sinks.mbox_mail import MboxFile
from smimebatch.sources.items import InputBatch
from smimebatch.sources.reading import MESSAGE_HELD_BYTES
from smimebatch.sources.stored import StoredRange

PARQUET, MBOX, EML, MAILDIR = FORMATS = ("parquet", "mbox", "eml", "maildir")
CONTAINERS: dict[str, type[Container]] = {MBOX: MboxFile, EML: EmlTree, MAILDIR: MaildirTree}


class WrittenMail(Protocol):
    """One part of the mail of a run, in the making."""

    apart: int
    """Messages that no file of the format can hold."""
    lost: int
    """Those of them that the index has no room for either."""

    def write(self, rows: Any, *, octets: StoredRange | None = None) -> None:
        """Add messages: a table of the columns of `mail`.

        Of a single one that is not held, `octets` are what is written.
        """

    def finish(self, metadata: Mapping[str, str]) -> dict[str, MadeFile]:
        """Complete the files, one for each dataset."""

    def read_again(self) -> Iterator[InputBatch]:
        """Give the messages as they lie on the disk, in record batches, when they are finished.

        They are found by the reader of the format; one that it does not find is empty.
        """

    def rewrite(self, keep: Sequence[bool]) -> None:
        """Begin again with the messages that are kept, in their order; `finish` comes once more."""

    def abandon(self) -> None:
        """Let go of it after a failure."""


def new_mail(form: str, staging: str, held_bytes: int = MESSAGE_HELD_BYTES) -> WrittenMail:
    """Begin a part in its staging directory; above `held_bytes` it is read piece by piece."""
    if form == PARQUET:
        return ParquetMail(staging)
    return IndexedMail(staging, CONTAINERS[form], held_bytes)


def checked_mail_format(form: str | None) -> str | None:
    """Return a format, if it is one or none is asked for."""
    if form is not None and form not in FORMATS:
        expected = "one of " + ", ".join(FORMATS)
        raise OptionError("--output-format", expected=expected, found=repr(form))
    return form
