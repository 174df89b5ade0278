"""Writes signatures.txt beside this file: signatures by implementations other than the one tested.

Run: python generate.py (needs `cryptography`; `openssl` on the path makes primes of odd sizes).
Keys are fresh on each run, so the file changes as a whole. Two makers, named in each case:

* cryptography: a library signs (PKCS#1 v1.5, PSS, DSA, ECDSA, Ed25519);
* arithmetic: the encoded message is built here and raised to d with `pow`, for what libraries
  refuse to make (512-bit keys, exponents above 64 bits, absent parameters, 16,384 bits as a
  product of 512-bit primes).

A case is lines of `name: hexadecimal or word`, ended by an empty line.
"""

import hashlib
import math
import secrets
import subprocess
import sys
from pathlib import Path

import cryptography
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding, rsa

MESSAGE = b"Content-Type: text/plain\r\n\r\nsmimebatch test vector\r\n"
HASHES = {
    "md5": (hashes.MD5(), "md5", "06082a864886f70d0205"),
    "sha1": (hashes.SHA1(), "sha1", "06052b0e03021a"),
    "sha224": (hashes.SHA224(), "sha224", "0609608648016503040204"),
    "sha256": (hashes.SHA256(), "sha256", "0609608648016503040201"),
    "sha384": (hashes.SHA384(), "sha384", "0609608648016503040202"),
    "sha512": (hashes.SHA512(), "sha512", "0609608648016503040203"),
    "sha512_256": (hashes.SHA512_256(), "sha512_256", "0609608648016503040206"),
}
out = []


def digest(name):
    return hashlib.new(HASHES[name][1], MESSAGE).digest()


