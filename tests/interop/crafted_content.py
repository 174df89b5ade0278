"""Hand-made SignedData: attributes and content that no tool writes. RULES 1 to 5 and 32."""

from __future__ import annotations

import zlib

import cms
import der
import mime
import pki
from case import NOT_PASSED, NOT_SIGNED, UNJUDGED, add
from crafted import (
    NO_QUIRK,
    OPAQUE,
    QUIRK,
    TEXT,
    clear,
    opaque,
    refused,
)
from world import World


def all_cases(world: World) -> None:
    plain_and_tampered(world)
    attribute_encodings(world)
    attribute_contents(world)
    content_forms(world)
    trailing_bytes(world)


def plain_and_tampered(world: World) -> None:
    signer = world.ec
    clear("plain-signed", cms.signed(signer, TEXT), signature=NO_QUIRK)
    opaque("plain-opaque", cms.signed(signer, TEXT, detached=False), signature=NO_QUIRK)
    good = cms.signed(signer, TEXT)
    other = TEXT.replace(b"reader", b"leader")
    clear(
        "tampered-body",
        good,
        entity=other,
        crypto="digest_mismatch",
        signature={"digest_ok": False},
    )
    changed = cms.signed(signer, TEXT, detached=False, content=other)
    opaque(
        "tampered-opaque-content",
        changed,
        crypto="digest_mismatch",
        signature={"canonicalization": None},
    )
    spoil = lambda data: signer.key.sign("sha256", data + b"!")  # noqa: E731
    clear(
        "tampered-signature",
        cms.signed(signer, TEXT, sign=spoil),
        crypto="signature_mismatch",
        signature={"digest_ok": True, "signature_ok": False},
    )
    later = cms.signing_time(cms.SIGNED_AT.replace(year=2022))
    clear(
        "tampered-attributes", good.replace(cms.signing_time(), later), crypto="signature_mismatch"
    )
    clear(
        "tampered-body-no-attributes",
        cms.signed(signer, TEXT, attributes=None),
        entity=other,
        crypto="signature_mismatch",
        rules="02",
        signature={
            "crypto_result": None,
            "crypto_result_any": ["signature_mismatch", "digest_mismatch"],
        }
        | UNJUDGED
        | {"indication": "TOTAL_FAILED"},
        message=UNJUDGED | {"indication": "TOTAL_FAILED"},
    )
    opaque(
        "detached-without-content",
        good,
        crypto="content_missing",
        signature=OPAQUE | {"format": None, "canonicalization": None},
    )
    unknown = pki.algorithm("ed25519").replace(
        der.oid_content("1.3.101.112"), der.oid_content("1.3.101.119")
    )
    clear(
        "unknown-signature-algorithm",
        cms.signed(signer, TEXT, signature_algorithm=unknown),
        crypto="unsupported_algorithm",
        rules="15",
        judge_disagrees="OpenSSL goes by the key alone",
    )
    unknown = der.seq(der.oid("1.2.643.7.1.1.2.2"))
    clear(
        "unknown-digest-algorithm",
        cms.signed(signer, TEXT, digest_algorithm=unknown),
        crypto="unsupported_algorithm",
        rules="15",
    )


def attribute_encodings(world: World) -> None:
    """RULES 1: hashed as received, then as DER."""
    signer, attributes = world.ec, sorted(cms.usual_attributes(TEXT), reverse=True)

    def in_order(values: list[bytes]) -> bytes:
        return der.explicit(0, *values)

    clear(
        "attributes-unsorted-signed-unsorted",
        rules="01",
        **_signed(
            signer,
            attributes=attributes,
            stored=in_order,
            hashed=lambda values: der.set_in_order(*values),
        ),
    )
    clear(
        "attributes-unsorted-signed-sorted",
        rules="01",
        signature=QUIRK,
        judge_disagrees="OpenSSL keeps the received order and never sorts",
        **_signed(signer, attributes=attributes, stored=in_order),
    )
    clear(
        "attributes-long-length-signed-der",
        rules="01",
        signature=QUIRK,
        **_signed(signer, stored=lambda values: der.tlv_long(0xA0, *sorted(values))),
    )
    clear(
        "attributes-long-length-signed-as-received",
        rules="01",
        signature=QUIRK,
        judge_disagrees="OpenSSL always re-encodes the attributes",
        **_signed(
            signer,
            stored=lambda values: der.tlv_long(0xA0, *sorted(values)),
            hashed=lambda values: der.tlv_long(0x31, *sorted(values)),
        ),
    )
    clear(
        "attributes-indefinite-signed-der",
        rules="01",
        signature=QUIRK,
        **_signed(signer, stored=lambda values: der.indefinite(0xA0, *sorted(values))),
    )


