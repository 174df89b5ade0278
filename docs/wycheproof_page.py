"""The page of Project Wycheproof's suites: which there are, and how many cases the tests count."""

# ruff: noqa: E501 (a row of a table is a line)

from __future__ import annotations

import pathlib
import re

TESTS = pathlib.Path(__file__).parents[1] / "rust" / "crypto" / "tests" / "crypto"
TEST = re.compile(
    r"^fn ((?:rule_\d+_)?wycheproof_(\w+))\(\).*?\.check\(([\d_]+)\)", re.MULTILINE | re.DOTALL
)
HEAD = """# Project Wycheproof

Made by `make docs` from the tests that run them, in `rust/crypto/tests/crypto`. Every suite of what
is offered is run whole, without exceptions: what is valid is accepted, what is invalid is rejected,
an answer is the right one. Each test fails where its number of cases is another.
"""
SIGNATURES = {
    "rsa_pkcs1": ("RSA, PKCS#1 v1.5", "every digest and size of key that the suites have"),
    "rsa_pss": ("RSA-PSS", "every digest and size of key that the suites have"),
    "dsa": ("DSA", "every digest and size of key that the suites have"),
    "ecdsa": (
        "ECDSA",
        "curves of SECG and NIST of 160 to 521 bits, brainpool r1 and t1 of 224 to 512",
    ),
    "ed25519": ("Ed25519", ""),
    "ed448": ("Ed448", ""),
    "ml_dsa": ("ML-DSA", "44, 65, 87; without a context"),
}
ENVELOPES = {
    "rsa_pkcs1_decryption": ("RSA PKCS#1 v1.5 decryption", ""),
    "rsa_oaep_decryption": ("RSA-OAEP", ""),
    "ecdh": ("ECDH", "P-224 to P-521, secp256k1, brainpool"),
    "xdh": ("X25519, X448", ""),
    "ml_kem": ("ML-KEM", "512, 768, 1024"),
    "cbc": ("CBC with PKCS#7 padding", "AES, Camellia"),
    "aead": ("AEAD", "AES-GCM, AES-CCM, ChaCha20-Poly1305"),
    "key_wrap": ("key wrap", "AES, AES with padding, Camellia, SEED"),
    "hkdf": ("HKDF", "SHA-1, SHA-256, SHA-384, SHA-512"),
    "pbkdf2": ("PBKDF2", "SHA-1, SHA-224 to SHA-512"),
    "hmac": ("HMAC", "SHA-1, SHA-2, SHA-3"),
}
NONE = """
## Without a suite

SLH-DSA is tested with NIST's ACVP vectors, signatures with MD2, MD5 and RIPEMD-160 with mail and vectors
of OpenSSL. Signatures as r and s side by side, Bitcoin's suite (which restricts s) and ML-DSA under a context are not asked: mail has none. As content ciphers DES, 3DES, RC2, CAST5, SEED and IDEA, the key wraps of 3DES and RC2, the X9.63 derivation and
PWRI-KEK have none: the ciphers and that derivation are compared with OpenSSL's answers
(`rust/crypto/tests/crypto/envelopes.txt`), the key wraps and PWRI-KEK with the examples of RFC 3217 and RFC 3211.
"""


def wycheproof_page() -> str:
    """Return the page; KeyError for a test without a name here, or a name without a test."""
    found = {
        name: (test, path.name, int(count.replace("_", "")))
        for path in sorted(TESTS.glob("wycheproof_*.rs"))
        for test, name, count in TEST.findall(path.read_text(encoding="utf-8"))
    }
    missing = found.keys() ^ (SIGNATURES.keys() | ENVELOPES.keys())
    if missing:
        raise KeyError(f"suites without a row, or rows without a test: {sorted(missing)}")
    sections = []
    for title, suites in (("Signatures", SIGNATURES), ("Envelopes", ENVELOPES)):
        rows = []
        for name, (what, of) in suites.items():
            test, file, count = found[name]
            rows.append(f"| {what} | {of} | {count:,} | `{file}`, `{test}` |")
        head = f"\n## {title}\n\n| suite | of | cases | test |\n|---|---|---|---|\n"
        sections.append(head + "\n".join(rows) + "\n")
    return HEAD + "".join(sections) + NONE
