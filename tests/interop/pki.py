"""Keys and certificates for the fixtures, written by hand on `der` so that wrong ones are as easy
as right ones.

RSA is done with plain integers: the fixtures need 512-bit keys, e = 1, odd paddings and forged
blocks, which every library refuses for good reasons. Throw-away keys only; nothing here is
constant time.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import subprocess
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import der
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

UTC = dt.UTC

OIDS = {
    "md5": "1.2.840.113549.2.5",
    "sha1": "1.3.14.3.2.26",
    "sha224": "2.16.840.1.101.3.4.2.4",
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
    "rsaEncryption": "1.2.840.113549.1.1.1",
    "mgf1": "1.2.840.113549.1.1.8",
    "rsassaPss": "1.2.840.113549.1.1.10",
    "md5WithRSA": "1.2.840.113549.1.1.4",
    "sha1WithRSA": "1.2.840.113549.1.1.5",
    "sha224WithRSA": "1.2.840.113549.1.1.14",
    "sha256WithRSA": "1.2.840.113549.1.1.11",
    "sha384WithRSA": "1.2.840.113549.1.1.12",
    "sha512WithRSA": "1.2.840.113549.1.1.13",
    "ecPublicKey": "1.2.840.10045.2.1",
    "ecdsaWithSHA1": "1.2.840.10045.4.1",
    "ecdsaWithSHA224": "1.2.840.10045.4.3.1",
    "ecdsaWithSHA256": "1.2.840.10045.4.3.2",
    "ecdsaWithSHA384": "1.2.840.10045.4.3.3",
    "ecdsaWithSHA512": "1.2.840.10045.4.3.4",
    "dsa": "1.2.840.10040.4.1",
    "dsaWithSHA1": "1.2.840.10040.4.3",
    "dsaWithSHA256": "2.16.840.1.101.3.4.3.2",
    "ed25519": "1.3.101.112",
}
NO_PARAMETERS = ("ecdsa", "dsaWith", "ed25519")


def algorithm(name: str, parameters: bytes | None = None) -> bytes:
    """AlgorithmIdentifier; without `parameters`, NULL for RSA and digests, absent for the rest."""
    if parameters is None:
        parameters = b"" if name.startswith(NO_PARAMETERS) else der.NULL
    return der.seq(der.oid(OIDS[name]), parameters)


def digest_algorithm(name: str) -> bytes:
    """Digest AlgorithmIdentifier as RFC 5754 §2 writes it: absent parameters for SHA-2."""
    return algorithm(name, b"" if name.startswith("sha") and name != "sha1" else der.NULL)


def hashed(digest: str, data: bytes) -> bytes:
    return hashlib.new(digest, data).digest()


def pyca_hash(digest: str) -> hashes.HashAlgorithm:
    return getattr(hashes, digest.upper())()


@dataclass
class RsaKey:
    """RSA by `pow`; `public_e` differs from the working exponent only in broken keys."""

    n: int
    e: int
    d: int
    private: rsa.RSAPrivateKey | None = None
    kind: str = "rsa"

    @property
    def size(self) -> int:
        return (self.n.bit_length() + 7) // 8

    def spki(self) -> bytes:
        numbers = der.seq(der.integer(self.n), der.integer(self.e))
        return der.seq(algorithm("rsaEncryption"), der.bits(numbers))

    def raw(self, block: bytes) -> bytes:
        return pow(int.from_bytes(block, "big"), self.d, self.n).to_bytes(self.size, "big")

    def pkcs1(self, digest: str, value: bytes, parameters: bytes = der.NULL) -> bytes:
        info = der.seq(der.seq(der.oid(OIDS[digest]), parameters), der.octets(value))
        return self.raw(b"\0\1" + b"\xff" * (self.size - 3 - len(info)) + b"\0" + info)

    def pss(self, digest: str, value: bytes, salt_bytes: int, mgf: str | None = None) -> bytes:
        """EMSA-PSS of RFC 8017 §9.1.1."""
        size, bit_count = hashlib.new(digest).digest_size, self.n.bit_length() - 1
        encoded_size = (bit_count + 7) // 8
        salt = os.urandom(salt_bytes)
        inner = hashed(digest, bytes(8) + value + salt)
        block = bytes(encoded_size - salt_bytes - size - 2) + b"\1" + salt
        mask = mgf1(inner, len(block), mgf or digest)
        masked = bytearray(a ^ b for a, b in zip(block, mask, strict=True))
        masked[0] &= 0xFF >> (8 * encoded_size - bit_count)
        return self.raw(bytes(masked) + inner + b"\xbc")

    def sign(self, digest: str, data: bytes) -> bytes:
        return self.pkcs1(digest, hashed(digest, data))


def mgf1(seed: bytes, size: int, digest: str) -> bytes:
    out, counter = b"", 0
    while len(out) < size:
        out += hashed(digest, seed + counter.to_bytes(4, "big"))
        counter += 1
    return out[:size]


def pss_parameters(digest: str, salt_bytes: int, mgf: str | None = None) -> bytes:
    return der.seq(
        der.explicit(0, digest_algorithm(digest)),
        der.explicit(1, algorithm("mgf1", digest_algorithm(mgf or digest))),
        der.explicit(2, der.integer(salt_bytes)),
    )


def rsa_key(bits: int = 2048, e: int = 65537) -> RsaKey:
    if bits < 1024 or e not in (3, 65537):
        return small_rsa_key(bits, e)
    private = rsa.generate_private_key(e, bits)
    numbers = private.private_numbers()
    return RsaKey(numbers.public_numbers.n, e, numbers.d, private)


def small_rsa_key(bits: int, e: int = 65537) -> RsaKey:
    """Keys no library makes any more, from two primes of the `openssl prime` command."""
    while True:
        command = ["openssl", "prime", "-generate", "-bits", str(bits // 2)]
        p, q = (int(subprocess.run(command, capture_output=True, check=True).stdout) for _ in "pq")
        n, phi = p * q, (p - 1) * (q - 1)
        if p == q or n.bit_length() != bits:
            continue
        try:
            return RsaKey(n, e, pow(e, -1, phi))
        except ValueError:
            continue


CURVES = {"p256": ec.SECP256R1, "p384": ec.SECP384R1, "p521": ec.SECP521R1}
ORDERS = {"p256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551}


@dataclass
class PycaKey:
    """EC, Ed25519 and DSA keys of `cryptography`."""

    private: Any
    kind: str
    curve: str | None = None

    def spki(self) -> bytes:
        return self.private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def sign(self, digest: str, data: bytes) -> bytes:
        if self.kind == "ed25519":
            return self.private.sign(data)
        scheme = Prehashed(pyca_hash(digest))
        value = hashed(digest, data)
        return self.private.sign(value, ec.ECDSA(scheme) if self.kind == "ec" else scheme)


@dataclass
class ToolKey:
    """A key of the `openssl` command, for what `cryptography` lacks; it signs nothing itself."""

    pem: bytes
    public: bytes
    kind: str = "tool"

    def spki(self) -> bytes:
        return self.public

    def sign(self, digest: str, data: bytes) -> bytes:
        raise NotImplementedError(f"{digest} over {len(data)} octets: the tool signs")


def ec_key(curve: str = "p256") -> PycaKey:
    return PycaKey(ec.generate_private_key(CURVES[curve]()), "ec", curve)


def ed25519_key() -> PycaKey:
    return PycaKey(ed25519.Ed25519PrivateKey.generate(), "ed25519")


def dsa_key(bits: int = 1024) -> PycaKey:
    return PycaKey(dsa.generate_private_key(bits), "dsa")


Key = RsaKey | PycaKey | ToolKey


def signature_algorithm(key: Key, digest: str) -> bytes:
    """The usual AlgorithmIdentifier for certificates and SignerInfos of this key."""
    match key.kind:
        case "rsa":
            return algorithm(f"{digest}WithRSA")
        case "ec":
            return algorithm(f"ecdsaWith{digest.upper()}")
        case "dsa":
            return algorithm(f"dsaWith{digest.upper()}")
    return algorithm("ed25519")


# Names --------------------------------------------------------------------------------------

ATTRIBUTES = {
    "CN": "2.5.4.3",
    "C": "2.5.4.6",
    "L": "2.5.4.7",
    "O": "2.5.4.10",
    "OU": "2.5.4.11",
    "email": "1.2.840.113549.1.9.1",
}


def name(*pairs: tuple[str, str | bytes]) -> bytes:
    """Name, one attribute per RDN; text becomes UTF8String (email IA5, C Printable), bytes stay."""
    return der.seq(*(der.set_of(attribute(key, value)) for key, value in pairs))


def attribute(key: str, value: str | bytes) -> bytes:
    if isinstance(value, str):
        value = {"email": der.ia5, "C": der.printable}.get(key, der.utf8)(value)
    return der.seq(der.oid(ATTRIBUTES[key]), value)


def person(common_name: str, *more: tuple[str, str | bytes]) -> bytes:
    return name(("O", "Fixture"), ("CN", common_name), *more)


# Extensions ---------------------------------------------------------------------------------

USAGES = [
    "digital_signature",
    "non_repudiation",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "cert_sign",
    "crl_sign",
]
EKUS = {
    "email": "1.3.6.1.5.5.7.3.4",
    "server": "1.3.6.1.5.5.7.3.1",
    "client": "1.3.6.1.5.5.7.3.2",
    "any": "2.5.29.37.0",
}


def extension(dotted: str, value: bytes, critical: bool = False, true: int = 0xFF) -> bytes:
    flag = der.boolean(True, true) if critical else b""
    return der.seq(der.oid(dotted), flag, der.octets(value))


def basic_constraints(ca: bool, path_length: int | None = None, true: int = 0xFF) -> bytes:
    limit = b"" if path_length is None else der.integer(path_length)
    return extension(
        "2.5.29.19", der.seq(der.boolean(True, true) if ca else b"", limit), True, true
    )


def key_usage(*usages: str) -> bytes:
    positions = [USAGES.index(usage) for usage in usages]
    byte = sum(0x80 >> position for position in positions)
    return extension("2.5.29.15", der.bits(bytes([byte]), 7 - max(positions)), True)


def extended_key_usage(*usages: str) -> bytes:
    return extension("2.5.29.37", der.seq(*(der.oid(EKUS[usage]) for usage in usages)))


def rfc822(address: str) -> bytes:
    return der.implicit(1, address.encode("latin-1"))


def smtp_utf8(address: str) -> bytes:
    """otherName of RFC 9598."""
    return der.explicit(0, der.oid("1.3.6.1.5.5.7.8.9"), der.explicit(0, der.utf8(address)))


def alternative_names(*names: bytes) -> bytes:
    return extension("2.5.29.17", der.seq(*names))


def key_identifier(key: Key) -> bytes:
    return hashed("sha1", der.parse(key.spki()).at(1).content[1:])


# Certificates -------------------------------------------------------------------------------


@dataclass
class Certificate:
    """A certificate together with its private key."""

    der: bytes
    key: Key
    subject: bytes
    issuer: bytes
    serial: bytes
    ski: bytes
    emails: tuple[str, ...] = ()
    chain: list[Certificate] = field(default_factory=list)

    @cached_property
    def pem(self) -> bytes:
        import base64

        body = base64.encodebytes(self.der)
        return b"-----BEGIN CERTIFICATE-----\n" + body + b"-----END CERTIFICATE-----\n"

    @cached_property
    def key_pem(self) -> bytes:
        if isinstance(self.key, ToolKey):
            return self.key.pem
        return self.key.private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    def issuer_and_serial(self) -> bytes:
        return der.seq(self.issuer, self.serial)


YEAR_2015, YEAR_2035 = dt.datetime(2015, 1, 1, tzinfo=UTC), dt.datetime(2035, 1, 1, tzinfo=UTC)


def certificate(
    subject: bytes,
    key: Key,
    issuer: Certificate | None = None,
    *,
    extensions: list[bytes] | None = None,
    not_before: dt.datetime | bytes = YEAR_2015,
    not_after: dt.datetime | bytes = YEAR_2035,
    serial: bytes | None = None,
    digest: str = "sha256",
    version: bytes | None = None,
    spki: bytes | None = None,
    issuer_name: bytes | None = None,
    spoil_signature: bool = False,
    emails: tuple[str, ...] = (),
) -> Certificate:
    """Signs one certificate, self-signed without issuer; `extensions=[]` leaves the field out."""
    signer_key = issuer.key if issuer else key
    issuer_name = issuer_name or (issuer.subject if issuer else subject)
    serial = serial or der.integer(int.from_bytes(os.urandom(8), "big") | 1 << 62)
    times = (
        value if isinstance(value, bytes) else der.time(value) for value in (not_before, not_after)
    )
    signed_with = signature_algorithm(signer_key, digest)
    version = der.explicit(0, der.integer(2)) if version is None else version
    block = der.explicit(3, der.seq(*extensions)) if extensions else b""
    tbs = der.seq(
        version,
        serial,
        signed_with,
        issuer_name,
        der.seq(*times),
        subject,
        spki or key.spki(),
        block,
    )
    signature = signer_key.sign(digest, tbs)
    if spoil_signature:
        signature = signature[:-1] + bytes([signature[-1] ^ 1])
    encoded = der.seq(tbs, signed_with, der.bits(signature))
    chain = [issuer, *issuer.chain] if issuer else []
    return Certificate(
        encoded, key, subject, issuer_name, serial, key_identifier(key), emails, chain
    )


def authority(
    common_name: str, key: Key, issuer: Certificate | None = None, **options: Any
) -> Certificate:
    """A CA; `usages`, `ca`, `path_length`, `ekus` and `more` shape its extensions."""
    extensions = [
        basic_constraints(options.pop("ca", True), options.pop("path_length", None)),
        key_usage(*options.pop("usages", ("cert_sign", "crl_sign"))),
        extension("2.5.29.14", der.octets(key_identifier(key))),
    ]
    if issuer:
        extensions.append(extension("2.5.29.35", der.seq(der.implicit(0, issuer.ski))))
    if ekus := options.pop("ekus", ()):
        extensions.append(extended_key_usage(*ekus))
    extensions += options.pop("more", [])
    return certificate(person(common_name), key, issuer, extensions=extensions, **options)


def leaf(
    common_name: str, key: Key, issuer: Certificate | None, *emails: str, **options: Any
) -> Certificate:
    """A signer; empty `usages` or `ekus` leave the extension out, `names` are other SAN entries."""
    usages = options.pop("usages", ("digital_signature", "non_repudiation", "key_encipherment"))
    ekus = options.pop("ekus", ("email",))
    names = options.pop("names", [rfc822(address) for address in emails])
    subject = options.pop("subject", None) or person(common_name)
    extensions = [extension("2.5.29.14", der.octets(key_identifier(key)))]
    if issuer:
        extensions.append(extension("2.5.29.35", der.seq(der.implicit(0, issuer.ski))))
    if usages:
        extensions.append(key_usage(*usages))
    if ekus:
        extensions.append(extended_key_usage(*ekus))
    if names:
        extensions.append(alternative_names(*names))
    extensions += options.pop("more", [])
    options.setdefault("extensions", extensions)
    return certificate(subject, key, issuer, emails=emails, **options)


def hex_serial(certificate: Certificate) -> str:
    """The serial as the contract writes it: hex of its octets, less a sign octet of zero."""
    content = der.parse(certificate.serial).content
    return (content[1:] if len(content) > 1 and content[0] == 0 else content).hex()
