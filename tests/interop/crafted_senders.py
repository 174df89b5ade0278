"""Addresses of certificates and of the visible sender. RULES 20 and 21."""

from __future__ import annotations

import der
import pki
from case import inconclusive
from crafted import (
    by,
)
from world import ALICE, World

NO_ADDRESS = "address_missing_in_certificate"


def all_cases(world: World) -> None:
    certificate_addresses(world)
    senders(world)


def certificate_addresses(world: World) -> None:
    """RULES 20: which addresses a certificate speaks for."""

    def other(
        name: str,
        signer: pki.Certificate,
        sender: str | bytes,
        match: str,
        *reasons: str,
        **columns: object,
    ) -> None:
        verdict = inconclusive("SIG_CONSTRAINTS_FAILURE", *reasons)
        by(
            name,
            signer,
            sender,
            rules="20",
            signature=verdict | {"address_match": match} | columns,
            message=verdict,
        )

    dn_only = world.signer("Alice DN", names=[], subject=pki.person("Alice DN", ("email", ALICE)))
    by("address-in-dn", dn_only, rules="20", signature={"address_match_rule": "exact"})
    both = world.signer(
        "Alice both", "first@example.org", subject=pki.person("Alice both", ("email", ALICE))
    )
    by("address-in-dn-beside-san", both, rules="20")
    several = world.signer("Alice several", "one@example.org", "two@example.org", ALICE)
    by("address-third-in-san", several, rules="20")
    nobody = world.signer("Alice nobody", names=[])
    other("address-absent", nobody, ALICE, "no_address_in_certificate", NO_ADDRESS)
    name_only = world.signer("name only", names=[], subject=pki.person(ALICE))
    other("address-in-cn-only", name_only, ALICE, "no_address_in_certificate", NO_ADDRESS)
    other("address-other", world.bob, ALICE, "none", "address_mismatch")

    upper = world.signer("Alice upper", "alice@EXAMPLE.org")
    by(
        "address-domain-case",
        upper,
        "alice@Example.ORG",
        rules="20",
        signature={"address_match_rule": "exact"},
    )
    folded = world.signer("Alice folded", "Alice@example.org")
    by("address-local-case", folded, rules="20", signature={"address_match_rule": "case_folded"})
    puny = world.signer("Alice puny", "alice@xn--bcher-kva.example")
    unicode = "From: alice@bücher.example\r\n".encode()
    by("address-idna", puny, unicode, rules="20", signature={"address_match_rule": "idna"})
    by(
        "address-a-label-both",
        puny,
        "alice@xn--bcher-kva.example",
        rules="20",
        signature={"address_match_rule": "exact"},
    )
    international = world.signer("Jürgen", names=[pki.smtp_utf8("jürgen@example.org")])
    by(
        "address-smtputf8",
        international,
        "From: jürgen@example.org\r\n".encode(),
        rules="20",
        signature={"address_match_rule": "smtputf8"},
    )
    hidden = world.signer("Alice NUL", "alice@example.org\0.evil.example")
    other("address-with-nul", hidden, ALICE, "none", "address_mismatch")
    suffix = world.signer("Alice suffix", "alice@example.org.evil.example")
    other("address-longer", suffix, ALICE, "none", "address_mismatch")
    prefix = world.signer("Alice prefix", "notalice@example.org")
    other("address-prefixed", prefix, ALICE, "none", "address_mismatch")
    dns = world.signer(
        "Alice DNS",
        names=[der.implicit(2, b"example.org"), der.implicit(6, b"mailto:" + ALICE.encode())],
    )
    other("address-only-dns-and-uri", dns, ALICE, "no_address_in_certificate", NO_ADDRESS)


