"""Trust anchors and intermediate certificates: loaded once, before anything is read, then frozen.

`files` finds them, `certdata`, `nss`, `pkcs11` and `store` read lists that say more about a root
than that it is one, `roots` is what they say; `revocation` loads certificate lists and OCSP
responses. What certificates say is the core's business.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from smimebatch import _native
from smimebatch.certificates import der_of
from smimebatch.errors import DamagedRunError, InputError, TrustError
from smimebatch.given import places_and_certificates_of
from smimebatch.trust.files import MOZILLA_EMAIL, SYSTEM, roots_of, snapshot
from smimebatch.trust.harvested import certificates_of, is_harvest
from smimebatch.trust.revocation import Revocation, no_revocation
from smimebatch.trust.roots import NO_LIMITS, UNSAID, AnchorLimits, ListedRoot, RootList

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

PathLike: TypeAlias = str | os.PathLike[str]
CertificateLike: TypeAlias = "bytes | Certificate"
"""DER, or a certificate object of `cryptography`."""
INTERMEDIATES = "--intermediates"


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Trust:
    """Trust anchors, and certificates that may stand between them and a signer.

    Certificates are given as DER or as objects of `cryptography`, and kept as DER.
    """

    anchors: tuple[bytes, ...]
    intermediates: tuple[bytes, ...]
    """They prove nothing by themselves."""
    limits: Mapping[bytes, AnchorLimits]
    """Of anchors whose list limits them, by their DER."""
    revocation: Revocation
    """Certificate lists and OCSP responses beside those that messages bring."""
    warnings: tuple[str, ...] = field(compare=False)
    """What the operator should know about the anchors."""
    native: _native.Trust = field(repr=False, compare=False)

    def __init__(
        self,
        anchors: Iterable[CertificateLike] = (),
        intermediates: Iterable[CertificateLike] = (),
        *,
        limits: Mapping[bytes, AnchorLimits] | None = None,
        revocation: Revocation | None = None,
        warnings: Iterable[str] = (),
    ) -> None:
        given, between = unique(map(der_given, anchors)), unique(map(der_given, intermediates))
        limits = {der: limits[der] for der in given if limits and der in limits}
        limited = [(der, limits.get(der, NO_LIMITS).native) for der in given]
        values = {
            "anchors": given,
            "intermediates": between,
            "limits": limits,
            "revocation": no_revocation() if revocation is None else revocation,
            "warnings": tuple(warnings),
            "native": _native.Trust(limited, between),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        counts = f"{len(self.anchors)} anchors, {len(self.intermediates)} intermediates"
        return f"<Trust: {counts}, {self.fingerprint[:16]}>"

    @classmethod
    def load(
        cls,
        *places: PathLike | Certificate,
        intermediates: PathLike | Certificate | Iterable[PathLike | Certificate] = (),
        crls: PathLike | Iterable[PathLike] = (),
        ocsp: PathLike | Iterable[PathLike] = (),
        option: str = "--trust",
    ) -> Trust:
        """Load anchors; TrustError names the place that is unusable, and the option.

        A place is a file (PEM, DER, PKCS#7, a trust store of `smimebatch trust import`,
        certdata.txt), a directory of such files or a database of NSS, `mozilla-email`, `system`,
        `nss`, or a certificate object. A root that its list does not trust for e-mail is no anchor.
        `crls` and `ocsp` are files of certificate lists and OCSP responses, or directories of them.
        One place by itself is a list of one.
        Intermediates may also be a run directory, or a certificates dataset.
        """
        lists = [(place, listed(place, option)) for place in places]
        anchors: list[bytes] = []
        limits: dict[bytes, AnchorLimits] = {}
        for place, found in lists:
            trusted = [root for root in found.roots if root.is_anchor]
            if not trusted:
                raise TrustError(
                    f"{option} {place}",
                    expected="roots trusted for e-mail",
                    found=f"{len(found.roots)} roots, none trusted for e-mail",
                )
            for root in trusted:
                anchors.append(root.der)
                limits[root.der] = limits.get(root.der, NO_LIMITS).intersect(root.limits)
        between = [
            der
            for place in places_and_certificates_of(intermediates)
            for der in helping_certificates(place)
        ]
        limits = {der: it for der, it in limits.items() if it != NO_LIMITS}
        known = Revocation.load(crls, ocsp)
        warnings = [*warnings_about(lists, option), *known.warnings]
        return cls(anchors, between, limits=limits, revocation=known, warnings=warnings)

    @classmethod
    def system(cls) -> Trust:
        """Load the certificate bundle of the operating system, which is made for web servers."""
        return cls.load(SYSTEM)

    @classmethod
    def mozilla_email(cls) -> Trust:
        """Load Mozilla's roots for e-mail, as of the snapshot in this package."""
        return cls.load(MOZILLA_EMAIL)

    @classmethod
    def from_certificates(
        cls,
        anchors: Iterable[CertificateLike],
        intermediates: Iterable[CertificateLike] = (),
    ) -> Trust:
        """Take certificate objects of `cryptography`, or DER bytes."""
        return cls(anchors, intermediates)

    @property
    def fingerprint(self) -> str:
        """SHA-256 over all certificates and limits; equal for equal sets."""
        return self.native.fingerprint


def listed(place: PathLike | Certificate, option: str) -> RootList:
    """Return the roots at a place, or the one that a certificate object is."""
    if isinstance(place, str | os.PathLike):
        return roots_of(os.fspath(place), option)
    return RootList((ListedRoot(der_given(place)),))


def helping_certificates(place: PathLike | Certificate) -> Iterable[bytes]:
    """Return certificates that may stand in a chain; also those that an earlier run found."""
    try:
        if isinstance(place, str | os.PathLike) and is_harvest(os.fspath(place)):
            return list(certificates_of(os.fspath(place), INTERMEDIATES))
    except (InputError, DamagedRunError) as error:
        raise TrustError(
            error.subject, expected=error.expected, found=error.found, remedy=error.remedy
        ) from error
    return [root.der for root in listed(place, INTERMEDIATES).roots]


def warnings_about(lists: Sequence[tuple[Any, RootList]], option: str) -> Iterable[str]:
    """Give a sentence for each place whose roots include some that Mozilla keeps from e-mail."""
    known: RootList | None = None
    for place, found in lists:
        said = [root for root in found.roots if root.email_trust == UNSAID]
        if not said:
            continue
        known = known or snapshot()
        refused = sum(root.sha256 in known.not_for_email for root in said)
        if refused:
            is_place = isinstance(place, str | os.PathLike)
            name = os.fspath(place) if is_place else "a certificate object"
            yield (
                f"{option} {name} looks like a bundle for web servers: {refused} of its "
                f"{len(said)} roots are not trusted for e-mail by Mozilla; "
                f"{option} {MOZILLA_EMAIL} has the roots that are"
            )


def der_given(certificate: Any) -> bytes:
    """Return the DER of a certificate object of `cryptography`, or of DER bytes."""
    der = der_of(certificate)
    if der is None:
        found = type(certificate).__name__
        raise TrustError(
            "certificate", expected="cryptography.x509.Certificate or DER", found=found
        )
    return der


def unique(certificates: Iterable[bytes]) -> tuple[bytes, ...]:
    """Return each certificate once, in the order in which they came."""
    return tuple(dict.fromkeys(certificates))
