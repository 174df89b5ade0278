"""Beginning later than the inputs do gives what reading them from the start gives from there."""

import gzip
import io
import os
import tarfile
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from smimebatch.errors import OutputError, StoppedError
from smimebatch.importing import import_mail
from smimebatch.job.resuming import begin_behind
from smimebatch.job.units import Cutter, UnitEnd
from smimebatch.sources import Archive, InputBatch, Inputs, ReadingOptions

MAIL = b"From: a@example.org\nDate: Mon, 1 Jan 2024 00:00:00 +0000\n\nbody\n"
FROM_LINE = b"From a@example.org Mon Jan  1 00:00:00 2024\n"
OPEN_MULTIPART = (
    b'From: a@example.org\nContent-Type: multipart/mixed; boundary="x"\n\n--x\n\nnever closed\n'
)
STRANGE = [
    MAIL,
    OPEN_MULTIPART,
    MAIL,
    b"no header at all\n",
    MAIL + b">From here\nFrom nowhere\n\n" + FROM_LINE.replace(b"2024", b"1999") + b"X: y\n",
    OPEN_MULTIPART,
    OPEN_MULTIPART,
    MAIL.replace(b"\n", b"\r\n"),
    b"",
    MAIL,
]


def mbox(mails, *, blank=b"\n", before=b""):
    return before + b"".join(FROM_LINE + mail + blank for mail in mails)


def with_length(mail):
    head, _, body = mail.partition(b"\n\n")
    return head + b"\nContent-Length: %d\n\n" % len(body) + body


def wrong_lengths():
    """Lengths count in the beginning; after nine wrong ones, none does, and the last is cut."""
    right = with_length(MAIL + b"x\n" * 35_000)
    wrong = MAIL.replace(b"\n\n", b"\nContent-Length: 3\n\n")
    jumps = with_length(MAIL + b"\n" + FROM_LINE + MAIL)
    return [right, jumps, *[wrong] * 9, jumps]


