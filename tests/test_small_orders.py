"""Keys whose group is smaller than it looks: one signature fits many messages, so that what is
proven of the signature says nothing of the message (RULES 14, 22b)."""

from __future__ import annotations

import hashlib
import math
import secrets

import cms
import der
import pki
import pytest
import time_stamps as ts
from world import ALICE

from stolen import KEY_COMPROMISE, TEXT, House, attributes, mail_of, on, revocations


class SmallOrder:
    """A DSA key with q = 3 k: g and y have order 3, and (r, s) fits every third digest."""

    kind = "dsa"

    def __init__(self) -> None:
        while True:
            self.q = 3 * (secrets.randbits(254) | (1 << 253))
            if self.q % 2 and self.q.bit_length() == 256:
                break
        self.p = 0
        while self.p.bit_length() < 3064:
            self.y = (secrets.randbits(1280) | 1 << 1279) * self.q - 1
            self.p = self.y * self.y + self.y + 1
        self.r, self.s = self.q - 1, 0
        while math.gcd(self.s, self.q) != 1 or self.s <= 2:
            self.s = secrets.randbelow(self.q)
        self.signature = der.seq(der.integer(self.r), der.integer(self.s))

    def spki(self) -> bytes:
        numbers = der.seq(*(der.integer(it) for it in (self.p, self.q, self.y)))
        return der.seq(pki.algorithm("dsa", numbers), der.bits(der.integer(self.y)))

    def fits(self, digest: bytes) -> bool:
        inverse = pow(self.s, -1, self.q)
        powers = (int.from_bytes(digest, "big") * inverse, self.r * inverse)
        first, second = (pow(self.y, it % self.q, self.p) for it in powers)
        return first * second % self.p % self.q == self.r


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


@pytest.mark.parametrize("is_robbed", [True, False], ids=["stolen CA", "expired"])
def test_rule_14_dsa_key_whose_q_is_no_prime_signs_nothing(house, is_robbed):
    key = SmallOrder()
    # Octets that were stamped in 2016, before there was a message, or a certificate.
    token = ts.attribute(ts.token(house.service, ts.tst_info(key.signature)))
    ca = pki.authority("Issuing", pki.ec_key(), house.root)
    leaf = pki.leaf("Alice", key, ca, ALICE, not_after=on(2018))
    for nonce in range(200):
        own = [
            *attributes(cms.signing_certificate_v2(leaf)),
            cms.attribute("1.2.3", der.integer(nonce)),
        ]
        if key.fits(hashlib.sha256(der.set_of(*own)).digest()):
            break
    else:
        pytest.fail("no digest that fits")
    signed = cms.signed(
        leaf, TEXT, attributes=own, sign=lambda _: key.signature, unsigned=lambda _: [token]
    )
    lost = [revocations(house.root, on(2025, 6), [(ca, on(2019), KEY_COMPROMISE)])]
    assert house.judged(mail_of(signed), lost if is_robbed else []) == "FORMAT_FAILURE"
