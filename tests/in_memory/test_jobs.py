"""The jobs over Arrow data in memory: what those over files make, and a proof that notices."""

from __future__ import annotations

import collections
import pickle

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from tests.sealing.keyring import ENTITY, HEADER, NOW, as_parquet, objects
from tests.sealing.mixed_mail import EXPECTED, mixed_mail
from tests.signing.test_job import mails_of

import smimebatch as sb
from smimebatch.datasets import rows_of_run
from smimebatch.errors import InputError, KeysError, OptionError
from smimebatch.in_memory import work
from smimebatch.schema import dataset_schema

IN_MEMORY = {"COMMITTED": "VERIFIED", "COMMITTED_UNVERIFIED": "WRITTEN"}
PLAIN = HEADER + ENTITY


@pytest.fixture(scope="module")
def mails(keyring):
    """One message of every kind that an archive holds."""
    return [HEADER + entity for entity in mixed_mail(keyring).values()]


def data_of(mails):
    return pa.table({"raw": pa.array(mails, pa.binary())})


def raws(batch):
    return batch.mail["raw"].to_pylist()


def states(batch):
    return list(
        zip(*(batch.objects[name].to_pylist() for name in ("state", "reason")), strict=True)
    )


def test_reencrypted_messages_have_the_ends_that_files_give_them(keyring, mails, tmp_path):
    held = keyring.vault("rsa", "p256", "p521")
    given = {"vault": held, "to": keyring.certificate("p521"), "now": NOW}
    made = sb.reencrypt_batch(data_of(mails), **given)
    expected = [(IN_MEMORY.get(state, state), reason) for state, reason in EXPECTED.values()]
    assert states(made) == expected
    assert made.objects.schema.equals(dataset_schema("objects"))
    assert made.evidence is None
    run = sb.reencrypt(as_parquet(mails, tmp_path / "m.parquet"), output=tmp_path / "run", **given)
    random = {"source", "state", "output_sha256", "plaintext_hmac"}
    for ours, theirs in zip(made.objects.to_pylist(), objects(run), strict=True):
        assert {k: v for k, v in ours.items() if k not in random} == {
            k: v for k, v in theirs.items() if k not in random
        }
    # And what lies inside is what it was, by files and by hand.
    opened = sb.decrypt_batch(made.mail, vault=held, now=NOW)
    before = sb.decrypt(tmp_path / "run" / "mail", vault=held, output=tmp_path / "o", now=NOW)
    assert before.totals.messages == len(mails)
    assert raws(opened) == pq.read_table(tmp_path / "o" / "mail")["raw"].to_pylist()


def test_decrypted_messages_are_those_of_files_with_their_rows(keyring, mails, tmp_path):
    held = keyring.vault("rsa", "p256", "p521")
    made = sb.decrypt_batch(data_of(mails), vault=held, now=NOW)
    source = as_parquet(mails, tmp_path / "m.parquet")
    run = sb.decrypt(source, vault=held, output=tmp_path / "run", now=NOW)
    files = pq.read_table(tmp_path / "run" / "mail")
    for name in ("raw", "opened", "source_index"):
        assert made.mail[name].to_pylist() == files[name].to_pylist(), name
    assert made.objects is None
    for dataset in ("messages", "signatures", "encryptions", "recipients"):
        ours = getattr(made, dataset)
        theirs = pa.Table.from_batches(rows_of_run(run.output, dataset), dataset_schema(dataset))
        names = [name for name in theirs.schema.names if name != "source"]
        assert ours.select(names).to_pylist() == theirs.select(names).to_pylist(), dataset
    kept = made.mail.filter(pc.is_valid(made.mail["reason"]))
    assert set(kept["reason"].to_pylist()) == {
        "signed_outside",
        "beside_other_parts",
        "text_behind",
    }
    assert not any(kept["opened"].to_pylist())


