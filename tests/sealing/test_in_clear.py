"""What stays outside an envelope: nothing of it is text that somebody meant to send."""

from __future__ import annotations

import base64
import pathlib

import pyarrow.parquet as pq
import pytest
from tests.sealing.keyring import ENTITY, HEADER, NOW, Keyring, as_parquet, objects, written

import smimebatch as sb

SECRET = b"SECRET, which stands nowhere in clear"
TO = b"From: alice@sender.example\nTo: bob@reader.example\n"


class Jobs:
    """Jobs for one reader, each in a folder of its own."""

    def __init__(self, keyring: Keyring, folder: pathlib.Path) -> None:
        self._folder = folder
        self._given = {"vault": keyring.vault("p256"), "now": NOW}
        self._to = keyring.certificate("p256")
        self._count = 0

    def _run(self, job, source, **options):
        self._count += 1
        if not isinstance(source, pathlib.Path):
            source = as_parquet(source, self._folder / f"{self._count}.parquet")
        out = self._folder / f"{self._count}"
        return out, job(source, output=out, output_format="parquet", **options, **self._given)

    def sealed(self, source, job=sb.encrypt, **options):
        """Return states and reasons, and what is written."""
        out, run = self._run(job, source, to=self._to, **options)
        said = [(row["state"], row["reason"]) for row in objects(run)]
        return said, [row["raw"] for row in written(out)]

    def opened(self, mails):
        """Return mail without its envelopes."""
        return [row["raw"] for row in written(self.decrypted(mails)[0])]

    def decrypted(self, mails):
        """Return where mail without its envelopes is, and the run."""
        return self._run(sb.decrypt, mails)


@pytest.fixture
def jobs(keyring: Keyring, tmp_path: pathlib.Path) -> Jobs:
    return Jobs(keyring, tmp_path)


@pytest.mark.parametrize(
    "mail",
    [
        b"From: alice@sender.example\rTo: bob@reader.example\r\r" + SECRET + b"\r",
        b"X: y\r\nSubject: x\r\r" + SECRET + b"\r\n",
        b"From ???@??? Mon Jan 01 00:00:00 1996\rFrom: a@b.example\r\r" + SECRET + b"\r",
        TO + b"From x@y Mon Jan  1 00:00:00 2001\n" + SECRET + b": x\n\n",
        TO + b">From x@y Mon Jan  1 00:00:00 2001\n\n" + SECRET + b"\n",
        TO + b"Subject: x\n \nFrom here on " + SECRET + b"\n",
        TO + b"Subject: x\n\t\n>From here on " + SECRET + b"\n",
        b">From here on " + SECRET + b"\n" + TO + b"\n",
        b"From here on,\n " + SECRET + b"\n" + TO + b"\n",
    ],
)
def test_rule_40_text_that_may_be_header_is_neither_left_outside_nor_lost(jobs, mail):
    assert jobs.sealed([mail]) == ([("REFUSED", "header_unreadable")], [])
    said, kept = jobs.sealed([mail], sb.reencrypt)
    assert (said, kept) == ([("SKIPPED", "not_encrypted")], [mail])


def test_mbox_of_bare_cr_is_no_empty_message(jobs, tmp_path):
    archive = tmp_path / "mac.mbox"
    line = b"From a Mon Jan  1 00:00:00 2001\rFrom: a@b.example\r\rtext\r\r"
    archive.write_bytes(line * 2)
    assert jobs.sealed(archive) == ([("REFUSED", "header_unreadable")], [])


def test_from_lines_before_the_header_stay_where_they_are(jobs):
    before = b"From x@y Mon Jan  1 00:00:00 2001\n>From z@y Mon Jan  1 00:00:00 2001\n"
    said, sealed = jobs.sealed([before + TO + b"\n" + SECRET + b"\n"])
    assert said == [("COMMITTED", None)]
    assert sealed[0].startswith(before + TO)
    assert SECRET not in sealed[0]
    (opened,) = jobs.opened(sealed)
    assert opened.startswith(before + TO)
    assert opened.endswith(b"\r\n\r\n" + SECRET + b"\r\n")


def test_rule_40_text_behind_an_envelope_is_not_taken_for_encrypted(jobs):
    _, (sealed,) = jobs.sealed([HEADER + ENTITY])
    footer = sealed + b"\r\n\r\n" + SECRET + b"\r\n"
    assert jobs.sealed([footer]) == ([("REFUSED", "text_behind")], [])
    assert jobs.sealed([sealed]) == ([("SKIPPED", "already_encrypted")], [sealed])


