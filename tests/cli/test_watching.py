"""What a run tells while it goes on: metrics, status, and where it stopped."""

import json
import os

import pytest
from tests.job.jobs import stop

from smimebatch.cli.asking import watchers_for
from smimebatch.cli.watchers import FileWatcher, metrics_file, progress_file
from smimebatch.job.output import RunDirectory
from smimebatch.job.status import Status
from smimebatch.sinks.rows import Totals
from smimebatch.sources import Archive, Inputs, ReadingOptions

MAIL = b"From a@b Mon Jan  1 00:00:00 2024\nFrom: a@b.example\n\nx\n\n"


@pytest.fixture
def mbox(tmp_path):
    (tmp_path / "a.mbox").write_bytes(MAIL * 60)
    return tmp_path / "a.mbox"


def test_metrics_file_has_counts_and_rates_and_is_replaced_at_once(run, mbox, tmp_path):
    path = tmp_path / "smimebatch.prom"
    code, *_ = run("verify", mbox, "-o", tmp_path / "out", "--metrics-file", path)
    assert code == 0
    text = path.read_text()
    assert "# TYPE smimebatch_messages_total counter\nsmimebatch_messages_total 60\n" in text
    assert 'smimebatch_indications_total{indication="NOT_SIGNED"} 60' in text
    assert "smimebatch_running 0\n" in text
    assert f"smimebatch_input_bytes {60 * len(MAIL)}\n" in text
    names = [line.split(" ")[0] for line in text.splitlines() if not line.startswith("#")]
    assert len(names) == len(set(names)) > 8
    assert [name for name in os.listdir(tmp_path) if name.startswith("smimebatch.prom")] == [
        path.name
    ]


def test_metrics_file_in_no_place_is_refused_before_work(run, mbox, tmp_path):
    place = tmp_path / "absent" / "x.prom"
    code, _, err = run("verify", mbox, "-o", tmp_path / "out", "--metrics-file", place)
    assert code == 2 and "--metrics-file" in err
    assert not (tmp_path / "out").exists()


def test_status_of_a_run_that_goes_on_was_stopped_and_is_finished(run, mbox, tmp_path, monkeypatch):
    out = tmp_path / "out"
    stop(mbox, out, 45)
    code, said, _ = run("status", out)
    assert code == 0
    assert said.startswith("interrupted") and "2 units, 40 messages" in said
    assert "the same command goes on" in said
    directory = RunDirectory(out)
    monkeypatch.setattr("smimebatch.cli.watchers.FILE_INTERVAL_S", 0.0)
    watcher = progress_file(str(out))
    watcher.begin(Archive(Inputs([mbox]), ReadingOptions()))
    watcher.advance(lambda: Totals(messages=50))
    found = Status.of(str(out))
    assert (found.state, found.process, found.units) == ("running", os.getpid(), 2)
    assert found.progress is not None and found.progress["messages"] == 50
    assert "50 messages judged" in run("status", out)[1]
    directory.close()
    options = ("--now", "2026-01-01T00:00:00Z", "--unit-messages", 20)
    code, _, err = run("verify", tmp_path / "a.mbox", "-o", out, *options)
    assert code == 0 and "went on behind 40 messages" in err
    state = json.loads(run("status", out, "--format", "json")[1])
    assert (state["state"], state["messages"], state["units"]) == ("finished", 60, 3)
    assert "progress.json" not in os.listdir(out / "_smimebatch")


def test_run_that_shows_no_progress_still_tells_its_status(tmp_path):
    (watcher,) = watchers_for(None, str(tmp_path), None)
    assert isinstance(watcher, FileWatcher)
    assert watchers_for(None, None, None) == []


def test_status_of_a_directory_that_somebody_edited_is_told_and_harmless(run, mbox, tmp_path):
    out = tmp_path / "out"
    stop(mbox, out, 45)
    record = json.loads((out / "_smimebatch/run.json").read_text())
    (out / "_smimebatch/run.json").write_text(json.dumps({**record, "now": "\x1b[2J"}))
    (commit, _) = sorted((out / "_smimebatch/commits").iterdir())
    for facts in ({}, {"totals": 5}, {"totals": {"messages": "x"}}):
        kept = json.loads(commit.read_text())
        commit.write_text(json.dumps({**kept, "facts": facts}))
        code, said, _ = run("status", out)
        assert code == 0 and "20 messages" in said and "\x1b" not in said


def test_status_of_what_is_no_run_is_refused(run, tmp_path):
    assert run("status", tmp_path)[0] == 2


def test_metrics_of_a_disk_that_takes_none_do_not_end_a_run(mbox, tmp_path):
    watcher = metrics_file(str(tmp_path / "x.prom"))
    watcher.begin(Archive(Inputs([mbox]), ReadingOptions()))
    (tmp_path / "x.prom").mkdir()
    watcher.end()


@pytest.mark.parametrize("words", [("certs", "list"), ("certs", "gaps"), ("certs", "harvest")])
def test_unfinished_run_is_no_answer_for_the_whole(run, mbox, tmp_path, words):
    stop(mbox, tmp_path / "out", 45)
    more = ("-o", tmp_path / "x.pem") if words[1] == "harvest" else ()
    code, _, err = run(*words, tmp_path / "out", *more)
    assert code == 2 and "finished run" in err
