"""Roots made for these tests, and certdata.txt around them."""

import datetime as dt
import hashlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DER = serialization.Encoding.DER


def made_root(name: str) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = dt.datetime(2010, 1, 1, tzinfo=dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=9999))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )


def octal(data: bytes) -> str:
    lines = [data[at : at + 16] for at in range(0, len(data), 16)]
    return "\n".join("".join(f"\\{octet:03o}" for octet in line) for line in lines)


def attribute(name: str, data: bytes) -> str:
    return f"{name} MULTILINE_OCTAL\n{octal(data)}\nEND\n"


def entry(
    certificate: x509.Certificate,
    email: str | None = "CKT_NSS_TRUSTED_DELEGATOR",
    distrust_after: bytes | None = None,
    trust_class: str = "CKO_NSS_TRUST",
    about: bytes | None = None,
) -> str:
    """One certificate of certdata.txt with its trust object; `about`: what the trust is about."""
    der = certificate.public_bytes(DER)
    issuer = certificate.issuer.public_bytes()
    number = certificate.serial_number
    octets = number.to_bytes(number.bit_length() // 8 + 1, "big")
    serial = bytes([2, len(octets)]) + octets
    name = attribute("CKA_ISSUER", issuer) + attribute("CKA_SERIAL_NUMBER", serial)
    text = "CKA_CLASS CK_OBJECT_CLASS CKO_CERTIFICATE\nCKA_TOKEN CK_BBOOL CK_TRUE\n"
    text += name + attribute("CKA_VALUE", der)
    if distrust_after is None:
        text += "CKA_NSS_EMAIL_DISTRUST_AFTER CK_BBOOL CK_FALSE\n"
    else:
        text += attribute("CKA_NSS_EMAIL_DISTRUST_AFTER", distrust_after)
    if email is None:
        return text
    sha1 = hashlib.sha1(about or der, usedforsecurity=False).digest()
    return (
        text
        + f"CKA_CLASS CK_OBJECT_CLASS {trust_class}\n"
        + attribute("CKA_CERT_SHA1_HASH", sha1)
        + name
        + "CKA_TRUST_SERVER_AUTH CK_TRUST CKT_NSS_TRUSTED_DELEGATOR\n"
        + f"CKA_TRUST_EMAIL_PROTECTION CK_TRUST {email}\n"
    )


def certdata(*entries: str) -> bytes:
    head = "# comment\nBEGINDATA\nCKA_CLASS CK_OBJECT_CLASS CKO_NSS_BUILTIN_ROOT_LIST\n\n"
    return (head + "\n# next\n".join(entries)).encode()
