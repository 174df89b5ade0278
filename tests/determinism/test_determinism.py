"""The same input gives the same bytes: for any number of threads, batch size or source of mail."""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

import contract
import smimebatch as sb
from smimebatch import _native

DATASETS = ("messages", "signatures", "certificates", "encryptions", "recipients", "errors")
UNIT = re.compile(rb"(?m)^(>*From )")
PLACE = ("source", "source_index", "source_offset", "source_length", "mbox_from_date")


def mbox(mails: dict[str, contract.Mail], copies: int = 1) -> bytes:
    """The fixture mails with LF line ends as mboxrd."""
    stored = [
        b"From alice@example.org Tue Jun  1 12:00:00 2021\n"
        + UNIT.sub(rb">\1", mail.raw).rstrip(b"\n")
        + b"\n\n"
        for mail in mails.values()
        if b"\r" not in mail.raw
    ]
    return b"".join(stored) * copies


def run(
    archive: pathlib.Path, out: pathlib.Path, root: pathlib.Path, *options: str, lanes: str = ""
) -> None:
    command = [sys.executable, "-m", "smimebatch", "verify", archive, "-o", out, "--trust", root]
    now = ["--now", contract.NOW.isoformat().replace("+00:00", "Z")]
    subprocess.run(
        [*map(str, command), *now, *options],
        check=True,
        capture_output=True,
        cwd=out.parent,
        env=os.environ | {"SMIMEBATCH_LANES": lanes},
    )


def digests(out: pathlib.Path) -> dict[str, str]:
    return {
        str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest()
        for dataset in DATASETS
        for path in sorted((out / dataset).rglob("*.parquet"))
    }


@pytest.fixture(scope="module")
def archive(
    mails: dict[str, contract.Mail], tmp_path_factory: pytest.TempPathFactory
) -> pathlib.Path:
    path = tmp_path_factory.mktemp("archive") / "mail.mbox"
    path.write_bytes(mbox(mails, copies=4))
    return path


@pytest.fixture(scope="module")
def reference(archive: pathlib.Path, mail_folder: pathlib.Path) -> dict[str, str]:
    out = archive.parent / "reference"
    run(archive, out, mail_folder / "root.pem", "-j", "1")
    found = digests(out)
    assert len(found) >= len(DATASETS)
    return found


@pytest.mark.parametrize("jobs", ["1", "2", "3"])
@pytest.mark.parametrize("batch_bytes", ["1", "5000", "65536", "67108864"])
def test_rule_24_datasets_are_identical(
    jobs: str,
    batch_bytes: str,
    archive: pathlib.Path,
    mail_folder: pathlib.Path,
    reference: dict[str, str],
    tmp_path: pathlib.Path,
) -> None:
    run(
        archive,
        tmp_path / "out",
        mail_folder / "root.pem",
        "-j",
        jobs,
        "--batch-bytes",
        batch_bytes,
    )
    assert digests(tmp_path / "out") == reference


@pytest.mark.parametrize("lanes", _native.lanes_choices)
def test_datasets_are_identical_under_all_lanes(
    lanes: str,
    archive: pathlib.Path,
    mail_folder: pathlib.Path,
    reference: dict[str, str],
    tmp_path: pathlib.Path,
) -> None:
    run(archive, tmp_path / "out", mail_folder / "root.pem", lanes=lanes)
    assert digests(tmp_path / "out") == reference
    kernels = json.loads((tmp_path / "out/_smimebatch/run.json").read_text())["kernels"]
    assert (kernels["rsa"]["kernel"] == "library") == (lanes == "off" or not has(lanes))


def has(lanes: str) -> bool:
    """Whether this processor has what a choice asks for."""
    features = _native.cpu_features()
    avx2 = features.get("avx2", False) and features.get("fma", False)
    avx512 = features.get("avx512ifma", False)
    offered = {"avx512": avx512, "avx2": avx2, "auto": avx512 or avx2}
    return offered.get(lanes, lanes == "portable")


