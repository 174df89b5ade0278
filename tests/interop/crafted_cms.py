"""Hand-made SignedData: what no tool writes, but archives hold or attackers send. RULES 1 to 18
and 32."""

from __future__ import annotations

import datetime as dt
import zlib

import cms
import der
import mime
import pki
from case import GOOD_SIGNATURE, NOT_PASSED, NOT_SIGNED, UNJUDGED, add, inconclusive
from world import World, explicit_curve

TEXT = mime.TEXT
OPAQUE = {"format": "opaque", "canonicalization": "decoded"}
QUIRK = {"has_quirks": True}
NO_QUIRK = {"has_quirks": False}
WEAK = {"signature": dict(UNJUDGED), "message": dict(UNJUDGED)}


def clear(name: str, signed: bytes, entity: bytes = TEXT, **more: object) -> None:
    """A clear-signed mail from Alice."""
    add(name, mime.header_block(subject=name) + mime.clear_signed(entity, signed), **more)


def opaque(name: str, signed: bytes, **more: object) -> None:
    """An opaque mail from Alice."""
    more["signature"] = OPAQUE | (more.get("signature") or {})
    add(name, mime.header_block(subject=name) + mime.opaque(signed), **more)


def refused(name: str, signed: bytes, **more: object) -> None:
    """Not ok, and the contract leaves open which refusal it is."""
    row = {"layer_path": "signed", "crypto_result_not": "ok", "indication_not": "TOTAL_PASSED"}
    clear(
        name,
        signed,
        signatures=[row | more.pop("row", {})],
        message={"coverage": None} | NOT_PASSED | more.pop("message", {}),
        **more,
    )


def all_cases(world: World) -> None:
    plain_and_tampered(world)
    attribute_encodings(world)
    attribute_contents(world)
    content_forms(world)
    certificate_references(world)
    algorithm_names(world)
    rsa_oddities(world)
    elliptic_oddities(world)
    signer_sets(world)
    trailing_bytes(world)


def plain_and_tampered(world: World) -> None:
    signer = world.ec
    clear("plain-signed", cms.signed(signer, TEXT), signature=NO_QUIRK)
    opaque("plain-opaque", cms.signed(signer, TEXT, detached=False), signature=NO_QUIRK)
    good = cms.signed(signer, TEXT)
    other = TEXT.replace(b"reader", b"leader")
    clear(
        "tampered-body",
        good,
        entity=other,
        crypto="digest_mismatch",
        signature={"digest_ok": False},
    )
    changed = cms.signed(signer, TEXT, detached=False, content=other)
    opaque(
        "tampered-opaque-content",
        changed,
        crypto="digest_mismatch",
        signature={"canonicalization": None},
    )
    spoil = lambda data: signer.key.sign("sha256", data + b"!")  # noqa: E731
    clear(
        "tampered-signature",
        cms.signed(signer, TEXT, sign=spoil),
        crypto="signature_mismatch",
        signature={"digest_ok": True, "signature_ok": False},
    )
    later = cms.signing_time(cms.SIGNED_AT.replace(year=2022))
    clear(
        "tampered-attributes", good.replace(cms.signing_time(), later), crypto="signature_mismatch"
    )
    clear(
        "tampered-body-no-attributes",
        cms.signed(signer, TEXT, attributes=None),
        entity=other,
        crypto="signature_mismatch",
        rules="02",
        signature={
            "crypto_result": None,
            "crypto_result_any": ["signature_mismatch", "digest_mismatch"],
        }
        | UNJUDGED
        | {"indication": "TOTAL_FAILED"},
        message=UNJUDGED | {"indication": "TOTAL_FAILED"},
    )
    opaque(
        "detached-without-content",
        good,
        crypto="content_missing",
        signature=OPAQUE | {"format": None, "canonicalization": None},
    )
    unknown = pki.algorithm("ed25519").replace(
        der.oid_content("1.3.101.112"), der.oid_content("1.3.101.119")
    )
    clear(
        "unknown-signature-algorithm",
        cms.signed(signer, TEXT, signature_algorithm=unknown),
        crypto="unsupported_algorithm",
        rules="15",
        judge_disagrees="OpenSSL goes by the key alone",
    )
    unknown = der.seq(der.oid("1.2.643.7.1.1.2.2"))
    clear(
        "unknown-digest-algorithm",
        cms.signed(signer, TEXT, digest_algorithm=unknown),
        crypto="unsupported_algorithm",
        rules="15",
    )


