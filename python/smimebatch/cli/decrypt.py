"""smimebatch decrypt: encrypted archives in, mail without its envelopes and all datasets out."""

from __future__ import annotations

from typing import Annotated

import typer

from smimebatch.cli.asking import Asked, asked
from smimebatch.cli.key_options import AskedKeys, asked_keys
from smimebatch.cli.mail_options import AskedMail, asked_mail
from smimebatch.cli.options import KEYS_PANEL
from smimebatch.cli.shared import with_options_of
from smimebatch.cli.verify import carry_out
from smimebatch.envelopes import Envelopes
from smimebatch.errors import OptionError
from smimebatch.sinks.scanning import ScanCommand


@with_options_of(asked, asked_keys, asked_mail)
def decrypt(
    given: Asked,
    keys: AskedKeys,
    mail: AskedMail,
    inner_facts: Annotated[
        bool,
        typer.Option(
            "--inner-facts",
            help="Write digests of what lay inside envelopes too: whoever sees them can confirm a "
            "guess of the content.",
            rich_help_panel=KEYS_PANEL,
        ),
    ] = False,
    scan: Annotated[
        str | None,
        typer.Option(
            "--scan",
            metavar="COMMAND",
            help="Hand the messages to a command instead of writing them: on its standard input, "
            "each behind a line of JSON that says where it came from and how long it is.",
            rich_help_panel=KEYS_PANEL,
        ),
    ] = None,
) -> int:
    """Decrypt every message of an archive that a key opens, and judge the signatures inside."""
    mail.check("decrypt", given)
    if scan is not None and (mail.is_dry or mail.form is not None):
        found = "--dry-run" if mail.is_dry else f"--output-format {mail.form}"
        raise OptionError("--scan", expected="a run that hands the messages on", found=found)
    envelopes = Envelopes(
        keys.vault(),
        inner_facts=inner_facts,
        writes_mail=True,
        mail_format=mail.form,
        scan=None if scan is None else ScanCommand(scan),
    )
    return carry_out(given, envelopes, dry_run=mail.is_dry)