def number(value):
    return value.to_bytes((value.bit_length() + 7) // 8).hex()


def case(title, **fields):
    out.append(f"case: {title}")
    out.extend(f"{name}: {value}" for name, value in fields.items())
    out.append("")


def prime(bits):
    command = ["openssl", "prime", "-generate", "-bits", str(bits)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def odd_key(bits, exponent, prime_bits):
    """A modulus of exactly so many bits from smaller primes, and the next possible exponent."""
    while True:
        primes = [prime(prime_bits) for _ in range(bits // prime_bits - 1)]
        primes.append(prime(bits - math.prod(primes).bit_length() + secrets.randbelow(2)))
        n = math.prod(primes)
        order = math.lcm(*(p - 1 for p in primes))
        if n.bit_length() == bits and (exponent > 2**65 or math.gcd(exponent, order) == 1):
            while math.gcd(exponent, order) != 1:
                exponent += 2
            return n, exponent, pow(exponent, -1, order)


def pkcs1_block(octets, hash_name, null):
    algorithm = bytes.fromhex(HASHES[hash_name][2]) + (b"\x05\x00" if null else b"")
    value = digest(hash_name)
    info = bytes([0x30, len(algorithm)]) + algorithm + bytes([0x04, len(value)]) + value
    info = bytes([0x30, len(info)]) + info
    return b"\x00\x01" + b"\xff" * (octets - 3 - len(info)) + b"\x00" + info


def arithmetic(title, key, hash_name, null=True):
    n, e, d = key
    octets = (n.bit_length() + 7) // 8
    value = pow(int.from_bytes(pkcs1_block(octets, hash_name, null)), d, n)
    case(
        f"{title} {hash_name}{'' if null else ' absent parameters'} (arithmetic)",
        n=number(n),
        e=number(e),
        scheme="pkcs1",
        hash=hash_name,
        digest=digest(hash_name).hex(),
        signature=value.to_bytes(octets).hex(),
    )


def leading_zero(title, key):
    """A signature value that needs an octet less than the modulus: one digest in 256 gives one."""
    n, e, d = key
    octets = (n.bit_length() + 7) // 8
    for counter in range(100_000):
        value = hashlib.sha256(MESSAGE + counter.to_bytes(4)).digest()
        block = pkcs1_block(octets, "sha256", True)[:-32] + value
        signature = pow(int.from_bytes(block), d, n)
        if signature.bit_length() <= 8 * (octets - 1):
            case(
                f"{title} (arithmetic)",
                n=number(n),
                e=number(e),
                scheme="pkcs1",
                hash="sha256",
                digest=value.hex(),
                signature=signature.to_bytes(octets).hex(),
            )
            return


def library_rsa(bits, exponent=65537):
    key = rsa.generate_private_key(exponent, bits)
    public = key.public_key().public_numbers()
    common = {"n": number(public.n), "e": number(public.e)}
    for name, (hash_, _, _) in HASHES.items():
        signature = key.sign(MESSAGE, padding.PKCS1v15(), hash_)
        case(
            f"rsa-{bits} {name} (cryptography)",
            **common,
            scheme="pkcs1",
            hash=name,
            digest=digest(name).hex(),
            signature=signature.hex(),
        )
    octets = ((bits - 1) + 7) // 8
    for name, mgf1_name, salt in [
        ("sha1", "sha1", 20),
        ("sha256", "sha256", 32),
        ("sha256", "sha1", 0),
        ("sha384", "sha256", 1),
        ("sha224", "sha512", 28),
        ("sha256", "sha256", octets - 32 - 2),
    ]:
        scheme = padding.PSS(padding.MGF1(HASHES[mgf1_name][0]), salt)
        signature = key.sign(MESSAGE, scheme, HASHES[name][0])
        case(
            f"rsa-{bits} pss {name} mgf1 {mgf1_name} salt {salt} (cryptography)",
            **common,
            scheme="pss",
            hash=name,
            mgf1=mgf1_name,
            salt=f"{salt:04x}",
            digest=digest(name).hex(),
            signature=signature.hex(),
        )


def library_dsa(bits, q_bits_expected):
    key = dsa.generate_private_key(bits)
    public = key.public_key().public_numbers()
    parameters = public.parameter_numbers
    assert parameters.q.bit_length() == q_bits_expected
    for name in ["sha1", "sha256", "sha512"]:
        signature = key.sign(MESSAGE, HASHES[name][0])
        case(
            f"dsa-{bits} {name} (cryptography)",
            p=number(parameters.p),
            q=number(parameters.q),
            g=number(parameters.g),
            y=number(public.y),
            scheme="dsa",
            digest=digest(name).hex(),
            signature=signature.hex(),
        )


def library_ec(name, curve):
    key = ec.generate_private_key(curve)
    form = serialization.PublicFormat
    points = [
        key.public_key().public_bytes(serialization.Encoding.X962, which).hex()
        for which in (form.UncompressedPoint, form.CompressedPoint)
    ]
    for hash_name in ["sha1", "sha256", "sha512"]:
        signature = key.sign(MESSAGE, ec.ECDSA(HASHES[hash_name][0]))
        case(
            f"{name} {hash_name} (cryptography)",
            curve=name,
            point=points[0],
            compressed=points[1],
            scheme="ecdsa",
            digest=digest(hash_name).hex(),
            signature=signature.hex(),
        )


def library_ed25519():
    key = ed25519.Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw()
    case(
        "ed25519 (cryptography)",
        ed25519=public.hex(),
        scheme="ed25519",
        message=MESSAGE.hex(),
        signature=key.sign(MESSAGE).hex(),
    )


small = odd_key(512, 65537, 256)
for hash_name in ["md5", "sha1", "sha256"]:
    arithmetic("rsa-512", small, hash_name)
arithmetic("rsa-513", odd_key(513, 65537, 256), "sha256")
for bits in [1023, 1025, 1031]:
    arithmetic(f"rsa-{bits}", odd_key(bits, 3, 512), "sha1")
wide = odd_key(1024, 65537, 512)
for hash_name in HASHES:
    arithmetic("rsa-1024", wide, hash_name, null=False)
leading_zero("rsa-1024 leading zero", wide)
arithmetic("rsa-1024 e of 64 bits", odd_key(1024, 2**64 - 59, 512), "sha256")
arithmetic("rsa-1024 e of 65 bits", odd_key(1024, 2**64 + 13, 512), "sha256")
arithmetic(
    "rsa-3072 e of 3000 bits",
    odd_key(3072, 2**2999 + 1 + 2 * secrets.randbits(2990), 512),
    "sha256",
)
arithmetic("rsa-16384", odd_key(16384, 65537, 512), "sha512")
library_rsa(1024, 3)
library_rsa(1025)
library_rsa(2048)
library_rsa(3072)
library_dsa(1024, 160)
library_dsa(2048, 256)
library_dsa(3072, 256)
library_ec("p256", ec.SECP256R1())
library_ec("p384", ec.SECP384R1())
library_ec("p521", ec.SECP521R1())
library_ed25519()

version = subprocess.run(
    ["openssl", "version"], check=True, capture_output=True, text=True
).stdout.split()[1]
head = [
    "# Written by generate.py (see there). Licence: Apache-2.0 OR MIT, as the project.",
    f"# Python {sys.version.split()[0]}, cryptography {cryptography.__version__}, "
    f"OpenSSL {version} for primes.",
    "",
]
Path(__file__).with_name("signatures.txt").write_text("\n".join(head + out))
