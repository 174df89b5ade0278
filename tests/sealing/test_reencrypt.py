"""Archives put into new envelopes: every readable message arrives, everything else is as it was."""

from __future__ import annotations

import base64
import collections
import datetime as dt
import hashlib
import pathlib
import random
import subprocess
import sys

import pyarrow.parquet as pq
import pytest
from cryptography import x509
from tests.job.jobs import Stopped, Stopper
from tests.key_files import key_of
from tests.sealing import handmade
from tests.sealing.handmade import der
from tests.sealing.keyring import ENTITY, HEADER, NOW, Keyring, as_parquet, objects, written
from tests.sealing.mixed_mail import EXPECTED, enveloped, mixed_mail

import smimebatch as sb
from smimebatch.api import verify_archive
from smimebatch.envelopes import Envelopes
from smimebatch.errors import KeysError, OptionError, OutputError
from smimebatch.keys import Vault
from smimebatch.options import VerifyOptions
from smimebatch.report.gaps import gaps_of
from smimebatch.sealing import REENCRYPT, NewEnvelopes

PLACES = ("source", "source_index", "layer_path", "parent_layer_path", "signed_offset")
"""Where a signature lies, which may change."""


@pytest.fixture(scope="module")
def kinds(keyring: Keyring) -> dict[str, bytes]:
    """One message of every kind that an archive holds, without its header."""
    return mixed_mail(keyring)


@pytest.fixture(scope="module")
def held(keyring: Keyring) -> Vault:
    """Old keys, and the new one."""
    return keyring.vault("rsa", "p256", "p521")


def facts_of(run: object, index: int) -> list[dict]:
    """Return what is known of the signatures of a message, but for where they lie."""
    rows = run.signatures().to_table().to_pylist()
    of_message = [row for row in rows if row["source_index"] == index]
    return [{k: v for k, v in row.items() if k not in PLACES} for row in of_message]


def test_every_kind_of_message_has_its_end(keyring, kinds, held, tmp_path):
    mails = [HEADER + entity for entity in kinds.values()]
    source = as_parquet(mails, tmp_path / "mail.parquet")
    before = hashlib.sha256(source.read_bytes()).digest()
    run = sb.reencrypt(
        source, vault=held, to=keyring.certificate("p521"), output=tmp_path / "run", now=NOW
    )
    said = dict(zip(kinds, objects(run), strict=True))
    assert {kind: (row["state"], row["reason"]) for kind, row in said.items()} == EXPECTED
    assert run.totals.objects == collections.Counter(state for state, _ in EXPECTED.values())
    assert run.exit_code == 3
    assert hashlib.sha256(source.read_bytes()).digest() == before
    rows = dict(zip(kinds, written(tmp_path / "run"), strict=True))
    for kind, row in rows.items():
        if EXPECTED[kind][0] != "COMMITTED":
            assert row["raw"] == HEADER + kinds[kind], kind
    inside = {"signed inside": kinds["signed"], "nested": kinds["signed"], "encrypted": ENTITY}
    inside["closed inside"] = kinds["closed"]
    for kind, entity in inside.items():
        assert by_openssl(keyring, rows[kind]["raw"], "p521", tmp_path) == entity, kind
    whole = by_openssl(keyring, rows["wrapped inside"]["raw"], "p521", tmp_path)
    assert b"Subject: the real subject" in whole, "its header is nowhere else"
    assert said["signed inside"]["original_integrity"] == "none"
    assert said["gcm"]["original_integrity"] == "aead"
    assert said["gcm"]["algorithms_before"] == ["aes256-gcm", "ecdh-sha1kdf"]


def by_openssl(keyring: Keyring, mail: bytes, name: str, tmp_path: pathlib.Path) -> bytes:
    """Return what OpenSSL finds in an envelope."""
    (tmp_path / "one.eml").write_bytes(mail)
    key = ("-inkey", f"{name}.key", "-recip", f"{name}.crt")
    return keyring.openssl("cms", "-decrypt", "-in", str(tmp_path / "one.eml"), *key)


