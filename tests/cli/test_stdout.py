"""Output for people in any locale, and where stdout takes nothing."""

import contextlib
import os
import subprocess
import sys

import pytest

COMMANDS = [["trust", "list"], ["--version"], ["verify", "--help"]]


def ran(*command, shell_tail="", **environment):
    words = [sys.executable, "-m", "smimebatch", *command]
    script = f'exec "$@" {shell_tail}'
    done = subprocess.run(
        ["sh", "-c", script, "sh", *words],
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )
    return done.returncode, done.stdout, done.stderr.decode("utf-8", "replace")


@pytest.mark.parametrize(
    "environment",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "ascii"},
    ],
)
def test_table_is_written_in_ascii_where_the_locale_has_no_more(environment):
    code, out, said = ran("trust", "list", **environment)
    assert (code, said) == (0, "")
    assert out.isascii()
    assert b"\\u250" not in out, "lines are drawn in ASCII"
    assert b"\\u" in out or b"\\x" in out, "names that are not ASCII are escaped"


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("tail", [">/dev/full", ">&-"])
def test_stdout_that_takes_nothing_is_told(command, tail):
    code, _, said = ran(*command, shell_tail=tail)
    assert code == 5
    assert said.startswith("smimebatch: writing the rows; expected a target that takes them")
    assert said.count("\n") == 1


def test_stderr_that_takes_nothing_for_now_changes_no_exit_code(tmp_path):
    read, write = os.pipe()
    os.set_blocking(write, False)
    with contextlib.suppress(BlockingIOError):
        while os.write(write, bytes(1)):
            pass
    command = [sys.executable, "-m", "smimebatch", "verify", str(tmp_path / "missing")]
    done = subprocess.run(command, stderr=write, check=False)
    os.close(write)
    os.close(read)
    assert done.returncode == 2


@pytest.mark.parametrize("tail", ["2>/dev/full", "2>&-"])
def test_stderr_that_takes_nothing_changes_no_exit_code(tmp_path, tail):
    (tmp_path / "a.eml").write_bytes(b"From: a@b.example\r\n\r\nx\r\n")
    out = tmp_path / "out"
    assert ran("verify", tmp_path / "missing", shell_tail=tail)[0] == 2
    assert ran("verify", tmp_path / "a.eml", "-o", out, shell_tail=tail)[0] == 0
    assert (out / "_smimebatch" / "manifest.json").exists()
