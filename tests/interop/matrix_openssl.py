"""The OpenSSL columns of the matrix: Debian's 3.0 and a 4.0.3 built here, in every form of `cms`."""

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

    def sign(self, algorithm: Algorithm, form: str) -> None:
        options, columns = FORMS[form]
        options = [*algorithm.options, *options]
        smime = tools.openssl_sign(self.openssl, self.files, algorithm.signer, *options)
        more = {"signature": columns | algorithm.columns}
        if algorithm.weak:
            more = {key: value | more.get(key, {}) for key, value in WEAK.items()}
        origin = f"cms -sign {tools.spelled(options)}".strip()
        self.add(form, algorithm.label, smime, origin, **more)


def all_cases(world: World, files: tools.Files, judges: dict[str, OpenSsl]) -> None:
    three = Tool(world, files, judges["OpenSSL 3"], "OpenSSL 3")
    four = Tool(world, files, judges["OpenSSL 4"], "OpenSSL 4")
    for tool in (three, four):
        for algorithm in common_algorithms(tool):
            for form in algorithm.forms:
                tool.sign(algorithm, form)
        other_forms(tool)
        encrypted_forms(tool)
    for algorithm in [*old_algorithms(three), *new_algorithms(four)]:
        for form in algorithm.forms:
            (four if algorithm.signer.key.kind == "new" else three).sign(algorithm, form)
    compressed_forms(four)


def common_algorithms(tool: Tool) -> list[Algorithm]:
    """What both know: RSA and ECDSA with SHA-2 and SHA-3, PSS, every form for the usual two."""
    rsa, ec = tool.world.alice, tool.world.ec
    every = tuple(FORMS)
    found = [
        Algorithm("RSA-2048, SHA-256", rsa, [], columns("rsa", "sha256", 2048), every),
        Algorithm("ECDSA P-256, SHA-256", ec, [], columns("ec", "sha256", 256, "secp256r1"), every),
    ]
    for digest in ("sha224", "sha384", "sha512", "sha512-224", "sha512-256", *SHA3):
        label = f"RSA-2048, {DIGESTS[digest]}"
        found.append(Algorithm(label, rsa, ["-md", digest], columns("rsa", digest, 2048)))
    for digest in ("sha1", "md5", "ripemd160"):
        label = f"RSA-2048, {DIGESTS[digest]}"
        found.append(
            Algorithm(label, rsa, ["-md", digest], columns("rsa", digest, 2048), weak=True)
        )
    for digest in ("sha224", "sha384", "sha512"):
        label = f"ECDSA P-256, {DIGESTS[digest]}"
        found.append(Algorithm(label, ec, ["-md", digest], columns("ec", digest, 256, "secp256r1")))
    for digest in ("sha256", "sha384", "sha512"):
        label = f"RSA-PSS, {DIGESTS[digest]}"
        columns_of = columns("rsa", digest, 2048) | {"signature_algorithm": "rsassa-pss"}
        found.append(Algorithm(label, rsa, ["-md", digest, *PSS], columns_of))
    for salt in ("0", "20", "64", "-3"):
        words = {"-3": "longest"}.get(salt, f"{salt} octets of")
        options = [*PSS, "-keyopt", f"rsa_pss_saltlen:{salt}"]
        found.append(Algorithm(f"RSA-PSS, {words} salt", rsa, options, {"signature_algorithm": "rsassa-pss"}, ("detached",)))
    restricted = tool.key(
        "RSA-PSS", "rsa_keygen_bits:2048", "rsa_pss_keygen_md:sha256", "rsa_pss_keygen_mgf1_md:sha256", "rsa_pss_keygen_saltlen:32"
    )  # fmt: skip
    signer = tool.signer("PSS only", restricted, rsa_issuer=True)
    found.append(Algorithm("RSA-PSS-only key, SHA-256", signer, PSS, columns("rsassa-pss", "sha256", 2048)))
    for bits in (1024, 3072, 4096):
        signer = tool.signer(f"RSA {bits}", pki.rsa_key(bits), rsa_issuer=True)
        found.append(
            Algorithm(f"RSA-{bits}, SHA-256", signer, [], columns("rsa", "sha256", bits), weak=bits < 2048)
        )
    for curve, bits, digest in CURVES:
        key = tool.key("EC", f"ec_paramgen_curve:{curve}", "ec_param_enc:named_curve")
        named = NAMES_OF_CURVES.get(curve, curve)
        signer = tool.signer(named, key)
        label = f"ECDSA {named}, {DIGESTS[digest]}"
        weak = bits < 224
        found.append(
            Algorithm(label, signer, ["-md", digest], columns("ec", digest, bits, named), ("detached",), weak)
        )
    return found


