"""Keys of a token open, rewrap and sign what the same keys in files do."""

from __future__ import annotations

import base64
import pathlib

import pyarrow.parquet as pq
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from tests import key_files
from tests.job import jobs
from tests.key_files import key_of
from tests.sealing.keyring import ENTITY, HEADER, NOW, as_parquet, objects, written
from tests.signing import keyring as signing

import smimebatch as sb
from smimebatch.api import verify_archive
from smimebatch.envelopes import Envelopes
from smimebatch.errors import TokenGoneError
from smimebatch.job import verifying
from smimebatch.keys import Vault
from smimebatch.options import VerifyOptions
from smimebatch.trust import Trust

TRANSPORTS = {
    "pkcs1": (),
    "oaep": ("rsa_padding_mode:oaep",),
    "oaep sha256": ("rsa_padding_mode:oaep", "rsa_oaep_md:sha256"),
    "oaep sha512, sha1": ("rsa_padding_mode:oaep", "rsa_oaep_md:sha512", "rsa_mgf1_md:sha1"),
    "oaep with a label": ("rsa_padding_mode:oaep", "rsa_oaep_label:0102feff"),
}
CURVES = ("p256", "p384", "p521")


def cms(keyring, name, *options, settings=(), cipher="-aes-256-cbc"):
    """Return the CMS object of the entity, made by OpenSSL."""
    command = ("cms", "-encrypt", "-binary", "-outform", "DER", cipher, *options)
    chosen = [word for setting in settings for word in ("-keyopt", setting)]
    recipient = ("-recip", str(keyring.certificate(name)), *chosen)
    return keyring.openssl(*command, *recipient, given=ENTITY)


def mail_of(octets: bytes) -> bytes:
    """Return a mail whose whole content is a CMS object."""
    head = (
        b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return HEADER + head + base64.encodebytes(octets).replace(b"\n", b"\r\n")


def opened(mails, vault, out: pathlib.Path, **options):
    """Return the encryptions and the mail of a run."""
    out.mkdir()
    place = as_parquet(mails, out / "mail.parquet")
    run = sb.decrypt(place, vault=vault, output=out / "run", **options)
    return run.dataset("encryptions").to_table().to_pylist(), written(out / "run")


def check_all_opened(encryptions, mail, count):
    assert [row["decrypt_status"] for row in encryptions] == ["decrypted"] * count
    assert {row["raw"] for row in mail} == {HEADER + ENTITY}


def test_every_key_transport_of_openssl_is_opened_by_a_token(hsm, keyring, tmp_path):
    mails = [mail_of(cms(keyring, "rsa", settings=it)) for it in TRANSPORTS.values()]
    mails.append(mail_of(cms(keyring, "rsa", cipher="-aes-128-gcm")))
    vault = hsm.vault("mail")
    encryptions, mail = opened(mails, vault, tmp_path / "a")
    check_all_opened(encryptions, mail, len(mails))
    in_file = keyring.vault("rsa").keys[0]
    assert {row["key_id"] for row in encryptions} == {in_file.id}
    assert in_file in vault.keys


@pytest.mark.parametrize("name", CURVES)
def test_every_key_agreement_of_openssl_is_opened_by_a_token(name, hsm, keyring, tmp_path):
    digests = ("sha1", "sha256", "sha512")
    mails = [mail_of(cms(keyring, name, settings=(f"ecdh_kdf_md:{it}",))) for it in digests]
    encryptions, mail = opened(mails, hsm.vault("mail"), tmp_path / "a")
    check_all_opened(encryptions, mail, len(mails))


def test_key_without_certificate_is_found_by_its_identifier_or_a_certificate_of_a_file(
    hsm, keyring, tmp_path
):
    names = ("rsa", "p256")
    named = [mail_of(cms(keyring, name)) for name in names]
    by_key = [mail_of(named_by_key(keyring, name)) for name in names]
    bare = hsm.vault("bare")
    assert bare.native.counts == (4, 0)
    encryptions, mail = opened([*by_key, *named], bare, tmp_path / "a")
    assert [row["decrypt_status"] for row in encryptions] == ["decrypted"] * 2 + ["no_key"] * 2
    certified = hsm.vault("bare", *map(keyring.certificate, names))
    encryptions, mail = opened([*by_key, *named], certified, tmp_path / "b")
    check_all_opened(encryptions, mail, 4)


def named_by_key(keyring, name):
    """Return an envelope whose recipient is named by the SHA-1 of its key."""
    key = key_of(name)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key()).digest
    made = key_files.certificate(key, with_identifier=identifier)
    keyring.certificate(f"{name}-named").write_bytes(key_files.pem(made))
    return cms(keyring, f"{name}-named", "-keyid")


