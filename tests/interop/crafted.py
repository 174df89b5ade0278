"""What the hand-made mails share: Alice's mail, clear-signed or opaque, and its expectation."""

from __future__ import annotations

import cms
import mime
import pki
from case import NOT_PASSED, UNJUDGED, add, inconclusive
from world import ALICE

TEXT = mime.TEXT
PROTOCOL = b'multipart/signed; protocol="application/pkcs7-signature"'
OPAQUE = {"format": "opaque", "canonicalization": "decoded"}
QUIRK = {"has_quirks": True}
NO_QUIRK = {"has_quirks": False}
WEAK = {"signature": dict(UNJUDGED), "message": dict(UNJUDGED)}
OVER_NOTHING = inconclusive("SIG_CONSTRAINTS_FAILURE", "no_signature_over_message")


def clear(name: str, signed: bytes, entity: bytes = TEXT, **more: object) -> None:
    """A clear-signed mail from Alice."""
    add(name, mime.header_block(subject=name) + mime.clear_signed(entity, signed), **more)


def opaque(name: str, signed: bytes, **more: object) -> None:
    """An opaque mail from Alice."""
    more["signature"] = OPAQUE | (more.get("signature") or {})
    add(name, mime.header_block(subject=name) + mime.opaque(signed), **more)


def refused(name: str, signed: bytes, **more: object) -> None:
    """Not ok, and the contract leaves open which refusal it is."""
    row = {"layer_path": "signed", "crypto_result_not": "ok", "indication_not": "TOTAL_PASSED"}
    clear(
        name,
        signed,
        signatures=[row | more.pop("row", {})],
        message={"coverage": None} | NOT_PASSED | more.pop("message", {}),
        **more,
    )


def by(name: str, signer: pki.Certificate, sender: bytes | str = ALICE, **more: object) -> None:
    """A clear-signed mail; `certificates` replaces what the message carries."""
    options = {key: more.pop(key) for key in ("certificates",) if key in more}
    head = mime.header_block(sender, name, more.pop("header", b""))
    add(name, head + mime.clear_signed(TEXT, cms.signed(signer, TEXT, **options)), **more)


def mail(name: str, entity: bytes, sender: str = ALICE) -> bytes:
    return mime.header_block(sender, name) + entity


def drop(columns: dict) -> dict:
    return {key: value for key, value in columns.items() if value is not None}
