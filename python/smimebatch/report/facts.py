"""Every fact of a signature, an encrypted layer and a certificate, as (label, lines)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from smimebatch.instants import Instant
from smimebatch.report.oids import named
from smimebatch.report.text import in_thousands, in_utc
from smimebatch.schema import sentence

Fact = tuple[str, list[Any]]
Subjects = dict[bytes, str]
"""Subject of each certificate that is known, by its SHA-256."""


def signature_facts(signature: dict[str, Any], subjects: Subjects) -> Iterator[Fact]:
    """Give the facts of one signature in the order in which they are judged."""
    yield "Verdict", [verdict(signature["indication"], signature["sub_indication"])]
    yield "Where", [where(signature)]
    yield "Content", list(content_lines(signature))
    yield "Signature", list(signature_lines(signature))
    yield "Signer", list(signer_lines(signature))
    yield "Chain", list(chain_lines(signature, subjects))
    yield "Sender", list(sender_lines(signature))
    yield "Algorithms", list(algorithm_lines(signature))
    yield "Times", list(time_lines(signature))
    yield "Other times", list(other_verdicts(signature))
    yield "Reasons", described("reason", signature["reasons"])
    yield "Quirks", described("quirk", signature["quirks"])
    yield "Flags", described("flag", signature["flags"])


def verdict(indication: str | None, sub_indication: str | None) -> str:
    """Spell an indication with its sub-indication."""
    return " / ".join(word for word in (indication, sub_indication) if word)


def where(signature: dict[str, Any]) -> str:
    """Say which signer of which layer this is."""
    layer, index = signature["layer_path"], signature["signer_index"]
    said = f"layer {layer}, signer {index}, {signature['format']}"
    return said + ("" if signature["eligible"] else ", not over the message itself")


def content_lines(signature: dict[str, Any]) -> Iterator[str]:
    """Digest of the content and the bytes it was made of."""
    match signature["digest_ok"]:
        case True:
            yield f"as signed ({signature['digest_algorithm']} is right)"
        case False:
            yield f"not as signed ({signature['digest_algorithm']} differs)"
        case _:
            yield f"no separate digest checked ({signature['digest_algorithm'] or 'unknown'})"
    offset, length = signature["signed_offset"], signature["signed_length"]
    if length is not None and offset is not None:
        end = in_thousands(offset + length)
        yield f"bytes {in_thousands(offset)} to {end} of the message"
    if signature["canonicalization"]:
        yield sentence("canonicalization", signature["canonicalization"])
    if signature["repair"]:
        yield "as signed only after these repairs, not as it is stored:"
        yield from described("repair", signature["repair"])
    yield from hashed("content SHA-256", signature["signed_bytes_sha256"])
    yield from hashed("digest claimed", signature["message_digest_claimed"])


def signature_lines(signature: dict[str, Any]) -> Iterator[str]:
    """Outcome of the cryptography and what it was done with."""
    if signature["crypto_result"]:
        yield f"{sentence('crypto_result', signature['crypto_result'])} " + (
            f"({signature['crypto_result']})"
        )
    parts = [signature["signature_algorithm"], signature["signature_parameters"], key(signature)]
    if any(parts):
        yield ", ".join(part for part in parts if part)
    yield from attribute_lines(signature)


def attribute_lines(signature: dict[str, Any]) -> Iterator[str]:
    """What the signer signed beside the content."""
    if signature["signed_attributes"]:
        yield "signed attributes: " + named(signature["signed_attributes"])
    for column in ("algorithm_protection", "ess_certificate_id"):
        if signature[column] and signature[column] != "absent":
            yield sentence(column, signature[column])
    yield from service_lines(signature)


def service_lines(signature: dict[str, Any]) -> Iterator[str]:
    """Receipts, labels and lists that the signer asks for or mentions."""
    for code in signature["ess"] or ():
        if not code.startswith("signing_certificate"):
            yield f"{sentence('ess', code)} ({code})"
    for label in signature["security_labels"] or ():
        yield f"label: {label}"
    if signature["receipts_to"]:
        yield "receipts to " + ", ".join(signature["receipts_to"])


def key(row: dict[str, Any]) -> str:
    """Spell a key: algorithm, size, curve."""
    bits = f"{row['key_bits']} bits" if row["key_bits"] else None
    return " ".join(part for part in (row["key_algorithm"], bits, row.get("curve")) if part)


def signer_lines(signature: dict[str, Any]) -> Iterator[str]:
    """The certificate that the signature names."""
    if signature["signer_subject"]:
        yield signature["signer_subject"]
    if signature["signer_issuer"]:
        yield f"issued by {signature['signer_issuer']}"
    if signature["signer_serial"]:
        yield f"serial {signature['signer_serial']}"
    yield from hashed("SHA-256", signature["certificate_sha256"])
    if signature["certificate_source"]:
        yield sentence("certificate_source", signature["certificate_source"])


def chain_lines(signature: dict[str, Any], subjects: Subjects) -> Iterator[str]:
    """The chain's outcome and its certificates, signer first."""
    result = signature["chain_result"]
    yield f"{sentence('chain_result', result)} ({result})" if result else "not reached"
    for position, sha256 in enumerate(signature["chain_sha256"] or ()):
        name = subjects.get(sha256) or f"certificate with SHA-256 {sha256.hex()}"
        is_anchor = sha256 == signature["trust_anchor_sha256"]
        yield f"{'← ' * (position > 0)}{name}{' (trust anchor)' * is_anchor}"
    if signature["policy_oids"]:
        yield "under the policies: " + named(signature["policy_oids"])
    if signature["revocation_result"]:
        yield sentence("revocation_result", signature["revocation_result"])
    yield from (revocation_line(it, subjects) for it in signature["revocation"] or ())


