"""Faults put into what is written before it is hashed: the proof catches every one.

Ten thousand, of the kinds that a broken memory, a broken disk or a mistake of ours could make:
changed bits, lost or truncated text, another message's body, other recipients, a content key or a
nonce that was used before. Every key is at hand, as of a key that is not nothing can be said.
"""

from __future__ import annotations

import base64
import hashlib
import random
from collections.abc import Callable

import pyarrow as pa
import pytest
from cryptography import x509
from tests.damage import Fault, flipped, truncated, whole_other
from tests.sealing import handmade
from tests.sealing.keyring import ENTITY, HEADER, NOW, as_parquet, objects, written

import smimebatch as sb
from smimebatch.batch import VerifiedBatch, as_table
from smimebatch.sinks.sealed_mail import SealedMail

MESSAGES, RUNS = 500, 20


def flipped_object(chance: random.Random, mails: list[bytes], at: int, _: object) -> bytes:
    """One bit of the CMS object, its base64 being as good as any."""
    head, _, text = mails[at].partition(b"\r\n\r\n")
    cms = bytearray(base64.b64decode(text))
    cms[chance.randrange(len(cms))] ^= 1 << chance.randrange(8)
    lines = base64.encodebytes(bytes(cms))
    return head + b"\r\n\r\n" + rewrapped(lines)


def rewrapped(lines: bytes) -> bytes:
    """Return base64 in lines as this program writes them."""
    text = lines.replace(b"\n", b"")
    return b"".join(text[i : i + 76] + b"\r\n" for i in range(0, len(text), 76))


def swapped(chance: random.Random, mails: list[bytes], at: int, _: object) -> bytes:
    """The body of another message."""
    other = mails[(at + 1 + chance.randrange(len(mails) - 1)) % len(mails)]
    return mails[at].partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + other.partition(b"\r\n\r\n")[2]


def other_recipient(_: random.Random, __: object, at: int, made: dict[str, list[bytes]]) -> bytes:
    """The right text for somebody else, whose key is at hand."""
    return made["other"][at]


def fewer(_: random.Random, __: object, at: int, made: dict[str, list[bytes]]) -> bytes:
    """The escrow is missing."""
    return made["fewer"][at]


def more(_: random.Random, __: object, at: int, made: dict[str, list[bytes]]) -> bytes:
    """Somebody can read it who should not."""
    return made["more"][at]


def other_cipher(_: random.Random, __: object, at: int, made: dict[str, list[bytes]]) -> bytes:
    """The right text for the right readers, unprotected."""
    return made["cbc"][at]


def lost_field(_: random.Random, mails: list[bytes], at: int, __: object) -> bytes:
    """A header field is gone."""
    return mails[at].replace(b"Subject: for you\r\n", b"")


FAULTS: list[Fault] = [
    flipped,
    flipped_object,
    truncated,
    swapped,
    whole_other,
    other_recipient,
    fewer,
    more,
    other_cipher,
    lost_field,
]


def test_ten_thousand_faults_are_caught(keyring, tmp_path):
    mails = [
        HEADER.replace(b"<1@", f"<{index}@".encode())
        + ENTITY.replace(b"7f1c9d", str(index).encode())
        for index in range(MESSAGES)
    ]
    source = as_parquet(mails, tmp_path / "mail.parquet")
    given = {"vault": keyring.vault("p256", "p384", "p521"), "now": NOW, "overwrite": True}
    right = {"to": keyring.certificate("p256"), "escrow": keyring.certificate("p384")}
    ways = {
        "other": right | {"to": keyring.certificate("p521")},
        "fewer": {"to": keyring.certificate("p256")},
        "more": right | {"to": [keyring.certificate("p256"), keyring.certificate("p521")]},
        "cbc": right | {"content": "aes256-cbc"},
    }
    made = {}
    for name, options in ways.items():
        run = sb.encrypt(source, output=tmp_path / "way", **given, **options)
        assert run.totals.objects == {"COMMITTED": MESSAGES}
        made[name] = [row["raw"] for row in written(tmp_path / "way")]
    caught = 0
    for number in range(RUNS):
        chance = random.Random(number)
        put_in = inject(lambda raws, chance=chance: faulted(chance, raws, made))
        run = sb.encrypt(source, output=tmp_path / "run", **given, **right)
        put_in.undo()
        said = objects(run)
        passed = [row for row in said if row["reason"] != "proof_failed"]
        assert not passed, [FAULTS[row["source_index"] % len(FAULTS)].__name__ for row in passed]
        assert {row["state"] for row in said} == {"REFUSED"}
        assert written(tmp_path / "run") == []
        assert run.exit_code == 3
        caught += len(said)
    assert caught == 10_000


