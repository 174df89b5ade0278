"""Trust anchors and intermediate certificates: loaded once, before anything is read, then frozen.

Takes PEM and DER files, directories of them, the system's bundle, and certificate objects of
`cryptography`. What the certificates say is the core's business; this only finds their bytes and
names the file that has none.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from smimebatch import _native
from smimebatch.errors import TrustError

SYSTEM = "system"
MOZILLA_EMAIL = "mozilla-email"
SYSTEM_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
"""Where Debian, Fedora, SUSE and Alpine keep it, for when OpenSSL's own default does not say."""
MAX_FILE_BYTES = 64 << 20
PEM_MARK = b"-----BEGIN"
CERTIFICATE_MARK = b"CERTIFICATE-----"
DER_SUFFIXES = (".crt", ".cer", ".cert", ".der")

PathLike: TypeAlias = str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class Trust:
    """Trust anchors, and certificates that may stand between them and a signer."""

    anchors: tuple[bytes, ...] = ()
    """DER."""
    intermediates: tuple[bytes, ...] = ()
    """DER; they prove nothing by themselves."""
    native: _native.Trust = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "native", _native.Trust(self.anchors, self.intermediates))

    @classmethod
    def load(cls, *places: PathLike, intermediates: Iterable[PathLike] = ()) -> Trust:
        """Load anchors from files, directories or `system`; TrustError names what is unusable."""
        anchors = unique(der for place in places for der in certificates_of(place, "--trust"))
        between = unique(
            der for place in intermediates for der in certificates_of(place, "--intermediates")
        )
        return cls(anchors, between)

    @classmethod
    def system(cls) -> Trust:
        """Load the certificate bundle of the operating system."""
        return cls.load(SYSTEM)

    @classmethod
    def mozilla_email(cls) -> Trust:
        """Load Mozilla's roots for e-mail; not there yet, TrustError says what to use instead."""
        return cls.load(MOZILLA_EMAIL)

    @classmethod
    def from_certificates(cls, anchors: Iterable[Any], intermediates: Iterable[Any] = ()) -> Trust:
        """Take certificate objects of `cryptography`, or DER bytes."""
        return cls(unique(map(der_of, anchors)), unique(map(der_of, intermediates)))

    @property
    def fingerprint(self) -> str:
        """SHA-256 over all certificates; equal for equal sets."""
        return self.native.fingerprint


def certificates_of(place: PathLike, option: str) -> Sequence[bytes]:
    """Return the DER of every certificate at one place."""
    name = os.fspath(place)
    if name == MOZILLA_EMAIL:
        raise TrustError(
            f"{option} {name}",
            expected="a PEM or DER file, a directory of them, or system",
            found="a store that this version does not bring along",
            remedy="export the roots to a PEM file and name that file",
        )
    if name == SYSTEM:
        name = system_bundle(option)
    if os.path.isdir(name):
        return directory_certificates(name, option)
    return file_certificates(name, option)


def system_bundle(option: str) -> str:
    """Return the path of the operating system's certificate bundle."""
    default = ssl.get_default_verify_paths().cafile
    for path in (default, *SYSTEM_BUNDLES):
        if path and os.path.isfile(path):
            return path
    raise TrustError(
        f"{option} {SYSTEM}",
        expected="the certificate bundle of the operating system",
        found="none of " + ", ".join(SYSTEM_BUNDLES),
        remedy="install the package ca-certificates",
    )


def file_certificates(path: str, option: str) -> Sequence[bytes]:
    """Return the certificates of one file, which must hold at least one."""
    subject = f"{option} {path}"
    expected = "certificates as PEM or DER"
    data = file_bytes(path, subject, expected)
    try:
        certificates = _native.parse_certificates(data)
    except ValueError as error:
        raise TrustError(subject, expected=expected, found=str(error)) from error
    unusable = _native.Trust(certificates).skipped
    if len(unusable) == len(certificates):
        found = unusable[0][2] if unusable else "none"
        raise TrustError(subject, expected=f"{expected}, at least one usable", found=found)
    return certificates


def directory_certificates(path: str, option: str) -> Sequence[bytes]:
    """Return the certificates of all files of a directory that hold any, by name."""
    certificates: list[bytes] = []
    subject = f"{option} {path}"
    expected = "a directory with certificates as PEM or DER"
    try:
        names = sorted(os.listdir(path), key=os.fsencode)
    except OSError as error:
        raise TrustError(subject, expected=expected, found=str(error.strerror)) from error
    for name in names:
        file = os.path.join(path, name)
        if os.path.isfile(file) and holds_certificates(file, file_bytes(file, subject, expected)):
            certificates.extend(file_certificates(file, option))
    if not certificates:
        raise TrustError(subject, expected=expected, found="no certificate in it")
    return certificates


def holds_certificates(name: str, data: bytes) -> bool:
    """Pass over what else lies in such directories: CRLs, keys, texts."""
    if PEM_MARK in data:
        return CERTIFICATE_MARK in data
    return data.startswith(b"\x30") and name.lower().endswith(DER_SUFFIXES)


def file_bytes(path: str, subject: str, expected: str) -> bytes:
    """Read a file that must be there and of a sane size."""
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise TrustError(subject, expected=expected, found=str(error.strerror)) from error
    if len(data) > MAX_FILE_BYTES:
        raise TrustError(subject, expected=f"at most {MAX_FILE_BYTES} bytes", found="more")
    return data


def der_of(certificate: Any) -> bytes:
    """Return the DER of a certificate object of `cryptography`, or of DER bytes."""
    if isinstance(certificate, bytes):
        return certificate
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import Certificate

    if not isinstance(certificate, Certificate):
        found = type(certificate).__name__
        raise TrustError(
            "certificate", expected="cryptography.x509.Certificate or DER", found=found
        )
    return certificate.public_bytes(Encoding.DER)


def unique(certificates: Iterable[bytes]) -> tuple[bytes, ...]:
    """Return each certificate once, in the order in which they came."""
    return tuple(dict.fromkeys(certificates))
