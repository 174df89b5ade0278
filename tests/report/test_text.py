import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smimebatch.report.text import harmless, in_bytes, in_seconds, in_thousands, plural, share


@given(st.text(max_size=400))
def test_rule_46_harmless_text_has_nothing_that_acts_on_a_terminal(text):
    shown = harmless(text)
    assert len(shown) <= 300
    assert all(unicodedata.category(c)[0] != "C" and c not in "\u2028\u2029" for c in shown)


@pytest.mark.parametrize(
    "text",
    ["\x1b[31mred", "\x9b2J", "a\rb", "a\nb", "\x07", "\u202egnp.exe", "\u2066x", "\ufeff", "\x7f"],
)
def test_rule_46_harmless_replaces_control_and_direction(text):
    assert "\ufffd" in harmless(text)


def test_harmless_leaves_what_people_write():
    for text in ("Müller <m@example.com>", "日本語 名前", "a – b “c”", "🙂"):
        assert harmless(text) == text


@pytest.mark.parametrize(
    ("count", "shown"), [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 kB"), (4.2e9, "4.2 GB")]
)
def test_in_bytes_has_a_unit(count, shown):
    assert in_bytes(count) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.04, "0.0 s"), (9.94, "9.9 s"), (75, "75 s"), (150, "2 min 30 s"), (7260, "2 h 01 min")],
)
def test_in_seconds_is_read_at_a_glance(seconds, shown):
    assert in_seconds(seconds) == shown


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (0, 10, "0.0 %"),
        (1, 100_000, "<0.1 %"),
        (99_999, 100_000, ">99.9 %"),
        (10, 10, "100.0 %"),
        (1, 0, ""),
    ],
)
def test_share_never_rounds_something_to_nothing_or_nearly_all_to_all(part, whole, shown):
    assert share(part, whole) == shown


def test_counts_have_their_nouns():
    assert plural(1, "message") == "1 message"
    assert plural(2000, "message") == "2,000 messages"
    assert in_thousands(1234567) == "1,234,567"
