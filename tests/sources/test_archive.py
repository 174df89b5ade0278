"""Sources seen from outside: any input kind, one stream of rows."""

import bz2
import errno
import gzip
import io
import lzma
import os
import tarfile
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from tests.plain_mail import mbox_of, plain_message
from tests.sources.test_tar import tar_of
from tests.sources.test_zip import zip_of

from smimebatch import import_mail
from smimebatch.errors import OptionError
from smimebatch.schema import codes_of, dataset_schema
from smimebatch.sources import (
    Archive,
    InputBatch,
    Inputs,
    ReadError,
    ReadingOptions,
    Remark,
    formats,
)
from smimebatch.sources.items import READ_ERROR_CODES
from smimebatch.sources.walk import Walk

COMPRESS = {
    ".gz": gzip.compress,
    ".zst": zstandard.ZstdCompressor().compress,
    ".xz": lzma.compress,
    ".bz2": bz2.compress,
}


def read(*inputs, **options):
    """Return rows, errors and remarks of the inputs."""
    items = list(Archive(Inputs([str(i) for i in inputs]), ReadingOptions(**options)))
    rows = [row for item in items if isinstance(item, InputBatch) for row in item.rows.to_pylist()]
    errors = [item for item in items if isinstance(item, ReadError)]
    return rows, errors, [item for item in items if isinstance(item, Remark)]


@pytest.fixture
def messages():
    return [plain_message(n, b"body %d\n" % n * (1 + 50 * n)) for n in range(12)]


def test_formats_are_found_by_module():
    assert list(formats()) == ["eml", "emlx", "mbox", "parquet", "tar", "zip"]


def test_error_codes_are_codes_of_the_core():
    assert set(READ_ERROR_CODES) <= set(codes_of("error"))


@pytest.mark.parametrize("suffix", ["", *COMPRESS])
def test_archive_mbox_gives_every_message_with_its_place(tmp_path, messages, suffix):
    stored = mbox_of(messages)
    path = tmp_path / f"a.mbox{suffix}"
    path.write_bytes(COMPRESS[suffix](stored) if suffix else stored)
    rows, errors, remarks = read(path)
    assert (errors, remarks) == ([], [])
    assert [row["raw"] for row in rows] == messages
    assert [row["source_index"] for row in rows] == list(range(12))
    assert {row["source"] for row in rows} == {f"a.mbox{suffix}"}
    for row in rows:
        end = row["source_offset"] + row["source_length"]
        assert stored[row["source_offset"] : end] == row["raw"]
        assert row["mbox_from"].startswith(b"From person@example.com")


@pytest.mark.parametrize("batch_bytes", [1, 7, 100, 1000, 5000, 1 << 20])
def test_archive_mbox_any_batch_size_gives_the_same_rows(tmp_path, messages, batch_bytes):
    for name, stored in (("a", mbox_of(messages)), ("b.gz", gzip.compress(mbox_of(messages)))):
        (tmp_path / name).write_bytes(stored)
        rows, errors, _ = read(tmp_path / name, batch_bytes=batch_bytes)
        assert errors == []
        assert [row["raw"] for row in rows] == messages
        assert [row["source_index"] for row in rows] == list(range(12))


def test_archive_mbox_batches_follow_batch_bytes(tmp_path, messages):
    (tmp_path / "a").write_bytes(mbox_of(messages))
    batches = list(Archive(Inputs([tmp_path / "a"]), ReadingOptions(batch_bytes=8000)))
    assert len(batches) > 3
    assert all(batch.payload_bytes <= 8000 for batch in batches)


@pytest.mark.parametrize("suffix", ["", *COMPRESS])
def test_archive_eml_tree_gives_one_row_per_file(tmp_path, messages, suffix):
    for n, message in enumerate(messages):
        path = tmp_path / str(n % 3) / f"{n:02}.eml{suffix}"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(COMPRESS[suffix](message) if suffix else message)
    rows, errors, remarks = read(tmp_path, batch_bytes=3000)
    assert (errors, remarks) == ([], [])
    assert sorted(row["raw"] for row in rows) == sorted(messages)
    assert [row["source"] for row in rows] == sorted(row["source"] for row in rows)
    assert {(row["source_index"], row["source_offset"]) for row in rows} == {(0, 0)}
    assert all(row["source_length"] == len(row["raw"]) for row in rows)


