"""Where certificates of recipients come from: one place named on the command line -> its list.

A table of addresses and certificate files (CSV), a directory of certificates, an export of a
directory server (LDIF, RFC 2849) with userCertificate or userSMIMECertificate, or the dataset
`certificates` of an earlier run. What a file is, its content says.
"""

from __future__ import annotations

import base64
import csv
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from smimebatch import _native
from smimebatch.certificates import der_of
from smimebatch.datasets import dataset_of
from smimebatch.errors import KeysError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

Place: TypeAlias = str | os.PathLike[str]
Named: TypeAlias = "Place | bytes | Certificate"
"""A file with a certificate, or one as DER or an object of `cryptography`."""
OPTION = "--recipients"
MAX_FILE_BYTES = 1 << 30
EXPECTED = (
    "a table of addresses and certificate files (CSV), a directory of certificates, LDIF, or the "
    "certificates of a run"
)
PARQUET_MAGIC = b"PAR1"
CERTIFICATES = "certificates"
ADDRESS_HEADINGS = frozenset({"address", "addresses", "email", "mail", "recipient"})
LDIF_CERTIFICATES = frozenset({"usercertificate", "usersmimecertificate"})
LDIF_ADDRESSES = frozenset({"mail", "rfc822mailbox", "email", "emailaddress"})


@dataclass(frozen=True, slots=True)
class Listed:
    """A certificate at a place."""

    place: str
    certificate: bytes
    """DER."""
    addresses: tuple[str, ...] = ()
    """Whose it is said to be; empty: those that it names itself."""
    came_with_mail: bool = False
    """Whether nobody but the sender of a mail says so."""


def listed_in(place: str) -> list[Listed]:
    """Return the certificates at one place; KeysError where there is none."""
    try:
        listed = list(listing(place))
    except (OSError, csv.Error, ValueError, pa.ArrowException) as error:
        raise unusable(place, OPTION, str(error)) from error
    if not listed:
        raise unusable(place, OPTION, "no certificate")
    return listed


def listing(place: str) -> Iterator[Listed]:
    """Give the certificates at one place."""
    if os.path.isdir(place):
        run = os.path.join(place, CERTIFICATES)
        if os.path.isdir(run):
            place = run
        names = [name for name in os.listdir(place) if not name.startswith(".")]
        if names and all(name.endswith(".parquet") for name in names):
            yield from of_dataset(place)
        else:
            yield from of_directory(place)
        return
    octets = octets_of(place)
    if octets.startswith(PARQUET_MAGIC):
        yield from of_dataset(place)
    elif is_certificate_file(octets):
        for der in certificates_in(octets):
            yield Listed(place, der)
    elif looks_like_ldif(octets):
        yield from of_ldif(place, octets)
    else:
        yield from of_table(place, octets.decode("utf-8-sig"))


def octets_of(place: str) -> bytes:
    """Return the content of a file."""
    with open(place, "rb") as file:
        octets = file.read(MAX_FILE_BYTES + 1)
    if len(octets) > MAX_FILE_BYTES:
        raise unusable(place, OPTION, f"more than {MAX_FILE_BYTES} bytes")
    return octets


def is_certificate_file(octets: bytes) -> bool:
    """Whether a file is a certificate, or several, and nothing else."""
    return (octets[:1] == b"\x30" and octets[1:2] >= b"\x80") or b"-----BEGIN" in octets[:4096]


def certificates_in(octets: bytes) -> list[bytes]:
    """Return the certificates of PEM, DER or PKCS#7; empty where there is none."""
    try:
        return _native.parse_certificates(octets)
    except ValueError:
        return []


def certificates_of(place: str, option: str) -> list[bytes]:
    """Return the certificates of a file that was named itself."""
    try:
        octets = octets_of(place)
    except OSError as error:
        raise unusable(place, option, str(error.strerror)) from error
    found = certificates_in(octets)
    if not found:
        raise KeysError(
            f"{option} {place}",
            expected="a certificate as PEM, DER or PKCS#7",
            found="none",
        )
    return found


