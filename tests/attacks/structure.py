"""Attacks on what a reader and a verifier take for the same structure: delimiters, header fields,
encodings.

RULES 21, 25, 27, 28 and 32. The signed octets are Alice's and whole; what differs between readers
is where they take the parts to begin, which of two fields they follow, and what they make of octets
that mean nothing.
"""

from __future__ import annotations

import cms
import der
import mime
from tests.attacks.catalogue import (
    EVIL,
    GOOD,
    Outcome,
    alices,
    attack,
    failed,
    mail,
    not_signed,
    over_nothing,
    partial,
)
from world import World

Made = tuple[bytes, Outcome]
BOUNDARY = b"=-signed-boundary"
SHOWN = EVIL.split(b"\r\n\r\n", 1)[1]


def with_type(
    world: World, content_type: bytes, boundary: bytes = BOUNDARY, **shape: bytes
) -> bytes:
    """Alice's entity under another Content-Type field, text before its first delimiter."""
    shape.setdefault("preamble", b"\r\n" + EVIL)
    return alices(world, content_type=content_type, boundary=boundary, **shape)


# Delimiters --------------------------------------------------------------------------------------

STRAYS = {
    "longer": b"\r\n--%s-and-more\r\n",
    "indented": b"\r\n --%s\r\n",
    "after_cr": b"\r--%s\r\n",
    "with_text_behind": b"\r\n--%s; charset=utf-8\r\n",
    "with_nul": b"\r\n--%s\0\r\n",
}


@attack(*STRAYS)
def preamble_holds_what_some_take_for_a_delimiter(world: World, what: str) -> Made:
    """A reader that compares the beginning of a line shows the preamble as the first part."""
    stray = STRAYS[what] % BOUNDARY
    return mail(alices(world, preamble=stray + EVIL + b"\r\n")), partial()


@attack(*STRAYS)
def epilogue_holds_what_some_take_for_a_delimiter(world: World, what: str) -> Made:
    """The same behind the last delimiter."""
    stray = STRAYS[what] % BOUNDARY
    return mail(alices(world, epilogue=stray + EVIL + b"\r\n")), partial()


@attack(*STRAYS)
def signature_part_holds_what_some_take_for_a_delimiter(world: World, what: str) -> Made:
    """The same behind the padding of the signature, which a base64 decoder does not look at."""
    body = mime.encoded(cms.signed(world.ec, GOOD) + b"\0").rstrip() + b"==\r\n"
    stray = STRAYS[what] % BOUNDARY
    entity = mime.clear_signed(GOOD, b"", signature_body=body + stray + EVIL)
    return mail(entity), partial()


@attack("comment", "escape", "open_quote", "specials", "rfc2231", "long", "octets")
def boundary_is_spelled_so_that_readers_differ(world: World, what: str) -> Made:
    """Who does not read the parameter so shows the body as it stands, or cut at other lines."""
    spelling, boundary = {
        "comment": (b"abc(comment)", b"abc(comment)"),
        "escape": (b'"abc\\d"', b"abcd"),
        "open_quote": (b'"abcd', b"abcd"),
        "specials": (b"----=_abcd", b"----=_abcd"),
        "rfc2231": (b"", b"abcd"),
        "long": (b'"' + b"a" * 71 + b'"', b"a" * 71),
        "octets": (b"abc\xe9", b"abc\xe9"),
    }[what]
    parameter = b"boundary*=utf-8''abcd" if what == "rfc2231" else b"boundary=" + spelling
    kind = b'multipart/signed; protocol="application/pkcs7-signature"; ' + parameter
    return mail(with_type(world, kind, boundary)), partial()


@attack("same_name", "rfc2231", "in_a_comment")
def boundary_is_named_twice(world: World, how: str) -> Made:
    """Some take the first, some the last; the evil part lies between the other's delimiters."""
    other = {
        "same_name": b'boundary="evil"; boundary="%s"',
        "rfc2231": b"boundary=\"%s\"; boundary*=utf-8''evil",
        "in_a_comment": b'(boundary="evil";) boundary="%s"',
    }[how]
    kind = b'multipart/signed; protocol="application/pkcs7-signature"; ' + other % BOUNDARY
    preamble = b"\r\n--evil\r\n" + EVIL + b"\r\n--evil--\r\n"
    entity = alices(world, content_type=kind, preamble=preamble)
    # Where the first one counts, its parts are not those that Alice signed.
    return mail(entity), failed("FORMAT_FAILURE", "malformed") if how == "same_name" else partial()


