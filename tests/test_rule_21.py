"""RULES 20 and 21, message fold 5: what lists and gateways do to the sender is said by flags."""

from __future__ import annotations

import cms
import der
import mime
import pytest
from world import World

import made

LIST = b"List-Id: <list.example.net>\r\n"
REWRITTEN = b"From: Alice via list <list@example.net>\r\n"
SIGNATURE_TYPE = "1.2.840.113549.1.9.16.2.28"
DOMAIN_SIGNATURE = "1.2.840.113549.1.9.16.9.2"


def judged(world: World, more: bytes = b"", sender: bytes = REWRITTEN) -> made.Row:
    header = mime.header_block(sender, "made", more)
    return made.judged(world, made.clear_signed(world, header=header))[0]


@pytest.mark.parametrize(
    "more",
    [
        LIST + b"Reply-To: Alice <alice@example.org>\r\n",
        LIST + b"Reply-To: list@example.net, ALICE@example.org\r\n",
        b"X-Original-From: Alice <alice@example.org>\r\n",
    ],
)
def test_rule_21_from_that_a_list_rewrote_is_flagged_and_does_not_pass(
    more: bytes, world: World
) -> None:
    message = judged(world, more)
    assert "from_rewritten_likely" in message["flags"]
    assert (message["indication"], message["sub_indication"]) == (
        "INDETERMINATE",
        "SIG_CONSTRAINTS_FAILURE",
    )
    assert "address_mismatch" in message["reasons"]


@pytest.mark.parametrize(
    ("more", "sender"),
    [
        (b"Reply-To: alice@example.org\r\n", REWRITTEN),
        (LIST + b"Reply-To: mallory@evil.example\r\n", REWRITTEN),
        (LIST, REWRITTEN),
        (LIST + b"Reply-To: alice@example.org\r\n", b"From: alice@example.org\r\n"),
    ],
)
def test_rule_21_other_mail_is_not_flagged_as_rewritten(
    more: bytes, sender: bytes, world: World
) -> None:
    assert "from_rewritten_likely" not in judged(world, more, sender)["flags"]


def test_rule_21_broken_signature_says_nothing_about_a_rewritten_sender(world: World) -> None:
    header = mime.header_block(REWRITTEN, "made", LIST + b"Reply-To: alice@example.org\r\n")
    raw = made.clear_signed(world, header=header).replace(b"reader", b"leader")
    message, _ = made.judged(world, raw)
    assert message["indication"] == "TOTAL_FAILED"
    assert "from_rewritten_likely" not in message["flags"]


@pytest.mark.parametrize(
    ("more", "flag"),
    [
        (b"Reply-To: mallory@evil.example\r\n", "reply_to_differs"),
        (b"Sender: bob@example.org\r\n", "sender_differs"),
        (b"Resent-From: bob@example.org\r\n", "resent_fields"),
        (b"Resent-Date: x\r\n", "resent_fields"),
        (b"Resent-To: x\r\n", "resent_fields"),
        (b"Resent-Sender: x\r\n", "resent_fields"),
        (b"Resent-Message-ID: x\r\n", "resent_fields"),
    ],
)
def test_rule_21_fields_that_name_somebody_else_are_flags(
    more: bytes, flag: str, world: World
) -> None:
    message = judged(world, more, b"From: alice@example.org\r\n")
    assert (message["flags"], message["indication"]) == ([flag], "TOTAL_PASSED")


def test_rule_21_reply_to_and_sender_of_the_author_are_no_flags(world: World) -> None:
    more = b"Reply-To: ALICE@example.org\r\nSender: alice@example.org\r\n"
    assert judged(world, more, b"From: alice@example.org\r\n")["flags"] == []


def test_rule_20_gateway_that_signs_for_its_domain_is_flagged_and_does_not_pass(
    world: World,
) -> None:
    gateway = world.signer("Gateway", "domain-signing-authority@example.org")
    message, (row,) = made.judged(world, made.clear_signed(world, signer=gateway))
    assert "domain_signer" in row["flags"]
    assert "domain_signer" in message["flags"]
    assert (message["indication"], row["address_match"]) == ("INDETERMINATE", "none")


def test_rule_20_domain_signature_may_say_so_by_its_attribute(world: World) -> None:
    kind = cms.attribute(SIGNATURE_TYPE, der.seq(der.oid(DOMAIN_SIGNATURE)))
    other = cms.attribute(SIGNATURE_TYPE, der.seq(der.oid(DOMAIN_SIGNATURE[:-1] + "1")))
    for attribute, flags in ((kind, ["domain_signer"]), (other, [])):
        attributes = [*cms.usual_attributes(made.TEXT), attribute]
        _, (row,) = made.judged(world, made.clear_signed(world, attributes=attributes))
        assert row["flags"] == flags
