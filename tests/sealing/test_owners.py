"""Who gets a message anew by address: whoever could read it, and nobody who looks like it."""

from __future__ import annotations

import base64
import datetime as dt
import pathlib
import shutil
from functools import partial

import pyarrow.parquet as pq
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from tests.sealing import handmade
from tests.sealing.keyring import ENTITY, HEADER, NOW, Keyring, as_parquet, objects, written

import smimebatch as sb

ALICE, BOB, DAVE = (f"{name}@reader.example" for name in ("alice", "bob", "dave"))
OFFICE = "office@reader.example"


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    """Two with certificates of one name, two who share an address, and the new ones of all."""
    people = Keyring(tmp_path_factory.mktemp("people"))
    for name, addresses, serial in (
        ("alice", (ALICE,), 4711),
        ("bob", (BOB,), 4711),
        ("nameless", (), 33),
        ("office-alice", (OFFICE, ALICE), 11),
        ("office-dave", (OFFICE, DAVE), 12),
        ("new-alice", (ALICE,), 21),
        ("new-bob", (BOB,), 22),
        ("new-dave", (DAVE,), 23),
        ("new-office", (OFFICE,), 24),
        ("new-office-alice", (ALICE, OFFICE), 25),
    ):
        key = ec.generate_private_key(ec.SECP256R1())
        since = NOW - dt.timedelta(days=1 if name.startswith("new") else 30)
        people.add(name, key, addresses=addresses, serial=serial, not_before=since)
    return people


def folder(people: Keyring, tmp_path: pathlib.Path, *names: str) -> pathlib.Path:
    place = tmp_path / "-".join(names)[:99]
    place.mkdir()
    for name in names:
        shutil.copy(people.certificate(name), place)
    return place


def sealed(people: Keyring, tmp_path: pathlib.Path, name: str) -> bytes:
    """A message for one of them."""
    source = as_parquet([HEADER + ENTITY], tmp_path / "clear.parquet")
    sb.encrypt(source, to=people.certificate(name), output=tmp_path / "sealed", now=NOW)
    (row,) = written(tmp_path / "sealed")
    return row["raw"]


def again(people, tmp_path, mail, held, new, job=sb.reencrypt):
    """Return what becomes of it by address: state, reason, serials of readers, who is missed."""
    run = job(
        as_parquet([mail], tmp_path / "sealed.parquet"),
        recipients=folder(people, tmp_path, *new),
        vault=people.vault(*held),
        output=tmp_path / "again",
        now=NOW,
    )
    (row,) = objects(run)
    serials = [int(text.partition(" ")[0], 16) for text in row["recipients_after"]]
    return row["state"], row["reason"], serials, row["missing_recipients"]


@pytest.mark.parametrize("job", [sb.reencrypt, sb.rewrap])
def test_rule_40_namesake_of_a_certificate_gets_nothing(people, tmp_path, job):
    mail = sealed(people, tmp_path, "alice")
    held = ("alice", "bob", "new-alice", "new-bob")
    found = again(people, tmp_path, mail, held, ("new-alice", "new-bob"), job)
    assert found == ("COMMITTED", None, [21], [])


def test_rule_40_shared_address_lets_nobody_into_the_inner_envelope(people, tmp_path):
    mail = sealed(people, tmp_path, "office-alice")
    entity = mail[mail.index(b"Content-Type") :]
    certificates = [str(people.certificate(f"office-{name}")) for name in ("dave", "alice")]
    outer = people.openssl(
        *("cms", "-encrypt", "-binary", "-aes-256-cbc", "-outform", "SMIME"),
        *certificates,
        given=entity,
    )
    mail = HEADER.replace(b"MIME-Version: 1.0\r\n", b"") + outer.replace(b"\n", b"\r\n")
    held = ("office-alice", "office-dave", "new-alice")
    found = again(people, tmp_path, mail, held, ("new-alice", "new-dave"))
    assert found == ("COMMITTED", None, [21], [])


def test_rule_40_addresses_that_are_two_peoples_now_are_told(people, tmp_path):
    mail = sealed(people, tmp_path, "office-alice")
    found = again(people, tmp_path, mail, ("office-alice",), ("new-alice", "new-office"))
    assert found == ("REFUSED", "ambiguous_recipient", [], [OFFICE, ALICE])


def test_certificate_that_he_had_is_no_other_person(people, tmp_path):
    mail = sealed(people, tmp_path, "office-alice")
    held = ("office-alice", "new-alice")
    found = again(people, tmp_path, mail, held, ("office-alice", "new-alice"))
    assert found == ("COMMITTED", None, [21], [])


