"""Writes one clear-signed mail per algorithm beside this file, with the rows it must give.

Run: python generate.py OPENSSL_3 OPENSSL_4 (two `openssl` programs; the second for ML-DSA and SLH-DSA,
which came with 3.5). Keys are fresh on each run, so the files change as a whole. Signer and root use
the same algorithm, and sign with these keys:

* RSA: integers and `pow`, over MD2 (md2.py), RIPEMD-160 and the rest (tests/interop/pki.py);
* everything else: the `openssl` program, over a digest for DSA and ECDSA, else over the message.

expected.json has a row per mail: the columns that must have these values. Mails that must not be
evaluated, or not be valid, are at the end.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "interop"))

import cms  # noqa: E402
import der  # noqa: E402
import mime  # noqa: E402
import pki  # noqa: E402
from md2 import md2  # noqa: E402

NIST = "2.16.840.1.101.3.4"
SHAKE_OCTETS = {"shake128": 32, "shake256": 64}
DIGESTS = {
    "md2": "1.2.840.113549.2.2",
    "ripemd160": "1.3.36.3.2.1",
    "sha512-224": f"{NIST}.2.5",
    "sha512-256": f"{NIST}.2.6",
    "sha3-224": f"{NIST}.2.7",
    "sha3-256": f"{NIST}.2.8",
    "sha3-384": f"{NIST}.2.9",
    "sha3-512": f"{NIST}.2.10",
    "shake128": f"{NIST}.2.11",
    "shake256": f"{NIST}.2.12",
}
pki.OIDS |= DIGESTS
SIGNATURES = {
    "md2WithRSAEncryption": "1.2.840.113549.1.1.2",
    "ripemd160WithRSASignature": "1.3.36.3.3.1.2",
    "sha512-224WithRSAEncryption": "1.2.840.113549.1.1.15",
    "sha512-256WithRSAEncryption": "1.2.840.113549.1.1.16",
    "id-rsassa-pkcs1-v1_5-with-sha3-224": f"{NIST}.3.13",
    "id-rsassa-pkcs1-v1_5-with-sha3-256": f"{NIST}.3.14",
    "id-rsassa-pkcs1-v1_5-with-sha3-384": f"{NIST}.3.15",
    "id-rsassa-pkcs1-v1_5-with-sha3-512": f"{NIST}.3.16",
    "ecdsa-with-SHA256": "1.2.840.10045.4.3.2",
    "ecdsa-with-sha3-224": f"{NIST}.3.9",
    "ecdsa-with-sha3-256": f"{NIST}.3.10",
    "ecdsa-with-sha3-384": f"{NIST}.3.11",
    "ecdsa-with-sha3-512": f"{NIST}.3.12",
    "ecSignWithripemd160": "1.3.36.3.3.2.2",
    "shake128-rsassa-pss": "1.3.6.1.5.5.7.6.30",
    "shake256-rsassa-pss": "1.3.6.1.5.5.7.6.31",
    "shake128-ecdsa": "1.3.6.1.5.5.7.6.32",
    "shake256-ecdsa": "1.3.6.1.5.5.7.6.33",
    "md5WithRSAEncryption": "1.2.840.113549.1.1.4",
    "sha1WithRSAEncryption": "1.2.840.113549.1.1.5",
    "sha256WithRSAEncryption": "1.2.840.113549.1.1.11",
    "sha384WithRSAEncryption": "1.2.840.113549.1.1.12",
    "sha512WithRSAEncryption": "1.2.840.113549.1.1.13",
    "sha224WithRSAEncryption": "1.2.840.113549.1.1.14",
    "ecdsa-with-SHA1": "1.2.840.10045.4.1",
    "ecdsa-with-SHA224": "1.2.840.10045.4.3.1",
    "ecdsa-with-SHA384": "1.2.840.10045.4.3.3",
    "ecdsa-with-SHA512": "1.2.840.10045.4.3.4",
    "dsa-with-SHA1": "1.2.840.10040.4.3",
    "dsa-with-SHA224": f"{NIST}.3.1",
    "dsa-with-SHA256": f"{NIST}.3.2",
    "dsa-with-SHA384": f"{NIST}.3.3",
    "dsa-with-SHA512": f"{NIST}.3.4",
    "dsa-with-sha3-224": f"{NIST}.3.5",
    "dsa-with-sha3-256": f"{NIST}.3.6",
    "dsa-with-sha3-384": f"{NIST}.3.7",
    "dsa-with-sha3-512": f"{NIST}.3.8",
    "ed448": "1.3.101.113",
    "ml-dsa-44": f"{NIST}.3.17",
    "ml-dsa-65": f"{NIST}.3.18",
    "ml-dsa-87": f"{NIST}.3.19",
    "hash-ml-dsa-44-with-sha512": f"{NIST}.3.32",
    "gost3411-2012-256-gost3410-2012": "1.2.643.7.1.1.3.2",
}
SLH_DSA = [
    f"slh-dsa-{kind}-{bits}{size}"
    for kind in ("sha2", "shake")
    for bits in (128, 192, 256)
    for size in "sf"
]
SIGNATURES |= {name: f"{NIST}.3.{20 + at}" for at, name in enumerate(SLH_DSA)}
WITH_NULL = ("md2With", "md5With", "sha", "ripemd160With", "id-rsassa")
CURVES = {"secp192r1": "prime192v1", "secp256r1": "prime256v1"}
SEC = [
    "192r1",
    "224r1",
    "256r1",
    "384r1",
    "521r1",
    "160k1",
    "160r1",
    "160r2",
    "192k1",
    "224k1",
    "256k1",
]
BRAINPOOL = [
    f"brainpoolP{bits}{kind}1" for bits in (160, 192, 224, 256, 320, 384, 512) for kind in "rt"
]


def hashed(digest: str, data: bytes) -> bytes:
    """Instead of pki's: MD2, and the lengths of RFC 8702."""
    if digest == "md2":
        return md2(data)
    made = hashlib.new(digest.replace("shake", "shake_").replace("sha512-", "sha512_"), data)
    return made.digest(SHAKE_OCTETS[digest]) if digest in SHAKE_OCTETS else made.digest()