def test_archive_eml_many_files_share_a_batch(tmp_path, messages):
    for n, message in enumerate(messages):
        (tmp_path / f"{n}.eml").write_bytes(message)
    assert len(list(Archive(Inputs([tmp_path]), ReadingOptions()))) == 1


def test_archive_kind_is_told_by_content_not_by_name(tmp_path, messages):
    (tmp_path / "letter.mbox").write_bytes(messages[0])
    (tmp_path / "many.eml").write_bytes(mbox_of(messages[1:3]))
    pq.write_table(pa.table({"raw": messages[3:4]}), tmp_path / "no-suffix")
    rows, errors, _ = read(tmp_path)
    assert errors == []
    assert [row["raw"] for row in rows] == messages[:4]


def test_archive_tree_of_all_kinds_is_read_in_order(tmp_path, messages):
    (tmp_path / "1.eml").write_bytes(messages[0])
    (tmp_path / "2.mbox").write_bytes(mbox_of(messages[1:4]))
    pq.write_table(pa.table({"raw": messages[4:6]}), tmp_path / "3.parquet")
    (tmp_path / "4.eml").write_bytes(messages[6])
    (tmp_path / "README").write_bytes(b"What lies here?\n")
    (tmp_path / "empty").write_bytes(b"")
    rows, errors, remarks = read(tmp_path)
    assert errors == []
    assert [row["raw"] for row in rows] == messages[:7]
    assert [remark.code for remark in remarks] == ["not_mail", "empty_file"]


def test_archive_named_file_that_is_no_mail_is_an_error(tmp_path, messages):
    (tmp_path / "x.bin").write_bytes(b"\x7fELF")
    (tmp_path / "y.eml").write_bytes(messages[0])
    rows, errors, _ = read(tmp_path / "x.bin", tmp_path / "y.eml")
    assert [error.code for error in errors] == ["unknown_format"]
    assert len(rows) == 1


NOT_READ = {
    "x.emlx": b"no length\n",
    "x.mbox": b"no From_ line at all\n",
    "x.pst": b"!BDN" + bytes(600),
    "x.msg.gz": gzip.compress(bytes.fromhex("d0cf11e0a1b11ae1")),
    "x.zip": b"\0" * 600,
    "x.tar": b"\0junk" * 200,
    "x.tgz": b"\0junk" * 200,
    "x.parquet": b"\0AR1" * 20,
    "notes.txt.xz": b"\0" * 60,
    "x.tar.bz2": bz2.compress(b"no archive"),
    "mbx": b"*mbx*\r\n" + b"0" * 100,
    "RMAIL": b"BABYL OPTIONS: -*- rmail -*-\nVersion: 5\n",
    "mmdf": b"\1\1\1\1\nno header\n\1\1\1\1\n",
}


def test_archive_compressed_file_that_is_no_mail_is_passed_over(tmp_path):
    (tmp_path / "notes.txt.xz").write_bytes(lzma.compress(b"What lies here?\n"))
    rows, errors, remarks = read(tmp_path)
    assert (rows, errors) == ([], [])
    assert [remark.code for remark in remarks] == ["not_mail"]


@pytest.mark.parametrize("name", NOT_READ)
@pytest.mark.parametrize("holder", ["directory", "zip"])
def test_archive_file_that_says_it_is_mail_and_is_not_read_is_an_error(tmp_path, name, holder):
    if holder == "zip":
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            archive.writestr(name, NOT_READ[name])
    else:
        (tmp_path / name).write_bytes(NOT_READ[name])
    rows, errors, remarks = read(tmp_path)
    assert (rows, remarks) == ([], [])
    source = f"a.zip!{name}" if holder == "zip" else name
    assert [(error.source, error.code) for error in errors] == [(source, "unknown_format")]


