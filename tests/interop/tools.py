"""Mails made by real programs: OpenSSL 3, cryptography, gpgsm and NSS's cmsutil."""

from __future__ import annotations

import pathlib
from collections.abc import Iterable
from functools import partial

import mime
import pki
import programs
from case import GOOD_SIGNATURE, NOT_SIGNED, UNJUDGED, add, inconclusive
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import pkcs7
from judge import OpenSsl
from world import World

WEAK = dict(
    UNJUDGED
)  # weak algorithms: the mathematics is expected, the sunset table is not asked here
OPAQUE = {"format": "opaque", "canonicalization": "decoded"}


def without_mime_version(smime: bytes) -> bytes:
    return mime.crlf(smime).replace(b"MIME-Version: 1.0\r\n", b"", 1)


def as_mail(name: str, smime: bytes, sender: str = "alice@example.org") -> bytes:
    return mime.header_block(sender, name) + without_mime_version(smime)


class Files:
    """PEM files of certificates and keys for command-line tools."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder

    def certificate(self, certificate: pki.Certificate) -> pathlib.Path:
        path = self.folder / f"{pki.hashed('sha256', certificate.der).hex()[:16]}.pem"
        path.write_bytes(certificate.pem)
        return path

    def key(self, certificate: pki.Certificate) -> pathlib.Path:
        path = self.folder / f"{pki.hashed('sha256', certificate.der).hex()[:16]}.key"
        path.write_bytes(certificate.key_pem)
        return path

    def data(self, name: str, data: bytes) -> pathlib.Path:
        path = self.folder / name
        path.write_bytes(data)
        return path


def spelled(options: Iterable[str | pathlib.Path]) -> str:
    """The options as a reader may repeat them: without the paths of this run."""
    return " ".join("FILE" if isinstance(option, pathlib.Path) else option for option in options)


def signer_arguments(files: Files, signer: pki.Certificate) -> list[str | pathlib.Path]:
    return ["-signer", files.certificate(signer), "-inkey", files.key(signer)]


def openssl_sign(
    openssl: OpenSsl,
    files: Files,
    signer: pki.Certificate,
    *options: str,
    entity: bytes = mime.TEXT,
) -> bytes:
    """`openssl cms -sign` over an entity; S/MIME output with LF line ends."""
    certificates = (
        [] if "-certfile" in options else ["-certfile", files.certificate(signer.chain[0])]
    )
    return openssl.out(
        "cms",
        "-sign",
        "-outform",
        "SMIME",
        *signer_arguments(files, signer),
        *certificates,
        *options,
        data=entity,
    )


def openssl_signed_cases(world: World, openssl: OpenSsl, files: Files) -> None:
    origin = f"{openssl.version()}, cms -sign"

    def case(name: str, signer: pki.Certificate, *options: str, **more: object) -> None:
        mail = as_mail(name, openssl_sign(openssl, files, signer, *options))
        add(name, mail, origin=f"{origin} {spelled(options)}".strip(), **more)

    rsa, weak = world.alice, {"signature": WEAK, "message": WEAK}
    case("openssl-detached-rsa", rsa)
    case("openssl-opaque-rsa", rsa, "-nodetach", signature=OPAQUE)
    case("openssl-detached-streamed", rsa, "-stream", rules="05")
    case("openssl-opaque-streamed", rsa, "-nodetach", "-stream", rules="05", signature=OPAQUE)
    case("openssl-opaque-indefinite", rsa, "-nodetach", "-indef", rules="05", signature=OPAQUE)
    case("openssl-no-attributes", rsa, "-noattr", rules="02")
    case("openssl-no-attributes-opaque", rsa, "-noattr", "-nodetach", rules="02", signature=OPAQUE)
    case("openssl-key-identifier", rsa, "-keyid", rules="16")
    case(
        "openssl-no-certificates", rsa, "-nocerts", crypto="signer_certificate_missing", rules="16"
    )
    for digest in ("sha224", "sha384", "sha512"):
        case(f"openssl-rsa-{digest}", rsa, "-md", digest)
    for digest in ("sha1", "md5"):
        case(f"openssl-rsa-{digest}", rsa, "-md", digest, rules="15", **weak)
    for salt in ("0", "20", "32", "digest", "max"):
        case(
            f"openssl-pss-salt-{salt}",
            rsa,
            "-keyopt",
            "rsa_padding_mode:pss",
            "-keyopt",
            f"rsa_pss_saltlen:{ {'digest': -1, 'max': -3}.get(salt, salt) }",
            rules="11",
        )
    case(
        "openssl-pss-mgf1-sha512",
        rsa,
        "-keyopt",
        "rsa_padding_mode:pss",
        "-keyopt",
        "rsa_mgf1_md:sha512",
        rules="11",
    )
    short = world.signer("Alice 1024", key=pki.rsa_key(1024), issuer=world.issuing)
    case("openssl-rsa-1024-sha1", short, "-md", "sha1", rules="15", **weak)
    long = world.signer("Alice 4096", key=pki.rsa_key(4096), issuer=world.issuing)
    case("openssl-rsa-4096", long)
    for bits, digest in ((1024, "sha1"), (2048, "sha256")):
        signer = world.signer(f"Alice DSA {bits}", key=pki.dsa_key(bits))
        case(f"openssl-dsa-{bits}", signer, "-md", digest, rules="15", **weak)
    for curve, digest in (("p256", "sha256"), ("p384", "sha384"), ("p521", "sha512")):
        signer = world.signer(f"Alice {curve}", key=pki.ec_key(curve))
        case(f"openssl-ecdsa-{curve}", signer, "-md", digest)
    both = files.data("both.pem", world.issuing.pem + world.ec_issuing.pem)
    two = [*signer_arguments(files, world.bob), "-certfile", both]
    passed = dict(GOOD_SIGNATURE)
    mismatch = (
        passed
        | {"address_match": "none"}
        | inconclusive("SIG_CONSTRAINTS_FAILURE", "address_mismatch")
    )
    case(
        "openssl-two-signers",
        rsa,
        *two,
        rules="08",
        signatures=[passed, mismatch],
        message={"flags": ["other_signer_failed"], "signer_count": 2, "signers_passed": 1},
    )


def openssl_encrypted_cases(world: World, openssl: OpenSsl, files: Files) -> None:
    origin = f"{openssl.version()}, cms -encrypt"
    carol, dave = world.carol, world.signer("Dave", key=pki.rsa_key(), issuer=world.issuing)
    agreeing = world.signer("Erin", usages=("key_agreement",))

    def encrypt(entity: bytes, *options: str | pathlib.Path) -> bytes:
        return openssl.out("cms", "-encrypt", "-outform", "SMIME", *options, data=entity)

    def case(
        name: str, algorithm: str, integrity: str, recipients: list[dict], *options: object
    ) -> None:
        mail = as_mail(name, encrypt(mime.TEXT, *options))
        layer = {
            "layer_path": "enveloped",
            "recipients": len(recipients),
            "decrypt_status": "no_key",
        }
        if algorithm:
            layer["content_algorithm"] = algorithm
        add(
            name,
            mail,
            origin=f"{origin} {spelled(options)}",
            message=NOT_SIGNED | {"kind": "encrypted"},
            signatures=[],
            judge="none",
            encryptions=[layer | {"integrity": integrity}],
            recipients=recipients,
        )

    to = files.certificate(carol)
    one = {"kind": "ktri", "rid_serial": pki.hex_serial(carol), "key_available": False}
    case("openssl-enveloped-aes128", "aes128-cbc", "none", [one], "-aes-128-cbc", to)
    case("openssl-enveloped-aes256", "aes256-cbc", "none", [one], "-aes-256-cbc", to)
    case(
        "openssl-enveloped-aes256-streamed",
        "aes256-cbc",
        "none",
        [one],
        "-aes-256-cbc",
        "-stream",
        to,
    )
    case("openssl-enveloped-3des", "", "none", [one], "-des3", to)
    case(
        "openssl-enveloped-two",
        "aes128-cbc",
        "none",
        [one, one | {"rid_serial": pki.hex_serial(dave)}],
        "-aes-128-cbc",
        to,
        files.certificate(dave),
    )
    case(
        "openssl-enveloped-oaep",
        "aes128-cbc",
        "none",
        [one],
        "-aes-128-cbc",
        "-recip",
        to,
        "-keyopt",
        "rsa_padding_mode:oaep",
        "-keyopt",
        "rsa_oaep_md:sha256",
    )
    case(
        "openssl-enveloped-keyid",
        "aes128-cbc",
        "none",
        [{"kind": "ktri"}],
        "-aes-128-cbc",
        "-keyid",
        to,
    )
    case(
        "openssl-enveloped-ecdh",
        "aes128-cbc",
        "none",
        [{"kind": "kari"}],
        "-aes-128-cbc",
        "-recip",
        files.certificate(agreeing),
    )
    case("openssl-authenveloped-gcm", "aes256-gcm", "aead", [one], "-aes-256-gcm", to)

    inner = mime.crlf(without_mime_version(openssl_sign(openssl, files, world.alice)))
    sealed = mime.crlf(without_mime_version(encrypt(inner, "-aes-128-cbc", to)))
    add(
        "openssl-sign-then-encrypt",
        mime.header_block(subject="openssl-sign-then-encrypt") + sealed,
        origin=f"{openssl.version()}, cms -sign, then cms -encrypt",
        judge="none",
        signatures=[],
        message=NOT_SIGNED | {"kind": "encrypted"},
        encryptions=[{"layer_path": "enveloped", "decrypt_status": "no_key"}],
        recipients=[one],
    )
    outer = openssl_sign(openssl, files, world.alice, entity=sealed)
    ciphertext = inconclusive("SIG_CONSTRAINTS_FAILURE", "signed_ciphertext_only")
    add(
        "openssl-triple-wrapped",
        as_mail("openssl-triple-wrapped", outer),
        origin=f"{openssl.version()}, cms -sign, -encrypt, -sign",
        message=ciphertext | {"kind": "signed_and_encrypted", "coverage": "ciphertext"},
        signature=UNJUDGED,
        encryptions=[{"layer_path": "signed>enveloped", "decrypt_status": "no_key"}],
        recipients=[one],
    )


def pyca(certificate: pki.Certificate) -> x509.Certificate:
    return x509.load_der_x509_certificate(certificate.der)


def cryptography_cases(world: World) -> None:
    import cryptography

    origin = f"cryptography {cryptography.__version__}, PKCS7SignatureBuilder"
    option, smime = pkcs7.PKCS7Options, serialization.Encoding.SMIME

    def case(
        name: str, signer: pki.Certificate, *options: pkcs7.PKCS7Options, **more: object
    ) -> None:
        data, pad = more.pop("data", mime.TEXT), more.pop("rsa_padding", None)
        built = (
            pkcs7.PKCS7SignatureBuilder()
            .set_data(data)
            .add_signer(pyca(signer), signer.key.private, hashes.SHA256(), rsa_padding=pad)
            .add_certificate(pyca(signer.chain[0]))
            .sign(smime, options)
        )
        add(name, as_mail(name, built), origin=origin, **more)

    alice, ec = world.alice, world.ec
    case("pyca-detached", alice, option.DetachedSignature)
    case(
        "pyca-detached-text", alice, option.DetachedSignature, option.Text, data=b"plain words\r\n"
    )
    case("pyca-detached-ecdsa", ec, option.DetachedSignature)
    case(
        "pyca-detached-no-attributes", ec, option.DetachedSignature, option.NoAttributes, rules="02"
    )
    case("pyca-detached-no-capabilities", ec, option.DetachedSignature, option.NoCapabilities)
    # A multipart/signed with the content inside the signature too: the visible body counts.
    case("pyca-embedded", ec, rules="04", signature={"flags": ["econtent_in_detached"]})
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
    case("pyca-pss", alice, option.DetachedSignature, rsa_padding=pss, rules="11")


def personal_exchange(
    openssl: OpenSsl, files: Files, certificate: pki.Certificate, chain: bytes
) -> pathlib.Path:
    """A PKCS#12 file with password `x`, in the 3DES form every old tool reads."""
    path = files.folder / "signer.p12"
    openssl.out(
        "pkcs12",
        "-export",
        "-in",
        files.certificate(certificate),
        "-inkey",
        files.key(certificate),
        "-certfile",
        files.data("chain.pem", chain),
        "-name",
        "fixture",
        "-passout",
        "pass:x",
        "-keypbe",
        "PBE-SHA1-3DES",
        "-certpbe",
        "PBE-SHA1-3DES",
        "-macalg",
        "sha1",
        "-out",
        path,
    )
    return path


