"""A short form of `make faults`: some of its kills and faults, over fewer messages."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[2]


def test_run_keeps_its_promises_whatever_happens_to_it():
    amounts = {"--messages": 120, "--unit": 50, "--every": 97, "--every-kill": 41, "--random": 10}
    arguments = [str(word) for pair in amounts.items() for word in pair]
    command = [sys.executable, "-m", "tests.faults.run_faults", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
