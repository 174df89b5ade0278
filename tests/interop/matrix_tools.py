"""The other columns of the matrix: `cryptography`, gpgsm and NSS's cmsutil."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import cryptography
import mime
import pki
import programs
import tools
from case import NOT_SIGNED, UNJUDGED, add
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import pkcs7
from judge import OpenSsl
from matrix_algorithms import DIGESTS, columns
from matrix_openssl import OPAQUE
from world import World

WEAK = {"signature": dict(UNJUDGED), "message": dict(UNJUDGED)}


def all_cases(world: World, files: tools.Files, openssl: OpenSsl) -> None:
    cryptography_cases(world)
    for label, signer in signers(world).items():
        chain = signer.chain[0].pem + world.root.pem
        make = partial(tools.personal_exchange, openssl, files, signer, chain)
        is_rsa = isinstance(signer.key, pki.RsaKey)
        p12 = programs.readable_by_gpgsm(make, world.root) if is_rsa else make()
        gpgsm_cases(label, signer, world, files, p12)
        nss_cases(label, signer, world, files, p12)


def signers(world: World) -> dict[str, pki.Certificate]:
    return {
        "RSA-2048": world.alice,
        "RSA-3072": world.signer("Alice 3072", key=pki.rsa_key(3072), issuer=world.issuing),
        "ECDSA P-256": world.ec,
        "ECDSA P-384": world.signer("Alice P-384", key=pki.ec_key("p384")),
        "ECDSA P-521": world.signer("Alice P-521", key=pki.ec_key("p521")),
    }


def case(tool: str, form: str, algorithm: str, entity: bytes, command: str, **more: Any) -> None:
    """A cell; `entity` is what comes behind the header fields of the mail."""
    words = re.sub(r"[^a-z0-9]+", "-", f"{tool.split()[0]} {form} {algorithm}".lower()).strip("-")
    mail = mime.header_block(subject=words) + entity
    cell = {"tool": tool, "form": form, "algorithm": algorithm}
    add(words, mail, origin=f"{tool}, {command}", cell=cell, **more)


def key_columns(signer: pki.Certificate, digest: str) -> dict[str, Any]:
    curves = {"p256": ("secp256r1", 256), "p384": ("secp384r1", 384), "p521": ("secp521r1", 521)}
    if isinstance(signer.key, pki.RsaKey):
        return columns("rsa", digest, signer.key.n.bit_length())
    assert isinstance(signer.key, pki.PycaKey)
    curve, bits = curves[signer.key.curve or ""]
    return columns("ec", digest, bits, curve)


def cryptography_cases(world: World) -> None:
    tool, option = f"cryptography {cryptography.__version__}", pkcs7.PKCS7Options
    smime, der = serialization.Encoding.SMIME, serialization.Encoding.DER
    detached = [option.DetachedSignature]

    def built(
        signer: pki.Certificate, digest: str, options: Any, encoding: Any, data: bytes, pad: Any
    ) -> bytes:
        found = pkcs7.PKCS7SignatureBuilder().set_data(data)
        found = found.add_signer(
            tools.pyca(signer), signer.key.private, pki.pyca_hash(digest), rsa_padding=pad
        )
        return found.add_certificate(tools.pyca(signer.chain[0])).sign(encoding, options)

    def one(
        form: str, label: str, signer: pki.Certificate, digest: str, options: Any, **more: Any
    ) -> None:
        encoding, pad = more.pop("encoding", smime), more.pop("pad", None)
        data = more.pop("data", mime.TEXT)
        wrap = more.pop("wrap", tools.without_mime_version)
        more["signature"] = more.pop("signature", {}) | key_columns(signer, digest)
        entity = wrap(built(signer, digest, options, encoding, data, pad))
        words = ", ".join(str(word).rpartition(".")[2] for word in options)
        case(
            tool,
            form,
            f"{label}, {DIGESTS[digest]}",
            entity,
            f"PKCS7SignatureBuilder, {words}".rstrip(", "),
            **more,
        )

    for label, signer in signers(world).items():
        one("detached", label, signer, "sha256", detached)
        one("opaque", label, signer, "sha256", [], encoding=der, wrap=mime.opaque, signature=OPAQUE)
    for digest in ("sha224", "sha384", "sha512"):
        one("detached", "RSA-2048", world.alice, digest, detached)
        one("detached", "ECDSA P-256", world.ec, digest, detached)
    rsa = ("RSA-2048", world.alice, "sha256")
    one("detached, text", *rsa, [*detached, option.Text], data=b"plain words\r\n")
    one("no attributes", *rsa, [*detached, option.NoAttributes])
    one("no capabilities", *rsa, [*detached, option.NoCapabilities])
    one(
        "content in both places",
        *rsa,
        [],
        rules="04",
        signature={"flags": ["econtent_in_detached"]},
    )
    without = {"crypto": "signer_certificate_missing", "signature": {}}
    entity = pkcs7.PKCS7SignatureBuilder().set_data(mime.TEXT)
    entity = entity.add_signer(tools.pyca(world.alice), world.alice.key.private, hashes.SHA256())
    entity = entity.sign(smime, [*detached, option.NoCerts])
    case(
        tool,
        "no certificates",
        "RSA-2048, SHA-256",
        tools.without_mime_version(entity),
        "PKCS7SignatureBuilder, DetachedSignature, NoCerts",
        **without,
    )
    for digest in ("sha256", "sha384", "sha512"):
        scheme = padding.PSS(padding.MGF1(pki.pyca_hash(digest)), padding.PSS.DIGEST_LENGTH)
        one("detached", "RSA-PSS", world.alice, digest, detached, pad=scheme)
    sealed = pkcs7.PKCS7EnvelopeBuilder().set_data(mime.TEXT).add_recipient(tools.pyca(world.carol))
    case(
        tool,
        "key transport",
        "AES-128-CBC",
        tools.without_mime_version(sealed.encrypt(smime, [])),
        "PKCS7EnvelopeBuilder",
        **envelope(world.carol, "aes128-cbc"),
    )


def envelope(recipient: pki.Certificate, content: str | None = None) -> dict[str, Any]:
    layer = {"layer_path": "enveloped", "recipients": 1, "decrypt_status": "no_key"}
    if content:
        layer["content_algorithm"] = content
    return {
        "message": NOT_SIGNED | {"kind": "encrypted"},
        "signatures": [],
        "judge": "none",
        "encryptions": [layer],
        "recipients": [{"kind": "ktri", "rid_serial": pki.hex_serial(recipient)}],
    }


def gpgsm_cases(
    label: str, signer: pki.Certificate, world: World, files: tools.Files, p12: Any
) -> None:
    """RSA only: the 2.2 series does not import a PKCS#12 file with an EC key."""
    if not isinstance(signer.key, pki.RsaKey):
        return
    version = programs.gpgsm_version()
    tool = f"gpgsm {version.split()[-1]}"
    with programs.gpgsm(p12, world.root) as gpgsm:
        entity = files.data("entity", mime.TEXT)

        def sign(form: str, *options: str, digest: str = "sha256", **more: Any) -> None:
            chosen = [*options, *(["--digest-algo", digest.upper()] if digest != "sha256" else [])]
            written = gpgsm(*chosen, "-o", "-", entity)
            wrap = (
                mime.opaque
                if "--sign" in options
                else lambda data: mime.clear_signed(mime.TEXT, data)
            )
            if "--armor" in options:
                wrap = lambda data: mime.opaque(b"", raw_body=mime.crlf(data))  # noqa: E731
            if "crypto" not in more:
                more["signature"] = (OPAQUE if "--sign" in options else {}) | key_columns(
                    signer, digest
                )
            if digest == "sha1":
                more = {key: value | more.get(key, {}) for key, value in WEAK.items()}
            case(tool, form, f"{label}, {DIGESTS[digest]}", wrap(written), " ".join(chosen), **more)

        sign("detached", "--detach-sign")
        sign("opaque", "--sign")
        for digest in ("sha1", "sha384", "sha512"):
            sign("detached", "--detach-sign", digest=digest)
        if label == "RSA-2048":
            sign("opaque, PEM", "--armor", "--sign", judge="none")
            sign(
                "no certificates",
                "--include-certs",
                "0",
                "--detach-sign",
                crypto="signer_certificate_missing",
            )
            sign("whole chain", "--include-certs", "-1", "--detach-sign")
            to = "&" + programs.keygrip(gpgsm)
            sealed = gpgsm("--encrypt", "-r", to, "-o", "-", entity)
            body = mime.opaque(sealed, smime_type=b"enveloped-data")
            case(tool, "key transport", "default", body, "--encrypt", **envelope(signer))