@attack("one", "both")
def last_delimiter_is_missing(world: World, what: str) -> Made:
    """Multiparts that never end: the parts are where they were, and the text before the signed one
    too.
    """
    end = b"\r\n--" + BOUNDARY + b"--\r\n"
    entity = mime.multipart(EVIL, alices(world).removesuffix(end))
    if what == "both":
        entity = entity.removesuffix(b"\r\n--=-outer-boundary--\r\n")
    return mail(entity), over_nothing()


@attack("quoted-printable", "base64", "x-uuencode")
def transfer_encoding_of_the_whole(world: World, encoding: str) -> Made:
    """RFC 2045 §6.4 forbids it for multiparts; who undoes it reads another text than was signed."""
    text = mime.plain(b"Pay =31=30 and no more.\r\n")
    field = b"Content-Transfer-Encoding: %s\r\n" % encoding.encode()
    return mail(field + alices(world, text)), partial()


# Header fields -----------------------------------------------------------------------------------

TEXT_TYPE = b"Content-Type: text/plain\r\n"


@attack("text_first", "text_last", "same")
def content_type_stands_there_twice(world: World, order: str) -> Made:
    """Some follow the first field, some the last."""
    if order == "text_last":
        return mail(alices(world).replace(b"\r\n\r\n", b"\r\n" + TEXT_TYPE + b"\r\n", 1)), partial()
    if order == "same":
        other = b'Content-Type: multipart/signed; boundary="%s"\r\n' % BOUNDARY
        return mail(other + alices(world)), partial()
    return mail(TEXT_TYPE + alices(world)), not_signed(kind="plain")


@attack("7bit_first", "base64_first")
def transfer_encoding_stands_there_twice(world: World, order: str) -> Made:
    """Text to one reader, a signed object to the other."""
    fields = [b"Content-Transfer-Encoding: 7bit\r\n", b"Content-Transfer-Encoding: base64\r\n"]
    head = b"".join(fields if order == "7bit_first" else fields[::-1])
    kind = b"Content-Type: application/pkcs7-mime; smime-type=signed-data\r\n"
    signed = cms.signed(world.ec, GOOD, detached=False)
    return mail(mime.opaque(signed, headers=kind + head)), partial()


@attack("blank_before_colon", "blanks_at_slash", "comment_at_slash", "comment_first")
def content_type_is_spelled_so_that_readers_differ(world: World, what: str) -> Made:
    """Obsolete spellings that some do not take for a multipart: they show the preamble."""
    whole = alices(world, preamble=b"\r\n" + EVIL + b"\r\n")
    spelled = {
        "blank_before_colon": (b"Content-Type:", b"Content-Type :"),
        "blanks_at_slash": (b"multipart/signed", b"multipart / signed"),
        "comment_at_slash": (b"multipart/signed", b"multipart(text/plain;)/signed"),
        "comment_first": (b"multipart/signed", b"(text/plain;) multipart/signed"),
    }[what]
    return mail(whole.replace(*spelled, 1)), partial()


AT_ONCE = b" dear reader,\r\n Please pay 10,000 to the account below at once.\r\n"
NO_FIELDS = {
    "blank_before_colon": b"Hello :" + AT_ONCE,
    "from_line": b"From now on:" + AT_ONCE,
    "quoted_from_line": b">From now on:" + AT_ONCE,
    "dated": b">From now on Please pay at once Thu Jan  1 00:00:00 2015\r\n",
    "quoted_and_dated": b">From a@b.example Thu Jan  1 00:00:00 2015\r\n",
}


@attack(
    "no_semicolon", "slash_behind", "bracket_behind", "line_separator", "parameters_without_end"
)
def something_stands_behind_the_type(world: World, what: str) -> Made:
    """Some take the whole for no type at all, which is text: they show the preamble."""
    kind = {
        "no_semicolon": b'multipart/signed protocol="application/pkcs7-signature"; boundary="%s"',
        "slash_behind": b'multipart/signed/; protocol="application/pkcs7-signature"; boundary="%s"',
        "bracket_behind": b'multipart/signed>; protocol="application/pkcs7-signature"; '
        b'boundary="%s"',
        "line_separator": b'multipart/signed\xe2\x80\xa8; protocol="application/pkcs7-signature"; '
        b'boundary="%s"',
        "parameters_without_end": b'multipart/signed; protocol="application/pkcs7-signature" '
        b'micalg=sha-256 boundary="%s"',
    }[what]
    return mail(alices(world, content_type=kind % BOUNDARY, preamble=EVIL + b"\r\n")), partial()


