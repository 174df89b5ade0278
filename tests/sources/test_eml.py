import pytest

from smimebatch.sources import Archive, InputBatch, Inputs, ReadingOptions
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


def test_read_message_too_large_to_hold_is_a_row_and_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr("smimebatch.sources.eml.MESSAGE_HELD_BYTES", 100_000)
    for name, size in (("a.eml", 100_000), ("b.eml", 100_001), ("c.eml", 10)):
        (tmp_path / name).write_bytes(b"x" * size)
    items = list(Archive(Inputs([tmp_path]), ReadingOptions()))
    rows = [row for item in items if isinstance(item, InputBatch) for row in item.rows.to_pylist()]
    assert [row["source_length"] for row in rows] == [100_000, 100_001, 10]
    assert [row["raw"] is None for row in rows] == [False, True, False]
    codes = [item.code for item in items if not isinstance(item, InputBatch)]
    assert codes == ["message_too_large"]
