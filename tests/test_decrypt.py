"""Envelopes made by OpenSSL and `cryptography`, opened with the keys of a vault."""

from __future__ import annotations

import base64
import itertools
import os
import pathlib
import stat
import subprocess
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from tests.sealing.keyring import ENTITY, HEADER

import smimebatch as sb
from smimebatch.keys import Vault

LEGACY = ("-provider", "legacy", "-provider", "default")
KEYS = {
    "rsa": ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
    "p256": ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
    "p384": ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"),
    "p521": ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"),
    "brainpool": ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP256r1"),
    "brainpool384": ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP384r1"),
}
CIPHERS = {
    "aes128-cbc": ("-aes-128-cbc",),
    "aes192-cbc": ("-aes-192-cbc",),
    "aes256-cbc": ("-aes-256-cbc",),
    "aes128-gcm": ("-aes-128-gcm",),
    "aes192-gcm": ("-aes-192-gcm",),
    "aes256-gcm": ("-aes-256-gcm",),
    "des-ede3-cbc": ("-des-ede3-cbc",),
    "camellia128-cbc": ("-camellia-128-cbc",),
    "camellia192-cbc": ("-camellia-192-cbc",),
    "camellia256-cbc": ("-camellia-256-cbc",),
    "des-cbc": ("-des-cbc", *LEGACY),
    "rc2-cbc": ("-rc2-cbc", *LEGACY),
    "cast5-cbc": ("-cast5-cbc", *LEGACY),
    "seed-cbc": ("-seed-cbc", *LEGACY),
}
TRANSPORTS = {
    "pkcs1": (),
    "oaep": ("rsa_padding_mode:oaep",),
    "oaep sha256": ("rsa_padding_mode:oaep", "rsa_oaep_md:sha256"),
    "oaep sha384": ("rsa_padding_mode:oaep", "rsa_oaep_md:sha384"),
    "oaep sha512": ("rsa_padding_mode:oaep", "rsa_oaep_md:sha512"),
    "oaep sha256, sha1": ("rsa_padding_mode:oaep", "rsa_oaep_md:sha256", "rsa_mgf1_md:sha1"),
    "oaep sha512, sha1": ("rsa_padding_mode:oaep", "rsa_oaep_md:sha512", "rsa_mgf1_md:sha1"),
    "oaep with a label": ("rsa_padding_mode:oaep", "rsa_oaep_label:0102feff"),
}


