"""Rows on stdout: data only, nothing that acts, and a reader that leaves."""

import csv
import io
import json
import os
import subprocess
import sys

import pytest
from tests.plain_mail import mbox_of, plain_message

from smimebatch.schema import dataset_schema

COLUMNS = dataset_schema("messages").names


def test_verify_without_output_writes_a_line_of_json_per_message_and_nothing_else(run, archive):
    code, out, err = run("verify", archive)
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [row["source_index"] for row in rows] == list(range(20))
    assert list(rows[0]) == COLUMNS
    assert rows[3]["message_id"] == "<3@example.com>" or rows[3]["message_id"] == "3@example.com"
    assert len(rows[0]["message_sha256"]) == 64
    assert "20 messages" in err
    assert "NOT_SIGNED" in err


def test_verify_as_csv_has_a_head_and_a_row_per_message(run, archive):
    code, out, _ = run("verify", archive, "--format", "csv", "-j", 1, "--batch-bytes", 500)
    head, *rows = csv.reader(io.StringIO(out, newline=""))
    assert code == 0
    assert head == COLUMNS
    assert [row[COLUMNS.index("source_index")] for row in rows] == [str(n) for n in range(20)]


def test_verify_of_nothing_as_csv_has_its_head(run, tmp_path):
    (tmp_path / "empty.mbox").write_bytes(b"")
    code, out, _ = run("verify", tmp_path / "empty.mbox", "--format", "csv")
    assert (code, out.splitlines()) == (0, [",".join(COLUMNS)])
    assert run("verify", tmp_path / "empty.mbox")[1] == ""


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_rows_are_the_same_for_any_threads_and_batches(run, archive, form):
    first = run("verify", archive, "--format", form, "-j", 1)[1]
    for jobs, batch_bytes in ((1, 300), (3, "1k"), (2, "8M")):
        cut = ("-j", jobs, "--batch-bytes", batch_bytes)
        assert run("verify", archive, "--format", form, *cut)[1] == first


EVIL = (
    b"From: =?utf-8?q?=3Dcmd=7C'/c=20calc'!A1?= <=x@b.example>\r\n"
    b"Message-ID: @SUM(1\x9b2J)\r\n\r\nx\r\n"
)


def test_rule_46_nothing_of_a_mail_is_a_formula_or_acts_on_a_terminal(run, tmp_path):
    (tmp_path / "x.eml").write_bytes(EVIL)
    _, out, _ = run("verify", tmp_path / "x.eml", "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(out, newline=""))
    for cell in row.values():
        assert not cell.lstrip().startswith(("=", "+", "-", "@"))
    for form in ("csv", "jsonl"):
        _, out, _ = run("verify", tmp_path / "x.eml", "--format", form)
        assert not set(out) & set(map(chr, [*range(9), *range(14, 32), *range(127, 160)]))
        assert len(out.splitlines()) == (2 if form == "csv" else 1)


@pytest.mark.parametrize("jobs", [1, 2])
def test_reader_that_leaves_ends_the_run_quietly(tmp_path, jobs):
    archive = tmp_path / "a.mbox"
    archive.write_bytes(mbox_of([plain_message(n) for n in range(3000)]))
    command = [sys.executable, "-m", "smimebatch", "verify", str(archive), "-j", str(jobs)]
    command += ["--batch-bytes", "20k", "--progress", "none"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert json.loads(process.stdout.readline())["source_index"] == 0
        process.stdout.close()
        said = process.stderr.read()
        # Stopped early is no verdict: --fail-on may have found nothing yet.
        assert process.wait(60) == 5
    assert said == b""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="NOT TESTED: no /dev/full")
@pytest.mark.parametrize("count", [1, 3000])
def test_full_disk_under_stdout_stops_the_run_and_says_so(tmp_path, count):
    archive = tmp_path / "a.mbox"
    archive.write_bytes(mbox_of([plain_message(n) for n in range(count)]))
    command = [sys.executable, "-m", "smimebatch", "verify", str(archive), "--progress", "none"]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, timeout=60, check=False)
    assert done.returncode == 5
    said = done.stderr.decode().splitlines()
    assert [line for line in said if line.startswith("smimebatch: writing the rows")]
    assert "report it" not in done.stderr.decode()
    assert not any(line.startswith(("Traceback", "Exception")) for line in said)


def test_fail_on_takes_flags_too(run, mails, mail_folder, tmp_path):
    name = next(name for name, mail in mails.items() if mail.message.get("flags"))
    flag = mails[name].message["flags"][0]
    path = tmp_path / "flagged.eml"
    path.write_bytes(mails[name].raw)
    trust = ("--trust", mail_folder / "root.pem", "--now", "2026-01-01T00:00:00Z")
    assert run("verify", path, *trust, "--fail-on", flag)[0] == 1
    assert run("verify", path, *trust, "--fail-on", "TOTAL_PASSED")[0] in (0, 1)
    plain = tmp_path / "plain.eml"
    plain.write_bytes(plain_message(0))
    assert run("verify", plain, *trust, "--fail-on", flag)[0] == 0
