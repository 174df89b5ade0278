"""The command line in this process; tests/endtoend runs it as people do."""

import json
import lzma

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.plain_mail import mbox_of, plain_message
from typer.main import get_command

from smimebatch import __version__
from smimebatch.cli import Interrupted, app
from smimebatch.cli.command import EXAMPLES
from smimebatch.cli.settings import all_commands
from smimebatch.schema import DATASETS


def test_version_is_that_of_the_package(run):
    assert run("--version") == (0, f"smimebatch {__version__}\n", "")


COMMANDS = dict(all_commands(get_command(app)))


def test_every_command_has_an_example_and_its_help_starts_with_it(run):
    groups = {name.partition(" ")[0] for name in COMMANDS if " " in name}
    assert sorted({*COMMANDS, *groups}) == sorted(EXAMPLES)
    for name in EXAMPLES:
        code, out, _ = run(*name.split(), "--help")
        assert code == 0
        assert out.startswith(f"Example:\n  smimebatch {name}")


def test_every_example_is_of_a_command_that_there_is():
    known = {*COMMANDS}
    for line in (line for examples in EXAMPLES.values() for line in examples):
        words = line.split()[1:3]
        assert " ".join(words) in known or words[0] in known, line


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_help_and_names_its_variable(run, name):
    out = " ".join(run(*name.split(), "--help")[1].split())
    assert COMMANDS[name].help
    for parameter in COMMANDS[name].params:
        assert parameter.help or parameter.name == "help", parameter.name
        if parameter.envvar:
            assert parameter.envvar in out


def test_every_option_of_the_contract_is_there_or_named_as_one_of_another_command(run, archive):
    contract = (
        "--trust --intermediates --crls --ocsp --revocation --at --vouch --bind --bind-missing "
        "--tsa-trust --now --policy --initial-policy --require-explicit-policy "
        "--inhibit-policy-mapping --inhibit-any-policy --strict --chain-model --inner-facts "
        "--format --config --jobs --batch-bytes --shard --limit --fail-on --progress --overwrite"
    )
    there = {name for parameter in COMMANDS["verify"].params for name in parameter.opts}
    for option in contract.split():
        if option not in there:
            code, out, err = run("verify", archive, option, "x")
            assert (code, out) == (2, "")
            assert f"smimebatch: {option}; expected an option of this command" in err
            assert "found one of smimebatch decrypt" in err
    assert "--trust" in there


def test_verify_writes_every_dataset(run, archive, tmp_path):
    code, out, err = run("verify", archive, "-o", tmp_path / "out")
    assert (code, out) == (0, ""), err
    for dataset in DATASETS:
        assert pq.read_table(tmp_path / "out" / dataset) is not None
    messages = pq.read_table(tmp_path / "out/messages")
    assert messages["source_index"].to_pylist() == list(range(20))
    result = json.loads((tmp_path / "out/_smimebatch/manifest.json").read_text())
    assert result["datasets"]["messages"] == result["totals"]["messages"] == 20
    record = json.loads((tmp_path / "out/_smimebatch/run.json").read_text())
    assert record["options"]["at"] == "evidence"


