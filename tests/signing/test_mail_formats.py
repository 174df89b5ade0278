"""Signed mail is written as every format, and a dry run only counts it."""

from __future__ import annotations

import mailbox
import subprocess
import sys

import pytest
from tests.mail_formats.written import FORMATS, read
from tests.sealing.keyring import NOW, objects
from tests.signing.keyring import HEADER

import smimebatch as sb

BODIES = (b"Plain.\n", b"From here on, a line that an mbox quotes.\n", b"Gr\xc3\xbc\xc3\x9fe.\n")
STRANGER = b"From: somebody@elsewhere.example\nSubject: no key\n\nNot signed.\n"


@pytest.fixture
def archive(tmp_path):
    box = mailbox.mbox(tmp_path / "in.mbox")
    for body in BODIES:
        box.add(HEADER + b"\n" + body)
    box.add(STRANGER)
    box.close()
    return tmp_path / "in.mbox"


@pytest.mark.parametrize("form", FORMATS)
def test_signed_mail_is_the_same_in_every_format(signers, archive, tmp_path, form):
    """Ed25519 signs the same again."""
    given = {"signer": signers.vault("ed25519"), "now": NOW}
    as_parquet = sb.sign(archive, output=tmp_path / "first", output_format="parquet", **given)
    run = sb.sign(archive, output=tmp_path / "run", output_format=form, **given)
    assert run.totals.objects == {"COMMITTED": 3, "REFUSED": 1}
    assert read(tmp_path / "run" / "mail") == read(tmp_path / "first" / "mail")
    told = ("source_index", "state", "reason", "output_sha256", "transfer_encoded")
    facts = [
        [{name: row[name] for name in told} for row in objects(it)] for it in (run, as_parquet)
    ]
    assert facts[0] == facts[1]
    trust = sb.Trust.load(signers.roots)
    judged = sb.verify(tmp_path / "run" / "mail", trust=trust, now=NOW)
    assert judged.totals.indications == {"TOTAL_PASSED": 3, "NOT_SIGNED": 1}


def test_default_format_is_that_of_the_input(signers, archive, tmp_path):
    sb.sign(archive, signer=signers.vault("p256"), output=tmp_path / "run", now=NOW)
    assert [path.suffix for path in (tmp_path / "run" / "mail").iterdir()] == [".mbox"]


def test_dry_run_counts_and_writes_nothing(signers, archive, tmp_path):
    given = {"signer": signers.vault("p256"), "now": NOW}
    planned = sb.sign(archive, dry_run=True, output=tmp_path / "run", **given)
    assert planned.output is None
    assert list(tmp_path.iterdir()) == [archive]
    done = sb.sign(archive, output=tmp_path / "run", **given)
    assert planned.totals.objects == {"WRITTEN": 3, "REFUSED": 1}
    assert done.totals.objects == {"COMMITTED": 3, "REFUSED": 1}
    assert planned.exit_code == done.exit_code == 3


def test_command_of_a_dry_run_says_who_has_no_certificate(signers, archive, tmp_path):
    keys = [word for file in signers.files("p256") for word in ("--signer", str(file))]
    command = [sys.executable, "-m", "smimebatch", "sign", str(archive), *keys, "--dry-run"]
    done = subprocess.run(
        [*command, "--now", NOW.isoformat()], capture_output=True, check=False, text=True
    )
    assert done.returncode == 3
    assert "somebody@elsewhere.example" in done.stderr
    assert "would be signed" in done.stderr
    assert list(tmp_path.iterdir()) == [archive]