def faulted(chance: random.Random, raws: list[bytes], made: dict[str, list[bytes]]) -> list[bytes]:
    """Return every message with a fault, of every kind in turn."""
    return [FAULTS[at % len(FAULTS)](chance, raws, at, made) for at in range(len(raws))]


def inject(change: Callable[[list[bytes]], list[bytes]]) -> pytest.MonkeyPatch:
    """Change what the core made, and its hash, before the sink gets it."""
    put_in = pytest.MonkeyPatch()
    write = SealedMail.write

    def changed(self: SealedMail, batch: VerifiedBatch) -> None:
        rows = as_table(batch.mail)
        raws = change(rows["raw"].to_pylist())
        hashes = [hashlib.sha256(raw).digest() for raw in raws]
        for name, values in (("raw", raws), ("output_sha256", hashes)):
            at = rows.schema.get_field_index(name)
            rows = rows.set_column(at, name, pa.array(values, pa.binary()))
        batch.mail = rows
        write(self, batch)

    put_in.setattr(SealedMail, "write", changed)
    return put_in


@pytest.mark.parametrize("fresh", ["neither", "key", "nonce", "both"])
def test_content_key_and_nonce_are_used_once(keyring, tmp_path, fresh):
    """Envelopes that are right in everything, but for what they share."""
    certificate = x509.load_pem_x509_certificate(keyring.certificate("rsa").read_bytes())
    source = as_parquet([HEADER + ENTITY] * 4, tmp_path / "mail.parquet")

    def change(raws: list[bytes]) -> list[bytes]:
        return [remade(raw, certificate, at, fresh) for at, raw in enumerate(raws)]

    put_in = inject(change)
    run = sb.encrypt(
        source,
        to=keyring.certificate("rsa"),
        key_transport="pkcs1",
        vault=keyring.vault("rsa"),
        output=tmp_path / "run",
        now=NOW,
    )
    put_in.undo()
    states = [row["state"] for row in objects(run)]
    assert states == (["COMMITTED"] * 4 if fresh == "both" else ["COMMITTED"] + ["REFUSED"] * 3)
    assert len(written(tmp_path / "run")) == states.count("COMMITTED")


def remade(raw: bytes, certificate: x509.Certificate, at: int, fresh: str) -> bytes:
    """Return the message with an envelope by hand."""
    key, nonce = handmade.KEY, handmade.NONCE
    if fresh in ("key", "both"):
        key = bytes([at]) + key[1:]
    if fresh in ("nonce", "both"):
        nonce = bytes([at]) + nonce[1:]
    cms = handmade.aead([handmade.transported(certificate, key)], ENTITY, key=key, nonce=nonce)
    head = raw.partition(b"\r\n\r\n")[0]
    return head + b"\r\n\r\n" + rewrapped(base64.encodebytes(cms))


def test_message_that_fails_costs_no_other(keyring, tmp_path):
    mails = [HEADER.replace(b"<1@", f"<{index}@".encode()) + ENTITY for index in range(50)]
    source = as_parquet(mails, tmp_path / "mail.parquet")

    def change(raws: list[bytes]) -> list[bytes]:
        return [raw[:-9] if at % 7 == 3 else raw for at, raw in enumerate(raws)]

    put_in = inject(change)
    given = {"vault": keyring.vault("p256"), "now": NOW, "to": keyring.certificate("p256")}
    run = sb.encrypt(source, output=tmp_path / "run", **given)
    put_in.undo()
    said = objects(run)
    failed = [row["source_index"] for row in said if row["state"] != "COMMITTED"]
    assert failed == list(range(3, 50, 7))
    rows = written(tmp_path / "run")
    assert [row["source_index"] for row in rows] == [at for at in range(50) if at % 7 != 3]
    places = {row["output"]: row["source_index"] for row in said if row["output"]}
    assert places == {f"mail#{at}": row["source_index"] for at, row in enumerate(rows)}
    opened = sb.decrypt(
        tmp_path / "run" / "mail", vault=keyring.vault("p256"), output=tmp_path / "opened"
    )
    assert opened.totals.decrypt_statuses == {"decrypted": len(rows)}


def test_without_a_fault_nothing_is_refused(keyring, tmp_path):
    """Through the same door."""
    source = as_parquet([HEADER + ENTITY], tmp_path / "mail.parquet")
    put_in = inject(lambda raws: raws)
    run = sb.encrypt(
        source,
        to=keyring.certificate("p256"),
        vault=keyring.vault("p256"),
        output=tmp_path / "run",
        now=NOW,
    )
    put_in.undo()
    assert run.totals.objects == {"COMMITTED": 1}
