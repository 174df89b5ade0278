"""Hand-made certificates: every way a chain can fail, and historic forms. RULES 18, 19, 23."""

from __future__ import annotations

import der
import pki
from crafted import (
    by,
)
from world import ALICE, World, version_1, year


def all_cases(world: World) -> None:
    times_and_usages(world)
    authorities(world)
    historic_certificates(world)


def times_and_usages(world: World) -> None:
    """RULES 19 and validity, of the signer's own certificate."""
    past, future = (year(2010), year(2015)), (year(2030), year(2035))
    expired = world.signer("Alice expired", not_before=past[0], not_after=past[1])
    by("chain-expired", expired, chain="expired")
    early = world.signer("Alice early", not_before=future[0], not_after=future[1])
    by("chain-not-yet-valid", early, chain="not_yet_valid")

    def eku(name: str, *usages: str, chain: str = "ok", **more: object) -> None:
        by(name, world.signer(name, ekus=usages), rules="19", chain=chain, **more)

    eku("eku-absent")
    eku("eku-any", "any", judge_chain_disagrees="OpenSSL 3.0 wants emailProtection by name")
    eku("eku-email-and-client", "email", "client")
    eku("eku-server-only", "server", chain="extended_key_usage")

    def usage(name: str, *usages: str, chain: str = "ok") -> None:
        by(name, world.signer(name, usages=usages), rules="19", chain=chain)

    usage("key-usage-absent")
    usage("key-usage-digital-signature", "digital_signature")
    usage("key-usage-non-repudiation", "non_repudiation")
    usage("key-usage-encipherment-only", "key_encipherment", chain="key_usage")
    usage("key-usage-agreement-only", "key_agreement", chain="key_usage")
    unknown = pki.extension("1.3.6.1.4.1.99999.1", der.NULL, critical=True)
    by(
        "critical-extension-unknown",
        world.signer("Alice critical", more=[unknown]),
        chain="critical_extension",
    )
    harmless = pki.extension("1.3.6.1.4.1.99999.1", der.NULL)
    by("extension-unknown", world.signer("Alice extension", more=[harmless]))


def authorities(world: World) -> None:
    """The path above the signer."""

    def under(name: str, ca: pki.Certificate, chain: str = "ok", **more: object) -> None:
        by(name, world.signer(name, issuer=ca), chain=chain, **more)

    by("chain-no-intermediate", world.ec, chain="no_path", certificates=[world.ec.der])
    alone = pki.leaf("Alice alone", pki.ec_key(), None, ALICE)
    by("chain-self-signed", alone, chain="untrusted_root", certificates=[alone.der])
    stranger = pki.authority("Issuing Other", pki.ec_key(), world.other_root)
    under("chain-root-absent", stranger, "no_path")
    by_stranger = world.signer("Alice stranger", issuer=stranger)
    all_of_it = [by_stranger.der, stranger.der, world.other_root.der]
    by("chain-untrusted-root", by_stranger, chain="untrusted_root", certificates=all_of_it)
    by(
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
    by("signer-certificate-signature-invalid", spoilt, chain="signature_invalid")
    short = world.ca("Path 0 CA", path_length=0)
    under("path-length-0-kept", short)
    under("path-length-0-broken", pki.authority("Below", pki.ec_key(), short), "path_length")
    deep = world.ca("Level 1")
    for level in range(2, 5):
        deep = pki.authority(f"Level {level}", pki.ec_key(), deep)
    under("chain-of-five", deep)

    tree = der.seq(der.implicit(1, b"example.org"))
    for name, critical in (("critical", True), ("not-critical", False)):
        constraints = pki.extension("2.5.29.30", der.seq(der.explicit(0, tree)), critical)
        under(
            f"name-constraints-{name}",
            world.ca(f"Constrained {name}", more=[constraints]),
        )
    required = pki.extension("2.5.29.36", der.seq(der.implicit(0, b"\x05")), True)
    under(
        "policy-constraints-critical",
        world.ca("Policy CA", more=[required]),
    )

    # Two authorities of one name, one of them with the right key: the order must not matter.
    twin = world.ca("Twin CA")
    other = world.ca("Twin CA")
    signer = world.signer("Alice twin", issuer=twin)
    by(
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
    by("authority-renewed", signer, certificates=[renewed.der, signer.der, current.der], rules="23")
    first = pki.authority("Cross A", pki.ec_key(), world.other_root)
    second = pki.authority("Cross B", pki.ec_key(), first)
    loop = pki.authority("Cross A", first.key, second)
    signer = world.signer("Alice loop", issuer=loop)
    by(
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
    by("certificate-version-1", version_1(world, "Alice v1"), rules="18")
    email = ("email", ALICE)
    for kind, encode in (("t61", der.t61), ("bmp", der.bmp), ("universal", der.universal)):
        subject = pki.name(("O", encode("Fixture Grüße")), ("CN", encode(f"Alice {kind}")), email)
        by(f"subject-{kind}-string", world.signer(kind, subject=subject), rules="18")
    for kind, encode in (("t61", der.t61), ("bmp", der.bmp)):
        ca_name = pki.name(("CN", encode(f"Issuing {kind}")))
        key = pki.ec_key()
        extensions = [pki.basic_constraints(True), pki.key_usage("cert_sign")]
        ca = pki.certificate(ca_name, key, world.root, extensions=extensions)
        by(f"issuer-{kind}-string", world.signer(f"Alice by {kind}", issuer=ca), rules="18")
    default = der.explicit(0, der.integer(0))
    subject = pki.person("Alice default version", email)
    explicit = pki.certificate(
        subject, pki.ec_key(), world.ec_issuing, version=default, extensions=[]
    )
    by("certificate-version-default-written", explicit, rules="18")
    key = pki.ec_key()
    lax = pki.certificate(
        pki.person("Lax CA"),
        key,
        world.root,
        extensions=[pki.basic_constraints(True, true=0x01), pki.key_usage("cert_sign")],
    )
    by("boolean-true-as-01", world.signer("Alice lax", issuer=lax), rules="18")
    false = pki.extension("2.5.29.19", der.seq(der.boolean(False)))
    by("explicit-default-false", world.signer("Alice false", more=[false]), rules="18")
    rdn = der.set_in_order(
        *sorted([pki.attribute("CN", "Alice"), pki.attribute("O", "Unsorted")], reverse=True)
    )
    by("subject-set-unsorted", world.signer("unsorted", subject=der.seq(rdn)), rules="18")
    no_seconds = der.tlv(0x17, b"1501010000Z")
    by(
        "time-without-seconds",
        world.signer("Alice minutes", not_before=no_seconds),
        rules="18",
        judge_chain_disagrees="OpenSSL wants seconds",
    )
    offset = der.tlv(0x17, b"150101000000+0100")
    by(
        "time-with-offset",
        world.signer("Alice offset", not_before=offset),
        rules="18",
        judge_chain_disagrees="OpenSSL wants Z",
    )
    generalized = der.tlv(0x18, b"20150101000000Z")
    by(
        "time-generalized-early",
        world.signer("Alice generalized", not_before=generalized),
        rules="18",
    )
    v1_extensions = world.signer("Alice v1 with extensions", version=b"")
    by("certificate-version-1-with-extensions", v1_extensions, rules="18")