def revocation_line(element: dict[str, Any], subjects: Subjects) -> str:
    """Say what is known of one certificate of the chain, and from where."""
    sha256 = element["certificate_sha256"]
    name = subjects.get(sha256) or f"certificate with SHA-256 {sha256.hex()}"
    parts = [f"{name}: {element['result']}"]
    for column, value in element.items():
        if column in ("certificate_sha256", "result") or value is None:
            continue
        said = value.hex() if isinstance(value, bytes) else value
        is_time = isinstance(value, Instant)
        parts.append(f"{column.replace('_', ' ')} {in_utc(value) if is_time else said}")
    return ", ".join(parts)


def sender_lines(signature: dict[str, Any]) -> Iterator[str]:
    """How the certificate's addresses meet the visible sender."""
    if signature["signer_addresses"]:
        yield "certificate is for " + ", ".join(signature["signer_addresses"])
    if signature["address_match"]:
        yield f"{sentence('address_match', signature['address_match'])} " + (
            f"({signature['address_match']})"
        )
    else:
        yield "not compared"
    if signature["address_match_rule"]:
        yield sentence("address_match_rule", signature["address_match_rule"])


def algorithm_lines(signature: dict[str, Any]) -> Iterator[str]:
    """State of the algorithms, and what is weak."""
    if signature["algorithm_status"]:
        yield sentence("algorithm_status", signature["algorithm_status"])
    if signature["weak_elements"]:
        yield "weak: " + ", ".join(signature["weak_elements"])


def time_lines(signature: dict[str, Any]) -> Iterator[str]:
    """Every time there is, with what it is worth."""
    named = (
        ("claimed by the signer", "signing_time_claim"),
        ("proven to exist by", "poe_time"),
        ("proven not older than", "not_before_evidence"),
        ("best time of signature", "best_signature_time"),
        ("certificates judged at", "control_time"),
    )
    for label, column in named:
        if signature[column]:
            yield f"{label} {in_utc(signature[column])}"
    for evidence in signature["time_evidence"] or ():
        trusted = "trusted" if evidence["trusted"] else "not trusted"
        said = f"{evidence['kind']} {in_utc(evidence['time'])}, {trusted}"
        yield said + (f": {evidence['source']}" if evidence["source"] else "")


def other_verdicts(signature: dict[str, Any]) -> Iterator[str]:
    """What the verdict would be at other control times."""
    if signature["indication_now"]:
        yield f"judged now: {signature['indication_now']}"
    if signature["indication_at_claimed_time"]:
        yield f"judged at the claimed time: {signature['indication_at_claimed_time']}"


def encryption_facts(
    encryption: dict[str, Any], recipients: list[dict[str, Any]]
) -> Iterator[Fact]:
    """Give the facts of one encrypted layer and its recipients."""
    yield "Where", [f"layer {encryption['layer_path']}"]
    bits = f"{encryption['key_bits']} bits" if encryption["key_bits"] else None
    yield "Content", [", ".join(part for part in (encryption["content_algorithm"], bits) if part)]
    if encryption["integrity"]:
        yield "Integrity", [sentence("integrity", encryption["integrity"])]
    if encryption["decrypt_status"]:
        yield "Decryption", [sentence("decrypt_status", encryption["decrypt_status"])]
    yield "Flags", described("flag", encryption["flags"])
    listed = [row for row in recipients if row["layer_path"] == encryption["layer_path"]]
    yield "Recipients", [recipient(row) for row in listed]


def recipient(row: dict[str, Any]) -> str:
    """Name a recipient as the message does, and how the content key reaches them."""
    if row["rid_issuer"]:
        name = f"certificate {row['rid_serial']} of {row['rid_issuer']}"
    elif row["rid_ski"]:
        name = f"key identifier {row['rid_ski'].hex()}"
    else:
        name = "not named"
    kind = sentence("recipient_kind", row["kind"]).rstrip(".") if row["kind"] else None
    return "; ".join(part for part in (name, row["algorithm"], kind) if part)


def certificate_facts(certificate: dict[str, Any]) -> Iterator[Fact]:
    """Give the facts of one certificate."""
    yield "Subject", [certificate["subject"] or "(empty)"]
    yield "Issuer", [certificate["issuer"] or "(empty)"]
    yield "Serial", [certificate["serial"]]
    yield "Valid", [f"{in_utc(certificate['not_before'])} to {in_utc(certificate['not_after'])}"]
    yield "Addresses", list(certificate["addresses"] or ())
    signed_with = certificate["signature_algorithm"]
    yield "Key", [f"{key(certificate)}; certificate signed with {signed_with}"]
    yield "Usage", list(usage_lines(certificate))
    yield "SHA-256", [certificate["sha256"].hex()]


def usage_lines(certificate: dict[str, Any]) -> Iterator[str]:
    """What the certificate may be used for."""
    if certificate["is_ca"]:
        yield "a CA"
    if certificate["self_signed"]:
        yield "self-signed"
    for column in ("key_usage", "extended_key_usage", "policies"):
        if certificate[column]:
            yield f"{column.replace('_', ' ')}: {named(certificate[column])}"


def described(vocabulary: str, codes: list[str] | None) -> list[str]:
    """Return each code with its sentence."""
    return [f"{sentence(vocabulary, code)} ({code})" for code in codes or ()]


def hashed(label: str, value: bytes | None) -> Iterator[str]:
    """Give a hash in hex, if there is one."""
    if value:
        yield f"{label} {value.hex()}"
