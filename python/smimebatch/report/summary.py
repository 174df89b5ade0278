"""The table at the end of a run: what was found, why, and where the rows lie."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from smimebatch.envelopes import PARQUET, Envelopes
from smimebatch.options import Policy
from smimebatch.report.blocks import add_row, counted, in_vocabulary_order, new_table, section
from smimebatch.report.console import INDICATION_STYLES, print_to
from smimebatch.report.notes import boundaries, flags_seen
from smimebatch.report.planned import planned_parts
from smimebatch.report.text import harmless, in_bytes, in_seconds, in_thousands, plural
from smimebatch.run import Run
from smimebatch.schema import sentence
from smimebatch.sealing import REWRAP
from smimebatch.signing import Signing
from smimebatch.sinks.rows import Totals

OPTION_MEANS = {
    ("--bind", "off"): "Nobody asked whether the sender is the signer.",
    ("--bind", "from-or-sender"): "The Sender address will do where the From address does not fit.",
    ("--bind-missing", "allow"): "Certificates without an address can pass.",
    ("--revocation", "off"): "Revoked certificates can pass.",
    ("--revocation", "required"): "Every chain must be known not to be revoked.",
    ("--at", "claimed"): "The signer's own clock is believed.",
    ("--at", "date"): "The Date header is believed.",
    ("--chain-model", "chain"): "A CA only needs to have been valid when it issued.",
    ("--chain-model", "hybrid"): "CAs only need to have been valid when the signer's certificate "
    "was issued.",
}
TOP_ISSUERS = 10
SHOWN_PLACES = 5


def write_summary(run: Run, stream: TextIO) -> None:
    """Write the summary of a run."""
    print_to(stream, Group(*summary(run)))


def summary(run: Run) -> Iterable[RenderableType]:
    """Give the parts of the summary in reading order."""
    totals = run.totals
    yield headline(run)
    yield from not_all(run)
    yield from counted("What the messages are", "kind", totals.kinds, totals.messages)
    yield from boundaries(totals.flags)
    yield from verdicts(totals)
    yield from counted("Why (one message can have several reasons)", "reason", totals.reasons, 0)
    signed = sum(totals.coverage.values())
    yield from counted("What the signatures cover", "coverage", totals.coverage, signed)
    yield from list_footers(totals)
    yield from flags_seen(totals.flags)
    yield from counted("Not evaluated because", "error", totals.message_errors, 0)
    count = totals.signatures
    title = "The signatures themselves, whatever they cover"
    yield from counted(title, "crypto_result", totals.crypto_results, count)
    title = "Their certificate chains at the control time"
    yield from counted(title, "chain_result", totals.chain_results, count)
    yield from counted("What proves how old they are", "evidence_kind", totals.proofs, count)
    yield from issuers(totals)
    if run.envelopes is not None:
        statuses = totals.decrypt_statuses
        yield from counted("Encrypted layers", "decrypt_status", statuses, totals.encryptions)
    if run.planned is not None:
        yield from planned_parts(run.planned, run.envelopes, section)
    else:
        count = sum(totals.objects.values())
        yield from counted("What became of each message", "object_state", totals.objects, count)
        yield from counted("Why some came to that", "object_reason", totals.object_reasons, count)
    yield from findings(totals)
    yield from places(totals)
    yield from judged_with(run)
    yield from advice(run)


def headline(run: Run) -> RenderableType:
    """How much, how fast."""
    totals, seconds = run.totals, max(run.elapsed_s, 1e-6)
    rate = in_thousands(round(totals.messages / seconds))
    said = Text(plural(totals.messages, "message"), style="bold")
    said.append(f", {in_bytes(totals.payload_bytes)}", style="")
    if run.was_finished:
        return said
    said.append(f", in {in_seconds(run.elapsed_s)}", style="")
    said.append(f" ({rate} messages/s, {in_bytes(totals.payload_bytes / seconds)}/s)", style="dim")
    return said


def not_all(run: Run) -> Iterable[RenderableType]:
    """Say that a run was told to stop before the end of its inputs."""
    limit, shard = run.options.limit, run.options.shard
    if limit is None or (run.totals.messages < limit and shard.count == 1):
        return
    said = (
        f"--limit {limit}: no more than the first {plural(limit, 'message')} of the inputs "
        f"{'was' if limit == 1 else 'were'} read. What lies behind, if anything, is in no count "
        "and no row."
    )
    yield section("Read up to a limit", Text(said), "yellow")


def verdicts(totals: Totals) -> Iterable[RenderableType]:
    """The indications; sub-indications below, which say what kind of shortcoming decided."""
    if not totals.indications:
        return
    table = new_table()
    for code in in_vocabulary_order("indication", totals.indications):
        count, said = totals.indications[code], sentence("indication", code)
        add_row(table, code, count, totals.messages, said, INDICATION_STYLES.get(code, "bold"))
    yield section("The verdict on each message", table)
    yield from counted("Where it is not passed", "sub_indication", totals.sub_indications, 0)


def list_footers(totals: Totals) -> Iterable[RenderableType]:
    """RULES 28: the same verdict as for an attack, said kindly."""
    if totals.list_footers_good:
        said = (
            f"{plural(totals.list_footers_good, 'message')}: signature good over part of the "
            "message; a mailing list seems to have added the rest (flag list_footer_likely)."
        )
        yield Padding(Text(said), (0, 0, 0, 2))


def issuers(totals: Totals) -> Iterable[RenderableType]:
    """Who issued the signers' certificates."""
    if not totals.issuers:
        return
    table = new_table()
    ranked = sorted(totals.issuers.items(), key=lambda entry: (-entry[1], entry[0]))
    for issuer, count in ranked[:TOP_ISSUERS]:
        table.add_row(in_thousands(count), "", Text(harmless(issuer)))
    if len(ranked) > TOP_ISSUERS:
        table.add_row("", "", Text(f"and {plural(len(ranked) - TOP_ISSUERS, 'other')}", "dim"))
    title = "Issuers of the signers' certificates, by signatures"
    yield section(title if totals.issuers_are_exact else title + " (at least)", table)


