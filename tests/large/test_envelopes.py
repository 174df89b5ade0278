"""Messages above what is held: decrypted, encrypted and encrypted anew piece by piece."""

from __future__ import annotations

import base64
import mailbox
import os
import pathlib
import subprocess
from contextlib import closing

import pyarrow.parquet as pq
import pytest
from tests.large.conftest import HELD_BYTES, SECRET, large
from tests.mail_formats.written import findings, read
from tests.sealing.keyring import objects
from tests.signing.keyring import Signers

import smimebatch as sb
from smimebatch.sinks.mail_tree import EmlTree
from smimebatch.sinks.mbox_mail import Found
from smimebatch.sources.spools import Spool, Spools
from smimebatch.sources.stored import StoredRange

CIPHERS = ("aes256-gcm", "aes128-cbc", "chacha20-poly1305", "aes192-ccm")
EPOCH = b"From MAILER-DAEMON Thu Jan  1 00:00:00 1970\n"


def files(out: pathlib.Path) -> list[bytes]:
    """Return the messages of a run that wrote EML files, in order."""
    names = sorted((out / "mail").glob("part-*/*.eml"))
    return [name.read_bytes() for name in names]


def table(out: pathlib.Path, dataset: str) -> list[dict[str, object]]:
    """Return the rows of a dataset."""
    return [
        row for part in sorted((out / dataset).iterdir()) for row in pq.read_table(part).to_pylist()
    ]


def body_of(mail: bytes) -> bytes:
    """Return the object that is the body of a mail."""
    return base64.b64decode(mail.replace(b"\r\n", b"\n").partition(b"\n\n")[2])


@pytest.fixture(scope="module")
def held(house, tmp_path_factory):
    """The messages encrypted and decrypted again as they are held."""
    folder = tmp_path_factory.mktemp("held")
    sb.encrypt(house.folder / "eml", to=house.to(), output=folder / "e", **house.options("rsa"))
    sb.decrypt(folder / "e" / "mail", output=folder / "d", **house.options("rsa"))
    assert [row["state"] for row in table(folder / "e", "objects")] == ["COMMITTED"] * 5
    return folder


@pytest.mark.usefixtures("little_held")
@pytest.mark.parametrize("content", CIPHERS)
def test_encrypted_piece_by_piece_is_what_is_encrypted_at_once(house, held, tmp_path, content):
    run = sb.encrypt(
        house.folder / "eml",
        to=house.to(),
        content=content,
        output=tmp_path / "e",
        **house.options("rsa"),
    )
    rows = objects(run)
    assert [row["state"] for row in rows] == ["COMMITTED"] * 5
    assert all(row["content_equal"] for row in rows)
    assert [row["signatures_equal"] for row in rows] == [True, None, None, True, None]
    decrypted = sb.decrypt(tmp_path / "e" / "mail", output=tmp_path / "d", **house.options("rsa"))
    assert decrypted.totals.errors == 0
    assert files(tmp_path / "d") == files(held / "d")
    status = [row["decrypt_status"] for row in table(tmp_path / "d", "encryptions")]
    assert status == ["decrypted"] * 5
    messages = table(tmp_path / "d", "messages")
    assert [row["limits_hit"] == ["message_bytes"] for row in messages] == [
        False,
        True,
        True,
        False,
        True,
    ]
    assert messages[1]["indication"] == "NOT_EVALUATED"
    lengths = {
        len(a) - len(b) for a, b in zip(files(tmp_path / "e"), files(held / "e"), strict=True)
    }
    assert content != "aes256-gcm" or lengths <= {-4, -1, 0, 1, 4}, "the same octets but for keys"


