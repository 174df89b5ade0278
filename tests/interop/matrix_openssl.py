"""The OpenSSL columns of the matrix: every form that `cms` signs, encrypts and compresses in."""

from __future__ import annotations

import pathlib
import re
from dataclasses import dataclass, field
from typing import Any

import mime
import pki
import tools
from case import GOOD_SIGNATURE, NOT_SIGNED, UNJUDGED, add, inconclusive
from judge import OpenSsl
from world import World

OPAQUE = {"format": "opaque", "canonicalization": "decoded"}
WEAK = {"signature": dict(UNJUDGED), "message": dict(UNJUDGED)}
# Form: options of `cms -sign`, columns that differ from a clear-signed mail.
FORMS: dict[str, tuple[list[str], dict[str, Any]]] = {
    "detached": ([], {}),
    "opaque": (["-nodetach"], OPAQUE),
    "opaque, streamed": (["-nodetach", "-stream"], OPAQUE),
    "detached, streamed": (["-stream"], {}),
    "no attributes": (["-noattr"], {}),
    "opaque, no attributes": (["-noattr", "-nodetach"], OPAQUE),
    "key identifier": (["-keyid"], {"sid_kind": "subject_key_identifier"}),
    "CAdES": (["-cades"], {"ess_certificate_id": "match_v2"}),
    "no capabilities": (["-nosmimecap"], {}),
}
PSS = ["-keyopt", "rsa_padding_mode:pss"]


@dataclass
class Algorithm:
    """One row of the table: a signer, options, and what the columns say."""

    label: str
    signer: pki.Certificate
    options: list[str] = field(default_factory=list)
    columns: dict[str, Any] = field(default_factory=dict)
    forms: tuple[str, ...] = ("detached", "opaque")
    weak: bool = False


class Tool:
    """One OpenSSL: its cases have its name."""

    def __init__(self, world: World, files: tools.Files, openssl: OpenSsl, judged_by: str) -> None:
        self.world, self.files, self.openssl, self.judged_by = world, files, openssl, judged_by
        self.version = openssl.version()

    def key(self, algorithm: str, *options: str) -> pki.ToolKey:
        chosen = [word for option in options for word in ("-pkeyopt", option)]
        pem = self.openssl.out("genpkey", "-algorithm", algorithm, *chosen)
        public = self.openssl.out("pkey", "-pubout", "-outform", "DER", data=pem)
        return pki.ToolKey(pem, public)

    def signer(self, label: str, key: pki.Key, rsa_issuer: bool = False) -> pki.Certificate:
        issuer = self.world.issuing if rsa_issuer else self.world.ec_issuing
        return self.world.signer(f"Alice {label}", key=key, issuer=issuer)

    def name(self, form: str, algorithm: str) -> str:
        words = re.sub(r"[^a-z0-9]+", "-", f"{form} {algorithm}".lower()).strip("-")
        return f"{self.judged_by.lower().replace(' ', '')}-{words}"

    def add(self, form: str, algorithm: str, mail: bytes, origin: str, **more: Any) -> None:
        cell = {"tool": self.version, "form": form, "algorithm": algorithm}
        name = self.name(form, algorithm)
        if mail[:5] != b"From:":
            mail = tools.as_mail(name, mail)
        origin = f"{self.version}, {origin}".strip()
        add(name, mail, origin=origin, judged_by=self.judged_by, cell=cell, **more)

    def sign(self, algorithm: Algorithm) -> None:
        """A mail in each of the algorithm's forms."""
        for form in algorithm.forms:
            self.sign_in_form(algorithm, form)

    def sign_in_form(self, algorithm: Algorithm, form: str) -> None:
        options, columns = FORMS[form]
        options = [*algorithm.options, *options]
        smime = tools.openssl_sign(self.openssl, self.files, algorithm.signer, *options)
        more = {"signature": columns | algorithm.columns}
        if algorithm.weak:
            more = {key: value | more.get(key, {}) for key, value in WEAK.items()}
        origin = f"cms -sign {tools.spelled(options)}".strip()
        self.add(form, algorithm.label, smime, origin, **more)


