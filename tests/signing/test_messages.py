"""What of a message is signed: nothing that a relay changes, or that says something else."""

from __future__ import annotations

import email
import email.policy

import pytest
from tests.sealing.keyring import NOW, objects
from tests.signing.keyring import HEADER, PLAIN, signed, verified, verified_by

import smimebatch as sb

FIELDS = HEADER + b"MIME-Version: 1.0\n"
MULTIPART = FIELDS + (
    b"Content-Type: multipart/mixed; \n boundary=inner\nContent-Transfer-Encoding: 8bit\n\n"
    b"--inner\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
    b"Many gr\xc3\xbc\xc3\x9fe from far away, \n-- \n\n--inner\nContent-Type: application/x\n"
    b"Content-Transfer-Encoding: base64\n\nAAEC\n--inner--\n"
)
FRAGILE = {
    "8bit": b"Gr\xfc\xdfe\n",
    "trailing blank": b"-- \nAlice\n",
    "From ": b"\nFrom me to you\n",
    "long": b"x" * 1200 + b"\n",
    "lone CR": b"a\rb\n",
    "NUL": b"a\0b\n",
    "no end": b"the end is missing ",
    "empty": b"",
}


def text_of(mail: bytes) -> bytes:
    """Return what a reader gets of the only text in a signed mail."""
    part = email.message_from_bytes(mail).get_payload()[0]
    octets: bytes = part.get_payload(decode=True)
    return octets


@pytest.mark.parametrize("kind", FRAGILE)
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_fragile_text_is_encoded_and_says_the_same(signers, tmp_path, kind, end):
    body = FRAGILE[kind]
    mail = (HEADER + b"\n" + body).replace(b"\n", end)
    rows, said = signed(signers, [mail], tmp_path, "p256")
    assert (said[0]["state"], said[0]["reason"]) == ("COMMITTED", None)
    assert bool(said[0]["transfer_encoded"]) == (kind != "empty")
    raw = rows[0]["raw"]
    assert max(map(len, raw.split(b"\n"))) < 1000 and raw.isascii() and b"\0" not in raw
    lines = raw.replace(b"\r\n", b"\n").split(b"\n")
    body_lines = lines[lines.index(b"") :]
    assert not any(line.startswith(b"From ") or line[-1:] in (b" ", b"\t") for line in body_lines)
    assert text_of(raw).replace(b"\r\n", b"\n") == body
    (message,) = verified(signers, [raw], tmp_path).messages().to_table().to_pylist()
    assert (message["indication"], message["coverage"]) == ("TOTAL_PASSED", "full")
    verified_by("openssl", signers, raw, tmp_path)


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_leaf_parts_are_encoded_each_for_itself(signers, tmp_path, end):
    rows, said = signed(signers, [MULTIPART.replace(b"\n", end)], tmp_path, "p256")
    assert said[0]["state"] == "COMMITTED"
    assert said[0]["transfer_encoded"] == ["1 quoted-printable"]
    inner = email.message_from_bytes(rows[0]["raw"]).get_payload()[0]
    text, other = inner.get_payload()
    assert (
        text.get_payload(decode=True).replace(b"\r\n", b"\n")
        == "Many grüße from far away, \n-- \n".encode()
    )
    assert other.get_payload(decode=True) == b"\0\1\2"
    assert inner["Content-Transfer-Encoding"] == "7bit"
    verified_by("openssl", signers, rows[0]["raw"], tmp_path)