def attribute_encodings(world: World) -> None:
    """RULES 1: hashed as received, then as DER."""
    signer, attributes = world.ec, sorted(cms.usual_attributes(TEXT), reverse=True)

    def in_order(values: list[bytes]) -> bytes:
        return der.explicit(0, *values)

    clear(
        "attributes-unsorted-signed-unsorted",
        rules="01",
        **_signed(
            signer,
            attributes=attributes,
            stored=in_order,
            hashed=lambda values: der.set_in_order(*values),
        ),
    )
    clear(
        "attributes-unsorted-signed-sorted",
        rules="01",
        signature=QUIRK,
        judge_disagrees="OpenSSL keeps the received order and never sorts",
        **_signed(signer, attributes=attributes, stored=in_order),
    )
    clear(
        "attributes-long-length-signed-der",
        rules="01",
        signature=QUIRK,
        **_signed(signer, stored=lambda values: der.tlv_long(0xA0, *sorted(values))),
    )
    clear(
        "attributes-long-length-signed-as-received",
        rules="01",
        signature=QUIRK,
        judge_disagrees="OpenSSL always re-encodes the attributes",
        **_signed(
            signer,
            stored=lambda values: der.tlv_long(0xA0, *sorted(values)),
            hashed=lambda values: der.tlv_long(0x31, *sorted(values)),
        ),
    )
    clear(
        "attributes-indefinite-signed-der",
        rules="01",
        signature=QUIRK,
        **_signed(signer, stored=lambda values: der.indefinite(0xA0, *sorted(values))),
    )


def _signed(signer: pki.Certificate, **options: object) -> dict[str, object]:
    return {"signed": cms.signed(signer, TEXT, **options)}


def attribute_contents(world: World) -> None:
    """RULES 2, 3 and 6."""
    signer = world.ec
    digest, kind, when = cms.message_digest(TEXT), cms.content_type(), cms.signing_time()

    def broken(name: str, *attributes: bytes, **more: object) -> None:
        clear(
            name,
            cms.signed(signer, TEXT, attributes=list(attributes)),
            crypto="malformed",
            rules="03",
            **more,
        )

    broken("two-message-digests-same", kind, when, digest, digest)
    broken("two-message-digests-differing", kind, when, digest, cms.message_digest(b"other"))
    broken("no-message-digest", kind, when)
    value = der.octets(pki.hashed("sha256", TEXT))
    other = der.octets(pki.hashed("sha256", b"other"))
    broken("message-digest-two-values", kind, cms.attribute(cms.MESSAGE_DIGEST, value, other))
    broken("message-digest-no-value", kind, cms.attribute(cms.MESSAGE_DIGEST))
    broken(
        "message-digest-wrong-type",
        kind,
        cms.attribute(cms.MESSAGE_DIGEST, der.tlv(0x0C, pki.hashed("sha256", TEXT))),
    )
    broken("no-content-type", when, digest)
    broken("two-content-types", kind, kind, when, digest)
    broken(
        "content-type-mismatch",
        cms.content_type("1.2.840.113549.1.9.16.1.4"),
        when,
        digest,
        judge_disagrees="OpenSSL does not compare contentType with eContentType",
    )
    ec_algorithm, sha256 = pki.algorithm("ecdsaWithSHA256"), pki.digest_algorithm("sha256")
    protection = cms.algorithm_protection(sha256, ec_algorithm)
    clear(
        "algorithm-protection-match",
        cms.signed(signer, TEXT, attributes=[kind, digest, protection]),
        rules="06",
        signature={"algorithm_protection": "match"},
    )
    for name, protection in (
        ("digest", cms.algorithm_protection(pki.digest_algorithm("sha512"), ec_algorithm)),
        ("signature", cms.algorithm_protection(sha256, pki.algorithm("ecdsaWithSHA512"))),
    ):
        clear(
            f"algorithm-protection-{name}-mismatch",
            cms.signed(signer, TEXT, attributes=[kind, digest, protection]),
            rules="06",
            signature={
                "algorithm_protection": "mismatch",
                "crypto_result": None,
                "chain_result": None,
                "address_match": None,
                "canonicalization": None,
            }
            | NOT_PASSED,
            message=NOT_PASSED | {"coverage": None},
            judge_disagrees="OpenSSL 3.0 does not look at RFC 6211 attributes",
        )

    attributes = cms.usual_attributes(TEXT)
    as_content = der.set_of(*attributes)
    forged = cms.signed_data(
        cms.signer_info(signer, as_content, attributes=None),
        certificates=cms.carried(signer),
        content=as_content,
    )
    opaque(
        "content-is-signed-attributes",
        forged,
        rules="02",
        judge_disagrees="OpenSSL does not look for attributes in content",
        signature={
            "crypto_result": None,
            "crypto_result_not": "ok",
            "chain_result": None,
            "canonicalization": None,
            "address_match": None,
            "flags": ["content_is_signed_attributes"],
        }
        | NOT_PASSED,
        message=NOT_PASSED | {"coverage": None},
    )
    timestamp = "1.2.840.113549.1.9.16.1.4"
    refused(
        "no-attributes-other-content-type",
        rules="02",
        judge_disagrees="OpenSSL does not ask for id-data",
        signed=cms.signed(signer, TEXT, attributes=None, content_type=timestamp),
    )


