"""smimebatch certs list and certs harvest: what certificates an archive brought with it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset
import typer
from rich.text import Text

from smimebatch.cli.command import ExampleFirst, GroupExampleFirst
from smimebatch.cli.options import ConfigOption, FormatOption, word_or_path
from smimebatch.cli.rows import new_lines, new_table
from smimebatch.cli.trust import day, write_new
from smimebatch.errors import InputError
from smimebatch.report.console import print_to
from smimebatch.report.text import harmless, in_thousands, plural
from smimebatch.schema import dataset_schema
from smimebatch.trust.store import pem_of

SHOWN_ROWS = 40
BATCH_ROWS = 4096

app = typer.Typer(
    name="certs",
    help="Certificates: what an archive brought with it.",
    cls=GroupExampleFirst,
    no_args_is_help=True,
)

RunArgument = Annotated[
    str,
    typer.Argument(
        metavar="OUT", help="The directory of a verify run.", autocompletion=word_or_path()
    ),
]


@app.command(name="list", cls=ExampleFirst)
def list_(run: RunArgument, form: FormatOption = None, config: ConfigOption = None) -> int:
    """Show every distinct certificate of a run: for people the most used, for programs all."""
    if form is None:
        print_to(sys.stdout, shown(certificates_of(run)))
        return 0
    lines = new_lines(form)
    for batch in certificates_of(run).to_batches(batch_size=BATCH_ROWS):
        lines.write_table(pa.table(batch))
    return 0


@app.command(name="harvest", cls=ExampleFirst)
def harvest(
    run: RunArgument,
    output: Annotated[
        str,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="PEM of the CA certificates, for --intermediates of a later run.",
            autocompletion=word_or_path(),
        ),
    ],
    every: Annotated[
        bool, typer.Option("--all", help="Also the certificates of signers, not only of CAs.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace FILE.")] = False,
    config: ConfigOption = None,
) -> int:
    """Gather the CA certificates of a run, which help a second run; they prove nothing."""
    kept = None if every else pc.field("is_ca")
    entries = [pem_entry(row) for row in certificate_rows(certificates_of(run), kept)]
    write_new(output, "".join(entries), overwrite=overwrite)
    sys.stderr.write(f"smimebatch: {plural(len(entries), 'certificate')} in {harmless(output)}\n")
    return 0


def certificates_of(run: str) -> Any:
    """Return the certificates of a run as a pyarrow dataset."""
    path = os.path.join(run, "certificates")
    if not os.path.isdir(path):
        raise InputError(run, expected="the directory of a verify run", found="no certificates/")
    schema = dataset_schema("certificates")
    return pa.dataset.dataset(path, schema=schema, format="parquet")


def certificate_rows(dataset: Any, kept: Any) -> Iterator[dict[str, Any]]:
    """Give subject and bytes of certificates, in the order of their SHA-256."""
    columns = ["subject", "der"]
    for batch in dataset.to_batches(columns=columns, filter=kept, batch_size=BATCH_ROWS):
        yield from batch.to_pylist()


def pem_entry(row: dict[str, Any]) -> str:
    """Return one certificate in PEM with its subject above it."""
    return f"# {harmless(row['subject'] or '')}\n{pem_of(row['der'])}\n"


def shown(dataset: Any) -> Any:
    """Return the certificates that most messages carry, for people."""
    table = new_table("subject", "messages", "not after", "key", "CA", "sha256")
    columns = ["subject", "messages", "not_after", "key_algorithm", "key_bits", "is_ca", "sha256"]
    found = dataset.to_table(columns=columns)
    order = [("messages", "descending"), ("sha256", "ascending")]
    for row in found.sort_by(order).slice(0, SHOWN_ROWS).to_pylist():
        table.add_row(
            Text(harmless(row["subject"] or "")),
            in_thousands(row["messages"]),
            day(row["not_after"]),
            f"{row['key_algorithm']} {row['key_bits'] or ''}".strip(),
            "yes" if row["is_ca"] else "",
            row["sha256"].hex()[:16],
        )
    rest = found.num_rows - SHOWN_ROWS
    if rest > 0:
        table.add_row(Text(f"and {in_thousands(rest)} more: --format jsonl or csv has all", "dim"))
    return table
