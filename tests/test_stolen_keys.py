"""Keys that came into other hands, or that anybody can break by now: what they may have signed
since proves nothing, however old it says it is (RULES 15, 22b; docs/design/18).

Each message would pass if the one who signed it could be believed.
"""

from __future__ import annotations

import datetime as dt
from hashlib import sha256

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


def test_rule_22b_stamp_over_a_signature_leaves_open_what_a_stolen_ca_key_issued(house):
    ca = pki.authority("Issuing X", pki.ec_key(), house.root)
    leaf = pki.leaf("Alice", pki.ec_key(), ca, ALICE)
    stolen = revocations(house.root, on(2025, 6), [(ca, on(2019), KEY_COMPROMISE)])
    replaced = revocations(house.root, on(2025, 6), [(ca, on(2019), SUPERSEDED)])
    plain = mail_of(cms.signed(leaf, TEXT, attributes=attributes(), unsigned=house.stamp))
    assert house.judged(plain, [stolen]) == "REVOKED_CA_NO_POE"
    assert house.judged(plain, [replaced]) == "TOTAL_PASSED"
    named = attributes(cms.signing_certificate_v2(leaf))
    named = mail_of(cms.signed(leaf, TEXT, attributes=named, unsigned=house.stamp))
    assert house.judged(named, [stolen]) == "TOTAL_PASSED", "as old as the signature over it"


@pytest.mark.parametrize(("bits", "word"), [(512, "OUT_OF_BOUNDS_NO_POE"), (2048, "TOTAL_PASSED")])
def test_rule_22b_notary_with_a_key_that_anybody_can_break_is_not_believed(house, bits, word):
    begin, end, when = on(1998), on(2001), on(1999, 6)
    issuing = pki.authority("EC old", pki.ec_key(), house.root, not_before=on(1997))
    alice = pki.leaf("Alice", pki.ec_key(), issuing, ALICE, not_before=begin, not_after=end)
    key = pki.small_rsa_key(bits) if bits < 1024 else pki.rsa_key(bits)
    notary = pki.leaf("Notary", key, house.other_root, "n@x", not_before=begin, not_after=end)
    vouch = [f"notary:{house.file('notary.pem', notary.pem)}"]
    signed = cms.signed(
        alice,
        TEXT,
        attributes=attributes(at=when),
        unsigned=counter(notary, when),
        certificates=[*cms.carried(alice), *cms.carried(notary)],
    )
    assert house.judged(mail_of(signed), vouch=vouch) == word


@pytest.mark.parametrize("own", [{}, {"ekus": ("server",)}], ids=["for mail", "for other things"])
@pytest.mark.parametrize("since", [2015, 2019])
def test_rule_22b_notary_whose_key_was_stolen_is_not_believed(house, since, own):
    alice = pki.leaf("Alice", pki.ec_key(), house.ec_issuing, ALICE, not_after=on(2017, 3))
    notary = pki.leaf("Notary", pki.ec_key(), house.root, "n@x", **own)
    signed = countersigned(alice, notary)
    vouch = [f"notary:{house.file('notary.pem', notary.pem)}"]
    stolen = revocations(house.root, on(2025, 6), [(notary, on(since), KEY_COMPROMISE)])
    assert house.judged(mail_of(signed), vouch=vouch) == "TOTAL_PASSED"
    assert house.judged(mail_of(signed), [stolen], vouch=vouch) == "OUT_OF_BOUNDS_NO_POE"


def test_rule_22b_notary_of_whom_too_much_is_said_to_be_looked_at_is_not_believed(house):
    alice = pki.leaf("Alice", pki.ec_key(), house.ec_issuing, ALICE, not_after=on(2017, 3))
    notary = pki.leaf("Notary", pki.ec_key(), house.root, "n@x")
    signed = countersigned(alice, notary)
    vouch = [f"notary:{house.file('notary.pem', notary.pem)}"]
    stolen = revocations(house.root, on(2025, 6), [(notary, on(2019), KEY_COMPROMISE)])
    forger = pki.authority("Root", pki.ec_key())
    revoked = [(notary, on(2012), SUPERSEDED)]
    flood = [revocations(forger, on(2010) + dt.timedelta(n), revoked) for n in range(120)]
    assert house.judged(mail_of(signed), vouch=vouch) == "TOTAL_PASSED"
    assert house.judged(mail_of(signed), [*flood, stolen], vouch=vouch) == "OUT_OF_BOUNDS_NO_POE"