FOREIGN = {
    "a message": b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n"
    b"\nFrom: x@y.example\n\nGr\xfc\xdfe\n--b--\n",
    "a field": b"Content-Type: text/plain; name=\xfc\n\nx\n",
    "a preamble": b"Content-Type: multipart/mixed; boundary=b\n\n\xfc\n--b\n\nx\n--b--\n",
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_what_cannot_be_encoded_is_signed_in_one_piece(signers, tmp_path, kind):
    mail = FIELDS + FOREIGN[kind]
    rows, said = signed(signers, [mail, PLAIN], tmp_path, "p256")
    assert [(it["state"], it["reason"]) for it in said] == [
        ("COMMITTED", "made_opaque"),
        ("COMMITTED", None),
    ]
    entity = FOREIGN[kind].replace(b"\n", b"\r\n")
    assert verified_by("openssl", signers, rows[0]["raw"], tmp_path) == entity


def test_opaque_needs_no_encoding(signers, tmp_path):
    rows, said = signed(signers, [MULTIPART], tmp_path, "p256", opaque=True)
    assert (said[0]["reason"], said[0]["transfer_encoded"]) == (None, [])
    content = MULTIPART[len(FIELDS) :].replace(b"\n", b"\r\n")
    assert verified_by("openssl", signers, rows[0]["raw"], tmp_path) == content


def test_relays_that_change_what_they_may_break_nothing(signers, tmp_path):
    """Line ends, trailing blanks, `From ` in an mbox."""
    mails = [HEADER + b"\n" + body for body in FRAGILE.values() if body] + [MULTIPART]
    rows, _ = signed(signers, mails, tmp_path, "p256")
    relayed = []
    for row in rows:
        head, _, body = row["raw"].partition(b"\n\n")
        lines = [line.rstrip(b" \t") for line in body.split(b"\n")]
        lines = [b">" + line if line.startswith(b"From ") else line for line in lines]
        relayed.append((head + b"\n\n" + b"\n".join(lines)).replace(b"\n", b"\r\n"))
    run = verified(signers, relayed, tmp_path)
    assert run.totals.indications == {"TOTAL_PASSED": len(mails)}


def test_signed_mail_is_left_or_signed_around(signers, tmp_path):
    rows, _ = signed(signers, [PLAIN], tmp_path / "first", "rsa")
    clear = rows[0]["raw"]
    rows, _ = signed(signers, [PLAIN], tmp_path / "second", "rsa", opaque=True)
    mails = [clear, rows[0]["raw"]]
    rows, said = signed(signers, mails, tmp_path / "left", "p256")
    assert [(it["state"], it["reason"]) for it in said] == [("SKIPPED", "already_signed")] * 2
    assert [row["raw"] for row in rows] == mails
    rows, said = signed(signers, mails, tmp_path / "again", "p256", resign=True)
    assert [(it["state"], it["signatures_equal"]) for it in said] == [("COMMITTED", True)] * 2
    run = verified(signers, [row["raw"] for row in rows], tmp_path)
    assert run.totals.indications == {"TOTAL_PASSED": 2}
    found = run.signatures().to_table().to_pylist()
    assert sorted((it["layer_path"], it["key_algorithm"]) for it in found) == [
        ("signed", "ec"),
        ("signed", "ec"),
        ("signed>signed", "rsa"),
        ("signed>signed", "rsa"),
    ]


def test_encrypted_and_foreign_mail_is_left_as_it_is(signers, tmp_path):
    pgp = FIELDS + b"Content-Type: multipart/encrypted; boundary=b\n\n--b\n\nx\n--b--\n"
    other = FIELDS + b"Content-Type: multipart/signed; boundary=b\n\n--b\n\nx\n--b--\n"
    broken = b"From: alice@sender.example\nno field\n\nx\n"
    # Readers take a message that is all that was signed for the one with its header (RFC 8551 3.1).
    wrapping = FIELDS + b"Content-Type: message/rfc822\n\nFrom: x@y.example\n\nx\n"
    rows, said = signed(signers, [pgp, other, broken, wrapping, None], tmp_path, "p256")
    assert [(it["state"], it["reason"]) for it in said] == [
        ("SKIPPED", "already_encrypted"),
        ("SKIPPED", "already_signed"),
        ("REFUSED", "header_unreadable"),
        ("REFUSED", "not_covered"),
        ("REFUSED", "unreadable"),
    ]
    assert [row["raw"] for row in rows] == [pgp, other, broken, wrapping]


def test_boundary_is_not_in_the_text(signers, tmp_path):
    rows, _ = signed(signers, [PLAIN], tmp_path / "first", "rsa")
    boundary = email.message_from_bytes(rows[0]["raw"]).get_boundary().encode()
    mail = HEADER + b"\n--" + boundary + b"\n--" + boundary + b"--\n"
    rows, said = signed(signers, [mail], tmp_path, "rsa")
    assert said[0]["state"] == "COMMITTED"
    verified_by("openssl", signers, rows[0]["raw"], tmp_path)


def test_two_messages_of_a_missed_boundary_are_not_signed_for_the_author_of_one(signers, tmp_path):
    line = b"From x@y Mon Jan  1 00:00:00 2001\n"
    archive = tmp_path / "a.mbox"
    archive.write_bytes(line + PLAIN + line + b"From: eve@e.example\nDate: x\n\nmine\n")
    given = {"signer": signers.vault("rsa"), "now": NOW}
    run = sb.sign(archive, output=tmp_path / "out", **given)
    assert [(row["state"], row["reason"]) for row in objects(run)] == [
        ("REFUSED", "boundary_in_doubt")
    ]
