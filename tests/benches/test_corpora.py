"""Corpora hold what their truth says, whatever their shape."""

import json

import gen_corpus
import pytest
from measure import Corpus, first_of, mails_of

import smimebatch as sb
from smimebatch.options import parse_instant

NOW = parse_instant("2026-01-01T00:00:00Z")


def counts(corpus):
    trust = sb.Trust.load(corpus.root) if corpus.root.exists() else sb.Trust()
    found = sb.verify(corpus.mbox, trust=trust, now=NOW).totals
    return {
        "messages": found.messages,
        "good": found.indications["TOTAL_PASSED"],
        "bad": found.indications["TOTAL_FAILED"],
        "unsigned": found.indications["NOT_SIGNED"],
    }


@pytest.mark.parametrize(
    "shape",
    [
        {"algorithm": "p256", "senders": 3},
        {"algorithm": "ed25519", "senders": 3, "tampered_share": 0.2},
        {"algorithm": "rsa3072", "senders": 1, "messages": 6},
        {"algorithm": "p384", "senders": 20, "messages": 20},
        {"algorithm": "p256", "senders": 2, "unsigned_share": 0.9, "messages": 40},
        {"algorithm": "p256", "senders": 2, "tampered_share": 0.5, "repeat": 3},
        {"algorithm": "p256", "senders": 2, "body_bytes": 100_000, "messages": 4},
    ],
)
def test_signed_corpus_has_the_verdicts_of_its_truth(tmp_path, shape):
    gen_corpus.make("signed", tmp_path, **{"messages": 20} | shape)
    corpus = Corpus("made", tmp_path)
    truth = corpus.truth
    assert counts(corpus) == {key: truth[key] for key in ("messages", "good", "bad", "unsigned")}
    assert truth["messages"] == shape.get("messages", 20) * shape.get("repeat", 1)
    unsigned = int(truth["messages"] * shape.get("unsigned_share", 0))
    assert truth["unsigned"] == unsigned
    assert (truth["bad"] > 0) == (shape.get("tampered_share", 0) > 0)
    assert len(mails_of(corpus.mbox)) == truth["messages"]


def test_as_many_signers_as_messages_write_once_each(tmp_path):
    gen_corpus.make("signed", tmp_path, algorithm="p256", messages=15, senders=15)
    senders = [line.split("\t")[1] for line in (tmp_path / "truth.tsv").read_text().splitlines()]
    assert len(set(senders)) == 15


@pytest.mark.parametrize("shape", [{"bytes": 300_000}, {"messages": 9_000}])
def test_large_corpus_is_as_large_as_asked(tmp_path, monkeypatch, shape):
    monkeypatch.setattr(gen_corpus, "LARGE_BLOCK", 30)
    truth = gen_corpus.make("large", tmp_path, **shape)
    assert counts(Corpus("large", tmp_path)) == {
        key: truth[key] for key in ("messages", "good", "bad", "unsigned")
    }
    assert truth["bytes"] >= shape.get("bytes", 0)
    assert truth["messages"] >= shape.get("messages", 0)


def test_unsigned_corpus_grows_with_its_scale(tmp_path, monkeypatch):
    monkeypatch.setattr(gen_corpus, "LIST_BLOCK", 50)
    small = gen_corpus.make("unsigned", tmp_path / "a", bytes=1, scale=0.1)
    large = gen_corpus.make("unsigned", tmp_path / "b", bytes=1, scale=2.0)
    assert small["bytes"] < large["bytes"] and small["messages"] == large["messages"] == 50


def test_first_messages_of_a_corpus_keep_their_truth(tmp_path):
    shape = {"messages": 30, "senders": 2, "algorithm": "p256", "tampered_share": 0.4}
    gen_corpus.make("signed", tmp_path / "all", **shape)
    part = first_of(Corpus("all", tmp_path / "all"), 12)
    truth = part.truth
    assert truth["messages"] == 12 and 0 < truth["bad"] < 12
    assert counts(part) == {key: truth[key] for key in ("messages", "good", "bad", "unsigned")}
    assert first_of(part, 12) is part
    assert json.loads((tmp_path / "all" / "truth.json").read_text())["messages"] == 30
