import datetime as dt
from collections import Counter

import pytest
from tests.trust.made import DER, certdata, entry

from smimebatch.trust.certdata import date_within, is_certdata, parse_certdata
from smimebatch.trust.roots import DISTRUSTED, NOT_TRUSTED, TRUSTED, AnchorLimits


def trust_of(*entries):
    return [root.email_trust for root in parse_certdata(certdata(*entries)).roots]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("CKT_NSS_TRUSTED_DELEGATOR", TRUSTED),
        ("CKT_NETSCAPE_TRUSTED_DELEGATOR", TRUSTED),
        ("CKT_TRUST_ANCHOR", TRUSTED),
        ("CKT_NSS_TRUSTED", NOT_TRUSTED),
        ("CKT_NSS_MUST_VERIFY_TRUST", NOT_TRUSTED),
        ("CKT_NSS_TRUST_UNKNOWN", NOT_TRUSTED),
        ("CKT_NETSCAPE_VALID", NOT_TRUSTED),
        ("CKT_NSS_NOT_TRUSTED", DISTRUSTED),
        ("CKT_NETSCAPE_UNTRUSTED", DISTRUSTED),
    ],
)
def test_certdata_word_of_the_email_trust_decides(roots, word, expected):
    assert trust_of(entry(roots[0], word)) == [expected]


def test_certdata_old_spelling_of_the_trust_object_is_read(roots):
    old = entry(roots[0], "CKT_NETSCAPE_TRUSTED_DELEGATOR", trust_class="CKO_NETSCAPE_TRUST")
    assert trust_of(old) == [TRUSTED]


def test_certdata_without_trust_or_with_that_of_another_certificate_is_not_trusted(roots):
    assert trust_of(entry(roots[0], None)) == [NOT_TRUSTED]
    assert trust_of(entry(roots[0], about=b"another")) == [NOT_TRUSTED]


def test_certdata_worst_of_two_trust_objects_counts(roots):
    distrust = entry(roots[0], "CKT_NSS_NOT_TRUSTED").split("CKA_CLASS CK_OBJECT_CLASS CKO_NSS")[1]
    both = entry(roots[0]) + "CKA_CLASS CK_OBJECT_CLASS CKO_NSS" + distrust
    assert trust_of(both) == [DISTRUSTED]


def test_certdata_bytes_and_order_of_the_certificates_are_kept(roots):
    found = parse_certdata(certdata(*map(entry, roots)))
    assert [root.der for root in found.roots] == [it.public_bytes(DER) for it in roots]


@pytest.mark.parametrize("value", [b"221130000000Z", b"20221130000000Z"])
def test_rule_19_certdata_email_distrust_after_is_kept(roots, value):
    (root,) = parse_certdata(certdata(entry(roots[0], distrust_after=value))).roots
    after = dt.datetime(2022, 11, 30, tzinfo=dt.UTC)
    assert root.limits == AnchorLimits(distrust_after=after)


@pytest.mark.parametrize("value", [b"22113", b"229930000000Z", b"2022-11-30T00"])
def test_certdata_date_that_cannot_be_read_is_an_error_never_no_date(roots, value):
    with pytest.raises(ValueError, match="time data"):
        parse_certdata(certdata(entry(roots[0], distrust_after=value)))


def test_certdata_entry_without_certificate_is_counted(roots):
    lone = 'CKA_CLASS CK_OBJECT_CLASS CKO_CERTIFICATE\nCKA_LABEL UTF8 "x"\n'
    found = parse_certdata(certdata(lone, entry(roots[0])))
    assert (len(found.roots), found.unreadable) == (1, 1)


def test_certdata_of_the_cvs_years_says_its_date():
    line = b'CVS_ID "@(#) $RCSfile: certdata.txt,v $ $Date: 2012/12/29 16:32:45 $"'
    assert date_within(line) == dt.datetime(2012, 12, 29, 16, 32, 45, tzinfo=dt.UTC)
    assert date_within(certdata()) is None


def test_mozilla_certdata_has_roots_for_email_and_others(mozilla_certdata):
    assert is_certdata(mozilla_certdata)
    found = parse_certdata(mozilla_certdata)
    assert Counter(root.email_trust for root in found.roots) == {TRUSTED: 90, NOT_TRUSTED: 77}
    # Independent of the parser: what the text says, counted.
    assert mozilla_certdata.count(b"CKA_TRUST_EMAIL_PROTECTION CK_TRUST CKT_NSS_TRUSTED_D") == 90
    assert found.unreadable == 0
