"""Attacks on the signed object itself: content, attributes, signers, certificates. RULES 1 to 9,
16.
"""

from __future__ import annotations

from typing import Any

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
    failed,
    inconclusive,
    mail,
    mallory,
    not_signed,
    of_another,
)
from world import World

TST_INFO = "1.2.840.113549.1.9.16.1.4"
MALFORMED = failed("FORMAT_FAILURE", "malformed")
EMBEDDED = {"flags": ["econtent_in_detached"]}
Made = tuple[bytes, Outcome]


def detached(signed: bytes, entity: bytes = GOOD) -> bytes:
    return mail(mime.clear_signed(entity, signed))


def inside(signed: bytes) -> bytes:
    return mail(mime.opaque(signed))


# Content: which of two is signed -----------------------------------------------------------------


@attack()
def embedded_content_is_signed_and_the_body_is_not(world: World) -> Made:
    """Johnny C1: eContent holds what Alice signed, the visible body is Mallory's."""
    signed = cms.signed(world.ec, GOOD, detached=False)
    return detached(signed, EVIL), failed("HASH_FAILURE", "digest_mismatch", **EMBEDDED)


@attack()
def embedded_content_is_signed_and_the_body_is_empty(world: World) -> Made:
    """Johnny C1, refined: no visible body, so that a reader falls back to eContent."""
    signed = cms.signed(world.ec, GOOD, detached=False)
    return detached(signed, b""), failed("HASH_FAILURE", "digest_mismatch", **EMBEDDED)


@attack()
def embedded_content_in_pieces_hides_a_second_one(world: World) -> Made:
    """Two OCTET STRINGs in the [0]: some take the first, some the last, some both."""
    both = der.explicit(0, der.octets(GOOD), der.octets(EVIL))
    return inside(cms.signed(world.ec, GOOD, encapsulated=both)), MALFORMED


@attack("first", "last")
def content_piece_is_added(world: World, where: str) -> Made:
    """A piece more in the constructed OCTET STRING."""
    pieces = [der.octets(GOOD), der.octets(EVIL)]
    pieces = pieces[::-1] if where == "first" else pieces
    constructed = der.explicit(0, der.tlv(0x24, *pieces))
    signed = cms.signed(world.ec, GOOD, encapsulated=constructed)
    return inside(signed), failed("HASH_FAILURE", "digest_mismatch")


@attack()
def signed_attributes_pass_for_content(world: World) -> Made:
    """A signature over attributes, shown as one over content that is those attributes (RULES 2)."""
    attributes = cms.usual_attributes(GOOD)
    honest = der.parse(cms.signer_info(world.ec, GOOD, attributes=attributes))
    as_content = der.set_of(*attributes)
    forged = der.seq(*(child.encoded for child in honest.children if child.tag != 0xA0))
    signed = cms.signed_data(forged, certificates=cms.carried(world.ec), content=as_content)
    return inside(signed), MALFORMED & {"flags": ["content_is_signed_attributes"]}


@attack("piece", "detached")
def signed_attributes_pass_for_content_in_other_clothes(world: World, clothes: str) -> Made:
    """The same, cut in two pieces in the middle of the first attribute; or as a detached body."""
    attributes = cms.usual_attributes(GOOD)
    as_content = der.set_of(*attributes)
    info = cms.signer_info(world.ec, as_content, attributes=None)
    flag = {"flags": ["content_is_signed_attributes"]}
    carried = cms.carried(world.ec)
    if clothes == "detached":
        body = mime.clear_signed(as_content, cms.signed_data(info, certificates=carried))
        return mime.header_block() + body, MALFORMED & flag
    pieces = der.explicit(0, der.tlv(0x24, der.octets(as_content[:7]), der.octets(as_content[7:])))
    signed = cms.signed_data(info, certificates=carried, encapsulated=pieces)
    return inside(signed), MALFORMED & flag


@attack(TST_INFO, "1.2.840.113549.1.7.2", "1.2.840.113549.1.9.16.1.1")
def content_type_is_changed(world: World, content_type: str) -> Made:
    """Other eContentTypes are parsed as other things than what Alice signed (RFC 5652 §11.1)."""
    signed = cms.signed(world.ec, GOOD, detached=False, content_type=content_type)
    return inside(signed), failed("FORMAT_FAILURE")


@attack()
def content_type_is_changed_without_attributes(world: World) -> Made:
    """Without attributes nothing says what the content is: id-data only."""
    signed = cms.signed(world.ec, GOOD, detached=False, attributes=None, content_type=TST_INFO)
    return inside(signed), MALFORMED


