"""Keys with certificates of every kind that mail is encrypted to, as files; and mail for them."""

from __future__ import annotations

import datetime as dt
import pathlib
import subprocess
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from tests.key_files import key_of

from smimebatch.keys import Vault

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
KINDS = ("rsa", "p256", "p384", "p521", "brainpool", "x25519", "x448", "ml-kem-768", "ml-kem-1024")
ENTITY = (
    b"Content-Type: text/plain; charset=us-ascii\r\n"
    b"Content-Transfer-Encoding: 7bit\r\n\r\n"
    b"A secret, and no other mail says it: 7f1c9d.\r\n"
)
HEADER = (
    b"From: alice@sender.example\r\nTo: bob@reader.example\r\nSubject: for you\r\n"
    b"Date: Tue, 14 Nov 2023 12:00:00 +0000\r\nMessage-ID: <1@sender.example>\r\n"
    b"MIME-Version: 1.0\r\n"
)


@dataclass(frozen=True)
class Keyring:
    """A folder with NAME.key and NAME.crt, both PEM."""

    folder: pathlib.Path

    def certificate(self, name: str) -> pathlib.Path:
        """Return where a certificate is."""
        return self.folder / f"{name}.crt"

    def vault(self, *names: str) -> Vault:
        """Return keys with their certificates."""
        files = [self.folder / f"{name}.{kind}" for name in names for kind in ("key", "crt")]
        return Vault.load(*files)

    def add(self, name: str, key: Any = None, **options: Any) -> None:
        """Make a key, or take one, and a certificate for it."""
        key = key_of(name) if key is None else key
        der = made_certificate(key.public_key(), name, **options)
        self.certificate(name).write_bytes(der.public_bytes(Encoding.PEM))
        octets = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (self.folder / f"{name}.key").write_bytes(octets)

    def openssl(self, *arguments: str, given: bytes | None = None) -> bytes:
        """Run a command of OpenSSL in the folder."""
        done = subprocess.run(
            ("openssl", *arguments), input=given, capture_output=True, check=False, cwd=self.folder
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout


def made_certificate(
    public_key: Any,
    name: str,
    *,
    addresses: tuple[str, ...] | None = None,
    not_before: dt.datetime = NOW - dt.timedelta(days=30),
    not_after: dt.datetime = NOW + dt.timedelta(days=365),
    usage: str | None = None,
    purposes: tuple[x509.ObjectIdentifier, ...] = (ExtendedKeyUsageOID.EMAIL_PROTECTION,),
    serial: int | None = None,
    issued_by: tuple[x509.Certificate, Any] | None = None,
) -> x509.Certificate:
    """Return a certificate for a public key, by nobody unless it is `issued_by` somebody."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An issuer")])
    authority = ec.generate_private_key(ec.SECP256R1())
    if issued_by is not None:
        issuer, authority = issued_by[0].subject, issued_by[1]
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
    )
    addresses = (f"{name}@reader.example",) if addresses is None else addresses
    if addresses:
        names = x509.SubjectAlternativeName([x509.RFC822Name(address) for address in addresses])
        builder = builder.add_extension(names, critical=False)
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    if usage is not None:
        allowed = dict.fromkeys(USAGES, False) | {usage: True}
        builder = builder.add_extension(x509.KeyUsage(**allowed), critical=True)
    if issued_by is not None:
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key())
        builder = builder.add_extension(identifier, critical=False)
    return builder.sign(authority, hashes.SHA384())


USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def as_parquet(mails: list[bytes | None], path: pathlib.Path) -> pathlib.Path:
    """Write messages where every command reads them."""
    pq.write_table(pa.table({"raw": pa.array(mails, pa.binary())}), path)
    return path


def written(out: pathlib.Path) -> list[dict[str, Any]]:
    """Return the mail of a run."""
    rows: list[dict[str, Any]] = pq.read_table(out / "mail").to_pylist()
    return rows


def objects(run: Any) -> list[dict[str, Any]]:
    """Return what became of each message."""
    rows: list[dict[str, Any]] = run.objects().to_table().to_pylist()
    return rows
