"""Attacks that put a layer around Alice's mail to say what its header was. Message fold, rule 2;
RFC 9788 §2.

She signed a header along with her text; the attacker changes the visible Subject and adds a layer
outside hers that carries the changed header as if it were protected.
"""

from __future__ import annotations

import zlib

import cms
import mime
from tests.attacks.catalogue import Outcome, attack, failed, mail, mallory, not_signed, told
from world import ALICE, World

Made = tuple[bytes, Outcome]
SIGNED = (
    b"Content-Type: text/plain; hp=clear\r\nFrom: alice@example.org\r\nSubject: refused\r\n\r\n"
    b"see the subject\r\n"
)


def wrapped(inner: bytes) -> bytes:
    """RFC 8551 §3.1, with the header that the attacker wants to be read."""
    return mime.enclosed(mime.header_block(ALICE, "attack") + inner)


def hers(world: World) -> bytes:
    return mime.clear_signed(SIGNED, cms.signed(world.ec, SIGNED), boundary=b"=-hers")


def broken(world: World, entity: bytes) -> bytes:
    return cms.signed(mallory(world), entity, sign=lambda _: bytes(range(70)))


@attack("none", "mallory", "broken", "certificates", "compressed", "opaque")
def protected_header_is_replaced_from_outside(world: World, layer: str) -> Made:
    """Whatever lies around her signature, her header is the protected one."""
    whole = wrapped(hers(world))
    entity = {
        "none": lambda: hers(world),
        "mallory": lambda: mime.clear_signed(whole, cms.signed(mallory(world), whole)),
        "broken": lambda: mime.clear_signed(whole, broken(world, whole)),
        "certificates": lambda: mime.clear_signed(
            whole, cms.signed_data(certificates=cms.carried(world.ec))
        ),
        "compressed": lambda: mime.opaque(
            cms.compressed_data(zlib.compress(whole)), smime_type=b"compressed-data"
        ),
        "opaque": lambda: mime.opaque(cms.signed(mallory(world), whole, detached=False)),
    }[layer]()
    outer = {
        "mallory": ["outer_signature_failed"],
        "opaque": ["outer_signature_failed"],
        "broken": ["outer_signature_failed"],
        "certificates": ["signed_data_without_signers"],
    }.get(layer, [])
    columns = {
        "header_protection": "rfc9788_clear",
        "headers_mismatched": ["Subject"],
        "reasons": ["headers_mismatched"],
    }
    return mail(entity), told(*outer, **columns)


@attack("broken", "changed", "certificates", "compressed")
def header_is_protected_by_nobody(world: World, how: str) -> Made:
    """No signature holds over it: it is not protected, whatever it lies in."""
    whole = wrapped(mime.plain(b"text\r\n"))
    none = {"header_protection": "none", "headers_mismatched": [], "protected_headers": None}
    if how in ("broken", "changed"):
        signed = broken(world, whole) if how == "broken" else cms.signed(world.ec, b"other")
        word = "SIG_CRYPTO_FAILURE" if how == "broken" else "HASH_FAILURE"
        return mail(mime.clear_signed(whole, signed)), failed(word) & none
    body, smime_type = {
        "certificates": (cms.signed_data(certificates=[], content=whole), b"signed-data"),
        "compressed": (cms.compressed_data(zlib.compress(whole)), b"compressed-data"),
    }[how]
    outcome = not_signed(*(["signed_data_without_signers"] if how == "certificates" else []))
    return mail(mime.opaque(body, smime_type=smime_type)), outcome & none