def other_forms(tool: Tool) -> None:
    """Forms in which something else is written or signed than an entity in CRLF."""
    rsa, alice = "RSA-2048, SHA-256", tool.world.alice
    good = {"key_algorithm": "rsa", "digest_algorithm": "sha256", "key_bits": 2048}

    def signed(
        *options: str | pathlib.Path, entity: bytes = mime.TEXT, by: pki.Certificate = alice
    ) -> bytes:
        return tools.openssl_sign(tool.openssl, tool.files, by, *options, entity=entity)

    stored_lf = {"canonicalization": "stored_lf"} | good
    tool.add(
        "detached, binary with LF",
        rsa,
        signed("-binary", entity=mime.lf(mime.TEXT)),
        "cms -sign -binary",
        rules="26",
        signature=stored_lf,
        judge_disagrees="`openssl cms -verify` reads a part with CRLF, whatever was signed",
    )
    tool.add(
        "opaque, binary with LF",
        rsa,
        signed("-binary", "-nodetach", entity=mime.lf(mime.TEXT)),
        "cms -sign -binary -nodetach",
        signature=OPAQUE | good,
    )
    tool.add(
        "detached, text",
        rsa,
        signed("-text", entity=b"plain words\r\n"),
        "cms -sign -text",
        signature=good,
    )
    tool.add(
        "opaque, text",
        rsa,
        signed("-text", "-nodetach", entity=b"plain words\r\n"),
        "cms -sign -text -nodetach",
        signature=OPAQUE | good,
    )
    tool.add(
        "detached, stored with CRLF",
        rsa,
        mime.crlf(tools.as_mail("crlf", signed("-crlfeol"))),
        "cms -sign -crlfeol",
        signature=good,
        crlf=True,
    )
    tool.add(
        "no certificates",
        rsa,
        signed("-nocerts"),
        "cms -sign -nocerts",
        crypto="signer_certificate_missing",
    )
    receipt = ["-receipt_request_to", "alice@example.org", "-receipt_request_all"]
    tool.add(
        "receipt requested", rsa, signed(*receipt), f"cms -sign {' '.join(receipt)}", signature=good
    )
    for form, options in (
        ("DER, binary encoding", []),
        ("DER, binary encoding, streamed", ["-stream"]),
    ):
        der = signed("-nodetach", "-outform", "DER", *options)
        headers = mime.OPAQUE_HEADERS % (b"signed-data", b"smime.p7m", b"smime.p7m")
        headers = headers.replace(b"base64", b"binary")
        mail = mime.header_block(subject=tool.name(form, rsa)) + mime.opaque(
            b"", headers=headers, raw_body=der
        )
        tool.add(
            form,
            rsa,
            mail,
            f"cms -sign -nodetach -outform DER {' '.join(options)}",
            signature=OPAQUE | good,
            crlf=True,
            judge="none",
        )
    pem = signed("-nodetach", "-outform", "PEM")
    mail = mime.header_block(subject=tool.name("PEM", rsa)) + mime.opaque(
        b"", raw_body=mime.crlf(pem)
    )
    tool.add(
        "opaque, PEM",
        rsa,
        mail,
        "cms -sign -nodetach -outform PEM",
        rules="27",
        signature=OPAQUE | good,
        judge="none",
    )
    several_signers(tool, signed)
    inner = mime.crlf(tools.without_mime_version(signed()))
    tool.add(
        "signed twice, nested",
        rsa,
        signed(entity=inner, by=tool.world.ec),
        "cms -sign, then cms -sign",
        signatures=[dict(GOOD_SIGNATURE), GOOD_SIGNATURE | {"layer_path": "signed>signed"}],
    )
    opaque_inner = mime.crlf(tools.without_mime_version(signed("-nodetach")))
    tool.add(
        "signed twice, opaque in detached",
        rsa,
        signed(entity=opaque_inner, by=tool.world.ec),
        "cms -sign -nodetach, then cms -sign",
        signatures=[
            dict(GOOD_SIGNATURE),
            GOOD_SIGNATURE | OPAQUE | {"layer_path": "signed>signed"},
        ],
    )
    certificates = tool.openssl.out(
        "crl2pkcs7", "-nocrl", "-certfile", tool.files.certificate(alice), "-outform", "DER"
    )
    mail = mime.header_block(subject=tool.name("certs-only", "")) + mime.opaque(
        certificates, smime_type=b"certs-only", name=b"smime.p7c"
    )
    tool.add(
        "certs-only",
        "-",
        mail,
        "crl2pkcs7 -nocrl",
        judge="none",
        signatures=[],
        message=NOT_SIGNED | {"kind": "certs_only"},
    )


