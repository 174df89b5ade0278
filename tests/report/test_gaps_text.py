from smimebatch.report.gaps import ANCHOR, Gap, Gaps
from smimebatch.report.gaps_text import NOTHING, headline
from smimebatch.report.key_gaps import PRIVATE_KEY, UNUSED_KEY, KeyGap


def test_headline_counts_what_is_missing_private_keys_too():
    keys = (KeyGap(PRIVATE_KEY, "CN=a"), KeyGap(UNUSED_KEY, "k"))
    found = Gaps((Gap(ANCHOR, "CN=root"),), 1, 0, 0, keys)
    assert next(headline(found)).startswith("2 things are missing")
    found = Gaps((), 1, 0, 0, keys)
    assert next(headline(found)).startswith("1 thing is missing")


def test_headline_of_nothing_missing_says_so():
    assert next(headline(Gaps((), 1, 0, 0, (KeyGap(UNUSED_KEY, "k"),)))) == NOTHING
