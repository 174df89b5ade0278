"""smimebatch trust import and trust list: root lists in, a trust store or a table out."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Any

import pyarrow as pa
import typer
from rich.text import Text

from smimebatch.cli.command import ExampleFirst, GroupExampleFirst
from smimebatch.cli.options import ConfigOption, FormatOption, word_or_path
from smimebatch.cli.rows import new_table, write_rows
from smimebatch.cli.saying import say
from smimebatch.errors import OptionError, OutputError
from smimebatch.instants import rows_of, unix_us
from smimebatch.report.console import print_to
from smimebatch.report.text import day_of, harmless, plural
from smimebatch.trust.certdata import date_within
from smimebatch.trust.files import MOZILLA_EMAIL, NAMES, roots_of
from smimebatch.trust.roots import (
    DISTRUSTED,
    UNSAID,
    DatedList,
    ListedRoot,
    RootList,
    described,
    joined,
)
from smimebatch.trust.store import written_store

SOURCE = "SOURCE"
INSTANT_TYPE = pa.timestamp("us", "UTC")
LIST_SCHEMA = pa.schema(
    [
        ("subject", pa.string()),
        ("not_after", INSTANT_TYPE),
        ("email_trust", pa.string()),
        ("distrust_after", INSTANT_TYPE),
        ("trusted_from", INSTANT_TYPE),
        ("trusted_until", INSTANT_TYPE),
        ("sha256", pa.binary()),
    ]
)
SHOWN_SHA256_DIGITS = 16

app = typer.Typer(
    name="trust",
    help="Roots: import lists of them, and see what is in one.",
    cls=GroupExampleFirst,
    no_args_is_help=True,
)

SourcesArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="SOURCE[@DATE]...",
        help="certdata.txt, PEM, DER, PKCS#7, a directory, a database of NSS, nss (the installed "
        "one), mozilla-email or system. Several lists of roots are joined by their dates.",
        autocompletion=word_or_path(*NAMES),
    ),
]


@app.command(name="import", cls=ExampleFirst)
def import_(
    sources: SourcesArgument,
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="The trust store, for --trust; PEM that any program reads. Default: stdout.",
            autocompletion=word_or_path(),
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace FILE.")] = False,
    config: ConfigOption = None,
) -> int:
    """Make a trust store of the roots that lists trust for e-mail, with their dates."""
    lists = [dated_list(source) for source in sources]
    roots = one_list(lists)
    kept = [root for root in roots if root.is_anchor]
    text = written_store(
        roots,
        origin=[origin_of(source) for source in sources],
        licence=next((found.licence for found, _, _ in lists if found.licence), ""),
        not_for_email=[sha256 for found, _, _ in lists for sha256 in found.not_for_email],
    )
    if not kept:
        raise OptionError(SOURCE, expected="roots trusted for e-mail", found="none")
    if output is None:
        sys.stdout.write(text)
        sys.stdout.flush()
    else:
        write_new(output, text, overwrite=overwrite)
    say_what_was_imported(roots, kept, sum(found.unreadable for found, _, _ in lists))
    return 0


def say_what_was_imported(
    roots: Sequence[ListedRoot], kept: Sequence[ListedRoot], unreadable: int
) -> None:
    """Tell on stderr what is in the store and what is not."""
    limited = sum(root.limits.native != (None, None, None) for root in kept)
    said = f"{plural(len(kept), 'root')} kept, {limited} of them with dates"
    left = len(roots) - len(kept)
    if left:
        said += f"; {left} not trusted for e-mail"
    distrusted = sum(root.email_trust == DISTRUSTED for root in roots) + unreadable
    if distrusted:
        said += f"; {distrusted} entries that distrust a certificate are not part of a store"
    say(f"smimebatch: {said}")


@app.command(name="list", cls=ExampleFirst)
def list_(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SOURCE...",
            help="What trust import takes; Mozilla's roots for e-mail in this package otherwise.",
            autocompletion=word_or_path(*NAMES),
        ),
    ] = None,
    form: FormatOption = None,
    config: ConfigOption = None,
) -> int:
    """Show the roots of a list: until when they last, and whether it trusts them for e-mail."""
    lists = [dated_list(source) for source in sources or [MOZILLA_EMAIL]]
    table = table_of(one_list(lists))
    if form is not None:
        write_rows(table, form)
    else:
        print_to(sys.stdout, shown(rows_of(table)))
    return 0


def dated_list(source: str) -> tuple[RootList, datetime | None, str]:
    """Return the roots of a source, the date of the list if it has one, and its name."""
    path, at, text = source.rpartition("@")
    date = None
    if at and not os.path.exists(source):
        date = parse_date(source, text)
    else:
        path = source
    found = roots_of(path, SOURCE)  # which says so where it cannot be read
    if date is None and os.path.isfile(path):
        with open(path, "rb") as file:
            date = date_within(file.read(1 << 20))
    return found, date, source


def parse_date(source: str, text: str) -> datetime:
    """Return the date after the @ of a source."""
    try:
        date = datetime.fromisoformat(text)
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        expected = "FILE@DATE, a date such as 2015-03-01"
        raise OptionError(f"{SOURCE} {source}", expected=expected, found=repr(text)) from error


def one_list(lists: Sequence[tuple[RootList, datetime | None, str]]) -> Sequence[ListedRoot]:
    """Join lists: those that tell about trust by their dates, plain certificates as they are."""
    telling = [entry for entry in lists if any(it.email_trust != UNSAID for it in entry[0].roots)]
    plain = [root for entry in lists if entry not in telling for root in entry[0].roots]
    if len(telling) < 2:
        told = [root for entry in telling for root in entry[0].roots]
        return list({root.der: root for root in [*plain, *told]}.values())
    dated = [DatedList(date, found.roots) for found, date, _ in telling if date is not None]
    for _, date, source in telling:
        if date is None:
            raise OptionError(
                f"{SOURCE} {source}",
                expected="the date of each of several lists",
                found="none",
                remedy=f"write {source}@2015-03-01, the day at which the list was current",
            )
    return list({root.der: root for root in [*plain, *joined(dated)]}.values())


def origin_of(source: str) -> str:
    """Return the name of a source and, for a file, its SHA-256."""
    path = source if os.path.exists(source) else source.rpartition("@")[0] or source
    name = os.path.basename(source.rstrip("/"))
    if not os.path.isfile(path):
        return name
    with open(path, "rb") as file:
        return f"{name}, SHA-256 {hashlib.file_digest(file, 'sha256').hexdigest()}"


def write_new(path: str, text: str, *, overwrite: bool) -> None:
    """Write a file whole, never over another unless asked."""
    if os.path.lexists(path) and not overwrite:
        raise OutputError(
            f"--output {path}",
            expected="a new file",
            found="one that exists",
            remedy="choose another name, or add --overwrite",
        )
    staged = f"{path}.{os.getpid()}.new"
    try:
        try:
            with open(staged, "x", encoding="utf-8") as file:
                file.write(text)
            os.replace(staged, path)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(staged)
            raise
    except OSError as error:
        found = str(error.strerror)
        raise OutputError(f"--output {path}", expected="a writable place", found=found) from error


def table_of(roots: Sequence[ListedRoot]) -> Any:
    """Return the roots as a table, sorted by subject."""
    about = described([root.der for root in roots])
    rows = [
        {
            "subject": about.get(root.der, {}).get("subject"),
            "not_after": ends and unix_us(ends),
            "email_trust": root.email_trust,
            "distrust_after": root.limits.distrust_after,
            "trusted_from": root.limits.trusted_from,
            "trusted_until": root.limits.trusted_until,
            "sha256": root.sha256,
        }
        for root in roots
        for ends in [about.get(root.der, {}).get("not_after")]
    ]
    rows.sort(key=lambda row: (row["subject"] or "", row["sha256"]))
    return pa.Table.from_pylist(rows, schema=LIST_SCHEMA)


def shown(rows: Sequence[dict[str, Any]]) -> Any:
    """Return the table for people."""
    heads = ["subject", "not after", "e-mail", "distrust after", "trusted", "sha256"]
    table = new_table(*heads)
    for row in rows:
        span = [day_of(row["trusted_from"]), day_of(row["trusted_until"])]
        table.add_row(
            Text(harmless(row["subject"] or "unreadable")),
            day_of(row["not_after"]),
            row["email_trust"],
            day_of(row["distrust_after"]),
            "–".join(span) if any(span) else "",
            row["sha256"].hex()[:SHOWN_SHA256_DIGITS],
        )
    return table