@pytest.mark.usefixtures("little_held")
@pytest.mark.parametrize("content", ["aes128-cbc", "aes256-gcm"])
def test_openssl_opens_what_is_encrypted_piece_by_piece(house, held, tmp_path, content):
    sb.encrypt(
        house.folder / "eml",
        to=house.to(),
        content=content,
        output=tmp_path / "e",
        **house.options("rsa"),
    )
    der = tmp_path / "object.der"
    der.write_bytes(body_of(files(tmp_path / "e")[1]))
    opened = house.keyring.openssl(
        *("cms", "-decrypt", "-inform", "DER", "-in", str(der), "-inkey", "rsa.key")
    )
    assert SECRET in opened
    assert opened.partition(b"\r\n\r\n")[2] == files(held / "d")[1].partition(b"\r\n\r\n")[2] or (
        opened.partition(b"\r\n\r\n")[2] in files(held / "d")[1]
    )


def made_by_openssl(house, text, *options, cipher="-aes-256-cbc"):
    what = ("cms", "-encrypt", cipher, "-binary", "-outform", "DER", "-recip", "rsa.crt")
    return house.keyring.openssl(*what, *options, given=text)


def as_mail(der: bytes, line_end: bytes = b"\n") -> bytes:
    head = (
        b"From: a@b.example\nSubject: theirs\nMIME-Version: 1.0\n"
        b'Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"\n'
        b"Content-Transfer-Encoding: base64\n\n"
    )
    return (head + base64.encodebytes(der)).replace(b"\n", line_end)


def both_ways(house, mails, tmp_path, monkeypatch):
    """Return what comes of mails held and not held."""
    folder = tmp_path / "theirs"
    folder.mkdir()
    for number, mail in enumerate(mails):
        (folder / f"{number:02d}.eml").write_bytes(mail)
    found = []
    for name in ("held", "large"):
        if name == "large":
            monkeypatch.setenv("SMIMEBATCH_MAIL_HELD_BYTES", str(HELD_BYTES))
        run = sb.decrypt(folder, output=tmp_path / name, **house.options("rsa"))
        status = [row["decrypt_status"] for row in table(tmp_path / name, "encryptions")]
        errors = [(row["code"], row["text"]) for row in table(tmp_path / name, "errors")]
        assert run.totals.errors == len(errors)
        found.append((status, files(tmp_path / name), errors))
    return found


@pytest.mark.parametrize("cipher", ["-aes-256-cbc", "-des3", "-aes-128-gcm", "-camellia128"])
def test_envelopes_of_openssl_open_as_those_that_are_held(house, tmp_path, monkeypatch, cipher):
    text = large(7, b"\r\n")
    mails = [
        as_mail(made_by_openssl(house, text, cipher=cipher)),
        as_mail(made_by_openssl(house, text, "-stream", cipher=cipher), b"\r\n"),
        as_mail(made_by_openssl(house, text, "-keyopt", "rsa_padding_mode:oaep", cipher=cipher)),
    ]
    held, streamed = both_ways(house, mails, tmp_path, monkeypatch)
    assert streamed == held
    assert held[0] == ["decrypted"] * 3
    assert all(SECRET in mail for mail in held[1])
    assert held[2] == []


