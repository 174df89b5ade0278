"""Forged words about whoever signs lists and responses: they neither silence a genuine revocation
nor lend anybody belief (RULES 22; docs/design/18).
"""

from __future__ import annotations

from itertools import pairwise

import cms
import der
import pki
import pytest
import responses
from world import ALICE

from stolen import (
    AT,
    HOLD,
    KEY_COMPROMISE,
    SUPERSEDED,
    TEXT,
    House,
    Outside,
    attributes,
    counter,
    indirect,
    mail_of,
    on,
    response,
    revocations,
)

NO_CHECK = pki.extension(responses.NO_CHECK, der.NULL)


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


def told(issuer, victim, since, reason, at, by=None):
    """What a CA, or its delegate, says of one of its certificates, with the reason."""
    given = {"by": by or issuer, "produced": at, "this": at, "following": on(2030)}
    return responses.response(issuer, victim.serial, responses.revoked(since, reason), **given)


class Two:
    """A CA with two delegates, a leaf, and what the CA says of the theft of the second's key."""

    def __init__(self, house, key=None, more=()):
        self.ca = pki.authority("CA", pki.rsa_key(2048), house.root)
        self.leaf = pki.leaf("Alice", pki.ec_key(), self.ca, ALICE)
        self.honest = responses.delegate("Honest", pki.ec_key(), self.ca)
        self.other = responses.delegate("Other", key or pki.ec_key(), self.ca, more=more)
        self.theft = told(self.ca, self.other, on(2021), KEY_COMPROMISE, on(2022))
        named = attributes(cms.signing_certificate_v2(self.leaf))
        self.now = mail_of(cms.signed(self.leaf, TEXT, attributes=named))
        self.then = mail_of(cms.signed(self.leaf, TEXT, attributes=named, unsigned=house.stamp))

    def says(self, by, of, at, **status):
        return response(self.ca, of, by, at, at, **status)


def test_rule_22_word_by_a_stolen_key_against_a_delegate_silences_no_revocation(house):
    made = Two(house)
    genuine = made.says(made.honest, made.leaf, on(2016, 2), revoked=on(2016))
    against = made.says(made.other, made.honest, on(2016, 1, 15), revoked=on(2016, 1, 10))
    for mail in (made.now, made.then):
        assert house.judged(mail, [], [genuine, made.theft]) == "REVOKED_NO_POE"
        assert house.judged(mail, [], [genuine, made.theft, against]) == "REVOKED_NO_POE"
    believed = house.judged(made.now, [], [genuine, against])
    assert believed == "TOTAL_PASSED", "of a delegate of whom nothing is known it counts"


def test_rule_22_word_by_a_broken_key_against_a_delegate_silences_no_revocation(house):
    made = Two(house, pki.small_rsa_key(512))
    genuine = made.says(made.honest, made.leaf, on(2024, 2), revoked=on(2024))
    against = made.says(made.other, made.honest, on(2024, 1, 15), revoked=on(2024, 1, 10))
    assert house.judged(made.now, [], [genuine]) == "REVOKED_NO_POE"
    assert house.judged(made.now, [], [genuine, against]) == "REVOKED_NO_POE"


def test_rule_22_theft_of_the_key_that_lifted_a_delegates_hold_silences_no_revocation(house):
    made = Two(house)
    held = told(made.ca, made.honest, on(2016), HOLD, on(2016, 1, 2))
    lifted = made.says(made.other, made.honest, on(2016, 1, 20))
    genuine = made.says(made.honest, made.leaf, on(2016, 2), revoked=on(2016, 1, 25))
    given = [held, lifted, genuine]
    assert house.judged(made.now, [], given) == "REVOKED_NO_POE"
    assert house.judged(made.now, [], [*given, made.theft]) == "REVOKED_NO_POE"
    assert house.judged(made.now, [], [held, genuine]) == "TOTAL_PASSED", "he was on hold then"


def test_rule_22_word_by_a_stolen_key_against_a_lister_silences_no_revocation(house):
    outside = Outside(house)
    revoking = outside.list(on(2016, 2), [(outside.leaf, on(2016), KEY_COMPROMISE)])
    thief = responses.delegate("Thief", pki.ec_key(), outside.above)
    theft = told(outside.above, thief, on(2021), KEY_COMPROMISE, on(2022))
    at, since = on(2016, 1, 15), on(2016, 1, 10)
    against = response(outside.above, outside.lister, thief, at, at, revoked=since)
    assert house.judged(outside.mail(), [revoking], [theft]) == "REVOKED_NO_POE"
    assert house.judged(outside.mail(), [revoking], [theft, against]) == "REVOKED_NO_POE"


@pytest.mark.parametrize("whose", ["service", "notary"])
def test_rule_22_word_by_a_stolen_key_against_a_delegate_hides_no_theft(house, whose):
    alice = pki.leaf("Alice", pki.ec_key(), house.ec_issuing, ALICE, not_after=on(2017, 3))
    notary = pki.leaf("Notary", pki.ec_key(), house.root, "n@example.com")
    ca, victim = {"service": (house.tsa_root, house.service), "notary": (house.root, notary)}[whose]
    unsigned = house.stamp if whose == "service" else counter(notary, AT)
    brought = [*cms.carried(alice), *cms.carried(notary)]
    given = {"attributes": attributes(), "unsigned": unsigned, "certificates": brought}
    mail = mail_of(cms.signed(alice, TEXT, **given))
    vouch = [f"notary:{house.file('notary.pem', notary.pem)}"]
    honest, thief = (responses.delegate(name, pki.ec_key(), ca) for name in ("Honest", "Thief"))
    lost = told(ca, victim, on(2019), KEY_COMPROMISE, on(2019, 2), by=honest)
    theft = told(ca, thief, on(2021), KEY_COMPROMISE, on(2022))
    at, since = on(2019, 1, 15), on(2019, 1, 10)
    against = response(ca, honest, thief, at, at, revoked=since)
    assert house.judged(mail, vouch=vouch) == "TOTAL_PASSED"
    for known in ([lost, theft], [lost, theft, against]):
        assert house.judged(mail, [], known, vouch=vouch) == "OUT_OF_BOUNDS_NO_POE"


@pytest.mark.parametrize("since", [2016, 2021])
def test_rule_22_delegate_replaced_and_then_stolen_lifts_no_hold(house, since):
    made = Two(house, more=[NO_CHECK])
    listed = revocations(made.ca, on(2016, 2), [(made.leaf, on(2016), HOLD)])
    lifted = made.says(made.other, made.leaf, on(2016, 6))
    replaced = told(made.ca, made.other, on(2016, 3), SUPERSEDED, on(2016, 4))
    stolen = told(made.ca, made.other, on(since, 5), KEY_COMPROMISE, on(2022))
    assert house.judged(made.then, [listed], [lifted, replaced]) == "TOTAL_PASSED"
    assert house.judged(made.then, [listed], [lifted, replaced, stolen]) == "TRY_LATER"


@pytest.mark.parametrize("robbed", ["himself", "a twin"])
@pytest.mark.parametrize("between", range(4))
def test_rule_22_stolen_delegate_lifts_no_hold_through_however_many_others(house, between, robbed):
    made = Two(house, more=[NO_CHECK])
    twin = pki.leaf("Web", made.other.key, made.ca, "w@x")
    of_twin = told(made.ca, twin, on(2021), KEY_COMPROMISE, on(2022))
    others = [responses.delegate(f"D{n}", pki.ec_key(), made.ca) for n in range(between)]
    held = [(who, on(2016), HOLD) for who in [made.leaf, *others]]
    listed = revocations(made.ca, on(2016, 2), held)
    chain = [made.leaf, *others, made.other]
    lifted = [made.says(by, of, on(2016, 6)) for of, by in pairwise(chain)]
    theft = made.theft if robbed == "himself" else of_twin
    assert house.judged(made.then, [listed], [*lifted, theft], [twin]) == "TRY_LATER"


