"""Whatever is edited in a run directory is found, and its place is named."""

import json
import random
import shutil

import pyarrow.parquet as pq
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.job.jobs import begun, stop

from smimebatch.errors import InputError
from smimebatch.job.audit import Audit
from smimebatch.job.proving import check_proof, proofs_of

EDITS = 1000
ROOM = "_smimebatch"


def audited(out):
    return Audit(str(out)).run()


@pytest.fixture
def out(whole, tmp_path):
    shutil.copytree(whole[0], tmp_path / "out")
    return tmp_path / "out"


def test_run_as_it_was_made_has_no_findings(whole):
    found = audited(whole[0])
    assert found.findings == []
    assert found.files == 37 and found.rows > 300


def flip(chance, content):
    at = chance.randrange(len(content))
    return content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :]


def drop_octet(chance, content):
    at = chance.randrange(len(content))
    return content[:at] + content[at + 1 :]


def add_octet(chance, content):
    at = chance.randrange(len(content) + 1)
    return content[:at] + bytes([chance.randrange(256)]) + content[at:]


def truncate(chance, content):
    return content[: chance.randrange(len(content))]


def on_lines(edit):
    def edited(chance, content):
        lines = content.splitlines(keepends=True)
        edit(chance, lines)
        return b"".join(lines)

    return edited


def drop_line(chance, lines):
    del lines[chance.randrange(len(lines))]


def double_line(chance, lines):
    at = chance.randrange(len(lines))
    lines.insert(at, lines[at])


def swap_lines(chance, lines):
    chance.shuffle(lines)


EDITS_OF_BYTES = [
    flip,
    drop_octet,
    add_octet,
    truncate,
    on_lines(drop_line),
    on_lines(double_line),
    on_lines(swap_lines),
]


def test_every_one_of_a_thousand_random_edits_is_found_with_its_place(out):
    chance = random.Random(2026)
    records = [path for path in sorted(out.glob(f"{ROOM}/**/*")) if path.is_file()]
    records = [path for path in records if path.name != "lock"]
    parts = sorted(out.glob("*/part-*"))
    for number in range(EDITS):
        path = chance.choice(records if chance.random() < 0.6 else parts)
        before = path.read_bytes()
        after = chance.choice(EDITS_OF_BYTES)(chance, before)
        if after == before:
            after = flip(chance, before)
        path.write_bytes(after)
        places = [finding.place for finding in audited(out).findings]
        name = str(path.relative_to(out))
        assert any(place.startswith(name) for place in places), (number, name, places)
        path.write_bytes(before)
    assert audited(out).findings == []


def named(out):
    return {finding.place for finding in audited(out).findings}


def test_removed_file_is_named(out):
    for path in [path for path in sorted(out.glob("**/*")) if path.is_file()]:
        if path.name == "lock":
            continue
        content = path.read_bytes()
        path.unlink()
        assert any(place.startswith(str(path.relative_to(out))) for place in named(out)), path
        path.write_bytes(content)


def test_swapped_doubled_and_foreign_parts_are_named(out):
    one, other, *_ = sorted((out / "messages").iterdir())
    contents = one.read_bytes(), other.read_bytes()
    one.write_bytes(contents[1])
    other.write_bytes(contents[0])
    assert named(out) == {f"messages/{one.name}", f"messages/{other.name}"}
    one.write_bytes(contents[0])
    other.write_bytes(contents[1])
    shutil.copy(one, out / "messages/part-copy.parquet")
    assert named(out) == {"messages/part-copy.parquet"}


def test_changed_line_of_the_ledger_is_named_by_its_number(out):
    ledger = out / ROOM / "ledger.jsonl"
    lines = ledger.read_bytes().splitlines(keepends=True)
    ledger.write_bytes(b"".join([*lines[:2], *lines[3:]]))
    assert f"{ROOM}/ledger.jsonl, line 3" in named(out)
    changed = lines[2].replace(b'"unit":"', b'"unit":"0')
    ledger.write_bytes(b"".join([*lines[:2], changed, *lines[3:]]))
    assert f"{ROOM}/ledger.jsonl, line 3, or of line 4 behind it" in named(out)


def test_unfinished_run_lacks_its_manifest(archive, tmp_path):
    stop(archive, tmp_path / "out", 70)
    assert f"{ROOM}/manifest.json" in named(tmp_path / "out")


@pytest.fixture(scope="session")
def keys(tmp_path_factory):
    """Two Ed25519 keys, as files of OpenSSL have them."""
    folder = tmp_path_factory.mktemp("keys")
    for name in ("one", "other"):
        key = Ed25519PrivateKey.generate()
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        (folder / f"{name}.key").write_bytes(private)
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        (folder / f"{name}.pem").write_bytes(public)
    return folder


