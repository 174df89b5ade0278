"""Files of keys made while a test runs: by `cryptography`, by the `openssl` command, by hand."""

from __future__ import annotations

import datetime
import pathlib
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import (
    ec,
    ed448,
    ed25519,
    mlkem,
    rsa,
    x448,
    x25519,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

PASSWORD = b"planted-pa55word"
LONG_AGO = datetime.datetime(2001, 1, 1, tzinfo=datetime.UTC)
NEW_OPENSSL = pathlib.Path.home() / ".cache/smimebatch-interop/openssl-400.0.2+4.0.3/apps/openssl"
"""That of `make interop`, for what 3.0 lacks."""

MAKERS: dict[str, Callable[[], Any]] = {
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "rsa-e3": lambda: rsa.generate_private_key(3, 1024),
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "p521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "secp256k1": lambda: ec.generate_private_key(ec.SECP256K1()),
    "brainpool": lambda: ec.generate_private_key(ec.BrainpoolP384R1()),
    "x25519": x25519.X25519PrivateKey.generate,
    "x448": x448.X448PrivateKey.generate,
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "ed448": ed448.Ed448PrivateKey.generate,
    "ml-kem-768": mlkem.MLKEM768PrivateKey.generate,
    "ml-kem-1024": mlkem.MLKEM1024PrivateKey.generate,
}


@cache
def key_of(name: str) -> Any:
    """Return the one key of that name in this run."""
    return MAKERS[name]()


def spki(key: Any) -> bytes:
    """Return the SubjectPublicKeyInfo that `cryptography` says is the key's."""
    public: bytes = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return public


def pkcs8(
    key: Any,
    encryption: KeySerializationEncryption | None = None,
    *,
    encoding: Encoding = Encoding.DER,
    form: PrivateFormat = PrivateFormat.PKCS8,
) -> bytes:
    """Return a key written alone."""
    written: bytes = key.private_bytes(encoding, form, encryption or NoEncryption())
    return written


def certificate(
    key: Any,
    *,
    serial: int = 7,
    issuer: str = "Vault CA",
    subject: str = "Alice",
    with_identifier: bytes | None = b"\x11" * 20,
) -> x509.Certificate:
    """Return a certificate of a key, long expired, as most are that mail was encrypted for."""
    name = lambda text: x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])  # noqa: E731
    builder = x509.CertificateBuilder(
        issuer_name=name(issuer),
        subject_name=name(subject),
        public_key=key.public_key(),
        serial_number=serial,
        not_valid_before=LONG_AGO,
        not_valid_after=LONG_AGO + datetime.timedelta(days=365),
    )
    if with_identifier is not None:
        identifier = x509.SubjectKeyIdentifier(with_identifier)
        builder = builder.add_extension(identifier, critical=False)
    return builder.sign(key_of("p256"), hashes.SHA256())


def der(made: x509.Certificate) -> bytes:
    return made.public_bytes(Encoding.DER)


def pem(made: x509.Certificate) -> bytes:
    return made.public_bytes(Encoding.PEM)


@dataclass
class Files:
    """A folder in which the files of a test are made."""

    folder: pathlib.Path
    program: str = "openssl"
    made: int = field(default=0)

    def write(self, name: str, octets: bytes) -> pathlib.Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(octets)
        return path

    def openssl(self, *arguments: str | pathlib.Path, given: bytes = b"") -> bytes:
        """Return what the command writes to its output."""
        command = [self.program, *map(str, arguments)]
        done = subprocess.run(command, input=given, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def pkcs12(self, key: Any, *certificates: x509.Certificate, options: str = "") -> bytes:
        """Return a PKCS#12 file that the command made, under PASSWORD unless options say more."""
        text = pkcs8(key, encoding=Encoding.PEM) + b"".join(map(pem, certificates))
        given = self.write("given.pem", text)
        password = [] if "-pass" in options else ["-passout", f"pass:{PASSWORD.decode()}"]
        return self.openssl("pkcs12", "-export", "-in", given, *password, *options.split())


def needs_new_openssl() -> Any:
    missing = not NEW_OPENSSL.exists()
    return pytest.mark.skipif(missing, reason="needs the OpenSSL 4 of `make interop`")


def element(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    length = size.to_bytes((size.bit_length() + 7) // 8 or 1, "big")
    header = bytes([size]) if size < 128 else bytes([0x80 | len(length)]) + length
    return bytes([tag]) + header + content


def indefinite(tag: int, *parts: bytes) -> bytes:
    return bytes([tag, 0x80]) + b"".join(parts) + b"\0\0"
