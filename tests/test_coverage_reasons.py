"""docs/design/16: what a signature over unopened content is not worth, and what stays as good as it
was; words for what was cut off, capped, or never asked for.
"""

from __future__ import annotations

import base64
from typing import Any

import cms
import der
import mime
import pyarrow as pa
import pytest
from cryptography import x509
from tests.attacks.catalogue import envelope
from tests.attacks.unopened import compressed, digested_data, encrypted_data
from world import World

import contract
import made
import smimebatch as sb

TEXT = made.TEXT
OCTETS = (
    b"Content-Type: application/octet-stream; name=%s\r\nContent-Transfer-Encoding: base64\r\n"
    b"Content-Disposition: attachment; filename=%s\r\n\r\n"
)


def attached(name: bytes, octets: bytes) -> bytes:
    """A file of octets."""
    return OCTETS % (name, name) + mime.encoded(octets)


def envelope_octets(world: World) -> bytes:
    return base64.b64decode(envelope(world).split(b"\r\n\r\n", 1)[1])


def signed_pdf(world: World) -> bytes:
    """CAdES over a document, as certified mail has it."""
    return cms.signed(world.bob, b"%PDF-1.4\n1 0 obj\n", detached=False)


def judged_split(world: World, raw: bytes, suspicious: bool = True) -> tuple[made.Row, list]:
    """Verify what an mbox source doubts."""
    batch = contract.record_batch([raw])
    batch = batch.append_column("split_suspicious", pa.array([suspicious]))
    trust = sb.Trust.from_certificates([x509.load_pem_x509_certificate(world.root.pem)])
    found = sb.verify_batch(batch, trust=trust, now=contract.NOW)
    return contract.rows(found.messages)[0], contract.rows(found.signatures)


# What stays good ---------------------------------------------------------------------------------


def ordinary(world: World, what: str) -> bytes:
    """The entity that Alice signs."""
    pgp = b"-----BEGIN PGP SIGNATURE-----\r\n\r\nabcd\r\n-----END PGP SIGNATURE-----\r\n"
    quoted = b"> -----BEGIN PGP MESSAGE-----\r\n> abcd\r\n"
    parts = {
        "cades": attached(b"contract.pdf.p7m", signed_pdf(world)),
        "cades_by_type": mime.opaque(signed_pdf(world), name=b"contract.pdf.p7m"),
        "certificates": mime.opaque(
            cms.signed_data(certificates=cms.carried(world.bob)),
            smime_type=b"certs-only",
            name=b"bob.p7c",
        ),
        "old_signature": mime.SIGNATURE_HEADERS
        + b"\r\n"
        + mime.encoded(cms.signed(world.bob, b"something else")),
        "broken_signature": mime.SIGNATURE_HEADERS + b"\r\n" + mime.encoded(b"\x30\x05garba"),
        "signed_part": mime.clear_signed(TEXT, cms.signed(world.bob, TEXT), boundary=b"=-bob"),
        "broken_signed_part": mime.clear_signed(TEXT, b"\x30\x05garba", boundary=b"=-bob"),
        "encrypted_file": attached(b"payslip.p7m", envelope_octets(world)),
        "broken_file": attached(b"payslip.p7m", b"\x30\x05garba"),
        "pgp_key": mime.plain(pgp.replace(b"SIGNATURE", b"PUBLIC KEY BLOCK")),
        "pgp_signature": mime.plain(pgp),
        "pgp_quoted": mime.plain(quoted),
        "compressed": compressed(TEXT),
        "forwarded": mime.enclosed(mime.header_block("bob@example.org") + TEXT),
        "octets": attached(b"data.bin", envelope_octets(world)),
    }
    return mime.multipart(TEXT, parts[what])


ORDINARY = [
    "cades",
    "cades_by_type",
    "certificates",
    "old_signature",
    "broken_signature",
    "signed_part",
    "broken_signed_part",
    "encrypted_file",
    "broken_file",
    "pgp_key",
    "pgp_signature",
    "pgp_quoted",
    "compressed",
    "forwarded",
    "octets",
]


