"""Attacks on who a reader believes the sender to be. RULES 20 and 21; Johnny I1 to I3, and
Mailsploit.

Two kinds: Alice's own signature under another name (it must not match), and Mallory's own good
signature under a field that readers show as Alice (it passes for Mallory alone, and the trick is
told; or the field names nobody).
"""

from __future__ import annotations

import cms
import der
import mime
import pki
from tests.attacks.catalogue import (
    EVIL,
    GOOD,
    MALLORY,
    Outcome,
    alices,
    attack,
    inconclusive,
    mail,
    mallory,
    of_another,
    told,
)
from world import ALICE, World

Made = tuple[bytes, Outcome]
BY_MALLORY = {"from_addresses": [MALLORY], "from_status": "ok"}
ENCODED = "=?utf-8?b?YWxpY2VAZXhhbXBsZS5vcmc=?="


def from_mallory(world: World, fields: str | bytes, more: bytes = b"") -> bytes:
    """A mail that Mallory signed, valid in everything, under these fields."""
    entity = mime.clear_signed(EVIL, cms.signed(mallory(world), EVIL))
    fields = fields.encode() if isinstance(fields, str) else fields
    return mail(entity, fields + b"\r\n", more)


def from_alice(world: World, fields: str | bytes, more: bytes = b"") -> bytes:
    """Alice's own signed part under other fields."""
    fields = fields.encode() if isinstance(fields, str) else fields
    return mail(alices(world), fields + b"\r\n" if fields else b"", more)


# Mallory's signature, Alice's looks --------------------------------------------------------------


@attack(
    f'"{ALICE}" <{MALLORY}>',
    f'"Alice <{ALICE}>" <{MALLORY}>',
    f"{ENCODED} <{MALLORY}>",
    f"=?utf-8?q?alice=40example=2Eorg?= <{MALLORY}>",
    f"=?utf-8?q?alice=40?= =?utf-8?q?example.org?= <{MALLORY}>",
    f"=?iso-8859-1?q?Alice_=3Calice=40example.org=3E?= <{MALLORY}>",
    f'"alice\uff20example.org" <{MALLORY}>',
    f"{MALLORY} ({ALICE})",
    f'"{ALICE}" (really) <{MALLORY}>',
    f'Team: "{ALICE}" <{MALLORY}>;',
    f"{MALLORY} ({ALICE}) (Team)",
    f"<{MALLORY}> ({ALICE})",
    f"Team <({ALICE}) {MALLORY}>",
    f'"alice @ example.org" <{MALLORY}>',
    f'"alice\u00a0@\u00a0example.org" <{MALLORY}>',
    f"=?utf-8?q?alice=C2=A0=40=C2=A0example=2Eorg?= <{MALLORY}>",
)
def display_name_shows_her_address(world: World, field: str) -> Made:
    """I2: the name looks like an address; many readers show nothing else."""
    return from_mallory(world, f"From: {field}"), told("from_name_shows_address") & BY_MALLORY


@attack(
    f"{ALICE} <{MALLORY}>",
    f"{ALICE}, <{MALLORY}",
    f"<{ALICE} <{MALLORY}>>",
    f"{ALICE}\0 <{MALLORY}>",
    f'"{ALICE}" <{MALLORY}',
    f"{MALLORY} (",
    "=?utf-8?b?YWxpY2VAZXhhbXBsZS5vcmc=?=@evil.example",
    "alice@example.org\0@evil.example",
    "alice@example.org@evil.example",
    "alice@example.org%40evil.example",
    "alice@example.org(@evil.example",
    f'"{ALICE}": {MALLORY};',
    f"{ENCODED}: {MALLORY};",
    f'"{ALICE}", {MALLORY}',
    f"{ENCODED}, {MALLORY}",
)
def address_is_anybodys_guess(world: World, field: str) -> Made:
    """I2 and Mailsploit: what is no address by the grammar names nobody, whatever readers make of
    it.
    """
    signer = world.signer("Mallory", MALLORY, f"{field.split('@')[0]}@evil.example")
    entity = mime.clear_signed(EVIL, cms.signed(signer, EVIL))
    raw = mail(entity, f"From: {field}\r\n".encode())
    outcome = inconclusive("SIG_CONSTRAINTS_FAILURE", "no_from_address")
    return raw, outcome & {"from_status": "unparseable"}