@pytest.mark.parametrize("jobs", [1, 2])
def test_encrypted_messages_are_opened_and_compared(keyring, jobs):
    given = {"to": keyring.certificate("rsa"), "vault": keyring.vault("rsa"), "now": NOW}
    clear = [HEADER + ENTITY + b"%d\r\n" % number for number in range(600)]
    made = sb.encrypt_batch(data_of(clear), jobs=jobs, **given)
    assert states(made) == [("VERIFIED", None)] * len(clear)
    assert not any(ENTITY[-20:-2] in raw for raw in raws(made))
    assert raws(sb.decrypt_batch(made.mail, vault=given["vault"], now=NOW, jobs=jobs)) == clear


def test_without_a_key_or_a_proof_nothing_is_called_verified(keyring):
    given = {"to": keyring.certificate("rsa"), "now": NOW}
    assert states(sb.encrypt_batch(data_of([PLAIN]), **given)) == [("WRITTEN", "no_proof_key")]
    made = sb.encrypt_batch(data_of([PLAIN]), prove=False, vault=keyring.vault("rsa"), **given)
    assert states(made) == [("WRITTEN", None)]
    assert made.objects["plaintext_hmac"].to_pylist() == [None]


def test_what_gets_no_envelope_is_not_there_in_clear(keyring, tmp_path):
    table = tmp_path / "people.csv"
    table.write_text(f"bob@reader.example,{keyring.certificate('p256')}\n")
    other = PLAIN.replace(b"bob@", b"eve@")
    made = sb.encrypt_batch(data_of([other, PLAIN, None]), recipients=table, now=NOW)
    assert [raw is None for raw in raws(made)] == [True, False, True]
    assert made.objects["state"].to_pylist() == ["REFUSED", "WRITTEN", "REFUSED"]
    assert made.objects["missing_recipients"].to_pylist()[0] == ["eve@reader.example"]
    assert made.objects["output"].to_pylist() == [None, "mail#1", None]


def test_what_is_said_without_a_proof_is_what_is_said_before_one(keyring, mails):
    given = {"vault": keyring.vault("rsa", "p256", "p521"), "to": keyring.certificate("p521")}
    unproven = sb.reencrypt_batch(data_of(mails), prove=False, now=NOW, **given)
    proven = sb.reencrypt_batch(data_of(mails), now=NOW, **given)
    settled = {"state", "content_equal", "signatures_equal", "output_sha256", "plaintext_hmac"}
    rows = zip(unproven.objects.to_pylist(), proven.objects.to_pylist(), strict=True)
    for before, after in rows:
        assert before["state"] == ("WRITTEN" if after["state"] == "VERIFIED" else after["state"])
        assert (before["content_equal"], before["signatures_equal"]) == (None, None)
        assert before["reason"] == after["reason"]
        same = before.keys() - settled
        assert {name: before[name] for name in same} == {name: after[name] for name in same}
    assert unproven.objects.schema.equals(proven.objects.schema)


def test_rewrapped_messages_keep_their_ciphertext(keyring):
    given = {"to": keyring.certificate("p256"), "now": NOW}
    old = sb.encrypt_batch(data_of([PLAIN]), prove=False, **given)
    held = keyring.vault("p256", "rsa")
    made = sb.rewrap_batch(old.mail, vault=held, to=keyring.certificate("rsa"), now=NOW)
    assert states(made) == [("VERIFIED", None)]
    assert raws(sb.decrypt_batch(made.mail, vault=keyring.vault("rsa"), now=NOW)) == [PLAIN]


def test_message_that_lost_a_signature_is_evidence(keyring, mails):
    held = keyring.vault("rsa", "p256", "p521")
    at = list(EXPECTED).index("signed outside")
    made = sb.reencrypt_batch(
        data_of(mails),
        vault=held,
        to=keyring.certificate("p521"),
        outer_signature="keep-original",
        now=NOW,
    )
    assert states(made)[at] == ("VERIFIED", "signed_outside")
    assert made.evidence["raw"].to_pylist() == [mails[at]]
    assert made.evidence["source_index"].to_pylist() == [at]