@pytest.mark.parametrize("jobs", [1, 3])
@pytest.mark.parametrize("batch_bytes", ["200", "1k", "8M"])
def test_verify_datasets_are_the_same_bytes_for_any_threads_and_batches(
    run, archive, tmp_path, jobs, batch_bytes
):
    now = ("--now", "2026-01-01T00:00:00Z")
    assert run("verify", archive, "-o", tmp_path / "one", "-j", 1, *now)[0] == 0
    more = ("-j", jobs, "--batch-bytes", batch_bytes)
    assert run("verify", archive, "-o", tmp_path / "two", *more, *now)[0] == 0
    for dataset in DATASETS:
        (one,), (two,) = (list((tmp_path / out / dataset).iterdir()) for out in ("one", "two"))
        assert one.name == two.name and one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("verify",), 2, "INPUT"),
        (("verify", "absent.mbox"), 2, "absent.mbox"),
        (("verify", "{archive}", "--at", "yesterday"), 2, "'yesterday'"),
        (("verify", "{archive}", "--now", "2026-01-01"), 2, "--now"),
        (("verify", "{archive}", "--jobs", "many"), 2, "--jobs"),
        (("verify", "{archive}", "--batch-bytes", "-1"), 2, "--batch-bytes"),
        (("verify", "{archive}", "--fail-on", "BAD"), 2, "--fail-on"),
        (("verify", "{archive}", "--fail-on", "TOTAL_FAILD"), 2, "TOTAL_FAILED"),
        (("verify", "{archive}", "--progress", "fancy"), 2, "--progress"),
        (("verify", "{archive}", "--input-format", "maildir"), 2, "mbox"),
        (("verify", "{archive}", "--nonsense"), 2, "--nonsense"),
        (("verify", "{archive}", "--trust", "{archive}"), 4, "PEM or DER"),
        (("verify", "{archive}", "--trust", "absent.pem"), 4, "absent.pem"),
        (("verify", "{archive}", "--format", "xml"), 2, "jsonl, csv"),
        (("verify", "{archive}", "--format", "csv", "-o", "x"), 2, "Parquet"),
        (("verify", "{archive}", "--config", "absent.toml"), 2, "absent.toml"),
        (("inspect", "{archive}", "--index", "20"), 2, "20 messages"),
        (("inspect", "{archive}", "--message-id", "nobody@nowhere"), 2, "nobody@nowhere"),
        (("inspect", "{archive}", "--index", "1", "--message-id", "x"), 2, "both"),
        (("nonsense",), 2, "nonsense"),
    ],
)
def test_wrong_call_has_its_exit_code_and_says_what_was_expected(
    run, archive, arguments, code, words, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    given = [str(archive) if part == "{archive}" else part for part in arguments]
    found, out, err = run(*given)
    assert (found, out) == (code, "")
    assert words in err
    assert "Traceback" not in err
    assert [path.name for path in tmp_path.iterdir()] == ["a.mbox"]


def test_unreadable_part_of_the_input_gives_3_and_the_rest_is_done(run, archive, tmp_path):
    stored = lzma.compress(archive.read_bytes() * 100)
    (tmp_path / "b.mbox.xz").write_bytes(stored[:-20])
    code, _, err = run("verify", tmp_path, "-o", tmp_path / "out")
    assert code == 3
    assert "b.mbox.xz" in err
    assert pq.read_table(tmp_path / "out/errors")["code"].to_pylist() == ["corrupt_compression"]
    assert pq.read_table(tmp_path / "out/messages").num_rows > 20


def test_fail_on_gives_1_even_beside_unreadable_places(run, archive, tmp_path):
    (tmp_path / "broken.gz").write_bytes(b"\x1f\x8b\x08\x00")
    assert run("verify", archive, "--fail-on", "TOTAL_PASSED,NOT_SIGNED")[0] == 1
    assert run("verify", archive, "--fail-on", "TOTAL_FAILED")[0] == 0
    assert run("verify", tmp_path, "--fail-on", "NOT_SIGNED")[0] == 1
    assert run("verify", tmp_path)[0] == 3


def test_other_result_in_the_same_place_is_refused_unless_overwritten(run, archive, tmp_path):
    assert run("verify", archive, "-o", tmp_path / "out")[0] == 0
    code, _, err = run("verify", archive, "-o", tmp_path / "out", "--limit", 3)
    assert code == 2
    assert "--overwrite" in err
    assert run("verify", archive, "-o", tmp_path / "out", "--limit", 3, "--overwrite")[0] == 0
    code, _, err = run("verify", archive, "-o", tmp_path / "out", "--limit", 3)
    assert code == 0
    assert "nothing to do" in err


def test_wrong_parquet_column_lists_the_columns_found(run, tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"subject": ["x"], "mail_bytes": [b"From: a@b\n\n"]}), path)
    code, _, err = run("verify", path)
    assert code == 2
    assert "subject (string), mail_bytes (binary)" in err
    assert run("verify", path, "--column", "mail_bytes")[0] == 0


