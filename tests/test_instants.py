from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smimebatch.instants import EPOCH, Far, instant_from_iso, instant_of, rows_of, unix_us, written
from smimebatch.report.text import day_of, in_utc
from smimebatch.trust.roots import in_iso

INT64 = st.integers(-(1 << 63) + 1, (1 << 63) - 1)
ARROW_SPELLS_US = 950_000_000_000_000_000
"""Until about the year 32000."""
US = pa.timestamp("us", "UTC")
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@given(INT64)
def test_instant_is_spelled_as_arrow_does_and_read_back(us):
    instant = instant_of(us)
    assert unix_us(instant) == us
    assert instant_from_iso(instant.isoformat()) == instant
    if abs(us) < ARROW_SPELLS_US:
        text = pa.array([us], US).cast(pa.string())[0].as_py()
        assert written(instant, "%Y-%m-%d %H:%M:%S.%fZ") == text


def test_instant_of_an_early_year_has_four_digits_wherever_it_is_shown():
    early = datetime(99, 1, 2, tzinfo=UTC)
    assert in_iso(early) == "0099-01-02T00:00:00Z"
    assert in_utc(early) == "0099-01-02 00:00:00 UTC"
    assert day_of(early) == "0099-01-02"


def test_far_instants_have_their_order_among_datetimes():
    before, after = Far(unix_us(FIRST) - 1), Far(unix_us(LAST) + 1)
    assert before < FIRST < LAST < after
    assert after > LAST > FIRST > before
    assert before <= FIRST
    assert after >= LAST
    assert max(FIRST, after, before) == after
    assert min(LAST, after, before) == before
    assert after - LAST == LAST - (LAST - timedelta(microseconds=1)) == FIRST - before
    assert after.astimezone(UTC) == after


def test_rows_with_far_instants_are_read_whole():
    inner = pa.list_(pa.struct([("time", US), ("by", pa.string())]))
    table = pa.table(
        {
            "name": ["a", "b", None],
            "at": pa.array([0, 1 << 62, None], US),
            "all": pa.array([[{"time": -(1 << 62), "by": "x"}], None, []], inner),
        }
    )
    assert rows_of(table) == [
        {"name": "a", "at": EPOCH, "all": [{"time": Far(-(1 << 62)), "by": "x"}]},
        {"name": "b", "at": Far(1 << 62), "all": None},
        {"name": None, "at": None, "all": []},
    ]


@pytest.mark.parametrize("text", ["", "10000", "99999999-01-01T00:00:00+00:00", "10000-13-01T00"])
def test_text_that_is_no_instant_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011
        instant_from_iso(text)


MAIL = "From: a@b.example\r\nDate: {date}\r\nMessage-ID: <1@b.example>\r\n\r\nx\r\n"


def test_mail_of_a_far_year_is_inspected_and_proven(run, tmp_path):
    (tmp_path / "a.eml").write_bytes(MAIL.format(date="Fri, 31 Dec 9999 23:59:59 -1400").encode())
    code, out, _ = run("inspect", tmp_path / "a.eml")
    assert code == 0
    assert "10000-01-01 13:59:59 UTC" in out
    out = tmp_path / "out"
    assert run("verify", tmp_path / "a.eml", "-o", out, "--at", "date")[0] == 0
    code, proof, _ = run("audit", "prove", out, "--message-id", "1@b.example")
    assert code == 0
    (tmp_path / "proof").write_text(proof)
    assert run("audit", "check", tmp_path / "proof")[0] == 0


@pytest.mark.parametrize("option", ["--at", "--now"])
@pytest.mark.parametrize("text", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_instant_of_an_option_beyond_the_years_is_refused(run, tmp_path, option, text):
    (tmp_path / "a.eml").write_bytes(MAIL.format(date="").encode())
    code, _, said = run("verify", tmp_path / "a.eml", option, text)
    assert code == 2
    assert option in said