@pytest.mark.parametrize("opaque", [False, True])
def test_signed_messages_verify(signers, opaque):
    clear = mails_of(40)
    trust = sb.Trust.load(signers.roots)
    made = sb.sign_batch(data_of(clear), signer=signers.vault("rsa"), opaque=opaque, trust=trust)
    assert states(made) == [("VERIFIED", None)] * len(clear)
    verified = sb.verify_batch(made.mail, trust=trust)
    assert set(verified.messages["indication"].to_pylist()) == {"TOTAL_PASSED"}
    unproven = sb.sign_batch(data_of(clear), signer=signers.vault("rsa"), prove=False)
    assert states(unproven) == [("WRITTEN", None)] * len(clear)


@pytest.mark.parametrize("fault", ["swapped", "cut", "clear"])
def test_proof_takes_out_what_is_not_as_it_should_be(keyring, monkeypatch, fault):
    clear = [HEADER + ENTITY + b"%d\r\n" % number for number in range(9)]

    def broken(rows, mask):
        found = rows["raw"].to_pylist()
        swapped = [*found[:3], found[4], found[3], *found[5:]]
        changed = {"swapped": swapped, "cut": [*found[:4], found[4][:-40], *found[5:]]}
        changed["clear"] = [*found[:4], clear[4], *found[5:]]
        at = rows.schema.get_field_index("raw")
        return rows.set_column(at, "raw", pa.array(changed[fault], pa.binary()))

    monkeypatch.setattr(work, "only", broken)
    given = {"to": keyring.certificate("p256"), "vault": keyring.vault("p256"), "now": NOW}
    made = sb.encrypt_batch(data_of(clear), **given)
    bad = {3, 4} if fault == "swapped" else {4}
    assert {row for row, raw in enumerate(raws(made)) if raw is None} == bad
    found = collections.Counter(states(made))
    assert found == {("VERIFIED", None): 9 - len(bad), ("REFUSED", "proof_failed"): len(bad)}


def test_rows_are_numbered_where_they_have_no_number(keyring, mails):
    reader = data_of(mails).to_reader(max_chunksize=3)
    held = keyring.vault("rsa", "p256", "p521")
    made = sb.reencrypt_batch(reader, vault=held, to=keyring.certificate("p521"), now=NOW)
    for table in (made.mail, made.messages, made.objects):
        assert table["source_index"].to_pylist() == list(range(len(mails)))
    assert made.objects["state"].to_pylist() == [
        IN_MEMORY.get(state, state) for state, _ in EXPECTED.values()
    ]


@pytest.mark.parametrize("numbers", [[7, 7, 7, 7], [0, 0, 1, 1], [None] * 4, [5, None, 5, 0]])
@pytest.mark.parametrize("kind", [pa.int64(), pa.uint32()])
def test_messages_that_are_called_alike_are_told_apart(keyring, signers, mails, numbers, kind):
    clear = mails_of(4)
    called = data_of(clear).append_column("source_index", pa.array(numbers, kind))
    made = sb.sign_batch(called, signer=signers.vault("rsa"))
    assert states(made) == [("VERIFIED", None)] * 4
    for table in (made.mail, made.messages, made.objects):
        assert table["source_index"].to_pylist() == numbers
        assert table.schema.field("source_index").type == pa.int64()
    at = list(EXPECTED).index("signed outside")
    kept = [mails[at], mails[list(EXPECTED).index("signed")], mails[at], mails[at]]
    called = data_of(kept).append_column("source_index", pa.array(numbers, kind))
    made = sb.reencrypt_batch(
        called,
        vault=keyring.vault("rsa", "p256", "p521"),
        to=keyring.certificate("p521"),
        outer_signature="keep-original",
        now=NOW,
    )
    again = ("VERIFIED", "signed_outside")
    assert states(made) == [again, ("SKIPPED", "not_encrypted"), again, again]
    assert made.evidence["source_index"].to_pylist() == [numbers[0], *numbers[2:]]