@pytest.mark.parametrize("between", range(4))
def test_rule_22_lister_lifts_no_hold_of_a_delegate_where_he_is_too_deep_to_be_asked_about(
    house, between
):
    lister = pki.authority("Lister", pki.ec_key(), house.root, usages=("crl_sign",))
    points, scope = indirect(lister.subject)
    made = Two(house, more=[NO_CHECK, points])
    others = [responses.delegate(f"D{n}", pki.ec_key(), made.ca) for n in range(between)]
    chain = [made.leaf, *others, made.other]
    listed = revocations(made.ca, on(2016, 2), [(who, on(2016), HOLD) for who in chain])
    lifted = [made.says(by, of, on(2016, 6)) for of, by in pairwise(chain)]
    absent = revocations(lister, on(2016, 5), more=[scope])
    assert house.judged(made.then, [listed], lifted, [lister]) == "TRY_LATER"
    word = "TOTAL_PASSED" if between < 2 else "TRY_LATER"
    assert house.judged(made.then, [listed, absent], lifted, [lister]) == word


def test_rule_22_date_of_suspicion_before_a_word_silences_no_revocation(house):
    made = Two(house)
    genuine = made.says(made.honest, made.leaf, on(2016, 2), revoked=on(2016, 1, 25))
    suspect = pki.extension("2.5.29.24", responses.general_time(on(2016)))
    lost = [(made.honest, on(2021), KEY_COMPROMISE)]
    listed = revocations(made.ca, on(2016, 1, 2), lost, of=[suspect])
    assert house.judged(made.now, [], [genuine]) == "REVOKED_NO_POE"
    assert house.judged(made.now, [listed], [genuine]) == "REVOKED_NO_POE"
    before = revocations(made.ca, on(2016, 1, 2), [(made.honest, on(2016, 1), KEY_COMPROMISE)])
    assert house.judged(made.now, [before], [genuine]) == "TOTAL_PASSED", "revoked by then"


def test_rule_22_hold_by_nobody_who_may_makes_no_weak_list_decide(house):
    made = Two(house)
    forger = pki.authority("CA", pki.rsa_key(2048))
    held = [revocations(by, on(2020), [(made.leaf, on(2019, 6), HOLD)]) for by in (forger, made.ca)]
    weak = revocations(made.ca, on(2021), digest="sha1")
    assert house.judged(made.now, [weak]) == "TOTAL_PASSED"
    assert house.judged(made.now, [held[0], weak]) == "TOTAL_PASSED"
    assert house.judged(made.now, [held[1], weak]) == "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"


def test_rule_17_response_may_name_the_issuer_as_he_does_or_as_the_certificate_does(house):
    made = Two(house)
    spelled = made.ca.subject.replace(b"\x0c\x02CA", b"\x13\x02CA")
    assert spelled != made.ca.subject
    leaf = pki.leaf("Alice", pki.ec_key(), made.ca, ALICE, issuer_name=spelled)
    mail = mail_of(cms.signed(leaf, TEXT, attributes=attributes()))
    assert house.judged(mail) == "TOTAL_PASSED"
    by_subject = response(made.ca, leaf, made.ca, on(2025), on(2025), revoked=on(2019))
    assert house.judged(mail, [], [by_subject]) == "REVOKED_NO_POE"


def test_rule_15_algorithms_that_lifted_the_hold_of_a_delegate_count_with_his_word(house):
    made = Two(house, pki.small_rsa_key(512))
    listed = revocations(
        made.ca, on(2020), [(who, on(2019), HOLD) for who in (made.leaf, made.honest)]
    )
    direct = made.says(made.other, made.leaf, on(2021))
    through = [
        made.says(made.honest, made.leaf, on(2021)),
        made.says(made.other, made.honest, on(2021)),
    ]
    assert house.judged(made.now, [listed]) == "TRY_LATER"
    for lifted in ([direct], through):
        assert house.judged(made.now, [listed], lifted) == "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"


def test_rule_15_weak_list_that_lifted_a_hold_counts_when_it_is_no_longer_current_too(house):
    made = Two(house)
    held = revocations(made.ca, on(2020), [(made.leaf, on(2019, 6), HOLD)], until=on(2020, 2))
    for digest, word in (("sha256", "TOTAL_PASSED"), ("sha1", "CRYPTO_CONSTRAINTS_FAILURE_NO_POE")):
        lifted = revocations(made.ca, on(2021), digest=digest, until=on(2021, 2))
        assert house.judged(made.now, [held, lifted]) == word
