"""smimebatch import: any input to one mail Parquet."""

from __future__ import annotations

from typing import Annotated

import typer

from smimebatch import importing
from smimebatch.cli.options import (
    WORK_PANEL,
    ColumnOption,
    ConfigOption,
    FilesFromOption,
    InputFormatOption,
    InputsArgument,
    LimitOption,
    MboxVariantOption,
)
from smimebatch.cli.saying import say
from smimebatch.options import check_mbox_variant, check_range
from smimebatch.report.text import harmless, in_bytes, in_thousands, plural


def import_mail(
    output: Annotated[
        str,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="The Parquet file to write; it appears whole or not at all.",
            rich_help_panel=WORK_PANEL,
        ),
    ],
    inputs: InputsArgument = None,
    config: ConfigOption = None,
    input_format: InputFormatOption = None,
    mbox_variant: MboxVariantOption = None,
    files_from: FilesFromOption = None,
    column: ColumnOption = None,
    limit: LimitOption = None,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", help="Replace an existing file.", rich_help_panel=WORK_PANEL),
    ] = False,
) -> int:
    """Write every message of the inputs to one Parquet file, bytes as they are stored."""
    check_mbox_variant(mbox_variant)
    check_range("--limit", limit, 0, None)
    done = importing.import_mail(
        inputs or (),
        output,
        overwrite=overwrite,
        input_format=input_format,
        mbox_variant=mbox_variant,
        column=column,
        files_from=files_from,
        limit=limit,
    )
    tell(done)
    return done.exit_code


def tell(done: importing.Import) -> None:
    """Say on stderr what was written and what was not."""
    said = f"{plural(done.messages, 'message')}, {in_bytes(done.payload_bytes)}: {done.output}"
    lines = [harmless(said)]
    for error in done.first_errors:
        at = "" if error.offset is None else f" at byte {in_thousands(error.offset)}"
        lines.append(harmless(f"not read: {error.source}{at}: {error.text}"))
    if done.errors > len(done.first_errors):
        lines.append(f"and {plural(done.errors - len(done.first_errors), 'other place')}")
    lines += [harmless(f"{remark.source}: {remark.text}") for remark in done.first_remarks]
    for line in lines:
        say(line)