def several_signers(tool: Tool, signed: Any) -> None:
    """Two and three signers of one content: keys of two kinds, and one who is not the sender."""
    world, files = tool.world, tool.files
    both = files.data(f"{tool.judged_by}-both.pem", world.issuing.pem + world.ec_issuing.pem)
    passed, mismatch = dict(GOOD_SIGNATURE), GOOD_SIGNATURE | {"address_match": "none"}
    mismatch |= inconclusive("SIG_CONSTRAINTS_FAILURE", "address_mismatch")
    ec, bob = tools.signer_arguments(files, world.ec), tools.signer_arguments(files, world.bob)
    tool.add(
        "two signers",
        "RSA and ECDSA",
        signed(*ec, "-certfile", both),
        "cms -sign, two -signer",
        rules="08",
        signatures=[passed, passed],
        message={"signer_count": 2, "signers_passed": 2},
    )
    tool.add(
        "three signers, one of them the sender's",
        "RSA and ECDSA",
        signed(*ec, *bob, "-certfile", both),
        "cms -sign, three -signer",
        rules="08",
        signatures=[passed, passed, mismatch],
        message={"signer_count": 3, "signers_passed": 2, "flags": ["other_signer_failed"]},
    )


def encrypted_forms(tool: Tool) -> None:
    """Recognised and listed; whether they open is another matter."""
    carol, erin = tool.world.carol, tool.world.signer("Erin", usages=("key_agreement",))
    to, agreeing = tool.files.certificate(carol), tool.files.certificate(erin)
    ktri = {"kind": "ktri", "rid_serial": pki.hex_serial(carol), "key_available": False}
    aes, password = ["-aes-256-cbc"], ["-pwri_password", "x"]
    key = ["-secretkey", "000102030405060708090A0B0C0D0E0F", "-secretkeyid", "C0FEE0"]
    forms: list[tuple[str, str, list[Any], str, str, list[dict[str, Any]]]] = [
        (
            "key transport",
            f"AES-{bits}-CBC",
            [f"-aes-{bits}-cbc", to],
            f"aes{bits}-cbc",
            "none",
            [ktri],
        )
        for bits in (128, 192, 256)
    ]
    forms += [
        (
            "key transport",
            f"AES-{bits}-GCM",
            [f"-aes-{bits}-gcm", to],
            f"aes{bits}-gcm",
            "aead",
            [ktri],
        )
        for bits in (128, 192, 256)
    ]
    forms += [
        ("key transport", "3DES", ["-des3", to], "des-ede3-cbc", "none", [ktri]),
        ("key transport", "Camellia-128", ["-camellia128", to], "camellia128-cbc", "none", [ktri]),
        (
            "key transport, OAEP",
            "AES-256-CBC",
            [*aes, "-recip", to, "-keyopt", "rsa_padding_mode:oaep"],
            "aes256-cbc",
            "none",
            [ktri | {"algorithm": "rsaes-oaep"}],
        ),
        (
            "key transport, streamed",
            "AES-256-CBC",
            [*aes, "-stream", to],
            "aes256-cbc",
            "none",
            [ktri],
        ),
        (
            "key transport, key identifier",
            "AES-256-CBC",
            [*aes, "-keyid", to],
            "aes256-cbc",
            "none",
            [{"kind": "ktri"}],
        ),
        (
            "key agreement",
            "AES-256-CBC",
            [*aes, "-recip", agreeing],
            "aes256-cbc",
            "none",
            [{"kind": "kari"}],
        ),
        ("password", "AES-256-CBC", [*aes, *password], "aes256-cbc", "none", [{"kind": "pwri"}]),
        (
            "shared key",
            "AES-128-CBC",
            ["-aes-128-cbc", *key],
            "aes128-cbc",
            "none",
            [{"kind": "kekri"}],
        ),
        (
            "several recipients",
            "AES-256-CBC",
            [*aes, *password, to, agreeing],
            "aes256-cbc",
            "none",
            [ktri, {"kind": "kari"}, {"kind": "pwri"}],
        ),
    ]
    for form, algorithm, options, content, integrity, recipients in forms:
        mail = tool.openssl.out("cms", "-encrypt", "-outform", "SMIME", *options, data=mime.TEXT)
        layer = {
            "layer_path": "enveloped",
            "content_algorithm": content,
            "recipients": len(recipients),
        }
        tool.add(
            form,
            algorithm,
            mail,
            f"cms -encrypt {tools.spelled(options)}",
            judge="none",
            signatures=[],
            message=NOT_SIGNED | {"kind": "encrypted"},
            recipients=recipients,
            encryptions=[layer | {"integrity": integrity, "decrypt_status": "no_key"}],
        )
    inner = mime.crlf(
        tools.without_mime_version(tools.openssl_sign(tool.openssl, tool.files, tool.world.alice))
    )
    sealed = tool.openssl.out("cms", "-encrypt", "-outform", "SMIME", *aes, to, data=inner)
    layer = {"layer_path": "signed>enveloped", "decrypt_status": "no_key"}
    outer = tools.openssl_sign(
        tool.openssl,
        tool.files,
        tool.world.alice,
        entity=mime.crlf(tools.without_mime_version(sealed)),
    )
    ciphertext = inconclusive("SIG_CONSTRAINTS_FAILURE", "signed_ciphertext_only")
    tool.add(
        "triple wrapped",
        "RSA-2048, SHA-256",
        outer,
        "cms -sign, -encrypt, -sign",
        signature=UNJUDGED,
        message=ciphertext | {"kind": "signed_and_encrypted", "coverage": "ciphertext"},
        encryptions=[layer],
        recipients=[ktri],
    )


