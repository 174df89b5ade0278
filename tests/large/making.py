"""Clear-signed messages with a large signed part, made without holding them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import cms
import der
import mime
from world import World

import smimebatch as sb

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BOUNDARY = b"=-signed-boundary"
ENTITY_HEADER = b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"


def trust_of(world: World) -> sb.Trust:
    """Trust in the test root."""
    return sb.Trust.from_certificates([world.root.der])


def signature_over(world: World, sha256: bytes) -> bytes:
    """SignedData of Alice over content with this digest."""
    attributes = [
        cms.content_type(),
        cms.signing_time(),
        cms.attribute(cms.MESSAGE_DIGEST, der.octets(sha256)),
    ]
    info = cms.signer_info(world.ec, b"", attributes=attributes)
    return cms.signed_data(info, certificates=cms.carried(world.ec))


def signed_pieces(
    world: World, lines: Iterable[bytes], line_end: bytes = b"\r\n"
) -> Iterator[bytes]:
    """Give a clear-signed message; `lines` are pieces of its signed body, which end in CR LF.

    Hashed with CR LF and stored with `line_end`; the body's last line end belongs to the delimiter.
    """
    hasher = hashlib.sha256(ENTITY_HEADER)
    header = mime.header_block(subject="large") + b"Content-Type: " + mime.SIGNED_TYPE % BOUNDARY
    stored = lambda piece: piece.replace(b"\r\n", line_end)  # noqa: E731
    yield stored(header + b"\r\n\r\n--" + BOUNDARY + b"\r\n" + ENTITY_HEADER)
    held = b""
    for piece in lines:
        hasher.update(held)
        yield stored(held)
        held = piece
    hasher.update(held.removesuffix(b"\r\n"))
    yield stored(held)
    signature = mime.encoded(signature_over(world, hasher.digest()))
    yield stored(b"--" + BOUNDARY + b"\r\n" + mime.SIGNATURE_HEADERS + b"\r\n" + signature)
    yield stored(b"--" + BOUNDARY + b"--\r\n")
