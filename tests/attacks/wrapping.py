"""Attacks that leave Alice's signature whole and put something else before the reader. RULES 22a,
27, 28.

Johnny M1 to M4 and the covert content attacks: the signed part is prepended to, hidden by HTML or
CSS, referenced, attached; or it is itself the decoy inside Mallory's message.
"""

from __future__ import annotations

import cms
import der
import mime
from tests.attacks.catalogue import (
    EVIL,
    GOOD,
    MALLORY,
    Outcome,
    alices,
    alices_opaque,
    attack,
    envelope,
    failed,
    inconclusive,
    mail,
    mallory,
    not_signed,
    of_another,
    over_nothing,
    partial,
    told,
)
from world import ALICE, World

Made = tuple[bytes, Outcome]
HTML = b"Content-Type: text/html; charset=utf-8\r\n\r\n"
GOOD_ROW = {"crypto_result": "ok", "chain_result": "ok", "eligible": False}
SUBTYPES = ("mixed", "alternative", "related", "digest", "report", "parallel", "x-unknown")


def signed_parts(world: World, form: str) -> bytes:
    return alices(world) if form == "clear" else alices_opaque(world)


@attack("clear", "opaque")
def text_is_prepended(world: World, form: str) -> Made:
    """M1: Mallory's text first, Alice's signed part below, far down or as an attachment."""
    entity = mime.multipart(EVIL, signed_parts(world, form))
    return mail(entity), over_nothing().rows(GOOD_ROW | {"layer_path": "2>signed"})


@attack("clear", "opaque")
def text_is_appended(world: World, form: str) -> Made:
    """The same behind; it looks like a list's footer only where a list's marks are."""
    return mail(mime.multipart(signed_parts(world, form), EVIL)), over_nothing(flags=[])


@attack()
def text_is_appended_that_looks_like_a_footer(world: World) -> Made:
    """A footer and an attack look the same: the flag says so kindly, the verdict is that of the
    attack.
    """
    footer = mime.plain(b"_______________\r\nPlease pay 10,000 at once.\r\n")
    return mail(mime.multipart(alices(world), footer)), over_nothing(flags=["list_footer_likely"])


@attack(*SUBTYPES)
def signed_part_lies_in_a_multipart_of_any_kind(world: World, subtype: str) -> Made:
    """M1 and M2 in every container: what a reader shows of each is its own affair."""
    entity = mime.multipart(EVIL, alices(world), subtype=subtype.encode())
    layer = "2>signed" if subtype != "digest" else None
    outcome = over_nothing()
    if layer is None:  # its parts are messages unless they say otherwise (RFC 2046 §5.1.5)
        return mail(entity), outcome
    return mail(entity), outcome.rows(GOOD_ROW | {"layer_path": layer})


@attack("style", "comment", "img", "plaintext", "textarea", "iframe")
def signed_part_is_hidden_by_html(world: World, how: str) -> Made:
    """M2: HTML that is left open before the signed part, closed behind it."""
    opens, closes = {
        "style": (b"<style>", b"</style>"),
        "comment": (b"<!--", b"-->"),
        "img": (b'<img alt="', b'">'),
        "plaintext": (b"<plaintext hidden>", b""),
        "textarea": (b"<textarea hidden>", b"</textarea>"),
        "iframe": (b"<iframe hidden>", b"</iframe>"),
    }[how]
    before = HTML + b"Please pay 10,000 at once. " + opens
    entity = mime.multipart(before, alices(world), HTML + closes)
    return mail(entity), over_nothing().rows(GOOD_ROW | {"layer_path": "2>signed"})


@attack("cid", "mid", "location")
def signed_part_is_hidden_in_a_reference(world: World, how: str) -> Made:
    """M3: the signed part is an image of multipart/related that nobody sees."""
    source = {"cid": b"cid:signed", "mid": b"mid:m/signed", "location": b"signed.eml"}[how]
    field = (
        b"Content-Location: signed.eml\r\n" if how == "location" else b"Content-ID: <signed>\r\n"
    )
    page = HTML + b'Please pay at once. <img src="%s" width=0>\r\n' % source
    entity = mime.multipart(page, field + alices(world), subtype=b"related")
    return mail(entity), over_nothing().rows(GOOD_ROW | {"layer_path": "2>signed"})


@attack("attachment", "inline")
def signed_part_is_hidden_as_an_attachment(world: World, disposition: str) -> Made:
    """M4: attached, with a name nobody opens."""
    field = b"Content-Disposition: %s; filename=legal.dat\r\n" % disposition.encode()
    return mail(mime.multipart(EVIL, field + alices(world))), over_nothing()


