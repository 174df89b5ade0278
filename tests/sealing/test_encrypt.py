"""Mail in clear, encrypted to certificates of every kind with every cipher, and opened again."""

from __future__ import annotations

import base64
import datetime as dt
import pathlib
import stat
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import mlkem, x448, x25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from tests.key_files import NEW_OPENSSL, key_of
from tests.sealing.keyring import (
    ENTITY,
    HEADER,
    KINDS,
    NOW,
    USAGES,
    Keyring,
    as_parquet,
    made_certificate,
    objects,
    written,
)

import smimebatch as sb
from smimebatch.errors import KeysError, OptionError
from smimebatch.keys import Vault
from smimebatch.schema import codes_of

PLAIN = HEADER + ENTITY
STATED = ("state", "reason", "content_equal", "signatures_equal")
PROGRAMS = [
    "openssl",
    pytest.param(
        str(NEW_OPENSSL),
        marks=pytest.mark.skipif(not NEW_OPENSSL.exists(), reason="make interop builds OpenSSL 4"),
    ),
]
OF_OPENSSL = [it for it in codes_of("content_choice") if it.startswith("aes") and "ccm" not in it]
"""Ciphers of content that OpenSSL has for CMS."""
OF_NEW_OPENSSL = ["rsa", "p256", "p384", "p521", "brainpool", "ml-kem-768", "ml-kem-1024"]
"""Keys of 4.0.3."""


def encrypted(
    keyring: Keyring, mails: list[bytes | None], out: pathlib.Path, *names: str, **options: object
) -> tuple[list[dict], list[dict]]:
    """Return the mail of a run and what became of each message."""
    options.setdefault("vault", keyring.vault(*names) if names else None)
    options.setdefault("to", [keyring.certificate(name) for name in names])
    out.mkdir(exist_ok=True)
    source = as_parquet(mails, out / "mail.parquet")
    run = sb.encrypt(source, output=out / "run", now=NOW, overwrite=True, **options)
    return written(out / "run"), objects(run)


def decrypted(keyring: Keyring, mail: bytes, name: str, tmp_path: pathlib.Path) -> bytes:
    """Return the mail without its envelope, by our own decryption."""
    source = as_parquet([mail], tmp_path / "sealed.parquet")
    out = tmp_path / "opened"
    sb.decrypt(source, vault=keyring.vault(name), output=out, overwrite=True)
    (row,) = written(out)
    assert row["opened"]
    return row["raw"]


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("content", codes_of("content_choice"))
def test_every_key_opens_every_cipher(keyring, tmp_path, name, content):
    rows, said = encrypted(keyring, [PLAIN], tmp_path, name, content=content)
    assert [said[0][key] for key in STATED] == ["COMMITTED", None, True, True]
    assert said[0]["algorithms_after"][0] == content
    assert ENTITY[-20:] not in rows[0]["raw"]
    assert decrypted(keyring, rows[0]["raw"], name, tmp_path) == PLAIN


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("transport", codes_of("transport_choice"))
def test_every_transport_is_opened_by_openssl(keyring, tmp_path, transport, program):
    rows, said = encrypted(keyring, [PLAIN], tmp_path, "rsa", key_transport=transport)
    assert said[0]["state"] == "COMMITTED"
    assert opened_by(program, keyring, rows[0]["raw"], "rsa", tmp_path) == ENTITY


@pytest.mark.parametrize("name", ["rsa", "p256", "p384", "p521", "brainpool"])
@pytest.mark.parametrize("content", OF_OPENSSL)
def test_openssl_opens_it(keyring, tmp_path, name, content):
    rows, _ = encrypted(keyring, [PLAIN], tmp_path, name, content=content)
    assert opened_by("openssl", keyring, rows[0]["raw"], name, tmp_path) == ENTITY


@pytest.mark.skipif(not NEW_OPENSSL.exists(), reason="make interop builds OpenSSL 4")
@pytest.mark.parametrize("content", OF_OPENSSL)
@pytest.mark.parametrize("name", OF_NEW_OPENSSL)
def test_new_openssl_opens_it(keyring, tmp_path, name, content):
    rows, _ = encrypted(keyring, [PLAIN], tmp_path, name, content=content)
    assert opened_by(str(NEW_OPENSSL), keyring, rows[0]["raw"], name, tmp_path) == ENTITY