def certificates_at(given: Named, option: str) -> list[bytes]:
    """Return the certificates that a caller gives: those of a file, or one as it is."""
    if isinstance(given, str | os.PathLike):
        return certificates_of(os.fspath(given), option)
    der = der_of(given)
    if der is None:
        expected = "a path, a certificate object of cryptography, or DER"
        raise KeysError(option, expected=expected, found=type(given).__name__)
    return [der]


def of_directory(place: str) -> Iterator[Listed]:
    """Give the certificates of every file below a directory; what is none is passed over."""
    for directory, below, names in os.walk(place):
        below[:] = sorted(name for name in below if not name.startswith("."))
        for name in sorted(name for name in names if not name.startswith(".")):
            path = os.path.join(directory, name)
            if os.path.isfile(path) and os.path.getsize(path) <= MAX_FILE_BYTES:
                for der in certificates_in(octets_of(path)):
                    yield Listed(path, der)


def of_dataset(place: str) -> Iterator[Listed]:
    """Give the certificates of a dataset `certificates`, or of any Parquet with a column `der`."""
    rows = pq.ParquetFile(place) if os.path.isfile(place) else dataset_of(place)
    names = rows.schema_arrow.names if isinstance(rows, pq.ParquetFile) else rows.schema.names
    if "der" not in names:
        raise unusable(place, OPTION, "Parquet without a column der")
    batches = (
        rows.iter_batches(columns=["der"])
        if isinstance(rows, pq.ParquetFile)
        else rows.to_batches(columns=["der"])
    )
    for batch in batches:
        for der in batch.column(0).to_pylist():
            if der is not None and certificates_in(der):
                yield Listed(place, der, came_with_mail=True)


def of_table(place: str, text: str) -> Iterator[Listed]:
    """Give the certificates of a table: an address, and a file beside the table, on each line."""
    beside = os.path.dirname(os.path.abspath(place))
    for number, row in enumerate(csv.reader(io.StringIO(text)), 1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or cells[0].startswith("#"):
            continue
        if number == 1 and cells[0].lower() in ADDRESS_HEADINGS:
            continue
        if len(cells) < 2 or "@" not in cells[0]:
            raise unusable(place, OPTION, f"line {number}: no address with a file: {row!r}")
        path = os.path.join(beside, cells[1])
        yield Listed(path, certificates_of(path, OPTION)[0], (cells[0],))


def looks_like_ldif(octets: bytes) -> bool:
    """Whether a file begins as LDIF does (RFC 2849)."""
    lines = octets[:4096].splitlines()
    first = next((line for line in lines if line and not line.startswith(b"#")), b"")
    return first.lower().startswith((b"version:", b"dn:"))


def of_ldif(place: str, octets: bytes) -> Iterator[Listed]:
    """Give the certificates of every entry, under the addresses that it names."""
    for entry in ldif_entries(octets):
        addresses = tuple(
            value.decode("utf-8", "replace")
            for name, value in entry
            if name in LDIF_ADDRESSES and b"@" in value
        )
        for name, value in entry:
            if name in LDIF_CERTIFICATES:
                for der in certificates_in(value):
                    yield Listed(place, der, addresses)


def ldif_entries(octets: bytes) -> Iterator[list[tuple[str, bytes]]]:
    """Give the attributes of each entry: names without options, lower case, and values."""
    unfolded = octets.replace(b"\r\n", b"\n").replace(b"\n ", b"")
    for block in unfolded.split(b"\n\n"):
        entry = [
            attribute
            for line in block.split(b"\n")
            if line and not line.startswith(b"#")
            if (attribute := ldif_attribute(line)) is not None
        ]
        if entry:
            yield entry


def ldif_attribute(line: bytes) -> tuple[str, bytes] | None:
    """Return name and value of a line; values from elsewhere (`:<`) are not fetched."""
    name, colon, value = line.partition(b":")
    if not colon or value.startswith(b"<"):
        return None
    plain = name.split(b";")[0].strip().lower().decode("ascii", "replace")
    if not value.startswith(b":"):
        return plain, value.strip()
    try:
        return plain, base64.b64decode(value[1:].strip(), validate=True)
    except ValueError:
        return None


def unusable(place: str, option: str, found: str) -> KeysError:
    """Say that a place gives nothing."""
    return KeysError(f"{option} {place}", expected=EXPECTED, found=found)
