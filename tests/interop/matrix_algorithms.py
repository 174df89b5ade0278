"""The algorithms of the matrix: what both OpenSSLs sign with, what only the old or the new one."""

from __future__ import annotations

from typing import Any

import pki
from matrix_openssl import FORMS, PSS, Algorithm, Tool

DIGESTS = {
    "md4": "MD4",
    "md5": "MD5",
    "sha1": "SHA-1",
    "ripemd160": "RIPEMD-160",
    "sha224": "SHA-224",
    "sha256": "SHA-256",
    "sha384": "SHA-384",
    "sha512": "SHA-512",
    "sha512-224": "SHA-512/224",
    "sha512-256": "SHA-512/256",
    "sha3-224": "SHA3-224",
    "sha3-256": "SHA3-256",
    "sha3-384": "SHA3-384",
    "sha3-512": "SHA3-512",
}
SHA3 = ("sha3-224", "sha3-256", "sha3-384", "sha3-512")
NAMES_OF_CURVES = {"prime192v1": "secp192r1"}
CURVES = (
    ("prime192v1", 192, "sha1"),
    ("secp224r1", 224, "sha224"),
    ("secp384r1", 384, "sha384"),
    ("secp521r1", 521, "sha512"),
    ("secp256k1", 256, "sha256"),
    ("brainpoolP160r1", 160, "sha1"),
    ("brainpoolP192r1", 192, "sha224"),
    ("brainpoolP224r1", 224, "sha224"),
    ("brainpoolP256r1", 256, "sha256"),
    ("brainpoolP320r1", 320, "sha384"),
    ("brainpoolP384r1", 384, "sha384"),
    ("brainpoolP512r1", 512, "sha512"),
    ("brainpoolP256t1", 256, "sha256"),
    ("brainpoolP384t1", 384, "sha384"),
    ("brainpoolP512t1", 512, "sha512"),
)


def common_algorithms(tool: Tool) -> list[Algorithm]:
    """What both know: RSA and ECDSA with SHA-2 and SHA-3, PSS, every form for the usual two."""
    rsa, ec = tool.world.alice, tool.world.ec
    every = tuple(FORMS)
    found = [
        Algorithm("RSA-2048, SHA-256", rsa, [], columns("rsa", "sha256", 2048), every),
        Algorithm("ECDSA P-256, SHA-256", ec, [], columns("ec", "sha256", 256, "secp256r1"), every),
    ]
    for digest in ("sha224", "sha384", "sha512", "sha512-224", "sha512-256", *SHA3):
        label = f"RSA-2048, {DIGESTS[digest]}"
        found.append(Algorithm(label, rsa, ["-md", digest], columns("rsa", digest, 2048)))
    for digest in ("sha1", "md5", "ripemd160"):
        label = f"RSA-2048, {DIGESTS[digest]}"
        found.append(
            Algorithm(label, rsa, ["-md", digest], columns("rsa", digest, 2048), weak=True)
        )
    for digest in ("sha224", "sha384", "sha512"):
        label = f"ECDSA P-256, {DIGESTS[digest]}"
        found.append(Algorithm(label, ec, ["-md", digest], columns("ec", digest, 256, "secp256r1")))
    for digest in ("sha256", "sha384", "sha512"):
        label = f"RSA-PSS, {DIGESTS[digest]}"
        columns_of = columns("rsa", digest, 2048) | {"signature_algorithm": "rsassa-pss"}
        found.append(Algorithm(label, rsa, ["-md", digest, *PSS], columns_of))
    for salt in ("0", "20", "64", "-3"):
        words = {"-3": "longest"}.get(salt, f"{salt} octets of")
        options = [*PSS, "-keyopt", f"rsa_pss_saltlen:{salt}"]
        found.append(
            Algorithm(
                f"RSA-PSS, {words} salt",
                rsa,
                options,
                {"signature_algorithm": "rsassa-pss"},
                ("detached",),
            )
        )
    restricted = tool.key(
        "RSA-PSS",
        "rsa_keygen_bits:2048",
        "rsa_pss_keygen_md:sha256",
        "rsa_pss_keygen_mgf1_md:sha256",
        "rsa_pss_keygen_saltlen:32",
    )
    signer = tool.signer("PSS only", restricted, rsa_issuer=True)
    found.append(
        Algorithm("RSA-PSS-only key, SHA-256", signer, PSS, columns("rsassa-pss", "sha256", 2048))
    )
    for bits in (1024, 3072, 4096):
        signer = tool.signer(f"RSA {bits}", pki.rsa_key(bits), rsa_issuer=True)
        found.append(
            Algorithm(
                f"RSA-{bits}, SHA-256", signer, [], columns("rsa", "sha256", bits), weak=bits < 2048
            )
        )
    for curve, bits, digest in CURVES:
        key = tool.key("EC", f"ec_paramgen_curve:{curve}", "ec_param_enc:named_curve")
        named = NAMES_OF_CURVES.get(curve, curve)
        signer = tool.signer(named, key)
        label = f"ECDSA {named}, {DIGESTS[digest]}"
        weak = bits < 224
        found.append(
            Algorithm(
                label,
                signer,
                ["-md", digest],
                columns("ec", digest, bits, named),
                ("detached",),
                weak,
            )
        )
    return found