@dataclass(frozen=True)
class House:
    """Keys with certificates, in files, and OpenSSL's commands."""

    folder: pathlib.Path

    def openssl(self, *arguments: str, given: bytes | None = None) -> bytes:
        """Run a command of OpenSSL."""
        done = subprocess.run(
            ("openssl", *arguments), input=given, capture_output=True, check=False, cwd=self.folder
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def certificate(self, name: str) -> str:
        """Return where a certificate is."""
        return str(self.folder / f"{name}.crt")

    def encrypted(self, name: str, *options: str, recipient: tuple[str, ...] = ()) -> bytes:
        """Return the CMS object of the entity for one recipient."""
        command = ("cms", "-encrypt", "-binary", "-outform", "DER", *options)
        return self.openssl(*command, "-recip", self.certificate(name), *recipient, given=ENTITY)


def mail_of(cms: bytes, smime_type: str = "enveloped-data") -> bytes:
    """Return a mail whose whole content is a CMS object."""
    head = (
        f"Content-Type: application/pkcs7-mime; smime-type={smime_type}; name=smime.p7m\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return HEADER + head.encode() + base64.encodebytes(cms).replace(b"\n", b"\r\n")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    house = House(tmp_path_factory.mktemp("keys"))
    for name, algorithm in KEYS.items():
        house.openssl("genpkey", *algorithm, "-out", f"{name}.key")
        house.openssl(
            *("req", "-x509", "-new", "-key", f"{name}.key", "-out", f"{name}.crt"),
            *("-subj", f"/CN={name}", "-days", "3650"),
        )
        house.openssl(
            *("pkcs12", "-export", "-inkey", f"{name}.key", "-in", f"{name}.crt"),
            *("-out", f"{name}.p12", "-passout", "pass:the password of keys"),
        )
    return house


@pytest.fixture(scope="module")
def vault(house: House) -> Vault:
    files = [house.folder / f"{name}.p12" for name in KEYS]
    return Vault.load(*files, passwords=["the password of keys"])


def opened(
    mails: list[bytes], vault: Vault, out: pathlib.Path, **options: object
) -> tuple[list[dict], list[dict], list[dict]]:
    """Return messages, encryptions and the mail of a run."""
    parquet = out / "mail.parquet"
    out.mkdir(exist_ok=True)
    pq.write_table(pa.table({"raw": pa.array(mails, pa.binary())}), parquet)
    run = sb.decrypt(parquet, vault=vault, output=out / "run", overwrite=True, **options)
    written = pq.read_table(out / "run" / "mail").to_pylist()
    encryptions = run.dataset("encryptions").to_table().to_pylist()
    return run.messages().to_table().to_pylist(), encryptions, written


def check_opened(row: dict) -> None:
    """The mail is that of before its encryption, octet for octet."""
    assert row["opened"]
    assert row["raw"] == HEADER + ENTITY


def test_every_content_cipher_of_openssl_is_opened(house, vault, tmp_path):
    mails = [mail_of(house.encrypted("rsa", *options)) for options in CIPHERS.values()]
    messages, encryptions, written = opened(mails, vault, tmp_path)
    assert [row["decrypt_status"] for row in encryptions] == ["decrypted"] * len(mails)
    assert [row["content_algorithm"] for row in encryptions] == list(CIPHERS)
    assert {row["kind"] for row in messages} == {"encrypted"}
    for row in written:
        check_opened(row)
    integrity = {row["content_algorithm"][-3:]: row["integrity"] for row in encryptions}
    assert integrity == {"cbc": "none", "gcm": "aead"}


def test_every_key_transport_of_openssl_is_opened(house, vault, tmp_path):
    mails = []
    for settings in TRANSPORTS.values():
        recipient = tuple(itertools.chain(*(("-keyopt", it) for it in settings)))
        mails.append(mail_of(house.encrypted("rsa", "-aes-256-cbc", recipient=recipient)))
    _, encryptions, written = opened(mails, vault, tmp_path)
    assert [row["decrypt_status"] for row in encryptions] == ["decrypted"] * len(mails)
    for row in written:
        check_opened(row)


@pytest.mark.parametrize("name", [name for name in KEYS if name != "rsa"])
def test_every_key_agreement_of_openssl_is_opened(name, house, vault, tmp_path):
    wraps = ("-aes128-wrap", "-aes192-wrap", "-aes256-wrap", "-des3-wrap")
    digests = ("sha1", "sha224", "sha256", "sha384", "sha512")
    mails = [
        mail_of(
            house.encrypted(name, "-aes-128-cbc", wrap, recipient=("-keyopt", f"ecdh_kdf_md:{md}"))
        )
        for wrap, md in itertools.product(wraps, digests)
    ]
    cofactor = ("-keyopt", "ecdh_cofactor_mode:1")
    mails.append(mail_of(house.encrypted(name, "-aes-256-gcm", recipient=cofactor)))
    _, encryptions, written = opened(mails, vault, tmp_path)
    assert [row["decrypt_status"] for row in encryptions] == ["decrypted"] * len(mails)
    for row in written:
        check_opened(row)


def test_recipient_named_by_its_key_is_found_and_so_is_one_among_many(house, vault, tmp_path):
    by_key = house.encrypted("rsa", "-aes-256-cbc", "-keyid")
    many = house.encrypted("p384", "-aes-256-cbc", "-recip", house.certificate("rsa"))
    _, encryptions, written = opened([mail_of(by_key), mail_of(many)], vault, tmp_path)
    assert [row["decrypt_status"] for row in encryptions] == ["decrypted"] * 2
    assert [row["recipients"] for row in encryptions] == [1, 2]
    for row in written:
        check_opened(row)
    ids = {key.id for key in vault.keys}
    assert {row["key_id"] for row in encryptions} <= ids


def test_envelope_of_cryptography_is_opened(house, vault, tmp_path):
    certificate = x509.load_pem_x509_certificate((house.folder / "rsa.crt").read_bytes())
    mails = []
    for algorithm in (algorithms.AES128, algorithms.AES256):
        builder = pkcs7.PKCS7EnvelopeBuilder().set_data(ENTITY).add_recipient(certificate)
        builder = builder.set_content_encryption_algorithm(algorithm)
        mails.append(mail_of(builder.encrypt(Encoding.DER, [pkcs7.PKCS7Options.Binary])))
    _, _, written = opened(mails, vault, tmp_path)
    for row in written:
        check_opened(row)


def signed(house: House, entity: bytes) -> bytes:
    """Return a clear-signed entity."""
    return house.openssl(
        *("cms", "-sign", "-binary", "-outform", "SMIME", "-crlfeol", "-signer", "rsa.crt"),
        *("-inkey", "rsa.key", "-md", "sha256"),
        given=entity,
    )


def test_signature_inside_is_judged_and_stays_as_it_was(house, vault, tmp_path):
    inside = signed(house, ENTITY).replace(b"\n", b"\r\n").replace(b"\r\r\n", b"\r\n")
    cms = house.openssl(
        *("cms", "-encrypt", "-binary", "-outform", "DER", "-aes-256-cbc"),
        *("-recip", house.certificate("rsa")),
        given=inside,
    )
    trust = sb.Trust.load(house.certificate("rsa"))
    options = {"trust": trust, "bind": "off", "at": "now"}
    messages, encryptions, written = opened([mail_of(cms)], vault, tmp_path, **options)
    assert messages[0]["kind"] == "signed_and_encrypted"
    assert (messages[0]["indication"], messages[0]["coverage"]) == ("TOTAL_PASSED", "full")
    assert encryptions[0]["integrity"] == "signed_inside"
    assert written[0]["raw"].endswith(inside)
    again = sb.verify_batch(
        pa.record_batch({"raw": pa.array([written[0]["raw"]], pa.binary())}), **options
    )
    assert again.messages["indication"].to_pylist() == ["TOTAL_PASSED"]
    signatures = pq.read_table(tmp_path / "run" / "signatures").to_pylist()
    assert signatures[0]["layer_path"] == "enveloped>signed"
    hidden = ("signed_bytes_sha256", "message_digest_claimed", "cms_sha256")
    assert [signatures[0][name] for name in hidden] == [None] * 3
    opened([mail_of(cms)], vault, tmp_path, inner_facts=True, **options)
    signatures = pq.read_table(tmp_path / "run" / "signatures").to_pylist()
    assert None not in [signatures[0][name] for name in hidden]


def test_rule_33_failure_has_one_face(house, vault, tmp_path):
    whole = bytearray(house.encrypted("rsa", "-aes-256-gcm"))
    changed = {}
    for place in range(1, 40):
        broken = whole.copy()
        broken[-place] ^= 1
        changed[place] = mail_of(bytes(broken))
    cbc = house.encrypted("rsa", "-aes-256-cbc")
    key = house.openssl("x509", "-in", "rsa.crt", "-outform", "DER")
    assert key
    at = cbc.index(bytes.fromhex("300d06092a864886f70d0101010500")) + 30
    wrong_key = cbc[:at] + bytes([cbc[at] ^ 1]) + cbc[at + 1 :]
    mails = [*changed.values(), mail_of(wrong_key)]
    messages, encryptions, written = opened(mails, vault, tmp_path)
    assert {row["decrypt_status"] for row in encryptions} == {"failed"}
    assert {row["key_id"] for row in encryptions} == {None}
    assert [row["opened"] for row in written] == [False] * len(mails)
    assert [row["raw"] for row in written] == mails, "what did not open is there as it was"
    assert {row["indication"] for row in messages} == {"NOT_SIGNED"}


def test_message_for_somebody_else_is_told_and_kept(house, vault, tmp_path):
    only = Vault.load(house.folder / "p256.p12", passwords=["the password of keys"])
    mail = mail_of(house.encrypted("rsa", "-aes-256-cbc"))
    _, encryptions, written = opened([mail, HEADER + ENTITY], only, tmp_path)
    assert [row["decrypt_status"] for row in encryptions] == ["no_key"]
    assert [(row["opened"], row["raw"]) for row in written] == [
        (False, mail),
        (False, HEADER + ENTITY),
    ]


def test_envelope_in_an_envelope_is_opened_whole(house, vault, tmp_path):
    inner = mail_of(house.encrypted("p256", "-aes-128-cbc")).removeprefix(HEADER)
    outer = house.openssl(
        *("cms", "-encrypt", "-binary", "-outform", "DER", "-aes-256-gcm"),
        *("-recip", house.certificate("rsa")),
        given=inner,
    )
    _, encryptions, written = opened([mail_of(outer, "authEnveloped-data")], vault, tmp_path)
    assert [row["layer_path"] for row in encryptions] == ["enveloped", "enveloped>enveloped"]
    check_opened(written[0])


def test_rule_40_mail_can_be_read_by_its_owner_alone(house, vault, tmp_path):
    old = os.umask(0)
    try:
        opened([mail_of(house.encrypted("rsa", "-aes-256-cbc"))], vault, tmp_path)
    finally:
        os.umask(old)
    (part,) = (tmp_path / "run" / "mail").iterdir()
    assert stat.S_IMODE(part.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "run").stat().st_mode) == 0o700, "what is known of it, too"


def test_command_decrypts_and_says_no_secret(house, tmp_path):
    mail = tmp_path / "one.eml"
    mail.write_bytes(mail_of(house.encrypted("rsa", "-aes-256-cbc")))
    passwords = tmp_path / "passwords"
    passwords.write_text("a wrong one\nthe password of keys\n")
    command = ("decrypt", str(mail), "--keys", str(house.folder), "-o", str(tmp_path / "out"))
    command += ("--output-format", "parquet")
    done = subprocess.run(
        ("python", "-m", "smimebatch", *command, "--password-file", str(passwords)),
        capture_output=True,
        check=False,
        env={
            **os.environ,
            "PATH": f"{pathlib.Path(os.sys.executable).parent}:{os.environ['PATH']}",
        },
    )
    assert done.returncode == 0, done.stderr.decode()
    written = pq.read_table(tmp_path / "out" / "mail").to_pylist()
    check_opened(written[0])
    for file in [path for path in (tmp_path / "out").rglob("*") if path.is_file()]:
        if file.parent.name != "mail":
            octets = file.read_bytes()
            assert b"7f1c9d" not in octets, file
            assert b"the password of keys" not in octets, file
    assert b"the password of keys" not in done.stdout + done.stderr