def content_forms(world: World) -> None:
    """RULES 4 and 5."""
    signer = world.ec
    other = b"Content-Type: text/plain\r\n\r\nwhat is embedded\r\n"
    flag = {"flags": ["econtent_in_detached"]}
    clear(
        "embedded-content-same",
        cms.signed(signer, TEXT, detached=False),
        rules="04",
        signature=flag,
    )
    clear(
        "embedded-content-signed-body-other",
        cms.signed(signer, other, detached=False),
        rules="04",
        crypto="digest_mismatch",
        signature=flag,
    )
    clear(
        "embedded-content-other-body-signed",
        cms.signed(signer, TEXT, content=other),
        rules="04",
        signature=flag,
    )
    pieces = [der.octets(TEXT[at : at + 20]) for at in range(0, len(TEXT), 20)]
    for name, encapsulated in (
        ("content-in-pieces-definite", der.explicit(0, der.tlv(0x24, *pieces))),
        ("content-in-pieces-indefinite", der.indefinite(0xA0, der.indefinite(0x24, *pieces))),
        (
            "content-in-pieces-nested",
            der.explicit(0, der.indefinite(0x24, der.tlv(0x24, *pieces[:2]), *pieces[2:])),
        ),
    ):
        opaque(name, cms.signed(signer, TEXT, encapsulated=encapsulated), rules="05")
    spc = "1.3.6.1.4.1.311.2.1.4"
    sequence = der.seq(der.ia5("not an octet string"), der.integer(1))
    inner = der.parse(sequence).content
    attributes = [cms.content_type(spc), cms.message_digest(inner)]
    opaque(
        "content-not-octet-string",
        rules="05",
        judge="smime",
        judge_disagrees="openssl smime hashes OCTET STRING content only; PKCS #7 1.5 §9.3 says how",
        signature=NOT_PASSED
        | {"chain_result": None, "address_match": None, "canonicalization": None},
        message=NOT_PASSED | {"coverage": None},
        signed=cms.signed(
            signer,
            inner,
            attributes=attributes,
            content_type=spc,
            encapsulated=der.explicit(0, sequence),
        ),
    )
    compressed = "1.2.840.113549.1.9.16.3.8"
    body = der.seq(
        der.integer(0),
        der.seq(der.oid(compressed)),
        der.seq(der.oid(cms.DATA), der.explicit(0, der.octets(zlib.compress(TEXT)))),
    )
    add(
        "compressed",
        mime.header_block(subject="compressed")
        + mime.opaque(
            cms.content_info(cms.COMPRESSED, body), smime_type=b"compressed-data", name=b"smime.p7z"
        ),
        rules="27",
        message=NOT_SIGNED | {"kind": "compressed"},
        signatures=[],
        judge="none",
    )


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


