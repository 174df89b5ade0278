"""Hand-made mail: S/MIME inside other mail, CMS inside CMS, what is not S/MIME. RULES 27, 28."""

from __future__ import annotations

import cms
import mime
from case import GOOD_SIGNATURE, NOT_PASSED, NOT_SIGNED, UNJUDGED, add, inconclusive
from crafted import (
    OPAQUE,
    OVER_NOTHING,
    TEXT,
    drop,
    mail,
)
from world import ALICE, World


def all_cases(world: World) -> None:
    inside_other_mail(world)
    layers(world)
    not_smime(world)


def inside_other_mail(world: World) -> None:
    """RULES 27 and 28: below the root a signature does not speak for the message."""
    signer, bob = world.ec, world.bob
    signed = mime.clear_signed(TEXT, cms.signed(signer, TEXT))
    part = GOOD_SIGNATURE | UNJUDGED | {"eligible": False}
    footer = mime.plain(
        b"_______________________________________________\r\nfixture mailing list\r\n"
        b"fixture@lists.example.org\r\nhttps://lists.example.org/mailman/listinfo/fixture\r\n"
    )

    def case(
        name: str,
        entity: bytes,
        layer_path: str,
        coverage: str | None = "partial",
        sender: str = ALICE,
        **more: object,
    ) -> None:
        row = part | {"layer_path": layer_path} | more.pop("row", {})
        whole = {"kind": "signed", "coverage": coverage, "from_status": "ok"} | OVER_NOTHING
        add(
            name,
            mail(name, entity, sender),
            rules=more.pop("rules", "28"),
            signatures=[drop(row)],
            message=drop(whole | more.pop("message", {})),
            judge="none",
            **more,
        )

    footer_flag = {"flags": ["list_footer_likely"]}
    case("list-footer", mime.multipart(signed, footer), "1>signed", message=footer_flag)
    case(
        "list-footer-opaque",
        mime.multipart(mime.opaque(cms.signed(signer, TEXT, detached=False)), footer),
        "1>signed",
        row=OPAQUE,
        message=footer_flag,
    )
    case(
        "text-above-signed",
        mime.multipart(mime.plain(b"Please pay at once.\r\n"), signed),
        "2>signed",
    )
    case(
        "signed-among-attachments",
        mime.multipart(mime.plain(b"a"), mime.plain(b"b"), signed, mime.plain(b"d")),
        "3>signed",
    )
    nested = mime.multipart(mime.plain(b"a"), mime.multipart(signed, footer, boundary=b"=-in"))
    case("list-footer-nested", nested, "2.1>signed")
    lone = mime.multipart(signed)
    case("signed-alone-in-multipart", lone, "1>signed", coverage=None)

    inner = mime.header_block(ALICE, "forwarded") + signed
    forwarded = mime.multipart(mime.plain(b"see below\r\n"), mime.enclosed(inner))
    case("forwarded-as-attachment", forwarded, "2>signed", sender="bob@example.org", rules="27")
    case(
        "forwarded-alone",
        mime.enclosed(inner),
        "1>signed",
        coverage=None,
        sender="bob@example.org",
        rules="27",
        row={"layer_path": None},
    )
    by_mallory = mime.header_block("mallory@evil.example", "forwarded") + signed
    case(
        "forwarded-other-sender",
        mime.multipart(mime.plain(b"see below\r\n"), mime.enclosed(by_mallory)),
        "2>signed",
        rules="27",
        row={"address_match": "none"},
    )
    both = mime.multipart(
        signed, mime.clear_signed(TEXT, cms.signed(bob, TEXT), boundary=b"=-second")
    )
    rows = [
        drop(part | {"layer_path": "1>signed"}),
        drop(part | {"layer_path": "2>signed", "address_match": "none"}),
    ]
    add(
        "two-signed-parts",
        mail("two-signed-parts", both),
        rules="28",
        signatures=rows,
        judge="none",
        message={"kind": "signed", "signer_count": 2, "coverage": None} | OVER_NOTHING,
    )
    broken = mime.clear_signed(TEXT.replace(b"reader", b"leader"), cms.signed(signer, TEXT))
    row = {
        "layer_path": "1>signed",
        "crypto_result": "digest_mismatch",
        "indication": "TOTAL_FAILED",
    }
    add(
        "list-footer-tampered",
        mail("list-footer-tampered", mime.multipart(broken, footer)),
        rules="28",
        signatures=[row],
        judge="none",
        message=NOT_PASSED
        | {"coverage": None, "indication": "INDETERMINATE", "indication_not": None},
    )


