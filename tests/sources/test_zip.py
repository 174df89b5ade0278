"""zip archives: read without extracting, whatever they claim."""

import io
import os
import random
import shutil
import struct
import subprocess
import zipfile
import zlib

import pytest
from tests.plain_mail import mbox_of, plain_message
from tests.sources.reading import given_by

from smimebatch.sources import zip_in_order
from smimebatch.sources.zip_directory import overlapping
from smimebatch.sources.zip_member import LOCAL_MAGIC, Member

METHODS = {
    "stored": zipfile.ZIP_STORED,
    "deflated": zipfile.ZIP_DEFLATED,
    "bzip2": zipfile.ZIP_BZIP2,
    "lzma": zipfile.ZIP_LZMA,
}


def zip_of(members, method=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


@pytest.fixture
def messages():
    return [plain_message(n, b"body %d\n" % n * (1 + 50 * n)) for n in range(6)]


@pytest.mark.parametrize("method", METHODS)
def test_zip_of_eml_and_mbox_is_read_in_order(tmp_path, messages, method):
    members = [
        ("mail/1.eml", messages[0]),
        ("mail/", b""),
        ("mail/box", mbox_of(messages[1:4])),
        ("notes.txt", b"no mail\n"),
        ("mail/4.eml", messages[4]),
        ("mail/5.eml.gz", __import__("gzip").compress(messages[5])),
    ]
    (tmp_path / "a.zip").write_bytes(zip_of(members, METHODS[method]))
    found = given_by(tmp_path / "a.zip", batch_bytes=3000)
    assert found.raws == messages
    assert found.sources == [
        "a.zip!mail/1.eml",
        *["a.zip!mail/box"] * 3,
        "a.zip!mail/4.eml",
        "a.zip!mail/5.eml.gz",
    ]
    assert [row["source_index"] for row in found.rows] == [0, 0, 1, 2, 0, 0]
    assert found.codes == []
    assert [(remark.code, remark.source) for remark in found.remarks] == [("not_mail", "a.zip")]


@pytest.mark.parametrize("method", METHODS)
def test_zip_large_member_is_streamed(tmp_path, messages, method):
    many = [plain_message(n, b"line %d\n" % n * 500) for n in range(600)]
    (tmp_path / "a.zip").write_bytes(zip_of([("box", mbox_of(many))], METHODS[method]))
    assert given_by(tmp_path / "a.zip").raws == many


def test_zip_written_by_the_zip_program_to_a_pipe_is_read(tmp_path, messages):
    if shutil.which("zip") is None:
        pytest.skip("NOT TESTED: the zip program is not there")
    for number, message in enumerate(messages):
        (tmp_path / f"{number}.eml").write_bytes(message)
    done = subprocess.run(
        ["zip", "-q", "-fd", "-", *(f"{n}.eml" for n in range(6))],
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    (tmp_path / "a.zip").write_bytes(done.stdout)
    assert given_by(tmp_path / "a.zip").raws == messages
    (tmp_path / "b.zip").write_bytes(done.stdout[: done.stdout.index(b"PK\x01\x02")])
    found = given_by(tmp_path / "b.zip")
    assert (found.raws, found.codes) == (messages, ["corrupt_archive"])


def test_zip_encrypted_member_is_an_error_and_the_rest_is_done(tmp_path, messages):
    stored = bytearray(zip_of([(f"{n}.eml", message) for n, message in enumerate(messages)]))
    for magic, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = stored.index(magic, stored.index(magic) + 1)
        stored[at + flags] |= 1
    (tmp_path / "a.zip").write_bytes(stored)
    found = given_by(tmp_path / "a.zip")
    assert found.raws == [messages[0], *messages[2:]]
    assert [(e.source, e.code) for e in found.errors] == [("a.zip!1.eml", "encrypted_member")]


def test_zip_unknown_method_is_an_error_and_the_rest_is_done(tmp_path, messages):
    stored = bytearray(zip_of([("0.eml", messages[0]), ("1.eml", messages[1])]))
    stored[stored.index(b"PK\x01\x02") + 10] = 97
    (tmp_path / "a.zip").write_bytes(stored)
    found = given_by(tmp_path / "a.zip")
    assert (found.raws, found.codes) == ([messages[1]], ["unsupported_member"])


@pytest.mark.parametrize("what", ["data", "checksum", "header"])
def test_zip_damaged_member_is_an_error_never_a_message(tmp_path, messages, what):
    members = [(f"{n}.eml", message) for n, message in enumerate(messages)]
    stored = bytearray(zip_of(members, zipfile.ZIP_STORED if what == "data" else 8))
    second = stored.index(b"PK\x03\x04", 4)
    directory = stored.index(b"PK\x01\x02", stored.index(b"PK\x01\x02") + 1)
    stored[{"data": second + 60, "checksum": directory + 16, "header": second}[what]] ^= 0x20
    (tmp_path / "a.zip").write_bytes(stored)
    found = given_by(tmp_path / "a.zip")
    assert found.raws == [messages[0], None, *messages[2:]]
    assert found.rows[1]["read_error"] == "incomplete"
    assert [(e.source, e.code) for e in found.errors] == [("a.zip!1.eml", "corrupt_archive")]


def test_zip_that_breaks_off_gives_its_whole_members_and_errors(tmp_path):
    messages = [plain_message(n, __import__("os").urandom(300).hex().encode()) for n in range(20)]
    stored = zip_of([(f"{n}.eml", message) for n, message in enumerate(messages)])
    begin = stored.index(b"11.eml") - 30
    for length, members in ((begin + 100, 1), (begin + 33, 0), (begin + 10, 0), (begin, 0)):
        (tmp_path / "a.zip").write_bytes(stored[:length])
        found = given_by(tmp_path / "a.zip")
        assert found.raws == messages[:11] + [None] * members
        assert set(found.codes) == {"corrupt_archive"}
        assert [error.source for error in found.errors] == ["a.zip", "a.zip!11.eml"][: 1 + members]


def test_zip_names_are_labels_never_paths(tmp_path, messages):
    names = [
        "../../etc/passwd.eml",
        "/abs.eml",
        "C:\\x.eml",
        "a\x1b[31m.eml",
        "twice.eml",
        "twice.eml",
    ]
    with pytest.warns(UserWarning, match="Duplicate name"):
        stored = zip_of(list(zip(names, messages, strict=True)))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.zip").write_bytes(stored)
    before = sorted(tmp_path.rglob("*"))
    found = given_by(tmp_path / "in" / "a.zip")
    assert found.raws == messages
    assert len(set(found.sources)) == 6
    assert all(source.startswith("a.zip!") for source in found.sources)
    assert sorted(tmp_path.rglob("*")) == before


def test_zip_link_is_told_not_followed(tmp_path, messages):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        link = zipfile.ZipInfo("link.eml")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("1.eml", messages[1])
    (tmp_path / "a.zip").write_bytes(file.getvalue())
    found = given_by(tmp_path / "a.zip")
    assert found.raws == [messages[1]]
    assert [remark.code for remark in found.remarks] == ["linked_member"]


def test_zip_members_that_are_no_mail_are_named(tmp_path, messages):
    names = [f"{n}.txt" for n in range(7)]
    members = [(name, b"no mail\n") for name in names] + [("1.eml", messages[1])]
    (tmp_path / "a.zip").write_bytes(zip_of(members))
    (remark,) = given_by(tmp_path / "a.zip").remarks
    assert ": 7, passed over: 0.txt, 1.txt, 2.txt, 3.txt, 4.txt, …" in remark.text


def test_zip_in_zip_is_opened_to_a_depth(tmp_path, messages):
    inner = zip_of([("1.eml", messages[1])])
    for depth in range(2, 6):
        (tmp_path / f"{depth}.zip").write_bytes(inner)
        inner = zip_of([("in.zip", inner)])
    assert given_by(tmp_path / "4.zip").sources == ["4.zip!in.zip!in.zip!1.eml"]
    found = given_by(tmp_path / "5.zip")
    assert found.raws == [messages[1]]
    (tmp_path / "6.zip").write_bytes(inner)
    found = given_by(tmp_path / "6.zip")
    assert (found.raws, found.codes) == ([], ["archive_limit"])


def test_zip_every_member_within_another_is_refused():
    def member(offset, size):
        return Member("a", 0, 0, offset, size, size, None)

    assert overlapping([member(0, 1000), member(2000, 5)]) == set()
    within = [member(0, 1000), member(100, 10), member(500, 10), member(5000, 1)]
    assert overlapping(within) == {0, 100, 500}


def test_zip_bomb_of_overlapping_members_is_refused(tmp_path):
    # As in Fifield, "A better zip bomb" (2019): many entries of one directory, one kernel.
    kernel = zlib.compressobj(9, wbits=-15)
    body = kernel.compress(plain_message(1) + bytes(1 << 20)) + kernel.flush()
    size, crc = len(plain_message(1)) + (1 << 20), zlib.crc32(plain_message(1) + bytes(1 << 20))
    local = struct.pack("<4sHHHHHIIIHH", b"PK\x03\x04", 20, 0, 8, 0, 0, crc, len(body), size, 5, 0)
    entry = struct.pack(
        "<4sHHHHHHIIIHHHHHII",
        b"PK\x01\x02",
        20,
        20,
        0,
        8,
        0,
        0,
        crc,
        len(body),
        size,
        5,
        0,
        0,
        0,
        0,
        0,
        0,
    )
    entries = b"".join(entry + b"%d.eml" % n for n in range(9))
    data = local + b"0.eml" + body
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 9, 9, len(entries), len(data), 0)
    (tmp_path / "a.zip").write_bytes(data + entries + end)
    found = given_by(tmp_path / "a.zip")
    assert found.rows == []
    assert found.codes == ["corrupt_archive"] * 9


def test_zip_that_gives_more_than_its_size_allows_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr("smimebatch.sources.budget.OUTPUT_FREE_BYTES", 1 << 20)
    members = [(f"{n}.eml", plain_message(n, b"x" * 400_000)) for n in range(8)]
    (tmp_path / "a.zip").write_bytes(zip_of(members))
    found = given_by(tmp_path / "a.zip")
    assert 2 <= len(found.rows) < 8
    assert found.codes == ["archive_limit"]


def test_zip_of_nothing_and_zip_in_a_stream(tmp_path, messages):
    (tmp_path / "a.zip").write_bytes(zip_of([]))
    (tmp_path / "b.zip.xz").write_bytes(__import__("lzma").compress(zip_of([("1", messages[1])])))
    found = given_by(tmp_path / "a.zip", tmp_path / "b.zip.xz")
    assert (found.raws, found.codes) == ([messages[1]], [])


def test_zip_members_are_what_input_format_says(tmp_path, messages):
    (tmp_path / "a.zip").write_bytes(zip_of([("1.txt", b"no header"), ("2", mbox_of(messages))]))
    assert given_by(tmp_path / "a.zip", input_format="eml").raws == [
        b"no header",
        mbox_of(messages),
    ]


def test_zip_member_too_large_to_hold_is_given_as_a_place(tmp_path, monkeypatch):
    monkeypatch.setattr("smimebatch.sources.eml.MESSAGE_HELD_BYTES", 100_000)
    large = [plain_message(n, b"y\n" * 60_000 * n) for n in (1, 20)]
    (tmp_path / "a.zip").write_bytes(zip_of([("1.eml", large[0]), ("2.eml", large[1])]))
    found = given_by(tmp_path / "a.zip")
    assert found.raws == large
    assert all(row["is_large"] for row in found.rows)


def test_zip_with_octets_missing_is_told_and_the_rest_is_done(tmp_path, messages):
    stored = zip_of([(f"{n}.eml", message) for n, message in enumerate(messages)])
    (tmp_path / "a.zip").write_bytes(stored[:100] + stored[150:])
    (tmp_path / "b.eml").write_bytes(messages[0])
    found = given_by(tmp_path)
    assert (found.sources[-1], found.raws[-1]) == ("b.eml", messages[0])
    assert found.raws[:-1] == [None, *messages[1:]]
    assert [(e.source, e.code) for e in found.errors] == [("a.zip!0.eml", "corrupt_archive")]


def test_zip_archives_joined_tell_that_the_first_is_not_listed(tmp_path, messages):
    first, second = (zip_of([(f"{n}.eml", messages[n])]) for n in (0, 1))
    (tmp_path / "a.zip").write_bytes(first + second)
    found = given_by(tmp_path / "a.zip")
    assert found.raws == [messages[1]]
    assert [(e.source, e.code) for e in found.errors] == [("a.zip", "corrupt_archive")]


def test_zip_that_breaks_off_behind_a_stored_zip_is_not_taken_for_that(tmp_path, messages):
    inner = zip_of([("1.eml", messages[1])])
    members = [("0.eml", messages[0]), ("inner.zip", inner), ("2.eml", messages[2])]
    stored = zip_of(members, zipfile.ZIP_STORED)
    (tmp_path / "a.zip").write_bytes(stored[: stored.index(b"2.eml") + 20])
    found = given_by(tmp_path / "a.zip")
    assert found.raws == [messages[0], messages[1], None]
    assert found.sources == ["a.zip!0.eml", "a.zip!inner.zip!1.eml", "a.zip!2.eml"]
    assert set(found.codes) == {"corrupt_archive"}


@pytest.mark.parametrize("behind", [b"x", b"PK\x03\x04"])
def test_zip_with_octets_behind_its_end_is_read_and_told(tmp_path, messages, behind):
    (tmp_path / "a.zip").write_bytes(zip_of([("0.eml", messages[0])]) + behind)
    found = given_by(tmp_path / "a.zip")
    assert (found.raws, found.codes) == ([messages[0]], ["corrupt_archive"])


def test_zip_with_a_comment_and_a_stub_that_unpacks_it_is_sound(tmp_path, messages):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("0.eml", messages[0])
        archive.comment = b"kept since 2015"
    stub = LOCAL_MAGIC + b"\0" * 26 + b"finds members by PK\x03\x04 itself"
    (tmp_path / "a.zip").write_bytes(file.getvalue())
    (tmp_path / "b.zip").write_bytes(stub + file.getvalue())
    found = given_by(tmp_path)
    assert (found.raws, found.codes) == ([messages[0]] * 2, [])


def test_zip_member_with_nul_or_a_slash_at_its_end_is_read_like_others(tmp_path, messages):
    stored = zip_of([("x/_y.eml", messages[0]), ("z/", messages[1]), ("empty/", b"")])
    (tmp_path / "a.zip").write_bytes(stored.replace(b"x/_y", b"x/\0y"))
    found = given_by(tmp_path / "a.zip")
    assert (found.raws, found.codes) == (messages[:2], [])
    assert found.sources == ["a.zip!x/\\x00y.eml", "a.zip!z/"]


@pytest.mark.parametrize("marker", [b"PK00", b"PK\x07\x08"])
@pytest.mark.parametrize("name", ["a.zip", "without a name"])
def test_zip_that_was_written_to_be_split_is_read(tmp_path, messages, marker, name):
    members = [(f"{n}.eml", message) for n, message in enumerate(messages)]
    (tmp_path / name).write_bytes(marker + zip_of(members))
    found = given_by(tmp_path)
    assert (found.raws, found.codes) == (messages, [])


def test_zip_first_part_of_a_split_one_gives_its_members_and_an_error(tmp_path, messages):
    whole = b"PK\x07\x08" + zip_of([(f"{n}.eml", message) for n, message in enumerate(messages)])
    (tmp_path / "a.z01").write_bytes(whole[: whole.index(b"3.eml") - 30])
    found = given_by(tmp_path)
    assert (found.raws, found.codes) == (messages[:3], ["corrupt_archive"])


class Pipe(io.BytesIO):
    """Takes what is written, and goes nowhere else."""

    def seek(self, *place):
        raise OSError


def piped_zip_of(members, method, *, has_magic=True):
    """Write an archive as to a pipe: sizes and checksums stand behind the members."""
    file = Pipe()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members:
            with archive.open(name, "w") as member:
                member.write(content)
    written = file.getvalue()
    return written if has_magic else written.replace(b"PK\x07\x08", b"")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("has_magic", [True, False])
def test_zip_without_a_directory_whose_sizes_follow_is_read(tmp_path, messages, method, has_magic):
    members = [(f"{n}.eml", message) for n, message in enumerate(messages)]
    written = piped_zip_of(members, METHODS[method], has_magic=has_magic)
    (tmp_path / "a.zip").write_bytes(written[: written.index(b"PK\x01\x02")])
    found = given_by(tmp_path)
    assert (found.raws, found.codes) == (messages, ["corrupt_archive"])


@pytest.mark.parametrize("has_magic", [True, False])
@pytest.mark.parametrize("searched_at_once", range(60, 100, 3))
def test_zip_whose_sizes_lie_on_both_sides_of_a_piece_is_read(
    tmp_path, messages, monkeypatch, has_magic, searched_at_once
):
    monkeypatch.setattr(zip_in_order, "SEARCHED_AT_ONCE", searched_at_once)
    members = [(f"{n}.eml", message) for n, message in enumerate(messages)]
    written = piped_zip_of(members, zipfile.ZIP_STORED, has_magic=has_magic)
    (tmp_path / "a.zip").write_bytes(written[: written.index(b"PK\x01\x02")])
    assert given_by(tmp_path).raws == messages


def test_zip_full_of_magic_without_sizes_is_read_in_pieces(tmp_path, monkeypatch):
    reads, read = [], os.pread
    monkeypatch.setattr(os, "pread", lambda *place: reads.append(place) or read(*place))
    magic = b"PK\x07\x08" * (1 << 16)
    written = piped_zip_of([("1.eml", magic)], zipfile.ZIP_STORED)
    (tmp_path / "a.zip").write_bytes(written[: written.rindex(magic) + len(magic)])
    assert set(given_by(tmp_path).codes) == {"corrupt_archive"}
    assert len(reads) < 100


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("size", [1, 1800])
def test_zip_that_breaks_off_where_sizes_follow_gives_no_part_for_a_message(tmp_path, method, size):
    noise = random.Random(7).randbytes(size * 300).hex().encode()
    members = [(f"{n}.eml", plain_message(n, noise)) for n in range(3)]
    written = piped_zip_of(members, METHODS[method])
    begin, end = written.index(b"2.eml"), written.index(b"PK\x01\x02") - 16
    (tmp_path / "a.zip").write_bytes(written[: (begin + end) // 2])
    found = given_by(tmp_path)
    assert found.raws == [members[0][1], members[1][1], None]
    assert [(it.source, it.code) for it in found.errors] == [
        ("a.zip", "corrupt_archive"),
        ("a.zip!2.eml", "corrupt_archive"),
    ]


@pytest.mark.parametrize("method", METHODS)
def test_zip_damaged_member_whose_sizes_follow_does_not_hide_the_next(tmp_path, messages, method):
    members = [(f"{n}.eml", plain_message(n, b"body %d\n" % n * 300)) for n in range(3)]
    written = bytearray(piped_zip_of(members, METHODS[method]))
    written[written.index(b"1.eml") + 45] ^= 0x55
    (tmp_path / "a.zip").write_bytes(written[: written.index(b"PK\x01\x02")])
    found = given_by(tmp_path)
    assert found.raws == [members[0][1], None, members[2][1]]
    assert [it.source for it in found.errors] == ["a.zip", "a.zip!1.eml"]


def test_zip_without_a_directory_in_which_a_stored_zip_lies_is_read(tmp_path, messages):
    inner = piped_zip_of([(f"{n}.eml", messages[n]) for n in range(3)], zipfile.ZIP_STORED)
    written = piped_zip_of([("a.zip", inner), ("3.eml", messages[3])], zipfile.ZIP_STORED)
    last = written.index(b"3.eml")
    (tmp_path / "a.zip").write_bytes(written[: written.index(b"PK\x01\x02", last)])
    found = given_by(tmp_path)
    assert (found.raws, found.codes) == (messages[:4], ["corrupt_archive"])


def test_zip_without_a_directory_says_where_no_member_follows(tmp_path, messages):
    members = [(f"{n}.eml", message) for n, message in enumerate(messages)]
    written = bytearray(zip_of(members))
    written[written.index(b"3.eml") - 30] ^= 1
    (tmp_path / "a.zip").write_bytes(written[: written.index(b"PK\x01\x02")])
    found = given_by(tmp_path)
    assert (found.raws, found.codes) == (messages[:3], ["corrupt_archive"] * 2)
