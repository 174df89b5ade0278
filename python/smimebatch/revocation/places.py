"""What to fetch: the distinct lists and responders that the certificates of runs name.

A list is one GET. A responder is asked about one certificate at a time (POST, RFC 6960 §A.1), with
names and numbers as the core read them, so that old and odd certificates can be asked about too.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from smimebatch import _native

CRL = "crl"
OCSP = "ocsp"
KINDS = (CRL, OCSP)
MAX_ISSUERS_ASKED = 4
"""Keys of one issuer's name that a responder is asked about for one certificate."""


@dataclass(frozen=True, slots=True)
class Named:
    """One certificate, as far as fetching needs it."""

    sha256: bytes
    crls: tuple[str, ...]
    responders: tuple[str, ...]
    subject: bytes
    issuer: bytes
    key: bytes
    serial: bytes


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing to fetch."""

    kind: str
    """`crl` or `ocsp`."""
    url: str
    body: bytes = b""
    """The OCSP request; empty for a list."""
    certificate_sha256: bytes = b""
    """The certificate that a responder is asked about."""
    named_by: int = 1
    """Certificates that name this list."""

    @property
    def key(self) -> str:
        """What makes two of them the same: the place, and what is asked there."""
        return f"{self.url} {hashlib.sha256(self.body).hexdigest()}" if self.body else self.url


def named_in(der: bytes) -> Named | None:
    """Read one certificate; None for what the core cannot read."""
    try:
        (crls, responders, _), (subject, issuer, key, serial) = _native.named_places(der)
    except ValueError:
        return None
    sha256 = hashlib.sha256(der).digest()
    return Named(sha256, tuple(crls), tuple(responders), subject, issuer, key, serial)


def wanted_by(certificates: Sequence[Named], issuers: Iterable[Named]) -> list[Wanted]:
    """Return what the certificates name: lists first, each once, then questions to responders."""
    lists: dict[str, int] = defaultdict(int)
    for certificate in certificates:
        for url in certificate.crls:
            lists[url] += 1
    found = [Wanted(CRL, url, named_by=count) for url, count in sorted(lists.items())]
    keys = keys_by_name([*issuers, *certificates])
    questions = (
        Wanted(OCSP, url, body, certificate.sha256)
        for certificate in sorted(certificates, key=lambda it: it.sha256)
        for url in certificate.responders
        for body in requests_about(certificate, keys)
    )
    return [*found, *{question.key: question for question in questions}.values()]


def keys_by_name(certificates: Iterable[Named]) -> dict[bytes, list[bytes]]:
    """Return the distinct keys of each subject, in an order that depends on them alone."""
    keys: dict[bytes, set[bytes]] = defaultdict(set)
    for certificate in certificates:
        keys[certificate.subject].add(certificate.key)
    return {name: sorted(distinct)[:MAX_ISSUERS_ASKED] for name, distinct in keys.items()}


def requests_about(certificate: Named, keys: dict[bytes, list[bytes]]) -> Iterator[bytes]:
    """Give an OCSP request (RFC 6960 §4.1.1) for each key that the issuer may have had."""
    serial = int.from_bytes(certificate.serial, "big", signed=True)
    for key in keys.get(certificate.issuer, ()):
        request = ocsp_request(certificate.issuer, key, serial)
        if request:
            yield request


@lru_cache(maxsize=4096)
def ocsp_request(issuer: bytes, key: bytes, serial: int) -> bytes:
    """Return a request without nonce: answers made in advance do. Empty where there can be none."""
    # RFC 5019 §2.1.1: SHA-1, which responders index by; nothing rests on its strength here.
    name_hash, key_hash = (
        hashlib.sha1(octets, usedforsecurity=False).digest() for octets in (issuer, key)
    )
    builder = ocsp.OCSPRequestBuilder()
    try:
        builder = builder.add_certificate_by_hash(name_hash, key_hash, serial, SHA1())  # noqa: S303
        return builder.build().public_bytes(Encoding.DER)
    except ValueError:
        return b""
