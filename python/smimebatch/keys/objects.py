"""Keys and certificates as objects of `cryptography`: what a file of them would hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from smimebatch import _native
from smimebatch.certificates import der_of
from smimebatch.errors import KeysError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
    from cryptography.x509 import Certificate

KeyObject: TypeAlias = "PrivateKeyTypes | Certificate"


def file_of_object(given: Any, passwords: _native.Passwords, option: str) -> _native.KeyFile:
    """Return what a file of a private key (PKCS#8) or of a certificate would give.

    The object stays where it is, in the memory of the caller; the copy made here is wiped.
    """
    octets = bytearray(octets_of(given, option))
    try:
        return _native.KeyFile(octets, passwords)
    finally:
        octets[:] = bytes(len(octets))


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
