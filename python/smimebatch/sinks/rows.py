"""Totals of a run: what the summary shows, run.json keeps and `--fail-on` asks.

Counts rows of each batch as they pass and forgets them; memory does not depend on how many there
are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from smimebatch import _native
from smimebatch.batch import VerifiedBatch
from smimebatch.sources.items import ReadError, Remark

MAX_DISTINCT = 50_000
"""Distinct issuers or sources counted exactly; beyond it the rarest are forgotten and counts
become lower bounds."""
MAX_DISTINCT_CERTIFICATES = 1_000_000
REFUSED = "REFUSED"
MAX_KEPT_ENTRIES = 20
LIST_FOOTER = "list_footer_likely"
PARTIAL_REASONS = frozenset({"coverage_partial", "no_signature_over_message"})
"""What alone separates a good signature over a part from a good signature over the message."""


@dataclass(slots=True)
class Totals:
    """Counts over a whole run."""

    messages: int = 0
    payload_bytes: int = 0
    signatures: int = 0
    encryptions: int = 0
    recipients: int = 0
    decrypt_statuses: Counter[str] = field(default_factory=Counter)
    """Of encrypted layers."""
    objects: Counter[str] = field(default_factory=Counter)
    """States of the messages that a job wrote in new envelopes."""
    object_reasons: Counter[str] = field(default_factory=Counter)
    """Why they came to that."""
    mail_in_index: int = 0
    """Messages that no file of the format of the mail can hold."""
    certificates: int = 0
    """Distinct ones."""
    errors: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    indications: Counter[str] = field(default_factory=Counter)
    sub_indications: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    flags: Counter[str] = field(default_factory=Counter)
    coverage: Counter[str] = field(default_factory=Counter)
    """Of signed messages."""
    message_errors: Counter[str] = field(default_factory=Counter)
    list_footers_good: int = 0
    """Messages whose only trouble is that a list seems to have added something to them."""
    crypto_results: Counter[str] = field(default_factory=Counter)
    """Of signatures, whatever they cover."""
    chain_results: Counter[str] = field(default_factory=Counter)
    """Of signatures, whatever they cover."""
    proofs: Counter[str] = field(default_factory=Counter)
    """Of signatures that something proves the age of."""
    issuers: Counter[str] = field(default_factory=Counter)
    """Issuer names of signers' certificates, by signatures."""
    issuers_are_exact: bool = True
    error_codes: Counter[str] = field(default_factory=Counter)
    first_errors: list[ReadError] = field(default_factory=list)
    remarks: Counter[str] = field(default_factory=Counter)
    first_remarks: list[Remark] = field(default_factory=list)

    def matching(self, codes: tuple[str, ...]) -> int:
        """Count how often any of these indications, sub-indications, reasons or flags was given."""
        counters = (self.indications, self.sub_indications, self.reasons, self.flags)
        return sum(counter[code] for code in codes for counter in counters)

    def count_error(self, error: ReadError) -> None:
        """Add a place that could not be read."""
        self.errors += 1
        self.error_codes[error.code] += 1
        if len(self.first_errors) < MAX_KEPT_ENTRIES:
            self.first_errors.append(error)

    def exit_code(self, fail_on: tuple[str, ...]) -> int:
        """Return that of the command line: 1 something of `fail_on`, 3 something undone."""
        if self.matching(fail_on):
            return 1
        return 3 if self.errors or self.objects[REFUSED] else 0

    def as_json(self) -> dict[str, Any]:
        """Return the counts in a fixed order, for run.json."""
        counted = {
            name: dict(sorted(value.most_common(MAX_KEPT_ENTRIES if name == "issuers" else None)))
            for name in self.__slots__
            if isinstance(value := getattr(self, name), Counter)
        }
        plain = {
            name: value for name in self.__slots__ if isinstance(value := getattr(self, name), int)
        }
        return {**plain, **counted}


class TotalsSink:
    """Counts what passes."""

    def __init__(self) -> None:
        self.totals = Totals()
        self._certificates: set[bytes] = set()

    def write(self, batch: VerifiedBatch) -> None:
        """Add one batch."""
        totals = self.totals
        messages, signatures = batch.rows["messages"], batch.rows["signatures"]
        totals.messages += messages.num_rows
        totals.payload_bytes += batch.payload_bytes
        totals.signatures += signatures.num_rows
        encryptions = batch.rows["encryptions"]
        totals.encryptions += encryptions.num_rows
        count(encryptions, "decrypt_status", totals.decrypt_statuses)
        totals.recipients += batch.rows["recipients"].num_rows
        count(messages, "kind", totals.kinds)
        count(messages, "indication", totals.indications)
        count(messages, "sub_indication", totals.sub_indications)
        count(messages, "error", totals.message_errors)
        footers_before = totals.flags[LIST_FOOTER]
        count(messages, "flags", totals.flags)
        count(messages, "reasons", totals.reasons)
        count(messages, "coverage", totals.coverage, positive="signer_count")
        if totals.flags[LIST_FOOTER] > footers_before:
            totals.list_footers_good += count_good_with_list_footer(
                batch.messages, batch.signatures
            )
        count(signatures, "crypto_result", totals.crypto_results)
        count(signatures, "chain_result", totals.chain_results)
        count(signatures, "poe_kind", totals.proofs)
        self._count_issuers(signatures)
        self._count_certificates(batch.certificate_sightings)

    def _count_issuers(self, signatures: Any) -> None:
        issuers = self.totals.issuers
        count(signatures, "signer_issuer", issuers)
        if len(issuers) > MAX_DISTINCT:
            kept = issuers.most_common(MAX_DISTINCT // 2)
            issuers.clear()
            issuers.update(dict(kept))
            self.totals.issuers_are_exact = False

    def _count_certificates(self, sightings: Any) -> None:
        if len(self._certificates) < MAX_DISTINCT_CERTIFICATES:
            self._certificates.update(sightings["sha256"].to_pylist())
        self.totals.certificates = len(self._certificates)

    def write_error(self, error: ReadError) -> None:
        """Add a place that could not be read."""
        self.totals.count_error(error)

    def write_remark(self, remark: Remark) -> None:
        """Add a remark."""
        self.totals.remarks[remark.code] += 1
        if len(self.totals.first_remarks) < MAX_KEPT_ENTRIES:
            self.totals.first_remarks.append(remark)


def count(rows: Any, column: str, into: Counter[str], positive: str | None = None) -> None:
    """Add how often each value of a column occurs, also within lists; nulls do not count."""
    for value, times in _native.count_values(rows, column, positive):
        into[value] += times


def count_good_with_list_footer(messages: Any, signatures: Any) -> int:
    """Count messages with a good signature over a part, and a rest that a list seems to have added.

    They are INDETERMINATE like an attack would be (RULES 28); the summary says it kindly.
    """
    flagged = {
        (source, index)
        for source, index, flags in rows_of(messages, "source", "source_index", "flags")
        if flags and LIST_FOOTER in flags
    }
    if not flagged:
        return 0
    columns = ("source", "source_index", "indication", "reasons")
    good = {
        (source, index)
        for source, index, indication, reasons in rows_of(signatures, *columns)
        if indication == "TOTAL_PASSED"
        or (indication == "INDETERMINATE" and PARTIAL_REASONS.issuperset(reasons or ("?",)))
    }
    return len(flagged & good)


def rows_of(table: Any, *names: str) -> Iterator[tuple[Any, ...]]:
    """Give the values of some columns, row by row."""
    return zip(*(table[name].to_pylist() for name in names), strict=True)
