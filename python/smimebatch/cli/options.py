"""Options that commands share: declared once, spelled and described alike everywhere."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from smimebatch.errors import OptionError
from smimebatch.options import parse_instant
from smimebatch.trust import Trust

TRUST_PANEL = "Trust and time"
INPUT_PANEL = "Input"
WORK_PANEL = "Work"

TrustOption = Annotated[
    list[str] | None,
    typer.Option(
        "--trust",
        metavar="PATH|system",
        help="Trust anchors: a PEM or DER file, a directory of them, or system. Repeatable.",
        rich_help_panel=TRUST_PANEL,
    ),
]
IntermediatesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--intermediates",
        metavar="PATH",
        help="CA certificates that messages may lack: a file or a directory. Repeatable.",
        rich_help_panel=TRUST_PANEL,
    ),
]
AtOption = Annotated[
    str,
    typer.Option(
        "--at",
        metavar="evidence|now|claimed|date|INSTANT",
        help="Time at which certificates are judged: what evidence proves, now, the signer's "
        "claim, the Date header, or an instant such as 2019-06-01T00:00:00Z.",
        rich_help_panel=TRUST_PANEL,
    ),
]
BindOption = Annotated[
    str,
    typer.Option(
        "--bind",
        metavar="from|from-or-sender|off",
        help="Which header the signer's certificate must match.",
        rich_help_panel=TRUST_PANEL,
    ),
]
BindMissingOption = Annotated[
    str,
    typer.Option(
        "--bind-missing",
        metavar="refuse|allow",
        help="What to do with certificates that name no address.",
        rich_help_panel=TRUST_PANEL,
    ),
]
NowOption = Annotated[
    str | None,
    typer.Option(
        "--now",
        metavar="INSTANT",
        help="Take this as the time of the run, to repeat one exactly.",
        rich_help_panel=TRUST_PANEL,
    ),
]
StrictOption = Annotated[
    bool,
    typer.Option(
        "--strict",
        help="Refuse every deviation from the standards.",
        rich_help_panel=TRUST_PANEL,
    ),
]
InputFormatOption = Annotated[
    str | None,
    typer.Option(
        "--input-format",
        metavar="mbox|eml|parquet",
        help="What the inputs are; told by their content otherwise.",
        rich_help_panel=INPUT_PANEL,
    ),
]
ColumnOption = Annotated[
    str | None,
    typer.Option(
        "--column",
        metavar="NAME",
        help="Column of raw messages in Parquet inputs; found by name and type otherwise.",
        rich_help_panel=INPUT_PANEL,
    ),
]


def loaded_trust(trust: list[str] | None, intermediates: list[str] | None) -> Trust:
    """Load what --trust and --intermediates name."""
    return Trust.load(*(trust or ()), intermediates=intermediates or ())


def parsed_now(text: str | None) -> datetime | None:
    """Return the instant that --now gives."""
    if text is None:
        return None
    try:
        return parse_instant(text)
    except ValueError as error:
        expected = "an instant such as 2026-01-31T12:00:00Z"
        raise OptionError("--now", expected=expected, found=repr(text)) from error
