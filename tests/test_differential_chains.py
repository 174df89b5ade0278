"""Changed chains beside the system's OpenSSL: what only we accept is explained.

`make differential` asks of 10,000; here are a few hundred, and one of each class
(tests/differential/chains).
"""

from __future__ import annotations

import pathlib
import shutil
import sys
import tomllib

import pytest

import smimebatch as sb

FOLDER = pathlib.Path(__file__).parent / "differential" / "chains"
sys.path.insert(0, str(FOLDER))

import chain_compare  # noqa: E402
from chain_mutations import Mutations  # noqa: E402

COUNT = 300
EXAMPLES = tomllib.loads((FOLDER / "examples.toml").read_text(encoding="utf-8"))


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
    assert name in chain.explained


def test_every_class_has_an_example() -> None:
    only_openssl_4 = {"issuer-named-in-direct-list", "list-number-with-leading-zeros"}
    assert set(EXAMPLES) | only_openssl_4 == set(chain_compare.explanations())


def test_chain_of_a_seed_is_always_the_same() -> None:
    frames = {chain_compare.frame(Mutations(chain_compare.bases()).mutant(12345)) for _ in range(2)}
    assert len(frames) == 1
