"""RSA keys of every weak kind, made from a seed, in certificates that only say so.

Origin: this file. Primes are found by Miller and Rabin's test with fixed bases; nothing is signed,
as nothing here asks for the signature.
"""

from __future__ import annotations

import hashlib
import random

import pyarrow as pa
from der import tlv

from smimebatch.schema import dataset_schema

SMALL_PRIMES = [n for n in range(3, 168) if all(n % d for d in range(2, n))]


def is_prime(number: int) -> bool:
    if any(number % prime == 0 for prime in SMALL_PRIMES):
        return number in SMALL_PRIMES
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in SMALL_PRIMES[:12]:
        power = pow(base, odd, number)
        if power in (1, number - 1):
            continue
        if not any((power := power * power % number) == number - 1 for _ in range(twos - 1)):
            return False
    return True


def prime(chance: random.Random, bits: int) -> int:
    while True:
        found = chance.getrandbits(bits) | 3 << bits - 2 | 1
        if is_prime(found):
            return found


def roca_prime(chance: random.Random, bits: int) -> int:
    """k M + (65537^a mod M), as the flawed library made them."""
    product = 2
    for factor in SMALL_PRIMES:
        product *= factor
    while True:
        k = chance.randrange((3 << bits - 2) // product + 1, (1 << bits) // product)
        found = k * product + pow(65537, chance.getrandbits(60), product)
        if is_prime(found):
            return found


def integer(number: int) -> bytes:
    return tlv(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def certificate(modulus: int, exponent: int = 65537, serial: int = 1) -> bytes:
    """A certificate of this key, with a signature of zeros."""
    name = tlv(0x30, tlv(0x31, tlv(0x30, tlv(0x06, b"\x55\x04\x03"), tlv(0x0C, b"Weak"))))
    algorithm = tlv(0x30, tlv(0x06, b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"), tlv(0x05))
    rsa = tlv(0x30, tlv(0x06, b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"), tlv(0x05))
    key = tlv(0x30, integer(modulus), integer(exponent))
    validity = tlv(0x30, tlv(0x17, b"200101000000Z"), tlv(0x17, b"300101000000Z"))
    spki = tlv(0x30, rsa, tlv(0x03, b"\0", key))
    version = tlv(0xA0, integer(2))
    tbs = tlv(0x30, version, integer(serial), algorithm, name, validity, name, spki)
    return tlv(0x30, tbs, algorithm, tlv(0x03, b"\0" + bytes(64)))


def sightings(ders: list[bytes]) -> pa.Table:
    schema = dataset_schema("certificate_sightings")
    columns = {
        "sha256": [hashlib.sha256(der).digest() for der in ders],
        "der": ders,
        "messages": [1] * len(ders),
        "first_seen": [None] * len(ders),
        "last_seen": [None] * len(ders),
    }
    return pa.table([pa.array(columns[f.name], f.type) for f in schema], schema=schema)
