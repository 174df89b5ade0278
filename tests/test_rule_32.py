"""RULES 32: every quirk is accepted and said, and refused by --strict."""

from __future__ import annotations

import pathlib
from collections.abc import Callable

import cms
import der
import mime
import pki
import pytest
import time_stamps
from world import World

import contract
import made
import smimebatch as sb
from smimebatch.schema import codes_of

FOLDER = pathlib.Path(__file__).parent / "data" / "mail"
TEXT = made.TEXT
# Quirks that a committed mail has.
FIXTURES = {
    "trailing_bytes": "cms-trailing-garbage",
    "mislabelled_encoding": "transfer-base64-undeclared",
    "pem_armour": "transfer-pem-pkcs7",
    "missing_end_of_contents": "cms-missing-end-of-contents-both",
    "unusual_version": "version-numbers-odd",
    "digest_algorithms_incomplete": "digest-algorithms-empty",
    "non_octet_string_content": "content-not-octet-string",
    "attributes_not_sorted": "attributes-unsorted-signed-unsorted",
    "attributes_not_der": "attributes-long-length-signed-as-received",
    "attributes_reencoded": "attributes-indefinite-signed-der",
    "two_hashes_named": "rsa-two-hashes-named",
    "unusual_digest_for_scheme": "ed25519-sha256",
    "pss_parameters_missing": "pss-parameters-absent",
    "raw_ecdsa_signature": "ecdsa-raw",
    "short_rsa_signature": "rsa-short-signature",
    "negative_modulus": "rsa-negative-modulus",
    "issuer_serial_mismatch": "ess-v1-issuer-serial-mismatch",
}


def trailing_element(world: World) -> bytes:
    info = der.parse(cms.signed(world.ec, TEXT))
    fields = [child.encoded for child in info.at(1, 0).children]
    return cms.content_info(cms.SIGNED_DATA, der.seq(*fields, der.integer(1)))


def empty_wrapper(world: World) -> bytes:
    return cms.signed(world.ec, TEXT, encapsulated=der.explicit(0))


def broken_certificate_set(world: World) -> bytes:
    return cms.signed(world.ec, TEXT, certificates=[*cms.carried(world.ec), b"\x30\x09"])


def broken_unsigned_attributes(world: World) -> bytes:
    return cms.signed(world.ec, TEXT, unsigned=lambda _: [b"\x30\x09"])


def typed_countersignature(world: World) -> bytes:
    def counter(signature: bytes) -> list[bytes]:
        return [cms.attribute(cms.COUNTERSIGNATURE, cms.signer_info(world.bob, signature))]

    certificates = [*cms.carried(world.ec), *cms.carried(world.bob)]
    return cms.signed(world.ec, TEXT, unsigned=counter, certificates=certificates)


def needless_parameters(world: World) -> bytes:
    signer = world.signer("Ed", key=pki.ed25519_key())
    algorithm = pki.algorithm("ed25519", der.NULL)
    return cms.signed(signer, TEXT, digest="sha512", signature_algorithm=algorithm)


def content_that_is_not_data(world: World) -> bytes:
    """RFC 8551 §2.4.2: over a part of mail, id-data."""
    dotted = "1.2.3.4"
    attributes = [cms.content_type(dotted), cms.signing_time(), cms.message_digest(TEXT)]
    return cms.signed(world.ec, TEXT, attributes=attributes, content_type=dotted)


def text_behind_base64(world: World) -> bytes:
    """Return a mail whose list has written into the part of the signature."""
    body = mime.encoded(cms.signed(world.ec, TEXT)).rstrip(b"=\r\n")
    part = body + b"==\r\n-- \r\nlist footer\r\n"
    return mime.header_block(subject="made") + mime.clear_signed(TEXT, b"", signature_body=part)


def stamped_with_default(world: World) -> bytes:
    """A time-stamp token that writes out that it is not ordered, which DER leaves out."""

    def stamp(signature: bytes) -> list[bytes]:
        info = time_stamps.tst_info(signature, more=bytes([1, 1, 0]))
        token = time_stamps.token(time_stamps.service(world.root), info)
        return [time_stamps.attribute(token)]

    return cms.signed(world.ec, TEXT, unsigned=stamp)


MADE: dict[str, Callable[[World], bytes]] = {
    "token_not_der": stamped_with_default,
    "trailing_elements": trailing_element,
    "empty_content_wrapper": empty_wrapper,
    "detached_content_not_data": content_that_is_not_data,
    "malformed_certificate_set": broken_certificate_set,
    "malformed_unsigned_attributes": broken_unsigned_attributes,
    "content_type_in_countersignature": typed_countersignature,
    "unexpected_algorithm_parameters": needless_parameters,
}


MAILS = {"base64_defects": text_behind_base64}


def rows_of(quirk: str, world: World, strict: bool) -> list[made.Row]:
    if quirk in MAILS:
        return made.judged(world, mime.lf(MAILS[quirk](world)), strict=strict)[1]
    if quirk in MADE:
        signed = MADE[quirk](world)
        raw = mime.lf(mime.header_block(subject="made") + mime.clear_signed(TEXT, signed))
        return made.judged(world, raw, strict=strict)[1]
    raw = (FOLDER / f"{FIXTURES[quirk]}.eml").read_bytes()
    trust = sb.Trust.load(FOLDER / "root.pem")
    batch = contract.record_batch([raw])
    found = sb.verify_batch(batch, trust=trust, now=contract.NOW, strict=strict)
    return contract.rows(found.signatures)


def test_rule_32_every_quirk_has_a_mail() -> None:
    assert sorted([*FIXTURES, *MADE, *MAILS]) == sorted(codes_of("quirk"))


@pytest.mark.parametrize("quirk", [*FIXTURES, *MADE, *MAILS])
def test_rule_32_quirk_is_accepted_and_strict_refuses_it(quirk: str, world: World) -> None:
    (row,) = [row for row in rows_of(quirk, world, strict=False) if quirk in row["quirks"]]
    assert row["crypto_result"] == "ok"
    assert "strict_quirk" not in row["reasons"]
    (row,) = [row for row in rows_of(quirk, world, strict=True) if quirk in row["quirks"]]
    assert (row["indication"], row["sub_indication"]) == ("TOTAL_FAILED", "FORMAT_FAILURE")
    assert "strict_quirk" in row["reasons"]


@pytest.mark.parametrize("octets", [1, 2, 3, 4])
@pytest.mark.parametrize("behind", [b"", b"garbage", b"\r\n", b"\x30\x82", b"\xff"])
def test_rule_32_object_that_lacks_its_end_still_verifies(
    octets: int, behind: bytes, world: World
) -> None:
    info = der.parse(cms.signed(world.ec, TEXT))
    whole = b"\x30\x80" + info.at(0).encoded + b"\xa0\x80" + info.at(1, 0).encoded + bytes(4)
    signed = whole[:-octets] + behind
    raw = mime.lf(mime.header_block(subject="made") + mime.clear_signed(TEXT, signed))
    message, (row,) = made.judged(world, raw)
    assert "missing_end_of_contents" in row["quirks"]
    assert message["indication"] == "TOTAL_PASSED"
    assert made.judged(world, raw, strict=True)[0]["sub_indication"] == "FORMAT_FAILURE"