def senders(world: World) -> None:
    """RULES 21: who the visible sender is. Alice's certificate signs every one of these."""
    signer = world.ec
    unlike = inconclusive("SIG_CONSTRAINTS_FAILURE")

    def good(
        name: str,
        fields: str,
        status: str = "ok",
        addresses: tuple[str, ...] | None = (ALICE,),
        with_signer: pki.Certificate = signer,
        **columns: object,
    ) -> None:
        message = {"from_status": status, "from_addresses": list(addresses) if addresses else None}
        by(
            name,
            with_signer,
            f"{fields}\r\n".encode(),
            rules="21",
            signature=columns,
            message=message,
        )

    def bad(
        name: str,
        fields: str | None,
        match: str | list[str],
        status: str | list[str] = "ok",
        addresses: list[str] | None = None,
        header: bytes = b"",
        **message: object,
    ) -> None:
        row = unlike | (
            {"address_match": match}
            if isinstance(match, str)
            else {"address_match": None, "address_match_any": match}
        )
        whole = unlike | (
            {"from_status": status}
            if isinstance(status, str)
            else {"from_status": None, "from_status_any": status}
        )
        if addresses is not None:
            whole["from_addresses"] = addresses
        by(
            name,
            signer,
            f"{fields}\r\n".encode() if fields is not None else b"",
            rules="21",
            signature=row,
            message=whole | message,
            header=header,
        )

    mallory = "mallory@evil.example"
    good("from-display-name", f"From: Alice <{ALICE}>")
    good("from-comment-address", f"From: {ALICE} ({mallory})")
    good("from-comment-nested", f"From: (a (nested (comment) \\) here)) Alice <{ALICE}> (more)")
    good("from-quoted-other-address", f'From: "{mallory}" <{ALICE}>')
    good("from-quoted-local-part", 'From: "alice"@example.org', addresses=None)
    good("from-folded", f"From: Alice\r\n the\r\n Signer <{ALICE}>")
    good("from-obsolete-route", f"From: <@relay.example,@second.example:{ALICE}>")
    good("from-obsolete-spaces", "From: alice @ example . org")
    good("from-encoded-word-name", f"From: =?utf-8?q?J=C3=BCrgen?= <{ALICE}>")
    good("from-group-one-member", f"From: Team: {ALICE};", status="ok")
    pair = world.signer("Alice and Bob", ALICE, "bob@example.org")
    good(
        "from-two-mailboxes-both-covered",
        f"From: {ALICE}, bob@example.org",
        "multiple_mailboxes",
        (ALICE, "bob@example.org"),
        with_signer=pair,
    )
    bad(
        "from-two-mailboxes-one-covered",
        f"From: {ALICE}, bob@example.org",
        "partial",
        "multiple_mailboxes",
        [ALICE, "bob@example.org"],
    )
    bad(
        "from-two-fields",
        f"From: {ALICE}\r\nFrom: {mallory}",
        ["none", "partial", "no_from"],
        "duplicate_field",
    )
    bad(
        "from-two-fields-other-order",
        f"From: {mallory}\r\nFrom: {ALICE}",
        ["none", "partial", "no_from"],
        "duplicate_field",
    )
    bad(
        "from-encoded-word-hides-address",
        f"From: =?utf-8?q?{ALICE.replace('@', '=40')}?= <{mallory}>",
        "none",
        addresses=[mallory],
    )
    word = f"=?utf-8?q?=3C{ALICE.replace('@', '=40')}=3E?="
    bad("from-encoded-word-hides-angle", f"From: {word} <{mallory}>", "none", addresses=[mallory])
    bad("from-quoted-name-is-signer", f'From: "{ALICE}" <{mallory}>', "none", addresses=[mallory])
    bad("from-comment-is-signer", f"From: {mallory} ({ALICE})", "none", addresses=[mallory])
    bad("from-empty", "From: ", "no_from", "empty", [])
    bad("from-missing", None, "no_from", "missing", [])
    bad("from-name-only", "From: Alice", "no_from", ["unparseable", "empty"], [])
    bad(
        "from-group-empty",
        "From: undisclosed-recipients:;",
        "no_from",
        ["empty", "unparseable"],
        [],
    )
    bad("from-broken", f"From: <{ALICE}", ["no_from", "none"], ["unparseable"])
    bad(
        "from-nul-in-address",
        "From: alice@example.org\0.evil.example",
        ["no_from", "none"],
        ["ok", "unparseable"],
        coverage="partial",
    )
    sender = f"Sender: {ALICE}\r\n".encode()
    bad(
        "from-other-sender-matches",
        f"From: {mallory}",
        "sender_only",
        header=sender,
        sender_address=ALICE,
        reasons=["address_sender_only"],
    )
    bad(
        "from-missing-sender-matches",
        None,
        ["no_from", "sender_only"],
        "missing",
        [],
        header=sender,
    )
    good("from-matches-sender-other", f"From: {ALICE}\r\nSender: {mallory}")
    good("from-matches-reply-to-other", f"From: {ALICE}\r\nReply-To: {mallory}")
