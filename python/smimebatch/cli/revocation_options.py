"""Options about revocation: what is known of it, and what it means."""

from __future__ import annotations

from typing import Annotated

import typer

from smimebatch.cli.options import TRUST_PANEL, one_of, word_or_path
from smimebatch.options import REVOCATIONS

CrlsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--crls",
        metavar="PATH",
        help="Certificate revocation lists (PEM or DER): a file or a directory. Repeatable.",
        rich_help_panel=TRUST_PANEL,
        autocompletion=word_or_path(),
    ),
]
OcspOption = Annotated[
    list[str] | None,
    typer.Option(
        "--ocsp",
        metavar="PATH",
        help="Stored OCSP responses (PEM or DER): a file or a directory. Repeatable.",
        rich_help_panel=TRUST_PANEL,
        autocompletion=word_or_path(),
    ),
]
RevocationOption = Annotated[
    str,
    typer.Option(
        "--revocation",
        metavar="off|if-available|required",
        help="What revocation means: off, it is not looked at; if-available, what is known to be "
        "revoked does not pass; required, every certificate must be known not to be revoked. "
        "Nothing is ever fetched.",
        rich_help_panel=TRUST_PANEL,
        autocompletion=one_of(*REVOCATIONS),
    ),
]
