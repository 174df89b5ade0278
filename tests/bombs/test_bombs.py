"""RULES 23, 41 and 42: what is deep, long or many ends in a row within a second, on a small stack.

Each bomb runs in a process of its own, because the failure looked for is an abort, and on a thread
with 512 KiB of stack, so that recursion shows at once. Bombs are made here, never committed.
"""

from __future__ import annotations

import base64
import pathlib
from collections.abc import Callable
from typing import Any

import cms
import der
import mime
import pki
import pytest
from tests.bombs.explode import explode

DEPTH = 100_000
SECONDS = 1.0
MIB = 256


def explode_beside_a_fixture(
    mail: bytes, folder: pathlib.Path, tmp_path: pathlib.Path
) -> dict[str, Any]:
    return explode(mail, tmp_path, folder / "root.pem", folder / "plain-signed.eml")


def definite_nest(tag: int, depth: int, core: bytes = b"") -> bytes:
    """Definite lengths, from the inside by sizes alone: copying each level would take minutes."""
    heads, size = [], len(core)
    for _ in range(depth):
        head = bytes([tag]) + der.length(size)
        heads.append(head)
        size += len(head)
    return b"".join(reversed(heads)) + core


def opaque(body: bytes) -> bytes:
    return mime.lf(mime.header_block() + mime.opaque(body))


def asn1_definite() -> bytes:
    return opaque(definite_nest(0x30, DEPTH))


def asn1_indefinite() -> bytes:
    return opaque(b"\x30\x80" * DEPTH + b"\0\0" * DEPTH)


def asn1_indefinite_unclosed() -> bytes:
    return opaque(b"\x30\x80" * DEPTH)


def asn1_content_pieces() -> bytes:
    """A constructed OCTET STRING inside constructed OCTET STRINGs, where BER allows it."""
    content = der.explicit(0, definite_nest(0x24, DEPTH, der.octets(b"x")))
    return opaque(cms.signed_data(certificates=[], encapsulated=content))


def asn1_in_signed_attribute() -> bytes:
    deep = der.seq(der.oid(cms.SIGNING_TIME), der.set_of(definite_nest(0x30, DEPTH)))
    signer = pki.leaf("Deep", pki.ec_key(), None, "alice@example.org")
    attributes = [cms.content_type(), cms.message_digest(mime.TEXT), deep]
    signed = cms.signed(signer, mime.TEXT, attributes=attributes, certificates=[signer.der])
    return mime.lf(mime.header_block() + mime.clear_signed(mime.TEXT, signed))


def asn1_in_certificate() -> bytes:
    deep = pki.extension("1.3.6.1.4.1.99999.2", definite_nest(0x30, DEPTH))
    names = pki.extension("2.5.29.17", der.seq(der.explicit(4, definite_nest(0x30, DEPTH))))
    signer = pki.leaf("Deep", pki.ec_key(), None, names=[], more=[deep, names])
    signed = cms.signed(signer, mime.TEXT, certificates=[signer.der])
    return mime.lf(mime.header_block() + mime.clear_signed(mime.TEXT, signed))


def asn1_many_small_values() -> bytes:
    return opaque(cms.signed_data(certificates=[der.seq()] * DEPTH, content=b"x"))


def asn1_length_of_four_gigabytes() -> bytes:
    return opaque(b"\x30\x84\xff\xff\xff\xff" + bytes(100))


def mime_multiparts() -> bytes:
    parts = [
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(DEPTH)
    ]
    return b"From: alice@example.org\nMIME-Version: 1.0\n" + b"".join(parts) + b"\n\nend\n"


def mime_multiparts_closed() -> bytes:
    depth = DEPTH // 4
    heads = [
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(depth)
    ]
    tails = [b"\n--b%d--\n" % n for n in reversed(range(depth))]
    return b"From: alice@example.org\n" + b"".join(heads) + b"\nend\n" + b"".join(tails)


