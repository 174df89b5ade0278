"""Options of every job that writes mail: as what, and whether at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from smimebatch.cli.asking import Asked
from smimebatch.cli.options import WORK_PANEL, one_of
from smimebatch.cli.settings import MAY_BE_FOUND
from smimebatch.errors import OptionError
from smimebatch.sinks.mail_formats import FORMATS, checked_mail_format

OutputFormatOption = Annotated[
    str | None,
    typer.Option(
        "--output-format",
        metavar="mbox|eml|maildir|parquet",
        help="What mail/ is written as; as the inputs, if all of them are mbox, EML files or a "
        "Maildir, and parquet otherwise.",
        rich_help_panel=WORK_PANEL,
        autocompletion=one_of(*FORMATS),
    ),
    MAY_BE_FOUND,
]
DryRunOption = Annotated[
    bool,
    typer.Option(
        "--dry-run",
        help="Judge and count everything, write nothing: neither mail nor OUT.",
        rich_help_panel=WORK_PANEL,
    ),
    MAY_BE_FOUND,
]


@dataclass(frozen=True, slots=True)
class AskedMail:
    """What the options come to."""

    form: str | None
    is_dry: bool

    def check(self, command: str, given: Asked) -> None:
        """Refuse to write mail to nowhere."""
        if given.output is None and not self.is_dry:
            raise OptionError(command, expected="--output OUT", found="none", remedy="add -o OUT")


def asked_mail(
    output_format: OutputFormatOption = None, dry_run: DryRunOption = False
) -> AskedMail:
    """Take the options."""
    return AskedMail(checked_mail_format(output_format), dry_run)