def algorithm_names(world: World) -> None:
    """RULES 7, 9, 10 and 13."""
    rsa, ec = world.alice, world.ec
    clear(
        "digest-algorithms-empty",
        cms.signed(ec, TEXT, digests=[]),
        rules="07",
        judge_disagrees="OpenSSL hashes only with the algorithms listed",
    )
    clear(
        "digest-algorithms-wrong",
        cms.signed(ec, TEXT, digests=[pki.digest_algorithm("sha1")]),
        rules="07",
        judge_disagrees="OpenSSL hashes only with the algorithms listed",
    )
    clear(
        "version-numbers-odd",
        cms.signed_data(
            cms.signer_info(ec, TEXT, version=7), version=9, certificates=cms.carried(ec)
        ),
        rules="07",
        signature=QUIRK,
    )
    clear(
        "rsa-signature-named-rsa-encryption",
        rules="09",
        signed=cms.signed(rsa, TEXT, signature_algorithm=pki.algorithm("rsaEncryption")),
    )
    clear("rsa-signature-named-sha256-with-rsa", cms.signed(rsa, TEXT), rules="09")
    clear(
        "rsa-digest-named-sha256-with-rsa",
        rules="09",
        signed=cms.signed(rsa, TEXT, digest_algorithm=pki.algorithm("sha256WithRSA")),
        judge_disagrees="OpenSSL wants a digest algorithm there",
    )
    two = cms.signed(
        rsa,
        TEXT,
        digest="sha256",
        digest_algorithm=pki.digest_algorithm("sha512"),
        digests=[pki.digest_algorithm("sha512")],
        attributes=[cms.content_type(), cms.message_digest(TEXT, "sha512")],
    )
    clear(
        "rsa-two-hashes-named",
        two,
        rules="09",
        signature=QUIRK,
        judge_disagrees="OpenSSL uses the digest algorithm for both",
    )
    clear(
        "ecdsa-signature-named-ec-public-key",
        rules="09",
        signed=cms.signed(ec, TEXT, signature_algorithm=pki.algorithm("ecPublicKey", b"")),
    )
    dsa = world.signer("Alice DSA named", key=pki.dsa_key(1024))
    clear(
        "dsa-signature-named-id-dsa",
        rules=("09", "15"),
        signed=cms.signed(
            dsa,
            TEXT,
            digest="sha1",
            digests=[pki.digest_algorithm("sha1")],
            signature_algorithm=pki.algorithm("dsa", b""),
        ),
        **WEAK,
    )

    ed = world.signer("Alice Ed25519", key=pki.ed25519_key())
    no_eddsa = "OpenSSL 3.0 has no EdDSA in CMS"
    sha512 = {"digest": "sha512", "digests": [pki.digest_algorithm("sha512")]}
    clear(
        "ed25519",
        cms.signed(ed, TEXT, **sha512),
        rules="13",
        signature=NO_QUIRK,
        judge_disagrees=no_eddsa,
        judge_chain_disagrees=no_eddsa,
    )
    clear(
        "ed25519-sha256",
        cms.signed(ed, TEXT),
        rules="13",
        signature=QUIRK,
        judge_disagrees=no_eddsa,
        judge_chain_disagrees=no_eddsa,
    )
    clear(
        "ed25519-no-attributes",
        cms.signed(ed, TEXT, attributes=None, **sha512),
        rules="13",
        judge_disagrees=no_eddsa,
        judge_chain_disagrees=no_eddsa,
    )
    clear(
        "ed25519-tampered",
        cms.signed(ed, TEXT, sign=lambda data: ed.key.private.sign(data + b"!"), **sha512),
        crypto="signature_mismatch",
        rules="13",
    )


