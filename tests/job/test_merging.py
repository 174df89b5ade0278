"""Shards of a run, joined, are the run that one process makes."""

import json
import os
import pathlib
import shutil

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tests.job.jobs import NOW, Stopped, begun, parts, room, stop, verify

from smimebatch.errors import InputError, OutputError, SmimeBatchError
from smimebatch.job.audit import Audit
from smimebatch.job.checkpoint import is_signed_by, verifier_key
from smimebatch.job.merging import merge
from smimebatch.job.shard import Shard
from smimebatch.job.work import Job


@pytest.fixture(scope="module", params=[1, 2, 3, 9])
def shares(request, archive, tmp_path_factory):
    """Every shard of a run; with nine there are some without a unit."""
    folder, count = tmp_path_factory.mktemp("shares"), request.param
    for index in range(count):
        verify(archive, folder / str(index), shard=Shard(index, count))
    return [folder / str(index) for index in range(count)]


def test_merged_shards_are_the_run_of_one_process(shares, whole, tmp_path):
    totals = merge([str(share) for share in reversed(shares)], str(tmp_path / "out"))
    assert parts(tmp_path / "out") == parts(whole[0])
    assert totals.messages == whole[1].totals.messages
    assert room(tmp_path / "out") == room(whole[0])
    assert Audit(str(tmp_path / "out")).run().findings == []


def test_shard_has_its_units_and_no_certificates_of_its_own(shares):
    for share in shares:
        assert (share / "certificates").exists() == (len(shares) == 1)
        assert Audit(str(share)).run().findings == []


def test_shard_that_was_stopped_goes_on(archive, tmp_path):
    shard = Shard(1, 2)
    verify(archive, tmp_path / "once", shard=shard)
    stop(archive, tmp_path / "out", 25, shard=shard)
    stop(archive, tmp_path / "out", 0, shard=shard)
    verify(archive, tmp_path / "out", shard=shard)
    assert parts(tmp_path / "out") == parts(tmp_path / "once")
    with pytest.raises(OutputError, match="shard"):
        verify(archive, tmp_path / "out", shard=Shard(0, 2))


@pytest.fixture
def halves(archive, tmp_path):
    for index in range(2):
        verify(archive, tmp_path / str(index), shard=Shard(index, 2))
    return [str(tmp_path / str(index)) for index in range(2)]


def test_missing_doubled_unfinished_or_other_shard_is_refused(archive, halves, tmp_path):
    out = str(tmp_path / "out")
    for shares in (halves[:1], [halves[0], halves[0]], [*halves, halves[1]]):
        with pytest.raises(InputError, match="0/2, 1/2"):
            merge(shares, out)
    verify(archive, tmp_path / "other", shard=Shard(1, 2), limit=40)
    with pytest.raises(InputError, match="fingerprint"):
        merge([halves[0], str(tmp_path / "other")], out)
    verify(archive, tmp_path / "later", shard=Shard(1, 2), now=None)
    with pytest.raises(InputError, match="fingerprint"):
        merge([halves[0], str(tmp_path / "later")], out)
    stop(archive, tmp_path / "half", 25, shard=Shard(1, 2))
    with pytest.raises(InputError, match="finished"):
        merge([halves[0], str(tmp_path / "half")], out)


def test_changed_part_of_a_shard_is_refused_with_its_place(halves, tmp_path):
    part = min((tmp_path / "1/messages").iterdir())
    content = bytearray(part.read_bytes())
    content[100] ^= 1
    part.write_bytes(content)
    with pytest.raises(SmimeBatchError, match=part.name):
        merge(halves, str(tmp_path / "out"))
    content[100] ^= 1
    part.write_bytes(content)
    merge(halves, str(tmp_path / "out"))


def test_command_joins_shards(archive, halves, run, tmp_path):
    assert NOW is not None
    code, _, err = run("merge", *halves, "-o", tmp_path / "out")
    assert code == 3 and "110 messages of 2 shards" in err and "1 place could not be read" in err
    assert run("merge", *halves, "-o", tmp_path / "out", "--fail-on", "NOT_SIGNED")[0] == 1
    assert run("merge", *halves, "-o", tmp_path / "out", "--fail-on", "TRY_LATER")[0] == 3
    assert run("merge", *halves, "-o", tmp_path / "out", "--fail-on", "BAD")[0] == 2
    shutil.rmtree(tmp_path / "out")
    assert run("merge", halves[0], "-o", tmp_path / "out")[0] == 2
    assert run("verify", archive, "--shard", "2/2")[0] == 2


