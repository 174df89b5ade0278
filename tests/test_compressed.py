"""CompressedData as a layer (RFC 3274): opened, bounded (RULES 38), judged by what lies inside."""

import datetime as dt
import pathlib
import sys
import zlib

import pyarrow as pa
import pytest
from cryptography import x509

import smimebatch as sb

sys.path.insert(0, str(pathlib.Path(__file__).parent / "interop"))

import cms
import der
import mime
from world import ALICE, World

COMPRESSED = b"Content-Type: application/pkcs7-mime; smime-type=compressed-data; name=smime.p7z\r\n"
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def world():
    return World()


def as_part(body):
    return COMPRESSED + b"Content-Transfer-Encoding: base64\r\n\r\n" + mime.encoded(body)


def compressed(entity, level=9):
    return as_part(cms.compressed_data(zlib.compress(entity, level)))


def clear(world, entity, sender=ALICE, signer=None):
    return mime.clear_signed(entity, cms.signed(signer or world.ec, entity))


def opaque(world, content, content_type=cms.DATA):
    attributes = [cms.content_type(content_type), cms.signing_time(), cms.message_digest(content)]
    return cms.signed(
        world.ec, content, detached=False, attributes=attributes, content_type=content_type
    )


def verify(world, *entities, sender=ALICE):
    raws = [mime.header_block(sender, "compressed") + entity for entity in entities]
    roots = [x509.load_pem_x509_certificate(world.root.pem)]
    batch = pa.record_batch(
        {"raw": pa.array(raws, pa.binary()), "source_index": [*range(len(raws))]}
    )
    found = sb.verify_batch(batch, trust=sb.Trust.from_certificates(roots), now=NOW)
    return found.messages.to_pylist(), found.signatures.to_pylist()


def test_compressed_text_is_not_signed_and_has_its_kind(world):
    (message,), rows = verify(world, compressed(mime.TEXT))
    assert (message["kind"], message["layers"]) == ("compressed", "compressed")
    assert (message["indication"], message["flags"], message["limits_hit"]) == (
        "NOT_SIGNED",
        [],
        [],
    )
    assert rows == []


def test_signed_inside_compressed_passes_as_the_innermost_layer(world):
    (message,), (row,) = verify(world, compressed(clear(world, mime.TEXT)))
    assert (message["indication"], message["coverage"]) == ("TOTAL_PASSED", "full")
    assert (message["kind"], message["layers"]) == ("signed", "compressed>signed(detached)")
    assert (row["layer_path"], row["parent_layer_path"]) == ("compressed>signed", "compressed")
    assert (row["eligible"], row["canonicalization"]) == (True, "as_stored")
    # What was inflated is nowhere in the stored message.
    assert row["signed_offset"] is None


def test_compressed_inside_signed_passes(world):
    whole = compressed(mime.TEXT)
    (message,), (row,) = verify(world, clear(world, whole))
    assert (message["indication"], message["layers"]) == (
        "TOTAL_PASSED",
        "signed(detached)>compressed",
    )
    assert (row["layer_path"], row["eligible"]) == ("signed", True)


def test_cms_inside_cms_without_mime_between_is_followed(world):
    inner = cms.compressed_data(zlib.compress(mime.TEXT))
    content = der.parse(inner).at(1, 0).encoded
    outer = mime.opaque(opaque(world, content, cms.COMPRESSED))
    signed = der.parse(opaque(world, mime.TEXT)).at(1, 0).encoded
    other = as_part(cms.compressed_data(zlib.compress(signed), cms.SIGNED_DATA))
    (one, two), rows = verify(world, outer, other)
    assert (one["layers"], two["layers"]) == (
        "signed(opaque)>compressed",
        "compressed>signed(opaque)",
    )
    assert [row["crypto_result"] for row in rows] == ["ok", "ok"]
    assert (one["indication"], two["indication"]) == ("TOTAL_PASSED", "TOTAL_PASSED")


def test_signed_compressed_signed_is_decided_by_the_innermost(world):
    good = clear(world, mime.TEXT)
    bad = good.replace(b"Dear reader", b"Dear header")
    (one, two), _ = verify(world, clear(world, compressed(good)), clear(world, compressed(bad)))
    assert one["deciding_signature"] == two["deciding_signature"] == "signed>compressed>signed#0"
    assert one["indication"] == "TOTAL_PASSED"
    assert (two["indication"], two["sub_indication"]) == ("TOTAL_FAILED", "HASH_FAILURE")


