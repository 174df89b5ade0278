"""What verify, encrypt and sign say at their end of an archive of which something is in doubt."""

import json

import pytest
from tests.plain_mail import mbox_of, plain_message
from tests.sealing.keyring import Keyring

CUT = b"Date: 1\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nseen:\n\n"
REST = b"From x Thu\nDate: 9\n\n--b\n\nmore\n--b--\n"


@pytest.fixture
def doubtful(tmp_path):
    """A message that is cut in two at a line of its text."""
    path = tmp_path / "a.mbox"
    path.write_bytes(mbox_of([plain_message(0), CUT + REST, plain_message(2)]))
    return path


def said(text):
    return " ".join(text.split())


def test_boundaries_in_doubt_are_counted_in_summary_and_manifest(run, doubtful, tmp_path):
    out = tmp_path / "out"
    told = said(run("verify", doubtful, "-o", out)[2])
    assert "Where messages begin and end is in doubt 2 messages (split_suspicious)." in told
    assert "--mbox-variant may split it better" in told
    totals = json.loads((out / "_smimebatch" / "manifest.json").read_text())["totals"]
    assert totals["flags"]["split_suspicious"] == 2
    assert "(split_suspicious)" in run("verify", doubtful, "-o", out)[2]  # finished already


def test_boundaries_in_doubt_are_told_before_and_after_encryption(run, doubtful, tmp_path):
    keyring = Keyring(tmp_path)
    keyring.add("p256")
    to = ("--to", keyring.certificate("p256"), "--now", "2026-06-01T00:00:00Z")
    for where in (("--dry-run",), ("-o", tmp_path / "out")):
        told = said(run("encrypt", doubtful, *to, *where)[2])
        assert "2 messages (split_suspicious)." in told, told


def test_limit_is_told_by_summary_and_status(run, archive, tmp_path):
    out = tmp_path / "out"
    assert "--limit 5: no more than the first 5 messages" in run("verify", archive, "--limit", 5)[2]
    assert "--limit" not in run("verify", archive, "--limit", 500)[2]
    for _ in range(2):  # made, and finished already
        told = run("verify", archive, "--limit", 5, "-o", out)[2]
        assert "--limit 5: no more than the first 5 messages" in told
    assert "--limit 5" in run("status", out)[1]
    assert json.loads(run("status", out, "--format", "json")[1])["limit"] == 5
    assert json.loads((out / "_smimebatch" / "run.json").read_text())["options"]["limit"] == 5
