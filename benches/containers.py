"""Measures how fast each container gives its messages, and how much memory tiny ones take.

usage: containers.py [--bytes 200000000] [--tiny 10000000]   (run.py: suite `containers`)

1. containers: one thread reads a corpus of list mail out of every container, without judging it;
   beside it, what the container's decompressor gives alone in the same process.
2. memory: peak resident size of `smimebatch verify -j 1` over an mbox of tiny messages.

Every measurement counts what it read: messages and bytes must be those of the corpus. Prints rows
as JSON lines.
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import io
import json
import lzma
import pathlib
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow.compute as pc
import zstandard
from measure import run

from smimebatch.importing import import_mail
from smimebatch.sources import Archive, InputBatch, Inputs, ReadingOptions
from smimebatch.sources.compressed import DecompressingReader

HERE = pathlib.Path(__file__).parent
PIECE_BYTES = 8 << 20
TINY = b"From a@b.c Mon Mar  1 10:00:00 2021\nFrom: a@b.c\nDate: Mon, 1 Mar 2021 10:00 +0\n\nx\n\n"


def messages_of(place: pathlib.Path) -> list[bytes]:
    raws: list[bytes] = []
    for item in Archive(Inputs([place]), ReadingOptions()):
        raws.extend(item.rows["raw"].to_pylist())
    return raws


def zip_of(members: list[tuple[str, bytes]], path: pathlib.Path, method: int) -> None:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)


def tar_of(members: list[tuple[str, bytes]], path: pathlib.Path) -> None:
    with tarfile.open(path, "w") as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


def written(folder: pathlib.Path, mbox: pathlib.Path) -> Iterator[tuple[str, pathlib.Path]]:
    """Make one container after the other."""
    stored, raws = mbox.read_bytes(), messages_of(mbox)
    members = [(f"{number // 1000}/{number}.eml", raw) for number, raw in enumerate(raws)]
    yield "mbox", mbox
    for name, compress in {
        "mbox.gz": lambda data: gzip.compress(data, 6),
        "mbox.zst": zstandard.ZstdCompressor().compress,
        "mbox.xz": lambda data: lzma.compress(data, preset=1),
        "mbox.bz2": bz2.compress,
    }.items():
        (folder / name).write_bytes(compress(stored))
        yield name, folder / name
    for name, method in (
        ("zip-stored", zipfile.ZIP_STORED),
        ("zip-deflated", zipfile.ZIP_DEFLATED),
    ):
        zip_of([("a.mbox", stored)], folder / f"{name}-mbox", method)
        yield f"{name} of mbox", folder / f"{name}-mbox"
        zip_of(members, folder / f"{name}-eml", method)
        yield f"{name} of eml", folder / f"{name}-eml"
    tar_of([("a.mbox", stored)], folder / "tar-mbox")
    yield "tar of mbox", folder / "tar-mbox"
    tar_of(members, folder / "tar-eml")
    yield "tar of eml", folder / "tar-eml"
    import_mail(mbox, folder / "import.parquet")
    yield "import parquet", folder / "import.parquet"
    maildir = folder / "maildir"
    for name in ("cur", "new"):
        (maildir / name).mkdir(parents=True)
    for number, raw in enumerate(raws):
        (maildir / "cur" / f"{number}:2,S").write_bytes(raw)
    yield "maildir", maildir


def read_all(place: pathlib.Path) -> tuple[int, int]:
    messages = size = 0
    for item in Archive(Inputs([place]), ReadingOptions()):
        if isinstance(item, InputBatch):
            messages += item.rows.num_rows
            lengths = pc.sum(item.rows["source_length"]).as_py()
            size += item.payload_bytes if lengths is None else lengths
    return messages, size


def decompressed(path: pathlib.Path, compression: str) -> int:
    with open(path, "rb") as file:
        reader = DecompressingReader(file.read, compression)
        size = 0
        while piece := reader.read(PIECE_BYTES):
            size += len(piece)
    return size


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.process_time(), time.perf_counter()
    found = work()
    return max(time.process_time() - started[0], time.perf_counter() - started[1]), found


def containers(size: int, scratch: pathlib.Path) -> Iterator[dict[str, Any]]:
    import gen_corpus

    folder = HERE / "corpora" / f"unsigned-{size}"
    if not (folder / "truth.json").exists():
        gen_corpus.make("unsigned", folder, bytes=size)
    truth = read_all(folder / "mail.mbox")
    for name, place in written(scratch, folder / "mail.mbox"):
        read_all(place)
        seconds, found = timed(lambda place=place: read_all(place))
        row = {"suite": "containers", "container": name, "messages": found[0], "bytes": found[1]}
        row |= {"mb_per_s": round(found[1] / seconds / 1e6, 1), "correct": found == truth}
        if name.startswith("mbox."):
            alone, output = timed(lambda place=place, name=name: decompressed(place, name[5:]))
            row["decompressor_mb_per_s"] = round(output / alone / 1e6, 1)
        yield row


def tiny(count: int, scratch: pathlib.Path) -> Iterator[dict[str, Any]]:
    """Peak memory over an mbox of tiny messages, a tenth of them and all."""
    for number in (count // 10, count):
        mbox = scratch / "tiny.mbox"
        with open(mbox, "wb") as file:
            for _ in range(number // 10_000):
                file.write(TINY * 10_000)
        out = scratch / "out"
        options = ["-o", str(out), "-j", "1", "--progress", "none", "--overwrite"]
        costs, _ = run([sys.executable, "-m", "smimebatch", "verify", str(mbox), *options])
        rows = json.loads((out / "_smimebatch" / "manifest.json").read_text())["totals"]["messages"]
        correct = rows == number // 10_000 * 10_000
        yield {"suite": "tiny", "messages": rows} | costs | {"correct": correct}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--bytes", type=int, default=200_000_000)
    parser.add_argument("--tiny", type=int, default=10_000_000)
    given = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory(prefix="smimebatch-bench-") as scratch:
        for row in containers(given.bytes, pathlib.Path(scratch)):
            rows.append(row)
            print(json.dumps(row), flush=True)
    with tempfile.TemporaryDirectory(prefix="smimebatch-bench-") as scratch:
        if given.tiny:
            for row in tiny(given.tiny, pathlib.Path(scratch)):
                rows.append(row)
                print(json.dumps(row), flush=True)
    if wrong := [row for row in rows if not row["correct"]]:
        sys.exit(f"{len(wrong)} measurements read something else than the corpus: {wrong[0]}")


if __name__ == "__main__":
    main()