# Attributes --------------------------------------------------------------------------------------

KIND, WHEN, DIGEST = cms.content_type(), cms.signing_time(), cms.message_digest(GOOD)
EVIL_DIGEST = cms.message_digest(EVIL)
VALUE = der.octets(pki.hashed("sha256", GOOD))
EVIL_VALUE = der.octets(pki.hashed("sha256", EVIL))
ATTRIBUTES: dict[str, list[bytes]] = {
    "digest_of_evil_second": [KIND, WHEN, DIGEST, EVIL_DIGEST],
    "digest_of_evil_first": [KIND, WHEN, EVIL_DIGEST, DIGEST],
    "digest_with_two_values": [KIND, cms.attribute(cms.MESSAGE_DIGEST, VALUE, EVIL_VALUE)],
    "digest_twice_the_same": [KIND, DIGEST, DIGEST],
    "digest_without_value": [KIND, cms.attribute(cms.MESSAGE_DIGEST)],
    "digest_absent": [KIND, WHEN],
    "digest_not_octets": [KIND, cms.attribute(cms.MESSAGE_DIGEST, der.bits(VALUE))],
    "digest_in_a_sequence": [KIND, cms.attribute(cms.MESSAGE_DIGEST, der.seq(VALUE))],
    "type_absent": [DIGEST, WHEN],
    "type_twice": [KIND, cms.content_type(TST_INFO), DIGEST],
    "type_with_two_values": [
        cms.attribute(cms.CONTENT_TYPE, der.oid(cms.DATA), der.oid(TST_INFO)),
        DIGEST,
    ],
    "type_of_another": [cms.content_type(TST_INFO), DIGEST],
    "none_in_an_empty_set": [],
    "values_not_a_set": [KIND, der.seq(der.oid(cms.MESSAGE_DIGEST), der.seq(VALUE))],
    "more_than_two_fields": [
        KIND,
        der.seq(der.oid(cms.MESSAGE_DIGEST), der.set_of(VALUE), der.set_of(EVIL_VALUE)),
    ],
}


@attack(*ATTRIBUTES)
def attributes_are_not_what_they_must_be(world: World, name: str) -> Made:
    """RULES 3: a signer, or an oracle, that signs any attributes must not be believed for any
    content.
    """
    return detached(cms.signed(world.ec, GOOD, attributes=ATTRIBUTES[name])), MALFORMED


@attack("empty", "short", "long", "zeros")
def digest_of_a_wrong_length(world: World, what: str) -> Made:
    """A comparison over the shorter of two lengths accepts these."""
    value = pki.hashed("sha256", EVIL)
    value = {"empty": b"", "short": value[:8], "long": value + b"\0", "zeros": bytes(32)}[what]
    attributes = [KIND, cms.attribute(cms.MESSAGE_DIGEST, der.octets(value))]
    signed = cms.signed(world.ec, EVIL, attributes=attributes)
    return detached(signed, EVIL), failed("HASH_FAILURE", "digest_mismatch")


@attack()
def attributes_are_exchanged(world: World) -> Made:
    """The digest of Mallory's text in place of Alice's, under her signature."""
    signed = cms.signed(world.ec, GOOD).replace(DIGEST, EVIL_DIGEST)
    return detached(signed, EVIL), failed("SIG_CRYPTO_FAILURE", "signature_mismatch")


@attack()
def attributes_stand_among_the_unsigned(world: World) -> Made:
    """messageDigest where nothing signs it."""
    info = cms.signer_info(
        world.ec, GOOD, attributes=[KIND, WHEN], unsigned=lambda _: [EVIL_DIGEST]
    )
    signed = cms.signed_data(info, certificates=cms.carried(world.ec))
    return detached(signed, EVIL), MALFORMED


@attack("digest", "signature", "both", "mac", "garbage", "twice")
def algorithm_protection_contradicts(world: World, what: str) -> Made:
    """RFC 6211: the algorithms that were signed are not the ones in use."""
    sha256, sha512 = pki.digest_algorithm("sha256"), pki.digest_algorithm("sha512")
    ecdsa, other = pki.algorithm("ecdsaWithSHA256"), pki.algorithm("ecdsaWithSHA512")
    mac = der.explicit(2, der.parse(pki.algorithm("mgf1")).content)
    right = cms.algorithm_protection(sha256, ecdsa)
    protections = {
        "digest": [cms.algorithm_protection(sha512, ecdsa)],
        "signature": [cms.algorithm_protection(sha256, other)],
        "both": [cms.algorithm_protection(sha512, other)],
        "mac": [cms.attribute(cms.ALGORITHM_PROTECTION, der.seq(sha256, mac))],
        "garbage": [cms.attribute(cms.ALGORITHM_PROTECTION, der.octets(b"x"))],
        "twice": [right, right],
    }
    signed = cms.signed(world.ec, GOOD, attributes=[KIND, DIGEST, *protections[what]])
    return detached(signed), failed("FORMAT_FAILURE", "algorithm_protection_mismatch")


