"""A short form of `make faults`: some of its kills, faults and power cuts, over fewer messages."""

import pathlib
import subprocess
import sys

import pytest
from tests.faults.model import Call, Disk, Kept
from tests.faults.promises import check_promises

ROOT = pathlib.Path(__file__).parents[2]
FAULTS = {"--every": 97, "--every-kill": 41, "--random": 10}
POWER_CUTS = {"--every": 61, "--order": 31, "--runs": 1}


@pytest.mark.parametrize(
    ("module", "amounts"),
    [
        ("run_faults", FAULTS),
        ("run_faults", FAULTS | {"--work": "decrypt"}),
        ("run_faults", FAULTS | {"--work": "reencrypt"}),
        ("run_faults", FAULTS | {"--work": "decrypt", "--mail": "mbox"}),
        ("run_faults", FAULTS | {"--work": "decrypt", "--mail": "maildir"}),
        ("run_faults", FAULTS | {"--work": "reencrypt", "--mail": "eml"}),
        ("run_power_cuts", POWER_CUTS),
    ],
)
def test_run_keeps_its_promises_whatever_happens_to_it(module, amounts):
    pairs = {"--messages": 120, "--unit": 50, **amounts}
    arguments = [str(word) for pair in pairs.items() for word in pair]
    command = [sys.executable, "-m", f"tests.faults.{module}", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def called(letter, path, number=0, *, to="", content=b"", descriptor=3):
    prefix = "/job/"
    return Call(letter, descriptor, number, prefix + path, to and prefix + to, content)


MADE = [
    called("M", "out"),
    called("O", "out/a", 1),
    called("W", "out/a", content=b"mail"),
]


def left(calls, kept):
    disk = Disk("/job")
    for call in calls:
        disk.do(call)
    return disk.files(kept)


def test_disk_keeps_what_was_synced_and_nothing_else():
    assert left(MADE, None) == {"out/": b"", "out/a": b"mail"}
    assert left(MADE, Kept.NOTHING) == {}
    assert left(MADE, Kept.NAMES) == {"out/": b"", "out/a": b"\0\0\0\0"}
    folders = [
        called("O", "", descriptor=4),
        called("S", "", descriptor=4),
        called("O", "out", descriptor=5),
        called("S", "out", descriptor=5),
    ]
    assert left([*MADE, *folders], Kept.NOTHING) == {"out/": b"", "out/a": b""}
    synced = [*MADE, called("S", "out/a"), *folders]
    assert left(synced, Kept.NOTHING) == {"out/": b"", "out/a": b"mail"}
    renamed = [*synced, called("R", "out/a", to="out/b"), called("T", "out/b", 2)]
    assert left(renamed, None) == {"out/": b"", "out/b": b"ma"}
    assert left(renamed, Kept.NOTHING) == {"out/": b"", "out/a": b"mail"}
    assert left([*renamed, *folders], Kept.NOTHING) == {"out/": b"", "out/b": b"mail"}


def test_part_that_is_seen_before_its_commit_is_kept_is_a_broken_promise():
    disk = Disk("/job")
    part = "out/messages/part-000000-0123.parquet"
    for call in [called("M", "out"), called("M", "out/messages"), called("O", part, 1)]:
        disk.do(call)
    with pytest.raises(AssertionError, match="not its commit"):
        check_promises(disk, "out")
