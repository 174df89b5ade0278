"""RULES 27: S/MIME is found by the name of a file, wherever it lies and however it is encoded."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import cms
import der
import mime
import pytest
from world import World

import made

TEXT = made.TEXT
Make = Callable[[World], bytes]
OCTETS = (
    b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: %s\r\n"
    b'Content-Disposition: attachment; filename="%s"\r\n'
)
PEM = b"-----BEGIN CMS-----\r\n%s-----END CMS-----\r\n"


def sealed(world: World) -> bytes:
    return cms.signed(world.ec, TEXT, detached=False)


def certificates(world: World) -> bytes:
    return cms.signed_data(certificates=cms.carried(world.ec))


def compressed(_: World) -> bytes:
    inside = der.seq(der.oid(cms.DATA), der.explicit(0, der.octets(zlib.compress(TEXT))))
    algorithm = der.seq(der.oid("1.2.840.113549.1.9.16.3.8"))
    return cms.content_info(cms.COMPRESSED, der.seq(der.integer(0), algorithm, inside))


@pytest.mark.parametrize(
    ("name", "make", "kind"),
    [
        (b"smime.p7m", sealed, "signed"),
        (b"SMIME.P7M", sealed, "signed"),
        (b"smime.p7c", certificates, "certs_only"),
        (b"smime.p7z", compressed, "compressed"),
    ],
)
@pytest.mark.parametrize("form", ["base64", "binary", "pem", "undeclared"])
def test_rule_27_octets_named_like_smime_are_smime(
    form: str, name: bytes, make: Make, kind: str, world: World
) -> None:
    octets = make(world)
    encoding, body = {
        "base64": (b"base64", mime.encoded(octets)),
        "binary": (b"binary", octets),
        "pem": (b"7bit", PEM % mime.encoded(octets)),
        "undeclared": (b"7bit", mime.encoded(octets)),
    }[form]
    raw = mime.header_block(subject="made") + OCTETS % (encoding, name) + b"\r\n" + body
    message, rows = made.judged(world, raw)
    assert message["kind"] == kind
    assert [row["crypto_result"] for row in rows] == ["ok"] * (kind == "signed")


@pytest.mark.parametrize("around", ["multipart/mixed", "message/rfc822", "digest"])
def test_rule_27_smime_below_the_root_is_found_and_speaks_for_its_part(
    around: str, world: World
) -> None:
    inner = mime.opaque(sealed(world))
    message = mime.header_block(subject="inner") + inner
    entity, path = {
        "multipart/mixed": (mime.multipart(mime.plain(b"a"), inner), "2>signed"),
        "message/rfc822": (mime.enclosed(message), "1>signed"),
        "digest": (mime.multipart(b"\r\n" + message, subtype=b"digest"), "1>signed"),
    }[around]
    row, (signature,) = made.judged(world, mime.lf(mime.header_block(subject="made") + entity))
    assert (signature["crypto_result"], signature["eligible"]) == ("ok", False)
    if around != "message/rfc822":
        assert signature["layer_path"] == path
    assert "no_signature_over_message" in row["reasons"]
