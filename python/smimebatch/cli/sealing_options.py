"""Options of the commands that make envelopes: for whom, and how."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Annotated

import typer

from smimebatch.batch import current_time
from smimebatch.cli.options import one_of, word_or_path
from smimebatch.recipients import Recipients
from smimebatch.schema import codes_of
from smimebatch.sealing import DEFAULT_CONTENT, DEFAULT_TRANSPORT, Sealing
from smimebatch.weak_keys import load_blacklists

RECIPIENTS_PANEL = "New envelopes"

ToOption = Annotated[
    list[str] | None,
    typer.Option(
        "--to",
        metavar="CERT",
        help="A certificate to which every message is encrypted. Repeatable.",
        rich_help_panel=RECIPIENTS_PANEL,
        autocompletion=word_or_path(),
    ),
]
RecipientsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--recipients",
        metavar="FILE|DIR",
        help="Certificates by address, for whom To, Cc and Bcc name: a table (CSV: address,file), "
        "a directory of certificates, LDIF, or the certificates of a run. Repeatable.",
        rich_help_panel=RECIPIENTS_PANEL,
        autocompletion=word_or_path(),
    ),
]
EscrowOption = Annotated[
    list[str] | None,
    typer.Option(
        "--escrow",
        metavar="CERT",
        help="A certificate to which every message is encrypted beside its recipients. Repeatable.",
        rich_help_panel=RECIPIENTS_PANEL,
        autocompletion=word_or_path(),
    ),
]
ContentOption = Annotated[
    str,
    typer.Option(
        "--content",
        metavar="CIPHER",
        help="Cipher of the content: aes256-gcm notices any change; aes256-cbc is for readers "
        "that know nothing else.",
        rich_help_panel=RECIPIENTS_PANEL,
        autocompletion=one_of(*codes_of("content_choice")),
    ),
]
KeyTransportOption = Annotated[
    str,
    typer.Option(
        "--key-transport",
        metavar="oaep|oaep-sha1|oaep-sha384|oaep-sha512|pkcs1",
        help="How the content key is encrypted to RSA keys.",
        rich_help_panel=RECIPIENTS_PANEL,
        autocompletion=one_of(*codes_of("transport_choice")),
    ),
]


def loaded_sealing(
    job: str,
    to: list[str] | None,
    recipients: list[str] | None,
    escrow: list[str] | None,
    content: str = DEFAULT_CONTENT,
    transport: str = DEFAULT_TRANSPORT,
    *,
    now: datetime | None,
    debian_weak_keys: str | None,
) -> Sealing:
    """Load what a command that makes envelopes is given; warnings go to stderr."""
    loaded = Recipients.load(
        to or (),
        recipients or (),
        escrow or (),
        now=now or current_time(),
        weak_keys=load_blacklists(debian_weak_keys).weak_keys(),
    )
    for warning in loaded.warnings:
        sys.stderr.write(f"smimebatch: --recipients {warning}\n")
    return Sealing.given(job, loaded, content, transport)
