"""Keys with certificates of every kind that mail is signed with, as files; and mail to sign."""

from __future__ import annotations

import datetime as dt
import pathlib
import subprocess
from dataclasses import dataclass
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, mldsa, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from tests.sealing.keyring import NOW, USAGES, as_parquet, objects, written

import smimebatch as sb
from smimebatch.keys import Vault

SENDER = "alice@sender.example"
KINDS = (
    "rsa",
    "p256",
    "p384",
    "p521",
    "brainpool",
    "ed25519",
    "ml-dsa-44",
    "ml-dsa-65",
    "ml-dsa-87",
)
MAKERS = {
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "rsa-1024": lambda: rsa.generate_private_key(65537, 1024),
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "p521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "brainpool": lambda: ec.generate_private_key(ec.BrainpoolP256R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "ed448": ed448.Ed448PrivateKey.generate,
    "ml-dsa-44": mldsa.MLDSA44PrivateKey.generate,
    "ml-dsa-65": mldsa.MLDSA65PrivateKey.generate,
    "ml-dsa-87": mldsa.MLDSA87PrivateKey.generate,
}
HEADER = (
    b"From: Alice <alice@sender.example>\nTo: bob@reader.example\nSubject: for you\n"
    b"Date: Tue, 14 Nov 2023 12:00:00 +0000\nMessage-ID: <1@sender.example>\n"
)
BODY = b"A plain text.\n\nWith two paragraphs.\n"
PLAIN = HEADER + b"\n" + BODY
ROOT_KEY = ec.generate_private_key(ec.SECP256R1())
ISSUING_KEY = ec.generate_private_key(ec.SECP256R1())


@cache
def key_of(name: str) -> Any:
    """Return the one key of that kind."""
    return MAKERS[name]()


def name_of(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def authority(key: Any, name: str, issuer_key: Any, issuer: str) -> x509.Certificate:
    """Return the certificate of an authority."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(name_of(name))
        .issuer_name(name_of(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - dt.timedelta(days=900))
        .not_valid_after(NOW + dt.timedelta(days=900))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return builder.sign(issuer_key, hashes.SHA256())


ROOT = authority(ROOT_KEY, "Root", ROOT_KEY, "Root")
ISSUING = authority(ISSUING_KEY, "Issuing", ROOT_KEY, "Root")


def certificate(
    public_key: Any,
    *,
    addresses: tuple[str, ...] = (SENDER,),
    not_before: dt.datetime = NOW - dt.timedelta(days=30),
    not_after: dt.datetime = NOW + dt.timedelta(days=365),
    usage: str | None = "digital_signature",
    purposes: tuple[x509.ObjectIdentifier, ...] = (ExtendedKeyUsageOID.EMAIL_PROTECTION,),
    serial: int | None = None,
) -> x509.Certificate:
    """Return a certificate by the issuing authority."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(name_of("Alice"))
        .issuer_name(ISSUING.subject)
        .public_key(public_key)
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ISSUING_KEY.public_key()),
            critical=False,
        )
    )
    if addresses:
        names = [x509.RFC822Name(address) for address in addresses]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    if usage is not None:
        allowed = dict.fromkeys(USAGES, False) | {usage: True}
        builder = builder.add_extension(x509.KeyUsage(**allowed), critical=True)
    return builder.sign(ISSUING_KEY, hashes.SHA256())


@dataclass(frozen=True)
class Signers:
    """A folder with NAME.key and NAME.crt, both PEM, and roots.pem."""

    folder: pathlib.Path

    def add(self, name: str, kind: str | None = None, **options: Any) -> x509.Certificate:
        """Make a certificate for a key."""
        key = key_of(kind or name)
        made = certificate(key.public_key(), **options)
        chain = made.public_bytes(Encoding.PEM) + ISSUING.public_bytes(Encoding.PEM)
        (self.folder / f"{name}.crt").write_bytes(chain)
        octets = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (self.folder / f"{name}.key").write_bytes(octets)
        return made

    def files(self, name: str) -> list[pathlib.Path]:
        return [self.folder / f"{name}.{kind}" for kind in ("key", "crt")]

    def vault(self, *names: str) -> Vault:
        return Vault.load(*(path for name in names for path in self.files(name)))

    @property
    def roots(self) -> pathlib.Path:
        path = self.folder / "roots.pem"
        path.write_bytes(ROOT.public_bytes(Encoding.PEM))
        return path


def signed(
    signers: Signers, mails: list[bytes | None], out: pathlib.Path, *names: str, **options: Any
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the mail of a run and what became of each message."""
    out.mkdir(exist_ok=True)
    source = as_parquet(mails, out / "mail.parquet")
    options.setdefault("signer", signers.vault(*names) if names else None)
    run = sb.sign(source, output=out / "run", now=NOW, overwrite=True, **options)
    return written(out / "run"), objects(run)


def verified(signers: Signers, mails: list[bytes], tmp_path: pathlib.Path) -> Any:
    """Return the run that judges the mails, with the root that issued the certificates."""
    source = as_parquet(mails, tmp_path / "signed.parquet")
    trust = sb.Trust.load(signers.roots)
    return sb.verify(source, trust=trust, output=tmp_path / "judged", now=NOW, overwrite=True)


def verified_by(
    program: str, signers: Signers, mail: bytes, tmp_path: pathlib.Path, *options: str
) -> bytes:
    """Return what OpenSSL finds signed in a mail."""
    file = tmp_path / "signed.eml"
    file.write_bytes(mail)
    at = ("-attime", str(int(NOW.timestamp())), "-CAfile", str(signers.roots))
    done = subprocess.run(
        (program, "cms", "-verify", "-in", str(file), "-purpose", "smimesign", *at, *options),
        capture_output=True,
        check=False,
        env={"OPENSSL_CONF": "/usr/lib/ssl/openssl.cnf", "PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout
