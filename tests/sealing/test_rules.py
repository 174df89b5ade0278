"""RULES E by number: envelopes that a hostile or careless sender could make."""

from __future__ import annotations

import base64
import pathlib
from collections.abc import Callable

import pyarrow as pa
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa as rsa_keys
from tests.mail_formats.written import FORMATS
from tests.sealing import handmade
from tests.sealing.keyring import ENTITY, HEADER, NOW, Keyring, as_parquet, objects, written

import smimebatch as sb

SIGNED = b"Content-Type: text/plain\r\n\r\nsigned once\r\n"


@pytest.fixture(scope="module")
def rsa(keyring: Keyring) -> x509.Certificate:
    return x509.load_pem_x509_certificate(keyring.certificate("rsa").read_bytes())


@pytest.fixture(scope="module")
def p256(keyring: Keyring) -> x509.Certificate:
    return x509.load_pem_x509_certificate(keyring.certificate("p256").read_bytes())


def part_of(cms: bytes) -> bytes:
    """Return an entity around a CMS object."""
    return (
        b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(cms).replace(b"\n", b"\r\n")
    )


def statuses(keyring: Keyring, mails: list[bytes], tmp_path: pathlib.Path) -> list[str]:
    """Return what became of each envelope, and check that nothing else was opened."""
    source = as_parquet(mails, tmp_path / "mail.parquet")
    vault = keyring.vault("rsa", "p256")
    run = sb.decrypt(source, vault=vault, output=tmp_path / "run", overwrite=True)
    found = run.dataset("encryptions").to_table().to_pylist()
    opened = {row["source_index"]: row["opened"] for row in written(tmp_path / "run")}
    for row in found:
        if row["decrypt_status"] != "decrypted":
            assert row["key_id"] is None
            assert not opened[row["source_index"]]
    return [row["decrypt_status"] for row in found]


def test_rule_33_text_under_a_wrong_key_is_no_mail(keyring, rsa, tmp_path):
    """Right padding comes once in 256 times; what is behind it is no mail."""
    text = handmade.cbc([handmade.transported(rsa)], bytes(range(128, 256)))
    assert statuses(keyring, [HEADER + part_of(text)], tmp_path) == ["failed"]
    mail = handmade.cbc([handmade.transported(rsa)], ENTITY)
    assert statuses(keyring, [HEADER + part_of(mail)], tmp_path) == ["decrypted"]


def test_rule_34_attributes_and_tag_are_as_they_must_be(keyring, rsa, tmp_path):
    to = [handmade.transported(rsa)]
    named = handmade.attributes_of(handmade.DATA)
    other = handmade.attributes_of(handmade.SIGNED_DATA)
    as_tagged = b"\xa1" + bytes([len(named)]) + named
    good = [
        handmade.aead(to, ENTITY),
        handmade.aead(to, ENTITY, attributes=named),
        handmade.aead(to, ENTITY, tag_octets=12, said_octets=None),
        handmade.aead(to, ENTITY, tag_octets=13, said_octets=13),
        handmade.aead(to, ENTITY, mode="ccm", tag_octets=8, said_octets=8),
    ]
    bad = [
        handmade.aead(to, ENTITY, attributes=named, authenticated=as_tagged),
        handmade.aead(to, ENTITY, attributes=named, authenticated=b""),
        handmade.aead(to, ENTITY, attributes=other),
        handmade.aead(to, ENTITY, content_type=handmade.SIGNED_DATA),
        handmade.aead(to, ENTITY, tag_octets=12, said_octets=16),
        handmade.aead(to, ENTITY, tag_octets=16, said_octets=None),
        handmade.aead(to, ENTITY, tag_octets=4, said_octets=4),
        # A cipher is never exchanged for one of another mode.
        handmade.aead(to, ENTITY, kind=handmade.ENVELOPED),
        handmade.cbc(to, ENTITY, kind=handmade.AUTH_ENVELOPED),
    ]
    mails = [HEADER + part_of(cms) for cms in [*good, *bad]]
    assert statuses(keyring, mails, tmp_path) == ["decrypted"] * 5 + ["failed"] * 9
    integrities = pa.table(
        sb.verify_batch(pa.record_batch({"raw": pa.array(mails, pa.binary())})).encryptions
    )["integrity"].to_pylist()
    assert integrities[:5] == ["aead"] * 4 + ["aead_short"]


def test_rule_35_envelope_beside_other_parts_stays_closed(keyring, rsa, tmp_path):
    envelope = part_of(handmade.cbc([handmade.transported(rsa)], ENTITY))
    mail = (
        HEADER
        + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n"
        + b'<img src="http://x.example/\r\n--b\r\n'
        + envelope
        + b"\r\n--b--\r\n"
    )
    source = as_parquet([mail], tmp_path / "mail.parquet")
    sb.decrypt(source, vault=keyring.vault("rsa"), output=tmp_path / "run")
    (row,) = written(tmp_path / "run")
    assert (row["opened"], row["raw"]) == (False, mail)


def test_rule_35_integrity_of_the_source_is_kept_beside_a_better_cipher(keyring, rsa, tmp_path):
    mail = HEADER + part_of(handmade.cbc([handmade.transported(rsa)], ENTITY))
    source = as_parquet([mail], tmp_path / "mail.parquet")
    given = {"vault": keyring.vault("rsa", "p521"), "now": NOW}
    given |= {"to": keyring.certificate("p521"), "content": "aes256-gcm"}
    run = sb.reencrypt(source, output=tmp_path / "run", **given)
    (said,) = objects(run)
    assert (said["original_integrity"], said["algorithms_after"][0]) == ("none", "aes256-gcm")
    assert run.dataset("encryptions").to_table()["integrity"].to_pylist() == ["none"]


@pytest.mark.parametrize("form", FORMATS)
def test_rule_35_integrity_of_the_first_source_is_kept_for_ever(keyring, rsa, tmp_path, form):
    """Through any number of runs, and those that leave the message as it was."""
    good, poor = handmade.aead, handmade.cbc
    mails = [HEADER + part_of(make([handmade.transported(rsa)], ENTITY)) for make in (poor, good)]
    place = as_parquet([*mails, HEADER + ENTITY], tmp_path / "mail.parquet")
    vault = keyring.vault("rsa", "p521", "p384")
    given = {"vault": vault, "now": NOW, "output_format": form}
    for turn, name in enumerate(("p521", "p384", "p521")):
        to = keyring.certificate(name)
        run = sb.reencrypt(place, output=tmp_path / f"run{turn}", to=to, **given)
        kept = [said["original_integrity"] for said in objects(run)]
        assert kept == ["none", "aead", None]
        assert [said["state"] for said in objects(run)] == ["COMMITTED", "COMMITTED", "SKIPPED"]
        place = tmp_path / f"run{turn}" / "mail"
    layers = sb.verify(place, output=tmp_path / "judged", now=NOW).dataset("encryptions").to_table()
    assert layers["integrity"].to_pylist() == ["aead", "aead"]
    assert layers["original_integrity"].to_pylist() == ["none", "aead"]
    # Who has no key leaves it closed, and says no less of it.
    run = sb.reencrypt(
        place, output=tmp_path / "closed", to=to, **(given | {"vault": vault_of(keyring)})
    )
    assert [said["original_integrity"] for said in objects(run)] == ["none", "aead", None]
    again = sb.decrypt(
        tmp_path / "closed" / "mail", vault=vault, output=tmp_path / "opened", now=NOW
    )
    encryptions = again.dataset("encryptions").to_table()
    assert encryptions["original_integrity"].to_pylist() == ["none", "aead"]
    done = sb.encrypt(tmp_path / "opened" / "mail", output=tmp_path / "new", to=to, now=NOW)
    assert [said["original_integrity"] for said in objects(done)] == ["none", "aead", None]


def nested(
    keyring: Keyring, inner: list[str], outer: list[str], make: Callable[..., bytes] = handmade.cbc
) -> bytes:
    """Return a mail with an envelope in an envelope, each for its own readers."""
    to = [
        [handmade.transported(x509.load_pem_x509_certificate(path.read_bytes())) for path in paths]
        for paths in (map(keyring.certificate, names) for names in (inner, outer))
    ]
    return HEADER + part_of(handmade.aead(to[1], part_of(make(to[0], ENTITY))))


def test_rule_35_integrity_is_the_worst_of_all_envelopes_that_are_off(keyring, tmp_path):
    mails = [nested(keyring, ["rsa"], ["rsa"], make) for make in (handmade.cbc, handmade.aead)]
    place = as_parquet(mails, tmp_path / "mail.parquet")
    vault, to = keyring.vault("rsa", "p521"), keyring.certificate("p521")
    run = sb.reencrypt(place, output=tmp_path / "run", vault=vault, to=to, now=NOW)
    assert [said["original_integrity"] for said in objects(run)] == ["none", "aead"]
    # What was decrypted in between is no better for it.
    sb.decrypt(place, output=tmp_path / "opened", vault=vault, now=NOW)
    run = sb.encrypt(tmp_path / "opened" / "mail", output=tmp_path / "new", to=to, now=NOW)
    assert [said["original_integrity"] for said in objects(run)] == ["none", "aead"]


