"""What proves no failure for good: the validity of a certificate that the signature does not name,
and a word of a responder that a certificate was never issued (RULES 22; docs/design/17)."""

from __future__ import annotations

import datetime as dt

import cms
import pki
import pytest
import responses
import time_stamps as ts
from world import ALICE

from stolen import SUPERSEDED, TEXT, House, attributes, mail_of, on, revocations


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


class Renewed:
    """Certificates of one key, and mail whose signature names that key."""

    def __init__(self, house: House, *, by_serial: bool = False) -> None:
        self.house = house
        key, ca = pki.ec_key(), house.ec_issuing
        self.own = pki.leaf("Alice", key, ca, ALICE, not_after=on(2017))
        self.ended = pki.leaf("Alice", key, ca, ALICE, not_after=on(2016))
        self.renewed = pki.leaf("Alice", key, ca, ALICE, not_before=on(2017))
        self.by_serial = by_serial

    def mail(self, *brought, young=False, named=None):
        """Stamped in November 2016, over the signature or over the content alone."""
        sid = {"sid": cms.by_key_identifier(self.own), "version": 3}
        given = {"attributes": attributes(), "unsigned": self.house.stamp}
        if young:
            token = ts.token(self.house.service, ts.tst_info(TEXT))
            given = {"attributes": attributes(ts.attribute(token, ts.CONTENT))}
        certificates = [it.der for it in (*brought, self.house.ec_issuing)]
        signer = named or self.own
        return mail_of(
            cms.signed(
                signer, TEXT, certificates=certificates, **given, **({} if self.by_serial else sid)
            )
        )


def test_rule_22_renewed_certificate_makes_no_failure_where_the_key_is_named(house):
    made = Renewed(house)
    assert house.judged(made.mail(made.own)) == "TOTAL_PASSED"
    assert house.judged(made.mail(made.own, made.renewed)) == "TOTAL_PASSED"
    assert house.judged(made.mail(made.renewed)) == "OUT_OF_BOUNDS_NO_POE"
    assert house.judged(made.mail(), intermediates=[made.renewed]) == "OUT_OF_BOUNDS_NO_POE"
    named = Renewed(house, by_serial=True)
    mail = named.mail(named.renewed, named=named.renewed)
    assert house.judged(mail) == "NOT_YET_VALID"


def test_rule_22_ended_certificate_makes_no_failure_where_the_key_is_named(house):
    for _ in range(6):  # whichever comes first by its hash
        made = Renewed(house)
        both = house.judged(made.mail(made.ended, made.own, young=True))
        assert both == house.judged(made.mail(made.ended, young=True)) == "OUT_OF_BOUNDS_NO_POE"
    named = Renewed(house, by_serial=True)
    assert house.judged(named.mail(named.ended, young=True, named=named.ended)) == "EXPIRED"


def test_rule_22_revoked_certificate_makes_no_failure_where_the_key_is_named(house):
    def lists(made):
        return [revocations(house.ec_issuing, on(2025), [(made.own, on(2015, 6), SUPERSEDED)])]

    made, named = Renewed(house), Renewed(house, by_serial=True)
    assert house.judged(made.mail(made.own, young=True), lists(made)) == "REVOKED_NO_POE"
    assert house.judged(named.mail(named.own, young=True), lists(named)) == "REVOKED"


def test_rule_22_certificate_that_was_never_issued_is_no_failure_for_good(house):
    leaf = pki.leaf("Alice", pki.ec_key(), house.root, ALICE)
    imprint = ts.attribute(ts.token(house.service, ts.tst_info(TEXT)), ts.CONTENT)
    mail = mail_of(cms.signed(leaf, TEXT, attributes=attributes(imprint)))
    given = {"by": house.root, "produced": on(2016), "this": on(2016), "following": on(2030)}
    never = responses.revoked(dt.datetime(1970, 1, 1, tzinfo=dt.UTC), 6)
    told = responses.response(house.root, leaf.serial, never, **given)
    assert house.judged(mail, responses=[told]) == "REVOKED_NO_POE"
    then = responses.response(
        house.root, leaf.serial, responses.revoked(on(2015), SUPERSEDED), **given
    )
    assert house.judged(mail, responses=[then]) == "REVOKED"