@pytest.mark.parametrize("private", ["files", "directory", None])
def test_merged_run_is_as_private_as_its_shards(halves, run, tmp_path, private):
    for path in (pathlib.Path(halves[0]), *pathlib.Path(halves[0]).rglob("*")):
        if private == "files" or (private == "directory" and path == pathlib.Path(halves[0])):
            path.chmod(0o700 if path.is_dir() else 0o600)
    before = os.umask(0o022)
    try:
        assert run("merge", *halves, "-o", tmp_path / "out")[0] == 3
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)
    made = [tmp_path / "out", *(tmp_path / "out" / "_smimebatch").rglob("*")]
    made += (tmp_path / "out" / "certificates").rglob("*")
    open_ones = [path for path in made if path.stat().st_mode & 0o077]
    assert (not open_ones) if private else open_ones == made


@pytest.fixture
def edited(archive, tmp_path):
    """Two shards, and between them an edit of a file that leaves its size."""
    place = tmp_path / "in"
    shutil.copytree(archive, place)
    verify(place, tmp_path / "0", shard=Shard(0, 2))
    content = (place / "z.mbox").read_bytes()
    (place / "z.mbox").write_bytes(content.replace(b"From a@example.org", b"From b@example.org"))
    verify(place, tmp_path / "1", shard=Shard(1, 2))
    return [str(tmp_path / "0"), str(tmp_path / "1")]


def test_shards_of_inputs_that_changed_between_them_are_refused_by_name(edited, tmp_path, run):
    with pytest.raises(InputError, match=r"1, unit 4.*z\.mbox"):
        merge(edited, str(tmp_path / "out"))
    code, _, err = run("merge", *edited, "-o", tmp_path / "out")
    assert code == 2 and "--ignore-times" in err
    assert run("merge", *edited, "-o", tmp_path / "out", "--ignore-times")[0] == 3


def test_shards_of_inputs_of_another_size_are_refused_in_any_case(archive, tmp_path):
    place = tmp_path / "in"
    shutil.copytree(archive, place)
    verify(place, tmp_path / "0", shard=Shard(0, 2))
    with open(place / "z.mbox", "ab") as file:
        file.write(b" ")
    verify(place, tmp_path / "1", shard=Shard(1, 2))
    shares = [str(tmp_path / "0"), str(tmp_path / "1")]
    with pytest.raises(InputError, match=r"z\.mbox"):
        merge(shares, str(tmp_path / "out"), ignore_times=True)


def test_merge_tells_who_signed_the_shards_and_signs_the_whole_when_asked(archive, tmp_path):
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "key").write_bytes(pem)
    for index in range(2):
        shard = Shard(index, 2)
        begun(archive, tmp_path / str(index), (), shard=shard, sign_with=str(tmp_path / "key"))
    halves, public = [str(tmp_path / "0"), str(tmp_path / "1")], key.public_key()
    for name, sign_with in (("plain", None), ("signed", str(tmp_path / "key"))):
        merge(halves, str(tmp_path / name), sign_with=sign_with)
        assert Audit(str(tmp_path / name)).run().findings == []
        run = json.loads((tmp_path / name / "_smimebatch/run.json").read_text())
        assert [share["signed_by"] for share in run["shares"]] == [verifier_key(public)] * 2
        assert all(is_signed_by(share["checkpoint"], public) for share in run["shares"])
        manifest = json.loads((tmp_path / name / "_smimebatch/manifest.json").read_text())
        assert is_signed_by(manifest["checkpoint"], public) == (sign_with is not None)


def test_merge_that_was_stopped_goes_on(halves, whole, tmp_path, monkeypatch):
    really, calls = Job.commit, iter(range(9))

    def commit(job, closed):
        if next(calls) == 2:
            raise Stopped
        really(job, closed)

    with monkeypatch.context() as patched:
        patched.setattr(Job, "commit", commit)
        with pytest.raises(Stopped):
            merge(halves, str(tmp_path / "out"))
    totals = merge(halves, str(tmp_path / "out"))
    assert totals == whole[1].totals
    assert parts(tmp_path / "out") == parts(whole[0])
    assert Audit(str(tmp_path / "out")).run().findings == []
    assert merge(halves, str(tmp_path / "out")) == totals
