"""Recipients whose certificate its issuer has revoked, as far as the lists of `--crls` say so.

A list counts for a certificate if it names the same issuer (RFC 5280 §7.1) and a certificate of
that name among those given verifies its signature. An entry of it refuses a recipient whatever the
dates of the list: who was revoked once is written to no more. Only a list that is current clears
somebody, which `--revocation required` asks for. Not looked at: OCSP responses, entries of indirect
lists about certificates of others, and whether a CA above was revoked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from smimebatch.recipients.chains import loaded

OFF, REQUIRED = "off", "required"
REVOKED = "Its issuer has revoked it, by a list of --crls."
UNKNOWN = "No current list of --crls from its issuer covers it, and --revocation is required."
PASSED_OVER = "recipients are not, or not all, looked for in it"
PEM_LIST = re.compile(rb"-----BEGIN X509 CRL-----.+?-----END X509 CRL-----", re.DOTALL)
FAULTS = (ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature, x509.DuplicateExtension)
"""What `cryptography` raises of certificates and lists that it cannot use."""
NameKey = tuple[frozenset[tuple[str, str | bytes]], ...]


@dataclass(frozen=True, slots=True)
class Signed:
    """A list, and the certificates that verify its signature."""

    crl: x509.CertificateRevocationList
    issuers: tuple[x509.Certificate, ...]


@dataclass(slots=True)
class OfIssuer:
    """What the lists of one issuer say."""

    revoked: set[int] = field(default_factory=set)
    current: list[Signed] = field(default_factory=list)
    """Lists that clear whom they do not name."""


class RevokedRecipients:
    """The lists of `--crls`; those of an issuer are read when the first certificate asks."""

    def __init__(
        self, files: Sequence[str], certificates: Iterable[bytes], now: datetime, mode: str
    ) -> None:
        self._now = now.astimezone(UTC)
        self._is_off = mode == OFF or not (files or mode == REQUIRED)
        self._is_required = mode == REQUIRED
        self._issuers: dict[NameKey, list[x509.Certificate]] = {}
        self._lists: dict[NameKey, list[x509.CertificateRevocationList]] = {}
        self._known: dict[NameKey, OfIssuer] = {}
        self.warnings: list[str] = []
        """Lists that could not be used."""
        if self._is_off:
            return
        for certificate in loaded(certificates):
            with suppress(*FAULTS):
                self._issuers.setdefault(key_of(certificate.subject), []).append(certificate)
        for file in files:
            self._add(file)

    def _add(self, file: str) -> None:
        try:
            for crl in lists_in(file):
                self._lists.setdefault(key_of(crl.issuer), []).append(crl)
        except (OSError, *FAULTS) as error:
            self.warnings.append(f"--crls {file}: {error}; {PASSED_OVER}")

    def why_refused(self, der: bytes) -> str | None:
        """Return why nothing may be encrypted to a certificate; None where nothing speaks."""
        if self._is_off:
            return None
        try:
            certificate = x509.load_der_x509_certificate(der)
            issuer = key_of(certificate.issuer)
        except FAULTS:
            return UNKNOWN if self._is_required else None
        if issuer not in self._known:
            self._known[issuer] = self._said_by(issuer)
        known = self._known[issuer]
        if certificate.serial_number in known.revoked:
            return REVOKED
        if self._is_required and not any(clears(one, certificate) for one in known.current):
            return UNKNOWN
        return None

    def _said_by(self, issuer: NameKey) -> OfIssuer:
        """Read the lists of an issuer."""
        known = OfIssuer()
        for crl in self._lists.get(issuer, ()):
            signers = tuple(it for it in self._issuers.get(issuer, ()) if is_signed_by(crl, it))
            if not signers:
                self._warn(crl, "no certificate that was given verifies it")
                continue
            try:
                known.revoked.update(revoked_serials(crl))
                if self._is_current(crl):
                    known.current.append(Signed(crl, signers))
            except FAULTS as error:
                self._warn(crl, str(error))
        return known

    def _warn(self, crl: x509.CertificateRevocationList, why: str) -> None:
        issuer = crl.issuer.rfc4514_string()
        self.warnings.append(f"--crls: the list of {issuer!a}: {why}; {PASSED_OVER}")

    def _is_current(self, crl: x509.CertificateRevocationList) -> bool:
        ends = crl.next_update_utc
        return ends is not None and crl.last_update_utc <= self._now <= ends


def lists_in(file: str) -> Iterator[x509.CertificateRevocationList]:
    """Give the lists of a file, PEM or DER."""
    with open(file, "rb") as opened:
        octets = opened.read()
    blocks = PEM_LIST.findall(octets)
    for block in blocks:
        yield x509.load_pem_x509_crl(block)
    if not blocks:
        yield x509.load_der_x509_crl(octets)


def key_of(name: x509.Name) -> NameKey:
    """Return a name so that names are equal that RFC 5280 §7.1 calls equal."""
    return tuple(
        frozenset((it.oid.dotted_string, folded(it.value)) for it in part) for part in name.rdns
    )


def folded(value: str | bytes) -> str | bytes:
    """Leave out of a value what does not tell names apart: case and repeated blanks."""
    return value if isinstance(value, bytes) else " ".join(value.casefold().split())


def is_signed_by(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    """Whether the key of a certificate verifies the signature of a list."""
    try:
        return crl.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
    except FAULTS:
        return False


def revoked_serials(crl: x509.CertificateRevocationList) -> Iterator[int]:
    """Give the serial numbers of certificates of the list's own issuer that it revokes."""
    scope = scope_of(crl)
    is_indirect = scope is not None and scope.indirect_crl
    for entry in crl:
        if is_indirect and has(entry, x509.CertificateIssuer):
            return  # RFC 5280 §5.3.3: from here on certificates of others
        if not is_taken_back(entry):
            yield entry.serial_number


def is_taken_back(entry: x509.RevokedCertificate) -> bool:
    """Whether an entry says removeFromCRL (RFC 5280 §5.3.1)."""
    try:
        reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except (x509.ExtensionNotFound, *FAULTS):
        return False
    return reason is x509.ReasonFlags.remove_from_crl


def has(entry: x509.RevokedCertificate, kind: type[x509.CertificateIssuer]) -> bool:
    """Whether an entry has an extension; one that cannot be read counts as having it."""
    try:
        entry.extensions.get_extension_for_class(kind)
    except x509.ExtensionNotFound:
        return False
    except FAULTS:
        return True
    return True


def scope_of(crl: x509.CertificateRevocationList) -> x509.IssuingDistributionPoint | None:
    """Return what a list says of the certificates that it is about."""
    try:
        return crl.extensions.get_extension_for_class(x509.IssuingDistributionPoint).value
    except (x509.ExtensionNotFound, *FAULTS):
        return None


def clears(signed: Signed, certificate: x509.Certificate) -> bool:
    """Whether a list that does not name a certificate says that it is not revoked.

    It is one for all certificates of those who issued this one, for all reasons, and complete.
    """
    try:
        if not any(issued(issuer, certificate) for issuer in signed.issuers):
            return False
        known = signed.crl.extensions
        scopes = (x509.IssuingDistributionPoint, x509.DeltaCRLIndicator)
        return not any(isinstance(it.value, scopes) for it in known)
    except FAULTS:
        return False


def issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    """Whether the key of one certificate signed another."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except FAULTS:
        return False
    return True