ARMOUR = b"-----BEGIN PKCS7-----\r\n%s\r\n-----END PKCS7-----\r\n"


@pytest.mark.parametrize("encoding", [b"base64", b"7bit"])
def test_rule_40_text_behind_an_armoured_envelope_is_not_taken_for_encrypted(jobs, encoding):
    _, (sealed,) = jobs.sealed([HEADER + ENTITY])
    head, _, lines = sealed.partition(b"\r\n\r\n")
    head = head.replace(b"Encoding: base64", b"Encoding: " + encoding)
    whole = head + b"\r\n\r\n" + ARMOUR % lines.strip()
    footer = whole + b"\r\n" + SECRET + b"\r\n"
    assert jobs.sealed([whole]) == ([("SKIPPED", "already_encrypted")], [whole])
    assert jobs.sealed([footer]) == ([("REFUSED", "text_behind")], [])
    assert jobs.opened([whole])[0].endswith(ENTITY)
    assert jobs.opened([footer]) == [footer], "nothing is lost"


@pytest.mark.parametrize(
    "kind",
    [
        b'multipart/mixed; boundary="abc',
        b"multipart/mixed; boundary=abc (x",
        b'text/plain; charset="utf-8"; x=a"; y=b',
    ],
)
def test_mark_of_a_protection_becomes_no_part_of_something_else(jobs, kind):
    mail = TO + b"Content-Type: " + kind + b"\n\n--abc\n\ntext\n--abc--\n"
    assert jobs.sealed([mail], header_protection=True) == ([("REFUSED", "header_unreadable")], [])
    assert jobs.sealed([mail])[0] == [("COMMITTED", None)]


@pytest.mark.parametrize("line", [b"Content-Type: text/plain\r%s", b"X-A: b\r%s"])
def test_nothing_inside_becomes_a_field_for_readers_that_end_lines_at_a_cr(jobs, keyring, line):
    inside = line % b"From: evil@x.example\rSubject: EVIL" + b"\r\n\r\ntext\r\n"
    mail = enveloped(keyring, inside)
    assert jobs.opened([mail]) == [mail]


def test_rule_26_one_crlf_in_a_header_of_lf_changes_no_line_of_the_text(jobs):
    header = TO + b"X-Form: php\r\nSubject: s\n"
    said, sealed = jobs.sealed([header + b"\none\ntwo\n"])
    assert said == [("COMMITTED", None)]
    (opened,) = jobs.opened(sealed)
    assert opened.endswith(b"\r\n\r\none\r\ntwo\r\n")
    assert b"X-Form: php\r\nSubject: s\n" in opened


def enveloped(keyring: Keyring, content: bytes) -> bytes:
    """Return a mail in which OpenSSL has put octets as they are into an envelope."""
    options = ("cms", "-encrypt", "-binary", "-aes-256-cbc", "-outform", "SMIME", "p256.crt")
    sealed = keyring.openssl(*options, given=content)
    return HEADER.replace(b"MIME-Version: 1.0\r\n", b"") + sealed.replace(b"\n", b"\r\n")


@pytest.mark.parametrize("held", [str(1 << 20), "0"])
@pytest.mark.parametrize(
    "text",
    [
        b"Hi Bob,\r\nplease find the contract attached.\r\n",
        b"Hi Bob,\r\nhere is my number.\r\nTel: 123\r\nFax: 456\r\n",
        b"-----Original Message-----\r\nFrom: a\r\nSent: yesterday\r\nTo: b\r\n\r\ntext\r\n",
        "Jörg, hallo\r\nbis morgen\r\n".encode(),
        "Hallo Herr Müller, danke für die Unterlagen vom Freitag.\r\n".encode("cp1252") * 4,
    ],
)
def test_text_without_a_header_comes_out_as_text(jobs, keyring, tmp_path, monkeypatch, text, held):
    monkeypatch.setenv("SMIMEBATCH_MAIL_HELD_BYTES", held)
    (tmp_path / "a.eml").write_bytes(enveloped(keyring, text))
    out = tmp_path / "out"
    run = sb.decrypt(tmp_path / "a.eml", output=out, vault=keyring.vault("p256"), now=NOW)
    (opened,) = (out / "mail").rglob("*.eml")
    assert opened.read_bytes() == HEADER + b"\r\n" + text
    assert run.totals.errors == 0


