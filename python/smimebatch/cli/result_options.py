"""Options about the result of a whole run: what it is judged by, and who signs it."""

from __future__ import annotations

from typing import Annotated

import typer

from smimebatch.cli.options import WORK_PANEL, word_or_path
from smimebatch.cli.settings import MAY_BE_FOUND
from smimebatch.options import FAIL_ON_VOCABULARIES
from smimebatch.schema import codes_of


def codes_to_fail_on(incomplete: str) -> list[str]:
    """Complete the last of the codes separated by commas."""
    before, comma, last = incomplete.rpartition(",")
    codes = [code for name in FAIL_ON_VOCABULARIES for code in codes_of(name)]
    return [before + comma + code for code in codes if code.startswith(last)]


FailOnOption = Annotated[
    str,
    typer.Option(
        "--fail-on",
        metavar="LIST",
        help="Exit with 1 if any message has one of these indications, sub-indications, "
        "reasons or flags, separated by commas.",
        rich_help_panel=WORK_PANEL,
        autocompletion=codes_to_fail_on,
    ),
    MAY_BE_FOUND,
]
SignWithOption = Annotated[
    str | None,
    typer.Option(
        "--sign-with",
        metavar="FILE",
        help="Sign the checkpoint of the result with this key (Ed25519, PKCS#8 in PEM).",
        rich_help_panel=WORK_PANEL,
        autocompletion=word_or_path(),
    ),
]
StampWithOption = Annotated[
    str | None,
    typer.Option(
        "--stamp-with",
        metavar="COMMAND",
        help="Get a time-stamp over the checkpoint of the result: this command, run by the shell, "
        "takes the query (RFC 3161, DER) on stdin and writes the authority's answer to stdout.",
        rich_help_panel=WORK_PANEL,
    ),
]
