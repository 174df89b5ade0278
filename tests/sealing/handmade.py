"""Envelopes written by hand on `cryptography`, so that wrong ones are as easy as right ones."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF
from cryptography.hazmat.primitives.keywrap import aes_key_wrap
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import Certificate

sys.path.append(str(Path(__file__).parents[1] / "interop"))
import der

DATA = "1.2.840.113549.1.7.1"
SIGNED_DATA = "1.2.840.113549.1.7.2"
ENVELOPED = "1.2.840.113549.1.7.3"
AUTH_ENVELOPED = "1.2.840.113549.1.9.16.1.23"
CONTENT_TYPE = "1.2.840.113549.1.9.3"
RSA = "1.2.840.113549.1.1.1"
ECDH_SHA256 = "1.3.132.1.11.1"
AES_WRAP = {16: "2.16.840.1.101.3.4.1.5", 32: "2.16.840.1.101.3.4.1.45"}
AES_CBC = {16: "2.16.840.1.101.3.4.1.2", 32: "2.16.840.1.101.3.4.1.42"}
AES_GCM = {16: "2.16.840.1.101.3.4.1.6", 32: "2.16.840.1.101.3.4.1.46"}
AES_CCM = {16: "2.16.840.1.101.3.4.1.7", 32: "2.16.840.1.101.3.4.1.47"}
NONCE = bytes(range(12))
KEY = bytes(range(100, 132))


def issuer_and_serial(certificate: Certificate) -> bytes:
    """Return how a recipient is named."""
    return der.seq(certificate.issuer.public_bytes(), der.integer(certificate.serial_number))


def transported(certificate: Certificate, key: bytes = KEY) -> bytes:
    """Return a RecipientInfo of PKCS#1 v1.5."""
    public: Any = certificate.public_key()
    encrypted = public.encrypt(key, padding.PKCS1v15())
    algorithm = der.seq(der.oid(RSA), der.NULL)
    return der.seq(der.integer(0), issuer_and_serial(certificate), algorithm, der.octets(encrypted))


def agreed(
    certificate: Certificate,
    key: bytes = KEY,
    *,
    said: bytes = b"",
    meant: bytes = b"",
    agreement: str = ECDH_SHA256,
) -> bytes:
    """Return a RecipientInfo of ECDH, P-256: parameters of the key wrap as said and as meant."""
    public: Any = certificate.public_key()
    fresh = ec.generate_private_key(public.curve)
    secret = fresh.exchange(ec.ECDH(), public)
    wrap = der.oid(AES_WRAP[32])
    info = der.seq(der.seq(wrap, meant), der.explicit(2, der.octets((256).to_bytes(4, "big"))))
    wrapping = X963KDF(hashes.SHA256(), 32, info).derive(secret)
    point = fresh.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    originator = der.explicit(
        1, der.seq(der.oid("1.2.840.10045.2.1")), der.tlv(0x03, b"\0" + point)
    )
    encrypted = der.seq(issuer_and_serial(certificate), der.octets(aes_key_wrap(wrapping, key)))
    return der.explicit(
        1,
        der.integer(3),
        der.explicit(0, originator),
        der.seq(der.oid(agreement), der.seq(wrap, said)),
        der.seq(encrypted),
    )


def content(algorithm: bytes, text: bytes, content_type: str = DATA) -> bytes:
    """Return an EncryptedContentInfo."""
    return der.seq(der.oid(content_type), algorithm, der.implicit(0, text))


def cms(kind: str, *fields: bytes) -> bytes:
    """Return a ContentInfo."""
    return der.seq(der.oid(kind), der.explicit(0, der.seq(der.integer(0), *fields)))


def cbc(recipients: list[bytes], text: bytes, *, key: bytes = KEY, kind: str = ENVELOPED) -> bytes:
    """Return an EnvelopedData with AES in CBC."""
    iv = os.urandom(16)
    rest = 16 - len(text) % 16
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    encrypted = encryptor.update(text + bytes([rest]) * rest) + encryptor.finalize()
    algorithm = der.seq(der.oid(AES_CBC[len(key)]), der.octets(iv))
    extra = [der.octets(bytes(16))] if kind == AUTH_ENVELOPED else []
    return cms(kind, der.set_of(*recipients), content(algorithm, encrypted), *extra)


def attributes_of(content_type: str) -> bytes:
    """Return the content of authAttrs that name a content type."""
    return der.seq(der.oid(CONTENT_TYPE), der.set_of(der.oid(content_type)))


def aead(
    recipients: list[bytes],
    text: bytes,
    *,
    key: bytes = KEY,
    mode: str = "gcm",
    tag_octets: int = 16,
    said_octets: int | None = 16,
    content_type: str = DATA,
    attributes: bytes = b"",
    authenticated: bytes | None = None,
    kind: str = AUTH_ENVELOPED,
    nonce: bytes = NONCE,
) -> bytes:
    """Return an AuthEnvelopedData with AES.

    `authenticated` is what the tag is over beside the content, by default the attributes as DER.
    """
    if authenticated is None:
        authenticated = der.set_of(attributes) if attributes else b""
    if mode == "gcm":
        sealed = AESGCM(key).encrypt(nonce, text, authenticated)
        encrypted, tag = sealed[:-16], sealed[-16:][:tag_octets]
    else:
        sealed = AESCCM(key, tag_octets).encrypt(nonce, text, authenticated)
        encrypted, tag = sealed[:-tag_octets], sealed[-tag_octets:]
    names = AES_GCM if mode == "gcm" else AES_CCM
    length = b"" if said_octets is None else der.integer(said_octets)
    algorithm = der.seq(der.oid(names[len(key)]), der.seq(der.octets(nonce), length))
    fields = [der.set_of(*recipients), content(algorithm, encrypted, content_type)]
    if kind == AUTH_ENVELOPED:
        if attributes:
            fields.append(der.explicit(1, attributes))
        fields.append(der.octets(tag))
    return cms(kind, *fields)