def gpgsm_cases(world: World, openssl: OpenSsl, files: Files) -> None:
    """GnuPG's S/MIME."""
    alice, origin = world.alice, programs.gpgsm_version()
    chain = world.issuing.pem + world.root.pem
    make = partial(personal_exchange, openssl, files, alice, chain)
    p12 = programs.readable_by_gpgsm(make, world.root)
    with programs.gpgsm(p12, world.root) as gpgsm:
        entity = files.data("entity", mime.TEXT)
        signature = gpgsm("--detach-sign", "-o", "-", entity)
        add(
            "gpgsm-detached",
            mime.header_block(subject="gpgsm-detached") + mime.clear_signed(mime.TEXT, signature),
            origin=f"{origin}, --detach-sign",
        )
        opaque = gpgsm("--sign", "-o", "-", entity)
        add(
            "gpgsm-opaque",
            mime.header_block(subject="gpgsm-opaque") + mime.opaque(opaque),
            origin=f"{origin}, --sign",
            rules="05",
            signature=OPAQUE,
        )
        to = "&" + programs.keygrip(gpgsm)
        sealed = gpgsm("--encrypt", "-r", to, "-o", "-", entity)
        add(
            "gpgsm-enveloped",
            mime.header_block(subject="gpgsm-enveloped")
            + mime.opaque(sealed, smime_type=b"enveloped-data"),
            origin=f"{origin}, --encrypt",
            message=NOT_SIGNED | {"kind": "encrypted"},
            signatures=[],
            judge="none",
            encryptions=[{"layer_path": "enveloped", "recipients": 1}],
            recipients=[{"kind": "ktri", "rid_serial": pki.hex_serial(alice)}],
        )


