"""certdata.txt, the root list of NSS as its sources hold it: certificates with e-mail trust.

A list of PKCS#11 objects in text: certificates, and trust objects that name them by issuer, serial
number and hash. Both spellings of the constants are read: NETSCAPE until 2012, NSS since, and the
ones of PKCS#11 3.2 after them. What is not about e-mail is passed over.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TypeAlias

from smimebatch.trust.roots import (
    DISTRUSTED,
    NOT_TRUSTED,
    TRUSTED,
    AnchorLimits,
    ListedRoot,
    RootList,
)

LICENCE = "MPL-2.0, https://mozilla.org/MPL/2.0/ (the root list of Mozilla's NSS)"
MARK = b"CKA_CLASS CK_OBJECT_CLASS CKO_"
CERTIFICATE_CLASS = b"CKO_CERTIFICATE"
TRUST_CLASSES = (b"CKO_NSS_TRUST", b"CKO_NETSCAPE_TRUST", b"CKO_TRUST")
EMAIL_ATTRIBUTES = (b"CKA_TRUST_EMAIL_PROTECTION", b"CKA_PKCS_TRUST_EMAIL_PROTECTION")
TRUSTING = (b"TRUSTED_DELEGATOR", b"TRUST_ANCHOR")
DISTRUSTING = (b"NOT_TRUSTED", b"UNTRUSTED")
HASHES = {b"CKA_CERT_SHA1_HASH": "sha1", b"CKA_CERT_MD5_HASH": "md5"}
NO_DATE = (b"", b"CK_FALSE", b"\0")
"""Absent; false in the text; false in the module built from it."""
UTC_TIME_OCTETS = len("YYMMDDhhmmssZ")
OCTET = re.compile(rb"\\([0-7]{3})")
CVS_DATE = re.compile(rb"\$Date: (\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \$")
"""Lists of the years under CVS, until early 2013, say their date themselves."""

Attributes: TypeAlias = dict[bytes, bytes]


def is_certdata(data: bytes) -> bool:
    """Whether a file is a certdata.txt."""
    return MARK in data


def parse_certdata(data: bytes) -> RootList:
    """Return every certificate of the text with what it says about e-mail."""
    return root_list(read_objects(data))


def root_list(objects: Iterable[Attributes]) -> RootList:
    """Return every certificate among the objects with what its trust objects say about e-mail."""
    certificates: list[Attributes] = []
    trusts: dict[tuple[bytes, bytes], list[Attributes]] = {}
    for attributes in objects:
        if attributes.get(b"CKA_CLASS") == CERTIFICATE_CLASS:
            certificates.append(attributes)
        elif attributes.get(b"CKA_CLASS") in TRUST_CLASSES:
            trusts.setdefault(name_of(attributes), []).append(attributes)
    with_value = [entry for entry in certificates if entry.get(b"CKA_VALUE")]
    roots = tuple(listed(entry, trusts.get(name_of(entry), [])) for entry in with_value)
    unreadable = len(certificates) - len(with_value)
    return RootList(roots, unreadable=unreadable, licence=LICENCE)


def read_objects(data: bytes) -> Iterator[Attributes]:
    """Give the attributes of each object; octal values as octets, others as they are written."""
    attributes: Attributes = {}
    lines = iter(data.splitlines())
    for line in lines:
        name, _, rest = line.strip().partition(b" ")
        if not name.startswith(b"CKA_"):
            continue
        kind, _, value = rest.partition(b" ")
        if kind == b"MULTILINE_OCTAL":
            value = read_octal(lines)
        if name == b"CKA_CLASS":
            if attributes:
                yield attributes
            attributes = {}
        attributes[name] = value
    if attributes:
        yield attributes


def read_octal(lines: Iterator[bytes]) -> bytes:
    r"""Read lines such as \060\202 up to END."""
    octets = bytearray()
    for line in lines:
        if line.strip() == b"END":
            break
        octets.extend(int(digits, 8) & 0xFF for digits in OCTET.findall(line))
    return bytes(octets)


def name_of(attributes: Attributes) -> tuple[bytes, bytes]:
    """Return issuer and serial number, by which trust objects name certificates."""
    return attributes.get(b"CKA_ISSUER", b""), attributes.get(b"CKA_SERIAL_NUMBER", b"")


def listed(certificate: Attributes, trusts: list[Attributes]) -> ListedRoot:
    """Return a certificate with the worst that its trust objects say."""
    der = certificate[b"CKA_VALUE"]
    said = {email_trust(trust) for trust in trusts if is_about(trust, der)}
    verdict = next((word for word in (DISTRUSTED, NOT_TRUSTED, TRUSTED) if word in said), None)
    after = parse_time(certificate.get(b"CKA_NSS_EMAIL_DISTRUST_AFTER", b""))
    return ListedRoot(der, verdict or NOT_TRUSTED, AnchorLimits(distrust_after=after))


def is_about(trust: Attributes, der: bytes) -> bool:
    """Whether a trust object, which may hold hashes of its certificate, means this one."""
    return all(
        hashlib.new(algorithm, der, usedforsecurity=False).digest() == trust[name]
        for name, algorithm in HASHES.items()
        if trust.get(name)
    )


def email_trust(trust: Attributes) -> str:
    """Return what a trust object says about e-mail."""
    value = next((trust[name] for name in EMAIL_ATTRIBUTES if name in trust), b"")
    if value.endswith(DISTRUSTING):
        return DISTRUSTED
    return TRUSTED if value.endswith(TRUSTING) else NOT_TRUSTED


def parse_time(value: bytes) -> datetime | None:
    """Return the instant of a UTCTime or GeneralizedTime, None for "false"; ValueError otherwise.

    A date that cannot be read must not become no date: that would trust more than the list does.
    """
    if value in NO_DATE:
        return None
    pattern = "%y%m%d%H%M%SZ" if len(value) == UTC_TIME_OCTETS else "%Y%m%d%H%M%SZ"
    return datetime.strptime(value.decode("ascii"), pattern).replace(tzinfo=UTC)


def date_within(data: bytes) -> datetime | None:
    """Return the date that a list of the CVS years says of itself."""
    found = CVS_DATE.search(data)
    if found is None:
        return None
    return datetime.strptime(found[1].decode(), "%Y/%m/%d %H:%M:%S").replace(tzinfo=UTC)
