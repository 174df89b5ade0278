"""Hand-made SignedData: who signed, how often, and by which certificate. RULES 6, 8, 16, 17."""

from __future__ import annotations

import cms
import der
import mime
import pki
from case import GOOD_SIGNATURE, NOT_SIGNED, add, inconclusive
from crafted import (
    NO_QUIRK,
    QUIRK,
    TEXT,
    clear,
    opaque,
)
from world import World


def all_cases(world: World) -> None:
    certificate_references(world)
    signer_sets(world)


def certificate_references(world: World) -> None:
    """RULES 6 (ESSCertID), 16 and 17."""
    signer, bob = world.ec, world.bob
    usual = cms.usual_attributes(TEXT)
    v1, v2 = cms.signing_certificate, cms.signing_certificate_v2

    def ess(name: str, expected: str, *references: bytes, **columns: object) -> None:
        clear(
            name,
            cms.signed(signer, TEXT, attributes=[*usual, *references]),
            rules="06",
            signature={"ess_certificate_id": expected} | columns,
        )

    ess("ess-absent", "absent")
    ess("ess-v1-match", "match_v1", v1(signer), **NO_QUIRK)
    ess("ess-v1-issuer-serial-match", "match_v1", v1(signer, cms.issuer_serial(signer)), **NO_QUIRK)
    ess("ess-v1-issuer-serial-mismatch", "match_v1", v1(signer, cms.issuer_serial(bob)), **QUIRK)
    ess("ess-v2-match", "match_v2", v2(signer), **NO_QUIRK)
    ess("ess-v2-sha512-match", "match_v2", v2(signer, "sha512"))
    both = {"ess_certificate_id": None, "ess_certificate_id_any": ["match_v1", "match_v2"]}
    clear(
        "ess-both-match",
        cms.signed(signer, TEXT, attributes=[*usual, v1(signer), v2(signer)]),
        rules="06",
        signature=both,
    )
    for name, references in (
        ("v1", [v1(bob)]),
        ("v2", [v2(bob)]),
        ("one-of-both", [v1(bob), v2(signer)]),
        ("other-of-both", [v1(signer), v2(bob)]),
    ):
        clear(
            f"ess-{name}-mismatch",
            cms.signed(signer, TEXT, attributes=[*usual, *references]),
            rules="06",
            signature=inconclusive(
                "NO_SIGNING_CERTIFICATE_FOUND",
                ess_certificate_id="mismatch",
                crypto_result=None,
                chain_result=None,
                address_match=None,
            ),
            message=inconclusive("NO_SIGNING_CERTIFICATE_FOUND", coverage=None),
            judge_disagrees="OpenSSL looks at ESSCertID only with -cades",
        )
    clear(
        "ess-unsigned-mismatch",
        cms.signed(signer, TEXT, unsigned=lambda _: [v2(bob)]),
        rules="06",
        signature={"ess_certificate_id": "absent"},
        judge_disagrees="OpenSSL refuses the attribute among the unsigned ones",
    )

    backwards = [world.ec_issuing.der, bob.der, signer.der]
    clear("signer-certificate-last", cms.signed(signer, TEXT, certificates=backwards), rules="16")
    clear(
        "signer-certificate-absent",
        cms.signed(signer, TEXT, certificates=[bob.der]),
        rules="16",
        crypto="signer_certificate_missing",
    )
    namesake = world.signer("Alice Namesake", serial=signer.serial)
    clear(
        "two-certificates-same-serial",
        rules="16",
        signature={"flags": ["signer_certificate_ambiguous"]},
        signed=cms.signed(signer, TEXT, certificates=[namesake.der, *cms.carried(signer)]),
        judge_disagrees="OpenSSL takes the first that is named so",
        judge_chain_disagrees="OpenSSL takes the first that is named so",
    )
    clear(
        "key-identifier-sid",
        cms.signed(signer, TEXT, sid=cms.by_key_identifier(signer), version=3),
        rules="16",
    )
    issuer = pki.name(("O", der.printable("fixture")), ("CN", der.printable("issuing  ec")))
    clear(
        "sid-name-other-spelling",
        rules="17",
        signed=cms.signed(signer, TEXT, sid=der.seq(issuer, signer.serial)),
    )
    for name, serial in (
        ("negative", der.integer_octets(b"\xff\x7f\x01")),
        ("zero", der.integer(0)),
        ("long", der.integer(1 << 200)),
    ):
        odd = world.signer(f"Alice {name} serial", serial=serial)
        clear(f"serial-{name}", cms.signed(odd, TEXT), rules="17")


def signer_sets(world: World) -> None:
    """RULES 8 and countersignatures."""
    signer, bob = world.ec, world.bob
    carried = [signer.der, bob.der, world.ec_issuing.der]
    good = cms.signer_info(signer, TEXT)
    broken = cms.signer_info(signer, TEXT, sign=lambda data: signer.key.sign("sha256", data + b"!"))
    failed = {
        "layer_path": "signed",
        "crypto_result": "signature_mismatch",
        "indication": "TOTAL_FAILED",
    }
    for name, infos in (("good-first", [good, broken]), ("good-last", [broken, good])):
        rows = [dict(GOOD_SIGNATURE) if info is good else failed for info in infos]
        clear(
            f"two-signers-one-broken-{name}",
            cms.signed_data(*infos, certificates=carried),
            rules="08",
            signatures=rows,
            message={"flags": ["other_signer_failed"], "signer_count": 2, "signers_passed": 1},
        )
    both = cms.signed_data(broken, broken, certificates=carried)
    clear(
        "two-signers-both-broken",
        both,
        rules="08",
        signatures=[failed, failed],
        message={
            "indication": "TOTAL_FAILED",
            "sub_indication": "SIG_CRYPTO_FAILURE",
            "coverage": None,
        },
    )
    nobody = cms.signed_data(certificates=carried, content=TEXT)
    no_one = NOT_SIGNED | {"flags": ["signed_data_without_signers"]}
    opaque("zero-signers", nobody, rules="08", signatures=[], message=no_one, judge="none")
    clear(
        "zero-signers-clear",
        cms.signed_data(certificates=carried),
        rules="08",
        signatures=[],
        message=no_one,
        judge="none",
    )
    certificates = cms.signed_data(certificates=carried, digests=[])
    add(
        "certs-only",
        mime.header_block(subject="certs-only")
        + mime.opaque(certificates, smime_type=b"certs-only", name=b"smime.p7c"),
        rules="27",
        message=NOT_SIGNED | {"kind": "certs_only"},
        signatures=[],
        judge="none",
    )

    def counter(signature: bytes) -> list[bytes]:
        attributes = [cms.signing_time(), cms.message_digest(signature)]
        return [
            cms.attribute(
                cms.COUNTERSIGNATURE, cms.signer_info(bob, signature, attributes=attributes)
            )
        ]

    info = cms.signer_info(signer, TEXT, unsigned=counter)
    clear("countersigned", cms.signed_data(info, certificates=carried), rules="03")