@pytest.mark.skipif(not NEW_OPENSSL.exists(), reason="make interop builds OpenSSL 4")
@pytest.mark.parametrize("content", OF_OPENSSL)
@pytest.mark.parametrize("name", OF_NEW_OPENSSL)
def test_envelope_of_new_openssl_is_opened(keyring, tmp_path, name, content):
    (tmp_path / "entity").write_bytes(ENTITY)
    given = ("-in", str(tmp_path / "entity"), "-recip", f"{name}.crt")
    made = subprocess.run(
        (NEW_OPENSSL, "cms", "-encrypt", "-binary", content.replace("aes", "-aes-"), *given),
        cwd=keyring.folder,
        capture_output=True,
        check=False,
        env={"OPENSSL_CONF": "/usr/lib/ssl/openssl.cnf", "PATH": "/usr/bin:/bin"},
    )
    assert made.returncode == 0, made.stderr.decode()
    plain = decrypted(keyring, HEADER + made.stdout, name, tmp_path)
    assert plain.startswith(HEADER)
    assert plain.endswith(ENTITY)


def opened_by(
    program: str, keyring: Keyring, mail: bytes, name: str, tmp_path: pathlib.Path
) -> bytes:
    """Return what OpenSSL finds in the envelope of a mail."""
    file = tmp_path / "sealed.eml"
    file.write_bytes(mail)
    key = ("-inkey", f"{name}.key", "-recip", f"{name}.crt")
    done = subprocess.run(
        (program, "cms", "-decrypt", "-in", str(file), *key),
        cwd=keyring.folder,
        capture_output=True,
        check=False,
        env={"OPENSSL_CONF": "/usr/lib/ssl/openssl.cnf", "PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def test_many_recipients_each_open_it(keyring, tmp_path):
    names = ("rsa", "p256", "x25519", "ml-kem-768")
    rows, said = encrypted(keyring, [PLAIN], tmp_path, *names)
    assert said[0]["state"] == "COMMITTED"
    assert len(said[0]["recipients_after"]) == 4
    for name in names:
        assert decrypted(keyring, rows[0]["raw"], name, tmp_path) == PLAIN


def test_mail_stored_with_lf_is_encrypted_with_crlf(keyring, tmp_path):
    binary = HEADER + ENTITY.replace(b"7bit", b"binary") + b"\0\n"
    mails = [PLAIN.replace(b"\r\n", b"\n"), binary.replace(b"\r\n", b"\n")]
    rows, said = encrypted(keyring, mails, tmp_path, "p256")
    assert [row["state"] for row in said] == ["COMMITTED", "COMMITTED"]
    assert b"\r" not in rows[0]["raw"]
    assert opened_by("openssl", keyring, rows[0]["raw"], "p256", tmp_path) == ENTITY
    opened = opened_by("openssl", keyring, rows[1]["raw"], "p256", tmp_path)
    assert opened == binary.replace(b"\r\n", b"\n")[len(HEADER.replace(b"\r\n", b"\n")) :]


def test_message_without_content_fields_says_what_it_is(keyring, tmp_path):
    header = b"From: a@b.example\nTo: c@d.example\n"
    rows, said = encrypted(keyring, [header + b"\nGr\xfc\xdfe\n"], tmp_path, "rsa")
    assert said[0]["state"] == "COMMITTED"
    assert rows[0]["raw"].startswith(header + b"MIME-Version: 1.0\nContent-Type: application/")
    opened = opened_by("openssl", keyring, rows[0]["raw"], "rsa", tmp_path)
    assert opened == b"Content-Type: text/plain\r\n\r\nGr\xfc\xdfe\r\n"


def test_who_lacks_a_certificate_is_named_and_nothing_is_written(keyring, tmp_path):
    table = tmp_path / "table.csv"
    table.write_text(f"address,certificate\nBob@Reader.example,{keyring.certificate('p256')}\n")
    other = PLAIN.replace(b"To: ", b"Cc: eve@x.example, Mallory <m@x.example>\r\nTo: ")
    nobody = PLAIN.replace(b"To: bob@reader.example\r\n", b"")
    mails = [PLAIN, other, nobody]
    rows, said = encrypted(
        keyring, mails, tmp_path, to=(), recipients=table, vault=keyring.vault("p256")
    )
    assert [(row["state"], row["reason"]) for row in said] == [
        ("COMMITTED", None),
        ("REFUSED", "no_certificate"),
        ("REFUSED", "no_recipient"),
    ]
    assert said[1]["missing_recipients"] == ["eve@x.example", "m@x.example"]
    assert [row["output"] for row in said] == ["mail#0", None, None]
    assert [row["source_index"] for row in rows] == [0]
    assert pq.read_table(tmp_path / "run" / "errors").num_rows == 0


def test_recipients_come_from_directories_ldif_and_runs(keyring, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("p256", "rsa"):
        (folder / name).write_bytes(keyring.certificate(name).read_bytes())
    der = sb._native.parse_certificates(keyring.certificate("p384").read_bytes())[0]
    text = base64.encodebytes(der).decode().replace("\n", "\n ").strip()
    ldif = tmp_path / "export.ldif"
    ldif.write_text(f"dn: uid=bob\nmail: bob@reader.example\nuserCertificate;binary:: {text}\n\n")
    mail = PLAIN.replace(b"bob@reader.example", b"p256@reader.example, RSA@reader.example")
    cases = {folder: mail, ldif: PLAIN}
    for place, sent in cases.items():
        _, said = encrypted(
            keyring, [sent], tmp_path, to=(), recipients=place, vault=keyring.vault("p384", "p256")
        )
        assert said[0]["state"] == "COMMITTED", place
        assert len(said[0]["recipients_after"]) == (1 if place is ldif else 2)


def test_of_several_certificates_the_latest_that_is_fit_counts(tmp_path):
    keyring = Keyring(tmp_path)
    day = dt.timedelta(days=1)
    keyring.add("p256", addresses=("bob@reader.example",), not_before=NOW - 9 * day, serial=9)
    keyring.add("p384", addresses=("bob@reader.example",), not_before=NOW - 2 * day, serial=2)
    keyring.add("p521", addresses=("bob@reader.example",), not_before=NOW + day, serial=1)
    keyring.add("rsa", addresses=("bob@reader.example",), serial=3, usage="digital_signature")
    for name in ("p256", "p384", "p521", "rsa"):
        (tmp_path / f"{name}.key").rename(tmp_path / f".{name}.key")
    source = as_parquet([PLAIN], tmp_path / ".mail.parquet")
    run = sb.encrypt(source, recipients=tmp_path, output=tmp_path / ".run", now=NOW)
    (said,) = objects(run)
    assert said["recipients_after"] == ["02 of CN=An issuer"]
    assert (said["state"], said["reason"]) == ("COMMITTED_UNVERIFIED", "no_proof_key")


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"not_after": NOW - dt.timedelta(days=1)}, "expired"),
        ({"not_before": NOW + dt.timedelta(days=1)}, "not_yet_valid"),
        ({"usage": "digital_signature"}, "signing_only"),
        ({"purposes": (ExtendedKeyUsageOID.SERVER_AUTH,)}, "other_purpose"),
        ({"key": "rsa-e3"}, "short_key"),
        ({"key": "ed25519"}, "signing_only"),
    ],
)
def test_rule_39_unfit_targets_are_refused_before_anything_is_written(tmp_path, options, word):
    keyring = Keyring(tmp_path)
    key = key_of(options.pop("key", "rsa"))
    keyring.add("unfit", key, **options)
    source = as_parquet([PLAIN], tmp_path / "mail.parquet")
    sentence = sb.schema.sentence("unfit", word)
    for option in ("to", "escrow"):
        given = {"to": keyring.certificate("unfit")} | {option: keyring.certificate("unfit")}
        with pytest.raises(KeysError) as refused:
            sb.encrypt(source, **given, output=tmp_path / "run", now=NOW)
        assert sentence in str(refused.value)
    assert not (tmp_path / "run").exists()
    with pytest.raises(OptionError):
        sb.encrypt(source, output=tmp_path / "run", now=NOW)