def findings(totals: Totals) -> Iterable[RenderableType]:
    """What else the datasets hold."""
    parts = [
        plural(totals.signatures, "signature"),
        plural(totals.certificates, "distinct certificate"),
        plural(totals.encryptions, "encrypted layer"),
        plural(totals.recipients, "recipient"),
    ]
    yield section("Found", Text(", ".join(parts)))


def places(totals: Totals) -> Iterable[RenderableType]:
    """What could not be read, and remarks about what was."""
    if totals.errors:
        table = Table.grid(padding=(0, 2))
        for error in totals.first_errors[:SHOWN_PLACES]:
            at = "" if error.offset is None else f" at byte {in_thousands(error.offset)}"
            table.add_row(Text(harmless(error.source) + at), Text(harmless(error.text)))
        add_rest(table, totals.errors - SHOWN_PLACES, "in the dataset errors")
        yield section(f"{plural(totals.errors, 'place')} could not be read", table, "bold red")
    if totals.first_remarks:
        table = Table.grid(padding=(0, 2))
        for remark in totals.first_remarks[:SHOWN_PLACES]:
            table.add_row(Text(harmless(remark.source)), Text(harmless(remark.text)))
        add_rest(table, sum(totals.remarks.values()) - SHOWN_PLACES, "not shown here")
        yield section("Remarks", table)


def add_rest(table: Table, rest: int, where: str) -> None:
    """Say how many are not shown."""
    if rest > 0:
        table.add_row(Text(f"and {in_thousands(rest)} more", "dim"), Text(where, "dim"))


