"""The test PKI: one trusted root, two issuing CAs, and one signer for every way a certificate can
be.

Everything runs from 2015 to 2035 unless its name says otherwise; the fixtures are judged at
2026-01-01.
"""

from __future__ import annotations

import datetime as dt
from functools import cached_property

import der
import pki

ALICE = "alice@example.org"


def year(n: int) -> dt.datetime:
    return dt.datetime(n, 1, 1, tzinfo=pki.UTC)


class World:
    """Certificates are made when first asked for."""

    # Authorities -----------------------------------------------------------------------------

    @cached_property
    def root(self) -> pki.Certificate:
        return pki.authority("Root", pki.rsa_key())

    @cached_property
    def issuing(self) -> pki.Certificate:
        return pki.authority("Issuing RSA", pki.rsa_key(), self.root)

    @cached_property
    def ec_issuing(self) -> pki.Certificate:
        return pki.authority("Issuing EC", pki.ec_key(), self.root)

    @cached_property
    def other_root(self) -> pki.Certificate:
        """A root nobody trusts."""
        return pki.authority("Other Root", pki.ec_key())

    def ca(self, common_name: str, **options: object) -> pki.Certificate:
        return pki.authority(common_name, pki.ec_key(), self.root, **options)

    # Signers ---------------------------------------------------------------------------------

    @cached_property
    def alice(self) -> pki.Certificate:
        """RSA-2048."""
        return pki.leaf("Alice", pki.rsa_key(), self.issuing, ALICE)

    @cached_property
    def ec(self) -> pki.Certificate:
        """Alice again with P-256: the signer of most hand-made mails, for their size."""
        return pki.leaf("Alice EC", pki.ec_key(), self.ec_issuing, ALICE)

    @cached_property
    def bob(self) -> pki.Certificate:
        return pki.leaf("Bob", pki.ec_key(), self.ec_issuing, "bob@example.org")

    @cached_property
    def carol(self) -> pki.Certificate:
        """RSA-2048, a recipient."""
        return pki.leaf("Carol", pki.rsa_key(), self.issuing, "carol@example.org")

    def signer(self, common_name: str, *emails: str, **options: object) -> pki.Certificate:
        """A P-256 signer under the EC issuing CA; `issuer` and `key` can be replaced."""
        issuer = options.pop("issuer", self.ec_issuing)
        key = options.pop("key", None) or pki.ec_key()
        return pki.leaf(common_name, key, issuer, *(emails or (ALICE,)), **options)


def version_1(world: World, common_name: str, **options: object) -> pki.Certificate:
    """An X.509 v1 certificate: no version field, no extensions, the address in the DN."""
    subject = pki.person(common_name, ("email", ALICE))
    return pki.certificate(
        subject,
        pki.ec_key(),
        world.ec_issuing,
        version=b"",
        extensions=[],
        emails=(ALICE,),
        **options,
    )


def explicit_curve(key: pki.PycaKey, spoil: bool = False) -> bytes:
    """SubjectPublicKeyInfo of a P-256 key, its curve written out in full (RFC 3279 §2.3.5)."""
    p = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
    b = "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b"
    base = (
        "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
        "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
    )
    if spoil:  # the negated base point is a point of the curve too, but no named curve has it
        y = p - int(base[66:], 16)
        base = base[:66] + f"{y:064x}"
    parameters = der.seq(
        der.integer(1),
        der.seq(der.oid("1.2.840.10045.1.1"), der.integer(p)),
        der.seq(der.octets((p - 3).to_bytes(32, "big")), der.octets(bytes.fromhex(b))),
        der.octets(bytes.fromhex(base)),
        der.integer(pki.ORDERS["p256"]),
        der.integer(1),
    )
    point = der.parse(key.spki()).at(1).content
    return der.seq(pki.algorithm("ecPublicKey", parameters), der.tlv(0x03, point))


def inherited_dsa(key: pki.PycaKey) -> bytes:
    """SubjectPublicKeyInfo of a DSA key without its parameters (RFC 3279 §2.3.2)."""
    point = der.parse(key.spki()).at(1).content
    return der.seq(pki.algorithm("dsa", b""), der.tlv(0x03, point))