pki.hashed = hashed


@dataclass
class Rsa:
    """RSA with a signature algorithm of its own."""

    key: pki.RsaKey
    digest: str
    kind: str = "other"

    def spki(self) -> bytes:
        return self.key.spki()

    def sign(self, digest: str, data: bytes) -> bytes:
        value = hashed(self.digest, data)
        if self.digest in SHAKE_OCTETS:
            return self.pss_shake(value)
        return self.key.pkcs1(self.digest, value)

    def pss_shake(self, value: bytes) -> bytes:
        """EMSA-PSS with the extendable function for hash and mask (RFC 8702 §3.2.1)."""
        size, octets = len(value), self.key.size
        salt = os.urandom(size)
        inner = hashed(self.digest, bytes(8) + value + salt)
        block = bytes(octets - 2 * size - 2) + b"\1" + salt
        mask = hashlib.new(self.digest.replace("shake", "shake_"), inner).digest(len(block))
        masked = bytearray(a ^ b for a, b in zip(block, mask, strict=True))
        masked[0] &= 0x7F
        return self.key.raw(bytes(masked) + inner + b"\xbc")


class Openssl:
    """A key of the `openssl` program."""

    kind = "other"

    def __init__(self, program: str, *options: str, digest: str | None = None) -> None:
        self.program, self.digest = program, digest
        self.folder = Path(tempfile.mkdtemp())
        self.run("genpkey", "-out", "key.pem", *options)

    def run(self, *arguments: str) -> bytes:
        command = [self.program, *arguments]
        return subprocess.run(command, cwd=self.folder, check=True, capture_output=True).stdout

    def spki(self) -> bytes:
        return self.run("pkey", "-in", "key.pem", "-pubout", "-outform", "DER")

    def sign(self, digest: str, data: bytes) -> bytes:
        raw = [] if self.digest else ["-rawin"]
        (self.folder / "data").write_bytes(hashed(self.digest, data) if self.digest else data)
        self.run("pkeyutl", "-sign", "-inkey", "key.pem", "-in", "data", "-out", "s", *raw)
        return (self.folder / "s").read_bytes()


def dsa_key(program: str, digest: str) -> Openssl:
    parameters = Path(tempfile.mkdtemp()) / "parameters.pem"
    sizes = ["-pkeyopt", "dsa_paramgen_bits:2048", "-pkeyopt", "dsa_paramgen_q_bits:256"]
    command = [program, "genpkey", "-genparam", "-algorithm", "DSA", *sizes, "-out", parameters]
    subprocess.run(command, check=True, capture_output=True)
    return Openssl(program, "-paramfile", str(parameters), digest=digest)


def identifier(name: str) -> bytes:
    has_null = name.startswith(WITH_NULL) and not name.startswith("shake")
    return der.seq(der.oid(SIGNATURES[name]), der.NULL if has_null else b"")


