"""Hand-made certificates: every way a chain can fail, historic encodings, and addresses. RULES 18
to 21."""

from __future__ import annotations

import cms
import der
import mime
import pki
from case import add, inconclusive
from world import ALICE, World, version_1, year

TEXT = mime.TEXT
NO_ADDRESS = "address_missing_in_certificate"


def clear(name: str, signer: pki.Certificate, sender: bytes | str = ALICE, **more: object) -> None:
    """A clear-signed mail; `certificates` replaces what the message carries."""
    options = {key: more.pop(key) for key in ("certificates",) if key in more}
    head = mime.header_block(sender, name, more.pop("header", b""))
    add(name, head + mime.clear_signed(TEXT, cms.signed(signer, TEXT, **options)), **more)


def all_cases(world: World) -> None:
    times_and_usages(world)
    authorities(world)
    historic_certificates(world)
    certificate_addresses(world)
    senders(world)


def times_and_usages(world: World) -> None:
    """RULES 19 and validity, of the signer's own certificate."""
    past, future = (year(2010), year(2015)), (year(2030), year(2035))
    expired = world.signer("Alice expired", not_before=past[0], not_after=past[1])
    clear("chain-expired", expired, chain="expired")
    early = world.signer("Alice early", not_before=future[0], not_after=future[1])
    clear("chain-not-yet-valid", early, chain="not_yet_valid")

    def eku(name: str, *usages: str, chain: str = "ok", **more: object) -> None:
        clear(name, world.signer(name, ekus=usages), rules="19", chain=chain, **more)

    eku("eku-absent")
    eku("eku-any", "any", judge_chain_disagrees="OpenSSL 3.0 wants emailProtection by name")
    eku("eku-email-and-client", "email", "client")
    eku("eku-server-only", "server", chain="extended_key_usage")

    def usage(name: str, *usages: str, chain: str = "ok") -> None:
        clear(name, world.signer(name, usages=usages), rules="19", chain=chain)

    usage("key-usage-absent")
    usage("key-usage-digital-signature", "digital_signature")
    usage("key-usage-non-repudiation", "non_repudiation")
    usage("key-usage-encipherment-only", "key_encipherment", chain="key_usage")
    usage("key-usage-agreement-only", "key_agreement", chain="key_usage")
    unknown = pki.extension("1.3.6.1.4.1.99999.1", der.NULL, critical=True)
    clear(
        "critical-extension-unknown",
        world.signer("Alice critical", more=[unknown]),
        chain="critical_extension",
    )
    harmless = pki.extension("1.3.6.1.4.1.99999.1", der.NULL)
    clear("extension-unknown", world.signer("Alice extension", more=[harmless]))


