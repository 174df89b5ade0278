"""Time-stamps that were renewed before they grew weak: each shelters the one before it (RULES 22b,
docs/design/17).

Alice's certificate expired in March 2017. Her mail was stamped with SHA-1 in November 2016 and
archived in June 2017; here SHA-1 is given up at the end of that year.
"""

from __future__ import annotations

import cms
import der
import pki
import pytest
import time_stamps as ts
from world import ALICE

import contract
import smimebatch as sb
from stolen import KEY_COMPROMISE, TEXT, House, attributes, mail_of, on, revocations

RENEWED = on(2017, 6)
UPHELD, LOST = "TOTAL_PASSED", "OUT_OF_BOUNDS_NO_POE"
POLICY = """
format = 1
name = "sha1-until-2017"
date = 2026-01-01

[[digest]]
names = ["sha1"]
good_until = 2017-12-31
source = "of this test"
"""


class Archive(House):
    """Mail with a weak time-stamp, and what was put beside it later."""

    def __init__(self, folder):
        super().__init__(folder)
        self.alice = pki.leaf("Alice", pki.ec_key(), self.ec_issuing, ALICE, not_after=on(2017, 3))
        self.signed = cms.signed(self.alice, TEXT, attributes=attributes())
        self.brought = []
        self.value = value = der.parse(self.signed).at(1, 0).children[-1].at(0).children[-1].content
        info = ts.tst_info(value, digest="sha1")
        self.weak = ts.token(self.service, info)
        self.policy = self.file("policy.toml", POLICY.encode())

    def archived(self, *indexed, when=RENEWED, by=None, **options):
        """An archive time-stamp of what is indexed."""
        by = by or self.service
        return ts.archive_token(by, self.signed, TEXT, when=when, indexed=indexed, **options)

    def word(self, *archives):
        more = [ts.attribute(each, ts.ARCHIVE_V3) for each in archives]
        signed = ts.with_unsigned(self.signed, ts.attribute(self.weak), *more)
        signed = cms.with_certificates(signed, *self.brought)
        return self.judged(mail_of(signed), policy=self.policy)


def named(token, kind=ts.SIGNATURE):
    """An attribute value as an index names it."""
    return der.oid(kind) + token


@pytest.fixture
def archive(tmp_path):
    return Archive(tmp_path)


def test_rule_22b_weak_time_stamp_counts_once_an_archive_time_stamp_of_its_strong_time_names_it(
    archive,
):
    assert archive.word() == LOST
    assert archive.word(archive.archived()) == LOST, "it shows the signature of June alone"
    assert archive.word(archive.archived(named(archive.weak))) == UPHELD


def test_rule_22b_index_of_what_is_gone_shelters_nothing(archive):
    """Nobody takes away what was archived (ETSI EN 319 122-1 §5.5.2)."""
    beside = archive.archived()
    of_both = archive.archived(named(archive.weak), named(beside, ts.ARCHIVE_V3), when=on(2017, 7))
    assert archive.word(beside, of_both) == UPHELD
    assert archive.word(of_both) == LOST
    assert archive.word(archive.archived(named(archive.weak), b"x")) == LOST


def test_rule_22b_what_lies_outside_a_time_stamp_is_not_sheltered_with_it(archive):
    """A certificate made with a broken key since, for a token that nobody would have believed."""
    key = pki.ec_key()
    real = ts.service(archive.tsa_root, "Forger", key=key)
    forged = ts.service(archive.tsa_root, "Forger", key=key, digest="sha1")
    for brought, word in (([], LOST), ([forged.der], LOST)):
        archive.weak = ts.token(forged, ts.tst_info(archive.value), certificates=[])
        archive.brought = brought
        assert archive.word(archive.archived(named(archive.weak))) == word
    assert real.der != forged.der
    # Inside it was there before the key was broken.
    archive.weak = ts.token(forged, ts.tst_info(archive.value))
    assert archive.word(archive.archived(named(archive.weak))) == UPHELD
    assert archive.word() == LOST


def test_rule_22b_archive_time_stamp_of_after_the_weakness_shelters_nothing(archive):
    late = archive.archived(named(archive.weak), when=on(2018))
    assert archive.word(late) == LOST
    assert archive.word(archive.archived(named(archive.weak), when=on(2017, 12, 31))) == UPHELD


