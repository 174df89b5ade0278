"""What `smimebatch bench` found, on one screen or as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TextIO

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from smimebatch.bench.machine import machine
from smimebatch.bench.measuring import Measured, Rate, Stage
from smimebatch.bench.peer import PeerRate
from smimebatch.report.console import print_to
from smimebatch.report.text import harmless, in_bytes, in_thousands, plural

SHOWN_STAGE_SHARE = 0.01
"""Stages that take less are shown together."""
BAR_CHARACTERS = 30


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
        yield from archive(one)
    if peer is not None:
        yield from beside(measured[0], peer)


def heading() -> Iterable[RenderableType]:
    """The machine, and with which kernels it computes."""
    about = machine()
    said = f"{about['cpu']}, {plural(about['cores'], 'core')}; smimebatch {about['smimebatch']}"
    yield Text(harmless(said), style="bold")
    grouped: dict[str, list[str]] = {}
    for kernel in about["kernels"]:
        grouped.setdefault(f"{kernel['kernel']} ({kernel['why']})", []).append(kernel["job"])
    for kernel, jobs in grouped.items():
        yield Text(f"  {', '.join(jobs)}: {kernel}", style="dim")


def archive(measured: Measured) -> Iterable[RenderableType]:
    """One archive: rates by threads, and where the time goes."""
    first = measured.whole[0]
    size = in_bytes(first.payload_bytes / first.messages)
    yield Text()
    yield Text(
        harmless(f"{in_thousands(first.messages)} {measured.corpus.said}, {size} each"),
        style="bold",
    )
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=True, header_style="dim")
    for title in ("", "messages/s", "per core", "MB/s", "per core"):
        table.add_column(title, justify="left" if not title else "right")
    table.add_column("")
    for rate in measured.whole:
        table.add_row(
            *cells(f"whole job, {plural(rate.threads, 'thread')}", rate, said_of(measured, rate))
        )
    for rate in measured.floor:
        scaling = rate.messages_per_s / measured.floor[0].messages_per_s
        said = "its cryptography alone" if rate.threads == 1 else f"{scaling:.2f} times one thread"
        table.add_row(*cells(f"floor, {plural(rate.threads, 'thread')}", rate, said))
    times = measured.floor[0].messages_per_s / measured.library.messages_per_s
    said = f"one job at a time; the kernels make it {times:.1f} times as fast"
    table.add_row(*cells("floor by the library", measured.library, said), style="dim")
    yield Padding(table, (0, 0, 0, 2))
    yield Padding(stages(measured.stages), (0, 0, 0, 2))


def said_of(measured: Measured, rate: Rate) -> str:
    """How near the floor, and how much more than one thread."""
    said = f"{share_of_floor(measured, rate):.0%} of the floor"
    if rate.threads > 1:
        said += f", {rate.messages_per_s / measured.whole[0].messages_per_s:.2f} times one thread"
    return said


def cells(name: str, rate: Rate, said: str) -> list[str]:
    """A row of the table of rates."""
    per_s, bytes_per_s = rate.messages_per_s, rate.bytes_per_s
    return [
        name,
        in_thousands(round(per_s)),
        in_thousands(round(per_s / rate.threads)),
        in_thousands(round(bytes_per_s / 1e6)),
        in_thousands(round(bytes_per_s / rate.threads / 1e6)),
        said,
    ]


def stages(all_of_them: Sequence[Stage]) -> RenderableType:
    """Microseconds a message by stage, with bars."""
    whole = sum(stage.us_per_message for stage in all_of_them) or 1.0
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=True, header_style="dim")
    table.add_column("stage, one thread")
    table.add_column("µs a message", justify="right")
    table.add_column("")
    small = [it for it in all_of_them if it.us_per_message < SHOWN_STAGE_SHARE * whole]
    shown = [it for it in all_of_them if it not in small]
    if small:
        names = ", ".join(stage.name for stage in small)
        shown.append(Stage("others", names, sum(stage.us_per_message for stage in small)))
    for stage in shown:
        bar = "█" * round(BAR_CHARACTERS * stage.us_per_message / whole)
        table.add_row(stage.name, f"{stage.us_per_message:.2f}", f"{bar} {stage.said}".strip())
    return table


def beside(signed: Measured, peer: PeerRate) -> Iterable[RenderableType]:
    """What a script does today."""
    yield Text()
    times = signed.whole[0].messages_per_s / peer.messages_per_s
    rate = in_thousands(round(peer.messages_per_s))
    said = f"{peer.version}, one process of `openssl cms -verify` a mail: {rate} messages/s;"
    wrong = "" if peer.is_right else " It did not find what is true of these mails."
    yield Text(f"{said} one thread here is {times:,.0f} times as fast.{wrong}")
    yield Text(
        "More programs and archives: docs/benchmarks.md of the project. Ratios are worth more than"
        " figures: identical runs differ by a fifth.",
        style="dim",
    )
