"""From where the chain of a time-stamp authority is built, and what is told of it: its token, what
is stamped, and the operator's intermediates and lists; and nothing of that is trusted (RULES 22b).
"""

from __future__ import annotations

from dataclasses import replace

import cms
import pki
import pytest
import time_stamps as ts
from world import ALICE

from stolen import KEY_COMPROMISE, TEXT, House, attributes, mail_of, on, revocations


class Stamped(House):
    """Mail with a token that brings nothing but the certificate of its authority."""

    def __init__(self, folder):
        super().__init__(folder)
        self.above = pki.authority("Time CA", pki.ec_key(), self.tsa_root)
        self.service = replace(ts.service(self.above), chain=[])

    def mail(self, *more, lists=()):
        alice = pki.leaf("Alice", pki.ec_key(), self.ec_issuing, ALICE, not_after=on(2017, 3))
        brought = [*cms.carried(alice), *(it.der for it in more)]
        given = {"unsigned": self.stamp, "certificates": brought}
        signed = cms.signed(alice, TEXT, attributes=attributes(), **given)
        return mail_of(cms.with_revocation(signed, *lists) if lists else signed)


@pytest.fixture
def house(tmp_path):
    return Stamped(tmp_path)


def test_rule_22b_chain_of_a_time_stamp_is_built_with_the_operators_intermediates(house):
    assert house.judged(house.mail()) == "OUT_OF_BOUNDS_NO_POE"
    assert house.judged(house.mail(), intermediates=[house.above]) == "TOTAL_PASSED"


def test_rule_22b_chain_of_a_time_stamp_is_built_with_what_came_with_what_is_stamped(house):
    assert house.judged(house.mail(house.above)) == "TOTAL_PASSED"


def test_rule_22b_time_stamp_authority_under_an_anchor_for_mail_proves_nothing(house):
    house.tsa_root = pki.authority("Time Root", pki.ec_key())
    assert house.judged(house.mail(house.above)) == "OUT_OF_BOUNDS_NO_POE"
    house.above = pki.authority("Time CA", pki.ec_key(), house.root)
    house.service = replace(ts.service(house.above), chain=[])
    for more, given in (([house.above], []), ([], [house.above])):
        word = house.judged(house.mail(*more), intermediates=given)
        assert word == "OUT_OF_BOUNDS_NO_POE"


def test_rule_22b_what_is_stamped_brings_the_lists_about_the_authority(house):
    stolen = revocations(house.above, on(2025, 6), [(house.service, on(2019), KEY_COMPROMISE)])
    assert house.judged(house.mail(house.above)) == "TOTAL_PASSED"
    assert house.judged(house.mail(house.above, lists=[stolen])) == "OUT_OF_BOUNDS_NO_POE"


def test_rule_22b_required_lists_about_the_authority_may_come_with_what_is_stamped(house):
    while_valid = {"this": on(2016, 12), "until": on(2017, 1)}
    signers = [revocations(it, **while_valid) for it in (house.root, house.ec_issuing)]

    def judged(in_mail):
        mail = house.mail(house.above, lists=in_mail)
        return house.judged(mail, signers, revocation="required")

    new = [revocations(it, on(2025, 12)) for it in (house.tsa_root, house.above)]
    assert judged(new) == "TOTAL_PASSED"
    assert judged([]) == judged(new[:1]) == "OUT_OF_BOUNDS_NO_POE"
    # Whoever stole the key since chooses the time, and leaves out what tells of it.
    old = revocations(house.above, **while_valid)
    assert judged([new[0], old]) == "OUT_OF_BOUNDS_NO_POE"
    house.service = replace(ts.service(house.above, not_after=on(2016, 12, 20)), chain=[])
    assert judged([new[0], old]) == "TOTAL_PASSED", "the newest until its certificate ended"