def test_archive_what_macos_keeps_beside_mail_is_no_error(tmp_path):
    (tmp_path / "._x.eml").write_bytes(b"\x00\x05\x16\x07" + bytes(100))
    _, errors, remarks = read(tmp_path)
    assert (errors, [remark.code for remark in remarks]) == ([], ["not_mail"])


def test_archive_input_format_overrides_the_content(tmp_path, messages):
    (tmp_path / "a").write_bytes(mbox_of(messages[:2]))
    rows, _, _ = read(tmp_path / "a", input_format="eml")
    assert [row["raw"] for row in rows] == [mbox_of(messages[:2])]
    with pytest.raises(OptionError, match="mbox"):
        read(tmp_path / "a", input_format="maildir")


@pytest.fixture
def refuse_opening(monkeypatch):
    """Make some paths unreadable, for root too."""
    refused = set()
    really_open, really_scan = os.open, os.scandir

    def guarded(really):
        def call(path, *arguments, **options):
            if os.path.basename(path) in refused:
                raise PermissionError(13, "Permission denied", path)
            return really(path, *arguments, **options)

        return call

    monkeypatch.setattr(os, "open", guarded(really_open))
    monkeypatch.setattr(os, "scandir", guarded(really_scan))
    return refused


@pytest.mark.parametrize("damage", ["unreadable", "dangling", "directory"])
def test_archive_unreadable_place_is_an_error_and_the_rest_is_done(
    tmp_path, messages, damage, refuse_opening
):
    for n in (1, 3):
        (tmp_path / f"{n}.eml").write_bytes(messages[n])
    bad = tmp_path / "2.eml"
    if damage == "dangling":
        os.symlink(tmp_path / "gone", bad)
    elif damage == "directory":
        bad.mkdir()
        refuse_opening.add("2.eml")
    else:
        bad.write_bytes(messages[2])
        refuse_opening.add("2.eml")
    rows, errors, _ = read(tmp_path)
    assert [row["raw"] for row in rows] == [messages[1], messages[3]]
    assert [(error.source, error.code) for error in errors] == [("2.eml", "unreadable_file")]


