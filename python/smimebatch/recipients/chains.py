"""Certificates that came with mail, as recipients: only those that a trusted root vouches for.

Whoever sends a mail can put a certificate with anybody's address into it. What an archive brought
along may be encrypted to only if its chain leads to an anchor of `--trust`. `cryptography` judges
it, by the rules of RFC 5280 that it has, and strictly: what it refuses is left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from cryptography import x509
from cryptography.x509.verification import (
    ExtensionPolicy,
    PolicyBuilder,
    Store,
    VerificationError,
)


class Chains:
    """Anchors, and whatever may stand between them and a certificate."""

    def __init__(self, anchors: Iterable[bytes], between: Iterable[bytes], now: datetime) -> None:
        roots = loaded(anchors)
        self._between = loaded(between)
        self._verifier = None
        if roots:
            self._verifier = (
                PolicyBuilder()
                .store(Store(roots))
                .time(now)
                .extension_policies(
                    ca_policy=ExtensionPolicy.webpki_defaults_ca(),
                    ee_policy=ExtensionPolicy.permit_all(),
                )
                .build_client_verifier()
            )

    def lead_to(self, certificate: bytes) -> bool:
        """Whether an anchor vouches for the certificate."""
        if self._verifier is None:
            return False
        try:
            self._verifier.verify(x509.load_der_x509_certificate(certificate), self._between)
        except (VerificationError, ValueError, x509.ExtensionNotFound):
            return False
        return True


def loaded(certificates: Iterable[bytes]) -> list[x509.Certificate]:
    """Return those that `cryptography` can read."""
    found = []
    for der in certificates:
        try:
            found.append(x509.load_der_x509_certificate(der))
        except ValueError:
            continue
    return found
