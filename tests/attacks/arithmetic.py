"""Forged and impossible signature values. RULES 9 to 15.

Bleichenbacher's forgeries against small exponents with every place where garbage may hide (the
variants of BERserk and CVE-2006-4339, -2014-1568, -2016-1494, -2018-16152), psychic signatures
(CVE-2022-21449), exchanged algorithms, keys and parameters.
"""

from __future__ import annotations

import cms
import der
import mime
import pki
from crafted_algorithms import forged_cube, pss_only
from tests.attacks.catalogue import EVIL, GOOD, Outcome, attack, failed, mail
from world import World, explicit_curve

Made = tuple[bytes, Outcome]
MISMATCH = failed("SIG_CRYPTO_FAILURE", "signature_mismatch")
ATTRIBUTES = cms.usual_attributes(EVIL)
HASHED = pki.hashed("sha256", der.set_of(*ATTRIBUTES))
KEYS: dict[int, pki.RsaKey] = {}


def signed_with(signature: bytes, signer: pki.Certificate, **options: object) -> bytes:
    """A mail over Mallory's text whose signature value was not made by signing."""
    options.setdefault("attributes", ATTRIBUTES)
    signed = cms.signed(signer, EVIL, sign=lambda _: signature, **options)
    return mail(mime.clear_signed(EVIL, signed))


def with_exponent(world: World, e: int) -> pki.Certificate:
    """Alice with a key of exponent 3, as of 2006; Mallory does not have the private part."""
    key = KEYS.get(e) or KEYS.setdefault(e, pki.rsa_key(2048, e))
    return world.signer(f"Alice e={e}", key=key, issuer=world.issuing)


def digest_info(value: bytes = HASHED, parameters: bytes = der.NULL) -> bytes:
    return der.seq(der.seq(der.oid(pki.OIDS["sha256"]), parameters), der.octets(value))


