"""Changed chains beside the system's OpenSSL: what only we accept is explained.

`make differential` asks of 10,000; here are a few hundred, and one of each class
(tests/differential/chains). That a class explains no real error away is asked of chains that both
refuse.
"""

from __future__ import annotations

import hashlib
import itertools
import pathlib
import shutil
import sys
import tomllib

import pytest

import smimebatch as sb

FOLDER = pathlib.Path(__file__).parent / "differential" / "chains"
sys.path.insert(0, str(FOLDER))

import chain_compare  # noqa: E402
import chain_reduce  # noqa: E402
from chain_mutations import Mutations  # noqa: E402

KNOWN_TO_SOME = {"lengths-written-long", "list-algorithm-named-twice"}
"""What OpenSSL 3.0.19 has and 3.0.22 has no more: lengths that it did not read, algorithms of lists
that it did not compare."""
COUNT = 300
FEW = 120
EXAMPLES = tomllib.loads((FOLDER / "examples.toml").read_text(encoding="utf-8"))
REFUSED = tomllib.loads((FOLDER / "refused.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> chain_compare.Judge:
    if not shutil.which("cc") or not pathlib.Path("/usr/include/openssl/x509_vfy.h").exists():
        pytest.skip("needs a C compiler and OpenSSL's headers (libssl-dev)")
    cache = tmp_path_factory.mktemp("judge")
    pem = cache / "anchors.pem"
    pem.write_bytes(chain_compare.anchors_pem())
    return chain_compare.Judge(chain_compare.build("--system", str(cache)), pem)


@pytest.fixture(scope="module")
def mutations() -> Mutations:
    return Mutations(chain_compare.bases())


def test_chains_openssl_refuses_and_we_accept_are_explained(judge: chain_compare.Judge) -> None:
    comparison = chain_compare.compare(0, COUNT, judge)
    assert [(one.mutant.seed, one.openssl) for one in comparison.unexplained] == []
    assert comparison.agreed[True] > COUNT // 10
    assert comparison.agreed[False] > COUNT // 10


@pytest.mark.parametrize("name", EXAMPLES)
def test_chain_of_a_class_is_explained_by_it(
    name: str, judge: chain_compare.Judge, mutations: Mutations
) -> None:
    trust = sb.Trust.load(judge.anchors)
    (chain,) = chain_compare.judged([mutations.mutant(EXAMPLES[name]["seed"])], trust, judge)
    assert chain.question == "accept"
    assert name in chain.explained or (name in KNOWN_TO_SOME and chain.explained)


@pytest.mark.parametrize("name", REFUSED)
def test_chain_that_only_we_refuse_is_explained_by_its_class(
    name: str, judge: chain_compare.Judge, mutations: Mutations
) -> None:
    trust = sb.Trust.load(judge.anchors)
    (chain,) = chain_compare.judged([mutations.mutant(REFUSED[name]["seed"])], trust, judge)
    if name in KNOWN_TO_SOME and chain.question is None:
        return
    assert chain.question == "refuse"
    assert name in chain.explained


def test_chains_that_both_refuse_are_not_explained_away(
    judge: chain_compare.Judge, mutations: Mutations
) -> None:
    """Were one of them accepted by mistake, no class would swallow it."""
    trust = sb.Trust.load(judge.anchors)
    found = list(chain_compare.mutants(mutations, 0, FEW))
    bad = [
        chain
        for chain in chain_compare.judged(found, trust, judge)
        if not chain.accepted and chain.openssl != "ok"
    ]
    assert len(bad) > FEW // 2
    assert [one for chain in bad for one in explained_away(chain, trust, judge)] == []


def explained_away(
    chain: chain_compare.Chain, trust: sb.Trust, judge: chain_compare.Judge
) -> list[tuple[int, str, tuple[str, ...]]]:
    """The classes that would explain a chain: after their change both accept it."""
    mutant = chain.mutant
    whole = [hashlib.sha256(one.encoded()).digest() for one in mutant.certificates]
    made = itertools.takewhile(lambda it: len(it[0]) == 1, chain_reduce.variants(mutant, whole))
    names, tried = zip(*made, strict=True)
    answers = judge.judge([chain_compare.frame(one) for one in tried])
    accepted = [
        (name, one)
        for name, one, answer in zip(names, tried, answers, strict=True)
        if chain_compare.is_explained(name, answer)
    ]
    rows = chain_compare.verified([one for _, one in accepted], trust) if accepted else []
    return [
        (mutant.seed, chain.here, name)
        for (name, one), row in zip(accepted, rows, strict=True)
        if chain_compare.Chain(one, row, "ok", "ok", "0").accepted
    ]


def test_every_class_has_an_example() -> None:
    only_openssl_4 = {"issuer-named-in-direct-list", "list-number-with-leading-zeros"}
    assert set(EXAMPLES) | only_openssl_4 == set(chain_compare.explanations())


def test_chain_of_a_seed_is_always_the_same() -> None:
    frames = {chain_compare.frame(Mutations(chain_compare.bases()).mutant(12345)) for _ in range(2)}
    assert len(frames) == 1