@pytest.mark.parametrize("cipher", ["-aes-256-cbc", "-aes-128-gcm"])
def test_rule_33_damaged_envelope_fails_as_one_that_is_held(house, tmp_path, monkeypatch, cipher):
    text = large(7, b"\r\n")
    whole = made_by_openssl(house, text, cipher=cipher)
    stream = made_by_openssl(house, text, "-stream", cipher=cipher)
    other = bytearray(whole)
    other[len(whole) - 5] ^= 1
    early = bytearray(whole)
    early[len(whole) // 2] ^= 1
    mails = [
        as_mail(whole),
        as_mail(whole[: len(whole) // 2]),
        as_mail(stream[: len(stream) // 2]),
        as_mail(bytes(other)),
        as_mail(bytes(early)) if cipher == "-aes-128-gcm" else as_mail(whole),
        as_mail(whole + b"behind"),
        as_mail(whole).replace(b"\n\n", b"\n\n!!!!", 1),
        as_mail(whole) + b"\nA list's footer.\n",
    ]
    held, streamed = both_ways(house, mails, tmp_path, monkeypatch)
    assert streamed == held
    assert held[0][0] == "decrypted"
    assert held[0][1:4] == ["failed"] * 3
    assert [code for code, _ in held[2]] == ["envelope_kept"] * 3


@pytest.mark.usefixtures("little_held")
@pytest.mark.parametrize("job", ["reencrypt", "rewrap"])
def test_new_recipients_get_the_same_text_and_no_disk_does(house, held, tmp_path, monkeypatch, job):
    spooled = []
    write = Spool.write
    monkeypatch.setattr(
        Spool,
        "write",
        lambda spool, piece: (spooled.append(SECRET in piece), write(spool, piece))[1],
    )
    run = getattr(sb, job)(
        held / "e" / "mail",
        to=house.to("p256"),
        output=tmp_path / "r",
        **house.options("rsa", "p256"),
    )
    assert [row["state"] for row in objects(run)] == ["COMMITTED"] * 5
    assert len(spooled) > 3 and not any(spooled)
    monkeypatch.setattr(Spool, "write", write)
    sb.decrypt(tmp_path / "r" / "mail", output=tmp_path / "d", **house.options("p256"))
    assert files(tmp_path / "d") == files(held / "d")


@pytest.mark.usefixtures("little_held")
def test_message_without_a_key_is_written_as_it_is(house, held, tmp_path):
    run = sb.reencrypt(
        held / "e" / "mail", to=house.to("p256"), output=tmp_path / "r", **house.options("p256")
    )
    rows = objects(run)
    assert [(row["state"], row["reason"]) for row in rows] == [("REFUSED", "no_key")] * 5
    assert files(tmp_path / "r") == files(held / "e")


@pytest.mark.usefixtures("little_held")
def test_change_on_the_disk_takes_out_the_message_alone(house, tmp_path, monkeypatch):
    put = EmlTree.put_large

    def put_and_change(tree, row, octets, *, as_stored):
        lies = put(tree, row, octets, as_stored=as_stored)
        if row["source"] == "1.eml":
            with open(tree._path + lies.file, "r+b") as file:
                file.seek(octets.length // 2)
                octet = file.read(1)
                file.seek(octets.length // 2)
                file.write(b"A" if octet != b"A" else b"B")
        return lies

    monkeypatch.setattr(EmlTree, "put_large", put_and_change)
    run = sb.encrypt(
        house.folder / "eml", to=house.to(), output=tmp_path / "e", **house.options("rsa")
    )
    states = [(row["state"], row["reason"]) for row in objects(run)]
    assert states == [
        ("COMMITTED", None),
        ("REFUSED", "proof_failed"),
        ("COMMITTED", None),
        ("COMMITTED", None),
        ("COMMITTED", None),
    ]
    assert len(files(tmp_path / "e")) == 4


@pytest.mark.usefixtures("little_held")
def test_mbox_of_large_messages_goes_round(house, held, tmp_path):
    archive = tmp_path / "a.mbox"
    archive.write_bytes(b"".join(EPOCH + mail + b"\n" for mail in files(held / "e")))
    sb.decrypt(archive, output=tmp_path / "d", **house.options("rsa"))
    (part,) = (tmp_path / "d" / "mail").glob("*.mbox")
    assert b"\n>From here on" in part.read_bytes()
    with closing(mailbox.mbox(part)) as box:
        assert len(box) == 5
    again = sb.encrypt(
        tmp_path / "d" / "mail", to=house.to(), output=tmp_path / "e", **house.options("rsa")
    )
    assert [row["state"] for row in objects(again)] == ["COMMITTED"] * 5
    sb.decrypt(
        tmp_path / "e" / "mail", output=tmp_path / "f", output_format="eml", **house.options("rsa")
    )
    assert files(tmp_path / "f") == files(held / "d")


@pytest.mark.usefixtures("little_held")
def test_large_message_that_the_reader_of_its_mbox_does_not_find_is_told(
    house, held, tmp_path, monkeypatch
):
    until, missed = Found.until, b"Subject: number 1\n"

    def until_but_one(reader, last):
        for place, octets in until(reader, last):
            if isinstance(octets, bytes) or missed not in octets.read_at(0, 500):
                yield place, octets

    monkeypatch.setattr(Found, "until", until_but_one)
    options = {"output_format": "mbox", **house.options("rsa")}
    run = sb.decrypt(held / "e" / "mail", output=tmp_path / "a", **options)
    assert (run.totals.mail_in_index, run.totals.errors) == (1, 0), "the index has room for it"
    assert [row["raw"] for row in read(tmp_path / "a" / "mail")] == files(held / "d")

    monkeypatch.setattr("smimebatch.sinks.indexed_mail.MESSAGE_HELD_BYTES", HELD_BYTES)
    run = sb.decrypt(held / "e" / "mail", output=tmp_path / "g", **options)
    (error,) = table(tmp_path / "g", "errors")
    assert (error["code"], run.totals.errors, run.exit_code) == ("message_too_large", 1, 3)
    assert "is not in mail/: no file of the format can hold it" in error["text"]
    expected = [octets if missed not in octets[:500] else None for octets in files(held / "d")]
    assert expected.count(None) == 1
    assert [row["raw"] for row in read(tmp_path / "g" / "mail")] == expected
    assert findings(tmp_path / "g") == []


@pytest.mark.usefixtures("little_held")
def test_message_in_clear_that_is_not_held_is_written_as_it_is(house, tmp_path):
    run = sb.decrypt(house.folder / "eml", output=tmp_path / "d", **house.options("rsa"))
    assert files(tmp_path / "d") == house.clear
    assert run.totals.errors == 0


def test_parquet_holds_what_it_writes_and_says_what_does_not(house, tmp_path, monkeypatch):
    monkeypatch.setattr("smimebatch.sources.eml.MESSAGE_HELD_BYTES", HELD_BYTES)
    run = sb.decrypt(
        house.folder / "eml", output=tmp_path / "d", output_format="parquet", **house.options("rsa")
    )
    assert run.totals.errors == 3
    errors = table(tmp_path / "d", "errors")
    assert {row["code"] for row in errors} == {"message_too_large"}
    assert all("--output-format eml" in row["text"] for row in errors)


@pytest.mark.usefixtures("little_held")
def test_interrupted_run_goes_on_and_leaves_nothing(house, held, tmp_path, monkeypatch):
    written, calls = Spools.written, []

    def stopped(spools, engine, row, stored):
        calls.append(row)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return written(spools, engine, row, stored)

    monkeypatch.setattr(Spools, "written", stopped)
    options = house.options("rsa") | {"unit_messages": 1, "jobs": 1}
    with pytest.raises(KeyboardInterrupt):
        sb.decrypt(held / "e" / "mail", output=tmp_path / "d", **options)
    left = [name for _, _, names in os.walk(tmp_path / "d") for name in names]
    assert not [name for name in left if name.startswith(".large-")]
    monkeypatch.setattr(Spools, "written", written)
    sb.decrypt(held / "e" / "mail", output=tmp_path / "d", **options)
    assert files(tmp_path / "d") == files(held / "d")


@pytest.mark.usefixtures("little_held")
def test_dry_run_says_what_the_run_does(house, held, tmp_path):
    planned = sb.reencrypt(
        held / "e" / "mail", to=house.to("p256"), dry_run=True, **house.options("rsa")
    ).planned
    assert (planned.messages, planned.opened, planned.states) == (5, 5, {"WRITTEN": 5})
    assert planned.octets > 2 * 2_300_000


@pytest.mark.usefixtures("little_held")
def test_full_disk_stops_the_run(house, held, tmp_path, monkeypatch):
    def full(spool, piece):
        spool.failure = OSError(28, "No space left on device")
        raise spool.failure

    monkeypatch.setattr(Spool, "write", full)
    with pytest.raises(sb.SmimeBatchError, match="No space left"):
        sb.decrypt(held / "e" / "mail", output=tmp_path / "d", **house.options("rsa"))


@pytest.mark.usefixtures("little_held")
def test_full_temporary_folder_stops_the_reader_and_is_no_change_of_the_mail(
    house, held, tmp_path, monkeypatch
):
    """What an mbox had to quote is copied to be read."""
    archive = tmp_path / "a.mbox"
    archive.write_bytes(b"".join(EPOCH + mail + b"\n" for mail in files(held / "e")))
    sb.decrypt(archive, output=tmp_path / "d", **house.options("rsa"))

    def full(spool, piece):
        spool.failure = OSError(28, "No space left on device")
        raise spool.failure

    monkeypatch.setattr(Spool, "write", full)
    with pytest.raises(sb.SmimeBatchError, match="No space left"):
        sb.encrypt(
            tmp_path / "d" / "mail", to=house.to(), output=tmp_path / "e", **house.options("rsa")
        )


def test_range_of_a_file_that_lost_its_end_is_no_message(tmp_path):
    from smimebatch.sources.spools import pieces_of

    path = tmp_path / "short"
    path.write_bytes(b"short")
    with pytest.raises(OSError, match="gone"):
        list(pieces_of(StoredRange(os.open(path, os.O_RDONLY), 0, 9)))


@pytest.mark.usefixtures("little_held")
def test_large_mail_that_is_signed_over_lf_is_told(house, tmp_path):
    """Its new envelope has CRLF, which breaks the signature; of what is held that is refused."""
    signers = Signers(tmp_path)
    signers.add("rsa")
    text = b"Content-Type: text/plain\n\n" + b"a line of text\n" * (HELD_BYTES // 10)
    signed = subprocess.run(
        ("openssl", "cms", "-sign", "-binary", "-signer", "rsa.crt", "-inkey", "rsa.key"),
        input=text,
        cwd=tmp_path,
        capture_output=True,
        check=True,
    ).stdout
    (tmp_path / "in").mkdir()
    mail = b"From: a@b.example\nSubject: x\n" + signed.replace(b"\r\n", b"\n")
    (tmp_path / "in" / "a.eml").write_bytes(mail)
    run = sb.encrypt(tmp_path / "in", to=house.to(), output=tmp_path / "e", **house.options("rsa"))
    (said,) = objects(run)
    assert (said["state"], said["reason"]) == ("COMMITTED_UNVERIFIED", "not_compared")
    assert (said["content_equal"], said["signatures_equal"]) == (True, None)


INNER = {
    "as what it is": lambda mail: mail,
    "as something signed": lambda mail: mail.replace(b"enveloped-data", b"signed-data"),
    "as a signature": lambda mail: mail.replace(
        b'pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"',
        b'pkcs7-signature; name="smime.p7s"',
    ),
    "behind empty lines": lambda mail: mail.replace(b"\n\n", b"\n" * 40, 1),
}


@pytest.mark.parametrize("said", INNER)
def test_envelope_inside_a_large_one_is_told(house, tmp_path, monkeypatch, said):
    """Nobody opens it, so that it stays for whom it was for; its header may say what it likes."""
    inner = INNER[said](as_mail(made_by_openssl(house, large(7, b"\r\n"))))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.eml").write_bytes(as_mail(made_by_openssl(house, inner)))
    ends = []
    for name in ("held", "large"):
        if name == "large":
            monkeypatch.setenv("SMIMEBATCH_MAIL_HELD_BYTES", str(HELD_BYTES))
        run = sb.reencrypt(
            tmp_path / "in",
            to=house.to("p256"),
            output=tmp_path / name,
            **house.options("rsa", "p256"),
        )
        ends.append([(row["state"], row["reason"]) for row in objects(run)])
    assert ends == [[("COMMITTED", None)], [("COMMITTED_UNVERIFIED", "inner_envelope")]]
    again = sb.rewrap(
        tmp_path / "in", to=house.to("p256"), output=tmp_path / "w", **house.options("rsa", "p256")
    )
    assert [row["state"] for row in objects(again)] == ["COMMITTED"], "that is all rewrap does"
