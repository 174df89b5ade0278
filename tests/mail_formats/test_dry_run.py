"""--dry-run: everything is judged and counted, nothing is written."""

import subprocess
import sys

import pytest
from tests.sealing.keyring import NOW

import smimebatch as sb
from smimebatch.errors import OptionError


def tree(folder):
    return {
        path: (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in folder.rglob("*")
    }


@pytest.mark.parametrize("job", ["decrypt", "encrypt", "reencrypt", "rewrap"])
def test_dry_run_counts_what_the_job_does_and_writes_nothing(house, tmp_path, job):
    given = house.options | ({} if job == "decrypt" else {"to": house.keyring.certificate("p384")})
    make = getattr(sb, job)
    before = tree(tmp_path)
    planned = make(house.archive("mbox"), output=tmp_path / "run", dry_run=True, **given)
    assert tree(tmp_path) == before == {}
    done = make(house.archive("mbox"), output=tmp_path / "run", **given)
    assert planned.output is None and planned.totals.kinds == done.totals.kinds
    assert planned.planned.messages == 9
    states = dict(planned.planned.states)
    committed = done.totals.objects["COMMITTED"]
    if job != "decrypt":
        assert states.pop("WRITTEN") == committed
        assert states == {"SKIPPED": done.totals.objects["SKIPPED"]}
        assert sum(planned.planned.recipients.values()) == committed
    else:
        assert planned.planned.opened == 4
    assert planned.exit_code == done.exit_code == 0
    # Over a finished run nothing is touched either, not even the time of a file.
    before = tree(tmp_path)
    make(house.archive("mbox"), output=tmp_path / "run", dry_run=True, **given)
    assert tree(tmp_path) == before


def test_dry_run_says_who_cannot_be_written_to_and_which_keys_are_missing(house, tmp_path):
    certificates = tmp_path / "certificates"
    certificates.mkdir()
    (certificates / "a.crt").write_bytes(house.keyring.certificate("p384").read_bytes())
    run = sb.encrypt(
        house.archive("mbox"), recipients=certificates, dry_run=True, now=NOW, unit_messages=4
    )
    assert run.planned.states == {"REFUSED": 5, "SKIPPED": 4}
    assert run.planned.reasons["no_certificate"] == 5
    assert "archive@example.com" in run.planned.missing_recipients
    assert run.exit_code == 3
    other = house.keyring.vault("p384")
    run = sb.decrypt(house.archive("mbox"), vault=other, dry_run=True, now=NOW)
    assert run.totals.decrypt_statuses == {"no_key": 4}
    assert run.planned.opened == 0
    ((recipient, count),) = run.planned.missing_keys.items()
    assert count == 4 and "An issuer" in recipient


def test_dry_run_and_a_scanner_do_not_go_together(house, tmp_path):
    with pytest.raises(OptionError):
        sb.decrypt(house.archive("mbox"), dry_run=True, scan=lambda message: None, **house.options)


def test_job_without_dry_run_wants_a_place(house):
    with pytest.raises(OptionError):
        sb.decrypt(house.archive("mbox"), **house.options)


def command(*arguments, cwd):
    done = subprocess.run(
        [sys.executable, "-m", "smimebatch", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
    )
    return done.returncode, done.stdout, done.stderr


def test_command_prints_the_summary_and_makes_nothing(house, tmp_path):
    certificate = house.keyring.certificate("p384")
    given = (house.archive("mbox"), "--to", certificate, "--now", NOW.isoformat(), "--dry-run")
    for output in ((), ("-o", tmp_path / "run")):
        code, out, err = command("encrypt", *given, *output, cwd=tmp_path)
        assert (code, out) == (0, ""), err
        assert "Nothing was written" in err and "as mbox" in err
        assert "SKIPPED" in err and "WRITTEN" in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", ["mbox", "eml", "maildir", "parquet"])
def test_command_says_what_the_mail_is_written_as(house, tmp_path, form):
    given = (house.archive("mbox"), "--keys", house.keyring.folder, "--output-format", form)
    code, _, err = command("decrypt", *given, "-o", "run", cwd=tmp_path)
    assert code == 0, err
    assert f"as {form}" in " ".join(err.split())
    code, _, err = command("decrypt", *given, "--output-format", "mbx", "-o", "x", cwd=tmp_path)
    assert code == 2 and not (tmp_path / "x").exists()
    code, _, err = command("audit", "verify", "run", cwd=tmp_path)
    assert code == 0, err
