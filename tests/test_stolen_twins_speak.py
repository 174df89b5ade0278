"""Whoever speaks of certificates or times, once another certificate of his key is told to be
stolen: he is believed no more than if it were told of his own (RULES 22, 22b; docs/design/18).
"""

from __future__ import annotations

import cms
import pki
import pytest
import responses
import time_stamps as ts
from world import ALICE

from stolen import (
    AT,
    HARMLESS,
    HOLD,
    KEY_COMPROMISE,
    SUPERSEDED,
    TEXT,
    House,
    Outside,
    attributes,
    counter,
    countersigned,
    mail_of,
    on,
    response,
    revocations,
    without_reason,
)


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


@pytest.mark.parametrize("known", ["by the mail", "by the operator"])
def test_rule_22b_time_stamp_authority_with_a_stolen_twin_counts_at_no_time(house, known):
    alice = pki.leaf("Alice", pki.ec_key(), house.ec_issuing, ALICE, not_after=on(2017, 3))
    key = house.service.key
    new = ts.service(house.tsa_root, key=key, not_before=on(2017), not_after=on(2020))
    more = [new.der] if known == "by the mail" else []
    signed = cms.signed(
        alice,
        TEXT,
        attributes=attributes(),
        unsigned=house.stamp,
        certificates=[*cms.carried(alice), *more],
    )
    given = {"intermediates": [new]} if known == "by the operator" else {}

    def judged(*entry):
        return house.judged(
            mail_of(signed), [revocations(house.tsa_root, on(2025, 6), [entry])], **given
        )

    assert house.judged(mail_of(signed), **given) == "TOTAL_PASSED"
    assert judged(new, on(2019), KEY_COMPROMISE) == "OUT_OF_BOUNDS_NO_POE"
    for reason in HARMLESS:
        assert judged(new, on(2019), reason) == "TOTAL_PASSED"
    untold = without_reason(house.tsa_root, on(2025, 6), new, on(2019))
    assert house.judged(mail_of(signed), [untold], **given) == "OUT_OF_BOUNDS_NO_POE"


@pytest.mark.parametrize("reason", [KEY_COMPROMISE, *HARMLESS])
def test_rule_22_delegate_with_a_stolen_twin_lifts_no_hold(house, reason):
    ca, key = pki.authority("CA", pki.rsa_key(2048), house.root), pki.ec_key()
    leaf = pki.leaf("Alice", pki.ec_key(), ca, ALICE)
    own = responses.delegate("R", key, ca, not_before=on(2015), not_after=on(2018))
    twin = responses.delegate("R", key, ca, not_before=on(2015, 6), not_after=on(2023))
    hold = revocations(ca, on(2016, 2), [(leaf, on(2016), HOLD)])
    lost = revocations(ca, on(2022), [(twin, on(2021), reason)])
    named = attributes(cms.signing_certificate_v2(leaf))
    brought = [*cms.carried(leaf), twin.der]
    given = {"attributes": named, "unsigned": house.stamp, "certificates": brought}
    mail = mail_of(cms.signed(leaf, TEXT, **given))
    lifted = [response(ca, leaf, own, on(2016, 6), on(2016, 6))]
    assert house.judged(mail, [hold], lifted) == "TOTAL_PASSED"
    word = "TRY_LATER" if reason == KEY_COMPROMISE else "TOTAL_PASSED"
    assert house.judged(mail, [hold, lost], lifted) == word


@pytest.mark.parametrize("is_stolen", [False, True])
def test_rule_22_lister_with_a_stolen_twin_lifts_no_hold(house, is_stolen):
    outside = Outside(house)
    twin = pki.leaf("Web", outside.lister.key, outside.ca, "w@x")
    hold = outside.list(on(2016, 2), [(outside.leaf, on(2016), HOLD)])
    lists = [hold, outside.list(on(2016, 6))]
    reason = KEY_COMPROMISE if is_stolen else SUPERSEDED
    lists.append(revocations(outside.ca, on(2022), [(twin, on(2021), reason)]))
    word = "TRY_LATER" if is_stolen else "TOTAL_PASSED"
    assert house.judged(outside.mail(), lists, intermediates=[twin]) == word