@attack("alone", "beside_text")
def signed_message_is_enclosed_in_anothers(world: World, where: str) -> Made:
    """M4: message/rfc822 with Alice's From inside, Mallory's message around, under Alice's name."""
    inner = mime.enclosed(mime.header_block(ALICE, "inner") + alices(world))
    entity = inner if where == "alone" else mime.multipart(EVIL, inner)
    coverage = {"coverage": "full" if where == "alone" else "partial"}
    return mail(entity), over_nothing(**coverage).rows(GOOD_ROW)


@attack()
def signed_message_is_enclosed_twice(world: World) -> Made:
    """The same, one deeper."""
    inner = mime.enclosed(mime.header_block(ALICE, "inner") + alices(world))
    outer = mime.enclosed(mime.header_block(ALICE, "middle") + mime.multipart(EVIL, inner))
    return mail(outer), over_nothing().rows(GOOD_ROW)


@attack()
def signed_part_has_the_boundary_of_its_container(world: World) -> Made:
    """Whose delimiters these are depends on whom one asks."""
    entity = mime.multipart(EVIL, alices(world), boundary=b"=-signed-boundary")
    malformed = {"eligible": False, "crypto_result": "malformed"}
    # The outer one's: her part has none, and the signature, now a part of the outer, no content.
    return mail(entity), over_nothing().rows(malformed, {"crypto_result": "content_missing"})


@attack()
def openpgp_signs_around_her(world: World) -> Made:
    """Whatever an OpenPGP signature around her part is worth: no S/MIME covers the whole."""
    kind = b'multipart/signed; protocol="application/pgp-signature"; boundary="%s"'
    entity = mime.clear_signed(
        mime.multipart(EVIL, alices(world)),
        b"",
        boundary=b"=-pgp",
        content_type=kind,
        signature_headers=b"Content-Type: application/pgp-signature\r\n",
        signature_body=b"-----BEGIN PGP SIGNATURE-----\r\n",
    )
    return mail(entity), over_nothing().rows(GOOD_ROW | {"layer_path": "1.2>signed"})


@attack("partial", "external-body", "http", "delivery-status")
def signed_part_lies_in_another_kind_of_message(world: World, subtype: str) -> Made:
    """Fragments, references and reports are no messages: nothing in them is a signature of this
    one.
    """
    head = b'Content-Type: message/%s; id="x"; number=1; total=1\r\n\r\n' % subtype.encode()
    return mail(head + mime.header_block(ALICE) + alices(world)), not_signed(kind="plain")


@attack("base64", "quoted-printable")
def signed_message_is_enclosed_encoded(world: World, encoding: str) -> Made:
    """RFC 2046 §5.2.1 forbids it, some readers undo it: nobody's signature over this message."""
    inner = mime.header_block(ALICE) + alices(world)
    head = b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: %s\r\n\r\n"
    body = mime.encoded(inner) if encoding == "base64" else inner.replace(b"=", b"=3D")
    return mail(head % encoding.encode() + body), not_signed(coverage="none")


# Inside the signed object ------------------------------------------------------------------------


@attack("before", "behind")
def part_is_added_to_the_multipart_signed(world: World, where: str) -> Made:
    """RFC 1847 §2.1: exactly two parts; what stands beside them is shown by some readers."""
    whole = alices(world)
    boundary = b"--=-signed-boundary"
    if where == "before":
        raw = whole.replace(boundary, boundary + b"\r\n" + EVIL + b"\r\n" + boundary, 1)
        # The first part is the signed one, whatever it is.
        return mail(raw), failed("FORMAT_FAILURE", "malformed")
    raw = whole.replace(boundary + b"--", boundary + b"\r\n" + EVIL + b"\r\n" + boundary + b"--")
    return mail(raw), partial()


@attack("text/plain", "text/html", "image/png", "application/pdf", "application/xhtml+xml", "")
def signature_is_called_something_that_is_shown(world: World, media_type: str) -> Made:
    """The octets of the signature under a type that readers show or offer to open."""
    kind = f"Content-Type: {media_type}\r\n" if media_type else ""
    headers = kind.encode() + b"Content-Transfer-Encoding: base64\r\n"
    return mail(alices(world, signature_headers=headers)), partial()


@attack("invoice.pdf", "invoice.html")
def signature_is_a_file_to_be_opened(world: World, name: str) -> Made:
    """Octets named like a document; a signed object can hold one, in a certificate that is none."""
    headers = (
        f"Content-Type: application/octet-stream; name={name}\r\n"
        "Content-Transfer-Encoding: base64\r\n"
    )
    document = der.seq(der.octets(b"%PDF-1.4 Please pay."))
    signed = cms.signed(world.ec, GOOD, certificates=[document, *cms.carried(world.ec)])
    entity = mime.clear_signed(GOOD, signed, signature_headers=headers.encode())
    return mail(entity), partial()


