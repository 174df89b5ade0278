"""The committed pages are what the core says."""

import pathlib
import re
import tomllib

import pytest
from docs.make_reference import OPTIONS, PAGES, columns_by_vocabulary

from smimebatch import _native

ROOT = pathlib.Path(__file__).parents[1]


@pytest.mark.parametrize("page", PAGES)
def test_reference_page_is_current(page):
    committed = (ROOT / "docs/reference" / page).read_text(encoding="utf-8")
    assert committed == PAGES[page]().rstrip("\n") + "\n", "run make docs"


def test_every_vocabulary_is_linked_from_a_column_or_an_option():
    words = {vocabulary for vocabulary, _, _ in _native.codes()}
    assert set(columns_by_vocabulary()) | set(OPTIONS) == words


def test_every_column_and_code_has_a_sentence_of_its_own():
    sentences = [said for _, _, said in _native.codes()]
    sentences += [said for _, _, columns in _native.datasets() for _, _, said in columns]
    short = [said for said in sentences if len(said.split()) < 2 or not said.endswith(".")]
    assert not short


def test_reference_entry_names_columns_that_exist():
    text = (ROOT / "docs/reference/README.md").read_text(encoding="utf-8")
    table = text.partition("## Which column")[2].partition("\n## ")[0]
    datasets = {name for name, _, _ in _native.datasets()}
    columns = {column for _, _, columns in _native.datasets() for column, _, _ in columns}
    for name in re.findall(r"`([a-z_.]+)`", table):
        dataset, _, column = name.rpartition(".")
        assert column in columns | datasets and (not dataset or dataset in datasets), name


def test_lock_file_pins_every_dependency_exactly():
    pinned = {
        re.sub(r"[-_.]+", "-", line.split("==")[0]).lower()
        for line in (ROOT / "requirements.lock").read_text().splitlines()
        if line and not line.startswith("#")
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = project["dependencies"] + project["optional-dependencies"]["dev"]
    names = {re.split(r"[<>=]", name)[0].replace("_", "-") for name in needed}
    assert names <= pinned


def test_python_modules_stay_small():
    for path in (ROOT / "python/smimebatch").rglob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 300, path


def test_stages_of_verification_are_one_page():
    text = (ROOT / "rust/core/src/verify/mod.rs").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 80