@pytest.mark.parametrize("mode", ["if-available", "required"])
@pytest.mark.parametrize("told", ["by a list", "by a response"])
def test_rule_22b_stolen_notary_is_not_believed_where_his_ca_is_left_out(house, told, mode):
    ca = pki.authority("Notary CA", pki.ec_key(), house.root)
    alice = pki.leaf("Alice", pki.ec_key(), house.root, ALICE, not_after=on(2017, 3))
    notary = pki.leaf("Notary", pki.ec_key(), ca, "n@x")
    vouch = [f"notary:{house.file('notary.pem', notary.pem)}"]
    signed = countersigned(alice, notary, [alice.der, notary.der])
    lists, answers = [revocations(house.root, on(2017)), revocations(ca, on(2017))], []
    options = {"vouch": vouch, "revocation": mode}
    assert house.judged(mail_of(signed), lists, **options) == "TOTAL_PASSED"
    if told == "by a list":
        lists.append(revocations(ca, on(2025, 6), [(notary, on(2019), KEY_COMPROMISE)]))
    else:
        answers.append(response(ca, notary, ca, on(2025, 6), on(2025, 6), revoked=on(2019)))
    assert house.judged(mail_of(signed), lists, answers, **options) == "OUT_OF_BOUNDS_NOT_REVOKED"


@pytest.mark.parametrize(
    ("since", "own"), [(2015, {}), (2019, {"ekus": ("server",)})], ids=["before", "other things"]
)
def test_rule_22b_stolen_notary_is_not_believed_for_another_certificate_of_his_key(
    house, since, own
):
    alice = pki.leaf("Alice", pki.ec_key(), house.ec_issuing, ALICE, not_after=on(2017, 3))
    notary = pki.leaf("Notary", pki.ec_key(), house.root, "n@x", **own)
    # The candidates stand by their hashes, and the one that is vouched for comes first.
    twins = (pki.leaf(f"M{n}", notary.key, house.ec_issuing, "m@x") for n in range(100))
    twin = next(it for it in twins if sha256(it.der).digest() > sha256(notary.der).digest())

    def by_key(value):
        own = [cms.signing_time(AT), cms.message_digest(value)]
        named = cms.by_key_identifier(notary)
        info = cms.signer_info(notary, value, attributes=own, sid=named, version=3)
        return [cms.attribute(cms.COUNTERSIGNATURE, info)]

    signed = cms.signed(
        alice,
        TEXT,
        attributes=attributes(),
        unsigned=by_key,
        certificates=[*cms.carried(alice), notary.der, twin.der],
    )
    vouch = [f"notary:{house.file('notary.pem', notary.pem)}"]
    stolen = revocations(house.root, on(2025, 6), [(notary, on(since), KEY_COMPROMISE)])
    assert house.judged(mail_of(signed), vouch=vouch) == "TOTAL_PASSED"
    assert house.judged(mail_of(signed), [stolen], vouch=vouch) == "OUT_OF_BOUNDS_NO_POE"


@pytest.mark.parametrize(("bits", "word"), [(1024, "OUT_OF_BOUNDS_NO_POE"), (2048, "TOTAL_PASSED")])
def test_rule_22b_countersigner_with_weak_keys_proves_no_age(house, bits, word):
    issuing = pki.authority("CA", pki.rsa_key(bits), house.root)
    witness = pki.leaf("Witness", pki.rsa_key(bits), issuing, "c@x")
    alice = pki.leaf("Alice", pki.ec_key(), house.ec_issuing, ALICE, not_after=on(2017, 3))
    signed = cms.signed(
        alice,
        TEXT,
        attributes=attributes(),
        unsigned=counter(witness, AT, unsigned=house.stamp),
        certificates=[*cms.carried(alice), *cms.carried(witness)],
    )
    assert house.judged(mail_of(signed)) == word