@attack()
def signature_is_an_opaque_mail_of_its_own(world: World) -> Made:
    """The second part is application/pkcs7-mime and holds another text, which some readers show."""
    signed = cms.signed(world.ec, GOOD, content=EVIL)
    headers = mime.OPAQUE_HEADERS % (b"signed-data", b"smime.p7m", b"smime.p7m")
    entity = mime.clear_signed(GOOD, signed, signature_headers=headers)
    return mail(entity), partial(flags=["econtent_in_detached"])


@attack("no_type", "text", "image")
def opaque_mail_by_its_file_name_alone(world: World, what: str) -> Made:
    """Base64 and more under a name of S/MIME, but of a type that is shown as it stands."""
    kind = {
        "no_type": b"",
        "text": b"Content-Type: text/plain\r\n",
        "image": b"Content-Type: image/png\r\n",
    }
    headers = kind[what] + b"Content-Disposition: inline; filename=smime.p7m\r\n"
    armour = b"-----BEGIN PKCS7-----\r\n%s-----END PKCS7-----\r\nPlease pay at once.\r\n"
    body = armour % mime.encoded(cms.signed(world.ec, GOOD, detached=False))
    entity = mime.opaque(b"", headers=headers, raw_body=body)
    return mail(entity), not_signed() if what == "text" else partial()


@attack("mixed", "alternative")
def mallory_signs_around_her(world: World, subtype: str) -> Made:
    """Covert content: Alice's signed part is a decoy in what Mallory signs, as Alice."""
    inner = mime.multipart(EVIL, alices(world), subtype=subtype.encode(), boundary=b"=-in")
    signed = cms.signed(mallory(world), inner)
    entity = mime.clear_signed(inner, signed, boundary=b"=-outer")
    rows = [
        {"layer_path": "signed", "crypto_result": "ok", "address_match": "none"},
        {"layer_path": "signed>2>signed", "eligible": False, "crypto_result": "ok"},
    ]
    return mail(entity), of_another().rows(*rows)


@attack()
def her_mail_is_signed_again_by_another(world: World) -> Made:
    """Mallory signs the whole of Alice's mail; the inner layer decides, the outer is told."""
    inner = alices_opaque(world)
    entity = mime.clear_signed(inner, cms.signed(mallory(world), inner))
    return mail(entity), told("outer_signature_failed", signer_count=2, signers_passed=1)


@attack()
def her_signature_is_around_anothers(world: World) -> Made:
    """Alice forwarded Mallory's opaque mail under her own signature: the text is Mallory's."""
    inner = mime.opaque(cms.signed(mallory(world), EVIL, detached=False))
    entity = mime.clear_signed(inner, cms.signed(world.ec, inner))
    return mail(entity), of_another()


@attack("mixed", "related")
def encrypted_part_is_a_decoy(world: World, subtype: str) -> Made:
    """Covert content: another's ciphertext beside Mallory's text, to be opened and answered."""
    entity = mime.multipart(EVIL, envelope(world), subtype=subtype.encode())
    return mail(entity), not_signed(kind="encrypted", coverage="none")


@attack("alice", "mallory")
def ciphertext_is_signed_and_nobody_knows_over_what(world: World, who: str) -> Made:
    """Stripped and signed anew: a signature over an envelope says nothing about the text."""
    inner = envelope(world)
    signer = world.ec if who == "alice" else mallory(world)
    entity = mime.clear_signed(inner, cms.signed(signer, inner))
    outcome = inconclusive(
        "SIG_CONSTRAINTS_FAILURE",
        "signed_ciphertext_only",
        coverage="ciphertext",
        kind="signed_and_encrypted",
    )
    return mail(entity), outcome


@attack("from", "two_froms")
def protected_header_names_another(world: World, what: str) -> Made:
    """RFC 8551 §3.1: the From inside the signature is Mallory's, or there are two."""
    sender = f"From: {MALLORY}\r\n" + (f"From: {ALICE}\r\n" if what == "two_froms" else "")
    entity = mime.enclosed(mime.header_block(sender.encode(), "inner") + GOOD)
    reason = "address_mismatch" if what == "from" else "no_from_address"
    raw = mail(mime.clear_signed(entity, cms.signed(world.ec, entity)))
    return raw, inconclusive("SIG_CONSTRAINTS_FAILURE", reason)


@attack()
def outer_header_names_another_than_the_protected_one(world: World) -> Made:
    """Alice's whole message, header included, under Mallory's From."""
    entity = mime.enclosed(mime.header_block(ALICE, "inner") + GOOD)
    raw = mail(mime.clear_signed(entity, cms.signed(world.ec, entity)), MALLORY)
    return raw, of_another()
