"""Maildir, Maildir++ and folders within."""

import gzip
import mailbox

import pytest
from tests.plain_mail import mbox_of, plain_message
from tests.sources.reading import given_by
from tests.sources.test_tar import tar_of
from tests.sources.test_zip import zip_of


def test_maildir_written_by_python_is_read_and_tmp_is_not(tmp_path):
    box = mailbox.Maildir(tmp_path / "Mail", create=True)
    keys = [box.add(plain_message(n)) for n in range(3)]
    folder = box.add_folder("Sent")
    folder.add(plain_message(3))
    for where in ("Mail/tmp", "Mail/.Sent/tmp"):
        (tmp_path / where / "unfinished").write_bytes(plain_message(9))
    found = given_by(tmp_path / "Mail")
    assert sorted(found.raws) == [plain_message(n) for n in range(4)]
    assert sorted(found.sources)[:1] == [next(s for s in found.sources if ".Sent/new/" in s)]
    assert all(any(key in source for source in found.sources) for key in keys)
    assert found.codes == []


def test_maildir_nested_folders_are_maildirs_of_their_own(tmp_path):
    for folder in ("Mail", "Mail/Work", "Mail/Work/Deep"):
        for name in ("cur", "new", "tmp"):
            (tmp_path / folder / name).mkdir(parents=True)
        (tmp_path / folder / "cur" / "1:2,S").write_bytes(plain_message(len(folder)))
        (tmp_path / folder / "tmp" / "2").write_bytes(plain_message(0))
    assert len(given_by(tmp_path).rows) == 3


def test_maildir_every_file_is_one_message_whatever_its_first_line(tmp_path):
    for name in ("cur", "new"):
        (tmp_path / name).mkdir()
    odd = [mbox_of([plain_message(1), plain_message(2)]), b"no header\n", b"PK\x03\x04"]
    for number, content in enumerate(odd):
        (tmp_path / "cur" / str(number)).write_bytes(content)
    for place in (tmp_path, tmp_path / "cur"):
        assert given_by(place).raws == odd


def test_tmp_of_no_maildir_is_read(tmp_path):
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp" / "1.eml").write_bytes(plain_message(1))
    assert len(given_by(tmp_path).rows) == 1
    (tmp_path / "cur").mkdir()
    (tmp_path / "new").mkdir()
    assert len(given_by(tmp_path / "tmp").rows) == 1
    assert len(given_by(tmp_path).rows) == 0


@pytest.mark.parametrize("order", ["cur new tmp", "tmp new cur"])
@pytest.mark.parametrize("pack", ["tar", "tar.gz", "zip", "tar in tar", "tar in zip"])
@pytest.mark.parametrize("above", ["", "./", "Mail/.Sent/"])
def test_maildir_in_an_archive_is_read_without_its_tmp(tmp_path, above, pack, order):
    members = [
        (f"{above}{name}/1", plain_message(number)) for number, name in enumerate(order.split())
    ]
    members += [(f"{above}tmp/{n}x", b"Subject: unfinished\n\n") for n in range(2)]
    members += [("tmp/other/1.eml", plain_message(7))] if above == "Mail/.Sent/" else []
    stored = zip_of(members) if pack == "zip" else tar_of(members)
    if pack == "tar.gz":
        stored = gzip.compress(stored)
    if " in " in pack:
        holder = zip_of if pack.endswith("zip") else tar_of
        stored = holder([("in.tar", stored)])
    (tmp_path / "a").write_bytes(stored)
    found = given_by(tmp_path / "a")
    tmp = order.split().index("tmp")
    wanted = [plain_message(n) for n in range(3) if n != tmp]
    assert found.raws == wanted + [plain_message(7)] * (above == "Mail/.Sent/")
    assert found.codes == []


def test_tmp_in_an_archive_of_no_maildir_is_read(tmp_path):
    members = [("tmp/1.eml", plain_message(1)), ("cur/2.eml", plain_message(2))]
    for name, stored in (("a.tar", tar_of(members)), ("b.zip", zip_of(members))):
        (tmp_path / name).write_bytes(stored)
        assert sorted(given_by(tmp_path / name).raws) == [plain_message(1), plain_message(2)]