@pytest.mark.parametrize(
    ("key", "word"),
    [
        (x25519.X25519PublicKey.from_public_bytes(bytes(32)), "weak_key"),
        (x25519.X25519PublicKey.from_public_bytes(bytes([1, *bytes(31)])), "weak_key"),
        (x25519.X25519PublicKey.from_public_bytes(bytes([0xEC, *[255] * 30, 127])), "weak_key"),
        (x448.X448PublicKey.from_public_bytes(bytes(56)), "weak_key"),
        (x448.X448PublicKey.from_public_bytes(bytes([1, *bytes(55)])), "weak_key"),
    ],
)
def test_rule_39_points_of_small_order_are_refused_before_anything_is_written(tmp_path, key, word):
    path = tmp_path / "unfit.crt"
    path.write_bytes(made_certificate(key, "unfit").public_bytes(Encoding.PEM))
    source = as_parquet([PLAIN], tmp_path / "mail.parquet")
    with pytest.raises(KeysError, match=sb.schema.sentence("unfit", word)):
        sb.encrypt(source, to=path, output=tmp_path / "run", now=NOW)
    assert not (tmp_path / "run").exists()


def test_rule_39_octets_that_are_no_key_of_ml_kem_are_refused(tmp_path):
    key = mlkem.MLKEM768PrivateKey.generate().public_key()
    der = made_certificate(key, "unfit").public_bytes(Encoding.DER)
    octets = key.public_bytes_raw()
    path = tmp_path / "unfit.crt"
    path.write_bytes(der.replace(octets, b"\xff" * 1152 + octets[1152:]))  # above the modulus
    source = as_parquet([PLAIN], tmp_path / "mail.parquet")
    with pytest.raises(KeysError, match=sb.schema.sentence("unfit", "malformed")):
        sb.encrypt(source, to=path, output=tmp_path / "run", now=NOW)


