"""A key is stolen and not a certificate: the theft of one counts for every other certificate of its
key, and a forged word about one for none (RULES 22, 22b; docs/design/18).
"""

from __future__ import annotations

import cms
import der
import pki
import pytest
import time_stamps as ts
from cryptography.hazmat.primitives.asymmetric import dsa
from world import ALICE

from stolen import (
    CA_COMPROMISE,
    HARMLESS,
    KEY_COMPROMISE,
    SUPERSEDED,
    TEXT,
    House,
    attributes,
    mail_of,
    on,
    response,
    revocations,
    without_reason,
)


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


class Signer:
    """A signer, and another certificate of her key from another CA, for something else."""

    def __init__(self, house, issuer=None):
        self.house, self.key = house, pki.ec_key()
        self.other = issuer or pki.authority("Other CA", pki.ec_key(), house.root)
        self.own = pki.leaf("Alice", self.key, house.ec_issuing, ALICE)
        self.twin = pki.leaf("Server", self.key, self.other, "s@x", ekus=("server",))

    def mail(self, *more, stamped=False):
        brought = [*cms.carried(self.own), *(it.der for it in more)]
        unsigned = self.house.stamp if stamped else None
        given = {"unsigned": unsigned, "certificates": brought}
        return mail_of(cms.signed(self.own, TEXT, attributes=attributes(), **given))

    def lost(self, since, reason=KEY_COMPROMISE):
        return revocations(self.other, on(2025, 6), [(self.twin, since, reason)])


@pytest.mark.parametrize("brought", ["by the mail", "by the operator", "in a response"])
def test_rule_22_theft_told_of_another_certificate_of_the_signers_key_counts(house, brought):
    made = Signer(house)
    mail = made.mail(*([made.twin, made.other] if brought == "by the mail" else []))
    given = {"intermediates": [made.other]}
    if brought == "by the operator":
        given["intermediates"].append(made.twin)
    elif brought == "in a response":
        # About somebody, by the stolen key, with its certificate.
        given["responses"] = [response(made.other, made.other, made.twin, on(2018), on(2018))]
    assert house.judged(mail, **given) == "TOTAL_PASSED"
    assert house.judged(mail, [made.lost(on(2019))], **given) == "REVOKED_NO_POE"
    stolen = revocations(made.other, on(2025, 6), [(made.twin, on(2019), CA_COMPROMISE)])
    assert house.judged(mail, [stolen], **given) == "REVOKED_NO_POE"
    told = response(made.other, made.twin, made.other, on(2025), on(2025), revoked=on(2019))
    # Without what was given, only the mail can have brought it.
    expected = "REVOKED_NO_POE" if brought == "by the mail" else "TOTAL_PASSED"
    assert house.judged(mail, [made.lost(on(2019))]) == expected
    more = {**given, "responses": [*given.get("responses", []), told]}
    assert house.judged(mail, **more) == "TOTAL_PASSED", "no reason is told"


def spelled(key):
    """The SubjectPublicKeyInfo of a key in another way."""
    algorithm, bits = (der.parse(key.spki()).at(n) for n in range(2))
    if key.kind == "rsa":
        return der.seq(pki.algorithm("rsassaPss", b""), bits.der())
    point = bits.content[1:]
    x, y = point[1:33], point[33:]
    return der.seq(algorithm.der(), der.bits(bytes([2 + (y[-1] & 1)]) + x))


@pytest.mark.parametrize("key", [pki.rsa_key(), pki.ec_key()], ids=["rsa", "ec"])
def test_rule_22_key_is_stolen_however_a_certificate_spells_it(house, key):
    made = Signer(house)
    own = pki.leaf("Alice", key, house.ec_issuing, ALICE)
    assert spelled(key) != key.spki()
    made.twin = pki.leaf("Server", key, made.other, "s@x", spki=spelled(key))
    mail = mail_of(cms.signed(own, TEXT, attributes=attributes()))
    known = {"intermediates": [made.twin, made.other]}
    assert house.judged(mail, **known) == "TOTAL_PASSED"
    assert house.judged(mail, [made.lost(on(2019))], **known) == "REVOKED_NO_POE"


