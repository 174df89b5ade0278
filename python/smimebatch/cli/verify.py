"""smimebatch verify: archives in, datasets and a summary out."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from smimebatch.api import verify_archive
from smimebatch.cli.options import (
    INPUT_PANEL,
    WORK_PANEL,
    AtOption,
    BindMissingOption,
    BindOption,
    ColumnOption,
    InputFormatOption,
    IntermediatesOption,
    NowOption,
    StrictOption,
    TrustOption,
    loaded_trust,
    parsed_now,
)
from smimebatch.cli.progress import new_progress
from smimebatch.options import Policy, VerifyOptions, parse_fail_on, parse_size
from smimebatch.report.summary import write_summary


def verify(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT...",
            help="mbox, EML or Parquet files (also .gz .zst .xz .bz2), directories, globs, or -.",
        ),
    ],
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="OUT",
            help="Directory for the Parquet datasets; without it only the summary is made.",
            rich_help_panel=WORK_PANEL,
        ),
    ] = None,
    trust: TrustOption = None,
    intermediates: IntermediatesOption = None,
    at: AtOption = "evidence",
    bind: BindOption = "from",
    bind_missing: BindMissingOption = "refuse",
    now: NowOption = None,
    strict: StrictOption = False,
    input_format: InputFormatOption = None,
    column: ColumnOption = None,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit",
            metavar="N",
            help="Stop after N messages.",
            rich_help_panel=INPUT_PANEL,
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            "-j",
            "--jobs",
            metavar="N",
            help="Threads; as many as this process may use by default.",
            rich_help_panel=WORK_PANEL,
        ),
    ] = None,
    batch_bytes: Annotated[
        str,
        typer.Option(
            "--batch-bytes",
            metavar="SIZE",
            help="Bytes of mail per batch, such as 8M; changes memory and speed, never results.",
            rich_help_panel=WORK_PANEL,
        ),
    ] = "2M",
    fail_on: Annotated[
        str,
        typer.Option(
            "--fail-on",
            metavar="LIST",
            help="Exit with 1 if any message has one of these indications, sub-indications or "
            "reasons, separated by commas.",
            rich_help_panel=WORK_PANEL,
        ),
    ] = "",
    progress: Annotated[
        str,
        typer.Option(
            "--progress",
            metavar="auto|bar|plain|json|none",
            help="How progress is shown on stderr; auto: a bar on a terminal, lines otherwise.",
            rich_help_panel=WORK_PANEL,
        ),
    ] = "auto",
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite",
            help="Replace the result of an earlier run in OUT.",
            rich_help_panel=WORK_PANEL,
        ),
    ] = False,
) -> int:
    """Verify every message of an archive: one row per message, one row per signature."""
    options = VerifyOptions(
        policy=Policy(at=at, bind=bind, bind_missing=bind_missing, strict=strict),
        now=parsed_now(now),
        jobs=jobs,
        batch_bytes=parse_size("--batch-bytes", batch_bytes),
        input_format=input_format,
        column=column,
        limit=limit,
        fail_on=parse_fail_on(fail_on),
    )
    watcher = new_progress(progress, sys.stderr)
    run = verify_archive(
        inputs,
        loaded_trust(trust, intermediates),
        options,
        output=output,
        overwrite=overwrite,
        watcher=watcher,
    )
    write_summary(run, sys.stderr)
    return run.exit_code