@attack(
    "right_to_left",
    "zero_width",
    "encoded_nul",
    "encoded_line_ends",
    "encoded_tab",
    "line_separator",
    "escape",
    "tag",
    "soft_hyphen",
)
def display_name_holds_what_nobody_sees(world: World, what: str) -> Made:
    """Characters without a shape, in the name beside Mallory's address."""
    name = {
        "right_to_left": '"\u202egro.elpmaxe\u202c Alice"',
        "zero_width": '"Al\u200bice"',
        "encoded_nul": "=?utf-8?q?Alice=00?=",
        "encoded_line_ends": f"=?utf-8?q?Alice{'=0A' * 40}?=",
        "encoded_tab": f"=?utf-8?q?Alice{'=09' * 40}?=",
        "line_separator": '"Alice\u2028"',
        "escape": '"Alice\x1b[8m"',
        "tag": '"Alice\U000e0041"',
        "soft_hyphen": "=?utf-8?q?Al=C2=ADice?=",
    }[what]
    raw = from_mallory(world, f"From: {name} <{MALLORY}>")
    return raw, told("from_hidden_characters") & BY_MALLORY


@attack("mallory_alice", "alice_mallory", "alice_alice")
def from_stands_there_twice(world: World, order: str) -> Made:
    """I3: some show the first field, some the last."""
    names = {"mallory": MALLORY, "alice": ALICE}
    fields = "\r\n".join(f"From: {names[who]}" for who in order.split("_"))
    outcome = inconclusive("SIG_CONSTRAINTS_FAILURE", "no_from_address")
    outcome &= {"from_status": "duplicate_field"}
    if order == "alice_alice":
        return from_alice(world, fields), outcome
    return from_mallory(world, fields), outcome


@attack("from :", "FROM:", "from\t:")
def from_stands_there_twice_in_another_spelling(world: World, second: str) -> Made:
    """RFC 5322 §1.2.2 and §4.5: the same field."""
    raw = from_mallory(world, f"From: {MALLORY}\r\n{second} {ALICE}")
    outcome = inconclusive("SIG_CONSTRAINTS_FAILURE", "no_from_address")
    return raw, outcome & {"from_status": "duplicate_field"}


@attack(
    f"{ALICE}, {MALLORY}",
    f"{MALLORY}, {ALICE}",
    f"<{ALICE}> <{MALLORY}>",
    f"T: {MALLORY}, {ALICE};",
)
def from_names_both(world: World, field: str) -> Made:
    """I3: a signer for one of two."""
    outcome = inconclusive("SIG_CONSTRAINTS_FAILURE", "address_partial")
    return from_mallory(world, f"From: {field}"), outcome & {"from_status": "multiple_mailboxes"}


@attack("certificate", "both_certificates")
def from_names_both_and_each_signs(world: World, what: str) -> Made:
    """One certificate must cover all: two signers for one half each are none for the whole."""
    other = mallory(world)
    infos = [cms.signer_info(world.ec, GOOD), cms.signer_info(other, GOOD)]
    infos = infos if what == "both_certificates" else infos[:1]
    signed = cms.signed_data(*infos, certificates=[*cms.carried(world.ec), other.der])
    raw = mail(mime.clear_signed(GOOD, signed), f"From: {ALICE}, {MALLORY}\r\n".encode())
    return raw, inconclusive("SIG_CONSTRAINTS_FAILURE", "address_partial")


@attack("Sender", "Resent-From", "Return-Path", "X-Original-From", "Reply-To")
def she_stands_in_another_field(world: World, name: str) -> Made:
    """I1 and I3: Alice signed, From is Mallory, and a field that is not From names Alice."""
    raw = from_alice(world, f"From: {MALLORY}", f"{name}: {ALICE}\r\n".encode())
    if name == "Sender":
        outcome = inconclusive("SIG_CONSTRAINTS_FAILURE", "address_sender_only")
        return raw, outcome & {"flags": ["sender_differs"]}
    flags = {"Reply-To": ["reply_to_differs"], "Resent-From": ["resent_fields"]}.get(name, [])
    return raw, of_another(flags=flags)


@attack("Sender", "Reply-To", "Resent-From")
def her_mail_sends_answers_elsewhere(world: World, name: str) -> Made:
    """Alice's signature does not cover the header: the field is told."""
    raw = from_alice(world, f"From: {ALICE}", f"{name}: {MALLORY}\r\n".encode())
    flags = {
        "Sender": "sender_differs",
        "Reply-To": "reply_to_differs",
        "Resent-From": "resent_fields",
    }
    return raw, told(flags[name])


# Alice's signature, another name -----------------------------------------------------------------


@attack("other", "missing", "empty", "name_only", "quoted_address_only", "group", "comment_only")
def her_signature_under_another_from(world: World, what: str) -> Made:
    """I1 and I2: From is somebody else, or nobody."""
    fields, status = {
        "other": (f"From: {MALLORY}", "ok"),
        "missing": ("X-Nothing: here", "missing"),
        "empty": ("From: ", "empty"),
        "name_only": ("From: Alice", "unparseable"),
        "quoted_address_only": (f'From: "{ALICE}"', "unparseable"),
        "group": ("From: undisclosed:;", "empty"),
        "comment_only": (f"From: ({ALICE})", "empty"),
    }[what]
    outcome = (
        of_another()
        if what == "other"
        else inconclusive("SIG_CONSTRAINTS_FAILURE", "no_from_address")
    )
    return from_alice(world, fields), outcome & {"from_status": status}