def old_algorithms(tool: Tool) -> list[Algorithm]:
    """What only the old one signs with, or what is too old for more than one form."""
    found = []
    for bits, digest in ((512, "md5"), (512, "sha1"), (768, "sha1"), (1024, "md5")):
        pem = tool.openssl.out("genpkey", "-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}")
        key = pki.ToolKey(pem, tool.openssl.out("pkey", "-pubout", "-outform", "DER", data=pem))
        signer = tool.signer(f"RSA {bits} {digest}", key, rsa_issuer=True)
        label = f"RSA-{bits}, {DIGESTS[digest]}"
        found.append(
            Algorithm(label, signer, ["-md", digest], columns("rsa", digest, bits), ("detached",), True)
        )
    found.append(
        Algorithm("RSA-2048, MD4", tool.world.alice, ["-md", "md4"], {"digest_algorithm": "md4"}, ("detached",), True)
    )
    for bits, digest in ((1024, "sha1"), (2048, "sha224"), (2048, "sha256"), (3072, "sha256")):
        signer = tool.signer(f"DSA {bits} {digest}", pki.dsa_key(bits))
        label = f"DSA-{bits}, {DIGESTS[digest]}"
        found.append(
            Algorithm(label, signer, ["-md", digest], columns("dsa", digest, bits), ("detached", "opaque"), True)
        )
    return found


def new_algorithms(tool: Tool) -> list[Algorithm]:
    """EdDSA, ML-DSA and SLH-DSA in CMS (RFC 8419, 9882, 9814); OpenSSL writes none without attributes, and no Ed448."""
    pure = ("detached", "opaque", "opaque, streamed", "key identifier")
    found = [
        Algorithm("Ed25519", signer_of(tool, "ED25519"), ["-md", "sha512"], named("ed25519", "sha512"), pure),
    ]
    for level in (44, 65, 87):
        name = f"ML-DSA-{level}"
        found.append(Algorithm(name, signer_of(tool, name), ["-md", "sha512"], named(name.lower(), "sha512"), pure))
    for family in ("SHA2", "SHAKE"):
        for level in ("128s", "128f", "192s", "256s"):
            name = f"SLH-DSA-{family}-{level}"
            forms = ("detached", "opaque") if level == "128s" else ("detached",)
            columns_of = named(name.lower(), "sha512")
            found.append(Algorithm(name, signer_of(tool, name), ["-md", "sha512"], columns_of, forms))
    return found


def signer_of(tool: Tool, algorithm: str) -> pki.Certificate:
    key = tool.key(algorithm)
    key.kind = "new"
    return tool.signer(algorithm, key)


DIGESTS = {
    "md4": "MD4", "md5": "MD5", "sha1": "SHA-1", "ripemd160": "RIPEMD-160", "sha224": "SHA-224",
    "sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512", "sha512-224": "SHA-512/224",
    "sha512-256": "SHA-512/256", "sha3-224": "SHA3-224", "sha3-256": "SHA3-256",
    "sha3-384": "SHA3-384", "sha3-512": "SHA3-512",
}  # fmt: skip
SHA3 = ("sha3-224", "sha3-256", "sha3-384", "sha3-512")
NAMES_OF_CURVES = {"prime192v1": "secp192r1"}
CURVES = (
    ("prime192v1", 192, "sha1"),
    ("secp224r1", 224, "sha224"),
    ("secp384r1", 384, "sha384"),
    ("secp521r1", 521, "sha512"),
    ("secp256k1", 256, "sha256"),
    ("brainpoolP160r1", 160, "sha1"),
    ("brainpoolP192r1", 192, "sha224"),
    ("brainpoolP224r1", 224, "sha224"),
    ("brainpoolP256r1", 256, "sha256"),
    ("brainpoolP320r1", 320, "sha384"),
    ("brainpoolP384r1", 384, "sha384"),
    ("brainpoolP512r1", 512, "sha512"),
    ("brainpoolP256t1", 256, "sha256"),
    ("brainpoolP384t1", 384, "sha384"),
    ("brainpoolP512t1", 512, "sha512"),
)


