"""One message with everything known about it: answers first, then structure, then every fact.

A reader who has never seen the words must find: who signed, when, what is covered, why this
verdict, what next. Takes the core's tables as they are and adds nothing but words.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from smimebatch import _native
from smimebatch.instants import rows_of
from smimebatch.report.advice import advice
from smimebatch.report.console import INDICATION_STYLES
from smimebatch.report.facts import (
    Subjects,
    certificate_facts,
    encryption_facts,
    signature_facts,
)
from smimebatch.report.structure import structure
from smimebatch.report.text import harmless, in_thousands, in_utc, plural
from smimebatch.report.times import time_lines
from smimebatch.schema import dataset_schema, sentence
from smimebatch.trust import Trust

LABEL_WIDTH = 16


@dataclass(frozen=True, slots=True)
class Inspected:
    """Everything known about one message, as rows."""

    message: dict[str, Any]
    signatures: list[dict[str, Any]]
    encryptions: list[dict[str, Any]]
    recipients: list[dict[str, Any]]
    certificates: list[dict[str, Any]]
    parts: list[dict[str, Any]]
    subjects: Subjects
    now: datetime

    @property
    def deciding(self) -> dict[str, Any] | None:
        """The signature that decided, else the first."""
        for signature in self.signatures:
            name = f"{signature['layer_path']}#{signature['signer_index']}"
            counters = signature["format"] == "countersignature"
            if name == self.message["deciding_signature"] and not counters:
                return signature
        return self.signatures[0] if self.signatures else None


def inspected(tables: _native.Tables, trust: Trust, now: datetime) -> Inspected:
    """Take the rows out of the core's tables."""

    def rows(dataset: str) -> list[dict[str, Any]]:
        return rows_of(pa.table(tables.rows(dataset)))

    sightings = tables.rows("certificate_sightings")
    certificates = rows_of(pa.table(_native.merge_certificates(sightings)))
    stored = subjects_of([*trust.anchors, *trust.intermediates])
    return Inspected(
        message=rows("messages")[0],
        signatures=rows("signatures"),
        encryptions=rows("encryptions"),
        recipients=rows("recipients"),
        certificates=certificates,
        parts=rows("parts"),
        subjects=stored | {row["sha256"]: row["subject"] for row in certificates},
        now=now,
    )


def subjects_of(ders: Sequence[bytes]) -> Subjects:
    """Return the subjects of certificates of the trust store, which messages need not bring."""
    schema = dataset_schema("certificate_sightings")
    columns = {
        "sha256": [hashlib.sha256(der).digest() for der in ders],
        "der": list(ders),
        "messages": [0] * len(ders),
        "first_seen": [None] * len(ders),
        "last_seen": [None] * len(ders),
    }
    merged = pa.table(_native.merge_certificates(pa.table(columns, schema=schema)))
    return dict(zip(merged["sha256"].to_pylist(), merged["subject"].to_pylist(), strict=True))


def report(found: Inspected) -> Iterator[RenderableType]:
    """Give the parts of the report in reading order."""
    yield from head(found.message)
    yield from answers(found)
    if found.parts:
        yield titled("Structure", structure(found.parts, found.signatures))
    count = len(found.signatures)
    for number, signature in enumerate(found.signatures, 1):
        title = f"Signature {number} of {count}" if count > 1 else "Signature"
        yield titled(title, labelled(signature_facts(signature, found.subjects)))
    for encryption in found.encryptions:
        facts = encryption_facts(encryption, found.recipients)
        yield titled("Encryption", labelled(facts))
    for number, certificate in enumerate(found.certificates, 1):
        facts = certificate_facts(certificate)
        yield titled(f"Certificate {number} of {len(found.certificates)}", labelled(facts))


def head(message: dict[str, Any]) -> Iterator[RenderableType]:
    """Which message this is."""
    place = f"{message['source'] or 'message'}, message {message['source_index'] or 0}"
    yield Text(harmless(place), "bold")
    offset, length = message["source_offset"], message["source_length"]
    sha256 = message["message_sha256"]
    facts = [
        ("From", message["from_raw"]),
        ("Sender", message["sender_address"]),
        ("Date", in_utc(message["date"]) if message["date"] else None),
        ("Message-ID", message["message_id"]),
        (
            "Stored",
            f"{in_thousands(length)} bytes at byte {in_thousands(offset)}" if length else None,
        ),
        ("SHA-256", sha256.hex() if sha256 else None),
        ("Kind", sentence("kind", message["kind"])),
        ("S/MIME layers", message["layers"]),
    ]
    shown = [(label, [value]) for label, value in facts if value]
    shown.append(("Signed header", list(protected_header(message))))
    yield Padding(labelled(shown), (0, 0, 0, 2))


def protected_header(message: dict[str, Any]) -> Iterator[str | Text]:
    """The header fields inside the signature, and which of them look different outside."""
    mismatched = {name.lower() for name in message["headers_mismatched"] or ()}
    for field in message["protected_headers"] or ():
        differs = field.partition(":")[0].lower() in mismatched
        # Not cut off with a long field: what differs is the one thing to see.
        yield Text(harmless(field) + "  ← the visible header differs" * differs)
    if message["protected_headers"] is not None:
        yield sentence("header_protection", message["header_protection"])