def nss_cases(
    label: str, signer: pki.Certificate, world: World, files: tools.Files, p12: Any
) -> None:
    tool = f"NSS {programs.nss_version().partition('+')[0]}"
    with programs.nss(p12, files.certificate(world.root)) as cmsutil:

        def sign(form: str, *options: str, digest: str = "sha256", **more: Any) -> None:
            chosen = ["-S", "-N", "fixture", *options]
            if digest != "sha256":
                chosen += ["-H", digest.upper()]
            written = cmsutil(*chosen, data=mime.TEXT)
            more["signature"] = key_columns(signer, digest) | ({} if "-T" in options else OPAQUE)
            if digest in ("sha1", "md5"):
                more = {key: value | more.get(key, {}) for key, value in WEAK.items()}
            body = (
                mime.clear_signed(mime.TEXT, written) if "-T" in options else mime.opaque(written)
            )
            case(
                tool,
                form,
                f"{label}, {DIGESTS[digest]}",
                body,
                f"cmsutil {' '.join(chosen)}",
                **more,
            )

        sign("detached", "-T", "-G")
        sign("opaque", "-G")
        for digest in ("sha384", "sha512"):
            sign("detached", "-T", "-G", digest=digest)
        if label == "RSA-2048":
            sign("no signing time", "-T")
            sign("with capabilities", "-T", "-G", "-P")
            sign("detached", "-T", "-G", digest="sha1")
            only = cmsutil("-O", "-r", "alice@example.org", data=b"")
            case(
                tool,
                "certs-only",
                "-",
                mime.opaque(only, smime_type=b"certs-only", name=b"smime.p7c"),
                "cmsutil -O",
                judge="none",
                signatures=[],
                message=NOT_SIGNED | {"kind": "certs_only"},
            )
            sealed = cmsutil("-E", "-r", "alice@example.org", data=mime.TEXT)
            body = mime.opaque(sealed, smime_type=b"enveloped-data")
            case(tool, "key transport", "default", body, "cmsutil -E", **envelope(signer))