def test_signatures_inside_are_as_they_were(keyring, kinds, held, tmp_path):
    names = ("signed inside", "opaque inside", "nested")
    mails = [HEADER + kinds[name] for name in names]
    source = as_parquet(mails, tmp_path / "mail.parquet")
    trust = sb.Trust.load(keyring.certificate("p256"))
    given = {"vault": held, "trust": trust, "now": NOW}
    run = sb.reencrypt(source, to=keyring.certificate("p521"), output=tmp_path / "run", **given)
    again = sb.decrypt(tmp_path / "run" / "mail", output=tmp_path / "again", **given)
    for index, name in enumerate(names):
        before, after = facts_of(run, index), facts_of(again, index)
        assert len(before) == 1
        assert before[0]["crypto_result"] == "ok", name
        assert before == after, name


def test_running_it_twice_changes_nothing(keyring, kinds, held, tmp_path):
    source = as_parquet([HEADER + it for it in kinds.values()], tmp_path / "mail.parquet")
    given = {"vault": held, "to": keyring.certificate("p521"), "output": tmp_path / "run"}
    first = sb.reencrypt(source, **given)
    files = hashes_below(tmp_path / "run")
    second = sb.reencrypt(source, **given)
    assert second.was_finished
    assert hashes_below(tmp_path / "run") == files
    assert second.totals.objects == first.totals.objects
    with pytest.raises(OutputError, match=r"give the same keys, recipients .* --output-format"):
        sb.reencrypt(source, output_format="eml", **given)
    # And what is written, taken for an archive, is in its new envelopes already.
    third = sb.reencrypt(
        tmp_path / "run" / "mail", vault=held, to=keyring.certificate("p521"), output=tmp_path / "3"
    )
    assert third.totals.objects == first.totals.objects


