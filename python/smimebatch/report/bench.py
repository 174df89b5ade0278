"""What `smimebatch bench` found, on one screen or as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, TextIO

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from smimebatch.bench.machine import machine
from smimebatch.bench.measuring import Measured, Rate
from smimebatch.bench.peer import PeerRate
from smimebatch.report.console import print_to
from smimebatch.report.text import harmless, in_bytes, in_thousands, plural

SHOWN_US = 0.05
"""Stages that take less everywhere are not shown."""
INDENTED = (0, 0, 0, 2)


def as_json(measured: Sequence[Measured], peer: PeerRate | None) -> dict[str, Any]:
    """Return everything that was measured."""
    return {
        "machine": machine(),
        "archives": [archive_as_json(one) for one in measured],
        "openssl_cms": None if peer is None else peer.as_json(),
    }


def archive_as_json(measured: Measured) -> dict[str, Any]:
    """Return what was measured of one archive."""
    digests, digested_bytes, checks = measured.jobs.native.counts
    whole = [
        rate.as_json()
        | {"share_of_floor": share_of_floor(measured, rate)}
        | {"scaling": round(rate.messages_per_s / measured.whole[0].messages_per_s, 3)}
        for rate in measured.whole
    ]
    floor = [
        rate.as_json()
        | {"scaling": round(rate.messages_per_s / measured.floor[0].messages_per_s, 3)}
        for rate in measured.floor
    ]
    return {
        "archive": measured.corpus.said,
        "whole_job": whole,
        "floor": floor,
        "floor_jobs": {"digests": digests, "bytes": digested_bytes, "signatures": checks},
        "floor_with_library_alone": measured.library.as_json(),
        "stages_on_one_thread": [
            {"stage": it.name, "does": it.said, "us_per_message": round(it.us_per_message, 3)}
            for it in measured.stages
        ],
    }


def share_of_floor(measured: Measured, whole: Rate) -> float:
    """Return how near the whole job comes to its cryptography alone on as many threads."""
    floor = next(rate for rate in measured.floor if rate.threads == whole.threads)
    return round(whole.messages_per_s / floor.messages_per_s, 4)


def write_bench(measured: Sequence[Measured], peer: PeerRate | None, stream: TextIO) -> None:
    """Write the screen."""
    print_to(stream, Group(*screen(measured, peer)))


def screen(measured: Sequence[Measured], peer: PeerRate | None) -> Iterable[RenderableType]:
    """Give the parts in reading order."""
    yield from heading()
    for one in measured:
        yield from rates(one)
    yield Text("\nMicroseconds a message on one thread", style="bold")
    yield Padding(stages(measured), INDENTED)
    yield Text()
    if peer is not None:
        yield beside(measured[0], peer)
    yield Text(
        "More programs and mails: docs/benchmarks.md. Runs differ by a fifth; ratios count.",
        style="dim",
    )


def heading() -> Iterable[RenderableType]:
    """The machine, and with which kernels it computes."""
    about = machine()
    said = f"{about['cpu']}, {plural(about['cores'], 'core')}; smimebatch {about['smimebatch']}"
    yield Text(harmless(said), style="bold")
    grouped: dict[str, list[str]] = {}
    for kernel in about["kernels"]:
        grouped.setdefault(kernel["why"], []).append(f"{kernel['job']} {kernel['kernel']}")
    for why, jobs in grouped.items():
        yield Text(f"  {', '.join(jobs)}: {why}", style="dim")


def rates(measured: Measured) -> Iterable[RenderableType]:
    """One archive: the whole job beside its cryptography alone, by threads."""
    first = measured.whole[0]
    size = in_bytes(first.payload_bytes / first.messages)
    yield Text()
    said = f"{in_thousands(first.messages)} {measured.corpus.said}, {size} each"
    yield Text(harmless(said), style="bold")
    table = new_table(
        "threads", "messages/s", "a core", "MB/s", "a core", "floor", "", "scaling", left=(7,)
    )
    for rate, floor in zip(measured.whole, measured.floor, strict=True):
        table.add_row(*cells(measured, rate, floor))
    yield Padding(table, INDENTED)
    times = measured.floor[0].messages_per_s / measured.library.messages_per_s
    said = f"messages/s of their cryptography alone; {times:.1f} times that by the library"
    yield Text(f"  Floor: {said}, one job at a time.", style="dim")


def cells(measured: Measured, rate: Rate, floor: Rate) -> list[str]:
    """A row of the table of rates."""
    gain = rate.messages_per_s / measured.whole[0].messages_per_s
    floor_gain = floor.messages_per_s / measured.floor[0].messages_per_s
    return [
        str(rate.threads),
        in_thousands(round(rate.messages_per_s)),
        in_thousands(round(rate.messages_per_s / rate.threads)),
        in_thousands(round(rate.bytes_per_s / 1e6)),
        in_thousands(round(rate.bytes_per_s / rate.threads / 1e6)),
        in_thousands(round(floor.messages_per_s)),
        f"{share_of_floor(measured, rate):.0%} reached",
        f"{gain:.2f} times (floor {floor_gain:.2f})" if rate.threads > 1 else "",
    ]


def stages(measured: Sequence[Measured]) -> RenderableType:
    """Microseconds a message by stage on one thread, every archive in its column."""
    titles = [one.corpus.short for one in measured]
    table = new_table("stage", *titles, "", left=(0, len(titles) + 1))
    for column in zip(*(one.stages for one in measured), strict=True):
        if any(it.us_per_message >= SHOWN_US for it in column):
            figures = [f"{it.us_per_message:.2f}" for it in column]
            table.add_row(column[0].name, *figures, Text(column[0].said, style="dim"))
    return table


def new_table(*titles: str, left: Sequence[int] = ()) -> Table:
    """Return a table without lines; its figures stand to the right, and nothing is broken."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for number, title in enumerate(titles):
        side: Literal["left", "right"] = "left" if number in left else "right"
        fixed = None if number == len(titles) - 1 else len(title)
        table.add_column(title, justify=side, no_wrap=True, overflow="ellipsis", min_width=fixed)
    return table


def beside(signed: Measured, peer: PeerRate) -> RenderableType:
    """What a script does today."""
    times = signed.whole[0].messages_per_s / peer.messages_per_s
    rate = in_thousands(round(peer.messages_per_s))
    wrong = "" if peer.is_right else " It did not find what is true of these mails."
    said = f"{peer.version}, a process of `openssl cms -verify` a mail: {rate} messages/s,"
    return Text(harmless(f"{said} 1/{times:,.0f} of one thread here.{wrong}"))