def test_escrow_is_a_recipient_of_every_message(keyring, tmp_path):
    table = tmp_path / "table.csv"
    table.write_text(f"bob@reader.example,{keyring.certificate('p256')}\n")
    rows, said = encrypted(
        keyring,
        [PLAIN],
        tmp_path,
        to=(),
        recipients=table,
        escrow=keyring.certificate("rsa"),
        vault=keyring.vault("rsa"),
    )
    assert said[0]["state"] == "COMMITTED"
    assert decrypted(keyring, rows[0]["raw"], "p256", tmp_path) == PLAIN
    assert decrypted(keyring, rows[0]["raw"], "rsa", tmp_path) == PLAIN


def test_mail_and_run_key_are_for_their_owner_alone(keyring, tmp_path):
    encrypted(keyring, [PLAIN], tmp_path, "p256")
    (part,) = (tmp_path / "run" / "mail").iterdir()
    key = tmp_path / "run" / "_smimebatch" / "proof.key"
    for file in (part, key):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_message_that_is_no_message_is_told_and_costs_no_other(keyring, tmp_path):
    mails = [None, b"no field here\n\ntext", PLAIN]
    rows, said = encrypted(keyring, mails, tmp_path, "p256")
    assert [(row["state"], row["reason"]) for row in said] == [
        ("REFUSED", "unreadable"),
        ("REFUSED", "header_unreadable"),
        ("COMMITTED", None),
    ]
    assert [row["source_index"] for row in rows] == [2]


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_header_protection_puts_the_fields_of_the_author_inside(keyring, tmp_path, end):
    mail = PLAIN.replace(b"Subject: for you", b"Subject: a secret\r\n\tsubject\r\nKeywords: x")
    mail = mail.replace(b"Date:", b"Thread-Topic: a secret subject\r\nDate:")
    received = b"Received: from x by y; Tue, 14 Nov 2023 12:00:00 +0000\r\n"
    mail = (received + mail).replace(b"\r\n", end)
    rows, said = encrypted(keyring, [mail], tmp_path, "p256", header_protection=True)
    assert said[0]["state"] == "COMMITTED"
    outside = rows[0]["raw"].partition(end + end)[0]
    assert end + b"Subject: [...]" + end in outside
    assert b"secret" not in outside and b"Keywords" not in outside
    assert outside.startswith(received.replace(b"\r\n", end))
    inside = opened_by("openssl", keyring, rows[0]["raw"], "p256", tmp_path)
    assert b"Received" not in inside
    for line in (
        b"Subject: a secret\r\n\tsubject\r\n",
        b"Keywords: x\r\n",
        b"Thread-Topic: a secret subject\r\n",
        b"HP-Outer: Subject: [...]\r\n",
        b"HP-Outer: From: alice@sender.example\r\n",
        b'Content-Type: text/plain; charset=us-ascii; hp="cipher"\r\n',
    ):
        assert line in inside, line
    opened = decrypted(keyring, rows[0]["raw"], "p256", tmp_path)
    assert b"X-Enveloped-Subject: a secret\r\n\tsubject\r\n" in opened