def test_signed_checkpoint_is_that_of_the_key_and_no_octet_of_it_can_change(
    archive, keys, tmp_path, run
):
    out = tmp_path / "out"
    begun(archive, out, (), sign_with=str(keys / "one.key"))
    assert audited(out).findings == []
    assert run("audit", "verify", out, "--key", keys / "one.pem")[0] == 0
    code, _, err = run("audit", "verify", out, "--key", keys / "other.pem")
    assert code == 2 and "expected a signature of smimebatch+" in err
    manifest = out / ROOM / "manifest.json"
    content = manifest.read_bytes()
    start = content.index(b'"checkpoint"')
    for at in range(start, content.index(b"\n", start)):
        manifest.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        assert any(place.startswith(f"{ROOM}/manifest.json") for place in named(out)), at


def test_command_names_places_on_stdout_and_exits_with_1(out, run):
    part = next((out / "errors").iterdir())
    part.write_bytes(b"")
    code, lines, _ = run("audit", "verify", out)
    assert code == 1 and lines.startswith(f"errors/{part.name}: expected ")
    assert run("audit", "verify", out / "messages")[0] == 2


@pytest.fixture(scope="session")
def signed(archive, keys, tmp_path_factory):
    out = tmp_path_factory.mktemp("signed") / "out"
    begun(archive, out, (), sign_with=str(keys / "one.key"))
    return out


def test_every_message_of_a_run_is_proven_and_the_proof_is_checked(signed, keys, tmp_path, run):
    messages = pq.read_table(signed / "messages", columns=["message_id", "source", "source_index"])
    ids = {row["message_id"] for row in messages.to_pylist()} - {None}
    assert len(ids) > 50
    proofs = [proof for message_id in sorted(ids) for proof in proofs_of(str(signed), message_id)]
    assert len(proofs) == sum(row["message_id"] is not None for row in messages.to_pylist())
    (tmp_path / "proofs").write_text("".join(json.dumps(proof) + "\n" for proof in proofs))
    code, said, err = run("audit", "check", tmp_path / "proofs", "--key", keys / "one.pem")
    assert code == 0, err
    assert len(said.splitlines()) == len(proofs)
    assert run("audit", "check", tmp_path / "proofs", "--key", keys / "other.pem")[0] == 2


def test_proof_of_anything_else_is_refused(signed):
    rows = pq.read_table(signed / "messages", columns=["message_id"])["message_id"].to_pylist()
    (proof, *_) = proofs_of(str(signed), next(filter(None, rows)))
    check_proof(proof)
    row = proof["row"]
    others = [
        {**proof, "row": {**row, "indication": "TOTAL_PASSED", "kind": "plain"}},
        {**proof, "row": {**row, "message_sha256": "00" * 32}},
        {**proof, "row_index": proof["row_index"] + 1},
        {**proof, "row_count": proof["row_count"] + 1},
        {**proof, "row_proof": proof["row_proof"][1:]},
        {**proof, "record_index": proof["record_index"] + 1},
        {**proof, "record_proof": proof["record_proof"][:-1]},
        {**proof, "commit": proof["commit"].replace('"rows":20', '"rows":21')},
        {**proof, "record": proof["record"].replace('"number":', '"number":1')},
        {**proof, "checkpoint": "x\n1\nAAAA\n"},
        {},
    ]
    for other in others:
        with pytest.raises(InputError):
            check_proof(other)


def test_command_proves_by_message_id_with_and_without_brackets(signed, run):
    rows = pq.read_table(signed / "messages", columns=["message_id"])["message_id"].to_pylist()
    bare = next(filter(None, rows)).strip("<>")
    answers = {run("audit", "prove", signed, "--message-id", it)[:2] for it in (bare, f"<{bare}>")}
    assert len(answers) == 1 and answers.pop()[0] == 0
    assert run("audit", "prove", signed, "--message-id", "absent@example.com")[0] == 2


def test_checkpoint_kept_elsewhere_shows_that_a_run_was_made_anew(archive, signed, tmp_path, run):
    note = json.loads((signed / ROOM / "manifest.json").read_text())["checkpoint"]
    (tmp_path / "kept").write_text(note)
    assert run("audit", "verify", signed, "--since", tmp_path / "kept")[0] == 0
    stop(archive, tmp_path / "out", 70)
    begun(archive, tmp_path / "out", ())
    assert audited(tmp_path / "out").findings == []
    code, said, _ = run("audit", "verify", tmp_path / "out", "--since", tmp_path / "kept")
    assert code == 1 and said.startswith(f"{ROOM}/ledger.jsonl, lines 1 to ")
