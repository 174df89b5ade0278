"""smimebatch merge: the shards of one run, joined in one directory."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from smimebatch.cli.options import WORK_PANEL, DebianWeakKeysOption, word_or_path
from smimebatch.job.merging import merge as merged
from smimebatch.report.text import in_thousands


def merge(
    shards: Annotated[
        list[str],
        typer.Argument(
            metavar="OUT...",
            help="The directories of all shards of a run.",
            show_default=False,
            autocompletion=word_or_path(),
        ),
    ],
    output: Annotated[
        str,
        typer.Option(
            "-o",
            "--output",
            metavar="OUT",
            help="Directory for the result, which is that of one process.",
            autocompletion=word_or_path(),
        ),
    ],
    debian_weak_keys: DebianWeakKeysOption = None,
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite",
            help="Begin anew, and replace what OUT holds.",
            rich_help_panel=WORK_PANEL,
        ),
    ] = False,
) -> int:
    """Join what verify --shard i/N made, for every i, into the result of the whole run."""
    totals = merged(shards, output, overwrite=overwrite, blacklists=debian_weak_keys)
    said = f"{in_thousands(totals.messages)} messages of {len(shards)} shards: {output}"
    sys.stderr.write(f"smimebatch: {said}\n")
    return 0