@pytest.mark.parametrize("what", ORDINARY)
def test_rule_28_ordinary_part_beside_text_inside_a_signature_stays_good(
    what: str, world: World
) -> None:
    message, _ = made.judged(world, made.clear_signed(world, ordinary(world, what)))
    verdict = message["indication"], message["coverage"], message["reasons"]
    assert verdict == ("TOTAL_PASSED", "full", [])


@pytest.mark.parametrize(
    "header",
    [
        b"Content-Type: application/pkcs7-signature\r\n",
        b"Content-Type: application/x-pkcs7-signature; name=smime.p7s\r\n",
        b"Content-Type: application/pkcs7-signature; name=ATT00001\r\n",
        b"Content-Type: application/pkcs7-mime; name=smime.p7m\r\n",
        b"Content-Type: application/octet-stream\r\n",
        b'Content-Type: application/octet-stream; name="=?utf-8?q?smime=2Ep7s?="\r\n',
        b"Content-Type: application/pkcs7-signature\r\nContent-Disposition: attachment\r\n",
    ],
)
def test_rule_28_signature_under_its_usual_names_is_not_shown(header: bytes, world: World) -> None:
    headers = header + b"Content-Transfer-Encoding: base64\r\n"
    entity = mime.clear_signed(TEXT, cms.signed(world.ec, TEXT), signature_headers=headers)
    message, _ = made.judged(world, mime.lf(mime.header_block(subject="made") + entity))
    assert (message["indication"], message["coverage"]) == ("TOTAL_PASSED", "full")


def test_fold_2_deeper_signature_decides_and_the_layer_around_ciphertext_does_not(
    world: World,
) -> None:
    """What Alice signed and encrypted, signed again: each row says what it is worth."""
    entity = mime.multipart(TEXT, envelope(world))
    inner = mime.clear_signed(entity, cms.signed(world.ec, entity), boundary=b"=-in")
    message, rows = made.judged(world, made.clear_signed(world, inner))
    assert message["reasons"] == ["signed_ciphertext_only"]
    assert [row["reasons"] for row in rows] == [["signed_ciphertext_only"]] * 2
    assert [row["indication"] for row in rows] == ["INDETERMINATE"] * 2


def test_protected_sender_inside_compression_is_compared_too(world: World) -> None:
    """RFC 8551 §3.1 with CompressedData between: both From fields must be the signer's."""
    for sender, indication in (("alice@example.org", "TOTAL_PASSED"), ("bob@example.org", None)):
        whole = mime.enclosed(mime.header_block(sender, "made") + TEXT)
        message, _ = made.judged(world, made.clear_signed(world, compressed(whole)))
        assert message["header_protection"] == "wrapped"
        assert message["indication"] == (indication or "INDETERMINATE")
        assert ("address_mismatch" in message["reasons"]) == (indication is None)


# Words -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", ["in_text", "before_signature"])
def test_rule_29_mail_cut_before_its_signature_has_not_failed_for_good(
    cut: str, world: World
) -> None:
    raw = made.clear_signed(world)
    at = raw.index(b"this text") if cut == "in_text" else raw.rindex(b"Content-Type") - 19
    message, (row,) = judged_split(world, raw[:at])
    assert row["crypto_result"] == "content_missing"
    assert (message["indication"], message["sub_indication"], message["kind"]) == (
        "INDETERMINATE",
        "SIGNED_DATA_NOT_FOUND",
        "signed",
    )
    assert message["layers"] == "signed(detached)"
    assert message["flags"] == ["split_suspicious"]
    # Where nothing was cut, a mail without its signature is no mail anybody signed.
    message, (row,) = judged_split(world, raw[:at], suspicious=False)
    assert (row["crypto_result"], message["sub_indication"]) == ("malformed", "FORMAT_FAILURE")