def cube_of(head: bytes, size: int = 256) -> bytes:
    """The cube root of the first number with these first octets: its cube begins like the block."""
    low = int.from_bytes(head + bytes(size - len(head)), "big")
    root = 1 << (low.bit_length() // 3 + 1)
    while (better := (2 * root + low // (root * root)) // 3) < root:
        root = better
    root += 1
    assert (root**3).to_bytes(size, "big").startswith(head)
    return root.to_bytes(size, "big")


@attack(
    "garbage_behind",
    "no_padding",
    "short_padding",
    "padding_not_ff",
    "block_type_2",
    "in_parameters",
)
def cube_with_room_for_garbage(world: World, where: str) -> Made:
    """A perfect-looking head whose cube root is near enough: only a whole comparison refuses them
    all.
    """
    info = digest_info()
    heads = {
        "garbage_behind": b"\0\1" + b"\xff" * 8 + b"\0" + info,
        "no_padding": b"\0\1\0" + info,
        "short_padding": b"\0\1\xff\0" + info,
        "padding_not_ff": b"\0\1" + b"\x11" * 8 + b"\0" + info,
        "block_type_2": b"\0\2" + b"\xff" * 8 + b"\0" + info,
        # BERserk: the garbage as content of the parameters, whose length says so.
        "in_parameters": b"\0\1"
        + b"\xff" * 8
        + b"\0"
        + b"\x30\x81\xdb\x30\x81\xb8"
        + der.oid(pki.OIDS["sha256"])
        + b"\x04\x81\xab",
    }
    return signed_with(cube_of(heads[where]), with_exponent(world, 3)), MISMATCH


@attack("long_length", "length_of_length", "leading_zero_length")
def cube_with_garbage_in_a_length(world: World, how: str) -> Made:
    """BERserk (CVE-2014-1568): lengths of many octets, of which a parser takes the last."""
    oid = der.oid(pki.OIDS["sha256"])
    heads = {
        "long_length": b"\x30\x84\0\0\0\x31" + b"\x30\x0d" + oid + b"\5\0\4\x20" + HASHED,
        "length_of_length": b"\x30\xff" + b"\0" * 40,
        "leading_zero_length": b"\x30\x82\0\x31" + b"\x30\x0d" + oid + b"\5\0\4\x20" + HASHED,
    }
    block = b"\0\1" + b"\xff" * 8 + b"\0" + heads[how]
    return signed_with(cube_of(block), with_exponent(world, 3)), MISMATCH


@attack("sha1_as_sha256", "no_digest_info", "raw_octet_string", "two_digests", "oid_cut")
def block_is_whole_and_its_digest_info_is_not(world: World, what: str) -> Made:
    """Blocks of the right length, signed by the right key, that say something else than this
    digest.
    """
    key = world.alice.key
    assert isinstance(key, pki.RsaKey)
    infos = {
        "sha1_as_sha256": der.seq(pki.algorithm("sha1"), der.octets(HASHED)),
        "no_digest_info": HASHED,
        "raw_octet_string": der.octets(HASHED),
        "two_digests": der.seq(pki.algorithm("sha256"), der.octets(HASHED), der.octets(HASHED)),
        "oid_cut": der.seq(
            der.seq(b"\6\x08" + der.oid_content(pki.OIDS["sha256"])[:8]), der.octets(HASHED)
        ),
    }
    info = infos[what]
    block = b"\0\1" + b"\xff" * (key.size - 3 - len(info)) + b"\0" + info
    return signed_with(key.raw(block), world.alice), MISMATCH


@attack("zero", "one", "modulus", "modulus_less_one", "empty", "longer")
def rsa_value_is_a_fixed_point(world: World, what: str) -> Made:
    """0, 1 and n - 1 are their own powers; n and more are no values at all."""
    key = world.alice.key
    assert isinstance(key, pki.RsaKey)
    number = {"zero": 0, "one": 1, "modulus": key.n, "modulus_less_one": key.n - 1}.get(what)
    value = number.to_bytes(key.size, "big") if number is not None else b""
    if what == "longer":
        value = b"\0" + key.sign("sha256", der.set_of(*ATTRIBUTES))
        # The right value behind a zero octet is longer than the modulus (RFC 8017 §8.2.2, step 1).
    return signed_with(value, world.alice), MISMATCH


@attack("exponent_1", "exponent_2", "exponent_0")
def public_exponent_makes_every_block_a_signature(world: World, what: str) -> Made:
    """RULES 14: with e = 1 the block is its own signature; Mallory needs no key at all."""
    e = int(what.removeprefix("exponent_"))
    real = world.alice.key
    assert isinstance(real, pki.RsaKey)
    info = digest_info()
    block = b"\0\1" + b"\xff" * (real.size - 3 - len(info)) + b"\0" + info
    signer = world.signer("Alice trivial", key=pki.RsaKey(real.n, e, 1), issuer=world.issuing)
    return signed_with(block, signer), Outcome(
        {"signers_passed": 0, "indication_not": "TOTAL_PASSED"}
    )


ORDER = pki.ORDERS["p256"]
PSYCHIC = {
    "zero_zero": (0, 0),
    "one_zero": (1, 0),
    "zero_one": (0, 1),
    "order_order": (ORDER, ORDER),
    "one_order": (1, ORDER),
    "order_one": (ORDER, 1),
    "negative": (-1, -1),
    "twice_the_order": (2 * ORDER, 2 * ORDER),
    "one_one": (1, 1),
}


@attack(*PSYCHIC)
def ecdsa_value_that_some_take_for_every_text(world: World, what: str) -> Made:
    """CVE-2022-21449: numbers outside 1 to n - 1 make the equation hold for everything."""
    r, s = PSYCHIC[what]
    value = der.seq(der.integer(r), der.integer(s))
    return signed_with(value, world.ec), MISMATCH


@attack("raw_zeros", "empty_sequence", "null", "three_numbers", "empty_numbers", "nothing")
def ecdsa_value_is_no_pair_of_numbers(world: World, what: str) -> Made:
    """The same in forms that a lenient reader makes zeros of."""
    value = {
        "raw_zeros": bytes(64),
        "empty_sequence": der.seq(),
        "null": der.NULL,
        "three_numbers": der.seq(der.integer(1), der.integer(1), der.integer(1)),
        "empty_numbers": der.seq(der.integer_octets(b""), der.integer_octets(b"")),
        "nothing": b"",
    }[what]
    return signed_with(value, world.ec), MISMATCH


@attack("other_base_point", "other_key")
def curve_is_of_mallorys_making(world: World, what: str) -> Made:
    """CVE-2020-0601: explicit parameters under which the private key is known."""
    key = pki.ec_key()
    signer = world.signer(
        "Alice curve", key=key, spki=explicit_curve(key, what == "other_base_point")
    )
    if what == "other_key":
        return signed_with(pki.ec_key().sign("sha256", der.set_of(*ATTRIBUTES)), signer), MISMATCH
    outcome = Outcome({"indication": "NOT_EVALUATED", "error": "unsupported_algorithm"})
    return signed_with(key.sign("sha256", der.set_of(*ATTRIBUTES)), signer), outcome


@attack("salt", "mask", "hash", "trailer", "absent")
def pss_parameters_are_exchanged(world: World, what: str) -> Made:
    """Other parameters than those it was made with."""
    key = world.alice.key
    assert isinstance(key, pki.RsaKey)
    value = key.pss("sha256", HASHED, 32)
    parameters = {
        "salt": pki.pss_parameters("sha256", 0),
        "mask": pki.pss_parameters("sha256", 32, "sha1"),
        "hash": pki.pss_parameters("sha384", 32),
        "trailer": der.seq(
            *(node.encoded for node in der.parse(pki.pss_parameters("sha256", 32)).children),
            der.explicit(3, der.integer(2)),
        ),
        "absent": b"",
    }[what]
    raw = signed_with(
        value, world.alice, signature_algorithm=pki.algorithm("rsassaPss", parameters)
    )
    outcomes = {
        "hash": failed("FORMAT_FAILURE", "malformed"),
        "absent": failed("FORMAT_FAILURE", "malformed"),
        "trailer": Outcome({"indication": "NOT_EVALUATED", "error": "unsupported_algorithm"}),
    }
    return raw, outcomes.get(what, MISMATCH)


@attack(
    "pkcs1_as_pss",
    "pss_as_pkcs1",
    "pkcs1_by_a_pss_key",
    "rsa_as_ecdsa",
    "ecdsa_as_rsa",
    "ecdsa_as_ed25519",
)
def scheme_is_exchanged(world: World, what: str) -> Made:
    """A value of one scheme under the name of another."""
    rsa, key = world.alice, world.alice.key
    assert isinstance(key, pki.RsaKey)
    pss = pki.algorithm("rsassaPss", pki.pss_parameters("sha256", 32))
    ecdsa, data = pki.algorithm("ecdsaWithSHA256"), der.set_of(*ATTRIBUTES)
    restricted = pss_only(world, "sha256", 32) if what == "pkcs1_by_a_pss_key" else rsa
    assert isinstance(restricted.key, pki.RsaKey)
    value, signer, named = {
        "pkcs1_as_pss": (key.sign("sha256", data), rsa, pss),
        "pss_as_pkcs1": (key.pss("sha256", HASHED, 32), rsa, None),
        "pkcs1_by_a_pss_key": (restricted.key.sign("sha256", data), restricted, None),
        "rsa_as_ecdsa": (key.sign("sha256", data), rsa, ecdsa),
        "ecdsa_as_rsa": (
            world.ec.key.sign("sha256", data),
            world.ec,
            pki.algorithm("sha256WithRSA"),
        ),
        "ecdsa_as_ed25519": (bytes(64), world.ec, pki.algorithm("ed25519")),
    }[what]
    return signed_with(value, signer, signature_algorithm=named), MISMATCH


@attack("low_order", "malleable")
def ed25519_value_is_not_the_signers(world: World, what: str) -> Made:
    """R and S of small order; S + L (RFC 8032 §5.1.7 refuses it)."""
    signer = world.signer("Alice Ed25519", key=pki.ed25519_key())
    digest = {"digest": "sha512", "digests": [pki.digest_algorithm("sha512")]}
    attributes = cms.usual_attributes(EVIL, "sha512")
    group_order = (1 << 252) + 27742317777372353535851937790883648493
    value = signer.key.sign("", der.set_of(*attributes))
    shifted = (int.from_bytes(value[32:], "little") + group_order).to_bytes(32, "little")
    forged = b"\1" + bytes(63) if what == "low_order" else value[:32] + shifted
    return signed_with(forged, signer, attributes=attributes, **digest), MISMATCH


@attack("digest_oid_of_the_same_length", "digest_of_signature_only", "both_unknown")
def digest_algorithm_lies(world: World, what: str) -> Made:
    """The name of a hash is not signed: another name must not make another text fit."""
    oid = {
        "digest_oid_of_the_same_length": "2.16.840.1.101.3.4.2.6",
        "both_unknown": "1.2.3.4",
    }.get(what)
    if what == "digest_of_signature_only":
        signed = cms.signed(world.ec, GOOD, digest_algorithm=pki.digest_algorithm("sha384"))
        return mail(mime.clear_signed(GOOD, signed)), failed("HASH_FAILURE", "digest_mismatch")
    assert oid
    signed = cms.signed(world.ec, EVIL, digest_algorithm=der.seq(der.oid(oid)))
    outcome = failed("HASH_FAILURE", "digest_mismatch")
    if what == "both_unknown":
        outcome = Outcome({"indication": "NOT_EVALUATED", "error": "unsupported_algorithm"})
    return mail(mime.clear_signed(EVIL, signed)), outcome


@attack()
def block_of_the_old_forger(world: World) -> Made:
    """Bleichenbacher 2006, as he wrote it on a napkin."""
    return signed_with(forged_cube(digest_info(), 256), with_exponent(world, 3)), MISMATCH
