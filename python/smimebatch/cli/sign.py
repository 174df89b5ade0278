"""smimebatch sign: archives in, mail under new signatures and datasets out."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from smimebatch.batch import current_time
from smimebatch.cli.asking import Asked, asked
from smimebatch.cli.key_options import AskedKeys, asked_signers
from smimebatch.cli.mail_options import AskedMail, asked_mail
from smimebatch.cli.options import one_of
from smimebatch.cli.saying import say
from smimebatch.cli.settings import MAY_BE_FOUND
from smimebatch.cli.shared import with_options_of
from smimebatch.cli.verify import carry_out
from smimebatch.envelopes import Envelopes
from smimebatch.job.begun import now_of_run
from smimebatch.schema import codes_of
from smimebatch.signing import CLEAR, DEFAULT_PADDING, FROM, OPAQUE, SIGN, Manner, Signing
from smimebatch.weak_keys import load_blacklists

SIGNATURES_PANEL = "New signatures"


@with_options_of(asked, asked_signers, asked_mail)
def sign(
    given: Asked,
    keys: AskedKeys,
    mail: AskedMail,
    opaque: Annotated[
        bool,
        typer.Option(
            "--opaque/--clear",
            help="Put the message into the signature, where nothing on the way can break it; "
            "otherwise readers without S/MIME show it.",
            rich_help_panel=SIGNATURES_PANEL,
        ),
        MAY_BE_FOUND,
    ] = False,
    digest: Annotated[
        str | None,
        typer.Option(
            "--digest",
            metavar="NAME",
            help="sha256, sha384 or sha512, where the key leaves a choice; otherwise sha256 with "
            "RSA, and with elliptic curves what is as strong as they are.",
            rich_help_panel=SIGNATURES_PANEL,
            autocompletion=one_of(*codes_of("digest_choice")),
        ),
    ] = None,
    rsa_padding: Annotated[
        str,
        typer.Option(
            "--rsa-padding",
            metavar="PADDING",
            help="How RSA keys sign: pkcs1, which every reader has, or pss.",
            rich_help_panel=SIGNATURES_PANEL,
            autocompletion=one_of(*codes_of("rsa_padding")),
        ),
    ] = DEFAULT_PADDING,
    sign_as: Annotated[
        str,
        typer.Option(
            "--sign-as",
            metavar="from|any",
            help="from: only mail of those whose address in From a certificate names; any: the one "
            "certificate of --signer signs mail of everybody, which readers then do not take for "
            "the sender's signature.",
            rich_help_panel=SIGNATURES_PANEL,
            autocompletion=one_of(*codes_of("sign_as")),
        ),
    ] = FROM,
    resign: Annotated[
        bool,
        typer.Option(
            "--resign",
            help="Put a signature around messages that are signed already, too.",
            rich_help_panel=SIGNATURES_PANEL,
        ),
    ] = False,
    include_root: Annotated[
        bool,
        typer.Option(
            "--include-root",
            help="Put the root of the chain into every signature, too; its issuers are there "
            "always, as far as --signer, --intermediates and --trust have them.",
            rich_help_panel=SIGNATURES_PANEL,
        ),
        MAY_BE_FOUND,
    ] = False,
) -> int:
    """Sign every message of an archive for whoever sent it, and prove what was written."""
    mail.check(SIGN, given)
    manner = Manner(
        form=OPAQUE if opaque else CLEAR,
        digest=digest,
        rsa_padding=rsa_padding,
        sign_as=sign_as,
        resign=resign,
        include_root=include_root,
    )
    options = given.options
    signing = Signing.load(
        keys.vault(),
        manner,
        now=options.now or current_time(),
        signed_at=now_of_run(options.now, given.output, overwrite=given.overwrite),
        weak_keys=load_blacklists(options.debian_weak_keys).weak_keys(),
        trust=given.trust,
        is_strict=not any(map(os.path.isdir, keys.places)),
    )
    for warning in signing.warnings:
        say(f"smimebatch: --signer {warning}")
    envelopes = Envelopes(writes_mail=True, mail_format=mail.form, sealing=signing)
    return carry_out(given, envelopes, dry_run=mail.is_dry)