# Signers -----------------------------------------------------------------------------------------


def broken_by_alice(world: World, over: bytes = EVIL) -> bytes:
    spoil = lambda data: world.ec.key.sign("sha256", data + b"!")  # noqa: E731
    return cms.signer_info(world.ec, over, sign=spoil)


@attack("alice_first", "alice_last")
def mallorys_good_signature_beside_alices_broken_one(world: World, order: str) -> Made:
    """Johnny C2: one signer's name, the other's validity."""
    other = mallory(world)
    infos = [broken_by_alice(world), cms.signer_info(other, EVIL)]
    infos = infos if order == "alice_first" else infos[::-1]
    signed = cms.signed_data(*infos, certificates=[*cms.carried(world.ec), other.der])
    rows = [
        {"signer_addresses": ["alice@example.org"], "crypto_result": "signature_mismatch"},
        {"signer_addresses": [MALLORY], "crypto_result": "ok", "address_match": "none"},
    ]
    outcome = of_another(flags=["other_signer_failed"], signer_count=2, signers_passed=0)
    return detached(signed, EVIL), outcome.rows(*rows)


@attack("alice_first", "alice_last")
def alices_signature_over_good_beside_mallorys_over_evil(world: World, order: str) -> Made:
    """Each signer's messageDigest is right for another text; only one text is shown."""
    other = mallory(world)
    infos = [cms.signer_info(world.ec, GOOD), cms.signer_info(other, EVIL)]
    infos = infos if order == "alice_first" else infos[::-1]
    signed = cms.signed_data(*infos, certificates=[*cms.carried(world.ec), other.der])
    return detached(signed, EVIL), of_another(flags=["other_signer_failed"])


@attack("detached", "opaque", "with_her_certificate")
def nobody_signed(world: World, what: str) -> Made:
    """Johnny C3: SignedData without a SignerInfo."""
    certificates = cms.carried(world.ec) if what == "with_her_certificate" else []
    content = EVIL if what == "opaque" else None
    signed = cms.signed_data(certificates=certificates, content=content)
    raw = inside(signed) if what == "opaque" else detached(signed, EVIL)
    return raw, not_signed("signed_data_without_signers", signer_count=0)


@attack("key_usage", "extended_key_usage", "self_signed", "other_root", "expired", "not_a_ca")
def trust_is_not_there(world: World, what: str) -> Made:
    """Johnny C4: whoever signs, the chain must hold for mail."""
    leaf = world.signer("Not a CA")
    signers: dict[str, Any] = {
        "key_usage": lambda: world.signer("Alice usage", usages=("key_encipherment",)),
        "extended_key_usage": lambda: world.signer("Alice EKU", ekus=("server",)),
        "self_signed": lambda: pki.leaf("Alice self", pki.ec_key(), None, "alice@example.org"),
        "other_root": lambda: world.signer("Alice other", issuer=world.other_root),
        "expired": lambda: world.signer(
            "Alice expired", not_before=pki.YEAR_2015, not_after=pki.YEAR_2015.replace(year=2016)
        ),
        "not_a_ca": lambda: world.signer("Alice under a leaf", issuer=leaf),
    }
    outcomes = {
        "key_usage": inconclusive("CHAIN_CONSTRAINTS_FAILURE", "chain_key_usage"),
        "extended_key_usage": inconclusive("CHAIN_CONSTRAINTS_FAILURE", "chain_extended_key_usage"),
        "self_signed": inconclusive("NO_CERTIFICATE_CHAIN_FOUND", "chain_untrusted_root"),
        "other_root": inconclusive("NO_CERTIFICATE_CHAIN_FOUND", "chain_untrusted_root"),
        "expired": inconclusive("OUT_OF_BOUNDS_NO_POE", "chain_expired"),
        "not_a_ca": inconclusive("CERTIFICATE_CHAIN_GENERAL_FAILURE", "chain_not_a_ca"),
    }
    signer = signers[what]()
    carried = [signer.der, *(ca.der for ca in signer.chain)]
    return detached(cms.signed(signer, GOOD, certificates=carried)), outcomes[what]