def columns(key: str, digest: str, bits: int, curve: str | None = None) -> dict[str, Any]:
    found = {"key_algorithm": key, "digest_algorithm": digest, "key_bits": bits}
    return found | ({"curve": curve} if curve else {})


def named(algorithm: str, digest: str) -> dict[str, Any]:
    return {
        "key_algorithm": algorithm,
        "signature_algorithm": algorithm,
        "digest_algorithm": digest,
        "has_quirks": False,
    }


def other_forms(tool: Tool) -> None:
    """Forms in which something else is written or signed than an entity in CRLF."""
    rsa, alice = "RSA-2048, SHA-256", tool.world.alice
    good = columns("rsa", "sha256", 2048)

    def signed(*options: str | pathlib.Path, entity: bytes = mime.TEXT, by: pki.Certificate = alice) -> bytes:
        return tools.openssl_sign(tool.openssl, tool.files, by, *options, entity=entity)

    stored_lf = {"canonicalization": "stored_lf"} | good
    tool.add("detached, binary with LF", rsa, signed("-binary", entity=mime.lf(mime.TEXT)), "cms -sign -binary",
             rules="26", signature=stored_lf,
             judge_disagrees="`openssl cms -verify` reads a part with CRLF, whatever was signed")  # fmt: skip
    tool.add("opaque, binary with LF", rsa, signed("-binary", "-nodetach", entity=mime.lf(mime.TEXT)),
             "cms -sign -binary -nodetach", signature=OPAQUE | good)  # fmt: skip
    tool.add("detached, text", rsa, signed("-text", entity=b"plain words\r\n"), "cms -sign -text", signature=good)
    tool.add("opaque, text", rsa, signed("-text", "-nodetach", entity=b"plain words\r\n"),
             "cms -sign -text -nodetach", signature=OPAQUE | good)  # fmt: skip
    tool.add("detached, stored with CRLF", rsa, mime.crlf(tools.as_mail("crlf", signed("-crlfeol"))),
             "cms -sign -crlfeol", signature=good, crlf=True)  # fmt: skip
    tool.add("no certificates", rsa, signed("-nocerts"), "cms -sign -nocerts",
             crypto="signer_certificate_missing")  # fmt: skip
    receipt = ["-receipt_request_to", "alice@example.org", "-receipt_request_all"]
    tool.add("receipt requested", rsa, signed(*receipt), f"cms -sign {' '.join(receipt)}", signature=good)
    for form, options in (("DER, binary encoding", []), ("DER, binary encoding, streamed", ["-stream"])):
        der = signed("-nodetach", "-outform", "DER", *options)
        headers = mime.OPAQUE_HEADERS % (b"signed-data", b"smime.p7m", b"smime.p7m")
        headers = headers.replace(b"base64", b"binary")
        mail = mime.header_block(subject=tool.name(form, rsa)) + mime.opaque(b"", headers=headers, raw_body=der)
        tool.add(form, rsa, mail, f"cms -sign -nodetach -outform DER {' '.join(options)}",
                 signature=OPAQUE | good, crlf=True, judge="none")  # fmt: skip
    pem = signed("-nodetach", "-outform", "PEM")
    mail = mime.header_block(subject=tool.name("PEM", rsa)) + mime.opaque(b"", raw_body=mime.crlf(pem))
    tool.add("opaque, PEM", rsa, mail, "cms -sign -nodetach -outform PEM", rules="27",
             signature=OPAQUE | good, judge="none")  # fmt: skip
    several_signers(tool, signed)
    inner = mime.crlf(tools.without_mime_version(signed()))
    tool.add("signed twice, nested", rsa, signed(entity=inner, by=tool.world.ec), "cms -sign, then cms -sign",
             signatures=[dict(GOOD_SIGNATURE), GOOD_SIGNATURE | {"layer_path": "signed>signed"}])  # fmt: skip
    opaque_inner = mime.crlf(tools.without_mime_version(signed("-nodetach")))
    tool.add("signed twice, opaque in detached", rsa, signed(entity=opaque_inner, by=tool.world.ec),
             "cms -sign -nodetach, then cms -sign",
             signatures=[dict(GOOD_SIGNATURE), GOOD_SIGNATURE | OPAQUE | {"layer_path": "signed>signed"}])  # fmt: skip
    certificates = tool.openssl.out("crl2pkcs7", "-nocrl", "-certfile", tool.files.certificate(alice), "-outform", "DER")
    mail = mime.header_block(subject=tool.name("certs-only", "")) + mime.opaque(
        certificates, smime_type=b"certs-only", name=b"smime.p7c"
    )
    tool.add("certs-only", "-", mail, "crl2pkcs7 -nocrl", judge="none", signatures=[],
             message=NOT_SIGNED | {"kind": "certs_only"})  # fmt: skip


