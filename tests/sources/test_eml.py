import pytest

from smimebatch.sources import eml
from smimebatch.sources.eml import sniff
from smimebatch.sources.opening import open_stream
from smimebatch.sources.reading import ReadingOptions
from smimebatch.sources.stream import InputFile, PlainStream


@pytest.mark.parametrize(
    "head",
    [
        b"Received: from a\nFrom: b\n",
        b"\xef\xbb\xbfSubject: x\r\n\r\n",
        b"\r\nFrom: late start\r\n",
        b"X-Odd : blank before the colon\nDate: now\n",
        b"Foo: unknown first\nMIME-Version: 1.0\n",
    ],
)
def test_sniff_mail_without_a_telling_name_is_mail(head):
    assert sniff(head, "17")


@pytest.mark.parametrize("head", [b"", b"\x00\x01", b"Title: a page\n\ntext: x\n", b"no colon\n"])
def test_sniff_other_content_is_mail_only_by_its_name(head):
    assert not sniff(head, "notes.txt")
    assert sniff(head, "notes.EML.gz")


def test_sniff_what_macos_keeps_beside_a_file_is_no_mail():
    assert not sniff(b"\x00\x05\x16\x07\x00\x02", "._letter.eml")


@pytest.mark.parametrize(("size", "is_held"), [(70_000, False), (60_000, True)])
def test_file_that_is_too_large_to_be_held_is_not_held_to_find_that_out(
    tmp_path, monkeypatch, size, is_held
):
    path = tmp_path / "a.eml"
    path.write_bytes(b"From: a\r\n\r\n".ljust(size, b"x"))
    asked = []
    window = PlainStream.window
    monkeypatch.setattr(
        PlainStream, "window", lambda self, size: asked.append(size) or window(self, size)
    )
    with open_stream(InputFile(str(path), "a.eml", named=True)) as stream:
        asked.clear()
        (batch,) = eml.read(iter([stream]), ReadingOptions(held_bytes=65_536))
    assert (batch.stored is None) == is_held
    assert (asked[0] == eml.PASSED_OVER_BYTES) != is_held
