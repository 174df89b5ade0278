"""What is missing: certificates and revocation data without which messages cannot be judged.

Read from the datasets of a run alone. One gap is one thing to find; it counts the messages that
have a signature waiting for it, and names where the certificates say that it may be found.

    signer_certificate   the certificate that a signature names, which did not come with it
    issuer_certificate   the certificate of the issuer of the last one in a chain
    trust_anchor         a chain ends at a root that is not trusted: yours to decide
    revocation_data      a list or response for certificates of an issuer whose state is unknown

`key_gaps` has the kinds that are about private keys.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from sys import intern
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from smimebatch import _native
from smimebatch.datasets import rows_of_run
from smimebatch.instants import columns_of, rows_of, unix_us
from smimebatch.report.key_gaps import EXPIRING, PRIVATE_KEY, UNUSED_KEY, KeyGap, key_gaps_of

SIGNER, ISSUER, ANCHOR, REVOCATION = (
    "signer_certificate",
    "issuer_certificate",
    "trust_anchor",
    "revocation_data",
)
TO_DO = {
    SIGNER: "Find this person's certificate (another mail of theirs, a directory, their CA) and "
    "give it to --intermediates.",
    ISSUER: "Find the certificate of this CA (the places below, certs harvest of another archive) "
    "and give it to --intermediates.",
    ANCHOR: "Decide whether you trust this root for e-mail; if so, give it to --trust. The root of "
    "a time-stamp authority goes to --tsa-trust.",
    REVOCATION: "Fetch the lists of this CA (smimebatch revocation fetch, or the places below) and "
    "give them to --crls and --ocsp.",
    PRIVATE_KEY: "Find the private key of this certificate (old PKCS#12 files, key recovery of the "
    "CA) and give it to --keys of decrypt or reencrypt.",
    UNUSED_KEY: "Nothing: this key was given and opens no message.",
    EXPIRING: "Have it renewed, and encrypt to the new one.",
}
"""For each kind what a person does about it."""
COLUMNS = (
    "source",
    "source_index",
    "crypto_result",
    "chain_result",
    "chain_sha256",
    "trust_anchor_sha256",
    "revocation_result",
    "revocation",
    "signer_issuer",
    "signer_serial",
    "sid_kind",
)
NO_PATH, UNTRUSTED, NO_REVOCATION = "no_path", "untrusted_root", "revocation_unknown"
UNKNOWN, NOT_CHECKED = "unknown", "not_checked"
MAX_PLACES = 10
SCHEMA = pa.schema(
    [
        ("kind", pa.string()),
        ("name", pa.string()),
        ("serial", pa.string()),
        ("certificate_sha256", pa.binary()),
        ("messages", pa.int64()),
        ("signatures", pa.int64()),
        ("key_identifier", pa.binary()),
        ("bytes", pa.int64()),
        ("first_date", pa.timestamp("us", tz="UTC")),
        ("last_date", pa.timestamp("us", tz="UTC")),
        ("places", pa.list_(pa.string())),
        ("to_do", pa.string()),
    ]
)


@dataclass(slots=True)
class Gap:
    """One thing that is missing."""

    kind: str
    name: str | None
    """Of a signer's certificate and of revocation data the issuer, else whose certificate it is."""
    serial: str | None = None
    certificate_sha256: bytes | None = None
    """The root that is not trusted; of an issuer or list, one of the certificates that need it."""
    messages: int = 0
    signatures: int = 0
    places: list[str] = field(default_factory=list)
    last_message: tuple[str, int] | None = None

    @property
    def key(self) -> tuple[str, str | None, str | None]:
        """What makes two gaps one: of roots the certificate, else names."""
        if self.kind == ANCHOR and self.certificate_sha256 is not None:
            return self.kind, self.certificate_sha256.hex(), None
        return self.kind, self.name, self.serial

    def count(self, message: tuple[str, int]) -> None:
        """Count a signature; rows of one message stand together."""
        self.signatures += 1
        self.messages += message != self.last_message
        self.last_message = message


@dataclass(frozen=True, slots=True)
class Known:
    """What gaps need of a certificate of the run."""

    subject: str
    issuer: str
    self_signed: bool


@dataclass(frozen=True, slots=True)
class Gaps:
    """All gaps of a run, those that block most messages first."""

    gaps: tuple[Gap, ...]
    signatures: int
    unknown: int
    """Signatures of whose chain nobody said whether it was revoked."""
    not_checked: int
    """Signatures whose chain leads nowhere, so that nobody was asked, or nobody should be."""
    keys: tuple[KeyGap, ...] = ()
    """What is to be known of private keys and new certificates."""

    def table(self) -> Any:
        """Return the gaps as a table for programs."""
        rows = [
            {**{name: getattr(gap, name, None) for name in SCHEMA.names}, "to_do": TO_DO[gap.kind]}
            for gap in self.gaps
        ]
        rows += [
            {
                **{name: getattr(gap, name, None) for name in SCHEMA.names},
                "signatures": 0,
                "first_date": gap.first_date and unix_us(gap.first_date),
                "last_date": gap.last_date and unix_us(gap.last_date),
                "places": [],
                "to_do": TO_DO[gap.kind],
            }
            for gap in self.keys
        ]
        order = [("messages", "descending")]
        return pa.Table.from_pylist(rows, schema=SCHEMA).sort_by(order)


