"""Enhanced security services (RFC 2634, RFC 5035): layers with own rows, receipts, labels."""

from __future__ import annotations

import cms
import der
import mime
import pytest
from world import World

import made

AA = "1.2.840.113549.1.9.16.2."
RECEIPT = "1.2.840.113549.1.9.16.1.1"
TEXT = made.TEXT


def label(policy: str, *fields: bytes) -> bytes:
    return der.set_of(der.oid(policy), *fields)


def names(address: str) -> bytes:
    return der.seq(der.implicit(1, address.encode()))


def with_attributes(world: World, *attributes: bytes) -> tuple[made.Row, list[made.Row]]:
    all_of_them = [*cms.usual_attributes(TEXT), *attributes]
    return made.judged(world, made.clear_signed(world, attributes=all_of_them))


def test_security_label_is_said_in_words(world: World) -> None:
    mark = der.utf8("for the board")
    attributes = (
        cms.attribute(AA + "2", label("1.2.3.4", der.integer(3), mark)),
        cms.attribute(AA + "9", der.seq(label("1.2.5", der.integer(1)))),
    )
    message, (row,) = with_attributes(world, *attributes)
    assert row["ess"] == ["security_label", "equivalent_labels"]
    assert row["security_labels"] == [
        'policy 1.2.3.4, confidential, "for the board"',
        "policy 1.2.5, unclassified",
    ]
    assert (message["indication"], row["receipts_to"]) == ("TOTAL_PASSED", None)


def test_receipt_request_names_its_receivers(world: World) -> None:
    request = der.seq(
        der.octets(b"id"), der.implicit(0, b"\0"), der.seq(names("alice@example.org"))
    )
    _, (row,) = with_attributes(world, cms.attribute(AA + "1", request))
    assert (row["ess"], row["receipts_to"]) == (["receipt_request"], ["alice@example.org"])


@pytest.mark.parametrize(
    ("last", "code"),
    [
        ("3", "ml_expansion_history"),
        ("4", "content_hints"),
        ("5", "message_signature_digest"),
        ("7", "content_identifier"),
        ("10", "content_reference"),
    ],
)
def test_other_services_are_listed(last: str, code: str, world: World) -> None:
    message, (row,) = with_attributes(world, cms.attribute(AA + last, der.seq()))
    assert (row["ess"], message["indication"]) == ([code], "TOTAL_PASSED")


def test_services_that_are_not_signed_are_not_listed(world: World) -> None:
    unsigned = cms.attribute(AA + "2", label("1.2.3.4"))
    raw = made.clear_signed(world, unsigned=lambda _: [unsigned])
    _, (row,) = made.judged(world, raw)
    assert (row["ess"], row["security_labels"]) == ([], None)


def test_signed_receipt_is_what_it_is(world: World) -> None:
    receipt = der.seq(der.integer(1), der.oid(cms.DATA), der.octets(b"id"), der.octets(b"value"))
    attributes = [cms.content_type(RECEIPT), cms.message_digest(receipt)]
    signed = cms.signed(
        world.ec, receipt, detached=False, attributes=attributes, content_type=RECEIPT, version=3
    )
    raw = mime.header_block(subject="made") + mime.opaque(signed, smime_type=b"signed-receipt")
    message, (row,) = made.judged(world, mime.lf(raw))
    assert message["kind"] == "signed_receipt"
    assert (row["ess"], row["crypto_result"]) == (["signed_receipt"], "ok")
    # It says something about another message, and nothing that a reader of this one is shown.
    assert message["indication"] == "INDETERMINATE"


def test_layers_signed_three_times_have_a_row_each(world: World) -> None:
    innermost = mime.opaque(cms.signed(world.ec, TEXT, detached=False))
    middle = mime.clear_signed(innermost, cms.signed(world.bob, innermost), boundary=b"middle")
    raw = mime.header_block(subject="made") + mime.clear_signed(
        middle, cms.signed(world.alice, middle)
    )
    message, rows = made.judged(world, mime.lf(raw))
    paths = [(row["layer_path"], row["parent_layer_path"], row["crypto_result"]) for row in rows]
    assert paths == [
        ("signed", None, "ok"),
        ("signed>signed", "signed", "ok"),
        ("signed>signed>signed", "signed>signed", "ok"),
    ]
    assert message["deciding_signature"] == "signed>signed>signed#0"
    assert (message["indication"], message["signer_count"]) == ("TOTAL_PASSED", 3)
    # Bob's signature around it speaks for him, not for the sender, and does no harm inside.
    assert rows[1]["address_match"] == "none"
    assert "outer_signature_failed" in message["flags"]