def mime_same_boundary() -> bytes:
    return (
        b"From: alice@example.org\n" + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" * DEPTH
    )


def mime_many_parts() -> bytes:
    return b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * DEPTH + b"--b--\n"


def mime_enclosed_messages() -> bytes:
    return b"From: alice@example.org\n" + b"Content-Type: message/rfc822\n\n" * DEPTH + b"\nend\n"


def header_comments() -> bytes:
    comments = b"(" * DEPTH + b")" * DEPTH
    return b"From: " + comments + b" alice@example.org\nSubject: deep\n\nbody\n"


def header_comments_unclosed() -> bytes:
    return b"From: " + b"(" * DEPTH + b" alice@example.org\n\nbody\n"


def header_comments_in_content_type() -> bytes:
    return (
        b"Content-Type: " + b"(" * DEPTH + b")" * DEPTH + b" multipart/signed; boundary=x\n\n--x\n"
    )


def header_many_mailboxes() -> bytes:
    return b"From: " + b"alice@example.org, " * DEPTH + b"bob@example.org\n\nbody\n"


def header_many_comments_like_addresses() -> bytes:
    """Comments that show an address, behind as many others; pair by pair they took a minute."""
    count = 57_000
    return b"From: " + b"x@y," * count + b"a@b" + b"(a@b)" * count + b"\n\nbody\n"


def header_many_names_of_groups_like_addresses() -> bytes:
    return b"From: " + b'"a@b":x@y;' * 50_000 + b"a@b\n\nbody\n"


def header_many_colons_behind_an_address() -> bytes:
    """Whether a colon begins a group depends on the words before it."""
    return b"From: " + b"a " * 250_000 + b"@" + b":" * 500_000 + b"\n\nbody\n"


def header_many_angles_and_quotes() -> bytes:
    return b"From: " + b'<"' * DEPTH + b"\n\nbody\n"


def header_many_routes() -> bytes:
    return b"From: <" + b"@a.example," * DEPTH + b":alice@example.org>\n\nbody\n"


def header_many_encoded_words() -> bytes:
    return b"From: " + b"=?utf-8?q?=41?= " * DEPTH + b"<alice@example.org>\n\nbody\n"


def header_many_fields() -> bytes:
    return b"X-Field: value\n" * DEPTH + b"From: alice@example.org\n\nbody\n"


def header_many_parameters() -> bytes:
    pieces = b"".join(b";\n boundary*%d=b" % n for n in range(DEPTH))
    return b"Content-Type: multipart/mixed" + pieces + b"\n\n--b\n"


def header_folded_without_end() -> bytes:
    return b"Subject: a\n" + b" b\n" * DEPTH + b"From: alice@example.org\n\nbody\n"


def cms_layers(count: int = 1_000) -> bytes:
    """SignedData without signers around an opaque entity, many times, in binary."""
    body = mime.plain(b"inside\r\n")
    for _ in range(count):
        data = cms.signed_data(certificates=[], content=body)
        body = (
            b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: binary\r\n\r\n"
            + data
        )
    return b"From: alice@example.org\r\n" + body


def many_signers(count: int = 5_000) -> bytes:
    signer = pki.leaf("Many", pki.ec_key(), None, "alice@example.org")
    info = cms.signer_info(signer, mime.TEXT)
    signed = cms.signed_data(*[info] * count, certificates=[signer.der])
    return mime.lf(mime.header_block() + mime.clear_signed(mime.TEXT, signed))


def authorities_of_one_name(count: int = 2_000) -> bytes:
    """RULES 23: many CAs of one name and none the right one."""
    right = pki.authority("Twin", pki.ec_key())
    signer = pki.leaf("Alice", pki.ec_key(), right, "alice@example.org")
    wrong = pki.authority("Twin", pki.ec_key())
    serials = (der.integer(number) for number in range(count))
    crowd = [signer.der] + [der_with_serial(wrong, serial) for serial in serials]
    signed = cms.signed(signer, mime.TEXT, certificates=crowd)
    return mime.lf(mime.header_block() + mime.clear_signed(mime.TEXT, signed))


