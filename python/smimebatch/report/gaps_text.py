"""Gaps in words: what is missing, how much waits for it, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator

from smimebatch.report.gaps import ANCHOR, ISSUER, REVOCATION, SIGNER, TO_DO, Gap, Gaps
from smimebatch.report.key_gaps import PRIVATE_KEY, UNUSED_KEY, KeyGap
from smimebatch.report.text import day_of, harmless, in_bytes, in_thousands, plural

NOTHING = "Nothing is missing: every signature has its certificates, every envelope its key."


def headline(found: Gaps) -> Iterator[str]:
    """Give what to know before the gaps."""
    missing = len(found.gaps) + sum(key.kind == PRIVATE_KEY for key in found.keys)
    if not missing:
        yield NOTHING
    else:
        many = "things are" if missing > 1 else "thing is"
        yield f"{in_thousands(missing)} {many} missing; what helps most comes first."
    if found.unknown:
        counted = plural(found.unknown, "signature")
        yield f"Revocation is not known of {counted}: --crls and --ocsp take the data."
    if found.not_checked:
        counted = plural(found.not_checked, "signature")
        yield f"Revocation was not asked of {counted}: see `not_checked` in the reference."


def sentences(gap: Gap) -> Iterator[str]:
    """Give the lines about one gap, the first as its heading."""
    waiting = "waits" if gap.messages == 1 else "wait"
    yield f"{plural(gap.messages, 'message')} {waiting} for {what(gap)}"
    yield TO_DO[gap.kind]
    if gap.certificate_sha256 is not None:
        said = "It is" if gap.kind == ANCHOR else "Needed by, among others,"
        yield f"{said} the certificate with SHA-256 {gap.certificate_sha256.hex()}."
    yield from (f"Named place: {harmless(place)}" for place in gap.places)


def key_sentences(gap: KeyGap) -> Iterator[str]:
    """Give the lines about one private key or new certificate, the first as its heading."""
    name = harmless(gap.name) if gap.name is not None else "an unnamed issuer"
    if gap.kind == PRIVATE_KEY:
        waiting = "waits" if gap.messages == 1 else "wait"
        whose = f"the certificate {harmless(gap.serial or '')} of {name}"
        if gap.serial is None and gap.key_identifier is not None:
            whose = f"a certificate with the key identifier {gap.key_identifier.hex()}"
        yield f"{plural(gap.messages, 'message')} {waiting} for the private key of {whose}"
        yield TO_DO[gap.kind]
        said = f"They have {in_bytes(gap.bytes)}"
        if gap.first_date is not None and gap.last_date is not None:
            said += f", from {day_of(gap.first_date)} to {day_of(gap.last_date)}"
        yield f"{said}."
    elif gap.kind == UNUSED_KEY:
        yield f"The key {name} opens nothing"
        yield TO_DO[gap.kind]
    else:
        yield f"The new certificate {name} ends on {day_of(gap.last_date)}"
        yield TO_DO[gap.kind]


def what(gap: Gap) -> str:
    """Return the thing that is missing."""
    name = harmless(gap.name) if gap.name is not None else None
    if gap.kind == SIGNER:
        if gap.serial is None:
            return "a signer's certificate, named only by the identifier of its key"
        return f"the signer's certificate {harmless(gap.serial)} of {name or 'an unnamed issuer'}"
    if gap.kind == ISSUER:
        return f"the certificate of the issuer {name or 'of a certificate of the stores'}"
    if gap.kind == ANCHOR:
        return f"your decision about the root {name or 'at the end of their chains'}"
    assert gap.kind == REVOCATION  # noqa: S101 - the four kinds there are
    return f"revocation data of {name}"
