"""Mail signed with Ed25519 (RFC 8419), which `cryptography` does not put into CMS: the makers of
the interop tests do.
"""

from __future__ import annotations

import functools
import pathlib
import sys

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from smimebatch.bench.signed_mail import People, Sender

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "tests" / "interop"))

import cms
import der
import mime
import pki


def signed(entity: bytes, sender: Sender, people: People) -> bytes:
    """The entity clear-signed, SHA-512 beside the signature as RFC 8419 §3.1 asks for."""
    signer = held(sender.certificate, sender.key)
    issuing = held(people.issuing.certificate, None)
    over = cms.signed(
        signer,
        entity,
        digest="sha512",
        digests=[pki.digest_algorithm("sha512")],
        certificates=[signer.der, issuing.der],
    )
    return b"MIME-Version: 1.0\r\n" + mime.clear_signed(entity, over)


@functools.cache
def held(certificate: x509.Certificate, key: object) -> pki.Certificate:
    """A certificate as the makers know it."""
    identifier = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    return pki.Certificate(
        der=certificate.public_bytes(Encoding.DER),
        key=pki.PycaKey(key, "ed25519"),
        subject=certificate.subject.public_bytes(),
        issuer=certificate.issuer.public_bytes(),
        serial=der.integer(certificate.serial_number),
        ski=identifier.value.digest,
    )
