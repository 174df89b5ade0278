# ruff: noqa: F401, F811 (fixtures of other files)
"""Records of a run that somebody made to be taken for another's, or for more than they are."""

from __future__ import annotations

import json
import os
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import time_stamps as ts
from der import integer, octets, oid, seq, tlv
from pki import digest_algorithm, hashed
from tests.job.jobs import begun
from tests.job.test_audit import keys
from tests.job.test_earlier_run import (
    archive,
    head_of,
    house,
    keep,
    refused,
    signers,
    stamped,
    verify,
)

import contract
from smimebatch.errors import DamagedRunError, OptionError, OutputError, SmimeBatchError
from smimebatch.job import disk
from smimebatch.job.audit import Audit
from smimebatch.job.checkpoint import Checkpoint, is_signed_by, load_public_key
from smimebatch.job.commits import Commit
from smimebatch.job.ledger import Record
from smimebatch.job.manifest import manifest_of
from smimebatch.job.message_hashes import hashes_in
from smimebatch.job.output import ROOM, TIME_STAMP_FILE, pretty
from stolen import on

ROOT = "DfFWK2nr1Q4RDE2G2OhRxuXGJftbfK4wVbl8UEoA4II="
TEXT = f"smimebatch/run/{'0af1' * 16}\n7\n{ROOT}\n"


@pytest.mark.parametrize(
    "note",
    [
        TEXT.replace("0af1", "0AF1"),
        TEXT.replace("0af1", "0af", 1),
        TEXT.replace("\n7\n", "\n07\n"),
        TEXT.replace("\n7\n", "\n+7\n"),
        TEXT.replace("\n7\n", "\n-7\n"),
        TEXT.replace("\n7\n", "\n7 \n"),
        TEXT.replace("\n7\n", "\n\N{ARABIC-INDIC DIGIT SEVEN}\n"),
        TEXT.replace("4II=", "4IJ="),
        TEXT.replace("4II=", "4II"),
        TEXT + "x",
        TEXT + "x\n",
        TEXT + "\n",
        TEXT + "\n\n",
        TEXT + "\nx\n",
        TEXT + "\n\N{EM DASH} smimebatch AAAA",
        TEXT + "\N{EM DASH} smimebatch AAAA\n",
        TEXT + "\n\N{EM DASH} smimebatch AAAA\nx\n",
        TEXT + TEXT,
        "\n" + TEXT,
        TEXT.replace("\n", "\r\n"),
        TEXT[:-1],
        TEXT.replace("smimebatch/run/", "else/"),
    ],
)
def test_checkpoint_has_one_spelling_and_nothing_beside_it(note):
    assert Checkpoint.parse(TEXT) is not None
    assert Checkpoint.parse(TEXT + "\n\N{EM DASH} smimebatch AAAA\n") is not None
    assert Checkpoint.parse(note) is None


def rebuilt(out, edit):
    """Every hash recomputed above what was edited of the commits and the parts of messages."""
    room = out / ROOM
    for file in (room / "commits").iterdir():
        commit = json.loads(file.read_bytes())
        edit(file.stem, commit)
        for part in commit["files"]:
            content = (out / part["path"]).read_bytes()
            part.update(size=len(content), sha256=disk.sha256_hex(content))
        file.write_bytes(disk.canonical_json(commit) + b"\n")
    previous, lines = "0" * 64, []
    for line in (room / "ledger.jsonl").read_bytes().splitlines():
        facts = {**json.loads(line), "previous": previous}
        if "commit" in facts:
            name = facts.get("unit", "all")
            facts["commit"] = disk.sha256_hex((room / "commits" / f"{name}.json").read_bytes())
        lines.append(Record(disk.canonical_json(facts), facts))
        previous = disk.sha256_hex(lines[-1].line)
    (room / "ledger.jsonl").write_bytes(b"".join(it.line + b"\n" for it in lines))
    units = [Commit.parse(it.read_bytes()) for it in sorted((room / "commits").iterdir())]
    last = next(it for it in units if it.unit is None)
    units = [it for it in units if it.unit is not None]
    (room / "manifest.json").write_bytes(pretty(manifest_of(units, last, lines)))
    return out


@pytest.fixture
def later(house, archive, tmp_path):
    verify(house, archive, tmp_path / "later")
    return tmp_path / "later"


def test_checkpoint_of_another_in_the_fingerprint_brings_neither_its_key_nor_its_time_stamp(
    house,
    archive,
    keys,
    later,
    tmp_path,
    run,
):
    begun(archive, tmp_path / "honest", (), sign_with=str(keys / "one.key"))
    note = json.loads((tmp_path / "honest" / ROOM / "manifest.json").read_bytes())["checkpoint"]
    token = ts.token(house.service, ts.tst_info(head_of(tmp_path / "honest")))

    def name(stem, commit):
        if stem == "all":
            commit["facts"]["fingerprint"] = note.removeprefix("smimebatch/run/") + "x"

    keep(rebuilt(later, name), token)
    forged = json.loads((later / ROOM / "manifest.json").read_bytes())["checkpoint"]
    assert forged.startswith(note)
    assert not is_signed_by(forged, load_public_key(str(keys / "one.pem")))
    assert run("audit", "verify", later, "--key", keys / "one.pem")[0] == 1
    assert "fingerprint" in " ".join(it.place for it in Audit(str(later)).run().findings)
    refused(SmimeBatchError, house, archive, later, tmp_path)


def test_fingerprint_is_the_hash_of_what_was_asked(later):
    other = "0" * 64

    def name(stem, commit):
        if stem == "all":
            commit["facts"]["fingerprint"] = other

    places = [it.place for it in Audit(str(rebuilt(later, name))).run().findings]
    assert f"{ROOM}/manifest.json, fingerprint" in places


