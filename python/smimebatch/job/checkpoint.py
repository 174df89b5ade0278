"""Checkpoints: a tree in three lines, to be signed, timestamped and kept elsewhere.

The text is that of C2SP tlog-checkpoint (origin, number of leaves, root), the signature that of
C2SP signed-note with an Ed25519 key: one line `— name base64(key id and signature)`.

There is one spelling of each, and nothing but it is read: what somebody else can write into a text
that is signed and time-stamped could be a text of his own.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smimebatch.errors import OptionError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

ORIGIN = "smimebatch/run/"
ED25519 = b"\x01"
"""C2SP signed-note: the algorithm octet of Ed25519."""
KEY_ID_BYTES = 4
KEY_NAME = "smimebatch"
DASH = "\N{EM DASH}"
FINGERPRINT = re.compile(r"[0-9a-f]{64}")
"""What makes runs the same: a SHA-256."""
TEXT = re.compile(
    rf"(?P<origin>{re.escape(ORIGIN)}{FINGERPRINT.pattern})\n"
    r"(?P<size>0|[1-9][0-9]{0,17})\n"
    r"(?P<root>[A-Za-z0-9+/]{43}=)\n"
)
NOTE = re.compile(rf"{TEXT.pattern}(?P<signatures>\n(?:{DASH} [!-*,-~]+ [A-Za-z0-9+/]+=*\n)+)?")
"""A text, alone or with a blank line and signatures behind it, of whomever."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a ledger."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, note: str) -> Checkpoint | None:
        """Read a note, signed or not; None for what is none, to its last octet."""
        spelled = NOTE.fullmatch(note)
        if spelled is None:
            return None
        found = cls(spelled["origin"], int(spelled["size"]), base64.b64decode(spelled["root"]))
        return found if note.startswith(found.text) else None  # one spelling of the root's octets


def origin_of(fingerprint: str) -> str:
    """Return the name of the ledger of a run."""
    return ORIGIN + fingerprint


def key_id(name: str, public: bytes) -> bytes:
    """Return the first bytes of the hash that names a key."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:KEY_ID_BYTES]


def raw_public(key: Ed25519PublicKey) -> bytes:
    """Return the 32 bytes of a public key."""
    return key.public_bytes_raw()


def signed(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> str:
    """Return a checkpoint as a note with one signature."""
    identity = key_id(KEY_NAME, raw_public(key.public_key()))
    signature = identity + key.sign(checkpoint.text.encode())
    return f"{checkpoint.text}\n{DASH} {KEY_NAME} {base64.b64encode(signature).decode()}\n"


def verifier_key(key: Ed25519PublicKey) -> str:
    """Return a public key as C2SP signed-note spells it: name, key id, algorithm and key."""
    public = raw_public(key)
    encoded = base64.b64encode(ED25519 + public).decode()
    return f"{KEY_NAME}+{key_id(KEY_NAME, public).hex()}+{encoded}"


def parse_verifier_key(text: str) -> Ed25519PublicKey | None:
    """Read what `verifier_key` wrote; None for what is none."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        blob = base64.b64decode(text.split("+", 2)[-1], validate=True)
        key = Ed25519PublicKey.from_public_bytes(blob[1:])
    except (ValueError, binascii.Error):
        return None
    return key if verifier_key(key) == text else None


def is_signed_by(note: str, key: Ed25519PublicKey) -> bool:
    """Whether a note has a good signature of this key over its checkpoint."""
    from cryptography.exceptions import InvalidSignature

    checkpoint = Checkpoint.parse(note)
    if checkpoint is None:
        return False
    identity = key_id(KEY_NAME, raw_public(key))
    for line in note.removeprefix(checkpoint.text).split("\n"):
        try:
            dash, name, encoded = line.split(" ")
            blob = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error):
            continue
        is_plain = base64.b64encode(blob).decode() == encoded
        if (dash, name) == (DASH, KEY_NAME) and is_plain and blob[:KEY_ID_BYTES] == identity:
            try:
                key.verify(blob[KEY_ID_BYTES:], checkpoint.text.encode())
            except InvalidSignature:
                continue
            return True
    return False


def signatures_of(note: str) -> str:
    """Say who signed a note, or that nobody did."""
    return note.partition("\n\n")[2].strip() or "not signed"


def load_private_key(path: str) -> Ed25519PrivateKey:
    """Read the Ed25519 key that --sign-with names: PKCS#8 in PEM, not encrypted."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = loaded(path, "--sign-with", lambda content: load_pem_private_key(content, None))
    if not isinstance(key, Ed25519PrivateKey):
        raise OptionError(f"--sign-with {path}", expected="an Ed25519 key", found="another kind")
    return key


def load_public_key(path: str) -> Ed25519PublicKey:
    """Read the Ed25519 key that --key names: SubjectPublicKeyInfo in PEM."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    key = loaded(path, "--key", load_pem_public_key)
    if not isinstance(key, Ed25519PublicKey):
        raise OptionError(f"--key {path}", expected="an Ed25519 key", found="another kind")
    return key


def loaded(path: str, option: str, load: object) -> object:
    """Read a key; what is none is a mistake of the caller."""
    try:
        with open(path, "rb") as file:
            return load(file.read())  # type: ignore[operator]
    except OSError as error:
        raise OptionError(
            f"{option} {path}", expected="a file", found=str(error.strerror)
        ) from error
    except (ValueError, TypeError) as error:
        raise OptionError(
            f"{option} {path}", expected="a PEM key without a password", found="none"
        ) from error
