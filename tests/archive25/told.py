"""What is said of certificates: lists, complete or from a base on, of their issuer or of somebody
he named, and OCSP responses, his own or a delegate's. Each as DER and as plain facts.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import der
import pki
import responses

from archive25.days import on

if TYPE_CHECKING:
    from archive25.house import Issued

EXPIRED_CERTS_ON_CRL = "2.5.29.60"
POINTS, SCOPE, ENTRY_ISSUER, BASE = "2.5.29.31", "2.5.29.28", "2.5.29.29", "2.5.29.27"
REASONS = {
    "key_compromise": 1,
    "ca_compromise": 2,
    "superseded": 4,
    "certificate_hold": 6,
    "remove_from_crl": 8,
}


@dataclass(frozen=True)
class Revoked:
    """An entry of a list: since when, why, and until when a hold lasted."""

    since: dt.datetime
    reason: str | None = None
    invalid_since: dt.datetime | None = None
    lifted: dt.datetime | None = None

    @property
    def suspect_since(self) -> dt.datetime:
        return min(self.since, self.invalid_since or self.since)


@dataclass(frozen=True, kw_only=True, eq=False)
class Published:
    """A certificate list or an OCSP response."""

    issuer: Issued
    """Whose certificates it speaks of."""
    this_update: dt.datetime
    next_update: dt.datetime
    entries: dict[int, Revoked]
    der: bytes
    remembers_since: dt.datetime | None = None
    """expiredCertsOnCRL."""
    genuine: bool = True
    """Signed by whom it names."""
    digest: str = "sha256"
    """With which it was signed."""
    speaker: Issued | None = None
    """Who signed it, where that is not the issuer."""
    about: int | None = None
    """A response: the only certificate of which it speaks."""
    base: Published | None = None
    """Of a delta: from what it goes on."""

    def is_about(self, issued: Issued) -> bool:
        named = issued.lister is self.speaker or self.about is not None or self.speaker is None
        return self.issuer is issued.issuer and self.about in (None, issued.serial) and named


def publish(
    issuer: Issued,
    this: dt.datetime,
    following: dt.datetime,
    entries: dict[int, Revoked],
    *,
    by: pki.Key | None = None,
    digest: str | None = None,
    remembers_since: dt.datetime | None = None,
    speaker: Issued | None = None,
    base: Published | None = None,
) -> Published:
    """A list about certificates of `issuer`, by him or a `speaker`, or by somebody else's key."""
    author = (speaker or issuer).certificate
    signer = by or author.key
    digest = digest or ("sha1" if this < on(2012) else "sha256")
    algorithm = pki.signature_algorithm(signer, digest)
    extensions = [
        pki.extension("2.5.29.35", der.seq(der.implicit(0, author.ski))),
        pki.extension("2.5.29.20", number(this)),
    ]
    if remembers_since:
        kept = responses.general_time(remembers_since)
        extensions.append(pki.extension(EXPIRED_CERTS_ON_CRL, kept))
    if base:
        extensions.append(pki.extension(BASE, number(base.this_update), critical=True))
    if speaker:
        extensions.append(indirect(speaker)[1])
    whose = der.seq(der.explicit(4, issuer.certificate.subject))
    of = [pki.extension(ENTRY_ISSUER, whose, critical=True)] if speaker else []
    lines = [entry_of(serial, revoked, of) for serial, revoked in entries.items()]
    tbs = der.seq(
        der.integer(1),
        algorithm,
        author.subject,
        der.time(this),
        der.time(following),
        der.seq(*lines) if lines else b"",
        der.explicit(0, der.seq(*extensions)),
    )
    return Published(
        issuer=issuer,
        this_update=this,
        next_update=following,
        entries=entries,
        der=der.seq(tbs, algorithm, der.bits(signer.sign(digest, tbs))),
        remembers_since=remembers_since,
        genuine=by is None,
        digest=digest,
        speaker=speaker,
        base=base,
    )


def number(this: dt.datetime) -> bytes:
    return der.integer(int(this.timestamp()))


def entry_of(serial: int, revoked: Revoked, of: list[bytes]) -> bytes:
    extensions = []
    if revoked.reason:
        code = der.tlv(0x0A, bytes([REASONS[revoked.reason]]))
        extensions.append(pki.extension("2.5.29.21", code))
    if revoked.invalid_since:
        invalid = responses.general_time(revoked.invalid_since)
        extensions.append(pki.extension("2.5.29.24", invalid))
    extensions += of
    more = der.seq(*extensions) if extensions else b""
    return der.seq(der.integer(serial), der.time(revoked.since), more)


def indirect(lister: Issued) -> tuple[bytes, bytes]:
    """For a certificate, who issues lists about it; for his lists, that they are of others."""
    name = der.explicit(4, lister.certificate.subject)
    point = der.explicit(0, der.explicit(0, name))
    points = pki.extension(POINTS, der.seq(der.seq(point, der.explicit(2, name))))
    scope = der.seq(point, der.tlv(0x84, b"\xff"))
    return points, pki.extension(SCOPE, scope, critical=True)


def answer(
    about: Issued,
    this: dt.datetime,
    following: dt.datetime,
    revoked: Revoked | None = None,
    *,
    speaker: Issued | None = None,
    by: pki.Key | None = None,
) -> Published:
    """An OCSP response about one certificate, by its issuer or a delegate, or by another key."""
    issuer = about.issuer
    assert issuer is not None
    status = responses.GOOD
    if revoked:
        status = responses.revoked(revoked.since, REASONS.get(revoked.reason or ""))
    made = responses.response(
        *(issuer.certificate, about.certificate.serial, status),
        by=(speaker or issuer).certificate,
        key=by,
        produced=this,
        this=this,
        following=following,
    )
    return Published(
        issuer=issuer,
        this_update=this,
        next_update=following,
        entries={about.serial: revoked} if revoked else {},
        der=made,
        genuine=by is None,
        speaker=speaker,
        about=about.serial,
    )
