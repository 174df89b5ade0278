"""Keys and certificates as objects of `cryptography`: what a file of them would hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from smimebatch import _native
from smimebatch.certificates import der_of
from smimebatch.errors import KeysError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
    from cryptography.x509 import Certificate

EXPECTED = "a private key or a certificate that can be used"
KeyObject: TypeAlias = "PrivateKeyTypes | Certificate"


def file_of_object(given: Any, passwords: _native.Passwords, option: str) -> _native.KeyFile:
    """Return what a file of a private key (PKCS#8) or of a certificate would give.

    KeysError says why nothing can be made of it. The object stays where it is, in the memory of the
    caller, and so do the octets in which `cryptography` hands it over: neither can be wiped.
    """
    file = _native.KeyFile(octets_of(given, option), passwords)
    if file.counts == (0, 0):
        found = "; ".join(text for _, text in file.problems)
        raise KeysError(f"{option} ({type(given).__name__})", expected=EXPECTED, found=found)
    return file


def octets_of(given: Any, option: str) -> bytes:
    """Return DER; KeysError for what is neither a key nor a certificate."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    if hasattr(given, "private_bytes"):
        octets: bytes = given.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return octets
    der = None if isinstance(given, bytes) else der_of(given)
    if der is None:
        expected = "a path, or a private key or certificate of cryptography"
        raise KeysError(option, expected=expected, found=type(given).__name__)
    return der
