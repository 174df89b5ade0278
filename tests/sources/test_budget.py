"""What may come out of an archive, and of those within it."""

import gzip
import random

import pytest
from tests.plain_mail import mbox_of, plain_message
from tests.sources.reading import given_by
from tests.sources.test_tar import tar_of
from tests.sources.test_zip import zip_of

LARGE = plain_message(1, b"\0" * 400_000)
HOLDERS = {
    "tar": ("a.tar", tar_of),
    "tar.gz": ("a.tar.gz", lambda members: gzip.compress(tar_of(members))),
    "zip": ("a.zip", zip_of),
}
BOMBS = {
    "zip": ("zip", zip_of([("a.eml", LARGE)])),
    "zip of zip": ("zip", zip_of([("b.zip", zip_of([("a.eml", LARGE)]))])),
    "gz": ("eml.gz", gzip.compress(LARGE)),
    "mbox in gz": ("mbox.gz", gzip.compress(mbox_of([LARGE]))),
}


@pytest.fixture
def small_budgets(monkeypatch):
    monkeypatch.setattr("smimebatch.sources.budget.OUTPUT_FREE_BYTES", 1 << 20)
    monkeypatch.setattr("smimebatch.sources.budget.OUTPUT_RATIO", 1)


@pytest.mark.usefixtures("small_budgets")
@pytest.mark.parametrize("bomb", BOMBS)
@pytest.mark.parametrize("holder", HOLDERS)
def test_budget_is_shared_by_all_that_lies_within(tmp_path, holder, bomb):
    name, packed = HOLDERS[holder]
    suffix, stored = BOMBS[bomb]
    (tmp_path / name).write_bytes(packed([(f"{n}.{suffix}", stored) for n in range(20)]))
    (tmp_path / "b.eml").write_bytes(plain_message(2))
    found = given_by(tmp_path)
    whole = [raw for raw in found.raws if raw is not None]
    assert 2 <= len(whole) < 6
    assert whole[-1] == plain_message(2)
    assert set(found.codes) == {"archive_limit"}


@pytest.mark.usefixtures("small_budgets")
def test_budget_of_one_within_stops_that_one(tmp_path):
    bomb = zip_of([(f"{n}.eml", LARGE) for n in range(4)])
    padding = ("notes", bytes(3 << 20))
    members = [padding, ("1.zip", bomb), ("2.zip", zip_of([("a.eml", LARGE)]))]
    (tmp_path / "a.tar").write_bytes(tar_of(members))
    found = given_by(tmp_path)
    assert found.raws == [LARGE] * 3
    assert [(it.source, it.code) for it in found.errors] == [("a.tar!1.zip", "archive_limit")]


def test_budget_holds_nothing_of_honest_archives_back(tmp_path, monkeypatch):
    monkeypatch.setattr("smimebatch.sources.budget.OUTPUT_FREE_BYTES", 1 << 16)
    drawn = random.Random(3)
    bodies = [drawn.randbytes(40_000).hex().encode() + b"\n" for _ in range(30)]
    messages = [plain_message(n, body) for n, body in enumerate(bodies)]
    members = [
        *((f"{n}.zip", zip_of([("a.mbox", mbox_of(messages[n : n + 3]))])) for n in (0, 3, 6)),
        *((f"{n}.eml.gz", gzip.compress(messages[n])) for n in range(9, 20)),
        ("20.tar.gz", gzip.compress(tar_of([(f"{n}", messages[n]) for n in range(20, 30)]))),
    ]
    for packed, name in ((zip_of, "a.zip"), (tar_of, "a.tar")):
        (tmp_path / name).write_bytes(packed(members))
        found = given_by(tmp_path / name)
        assert (found.raws, found.codes) == (messages, [])