def several_signers(tool: Tool, signed: Any) -> None:
    """Two and three signers of one content; one whose key is of another kind, one who is not the sender."""
    world, files = tool.world, tool.files
    both = files.data(f"{tool.judged_by}-both.pem", world.issuing.pem + world.ec_issuing.pem)
    passed, mismatch = dict(GOOD_SIGNATURE), GOOD_SIGNATURE | {"address_match": "none"}
    mismatch |= inconclusive("SIG_CONSTRAINTS_FAILURE", "address_mismatch")
    ec, bob = tools.signer_arguments(files, world.ec), tools.signer_arguments(files, world.bob)
    tool.add("two signers", "RSA and ECDSA", signed(*ec, "-certfile", both), "cms -sign, two -signer", rules="08",
             signatures=[passed, passed], message={"signer_count": 2, "signers_passed": 2})  # fmt: skip
    tool.add("three signers, one of them the sender's", "RSA and ECDSA", signed(*ec, *bob, "-certfile", both),
             "cms -sign, three -signer", rules="08", signatures=[passed, passed, mismatch],
             message={"signer_count": 3, "signers_passed": 2, "flags": ["other_signer_failed"]})  # fmt: skip


def encrypted_forms(tool: Tool) -> None:
    """Recognised and listed; whether they open is another matter."""
    carol, erin = tool.world.carol, tool.world.signer("Erin", usages=("key_agreement",))
    to, agreeing = tool.files.certificate(carol), tool.files.certificate(erin)
    ktri = {"kind": "ktri", "rid_serial": pki.hex_serial(carol), "key_available": False}
    aes, password = ["-aes-256-cbc"], ["-pwri_password", "x"]
    key = ["-secretkey", "000102030405060708090A0B0C0D0E0F", "-secretkeyid", "C0FEE0"]
    forms: list[tuple[str, str, list[Any], str, str, list[dict[str, Any]]]] = [
        ("key transport", f"AES-{bits}-CBC", [f"-aes-{bits}-cbc", to], f"aes{bits}-cbc", "none", [ktri])
        for bits in (128, 192, 256)
    ]
    forms += [
        ("key transport", f"AES-{bits}-GCM", [f"-aes-{bits}-gcm", to], f"aes{bits}-gcm", "aead", [ktri])
        for bits in (128, 192, 256)
    ]
    forms += [
        ("key transport", "3DES", ["-des3", to], "des-ede3-cbc", "none", [ktri]),
        ("key transport", "Camellia-128", ["-camellia128", to], "camellia128-cbc", "none", [ktri]),
        ("key transport, OAEP", "AES-256-CBC", [*aes, "-recip", to, "-keyopt", "rsa_padding_mode:oaep"],
         "aes256-cbc", "none", [ktri | {"algorithm": "rsaes-oaep"}]),
        ("key transport, streamed", "AES-256-CBC", [*aes, "-stream", to], "aes256-cbc", "none", [ktri]),
        ("key transport, key identifier", "AES-256-CBC", [*aes, "-keyid", to], "aes256-cbc", "none", [{"kind": "ktri"}]),
        ("key agreement", "AES-256-CBC", [*aes, "-recip", agreeing], "aes256-cbc", "none", [{"kind": "kari"}]),
        ("password", "AES-256-CBC", [*aes, *password], "aes256-cbc", "none", [{"kind": "pwri"}]),
        ("shared key", "AES-128-CBC", ["-aes-128-cbc", *key], "aes128-cbc", "none", [{"kind": "kekri"}]),
        ("several recipients", "AES-256-CBC", [*aes, *password, to, agreeing], "aes256-cbc", "none",
         [ktri, {"kind": "kari"}, {"kind": "pwri"}]),
    ]  # fmt: skip
    for form, algorithm, options, content, integrity, recipients in forms:
        mail = tool.openssl.out("cms", "-encrypt", "-outform", "SMIME", *options, data=mime.TEXT)
        layer = {"layer_path": "enveloped", "content_algorithm": content, "recipients": len(recipients)}
        tool.add(form, algorithm, mail, f"cms -encrypt {tools.spelled(options)}", judge="none", signatures=[],
                 message=NOT_SIGNED | {"kind": "encrypted"}, recipients=recipients,
                 encryptions=[layer | {"integrity": integrity, "decrypt_status": "no_key"}])  # fmt: skip
    inner = mime.crlf(tools.without_mime_version(tools.openssl_sign(tool.openssl, tool.files, tool.world.alice)))
    sealed = tool.openssl.out("cms", "-encrypt", "-outform", "SMIME", *aes, to, data=inner)
    layer = {"layer_path": "signed>enveloped", "decrypt_status": "no_key"}
    outer = tools.openssl_sign(
        tool.openssl, tool.files, tool.world.alice, entity=mime.crlf(tools.without_mime_version(sealed))
    )
    ciphertext = inconclusive("SIG_CONSTRAINTS_FAILURE", "signed_ciphertext_only")
    tool.add("triple wrapped", "RSA-2048, SHA-256", outer, "cms -sign, -encrypt, -sign", signature=UNJUDGED,
             message=ciphertext | {"kind": "signed_and_encrypted", "coverage": "ciphertext"},
             encryptions=[layer], recipients=[ktri])  # fmt: skip


def compressed_forms(tool: Tool) -> None:
    """CompressedData around mail, around a signature, and inside one (RFC 3274)."""
    rsa = "RSA-2048, SHA-256"

    def compressed(entity: bytes) -> bytes:
        return tool.openssl.out("cms", "-compress", "-outform", "SMIME", data=entity)

    tool.add("compressed", "zlib", compressed(mime.TEXT), "cms -compress", judge="none", signatures=[],
             message=NOT_SIGNED | {"kind": "compressed"})  # fmt: skip
    inner = mime.crlf(tools.without_mime_version(tools.openssl_sign(tool.openssl, tool.files, tool.world.alice)))
    tool.add("compressed around signed", rsa, compressed(inner), "cms -sign, then cms -compress", judge="none",
             message={"kind": None},
             signature={"layer_path": "compressed>signed", "canonicalization_any": ["as_stored", "lf_to_crlf"],
                        "canonicalization": None})  # fmt: skip
    sealed = mime.crlf(tools.without_mime_version(compressed(mime.TEXT)))
    outer = tools.openssl_sign(tool.openssl, tool.files, tool.world.alice, entity=sealed)
    tool.add("signed around compressed", rsa, outer, "cms -compress, then cms -sign", message={"kind": None})