def authorities(world: World) -> None:
    """The path above the signer."""

    def under(name: str, ca: pki.Certificate, chain: str = "ok", **more: object) -> None:
        clear(name, world.signer(name, issuer=ca), chain=chain, **more)

    clear("chain-no-intermediate", world.ec, chain="no_path", certificates=[world.ec.der])
    alone = pki.leaf("Alice alone", pki.ec_key(), None, ALICE)
    clear("chain-self-signed", alone, chain="untrusted_root", certificates=[alone.der])
    stranger = pki.authority("Issuing Other", pki.ec_key(), world.other_root)
    under("chain-root-absent", stranger, "no_path")
    by_stranger = world.signer("Alice stranger", issuer=stranger)
    all_of_it = [by_stranger.der, stranger.der, world.other_root.der]
    clear("chain-untrusted-root", by_stranger, chain="untrusted_root", certificates=all_of_it)
    clear(
        "chain-root-included",
        world.ec,
        certificates=[world.ec.der, world.ec_issuing.der, world.root.der],
    )

    under(
        "ca-expired", world.ca("Expired CA", not_before=year(2010), not_after=year(2015)), "expired"
    )
    under("ca-not-yet-valid", world.ca("Early CA", not_before=year(2030)), "not_yet_valid")
    under("ca-basic-constraints-false", world.ca("No CA", ca=False), "not_a_ca")
    bare = pki.certificate(
        pki.person("Bare CA"), pki.ec_key(), world.root, extensions=[pki.key_usage("cert_sign")]
    )
    under("ca-basic-constraints-absent", bare, "not_a_ca")
    old = pki.certificate(pki.person("v1 CA"), pki.ec_key(), world.root, version=b"", extensions=[])
    under("ca-version-1", old, "not_a_ca", rules="18")
    under(
        "ca-key-usage-without-cert-sign", world.ca("No Sign CA", usages=("crl_sign",)), "key_usage"
    )
    under(
        "ca-eku-server-only",
        world.ca("Server CA", ekus=("server",)),
        "extended_key_usage",
        rules="19",
    )
    under("ca-eku-email", world.ca("Email CA", ekus=("email",)), rules="19")
    under(
        "ca-eku-any",
        world.ca("Any CA", ekus=("any",)),
        rules="19",
        judge_chain_disagrees="OpenSSL 3.0 wants emailProtection by name",
    )
    under("ca-signature-invalid", world.ca("Spoilt CA", spoil_signature=True), "signature_invalid")
    spoilt = world.signer("Alice spoilt", spoil_signature=True)
    clear("signer-certificate-signature-invalid", spoilt, chain="signature_invalid")
    short = world.ca("Path 0 CA", path_length=0)
    under("path-length-0-kept", short)
    under("path-length-0-broken", pki.authority("Below", pki.ec_key(), short), "path_length")
    deep = world.ca("Level 1")
    for level in range(2, 5):
        deep = pki.authority(f"Level {level}", pki.ec_key(), deep)
    under("chain-of-five", deep)

    later = "name and policy constraints are not processed yet and never pass"
    tree = der.seq(der.implicit(1, b"example.org"))
    for name, critical in (("critical", True), ("not-critical", False)):
        constraints = pki.extension("2.5.29.30", der.seq(der.explicit(0, tree)), critical)
        under(
            f"name-constraints-{name}",
            world.ca(f"Constrained {name}", more=[constraints]),
            "critical_extension",
            judge_chain_disagrees=later,
        )
    required = pki.extension("2.5.29.36", der.seq(der.implicit(0, b"\x05")), True)
    under(
        "policy-constraints-critical",
        world.ca("Policy CA", more=[required]),
        "critical_extension",
        judge_chain_disagrees=later,
    )

    # Two authorities of one name, one of them with the right key: the order must not matter.
    twin = world.ca("Twin CA")
    other = world.ca("Twin CA")
    signer = world.signer("Alice twin", issuer=twin)
    clear(
        "two-authorities-same-name",
        signer,
        certificates=[other.der, signer.der, twin.der],
        rules="23",
    )
    renewed = pki.authority(
        "Renewed CA", twin.key, world.root, not_before=year(2010), not_after=year(2015)
    )
    current = pki.authority("Renewed CA", twin.key, world.root)
    signer = world.signer("Alice renewed", issuer=renewed)
    clear(
        "authority-renewed", signer, certificates=[renewed.der, signer.der, current.der], rules="23"
    )
    first = pki.authority("Cross A", pki.ec_key(), world.other_root)
    second = pki.authority("Cross B", pki.ec_key(), first)
    loop = pki.authority("Cross A", first.key, second)
    signer = world.signer("Alice loop", issuer=loop)
    clear(
        "authorities-in-a-loop",
        signer,
        chain=None,
        rules="23",
        certificates=[signer.der, loop.der, second.der],
        signature={
            "chain_result": None,
            "chain_result_any": ["no_path", "untrusted_root", "budget"],
        },
    )