# Certificates ------------------------------------------------------------------------------------


@attack("her_name_first", "her_name_last")
def certificate_with_her_issuer_and_serial(world: World, order: str) -> Made:
    """Mallory's own authority issues a namesake of Alice's certificate, with Mallory's key."""
    authority = pki.certificate(
        world.ec_issuing.subject, pki.ec_key(), extensions=[pki.basic_constraints(True)]
    )
    forged = pki.leaf(
        "Alice EC", pki.ec_key(), authority, "alice@example.org", serial=world.ec.serial
    )
    certificates = [forged.der, world.ec.der, world.ec_issuing.der, authority.der]
    certificates = certificates if order == "her_name_first" else certificates[::-1]
    signed = cms.signed(forged, EVIL, certificates=certificates)
    outcome = inconclusive(
        "NO_CERTIFICATE_CHAIN_FOUND",
        "chain_untrusted_root",
        flags=["signer_certificate_ambiguous"],
    )
    return detached(signed, EVIL), outcome


@attack()
def certificate_named_by_ess_is_another(world: World) -> Made:
    """RFC 5035: the certificate is exchanged for one with the same key and another address."""
    other = world.signer("Alias", MALLORY, key=world.ec.key)
    attributes = [*cms.usual_attributes(GOOD), cms.signing_certificate_v2(world.ec)]
    info = cms.signer_info(world.ec, GOOD, attributes=attributes, sid=other.issuer_and_serial())
    signed = cms.signed_data(info, certificates=[other.der, world.ec_issuing.der])
    outcome = inconclusive("NO_SIGNING_CERTIFICATE_FOUND", "ess_certificate_mismatch")
    return mail(mime.clear_signed(GOOD, signed), MALLORY), outcome


@attack("subject_key_identifier", "issuer_and_serial")
def identifier_names_her_certificate_and_the_key_is_anothers(world: World, sid: str) -> Made:
    """Signed with Mallory's key, naming Alice's certificate."""
    named = cms.by_key_identifier(world.ec) if sid.startswith("subject") else None
    named = named or world.ec.issuer_and_serial()
    other = mallory(world)
    info = cms.signer_info(other, EVIL, sid=named)
    signed = cms.signed_data(info, certificates=[other.der, *cms.carried(world.ec)])
    return detached(signed, EVIL), failed("SIG_CRYPTO_FAILURE", "signature_mismatch")


@attack()
def her_certificate_with_another_address(world: World) -> Made:
    """A changed certificate: its signature is wrong."""
    changed = world.ec.der.replace(b"alice@example.org", b"mallo@example.org")
    signed = cms.signed(world.ec, GOOD, certificates=[changed, world.ec_issuing.der])
    raw = mail(mime.clear_signed(GOOD, signed), "mallo@example.org")
    return raw, inconclusive("CERTIFICATE_CHAIN_GENERAL_FAILURE", "chain_signature_invalid")


@attack("alternative_names", "key_usage", "basic_constraints")
def certificate_says_one_thing_twice(world: World, what: str) -> Made:
    """RFC 5280 §4.2: one instance of each extension; readers differ in which of two they take."""
    twice = {
        "alternative_names": pki.alternative_names(pki.rfc822(MALLORY)),
        "key_usage": pki.key_usage("digital_signature"),
        "basic_constraints": pki.basic_constraints(True),
    }[what]
    more = [twice, twice] if what == "basic_constraints" else [twice]
    signer = world.signer("Alice twice", more=more)
    outcome = inconclusive("CERTIFICATE_CHAIN_GENERAL_FAILURE", "chain_malformed")
    return detached(cms.signed(signer, GOOD)), outcome


@attack()
def certificate_whose_algorithms_differ(world: World) -> Made:
    """RFC 5280 §4.1.1.2: the algorithm outside the signed part is another than the one inside."""
    node = der.parse(world.ec.der)
    outside = pki.algorithm("ecdsaWithSHA384")
    changed = der.seq(node.at(0).encoded, outside, node.at(2).encoded)
    raw = detached(cms.signed(world.ec, GOOD, certificates=[changed, world.ec_issuing.der]))
    return raw, inconclusive("CERTIFICATE_CHAIN_GENERAL_FAILURE")


@attack()
def good_mail_with_another_body(world: World) -> Made:
    """The plainest of all."""
    raw = mail(alices(world).replace(GOOD, EVIL))
    return raw, failed("HASH_FAILURE", "digest_mismatch")
