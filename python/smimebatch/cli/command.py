"""A command whose help shows an example first."""

from __future__ import annotations

import sys
from typing import Any

from typer.core import TyperCommand, TyperGroup

from smimebatch.cli.settings import add_environment, check_arguments, command_name

EXAMPLES = {
    "verify": (
        "smimebatch verify archive.mbox --trust roots.pem -o results/",
        "smimebatch verify mail/ more.mbox.xz --trust mozilla-email --at date",
    ),
    "decrypt": (
        "smimebatch decrypt archive.mbox --keys keys/ --password-file passwords.txt -o opened/",
        "smimebatch verify opened/mail/ --trust roots.pem -o results/",
    ),
    "encrypt": (
        "smimebatch encrypt archive.mbox --recipients certificates/ --escrow escrow.pem -o sealed/",
        "smimebatch encrypt mail/ --to archive.pem --keys archive.p12 -o sealed/",
    ),
    "reencrypt": (
        "smimebatch reencrypt archive.mbox --keys keys/ --password-file passwords.txt "
        "--to new.pem -o renewed/",
    ),
    "rewrap": (
        "smimebatch rewrap archive.mbox --keys archive.p12 --password-env ARCHIVE "
        "--to new.pem --to old.pem -o rewrapped/",
    ),
    "sign": (
        "smimebatch sign archive.mbox --signer keys/ --password-file passwords.txt -o signed/",
        "smimebatch sign mail/ --signer archive.p12 --sign-as any --opaque -o signed/",
    ),
    "inspect": (
        "smimebatch inspect archive.mbox --index 17 --trust roots.pem",
        "smimebatch inspect letter.eml",
    ),
    "import": (
        "smimebatch import Maildir/ old.zip -o mail.parquet",
        "smimebatch verify mail.parquet --trust roots.pem -o results/",
    ),
    "bench": (
        "smimebatch bench",
        "smimebatch bench archive.mbox --trust roots.pem --limit 50000 --json",
    ),
    "status": ("smimebatch status results/",),
    "merge": (
        "smimebatch merge half-0/ half-1/ -o results/",
        "smimebatch verify archive/ --now 2026-11-26T00:00:00Z --shard 0/2 -o half-0/",
    ),
    "audit": ("smimebatch audit verify results/",),
    "audit checkpoint": ("smimebatch audit checkpoint results/ > monday.txt",),
    "audit prove": ("smimebatch audit prove results/ --message-id 7@example.com > proof.jsonl",),
    "audit check": ("smimebatch audit check proof.jsonl --key auditor.pem",),
    "audit stamp": (
        "smimebatch audit stamp results/ --query > query.tsq",
        "smimebatch audit stamp results/ --stamp-token answer.tsr",
        "smimebatch audit stamp results/ --stamp-with 'curl -sSf --data-binary @- "
        "-H Content-Type:application/timestamp-query https://tsa.example.com/'",
    ),
    "audit verify": (
        "smimebatch audit verify results/",
        "smimebatch audit verify results/ --key auditor.pem",
        "smimebatch audit verify results/ --tsa-trust authority.pem",
    ),
    "trust": ("smimebatch trust list",),
    "trust import": (
        "smimebatch trust import certdata.txt -o roots.pem",
        "smimebatch trust import nss -o roots.pem",
        "smimebatch trust import 2012.txt@2012-06-01 2026.txt@2026-11-01 -o roots.pem",
    ),
    "trust list": (
        "smimebatch trust list",
        "smimebatch trust list roots.pem --format csv",
    ),
    "certs": ("smimebatch certs list results/",),
    "certs list": (
        "smimebatch certs list results/",
        "smimebatch certs list results/ --format jsonl",
    ),
    "certs harvest": (
        "smimebatch certs harvest results/ -o intermediates.pem",
        "smimebatch certs harvest old-archive/ other.mbox.xz -o certificates.parquet",
        "smimebatch verify archive.mbox --intermediates certificates.parquet -o results/",
    ),
    "certs gaps": (
        "smimebatch certs gaps results/",
        "smimebatch certs gaps results/ --format jsonl",
    ),
    "revocation": ("smimebatch revocation fetch results/ --dry-run",),
    "revocation fetch": (
        "smimebatch revocation fetch results/ --dry-run",
        "smimebatch revocation fetch results/ -o store/ --allow crl.example.com",
        "smimebatch verify archive.mbox --crls store/ --ocsp store/ -o again/",
    ),
}


class ExampleFirst(TyperCommand):
    """Puts the command's examples above its help; takes settings for its options."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        add_environment(self.params)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Refuse options of later versions by name, before the parser calls them unknown."""
        check_arguments(args, self.params)
        return super().parse_args(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write examples, then usage and options."""
        write_examples(ctx)
        super().format_help(ctx, formatter)


class GroupExampleFirst(TyperGroup):
    """Puts an example above the help of a group of commands."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write examples, then the commands."""
        write_examples(ctx)
        super().format_help(ctx, formatter)


def write_examples(ctx: Any) -> None:
    """Write the examples of a command."""
    lines = ["Example:", *(f"  {line}" for line in EXAMPLES[command_name(ctx)])]
    sys.stdout.write("\n".join(lines) + "\n")
