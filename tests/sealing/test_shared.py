"""New envelopes for secrets that both sides have (kekri, pwri): opened by OpenSSL, proven, and
never told."""

from __future__ import annotations

import base64
import os
import pathlib
import random
import subprocess
import time

import pyarrow.parquet as pq
import pytest
from tests.key_files import NEW_OPENSSL
from tests.sealing.handmade import der
from tests.sealing.keyring import ENTITY, HEADER, NOW, as_parquet, objects, written
from tests.sealing.test_encrypt import OF_OPENSSL, opened_by
from tests.sealing.test_faults import flipped, flipped_object, inject, swapped, truncated

import smimebatch as sb
from smimebatch.errors import KeysError, OptionError
from smimebatch.keys import Vault
from smimebatch.schema import codes_of

PLAIN = HEADER + ENTITY
WORD = "correct horse battery"
IDENTIFIER = "0badcafe"
SECRET = {octets: os.urandom(octets).hex() for octets in (16, 24, 32)}
PROGRAMS = [
    "openssl",
    pytest.param(
        str(NEW_OPENSSL),
        marks=pytest.mark.skipif(not NEW_OPENSSL.exists(), reason="make interop builds it"),
    ),
]
FAULTS = (flipped, flipped_object, truncated, swapped)


@pytest.fixture(scope="module")
def secret_key(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    path = tmp_path_factory.mktemp("secret") / "secret.keys"
    path.write_text(f"{IDENTIFIER}:{SECRET[32]}\n")
    return path


def encrypted(mails: list[bytes], out: pathlib.Path, **options: object) -> list[dict]:
    """Return the mail of a run of which every message was written and proven."""
    source = as_parquet(mails, out / "mail.parquet")
    run = sb.encrypt(source, output=out / "run", now=NOW, overwrite=True, **options)
    assert run.totals.objects == {"COMMITTED": len(mails)}
    return written(out / "run")


def opened(program: str, mail: bytes, folder: pathlib.Path, *options: str) -> bytes:
    """Return what OpenSSL finds in the envelope of a mail."""
    file = folder / "sealed.eml"
    file.write_bytes(mail)
    done = subprocess.run(
        (program, "cms", "-decrypt", "-in", str(file), *options),
        capture_output=True,
        check=False,
        env={"OPENSSL_CONF": "/usr/lib/ssl/openssl.cnf", "PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("content", OF_OPENSSL)
def test_openssl_opens_it(program, content, secret_key, tmp_path):
    given = {"to_secret_keys": secret_key, "to_passwords": WORD, "content": content}
    (row,) = encrypted([PLAIN], tmp_path, **given)
    by_key = ("-secretkey", SECRET[32], "-secretkeyid", IDENTIFIER)
    assert opened(program, row["raw"], tmp_path, *by_key) == ENTITY
    assert opened(program, row["raw"], tmp_path, "-pwri_password", WORD) == ENTITY


@pytest.mark.parametrize("names", [("a", "b"), ("both",), ("a", "a")])
def test_two_keys_of_one_identifier_are_refused_before_anything_is_read(tmp_path, names):
    lines = [f"0badcafe:{SECRET[32]}\n", f"0BADCAFE:{SECRET[16]}\n"]
    for name, text in (("a", lines[0]), ("b", lines[1]), ("both", "".join(lines))):
        (tmp_path / name).write_text(text)
    source = as_parquet([PLAIN], tmp_path / "mail.parquet")
    given = {"to_secret_keys": [tmp_path / name for name in names]}
    with pytest.raises(KeysError, match="0badcafe") as caught:
        sb.encrypt(source, output=tmp_path / "run", now=NOW, **given)
    assert SECRET[32] not in str(caught.value)
    assert not (tmp_path / "run").exists()
    Vault.load(secret_keys=given["to_secret_keys"])  # to open mail each is tried


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("octets", SECRET)
def test_keys_of_every_length_are_opened_by_openssl(octets, program, tmp_path):
    file = tmp_path / "key"
    file.write_text(f"{IDENTIFIER}:{SECRET[octets]}\n")
    (row,) = encrypted([PLAIN], tmp_path, to_secret_keys=file)
    given = ("-secretkey", SECRET[octets], "-secretkeyid", IDENTIFIER)
    assert opened(program, row["raw"], tmp_path, *given) == ENTITY


@pytest.mark.parametrize("content", codes_of("content_choice"))
def test_secrets_alone_are_recipients_enough_and_prove_what_is_written(
    content, secret_key, tmp_path
):
    given = {"to_secret_keys": secret_key, "to_passwords": ["another one", WORD]}
    source = as_parquet([PLAIN], tmp_path / "mail.parquet")
    run = sb.encrypt(source, output=tmp_path / "run", content=content, **given)
    (said,) = objects(run)
    assert (said["state"], said["content_equal"]) == ("COMMITTED", True)
    assert said["recipients_after"] == [f"key identifier {IDENTIFIER}", "unnamed", "unnamed"]
    assert said["algorithms_after"] == [content, "aes256-wrap", "pwri-kek"]
    for vault in (
        Vault.load(secret_keys=secret_key),
        Vault.load(mail_passwords=WORD),
        Vault.load(mail_passwords="another one"),
    ):
        back = sb.decrypt(
            tmp_path / "run" / "mail", vault=vault, output=tmp_path / "back", overwrite=True
        )
        assert back.totals.decrypt_statuses == {"decrypted": 1}
        assert [row["raw"] for row in written(tmp_path / "back")] == [PLAIN]


def test_secrets_stand_beside_certificates(keyring, secret_key, tmp_path):
    certificates = [keyring.certificate("rsa"), keyring.certificate("p256")]
    for content in ("aes256-gcm", "aes256-cbc"):
        (row,) = encrypted(
            [PLAIN],
            tmp_path,
            to=certificates,
            to_secret_keys=secret_key,
            to_passwords=WORD,
            content=content,
        )
        for name in ("rsa", "p256"):
            assert opened_by("openssl", keyring, row["raw"], name, tmp_path) == ENTITY
        assert opened("openssl", row["raw"], tmp_path, "-pwri_password", WORD) == ENTITY


def test_versions_are_those_of_the_standard(keyring, secret_key, tmp_path):
    """RFC 5652 section 6.1: 3 with a password, 2 with another recipient than those of version 0."""
    for given, version in (
        ({"to": keyring.certificate("rsa")}, 0),
        ({"to": keyring.certificate("rsa"), "to_secret_keys": secret_key}, 2),
        ({"to_secret_keys": secret_key, "to_passwords": WORD}, 3),
    ):
        vault = keyring.vault("rsa")
        (row,) = encrypted([PLAIN], tmp_path, content="aes256-cbc", vault=vault, **given)
        cms = base64.b64decode(row["raw"].partition(b"\r\n\r\n")[2])
        assert der.integer(version) == cms[cms.index(b"\xa0\x82") :].partition(b"\x30\x82")[2][2:5]


def test_password_has_one_salt_in_a_run_and_every_message_a_vector_of_its_own(tmp_path):
    """Making a key of a password is slow on purpose; one run does it once."""
    mails = [PLAIN.replace(b"<1@", f"<{at}@".encode()) for at in range(200)]
    start = time.monotonic()
    rows = encrypted(mails, tmp_path, to_passwords=WORD)
    assert time.monotonic() - start < 60
    infos = [password_info(row["raw"]) for row in rows]
    assert len({salt for salt, _, _ in infos}) == 1
    assert len({iv for _, iv, _ in infos}) == len({key for _, _, key in infos}) == 200
    (other,) = encrypted([PLAIN], tmp_path, to_passwords=WORD)
    assert password_info(other["raw"])[0] != infos[0][0]


def password_info(mail: bytes) -> tuple[bytes, bytes, bytes]:
    """Return salt, vector and wrapped key of the recipient by password."""
    cms = base64.b64decode(mail.partition(b"\r\n\r\n")[2])
    derivation = der.oid("1.2.840.113549.1.5.12")
    at = cms.index(derivation) + len(derivation)
    assert cms[at + 2 : at + 4] == b"\x04\x10"
    assert cms[at + 20 : at + 25] == der.integer(600_000)
    cipher = der.oid("2.16.840.1.101.3.4.1.42")
    iv = cms.index(cipher) + len(cipher) + 2
    return cms[at + 4 : at + 20], cms[iv : iv + 16], cms[iv + 18 : iv + 66]


def test_reencrypt_and_rewrap_go_from_one_secret_to_another(keyring, secret_key, tmp_path):
    encrypted([PLAIN], tmp_path, to=keyring.certificate("rsa"), vault=keyring.vault("rsa"))
    source = tmp_path / "run" / "mail"
    steps = (
        (sb.reencrypt, keyring.vault("rsa"), {"to_passwords": WORD}),
        (sb.rewrap, Vault.load(mail_passwords=WORD), {"to_secret_keys": secret_key}),
        (sb.reencrypt, Vault.load(secret_keys=secret_key), {"to_passwords": ["a third word"]}),
        (sb.rewrap, Vault.load(mail_passwords="a third word"), {"to_passwords": WORD}),
    )
    for number, (job, vault, given) in enumerate(steps):
        run = job(source, vault=vault, output=tmp_path / str(number), now=NOW, **given)
        assert run.totals.objects == {"COMMITTED": 1}
        source = tmp_path / str(number) / "mail"
    (row,) = pq.read_table(source).to_pylist()
    assert opened("openssl", row["raw"], tmp_path, "-pwri_password", WORD) == ENTITY


def test_vault_with_other_passwords_proves_all_the_same(secret_key, tmp_path):
    vault = Vault.load(mail_passwords=[f"word {at}" for at in range(5)])
    encrypted([PLAIN], tmp_path, to_passwords=[WORD, "word 2, too"], vault=vault)


def test_every_fault_is_caught(secret_key, tmp_path):
    mails = [
        HEADER.replace(b"<1@", f"<{at}@".encode()) + ENTITY.replace(b"7f1c9d", str(at).encode())
        for at in range(200)
    ]
    source = as_parquet(mails, tmp_path / "mail.parquet")
    given = {"to_secret_keys": secret_key, "to_passwords": WORD, "now": NOW, "overwrite": True}
    for number, content in enumerate(["aes256-gcm", "aes256-cbc"]):
        chance = random.Random(number)
        put_in = inject(
            lambda raws, chance=chance: [
                FAULTS[at % len(FAULTS)](chance, raws, at, {}) for at in range(len(raws))
            ]
        )
        run = sb.encrypt(source, output=tmp_path / "run", content=content, **given)
        put_in.undo()
        passed = [row["source_index"] for row in objects(run) if row["reason"] != "proof_failed"]
        assert not passed, [FAULTS[at % len(FAULTS)].__name__ for at in passed]


def test_rule_39_short_passwords_are_refused_and_so_is_nobody(secret_key, tmp_path):
    source = as_parquet([PLAIN], tmp_path / "mail.parquet")
    out = tmp_path / "run"
    with pytest.raises(KeysError) as raised:
        sb.encrypt(source, output=out, to_passwords=["short w"])
    assert "short w" not in str(raised.value).replace("a shorter one", "")
    for given in ({}, {"escrow": "nothing"}):
        with pytest.raises(OptionError):
            sb.encrypt(source, output=out, **given)
    assert not out.exists()


def test_rule_40a_commands_tell_no_secret(secret_key, tmp_path):
    mail = tmp_path / "one.eml"
    mail.write_bytes(PLAIN)
    words = tmp_path / "words"
    words.write_text(f"{WORD}\n")
    new = ("--to-secret-key", str(secret_key), "--to-password-file", str(words))
    old = ("--secret-key", str(secret_key))
    runs = [
        ("encrypt", str(mail), *new, "-o", str(tmp_path / "sealed")),
        ("reencrypt", str(tmp_path / "sealed/mail"), *old, *new, "-o", str(tmp_path / "renewed")),
        ("rewrap", str(tmp_path / "renewed/mail"), *old, *new, "-o", str(tmp_path / "rewrapped")),
    ]
    as_parquet = ("--output-format", "parquet")
    told = []
    for command in runs:
        done = subprocess.run(
            (os.sys.executable, "-m", "smimebatch", *command, *as_parquet),
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        told += [done.stdout, done.stderr]
    (row,) = written(tmp_path / "rewrapped")
    assert opened("openssl", row["raw"], tmp_path, "-pwri_password", WORD) == ENTITY
    for name in ("sealed", "renewed", "rewrapped"):
        told += [path.read_bytes() for path in (tmp_path / name).rglob("*") if path.is_file()]
    for secret in (WORD.encode(), SECRET[32].encode(), bytes.fromhex(SECRET[32])):
        assert not any(secret in octets for octets in told)