def nss_cases(world: World, openssl: OpenSsl, files: Files) -> None:
    """NSS: cmsutil signs and encrypts out of a database made here."""
    alice, origin = world.alice, f"NSS {programs.nss_version()}, cmsutil"
    p12 = personal_exchange(openssl, files, alice, world.issuing.pem + world.root.pem)
    with programs.nss(p12, files.certificate(world.root)) as cmsutil:
        detached = cmsutil("-S", "-N", "fixture", "-T", "-G", "-P", data=mime.TEXT)
        add(
            "nss-detached",
            mime.header_block(subject="nss-detached") + mime.clear_signed(mime.TEXT, detached),
            origin=f"{origin} -S -T -G -P",
        )
        add(
            "nss-opaque",
            mime.header_block(subject="nss-opaque")
            + mime.opaque(cmsutil("-S", "-N", "fixture", data=mime.TEXT)),
            origin=f"{origin} -S",
            rules="05",
            signature=OPAQUE,
        )
        sealed = cmsutil("-E", "-r", "alice@example.org", data=mime.TEXT)
        add(
            "nss-enveloped",
            mime.header_block(subject="nss-enveloped")
            + mime.opaque(sealed, smime_type=b"enveloped-data"),
            origin=f"{origin} -E",
            message=NOT_SIGNED | {"kind": "encrypted"},
            signatures=[],
            judge="none",
            encryptions=[{"layer_path": "enveloped", "recipients": 1}],
            recipients=[{"kind": "ktri", "rid_serial": pki.hex_serial(alice)}],
        )


def tool_cases(world: World, openssl: OpenSsl, files: Files) -> None:
    """Every mail of every tool."""
    openssl_signed_cases(world, openssl, files)
    openssl_encrypted_cases(world, openssl, files)
    cryptography_cases(world)
    gpgsm_cases(world, openssl, files)
    nss_cases(world, openssl, files)