def test_rule_15_list_by_a_key_that_is_weak_when_it_is_made_says_nothing_good(house):
    table = house.file(
        "own.toml",
        b'format = 1\nname = "own"\ndate = 2026-01-01\n'
        b'[[key]]\nalgorithms = ["rsa"]\nbelow_bits = 2048\ngood_until = 2018-01-01\n'
        b'source = "test"\n',
    )
    ca = pki.authority("Weak CA", pki.rsa_key(1024), house.root)
    leaf = pki.leaf("Alice", pki.ec_key(), ca, ALICE)
    named = attributes(cms.signing_certificate_v2(leaf))
    mail = mail_of(cms.signed(leaf, TEXT, attributes=named, unsigned=house.stamp))
    lists = [revocations(house.root, on(2025, 6)), revocations(ca, on(2024))]
    lists.append(revocations(house.tsa_root, on(2025, 6)))
    word = house.judged(mail, lists, policy=table, revocation="required")
    assert word == "CRYPTO_CONSTRAINTS_FAILURE"


@pytest.mark.parametrize("digest", ["sha1", "sha256"])
def test_rule_15_hold_is_lifted_by_what_is_strong_alone(house, digest):
    ca = pki.authority("CA", pki.rsa_key(2048), house.root)
    leaf = pki.leaf("Alice", pki.ec_key(), ca, ALICE)
    mail = mail_of(cms.signed(leaf, TEXT, attributes=attributes()))
    hold = revocations(ca, on(2020), [(leaf, on(2019, 6), HOLD)])
    lifting = revocations(ca, on(2021), digest=digest)
    assert house.judged(mail, [hold]) == "TRY_LATER"
    lifted = "TOTAL_PASSED" if digest == "sha256" else "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
    assert house.judged(mail, [hold, lifting]) == lifted


@pytest.mark.parametrize("is_stolen", [True, False])
def test_rule_22_delegate_whose_key_was_stolen_lifts_no_hold(house, is_stolen):
    ca = pki.authority("CA", pki.rsa_key(2048), house.root)
    leaf = pki.leaf("Alice", pki.ec_key(), ca, ALICE)
    delegate = responses.delegate("Responder", pki.ec_key(), ca)
    entries = [(leaf, on(2019, 6), HOLD)]
    if is_stolen:
        entries.append((delegate, on(2022), KEY_COMPROMISE))
    lists = [revocations(ca, on(2025, 12), entries)]
    backdated = response(ca, leaf, delegate, on(2021), on(2025, 12, 20))
    mail = mail_of(cms.signed(leaf, TEXT, attributes=attributes()))
    word = "TRY_LATER" if is_stolen else "TOTAL_PASSED"
    assert house.judged(mail, lists, [backdated]) == word


@pytest.mark.parametrize("also_replaced", [False, True])
def test_rule_22b_authority_is_judged_by_the_worst_that_is_said_of_its_key(house, also_replaced):
    alice = pki.leaf("Alice", pki.ec_key(), house.ec_issuing, ALICE, not_after=on(2017, 3))
    mail = mail_of(cms.signed(alice, TEXT, attributes=attributes(), unsigned=house.stamp))
    replaced = revocations(
        house.tsa_root, on(2018, 6), [(house.service, on(2018), SUPERSEDED)], until=on(2018, 12)
    )
    stolen = revocations(house.tsa_root, on(2025, 6), [(house.service, on(2019), KEY_COMPROMISE)])
    assert house.judged(mail, [replaced]) == "TOTAL_PASSED"
    lists = [replaced, stolen] if also_replaced else [stolen]
    assert house.judged(mail, lists) == "OUT_OF_BOUNDS_NO_POE"