def answers(found: Inspected) -> Iterator[RenderableType]:
    """The verdict, and the five questions."""
    message = found.message
    indication, sub_indication = message["indication"], message["sub_indication"]
    verdict = Text(indication, INDICATION_STYLES.get(indication, "bold"))
    if sub_indication:
        verdict.append(f" / {sub_indication}")
    yield Text("")
    yield verdict
    questions = [
        ("In words", [sentence("indication", indication), *sub_sentence(sub_indication)]),
        ("Who signed", who(found)),
        ("When", when(found)),
        ("What is covered", covered(message)),
        ("Why", why(found)),
        ("What next", advice(message)),
    ]
    yield Padding(labelled(questions), (0, 0, 0, 2))


def sub_sentence(sub_indication: str | None) -> list[str]:
    """Say what kind of shortcoming decided, if one did."""
    return [sentence("sub_indication", sub_indication)] if sub_indication else []


def who(found: Inspected) -> Iterator[str]:
    """The signer as the certificate names it, and how sure that is."""
    signature = found.deciding
    if signature is None:
        if found.message["kind"] == "unreadable":
            yield "Unknown: the message could not be read."
            return
        yield "Nobody: no S/MIME signature was found."
        if found.encryptions:
            yield "One may lie inside the encryption, which was not opened."
        return
    addresses = ", ".join(signature["signer_addresses"] or ())
    subject = signature["signer_subject"]
    yield addresses or "a certificate without e-mail address" if subject else "unknown"
    if subject:
        yield f"as {subject}"
    if signature["signer_issuer"]:
        yield f"says {signature['signer_issuer']}"
    if signature["crypto_result"] == "repaired":
        yield "The signature proves it for the text as it was probably sent: see Why."
    elif signature["crypto_result"] != "ok":
        yield "The signature does not prove it: see Why."
    elif signature["chain_result"] in ("no_path", "untrusted_root"):
        yield "The signature fits this certificate, but nobody trusted vouches for it."
    elif signature["chain_result"] == "anchor_not_trusted":
        yield "The signature fits this certificate, but its root was not trusted then: see Why."
    elif signature["chain_result"] != "ok":
        place = "Why" if found.message["deciding_signature"] else "its reasons below"
        yield f"The signature fits this certificate, but its chain did not hold: see {place}."
    others = len(found.signatures) - 1
    if others:
        yield f"{plural(others, 'more signature')} below."


def when(found: Inspected) -> Iterator[str]:
    """Claimed and proven, kept apart, and the time the chain was judged at."""
    signature = found.deciding
    if signature is None:
        return
    ends = {row["sha256"]: row["not_after"] for row in found.certificates}
    yield from time_lines(signature, ends.get(signature["certificate_sha256"]), found.now)


def covered(message: dict[str, Any]) -> Iterator[str]:
    """What of the message the deciding signature speaks for."""
    if message["coverage"]:
        yield sentence("coverage", message["coverage"])
    if message["repair"]:
        yield "Not as it is stored, but as it was probably sent:"
        yield from (f"- {sentence('repair', repair)}" for repair in message["repair"])
    if "list_footer_likely" in (message["flags"] or ()):
        yield "A mailing list seems to have added the rest; an attack would look the same."


def why(found: Inspected) -> Iterator[str]:
    """The facts that spoke, and what else to know."""
    message = found.message
    reasons = message["reasons"] or ()
    for reason in reasons:
        yield f"{sentence('reason', reason)} ({reason})"
    if not reasons and message["indication"] == "TOTAL_PASSED" and found.deciding:
        yield from what_held(found.deciding)
    if message["indication"] == "NOT_SIGNED" and not reasons:
        yield sentence("kind", message["kind"])
    if message["error"] and message["error"] not in reasons:
        yield f"{sentence('error', message['error'])} ({message['error']})"
    for flag in message["flags"] or ():
        yield f"Note: {sentence('flag', flag)} ({flag})"
    for limit in message["limits_hit"] or ():
        yield f"Limit: {sentence('limit', limit)} ({limit})"


def what_held(signature: dict[str, Any]) -> Iterator[str]:
    """What a good verdict rests on, and what was not looked at."""
    if signature["address_match"] == "from":
        yield "Content, signature, certificate chain and sender address all hold."
    else:
        yield "Content, signature and certificate chain hold."
        match = signature["address_match"]
        yield sentence("address_match", match) if match else "The sender was not compared."
    if signature["algorithm_status"] != "ok":
        yield f"{sentence('algorithm_status', signature['algorithm_status'])} ({weak(signature)})"
    if signature["revocation_result"] != "good":
        yield sentence("revocation_result", signature["revocation_result"] or "not_checked")


def weak(signature: dict[str, Any]) -> str:
    """What is weak, and where it stands."""
    return ", ".join(signature["weak_elements"] or ())


def labelled(facts: Iterable[tuple[str, Iterable[Any]]]) -> Table:
    """Return labels on the left and their lines on the right; labels without lines are left out."""
    table = Table.grid(padding=(0, 2))
    table.add_column(min_width=LABEL_WIDTH, no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for label, lines in facts:
        for position, line in enumerate(lines):
            shown = line if isinstance(line, Text) else Text(harmless(str(line)))
            table.add_row("" if position else label, shown)
    return table


def titled(title: str, content: RenderableType) -> RenderableType:
    """Return a titled block, an empty line before it."""
    return Group(Text(""), Text(title, "bold"), Padding(content, (0, 0, 0, 2)))