def test_rule_24_compressed_archive_gives_the_same_rows(
    archive: pathlib.Path,
    mail_folder: pathlib.Path,
    reference: dict[str, str],
    tmp_path: pathlib.Path,
) -> None:
    import bz2
    import gzip
    import lzma

    import zstandard

    packers = {
        "gz": gzip.compress,
        "xz": lzma.compress,
        "bz2": bz2.compress,
        "zst": zstandard.compress,
    }
    expected = without_place(archive.parent / "reference")
    for suffix, compress in packers.items():
        packed = tmp_path / f"mail.mbox.{suffix}"
        packed.write_bytes(compress(archive.read_bytes()))
        run(packed, tmp_path / suffix, mail_folder / "root.pem", "-j", "1")
        assert without_place(tmp_path / suffix) == expected, suffix


def without_place(
    out: pathlib.Path, order: str = "source_index"
) -> dict[str, list[dict[str, Any]]]:
    found = {}
    for dataset in ("messages", "signatures", "encryptions", "recipients"):
        table = ds.dataset(out / dataset, format="parquet").to_table()
        rows = table.to_pylist()
        found[dataset] = [
            {key: value for key, value in row.items() if key not in PLACE} for row in rows
        ]
    return found


def test_every_source_gives_the_same_verdicts(
    mails: dict[str, contract.Mail], mail_folder: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    """A folder of EML, Parquet, and a batch in memory."""
    names = sorted(mails)
    folder = tmp_path / "mails"
    folder.mkdir()
    for name in names:
        (folder / f"{name}.eml").write_bytes(mails[name].raw)
    pq.write_table(
        pa.table({"raw": pa.array([mails[name].raw for name in names], pa.binary())}),
        tmp_path / "mails.parquet",
    )
    trust = sb.Trust.load(mail_folder / "root.pem")
    batch = contract.record_batch(mails[name].raw for name in names)
    in_memory = columns(sb.verify_batch(batch, trust=trust, now=contract.NOW).messages)
    for source in (folder, tmp_path / "mails.parquet"):
        result = sb.verify(
            source, trust=trust, now=contract.NOW, output=tmp_path / f"out-{source.name}"
        )
        assert columns(result.messages().to_table()) == in_memory, source.name


def columns(table: Any) -> list[tuple[Any, ...]]:
    """A message and its verdict, sorted: sources number their messages differently."""
    keys = (
        "message_sha256",
        "kind",
        "indication",
        "sub_indication",
        "reasons",
        "flags",
        "coverage",
        "layers",
    )
    return sorted(tuple(map(repr, (row[key] for key in keys))) for row in contract.rows(table))


def test_rule_30_quoted_from_line_is_never_passed_plainly(
    mail_folder: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    """Mbox quoting changes a signed line "From …": a named repair proves it and passes nothing."""
    import cms
    import mime
    from world import World

    world = World()
    text = mime.plain(b"first line\r\n\r\nFrom here on it is quoted\r\n")
    mail = mime.lf(mime.header_block() + mime.clear_signed(text, cms.signed(world.ec, text)))
    quoted = tmp_path / "quoted.mbox"
    quoted.write_bytes(b"From a Tue Jun  1 12:00:00 2021\n" + UNIT.sub(rb">\1", mail) + b"\n")
    (tmp_path / "root.pem").write_bytes(world.root.pem)
    result = sb.verify(
        quoted,
        trust=sb.Trust.load(tmp_path / "root.pem"),
        now=contract.NOW,
        output=tmp_path / "out",
    )
    (row,) = result.signatures().to_table().to_pylist()
    (message,) = result.messages().to_table().to_pylist()
    assert (row["crypto_result"], row["repair"]) == ("repaired", ["from_unquoted"])
    assert (message["indication"], message["repair"]) == ("INDETERMINATE", ["from_unquoted"])
