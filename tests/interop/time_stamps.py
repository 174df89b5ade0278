"""Time-stamp tokens: by hand on `cms`, so that each clause can be broken, and by `openssl ts`."""

from __future__ import annotations

import datetime as dt
import pathlib
import subprocess
import tempfile
from collections.abc import Iterable

import cms
import der
import pki

TST_INFO = "1.2.840.113549.1.9.16.1.4"
SIGNATURE = "1.2.840.113549.1.9.16.2.14"
CONTENT = "1.2.840.113549.1.9.16.2.20"
ARCHIVE_V2 = "1.2.840.113549.1.9.16.2.48"
ARCHIVE_V3 = "0.4.0.1733.2.4"
HASH_INDEX_V3 = "0.4.0.19122.1.5"
TIME_STAMPING = "1.3.6.1.5.5.7.3.8"
PROTECTING_EMAIL = "1.3.6.1.5.5.7.3.4"

GENERATED_AT = dt.datetime(2016, 11, 20, 10, 11, 12, tzinfo=pki.UTC)


def usage(*usages: str, critical: bool = True) -> bytes:
    return pki.extension("2.5.29.37", der.seq(*(der.oid(usage) for usage in usages)), critical)


def service(
    issuer: pki.Certificate,
    common_name: str = "Time",
    extended_key_usage: bytes | None = None,
    key: pki.Key | None = None,
    **options: object,
) -> pki.Certificate:
    """A time-stamp authority: its key is for nothing else, critically."""
    extensions = [
        pki.key_usage("digital_signature"),
        extended_key_usage if extended_key_usage is not None else usage(TIME_STAMPING),
    ]
    subject = pki.person(common_name)
    return pki.certificate(subject, key or pki.ec_key(), issuer, extensions=extensions, **options)


def tst_info(
    over: bytes,
    *,
    digest: str = "sha256",
    when: dt.datetime = GENERATED_AT,
    accuracy: bytes = b"",
    more: bytes = b"",
    imprint: bytes | None = None,
) -> bytes:
    hashed = pki.hashed(digest, over) if imprint is None else imprint
    return der.seq(
        der.integer(1),
        der.oid("1.2.3.4"),
        der.seq(pki.digest_algorithm(digest), der.octets(hashed)),
        der.integer(7),
        der.tlv(0x18, when.strftime("%Y%m%d%H%M%SZ").encode()),
        accuracy,
        more,
    )


def token(
    service: pki.Certificate,
    info: bytes,
    *,
    signers: int = 1,
    content_type: str = TST_INFO,
    names_certificate: pki.Certificate | str | None = "own",
    unsigned: list[bytes] | None = None,
    certificates: list[bytes] | None = None,
) -> bytes:
    """A token over a TSTInfo; `names_certificate` is that of its signing-certificate attribute."""
    named = service if names_certificate == "own" else names_certificate
    attributes = [cms.content_type(content_type), cms.message_digest(info)]
    if named is not None:
        attributes.append(cms.signing_certificate_v2(named))
    signer = cms.signer_info(
        service, info, attributes=attributes, unsigned=lambda _: unsigned or []
    )
    return cms.signed_data(
        *[signer] * signers,
        certificates=cms.carried(service) if certificates is None else certificates,
        content=info,
        content_type=content_type,
        version=3,
    )


def attribute(token: bytes, kind: str = SIGNATURE) -> bytes:
    return cms.attribute(kind, token)


def archive_token(
    service: pki.Certificate,
    signed: bytes,
    content: bytes,
    *,
    digest: str = "sha256",
    spoil: bool = False,
    indexed: Iterable[bytes] = (),
    index_digest: str = "sha256",
    **options: object,
) -> bytes:
    """ETSI EN 319 122-1 §5.5.3 over the only signer of a detached SignedData.

    `indexed` are attribute values to name in the index, each after its type.
    """
    node = der.parse(signed)
    fields = node.at(1, 0).children[-1].at(0).children
    covered = b"".join(field.encoded for field in fields if field.tag != 0xA1)
    hashes = der.seq(*(der.octets(pki.hashed(index_digest, value)) for value in indexed))
    index = der.seq(pki.digest_algorithm(index_digest), der.seq(), der.seq(), hashes)
    content_type = der.oid(cms.DATA)
    over = content_type + pki.hashed(digest, content) + covered + index
    info = tst_info(over + b"x" * spoil, digest=digest, **options)
    return token(service, info, unsigned=[cms.attribute(HASH_INDEX_V3, index)])


def with_unsigned(signed: bytes, *attributes: bytes) -> bytes:
    """The same SignedData, its only signer with these unsigned attributes besides."""
    node = der.parse(signed)
    body = node.at(1, 0).children
    signer = body[-1].at(0).children
    kept = [field.encoded for field in signer if field.tag != 0xA1]
    old = [each.encoded for field in signer if field.tag == 0xA1 for each in field.children]
    info = der.seq(*kept, der.explicit(1, *old, *attributes))
    rest = [field.encoded for field in body[:-1]]
    return cms.content_info(cms.SIGNED_DATA, der.seq(*rest, der.set_in_order(info)))


CONFIG = """
[tsa]
default_tsa = service
[service]
serial = {folder}/serial
crypto_device = builtin
signer_digest = sha256
digests = sha256, sha384, sha512
default_policy = 1.2.3.4.1
accuracy = secs:1, millisecs:500, microsecs:100
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


def openssl_token(service: pki.Certificate, over: bytes, digest: str = "sha256") -> bytes:
    """What `openssl ts` answers now."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "config").write_text(CONFIG.format(folder=folder))
        (folder / "serial").write_text("01\n")
        (folder / "data").write_bytes(over)
        (folder / "service.pem").write_bytes(service.pem)
        (folder / "key.pem").write_bytes(service.key_pem)
        (folder / "chain.pem").write_bytes(b"".join(ca.pem for ca in service.chain))

        def run(*arguments: str) -> None:
            subprocess.run(
                ["openssl", "ts", *arguments], cwd=folder, check=True, capture_output=True
            )

        run("-query", "-data", "data", f"-{digest}", "-cert", "-out", "query")
        run(
            *("-reply", "-config", "config", "-queryfile", "query", "-signer", "service.pem"),
            *("-inkey", "key.pem", "-chain", "chain.pem", "-token_out", "-out", "token"),
        )
        return (folder / "token").read_bytes()