def tar_of(files):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def zip_of(files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def parquet_of(mails, rows):
    file = pa.BufferOutputStream()
    pq.write_table(pa.table({"raw": pa.array(mails, pa.binary())}), file, row_group_size=rows)
    return file.getvalue().to_pybytes()


def emlx(mail):
    return b"%d\n" % len(mail) + mail


MEMBERS = {"a.eml": MAIL, "b.mbox": mbox(STRANGE), "notes": b"\0\1", "c.eml": MAIL + b"more"}
FOLDERS = {
    "mbox": {"a.mbox": mbox(STRANGE), "b.mbox": mbox([MAIL] * 3, before=b"\xef\xbb\xbf")},
    "mbox with something before": {"a.mbox": mbox(STRANGE, before=b"made by a program\n\n")},
    "loose mbox": {"a.mbox": mbox([MAIL] * 6, blank=b"")},
    "mbox with lengths": {"a.mbox": mbox([with_length(MAIL)] * 6)},
    "mbox with wrong lengths": {"a.mbox": mbox(wrong_lengths())},
    "compressed": {"a.mbox.gz": gzip.compress(mbox(STRANGE)), "b.eml.gz": gzip.compress(MAIL)},
    "messages": {f"{number:02}.eml": MAIL for number in range(12)} | {"05.txt": b"\0", "07": b""},
    "emlx": {
        "1.emlx": emlx(MAIL),
        "2.partial.emlx": emlx(MAIL),
        "3.emlx": b"999\n" + MAIL,
        "4.emlx": emlx(MAIL),
        "5.emlx": emlx(MAIL),
    },
    "archives": {"a.tar": tar_of(MEMBERS), "b.zip": zip_of(MEMBERS), "b.zip!a.eml": MAIL},
    "parquet": {"a.parquet": parquet_of([MAIL, None, *STRANGE], 3), "b.eml": MAIL},
    "everything": {
        "0.mmdf": b"\1\1\1\1\n" + MAIL,
        "1.mbox": mbox(STRANGE),
        "2.eml": MAIL,
        "3.tar.gz": gzip.compress(tar_of(MEMBERS)),
        "4.parquet": parquet_of(STRANGE, 4),
        "4.txt": b"\0",
        "5.mbox.gz": gzip.compress(mbox(STRANGE))[:-9],
        "6.emlx": emlx(MAIL),
        "9.mmdf": b"\1\1\1\1\n" + MAIL,
    },
}


def folder_of(tmp_path, name):
    for file, content in FOLDERS[name].items():
        (tmp_path / file).write_bytes(content)
    return tmp_path


def refuse_touched(files):
    assert not files


def read(place, unit_messages, units=(), batch_bytes=1 << 20):
    """Return (units, what was said of places, messages in their order) behind some units."""
    archive = Archive(Inputs([place]), ReadingOptions(batch_bytes=batch_bytes))
    assert begin_behind(archive, units, refuse_touched)
    begin = units[-1].end if units else None
    cutter = Cutter(archive, unit_messages=unit_messages, first_ordinal=len(units), begin=begin)
    found, given = [], []
    for item in cutter:
        if isinstance(item, UnitEnd):
            found.append(item.unit)
            given.append([])
        given = given or [[]]
        if isinstance(item, InputBatch):
            rows = item.rows.to_pylist()
            given[-1].extend(tuple(row.items()) for row in rows)
        elif not isinstance(item, UnitEnd):
            given[-1].append(item)
    return found, given[:-1]


@pytest.mark.parametrize("name", FOLDERS)
def test_every_message_is_a_place_to_begin_at(tmp_path, name):
    place = folder_of(tmp_path, name)
    units, given = read(place, 1)
    assert len(units) > 4
    for count in range(1, len(units)):
        assert units[count - 1].end is not None
        assert read(place, 1, units[:count]) == (units[count:], given[count:]), count


@pytest.mark.parametrize("name", FOLDERS)
@pytest.mark.parametrize("unit_messages", [2, 3, 7])
def test_units_are_the_same_for_any_batch_size(tmp_path, name, unit_messages):
    place = folder_of(tmp_path, name)
    once = read(place, unit_messages)
    for batch_bytes in (1, 100, 300, 1000):
        assert read(place, unit_messages, batch_bytes=batch_bytes) == once
    assert all(unit.messages == unit_messages for unit in once[0][:-1])


def test_import_of_an_mbox_can_be_gone_on_with(tmp_path):
    (tmp_path / "a.mbox").write_bytes(mbox(STRANGE))
    import_mail(tmp_path / "a.mbox", tmp_path / "in.parquet")
    units, given = read(tmp_path / "in.parquet", 1)
    for count in range(1, len(units)):
        assert read(tmp_path / "in.parquet", 1, units[:count])[1] == given[count:]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda folder: (folder / "02.eml").write_bytes(MAIL + b"x"), "02.eml"),
        (lambda folder: (folder / "02.eml").unlink(), "02.eml"),
        (lambda folder: (folder / "03.txt").write_bytes(b""), "04.eml"),
        (lambda folder: (folder / "07").rename(folder / "077"), "07"),
    ],
)
def test_changed_file_before_the_place_is_refused_by_name(tmp_path, change, words):
    place = folder_of(tmp_path, "messages")
    units, _ = read(place, 5)
    change(place)
    with pytest.raises((OutputError, StoppedError), match=words):
        read(place, 5, units[:2])


def test_many_files_before_the_place_are_refused_by_their_range(tmp_path):
    for number in range(40):
        (tmp_path / f"{number:02}.eml").write_bytes(MAIL)
    units, _ = read(tmp_path, 20)
    (tmp_path / "07.eml").write_bytes(MAIL + b"x")
    with pytest.raises(OutputError, match=r"00\.eml to 19\.eml"):
        read(tmp_path, 20, units[:1])


@pytest.mark.parametrize("change", [len(FROM_LINE + MAIL), -1, -300])
def test_file_that_changes_while_it_is_read_ends_the_run(tmp_path, change):
    path = tmp_path / "a.mbox"
    path.write_bytes(mbox([MAIL] * 9))
    cutter = Cutter(Archive(Inputs([tmp_path]), ReadingOptions(batch_bytes=80)), unit_messages=2)
    items = iter(cutter)
    while not isinstance(next(items), UnitEnd):
        pass
    os.truncate(path, path.stat().st_size + change)
    with pytest.raises(StoppedError, match=r"a\.mbox") as caught:
        list(items)
    assert caught.value.exit_code == 5
