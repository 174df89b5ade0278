"""Options of the commands that make envelopes: for whom, and how."""

from __future__ import annotations

from typing import Annotated

import typer

from smimebatch.cli.asking import Asked
from smimebatch.cli.mail_options import AskedMail
from smimebatch.cli.options import one_of, word_or_path
from smimebatch.cli.saying import say
from smimebatch.cli.settings import MAY_BE_FOUND
from smimebatch.cli.verify import carry_out
from smimebatch.envelopes import Envelopes
from smimebatch.job.begun import now_of_run
from smimebatch.keys import Vault
from smimebatch.keys.shared import TO_PASSWORD, TO_SECRET_KEY, passwords_of_files
from smimebatch.schema import codes_of
from smimebatch.sealing import DEFAULT_TRANSPORT, NewEnvelopes

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
        "a directory of certificates, LDIF, or the certificates of a run that --trust vouches "
        "for; reencrypt and rewrap: for those who could read it before. Repeatable.",
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
ToSecretKeyOption = Annotated[
    list[str] | None,
    typer.Option(
        TO_SECRET_KEY,
        metavar="FILE",
        help="Keys that readers have, too, to which every message is encrypted (kekri): one a "
        "line, IDENTIFIER:KEY in hexadecimal. Repeatable.",
        rich_help_panel=RECIPIENTS_PANEL,
        autocompletion=word_or_path(),
    ),
]
ToPasswordFileOption = Annotated[
    list[str] | None,
    typer.Option(
        TO_PASSWORD,
        metavar="FILE",
        help="Passwords with which every message is encrypted (pwri), one a line. Repeatable.",
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
        metavar="PADDING",
        help="How the content key is encrypted to RSA keys: oaep, oaep-sha1, oaep-sha384, "
        "oaep-sha512 or pkcs1.",
        rich_help_panel=RECIPIENTS_PANEL,
        autocompletion=one_of(*codes_of("transport_choice")),
    ),
]


OuterSignatureOption = Annotated[
    str,
    typer.Option(
        "--outer-signature",
        metavar="CHOICE",
        help="What becomes of a message whose envelope lies inside a signature, which a new one "
        "would break: refuse leaves it as it is, keep-original re-encrypts it without the "
        "signature and keeps it as it was in evidence/.",
        rich_help_panel=RECIPIENTS_PANEL,
        autocompletion=one_of(*codes_of("outer_signature")),
    ),
]
HeaderProtectionOption = Annotated[
    bool,
    typer.Option(
        "--header-protection",
        help="Put the author's header fields inside, too, and show [...] for the Subject outside "
        "(RFC 9788); of messages that are not signed.",
        rich_help_panel=RECIPIENTS_PANEL,
    ),
    MAY_BE_FOUND,
]


def asked_envelopes(
    to: ToOption = None,
    recipients: RecipientsOption = None,
    escrow: EscrowOption = None,
    to_secret_key: ToSecretKeyOption = None,
    to_password_file: ToPasswordFileOption = None,
    key_transport: KeyTransportOption = DEFAULT_TRANSPORT,
) -> NewEnvelopes:
    """Take the options that every command has that makes envelopes."""
    return NewEnvelopes(
        to or (),
        recipients or (),
        escrow or (),
        to_secret_key or (),
        passwords_of_files(to_password_file or (), TO_PASSWORD),
        transport=key_transport,
    )


def carry_out_sealing(
    job: str, given: Asked, new: NewEnvelopes, keys: Vault | None, mail: AskedMail
) -> int:
    """Run a job that makes envelopes; warnings about certificates go to stderr."""
    options = given.options
    now = now_of_run(options.now, given.output, overwrite=given.overwrite)
    sealing = new.sealing(job, given.trust, now, options.debian_weak_keys, options.policy)
    for warning in sealing.recipients.warnings:
        say(f"smimebatch: --recipients {warning}")
    envelopes = Envelopes(keys, writes_mail=True, mail_format=mail.form, sealing=sealing)
    return carry_out(given, envelopes, dry_run=mail.is_dry)
