"""What --dry-run tells: what would be written, for whom, and what would not, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from smimebatch.envelopes import Envelopes
from smimebatch.report.text import harmless, in_bytes, in_thousands, plural
from smimebatch.schema import sentence
from smimebatch.sinks.planning import Planned

SHOWN = 10
Section = Callable[[str, RenderableType], RenderableType]
SIGNED = "would be signed, to be read again and verified"
OF_STATE = {
    "WRITTEN": "would get a new envelope, to be read again and compared",
    "REFUSED": "would be refused",
    "SKIPPED": "nothing to do: would be written as they are",
}


def planned_parts(
    planned: Planned, envelopes: Envelopes | None, section: Section
) -> Iterable[RenderableType]:
    """Give the parts of the summary."""
    form = None if envelopes is None else envelopes.mail_format
    said = f"{plural(planned.messages, 'message')}, {in_bytes(planned.octets)}"
    yield section("Would be written", Text(said + (f", as {form}" if form else "")))
    said_of = OF_STATE | ({"WRITTEN": SIGNED} if planned.signers else {})
    table = Table.grid(padding=(0, 2))
    for state, count in sorted(planned.states.items()):
        table.add_row(in_thousands(count), Text(state, "bold"), Text(said_of.get(state, "")))
    if not planned.states:
        table.add_row(in_thousands(planned.opened), Text("without their envelopes"))
    yield section("What would become of them", table)
    if planned.reasons:
        reasons = {f"{it}: {sentence('object_reason', it)}": n for it, n in planned.reasons.items()}
        yield section("Why", ranked(Counter(reasons)))
    for title, counter in (
        ("For whom, by messages", planned.recipients),
        ("Signed with, by messages", planned.signers),
        ("No certificate for", planned.missing_recipients),
        ("No key for envelopes to", planned.missing_keys),
    ):
        if counter:
            yield section(title, ranked(counter))


def ranked(counter: Counter[str]) -> Table:
    """Return the most frequent words of a counter."""
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    words = sorted(counter.items(), key=lambda entry: (-entry[1], entry[0]))
    for word, count in words[:SHOWN]:
        table.add_row(in_thousands(count), Text(harmless(word)))
    if len(words) > SHOWN:
        table.add_row("", Text(f"and {plural(len(words) - SHOWN, 'other')}", "dim"))
    return table