class Writer:
    def __init__(self) -> None:
        self.roots: list[pki.Certificate] = []
        self.expected: list[dict] = []

    def signer(self, name: str, make: object, algorithm: str) -> pki.Certificate:
        """A root and Alice under it, both with keys of `make` and that algorithm."""
        usual, pki.signature_algorithm = pki.signature_algorithm, lambda *_: identifier(algorithm)
        root = pki.authority(f"Root {name}", make())
        leaf = pki.leaf(f"Alice {name}", make(), root, "alice@example.org")
        pki.signature_algorithm = usual
        self.roots.append(root)
        return leaf

    def mail(
        self,
        name: str,
        leaf: pki.Certificate,
        digest: str,
        algorithm: str,
        row: dict,
        **options: object,
    ) -> None:
        body = cms.signed(
            leaf,
            mime.TEXT,
            digest=digest,
            digests=[pki.digest_algorithm(digest)],
            digest_algorithm=pki.digest_algorithm(digest),
            signature_algorithm=options.pop("signature_algorithm", None) or identifier(algorithm),
            **options,
        )
        text = mime.header_block(subject=name) + mime.clear_signed(mime.TEXT, body)
        (HERE / f"{name}.eml").write_bytes(text)
        columns = {"digest_algorithm": digest, "signature_algorithm": algorithm}
        if digest in WEAK:
            row = {name: value for name, value in row.items() if name != "indication"}
        self.expected.append({"file": f"{name}.eml"} | columns | row)

    def both(
        self, name: str, make: object, digest: str, algorithm: str, row: dict
    ) -> pki.Certificate:
        leaf = self.signer(name, make, algorithm)
        self.mail(name, leaf, digest, algorithm, PASSED | row)
        return leaf


PASSED = {
    "crypto_result": "ok",
    "chain_result": "ok",
    "indication": "TOTAL_PASSED",
    "curve": None,
    "quirks": [],
    "signature_parameters": None,
}
# Right as mathematics; what the day says of them is the sunset table's matter.
WEAK = ("md2", "md5", "sha1")
REFUSED = {"crypto_result": "unsupported_algorithm", "indication": "NOT_EVALUATED"}
NO_MATCH = {"crypto_result": "signature_mismatch", "indication": "TOTAL_FAILED"}


def rsa_cases(writer: Writer) -> None:
    rsa = {"key_algorithm": "rsa", "key_bits": 2048}

    def key(digest: str) -> object:
        return lambda: Rsa(pki.rsa_key(), digest)

    writer.both("rsa-md2", key("md2"), "md2", "md2WithRSAEncryption", rsa)
    writer.both("rsa-ripemd160", key("ripemd160"), "ripemd160", "ripemd160WithRSASignature", rsa)
    for digest in (
        "md5",
        "sha1",
        "sha224",
        "sha256",
        "sha384",
        "sha512",
        "sha512-224",
        "sha512-256",
    ):
        writer.both(f"rsa-{digest}", key(digest), digest, f"{digest}WithRSAEncryption", rsa)
    for digest in ("sha3-224", "sha3-256", "sha3-384", "sha3-512"):
        name = f"id-rsassa-pkcs1-v1_5-with-{digest}"
        writer.both(f"rsa-{digest}", key(digest), digest, name, rsa)
    for digest, octets in SHAKE_OCTETS.items():
        row = rsa | {"signature_parameters": f"hash={digest} mgf={digest} salt={octets}"}
        writer.both(f"rsa-pss-{digest}", key(digest), digest, f"{digest}-rsassa-pss", row)


