"""From where the chain of a time-stamp authority is built: its token, what is stamped, and the
operator's intermediates; and nothing of that is trusted (RULES 22b).
"""

from __future__ import annotations

from dataclasses import replace

import cms
import pki
import pytest
import time_stamps as ts
from world import ALICE

from stolen import TEXT, House, attributes, mail_of, on


class Stamped(House):
    """Mail with a token that brings nothing but the certificate of its authority."""

    def __init__(self, folder):
        super().__init__(folder)
        self.above = pki.authority("Time CA", pki.ec_key(), self.tsa_root)
        self.service = replace(ts.service(self.above), chain=[])

    def mail(self, *more):
        alice = pki.leaf("Alice", pki.ec_key(), self.ec_issuing, ALICE, not_after=on(2017, 3))
        brought = [*cms.carried(alice), *(it.der for it in more)]
        given = {"unsigned": self.stamp, "certificates": brought}
        return mail_of(cms.signed(alice, TEXT, attributes=attributes(), **given))


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
