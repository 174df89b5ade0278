"""Whatever is edited in a run directory is found, and its place is named."""

import json
import random
import shutil

import pyarrow.parquet as pq
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.job.jobs import begun, stop, verify

from smimebatch.errors import InputError
from smimebatch.job.audit import Audit
from smimebatch.job.checkpoint import is_signed_by, load_public_key
from smimebatch.job.proving import check_proof, proofs_of
from smimebatch.job.shard import Shard

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


def odd(chance):
    """A value that none of ours has, or has elsewhere."""
    values = [None, True, -1, 3.5, 1 << 70, "", "\ud800", "\x1b[2J", [], {}, ["x"], {"a": 1}]
    return chance.choice(values)


def replace_value(chance, value):
    """Put something else in one place of a record."""
    inner = isinstance(value, dict | list) and value and chance.random() < 0.9
    if not inner:
        return odd(chance)
    keys = list(value) if isinstance(value, dict) else range(len(value))
    key = chance.choice(list(keys))
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[key] = replace_value(chance, value[key])
    return copy


def test_record_with_another_value_is_found_with_its_place_whatever_it_is(shard):
    chance = random.Random(7)
    records = [path for path in sorted(shard.glob(f"{ROOM}/**/*")) if path.suffix[:5] == ".json"]
    for number in range(EDITS):
        path = chance.choice(records)
        before = path.read_bytes()
        lines = [before] if path.suffix == ".json" else before.splitlines()
        at = chance.randrange(len(lines))
        kept = json.loads(lines[at])
        lines[at] = json.dumps(replace_value(chance, kept)).encode()
        after = b"".join(line + b"\n" for line in lines)
        path.write_bytes(after)
        places = [finding.place for finding in audited(shard).findings]
        name = str(path.relative_to(shard))
        assert after == before or any(it.startswith(name) for it in places), (number, name, places)
        path.write_bytes(before)
    assert audited(shard).findings == []


@pytest.fixture
def shard(archive, tmp_path):
    verify(archive, tmp_path / "shard", shard=Shard(1, 2))
    return tmp_path / "shard"


def test_line_of_units_that_only_that_file_has_is_found(shard):
    units = shard / ROOM / "units.jsonl"
    lines = units.read_bytes().splitlines(keepends=True)
    more = json.loads(lines[-1])
    more |= {"ordinal": len(lines), "begin": None}
    other = lines[0].replace(b'"payload_bytes":', b'"payload_bytes":1')
    assert other != lines[0]
    canonical = json.dumps(more, sort_keys=True, separators=(",", ":")).encode() + b"\n"
    for content in ([*lines, canonical], [other, *lines[1:]]):
        units.write_bytes(b"".join(content))
        assert named(shard) == {f"{ROOM}/units.jsonl"}


def test_surrogate_in_a_record_is_a_finding_and_no_control_reaches_the_terminal(out, run):
    ledger = out / ROOM / "ledger.jsonl"
    lines = ledger.read_bytes().splitlines(keepends=True)
    for odd_name in (b"\\ud800", b"\\u001b[2J", "\x9b2J".encode()):
        changed = lines[2].replace(b'"unit":"', b'"unit":"' + odd_name)
        ledger.write_bytes(b"".join([*lines[:2], changed, *lines[3:]]))
        code, said, _ = run("audit", "verify", out)
        assert code == 1 and f"{ROOM}/ledger.jsonl, line 3" in said
        assert not set(said) & {"\x1b", "\x9b"}


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


def test_work_in_progress_that_a_kill_left_beside_a_whole_result_is_no_finding(out):
    (out / ROOM / "staging/all").mkdir(parents=True)
    (out / ROOM / "progress.json").write_text("{}")
    assert named(out) == set()


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
    code, said, _ = run("audit", "verify", out, "--key", keys / "other.pem")
    assert code == 1 and f"{ROOM}/manifest.json, checkpoint: expected signed by smimebatch+" in said
    manifest = out / ROOM / "manifest.json"
    content = manifest.read_bytes()
    start = content.index(b'"checkpoint"')
    for at in range(start, content.index(b"\n", start)):
        manifest.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        assert any(place.startswith(f"{ROOM}/manifest.json") for place in named(out)), at