def test_rule_20_recipients_are_found_as_senders_are(keyring, tmp_path):
    folder = tmp_path / "certificates"
    folder.mkdir()
    for name, address, days in (
        ("p256", "mark@reader.example", 100),
        ("p384", "Mark@reader.example", 10),
        ("p521", "bob@xn--bcher-kva.example", 10),
    ):
        made = made_certificate(
            key_of(name).public_key(),
            name,
            addresses=(address,),
            not_before=NOW - dt.timedelta(days=days),
        )
        (folder / f"{name}.pem").write_bytes(made.public_bytes(Encoding.PEM))
    addresses = (
        "mark@READER.example",
        "Mark@reader.example",
        "MARK@reader.example",
        "mar\u212a@reader.example",
        "bob@b\u00fccher.example",
        "Bob@xn--bcher-kva.example",
    )
    mails = [f"From: x@none.example\r\nTo: {it}\r\n\r\ntext\r\n".encode() for it in addresses]
    source = as_parquet(mails, tmp_path / "mail.parquet")
    run = sb.encrypt(source, recipients=folder, output=tmp_path / "run", now=NOW)
    found = [(len(row["recipients_after"]), row["missing_recipients"]) for row in objects(run)]
    missing = [[] if at not in (2, 3) else [it] for at, it in enumerate(addresses)]
    assert found == [(1 - len(it), it) for it in missing]
    first, second = (row["recipients_after"] for row in objects(run)[:2])
    assert first != second


def test_signed_mail_gets_no_header_protection(keyring, tmp_path):
    clear = keyring.openssl(
        *("cms", "-sign", "-binary", "-outform", "SMIME"),
        *("-signer", "p256.crt", "-inkey", "p256.key"),
        given=ENTITY,
    ).removeprefix(b"MIME-Version: 1.0\n")
    mail = HEADER + clear.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    rows, said = encrypted(keyring, [mail], tmp_path, "p256", header_protection=True)
    assert (said[0]["state"], said[0]["signatures_equal"]) == ("COMMITTED", True)
    assert b"\r\nSubject: for you\r\n" in rows[0]["raw"]
    assert decrypted(keyring, rows[0]["raw"], "p256", tmp_path) == mail


def test_certificates_that_came_with_mail_need_an_anchor(keyring, tmp_path):
    day = dt.timedelta(days=1)
    authority = key_of("p384")
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A root")])
    root = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(authority.public_key())
        .serial_number(1)
        .not_valid_before(NOW - day)
        .not_valid_after(NOW + 99 * day)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(**dict.fromkeys(USAGES, False) | {"key_cert_sign": True}), critical=True
        )
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(authority.public_key()), critical=False
        )
        .sign(authority, hashes.SHA384())
    )
    genuine = made_certificate(
        key_of("p256").public_key(),
        "Bob",
        addresses=("bob@reader.example",),
        serial=7,
        issued_by=(root, authority),
    )
    # Later than the genuine one, by nobody.
    forged = made_certificate(
        key_of("p521").public_key(), "Bob", addresses=("bob@reader.example",), serial=8
    )
    harvest = tmp_path / "harvest.parquet"
    ders = [one.public_bytes(Encoding.DER) for one in (forged, genuine)]
    pq.write_table(pa.table({"der": pa.array(ders, pa.binary())}), harvest)
    source = as_parquet([PLAIN], tmp_path / "mail.parquet")
    given = {"recipients": harvest, "output": tmp_path / "run", "now": NOW}
    with pytest.raises(OptionError, match="--trust"):
        sb.encrypt(source, **given)
    run = sb.encrypt(source, trust=sb.Trust.from_certificates([root]), **given)
    (said,) = objects(run)
    assert said["recipients_after"] == ["07 of CN=A root"]


@pytest.mark.parametrize(
    "more",
    [b', "eve <eve@x.example>', b", eve", b", Eve <eve at x.example>", b", eve@x.example (c"],
)
def test_recipient_who_cannot_be_read_is_a_reason_to_refuse(keyring, tmp_path, more):
    table = tmp_path / "table.csv"
    table.write_text(f"\ufeffbob@reader.example,{keyring.certificate('p256')}\n")
    mail = PLAIN.replace(b"To: bob@reader.example", b"To: bob@reader.example" + more)
    _, said = encrypted(keyring, [mail], tmp_path, to=(), recipients=table, vault=None)
    assert (said[0]["state"], said[0]["reason"]) == ("REFUSED", "no_certificate")
    assert said[0]["missing_recipients"]