def test_progress_as_json_lines_is_for_programs(run, archive, monkeypatch):
    monkeypatch.setattr("smimebatch.cli.progress.LINE_INTERVAL_S", 0.0)
    _, _, err = run("verify", archive, "--progress", "json", "-j", 1, "--batch-bytes", 1000)
    lines = [json.loads(line) for line in err.splitlines() if line.startswith("{")]
    assert lines
    assert lines[-1]["messages"] == 20
    assert lines[-1]["fraction"] == 1.0


def test_progress_plain_lines_have_rate_and_part(run, archive, monkeypatch):
    monkeypatch.setattr("smimebatch.cli.progress.LINE_INTERVAL_S", 0.0)
    _, _, err = run("verify", archive, "--progress", "plain", "-j", 1, "--batch-bytes", 1000)
    assert "messages/s" in err.splitlines()[0]
    assert "%" in err.splitlines()[0]


def test_inspect_by_index_and_by_message_id_find_the_same_message(run, archive):
    code, by_index, _ = run("inspect", archive, "--index", 7)
    assert code == 0
    assert "7@example.com" in by_index
    for message_id in ("7@example.com", "<7@example.com>"):
        assert run("inspect", archive, "--message-id", message_id)[:2] == (0, by_index)


def test_inspect_answers_stand_before_the_facts(run, archive):
    _, out, _ = run("inspect", archive)
    answers = ("NOT_SIGNED", "Who signed", "What is covered", "What next")
    places = [out.index(words) for words in answers]
    assert places == sorted(places)


def test_rule_46_inspect_shows_nothing_that_acts_on_a_terminal(run, tmp_path):
    (tmp_path / "x.eml").write_bytes(
        b"From: \x1b[31m=?utf-8?q?=1b]0=3Bt=07?= <a@b.example>\nMessage-ID: <\x9b2J@x>\n"
        b"Content-Type: text/\x1b[2Jplain\n\nx\n"
    )
    _, out, _ = run("inspect", tmp_path / "x.eml")
    assert not set(out) & set(map(chr, [*range(10), *range(11, 32), *range(127, 160)]))


def test_bug_of_ours_is_5_never_a_verdict(run, archive, monkeypatch):
    def fail(*arguments, **options):
        raise ZeroDivisionError

    monkeypatch.setattr("smimebatch.api.pipeline.run", fail)
    code, _, err = run("verify", archive)
    assert code == 5
    assert "report it" in err


def test_interrupt_is_130_and_publishes_nothing(run, archive, tmp_path, monkeypatch):
    def interrupt(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("smimebatch.api.pipeline.run", interrupt)
    code, _, err = run("verify", archive, "-o", tmp_path / "out")
    assert code == 130
    assert "interrupted" in err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["_smimebatch"]


def test_interrupt_of_a_run_that_overwrites_says_what_is_there(run, archive, tmp_path, monkeypatch):
    def interrupt(*arguments, **options):
        raise Interrupted(143)

    assert run("verify", archive, "-o", tmp_path / "out")[0] == 0
    monkeypatch.setattr("smimebatch.api.pipeline.run", interrupt)
    code, _, err = run("verify", archive, "-o", tmp_path / "out", "--overwrite")
    assert code == 143 and "terminated" in err and "what was there is as it was" in err


def test_full_disk_is_5_and_publishes_nothing(run, archive, tmp_path, monkeypatch):
    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("smimebatch.sinks.parquet.DatasetFile.finish", full)
    code, _, err = run("verify", archive, "-o", tmp_path / "out")
    assert code == 5
    assert "No space left on device" in err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["_smimebatch"]


def test_inspect_by_message_id_says_how_many_there_are(run, tmp_path):
    path = tmp_path / "a.mbox"
    path.write_bytes(mbox_of([plain_message(1), plain_message(2), plain_message(1)]))
    code, out, err = run("inspect", path, "--message-id", "1@example.com")
    assert code == 0
    assert "message 0" in out
    assert err == "smimebatch: 2 messages have this Message-ID, and this is the first of them\n"
    assert run("inspect", path, "--message-id", "2@example.com")[2] == ""
