"""The two lists through every container: the verdicts are those of the .mbox.xz."""

from __future__ import annotations

import gzip
import io
import lzma
import pathlib
import subprocess
import sys
import tarfile
import zipfile
from datetime import UTC, datetime
from typing import Any

import pytest
import zstandard

import smimebatch as sb

NOW = datetime(2026, 11, 23, tzinfo=UTC)
LISTS = ("dm-devel", "intel-wired-lan")
PLACE = ("source", "source_index", "source_offset", "mbox_from_date")


def verdicts(place: Any, output: pathlib.Path, **options: Any) -> list[list[dict[str, Any]]]:
    """Rows of messages and signatures without the places where they were found."""
    trust = sb.Trust.system()
    run = sb.verify(place, trust=trust, at="date", now=NOW, output=output, **options)
    assert run.totals.errors == 0
    found = []
    for dataset in ("messages", "signatures"):
        rows = run.dataset(dataset).to_table().to_pylist()
        found.append([{k: v for k, v in row.items() if k not in PLACE} for row in rows])
    return found


@pytest.fixture(scope="module", params=LISTS)
def stored(request: pytest.FixtureRequest, real_mail: pathlib.Path) -> tuple[str, bytes]:
    name: str = request.param
    return name, lzma.decompress((real_mail / f"{name}.mbox.xz").read_bytes())


@pytest.fixture(scope="module")
def expected(
    stored: tuple[str, bytes], real_mail: pathlib.Path, tmp_path_factory: pytest.TempPathFactory
) -> list[list[dict[str, Any]]]:
    return verdicts(real_mail / f"{stored[0]}.mbox.xz", tmp_path_factory.mktemp("expected") / "out")


def zipped(members: list[tuple[str, bytes]]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def tarred(members: list[tuple[str, bytes]]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


CONTAINERS = {
    "a.mbox": lambda mbox: mbox,
    "a.mbox.gz": gzip.compress,
    "a.mbox.zst": lambda mbox: zstandard.ZstdCompressor().compress(mbox),
    "a.zip": lambda mbox: zipped([("a.mbox", mbox)]),
    "a.tar": lambda mbox: tarred([("a.mbox", mbox)]),
    "a.tar.xz": lambda mbox: lzma.compress(tarred([("a.mbox.gz", gzip.compress(mbox))])),
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_verdicts_are_the_same_from_every_container(
    name: str,
    stored: tuple[str, bytes],
    expected: list[list[dict[str, Any]]],
    tmp_path: pathlib.Path,
) -> None:
    (tmp_path / name).write_bytes(CONTAINERS[name](stored[1]))
    assert verdicts(tmp_path / name, tmp_path / "out") == expected


@pytest.mark.parametrize("kind", ["eml", "maildir", "zip", "tar", "emlx", "parquet"])
def test_verdicts_are_the_same_message_by_message(
    kind: str,
    stored: tuple[str, bytes],
    expected: list[list[dict[str, Any]]],
    tmp_path: pathlib.Path,
) -> None:
    mbox = tmp_path / "a.mbox"
    mbox.write_bytes(stored[1])
    raws = [
        row["raw"]
        for item in sb.sources.Archive(sb.sources.Inputs([mbox]), sb.sources.ReadingOptions())
        for row in item.rows.to_pylist()
    ]
    named = [(f"{number:05}.eml", raw) for number, raw in enumerate(raws)]
    place = tmp_path / "in"
    if kind == "parquet":
        sb.import_mail(mbox, place)
    elif kind in ("zip", "tar"):
        place.write_bytes({"zip": zipped, "tar": tarred}[kind](named))
    else:
        folder = place / "cur" if kind == "maildir" else place
        folder.mkdir(parents=True)
        for name, raw in named:
            content = b"%d\n%s<plist/>\n" % (len(raw), raw) if kind == "emlx" else raw
            (
                folder / name.replace(".eml", ":2,S" if kind == "maildir" else f".{kind}")
            ).write_bytes(content)
        if kind == "maildir":
            (place / "new").mkdir()
    found = verdicts(place, tmp_path / "out")
    wanted = [list(rows) for rows in expected]
    if kind != "parquet":
        # A doubt about the boundary is a doubt about the mbox.
        for rows in (wanted[0], found[0]):
            for row in rows:
                row["flags"] = [flag for flag in row["flags"] or () if flag != "split_suspicious"]
    assert found == wanted


def test_verdicts_are_the_same_from_standard_input(
    stored: tuple[str, bytes], expected: list[list[dict[str, Any]]], tmp_path: pathlib.Path
) -> None:
    for number, content in enumerate((stored[1], zipped([("a.mbox", stored[1])]))):
        out = tmp_path / f"out{number}"
        command = [sys.executable, "-m", "smimebatch", "verify", "-", "--trust", "system"]
        command += ["--at", "date", "--now", NOW.isoformat(), "-o", str(out)]
        subprocess.run(command, input=content, check=True, capture_output=True)
        import pyarrow.parquet as pq

        rows = pq.read_table(out / "messages").to_pylist()
        found = [{k: v for k, v in row.items() if k not in PLACE} for row in rows]
        assert found == expected[0]
