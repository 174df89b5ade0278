"""smimebatch certs: what certificates an archive brought with it, and which it lacks."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.compute as pc
import typer
from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from smimebatch.cli.command import ExampleFirst, GroupExampleFirst
from smimebatch.cli.options import ConfigOption, FormatOption, word_or_path
from smimebatch.cli.rows import new_lines, new_table, write_rows
from smimebatch.cli.saying import say
from smimebatch.cli.settings import MAY_BE_FOUND
from smimebatch.cli.trust import write_new
from smimebatch.datasets import rows_of_run
from smimebatch.harvest import harvested, write_dataset
from smimebatch.instants import rows_of
from smimebatch.report.console import print_to
from smimebatch.report.gaps import Gap, Gaps, gaps_of
from smimebatch.report.gaps_text import headline, key_sentences, sentences
from smimebatch.report.text import day_of, harmless, in_thousands, plural
from smimebatch.schema import dataset_schema
from smimebatch.trust.store import pem_of

SHOWN_ROWS = 40
SHOWN_COLUMNS = [
    *("subject", "issuer", "addresses", "messages", "not_after", "key_algorithm", "key_bits"),
    *("is_ca", "weak_key", "sha256"),
]
BATCH_ROWS = 4096
PARQUET_SUFFIX = ".parquet"

app = typer.Typer(
    name="certs",
    help="Certificates: what an archive brought with it, and what it lacks.",
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
def list_(
    run: RunArgument,
    authorities: Annotated[
        bool,
        typer.Option("--ca", help="Only those of CAs."),
        MAY_BE_FOUND,
    ] = False,
    weak: Annotated[
        bool,
        typer.Option("--weak", help="Only those whose key is known to be weak."),
        MAY_BE_FOUND,
    ] = False,
    match: Annotated[
        str | None,
        typer.Option(
            "--match",
            metavar="TEXT",
            help="Only those with this text in subject, issuer or an address, in any case.",
        ),
        MAY_BE_FOUND,
    ] = None,
    form: FormatOption = None,
    config: ConfigOption = None,
) -> int:
    """Show every distinct certificate of a run: for people the most used, for programs all."""
    kept = filter_of(authorities, weak)
    if form is None:
        print_to(sys.stdout, shown(run, kept, match))
        return 0
    lines = new_lines(form)
    for batch in rows_of_run(run, "certificates", chosen=kept, batch_rows=BATCH_ROWS):
        lines.write_table(matching(pa.table(batch), match))
    lines.write_head(dataset_schema("certificates").names)
    return 0


def filter_of(authorities: bool, weak: bool) -> Any:
    """Return the filter of rows for the options; None keeps all."""
    kept = pc.field("is_ca") if authorities else None
    if weak:
        is_weak = pc.list_value_length(pc.field("weak_key")) > 0
        kept = is_weak if kept is None else kept & is_weak
    return kept


def matching(rows: Any, text: str | None) -> Any:
    """Return the rows with a text in one of their names."""
    if text is None or not rows.num_rows:
        return rows
    addresses = [" ".join(found or ()) for found in rows["addresses"].to_pylist()]
    columns = (rows["subject"], rows["issuer"], pa.array(addresses, pa.string()))
    found = (pc.match_substring(column, text, ignore_case=True) for column in columns)
    first, second, third = (pc.fill_null(mask, False) for mask in found)
    masks = (
        pa.chunked_array([mask]) if isinstance(mask, pa.Array) else mask
        for mask in (first, second, third)
    )
    first, second, third = (mask.combine_chunks() for mask in masks)
    return rows.filter(pc.or_(first, pc.or_(second, third)))


@app.command(name="harvest", cls=ExampleFirst)
def harvest(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT...",
            help="Archives of mail as verify takes them, directories of verify runs, earlier "
            "harvests.",
            autocompletion=word_or_path(),
        ),
    ],
    output: Annotated[
        str,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE|DIR",
            help="PEM of the CA certificates; or the certificates dataset with all, as a file "
            ".parquet or in a directory. Each is for --intermediates of a later run.",
            autocompletion=word_or_path(),
        ),
    ],
    every: Annotated[
        bool, typer.Option("--all", help="In PEM also the certificates of signers.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace FILE.")] = False,
    config: ConfigOption = None,
) -> int:
    """Gather certificates out of archives or runs, to help a second run; they prove nothing."""
    with harvested(inputs) as found:
        if output.endswith((PARQUET_SUFFIX, "/")) or os.path.isdir(output):
            count = write_dataset(found.tables(), output, overwrite=overwrite)
        else:
            entries = [pem_entry(*row) for row in certificate_rows(found.tables(), every=every)]
            write_new(output, "".join(entries), overwrite=overwrite)
            count = len(entries)
    for error in found.errors:
        say(f"smimebatch: {error.source}: {error.text}")
    say(f"smimebatch: {plural(count, 'certificate')} in {output}")
    return found.exit_code


@app.command(name="gaps", cls=ExampleFirst)
def gaps(run: RunArgument, form: FormatOption = None, config: ConfigOption = None) -> int:
    """Show which certificates, lists and private keys are missing, and what waits for each."""
    found = gaps_of(run)
    if form is not None:
        write_rows(found.table(), form)
    else:
        print_to(sys.stdout, shown_gaps(found))
    return 0


def certificate_rows(tables: Iterator[Any], *, every: bool) -> Iterator[tuple[str | None, bytes]]:
    """Give subject and bytes of certificates, in the order of their SHA-256."""
    for table in tables:
        rows = table if every else table.filter(table["is_ca"])
        yield from zip(rows["subject"].to_pylist(), rows["der"].to_pylist(), strict=True)


def pem_entry(subject: str | None, der: bytes) -> str:
    """Return one certificate in PEM with its subject above it."""
    return f"# {harmless(subject or '')}\n{pem_of(der)}\n"


def shown(run: str, kept: Any, match: str | None) -> Any:
    """Return the certificates that most messages carry, for people."""
    table = new_table("subject", "messages", "not after", "key", "CA", "weak", "sha256")
    top, count = most_used(run, kept, match)
    for row in rows_of(top):
        table.add_row(
            Text(harmless(row["subject"] or "")),
            in_thousands(row["messages"] or 0),
            day_of(row["not_after"]),
            f"{row['key_algorithm']} {row['key_bits'] or ''}".strip(),
            "yes" if row["is_ca"] else "",
            " ".join(row["weak_key"] or ()),
            row["sha256"].hex()[:16],
        )
    rest = count - SHOWN_ROWS
    if rest > 0:
        table.add_row(Text(f"and {in_thousands(rest)} more: --format jsonl or csv has all", "dim"))
    return table


def most_used(run: str, kept: Any, match: str | None) -> tuple[Any, int]:
    """Return the certificates to be shown, and how many there are, keeping no more than a few."""
    top, count = dataset_schema("certificates").empty_table().select(SHOWN_COLUMNS), 0
    order = [("messages", "descending"), ("sha256", "ascending")]
    for batch in rows_of_run(
        run, "certificates", columns=SHOWN_COLUMNS, chosen=kept, batch_rows=BATCH_ROWS
    ):
        found = matching(pa.table(batch), match)
        count += found.num_rows
        top = pa.concat_tables([top, found]).sort_by(order).slice(0, SHOWN_ROWS).combine_chunks()
    return top, count


def shown_gaps(found: Gaps) -> Any:
    """Return the gaps for people: those that help most first, each with what to do."""
    blocks: list[Any] = [Text(line) for line in headline(found)]
    for gap in found.gaps[:SHOWN_ROWS]:
        blocks += [Text(), *gap_lines(gap)]
    rest = len(found.gaps) - SHOWN_ROWS
    if rest > 0:
        blocks += [Text(), Text(f"and {in_thousands(rest)} more: --format jsonl or csv has all")]
    for key in found.keys[:SHOWN_ROWS]:
        head, *lines = key_sentences(key)
        blocks += [Text(), Text(head, "bold"), *(Padding(Text(it), (0, 0, 0, 2)) for it in lines)]
    rest = len(found.keys) - SHOWN_ROWS
    if rest > 0:
        blocks += [Text(), Text(f"and {in_thousands(rest)} more keys: --format jsonl has all")]
    return Group(*blocks)


def gap_lines(gap: Gap) -> Iterator[Any]:
    """Give the lines about one gap."""
    head, *rest = sentences(gap)
    yield Text(head, "bold")
    yield from (Padding(Text(line), (0, 0, 0, 2)) for line in rest)
