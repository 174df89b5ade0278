"""Writes signatures_lanes.txt beside this file: RSA of each size and exponent with a kernel.

Run: python generate_lanes.py (needs `cryptography`, whose keys and signatures these are). Keys are
fresh on each run, so the file changes as a whole. The format is that of generate.py.
"""

import hashlib
import math
from pathlib import Path

import cryptography
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

MESSAGE = b"A message signed by another implementation.\r\n"
SIZES = [1024, 1536, 2047, 2048, 3072, 4096]
EXPONENTS = [65537, 3, 17]
out = []


def case(title, **fields):
    out.append(f"case: {title}")
    out.extend(f"{name}: {value}" for name, value in fields.items())
    out.append("")


def new_key(bits, exponent):
    """The library makes keys of e = 3 and 65,537 only; primes serve any exponent prime to them."""
    while True:
        key = rsa.generate_private_key(3 if exponent == 3 else 65537, bits)
        numbers = key.private_numbers()
        order = math.lcm(numbers.p - 1, numbers.q - 1)
        # Tests add one to the last octet, or take one away.
        if math.gcd(exponent, order) == 1 and numbers.p * numbers.q % 256 not in (1, 255):
            break
    d = pow(exponent, -1, order)
    public = rsa.RSAPublicNumbers(exponent, numbers.p * numbers.q)
    dp, dq = d % (numbers.p - 1), d % (numbers.q - 1)
    iqmp = rsa.rsa_crt_iqmp(numbers.p, numbers.q)
    return rsa.RSAPrivateNumbers(numbers.p, numbers.q, d, dp, dq, iqmp, public).private_key()


def octets(number):
    return number.to_bytes((number.bit_length() + 7) // 8).hex()


for bits in SIZES:
    for exponent in EXPONENTS:
        key = new_key(bits, exponent)
        fields = {"n": octets(key.public_key().public_numbers().n), "e": octets(exponent)}
        digest = hashlib.sha256(MESSAGE).hexdigest()
        case(
            f"rsa-{bits} e {exponent} sha256 (cryptography)",
            **fields,
            scheme="pkcs1",
            hash="sha256",
            digest=digest,
            signature=key.sign(MESSAGE, padding.PKCS1v15(), hashes.SHA256()).hex(),
        )
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
        case(
            f"rsa-{bits} e {exponent} pss sha256 (cryptography)",
            **fields,
            scheme="pss",
            hash="sha256",
            mgf1="sha256",
            salt="0020",
            digest=digest,
            signature=key.sign(MESSAGE, pss, hashes.SHA256()).hex(),
        )

head = [
    "# Written by generate_lanes.py (see there). Licence: Apache-2.0 OR MIT, as the project.",
    f"# cryptography {cryptography.__version__}.",
    "",
]
Path(__file__).with_name("signatures_lanes.txt").write_text("\n".join(head + out))
