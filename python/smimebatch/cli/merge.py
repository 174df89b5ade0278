"""smimebatch merge: the shards of one run, joined in one directory."""

from __future__ import annotations

from typing import Annotated

import typer

from smimebatch.cli.options import (
    WORK_PANEL,
    DebianWeakKeysOption,
    word_or_path,
)
from smimebatch.cli.owner_only import files_as_private_as
from smimebatch.cli.result_options import FailOnOption, SignWithOption
from smimebatch.cli.saying import say
from smimebatch.job.merging import merge as merged
from smimebatch.options import check_fail_on, parse_fail_on
from smimebatch.report.text import in_thousands, plural


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
    ignore_times: Annotated[
        bool,
        typer.Option(
            "--ignore-times",
            help="Take files of the same name and size for the same, whatever their times: shards "
            "that read copies of the archive.",
            rich_help_panel=WORK_PANEL,
        ),
    ] = False,
    fail_on: FailOnOption = "",
    sign_with: SignWithOption = None,
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite",
            help="Begin anew, and replace what OUT holds.",
            rich_help_panel=WORK_PANEL,
        ),
    ] = False,
) -> int:
    """Join what verify --shard i/N made, for every i, into the result of the whole run.

    The exit code is that of verify over the whole archive.
    """
    codes = parse_fail_on(fail_on)
    check_fail_on(codes)
    with files_as_private_as(shards):
        totals = merged(
            shards,
            output,
            overwrite=overwrite,
            blacklists=debian_weak_keys,
            sign_with=sign_with,
            ignore_times=ignore_times,
        )
    said = f"{in_thousands(totals.messages)} messages of {plural(len(shards), 'shard')}: {output}"
    if totals.errors:
        said += f"; {plural(totals.errors, 'place')} could not be read"
    say(f"smimebatch: {said}")
    return totals.exit_code(codes)