def _signed(signer: pki.Certificate, **options: object) -> dict[str, object]:
    return {"signed": cms.signed(signer, TEXT, **options)}


def attribute_contents(world: World) -> None:
    """RULES 2, 3 and 6."""
    signer = world.ec
    digest, kind, when = cms.message_digest(TEXT), cms.content_type(), cms.signing_time()

    def broken(name: str, *attributes: bytes, **more: object) -> None:
        clear(
            name,
            cms.signed(signer, TEXT, attributes=list(attributes)),
            crypto="malformed",
            rules="03",
            **more,
        )

    broken("two-message-digests-same", kind, when, digest, digest)
    broken("two-message-digests-differing", kind, when, digest, cms.message_digest(b"other"))
    broken("no-message-digest", kind, when)
    value = der.octets(pki.hashed("sha256", TEXT))
    other = der.octets(pki.hashed("sha256", b"other"))
    broken("message-digest-two-values", kind, cms.attribute(cms.MESSAGE_DIGEST, value, other))
    broken("message-digest-no-value", kind, cms.attribute(cms.MESSAGE_DIGEST))
    broken(
        "message-digest-wrong-type",
        kind,
        cms.attribute(cms.MESSAGE_DIGEST, der.tlv(0x0C, pki.hashed("sha256", TEXT))),
    )
    broken("no-content-type", when, digest)
    broken("two-content-types", kind, kind, when, digest)
    broken(
        "content-type-mismatch",
        cms.content_type("1.2.840.113549.1.9.16.1.4"),
        when,
        digest,
        judge_disagrees="OpenSSL does not compare contentType with eContentType",
    )
    ec_algorithm, sha256 = pki.algorithm("ecdsaWithSHA256"), pki.digest_algorithm("sha256")
    protection = cms.algorithm_protection(sha256, ec_algorithm)
    clear(
        "algorithm-protection-match",
        cms.signed(signer, TEXT, attributes=[kind, digest, protection]),
        rules="06",
        signature={"algorithm_protection": "match"},
    )
    for name, protection in (
        ("digest", cms.algorithm_protection(pki.digest_algorithm("sha512"), ec_algorithm)),
        ("signature", cms.algorithm_protection(sha256, pki.algorithm("ecdsaWithSHA512"))),
    ):
        clear(
            f"algorithm-protection-{name}-mismatch",
            cms.signed(signer, TEXT, attributes=[kind, digest, protection]),
            rules="06",
            signature={
                "algorithm_protection": "mismatch",
                "crypto_result": None,
                "chain_result": None,
                "address_match": None,
                "canonicalization": None,
            }
            | NOT_PASSED,
            message=NOT_PASSED | {"coverage": None},
            judge_disagrees="OpenSSL 3.0 does not look at RFC 6211 attributes",
        )

    attributes = cms.usual_attributes(TEXT)
    as_content = der.set_of(*attributes)
    forged = cms.signed_data(
        cms.signer_info(signer, as_content, attributes=None),
        certificates=cms.carried(signer),
        content=as_content,
    )
    opaque(
        "content-is-signed-attributes",
        forged,
        rules="02",
        judge_disagrees="OpenSSL does not look for attributes in content",
        signature={
            "crypto_result": None,
            "crypto_result_not": "ok",
            "chain_result": None,
            "canonicalization": None,
            "address_match": None,
            "flags": ["content_is_signed_attributes"],
        }
        | NOT_PASSED,
        message=NOT_PASSED | {"coverage": None},
    )
    timestamp = "1.2.840.113549.1.9.16.1.4"
    refused(
        "no-attributes-other-content-type",
        rules="02",
        judge_disagrees="OpenSSL does not ask for id-data",
        signed=cms.signed(signer, TEXT, attributes=None, content_type=timestamp),
    )