def rsa_oddities(world: World) -> None:
    """RULES 10, 11, 14 and 15."""
    rsa = world.alice
    key, usual = rsa.key, cms.usual_attributes(TEXT)
    assert isinstance(key, pki.RsaKey)
    value = pki.hashed("sha256", der.set_of(*usual))

    def with_signature(signature: bytes, signer: pki.Certificate = rsa, **options: object) -> bytes:
        options.setdefault("attributes", usual)
        return cms.signed(signer, TEXT, sign=lambda _: signature, **options)

    clear(
        "rsa-digest-info-without-null",
        with_signature(key.pkcs1("sha256", value, b"")),
        rules="10",
        judge_disagrees="OpenSSL 3 wants the NULL",
    )
    odd_parameters = key.pkcs1("sha256", value, der.octets(b"odd"))
    clear(
        "rsa-digest-info-odd-parameters",
        with_signature(odd_parameters),
        crypto="signature_mismatch",
        rules="10",
    )
    info = der.seq(pki.algorithm("sha256"), der.octets(value))
    short = b"\0\1" + b"\xff" * 8 + b"\0" + info
    trailing = key.raw(short + bytes(key.size - len(short)))
    clear(
        "rsa-digest-info-then-garbage",
        with_signature(trailing),
        crypto="signature_mismatch",
        rules="10",
    )
    ber = der.tlv_long(0x30, pki.algorithm("sha256"), der.octets(value))
    padded = key.raw(b"\0\1" + b"\xff" * (key.size - 3 - len(ber)) + b"\0" + ber)
    clear("rsa-digest-info-ber", with_signature(padded), crypto="signature_mismatch", rules="10")
    three = world.signer("Alice e=3", key=pki.rsa_key(2048, 3), issuer=world.issuing)
    clear("rsa-exponent-3", cms.signed(three, TEXT))
    clear(
        "rsa-exponent-3-forged",
        with_signature(forged_cube(info, 256), three),
        crypto="signature_mismatch",
        rules="10",
    )

    sha1 = cms.usual_attributes(TEXT, "sha1")
    default = key.pss("sha1", pki.hashed("sha1", der.set_of(*sha1)), 20)
    for name, parameters in (("empty", der.seq()), ("absent", b"")):
        clear(
            f"pss-parameters-{name}",
            rules="11",
            **WEAK,
            judge_disagrees="OpenSSL wants the parameters" if not parameters else None,
            signed=with_signature(
                default,
                attributes=sha1,
                digest="sha1",
                digests=[pki.digest_algorithm("sha1")],
                signature_algorithm=pki.algorithm("rsassaPss", parameters),
            ),
        )
    for salt in (1, 222):
        parameters = pki.pss_parameters("sha256", salt)
        clear(
            f"pss-salt-{salt}",
            rules="11",
            signed=with_signature(
                key.pss("sha256", value, salt),
                signature_algorithm=pki.algorithm("rsassaPss", parameters),
            ),
        )
    parameters = pki.pss_parameters("sha256", 32, "sha1")
    clear(
        "pss-mgf1-sha1",
        rules="11",
        signature={"indication": None},
        message={"indication": None},
        signed=with_signature(
            key.pss("sha256", value, 32, "sha1"),
            signature_algorithm=pki.algorithm("rsassaPss", parameters),
        ),
    )
    parameters = pki.pss_parameters("sha512", 32)
    refused(
        "pss-hash-not-digest-algorithm",
        rules="11",
        signed=with_signature(
            key.pss("sha512", pki.hashed("sha512", der.set_of(*usual)), 32),
            signature_algorithm=pki.algorithm("rsassaPss", parameters),
        ),
    )
    parameters = pki.pss_parameters("sha256", 33)
    refused(
        "pss-salt-not-as-declared",
        rules="11",
        row={"crypto_result": "signature_mismatch"},
        signed=with_signature(
            key.pss("sha256", value, 32), signature_algorithm=pki.algorithm("rsassaPss", parameters)
        ),
    )
    restricted = pss_only(world, "sha512", 64)
    parameters = pki.pss_parameters("sha256", 32)
    refused(
        "pss-key-restriction-broken",
        rules="11",
        signed=with_signature(
            restricted.key.pss("sha256", value, 32),
            restricted,
            signature_algorithm=pki.algorithm("rsassaPss", parameters),
        ),
    )
    sha512 = cms.usual_attributes(TEXT, "sha512")
    kept = restricted.key.pss("sha512", pki.hashed("sha512", der.set_of(*sha512)), 64)
    clear(
        "pss-key-restriction-kept",
        rules="11",
        signed=with_signature(
            kept,
            restricted,
            attributes=sha512,
            digest="sha512",
            digests=[pki.digest_algorithm("sha512")],
            signature_algorithm=pki.algorithm("rsassaPss", pki.pss_parameters("sha512", 64)),
        ),
    )
    refused("pss-key-used-with-pkcs1", rules="11", signed=cms.signed(restricted, TEXT))

    clear(
        "rsa-short-signature",
        rules="14",
        signature=QUIRK,
        signed=short_signature(rsa),
        judge_disagrees="OpenSSL wants exactly as many octets as the modulus has",
    )
    modulus = key.n.to_bytes(key.size, "big")
    spki = der.seq(
        pki.algorithm("rsaEncryption"),
        der.bits(der.seq(der.integer_octets(modulus), der.integer(key.e))),
    )
    negative = world.signer("Alice negative modulus", key=key, issuer=world.issuing, spki=spki)
    clear("rsa-negative-modulus", cms.signed(negative, TEXT), rules="14", signature=QUIRK)
    one = pki.RsaKey(key.n, 1, 1)
    trivial = world.signer("Alice e=1", key=one, issuer=world.issuing)
    refused(
        "rsa-exponent-1",
        cms.signed(trivial, TEXT),
        rules="14",
        judge_disagrees="OpenSSL takes any exponent",
    )
    for digest in ("md5", "sha256"):
        tiny = world.signer(f"Alice 512 {digest}", key=pki.rsa_key(512), issuer=world.issuing)
        clear(
            f"rsa-512-{digest}",
            rules=("14", "15"),
            **WEAK,
            signed=cms.signed(tiny, TEXT, digest=digest, digests=[pki.digest_algorithm(digest)]),
        )


