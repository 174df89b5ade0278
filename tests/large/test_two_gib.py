"""One message of 2 GiB: a row, in flat memory. Takes minutes and disk: `make test-large`."""

from __future__ import annotations

import gzip
import itertools
import json
import os
import resource
import subprocess
import sys

import pyarrow.parquet as pq
import pytest
from world import World

from large.making import NOW, signed_pieces

LINE = b"a line of seventy or so octets, as mail programs like to write them .....\r\n"
BLOCK = LINE * 14_000
SIZE = int(os.environ.get("LARGE_MESSAGE_BYTES", 2 << 30))
PEAK_BYTES = 700 << 20

pytestmark = pytest.mark.skipif(
    "LARGE_MESSAGES" not in os.environ, reason="NOT TESTED HERE: make test-large"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("large")


@pytest.fixture(scope="module")
def world(folder):
    world = World()
    (folder / "root.pem").write_bytes(world.root.pem)
    return world


def verify(folder, place):
    """Run the command line; its rows, and its peak memory."""
    measured = (
        "import resource, sys, json\n"
        "from smimebatch.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit as left:\n"
        "    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "    print(json.dumps([left.code, peak * 1024]))\n"
    )
    command = [sys.executable, "-c", measured, "verify", place, "--trust", "root.pem", "-o", "out"]
    command += ["--overwrite", "--now", NOW.isoformat(), "--progress", "none", "-j", "1"]
    done = subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE)
    code, peak = json.loads(done.stdout)
    assert peak < PEAK_BYTES
    return code, [
        pq.read_table(folder / "out" / name).to_pylist() for name in ("messages", "signatures")
    ]


@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"], ids=["crlf", "lf"])
def test_eml_of_two_gib_is_a_row(folder, world, line_end):
    blocks = itertools.repeat(BLOCK, SIZE // len(BLOCK) + 1)
    with open(folder / "large.eml", "wb") as file:
        for piece in signed_pieces(world, blocks, line_end):
            file.write(piece)
    code, ((message,), (signature,)) = verify(folder, "large.eml")
    assert code == 0
    assert message["indication"] == "TOTAL_PASSED"
    assert message["source_length"] == os.path.getsize(folder / "large.eml")
    assert signature["canonicalization"] == ("as_stored" if line_end == b"\r\n" else "lf_to_crlf")
    with open(folder / "large.eml", "r+b") as file:
        file.seek(SIZE // 2)
        octet = file.read(1)
        file.seek(SIZE // 2)
        file.write(bytes([octet[0] ^ 1]))
    _, ((message,), _) = verify(folder, "large.eml")
    assert message["sub_indication"] == "HASH_FAILURE"
    os.unlink(folder / "large.eml")


def test_mbox_gz_with_a_message_of_two_gib_between_others(folder, world):
    small = b"From: a@b.c\nDate: x\n\nsmall\n"
    from_line = b"From a@b.c Mon Mar  1 10:00:00 2021\n"
    blocks = itertools.repeat(BLOCK, SIZE // len(BLOCK) + 1)
    with gzip.open(folder / "a.mbox.gz", "wb", compresslevel=1) as file:
        file.write(from_line + small + b"\n" + from_line)
        for piece in signed_pieces(world, blocks, b"\n"):
            file.write(piece)
        file.write(b"\n" + from_line + small + b"\n")
    code, (messages, signatures) = verify(folder, "a.mbox.gz")
    assert code == 0
    assert [row["indication"] for row in messages] == ["NOT_SIGNED", "TOTAL_PASSED", "NOT_SIGNED"]
    assert [row["source_index"] for row in signatures] == [1]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 < 2 * PEAK_BYTES
