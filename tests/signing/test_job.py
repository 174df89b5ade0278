"""A signing run is a run like any: killed, gone on with, audited; and faults are caught."""

from __future__ import annotations

import base64
import hashlib
import os
import pathlib
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import pyarrow as pa
import pytest
from tests.damage import Fault, flipped, truncated, whole_other
from tests.sealing.keyring import NOW, as_parquet, objects, written
from tests.signing.keyring import HEADER, signed

import smimebatch as sb
from smimebatch.batch import VerifiedBatch, as_table
from smimebatch.sinks.proof import Said
from smimebatch.sinks.sealed_mail import SealedMail
from smimebatch.sinks.signed_mail import HOLDS, SeenSignature, SignedProof

MESSAGES = 400
RUNS = 5


def mails_of(count: int) -> list[bytes]:
    return [
        HEADER.replace(b"<1@", f"<{at}@".encode()) + f"\nText number {at}, Grüße.\n".encode()
        for at in range(count)
    ]


def files_of(out: pathlib.Path) -> dict[str, bytes]:
    """Return every file that is of the result, not of its making."""
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*.parquet"))
        if "_smimebatch" not in path.parts
    }


def test_killed_run_goes_on_to_the_same_octets(signers, tmp_path):
    """Ed25519 signs the same again; plaintext_hmac is under a key of the run's own."""
    source = as_parquet(mails_of(3000), tmp_path / "mail.parquet")
    keys = [word for file in signers.files("ed25519") for word in ("--signer", str(file))]

    def command(out: pathlib.Path) -> list[str]:
        given = [sys.executable, "-m", "smimebatch", "sign", str(source), *keys, "-o", str(out)]
        return [*given, "--unit-messages", "100", "-j", "1", "--now", NOW.isoformat()]

    whole = tmp_path / "whole"
    subprocess.run(command(whole), check=True, capture_output=True)
    out = tmp_path / "killed"
    kills = 0
    for _ in range(20):
        process = subprocess.Popen(command(out), stderr=subprocess.PIPE)
        commits = out / "_smimebatch" / "commits"
        before = len(list(commits.glob("*.json"))) if commits.exists() else 0
        while process.poll() is None:
            now = len(list(commits.glob("*.json"))) if commits.exists() else 0
            if now >= before + 2:
                process.send_signal(signal.SIGKILL)
                break
            time.sleep(0.005)
        process.communicate()
        if process.returncode == 0:
            break
        kills += 1
    subprocess.run(command(out), check=True, capture_output=True)
    assert kills > 0
    of_whole, of_killed = files_of(whole), files_of(out)
    assert of_whole.keys() == of_killed.keys()
    mail = [name for name in of_whole if name.startswith("mail/")]
    assert len(mail) == 30
    assert all(of_whole[name] == of_killed[name] for name in mail)
    audit = [sys.executable, "-m", "smimebatch", "audit", "verify", str(out)]
    subprocess.run(audit, check=True, capture_output=True)


def test_time_of_the_run_is_the_signing_time(signers, tmp_path):
    source = as_parquet(mails_of(3), tmp_path / "mail.parquet")
    given = {"signer": signers.vault("rsa"), "output": tmp_path / "run", "now": NOW}
    sb.sign(source, **given)
    before = written(tmp_path / "run")
    run = sb.sign(source, **given)
    assert run.was_finished
    assert written(tmp_path / "run") == before
    judged = sb.verify(tmp_path / "run" / "mail", output=tmp_path / "judged")
    claims = judged.signatures().to_table()["signing_time_claim"].to_pylist()
    assert claims == [NOW] * 3


def flipped_object(chance: random.Random, mails: list[bytes], at: int, _: object) -> bytes:
    """One bit of the CMS object, its base64 being as good as any."""
    head, middle, text = mails[at].rpartition(b"\n\n")
    lines, _, end = text.partition(b"\n--")
    cms = bytearray(base64.b64decode(lines))
    cms[chance.randrange(len(cms))] ^= 1 << chance.randrange(8)
    coded = base64.b64encode(bytes(cms))
    wrapped = b"\n".join(coded[i : i + 76] for i in range(0, len(coded), 76))
    return head + middle + wrapped + b"\n--" + end


def swapped(chance: random.Random, mails: list[bytes], at: int, _: object) -> bytes:
    """The body of another message, with the signature of that."""
    other = mails[(at + 1 + chance.randrange(len(mails) - 1)) % len(mails)]
    mark = b"MIME-Version: 1.0\n"
    return mails[at].partition(mark)[0] + mark + other.partition(mark)[2]


def unsigned(_: random.Random, __: object, at: int, made: dict[str, list[bytes]]) -> bytes:
    """The message as it was."""
    return made["source"][at]