def test_rule_40_who_could_open_the_outer_envelope_alone_reads_no_more_after(tmp_path):
    """Anybody can put an envelope of somebody else into one for both."""
    folder = tmp_path / "keys"
    folder.mkdir()
    keyring = Keyring(folder)
    for name in ("a", "b", "new-a", "new-b"):
        key = rsa_keys.generate_private_key(65537, 2048)
        keyring.add(name, key, addresses=(f"{name[-1]}@x.example",))
    table = tmp_path / "table.csv"
    lines = [f"{name[-1]}@x.example,{keyring.certificate(name)}\n" for name in ("new-a", "new-b")]
    table.write_text("".join(lines))
    both = ["a", "b"]
    mails = [nested(keyring, *to) for to in ((["a"], both), (both, both), (both, ["a"]))]
    place = as_parquet([*mails, nested(keyring, ["a"], ["b"])], tmp_path / "mail.parquet")
    vault = keyring.vault("a", "b", "new-a", "new-b")
    given = {"vault": vault, "recipients": table, "now": NOW, "output_format": "parquet"}
    run = sb.reencrypt(place, output=tmp_path / "run", **given)
    found = [(said["state"], len(said["recipients_after"])) for said in objects(run)]
    assert found == [("COMMITTED", 1), ("COMMITTED", 2), ("COMMITTED", 1), ("REFUSED", 0)]
    for name, places in (("new-a", [0, 1, 2]), ("new-b", [1])):
        out = tmp_path / f"read by {name}"
        sb.decrypt(tmp_path / "run" / "mail", output=out, vault=keyring.vault(name), now=NOW)
        rows = enumerate(written(out))
        assert [at for at, row in rows if row["raw"].endswith(ENTITY)] == places, name


def vault_of(keyring: Keyring) -> sb.Vault:
    """Return keys that open none of it."""
    return keyring.vault("x25519")


def test_rule_36_wrapped_key_at_two_places_is_flagged(keyring, rsa, tmp_path):
    to, other = ([handmade.transported(rsa)] for _ in range(2))
    pairs = {
        "twice": [handmade.cbc(to, ENTITY), handmade.aead(to, ENTITY)],
        "once": [handmade.cbc(to, ENTITY), handmade.aead(other, ENTITY)],
    }
    for name, envelopes in pairs.items():
        parts = b"".join(b"--b\r\n" + part_of(cms) + b"\r\n" for cms in envelopes)
        mail = HEADER + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + parts + b"--b--\r\n"
        batch = sb.verify_batch(pa.record_batch({"raw": pa.array([mail], pa.binary())}))
        expected = ["recipientinfo_reuse"] if name == "twice" else []
        assert batch.messages["flags"].to_pylist() == [expected]
        assert batch.encryptions["flags"].to_pylist() == [expected] * 2
        hashes = batch.recipients["encrypted_key_sha256"].to_pylist()
        assert (hashes[0] == hashes[1]) == (name == "twice")


def test_rule_37_parameters_of_the_key_wrap_are_null_or_absent(keyring, p256, tmp_path):
    null = b"\x05\x00"
    mails = [
        HEADER + part_of(handmade.cbc([handmade.agreed(p256, said=said, meant=meant)], ENTITY))
        for said in (b"", null)
        for meant in (b"", null)
    ]
    assert statuses(keyring, mails, tmp_path) == ["decrypted"] * 4


def test_rule_38_what_was_compressed_inside_is_bounded(keyring, tmp_path):
    import zlib

    import der

    bomb = zlib.compress(bytes(80 << 20), 9)
    compressed = der.seq(
        der.oid("1.2.840.113549.1.9.16.1.9"),
        der.explicit(
            0,
            der.seq(
                der.integer(0),
                der.seq(der.oid("1.2.840.113549.1.9.16.3.8")),
                der.seq(der.oid(handmade.DATA), der.explicit(0, der.octets(bomb))),
            ),
        ),
    )
    entity = part_of(compressed).replace(b"enveloped-data", b"compressed-data")
    source = as_parquet([HEADER + entity], tmp_path / "mail.parquet")
    sealed = sb.encrypt(source, to=keyring.certificate("p256"), output=tmp_path / "run", now=NOW)
    assert sealed.totals.objects == {"COMMITTED_UNVERIFIED": 1}
    run = sb.decrypt(
        tmp_path / "run" / "mail", vault=keyring.vault("p256"), output=tmp_path / "opened"
    )
    (row,) = run.messages().to_table().to_pylist()
    assert row["limits_hit"] == ["inflated_bytes"]


def test_rule_40_what_lies_inside_is_in_no_column_unless_asked(keyring, rsa, tmp_path):
    clear = keyring.openssl(
        *("cms", "-sign", "-binary", "-outform", "DER", "-nodetach"),
        *("-signer", "p256.crt", "-inkey", "p256.key"),
        given=SIGNED,
    )
    inside = part_of(clear).replace(b"enveloped-data", b"signed-data")
    mail = HEADER + part_of(handmade.cbc([handmade.transported(rsa)], inside))
    source = as_parquet([mail], tmp_path / "mail.parquet")
    hidden = ("signed_bytes_sha256", "message_digest_claimed", "cms_sha256")
    for inner_facts in (False, True):
        run = sb.decrypt(
            source,
            vault=keyring.vault("rsa"),
            output=tmp_path / "run",
            overwrite=True,
            inner_facts=inner_facts,
        )
        (row,) = run.signatures().to_table().to_pylist()
        assert row["crypto_result"] == "ok"
        assert [row[name] is not None for name in hidden] == [inner_facts] * 3
