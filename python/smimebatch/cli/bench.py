"""smimebatch bench: how fast this machine is, and against what."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from smimebatch.bench.corpus import Corpus, signed_corpus, unsigned_corpus
from smimebatch.bench.machine import thread_counts
from smimebatch.bench.measuring import Measured, measure
from smimebatch.bench.peer import PeerRate, measure_openssl
from smimebatch.cli.options import (
    WORK_PANEL,
    ConfigOption,
    InputsArgument,
    LimitOption,
    TrustOption,
    loaded_trust,
)
from smimebatch.cli.saying import say
from smimebatch.cli.settings import MAY_BE_FOUND
from smimebatch.errors import OptionError
from smimebatch.options import VerifyOptions, check_range, parse_instant
from smimebatch.report.bench import as_json, write_bench
from smimebatch.trust import Trust

DEFAULT_MESSAGES = 20_000
NOW = "2026-01-01T00:00:00Z"
"""At which the certificates of made mail are valid."""


def bench(
    inputs: InputsArgument = None,
    trust: TrustOption = None,
    config: ConfigOption = None,
    limit: LimitOption = None,
    messages: Annotated[
        int | None,
        typer.Option(
            "--messages",
            metavar="N",
            help=f"Messages of each archive that is made; {DEFAULT_MESSAGES:,} by default.",
            rich_help_panel=WORK_PANEL,
        ),
        MAY_BE_FOUND,
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            "-j",
            "--jobs",
            metavar="N",
            help="Threads to go up to; as many as this process may use by default.",
            rich_help_panel=WORK_PANEL,
        ),
        MAY_BE_FOUND,
    ] = None,
    rounds: Annotated[
        int,
        typer.Option(
            "--rounds",
            metavar="N",
            help="How often each is measured; figures are medians.",
            rich_help_panel=WORK_PANEL,
        ),
        MAY_BE_FOUND,
    ] = 3,
    with_json: Annotated[
        bool,
        typer.Option("--json", help="Write one JSON object to stdout.", rich_help_panel=WORK_PANEL),
        MAY_BE_FOUND,
    ] = False,
) -> None:
    """Measure this machine, with mail that is made or that of the inputs."""
    check_range("--rounds", rounds, 1, None)
    check_range("--messages", messages, 1, None)
    if inputs and messages is not None:
        found = "inputs, whose messages are taken"
        raise OptionError("--messages", expected="no inputs", found=found, remedy="use --limit")
    if "-" in (inputs or ()):
        raise OptionError("INPUT", expected="files, which are read several times", found="-")
    threads = thread_counts(VerifyOptions(jobs=jobs).thread_count)
    measured: list[Measured] = []
    peer: PeerRate | None = None
    with corpora(inputs, messages or limit or DEFAULT_MESSAGES) as made:
        for corpus in made:
            tell_step(f"measuring {corpus.said}, {rounds} rounds")
            believed = loaded_trust(trust, None) if inputs else made_trust(corpus)
            options = (
                VerifyOptions(limit=limit) if inputs else VerifyOptions(now=parse_instant(NOW))
            )
            measured.append(measure(corpus, believed, options, threads, rounds))
            peer = peer or measure_openssl(corpus)
    if with_json:
        sys.stdout.write(json.dumps(as_json(measured, peer), indent=1) + "\n")
    else:
        write_bench(measured, peer, sys.stdout)


@contextmanager
def corpora(inputs: list[str] | None, messages: int) -> Iterator[list[Corpus]]:
    """Give what is measured: the inputs, or archives that are gone afterwards."""
    if inputs:
        yield [Corpus("mails of the inputs", "inputs", inputs)]
        return
    with tempfile.TemporaryDirectory(prefix="smimebatch-bench-") as folder:
        tell_step(f"making two archives of {messages:,} mails")
        yield [signed_corpus(folder, messages), unsigned_corpus(folder, messages)]


def made_trust(corpus: Corpus) -> Trust:
    """Return the trust that belongs to a made archive."""
    return Trust() if corpus.root is None else Trust.load(corpus.root)


def tell_step(text: str) -> None:
    """Tell on stderr what takes so long."""
    say(f"smimebatch: {text} …")