def test_rule_29_whole_mail_without_signature_part_stays_malformed(world: World) -> None:
    """It ends as it should: nothing of it is elsewhere."""
    raw = made.clear_signed(world)
    first, _, rest = raw.partition(b"--=-signed-boundary\nContent-Type: application/pkcs7")
    message, _ = judged_split(world, first + rest[rest.index(b"--=-signed-boundary--") :])
    assert message["sub_indication"] == "FORMAT_FAILURE"


@pytest.mark.parametrize(
    ("octets", "kind"),
    [
        (encrypted_data(), "encrypted"),
        (cms.content_info("1.2.840.113549.1.7.4", der.seq()), "encrypted"),
        (digested_data(), "other_cms"),
        (cms.content_info("1.2.3.4", der.seq()), "other_cms"),
    ],
)
def test_object_of_another_type_has_its_kind(octets: bytes, kind: str, world: World) -> None:
    entity = mime.opaque(octets, smime_type=b"x")
    message, rows = made.judged(world, mime.lf(mime.header_block(subject="made") + entity))
    assert (message["kind"], message["layers"]) == (kind, "other")
    assert (message["indication"], rows) == ("NOT_SIGNED", [])


@pytest.mark.parametrize("what", ["fields", "bytes"])
def test_rule_43_message_whose_content_type_was_not_reached_is_not_evaluated(
    what: str, world: World
) -> None:
    raw = made.clear_signed(world)
    fields = b"X: y\n" * 10_001 if what == "fields" else b"X: " + b"y" * (1 << 20) + b"\n"
    message, _ = made.judged(world, fields + raw)
    assert (message["indication"], message["error"]) == ("NOT_EVALUATED", "limit")
    assert message["limits_hit"] == ["header_block"]
    assert message["reasons"] == ["limit"]
    # Behind what decides, a long header costs only what is not read.
    at = raw.index(b"\n\n")
    message, _ = made.judged(world, raw[:at] + b"\n" + fields.rstrip(b"\n") + raw[at:])
    assert (message["indication"], message["coverage"]) == ("INDETERMINATE", "partial")


def without(raw: bytes, name: bytes) -> bytes:
    return b"".join(line for line in raw.splitlines(True) if not line.startswith(name))


@pytest.mark.parametrize(
    ("at", "make", "flagged"),
    [
        ("date", lambda raw: raw, False),
        ("date", lambda raw: without(raw, b"Date:"), True),
        ("date", lambda raw: raw.replace(mime.DATE, b"some day"), True),
        ("now", lambda raw: without(raw, b"Date:"), False),
        ("evidence", lambda raw: without(raw, b"Date:"), False),
        ("2021-01-01T00:00:00Z", lambda raw: without(raw, b"Date:"), False),
    ],
)
def test_control_time_that_the_message_lacks_is_flagged(
    at: str, make: Any, flagged: bool, world: World
) -> None:
    message, (row,) = made.judged(world, make(made.clear_signed(world)), at=at)
    assert ("control_time_missing" in message["flags"]) == flagged
    assert ("control_time_missing" in row["flags"]) == flagged
    assert message["indication"] == "TOTAL_PASSED"


def test_claimed_time_that_the_signature_lacks_is_flagged(world: World) -> None:
    attributes = [cms.content_type(), cms.message_digest(TEXT)]
    for raw, flags in (
        (made.clear_signed(world), []),
        (made.clear_signed(world, attributes=attributes), ["control_time_missing"]),
    ):
        message, _ = made.judged(world, raw, at="claimed")
        assert message["flags"] == flags


def test_rule_43_capped_layer_is_not_called_malformed(world: World) -> None:
    inner = TEXT
    for _ in range(17):
        inner = compressed(inner)
    message, _ = made.judged(world, mime.lf(mime.header_block(subject="made") + inner))
    assert message["layers"] == ">".join(["compressed"] * 16 + ["limited"])
