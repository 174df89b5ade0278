"""A CA that several roots certify: by which of them a mail comes is up to the sender, and what is
told against a certificate counts by all of them (RULES 22; docs/design/18)."""

from __future__ import annotations

import cms
import der
import pki
import pytest
import time_stamps as ts
from world import ALICE

import contract
import smimebatch as sb
from stolen import (
    KEY_COMPROMISE,
    SUPERSEDED,
    TEXT,
    House,
    attributes,
    indirect,
    mail_of,
    on,
    revocations,
)

WAYS = ["one", "other", "both"]


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


def judged(house, mail, roots, lists=(), intermediates=()):
    """Return indication or sub-indication under several roots."""
    places = [house.file(f"root-{n}.pem", root.pem) for n, root in enumerate(roots)]
    crls = [house.file(f"{n}.crl", found) for n, found in enumerate(lists)]
    known = [house.file(f"known-{n}.pem", it.pem) for n, it in enumerate(intermediates)]
    trust = sb.Trust.load(*places, crls=crls, intermediates=known)
    found = sb.verify_batch(contract.record_batch([mail]), trust=trust, now=contract.NOW)
    (row,) = contract.rows(found.messages)
    return row["sub_indication"] or row["indication"]


def signed_by_way(leaf, way, first, second):
    """The leaf's mail with the certificate of its CA by one root, by the other, or with both."""
    brought = {"one": [first], "other": [second], "both": [first, second]}[way]
    certificates = [leaf.der, *(it.der for it in brought)]
    return mail_of(cms.signed(leaf, TEXT, attributes=attributes(), certificates=certificates))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("stranger", [False, True], ids=["its own", "a stranger"])
def test_rule_22_indirect_list_under_one_root_counts_whatever_root_the_mail_comes_by(
    house, way, stranger
):
    other, key = pki.authority("Root B", pki.ec_key()), pki.ec_key()
    third = pki.authority("Root C", pki.ec_key())
    first, second = (pki.authority("CA", key, root) for root in (house.root, other))
    above = third if stranger else house.root
    lister = pki.authority("Lister", pki.ec_key(), above, usages=("crl_sign",))
    points, scope = indirect(lister.subject)
    leaf = pki.leaf("Alice", pki.ec_key(), first, ALICE, more=[points])
    of = pki.extension("2.5.29.29", der.seq(der.explicit(4, first.subject)), True)
    told = revocations(lister, on(2025), [(leaf, on(2016), KEY_COMPROMISE)], more=[scope], of=[of])
    mail = signed_by_way(leaf, way, first, second)
    roots, known = [house.root, other, third], [lister, first]
    assert judged(house, mail, roots, intermediates=known) == "TOTAL_PASSED"
    # Whoever is trusted for other CAs says nothing about this one.
    expected = "TOTAL_PASSED" if stranger else "REVOKED_NO_POE"
    assert judged(house, mail, roots, [told], known) == expected


@pytest.mark.parametrize("way", WAYS)
def test_rule_22_list_of_the_cas_own_key_counts_where_one_certificate_may_not_sign_it(house, way):
    other, key = pki.authority("Root B", pki.ec_key()), pki.ec_key()
    first = pki.authority("CA", key, house.root)
    second = pki.authority("CA", key, other, usages=("cert_sign",))
    leaf = pki.leaf("Alice", pki.ec_key(), first, ALICE)
    told = revocations(first, on(2025), [(leaf, on(2016), KEY_COMPROMISE)])
    mail = signed_by_way(leaf, way, first, second)
    roots = [house.root, other]
    assert judged(house, mail, roots, intermediates=[first]) == "TOTAL_PASSED"
    assert judged(house, mail, roots, [told], [first]) == "REVOKED_NO_POE"