NEIGHBOURS = {
    "cyrillic_letter": "\u0430lice@example.org",
    "cyrillic_domain": "alice@\u0435xample.org",
    "wide_domain": "alice@\uff45xample.org",
    "wide_full_stop": "alice@example\u3002org",
    "zero_width_in_domain": "alice@exam\u200bple.org",
    "soft_hyphen_in_domain": "alice@exam\u00adple.org",
    "zero_width_in_local_part": "al\u200bice@example.org",
    "mathematical_letter": "alice@e\U0001d431ample.org",
    "dotless_i": "al\u0131ce@example.org",
    "plus_tag": "alice+evil@example.org",
    "dots": "al.ice@example.org",
    "quoted_blank": '"alice "@example.org',
    "quoted_other": f'"{ALICE}"@evil.example',
    "subdomain": "alice@mail.example.org",
    "superdomain": "alice@org",
    "longer": "alice@example.org.evil.example",
    "prefix": "notalice@example.org",
    "literal": "alice@[example.org]",
}


@attack(*NEIGHBOURS)
def address_is_nearly_hers(world: World, what: str) -> Made:
    """Homographs, invisible characters, quoting and neighbours: each is another address than
    Alice's.
    """
    raw = from_alice(world, f"From: {NEIGHBOURS[what]}")
    return raw, of_another(from_status="ok")


@attack(
    "trailing_dot",
    "leading_dot",
    "double_dot",
    "blank_in_local",
    "no_domain",
    "closing_angle_only",
    "latin_1",
)
def address_is_hers_but_no_address(world: World, what: str) -> Made:
    """What the grammar refuses names nobody, though a pattern would find Alice."""
    field = {
        "trailing_dot": f"{ALICE}.",
        "leading_dot": "alice@.example.org",
        "double_dot": "alice@example..org",
        "blank_in_local": f"hello {ALICE}",
        "no_domain": "alice@",
        "closing_angle_only": f"{ALICE}>",
        "latin_1": "al\u00edce@example.org",
    }[what]
    return from_alice(world, f"From: {field}".encode("latin-1")), inconclusive(
        "SIG_CONSTRAINTS_FAILURE", "no_from_address", from_status="unparseable"
    )


# The certificate's side --------------------------------------------------------------------------

CERTIFIED = {
    "nul": [pki.rfc822(f"{ALICE}\0.evil.example")],
    "longer": [pki.rfc822(f"{ALICE}.evil.example")],
    "wildcard": [pki.rfc822("*@example.org")],
    "domain_only": [pki.rfc822("example.org")],
    "list": [pki.rfc822(f"{ALICE}, {MALLORY}")],
    "display_name": [pki.rfc822(f"Alice <{ALICE}>")],
    "line_end": [pki.rfc822(f"{ALICE}\n")],
    "not_ia5": [pki.rfc822("\u00e4" + ALICE)],
    "uri": [der.implicit(6, b"mailto:" + ALICE.encode())],
    "dns": [der.implicit(2, ALICE.encode())],
    "other_name": [
        der.explicit(0, der.oid("1.3.6.1.4.1.311.20.2.3"), der.explicit(0, der.utf8(ALICE)))
    ],
    "smtp_utf8_nul": [pki.smtp_utf8(f"{ALICE}\0")],
}


@attack(*CERTIFIED)
def certificate_nearly_names_her(world: World, what: str) -> Made:
    """An authority certified something to Mallory that a careless comparison takes for Alice."""
    signer = world.signer("Mallory", names=CERTIFIED[what])
    raw = mail(mime.clear_signed(EVIL, cms.signed(signer, EVIL)))
    missing = what in ("uri", "dns", "other_name")
    reason = "address_missing_in_certificate" if missing else "address_mismatch"
    return raw, inconclusive("SIG_CONSTRAINTS_FAILURE", reason)


@attack("common_name", "organization", "nul_in_email")
def certificate_names_her_where_no_address_is(world: World, what: str) -> Made:
    """RULES 20: never from CN; a NUL in the DN's address hides what follows."""
    subject = {
        "common_name": pki.person(ALICE),
        "organization": pki.name(("O", ALICE), ("CN", "Mallory")),
        "nul_in_email": pki.person("Mallory", ("email", f"{ALICE}\0.evil.example")),
    }[what]
    signer = world.signer("Mallory", names=[], subject=subject)
    raw = mail(mime.clear_signed(EVIL, cms.signed(signer, EVIL)))
    reason = "address_mismatch" if what == "nul_in_email" else "address_missing_in_certificate"
    return raw, inconclusive("SIG_CONSTRAINTS_FAILURE", reason)
