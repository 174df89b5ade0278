"""The command line as a person runs it: exit codes, bad input, what a killed run leaves behind."""

from __future__ import annotations

import lzma
import os
import pathlib
import signal
import subprocess
import sys
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import contract

FROM_LINE = b"From alice@example.org Tue Jun  1 12:00:00 2021\n"


def smimebatch(
    *arguments: object, cwd: pathlib.Path | None = None
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "smimebatch", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=cwd, timeout=120
    )


def published(out: pathlib.Path) -> list[pathlib.Path]:
    """Files a reader of the results would find: everything not under a name of the run's own."""
    return [path for path in out.rglob("*.parquet") if "_smimebatch" not in path.parts]


@pytest.fixture
def archive(mails: dict[str, contract.Mail], tmp_path: pathlib.Path) -> pathlib.Path:
    names = ("plain-signed", "tampered-body", "plain-text", "chain-expired")
    path = tmp_path / "mail.mbox"
    path.write_bytes(
        b"".join(FROM_LINE + mails[name].raw.rstrip(b"\n") + b"\n\n" for name in names)
    )
    return path


@pytest.fixture
def root(mail_folder: pathlib.Path) -> pathlib.Path:
    return mail_folder / "root.pem"


NOW = ("--now", "2026-01-01T00:00:00Z")


