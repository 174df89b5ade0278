"""RULES 14: odd RSA keys and signature values, from certificate to row.

Made when the test runs, with throw-away keys. Sizes and exponents at their exact bounds are tests
of rust/crypto; the fixtures have negative modulus, short signature, e = 1 and e = 3.
"""

import datetime as dt
import pathlib
import sys

import pyarrow as pa
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

import smimebatch as sb

sys.path.insert(0, str(pathlib.Path(__file__).parent / "interop"))

import cms
import der
import mime
import pki
from world import ALICE, World

TEXT = b"Content-Type: text/plain\r\n\r\nsigned\r\n"
LONG_EXPONENT = 2**64 + 13


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture(scope="module")
def primes() -> tuple[int, int]:
    numbers = rsa.generate_private_key(65537, 2048).private_numbers()
    return numbers.p, numbers.q


def key(primes: tuple[int, int], exponent: int) -> pki.RsaKey:
    p, q = primes
    return pki.RsaKey(p * q, exponent, pow(exponent, -1, (p - 1) * (q - 1)))


def verify(world: World, leaf: pki.Certificate, **options: object) -> dict:
    raw = mime.header_block(ALICE, "rule-14")
    raw += mime.clear_signed(TEXT, cms.signed(leaf, TEXT, **options))
    found = sb.verify_batch(
        pa.record_batch({"raw": [raw]}),
        trust=sb.Trust.from_certificates([x509.load_pem_x509_certificate(world.root.pem)]),
        now=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    )
    return found.signatures.to_pylist()[0]


def unusable(world: World, n: int, e: int) -> dict:
    """A key that no signature can hold under; the value is made up."""
    leaf = world.signer("Alice odd", key=pki.RsaKey(n, e, 1))
    return verify(world, leaf, sign=lambda _: bytes([1]) * ((n.bit_length() + 7) // 8))


def test_rule_14_exponent_above_64_bits_verifies_below_3072_bits(world, primes):
    p, q = primes
    exponent = LONG_EXPONENT
    while (p - 1) % exponent == 0 or (q - 1) % exponent == 0:
        exponent += 2
    row = verify(world, world.signer("Alice long e", key=key(primes, exponent)))
    assert (row["crypto_result"], row["key_bits"], row["quirks"]) == ("ok", 2048, [])
    assert row["indication"] == "TOTAL_PASSED"


def test_rule_14_exponent_above_64_bits_is_not_evaluated_over_3072_bits(world):
    row = unusable(world, (1 << 4095) + 1, LONG_EXPONENT)
    assert (row["crypto_result"], row["indication"]) == ("unsupported_algorithm", "NOT_EVALUATED")
    assert row["key_bits"] == 4096


@pytest.mark.parametrize("exponent", [1, 2, 65536])
def test_rule_14_exponent_of_one_or_even_is_malformed(world, exponent):
    row = unusable(world, (1 << 2047) + 1, exponent)
    assert (row["crypto_result"], row["indication"]) == ("malformed", "TOTAL_FAILED")


@pytest.mark.parametrize("bits", [511, 16_385])
def test_rule_14_modulus_outside_the_bounds_is_not_evaluated(world, bits):
    row = unusable(world, (1 << (bits - 1)) + 1, 65537)
    assert (row["crypto_result"], row["indication"]) == ("unsupported_algorithm", "NOT_EVALUATED")


def test_rule_14_negative_modulus_and_short_signature_are_two_quirks(world, primes):
    good = key(primes, 65537)
    modulus = good.n.to_bytes(good.size, "big")
    numbers = der.seq(der.integer_octets(modulus), der.integer(good.e))
    spki = der.seq(pki.algorithm("rsaEncryption"), der.bits(numbers))
    leaf = world.signer("Alice negative", key=good, spki=spki)
    for second in range(20_000):
        when = cms.SIGNED_AT + dt.timedelta(seconds=second)
        attributes = [cms.content_type(), cms.signing_time(when), cms.message_digest(TEXT)]
        value = good.sign("sha256", der.set_of(*attributes))
        if value[0] == 0:
            break
    row = verify(world, leaf, attributes=attributes, sign=lambda _: value.lstrip(b"\0"))
    assert (row["crypto_result"], row["indication"]) == ("ok", "TOTAL_PASSED")
    assert row["quirks"] == ["short_rsa_signature", "negative_modulus"]
    longer = verify(world, leaf, attributes=attributes, sign=lambda _: b"\0" + value)
    assert longer["crypto_result"] == "signature_mismatch"
