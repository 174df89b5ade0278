"""The table of rules is whole, its lines are where it says; `make mutants-rules` does the rest."""

import pathlib
import re

import pytest
from docs.rules_page import rules

ROOT = pathlib.Path(__file__).parents[2]
NUMBERS = [*(f"{number:02}" for number in range(1, 47)), "22a", "22b", "40a"]
MUTATIONS = [(rule["number"], one) for rule in rules() for one in rule["mutation"]]
SOURCES = {
    path: path.read_text(encoding="utf-8")
    for pattern in ("rust/*/src/**/*.rs", "rust/*/tests/**/*.rs", "tests/**/*.rs", "tests/**/*.py")
    for path in ROOT.glob(pattern)
}


def test_every_rule_has_a_mutation() -> None:
    assert set(NUMBERS) <= {rule["number"] for rule in rules()}


@pytest.mark.parametrize("number", NUMBERS)
def test_every_rule_has_a_test_that_carries_its_number(number: str) -> None:
    name = re.compile(rf"(?:fn|def) (?:\w+_)?rule_{number}_")
    assert any(name.search(text) for text in SOURCES.values())


@pytest.mark.parametrize(("number", "one"), MUTATIONS)
def test_mutated_line_is_there_once(number: str, one: dict[str, str]) -> None:
    text = (ROOT / one["file"]).read_text(encoding="utf-8")
    assert text.count(one["line"]) == 1, number
    assert one["becomes"] != one["line"]