SIGNED_TYPE = b'multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; '
TWO_BOUNDARIES = {
    "quote_in_another_value": b'x=a"; boundary="%s"; z="; boundary=evil; w="',
    "quote_in_a_word": b'a"; boundary="%s"; z="; boundary=evil; w="',
    "vertical_tab": b'\x0bboundary=evil; boundary="%s"',
    "text_behind_quotes": b'boundary="%s"X',
    "text_behind_a_blank": b'boundary="%s" X',
}


@attack(*TWO_BOUNDARIES)
def parameters_are_others_to_some(world: World, what: str) -> Made:
    """They take another boundary, or none, and show what stands in the preamble (RFC 2045 §5.1)."""
    kind = SIGNED_TYPE + TWO_BOUNDARIES[what] % BOUNDARY
    evil = b"\r\n--evil\r\n" + EVIL + b"\r\n--evil--\r\n"
    return mail(alices(world, content_type=kind, preamble=evil)), partial()


NAMES = {
    "behind_quotes": b'; name="smime.p7s".html',
    "behind_a_vertical_tab": b";\x0bname=x.html; name=smime.p7s",
    "of_disposition": b'; name=smime.p7s\r\nContent-Disposition: attachment; filename="a.p7s".html',
}


@attack(*NAMES)
def signature_part_has_another_name_to_some(world: World, what: str) -> Made:
    """They open it as what that name says, with text in it that nobody signed."""
    carried = [der.seq(der.octets(b"\r\n\r\n" + EVIL)), *cms.carried(world.ec)]
    signed = cms.signed(world.ec, GOOD, certificates=carried)
    fields = b"Content-Type: application/pkcs7-signature" + NAMES[what] + b"\r\n"
    fields += b"Content-Transfer-Encoding: base64\r\n"
    return mail(mime.clear_signed(GOOD, signed, signature_headers=fields)), partial()


@attack("object", "signature_part", "slash", "blank")
def type_of_an_object_is_none_to_some(world: World, what: str) -> Made:
    """They show its octets as text, and text may lie in them that nobody signed."""
    carried = [der.seq(der.octets(b"\r\n\r\n" + EVIL)), *cms.carried(world.ec)]
    encoding = b"Content-Transfer-Encoding: base64\r\n"
    if what == "signature_part":
        signed = cms.signed(world.ec, GOOD, certificates=carried)
        fields = b"Content-Type: application/pkcs7-signature text/plain\r\n" + encoding
        return mail(mime.clear_signed(GOOD, signed, signature_headers=fields)), partial()
    signed = cms.signed(world.ec, GOOD, detached=False, certificates=carried)
    behind = b"/" if what == "slash" else b" type=text/plain"
    kind = b"application/ pkcs7-mime" if what == "blank" else b"application/pkcs7-mime" + behind
    fields = b"Content-Type: " + kind + b"\r\n" + encoding
    return mail(mime.opaque(signed, headers=fields)), partial()


@attack(*(f"{place} {line}" for place in ("first", "between", "part") for line in NO_FIELDS))
def field_is_none_to_some(world: World, what: str) -> Made:
    """Who ends the header there shows it and all behind it as text (RFC 5322 §4.5)."""
    place, _, line = what.partition(" ")
    said = NO_FIELDS[line]
    if place == "part":
        signed = cms.signed(world.ec, GOOD)
        fields = said + mime.SIGNATURE_HEADERS
        return mail(mime.clear_signed(GOOD, signed, signature_headers=fields)), partial()
    if place == "first":
        return mime.lf(said) + mail(alices(world)), partial()
    return mail(said + alices(world)), partial()