def test_signed_inside_compressed_beside_other_text_does_not_pass(world):
    part = compressed(clear(world, mime.TEXT))
    beside = mime.multipart(part, b"Content-Type: text/plain\r\n\r\nsomething else\r\n")
    (message,), (row,) = verify(world, beside)
    assert message["indication"] == "INDETERMINATE"
    assert message["reasons"] == ["no_signature_over_message"]
    assert (row["layer_path"], row["eligible"]) == ("1>compressed>signed", False)


def test_signer_inside_compressed_is_compared_with_the_visible_sender(world):
    (message,), (row,) = verify(
        world, compressed(clear(world, mime.TEXT)), sender="eve@example.org"
    )
    assert (message["indication"], row["address_match"]) == ("INDETERMINATE", "none")


def test_damaged_or_foreign_compression_is_said_and_not_opened(world):
    whole = zlib.compress(clear(world, mime.TEXT))
    odd = [
        as_part(cms.compressed_data(whole[:-1])),
        as_part(cms.compressed_data(whole[:-1] + bytes([whole[-1] ^ 1]))),
        as_part(cms.compressed_data(whole, algorithm="1.2.3.4")),
        as_part(cms.compressed_data(whole, inner="1.2.3.4")),
    ]
    messages, rows = verify(world, *odd)
    assert rows == []
    for message in messages:
        assert (message["kind"], message["indication"]) == ("compressed", "NOT_SIGNED")
        assert message["flags"] == ["compressed_not_opened"]


MIB = 1 << 20


def zeros(octets):
    """A zlib stream of so many zeros, made without holding them."""
    maker = zlib.compressobj(9)
    pieces = [maker.compress(bytes(MIB)) for _ in range(octets // MIB)]
    return b"".join([*pieces, maker.compress(bytes(octets % MIB)), maker.flush()])


def test_rule_38_bomb_is_a_row_with_limits_hit_and_leaves_the_others(world):
    bomb = as_part(cms.compressed_data(zeros(64 * MIB + 1)))
    good = compressed(clear(world, mime.TEXT))
    messages, rows = verify(world, good, bomb, good)
    assert [message["limits_hit"] for message in messages] == [[], ["inflated_bytes"], []]
    assert [message["indication"] for message in messages] == [
        "TOTAL_PASSED",
        "NOT_SIGNED",
        "TOTAL_PASSED",
    ]
    assert messages[1]["flags"] == ["compressed_not_opened"]
    assert [row["source_index"] for row in rows] == [0, 2]


def test_rule_38_64_mib_are_opened_and_the_bound_is_over_all_layers(world):
    exactly = as_part(cms.compressed_data(zeros(64 * MIB)))
    twice = mime.multipart(
        as_part(cms.compressed_data(zeros(40 * MIB))), as_part(cms.compressed_data(zeros(40 * MIB)))
    )
    nested = as_part(
        cms.compressed_data(zlib.compress(as_part(cms.compressed_data(zeros(64 * MIB)))))
    )
    messages, _ = verify(world, exactly, twice, nested)
    hits = [message["limits_hit"] for message in messages]
    assert hits == [[], ["inflated_bytes"], ["inflated_bytes"]]


def test_rule_38_larger_message_may_inflate_a_hundred_times(world):
    filling = mime.plain((b"a" * 70 + b"\r\n") * 12_000)
    part = as_part(cms.compressed_data(zeros(75 * MIB)))
    # 0.8 MiB of text and 0.1 of the bomb: a hundred times that is more than 75 MiB.
    (large, small), _ = verify(world, mime.multipart(filling, part), part)
    assert (large["limits_hit"], small["limits_hit"]) == ([], ["inflated_bytes"])


def test_rule_38_many_compressed_layers_in_one_batch_change_no_row(world):
    """Enough to be taken in halves: the rows are those of single messages."""
    entity = clear(world, mime.TEXT + b"\r\n" * (3 * MIB))
    part = compressed(entity)
    messages, rows = verify(world, *[part] * 16)
    (single,), (row,) = verify(world, part)
    place = ("source_index",)
    for message in messages:
        assert {k: v for k, v in message.items() if k not in place} == {
            k: v for k, v in single.items() if k not in place
        }
    assert [r["source_index"] for r in rows] == list(range(16))
    assert {r["crypto_result"] for r in rows} == {row["crypto_result"]} == {"ok"}