def test_run_that_nobody_signed_is_told_to_be_unsigned(out, keys, run):
    code, said, err = run("audit", "verify", out, "--key", keys / "one.pem")
    assert code == 1 and said.endswith("found not signed\n") and said.count("\n") == 1
    assert "1 place is not as the rest says" in err
    (out / ROOM / "manifest.json").unlink()
    code, said, _ = run("audit", "verify", out, "--key", keys / "one.pem")
    assert code == 1 and "found not signed" in said


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
    code, said, _ = run("audit", "check", tmp_path / "proofs", "--key", keys / "other.pem")
    assert code == 1 and said.startswith(
        "line 1 proves nothing: proof; expected a checkpoint signed"
    )


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
    # What Python would take for the same number, text or time.
    others += [
        {**proof, "row": {**row, "source_index": row["source_index"] + 0.9}},
        {**proof, "row": {**row, "source_index": float(row["source_index"])}},
        {**proof, "row": {**row, "source_offset": 1 << 64}},
        {**proof, "row": {**row, "source_length": -1}},
        {**proof, "row": {**row, "message_sha256": row["message_sha256"].upper()}},
        {**proof, "row": {**row, "message_sha256": " " + row["message_sha256"]}},
        {**proof, "row": {**row, "flags": None}},
        {**proof, "row": {**row, "reasons": "".join(row["reasons"])}},
        {**proof, "row": {**row, "coverage": {}}},
        {**proof, "row": {**row, "source": row["source"] + "\ud800"}},
        {**proof, "row": {**row, "said": "genuine"}},
        {**proof, "row_index": float(proof["row_index"])},
        {**proof, "row_index": bool(proof["row_index"])},
        {**proof, "row_count": 1 << 70},
        {**proof, "record_index": str(proof["record_index"])},
        {**proof, "record_proof": "AAAA"},
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


def test_file_that_holds_no_proof_proves_nothing(signed, tmp_path, run):
    for content, code in ((b"", 2), (b"\n", 2), (b"[]\n", 1), (b"\xff\n", 2), (b"[" * 9999, 1)):
        (tmp_path / "proof").write_bytes(content)
        assert run("audit", "check", tmp_path / "proof")[0] == code, content
    assert run("audit", "prove", signed)[0] == 2


def test_proof_of_a_source_with_a_line_separator_in_its_name_is_read(archive, tmp_path, run):
    (tmp_path / "in").mkdir()
    shutil.copy(archive / "a.mbox", tmp_path / "in/a\u2028b\u0085.mbox")
    begun(tmp_path / "in", tmp_path / "out", ())
    rows = pq.read_table(tmp_path / "out/messages", columns=["message_id"])["message_id"]
    message_id = next(filter(None, rows.to_pylist()))
    proof = run("audit", "prove", tmp_path / "out", "--message-id", message_id)[1]
    (tmp_path / "proof").write_text(proof)
    code, said, _ = run("audit", "check", tmp_path / "proof")
    assert code == 0 and "\u2028" not in said


def test_checkpoint_of_an_interrupted_run_is_proven_to_be_in_that_of_the_finished_one(
    archive, keys, tmp_path, run
):
    out, early, proof = tmp_path / "out", tmp_path / "early", tmp_path / "proof"
    stop(archive, out, 70)
    note = run("audit", "checkpoint", out, "--sign-with", keys / "one.key")[1]
    assert is_signed_by(note, load_public_key(str(keys / "one.pem")))
    early.write_text(note)
    begun(archive, out, ())
    assert run("audit", "verify", out, "--since", early)[0] == 0
    proof.write_text(run("audit", "prove", out, "--since", early)[1])
    code, said, _ = run("audit", "check", proof)
    assert code == 0 and "begins with the 4 lines of the earlier checkpoint" in said
    kept = json.loads(proof.read_text())
    lines = kept["earlier"].split("\n")
    for other in (
        {**kept, "earlier_proof": kept["earlier_proof"][1:]},
        {**kept, "earlier": "\n".join([lines[0], "3", *lines[2:]])},
        {**kept, "earlier": "\n".join([lines[0] + "x", *lines[1:]])},
        {**kept, "earlier": kept["checkpoint"]},
    ):
        with pytest.raises(InputError):
            check_proof(other)
    assert run("audit", "checkpoint", tmp_path)[0] == 2


def test_checkpoint_kept_elsewhere_shows_that_a_run_was_made_anew(archive, signed, tmp_path, run):
    note = json.loads((signed / ROOM / "manifest.json").read_text())["checkpoint"]
    (tmp_path / "kept").write_text(note)
    assert run("audit", "verify", signed, "--since", tmp_path / "kept")[0] == 0
    stop(archive, tmp_path / "out", 70)
    begun(archive, tmp_path / "out", ())
    assert audited(tmp_path / "out").findings == []
    code, said, _ = run("audit", "verify", tmp_path / "out", "--since", tmp_path / "kept")
    assert code == 1 and said.startswith(f"{ROOM}/ledger.jsonl, lines 1 to ")
