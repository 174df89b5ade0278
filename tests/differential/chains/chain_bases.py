"""Chains to start from, with Ed25519 keys known here: any change can be signed again.

The chains of NIST PKITS (tests/data/pkits, every subtest with its lists and settings) get keys of
their own: a certificate's from a hash of its old public key, an issuer's from its name and key
identifier. Beside them stand made_chains.py's for what PKITS lacks.
"""

from __future__ import annotations

import copy
import csv
import functools
import hashlib
import pathlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import der
import elements
import pki
from cryptography.hazmat.primitives.asymmetric import ed25519
from elements import Element

PKITS = pathlib.Path(__file__).parents[2] / "data" / "pkits"
ANCHOR = "TrustAnchorRootCertificate"
SUBJECT_KEY, AUTHORITY_KEY = der.oid("2.5.29.14"), der.oid("2.5.29.35")


@functools.cache
def key(seed: bytes) -> pki.PycaKey:
    """The key of a seed."""
    private = ed25519.Ed25519PrivateKey.from_private_bytes(hashlib.sha256(seed).digest())
    return pki.PycaKey(private, "ed25519")


@dataclass(frozen=True)
class Settings:
    """What a path is asked for: RFC 5280 §6.1.1 (c) to (g), and whether revocation is required."""

    policies: tuple[str, ...] = ()
    explicit: bool = False
    no_mapping: bool = False
    no_any: bool = False
    revocation: bool = False
    unlisted_issuers: bool = False
    """For OpenSSL only: the issuer of a list needs no list for himself."""

    @property
    def letters(self) -> str:
        """As chain_judge.c takes them."""
        flags = {"e": self.explicit, "m": self.no_mapping, "a": self.no_any, "r": self.revocation}
        flags["i"] = self.unlisted_issuers
        return "".join(letter for letter, is_set in flags.items() if is_set)


@dataclass
class Signed:
    """A certificate or list: what is signed, as a tree, and with which key."""

    tbs: Element
    signer: pki.PycaKey
    spoiled: bool = False
    algorithm: bytes = pki.algorithm("ed25519")
    """The outer signatureAlgorithm."""

    def __deepcopy__(self, memo: dict[int, object]) -> Signed:
        return Signed(copy.deepcopy(self.tbs, memo), self.signer, self.spoiled, self.algorithm)

    def encoded(self) -> bytes:
        octets = self.tbs.encoded()
        value = self.signer.sign("sha512", octets)
        if self.spoiled:
            value = bytes([value[0] ^ 1]) + value[1:]
        return der.seq(octets, self.algorithm, der.bits(value))


@dataclass(frozen=True)
class Base:
    """A chain: to-be-signed parts and the keys that sign them, the leaf first."""

    name: str
    leaf_key: pki.PycaKey
    certificates: list[tuple[bytes, pki.PycaKey]]
    lists: list[tuple[bytes, pki.PycaKey]] = field(default_factory=list)
    settings: Settings = field(default_factory=Settings)


def tbs_of(encoded: bytes) -> Element:
    """The first element of a Certificate or CertificateList."""
    tree, _ = elements.read(encoded, 0, 0)
    assert tree.elements is not None
    return tree.elements[0]


def fields(tbs: Element) -> list[Element]:
    assert tbs.elements is not None
    return tbs.elements


def extension_value(tbs: Element, oid: bytes) -> Element | None:
    """The extnValue's content of the first extension of that OID."""
    for block in fields(tbs):
        for extension in extensions(block):
            parts = extension.elements or []
            if parts and parts[0].encoded() == oid and parts[-1].elements:
                return parts[-1].elements[0]
    return None


def extensions(block: Element) -> list[Element]:
    """The extensions of a certificate's [3] or a list's [0]."""
    if block.tag not in (0xA3, 0xA0) or not block.elements or block.elements[0].tag != 0x30:
        return []
    return block.elements[0].elements or []


@dataclass
class Rekeyed:
    """A certificate of PKITS with its new key."""

    subject: bytes
    identifier: bytes | None
    key: pki.PycaKey
    tbs: Element


@functools.cache
def rekeyed() -> dict[str, Rekeyed]:
    """The certificates of PKITS by file name."""
    found = {}
    for path in sorted((PKITS / "certs").glob("*.crt")):
        tbs = tbs_of(path.read_bytes())
        parts = fields(tbs)
        own = key(parts[6].encoded())
        identifier = extension_value(tbs, SUBJECT_KEY)
        parts[2], _ = elements.read(pki.algorithm("ed25519"), 0, 0)
        parts[6], _ = elements.read(own.spki(), 0, 0)
        found[path.stem] = Rekeyed(
            parts[5].encoded(), identifier.encoded()[2:] if identifier else None, own, tbs
        )
    return found


def issuer_key(issuer: bytes, tbs: Element) -> pki.PycaKey:
    """The key of the issuer that a certificate or list names; of nobody's where there is none."""
    authority = extension_value(tbs, AUTHORITY_KEY)
    wanted = authority.elements[0].octets if authority and authority.elements else None
    named = [one for one in rekeyed().values() if one.subject == issuer]
    fitting = [one for one in named if one.identifier == wanted] or named
    return fitting[0].key if fitting else key(issuer)


def pkits_certificate(name: str) -> tuple[bytes, pki.PycaKey]:
    one = rekeyed()[name]
    return one.tbs.encoded(), issuer_key(fields(one.tbs)[3].encoded(), one.tbs)


@functools.cache
def pkits_list(name: str) -> tuple[bytes, pki.PycaKey]:
    tbs = tbs_of((PKITS / "crls" / f"{name}.crl").read_bytes())
    at = 1 if fields(tbs)[0].tag == 2 else 0
    fields(tbs)[at], _ = elements.read(pki.algorithm("ed25519"), 0, 0)
    return tbs.encoded(), issuer_key(fields(tbs)[at + 1].encoded(), tbs)


def oid_of(policy: str) -> str:
    number = policy.removeprefix("NIST-test-policy-")
    return "2.5.29.32.0" if policy == "anyPolicy" else f"2.16.840.1.101.3.2.1.48.{number}"


def pkits() -> Iterator[Base]:
    """Every subtest."""
    table = (PKITS / "pkits_expected.tsv").read_text(encoding="utf-8").splitlines()
    for row in csv.DictReader(table, delimiter="\t"):
        *issuers, leaf = [name for name in row["path_certs"].split() if name != ANCHOR]
        names = row["initial_policy_set"].replace("*", "NIST-test-policy-1").split(",")
        policies = tuple(oid_of(name) for name in names if name)
        settings = Settings(
            () if policies == (oid_of("anyPolicy"),) else policies,
            row["initial_explicit_policy"] == "1",
            row["initial_policy_mapping_inhibit"] == "1",
            row["initial_inhibit_any_policy"] == "1",
        )
        yield Base(
            f"pkits-{row['test']}{row['subpart']}",
            rekeyed()[leaf].key,
            [pkits_certificate(name) for name in (leaf, *issuers)],
            [pkits_list(name) for name in row["crls"].split()],
            settings,
        )


def pkits_anchor() -> bytes:
    one = rekeyed()[ANCHOR]
    return Signed(one.tbs, one.key).encoded()
