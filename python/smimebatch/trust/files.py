"""Where roots come from: one place named on the command line -> the list that it holds.

What a file is, is told by its content: a trust store of this program, certdata.txt, PEM, DER or
PKCS#7. A directory is a database of NSS, or files with certificates. `mozilla-email`, `system` and
`nss` are names of their own.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterable, Iterator
from importlib import resources

from smimebatch import _native
from smimebatch.errors import TrustError
from smimebatch.trust.certdata import is_certdata, parse_certdata
from smimebatch.trust.nss import (
    MODULE_SUFFIX,
    NSS,
    built_in_roots,
    database_roots,
    is_database,
)
from smimebatch.trust.roots import NO_LIMITS, ListedRoot, RootList
from smimebatch.trust.store import is_store, parse_store

SYSTEM = "system"
MOZILLA_EMAIL = "mozilla-email"
NAMES = (MOZILLA_EMAIL, SYSTEM, NSS)
SNAPSHOT = "mozilla_email.pem"
SYSTEM_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
"""Where Debian, Fedora, SUSE and Alpine keep it, for when OpenSSL's own default does not say."""
MAX_FILE_BYTES = 64 << 20
PEM_MARK = b"-----BEGIN"
CERTIFICATE_MARKS = (b"CERTIFICATE-----", b"PKCS7-----", b"CMS-----")
TRUSTED_MARK = b"-----BEGIN TRUSTED CERTIFICATE-----"
"""OpenSSL's: behind the certificate stands what it is trusted for, and what it is not."""
DER_SUFFIXES = (".crt", ".cer", ".cert", ".der", ".p7b", ".p7c")
EXPECTED = "certificates as PEM or DER or PKCS#7, a trust store, or certdata.txt"


def roots_of(place: str, option: str) -> RootList:
    """Return the roots at one place, which must have at least one certificate."""
    if place == MOZILLA_EMAIL:
        return snapshot()
    if place == NSS:
        return built_in_roots()
    if place == SYSTEM:
        place = system_bundle(option)
    if not os.path.isdir(place):
        return file_roots(place, option)
    return database_roots(place) if is_database(place) else directory_roots(place, option)


def snapshot() -> RootList:
    """Return the list of Mozilla's roots for e-mail that this package brings along."""
    return parse_store(resources.files(__package__).joinpath(SNAPSHOT).read_bytes())


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


def file_roots(path: str, option: str) -> RootList:
    """Return the roots of one file, which must hold at least one."""
    subject = f"{option} {path}"
    data = file_bytes(path, subject, EXPECTED)
    is_module = data.startswith(b"\x7fELF") and path.endswith(MODULE_SUFFIX)
    try:
        found = built_in_roots(path) if is_module else parse_roots(data)
    except ValueError as error:
        raise TrustError(subject, expected=EXPECTED, found=str(error)) from error
    unusable = unusable_of(root.der for root in found.roots)
    if len(unusable) == len(found.roots):
        reason = unusable[0][2] if unusable else "none"
        raise TrustError(subject, expected=f"{EXPECTED}, at least one usable", found=reason)
    return found


def parse_roots(data: bytes) -> RootList:
    """Return what the bytes of a file hold; ValueError says what is wrong with them."""
    if is_store(data):
        return parse_store(data)
    if is_certdata(data):
        return parse_certdata(data)
    if TRUSTED_MARK in data:
        raise ValueError(
            "TRUSTED CERTIFICATE, of which it is not read what it is trusted for: "
            "write those to be trusted for e-mail as plain PEM (openssl x509)"
        )
    return RootList(tuple(map(ListedRoot, _native.parse_certificates(data))))


def unusable_of(certificates: Iterable[bytes]) -> list[tuple[str, int, str]]:
    """Return those that the core cannot read: their list, their position there, and why."""
    return _native.Trust([(der, NO_LIMITS.native) for der in certificates]).skipped


def directory_roots(path: str, option: str) -> RootList:
    """Return the roots of all files of a directory that hold any, by name."""
    lists = list(directory_lists(path, option))
    if not lists:
        expected = "a directory with certificates as PEM, DER or PKCS#7, or a database of NSS"
        raise TrustError(f"{option} {path}", expected=expected, found="no certificate in it")
    return RootList(
        tuple(root for found in lists for root in found.roots),
        frozenset[bytes]().union(*(found.not_for_email for found in lists)),
        sum(found.unreadable for found in lists),
    )


def directory_lists(path: str, option: str) -> Iterator[RootList]:
    """Give the list of each file that holds certificates."""
    subject = f"{option} {path}"
    expected = "a directory with certificates"
    try:
        names = sorted(os.listdir(path), key=os.fsencode)
    except OSError as error:
        raise TrustError(subject, expected=expected, found=str(error.strerror)) from error
    for name in names:
        file = os.path.join(path, name)
        if os.path.isfile(file) and holds_certificates(file, file_bytes(file, subject, expected)):
            yield file_roots(file, option)


def holds_certificates(name: str, data: bytes) -> bool:
    """Pass over what else lies in such directories: CRLs, keys, texts."""
    if PEM_MARK in data:
        return any(mark in data for mark in CERTIFICATE_MARKS)
    if not data.startswith(b"\x30"):
        return is_certdata(data)
    return name.lower().endswith(DER_SUFFIXES) or is_usable(data)


def is_usable(data: bytes) -> bool:
    """Whether DER of any kind holds a certificate that the core can read."""
    try:
        certificates = _native.parse_certificates(data)
    except ValueError:
        return False
    return len(unusable_of(certificates)) < len(certificates)


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