def pss_only(world: World, digest: str, salt: int) -> pki.Certificate:
    """A signer whose key is id-RSASSA-PSS with restrictions (RFC 4055 §3.1)."""
    key = pki.rsa_key()
    algorithm = pki.algorithm("rsassaPss", pki.pss_parameters(digest, salt))
    numbers = der.seq(der.integer(key.n), der.integer(key.e))
    spki = der.seq(algorithm, der.bits(numbers))
    return world.signer("Alice PSS only", key=key, issuer=world.issuing, spki=spki)


def forged_cube(info: bytes, size: int) -> bytes:
    """Bleichenbacher 2006: a cube whose head is a PKCS#1 block with short padding, then garbage."""
    head = b"\0\1" + b"\xff" * 8 + b"\0" + info
    low = int.from_bytes(head + bytes(size - len(head)), "big")
    root = 1 << ((low.bit_length() + 2) // 3)
    while True:  # Newton, from above
        better = (2 * root + low // (root * root)) // 3
        if better >= root:
            break
        root = better
    root += 1
    assert (root**3).to_bytes(size, "big").startswith(head)
    return root.to_bytes(size, "big")


def short_signature(signer: pki.Certificate) -> bytes:
    """Signs with changing times until the value begins with a zero octet, and drops that octet."""
    for seconds in range(20_000):
        when = cms.SIGNED_AT + dt.timedelta(seconds=seconds)
        attributes = [cms.content_type(), cms.signing_time(when), cms.message_digest(TEXT)]
        signature = signer.key.sign("sha256", der.set_of(*attributes))
        if signature[0] == 0:
            return cms.signed(
                signer, TEXT, attributes=attributes, sign=lambda _, short=signature[1:]: short
            )
    raise RuntimeError("no signature with a leading zero found")


def elliptic_oddities(world: World) -> None:
    """RULES 12."""
    signer, order = world.ec, pki.ORDERS["p256"]
    usual = cms.usual_attributes(TEXT)
    node = der.parse(signer.key.sign("sha256", der.set_of(*usual)))
    r, s = (int.from_bytes(child.content, "big") for child in node.children)

    def pair(first: bytes, second: bytes) -> bytes:
        return cms.signed(signer, TEXT, attributes=usual, sign=lambda _: der.seq(first, second))

    raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    clear(
        "ecdsa-raw",
        cms.signed(signer, TEXT, attributes=usual, sign=lambda _: raw),
        rules="12",
        signature=QUIRK,
        judge_disagrees="OpenSSL wants DER",
    )
    refused("ecdsa-zero-r", pair(der.integer(0), der.integer(s)), rules="12")
    refused("ecdsa-zero-s", pair(der.integer(r), der.integer(0)), rules="12")
    refused("ecdsa-zero-both", pair(der.integer(0), der.integer(0)), rules="12")
    refused("ecdsa-negative-s", pair(der.integer(r), der.integer(s - order)), rules="12")
    refused("ecdsa-s-above-order", pair(der.integer(r), der.integer(s + order)), rules="12")
    wide = der.integer_octets(b"\0\0" + s.to_bytes(32, "big"))
    refused("ecdsa-non-minimal", pair(der.integer(r), wide), rules="12")
    clear("ecdsa-high-s", pair(der.integer(r), der.integer(order - s)), rules="12")
    after = cms.signed(signer, TEXT, attributes=usual, sign=lambda _: node.der() + b"\0")
    refused("ecdsa-trailing-octet", after, rules="12")
    key = pki.ec_key()
    named = world.signer("Alice explicit", key=key, spki=explicit_curve(key))
    clear(
        "ecdsa-explicit-parameters-named",
        cms.signed(named, TEXT),
        rules="12",
        judge_chain_disagrees="OpenSSL 3 refuses explicit parameters in chains",
    )
    spoiled = world.signer("Alice odd curve", key=key, spki=explicit_curve(key, spoil=True))
    refused("ecdsa-explicit-parameters-other", cms.signed(spoiled, TEXT), rules="12")


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


def trailing_bytes(world: World) -> None:
    """RULES 32."""
    signer = world.ec
    whole = cms.signed(signer, TEXT)
    quirk = {"signature": QUIRK}
    clear("cms-trailing-zeros", whole + bytes(16), rules="32", **quirk)
    clear("cms-trailing-line-end", whole + b"\r\n", rules="32", **quirk)
    clear("cms-trailing-garbage", whole + b"\x30\x82garbage", rules="32", **quirk)
    info = der.parse(whole)
    body = info.at(1, 0).encoded
    open_ended = b"\x30\x80" + info.at(0).encoded + b"\xa0\x80" + body
    clear("cms-indefinite", open_ended + b"\0\0\0\0", rules="32")
    for name, ending in (("both", b""), ("one", b"\0\0")):
        clear(
            f"cms-missing-end-of-contents-{name}",
            open_ended + ending,
            rules="32",
            **quirk,
            judge_disagrees="OpenSSL wants every end-of-contents",
        )
    add(
        "cms-truncated",
        mime.header_block(subject="cms-truncated") + mime.clear_signed(TEXT, whole[:-40]),
        message=NOT_PASSED | {"coverage": None},
        signatures=[{"any_rows": True}],
    )
    garbage = bytes(range(256))
    add(
        "cms-garbage",
        mime.header_block(subject="cms-garbage") + mime.clear_signed(TEXT, garbage),
        message=NOT_PASSED | {"coverage": None},
        signatures=[{"any_rows": True}],
    )
