"""The page says what the rows say: medians, ratios, aims missed, peers not run."""

import json
import xml.etree.ElementTree as ElementTree

import charts
import counts
import pytest
from tables import median, ratio, shown, spread, table

import report

MACHINE = {
    "cpu": "Some CPU",
    "family_model_stepping": ["1", "2", "3"],
    "cores": 2,
    "memory_mib": 4096,
    "flags": {"avx2": True, "avx512ifma": False},
    "kernel": "6.1",
    "commit": "0123456789abcdef",
    "tree_clean": True,
    "rustc": "rustc 1",
    "python": "3.11",
    "pyarrow": "26",
    "kernels": [{"job": "sha256", "kernel": "library", "why": "no SHA-NI"}],
}


def row(**values):
    return {"of": "reference", "suite": "reference", "correct": True} | values


def rates(tool, threads, *rounds, **more):
    shape = {"tool": tool, "threads": threads, "corpus": "signed-9", "lanes": "auto"} | more
    return [
        row(**shape, messages_per_s_inside=rate, messages_per_s=rate / 2, round=turn)
        for turn, rate in enumerate(rounds)
    ]


@pytest.fixture
def rows():
    peer = {"suite": "peers", "does_less": "no rows"}
    return [
        row(tool="openssl_cms", version="OpenSSL 9", **peer),
        row(tool="gpgsm", not_run="gpgsm is not there", **peer),
        *rates("smimebatch", 1, 900, 1_000, 1_200),
        *rates("smimebatch", 2, 1_500, 1_600, 1_700),
        *rates("openssl_cms", 1, 100, 90, 110),
        *rates("floor", 1, 3_000, 3_200, 2_800),
        *rates("floor", 2, 6_000),
        row(of="unsigned", suite="unsigned", mean="7.3 KB", threads=1, mb_per_s_inside=1_100.0,
            messages_per_s_inside=150_000, peak_mib=120.0),
        row(suite="stages", stage="scan", us=2.0, does="Finds."),
    ]  # fmt: skip


@pytest.fixture
def page(tmp_path, rows):
    folder = tmp_path / "runs" / "2026-01-01-some-cpu"
    folder.mkdir(parents=True)
    (folder / "machine.json").write_text(json.dumps(MACHINE))

    def write(more=()):
        lines = "".join(json.dumps(it) + "\n" for it in [*rows, *more])
        (folder / "rows.jsonl").write_text(lines)
        report.write(folder, tmp_path / "docs" / "benchmarks.md")
        return (tmp_path / "docs" / "benchmarks.md").read_text()

    return write


def line_of(text, start):
    return next(line for line in text.splitlines() if line.startswith(start))


def test_page_states_medians_spreads_and_ratios(page):
    text = page()
    assert "| smimebatch | signed-9 | 1 | 1,000 (900 to 1,200) | 500 (450 to 600) | 1.0 |" in text
    assert "| openssl_cms | signed-9 | 1 | 100 (90 to 110) | 50 (45 to 55) | 10.0 |" in text


def test_aims_that_were_missed_are_said_to_be_missed(page):
    text = page()
    assert line_of(text, "| at least 20 times OpenSSL").endswith("| 10.0 times | **no** |")
    assert line_of(text, "| whole verify job at least 50 % of the floor, one").endswith(
        "| 66.7% | yes |"
    )
    assert line_of(text, "| unsigned mail of 7.3 KB").endswith("| 1,100 MB/s | yes |")


def test_few_mails_are_compared_with_few_mails(page):
    few = {"corpus": "signed-9, first 2"}
    text = page([*rates("smimebatch", 1, 480, **few), *rates("openssl_cms", 1, 80, **few)])
    assert "| openssl_cms | signed-9, first 2 | 1 | 80 | 40 | 6.0 |" in text
    assert "| openssl_cms | signed-9 | 1 | 100 (90 to 110) | 50 (45 to 55) | 10.0 |" in text
    seven = [line for line in text.splitlines() if line.startswith("| at least 7 times OpenSSL")]
    assert [line.split(" | ")[-2:] for line in seven] == [
        ["6.0 times", "**no** |"],
        ["10.0 times", "yes |"],
    ]


def test_what_was_not_run_is_told_with_its_reason(page):
    text = page()
    assert "not run: gpgsm is not there" in text
    assert line_of(text, "| at least 30 times OpenSSL").endswith("| not run | not run |")
    assert "AVX-512 IFMA: not run" in text


def test_wrong_verdicts_are_said_first(page):
    text = page([row(tool="smimebatch", suite="hostile", corpus="x", correct=False)])
    assert text.index("wrong verdicts; the figures mean nothing") < text.index("## Aims")


def test_charts_are_there_and_well_formed(page, tmp_path):
    text = page()
    for name in ("peers", "stages"):
        assert f"benchmarks/{name}.svg" in text
        ElementTree.parse(tmp_path / "docs" / "benchmarks" / f"{name}.svg")


def test_chart_escapes_its_labels(tmp_path):
    lines = [("a <b> & c", 2.0, "2", True), ("d", 0.0, "0", False)]
    name = charts.bars(tmp_path / "x.svg", "<title>", lines)
    texts = [it.text for it in ElementTree.parse(tmp_path / name).iter() if it.text]
    assert "a <b> & c" in texts and "<title>" in texts


def test_sums_of_nothing_are_not_run():
    assert (median([], "x"), ratio(None, 1.0), ratio(1.0, 0.0)) == (None, None, None)
    assert (shown(None), spread([], "x")) == ("not run", "not run")
    assert table(("a",), []) == ["Not run.", ""]


LISTING = """
     1,000  /x/stage_counts.rs:stage_counts::again_scan [/x/stage_counts]
       640  /x/stage_counts.rs:stage_counts::again_scan'2 [/x/stage_counts]
    20,000  /x/core.rs:stage_counts::first_scan [/x/stage_counts]
       300  /x/stage_counts.rs:stage_counts::split [/x/stage_counts]
       999  /x/stage_counts.rs:stage_counts::again [/x/stage_counts]
"""


def test_counts_are_read_by_stage_and_message():
    assert counts.by_stage(LISTING, 10) == {"again_scan": 100, "first_scan": 2_000, "split": 30}


@pytest.mark.parametrize(
    ("now", "is_worse", "is_better"),
    [(10_200, False, False), (10_400, True, False), (9_600, False, True), (10_000, False, False)],
)
def test_counts_differ_by_more_than_the_tolerance(now, is_worse, is_better):
    kept, found = {"signed": {"again_scan": 10_000}}, {"signed": {"again_scan": now}}
    _, worse, better = counts.compared(kept, found)
    assert (bool(worse), bool(better)) == (is_worse, is_better)


def test_stage_that_is_new_or_gone_is_told():
    _, worse, better = counts.compared({"signed": {"gone": 900}}, {"signed": {"new": 900}})
    assert "new" in worse[0] and "gone" in better[0]


def test_a_few_instructions_are_never_told():
    _, worse, better = counts.compared({"signed": {"judge": 100}}, {"signed": {"judge": 350}})
    assert not worse and not better