def test_rule_22_rsa_key_is_stolen_with_every_exponent(house):
    key = pki.rsa_key()
    made = Signer(house)
    own = pki.leaf("Alice", key, house.ec_issuing, ALICE)
    algorithm, bits = (der.parse(key.spki()).at(n) for n in range(2))
    modulus = der.parse(bits.content[1:]).at(0)
    other = der.seq(algorithm.der(), der.bits(der.seq(modulus.der(), der.integer(3))))
    made.twin = pki.leaf("Server", key, made.other, "s@x", spki=other)
    mail = mail_of(cms.signed(own, TEXT, attributes=attributes()))
    known = {"intermediates": [made.twin, made.other]}
    assert house.judged(mail, **known) == "TOTAL_PASSED"
    assert house.judged(mail, [made.lost(on(2019))], **known) == "REVOKED_NO_POE"


@pytest.mark.parametrize("inherits", [True, False])
@pytest.mark.parametrize("is_same", [True, False])
def test_rule_22_dsa_key_is_another_under_other_parameters(house, is_same, inherits):
    groups = [dsa.generate_parameters(1024) for _ in range(2)]
    key, above = (pki.PycaKey(groups[0].generate_private_key(), "dsa") for _ in range(2))
    if not is_same:
        above = pki.PycaKey(groups[1].generate_private_key(), "dsa")
    made = Signer(house, pki.authority("DSA CA", above, house.root))
    own = pki.leaf("Alice", key, house.ec_issuing, ALICE)
    value = der.parse(key.spki()).at(1)
    algorithm = der.parse(above.spki()).at(0)
    spelled = algorithm.at(0).der() if inherits else algorithm.content
    made.twin = pki.leaf(
        "Server", key, made.other, "s@x", spki=der.seq(der.seq(spelled), value.der())
    )
    mail = mail_of(cms.signed(own, TEXT, attributes=attributes()))
    known, weak = {"intermediates": [made.twin, made.other]}, "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
    assert house.judged(mail, **known) == weak, "1,024 bits"
    word = "REVOKED_NO_POE" if is_same else weak
    assert house.judged(mail, [made.lost(on(2019))], **known) == word


@pytest.mark.parametrize("is_same", [True, False])
def test_rule_22_dsa_key_that_inherits_is_stolen_with_one_of_its_parameters(house, is_same):
    groups = [dsa.generate_parameters(1024) for _ in range(2)]
    key, above, other = (
        pki.PycaKey(group.generate_private_key(), "dsa") for group in (groups[0], *groups)
    )
    ca, made = pki.authority("DSA CA", above, house.root), Signer(house)
    algorithm, value = (der.parse(key.spki()).at(n) for n in range(2))
    inheriting = der.seq(der.seq(algorithm.at(0).der()), value.der())
    own = pki.leaf("Alice", key, ca, ALICE, spki=inheriting)
    parameters = der.parse((key if is_same else other).spki()).at(0)
    spki = der.seq(parameters.der(), value.der())
    made.twin = pki.leaf("Server", key, made.other, "s@x", spki=spki)
    mail = mail_of(cms.signed(own, TEXT, attributes=attributes()))
    known, weak = {"intermediates": [made.twin, made.other]}, "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
    assert house.judged(mail, **known) == weak, "1,024 bits"
    word = "REVOKED_NO_POE" if is_same else weak
    assert house.judged(mail, [made.lost(on(2019))], **known) == word


@pytest.mark.parametrize("reason", HARMLESS)
def test_rule_22_what_happened_to_another_certificate_and_not_to_its_key_does_not_count(
    house, reason
):
    made = Signer(house)
    mail = made.mail(made.twin, made.other)
    assert house.judged(mail, [made.lost(on(2019), reason)]) == "TOTAL_PASSED"
    untold = without_reason(made.other, on(2025, 6), made.twin, on(2019))
    assert house.judged(mail, [untold]) == "TOTAL_PASSED"


def test_rule_22_theft_told_of_a_twin_by_a_weak_list_counts_against_the_signer(house):
    made = Signer(house)
    entries = [(made.twin, on(2019), KEY_COMPROMISE)]
    weak = revocations(made.other, on(2025, 6), entries, digest="sha1")
    assert house.judged(made.mail(made.twin, made.other), [weak]) == "REVOKED_NO_POE"


def test_rule_22_theft_told_of_a_twin_counts_from_when_it_was(house):
    made = Signer(house)
    mail = made.mail(made.twin, made.other, stamped=True)
    assert house.judged(mail, [made.lost(on(2019))]) == "TOTAL_PASSED", "it is older"
    assert house.judged(mail, [made.lost(on(2016))]) == "REVOKED_NO_POE"
    assert house.judged(mail, [made.lost(on(2016))], revocation="off") == "TOTAL_PASSED"