def judged_with(run: Run) -> Iterable[RenderableType]:
    """The options that differ from the ordinary and change verdicts, and what was not looked at."""
    if not run.totals.signatures:
        return
    policy, ordinary = run.options.policy, Policy()
    lines = []
    for option, given, usual in (
        ("--at", policy.at, ordinary.at),
        ("--bind", policy.bind, ordinary.bind),
        ("--bind-missing", policy.bind_missing, ordinary.bind_missing),
        ("--revocation", policy.revocation, ordinary.revocation),
        ("--chain-model", policy.path.chain_model, ordinary.path.chain_model),
    ):
        if given != usual:
            lines.append(f"{option} {given}, not {usual}. {OPTION_MEANS.get((option, given), '')}")
    if words := policy.vouches.words:
        lines.append(
            "--vouch " + " ".join(map(harmless, words)) + ": believed as you vouch for it."
        )
    if policy.path.require_explicit_policy:
        asked = ", ".join(policy.path.initial_policies) or "any"
        lines.append(f"--require-explicit-policy: a chain passes under a policy ({asked}) only.")
    if policy.strict:
        lines.append("--strict: what is not exactly after the standards does not pass.")
    if policy.algorithms != ordinary.algorithms:
        lines.append(f"--policy: algorithms by {policy.algorithms.name}.")
    if lines:
        yield section("Judged with", Text("\n".join(line.rstrip() for line in lines)))


def advice(run: Run) -> Iterable[RenderableType]:
    """What to know and where to look next."""
    totals = run.totals
    if not run.trust.anchors and totals.signatures:
        said = (
            "No --trust was given, so every chain ends in an untrusted root: no signature can "
            "pass. Name roots with --trust mozilla-email or --trust roots.pem."
        )
        yield section("Trust", Text(said, "yellow"))
    left_out = run.trust.revocation.skipped
    if left_out:
        said = f"{plural(left_out, 'file')} of --crls or --ocsp cannot be used."
        yield section("Revocation", Text(said, "yellow"))
    skipped = len(run.trust.native.skipped)
    if skipped:
        said = f"{plural(skipped, 'certificate')} of --trust or --intermediates cannot be used."
        yield section("Trust", Text(said, "yellow"))
    if run.output is not None:
        *names, last = run.datasets
        said = f"{harmless(run.output)}: {', '.join(names)} and {last}, each as Parquet"
        yield section("Rows", Text(said))
        if run.envelopes is not None:
            yield from mail_written(run.output, run.envelopes, totals.mail_in_index)
    elif run.planned is not None:
        said = "--dry-run; without it all of this is done, read again from the disk and compared"
        yield section("Nothing was written", Text(said))
    elif totals.messages:
        yield section("Rows", Text("on stdout; -o OUT writes every dataset as Parquet", "dim"))


def mail_written(output: str, envelopes: Envelopes, in_index: int) -> Iterable[RenderableType]:
    """Where the messages are, and what of it is not to be forgotten."""
    if envelopes.scan is not None:
        return
    said = "every message, without its envelope where that opened"
    if isinstance(envelopes.sealing, Signing):
        said = "every message, signed where that could be"
    elif envelopes.sealing is not None:
        said = "the messages in their new envelopes, and all others that are kept"
    form = envelopes.mail_format or PARQUET
    yield section("Mail", Text(f"{harmless(output)}/mail: {said}, as {form}"))
    if in_index:
        said = (
            f"{plural(in_index, 'message')} that a reader of {form} would not find as it is: "
            f"in {harmless(output)}/mail_index, column raw. smimebatch reads both together."
        )
        yield section("Not in a file of mail", Text(said, "yellow"))
    if envelopes.sealing is not None and envelopes.sealing.job == REWRAP:
        said = (
            "Whoever could read these messages before can read a copy of them still: they have the "
            "same content keys. What a cipher without integrity (CBC) did not protect from change "
            "is unprotected still. smimebatch reencrypt mends both."
        )
        yield section("What rewrap does not do", Text(said, "yellow"))
