"""Shards of a run, joined, are the run that one process makes."""

import shutil

import pytest
from tests.job.jobs import NOW, parts, room, stop, verify

from smimebatch.errors import InputError, OutputError, SmimeBatchError
from smimebatch.job.audit import Audit
from smimebatch.job.merging import merge
from smimebatch.job.shard import Shard


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
    assert code == 0 and "110 messages of 2 shards" in err
    shutil.rmtree(tmp_path / "out")
    assert run("merge", halves[0], "-o", tmp_path / "out")[0] == 2
    assert run("verify", archive, "--shard", "2/2")[0] == 2
