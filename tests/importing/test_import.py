"""`smimebatch import`: any input as one mail Parquet, judged as before."""

from __future__ import annotations

import gzip
import io
import os
import sys
import tarfile

import pyarrow.parquet as pq
import pytest
from tests.plain_mail import mbox_of, plain_message
from tests.sources.reading import given_by

import smimebatch as sb
from contract import NOW
from smimebatch.cli import exit_code_of_command

DATASETS = ("messages", "signatures", "certificates", "encryptions", "recipients")


@pytest.fixture
def archive(tmp_path, mails):
    """A tree of every kind, with what cannot be read."""
    raws = [mail.raw for mail in list(mails.values())[:60]]
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.mbox").write_bytes(mbox_of([raw.replace(b"\r\n", b"\n") for raw in raws[:20]]))
    for number, raw in enumerate(raws[20:40]):
        (folder / f"b{number}.eml").write_bytes(raw)
    with tarfile.open(folder / "c.tgz", "w:gz") as tar:
        for number, raw in enumerate(raws[40:]):
            info = tarfile.TarInfo(f"{number}.eml")
            info.size = len(raw)
            tar.addfile(info, io.BytesIO(raw))
    (folder / "d.partial.emlx").write_bytes(b"30\n" + plain_message(1))
    return folder


def rows(inputs, output, root):
    trust = sb.Trust.load(root)
    run = sb.verify(inputs, trust=trust, now=NOW, output=output)
    return {name: run.dataset(name).to_table().to_pylist() for name in DATASETS}


def test_import_is_verified_to_the_same_rows(tmp_path, archive, mail_folder):
    done = sb.import_mail(archive, tmp_path / "mail.parquet")
    assert (done.messages, done.exit_code) == (61, 3)
    assert [error.code for error in done.first_errors] == ["incomplete"]
    root = mail_folder / "root.pem"
    before = rows(archive, tmp_path / "before", root)
    after = rows(tmp_path / "mail.parquet", tmp_path / "after", root)
    assert after == before
    assert before["signatures"]


def test_import_gives_the_bytes_and_places_back(tmp_path, archive):
    sb.import_mail(archive, tmp_path / "mail.parquet")
    found, expected = given_by(tmp_path / "mail.parquet"), given_by(archive)
    assert found.rows == expected.rows
    # Any program finds the bytes.
    table = pq.read_table(tmp_path / "mail.parquet", columns=["raw"])
    assert table["raw"].to_pylist() == expected.raws


def test_imports_beside_other_inputs_keep_their_rows_distinct(tmp_path):
    for number in (1, 2):
        (tmp_path / f"{number}").mkdir()
        (tmp_path / f"{number}" / "a.mbox").write_bytes(mbox_of([plain_message(number)] * 2))
        (tmp_path / "in").mkdir(exist_ok=True)
        sb.import_mail(tmp_path / f"{number}", tmp_path / "in" / f"{number}.parquet")
    (tmp_path / "in" / "a.mbox").write_bytes(mbox_of([plain_message(3)]))
    for inputs in ([tmp_path / "in"], sorted((tmp_path / "in").iterdir())):
        found = given_by(*inputs)
        assert [(row["source"], row["source_index"]) for row in found.rows] == [
            ("1.parquet!a.mbox", 0),
            ("1.parquet!a.mbox", 1),
            ("2.parquet!a.mbox", 0),
            ("2.parquet!a.mbox", 1),
            ("a.mbox", 0),
        ]
    assert given_by(tmp_path / "in" / "1.parquet").sources == ["a.mbox"] * 2


def test_import_does_not_depend_on_how_it_is_cut(tmp_path, archive, monkeypatch):
    stored = []
    for size in (1 << 10, 1 << 16, 8 << 20):
        monkeypatch.setattr(
            "smimebatch.importing.ReadingOptions",
            lambda size=size, **options: sb.sources.ReadingOptions(batch_bytes=size, **options),
        )
        monkeypatch.setattr("smimebatch.sinks.mail.ROW_GROUP_BYTES", 20_000)
        sb.import_mail(archive, tmp_path / f"{size}.parquet")
        stored.append((tmp_path / f"{size}.parquet").read_bytes())
    assert stored[0] == stored[1] == stored[2]
    assert pq.ParquetFile(tmp_path / "1024.parquet").num_row_groups > 3


def test_import_message_too_large_to_hold_is_left_out_and_told(tmp_path, monkeypatch):
    monkeypatch.setattr("smimebatch.sources.mbox.MESSAGE_HELD_BYTES", 2000)
    messages = [plain_message(n, b"x\n" * n * 1000) for n in (0, 3, 0)]
    (tmp_path / "a").write_bytes(mbox_of(messages))
    monkeypatch.setattr(
        "smimebatch.importing.ReadingOptions",
        lambda **options: sb.sources.ReadingOptions(batch_bytes=100, **options),
    )
    done = sb.import_mail(tmp_path / "a", tmp_path / "mail.parquet")
    assert (done.messages, done.exit_code) == (3, 3)
    found = given_by(tmp_path / "mail.parquet")
    assert found.raws == [messages[0], None, messages[2]]
    assert found.rows[1]["read_error"] == "message_too_large"


@pytest.fixture
def run(monkeypatch, capsys):
    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["smimebatch", *map(str, arguments)])
        code = exit_code_of_command()
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command


def test_import_command_writes_whole_files_only(tmp_path, run):
    (tmp_path / "a.mbox.gz").write_bytes(gzip.compress(mbox_of([plain_message(1)] * 40))[:-9])
    target = tmp_path / "out" / "mail.parquet"
    assert run("import", tmp_path / "a.mbox.gz", "-o", target)[0] == 2
    target.parent.mkdir()
    code, out, err = run("import", tmp_path / "a.mbox.gz", "-o", target)
    assert (code, out) == (3, "")
    assert "not read: a.mbox.gz at byte" in err
    assert os.listdir(target.parent) == ["mail.parquet"]
    assert run("import", tmp_path / "a.mbox.gz", "-o", target)[0] == 2
    assert run("import", tmp_path / "a.mbox.gz", "-o", target, "--overwrite", "--limit", 1)[0] == 0
    assert pq.ParquetFile(target).metadata.num_rows == 1


def test_import_that_fails_leaves_nothing(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(mbox_of([plain_message(1)]))
    (tmp_path / "out").mkdir()

    def broken(self, rows):
        raise MemoryError

    monkeypatch.setattr("smimebatch.sinks.mail.MailFile.write", broken)
    with pytest.raises(MemoryError):
        sb.import_mail(tmp_path / "a", tmp_path / "out" / "mail.parquet")
    assert os.listdir(tmp_path / "out") == []


def test_import_into_the_archive_itself_reads_nothing_of_its_own(tmp_path):
    (tmp_path / "a.eml").write_bytes(plain_message(1))
    for overwrite in (False, True):
        done = sb.import_mail(tmp_path, tmp_path / "all.parquet", overwrite=overwrite)
        assert (done.messages, done.errors) == (1, 0)
    assert sorted(os.listdir(tmp_path)) == ["a.eml", "all.parquet"]