@pytest.mark.parametrize("to_dave", [False, True])
def test_rule_40_reader_who_may_be_another_is_missed(people, tmp_path, to_dave):
    inner = sealed(people, tmp_path, "alice")
    entity = inner[inner.index(b"Content-Type") :]
    outer = people.openssl(
        *("cms", "-encrypt", "-binary", "-aes-256-cbc", "-outform", "SMIME", "office-alice.crt"),
        given=entity,
    )
    mail = HEADER.replace(b"MIME-Version: 1.0\r\n", b"") + outer.replace(b"\n", b"\r\n")
    run = sb.reencrypt(
        as_parquet([mail], tmp_path / "nested.parquet"),
        recipients=folder(people, tmp_path, "new-alice"),
        to=[people.certificate("new-dave")] if to_dave else [],
        vault=people.vault("alice", "office-alice", "new-dave"),
        output=tmp_path / "again",
        now=NOW,
    )
    (row,) = objects(run)
    expected = ("COMMITTED", "readers_lost") if to_dave else ("REFUSED", "no_certificate")
    assert (row["state"], row["reason"], row["missing_recipients"]) == (*expected, [ALICE])


def test_addresses_that_are_one_persons_now_are_enough(people, tmp_path):
    mail = sealed(people, tmp_path, "office-alice")
    held = ("office-alice", "new-office-alice")
    assert again(people, tmp_path, mail, held, ("new-office-alice",)) == (
        "COMMITTED",
        None,
        [25],
        [],
    )


@pytest.mark.parametrize("held_bytes", ["", "0"])
@pytest.mark.parametrize("job", [sb.reencrypt, sb.rewrap])
def test_readers_without_an_address_are_named(people, tmp_path, monkeypatch, job, held_bytes):
    mail = sealed(people, tmp_path, "nameless")
    monkeypatch.setenv("SMIMEBATCH_MAIL_HELD_BYTES", held_bytes)
    found = again(people, tmp_path, mail, ("nameless",), ("new-alice",), job)
    assert found == ("REFUSED", "no_certificate", [], ["21 of CN=An issuer"])


@pytest.mark.parametrize("job", [sb.reencrypt, sb.rewrap])
def test_rule_40_one_who_shares_an_address_is_not_the_reader(people, tmp_path, job):
    """His other address leads nowhere, so that nobody knows whose the shared one is now."""
    mail = sealed(people, tmp_path, "office-alice")
    found = again(people, tmp_path, mail, ("office-alice",), ("office-dave",), job)
    assert found == ("REFUSED", "no_certificate", [], [ALICE])


def test_new_certificate_for_some_of_the_addresses_is_his(people, tmp_path):
    mail = sealed(people, tmp_path, "office-alice")
    held = ("office-alice", "new-alice")
    found = again(people, tmp_path, mail, held, ("new-alice",))
    assert found == ("COMMITTED", None, [21], [])


def test_rule_40_certificate_for_another_ones_key_is_nobodys_word(tmp_path):
    """Mallory has certificates for Alice's public key, and for one of his own."""
    (tmp_path / "people").mkdir()
    people = Keyring(tmp_path / "people")
    key, since = ec.generate_private_key(ec.SECP256R1()), NOW - dt.timedelta(days=30)
    people.add("alice", key, addresses=(ALICE,), serial=11, not_before=since)
    digests = {}
    for number in range(100):
        his, earlier = (BOB, "mallory@reader.example"), since - dt.timedelta(days=number)
        people.add("mallory", key, addresses=his, serial=11, not_before=earlier)
        for name in ("alice", "mallory"):
            read = x509.load_pem_x509_certificate(people.certificate(name).read_bytes())
            digests[name] = read.fingerprint(hashes.SHA256())
        if digests["mallory"] < digests["alice"]:
            break
    own = ec.generate_private_key(ec.SECP256R1())
    people.add("new-mallory", own, addresses=(BOB,), serial=50, not_before=NOW)
    mail = sealed(people, tmp_path, "alice")
    found = again(people, tmp_path, mail, ("alice",), ("mallory", "new-mallory"))
    assert found == ("REFUSED", "no_certificate", [], [ALICE])


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    """Ninety people of one place, each with an old certificate and a new one."""
    crowd = Keyring(tmp_path_factory.mktemp("crowd"))
    for name, serial in (("old", 1000), ("new", 2000)):
        for number in range(CROWD):
            key = ec.generate_private_key(ec.SECP256R1())
            given = {"addresses": (f"{number}@reader.example",), "serial": serial + number}
            crowd.add(f"{name}-{number}", key, **given)
    return crowd


CROWD = 90