@attack("no_colon", "leading_blank", "byte_order_mark", "nul", "bare_cr")
def header_holds_what_is_no_field(world: World, what: str) -> Made:
    """Some end the header there and show the rest; some end a field there and begin another."""
    line = {
        "no_colon": b"Please pay 10,000 at once\r\n",
        "leading_blank": b" Please: pay\r\n",
        "byte_order_mark": b"\xef\xbb\xbfFrom: mallory@evil.example\r\n",
        "nul": b"Subject: hello\0world\r\n",
        "bare_cr": b"Subject: x\rFrom: mallory@evil.example\r\n",
    }[what]
    raw = mail(alices(world))
    raw = mime.lf(line) + raw if what != "nul" else raw.replace(b"Subject: attack\n", mime.lf(line))
    return raw, partial()


@attack("crlf", "lf")
def line_ends_are_mixed_around_the_delimiters(world: World, ends: str) -> Made:
    """LF header, CRLF body and the other way: the same parts, and the same octets signed."""
    raw = mail(alices(world))
    head, body = raw.split(b"\n\n", 1)
    head, body = (mime.crlf(head), body) if ends == "crlf" else (head, mime.crlf(body))
    separator = b"\r\n\r\n" if ends == "crlf" else b"\n\n"
    return head + separator + body.replace(GOOD.rstrip(), EVIL.rstrip()).replace(
        mime.lf(GOOD).rstrip(), mime.lf(EVIL).rstrip()
    ), failed("HASH_FAILURE", "digest_mismatch")


@attack("lf_to_cr", "cr_cr_lf", "form_feed", "nel")
def line_ends_of_the_signed_text_are_changed(world: World, what: str) -> Made:
    """Only LF and CRLF are the same to RULES 26."""
    other = {"lf_to_cr": b"\r", "cr_cr_lf": b"\r\r\n", "form_feed": b"\x0c", "nel": b"\xc2\x85"}[
        what
    ]
    raw = mail(alices(world)).replace(b"reader,\n\nthe", b"reader," + other + other + b"the")
    return raw, failed("HASH_FAILURE", "digest_mismatch")


# Octets that mean nothing ------------------------------------------------------------------------


@attack("object", "zeros", "text")
def something_follows_the_object(world: World, what: str) -> Made:
    """RULES 32: what follows is a quirk, never more content, and nothing under --strict."""
    signed = cms.signed(world.ec, GOOD, detached=False)
    behind = {
        "object": cms.signed(world.ec, EVIL, detached=False),
        "zeros": bytes(64),
        "text": SHOWN,
    }[what]
    outcome = failed("FORMAT_FAILURE", "strict_quirk").rows(
        {"quirks": ["trailing_bytes"], "crypto_result": "ok"}
    )
    return mail(mime.opaque(signed + behind)), outcome.under(strict=True)


@attack("content", "certificates", "signer", "whole")
def length_lies(world: World, where: str) -> Made:
    """A definite length that ends elsewhere than its parent."""
    node = der.parse(cms.signed(world.ec, GOOD, detached=False))
    encoded = node.encoded
    target = {
        "content": node.at(1, 0, 2).encoded,
        "certificates": node.at(1, 0, 3).encoded,
        "signer": node.at(1, 0, 4, 0).encoded,
        "whole": encoded,
    }[where]
    at = encoded.index(target) + 1
    size = 1 + (target[1] & 0x7F if target[1] & 0x80 else 0)
    last = at + size - 1
    changed = encoded[:last] + bytes([(encoded[last] + 5) & 0x7F]) + encoded[last + 1 :]
    return mail(mime.opaque(changed)), Outcome({"signers_passed": 0})


@attack("tag", "length", "indefinite_primitive", "end_of_contents_inside")
def encoding_is_neither_ber_nor_der(world: World, what: str) -> Made:
    """Where two parsers part: long tag forms, lengths of lengths, ends where none may be."""
    attributes = sorted(cms.usual_attributes(GOOD))
    stored = {
        "tag": lambda _: b"\xbf\x00" + der.tlv(0xA0, *attributes)[1:],
        "length": lambda _: b"\xa0\xff" + b"".join(attributes),
        "indefinite_primitive": lambda _: (
            b"\xa0\x80" + b"".join(attributes[:-1]) + b"\x04\x80\0\0\0\0"
        ),
        "end_of_contents_inside": lambda _: der.explicit(
            0, attributes[0], b"\0\0", *attributes[1:]
        ),
    }[what]
    signed = cms.signed(world.ec, GOOD, stored=stored)
    return mail(mime.clear_signed(GOOD, signed)), failed("FORMAT_FAILURE", "malformed")
