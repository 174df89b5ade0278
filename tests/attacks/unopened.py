"""Attacks that sign what the signer cannot read: another's ciphertext, or content nobody opened.
Message fold, rule 2.

Mallory takes what Alice encrypted, puts it into something and signs that. The recipient's program
opens it and shows Alice's words under Mallory's good signature. What it lies in must not matter.
"""

from __future__ import annotations

import base64
import zlib

import cms
import der
import mime
from tests.attacks.catalogue import (
    EVIL,
    GOOD,
    MALLORY,
    Outcome,
    attack,
    envelope,
    inconclusive,
    mail,
    mallory,
)
from world import World

Made = tuple[bytes, Outcome]
ENVELOPED = "1.2.840.113549.1.7.3"
DIGESTED = "1.2.840.113549.1.7.5"
ENCRYPTED = "1.2.840.113549.1.7.6"


def of_mallory(world: World, entity: bytes, outcome: Outcome) -> Made:
    """Signed by Mallory under her own name: nothing but what lies inside is wrong."""
    signed = cms.signed(mallory(world), entity)
    return mail(mime.clear_signed(entity, signed), MALLORY), outcome


def sealed(**columns: object) -> Outcome:
    return inconclusive("SIG_CONSTRAINTS_FAILURE", "signed_ciphertext_only", **columns)


def ciphertext() -> Outcome:
    return sealed(coverage="ciphertext")


def beside() -> Outcome:
    return sealed(coverage="partial")


def unopened(**columns: object) -> Outcome:
    reason = "content_not_opened"
    return inconclusive("SIG_CONSTRAINTS_FAILURE", reason, coverage="partial", **columns)


def compressed(content: bytes, **options: str) -> bytes:
    body = cms.compressed_data(zlib.compress(content), **options)
    return mime.opaque(body, smime_type=b"compressed-data", name=b"smime.p7z")


def encrypted_data() -> bytes:
    """RFC 5652 §8."""
    content = der.seq(
        der.oid(cms.DATA),
        der.seq(der.oid("2.16.840.1.101.3.4.1.2"), der.octets(bytes(16))),
        der.implicit(0, bytes(64)),
    )
    return cms.content_info(ENCRYPTED, der.seq(der.integer(0), content))


def digested_data() -> bytes:
    """RFC 5652 §7."""
    content = der.seq(der.oid(cms.DATA), der.explicit(0, der.octets(EVIL)))
    sha256 = der.seq(der.oid("2.16.840.1.101.3.4.2.1"))
    body = der.seq(der.integer(0), sha256, content, der.octets(bytes(32)))
    return cms.content_info(DIGESTED, body)


@attack("once", "thrice", "opaque", "cms")
def ciphertext_is_compressed_and_signed(world: World, how: str) -> Made:
    inner = envelope(world)
    if how == "cms":
        octets = der.parse(mime_body(inner)).at(1, 0).encoded
        return of_mallory(world, compressed(octets, inner=ENVELOPED), ciphertext())
    for _ in range(3 if how == "thrice" else 1):
        inner = compressed(inner)
    if how == "opaque":
        body = cms.signed(mallory(world), inner, detached=False)
        return mail(mime.opaque(body), MALLORY), ciphertext()
    return of_mallory(world, inner, ciphertext())


def mime_body(entity: bytes) -> bytes:
    return base64.b64decode(entity.split(b"\r\n\r\n", 1)[1])


@attack("alone", "text", "alternative", "related", "nested", "message", "compressed", "attachment")
def ciphertext_lies_in_a_multipart_that_is_signed(world: World, where: str) -> Made:
    inner = envelope(world)
    if where == "attachment":
        assert b"Content-Disposition: attachment" in inner
    message = mime.header_block(MALLORY, "inner") + inner
    entity = {
        "alone": lambda: mime.multipart(inner),
        "text": lambda: mime.multipart(GOOD, inner.replace(b"Content-Disposition", b"X-Other")),
        "attachment": lambda: mime.multipart(GOOD, inner),
        "alternative": lambda: mime.multipart(inner, GOOD, subtype=b"alternative"),
        "related": lambda: mime.multipart(GOOD, inner, subtype=b"related"),
        "nested": lambda: mime.multipart(GOOD, mime.multipart(inner, boundary=b"=-deep")),
        "message": lambda: mime.multipart(GOOD, mime.enclosed(message)),
        "compressed": lambda: mime.multipart(GOOD, compressed(inner)),
    }[where]()
    return of_mallory(world, entity, beside())


