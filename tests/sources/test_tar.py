"""tar archives in every dialect that programs write."""

import bz2
import gzip
import io
import lzma
import shutil
import subprocess
import tarfile

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.plain_mail import mbox_of, plain_message
from tests.sources.reading import given_by

COMPRESS = {
    "": bytes,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstandard.ZstdCompressor().compress,
}
DIALECTS = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}
LONG = "d/" * 70 + "ümläut " + "n" * 90 + ".eml"


def tar_of(members, dialect=tarfile.PAX_FORMAT):
    """Write members: names with their bytes, or with a type flag and what a link names."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=dialect) as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
            else:
                info.type, info.linkname = content[:1].encode(), content[1:]
                archive.addfile(info)
    return file.getvalue()


@pytest.fixture
def messages():
    return [plain_message(n, b"body %d\n" % n * (1 + 50 * n)) for n in range(6)]


@pytest.mark.parametrize("suffix", COMPRESS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_tar_of_eml_and_mbox_is_read_in_order(tmp_path, messages, dialect, suffix):
    long = LONG if dialect != "ustar" else "d/" * 40 + "n" * 90
    members = [
        ("mail", "5"),
        ("mail/1.eml", messages[0]),
        (long, mbox_of(messages[1:4])),
        ("notes.txt", b"no mail\n"),
        ("link.eml", "2elsewhere"),
        ("hard link to it.eml", "1link.eml"),
        ("device", "3"),
        ("5.eml.gz", gzip.compress(messages[4])),
        ("6.eml", messages[5]),
    ]
    name = f"a.tar{suffix}"
    (tmp_path / name).write_bytes(COMPRESS[suffix](tar_of(members, DIALECTS[dialect])))
    found = given_by(tmp_path / name, batch_bytes=3000)
    assert found.raws == messages
    assert found.sources[:2] == [f"{name}!mail/1.eml", f"{name}!{long}"]
    assert found.codes == []
    assert [r.code for r in found.remarks] == ["linked_member", "linked_member", "not_mail"]


@pytest.mark.parametrize("options", [["--format=v7"], ["--format=oldgnu"], ["--format=posix"], []])
def test_tar_written_by_the_tar_program_is_read(tmp_path, messages, options):
    if shutil.which("tar") is None:
        pytest.skip("NOT TESTED: the tar program is not there")
    (tmp_path / "m").mkdir()
    for number, message in enumerate(messages):
        (tmp_path / "m" / f"{number}.eml").write_bytes(message)
    subprocess.run(
        ["tar", "-c", "--sort=name", *options, "-f", "a.tar", "m"], cwd=tmp_path, check=True
    )
    found = given_by(tmp_path / "a.tar")
    assert (found.raws, found.codes) == (messages, [])


@pytest.mark.parametrize("options", [["--format=oldgnu"], ["--format=posix"]])
def test_tar_sparse_member_is_an_error_and_the_rest_is_done(tmp_path, messages, options):
    with open(tmp_path / "0.eml", "wb") as file:
        for number in range(40):
            file.seek(number << 20)
            file.write(messages[1])
    (tmp_path / "1.eml").write_bytes(messages[1])
    command = ["tar", "-c", "-S", *options, "-f", "a.tar", "0.eml", "1.eml"]
    subprocess.run(command, cwd=tmp_path, check=True)
    found = given_by(tmp_path / "a.tar")
    assert found.raws == [messages[1]]
    assert found.codes == ["unsupported_member"]


def test_tar_large_member_is_streamed(tmp_path):
    many = [plain_message(n, b"line %d\n" % n * 500) for n in range(900)]
    (tmp_path / "a.tar").write_bytes(tar_of([("box", mbox_of(many)), ("1.eml", many[1])]))
    assert given_by(tmp_path / "a.tar").raws == [*many, many[1]]


def test_tar_damaged_header_is_an_error_and_the_next_member_is_read(tmp_path, messages):
    stored = bytearray(tar_of([(f"{n}.eml", message) for n, message in enumerate(messages)]))
    begin = stored.index(b"1.eml")
    stored[begin + 3] ^= 1
    (tmp_path / "a.tar").write_bytes(stored)
    found = given_by(tmp_path / "a.tar")
    assert found.raws == [messages[0], *messages[2:]]
    assert [(e.code, e.offset) for e in found.errors] == [("corrupt_archive", begin)]


def test_tar_that_breaks_off_gives_its_whole_members_and_errors(tmp_path, messages):
    whole = tar_of([(f"{n}.eml", message) for n, message in enumerate(messages)])
    inside, between = whole.index(b"3.eml") + 600, whole.index(b"3.eml")
    for length, codes in ((inside, 2), (between, 1), (between + 100, 1)):
        (tmp_path / "a.tar").write_bytes(whole[:length])
        found = given_by(tmp_path / "a.tar")
        assert found.raws == messages[:3] + [None] * (codes - 1)
        assert found.codes == ["corrupt_archive"] * codes, length
    (tmp_path / "b.tar.gz").write_bytes(gzip.compress(whole)[:-30])
    found = given_by(tmp_path / "b.tar.gz")
    assert set(found.codes) == {"corrupt_compression"}


@pytest.mark.parametrize("suffix", COMPRESS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_tar_hard_link_is_a_message_of_its_own(tmp_path, messages, dialect, suffix):
    long = "d/" * 45 + "n.eml"
    members = [
        (long, messages[0]),
        ("box", mbox_of(messages[1:3])),
        ("a.eml", "1" + long),
        ("3.eml", messages[3]),
        ("b.eml", "1a.eml"),
        ("second box", "1box"),
    ]
    name = f"a.tar{suffix}"
    (tmp_path / name).write_bytes(COMPRESS[suffix](tar_of(members, DIALECTS[dialect])))
    found = given_by(tmp_path / name)
    assert found.raws == [*messages[:4], messages[0], messages[0], *messages[1:3]]
    assert found.sources[4:] == [f"{name}!{n}" for n in ("a.eml", "b.eml", *["second box"] * 2)]
    assert (found.codes, found.remarks) == ([], [])


def test_tar_hard_links_written_by_the_tar_program_are_read(tmp_path, messages):
    if shutil.which("tar") is None:
        pytest.skip("NOT TESTED: the tar program is not there")
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "1.eml").write_bytes(messages[1])
    (tmp_path / "m" / "2.eml").hardlink_to(tmp_path / "m" / "1.eml")
    subprocess.run(["tar", "-czf", "a.tgz", "m"], cwd=tmp_path, check=True)
    found = given_by(tmp_path / "a.tgz")
    assert (found.raws, found.codes) == ([messages[1]] * 2, [])
    assert sorted(found.sources) == ["a.tgz!m/1.eml", "a.tgz!m/2.eml"]


def test_tar_hard_links_to_a_large_member_are_streamed(tmp_path):
    large = plain_message(1, b"line of text\n" * 200_000)
    members = [("1.eml", large), ("2.eml", "11.eml"), ("3.eml", plain_message(3)), ("4", "12.eml")]
    (tmp_path / "a.tar.gz").write_bytes(gzip.compress(tar_of(members)))
    found = given_by(tmp_path / "a.tar.gz")
    assert found.raws == [large, plain_message(3), large, large]
    assert found.codes == []


def test_tar_hard_links_without_end_are_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr("smimebatch.sources.budget.OUTPUT_FREE_BYTES", 1 << 20)
    monkeypatch.setattr("smimebatch.sources.budget.OUTPUT_RATIO", 1)
    message = plain_message(1, b"x" * 300_000)
    members = [("0.eml", message), *((f"{n}.eml", "10.eml") for n in range(1, 100))]
    (tmp_path / "a.tar.gz").write_bytes(gzip.compress(tar_of(members)))
    found = given_by(tmp_path / "a.tar.gz")
    assert 2 <= len(found.rows) < 8
    assert [(e.source, e.code) for e in found.errors] == [("a.tar.gz", "archive_limit")]


def test_tar_hard_links_in_an_archive_that_is_gone_are_an_error(tmp_path, messages, monkeypatch):
    members = [("0.eml", messages[0]), ("1.eml", "10.eml"), ("2.eml", messages[2])]
    (tmp_path / "a.tar.gz").write_bytes(gzip.compress(tar_of(members)))

    def gone(stream):
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr("smimebatch.sources.held.HeldStream.again", gone)
    found = given_by(tmp_path / "a.tar.gz")
    assert (found.raws, found.codes) == ([messages[0], messages[2]], ["unreadable_file"])


def test_tar_hard_link_that_cannot_be_followed_is_an_error(tmp_path, messages):
    members = [("0.eml", messages[0]), ("1.eml", "1gone.eml"), ("2.eml", messages[2])]
    (tmp_path / "a.tar").write_bytes(tar_of(members))
    found = given_by(tmp_path / "a.tar")
    assert found.raws == [messages[0], messages[2]]
    assert [(e.source, e.code) for e in found.errors] == [("a.tar!1.eml", "unsupported_member")]
    # An archive within a larger one comes only once.
    inner = tar_of([("0", messages[0]), ("big", bytes(2 << 20)), ("1.eml", "10")])
    (tmp_path / "b.tar").write_bytes(tar_of([("in.tar", inner), ("2.eml", messages[2])]))
    found = given_by(tmp_path / "b.tar")
    assert found.raws == [messages[0], messages[2]]
    assert [e.source for e in found.errors] == ["b.tar!in.tar!1.eml"]


def test_tar_hard_link_with_its_bytes_is_a_file(tmp_path, messages):
    stored = bytearray(tar_of([("0.eml", messages[0]), ("1.eml", messages[1])], DIALECTS["ustar"]))
    at = stored.index(b"1.eml")
    set_kind(stored, at, b"1")
    (tmp_path / "a.tar").write_bytes(stored)
    found = given_by(tmp_path / "a.tar")
    assert (found.raws, found.codes) == (messages[:2], [])
    # Old programs copy the size of the file without its bytes.
    stored = bytearray(tar_of([("0.eml", messages[0]), ("1.eml", "10.eml"), ("2", messages[2])], 0))
    at = stored.index(b"1.eml")
    stored[at + 124 : at + 135] = b"%011o" % len(messages[0])
    set_kind(stored, at, b"1")
    (tmp_path / "a.tar").write_bytes(stored)
    found = given_by(tmp_path / "a.tar")
    assert (found.raws, found.codes) == ([messages[0], messages[2], messages[0]], [])


def set_kind(stored, at, kind):
    """Change the type of the member whose header begins there, and its checksum."""
    stored[at + 156 : at + 157] = kind
    total = sum(stored[at : at + 148]) + 8 * 32 + sum(stored[at + 156 : at + 512])
    stored[at + 148 : at + 156] = b"%06o\0 " % total


@pytest.mark.parametrize("kind", [b"Z", b"7", b"Q", b"\xff"])
def test_tar_member_of_an_unknown_kind_is_a_file(tmp_path, messages, kind):
    stored = bytearray(tar_of([("0.eml", messages[0]), ("1.eml", messages[1])], 0))
    set_kind(stored, stored.index(b"1.eml"), kind)
    (tmp_path / "a.tar").write_bytes(stored)
    found = given_by(tmp_path / "a.tar")
    assert (found.raws, found.codes, found.remarks) == (messages[:2], [], [])


def test_tar_member_from_another_volume_is_an_error(tmp_path, messages):
    stored = bytearray(tar_of([("0.eml", messages[0]), ("1.eml", messages[1])], 0))
    set_kind(stored, stored.index(b"0.eml"), b"M")
    (tmp_path / "a.tar").write_bytes(stored)
    found = given_by(tmp_path / "a.tar")
    assert (found.raws, found.codes) == ([messages[1]], ["unsupported_member"])


def test_tar_members_of_one_name_stay_distinct(tmp_path, messages):
    names = ["a.eml", "a.eml", "a.eml#2", "a.eml", "b\\xff.eml", "b!c.eml"]
    stored = tar_of(list(zip(names, messages, strict=True)))
    (tmp_path / "a.tar").write_bytes(stored)
    found = given_by(tmp_path / "a.tar")
    assert found.raws == messages
    expected = ["a.eml", "a.eml#2", "a.eml#2#2", "a.eml#3", "b\\x5cxff.eml", "b\\x21c.eml"]
    assert found.sources == [f"a.tar!{name}" for name in expected]


def test_tar_second_member_of_a_name_is_told_by_that_name(tmp_path):
    odd = b"a first line that is no field\n\nwords\n"
    partial = b"9\nFrom: a@x\n<?xml"
    members = [("a.eml", odd), ("a.eml", odd), ("b.partial.emlx", partial)]
    (tmp_path / "a.tar").write_bytes(tar_of([*members, ("b.partial.emlx", partial)]))
    found = given_by(tmp_path / "a.tar")
    assert found.raws == [odd, odd, None, None]
    assert found.errors[0].text == found.errors[1].text


def test_tar_concatenated_archives_are_one(tmp_path, messages):
    stored = tar_of([("1.eml", messages[1])]) + tar_of([("2.eml", messages[2])])
    (tmp_path / "a.tar").write_bytes(stored)
    found = given_by(tmp_path / "a.tar")
    assert (found.raws, found.codes) == (messages[1:3], [])


def test_tar_names_are_labels_never_paths(tmp_path, messages):
    names = ["../../x.eml", "/etc/y.eml", "\x1b[2J.eml"]
    (tmp_path / "in").mkdir()
    stored = tar_of(list(zip(names, messages, strict=False)))
    (tmp_path / "in" / "a.tar").write_bytes(stored.replace(b"/etc/y", b"/\xff\xfec/y"))
    before = sorted(tmp_path.rglob("*"))
    found = given_by(tmp_path / "in" / "a.tar")
    assert sorted(tmp_path.rglob("*")) == before
    assert found.sources[0] == "a.tar!../../x.eml"
    assert all(source.encode() for source in found.sources)


def test_tar_in_tar_and_from_a_pipe(tmp_path, messages):
    inner = tar_of([("1.eml", messages[1])])
    (tmp_path / "a.tgz").write_bytes(gzip.compress(tar_of([("in.tar.xz", lzma.compress(inner))])))
    assert given_by(tmp_path / "a.tgz").sources == ["a.tgz!in.tar.xz!1.eml"]


def test_tar_member_too_large_to_hold_is_given_as_a_place(tmp_path, monkeypatch):
    monkeypatch.setattr("smimebatch.sources.eml.MESSAGE_HELD_BYTES", 100_000)
    large = [plain_message(n, b"y\n" * 60_000 * n) for n in (1, 20)]
    (tmp_path / "a.tar").write_bytes(tar_of([("1.eml", large[0]), ("2.eml", large[1])]))
    found = given_by(tmp_path / "a.tar")
    assert found.raws == large
    assert all(row["is_large"] for row in found.rows)


@settings(max_examples=150)
@given(
    cuts=st.lists(st.tuples(st.integers(0, 8000), st.binary(min_size=1, max_size=4)), max_size=4),
    length=st.integers(0, 20_000),
)
def test_tar_of_any_bytes_ends_and_loses_nothing_silently(tmp_path_factory, cuts, length):
    directory = tmp_path_factory.getbasetemp() / "any-tar"
    directory.mkdir(exist_ok=True)
    messages = [plain_message(n, b"x\n" * 100) for n in range(6)]
    whole = tar_of([(f"{n}.eml", message) for n, message in enumerate(messages)], 0)
    stored = bytearray(whole)
    for at, octets in cuts:
        stored[at : at + len(octets)] = octets
    (directory / "a.tar").write_bytes(stored[:length])
    found = given_by(directory / "a.tar", input_format="tar")
    if stored[:length] == whole[:length] and length < whole.index(b"5.eml"):
        assert found.codes or not length
    unread = [row["read_error"] for row in found.rows if row["raw"] is None]
    assert unread == ["incomplete"] * len(unread)
    assert len(found.codes) >= len(unread)


def v7_tar_of(members):
    """Write an archive as Unix V7 did: no magic, zeros behind the name of a link's target."""
    written = b""
    for name, content, *target in members:
        link = target[0].encode() if target else b""
        kind = b"1" if target else b"\0"
        size = target[1] if target else len(content)
        facts = b"000644 \x00" * 3 + b"%011o %011o " % (size, 0)
        head = name.encode().ljust(100, b"\0") + facts + b" " * 8 + kind + link.ljust(355, b"\0")
        written += head.replace(b" " * 9, b" %06o\0 " % sum(head), 1)
        written += content + bytes(-len(content) % 512)
    return written + bytes(1024)


