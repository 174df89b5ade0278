"""A mail of every class in which smimebatch and OpenSSL differ: it is the difference explained.

OpenSSL's part is recorded in examples.toml; `make differential` asks it again, of 100,000 mails.
"""

from __future__ import annotations

import pathlib
import sys
import tomllib

import pytest

import smimebatch as sb

FOLDER = pathlib.Path(__file__).parent / "differential"
sys.path.insert(0, str(FOLDER))

import compare  # noqa: E402
import mutate  # noqa: E402
import verdicts  # noqa: E402

EXAMPLES = tomllib.loads((FOLDER / "examples" / "examples.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def trust() -> sb.Trust:
    return sb.Trust.load(compare.FIXTURES / "root.pem")


@pytest.fixture(scope="module")
def facts(trust: sb.Trust) -> compare.Known:
    return compare.known(trust)


@pytest.mark.parametrize("title", EXAMPLES)
def test_difference_from_openssl_is_the_one_explained(
    title: str, trust: sb.Trust, facts: compare.Known
) -> None:
    example = EXAMPLES[title]
    mail = (FOLDER / "examples" / f"{title}.eml").read_bytes()
    messages, signatures = compare.verified([mail], trust)
    rows = signatures.get(0, [])
    mutant = mutate.Mutant(example["seed"], example["base"], tuple(example["changes"]), mail)
    said = (example["openssl"], example["openssl_sha256"], example["openssl_chain"])
    both = verdicts.Verdicts(mutant, *said, messages[0], rows, facts.signature_of(rows))
    both.reduced, both.reduced_chain = example["reduced"], example["reduced_chain"]
    if example["question"] != "value":
        assert example["question"] in set(both.questions())
    words = both.facts()
    fitting = (
        one.name
        for one in verdicts.explanations()
        if example["question"] in one.questions and one.explains(words)
    )
    assert next(fitting, None) == example["class"]


def test_every_explained_class_has_an_example() -> None:
    assert {one.name for one in verdicts.explanations()} == {
        one["class"] for one in EXAMPLES.values()
    }


@pytest.mark.parametrize("seed", [0, 7, 12345])
def test_mutant_of_a_seed_is_always_the_same(seed: int) -> None:
    one, two = (mutate.Mutations(compare.bases()).mutant(seed) for _ in range(2))
    assert one == two