def test_source_may_be_a_column_of_nulls(keyring):
    rows = data_of([PLAIN]).append_column("source", pa.nulls(1))
    made = sb.encrypt_batch(rows, to=keyring.certificate("rsa"), now=NOW)
    assert made.mail["source"].to_pylist() == [None]


def test_result_goes_to_another_process(keyring):
    made = sb.encrypt_batch(data_of([PLAIN]), to=keyring.certificate("rsa"), now=NOW)
    again = pickle.loads(pickle.dumps(made))
    assert (raws(again), again.objects) == (raws(made), made.objects)
    verified = sb.verify_batch(made.mail, now=NOW)
    assert pickle.loads(pickle.dumps(verified)).messages.equals(verified.messages)


def test_data_without_messages_gives_tables_without_rows(keyring):
    made = sb.encrypt_batch(data_of([]), to=keyring.certificate("rsa"), now=NOW)
    assert (made.mail.num_rows, made.objects.num_rows, made.messages.num_rows) == (0, 0, 0)


def test_result_is_taken_over_by_other_libraries(keyring):
    duckdb, polars = pytest.importorskip("duckdb"), pytest.importorskip("polars")
    made = sb.encrypt_batch(data_of([PLAIN]), to=keyring.certificate("rsa"), now=NOW)
    mail = made.mail
    assert duckdb.sql("select count(raw) from mail").fetchall() == [(1,)]
    frame = polars.from_arrow(mail)
    opened = sb.decrypt_batch(frame, vault=keyring.vault("rsa"), now=NOW)
    assert raws(opened) == [PLAIN]


def test_mistakes_of_the_caller_are_said_before_anything_is_done(keyring):
    with pytest.raises(OptionError, match="Vault"):
        sb.decrypt_batch(data_of([PLAIN]), vault="keys/")
    with pytest.raises(InputError, match="column `raw`"):
        sb.encrypt_batch(pa.table({"mail": [b""]}), to=keyring.certificate("rsa"), now=NOW)
    with pytest.raises(OptionError):
        sb.encrypt_batch(data_of([PLAIN]))
    to = keyring.certificate("rsa")
    for given in ({"vault": "x"}, {"trust": "x"}, {"tsa_trust": "x"}):
        with pytest.raises(OptionError):
            sb.encrypt_batch(data_of([PLAIN]), to=to, **given)
    for name in ("output", "vouches", "dry_run"):
        with pytest.raises(TypeError, match=rf"decrypt_batch\(\) .*'{name}'"):
            sb.decrypt_batch(data_of([PLAIN]), vault=keyring.vault("rsa"), **{name: "x"})


def test_keys_and_certificates_may_be_objects_of_cryptography(keyring):
    key = load_pem_private_key(keyring.folder.joinpath("p256.key").read_bytes(), None)
    certificate = x509.load_pem_x509_certificate(keyring.certificate("p256").read_bytes())
    escrow = x509.load_pem_x509_certificate(keyring.certificate("rsa").read_bytes())
    vault = sb.Vault.load(key, certificate)
    assert len(vault.keys) == 1 and vault.warnings == ()
    der = escrow.public_bytes(Encoding.DER)
    sealed = sb.encrypt_batch(data_of([PLAIN]), to=certificate, escrow=[der], vault=vault, now=NOW)
    assert states(sealed) == [("VERIFIED", None)]
    (said,) = sealed.objects.to_pylist()
    assert len(said["recipients_after"]) == 2
    opened = sb.decrypt_batch(sealed.mail, vault=vault, now=NOW)
    assert raws(opened)[0].endswith(ENTITY)
    for wrong in (object(), 5, b"DER of a key would not be told from text"):
        with pytest.raises(KeysError, match=r"--keys; expected a path, or a private key"):
            sb.Vault.load(wrong)
    with pytest.raises(KeysError, match="dsa"):
        sb.Vault.load(key, dsa.generate_private_key(2048))
    with pytest.raises(KeysError, match=r"--to; expected a path, a certificate object"):
        sb.encrypt_batch(data_of([PLAIN]), to=key, now=NOW)
