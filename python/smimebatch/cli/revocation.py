"""smimebatch revocation fetch: lists and responses that certificates name, into a store."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import pyarrow as pa
import typer
from rich.text import Text

from smimebatch.cli.command import ExampleFirst, GroupExampleFirst
from smimebatch.cli.formats import is_flag
from smimebatch.cli.options import (
    ConfigOption,
    FormatOption,
    IntermediatesOption,
    TrustOption,
    loaded_trust,
    one_of,
    word_or_path,
)
from smimebatch.cli.rows import new_table, write_rows
from smimebatch.cli.saying import say
from smimebatch.cli.settings import MAY_BE_FOUND
from smimebatch.errors import OptionError
from smimebatch.options import check_choice
from smimebatch.report.console import print_to
from smimebatch.report.text import harmless, in_thousands
from smimebatch.revocation.fetching import DELAY_S, Fetcher, Manners, status_before
from smimebatch.revocation.hosts import AllowList
from smimebatch.revocation.places import KINDS, Named, Wanted, named_in, wanted_by
from smimebatch.revocation.store import Store
from smimebatch.trust.harvested import certificates_of

UNANSWERED = 3
PLAN_SCHEMA = pa.schema(
    [
        ("kind", pa.string()),
        ("url", pa.string()),
        ("certificate_sha256", pa.binary()),
        ("named_by", pa.int64()),
        ("status", pa.string()),
    ]
)

app = typer.Typer(
    name="revocation",
    help="Revocation data: fetch what certificates name.",
    cls=GroupExampleFirst,
    no_args_is_help=True,
)


@app.callback()
def revocation() -> None:
    """Revocation data: fetch what certificates name."""


@app.command(name="fetch", cls=ExampleFirst)
def fetch(
    context: typer.Context,
    runs: Annotated[
        list[str],
        typer.Argument(
            metavar="OUT...",
            help="Directories of verify runs, or certificates datasets.",
            autocompletion=word_or_path(),
        ),
    ],
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="STORE",
            help="Directory for lists and responses, for --crls and --ocsp; what is there stays.",
            autocompletion=word_or_path(),
        ),
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option(
            "--allow",
            metavar="HOST",
            help="Ask this host, .domain, address or network, each also with :port; all others "
            "are only listed. Private addresses need an entry of their own. Repeatable.",
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="List what would be fetched; open no connection."),
        MAY_BE_FOUND,
    ] = False,
    trust: TrustOption = None,
    intermediates: IntermediatesOption = None,
    only: Annotated[
        str | None,
        typer.Option(
            "--only",
            metavar="crl|ocsp",
            help="Only lists, or only responses; both otherwise.",
            autocompletion=one_of(*KINDS),
        ),
    ] = None,
    delay: Annotated[
        float,
        typer.Option(
            "--delay", metavar="SECONDS", min=0.0, help="Between two requests to one host."
        ),
        MAY_BE_FOUND,
    ] = DELAY_S,
    form: FormatOption = None,
    config: ConfigOption = None,
) -> int:
    """Download the CRLs and OCSP responses that certificates name, from the hosts you allow."""
    allowed = AllowList(allow or ())
    certificates = [named for run in runs for named in read(run)]
    given = loaded_trust(trust, intermediates)
    beside = [named_in(der) for der in (*given.anchors, *given.intermediates)]
    if only is not None:
        check_choice("--only", only, KINDS)
    wanted = [
        one
        for one in wanted_by(certificates, [named for named in beside if named is not None])
        if only in (None, one.kind)
    ]
    if dry_run:
        tell_plan(wanted, allowed, form)
        return 0
    check_arguments(output, allow, form if is_flag(context, "form") else None)
    return fetched(wanted, allowed, str(output), delay)


def check_arguments(output: str | None, allow: list[str] | None, form: str | None) -> None:
    """Refuse a fetch that does not say where to, from whom, or that asks for rows."""
    if output is None:
        raise OptionError("--output", expected="a directory for what is fetched", found="none")
    if not allow:
        raise OptionError(
            "--allow",
            expected="at least one host",
            found="none",
            remedy="add --dry-run to see which hosts the certificates name",
        )
    if form is not None:
        raise OptionError("--format", expected="rows on stdout", found="a fetch, not --dry-run")


def read(run: str) -> Iterator[Named]:
    """Give the certificates of a run that can be read."""
    for der in certificates_of(run, "OUT"):
        named = named_in(der)
        if named is not None:
            yield named


def fetched(wanted: Sequence[Wanted], allowed: AllowList, path: str, delay_s: float) -> int:
    """Fetch, tell the outcome on stderr and return the exit code."""
    store = Store(path)
    try:
        fetcher = Fetcher(store, allowed, Manners(delay_s=delay_s))
        fetcher.fetch(wanted)
    finally:
        store.close()
    for status, count in sorted(fetcher.statuses.items()):
        say(f"smimebatch: {in_thousands(count)} {status}")
    expected = {"stored", "already_stored", "not_allowed", "unsupported_scheme"}
    return UNANSWERED if set(fetcher.statuses) - expected else 0


def tell_plan(wanted: Sequence[Wanted], allowed: AllowList, form: str | None) -> None:
    """List on stdout what would become of each thing."""
    rows = [
        {
            "kind": one.kind,
            "url": one.url,
            "certificate_sha256": one.certificate_sha256 or None,
            "named_by": one.named_by,
            "status": status_before(one, allowed, set()),
        }
        for one in wanted
    ]
    if form is None:
        print_to(sys.stdout, shown(rows))
    else:
        write_rows(pa.Table.from_pylist(rows, schema=PLAN_SCHEMA), form)


def shown(rows: Sequence[dict[str, Any]]) -> Any:
    """Return the plan for people: questions to one responder in one line."""
    counts: dict[tuple[str, str, str], int] = {}
    for row in rows:
        key = (row["url"], row["kind"], row["status"])
        counts[key] = counts.get(key, 0) + (row["named_by"] if row["kind"] == "crl" else 1)
    table = new_table("url", "kind", "certificates", "status")
    for (url, kind, status), count in counts.items():
        table.add_row(Text(harmless(url)), kind, in_thousands(count), status)
    return table