def changed(octets: bytes, needle_from_end: int) -> bytes:
    at = len(octets) - needle_from_end
    return octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1 :]


def test_rule_33_what_is_wrong_has_the_one_face_that_it_has_with_a_key_in_a_file(
    hsm, keyring, tmp_path
):
    right = cms(keyring, "rsa")
    modulus = key_of("rsa").public_key().public_numbers().n
    wrapped = right.index(b"\x04\x82\x01\x00") + 4
    numbers = [0, 1, 2, modulus - 1, modulus, modulus + 1, (1 << 2048) - 1, modulus // 3]
    texts = [number.to_bytes(256, "big") for number in numbers]
    wrong = [right[:wrapped] + text + right[wrapped + 256 :] for text in texts]
    oaep = cms(keyring, "rsa", settings=TRANSPORTS["oaep"])
    at = oaep.index(b"\x04\x82\x01\x00") + 4
    wrong += [oaep[:at] + text + oaep[at + 256 :] for text in texts]
    agreed = cms(keyring, "p256")
    point = agreed.index(b"\x03\x42\x00\x04") + 3
    off_curve = agreed[: point + 1] + bytes(64) + agreed[point + 65 :]
    wrong += [off_curve, changed(agreed, 200), changed(agreed, 300)]
    mails = [mail_of(it) for it in (*wrong, right, oaep, agreed)]
    vault = hsm.vault("mail")
    told, mail = opened(mails, vault, tmp_path / "token")
    expected, others = opened(mails, keyring.vault("rsa", "p256"), tmp_path / "file")
    statuses = [row["decrypt_status"] for row in told]
    assert statuses[: len(wrong) - 2] == ["failed"] * (len(wrong) - 2)
    assert statuses[-3:] == ["decrypted"] * 3
    assert told == expected
    assert [row["raw"] for row in mail] == [row["raw"] for row in others]


def test_threads_have_sessions_of_their_own_and_every_answer_is_that_of_its_message(
    hsm, keyring, tmp_path
):
    entities = [ENTITY.replace(b"7f1c9d", f"{number:06}".encode()) for number in range(120)]
    mails = []
    for number, entity in enumerate(entities):
        name = ("rsa", "p256", "p384")[number % 3]
        command = ("cms", "-encrypt", "-binary", "-outform", "DER", "-aes-128-cbc")
        made = keyring.openssl(*command, str(keyring.certificate(name)), given=entity)
        mails.append(mail_of(made))
    _, mail = opened(
        mails, hsm.vault("mail"), tmp_path / "a", jobs=4, batch_bytes=16 << 10, unit_messages=50
    )
    assert [row["raw"] for row in mail] == [HEADER + entity for entity in entities]


def test_reencrypt_and_rewrap_open_with_a_token_and_encrypt_is_proven_by_it(hsm, keyring, tmp_path):
    mails = [mail_of(cms(keyring, name)) for name in ("rsa", "p384")]
    place = as_parquet(mails, tmp_path / "mail.parquet")
    other = keyring.certificate("brainpool")
    for job in (sb.reencrypt, sb.rewrap):
        out = tmp_path / job.__name__
        run = job(place, vault=hsm.vault("mail"), to=[other], output=out, now=NOW)
        assert {row["state"] for row in objects(run)} == {"COMMITTED_UNVERIFIED"}
        moved = out / "mail"
        back = sb.decrypt(
            moved, vault=keyring.vault("brainpool"), output=tmp_path / f"{out.name}-back"
        )
        assert {row["raw"] for row in written(pathlib.Path(back.output))} == {HEADER + ENTITY}
    clear = as_parquet([HEADER + ENTITY] * 2, tmp_path / "clear.parquet")
    for transport in ("oaep", "pkcs1"):
        run = sb.encrypt(
            clear,
            to=[keyring.certificate("rsa"), keyring.certificate("p256")],
            vault=hsm.vault("mail"),
            output=tmp_path / transport,
            key_transport=transport,
            now=NOW,
        )
        assert {row["state"] for row in objects(run)} == {"COMMITTED"}


@pytest.mark.parametrize(
    ("name", "options"),
    [("rsa", {}), ("rsa", {"rsa_padding": "pss"}), ("p256", {}), ("p384", {}), ("p521", {})],
)
def test_mail_is_signed_by_a_token(name, options, hsm, keyring, tmp_path):
    made = signing.certificate(key_of(name).public_key())
    file = tmp_path / "signer.crt"
    file.write_bytes(key_files.pem(made))
    place = as_parquet([signing.PLAIN], tmp_path / "mail.parquet")
    vault = hsm.vault("bare", file)
    run = sb.sign(place, signer=vault, output=tmp_path / "run", now=NOW, **options)
    told = objects(run)
    assert [(row["state"], row["reason"]) for row in told] == [("COMMITTED", None)]


def test_token_that_goes_during_a_run_stops_it_and_the_same_command_finishes_it(
    hsm, keyring, tmp_path, monkeypatch
):
    mails = [mail_of(cms(keyring, name)) for name in ("rsa", "p256", "p384") for _ in range(4)]
    place = as_parquet(mails, tmp_path / "mail.parquet")
    out = tmp_path / "run"
    options = {"unit_messages": 4, "batch_bytes": 1, "jobs": 1}
    real, batches = verifying.verification, iter(range(100))

    def verification(engine, *beside):
        operation = real(engine, *beside)

        def operate(batch):
            if next(batches) == 6:
                hsm.pull_out()
            return operation(batch)

        return operate

    monkeypatch.setattr(verifying, "verification", verification)
    with pytest.raises(TokenGoneError, match="the same command") as raised:
        sb.decrypt(place, vault=hsm.vault("mail"), output=out, **options)
    assert raised.value.exit_code == 5
    assert "C_" in raised.value.found
    monkeypatch.undo()
    committed = pq.read_table(out / "mail").to_pylist() if (out / "mail").exists() else []
    assert {row["raw"] for row in committed} <= {HEADER + ENTITY}
    assert len(committed) < len(mails)
    run = sb.decrypt(place, vault=hsm.vault("mail"), output=out, **options)
    encryptions = run.dataset("encryptions").to_table().to_pylist()
    check_all_opened(encryptions, written(out), len(mails))


def test_run_that_a_file_began_is_finished_by_a_token_with_the_same_keys(hsm, keyring, tmp_path):
    mails = [mail_of(cms(keyring, "rsa")) for _ in range(6)]
    place = as_parquet(mails, tmp_path / "mail.parquet")
    files = keyring.vault("rsa", "p256", "p384", "p521")
    token = hsm.vault("mail", *map(keyring.certificate, ("rsa", "p256", "p384", "p521")))
    assert files.keys == token.keys
    with pytest.raises(jobs.Stopped):
        verify_archive(
            [place],
            Trust(),
            VerifyOptions(unit_messages=2, batch_bytes=1),
            output=tmp_path / "run",
            envelopes=Envelopes(files, writes_mail=True),
            sinks=[jobs.Stopper(3)],
        )
    run = sb.decrypt(place, vault=token, output=tmp_path / "run", unit_messages=2, batch_bytes=1)
    encryptions = run.dataset("encryptions").to_table().to_pylist()
    check_all_opened(encryptions, written(tmp_path / "run"), len(mails))


def test_key_in_a_file_is_used_from_there(hsm, keyring, tmp_path):
    files = [keyring.folder / "rsa.key", keyring.certificate("rsa")]
    vault = Vault.load(*files, tokens=hsm.open("mail"))
    assert vault.native.counts[0] == 4
    hsm.pull_out()
    encryptions, mail = opened([mail_of(cms(keyring, "rsa"))], vault, tmp_path / "a")
    check_all_opened(encryptions, mail, 1)


def test_key_that_is_lent_to_sign_only_opens_nothing(hsm, keyring, tmp_path):
    vault = hsm.vault("limited")
    assert vault.native.counts == (4, 4)
    assert vault.warnings == ()
    mails = [mail_of(cms(keyring, name)) for name in ("p256", "p384", "rsa", "rsa-e3")]
    encryptions, _ = opened(mails, vault, tmp_path / "a")
    status = [row["decrypt_status"] for row in encryptions]
    assert status == ["no_key", "decrypted", "no_key", "decrypted"]
    place = as_parquet([signing.PLAIN], tmp_path / "mail.parquet")
    for name in ("p256", "rsa"):
        signer = hsm.vault("limited", certified(keyring, name, tmp_path))
        run = sb.sign(place, signer=signer, output=tmp_path / f"by-{name}", now=NOW)
        assert [row["state"] for row in objects(run)] == ["COMMITTED"]
    for name in ("p384", "rsa-e3"):
        signer = hsm.vault("limited", certified(keyring, name, tmp_path))
        run = sb.sign(place, signer=signer, output=tmp_path / f"by-{name}", now=NOW)
        (said,) = objects(run)
        assert (said["state"], said["reason"]) == ("REFUSED", "no_signer")


def certified(keyring, name, folder):
    """Return a certificate of the author of PLAIN for a key."""
    key = load_pem_private_key((keyring.folder / f"{name}.key").read_bytes(), None)
    (folder / name).write_bytes(key_files.pem(signing.certificate(key.public_key())))
    return folder / name