@pytest.mark.parametrize("suffix", COMPRESS)
@pytest.mark.parametrize("name", ["a.tar", "mail"])
def test_tar_of_unix_v7_is_read_compressed_too(tmp_path, messages, name, suffix):
    stored = v7_tar_of([(f"{n}.eml", message) for n, message in enumerate(messages)])
    (tmp_path / f"{name}{suffix}").write_bytes(COMPRESS[suffix](stored))
    found = given_by(tmp_path)
    assert (found.raws, found.codes) == (messages, [])


def test_tar_of_unix_v7_with_a_damaged_header_gives_the_next_members(tmp_path, messages):
    stored = bytearray(v7_tar_of([(f"{n}.eml", message) for n, message in enumerate(messages)]))
    stored[stored.index(b"1.eml") + 3] ^= 1
    (tmp_path / "a.tar").write_bytes(stored)
    found = given_by(tmp_path)
    assert (found.raws, found.codes) == ([messages[0], *messages[2:]], ["corrupt_archive"])


def test_tar_of_unix_v7_whose_hard_links_copy_the_size_loses_nothing(tmp_path, messages):
    link = ("link.eml", b"", "0.eml", len(messages[0]))
    members = [("0.eml", messages[0]), link, ("1.eml", messages[1]), link]
    (tmp_path / "a.tar").write_bytes(v7_tar_of(members))
    found = given_by(tmp_path)
    assert sorted(found.raws) == sorted([messages[0], messages[0], messages[0], messages[1]])
    assert found.codes == []
