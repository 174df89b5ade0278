"""Messages that are looked into and written nowhere."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys

import pytest
from tests.sealing.keyring import ENTITY, HEADER, NOW, Keyring, as_parquet

import smimebatch as sb
from smimebatch.errors import OptionError, StoppedError
from smimebatch.sinks.scanning import ScanCommand

READER = """
import json, os, sys
stream, seen = sys.stdin.buffer, []
while line := stream.readline():
    facts = json.loads(line)
    facts["text"] = stream.read(facts["bytes"]).decode()
    assert stream.read(1) == b"\\n"
    seen.append(facts)
    if len(seen) == int(os.environ.get("STOP_AFTER", "-1")):
        sys.exit(7)
open(sys.argv[1], "w").write(json.dumps([seen, sorted(os.listdir("/proc/self/fd"))]))
"""


@pytest.fixture
def sealed(keyring: Keyring, tmp_path: pathlib.Path) -> pathlib.Path:
    """Mail for p256, and one message in clear."""
    mails = [HEADER.replace(b"<1@", f"<{at}@".encode()) + ENTITY for at in range(5)]
    source = as_parquet(mails, tmp_path / "mail.parquet")
    sb.encrypt(source, to=keyring.certificate("p256"), output=tmp_path / "sealed", now=NOW)
    return tmp_path / "sealed" / "mail"


def test_callable_gets_every_message_and_no_disk_does(keyring, sealed, tmp_path):
    seen: list[sb.ScannedMessage] = []
    run = sb.decrypt(sealed, vault=keyring.vault("p256"), output=tmp_path / "run", scan=seen.append)
    assert [(one.source_index, one.opened) for one in seen] == [(at, True) for at in range(5)]
    assert all(one.raw.endswith(ENTITY) for one in seen)
    assert run.totals.decrypt_statuses == {"decrypted": 5}
    assert not (tmp_path / "run" / "mail").exists()
    for path in (tmp_path / "run").rglob("*"):
        assert path.is_dir() or b"7f1c9d" not in path.read_bytes()


def test_command_reads_every_message_and_inherits_nothing(keyring, sealed, tmp_path):
    script = tmp_path / "reader.py"
    script.write_text(READER)
    found = tmp_path / "found.json"
    done = subprocess.run(
        (
            *(sys.executable, "-m", "smimebatch", "decrypt", str(sealed)),
            *("--keys", "p256.key", "--keys", "p256.crt", "-o", str(tmp_path / "run")),
            *("--scan", f"{sys.executable} {script} {found}"),
        ),
        cwd=keyring.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen, descriptors = json.loads(found.read_text())
    assert [one["source_index"] for one in seen] == list(range(5))
    assert all(one["opened"] and "7f1c9d" in one["text"] for one in seen)
    # 0, 1, 2, the file that is written, and the one that lists them.
    assert len(descriptors) == 5
    assert not (tmp_path / "run" / "mail").exists()


def test_rule_40_command_has_no_variable_with_a_password(keyring, sealed, tmp_path):
    script = tmp_path / "environment.py"
    script.write_text("import os, sys; sys.stdin.buffer.read(); sys.exit('SECRET' in os.environ)")
    done = subprocess.run(
        (
            *(sys.executable, "-m", "smimebatch", "decrypt", str(sealed)),
            *("--keys", "p256.key", "--keys", "p256.crt", "-o", str(tmp_path / "run")),
            *("--password-env", "SECRET", "--scan", f"{sys.executable} {script}"),
        ),
        cwd=keyring.folder,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"SECRET": "a password"},
    )
    assert done.returncode == 0, done.stderr


def test_command_that_stops_keeps_the_run_from_ending(keyring, sealed, tmp_path, monkeypatch):
    script = tmp_path / "reader.py"
    script.write_text(READER)
    command = f"{sys.executable} {script} {tmp_path / 'found.json'}"
    given = {"vault": keyring.vault("p256"), "output": tmp_path / "run"}
    monkeypatch.setenv("STOP_AFTER", "2")
    with pytest.raises(StoppedError, match="--scan"):
        sb.decrypt(sealed, scan=ScanCommand(command), **given)
    assert not (tmp_path / "run" / "_smimebatch" / "manifest.json").exists()
    monkeypatch.delenv("STOP_AFTER")
    sb.decrypt(sealed, scan=ScanCommand(command), **given)
    seen, _ = json.loads((tmp_path / "found.json").read_text())
    assert [one["source_index"] for one in seen] == list(range(5))


def test_command_that_is_none_is_refused(keyring, sealed, tmp_path):
    with pytest.raises(OptionError):
        ScanCommand("")
    with pytest.raises(OptionError, match="--scan"):
        sb.decrypt(
            sealed,
            vault=keyring.vault("p256"),
            output=tmp_path / "run",
            scan=ScanCommand(os.fspath(tmp_path / "nothing")),
        )
