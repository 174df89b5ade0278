"""RULES 46: what stderr says is a line each, and nothing of an archive acts in it."""

import json
import logging

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from smimebatch.cli.saying import say_what_is_logged
from smimebatch.sinks.lines import ACTIVE

ACTS = "\x1b]0;x\x07\nsmimebatch: all is well\u202e\x9b2J"


def is_one_line_and_inert(said):
    return said.count("\n") == 1 and not ACTIVE.search(said.removesuffix("\n"))


def column_name(folder, archive):
    pq.write_table(pa.table({f"a{ACTS}": [b"x"], f"b{ACTS}": [b"y"]}), folder / "x.parquet")
    return ["verify", folder / "x.parquet", "--column", "z"]


def key_of_settings(folder, archive):
    (folder / "s.toml").write_text(json.dumps(ACTS) + " = 1\n")
    return ["verify", archive, "--config", folder / "s.toml"]


def file_name(folder, archive):
    return ["verify", archive, "--trust", folder / ACTS.replace("/", "")]


@pytest.mark.parametrize("made", [column_name, key_of_settings, file_name])
def test_rule_46_error_is_one_line_that_acts_on_nothing(run, tmp_path, archive, made):
    code, _, said = run(*made(tmp_path, archive), "--progress", "none")
    assert code in (2, 4)
    assert is_one_line_and_inert(said)
    assert "\\x1b" in said


def test_rule_46_proof_acts_on_nothing(run, tmp_path):
    mail = "From: \x9b2J\u202e\x7f <a@b.example>\r\nMessage-ID: <1@\x9b\u202e\x7f>\r\n\r\nx\r\n"
    (tmp_path / "a.eml").write_bytes(mail.encode())
    assert run("verify", tmp_path / "a.eml", "-o", tmp_path / "out", "--progress", "none")[0] == 0
    wanted = pq.read_table(tmp_path / "out" / "messages")["message_id"][0].as_py()
    code, out, _ = run("audit", "prove", tmp_path / "out", "--message-id", wanted)
    assert code == 0
    assert is_one_line_and_inert(out)
    assert json.loads(out)["row"]["message_id"] == wanted
    (tmp_path / "proof").write_text(out)
    assert run("audit", "check", tmp_path / "proof")[0] == 0


def test_rule_46_log_is_said_where_asked_for_and_acts_on_nothing(monkeypatch, capsys):
    monkeypatch.setenv("SMIMEBATCH_DEBUG", "1")
    logger = logging.getLogger("smimebatch")
    monkeypatch.setattr(logger, "handlers", [])
    monkeypatch.setattr(logger, "level", logging.NOTSET)
    say_what_is_logged()
    try:
        {}[ACTS]
    except KeyError as error:
        logging.getLogger("smimebatch.sources.faults").debug("stopped", exc_info=error)
    said = capsys.readouterr().err
    assert "Traceback" in said
    assert not ACTIVE.search(said.replace("\n", ""))