def hashes_below(folder: pathlib.Path) -> dict[str, bytes]:
    """Return the hash of every file."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path): hashlib.sha256(path.read_bytes()).digest() for path in files}


def test_ten_thousand_mixed_messages_arrive(keyring, kinds, held, tmp_path):
    """The archive of the issue: counts add up, and OpenSSL opens what was written."""
    chance = random.Random(8)
    names = [chance.choice(list(kinds)) for _ in range(10_000)]
    mails = [
        HEADER.replace(b"<1@", f"<{index}@".encode()) + kinds[name]
        for index, name in enumerate(names)
    ]
    source = as_parquet(mails, tmp_path / "mail.parquet")
    run = sb.reencrypt(
        source, vault=held, to=keyring.certificate("p521"), output=tmp_path / "run", jobs=2
    )
    expected = collections.Counter(EXPECTED[name][0] for name in names)
    assert run.totals.objects == expected
    said = objects(run)
    assert [(row["state"], row["reason"]) for row in said] == [EXPECTED[name] for name in names]
    rows = written(tmp_path / "run")
    assert [row["source_index"] for row in rows] == list(range(10_000))
    assert all(
        hashlib.sha256(row["raw"]).digest() == one["output_sha256"]
        for row, one in zip(rows, said, strict=True)
    )
    # Every committed one by our own hands, a sample by OpenSSL's.
    opened = sb.decrypt(
        tmp_path / "run" / "mail", vault=keyring.vault("p521"), output=tmp_path / "opened"
    )
    assert opened.totals.decrypt_statuses["decrypted"] == expected["COMMITTED"]
    sb.decrypt(source, vault=held, output=tmp_path / "source")
    pairs = zip(written(tmp_path / "opened"), written(tmp_path / "source"), names, strict=True)
    for new, old, name in pairs:
        if EXPECTED[name][0] == "COMMITTED":
            assert new["raw"] == old["raw"], name
    committed = [index for index, name in enumerate(names) if EXPECTED[name][0] == "COMMITTED"]
    sources = pq.read_table(tmp_path / "source" / "mail")["raw"]
    for index in chance.sample(committed, 40):
        entity = by_openssl(keyring, rows[index]["raw"], "p521", tmp_path)
        assert sources[index].as_py().endswith(entity), names[index]


def test_refused_by_address_is_written_as_it_was(keyring, kinds, held, tmp_path):
    table = tmp_path / "table.csv"
    table.write_text(f"carol@reader.example,{keyring.certificate('p521')}\n")
    source = as_parquet([HEADER + kinds["encrypted"]], tmp_path / "mail.parquet")
    run = sb.reencrypt(source, vault=held, recipients=table, output=tmp_path / "run", now=NOW)
    (said,) = objects(run)
    assert (said["state"], said["reason"]) == ("REFUSED", "no_certificate")
    (row,) = written(tmp_path / "run")
    assert row["raw"] == HEADER + kinds["encrypted"]


def test_command_line_says_what_became_of_each(keyring, kinds, tmp_path):
    source = tmp_path / "archive.mbox"
    lines = [
        b"From x Tue Nov 14 12:00:00 2023\n" + (HEADER + it).replace(b"\r\n", b"\n") + b"\n"
        for it in kinds.values()
    ]
    source.write_bytes(b"".join(lines))
    keys = [part for name in ("rsa", "p256", "p521") for part in ("--keys", f"{name}.key")]
    certificates = [part for name in ("rsa", "p256", "p521") for part in ("--keys", f"{name}.crt")]
    done = subprocess.run(
        (
            sys.executable,
            "-m",
            "smimebatch",
            "reencrypt",
            str(source),
            *keys,
            *certificates,
            "--to",
            "p521.crt",
            "-o",
            str(tmp_path / "run"),
        ),
        cwd=keyring.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    assert "COMMITTED" in done.stderr
    assert "REFUSED" in done.stderr


REWRAPPED = ("encrypted", "oaep, 3des", "elliptic", "gcm", "signed inside", "opaque inside")


@pytest.mark.parametrize("name", ["p521", "rsa", "x25519", "ml-kem-768"])
def test_rewrap_gives_the_content_key_to_others(keyring, kinds, tmp_path, name):
    mails = [HEADER + kinds[kind] for kind in REWRAPPED]
    mails += mails[:1]  # a copy, of the same content key
    source = as_parquet(mails, tmp_path / "mail.parquet")
    run = sb.rewrap(
        source,
        vault=keyring.vault("rsa", "p256", name),
        to=keyring.certificate(name),
        output=tmp_path / "run",
        now=NOW,
    )
    assert run.totals.objects == {"COMMITTED": len(mails)}
    said = objects(run)
    for row in said:
        assert row["algorithms_before"][0] == row["algorithms_after"][0]
    for old, new in zip(mails, written(tmp_path / "run"), strict=True):
        assert ciphertext(old) == ciphertext(new["raw"])
    opened = sb.decrypt(
        tmp_path / "run" / "mail", vault=keyring.vault(name), output=tmp_path / "opened"
    )
    before = sb.decrypt(source, vault=keyring.vault("rsa", "p256"), output=tmp_path / "before")
    assert opened.totals.decrypt_statuses == before.totals.decrypt_statuses
    texts = [row["raw"] for row in written(tmp_path / "opened")]
    assert texts == [row["raw"] for row in written(tmp_path / "before")]
    if name in ("p521", "rsa"):
        inside = by_openssl(keyring, written(tmp_path / "run")[0]["raw"], name, tmp_path)
        assert inside == ENTITY


def ciphertext(mail: bytes) -> bytes:
    """Return the encrypted content of an envelope."""
    text = mail.partition(b"\r\n\r\n")[2]
    fields = der.parse(base64.b64decode(text)).children[1].children[0].children
    (info,) = [field for field in fields if field.tag == 0x30][-1:]
    return info.encoded


def test_gaps_name_the_keys_that_are_missing_and_those_for_nothing(keyring, kinds, tmp_path):
    mails = [HEADER + kinds["closed"]] * 3 + [HEADER + kinds["encrypted"]]
    source = tmp_path / "archive.mbox"
    lines = [b"From x Tue Nov 14 12:00:00 2023\n" + it.replace(b"\r\n", b"\n") for it in mails]
    source.write_bytes(b"\n".join(lines))
    short = Keyring(tmp_path / "short")
    short.folder.mkdir()
    short.add("p521", not_after=NOW + dt.timedelta(days=20))
    sb.reencrypt(
        source,
        vault=keyring.vault("rsa", "x25519"),
        to=short.certificate("p521"),
        output=tmp_path / "run",
        now=NOW,
    )
    rows = gaps_of(str(tmp_path / "run")).table().to_pylist()
    found = {row["kind"]: row for row in rows}
    assert set(found) == {"private_key", "unused_key", "expiring_certificate"}
    p384 = x509.load_pem_x509_certificate(keyring.certificate("p384").read_bytes())
    missing = found["private_key"]
    assert missing["messages"] == 3
    assert int(missing["serial"], 16) == p384.serial_number
    assert missing["bytes"] == 3 * len(mails[0].replace(b"\r\n", b"\n"))
    assert str(missing["first_date"]) == "2023-11-14 12:00:00+00:00"
    (x25519,) = keyring.vault("x25519").keys
    assert found["unused_key"]["name"] == x25519.id
    assert found["expiring_certificate"]["name"] == "CN=p521"


def test_rule_40a_planted_secrets_are_in_nothing_that_a_job_leaves(keyring, kinds, tmp_path):
    password = "planted-pa55word-of-keys"
    keyring.openssl(
        *("pkcs12", "-export", "-inkey", "rsa.key", "-in", "rsa.crt"),
        *("-out", str(tmp_path / "rsa.p12"), "-passout", f"pass:{password}"),
    )
    (tmp_path / "passwords").write_text(password + "\n")
    source = as_parquet([HEADER + it for it in kinds.values()], tmp_path / "mail.parquet")
    command = (
        *(sys.executable, "-m", "smimebatch", "reencrypt", str(source)),
        *("--keys", str(tmp_path / "rsa.p12"), "--password-file", str(tmp_path / "passwords")),
        *("--to", "p521.crt", "-o", str(tmp_path / "run"), "--progress", "plain"),
    )
    told = b""
    for more in ((), ("--content", "rot13"), ("--escrow", "nothing.pem")):
        done = subprocess.run(
            (*command, *more), cwd=keyring.folder, capture_output=True, check=False
        )
        told += done.stdout + done.stderr
        assert done.returncode == (2 if "rot13" in more else 4 if more else 3)
    numbers = key_of("rsa").private_numbers()
    secrets = [password.encode(), b"7f1c9d"]
    for number in (numbers.p, numbers.q, numbers.d, numbers.dmp1):
        octets = number.to_bytes(256, "big").lstrip(b"\0")
        secrets += [octets, octets.hex().encode(), base64.b64encode(octets)[:60]]
    # Messages in clear are written as they were; all else says nothing of any plaintext.
    left = [path for path in (tmp_path / "run").rglob("*") if path.is_file()]
    assert left
    for secret in secrets:
        assert secret not in told
        for path in left:
            if path.parent.name != "mail":
                assert secret not in path.read_bytes(), path


def test_outer_signature_is_kept_as_evidence_or_refused(keyring, kinds, held, tmp_path):
    mails = [HEADER + kinds[name] for name in ("signed outside", "encrypted", "signed")]
    source = as_parquet(mails, tmp_path / "mail.parquet")
    given = {"vault": held, "to": keyring.certificate("p521"), "now": NOW}
    run = sb.reencrypt(source, output=tmp_path / "run", outer_signature="keep-original", **given)
    assert [(row["state"], row["reason"]) for row in objects(run)] == [
        ("COMMITTED", "signed_outside"),
        ("COMMITTED", None),
        ("SKIPPED", "not_encrypted"),
    ]
    new = written(tmp_path / "run")[0]["raw"]
    assert by_openssl(keyring, new, "p521", tmp_path) == kinds["signed"]
    kept = pq.read_table(tmp_path / "run" / "evidence").to_pylist()
    assert [(row["source_index"], row["raw"]) for row in kept] == [(0, mails[0])]
    (part,) = (tmp_path / "run" / "evidence").iterdir()
    assert part.stat().st_mode & 0o777 == 0o600
    with pytest.raises(OptionError, match="--outer-signature"):
        sb.reencrypt(source, output=tmp_path / "other", outer_signature="drop", **given)


def test_whoever_puts_himself_into_the_header_gets_nothing(keyring, kinds, held, tmp_path):
    table = tmp_path / "table.csv"
    table.write_text(
        f"rsa@reader.example,{keyring.certificate('p521')}\n"
        f"mallory@x.example,{keyring.certificate('x25519')}\n"
        f"bob@reader.example,{keyring.certificate('x25519')}\n"
    )
    stolen = HEADER.replace(b"To: bob@reader.example", b"To: mallory@x.example")
    source = as_parquet([stolen + kinds["encrypted"]], tmp_path / "mail.parquet")
    for job in (sb.reencrypt, sb.rewrap):
        run = job(source, vault=held, recipients=table, output=tmp_path / job.__name__, now=NOW)
        (said,) = objects(run)
        p521 = x509.load_pem_x509_certificate(keyring.certificate("p521").read_bytes())
        assert said["state"] == "COMMITTED"
        (name,) = said["recipients_after"]
        assert int(name.split(" ")[0], 16) == p521.serial_number


@pytest.mark.parametrize("order", [0, 1])
def test_recipient_that_was_grafted_into_an_envelope_gets_nothing(keyring, tmp_path, order):
    """Nobody vouches for what an envelope names: only who had the content key has it again."""
    rsa, p256 = (
        x509.load_pem_x509_certificate(keyring.certificate(name).read_bytes())
        for name in ("rsa", "p256")
    )
    infos = [
        handmade.transported(rsa),
        handmade.agreed(p256, bytes(32)),
    ]
    cms = handmade.cbc(infos if order else infos[::-1], ENTITY)
    table = tmp_path / "table.csv"
    table.write_text(
        f"rsa@reader.example,{keyring.certificate('p521')}\n"
        f"p256@reader.example,{keyring.certificate('p384')}\n"
    )
    mail = HEADER + enveloped(base64.encodebytes(cms).replace(b"\n", b"\r\n"))
    source = as_parquet([mail], tmp_path / "mail.parquet")
    vault = keyring.vault("rsa", "p256", "p521")
    for job in (sb.reencrypt, sb.rewrap):
        run = job(source, vault=vault, recipients=table, output=tmp_path / job.__name__, now=NOW)
        (said,) = objects(run)
        p521 = x509.load_pem_x509_certificate(keyring.certificate("p521").read_bytes())
        assert [int(it.split(" ")[0], 16) for it in said["recipients_after"]] == [
            p521.serial_number
        ]
        assert [int(it.split(" ")[0], 16) for it in said["missing_recipients"]] == [
            p256.serial_number
        ]
        assert (said["state"], said["reason"]) == ("COMMITTED", "readers_lost")
        assert run.totals.object_reasons == {"readers_lost": 1}


def test_run_goes_on_after_a_certificate_of_its_recipients_has_expired(
    keyring, kinds, held, tmp_path, monkeypatch
):
    source = as_parquet([HEADER + kinds["signed inside"]] * 3, tmp_path / "mail.parquet")
    target, out = keyring.certificate("p521"), tmp_path / "run"
    monkeypatch.setattr("smimebatch.job.begun.current_time", lambda: NOW)
    options = VerifyOptions(unit_messages=1, batch_bytes=1)
    envelopes = Envelopes(
        held, writes_mail=True, sealing=NewEnvelopes([target]).sealing(REENCRYPT, None, NOW, None)
    )
    with pytest.raises(Stopped):
        verify_archive(
            [source], sb.Trust(), options, output=out, sinks=[Stopper(1)], envelopes=envelopes
        )
    later = NOW + dt.timedelta(days=4_000)
    monkeypatch.setattr("smimebatch.job.begun.current_time", lambda: later)
    given = {"vault": held, "to": target, "output": out, "unit_messages": 1, "batch_bytes": 1}
    run = sb.reencrypt(source, **given)
    assert run.now == NOW
    assert run.messages_before
    assert [said["state"] for said in objects(run)] == ["COMMITTED"] * 3
    with pytest.raises(KeysError):
        sb.reencrypt(source, overwrite=True, **given)


def test_envelope_that_stays_inside_is_told_where_no_key_proves_it(keyring, kinds, tmp_path):
    source = as_parquet([HEADER + kinds["closed inside"]], tmp_path / "mail.parquet")
    run = sb.reencrypt(
        source,
        vault=keyring.vault("rsa"),
        to=keyring.certificate("p521"),
        output=tmp_path / "run",
        now=NOW,
    )
    (said,) = objects(run)
    assert (said["state"], said["reason"]) == ("COMMITTED_UNVERIFIED", "inner_envelope")


def test_outer_signature_with_something_beside_it_is_never_dropped(keyring, kinds, held, tmp_path):
    whole = HEADER + kinds["signed outside"]
    head, _, end = whole.rpartition(b"--")[0].rpartition(b"--")
    boundary = end.strip()
    third = b"--" + boundary + b"\r\nContent-Type: text/plain\r\n\r\nan invoice\r\n--" + boundary
    mail = head + third + b"--\r\n"
    source = as_parquet([mail], tmp_path / "mail.parquet")
    given = {"vault": held, "to": keyring.certificate("p521"), "now": NOW}
    run = sb.reencrypt(source, output=tmp_path / "run", outer_signature="keep-original", **given)
    assert [(row["state"], row["reason"]) for row in objects(run)] == [
        ("REFUSED", "signed_outside")
    ]
    assert written(tmp_path / "run")[0]["raw"] == mail