def gaps_of(run: str) -> Gaps:
    """Find what is missing in a run directory."""
    known = known_certificates(run)
    found: dict[tuple[str, str | None, str | None], Gap] = {}
    total = 0
    answers: Counter[str] = Counter()
    for batch in rows_of_run(run, "signatures", columns=COLUMNS):
        total += batch.num_rows
        answers.update(batch["revocation_result"].to_pylist())
        for row in rows_of(batch.filter(is_blocked(batch))):
            message = (row["source"], row["source_index"])
            for gap in gaps_in(row, known):
                found.setdefault(gap.key, gap).count(message)
    gaps = sorted(
        found.values(), key=lambda it: (-it.messages, it.kind, it.name or "", it.serial or "")
    )
    add_places(gaps, run, known)
    keys = tuple(key_gaps_of(run))
    return Gaps(tuple(gaps), total, answers[UNKNOWN], answers[NOT_CHECKED], keys)


def known_certificates(run: str) -> dict[bytes, Known]:
    """Return names of every certificate of the run by its SHA-256."""
    found = {}
    columns = ["sha256", "subject", "issuer", "self_signed"]
    for batch in rows_of_run(run, "certificates", columns=columns):
        for sha256, *rest in zip(*columns_of(batch), strict=True):
            subject, issuer, self_signed = rest
            found[sha256] = Known(subject, issuer and intern(issuer), self_signed)
    return found


def is_blocked(batch: Any) -> Any:
    """Tell the rows that something may be missing for, before any becomes a Python object."""
    missing = pc.equal(batch["crypto_result"], "signer_certificate_missing")
    chains = pa.array([NO_PATH, UNTRUSTED, NO_REVOCATION])
    broken = pc.is_in(batch["chain_result"], value_set=chains)
    unknown = pc.equal(batch["revocation_result"], UNKNOWN)
    filled = (pc.fill_null(mask, False) for mask in (missing, broken, unknown))
    first, second, third = filled
    return pc.or_(first, pc.or_(second, third))


def gaps_in(row: dict[str, Any], known: dict[bytes, Known]) -> Iterator[Gap]:
    """Give what is missing for one signature."""
    if row["crypto_result"] == "signer_certificate_missing":
        yield Gap(SIGNER, row["signer_issuer"], row["signer_serial"])
        return
    chain = row["chain_sha256"] or ()
    if row["chain_result"] in (NO_PATH, UNTRUSTED) and chain:
        yield chain_gap(chain[-1], row["chain_result"], known)
    for sha256 in unknown_certificates(row):
        if (certificate := known.get(sha256)) is not None:
            yield Gap(REVOCATION, certificate.issuer, None, sha256)


def unknown_certificates(row: dict[str, Any]) -> list[bytes]:
    """Return the certificates of which nothing is known, though something says so or is required.

    `revocation` is null where no list or response speaks of any: then it is all below the anchor.
    """
    if row["revocation"] is not None:
        elements = row["revocation"]
        return [it["certificate_sha256"] for it in elements if it["result"] == UNKNOWN]
    if row["chain_result"] != NO_REVOCATION:
        return []
    return [it for it in row["chain_sha256"] or () if it != row["trust_anchor_sha256"]]


def chain_gap(last: bytes, result: str, known: dict[bytes, Known]) -> Gap:
    """Return what a chain lacks whose last certificate this is."""
    certificate = known.get(last)
    if certificate is None:
        return Gap(ANCHOR if result == UNTRUSTED else ISSUER, None, None, last)
    if certificate.self_signed:
        return Gap(ANCHOR, certificate.subject, None, last)
    return Gap(ISSUER, certificate.issuer, None, last)


def add_places(gaps: Iterable[Gap], run: str, known: dict[bytes, Known]) -> None:
    """Add where certificates of the same issuer say that what is missing may be found."""
    wanted = defaultdict(list)
    for gap in gaps:
        if gap.kind in (ISSUER, REVOCATION) and gap.name is not None:
            wanted[gap.name].append(gap)
    if not wanted:
        return
    columns = ["issuer", "der"]
    chosen = pc.field("issuer").isin(list(wanted))
    for batch in rows_of_run(run, "certificates", columns=columns, chosen=chosen):
        for issuer, der in zip(*columns_of(batch), strict=True):
            (crls, responders, issuers), _ = _native.named_places(der)
            for gap in wanted[issuer]:
                more = issuers if gap.kind == ISSUER else [*crls, *responders]
                gap.places = list(dict.fromkeys([*gap.places, *more]))[:MAX_PLACES]