def test_envelope_that_opens_and_stays_is_told(jobs, keyring):
    part = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n%s\r\n--b--\r\n"
    whole = enveloped(keyring, ENTITY)
    entity = whole[whole.index(b"Content-Disposition") :]
    mails = [
        enveloped(keyring, b"Note: Bob,\r\nthe contract is attached to this mail.\r\n"),
        enveloped(keyring, b"From here on:\r\n A line for you alone\r\nX-A: 1\r\nX-B: 2\r\n"),
        HEADER + part % entity,
        whole + b"\r\n\r\na footer\r\n",
        whole,
        HEADER + ENTITY,
    ]
    out, run = jobs.decrypted(mails)
    assert [row["opened"] for row in written(out)] == [False] * 4 + [True, False]
    assert [row["raw"] for row in written(out)][:4] == mails[:4]
    errors = pq.read_table(out / "errors").to_pylist()
    assert [row["code"] for row in errors] == ["envelope_kept"] * 4
    no_fields = "lines that are no fields"
    whys = (no_fields, no_fields, "one part of several", "Something follows the envelope")
    for number, (row, why) in enumerate(zip(errors, whys, strict=True)):
        assert row["text"].startswith(f"message {number} is in its envelope still, which opened:")
        assert why in row["text"]
    assert (run.exit_code, run.totals.errors) == (3, 4)


PLACE_OF_SIGNATURE = b"""Content-Type: multipart/signed; boundary=b;
 protocol="application/pkcs7-signature"

--b
Content-Type: text/plain

%s
--b
%s
--b--
"""


def test_rule_35_envelope_in_the_place_of_a_signature_is_not_the_message(jobs, keyring):
    whole = enveloped(keyring, ENTITY)
    entity = whole[whole.index(b"Content-Disposition") :]
    mail = TO + b"MIME-Version: 1.0\n" + PLACE_OF_SIGNATURE % (SECRET, entity)
    ((state, reason),), (text,) = jobs.sealed([mail])
    assert (state, reason) == ("COMMITTED", None)
    assert SECRET not in text
    assert SECRET in jobs.opened([text])[0]
    for job in (sb.reencrypt, sb.rewrap):
        said, kept = jobs.sealed([mail], job)
        assert (said, kept) == ([("REFUSED", "beside_other_parts")], [mail])
    out, run = jobs.decrypted([mail])
    assert [row["raw"] for row in written(out)] == [mail]
    assert run.totals.errors == 1


@pytest.mark.parametrize("held", [str(1 << 20), "0"])
def test_rule_40_two_messages_of_a_missed_boundary_do_not_go_to_the_readers_of_one(
    jobs, keyring, tmp_path, monkeypatch, held
):
    monkeypatch.setenv("SMIMEBATCH_MAIL_HELD_BYTES", held)
    line = b"From x@y Mon Jan  1 00:00:00 2001\n"
    other = b"From: c@d.example\nTo: eve@reader.example\nDate: x\n\n" + SECRET + b"\n"
    archive = tmp_path / "a.mbox"
    first, second = line + TO + b"Date: x\n\nhello\n", line + other
    archive.write_bytes(first + second)  # without the empty line
    table = tmp_path / "table.csv"
    table.write_text(f"bob@reader.example,{keyring.certificate('p256')}\n")
    given = {"recipients": table, "vault": keyring.vault("p256"), "now": NOW}
    said = {}
    for name, options in (("found", {}), ("all", {"to": jobs._to, "recipients": ()})):
        run = sb.encrypt(archive, output=tmp_path / name, **given | options)
        said[name] = [(row["state"], row["reason"]) for row in objects(run)]
    assert said["found"] == [("REFUSED", "boundary_in_doubt")]
    assert said["all"] == [("COMMITTED", None)], "who is named for all reads all"
    archive.write_bytes(first + b"\n" + second)
    table.write_text(table.read_text() + f"eve@reader.example,{keyring.certificate('p384')}\n")
    run = sb.encrypt(archive, output=tmp_path / "cut", **given)
    states = sorted(row["state"] for row in objects(run))
    assert states == ["COMMITTED", "COMMITTED_UNVERIFIED"], "each for its own reader"