@pytest.mark.parametrize("speaks", ["reliably", "with a stolen key", "weakly", "unsigned"])
def test_rule_22_theft_told_of_a_delegates_twin_silences_him_only_if_it_is_reliable(house, speaks):
    ca, key = pki.authority("CA", pki.rsa_key(2048), house.root), pki.ec_key()
    other = pki.authority("Other CA", pki.ec_key(), house.root)
    leaf = pki.leaf("Alice", pki.ec_key(), ca, ALICE)
    honest = responses.delegate("Honest", key, ca)
    twin = pki.leaf("Web", key, other, "w@x")
    genuine = response(ca, leaf, honest, on(2016, 2), on(2016, 2), revoked=on(2016, 1, 25))
    by = pki.authority("Other CA", pki.ec_key()) if speaks == "unsigned" else other
    digest = "sha1" if speaks == "weakly" else "sha256"
    entries = [(twin, on(2016, 1, 10), KEY_COMPROMISE)]
    lists = [revocations(by, on(2016, 1, 20), entries, digest)]
    if speaks == "with a stolen key":
        lists.append(revocations(house.root, on(2025), [(other, on(2021), KEY_COMPROMISE)]))
    mail = mail_of(cms.signed(leaf, TEXT, attributes=attributes()))
    given = {"responses": [genuine], "intermediates": [twin, other]}
    assert house.judged(mail, **given) == "REVOKED_NO_POE"
    word = "TOTAL_PASSED" if speaks == "reliably" else "REVOKED_NO_POE"
    assert house.judged(mail, lists, **given) == word, "his key was in other hands by then"


@pytest.mark.parametrize("leads", ["to the root", "nowhere"])
@pytest.mark.parametrize("who", ["notary", "countersigner"])
def test_rule_22b_whoever_attests_a_time_with_a_stolen_twin_is_not_believed(house, who, leads):
    alice = pki.leaf("Alice", pki.ec_key(), house.ec_issuing, ALICE, not_after=on(2017, 3))
    issuer = house.root if leads == "to the root" else house.other_root
    witness = pki.leaf("Witness", pki.ec_key(), issuer, "n@x")
    other = pki.authority("Other CA", pki.ec_key(), house.root)
    twin = pki.leaf("Web", witness.key, other, "w@x", ekus=("server",))
    vouch = [f"notary:{house.file('notary.pem', witness.pem)}"] if who == "notary" else []
    signed = countersigned(alice, witness)
    if who == "countersigner":
        signed = cms.signed(
            alice,
            TEXT,
            attributes=attributes(),
            unsigned=counter(witness, AT, unsigned=house.stamp),
            certificates=[*cms.carried(alice), *cms.carried(witness)],
        )
    given = {"vouch": vouch, "intermediates": [twin, other]}
    passes = who == "notary" or leads == "to the root"
    assert (house.judged(mail_of(signed), **given) == "TOTAL_PASSED") is passes
    lost = revocations(other, on(2025, 6), [(twin, on(2019), KEY_COMPROMISE)])
    untold = without_reason(other, on(2025, 6), twin, on(2019))
    for told in (lost, untold):
        assert house.judged(mail_of(signed), [told], **given) == "OUT_OF_BOUNDS_NO_POE"
    forger = pki.authority("Other CA", pki.ec_key())
    forged = revocations(forger, on(2025, 6), [(twin, on(2019), KEY_COMPROMISE)])
    assert (house.judged(mail_of(signed), [forged], **given) == "TOTAL_PASSED") is passes


def test_rule_22b_notary_with_more_stolen_twins_than_are_looked_at_is_not_believed(house):
    alice = pki.leaf("Alice", pki.ec_key(), house.ec_issuing, ALICE, not_after=on(2017, 3))
    notary = pki.leaf("Notary", pki.ec_key(), house.root, "n@x")
    forger = pki.authority("Forger", pki.ec_key())
    twins = [pki.leaf(f"Twin {n}", notary.key, forger, "t@x") for n in range(33)]
    mail = mail_of(countersigned(alice, notary))
    vouch = [f"notary:{house.file('notary.pem', notary.pem)}"]

    def judged(stolen):
        entries = [(twin, on(2019), KEY_COMPROMISE) for twin in stolen]
        lists = [revocations(forger, on(2025, 6), entries)]
        return house.judged(mail, lists, vouch=vouch, intermediates=twins)

    assert judged(twins[:32]) == "TOTAL_PASSED", "nobody trusted says so"
    assert judged(twins) == "OUT_OF_BOUNDS_NO_POE"
