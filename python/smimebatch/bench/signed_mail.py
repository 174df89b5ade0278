"""Signed mail for measuring: people with certificates below one root, and what they send.

The shape is that of the project's reference corpus: clear-signed, the issuing CA's certificate
inside, line ends as archives store them, and a hundredth tampered with. What is drawn depends on
the seed alone; keys are new each time.
"""

from __future__ import annotations

import base64
import datetime as dt
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
ALGORITHMS = ("rsa2048", "rsa3072", "rsa4096", "p256", "p384", "ed25519")
TAMPERED_SHARE = 0.01
VALID_FROM, VALID_UNTIL = (
    dt.datetime(2015, 1, 1, tzinfo=dt.UTC),
    dt.datetime(2035, 1, 1, tzinfo=dt.UTC),
)
FIRST_MAIL = dt.datetime(2021, 1, 1, tzinfo=dt.UTC)
SECONDS_APART = 37
LINE_BYTES = 60
"""Of the first line of a body, one octet is changed where mail is tampered with."""


@dataclass(frozen=True, slots=True)
class Authority:
    """A CA with its key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True)
class Sender:
    """Somebody with a certificate."""

    address: str
    certificate: x509.Certificate
    key: Key


@dataclass(frozen=True, slots=True)
class People:
    """Everybody of a corpus: the trusted root, who issues below it, who signs."""

    root: Authority
    issuing: Authority
    senders: list[Sender]

    def root_pem(self) -> bytes:
        """Return what is to be trusted."""
        return self.root.certificate.public_bytes(serialization.Encoding.PEM)


@dataclass(frozen=True, slots=True)
class SignedMessage:
    """A mail of an mbox with its From_ line, and what is true of it."""

    stored: bytes
    sender: str
    tampered: bool


Signing = Callable[[bytes, Sender, People], bytes]
"""Takes an entity with CRLF; gives it clear-signed, with header and any line ends."""


def new_key(algorithm: str) -> Key:
    """Return a new key of one of `ALGORITHMS`."""
    if algorithm.startswith("rsa"):
        return rsa.generate_private_key(65537, int(algorithm[3:]))
    if algorithm == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key(ec.SECP256R1() if algorithm == "p256" else ec.SECP384R1())


def new_people(count: int, algorithm: str = "rsa2048") -> People:
    """Return `count` senders below an issuing CA below a root, the CAs with RSA-2048."""
    root_key, issuing_key = new_authority_key(), new_authority_key()
    root = certificate(name("Root"), name("Root"), root_key, root_key, ca=True)
    issuing = certificate(name("Issuing CA"), name("Root"), issuing_key, root_key, ca=True)
    senders = []
    for number in range(count):
        key, address = new_key(algorithm), f"user{number}@example.com"
        leaf = certificate(
            name(f"User {number}"), issuing.subject, key, issuing_key, address=address
        )
        senders.append(Sender(address, leaf, key))
    return People(Authority(root, root_key), Authority(issuing, issuing_key), senders)


def new_authority_key() -> rsa.RSAPrivateKey:
    """Return a key for a CA."""
    return rsa.generate_private_key(65537, 2048)


def name(common_name: str) -> x509.Name:
    """Return a name of the corpus."""
    parts = ((NameOID.ORGANIZATION_NAME, "Archive Bench"), (NameOID.COMMON_NAME, common_name))
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in parts])


def certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: Key,
    issuer_key: rsa.RSAPrivateKey,
    *,
    ca: bool = False,
    address: str | None = None,
) -> x509.Certificate:
    """Return a certificate as CAs for e-mail issue them."""
    public = key.public_key()
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    usage = x509.KeyUsage(not ca, not ca, not ca, False, False, ca, ca, False, False)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(VALID_FROM)
        .not_valid_after(VALID_UNTIL)
        .add_extension(x509.BasicConstraints(ca, None), True)
        .add_extension(usage, True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
        .add_extension(authority, False)
    )
    if address:
        names = x509.SubjectAlternativeName([x509.RFC822Name(address)])
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        builder = builder.add_extension(names, False).add_extension(purpose, False)
    return builder.sign(issuer_key, hashes.SHA256())


def pkcs7_signed(entity: bytes, sender: Sender, people: People) -> bytes:
    """Sign as `cryptography` does: SHA-256, RSA or ECDSA."""
    if isinstance(sender.key, ed25519.Ed25519PrivateKey):
        raise TypeError("cryptography signs CMS with RSA and elliptic curves only")
    return (
        pkcs7.PKCS7SignatureBuilder()
        .set_data(entity)
        .add_signer(sender.certificate, sender.key, hashes.SHA256())
        .add_certificate(people.issuing.certificate)
        .sign(serialization.Encoding.SMIME, [pkcs7.PKCS7Options.DetachedSignature])
    )


def signed_messages(
    people: People,
    count: int,
    *,
    body_bytes: int = 3_000,
    tampered_share: float = TAMPERED_SHARE,
    in_turn: bool = False,
    signing: Signing = pkcs7_signed,
    seed: int = 1,
) -> Iterator[SignedMessage]:
    """Give mails of people drawn at random, or in turn, their bodies around `body_bytes` long."""
    rnd = random.Random(seed)
    for index in range(count):
        drawn = rnd.randrange(len(people.senders))
        sender = people.senders[index % len(people.senders) if in_turn else drawn]
        size = max(200, int(rnd.lognormvariate(0, 0.5) * body_bytes))
        blob = base64.encodebytes(rnd.randbytes(size * 3 // 4))
        entity = signing(text_entity(blob), sender, people).replace(b"\r\n", b"\n")
        tampered = rnd.random() < tampered_share
        if tampered:
            entity = tampered_with(entity, blob, rnd)
        when = FIRST_MAIL + dt.timedelta(seconds=index * SECONDS_APART)
        stored = head(sender.address, index, when) + entity.rstrip(b"\n") + b"\n\n"
        yield SignedMessage(stored, sender.address, tampered)


def text_entity(blob: bytes) -> bytes:
    """Return the part that is signed, with CRLF."""
    return (
        b"Content-Type: text/plain; charset=us-ascii\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + blob.replace(b"\n", b"\r\n")
    )


def tampered_with(entity: bytes, blob: bytes, rnd: random.Random) -> bytes:
    """Return the mail with one octet of its body changed."""
    at = entity.index(blob[:LINE_BYTES]) + rnd.randrange(LINE_BYTES)
    other = b"A" if entity[at : at + 1] != b"A" else b"B"
    return entity[:at] + other + entity[at + 1 :]


def head(address: str, index: int, when: dt.datetime) -> bytes:
    """Return the From_ line and the header fields that are not signed."""
    return (
        f"From {address} {when:%a %b %e %H:%M:%S %Y}\n"
        f"From: {address}\nTo: archive@example.com\nSubject: message {index}\n"
        f"Date: {when:%a, %d %b %Y %H:%M:%S} +0000\nMessage-ID: <{index}@example.com>\n"
    ).encode()
