"""Hand-made SignedData: algorithm names and signature values. RULES 7 and 9 to 15."""

from __future__ import annotations

import datetime as dt

import cms
import der
import pki
from crafted import (
    NO_QUIRK,
    QUIRK,
    TEXT,
    WEAK,
    clear,
    refused,
)
from world import World, explicit_curve


def all_cases(world: World) -> None:
    algorithm_names(world)
    rsa_oddities(world)
    elliptic_oddities(world)


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