def historic_certificates(world: World) -> None:
    """RULES 18."""
    clear("certificate-version-1", version_1(world, "Alice v1"), rules="18")
    email = ("email", ALICE)
    for kind, encode in (("t61", der.t61), ("bmp", der.bmp), ("universal", der.universal)):
        subject = pki.name(("O", encode("Fixture Grüße")), ("CN", encode(f"Alice {kind}")), email)
        clear(f"subject-{kind}-string", world.signer(kind, subject=subject), rules="18")
    for kind, encode in (("t61", der.t61), ("bmp", der.bmp)):
        ca_name = pki.name(("CN", encode(f"Issuing {kind}")))
        key = pki.ec_key()
        extensions = [pki.basic_constraints(True), pki.key_usage("cert_sign")]
        ca = pki.certificate(ca_name, key, world.root, extensions=extensions)
        clear(f"issuer-{kind}-string", world.signer(f"Alice by {kind}", issuer=ca), rules="18")
    default = der.explicit(0, der.integer(0))
    subject = pki.person("Alice default version", email)
    explicit = pki.certificate(
        subject, pki.ec_key(), world.ec_issuing, version=default, extensions=[]
    )
    clear("certificate-version-default-written", explicit, rules="18")
    key = pki.ec_key()
    lax = pki.certificate(
        pki.person("Lax CA"),
        key,
        world.root,
        extensions=[pki.basic_constraints(True, true=0x01), pki.key_usage("cert_sign")],
    )
    clear("boolean-true-as-01", world.signer("Alice lax", issuer=lax), rules="18")
    false = pki.extension("2.5.29.19", der.seq(der.boolean(False)))
    clear("explicit-default-false", world.signer("Alice false", more=[false]), rules="18")
    rdn = der.set_in_order(
        *sorted([pki.attribute("CN", "Alice"), pki.attribute("O", "Unsorted")], reverse=True)
    )
    clear("subject-set-unsorted", world.signer("unsorted", subject=der.seq(rdn)), rules="18")
    no_seconds = der.tlv(0x17, b"1501010000Z")
    clear(
        "time-without-seconds",
        world.signer("Alice minutes", not_before=no_seconds),
        rules="18",
        judge_chain_disagrees="OpenSSL wants seconds",
    )
    offset = der.tlv(0x17, b"150101000000+0100")
    clear(
        "time-with-offset",
        world.signer("Alice offset", not_before=offset),
        rules="18",
        judge_chain_disagrees="OpenSSL wants Z",
    )
    generalized = der.tlv(0x18, b"20150101000000Z")
    clear(
        "time-generalized-early",
        world.signer("Alice generalized", not_before=generalized),
        rules="18",
    )
    v1_extensions = world.signer("Alice v1 with extensions", version=b"")
    clear("certificate-version-1-with-extensions", v1_extensions, rules="18")


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
        clear(
            name,
            signer,
            sender,
            rules="20",
            signature=verdict | {"address_match": match} | columns,
            message=verdict,
        )

    dn_only = world.signer("Alice DN", names=[], subject=pki.person("Alice DN", ("email", ALICE)))
    clear("address-in-dn", dn_only, rules="20", signature={"address_match_rule": "exact"})
    both = world.signer(
        "Alice both", "first@example.org", subject=pki.person("Alice both", ("email", ALICE))
    )
    clear("address-in-dn-beside-san", both, rules="20")
    several = world.signer("Alice several", "one@example.org", "two@example.org", ALICE)
    clear("address-third-in-san", several, rules="20")
    nobody = world.signer("Alice nobody", names=[])
    other("address-absent", nobody, ALICE, "no_address_in_certificate", NO_ADDRESS)
    name_only = world.signer("name only", names=[], subject=pki.person(ALICE))
    other("address-in-cn-only", name_only, ALICE, "no_address_in_certificate", NO_ADDRESS)
    other("address-other", world.bob, ALICE, "none", "address_mismatch")

    upper = world.signer("Alice upper", "alice@EXAMPLE.org")
    clear(
        "address-domain-case",
        upper,
        "alice@Example.ORG",
        rules="20",
        signature={"address_match_rule": "exact"},
    )
    folded = world.signer("Alice folded", "Alice@example.org")
    clear("address-local-case", folded, rules="20", signature={"address_match_rule": "case_folded"})
    puny = world.signer("Alice puny", "alice@xn--bcher-kva.example")
    unicode = "From: alice@bücher.example\r\n".encode()
    clear("address-idna", puny, unicode, rules="20", signature={"address_match_rule": "idna"})
    clear(
        "address-a-label-both",
        puny,
        "alice@xn--bcher-kva.example",
        rules="20",
        signature={"address_match_rule": "exact"},
    )
    international = world.signer("Jürgen", names=[pki.smtp_utf8("jürgen@example.org")])
    clear(
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
        clear(
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
        clear(
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