def test_archive_truncated_mbox_gives_a_row_for_every_message_that_begins(tmp_path, messages):
    stored = gzip.compress(mbox_of([m + os.urandom(4000).hex().encode() + b"\n" for m in messages]))
    (tmp_path / "a.mbox.gz").write_bytes(stored[: len(stored) // 2])
    (tmp_path / "b.eml").write_bytes(messages[0])
    rows, errors, _ = read(tmp_path)
    *whole, last = [row for row in rows if row["source"] == "a.mbox.gz"]
    assert 2 < len(whole) < 12
    assert (last["raw"], last["read_error"], last["source_index"]) == (
        None,
        "incomplete",
        len(whole),
    )
    assert all(row["raw"].startswith(messages[n]) for n, row in enumerate(whole))
    assert [error.code for error in errors] == ["corrupt_compression"]
    assert errors[0].offset == whole[-1]["source_offset"] + whole[-1]["source_length"] + 1
    assert last["source_offset"] == errors[0].offset + len(last["mbox_from"])
    assert rows[-1]["source"] == "b.eml"


def test_archive_truncated_eml_is_an_error_not_a_broken_message(tmp_path, messages):
    (tmp_path / "a.eml.xz").write_bytes(lzma.compress(messages[11])[:-30])
    rows, errors, _ = read(tmp_path)
    assert [(row["raw"], row["read_error"]) for row in rows] == [(None, "incomplete")]
    assert [error.code for error in errors] == ["corrupt_compression"]
    assert 0 < errors[0].offset <= len(messages[11])


@pytest.mark.parametrize("name", ["a.gz", "a.eml.gz"])
@pytest.mark.parametrize("length", [5, 11])
def test_archive_compressed_file_of_which_nothing_comes_is_one_error(tmp_path, name, length):
    (tmp_path / name).write_bytes(gzip.compress(b"x" * 50)[:length])
    rows, errors, remarks = read(tmp_path / name)
    assert [row["read_error"] for row in rows] == ["incomplete"] * ("eml" in name)
    assert [error.code for error in errors] == ["corrupt_compression"]
    assert remarks == []


@pytest.mark.parametrize("suffix", COMPRESS)
def test_archive_whole_mbox_before_something_else_is_judged_whole(tmp_path, messages, suffix):
    stored = COMPRESS[suffix](mbox_of(messages))
    (tmp_path / f"a.mbox{suffix}").write_bytes(stored + b"left over on the tape")
    (tmp_path / f"b.eml{suffix}").write_bytes(COMPRESS[suffix](messages[1]) + b"\1\2")
    rows, errors, _ = read(tmp_path)
    assert [row["raw"] for row in rows] == [*messages, messages[1]]
    assert [error.code for error in errors] == ["corrupt_compression"] * 2
    assert errors[0].offset == len(mbox_of(messages))


def test_archive_mbox_of_several_members_before_something_else_ends_in_doubt(tmp_path, messages):
    box = mbox_of(messages)
    half = box.index(messages[6]) + 50
    stored = b"".join(map(gzip.compress, (box[:100], box[100:half]))) + b"\x1f\x8c damaged"
    (tmp_path / "a.gz").write_bytes(stored)
    rows, errors, _ = read(tmp_path)
    assert [row["raw"] for row in rows] == [*messages[:6], None]
    assert [error.code for error in errors] == ["corrupt_compression"]


@pytest.mark.parametrize("batch_bytes", [1000, 2 << 20])
def test_archive_mbox_with_a_wrong_checksum_gives_a_row_for_every_message(tmp_path, batch_bytes):
    messages = [plain_message(n, os.urandom(300).hex().encode() + b"\n") for n in range(200)]
    stored = bytearray(gzip.compress(mbox_of(messages)))
    stored[-6] ^= 1
    (tmp_path / "a.gz").write_bytes(stored)
    rows, errors, _ = read(tmp_path, batch_bytes=batch_bytes)
    assert [row["raw"] for row in rows] == [*messages[:-1], None]
    assert [error.code for error in errors] == ["corrupt_compression"]


def test_archive_limit_stops_after_so_many_messages(tmp_path, messages):
    (tmp_path / "a").write_bytes(mbox_of(messages))
    for limit in (0, 1, 5, 12, 100):
        rows, _, _ = read(tmp_path / "a", limit=limit, batch_bytes=3000)
        assert [row["raw"] for row in rows] == messages[:limit]


def test_archive_rows_have_the_schema_of_the_core(tmp_path, messages):
    (tmp_path / "a").write_bytes(mbox_of(messages))
    (tmp_path / "b.eml").write_bytes(messages[0])
    pq.write_table(pa.table({"raw": messages}), tmp_path / "c.parquet")
    for batch in Archive(Inputs([tmp_path]), ReadingOptions()):
        assert batch.rows.schema.equals(dataset_schema("input"))


def test_stored_position_ends_at_the_size_of_everything(tmp_path, messages):
    (tmp_path / "a.gz").write_bytes(gzip.compress(mbox_of(messages)))
    (tmp_path / "b.eml").write_bytes(messages[0])
    archive = Archive(Inputs([tmp_path]), ReadingOptions())
    positions = [archive.stored_position for _ in archive]
    assert positions == sorted(positions)
    assert archive.stored_position == archive.inputs.size().stored_bytes
    assert archive.files_read == 2


def test_rule_31_every_container_gives_the_bytes_as_they_are(tmp_path):
    message = plain_message(
        1, b"".join(b"%c\r\n" % n for n in range(256)) + bytes(range(256)) + b"\n"
    )
    tar, zipped = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        info = tarfile.TarInfo("1.eml")
        info.size = len(message)
        archive.addfile(info, io.BytesIO(message))
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("1.eml", message)
    for name, content in {
        "1.eml": message,
        "2.mbox": mbox_of([message]),
        "3.tar": tar.getvalue(),
        "4.zip": zipped.getvalue(),
        "5.emlx": b"%d\n" % len(message) + message,
        "6/cur/1": message,
        "7.eml.xz": lzma.compress(message),
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    (tmp_path / "6/new").mkdir()
    import_mail([tmp_path / "1.eml"], tmp_path / "8.parquet")
    rows, errors, remarks = read(tmp_path)
    assert (errors, remarks) == ([], [])
    assert [row["raw"] for row in rows] == [message] * 8


def test_archive_file_that_fails_when_it_is_left_is_told_and_counted_once(tmp_path, monkeypatch):
    for number in range(3):
        (tmp_path / f"{number}.eml").write_bytes(plain_message(number))
    check = Walk.check_current

    def failing(walk):
        if walk.current_source == "1.eml":
            raise OSError(errno.ESTALE, "stale")
        check(walk)

    monkeypatch.setattr(Walk, "check_current", failing)
    archive = Archive(Inputs([str(tmp_path)]), ReadingOptions())
    archive.walk = Walk()
    (error,) = [item for item in archive if isinstance(item, ReadError)]
    assert error.text == "reading stopped: stale"
    assert archive.walk.opened_count == 3


HOLDERS = {
    "mbox": mbox_of,
    "tar": lambda messages: tar_of([(f"{n}.eml", it) for n, it in enumerate(messages)]),
    "parquet": lambda messages: written(pa.table({"raw": messages})),
    "tar of an mbox": lambda messages: tar_of([("a.mbox", mbox_of(messages))]),
}


def written(table):
    file = io.BytesIO()
    pq.write_table(table, file)
    return file.getvalue()


@pytest.mark.parametrize("damage", ["checksum", "end"])
@pytest.mark.parametrize("holder", HOLDERS)
def test_archive_messages_that_no_checksum_confirms_are_counted(tmp_path, messages, holder, damage):
    stored = bytearray(gzip.compress(HOLDERS[holder](messages)))
    if damage == "checksum":
        stored[-6] ^= 1
    else:
        del stored[-3:]
    (tmp_path / "a.gz").write_bytes(gzip.compress(messages[0]))
    (tmp_path / "b.gz").write_bytes(stored)
    rows, errors, _ = read(tmp_path)
    # The last message of an mbox may go on in what is missing.
    read_before = len(messages) - (holder == "mbox")
    assert [row["raw"] for row in rows][: read_before + 1] == [messages[0], *messages][
        : read_before + 1
    ]
    assert [(it.source, it.code) for it in errors] == [("b.gz", "corrupt_compression")]
    assert errors[0].text.endswith(f": {read_before}")


@pytest.mark.parametrize("members", [1, 2])
def test_archive_messages_before_something_else_are_confirmed(tmp_path, messages, members):
    (tmp_path / "a.mbox.gz").write_bytes(gzip.compress(mbox_of(messages)) * members + b"else")
    _, errors, _ = read(tmp_path)
    assert [it.code for it in errors] == ["corrupt_compression"]
    assert "no checksum" not in errors[0].text


def test_archive_messages_of_a_zip_within_are_confirmed_by_its_own_checksums(tmp_path, messages):
    stored = bytearray(gzip.compress(zip_of([("a.mbox", mbox_of(messages))])))
    stored[-6] ^= 1
    (tmp_path / "a.zip.gz").write_bytes(stored)
    rows, errors, _ = read(tmp_path)
    assert [row["raw"] for row in rows] == messages
    assert [it.code for it in errors] == ["corrupt_compression"]
    assert "no checksum" not in errors[0].text


def test_archive_messages_of_a_large_member_with_a_wrong_checksum_are_counted(tmp_path):
    many = [plain_message(n, b"line %d\n" % n * 500) for n in range(600)]
    stored = bytearray(zip_of([("box", mbox_of(many))], zipfile.ZIP_STORED))
    stored[stored.index(b"line 7\n")] ^= 1
    (tmp_path / "a.zip").write_bytes(stored)
    rows, errors, _ = read(tmp_path)
    assert len(rows) == 600
    assert [(it.source, it.code) for it in errors] == [("a.zip!box", "corrupt_archive")]
    assert errors[0].text.endswith(": 599")