def der_with_serial(certificate: pki.Certificate, serial: bytes) -> bytes:
    """The certificate under another serial: its signature is wrong, which a builder cannot see."""
    node = der.parse(certificate.der)
    parts = [child.encoded for child in node.at(0).children]
    parts[1] = serial
    return der.seq(der.seq(*parts), *(child.encoded for child in node.children[1:]))


def authorities_in_a_mesh(count: int = 40) -> bytes:
    """RULES 23: many names, each certified by every other: paths without number."""
    keys = [pki.ec_key() for _ in range(count)]
    names = [pki.authority(f"Mesh {number}", key) for number, key in enumerate(keys)]
    mesh = [
        pki.authority(f"Mesh {one}", keys[one], names[other]).der
        for one in range(len(keys))
        for other in range(len(keys))
        if one != other
    ]
    signer = pki.leaf("Alice", pki.ec_key(), names[0], "alice@example.org")
    signed = cms.signed(signer, mime.TEXT, certificates=[signer.der, *mesh])
    return mime.lf(mime.header_block() + mime.clear_signed(mime.TEXT, signed))


def base64_of_one_long_line() -> bytes:
    return mime.lf(
        mime.header_block() + mime.opaque(b"", raw_body=base64.b64encode(bytes(8 << 20)))
    )


BOMBS: list[Callable[[], bytes]] = [
    asn1_definite,
    asn1_indefinite,
    asn1_indefinite_unclosed,
    asn1_content_pieces,
    asn1_in_signed_attribute,
    asn1_in_certificate,
    asn1_many_small_values,
    asn1_length_of_four_gigabytes,
    mime_multiparts,
    mime_multiparts_closed,
    mime_same_boundary,
    mime_many_parts,
    mime_enclosed_messages,
    header_comments,
    header_comments_unclosed,
    header_comments_in_content_type,
    header_many_mailboxes,
    header_many_comments_like_addresses,
    header_many_names_of_groups_like_addresses,
    header_many_colons_behind_an_address,
    header_many_angles_and_quotes,
    header_many_routes,
    header_many_encoded_words,
    header_many_fields,
    header_many_parameters,
    header_folded_without_end,
    cms_layers,
    many_signers,
    authorities_of_one_name,
    authorities_in_a_mesh,
    base64_of_one_long_line,
]
# Not asn1_definite: a definite length is skipped, never descended into, whatever its depth.
LIMITED = {
    "header_many_mailboxes",
    "header_many_comments_like_addresses",
    "header_many_names_of_groups_like_addresses",
    "asn1_indefinite",
    "mime_multiparts",
    "mime_multiparts_closed",
    "mime_many_parts",
    "mime_enclosed_messages",
    "cms_layers",
    "many_signers",
}


@pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: bomb.__name__)
def test_rule_41_bomb_ends_in_a_row(
    bomb: Callable[[], bytes], mail_folder: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    found = explode_beside_a_fixture(bomb(), mail_folder, tmp_path)
    assert found["seconds"] < SECONDS
    assert found["mib"] < MIB
    assert found["messages"][0]["indication"] != "TOTAL_PASSED"
    if bomb.__name__ in LIMITED:
        assert found["messages"][0]["limits_hit"], found["messages"][0]


def test_rule_41_comments_do_not_hide_the_sender(
    mail_folder: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    assert (
        explode_beside_a_fixture(header_comments(), mail_folder, tmp_path)["messages"][0]["kind"]
        == "plain"
    )


def test_rule_23_signer_among_namesakes_keeps_its_cryptography(
    mail_folder: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    rows = explode_beside_a_fixture(authorities_of_one_name(), mail_folder, tmp_path)["signatures"]
    assert rows[0]["crypto_result"] == "ok"
    assert rows[0]["chain_result"] in ("budget", "no_path", "signature_invalid", "untrusted_root")