def test_escrow_alone_is_nobody(keyring, tmp_path):
    table = tmp_path / "table.csv"
    table.write_text(f"bob@reader.example,{keyring.certificate('p256')}\n")
    mail = PLAIN.replace(b"bob@reader.example", b"undisclosed-recipients:;")
    given = {"recipients": table, "escrow": keyring.certificate("rsa"), "vault": None}
    _, said = encrypted(keyring, [mail], tmp_path, to=(), **given)
    assert (said[0]["state"], said[0]["reason"]) == ("REFUSED", "no_recipient")


def test_header_without_its_last_line_end_is_encrypted(keyring, tmp_path):
    mails = [b"From: a@b.example\r\nSubject: x", b"Content-Description: y\nSubject: x"]
    _, said = encrypted(keyring, mails, tmp_path, "p256")
    assert [row["state"] for row in said] == ["COMMITTED"] * 2


def test_key_without_a_certificate_proves_by_that_of_the_target(keyring, tmp_path):
    vault = Vault.load(keyring.folder / "p256.key")
    _, said = encrypted(keyring, [PLAIN], tmp_path, "p256", vault=vault)
    assert (said[0]["state"], said[0]["content_equal"]) == ("COMMITTED", True)


def test_two_certificates_that_an_envelope_names_alike_are_refused(tmp_path):
    keyring = Keyring(tmp_path)
    for name in ("one", "other"):
        keyring.add(name, key_of("p256"), serial=7)
    source = as_parquet([PLAIN], tmp_path / "mail.parquet")
    places = [keyring.certificate(name) for name in ("one", "other")]
    with pytest.raises(KeysError, match="differ in issuer or serial number"):
        sb.encrypt(source, to=places, output=tmp_path / "run", now=NOW)
    assert not (tmp_path / "run").exists()


def test_files_of_the_command_are_for_their_owner_alone(keyring, tmp_path):
    source = as_parquet([PLAIN], tmp_path / "mail.parquet")
    out = tmp_path / "run"
    options = ("--to", str(keyring.certificate("p256")), "--now", NOW.isoformat())
    command = (sys.executable, "-m", "smimebatch", "encrypt", str(source), *options, "-o", str(out))
    subprocess.run(command, check=True, capture_output=True)
    modes = [stat.S_IMODE(it.stat().st_mode) for it in (out, *out.rglob("*"))]
    assert not [mode for mode in modes if mode & 0o077]


def test_what_would_be_longer_than_is_read_again_is_refused_before(keyring, tmp_path):
    lines = (b"x" * 75 + b"\r\n") * (190 * (1 << 20) // 77)
    source = as_parquet([PLAIN + lines], tmp_path / "mail.parquet")
    certificate = keyring.certificate("p256")
    run = sb.encrypt(source, to=certificate, output=tmp_path / "run", now=NOW)
    (said,) = objects(run)
    assert (said["state"], said["reason"]) == ("REFUSED", "too_large")


@pytest.mark.parametrize("held", [None, "0"])
def test_rule_40_what_only_calls_itself_an_envelope_is_not_passed_on_in_clear(
    keyring, tmp_path, monkeypatch, held
):
    if held is not None:
        monkeypatch.setenv("SMIMEBATCH_MAIL_HELD_BYTES", held)
    secret = b"This is my secret text, and no envelope.\r\n"
    kind = b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\n"
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.eml").write_bytes(HEADER + kind + secret)
    given = {"vault": keyring.vault("p256"), "now": NOW}
    run = sb.encrypt(
        tmp_path / "in", to=keyring.certificate("p256"), output=tmp_path / "run", **given
    )
    assert [row["state"] for row in objects(run)] == ["COMMITTED"]
    (sealed,) = (tmp_path / "run" / "mail").rglob("*.eml")
    assert secret not in sealed.read_bytes()
    sb.decrypt(tmp_path / "run" / "mail", output=tmp_path / "clear", **given)
    (clear,) = (tmp_path / "clear" / "mail").rglob("*.eml")
    assert clear.read_bytes().endswith(secret)
