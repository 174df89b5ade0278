"""Mail made while a test runs, with throw-away keys, and what is found out about it."""

from __future__ import annotations

from typing import Any

import cms
import mime
import pki
from cryptography import x509
from world import ALICE, World

import contract
import smimebatch as sb

Row = dict[str, Any]
TEXT = mime.TEXT


def judged(world: World, raw: bytes, **options: Any) -> tuple[Row, list[Row]]:
    """Return the row of one message and the rows of its signatures."""
    roots = [x509.load_pem_x509_certificate(world.root.pem)]
    options.setdefault("now", contract.NOW)
    trust = sb.Trust.from_certificates(roots)
    found = sb.verify_batch(contract.record_batch([raw]), trust=trust, **options)
    return contract.rows(found.messages)[0], contract.rows(found.signatures)


def clear_signed(
    world: World, entity: bytes = TEXT, *, header: bytes | None = None, **options: Any
) -> bytes:
    """Return a mail from Alice, clear-signed over `entity`, with LF as archives store it."""
    signer: pki.Certificate = options.pop("signer", world.ec)
    signed = cms.signed(signer, entity, **options)
    head = mime.header_block(ALICE, "made") if header is None else header
    return mime.lf(head + mime.clear_signed(entity, signed))