def layers(world: World) -> None:
    """OUTPUT.md, message fold: CMS inside CMS, header wrapping."""
    signer, bob = world.ec, world.bob
    inner = mime.opaque(cms.signed(signer, TEXT, detached=False))
    deep = dict(GOOD_SIGNATURE) | OPAQUE | {"layer_path": "signed>signed"}

    def twice(name: str, outer: bytes, rows: list[dict], **message: object) -> None:
        add(
            name,
            mail(name, mime.clear_signed(inner, outer)),
            signatures=[drop(row) for row in rows],
            message={"signer_count": 2} | message,
            judge="none",
        )

    outer_row = drop(GOOD_SIGNATURE | UNJUDGED)
    twice("signed-twice", cms.signed(signer, inner), [outer_row, deep])
    by_bob = outer_row | {"address_match": "none"}
    twice("signed-twice-outer-by-other", cms.signed(bob, inner), [by_bob, deep])
    failed = {
        "layer_path": "signed",
        "crypto_result": "digest_mismatch",
        "indication": "TOTAL_FAILED",
    }
    twice(
        "signed-twice-outer-broken",
        cms.signed(signer, b"other"),
        [failed, deep],
        flags=["outer_signature_failed"],
    )

    inner_bob = mime.opaque(cms.signed(bob, TEXT, detached=False))
    unlike = inconclusive("SIG_CONSTRAINTS_FAILURE", "address_mismatch")
    rows = [outer_row, drop(deep | {"address_match": "none"} | unlike)]
    add(
        "signed-twice-inner-by-other",
        mail(
            "signed-twice-inner-by-other",
            mime.clear_signed(inner_bob, cms.signed(signer, inner_bob)),
        ),
        signatures=rows,
        judge="none",
        message=unlike,
    )
    spoilt = cms.signed(signer, TEXT, detached=False, content=TEXT.replace(b"reader", b"leader"))
    wrapped = mime.opaque(spoilt)
    rows = [outer_row, {"layer_path": "signed>signed", "crypto_result": "digest_mismatch"}]
    add(
        "signed-twice-inner-broken",
        mail("signed-twice-inner-broken", mime.clear_signed(wrapped, cms.signed(signer, wrapped))),
        signatures=rows,
        judge="none",
        message={"indication": "TOTAL_FAILED", "sub_indication": "HASH_FAILURE", "coverage": None},
    )

    for name, sender, message, row in (
        ("header-wrapped", ALICE, {"coverage": None, "header_protection": None}, {}),
        (
            "header-wrapped-other-from",
            "mallory@evil.example",
            NOT_PASSED | {"coverage": None},
            NOT_PASSED | {"address_match": None},
        ),
    ):
        entity = mime.enclosed(
            mime.header_block(sender, name) + mime.plain(b"protected header fields\r\n")
        )
        add(
            name,
            mail(name, mime.clear_signed(entity, cms.signed(signer, entity))),
            signature=row,
            message=message,
        )


def not_smime(world: World) -> None:
    """What must not become a signature row."""

    def plain(name: str, entity: bytes, kind: str = "plain") -> None:
        add(
            name,
            mail(name, entity),
            signatures=[],
            message=NOT_SIGNED | {"kind": kind},
            judge="none",
        )

    plain("plain-text", mime.plain(b"nothing to see\r\n"))
    plain(
        "plain-multipart",
        mime.multipart(mime.plain(b"a"), mime.plain(b"b"), subtype=b"alternative"),
    )
    plain(
        "plain-mentions-smime",
        mime.plain(b"Content-Type: multipart/signed; boundary=x\r\n\r\n--x\r\n"),
    )
    armour = (
        b"-----BEGIN PGP SIGNATURE-----\r\n\r\n"
        b"iQEzBAEBCAAdFiEE\r\n=abcd\r\n-----END PGP SIGNATURE-----\r\n"
    )
    pgp_type = (
        b'multipart/signed; micalg=pgp-sha256; protocol="application/pgp-signature"; boundary="%s"'
    )
    pgp = mime.clear_signed(
        TEXT,
        b"",
        content_type=pgp_type,
        signature_body=armour,
        signature_headers=b"Content-Type: application/pgp-signature; name=signature.asc\r\n",
    )
    plain("pgp-mime", pgp, "pgp_mime")
    inline = b"-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\nwords\r\n" + armour
    plain("pgp-inline", mime.plain(inline), "pgp_inline")
    certificate = mime.encoded(world.ec.der)
    plain(
        "certificate-attached",
        mime.multipart(
            mime.plain(b"my certificate"),
            b"Content-Type: application/x-x509-user-cert; name=me.cer\r\n"
            b"Content-Transfer-Encoding: base64\r\n\r\n" + certificate,
        ),
    )