@attack("inline", "attachment_alone", "smime")
def ciphertext_among_octets_is_named_like_smime(world: World, how: str) -> Made:
    """By its name alone: inline, with nothing else to read, or by the name of the mail itself."""
    disposition = b"inline" if how == "inline" else b"attachment"
    name = b"SMIME.p7m" if how == "smime" else b"payslip.p7m"
    headers = (
        b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
        b"Content-Disposition: %s; filename=%s\r\n"
    )
    part = headers % (disposition, name) + b"\r\n" + envelope(world).split(b"\r\n\r\n", 1)[1]
    entity = mime.multipart(part) if how == "attachment_alone" else mime.multipart(GOOD, part)
    return of_mallory(world, entity, beside())


@attack("envelope", "authenticated")
def ciphertext_is_damaged_for_us(world: World, how: str) -> Made:
    """Another program may open what this one cannot read."""
    smime_type = b"enveloped-data" if how == "envelope" else b"authenveloped-data"
    inner = mime.opaque(b"\x30\x05garba", smime_type=smime_type)
    return of_mallory(world, inner, ciphertext())


@attack("whole", "part", "compressed")
def ciphertext_is_of_another_content_type(world: World, where: str) -> Made:
    inner = mime.opaque(encrypted_data(), smime_type=b"x")
    if where == "part":
        return of_mallory(world, mime.multipart(GOOD, inner), beside())
    if where == "compressed":
        octets = der.parse(encrypted_data()).at(1, 0).encoded
        return of_mallory(world, compressed(octets, inner=ENCRYPTED), unopened())
    return of_mallory(world, inner, ciphertext() & {"kind": "signed_and_encrypted"})


@attack("digested", "unknown", "malformed", "malformed_compressed")
def content_of_no_known_type_is_signed(world: World, what: str) -> Made:
    octets, smime_type = {
        "digested": (digested_data(), b"x"),
        "unknown": (cms.content_info("1.2.3.4", der.seq()), b"x"),
        "malformed": (b"\x30\x05garba", b"x"),
        "malformed_compressed": (b"\x30\x05garba", b"compressed-data"),
    }[what]
    inner = mime.multipart(GOOD, mime.opaque(octets, smime_type=smime_type))
    return of_mallory(world, inner, unopened())


@attack("garbage", "cut", "algorithm", "type", "part")
def compressed_content_that_was_not_opened_is_signed(world: World, what: str) -> Made:
    whole = zlib.compress(GOOD)
    inner = {
        "garbage": lambda: cms.compressed_data(b"garbage"),
        "cut": lambda: cms.compressed_data(whole[:-1]),
        "algorithm": lambda: cms.compressed_data(whole, algorithm="1.2.3.4"),
        "type": lambda: cms.compressed_data(whole, inner="1.2.3.4"),
        "part": lambda: cms.compressed_data(b"garbage"),
    }[what]()
    entity = mime.opaque(inner, smime_type=b"compressed-data", name=b"smime.p7z")
    if what == "part":
        entity = mime.multipart(GOOD, entity)
    return of_mallory(world, entity, unopened(flags=["compressed_not_opened"]))


@attack("envelope", "text")
def layers_beyond_the_cap_are_signed(world: World, what: str) -> Made:
    inner = envelope(world) if what == "envelope" else GOOD
    for _ in range(17):
        inner = compressed(inner)
    return of_mallory(world, inner, unopened(limits_hit=["cms_layers"]))