def test_rule_22_theft_of_the_key_makes_no_failure_of_what_is_shown_to_be_younger(house):
    made = Signer(house)
    imprint = ts.attribute(ts.token(house.service, ts.tst_info(TEXT)), ts.CONTENT)
    signed = cms.signed(
        made.own,
        TEXT,
        attributes=attributes(imprint),
        certificates=[*cms.carried(made.own), made.twin.der, made.other.der],
    )
    lost = revocations(house.ec_issuing, on(2025, 6), [(made.own, on(2016), KEY_COMPROMISE)])
    assert house.judged(mail_of(signed), [lost]) == "REVOKED"
    assert house.judged(mail_of(signed), [made.lost(on(2016))]) == "REVOKED_NO_POE"


@pytest.mark.parametrize("forger", ["a root of his own", "a signer", "nobody", "a stranger"])
def test_rule_22_forged_word_about_a_twin_harms_nobody(house, forger):
    plain = {
        "a root of his own": lambda: pki.authority("Forger", pki.ec_key()),
        "a signer": lambda: pki.leaf("Mallory", pki.ec_key(), house.root, "m@x"),
    }
    made = Signer(house, plain[forger]() if forger in plain else None)
    mail = made.mail(made.twin, made.other)
    lost = made.lost(on(2019))
    if forger == "nobody":
        spoiled = pki.authority("Other CA", pki.ec_key())
        lost = revocations(spoiled, on(2025, 6), [(made.twin, on(2019), KEY_COMPROMISE)])
    elif forger == "a stranger":
        lost = revocations(house.tsa_root, on(2025, 6), [(made.twin, on(2019), KEY_COMPROMISE)])
    assert house.judged(mail, [lost]) == "TOTAL_PASSED"


@pytest.mark.parametrize("since", [2017, 2023])
def test_rule_22_word_about_a_twin_counts_if_its_issuer_might_speak_when_he_did(house, since):
    made = Signer(house)
    mail = made.mail(made.twin, made.other)
    told = revocations(made.other, on(2020), [(made.twin, on(2019), KEY_COMPROMISE)])
    gone = revocations(house.root, on(2025), [(made.other, on(since), SUPERSEDED)])
    word = "TOTAL_PASSED" if since == 2017 else "REVOKED_NO_POE"
    assert house.judged(mail, [told, gone]) == word
    again = pki.authority("Other CA", made.other.key, house.root)
    mail = made.mail(made.twin, made.other, again)
    assert house.judged(mail, [told, gone]) == "REVOKED_NO_POE", "he has another certificate"


@pytest.mark.parametrize("reason", [KEY_COMPROMISE, CA_COMPROMISE, *HARMLESS])
def test_rule_22b_theft_of_a_ca_told_of_another_certificate_of_its_key_counts(house, reason):
    ca = pki.authority("Issuing X", pki.ec_key(), house.root)
    above = pki.authority("Above", pki.ec_key(), house.root)
    cross = pki.authority("Issuing Y", ca.key, above)
    leaf = pki.leaf("Alice", pki.ec_key(), ca, ALICE)
    lost = revocations(above, on(2025, 6), [(cross, on(2019), reason)])
    given = {"intermediates": [cross, above]}
    word = "TOTAL_PASSED" if reason in HARMLESS else "REVOKED_CA_NO_POE"
    for unsigned in (house.stamp, None):
        mail = mail_of(cms.signed(leaf, TEXT, attributes=attributes(), unsigned=unsigned))
        assert house.judged(mail, **given) == "TOTAL_PASSED"
        assert house.judged(mail, [lost], **given) == word


def test_rule_23_flood_of_certificates_of_one_key_ends(house):
    made = Signer(house)
    forger = pki.authority("Forger", pki.ec_key())
    flood = [pki.leaf(f"F{n}", made.key, forger, "f@x") for n in range(40)]
    told = revocations(forger, on(2025, 6), [(it, on(2019), KEY_COMPROMISE) for it in flood])
    few = made.mail(*flood[:20], forger)
    assert house.judged(few) == "TOTAL_PASSED"
    assert house.judged(few, [told]) == "TOTAL_PASSED", "nobody leads anywhere"
    known = {"intermediates": [made.twin, made.other]}
    assert house.judged(few, [told, made.lost(on(2019))], **known) == "REVOKED_NO_POE"
    many = made.mail(*flood, forger)
    assert house.judged(many) == "TOTAL_PASSED"
    assert house.judged(many, [told]) == "CERTIFICATE_CHAIN_GENERAL_FAILURE"
