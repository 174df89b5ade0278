"""Archives and compressed files that are not read: told, never passed over."""

import gzip
import lzma
import shutil
import subprocess

import pytest
from tests.plain_mail import mbox_of, plain_message
from tests.sources.reading import given_by
from tests.sources.test_zip import zip_of

from smimebatch.sources.kinds import sniff_format

MESSAGES = [plain_message(number) for number in range(3)]
BOX = mbox_of(MESSAGES)
PACKED = {
    "7-Zip": b"7z\xbc\xaf\x27\x1c\0\4" + b"\x8d" * 60,
    "RAR": b"Rar!\x1a\x07\0\xcf\x90\x73" + bytes(60),
    "RAR 5": b"Rar!\x1a\x07\1\0" + bytes(60),
    "lz4": bytes.fromhex("04224d186440a7") + b"\x12\0\0\0" + bytes(60),
    "compress": bytes.fromhex("1f9d9046e4bc") + bytes(60),
    "lzip": b"LZIP\1\x0c" + b"\x8d" * 60,
    "LZMA": lzma.compress(BOX, format=lzma.FORMAT_ALONE),
    "LHA": b"\x1f\x3d-lh5-" + bytes(13) + b"\1\5a.eml" + bytes(60),
    "cpio": b"070701" + b"0000A1B2" * 13 + b"a.eml\0",
}
"""How files of these begin, as file(1) and their specifications have it."""


@pytest.mark.parametrize("holder", ["directory", "named", "zip", "gz"])
@pytest.mark.parametrize("input_format", [None, "eml", "mbox"])
@pytest.mark.parametrize("kind", PACKED)
def test_packed_file_of_a_kind_that_is_not_read_is_an_error(tmp_path, kind, input_format, holder):
    place, stored = tmp_path / "old mail", PACKED[kind]
    if holder == "zip":
        stored = zip_of([("old", stored)])
    elif holder == "gz":
        stored = gzip.compress(stored)
    place.write_bytes(stored)
    found = given_by(place if holder == "named" else tmp_path, input_format=input_format)
    assert (found.rows, found.remarks, found.codes) == ([], [], ["unknown_format"])
    assert kind.split()[0] in found.errors[0].text


@pytest.mark.parametrize("name", ["a.mbox.Z", "a.mbox.lz4", "a.7z", "a.rar", "a.tar.lz"])
def test_file_called_like_a_packed_one_is_an_error_whatever_it_holds(tmp_path, name):
    (tmp_path / name).write_bytes(b"\0 damaged from its first octet on")
    found = given_by(tmp_path)
    assert (found.rows, found.remarks, found.codes) == ([], [], ["unknown_format"])


def test_file_that_the_lz4_program_wrote_is_an_error(tmp_path):
    if shutil.which("lz4") is None:
        pytest.skip("NOT TESTED: the lz4 program is not there")
    written = subprocess.run(["lz4", "-c"], input=BOX, capture_output=True, check=True).stdout
    (tmp_path / "box").write_bytes(written)
    assert given_by(tmp_path).codes == ["unknown_format"]


@pytest.mark.parametrize(
    "head",
    [
        b"PARENTS: see below\nFrom: a@example.com\n",
        b"Rar! a word\nFrom: a@example.com\n",
        b"LZIP: 1\nFrom: a@example.com\n",
        b"X: -lh5-\nFrom: a@example.com\n",
        b"070707: 1\nFrom: a@example.com\n",
    ],
)
def test_mail_that_begins_nearly_so_is_mail(head):
    assert sniff_format(head, "a.eml").FORMAT == "eml"
