"""Shell completion: the scripts for three shells, and what they would offer."""

import shutil
import subprocess

import pytest


@pytest.mark.parametrize(
    ("shell", "words"),
    [
        ("bash", "complete -o default -F _smimebatch_completion smimebatch"),
        ("zsh", "#compdef smimebatch"),
        ("fish", "complete --command smimebatch"),
    ],
)
def test_script_of_each_shell_is_produced_and_parses(run, monkeypatch, tmp_path, shell, words):
    monkeypatch.setenv("_SMIMEBATCH_COMPLETE", f"source_{shell}")
    code, out, err = run()
    assert (code, err) == (0, "")
    assert words in out
    program = shutil.which(shell)
    if program is not None:
        (tmp_path / "script").write_text(out)
        subprocess.run([program, "-n", tmp_path / "script"], check=True)


@pytest.fixture
def complete(run, monkeypatch):
    """What bash offers for the last word."""

    def offered(*words):
        monkeypatch.setenv("_SMIMEBATCH_COMPLETE", "complete_bash")
        monkeypatch.setenv("COMP_WORDS", "\n".join(["smimebatch", *words]))
        monkeypatch.setenv("COMP_CWORD", str(len(words)))
        return run()[1].split()

    return offered


def test_commands_are_completed(complete):
    assert {"verify", "inspect", "trust", "certs"} <= set(complete(""))
    assert complete("trust", "im") == ["import"]


@pytest.mark.parametrize(
    ("option", "start", "offered"),
    [
        ("--at", "", ["evidence", "now", "claimed", "date"]),
        ("--at", "c", ["claimed"]),
        ("--bind", "from", ["from", "from-or-sender"]),
        ("--bind-missing", "", ["refuse", "allow"]),
        ("--chain-model", "", ["shell", "chain", "hybrid"]),
        ("--format", "", ["jsonl", "csv"]),
        ("--progress", "p", ["plain"]),
        ("--fail-on", "TOTAL_F", ["TOTAL_FAILED"]),
        ("--fail-on", "TOTAL_FAILED,NOT_S", ["TOTAL_FAILED,NOT_SIGNED"]),
    ],
)
def test_values_are_completed(complete, option, start, offered):
    assert complete("verify", "x.mbox", option, start) == offered


def test_formats_of_inputs_are_completed(complete):
    assert {"mbox", "eml", "parquet"} <= set(complete("verify", "--input-format", ""))


def test_options_are_completed(complete):
    assert "--bind-missing" in complete("verify", "--bi")


def test_trust_completes_names_and_paths(complete, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my-roots.pem").write_text("")
    (tmp_path / "more").mkdir()
    assert complete("verify", "--trust", "m") == ["mozilla-email", "more/", "my-roots.pem"]
    assert complete("verify", "my") == ["my-roots.pem"]