def compressed_forms(tool: Tool) -> None:
    """CompressedData around mail, around a signature, and inside one (RFC 3274)."""
    rsa = "RSA-2048, SHA-256"

    def compressed(entity: bytes) -> bytes:
        return tool.openssl.out("cms", "-compress", "-outform", "SMIME", data=entity)

    tool.add(
        "compressed",
        "zlib",
        compressed(mime.TEXT),
        "cms -compress",
        judge="none",
        signatures=[],
        message=NOT_SIGNED | {"kind": "compressed"},
    )
    inner = mime.crlf(
        tools.without_mime_version(tools.openssl_sign(tool.openssl, tool.files, tool.world.alice))
    )
    tool.add(
        "compressed around signed",
        rsa,
        compressed(inner),
        "cms -sign, then cms -compress",
        judge="none",
        message={"kind": None},
        signature={
            "layer_path": "compressed>signed",
            "canonicalization_any": ["as_stored", "lf_to_crlf"],
            "canonicalization": None,
        },
    )
    sealed = mime.crlf(tools.without_mime_version(compressed(mime.TEXT)))
    outer = tools.openssl_sign(tool.openssl, tool.files, tool.world.alice, entity=sealed)
    tool.add(
        "signed around compressed",
        rsa,
        outer,
        "cms -compress, then cms -sign",
        message={"kind": None},
    )