def test_rule_22_theft_of_a_twin_is_told_by_whoever_lists_under_the_root_of_the_twin(house):
    other, key = pki.authority("Root B", pki.ec_key()), pki.ec_key()
    ca = pki.authority("CA", pki.ec_key(), other)
    lister = pki.authority("Lister", pki.ec_key(), other, usages=("crl_sign",))
    points, scope = indirect(lister.subject)
    own = pki.leaf("Alice", key, house.ec_issuing, ALICE)
    twin = pki.leaf("Server", key, ca, "s@x", more=[points])
    of = pki.extension("2.5.29.29", der.seq(der.explicit(4, ca.subject)), True)
    told = revocations(lister, on(2025), [(twin, on(2016), KEY_COMPROMISE)], more=[scope], of=[of])
    mail = mail_of(cms.signed(own, TEXT, attributes=attributes()))
    roots, known = [house.root, other], [twin, ca, lister]
    assert judged(house, mail, roots, intermediates=known) == "TOTAL_PASSED"
    assert judged(house, mail, roots, [told], known) == "REVOKED_NO_POE"
    assert judged(house, mail, [house.root], [told], known) == "TOTAL_PASSED", "nobody trusted"


def test_rule_22_lister_that_is_an_anchor_is_believed_whatever_is_told_of_it(house):
    other, key = pki.authority("Root B", pki.ec_key(), house.root), pki.ec_key()
    first = pki.authority("CA", key, house.root)
    # No mail comes by it, and it leads to the other root all the same.
    second = pki.authority("CA", key, other, ekus=("server",))
    points, scope = indirect(other.subject)
    leaf = pki.leaf("Alice", pki.ec_key(), first, ALICE, more=[points])
    of = pki.extension("2.5.29.29", der.seq(der.explicit(4, first.subject)), True)
    told = revocations(other, on(2025), [(leaf, on(2016), KEY_COMPROMISE)], more=[scope], of=[of])
    gone = revocations(house.root, on(2014), [(other, on(2013), SUPERSEDED)])
    mail, roots = signed_by_way(leaf, "one", first, second), [house.root, other]
    assert judged(house, mail, roots, [gone], [second]) == "TOTAL_PASSED"
    assert judged(house, mail, roots, [told], [second]) == "REVOKED_NO_POE"
    assert judged(house, mail, roots, [told, gone], [second]) == "REVOKED_NO_POE"


def test_rule_22b_stolen_time_stamp_authority_under_two_roots_is_not_believed(house):
    other, key = pki.authority("Time Root B", pki.ec_key()), pki.ec_key()
    first = pki.authority("Time CA", key, house.tsa_root)
    second = pki.authority("Time CA", key, other, usages=("cert_sign",))
    service = ts.service(first)
    service.chain = [second]
    alice = pki.leaf("Alice", pki.ec_key(), house.root, ALICE, not_after=on(2018))

    def stamp(value):
        return [ts.attribute(ts.token(service, ts.tst_info(value)))]

    mail = mail_of(cms.signed(alice, TEXT, attributes=attributes(), unsigned=stamp))
    told = revocations(first, on(2025), [(service, on(2020), KEY_COMPROMISE)])
    known, tsa = (
        house.file("known.pem", first.pem),
        house.file("tsa.pem", house.tsa_root.pem + other.pem),
    )

    def passed(*lists):
        crls = [house.file("told.crl", found) for found in lists]
        root = house.file("root.pem", house.root.pem)
        trust = sb.Trust.load(root, crls=crls, intermediates=[known])
        tsa_trust = sb.Trust.load(tsa, intermediates=[known])
        found = sb.verify_batch(
            contract.record_batch([mail]), trust=trust, tsa_trust=tsa_trust, now=contract.NOW
        )
        (row,) = contract.rows(found.messages)
        return row["indication"] == "TOTAL_PASSED"

    assert passed()
    assert not passed(told)


def test_lists_that_come_with_the_authorities_anchors_alone_are_refused(house):
    told = house.file("told.crl", revocations(house.tsa_root, on(2025)))
    root, tsa = house.file("root.pem", house.root.pem), house.file("tsa.pem", house.tsa_root.pem)
    tsa_trust = sb.Trust.load(tsa, crls=[told])
    mail = contract.record_batch([b"From: a@example.com\n\nhello\n"])
    with pytest.raises(sb.OptionError, match="give them to trust"):
        sb.verify_batch(mail, trust=sb.Trust.load(root), tsa_trust=tsa_trust, now=contract.NOW)
    both = sb.Trust.load(root, crls=[told])
    sb.verify_batch(mail, trust=both, tsa_trust=tsa_trust, now=contract.NOW)