def content_forms(world: World) -> None:
    """RULES 4 and 5."""
    signer = world.ec
    other = b"Content-Type: text/plain\r\n\r\nwhat is embedded\r\n"
    flag = {"flags": ["econtent_in_detached"]}
    clear(
        "embedded-content-same",
        cms.signed(signer, TEXT, detached=False),
        rules="04",
        signature=flag,
    )
    clear(
        "embedded-content-signed-body-other",
        cms.signed(signer, other, detached=False),
        rules="04",
        crypto="digest_mismatch",
        signature=flag,
    )
    clear(
        "embedded-content-other-body-signed",
        cms.signed(signer, TEXT, content=other),
        rules="04",
        signature=flag,
    )
    pieces = [der.octets(TEXT[at : at + 20]) for at in range(0, len(TEXT), 20)]
    for name, encapsulated in (
        ("content-in-pieces-definite", der.explicit(0, der.tlv(0x24, *pieces))),
        ("content-in-pieces-indefinite", der.indefinite(0xA0, der.indefinite(0x24, *pieces))),
        (
            "content-in-pieces-nested",
            der.explicit(0, der.indefinite(0x24, der.tlv(0x24, *pieces[:2]), *pieces[2:])),
        ),
    ):
        opaque(name, cms.signed(signer, TEXT, encapsulated=encapsulated), rules="05")
    spc = "1.3.6.1.4.1.311.2.1.4"
    sequence = der.seq(der.ia5("not an octet string"), der.integer(1))
    inner = der.parse(sequence).content
    attributes = [cms.content_type(spc), cms.message_digest(inner)]
    opaque(
        "content-not-octet-string",
        rules="05",
        judge="smime",
        judge_disagrees="openssl smime hashes OCTET STRING content only; PKCS #7 1.5 §9.3 says how",
        signature=NOT_PASSED
        | {"chain_result": None, "address_match": None, "canonicalization": None},
        message=NOT_PASSED | {"coverage": None},
        signed=cms.signed(
            signer,
            inner,
            attributes=attributes,
            content_type=spc,
            encapsulated=der.explicit(0, sequence),
        ),
    )
    compressed = "1.2.840.113549.1.9.16.3.8"
    body = der.seq(
        der.integer(0),
        der.seq(der.oid(compressed)),
        der.seq(der.oid(cms.DATA), der.explicit(0, der.octets(zlib.compress(TEXT)))),
    )
    add(
        "compressed",
        mime.header_block(subject="compressed")
        + mime.opaque(
            cms.content_info(cms.COMPRESSED, body), smime_type=b"compressed-data", name=b"smime.p7z"
        ),
        rules="27",
        message=NOT_SIGNED | {"kind": "compressed"},
        signatures=[],
        judge="none",
    )


def trailing_bytes(world: World) -> None:
    """RULES 32."""
    signer = world.ec
    whole = cms.signed(signer, TEXT)
    quirk = {"signature": QUIRK}
    clear("cms-trailing-zeros", whole + bytes(16), rules="32", **quirk)
    clear("cms-trailing-line-end", whole + b"\r\n", rules="32", **quirk)
    clear("cms-trailing-garbage", whole + b"\x30\x82garbage", rules="32", **quirk)
    info = der.parse(whole)
    body = info.at(1, 0).encoded
    open_ended = b"\x30\x80" + info.at(0).encoded + b"\xa0\x80" + body
    clear("cms-indefinite", open_ended + b"\0\0\0\0", rules="32")
    for name, ending in (("both", b""), ("one", b"\0\0")):
        clear(
            f"cms-missing-end-of-contents-{name}",
            open_ended + ending,
            rules="32",
            **quirk,
            judge_disagrees="OpenSSL wants every end-of-contents",
        )
    add(
        "cms-truncated",
        mime.header_block(subject="cms-truncated") + mime.clear_signed(TEXT, whole[:-40]),
        message=NOT_PASSED | {"coverage": None},
        signatures=[{"any_rows": True}],
    )
    garbage = bytes(range(256))
    add(
        "cms-garbage",
        mime.header_block(subject="cms-garbage") + mime.clear_signed(TEXT, garbage),
        message=NOT_PASSED | {"coverage": None},
        signatures=[{"any_rows": True}],
    )