def test_rule_22b_authority_revoked_for_a_reason_that_is_not_told_counts_at_no_time(house):
    alice = pki.leaf("Alice", pki.ec_key(), house.ec_issuing, ALICE, not_after=on(2017, 3))
    mail = mail_of(cms.signed(alice, TEXT, attributes=attributes(), unsigned=house.stamp))
    service, made = house.service, on(2025, 6)

    def listed(reason):
        return house.judged(
            mail, [revocations(house.tsa_root, made, [(service, on(2019), reason)])]
        )

    assert (listed(0), listed(SUPERSEDED)) == ("TOTAL_PASSED", "TOTAL_PASSED")
    assert listed(7) == "OUT_OF_BOUNDS_NO_POE", "nobody knows what 7 is"
    untold = without_reason(house.tsa_root, made, service, on(2019))
    assert house.judged(mail, [untold]) == "OUT_OF_BOUNDS_NO_POE"
    answer = response(house.tsa_root, service, house.tsa_root, made, made, revoked=on(2019))
    assert house.judged(mail, [], [answer]) == "OUT_OF_BOUNDS_NO_POE"
    ca = pki.authority("Issuing X", pki.ec_key(), house.root)
    leaf = pki.leaf("Alice", pki.ec_key(), ca, ALICE)
    mail = mail_of(cms.signed(leaf, TEXT, attributes=attributes(), unsigned=house.stamp))
    untold = without_reason(house.root, made, ca, on(2019))
    assert house.judged(mail, [untold]) == "REVOKED_CA_NO_POE"


@pytest.mark.parametrize("is_lifted", [False, True])
def test_rule_22b_hold_that_began_later_counts_until_it_is_lifted(house, is_lifted):
    ca = pki.authority("Issuing X", pki.ec_key(), house.root)
    leaf = pki.leaf("Alice", pki.ec_key(), ca, ALICE)
    alice = pki.leaf("Alice", pki.ec_key(), house.ec_issuing, ALICE, not_after=on(2017, 3))
    notary = pki.leaf("Notary", pki.ec_key(), house.root, "n@x")
    vouch = [f"notary:{house.file('notary.pem', notary.pem)}"]
    stamped = [
        mail_of(cms.signed(it, TEXT, attributes=attributes(), unsigned=house.stamp))
        for it in (alice, leaf)
    ]
    signed = countersigned(alice, notary)

    def judged(mail, who, issuer, **options):
        lists = [revocations(issuer, on(2020), [(who, on(2019), HOLD)])]
        lists.extend([revocations(issuer, on(2025, 6))] if is_lifted else [])
        return house.judged(mail, lists, **options)

    words = [
        judged(stamped[0], house.service, house.tsa_root),
        judged(stamped[1], ca, house.root),
        judged(mail_of(signed), notary, house.root, vouch=vouch),
    ]
    held = ["OUT_OF_BOUNDS_NO_POE", "REVOKED_CA_NO_POE", "OUT_OF_BOUNDS_NO_POE"]
    assert words == (["TOTAL_PASSED"] * 3 if is_lifted else held)


@pytest.mark.parametrize("own", ["a CA for other things", "a key for other things", "no policy"])
def test_rule_22b_notary_is_believed_for_what_the_operator_says_his_key_is_for(house, own):
    policy = pki.extension("2.5.29.32", der.seq(der.seq(der.oid("1.2.3.4"))))
    issuing = pki.authority("Issuing P", pki.ec_key(), house.root, more=[policy])
    alice = pki.leaf("Alice", pki.ec_key(), issuing, ALICE, not_after=on(2017, 3), more=[policy])
    ekus = {"ekus": ("server",)} if own == "a CA for other things" else {}
    usages = {"usages": ("key_encipherment",)} if own == "a key for other things" else {}
    ca = pki.authority("Notary CA", pki.ec_key(), house.root, **ekus)
    notary = pki.leaf("Notary", pki.ec_key(), ca, "n@x", **usages)
    signed = countersigned(alice, notary)
    vouch = [f"notary:{house.file('notary.pem', notary.pem)}"]
    options = {"vouch": vouch, "require_explicit_policy": own == "no policy"}
    assert house.judged(mail_of(signed), **options) == "TOTAL_PASSED"
    stolen = revocations(ca, on(2025, 6), [(notary, on(2019), KEY_COMPROMISE)])
    assert house.judged(mail_of(signed), [stolen], **options) == "OUT_OF_BOUNDS_NO_POE"