@pytest.mark.parametrize("job", [sb.reencrypt, sb.rewrap])
@pytest.mark.parametrize("held_bytes", [str(1 << 20), "0"])
def test_rule_40_every_reader_of_mail_to_everybody_reads_it_again(
    crowd, tmp_path, monkeypatch, job, held_bytes
):
    numbers = range(CROWD)
    source = as_parquet([HEADER + ENTITY], tmp_path / "clear.parquet")
    old = [crowd.certificate(f"old-{number}") for number in numbers]
    sb.encrypt(source, to=old, output=tmp_path / "sealed", output_format="eml", now=NOW)
    monkeypatch.setenv("SMIMEBATCH_MAIL_HELD_BYTES", held_bytes)
    vault = crowd.vault(*(f"old-{number}" for number in numbers))
    new = folder(crowd, tmp_path, *(f"new-{number}" for number in numbers[:-1]))
    given = {"recipients": new, "vault": vault, "now": NOW}
    (row,) = objects(job(tmp_path / "sealed" / "mail", output=tmp_path / "again", **given))
    assert (row["state"], row["reason"]) == ("REFUSED", "no_certificate")
    assert row["missing_recipients"] == [f"{CROWD - 1}@reader.example"]
    shutil.copy(crowd.certificate(f"new-{CROWD - 1}"), new)
    given["vault"] = crowd.vault(
        *(f"old-{number}" for number in numbers), *(f"new-{number}" for number in numbers[:1])
    )
    (row,) = objects(job(tmp_path / "sealed" / "mail", output=tmp_path / "all", **given))
    assert (row["state"], row["reason"]) == ("COMMITTED", None)
    serials = sorted(int(text.partition(" ")[0], 16) for text in row["recipients_after"])
    assert serials == [2000 + number for number in numbers]


def crowded(crowd, wrong, tmp_path, monkeypatch, *, unwrapped=True):
    """A mail of which so many recipients, the first ones, do not have the content key."""
    monkeypatch.setattr(handmade.der, "set_of", partial(handmade.der.tlv, 0x31))
    infos = []
    for number in range(CROWD):
        octets = crowd.certificate(f"old-{number}").read_bytes()
        key = bytes([number]) * 32 if number < wrong and unwrapped else handmade.KEY
        # With parameters that are not those meant, the key that wraps is another.
        meant = handmade.der.octets(b"x") if number < wrong and not unwrapped else b""
        certificate = x509.load_pem_x509_certificate(octets)
        infos.append(handmade.agreed(certificate, key, meant=meant))
    mail = tmp_path / f"{wrong}-{unwrapped}.eml"
    octets = base64.encodebytes(handmade.aead(infos, ENTITY)).replace(b"\n", b"\r\n")
    mail.write_bytes(HEADER + SEALED + octets)
    return mail


def opened(crowd, mail, tmp_path):
    """Return what became of it where every reader is asked for: status, limits."""
    out = tmp_path / mail.stem
    new = folder(crowd, tmp_path, *(f"new-{number}" for number in range(CROWD)))
    vault = crowd.vault(*(f"old-{number}" for number in range(CROWD)))
    run = sb.reencrypt(mail, recipients=new, vault=vault, output=out, now=NOW)
    shutil.rmtree(new)
    (row,) = pq.read_table(out / "encryptions").to_pylist()
    (message,) = run.messages().to_table().to_pylist()
    return row["decrypt_status"], "keys" in message["limits_hit"]


@pytest.mark.parametrize(("held_bytes", "most"), [("0", 8), (str(1 << 20), 64)])
def test_rule_33_content_keys_that_differ_are_not_all_tried(
    crowd, tmp_path, monkeypatch, held_bytes, most
):
    monkeypatch.setenv("SMIMEBATCH_MAIL_HELD_BYTES", held_bytes)
    for wrong, expected in ((most - 1, ("decrypted", False)), (most, ("failed", True))):
        mail = crowded(crowd, wrong, tmp_path, monkeypatch)
        assert opened(crowd, mail, tmp_path) == expected


def test_rule_33_keys_that_are_not_unwrapped_count_as_those_that_are(crowd, tmp_path, monkeypatch):
    monkeypatch.setenv("SMIMEBATCH_MAIL_HELD_BYTES", "0")
    for wrong, expected in ((7, ("decrypted", False)), (8, ("failed", True))):
        mail = crowded(crowd, wrong, tmp_path, monkeypatch, unwrapped=False)
        assert opened(crowd, mail, tmp_path) == expected


SEALED = (
    b"Content-Type: application/pkcs7-mime; smime-type=authEnveloped-data; name=smime.p7m\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\n"
)