@pytest.mark.parametrize(
    "indexed",
    [
        lambda weak: weak,
        lambda weak: named(weak, ts.ARCHIVE_V3),
        lambda weak: named(weak)[:-1],
    ],
    ids=["without its type", "of another type", "of other octets"],
)
def test_rule_22b_index_names_a_time_stamp_with_its_type(archive, indexed):
    assert archive.word(archive.archived(indexed(archive.weak))) == LOST


def test_rule_22b_index_that_names_another_time_stamp_shelters_none_beside(archive):
    beside = archive.archived()
    of_beside = archive.archived(named(beside, ts.ARCHIVE_V3), when=on(2017, 7))
    assert archive.word(beside, of_beside) == LOST


def test_rule_22b_index_by_a_weak_digest_shelters_nothing(archive):
    assert archive.word(archive.archived(named(archive.weak), index_digest="sha1")) == LOST
    assert archive.word(archive.archived(named(archive.weak), index_digest="sha512")) == UPHELD


def test_rule_22b_archive_time_stamp_that_proves_nothing_shelters_nothing(archive):
    weak = named(archive.weak)
    assert archive.word(archive.archived(weak, spoil=True)) == LOST
    stranger = ts.service(pki.authority("Time Root", pki.ec_key()))
    assert archive.word(archive.archived(weak, by=stranger)) == LOST
    robbed = ts.service(archive.tsa_root, "Robbed")
    theft = revocations(archive.tsa_root, on(2025, 6), [(robbed, on(2019), KEY_COMPROMISE)])
    assert archive.word(archive.archived(weak, by=robbed)) == UPHELD
    archive.signed = cms.with_revocation(archive.signed, theft)
    assert archive.word(archive.archived(weak, by=robbed)) == LOST


def test_rule_22b_archive_time_stamps_shelter_each_other_in_turn(archive):
    first = archive.archived(named(archive.weak), digest="sha1")
    assert archive.word(first) == LOST, "weak itself"
    of_first = named(first, ts.ARCHIVE_V3)
    second = archive.archived(of_first, when=on(2017, 9))
    for order in ((first, second), (second, first)):
        assert archive.word(*order) == UPHELD
    late = archive.archived(of_first, when=on(2018))
    assert archive.word(first, late) == LOST
    itself = archive.archived(named(archive.weak), named(first, ts.ARCHIVE_V3), digest="sha1")
    assert archive.word(itself, first) == LOST, "in a circle, with nothing that is strong"


def test_rule_24_archive_time_stamp_of_another_mail_shelters_nothing(archive):
    """Both in one chunk, the one after the other in both orders."""
    token = archive.archived(named(archive.weak))
    alone = mail_of(ts.with_unsigned(archive.signed, ts.attribute(archive.weak)))
    more = [ts.attribute(archive.weak), ts.attribute(token, ts.ARCHIVE_V3)]
    upheld = mail_of(ts.with_unsigned(archive.signed, *more))
    trust = {"trust": archive.trust(archive.root), "tsa_trust": archive.trust(archive.tsa_root)}
    for mails in ([alone, upheld, alone], [upheld, alone]):
        batch = contract.record_batch(mails)
        found = sb.verify_batch(batch, now=contract.NOW, policy=archive.policy, **trust)
        words = [
            row["sub_indication"] or row["indication"] for row in contract.rows(found.messages)
        ]
        assert words == [UPHELD if mail is upheld else LOST for mail in mails]


def test_rule_43_values_beyond_the_cap_are_a_limit(archive):
    """No index is asked about them, however many there are."""
    archive.brought = []
    token = archive.archived(named(archive.weak))
    many = cms.attribute("1.2.3", *[der.integer(n) for n in range(1_000)])
    signed = ts.with_unsigned(
        archive.signed,
        ts.attribute(archive.weak),
        ts.attribute(token, ts.ARCHIVE_V3),
        many,
    )
    trust = {"trust": archive.trust(archive.root), "tsa_trust": archive.trust(archive.tsa_root)}
    batch = contract.record_batch([mail_of(signed)])
    found = sb.verify_batch(batch, now=contract.NOW, policy=archive.policy, **trust)
    (row,) = contract.rows(found.messages)
    assert row["sub_indication"] == LOST
    assert row["limits_hit"]