@attack()
def compression_bomb_is_signed(world: World) -> Made:
    maker = zlib.compressobj(9)
    pieces = [maker.compress(bytes(1 << 20)) for _ in range(65)]
    body = cms.compressed_data(b"".join([*pieces, maker.flush()]))
    entity = mime.opaque(body, smime_type=b"compressed-data")
    return of_mallory(world, entity, unopened(limits_hit=["inflated_bytes"]))


@attack("depth", "parts", "header")
def parts_beyond_the_cap_are_signed(world: World, what: str) -> Made:
    """An envelope where nobody looked."""
    inner = envelope(world)
    if what == "depth":
        for level in range(66):
            inner = mime.multipart(inner, boundary=b"=-level-%d" % level)
    elif what == "parts":
        # Opaque, so that the signature itself is found.
        inner = mime.multipart(*[b"\r\n"] * 10_000, inner)
        body = cms.signed(mallory(world), inner, detached=False)
        return mail(mime.opaque(body), MALLORY), unopened(limits_hit=["mime_parts"])
    else:
        fields = b"".join(b"X-%d: y\r\n" % number for number in range(10_001))
        inner = mime.multipart(GOOD, fields + inner)
    limits = {"depth": "mime_depth", "header": "header_block"}[what]
    return of_mallory(world, inner, unopened(limits_hit=[limits]))


@attack("message", "multipart")
def encoded_container_is_signed(world: World, what: str) -> Made:
    """RFC 2045 §6.4 forbids it; a reader that undoes it sees parts that nobody looked at."""
    if what == "message":
        inner, kind = mime.header_block(MALLORY) + envelope(world), b"message/rfc822"
    else:
        whole = mime.multipart(envelope(world), boundary=b"=-in")
        inner, kind = whole.split(b"\r\n\r\n", 1)[1], b'multipart/mixed; boundary="=-in"'
    head = b"Content-Type: %s\r\nContent-Transfer-Encoding: base64\r\n\r\n" % kind
    entity = mime.multipart(GOOD, head + mime.encoded(inner))
    return of_mallory(world, entity, unopened())


ARMOUR = b"-----BEGIN PGP MESSAGE-----\r\n\r\nhF4DAAAAAAAAAAASAQdA\r\n-----END PGP MESSAGE-----\r\n"
PLAIN = b"Content-Type: text/plain\r\n"


@attack("7bit", "base64", "quoted-printable", "soft_break", "escaped", "html", "behind", "part")
def openpgp_text_is_signed(world: World, how: str) -> Made:
    """Programs that know OpenPGP show it opened."""
    entity = {
        "7bit": PLAIN + b"\r\n" + ARMOUR,
        "base64": PLAIN + b"Content-Transfer-Encoding: base64\r\n\r\n" + mime.encoded(ARMOUR),
        "quoted-printable": PLAIN + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + ARMOUR,
        "soft_break": PLAIN
        + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
        + ARMOUR.replace(b"-----BEGIN PGP", b"--=\r\n---BEG=\r\nIN PGP"),
        "escaped": PLAIN
        + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
        + ARMOUR.replace(b"-----BEGIN", b"=2D----B=45GIN"),
        "html": b"Content-Type: text/html\r\n\r\n<pre>" + ARMOUR + b"</pre>",
        "behind": GOOD + ARMOUR,
        "part": mime.multipart(GOOD, PLAIN + b"\r\n" + ARMOUR),
    }[how]
    return of_mallory(world, entity, beside())


@attack("whole", "part")
def openpgp_mail_is_signed(world: World, where: str) -> Made:
    """RFC 3156 §4."""
    entity = mime.multipart(
        b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n",
        b"Content-Type: application/octet-stream\r\n\r\n" + ARMOUR,
        subtype=b"encrypted",
        boundary=b"=-pgp",
    )
    if where == "part":
        return of_mallory(world, mime.multipart(GOOD, entity), beside())
    return of_mallory(world, entity, ciphertext())
