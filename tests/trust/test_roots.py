"""Joining lists of several dates: since when and until when a root was trusted."""

import datetime as dt

import pytest

from smimebatch.trust.roots import (
    NO_LIMITS,
    NOT_TRUSTED,
    TRUSTED,
    AnchorLimits,
    DatedList,
    ListedRoot,
    joined,
)


def day(year: int) -> dt.datetime:
    return dt.datetime(year, 1, 1, tzinfo=dt.UTC)


def limits_of(*said: str | None) -> tuple[str, AnchorLimits]:
    """What comes out for one root of which the lists of 2010, 2011 … say this; None: absent."""
    lists = [
        DatedList(day(2010 + n), [ListedRoot(b"other", TRUSTED)])
        if word is None
        else DatedList(day(2010 + n), [ListedRoot(b"root", word)])
        for n, word in enumerate(said)
    ]
    (root,) = [root for root in joined(lists[::-1]) if root.der == b"root"]
    return root.email_trust, root.limits


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ((TRUSTED, TRUSTED), (None, None)),
        ((TRUSTED, None), (None, 2010)),
        ((TRUSTED, NOT_TRUSTED, NOT_TRUSTED), (None, 2010)),
        ((TRUSTED, TRUSTED, None), (None, 2011)),
        ((None, TRUSTED), (2010, None)),
        ((None, NOT_TRUSTED, TRUSTED), (2011, None)),
        ((None, TRUSTED, None), (2010, 2011)),
        ((TRUSTED, None, TRUSTED), (2011, None)),
        ((TRUSTED, None, TRUSTED, None), (2011, 2012)),
    ],
)
def test_rule_19_joined_root_is_trusted_as_long_as_lists_say_so(said, expected):
    from_, until = expected
    limits = AnchorLimits(from_ and day(from_), until and day(until))
    assert limits_of(*said) == (TRUSTED, limits)


def test_joined_root_never_trusted_is_not_trusted():
    assert limits_of(None, NOT_TRUSTED) == (NOT_TRUSTED, NO_LIMITS)


def test_joined_root_keeps_the_newest_distrust_date():
    def listed(year, after):
        return DatedList(day(year), [ListedRoot(b"root", TRUSTED, AnchorLimits(None, None, after))])

    (root,) = joined([listed(2012, day(2013)), listed(2010, None)])
    assert root.limits == AnchorLimits(distrust_after=day(2013))
    (root,) = joined([listed(2012, None), listed(2010, day(2011))])
    assert root.limits == NO_LIMITS, "the newest list has taken it back"


def test_limits_of_two_lists_permit_what_both_permit():
    one = AnchorLimits(day(2010), day(2020), None)
    other = AnchorLimits(day(2012), None, day(2015))
    assert one.intersect(other) == AnchorLimits(day(2012), day(2020), day(2015))
    assert one.intersect(NO_LIMITS) == one
