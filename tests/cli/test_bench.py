"""smimebatch bench: one screen, or one JSON object."""

import json

import pytest

from smimebatch.bench.corpus import signed_corpus

SMALL = ("--rounds", 1, "-j", 2)


def test_bench_makes_its_mail_and_tells_everything_as_json(run):
    code, out, err = run("bench", "--messages", 60, "--json", *SMALL)
    assert code == 0, err
    told = json.loads(out)
    assert told["machine"]["kernels"]
    signed, unsigned = told["archives"]
    for archive in (signed, unsigned):
        assert [rate["threads"] for rate in archive["whole_job"]] == [1, 2]
        for rate in (*archive["whole_job"], *archive["floor"]):
            assert rate["messages"] == 60
            assert rate["messages_per_s"] > 0 and rate["mb_per_s_and_core"] >= 0
        assert all(rate["share_of_floor"] > 0 for rate in archive["whole_job"])
        assert archive["stages_on_one_thread"][0]["stage"] == "read"
    assert signed["floor_jobs"]["signatures"] >= 60
    assert unsigned["floor_jobs"]["signatures"] == 0


def test_bench_tells_a_person_on_one_screen(run):
    code, out, _ = run("bench", "--messages", 40, *SMALL)
    assert code == 0
    lines = out.splitlines()
    assert len(lines) <= 40 and max(map(len, lines)) <= 100
    for said in ("threads", "reached", "Floor", "stage", "sha256", "40 mails signed"):
        assert said in out


def test_bench_takes_the_mail_of_its_inputs(run, tmp_path):
    corpus = signed_corpus(str(tmp_path), 30)
    options = ("--trust", corpus.root, "--limit", 20, "--json", *SMALL)
    code, out, err = run("bench", *corpus.inputs, *options)
    assert code == 0, err
    (archive,) = json.loads(out)["archives"]
    assert archive["whole_job"][0]["messages"] == 20


def test_bench_of_made_mail_needs_no_trust_and_takes_a_limit(run):
    code, out, err = run("bench", "--limit", 30, "--trust", "system", "--json", *SMALL)
    assert code == 0, err
    assert json.loads(out)["archives"][0]["whole_job"][0]["messages"] == 30


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("a.mbox", "--messages", 5), "--messages; expected no inputs"),
        (("-",), "INPUT; expected files"),
        (("--rounds", 0), "--rounds; expected at least 1"),
        (("--messages", 0), "--messages; expected at least 1"),
        (("-j", 0), "--jobs; expected"),
    ],
)
def test_bench_refuses_what_means_nothing(run, arguments, said):
    code, out, err = run("bench", *arguments)
    assert (code, out) == (2, "")
    assert said in err
