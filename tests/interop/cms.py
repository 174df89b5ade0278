"""SignedData by hand: every field can be replaced, so that each clause can be broken on its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import der
import pki

DATA = "1.2.840.113549.1.7.1"
SIGNED_DATA = "1.2.840.113549.1.7.2"
COMPRESSED = "1.2.840.113549.1.9.16.1.9"
ZLIB = "1.2.840.113549.1.9.16.3.8"
CONTENT_TYPE = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
SIGNING_TIME = "1.2.840.113549.1.9.5"
COUNTERSIGNATURE = "1.2.840.113549.1.9.6"
ALGORITHM_PROTECTION = "1.2.840.113549.1.9.52"
SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12"
SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"

SIGNED_AT = dt.datetime(2021, 6, 1, 12, tzinfo=pki.UTC)


def attribute(dotted: str, *values: bytes) -> bytes:
    return der.seq(der.oid(dotted), der.set_of(*values))


def content_type(dotted: str = DATA) -> bytes:
    return attribute(CONTENT_TYPE, der.oid(dotted))


def message_digest(content: bytes, digest: str = "sha256") -> bytes:
    return attribute(MESSAGE_DIGEST, der.octets(pki.hashed(digest, content)))


def signing_time(when: dt.datetime = SIGNED_AT) -> bytes:
    return attribute(SIGNING_TIME, der.time(when))


def usual_attributes(content: bytes, digest: str = "sha256") -> list[bytes]:
    return [content_type(), signing_time(), message_digest(content, digest)]


def algorithm_protection(digest: bytes, signature: bytes) -> bytes:
    """RFC 6211: signatureAlgorithm is [1] IMPLICIT."""
    return attribute(
        ALGORITHM_PROTECTION, der.seq(digest, der.explicit(1, der.parse(signature).content))
    )


def signing_certificate(certificate: pki.Certificate, issuer_serial: bytes = b"") -> bytes:
    """RFC 2634 ESSCertID, SHA-1."""
    identifier = der.seq(der.octets(pki.hashed("sha1", certificate.der)), issuer_serial)
    return attribute(SIGNING_CERTIFICATE, der.seq(der.seq(identifier)))


def signing_certificate_v2(
    certificate: pki.Certificate, digest: str | None = None, issuer_serial: bytes = b""
) -> bytes:
    """RFC 5035 ESSCertIDv2; SHA-256 is left out as DER demands."""
    algorithm = pki.digest_algorithm(digest) if digest else b""
    hashed = der.octets(pki.hashed(digest or "sha256", certificate.der))
    return attribute(
        SIGNING_CERTIFICATE_V2, der.seq(der.seq(der.seq(algorithm, hashed, issuer_serial)))
    )


def issuer_serial(certificate: pki.Certificate) -> bytes:
    """IssuerSerial of RFC 5035: GeneralNames with one directoryName."""
    return der.seq(der.seq(der.explicit(4, certificate.issuer)), certificate.serial)


def signer_info(
    signer: pki.Certificate,
    content: bytes,
    *,
    digest: str = "sha256",
    attributes: list[bytes] | str | None = "usual",
    digest_algorithm: bytes | None = None,
    signature_algorithm: bytes | None = None,
    sid: bytes | None = None,
    stored: Callable[[list[bytes]], bytes] = lambda attributes: der.explicit(
        0, *sorted(attributes)
    ),
    hashed: Callable[[list[bytes]], bytes] = lambda attributes: der.set_of(*attributes),
    sign: Callable[[bytes], bytes] | None = None,
    unsigned: Callable[[bytes], list[bytes]] | None = None,
    version: int = 1,
) -> bytes:
    """One SignerInfo over `content`.

    `stored` writes the signed attributes as they go into the structure, `hashed` what the
    signature is over; `sign` replaces the signature; `unsigned` gets its value octets
    and gives unsigned attributes.
    """
    if attributes == "usual":
        attributes = usual_attributes(content, digest)
    signed_bytes = content if attributes is None else hashed(attributes)
    sign = sign or (lambda data: signer.key.sign(digest, data))
    signature = sign(signed_bytes)
    unsigned_attributes = unsigned(signature) if unsigned else []
    return der.seq(
        der.integer(version),
        sid or signer.issuer_and_serial(),
        digest_algorithm or pki.digest_algorithm(digest),
        b"" if attributes is None else stored(attributes),
        signature_algorithm or pki.signature_algorithm(signer.key, digest),
        der.octets(signature),
        der.explicit(1, *unsigned_attributes) if unsigned_attributes else b"",
    )


def by_key_identifier(certificate: pki.Certificate) -> bytes:
    return der.implicit(0, certificate.ski)


def signed_data(
    *signer_infos: bytes,
    certificates: list[bytes],
    content: bytes | None = None,
    content_type: str = DATA,
    encapsulated: bytes | None = None,
    digests: list[bytes] | None = None,
    version: int = 1,
) -> bytes:
    """ContentInfo with SignedData; `encapsulated` replaces the whole [0] of the content."""
    if encapsulated is None:
        encapsulated = b"" if content is None else der.explicit(0, der.octets(content))
    digests = [pki.digest_algorithm("sha256")] if digests is None else digests
    body = der.seq(
        der.integer(version),
        der.set_of(*digests),
        der.seq(der.oid(content_type), encapsulated),
        der.explicit(0, *certificates) if certificates else b"",
        der.set_in_order(*signer_infos),
    )
    return content_info(SIGNED_DATA, body)


def content_info(dotted: str, body: bytes) -> bytes:
    return der.seq(der.oid(dotted), der.explicit(0, body))


def carried(signer: pki.Certificate) -> list[bytes]:
    """What a mail client puts in: the signer's certificate and its intermediates, not the root."""
    return [signer.der, *(ca.der for ca in signer.chain if ca.issuer != ca.subject)]


def signed(
    signer: pki.Certificate, over: bytes, *, detached: bool = True, **options: object
) -> bytes:
    """The plain case: one signer, its certificates."""
    outer = {
        key: options.pop(key)
        for key in ("content_type", "encapsulated", "digests", "certificates", "content")
        if key in options
    }
    outer.setdefault("certificates", carried(signer))
    if not detached:
        outer.setdefault("content", over)
    return signed_data(signer_info(signer, over, **options), **outer)


def with_certificates(signed: bytes, *more: bytes) -> bytes:
    """SignedData that brings more certificates, which nothing signs."""
    fields = der.parse(signed).at(1, 0).children
    kept = [
        der.explicit(0, *(it.encoded for it in field.children), *more)
        if field.tag == 0xA0
        else field.encoded
        for field in fields
    ]
    return content_info(SIGNED_DATA, der.seq(*kept))


def with_revocation(signed: bytes, *choices: bytes) -> bytes:
    """SignedData with lists, or what RFC 5940 puts there, before its signers (RFC 5652 §5.1)."""
    fields = [field.encoded for field in der.parse(signed).at(1, 0).children]
    return content_info(SIGNED_DATA, der.seq(*fields[:-1], der.explicit(1, *choices), fields[-1]))


def compressed_data(content: bytes, inner: str = DATA, algorithm: str = ZLIB) -> bytes:
    """RFC 3274 §1.1, as a ContentInfo; `content` is compressed already."""
    encapsulated = der.seq(der.oid(inner), der.explicit(0, der.octets(content)))
    return content_info(
        COMPRESSED, der.seq(der.integer(0), der.seq(der.oid(algorithm)), encapsulated)
    )
