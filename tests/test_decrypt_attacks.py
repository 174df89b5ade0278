"""What a sender may put into an envelope so that decrypted mail would say something else.

Whatever lies inside, the written mail is never judged better than the message was, and nothing of
the message around the envelope is lost.
"""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest

import smimebatch as sb
from test_decrypt import ENTITY, HEADER, House, house, mail_of, opened, signed, vault

__all__ = ["house", "vault"]


def sealed(house: House, inside: bytes, *options: str) -> bytes:
    """Return the CMS object of an envelope around `inside`."""
    return house.openssl(
        *("cms", "-encrypt", "-binary", "-outform", "DER", *(options or ("-aes-256-gcm",))),
        *("-recip", house.certificate("rsa")),
        given=inside,
    )


def written(house, vault, tmp_path, *mails: bytes) -> list[dict]:
    return opened(list(mails), vault, tmp_path)[2]


def crlf(text: bytes) -> bytes:
    return text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


@pytest.mark.parametrize("hp", [b"", b'; hp="cipher"'])
def test_fields_inside_take_no_place_of_those_outside(hp, house, vault, tmp_path):
    inside = (
        b"From: boss@reader.example\r\nReceived: by host.reader.example; 1 Jan 2019 00:00:00 +0000"
        b"\r\nContent-Type: text/plain" + hp + b"\r\nSubject: other\r\n\r\ntext\r\n"
    )
    (row,) = written(house, vault, tmp_path, mail_of(sealed(house, inside)))
    head, body = row["raw"].split(b"\r\n\r\n", 1)
    names = [line.split(b":")[0] for line in head.split(b"\r\n")]
    assert row["opened"]
    assert body == b"text\r\n"
    assert (names.count(b"From"), names.count(b"Received"), names.count(b"Subject")) == (1, 0, 1)
    assert b"X-Enveloped-Received: by host.reader.example;" in head
    assert b"X-Enveloped-From: boss@reader.example" in head
    assert head.startswith(HEADER.rstrip(b"\r\n"))


def test_time_evidence_from_inside_proves_nothing_afterwards(house, vault, tmp_path):
    trust = sb.Trust.load(house.certificate("rsa"))
    inside = b"Received: by host.reader.example; Tue, 1 Jan 2019 00:00:00 +0000\r\n"
    inside += crlf(signed(house, ENTITY))
    options = {"trust": trust, "bind": "off", "vouch": ["received:host.reader.example"]}
    opened([mail_of(sealed(house, inside))], vault, tmp_path, **options)
    again = sb.verify(tmp_path / "run" / "mail", output=tmp_path / "again", **options)
    (row,) = again.signatures().to_table().to_pylist()
    assert (row["poe_kind"], row["poe_time"]) == (None, None)


def test_everything_around_an_envelope_stays(house, vault, tmp_path):
    odd = (
        b"Received: by a.example;\r\n\tTue, 14 Nov 2023 12:00:01 +0000\r\nX-Long: "
        + b"x" * 5_000
        + b"\r\nContent-Language: en\r\nContent-Identifier: 7\r\nSubject: =?utf-8?q?f=C3=BCr?=\r\n"
    )
    mail = mail_of(sealed(house, ENTITY))
    lf = (odd + mail).replace(b"\r\n", b"\n")
    first, second = written(house, vault, tmp_path, odd + mail, lf)
    assert first["raw"] == odd + HEADER + ENTITY
    assert second["raw"] == (odd + HEADER).replace(b"\r\n", b"\n") + ENTITY


@pytest.mark.parametrize(
    "change",
    [
        lambda mail: mail + b"_______________________\r\na list's footer\r\n",
        lambda mail: mail.replace(b"Subject: for you\r\n", b"no field at all\r\n"),
    ],
    ids=["footer", "line that is no field"],
)
def test_message_that_is_more_than_its_envelope_is_left_closed(change, house, vault, tmp_path):
    mail = change(mail_of(sealed(house, ENTITY)))
    (row,) = written(house, vault, tmp_path, mail)
    assert (row["opened"], row["raw"]) == (False, mail)


def test_fields_of_an_envelope_in_an_envelope_are_kept(house, vault, tmp_path):
    inner = b"Subject: the middle\r\n" + mail_of(sealed(house, ENTITY)).removeprefix(HEADER)
    (row,) = written(house, vault, tmp_path, mail_of(sealed(house, inner)))
    assert row["raw"] == HEADER + b"X-Enveloped-Subject: the middle\r\n" + ENTITY


def test_text_without_any_field_becomes_no_field(house, vault, tmp_path):
    text = b"\r\nDear Bob, From: is a word here, and this is all there is.\r\n"
    for cipher in ("-aes-256-gcm", "-aes-256-cbc"):
        (row,) = written(house, vault, tmp_path, mail_of(sealed(house, text, cipher)))
        assert row["raw"] == HEADER + text


def test_what_was_hidden_is_in_no_dataset(house, vault, tmp_path):
    inside = b'Subject: 7f1c9d merger\r\nContent-Type: text/plain; hp="cipher"\r\n\r\ntext\r\n'
    inside = crlf(signed(house, inside))
    trust = sb.Trust.load(house.certificate("rsa"))
    opened([mail_of(sealed(house, inside))], vault, tmp_path, trust=trust)
    datasets = ("messages", "signatures", "encryptions", "recipients", "certificates", "errors")
    for dataset in datasets:
        table = pq.read_table(tmp_path / "run" / dataset)
        assert "7f1c9d" not in str(table.to_pylist()), dataset


def test_mail_of_a_run_is_an_input_like_any_other(house, vault, tmp_path):
    mbox = tmp_path / "a.mbox"
    mail = mail_of(sealed(house, ENTITY)).replace(b"\r\n", b"\n")
    mbox.write_bytes(b"From alice Tue Nov 14 12:00:00 2023\n" + mail + b"\n")
    sb.decrypt(mbox, vault=vault, output=tmp_path / "run")
    again = sb.verify(tmp_path / "run" / "mail", output=tmp_path / "again")
    (row,) = again.messages().to_table().to_pylist()
    assert (row["source"], row["source_index"]) == ("a.mbox", 0)
    assert row["mbox_from_date"] is not None


def test_output_around_an_input_is_refused(house, vault, tmp_path):
    opened([mail_of(sealed(house, ENTITY))], vault, tmp_path)
    with pytest.raises(sb.OutputError):
        sb.decrypt(tmp_path / "run/mail", vault=vault, output=tmp_path / "run", overwrite=True)
    with pytest.raises(sb.OptionError):
        sb.decrypt(tmp_path / "run/mail", vault=vault, output=None)
