"""A certificate that the operator trusts by itself, though somebody else issued it: what its issuer
tells of it counts as for any other (RULES 22, 22b; docs/design/18).
"""

from __future__ import annotations

import cms
import pki
import pytest
from world import ALICE

import contract
import smimebatch as sb
from stolen import (
    AT,
    HARMLESS,
    HOLD,
    KEY_COMPROMISE,
    TEXT,
    House,
    attributes,
    counter,
    mail_of,
    on,
    response,
    revocations,
)


class Pinned(House):
    """Judges mail under anchors of more than one certificate."""

    def word(self, mail, anchors, lists=(), tsa=None, responses=(), known=(), **options):
        trust = self.loaded("roots.pem", anchors, lists, responses, known)
        stamps = self.loaded("tsa.pem", tsa or [self.tsa_root], lists, responses, known)
        batch = contract.record_batch([mail])
        found = sb.verify_batch(batch, trust=trust, tsa_trust=stamps, now=contract.NOW, **options)
        row = contract.rows(found.messages)[0]
        return row["sub_indication"] or row["indication"]

    def loaded(self, name, anchors, lists, responses, known):
        given = {
            "crls": [self.file(f"{n}.crl", it) for n, it in enumerate(lists)],
            "ocsp": [self.file(f"{n}.ors", it) for n, it in enumerate(responses)],
            "intermediates": [self.file(f"{n}.pem", it.pem) for n, it in enumerate(known)],
        }
        given = {option: files for option, files in given.items() if files}
        roots = self.file(name, b"".join(it.pem for it in anchors))
        return sb.Trust.load(roots, **given)


@pytest.fixture
def house(tmp_path):
    return Pinned(tmp_path)


def mail_by(signer, *brought, unsigned=None, with_chain=True):
    own = cms.carried(signer) if with_chain else [signer.der]
    given = {"unsigned": unsigned, "certificates": [*own, *(it.der for it in brought)]}
    return mail_of(cms.signed(signer, TEXT, attributes=attributes(), **given))


def test_rule_22_signer_that_is_an_anchor_is_revoked_by_whoever_issued_it(house):
    alice = pki.leaf("Alice", pki.ec_key(), house.ec_issuing, ALICE)
    mail = mail_by(alice)
    lost = [revocations(house.ec_issuing, on(2025, 6), [(alice, on(2015), KEY_COMPROMISE)])]
    held = [revocations(house.ec_issuing, on(2025, 6), [(alice, on(2015), HOLD)])]
    for anchors in ([house.root, alice], [alice], [house.ec_issuing, alice]):
        assert house.word(mail, anchors) == "TOTAL_PASSED"
        assert house.word(mail, anchors, lost) == "REVOKED_NO_POE"
        assert house.word(mail, anchors, held) == "TRY_LATER"
        assert house.word(mail, anchors, lost, revocation="off") == "TOTAL_PASSED"
    said = [response(house.ec_issuing, alice, house.ec_issuing, on(2025), on(2025), on(2015))]
    assert house.word(mail, [alice], responses=said) == "REVOKED_NO_POE"
    alone = mail_by(alice, with_chain=False)
    assert house.word(alone, [alice], lost) == "TOTAL_PASSED", "who issued it is not there"
    assert house.word(alone, [alice], lost, known=[house.ec_issuing]) == "REVOKED_NO_POE"


def test_rule_22_forged_word_about_a_signer_that_is_an_anchor_harms_nobody(house):
    alice = pki.leaf("Alice", pki.ec_key(), house.ec_issuing, ALICE)
    namesake = pki.authority("Issuing EC", pki.ec_key())
    entries = [(alice, on(2015), KEY_COMPROMISE)]
    assert namesake.subject == house.ec_issuing.subject
    for forger in (namesake, house.tsa_root, house.root):
        lost = [revocations(forger, on(2025, 6), entries)]
        mail = mail_by(alice, forger)
        for anchors in ([house.root, alice], [alice]):
            assert house.word(mail, anchors, lost) == "TOTAL_PASSED"


def test_rule_22_required_asks_of_a_signer_that_is_an_anchor_too(house):
    alice = pki.leaf("Alice", pki.ec_key(), house.ec_issuing, ALICE)
    mail, both = mail_by(alice), [house.root, alice]
    clean = [revocations(house.ec_issuing, on(2025, 6))]
    failed = "CERTIFICATE_CHAIN_GENERAL_FAILURE"
    assert house.word(mail, both, revocation="required") == failed
    assert house.word(mail, both, clean, revocation="required") == "TOTAL_PASSED"
    assert house.word(mail, [alice], clean, revocation="required") == failed, "nobody trusted"


def test_rule_22b_time_stamp_of_an_anchor_whose_key_was_stolen_proves_nothing(house):
    alice = pki.leaf("Alice", pki.ec_key(), house.ec_issuing, ALICE, not_after=on(2017, 3))
    mail = mail_by(alice, unsigned=house.stamp)
    service, forger = house.service, pki.authority("Time Root", pki.ec_key())
    for tsa in ([house.tsa_root, service], [service]):
        given = {"tsa": tsa, "known": [house.tsa_root] if len(tsa) == 1 else []}
        assert house.word(mail, [house.root], **given) == "TOTAL_PASSED"
        for reason in (KEY_COMPROMISE, *HARMLESS):
            lost = [revocations(house.tsa_root, on(2025, 6), [(service, on(2019), reason)])]
            is_theft = reason in (KEY_COMPROMISE, HOLD, 9)
            word = "OUT_OF_BOUNDS_NO_POE" if is_theft else "TOTAL_PASSED"
            assert house.word(mail, [house.root], lost, **given) == word, reason
        forged = [revocations(forger, on(2025, 6), [(service, on(2019), KEY_COMPROMISE)])]
        assert house.word(mail, [house.root], forged, **given) == "TOTAL_PASSED"


def test_rule_22_theft_told_of_a_twin_counts_for_an_anchor_and_of_an_anchor_for_its_twin(house):
    key = pki.ec_key()
    old = pki.leaf("Alice", key, house.ec_issuing, ALICE)
    new = pki.leaf("Alice", key, house.ec_issuing, ALICE)
    lost = [revocations(house.ec_issuing, on(2025, 6), [(old, on(2015), KEY_COMPROMISE)])]
    mail = mail_by(new, old)
    for anchors in ([house.root, new], [house.root, old], [house.root, old, new]):
        assert house.word(mail, anchors) == "TOTAL_PASSED"
        assert house.word(mail, anchors, lost) == "REVOKED_NO_POE"


def test_rule_22b_countersigner_that_is_an_anchor_is_asked_about(house):
    alice = pki.leaf("Alice", pki.ec_key(), house.ec_issuing, ALICE, not_after=on(2017, 3))
    notary = pki.leaf("Notary", pki.ec_key(), house.ec_issuing, "n@x")
    own = counter(notary, AT, unsigned=house.stamp)
    mail = mail_by(alice, notary, house.ec_issuing, unsigned=own)
    lost = [revocations(house.ec_issuing, on(2025, 6), [(notary, on(2019), KEY_COMPROMISE)])]
    named = {"vouch": [f"notary:{house.file('notary.pem', notary.pem)}"]}
    for anchors in ([house.root], [house.root, notary]):
        for options in ({}, named):
            assert house.word(mail, anchors, **options) == "TOTAL_PASSED", options
            assert house.word(mail, anchors, lost, **options) == "OUT_OF_BOUNDS_NO_POE", options
