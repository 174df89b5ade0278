"""Protected headers: RFC 9788, and the wrapping of RFC 8551 §3.1 (message fold, rule 2)."""

from __future__ import annotations

import cms
import mime
import pytest
from world import ALICE, World

import made

FIELDS = (
    b"From: alice@example.org\r\nTo: archive@example.org\r\nSubject: made\r\n"
    b"Date: " + mime.DATE + b"\r\nMessage-ID: <made@fixture.example.org>\r\n"
)


def payload(fields: bytes = FIELDS, hp: bytes = b'hp="clear"') -> bytes:
    return fields + b"Content-Type: text/plain; charset=us-ascii; " + hp + b"\r\n\r\nsigned\r\n"


def header(**changes: bytes) -> bytes:
    """Return the usual header block, single fields replaced, none by an empty value."""
    block = mime.header_block(ALICE, "made")
    for name, value in changes.items():
        field = name.replace("_", "-").encode()
        lines = [line for line in block.splitlines(True) if not line.startswith(field + b":")]
        block = b"".join(lines) + (field + b": " + value + b"\r\n" if value else b"")
    return block


def test_rfc9788_clear_fields_that_agree_are_told(world: World) -> None:
    message, (row,) = made.judged(world, made.clear_signed(world, payload()))
    assert message["header_protection"] == "rfc9788_clear"
    assert message["headers_mismatched"] == []
    assert message["protected_headers"][0] == "From: alice@example.org"
    assert len(message["protected_headers"]) == 5
    assert (message["indication"], row["address_match"]) == ("TOTAL_PASSED", "from")
    assert message["reasons"] == []


@pytest.mark.parametrize("opaque", [False, True])
@pytest.mark.parametrize(
    ("changes", "mismatched"),
    [
        ({"Subject": b"pay at once"}, ["Subject"]),
        ({"To": b"bob@example.org", "Date": b"Tue, 01 Jun 2021 13:00:00 +0000"}, ["To", "Date"]),
        ({"Message_ID": b""}, ["Message-ID"]),
        ({"Subject": b"made", "Reply_To": b"mallory@evil.example"}, []),
    ],
)
def test_rfc9788_visible_fields_that_differ_are_named(
    changes: dict[str, bytes], mismatched: list[str], opaque: bool, world: World
) -> None:
    entity = payload()
    if opaque:
        sealed = mime.opaque(cms.signed(world.ec, entity, detached=False))
        raw = mime.lf(header(**changes) + sealed)
    else:
        raw = made.clear_signed(world, entity, header=header(**changes))
    message, _ = made.judged(world, raw)
    assert message["headers_mismatched"] == mismatched
    assert ("headers_mismatched" in message["reasons"]) == bool(mismatched)
    assert message["indication"] == "TOTAL_PASSED"


def test_rfc9788_field_added_to_the_protected_ones_only_is_told(world: World) -> None:
    entity = payload(FIELDS + b"Cc: bob@example.org\r\nReply-To: alice@example.org\r\n")
    message, _ = made.judged(world, made.clear_signed(world, entity))
    assert message["headers_mismatched"] == ["Cc", "Reply-To"]


@pytest.mark.parametrize("outer", ["mallory@evil.example", ALICE])
def test_rfc9788_both_senders_must_be_the_signer(outer: str, world: World) -> None:
    """The worse of the two counts, whichever it is."""
    inner = b"bob@example.org" if outer == ALICE else ALICE.encode()
    entity = payload(FIELDS.replace(b"alice@example.org", inner, 1))
    raw = made.clear_signed(world, entity, header=header(From=outer.encode()))
    message, (row,) = made.judged(world, raw)
    assert message["headers_mismatched"] == ["From"]
    assert row["address_match"] == "none"
    assert (message["indication"], message["sub_indication"]) == (
        "INDETERMINATE",
        "SIG_CONSTRAINTS_FAILURE",
    )
    assert {"headers_mismatched", "address_mismatch"} <= set(message["reasons"])


def test_rfc9788_two_protected_senders_name_nobody(world: World) -> None:
    message, (row,) = made.judged(
        world, made.clear_signed(world, payload(FIELDS + b"From: alice@example.org\r\n"))
    )
    assert row["address_match"] == "no_from"
    assert message["indication"] == "INDETERMINATE"


