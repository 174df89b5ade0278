"""OCSP responses by hand (RFC 6960 §4.2), by whoever has a key."""

from __future__ import annotations

import datetime as dt

import der
import pki

BASIC = "1.3.6.1.5.5.7.48.1.1"
SIGNING = "1.3.6.1.5.5.7.3.9"
NO_CHECK = "1.3.6.1.5.5.7.48.1.5"
GOOD = der.tlv(0x80, b"")


def general_time(when: dt.datetime) -> bytes:
    return der.tlv(0x18, when.strftime("%Y%m%d%H%M%SZ").encode())


def revoked(since: dt.datetime, reason: int | None = None) -> bytes:
    """CertStatus; the reason by its number."""
    why = b"" if reason is None else der.explicit(0, der.tlv(0x0A, bytes([reason])))
    return der.explicit(1, general_time(since), why)


def delegate(common_name: str, key: pki.Key, issuer: pki.Certificate, **options: object):
    """Whom a CA certified for just that; `more` extensions besides."""
    purpose = pki.extension("2.5.29.37", der.seq(der.oid(SIGNING)))
    options["more"] = [purpose, *options.get("more", ())]
    return pki.leaf(common_name, key, issuer, ekus=(), usages=("digital_signature",), **options)


def response(
    issuer: pki.Certificate,
    serial: bytes,
    status: bytes,
    *,
    by: pki.Certificate,
    key: pki.Key | None = None,
    produced: dt.datetime,
    this: dt.datetime,
    following: dt.datetime,
    digest: str = "sha256",
) -> bytes:
    """What `by` says about a certificate of `issuer`; `key` signs instead of his."""
    asked = der.seq(
        pki.digest_algorithm("sha1"),
        der.octets(pki.hashed("sha1", issuer.subject)),
        der.octets(pki.key_identifier(issuer.key)),
        serial,
    )
    single = der.seq(asked, status, general_time(this), der.explicit(0, general_time(following)))
    data = der.seq(der.explicit(1, by.subject), general_time(produced), der.seq(single))
    key = key or by.key
    carried = b"" if by is issuer else der.explicit(0, der.seq(by.der))
    algorithm = pki.signature_algorithm(key, digest)
    basic = der.seq(data, algorithm, der.bits(key.sign(digest, data)), carried)
    body = der.explicit(0, der.seq(der.oid(BASIC), der.octets(basic)))
    return der.seq(der.tlv(0x0A, b"\0"), body)
