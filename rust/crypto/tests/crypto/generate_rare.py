"""Writes signatures_rare.txt beside this file: what generate.py has not, signed by OpenSSL.

Run: python generate_rare.py OPENSSL_3 OPENSSL_4 (two `openssl` programs; the first for the curves
and Ed448, the second for ML-DSA and SLH-DSA, which came with 3.5). Keys are fresh on each run, so
the file changes as a whole. PKCS#1 v1.5 over MD2 and RIPEMD-160 is built here and raised to d with
`pow`, for no library signs with them. The form is that of signatures.txt.
"""

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

MESSAGE = b"Content-Type: text/plain\r\n\r\nsmimebatch test vector\r\n"
CURVES = ["prime192v1", "secp224r1", "secp256k1"]
CURVES += [f"secp{name}" for name in ("160k1", "160r1", "160r2", "192k1", "224k1")]
CURVES += [
    f"brainpoolP{bits}{kind}1" for bits in (160, 192, 224, 256, 320, 384, 512) for kind in "rt"
]
ML_DSA = ["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"]
# The other ten sets are in acvp/, for size.
SLH_DSA = ["SLH-DSA-SHA2-128s", "SLH-DSA-SHAKE-128s"]
# The digest of MESSAGE, by RFC 1319 §3 written down in Python, which gives the answers of §A.5.
MD2_OF_MESSAGE = "40a392d7931f984ad0b2fbc3948eddbc"
out = []


def case(title, **fields):
    out.append(f"case: {title}")
    out.extend(f"{name}: {value}" for name, value in fields.items())
    out.append("")


class Folder:
    """An `openssl` in a folder of its own, with the message in `message`."""

    def __init__(self, program):
        self.program, self.path = program, Path(tempfile.mkdtemp())
        (self.path / "message").write_bytes(MESSAGE)

    def run(self, *arguments):
        command = [self.program, *arguments]
        return subprocess.run(command, cwd=self.path, check=True, capture_output=True).stdout

    def key(self, *options):
        self.run("genpkey", "-out", "key.pem", *options)

    def public(self):
        return self.run("pkey", "-in", "key.pem", "-pubout", "-outform", "DER")

    def sign(self, *options):
        self.run("pkeyutl", "-sign", "-inkey", "key.pem", "-in", "message", "-out", "s", *options)
        return (self.path / "s").read_bytes().hex()


def ecdsa(openssl, curve, digest):
    openssl.key("-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{curve}")
    spki = openssl.public()
    point = spki[spki.index(b"\x00\x04", 20) + 1 :]
    name = digest.replace("-", "_")
    case(
        f"{curve} {digest} (openssl)",
        curve=curve,
        point=point.hex(),
        scheme="ecdsa",
        digest=hashlib.new(name, MESSAGE).hexdigest(),
        signature=openssl.sign("-rawin", "-digest", digest),
    )


def whole_message(openssl, algorithm, scheme, key_octets, *options):
    openssl.key("-algorithm", algorithm)
    case(
        f"{algorithm.lower()} (openssl)",
        key=openssl.public()[-key_octets:].hex(),
        scheme=scheme,
        set=algorithm.lower(),
        message=MESSAGE.hex(),
        signature=openssl.sign("-rawin", *options),
    )


def pkcs1(openssl, hash_name, oid, digest):
    """RFC 8017 §9.2 by arithmetic, with a key of OpenSSL."""
    openssl.key("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024")
    text = openssl.run("rsa", "-in", "key.pem", "-noout", "-text").decode()

    def number(name, end):
        part = text.split(name + ":")[1].split(end)[0]
        return int("".join(part.split()).replace(":", ""), 16)

    n, d = number("modulus", "publicExponent"), number("privateExponent", "prime1")
    algorithm = bytes.fromhex(oid) + b"\x05\x00"
    info = bytes([0x30, len(algorithm)]) + algorithm + bytes([0x04, len(digest)]) + digest
    info = bytes([0x30, len(info)]) + info
    block = b"\x00\x01" + b"\xff" * (128 - 3 - len(info)) + b"\x00" + info
    case(
        f"rsa-1024 {hash_name} (arithmetic)",
        n=f"{n:x}",
        e="010001",
        scheme="pkcs1",
        hash=hash_name,
        digest=digest.hex(),
        signature=pow(int.from_bytes(block), d, n).to_bytes(128).hex(),
    )


def main():
    old, new = Folder(sys.argv[1]), Folder(sys.argv[2])
    for curve in CURVES:
        ecdsa(old, curve, "sha256")
    ecdsa(old, "brainpoolP512r1", "sha512")
    ecdsa(old, "brainpoolP512t1", "sha3-512")
    ecdsa(old, "secp160r1", "sha1")
    whole_message(old, "ED448", "ed448", 57)
    for algorithm, octets in zip(ML_DSA, (1312, 1952, 2592), strict=True):
        whole_message(new, algorithm, "ml-dsa", octets)
    for algorithm in SLH_DSA:
        whole_message(new, algorithm, "slh-dsa", 32)
    pkcs1(old, "md2", "06082a864886f70d0202", bytes.fromhex(MD2_OF_MESSAGE))
    pkcs1(old, "ripemd160", "06052b24030201", hashlib.new("ripemd160", MESSAGE).digest())
    versions = [folder.run("version").decode().split()[1] for folder in (old, new)]
    head = [
        "# Written by generate_rare.py (see there). Licence: Apache-2.0 OR MIT, as the project.",
        f"# OpenSSL {versions[0]} and {versions[1]}.",
        "",
    ]
    Path(__file__).with_name("signatures_rare.txt").write_text("\n".join(head + out))


main()