def test_rfc9788_without_a_protected_sender_the_visible_one_counts(world: World) -> None:
    entity = payload(b"Subject: made\r\n")
    message, (row,) = made.judged(world, made.clear_signed(world, entity))
    assert (message["header_protection"], row["address_match"]) == ("rfc9788_clear", "from")
    assert message["protected_headers"] == ["Subject: made"]


def test_rfc9788_cipher_compares_what_was_sent_outside(world: World) -> None:
    hidden = FIELDS.replace(b"Subject: made", b"Subject: secret")
    outer = b"".join(b"HP-Outer: " + line for line in FIELDS.splitlines(True))
    entity = payload(hidden + outer.replace(b"Subject: made", b"Subject: [...]"), b'hp="cipher"')
    sent = header(Subject=b"[...]")
    message, _ = made.judged(world, made.clear_signed(world, entity, header=sent))
    assert message["header_protection"] == "rfc9788_cipher"
    assert (message["headers_mismatched"], message["indication"]) == ([], "TOTAL_PASSED")
    assert "Subject: secret" in message["protected_headers"]
    changed = header(Subject=b"other")
    message, _ = made.judged(world, made.clear_signed(world, entity, header=changed))
    assert message["headers_mismatched"] == ["Subject"]


@pytest.mark.parametrize("hp", [b"hp=other", b"x=hp", b"charset=hp-roman8", b"hp=", b"xhp=clear"])
def test_rfc9788_other_words_protect_nothing(hp: bytes, world: World) -> None:
    message, _ = made.judged(world, made.clear_signed(world, payload(hp=hp)))
    assert message["header_protection"] == "none"
    assert message["protected_headers"] is None


def test_rfc9788_unsigned_or_partly_signed_mail_protects_nothing(world: World) -> None:
    raw = mime.lf(b"X-Outer: 1\r\nMIME-Version: 1.0\r\n" + payload())
    message, _ = made.judged(world, raw)
    assert (message["indication"], message["header_protection"]) == ("NOT_SIGNED", "none")
    part = mime.clear_signed(payload(), cms.signed(world.ec, payload()))
    raw = mime.lf(header() + mime.multipart(part, mime.plain(b"list\r\n")))
    message, _ = made.judged(world, raw)
    assert message["header_protection"] == "none"


def test_rfc9788_message_passed_on_under_a_protected_header_is_no_wrapping(world: World) -> None:
    """`hp` says whose header counts; the message inside is somebody else's."""
    passed_on = b"From: bob@example.org\r\nSubject: other\r\n\r\nforwarded\r\n"
    entity = FIELDS + b"Content-Type: message/rfc822; hp=clear\r\n\r\n" + passed_on
    message, (row,) = made.judged(world, made.clear_signed(world, entity))
    assert (message["header_protection"], message["headers_mismatched"]) == ("rfc9788_clear", [])
    assert (message["indication"], row["address_match"]) == ("TOTAL_PASSED", "from")


def test_wrapped_header_inside_an_opaque_signature_names_the_sender_too(world: World) -> None:
    for inner, indication in (
        (FIELDS, "TOTAL_PASSED"),
        (b"From: bob@example.org\r\n", "INDETERMINATE"),
    ):
        entity = mime.enclosed(inner + b"Content-Type: text/plain\r\n\r\nsigned\r\n")
        sealed = mime.opaque(cms.signed(world.ec, entity, detached=False))
        message, _ = made.judged(world, mime.lf(header() + sealed))
        assert (message["header_protection"], message["indication"]) == ("wrapped", indication)


def test_wrapped_header_is_compared_field_by_field(world: World) -> None:
    entity = mime.enclosed(FIELDS + b"Content-Type: text/plain\r\n\r\nsigned\r\n")
    message, _ = made.judged(world, made.clear_signed(world, entity))
    assert (message["header_protection"], message["headers_mismatched"]) == ("wrapped", [])
    assert message["indication"] == "TOTAL_PASSED"
    raw = made.clear_signed(world, entity, header=header(Subject=b"pay"))
    message, _ = made.judged(world, raw)
    assert message["headers_mismatched"] == ["Subject"]
    assert message["protected_headers"][2] == "Subject: made"
