"""Whoever signs lists and responses, once his key came into other hands: nothing good that he says
counts, whatever time he gives, and what he said against somebody stands (RULES 22; docs/design/18).
"""

from __future__ import annotations

import cms
import der
import pki
import pytest
import responses
from world import ALICE

from stolen import (
    HOLD,
    KEY_COMPROMISE,
    SUPERSEDED,
    TEXT,
    House,
    Outside,
    attributes,
    mail_of,
    on,
    response,
    revocations,
)


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


@pytest.fixture
def outside(house):
    return Outside(house)


OF_LISTER = ["lister", "above"]


@pytest.mark.parametrize("whose", OF_LISTER)
@pytest.mark.parametrize("reason", [KEY_COMPROMISE, SUPERSEDED])
def test_rule_22_lister_outside_the_path_whose_key_was_stolen_lifts_no_hold(
    house, outside, whose, reason
):
    hold = outside.list(on(2016, 2), [(outside.leaf, on(2016), HOLD)])
    backdated = outside.list(on(2016, 6))
    revoked = {"lister": (outside.above, outside.lister), "above": (house.root, outside.above)}
    issuer, victim = revoked[whose]
    lost = revocations(issuer, on(2025, 6), [(victim, on(2020), reason)])
    assert house.judged(outside.mail(), [hold]) == "TRY_LATER"
    assert house.judged(outside.mail(), [hold, backdated]) == "TOTAL_PASSED"
    word = "TRY_LATER" if reason == KEY_COMPROMISE else "TOTAL_PASSED"
    assert house.judged(outside.mail(), [hold, backdated, lost]) == word


@pytest.mark.parametrize("whose", OF_LISTER)
def test_rule_22_lister_outside_the_path_whose_key_was_stolen_says_nothing_good(
    house, outside, whose
):
    rest = [revocations(house.root, on(2025, 6)), revocations(house.tsa_root, on(2025, 6))]
    backdated = outside.list(on(2017))
    revoked = {"lister": (outside.above, outside.lister), "above": (house.root, outside.above)}
    issuer, victim = revoked[whose]
    stolen = revocations(issuer, on(2025, 7), [(victim, on(2020), KEY_COMPROMISE)])
    required = {"revocation": "required"}
    assert house.judged(outside.mail(), [*rest, backdated], **required) == "TOTAL_PASSED"
    word = "CERTIFICATE_CHAIN_GENERAL_FAILURE"
    assert house.judged(outside.mail(), [*rest, backdated, stolen], **required) == word


def test_rule_22_what_a_lister_said_before_his_key_was_stolen_stands(house, outside):
    revoking = outside.list(on(2016, 2), [(outside.leaf, on(2016), KEY_COMPROMISE)])
    stolen = revocations(outside.above, on(2025, 6), [(outside.lister, on(2020), KEY_COMPROMISE)])
    assert house.judged(outside.mail(), [revoking]) == "REVOKED_NO_POE"
    assert house.judged(outside.mail(), [revoking, stolen]) == "REVOKED_NO_POE"


class Delegated:
    """A CA, a leaf, and a delegate who answers for the CA."""

    def __init__(self, house, more=()):
        self.ca = pki.authority("CA", pki.rsa_key(2048), house.root)
        self.leaf = pki.leaf("Alice", pki.ec_key(), self.ca, ALICE)
        self.delegate = responses.delegate("Responder", pki.ec_key(), self.ca, more=more)
        named = attributes(cms.signing_certificate_v2(self.leaf))
        self.mail = mail_of(cms.signed(self.leaf, TEXT, attributes=named, unsigned=house.stamp))

    def response(self, at, **status):
        return response(self.ca, self.leaf, self.delegate, at, at, **status)


def test_rule_22_what_a_delegate_said_before_his_key_was_stolen_stands(house):
    made = Delegated(house)
    revoking = made.response(on(2016, 2), revoked=on(2016))
    stolen = revocations(made.ca, on(2022), [(made.delegate, on(2021), KEY_COMPROMISE)])
    clean = revocations(made.ca, on(2017))
    assert house.judged(made.mail, [clean], [revoking]) == "REVOKED_NO_POE"
    assert house.judged(made.mail, [clean, stolen], [revoking]) == "REVOKED_NO_POE"


@pytest.mark.parametrize("is_unchecked", [False, True])
def test_rule_22_delegate_not_to_be_checked_is_not_believed_once_known_to_be_stolen(
    house, is_unchecked
):
    more = [pki.extension(responses.NO_CHECK, der.NULL)] if is_unchecked else []
    made = Delegated(house, more)
    listed = revocations(made.ca, on(2016, 2), [(made.leaf, on(2016), HOLD)])
    lifting = made.response(on(2016, 6))
    lost = {
        reason: revocations(made.ca, on(2022), [(made.delegate, on(2021), reason)])
        for reason in (SUPERSEDED, KEY_COMPROMISE)
    }
    assert house.judged(made.mail, [listed], [lifting]) == "TOTAL_PASSED"
    assert house.judged(made.mail, [listed, lost[SUPERSEDED]], [lifting]) == "TOTAL_PASSED"
    assert house.judged(made.mail, [listed, lost[KEY_COMPROMISE]], [lifting]) == "TRY_LATER"


def test_rule_22_lists_of_a_stolen_ca_key_are_believed_only_if_they_are_shown_to_be_older(house):
    made = Delegated(house)
    hold = revocations(made.ca, on(2016, 2), [(made.leaf, on(2016), HOLD)])
    backdated = revocations(made.ca, on(2016, 6))
    stolen = revocations(house.root, on(2025, 6), [(made.ca, on(2019), KEY_COMPROMISE)])
    assert house.judged(made.mail, [stolen]) == "TOTAL_PASSED", "the leaf is shown to be older"
    assert house.judged(made.mail, [hold, backdated]) == "TOTAL_PASSED"
    assert house.judged(made.mail, [hold, backdated, stolen]) == "REVOKED_CA_NO_POE"
    rest = [revocations(house.tsa_root, on(2025, 6)), revocations(house.root, on(2018))]
    current, required = revocations(made.ca, on(2017)), {"revocation": "required"}
    assert house.judged(made.mail, [*rest, current], **required) == "TOTAL_PASSED"
    word = house.judged(made.mail, [*rest, current, stolen], **required)
    assert word == "REVOKED_CA_NO_POE"
