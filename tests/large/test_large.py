"""Messages that are not held: read piece by piece, judged as if they were."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest
from world import World

from contract import record_batch
from large.making import NOW, signed_pieces, trust_of
from smimebatch.batch import new_engine
from smimebatch.options import Policy

LINE = b"a line of seventy or so octets, as mail programs like to write them .....\r\n"


class Source:
    """Bytes behind `read_at`, in pieces of whatever size."""

    def __init__(self, stored: bytes, most: int = 1 << 30) -> None:
        self.stored = stored
        self.length = len(stored)
        self.most = most
        self.reads = 0

    def read_at(self, offset: int, size: int) -> bytes:
        self.reads += 1
        return self.stored[offset : offset + min(size, self.most)]


@pytest.fixture(scope="module")
def world():
    return World()


@pytest.fixture(scope="module")
def engine(world):
    return new_engine(trust_of(world), Policy(), NOW, 1)


TABLES = ("messages", "signatures", "certificate_sightings", "encryptions", "recipients")


def tables(found):
    return {name: pa.table(found.rows(name)).to_pylist() for name in TABLES}


def held(engine, raw):
    return tables(engine.verify(record_batch([raw])))


def large(engine, source):
    row = record_batch([None])
    return tables(engine.verify_large(row, source))


def test_every_fixture_gives_the_same_rows_held_or_not(mails, engine):
    for mail in mails.values():
        assert large(engine, Source(mail.raw, 1000)) == held(engine, mail.raw), mail.name


@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"])
@pytest.mark.parametrize("most", [1 << 30, 10_007])
def test_large_signed_part_gives_the_same_rows_held_or_not(world, engine, line_end, most):
    raw = b"".join(signed_pieces(world, [LINE] * 40_000, line_end))
    found = large(engine, Source(raw, most))
    assert found == held(engine, raw)
    assert found["messages"][0]["indication"] == "TOTAL_PASSED"
    assert found["signatures"][0]["signed_length"] > 40_000 * (len(LINE) - 1)


def without_repairs(found):
    """Take out what is said of text that is not held only: no repair of it was tried."""
    (message,) = found["messages"]
    assert message["limits_hit"] == ["repairs"]
    message["limits_hit"] = []
    return found


def test_rule_25_change_anywhere_in_a_large_signed_part_breaks_the_signature(world, engine):
    raw = bytearray(b"".join(signed_pieces(world, [LINE] * 20_000)))
    begin = raw.index(LINE)
    for at in (begin + 1, begin + 70_000, begin + 900_000, begin + 20_000 * len(LINE) - 3):
        raw[at] ^= 1
        found = large(engine, Source(bytes(raw)))
        assert found["messages"][0]["sub_indication"] == "HASH_FAILURE"
        assert without_repairs(found) == held(engine, bytes(raw))
        raw[at] ^= 1


def test_what_an_outline_leaves_out_is_never_taken_for_nothing(world, engine):
    """A signature over what is kept of a message must not pass for the message."""
    small = b"".join(signed_pieces(world, [LINE] * 2_000))
    begin = small.index(LINE)
    at = begin + 70_000 - 70_000 % len(LINE)
    for hidden in (LINE * 20_000, b"\r\n" * 600_000):
        raw = small[:at] + hidden + small[at:]
        found = large(engine, Source(raw))
        assert found["messages"][0]["indication"] == "TOTAL_FAILED"
        assert without_repairs(found) == held(engine, raw)


def test_large_parts_beside_the_signed_one_are_seen(world, engine):
    signed = b"".join(signed_pieces(world, [LINE] * 3_000))
    header, _, entity = signed.partition(b"Content-Type: multipart/signed")
    raw = (
        header
        + b"Content-Type: multipart/mixed; boundary=out\r\n\r\n--out\r\n\r\n"
        + LINE * 20_000
        + b"--out\r\nContent-Type: multipart/signed"
        + entity
        + b"--out\r\nContent-Type: text/plain\r\n\r\n"
        + LINE * 20_000
        + b"--out--\r\n"
    )
    found = large(engine, Source(raw))
    assert found == held(engine, raw)
    assert found["signatures"][0]["layer_path"] == "2>signed"
    assert "no_signature_over_message" in found["messages"][0]["reasons"]


def test_large_opaque_object_is_not_judged_and_says_so(engine):
    raw = (
        b"From: a@example.org\r\nContent-Type: application/pkcs7-mime; smime-type=%s\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n"
    )
    body = (b"MIIB" * 19 + b"\r\n") * 300_000
    (message,) = large(engine, Source(raw % b"signed-data" + body))["messages"]
    assert (message["indication"], message["error"]) == ("NOT_EVALUATED", "limit")
    assert message["limits_hit"] == ["message_bytes"]
    assert message["kind"] == "signed"
    assert message["from_addresses"] == ["a@example.org"]
    (message,) = large(engine, Source(raw % b"enveloped-data" + body))["messages"]
    assert message["limits_hit"] == ["message_bytes"]
    assert message["kind"] == "encrypted"


def test_message_whose_structure_cannot_be_told_is_not_judged_and_says_so(engine):
    raw = (
        b"From: a@example.org\r\nX-Long: "
        + b"x" * (9 << 20)
        + b"\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
    )
    (message,) = large(engine, Source(raw))["messages"]
    assert (message["indication"], message["error"]) == ("NOT_EVALUATED", "limit")
    assert "message_bytes" in message["limits_hit"]
    assert message["from_addresses"] == ["a@example.org"]
    assert message["message_sha256"] == held(engine, raw)["messages"][0]["message_sha256"]


def test_rule_45_source_that_fails_or_changes_gives_an_unreadable_row(world, engine):
    raw = b"".join(signed_pieces(world, [LINE] * 40_000))

    class Shrinking(Source):
        def read_at(self, offset, size):
            return super().read_at(offset, size) if offset < 2 << 20 else b""

    class Raising(Source):
        def read_at(self, offset, size):
            raise OSError

    class Changing(Source):
        def read_at(self, offset, size):
            data = super().read_at(offset, size)
            # The first reading is over once the last byte was given.
            if offset + size >= self.length:
                self.stored = bytes(self.stored).replace(b"seventy", b"Seventy", 10_000)
            return data

    for source in (Shrinking(raw), Raising(raw), Changing(raw)):
        (message,) = large(engine, source)["messages"]
        assert (message["indication"], message["error"]) == ("NOT_EVALUATED", "unreadable_file")
        assert message["message_sha256"] is None


def test_message_above_the_streamed_limit_is_not_read(engine):
    source = Source(b"From: a\r\n\r\n")
    source.length = (4 << 30) + 1
    (message,) = large(engine, source)["messages"]
    assert message["error"] == "message_too_large"
    assert source.reads == 0


PARTS = [
    b"--b\r\n",
    b"--b--\r\n",
    b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n",
    b"--c\r\n\r\n",
    b"--c--\r\n",
    b"--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: x@y.z\r\n\r\n",
    b"--b\r\nContent-Type: application/pkcs7-signature\r\n\r\nMIAG\r\n",
    b"\r\n",
    b"-",
]


@pytest.mark.parametrize("seed", range(40))
def test_large_messages_of_random_parts_give_the_same_rows(engine, seed):
    choice = random.Random(seed)
    pieces = [b"From: a@b.c\r\nContent-Type: multipart/signed; boundary=b\r\n\r\n"]
    for _ in range(choice.randrange(8)):
        pieces.append(choice.choice(PARTS))
        line = choice.choice([LINE, b"--d\r\n", b"\r\n", b"x", b"--\n"])
        pieces.append(line * (choice.choice([0, 1, 66_000, 200_000]) // len(line)))
    raw = b"".join(pieces)
    found, expected = large(engine, Source(raw, 50_000)), held(engine, raw)
    if "message_bytes" in found["messages"][0]["limits_hit"]:
        assert found["messages"][0]["indication"] in ("NOT_EVALUATED", "NOT_SIGNED")
        return
    # What is left out beside a signed part may hold anything, so it is `partial`.
    more_careful = found["messages"][0]["coverage"] == "partial"
    for name in TABLES:
        for row, other in zip(found[name], expected[name], strict=True):
            for key in ("coverage", "reasons") if more_careful else ():
                row.pop(key, None), other.pop(key, None)
            assert row == other