def curve_cases(writer: Writer, program: str) -> None:
    def key(curve: str, digest: str = "sha256") -> object:
        options = ["-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{CURVES.get(curve, curve)}"]
        return lambda: Openssl(program, *options, digest=digest)

    for curve in [*(f"secp{name}" for name in SEC), *BRAINPOOL]:
        bits = int("".join(c for c in curve.removeprefix("secp").removeprefix("brainpoolP")[:3]))
        row = {"key_algorithm": "ec", "key_bits": bits, "curve": curve}
        writer.both(f"ecdsa-{curve}", key(curve), "sha256", "ecdsa-with-SHA256", row)
    row = {"key_algorithm": "ec", "key_bits": 256, "curve": "secp256r1"}
    for digest in ("sha3-224", "sha3-256", "sha3-384", "sha3-512"):
        make = key("secp256r1", digest)
        writer.both(f"ecdsa-{digest}", make, digest, f"ecdsa-with-{digest}", row)
    for digest in SHAKE_OCTETS:
        writer.both(f"ecdsa-{digest}", key("secp256r1", digest), digest, f"{digest}-ecdsa", row)
    make = key("secp256r1", "ripemd160")
    writer.both("ecdsa-ripemd160", make, "ripemd160", "ecSignWithripemd160", row)
    for digest in ("sha1", "sha224", "sha384", "sha512"):
        make = key("secp256r1", digest)
        writer.both(f"ecdsa-{digest}", make, digest, f"ecdsa-with-{digest.upper()}", row)
    row = {"key_algorithm": "dsa", "key_bits": 2048}
    for digest in (
        "sha1",
        "sha224",
        "sha256",
        "sha384",
        "sha512",
        "sha3-224",
        "sha3-256",
        "sha3-384",
        "sha3-512",
    ):
        name = digest if "-" in digest else digest.upper()
        make = lambda digest=digest: dsa_key(program, digest)  # noqa: E731
        writer.both(f"dsa-{digest}", make, digest, f"dsa-with-{name}", row)
    # The library has binary curves, and we do not; its certificate is not ours to judge.
    leaf = writer.signer("sect283r1", key("sect283r1"), "ecdsa-with-SHA256")
    row = REFUSED | {"key_algorithm": "ec", "curve": "sect283r1", "key_bits": None}
    writer.mail("ecdsa-sect283r1", leaf, "sha256", "ecdsa-with-SHA256", row)


def whole_message_cases(writer: Writer, old: str, new: str) -> None:
    """RULES 13."""
    row = {"key_algorithm": "ed448", "key_bits": 456}
    leaf = writer.both(
        "ed448", lambda: Openssl(old, "-algorithm", "ED448"), "shake256", "ed448", row
    )
    writer.mail("ed448-no-attributes", leaf, "shake256", "ed448", PASSED | row, attributes=None)
    odd = PASSED | {"quirks": ["unusual_digest_for_scheme"]}
    writer.mail("ed448-sha512", leaf, "sha512", "ed448", odd | row)
    keys = {}
    for name, octets in (("ml-dsa-44", 1312), ("ml-dsa-65", 1952), ("ml-dsa-87", 2592)):
        row = {"key_algorithm": name, "key_bits": octets * 8}
        make = lambda name=name: Openssl(new, "-algorithm", name.upper())  # noqa: E731
        keys[name] = (writer.both(name, make, "sha512", name, row), row)
    leaf, row = keys["ml-dsa-44"]
    writer.mail(
        "ml-dsa-44-no-attributes", leaf, "sha512", "ml-dsa-44", PASSED | row, attributes=None
    )
    writer.mail("ml-dsa-44-sha256", leaf, "sha256", "ml-dsa-44", PASSED | row)
    other = NO_MATCH | {"key_algorithm": "ml-dsa-44"}
    writer.mail("ml-dsa-44-called-65", leaf, "sha512", "ml-dsa-65", other)
    hashing = REFUSED | {"key_algorithm": "ml-dsa-44"}
    writer.mail(
        "ml-dsa-44-called-hash-ml-dsa", leaf, "sha512", "hash-ml-dsa-44-with-sha512", hashing
    )
    writer.mail("ml-dsa-44-called-gost", leaf, "sha512", "gost3411-2012-256-gost3410-2012", hashing)
    leaf, row = keys["ml-dsa-87"]
    writer.mail("ml-dsa-87-sha384", leaf, "sha384", "ml-dsa-87", odd | row)
    for name in SLH_DSA:
        strength = int(name[-4:-1])
        row = {"key_algorithm": name, "key_bits": strength * 2}
        digest = {"slh-dsa-sha2": "sha", "slh-dsa-shak": "shake"}[name[:12]]
        digest += {
            "sha": "256" if strength == 128 else "512",
            "shake": "128" if strength == 128 else "256",
        }[digest]
        make = lambda name=name: Openssl(new, "-algorithm", name.upper())  # noqa: E731
        writer.both(name, make, digest, name, row)


def main() -> None:
    for stale in HERE.glob("*.eml"):
        stale.unlink()
    writer = Writer()
    rsa_cases(writer)
    curve_cases(writer, sys.argv[1])
    whole_message_cases(writer, *sys.argv[1:3])
    (HERE / "roots.pem").write_bytes(b"".join(root.pem for root in writer.roots))
    rows = ",\n".join(json.dumps(row) for row in writer.expected)
    (HERE / "expected.json").write_text(f"[\n{rows}\n]\n")
    print(len(writer.expected), "mails")


main()