def test_commit_that_lies_under_another_name_is_found(later):
    def name(stem, commit):
        if stem == "all":
            commit["name"], commit["files"] = "other", []

    places = [it.place for it in Audit(str(rebuilt(later, name))).run().findings]
    assert f"{ROOM}/commits/all.json, name" in places


def column(name, make):
    """Another column in place of one of ours."""
    return lambda rows: rows.set_column(rows.schema.names.index(name), name, make(rows))


HASH = "message_sha256"


@pytest.mark.parametrize(
    "make",
    [
        None,
        lambda rows: rows.drop_columns([HASH]),
        lambda rows: rows.drop_columns(["kind"]),
        column(HASH, lambda rows: pa.array([b"x" * 31] * len(rows))),
        column(HASH, lambda rows: pa.array([b"x" * 33] * len(rows))),
        column(HASH, lambda rows: pa.array(["x" * 32] * len(rows))),
        column(HASH, lambda rows: pa.nulls(len(rows))),
        column(HASH, lambda rows: pa.array([[1]] * len(rows))),
        column("kind", lambda rows: pa.array([1] * len(rows))),
    ],
)
def test_messages_that_are_none_of_ours_are_refused_and_found(
    house, archive, later, tmp_path, make
):
    file = min((later / "messages").iterdir())
    if make is None:
        file.write_bytes(b"nonsense")
    else:
        pq.write_table(make(pq.read_table(file)), file)
    rebuilt(later, lambda stem, commit: None)
    keep(later, ts.token(house.service, ts.tst_info(head_of(later))))
    said = refused(DamagedRunError, house, archive, later, tmp_path)
    assert "messages" in said and "do: " in said
    assert any(it.place.startswith("messages/") for it in Audit(str(later)).run().findings)


@pytest.mark.parametrize("make", [os.mkfifo, lambda it: os.symlink("/dev/zero", it), os.mkdir])
def test_time_stamp_is_a_file_with_an_end(house, archive, later, tmp_path, run, make):
    make(later / ROOM / TIME_STAMP_FILE)
    assert "regular file" in refused(OptionError, house, archive, later, tmp_path)
    code, said, _ = run("audit", "verify", later)
    assert code == 1 and "regular file" in said


def test_part_that_is_a_pipe_is_found_and_not_waited_for(later):
    file = min((later / "errors").iterdir())
    file.unlink()
    os.mkfifo(file)
    assert [it.place for it in Audit(str(later)).run().findings] == [f"errors/{file.name}"]


def test_time_stamp_of_no_year_or_of_the_future_is_refused(house, archive, later, tmp_path, run):
    imprint = seq(digest_algorithm("sha256"), octets(hashed("sha256", head_of(later))))
    nowhere = tlv(0x18, b"00000101000000Z")
    token = ts.token(house.service, seq(integer(1), oid("1.2.3.4"), imprint, integer(7), nowhere))
    assert "years" in refused(OptionError, house, archive, keep(later, token), tmp_path)
    code, said, _ = run("audit", "verify", later)
    assert code == 1 and "years" in said
    info = ts.tst_info(head_of(later), when=on(contract.NOW.year + 1))
    keep(later, ts.token(house.service, info))
    assert "time_in_future" in refused(OptionError, house, archive, later, tmp_path)


def test_weak_time_stamp_is_said_to_be_weak(house, archive, later, tmp_path):
    keep(later, ts.token(house.service, ts.tst_info(head_of(later), digest="md5")))
    said = refused(OptionError, house, archive, later, tmp_path)
    assert "too weak by now" in said and "this version" not in said


def test_earlier_run_and_stamped_result_are_not_overwritten(house, archive, stamped, tmp_path):
    earlier = tmp_path / "earlier"
    shutil.copytree(stamped, earlier)
    (tmp_path / "link").symlink_to(earlier)
    before = {
        it: it.read_bytes() for it in earlier.rglob("*") if it.is_file() and it.name != "lock"
    }
    for place in (earlier, tmp_path / "link"):
        for overwrite in (False, True):
            with pytest.raises(OptionError, match="vouched for"):
                verify(house, archive, place, vouch=[earlier], overwrite=overwrite)
    with pytest.raises(OutputError, match=r"time-stamp over it.*do: .*mv"):
        verify(house, archive, earlier, overwrite=True)
    assert {it: it.read_bytes() for it in before} == before


def test_later_run_keeps_checkpoint_and_time_stamp_of_what_it_was_proven_by(
    house,
    archive,
    stamped,
    tmp_path,
):
    verify(house, archive, tmp_path / "out", vouch=[stamped])
    record = json.loads((tmp_path / "out" / ROOM / "run.json").read_bytes())
    [kept] = record["vouched_runs"]
    assert kept["checkpoint"].encode() == head_of(stamped)
    assert kept["known_as"] in record["options"]["vouch"]


def test_message_that_hit_a_limit_is_not_taken_for_plain(later):
    """What lies deeper than was looked at may be signed."""
    file = min((later / "messages").iterdir())
    rows = pq.read_table(file)
    kinds = column("kind", lambda rows: pa.array(["plain"] * len(rows)))(rows)
    limits = pa.array([["mime_depth"], None, []][: len(rows)], pa.list_(pa.string()))
    assert len(rows) == len(limits)
    pq.write_table(column("limits_hit", lambda rows: limits)(kinds), file)
    found = hashes_in(str(file), disk.sha256_of(str(file)))
    assert found == rows[HASH][0].as_py()
