import pytest

from smimebatch.sources.eml import sniff


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
