"""Certificates that came with mail, as recipients: only those that a trusted root vouches for.

Whoever sends a mail can put a certificate with anybody's address into it. What an archive brought
along may be encrypted to only if its chain leads to an anchor of `--trust`. `cryptography` judges
it, by the rules of RFC 5280 that it has, and strictly: what it refuses is left out.

It applies name constraints (RFC 5280 §4.2.1.10) to the rfc822Names of subjectAltName alone, and to
neither emailAddress in the subject nor SmtpUTF8Mailbox. So under a CA whose names are limited only
those rfc822Names are the certificate's addresses.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import ExtensionOID
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

    def path_of(self, certificate: bytes) -> list[x509.Certificate] | None:
        """Return the certificate and its issuers up to an anchor; None if none vouches for it."""
        if self._verifier is None:
            return None
        try:
            loaded_one = x509.load_der_x509_certificate(certificate)
            return self._verifier.verify(loaded_one, self._between).chain
        except (VerificationError, ValueError, x509.ExtensionNotFound):
            return None


def checked_addresses(path: Sequence[x509.Certificate]) -> frozenset[str] | None:
    """Return the addresses that name constraints of a path were applied to, lower case.

    None where no CA of it has any, so that there was nothing to apply.
    """
    certificate, *authorities = path
    try:
        if not any(
            extension.oid == ExtensionOID.NAME_CONSTRAINTS
            for authority in authorities
            for extension in authority.extensions
        ):
            return None
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension):
        return frozenset()
    return frozenset(it.lower() for it in names.get_values_for_type(x509.RFC822Name))


def loaded(certificates: Iterable[bytes]) -> list[x509.Certificate]:
    """Return those that `cryptography` can read."""
    found = []
    for der in certificates:
        try:
            found.append(x509.load_der_x509_certificate(der))
        except ValueError:
            continue
    return found