def old_algorithms(tool: Tool) -> list[Algorithm]:
    """What only the old one signs with, or what is too old for more than one form."""
    found = []
    for bits, digest in ((512, "md5"), (512, "sha1"), (768, "sha1"), (1024, "md5")):
        pem = tool.openssl.out(
            "genpkey", "-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}"
        )
        key = pki.ToolKey(pem, tool.openssl.out("pkey", "-pubout", "-outform", "DER", data=pem))
        signer = tool.signer(f"RSA {bits} {digest}", key, rsa_issuer=True)
        label = f"RSA-{bits}, {DIGESTS[digest]}"
        found.append(
            Algorithm(
                label, signer, ["-md", digest], columns("rsa", digest, bits), ("detached",), True
            )
        )
    found.append(
        Algorithm(
            "RSA-2048, MD4",
            tool.world.alice,
            ["-md", "md4"],
            {"digest_algorithm": "md4"},
            ("detached",),
            True,
        )
    )
    for bits, digest in ((1024, "sha1"), (2048, "sha224"), (2048, "sha256"), (3072, "sha256")):
        signer = tool.signer(f"DSA {bits} {digest}", pki.dsa_key(bits))
        label = f"DSA-{bits}, {DIGESTS[digest]}"
        found.append(
            Algorithm(
                label,
                signer,
                ["-md", digest],
                columns("dsa", digest, bits),
                ("detached", "opaque"),
                True,
            )
        )
    return found


def new_algorithms(tool: Tool) -> list[Algorithm]:
    """EdDSA, ML-DSA and SLH-DSA in CMS (RFC 8419, 9882, 9814).

    OpenSSL writes none without attributes, and no Ed448.
    """
    pure = ("detached", "opaque", "opaque, streamed", "key identifier")
    found = [
        Algorithm(
            "Ed25519",
            signer_of(tool, "ED25519"),
            ["-md", "sha512"],
            named("ed25519", "sha512"),
            pure,
        ),
    ]
    for level in (44, 65, 87):
        name = f"ML-DSA-{level}"
        found.append(
            Algorithm(
                name, signer_of(tool, name), ["-md", "sha512"], named(name.lower(), "sha512"), pure
            )
        )
    for family in ("SHA2", "SHAKE"):
        for level in ("128s", "128f", "192s", "256s"):
            name = f"SLH-DSA-{family}-{level}"
            forms = ("detached", "opaque") if level == "128s" else ("detached",)
            columns_of = named(name.lower(), "sha512")
            found.append(
                Algorithm(name, signer_of(tool, name), ["-md", "sha512"], columns_of, forms)
            )
    return found


def signer_of(tool: Tool, algorithm: str) -> pki.Certificate:
    return tool.signer(algorithm, tool.key(algorithm))


def columns(key: str, digest: str, bits: int, curve: str | None = None) -> dict[str, Any]:
    found = {"key_algorithm": key, "digest_algorithm": digest, "key_bits": bits}
    return found | ({"curve": curve} if curve else {})


def named(algorithm: str, digest: str) -> dict[str, Any]:
    return {
        "key_algorithm": algorithm,
        "signature_algorithm": algorithm,
        "digest_algorithm": digest,
        "has_quirks": False,
    }