def test_length_inside_an_envelope_becomes_no_length_of_the_message(jobs, keyring):
    length = b"content-length: 3\r\n"
    (opened,) = jobs.opened([enveloped(keyring, length + ENTITY)])
    assert b"\r\nX-Enveloped-content-length: 3\r\n" in opened
    said, (sealed,) = jobs.sealed([opened])
    assert said == [("COMMITTED", None)]
    (again,) = jobs.opened([sealed])
    assert b"\r\nX-Enveloped-content-length: 3\r\n" in again


@pytest.mark.parametrize("protection", [False, True])
def test_rule_40_what_lay_inside_an_envelope_goes_inside_the_next(jobs, protection):
    mail = TO + b"Subject: %s\nMIME-Version: 1.0\nContent-Type: text/plain\n\nx\n" % SECRET
    _, (text,) = jobs.sealed([mail], header_protection=True)
    (opened,) = jobs.opened([text])
    assert b"X-Enveloped-Subject: " + SECRET in opened
    said, (text,) = jobs.sealed([opened], header_protection=protection)
    assert said == [("COMMITTED", None)]
    assert SECRET not in text and b"X-Enveloped-" not in text
    (again,) = jobs.opened([text])
    fields = [line for line in opened.splitlines() if line.startswith(b"X-Enveloped-")]
    assert set(fields) <= set(again.splitlines())


def test_rule_40_what_lay_inside_a_large_envelope_goes_inside_the_next(jobs, tmp_path, monkeypatch):
    monkeypatch.setenv("SMIMEBATCH_MAIL_HELD_BYTES", "0")
    mail = TO + b"X-Enveloped-Subject: %s\nMIME-Version: 1.0\n\nx\n" % SECRET
    (tmp_path / "a.eml").write_bytes(mail)
    keyring = jobs._given["vault"]
    out = tmp_path / "out"
    sb.encrypt(tmp_path / "a.eml", output=out, to=jobs._to, vault=keyring, now=NOW)
    (text,) = (out / "mail").rglob("*.eml")
    assert SECRET not in text.read_bytes()
    again = tmp_path / "again"
    sb.decrypt(text, output=again, vault=keyring, now=NOW)
    (opened,) = (again / "mail").rglob("*.eml")
    assert b"X-Enveloped-Subject: " + SECRET in opened.read_bytes()


@pytest.mark.parametrize("held", [str(1 << 20), "0"])
@pytest.mark.parametrize("encoding", [b"binary", b"base64"])
@pytest.mark.parametrize(
    ("behind", "is_text"),
    [(b"\r\n", False), (b"\n\n", False), (bytes(7), False), (b"\0x", True), (b"\r\n-- \r\n", True)],
)
def test_rule_40_what_fills_a_body_up_behind_an_envelope_is_no_text(
    jobs, keyring, tmp_path, monkeypatch, held, encoding, behind, is_text
):
    monkeypatch.setenv("SMIMEBATCH_MAIL_HELD_BYTES", held)
    sealed = enveloped(keyring, ENTITY)
    head, _, lines = sealed.partition(b"\r\n\r\n")
    octets = base64.b64decode(lines) + behind
    body = octets if encoding == b"binary" else base64.encodebytes(octets)
    mail = head.replace(b"Encoding: base64", b"Encoding: " + encoding) + b"\r\n\r\n" + body
    assert mail.count(b"Encoding: " + encoding) == 1
    (tmp_path / "a.eml").write_bytes(mail)
    given = {"vault": keyring.vault("p256"), "now": NOW}

    def made(job, **options):
        out = tmp_path / job.__name__
        run = job(tmp_path / "a.eml", output=out, **given, **options)
        (text,) = [path.read_bytes() for path in (out / "mail").rglob("*.eml")] or [None]
        said = [] if job is sb.decrypt else objects(run)
        return [(row["state"], row["reason"]) for row in said], text

    _, opened = made(sb.decrypt)
    assert (opened == mail) is is_text
    assert is_text or opened.endswith(ENTITY)
    for job in (sb.reencrypt, sb.rewrap):
        said, text = made(job, to=jobs._to)
        assert said == ([("REFUSED", "text_behind")] if is_text else [("COMMITTED", None)])
        assert (text == mail) is is_text
    said, _ = made(sb.encrypt, to=jobs._to)
    assert said == [("REFUSED", "text_behind") if is_text else ("SKIPPED", "already_encrypted")]