def test_verify_finished_run_exits_0_and_writes_every_dataset(
    archive: pathlib.Path, root: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    out = tmp_path / "out"
    done = smimebatch("verify", archive, "-o", out, "--trust", root, *NOW)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "", "data only on stdout"
    messages = pq.read_table(out / "messages")
    assert messages["indication"].to_pylist() == [
        "TOTAL_PASSED",
        "TOTAL_FAILED",
        "NOT_SIGNED",
        "INDETERMINATE",
    ]
    for dataset in ("signatures", "certificates", "encryptions", "recipients"):
        assert pq.read_table(out / dataset).num_rows >= 0
    assert all(
        field.type in (pa.string(), pa.large_string()) or "dictionary" not in str(field.type)
        for field in messages.schema
    )


def test_verify_without_output_prints_a_summary(archive: pathlib.Path, root: pathlib.Path) -> None:
    done = smimebatch("verify", archive, "--trust", root, *NOW)
    assert done.returncode == 0
    assert (
        "TOTAL_PASSED" in done.stdout + done.stderr
        or "passed" in (done.stdout + done.stderr).lower()
    )


@pytest.mark.parametrize(
    ("codes", "expected"), [("TOTAL_FAILED", 1), ("chain_expired", 1), ("chain_revoked", 0)]
)
def test_fail_on_decides_between_0_and_1(
    codes: str, expected: int, archive: pathlib.Path, root: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    done = smimebatch(
        "verify", archive, "-o", tmp_path / "out", "--trust", root, "--fail-on", codes, *NOW
    )
    assert done.returncode == expected, done.stderr


@pytest.mark.parametrize(
    "options",
    [
        ("--at", "yesterday"),
        ("--bind", "nobody"),
        ("--batch-bytes", "-1"),
        ("--fail-on", "TOTAL_NONSENSE"),
        ("--now", "2026"),
        ("--no-such-option",),
    ],
)
def test_wrong_option_exits_2_before_anything_is_written(
    options: tuple[str, ...], archive: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    done = smimebatch("verify", archive, "-o", tmp_path / "out", *options)
    assert done.returncode == 2, done.stderr
    assert not (tmp_path / "out").exists()


def test_unusable_trust_exits_4_and_names_the_file(
    archive: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    wrong = tmp_path / "not-a-certificate.pem"
    wrong.write_text("nothing here\n")
    for place in (wrong, tmp_path / "absent.pem"):
        done = smimebatch("verify", archive, "-o", tmp_path / "out", "--trust", place)
        assert done.returncode == 4, done.stderr
        assert place.name in done.stderr
        assert not (tmp_path / "out").exists()


def test_wrong_column_exits_2_with_the_columns_found(
    mails: dict[str, contract.Mail], tmp_path: pathlib.Path
) -> None:
    raw = pa.array([mails["plain-signed"].raw], pa.binary())
    pq.write_table(pa.table({"raw": raw, "label": pa.array(["x"])}), tmp_path / "mail.parquet")
    done = smimebatch(
        "verify", tmp_path / "mail.parquet", "--column", "body", "-o", tmp_path / "out"
    )
    assert done.returncode == 2
    assert "raw" in done.stderr and "label" in done.stderr


def test_truncated_compressed_file_exits_3_with_what_was_readable(
    archive: pathlib.Path, root: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    packed = lzma.compress(archive.read_bytes() * 50, preset=0)
    broken = tmp_path / "broken.mbox.xz"
    broken.write_bytes(packed[: len(packed) // 2])
    done = smimebatch("verify", broken, archive, "-o", tmp_path / "out", "--trust", root, *NOW)
    assert done.returncode == 3, done.stderr
    assert "broken.mbox.xz" in done.stderr
    messages = pq.read_table(tmp_path / "out" / "messages")
    assert (
        sum(
            "mail.mbox" in source and "broken" not in source
            for source in messages["source"].to_pylist()
        )
        == 4
    )
    (error,) = pq.read_table(tmp_path / "out" / "errors").to_pylist()
    assert error["code"] and error["text"]


def test_absent_input_leaves_the_others_done(
    archive: pathlib.Path, root: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    done = smimebatch(
        "verify", tmp_path / "absent.mbox", archive, "-o", tmp_path / "out", "--trust", root, *NOW
    )
    assert done.returncode in (2, 3), done.stderr
    assert "absent.mbox" in done.stderr
    if done.returncode == 3:
        assert pq.read_table(tmp_path / "out" / "messages").num_rows == 4


def test_same_command_again_does_nothing_and_another_one_is_refused(
    archive: pathlib.Path, root: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    arguments = ("verify", archive, "-o", tmp_path / "out", "--trust", root, *NOW)
    assert smimebatch(*arguments).returncode == 0
    before = {path: path.read_bytes() for path in published(tmp_path / "out")}
    again = smimebatch(*arguments)
    assert again.returncode == 0 and "nothing to do" in again.stderr
    other = smimebatch(*arguments, "--strict")
    assert other.returncode == 2 and "policy" in other.stderr
    assert {path: path.read_bytes() for path in published(tmp_path / "out")} == before
    assert smimebatch(*arguments, "--overwrite").returncode == 0


@pytest.mark.parametrize(
    ("number", "expected"), [(signal.SIGKILL, -9), (signal.SIGTERM, 143), (signal.SIGINT, 130)]
)
def test_killed_run_shows_no_half_written_file(
    number: signal.Signals,
    expected: int,
    archive: pathlib.Path,
    root: pathlib.Path,
    tmp_path: pathlib.Path,
) -> None:
    pipe, out = tmp_path / "endless.mbox", tmp_path / "out"
    os.mkfifo(pipe)
    command = [
        sys.executable,
        "-m",
        "smimebatch",
        "verify",
        pipe,
        "-o",
        out,
        "--trust",
        root,
        *NOW,
        "--input-format",
        "mbox",
    ]
    process = subprocess.Popen(
        [*map(str, command)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # What shells start in the background ignores SIGINT, and so do its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    with open(pipe, "wb", buffering=0) as feed:
        for _ in range(3_000):
            feed.write(archive.read_bytes())
        time.sleep(0.5)
        assert process.poll() is None
        process.send_signal(number)
        assert process.wait(30) in (expected, -number)
    assert published(out) == [] if out.exists() else True


def test_help_starts_with_an_example() -> None:
    for command in (("verify",), ("inspect",)):
        done = smimebatch(*command, "--help")
        assert done.returncode == 0
        head = done.stdout[:600]
        assert "smimebatch " + command[0] in head


def test_rule_46_nothing_from_mail_reaches_the_terminal_raw(
    root: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    mail = tmp_path / "escape.eml"
    mail.write_bytes(
        b"From: \x1b[31mred\x1b[0m <a@example.org>\nSubject: \x1b]0;title\x07\n\x9b31m\n\n"
        b"body \x1b[2J\n"
    )
    done = smimebatch("inspect", mail, "--trust", root, *NOW)
    assert done.returncode == 0, done.stderr
    assert (
        "\x1b]" not in done.stdout and "\x1b[31m" not in done.stdout and "\x07" not in done.stdout
    )
