"""Makes the demo archive: a small mbox of signed, damaged, encrypted and plain mail, and its root.

usage: make_archive.py OUT_DIR     writes mail.mbox and roots.pem

Names are invented, keys are made and thrown away, times and texts are fixed. Signed with the
Python package cryptography, which shares no code with smimebatch.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

START = dt.datetime(2021, 3, 1, 9, 0, tzinfo=dt.UTC)
FIVE_YEARS = (dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2035, 1, 1, tzinfo=dt.UTC))
OVER = (dt.datetime(2017, 1, 1, tzinfo=dt.UTC), dt.datetime(2019, 1, 1, tzinfo=dt.UTC))
LINES = ("The figures for March are attached.", "Please sign and send back.", "See you on Monday!")
TEXT_HEAD = "Content-Type: text/plain; charset=us-ascii\r\n\r\n"

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Authority:
    """A CA: its name, key and certificate."""

    name: x509.Name
    key: Key
    certificate: x509.Certificate


@dataclass(frozen=True)
class Person:
    """A sender who signs."""

    name: str
    address: str
    key: Key
    certificate: x509.Certificate
    issuer: Authority
    pss: bool = False


def named(common_name: str) -> x509.Name:
    organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Demo Archive")
    return x509.Name([organisation, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def certificate(
    subject: x509.Name,
    key: Key,
    issuer: x509.Name,
    issuer_key: Key,
    *,
    address: str | None = None,
    is_ca: bool = False,
    validity: tuple[dt.datetime, dt.datetime] = FIVE_YEARS,
) -> x509.Certificate:
    usage = x509.KeyUsage(
        digital_signature=not is_ca,
        content_commitment=not is_ca,
        key_encipherment=not is_ca,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(validity[0])
        .not_valid_after(validity[1])
        .add_extension(x509.BasicConstraints(is_ca, None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if not is_ca:
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        builder = builder.add_extension(purpose, critical=False)
    if address is not None:
        names = x509.SubjectAlternativeName([x509.RFC822Name(address)])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def authority(common_name: str, above: Authority | None = None) -> Authority:
    key, name = rsa.generate_private_key(65537, 2048), named(common_name)
    issuer, issuer_key = (above.name, above.key) if above else (name, key)
    return Authority(name, key, certificate(name, key, issuer, issuer_key, is_ca=True))


def person(name: str, key: Key, issuer: Authority, **options: object) -> Person:
    address = f"{name.lower()}@example.org"
    pss = bool(options.pop("pss", False))
    in_certificate = options.pop("address", address)
    made = certificate(named(name), key, issuer.name, issuer.key, address=in_certificate, **options)
    return Person(name, address, key, made, issuer, pss)


def signed(sender: Person, text: str, *, opaque: bool = False) -> bytes:
    """Return a MIME entity signed by the sender, with LF line ends."""
    scheme = padding.PSS(padding.MGF1(hashes.SHA256()), 32) if sender.pss else None
    builder = (
        pkcs7.PKCS7SignatureBuilder()
        .set_data((TEXT_HEAD + text).encode())
        .add_signer(sender.certificate, sender.key, hashes.SHA256(), rsa_padding=scheme)
        .add_certificate(sender.issuer.certificate)
    )
    options = [] if opaque else [pkcs7.PKCS7Options.DetachedSignature]
    return builder.sign(Encoding.SMIME, options).replace(b"\r\n", b"\n")


def encrypted(recipient: Person, entity: bytes) -> bytes:
    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(entity).add_recipient(recipient.certificate)
    return builder.encrypt(Encoding.SMIME, [pkcs7.PKCS7Options.Binary]).replace(b"\r\n", b"\n")


def with_footer(entity: bytes) -> bytes:
    """Return what a mailing list makes of a signed mail: the whole of it beside a footer."""
    headers, _, body = entity.partition(b"\n\n")
    kept = b"\n".join(line for line in headers.split(b"\n") if not line.startswith(b"MIME-V"))
    return (
        b'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="list"\n\n--list\n'
        + kept + b"\n\n" + body.rstrip(b"\n")
        + b"\n--list\nContent-Type: text/plain\n\n_____\nThe demo list\n--list--\n"
    )  # fmt: skip


def plain(text: str) -> bytes:
    return (TEXT_HEAD + text).replace("\r\n", "\n").encode()


def flipped(entity: bytes) -> bytes:
    """Change one base64 character in the middle of the signature."""
    start = entity.index(b"base64", entity.index(b"pkcs7-signature"))
    at = entity.index(b"\n--", start) - 40
    return entity[:at] + (b"A" if entity[at : at + 1] != b"A" else b"B") + entity[at + 1 :]


def rsa_key(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def mails(root: Authority) -> Iterator[tuple[str, str, bytes]]:
    """Give (subject, From, entity) of every mail."""
    issuing = authority("Demo Issuing CA", root)
    foreign = authority("Some Other Root")
    alice = person("Alice", rsa_key(2048), issuing)
    bob = person("Bob", ec.generate_private_key(ec.SECP256R1()), issuing)
    carol = person("Carol", rsa_key(3072), issuing, pss=True)
    dave = person("Dave", ec.generate_private_key(ec.SECP384R1()), issuing)
    erin = person("Erin", rsa_key(2048), issuing, validity=OVER)
    frank = person("Frank", rsa_key(2048), issuing, address=None)
    mallory = person("Mallory", rsa_key(2048), foreign, address="alice@example.org")
    for turn in range(4):
        for sender in (alice, bob, carol, dave):
            text = "\r\n".join(LINES[turn % 3 :]) + f"\r\nNumber {turn}.\r\n"
            yield "good", sender.address, signed(sender, text, opaque=turn == 3)
            yield "plain", "newsletter@example.com", plain(f"Offer number {turn}.\r\n")
    text = "Pay 100 to account 12345.\r\n"
    yield "changed", alice.address, signed(alice, text).replace(b"Pay 100 ", b"Pay 900 ")
    yield "signature damaged", bob.address, flipped(signed(bob, text))
    yield "another sender", "boss@example.org", signed(dave, text)
    yield "expired", erin.address, signed(erin, text)
    yield "no address in the certificate", frank.address, signed(frank, text)
    yield "unknown root", alice.address, signed(mallory, text)
    yield "through a list", alice.address, with_footer(signed(alice, text))
    yield "encrypted", bob.address, encrypted(alice, plain("secret"))
    yield "signed inside, encrypted outside", bob.address, encrypted(alice, signed(bob, text))
    yield "not S/MIME at all", "someone@example.com", plain("Just text.\r\n")


def main(directory: str) -> None:
    os.makedirs(directory, exist_ok=True)
    root = authority("Demo Root")
    with open(os.path.join(directory, "roots.pem"), "wb") as file:
        file.write(root.certificate.public_bytes(Encoding.PEM))
    with open(os.path.join(directory, "mail.mbox"), "wb") as file:
        for number, (subject, sender, entity) in enumerate(mails(root)):
            when = START + dt.timedelta(hours=5 * number)
            file.write(
                f"From {sender} {when:%a %b %d %H:%M:%S %Y}\n"
                f"From: {sender}\nTo: archive@example.org\nSubject: {subject}\n"
                f"Date: {when:%a, %d %b %Y %H:%M:%S +0000}\n"
                f"Message-ID: <{number}@demo.example.org>\n".encode()
            )
            file.write(entity.rstrip(b"\n") + b"\n\n")


if __name__ == "__main__":
    main(sys.argv[1])