def other_signer(_: random.Random, __: object, at: int, made: dict[str, list[bytes]]) -> bytes:
    """A right signature of somebody else."""
    return made["other"][at]


def other_form(_: random.Random, __: object, at: int, made: dict[str, list[bytes]]) -> bytes:
    """The right signature of the right signer over the right text, in the other form."""
    return made["opaque"][at]


def lost_field(_: random.Random, mails: list[bytes], at: int, __: object) -> bytes:
    """A header field is gone."""
    return mails[at].replace(b"Subject: for you\n", b"")


def text_behind(_: random.Random, mails: list[bytes], at: int, __: object) -> bytes:
    """Something is shown that is not signed."""
    return mails[at] + b"A footer.\n"


FAULTS: list[Fault] = [
    flipped,
    flipped_object,
    truncated,
    swapped,
    whole_other,
    unsigned,
    other_signer,
    other_form,
    lost_field,
    text_behind,
]


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


def test_faults_put_in_before_the_output_is_hashed_are_caught(signers, tmp_path):
    mails = mails_of(MESSAGES)
    made = {"source": mails}
    for name, options in (("other", {}), ("opaque", {"opaque": True})):
        signer = "p384" if name == "other" else "ed25519"
        rows, _ = signed(signers, mails, tmp_path / name, signer, **options)
        made[name] = [row["raw"] for row in rows]
    source = as_parquet(mails, tmp_path / "mail.parquet")
    chance = random.Random(8)
    for number in range(RUNS):
        put_in = inject(
            lambda raws: [
                FAULTS[at % len(FAULTS)](chance, raws, at, made) for at in range(MESSAGES)
            ]
        )
        run = sb.sign(
            source, signer=signers.vault("ed25519"), output=tmp_path / str(number), now=NOW
        )
        put_in.undo()
        said = objects(run)
        assert [row["source_index"] for row in said if row["state"] != "REFUSED"] == []
        assert written(tmp_path / str(number)) == []


def test_without_a_fault_nothing_is_refused(signers, tmp_path):
    """Through the same door."""
    source = as_parquet(mails_of(20), tmp_path / "mail.parquet")
    put_in = inject(lambda raws: raws)
    run = sb.sign(source, signer=signers.vault("ed25519"), output=tmp_path / "run", now=NOW)
    put_in.undo()
    assert run.totals.objects == {"COMMITTED": 20}
    assert run.exit_code == 0


def test_mail_is_readable_by_its_owner_alone(signers, tmp_path):
    source = as_parquet(mails_of(1), tmp_path / "mail.parquet")
    sb.sign(source, signer=signers.vault("ed25519"), output=tmp_path / "run", now=NOW)
    (part,) = (tmp_path / "run" / "mail").iterdir()
    assert os.stat(part).st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("change", "state", "reason"),
    [
        ({}, "COMMITTED", None),
        ({"coverage": "partial"}, "COMMITTED_UNVERIFIED", "not_covered"),
        ({"address_match": "none"}, "COMMITTED_UNVERIFIED", "not_covered"),
        ({"deciding_signature": "signed>signed#0", "coverage": "partial"}, "COMMITTED", None),
        ({"format": "opaque"}, "REFUSED", "proof_failed"),
        *[({name: None}, "REFUSED", "proof_failed") for name in HOLDS],
        ({"signatures": b"other"}, "REFUSED", "signature_changed"),
        ({"signer": "somebody else"}, "REFUSED", "proof_failed"),
        ({"as_written": False}, "REFUSED", "proof_failed"),
        ({"plaintext_hmac": b"other"}, "REFUSED", "proof_failed"),
    ],
)
def test_proof_asks_for_every_fact(change, state, reason):
    outer = HOLDS | {"format": "detached", "address_match": "from"}
    said = Said(
        state="WRITTEN",
        reason=None,
        output_sha256=b"hash",
        plaintext_hmac=b"code",
        recipients_after=None,
        algorithms_after=["sha256"],
        signer="1 of CN=A",
        signatures=None,
        is_written=True,
    )
    seen = SeenSignature(
        message_sha256=b"hash",
        as_written=True,
        signer="1 of CN=A",
        algorithms=["sha256"],
        plaintext_hmac=b"code",
        coverage="full",
        deciding_signature="signed#0",
        signatures=None,
        outer=[outer],
    )
    outer |= {name: value for name, value in change.items() if name in outer}
    seen = replace(seen, **{name: value for name, value in change.items() if name not in outer})
    SignedProof(is_opaque=False, binds=True).compare(said, seen)
    assert (said.state, said.reason) == (state, reason)
    assert said.is_written == (state != "REFUSED")
