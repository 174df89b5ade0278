"""The committed pages are what the core says."""

import json
import pathlib
import re
import tomllib

import pytest
from docs.make_reference import ADVICE, OPTIONS, PAGES, PAGES_OF_COLUMNS, columns_by_vocabulary

import smimebatch as sb
from smimebatch import _native

ROOT = pathlib.Path(__file__).parents[1]
RESERVED = "not given by this version."


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


def test_every_code_that_asks_for_it_says_what_to_do():
    for vocabulary, to_do in ADVICE.items():
        codes = {code: said for name, code, said in _native.codes() if name == vocabulary}
        given = {code for code, said in codes.items() if not said.endswith(RESERVED)}
        assert set(to_do) <= set(codes)
        without = given - set(to_do)
        assert without <= {"ok", "signed", "signed_and_encrypted"}, vocabulary


@pytest.fixture(scope="module")
def fixture_run(tmp_path_factory):
    """The fixture mails and inputs with every remark that a directory brings."""
    inputs = tmp_path_factory.mktemp("inputs")
    (inputs / "empty.mbox").touch()
    (inputs / "linked").symlink_to(ROOT, target_is_directory=True)
    output = tmp_path_factory.mktemp("runs") / "run"
    places = [ROOT / "tests/data" / name for name in ("mail", "hostile", "algorithms", "interop")]
    trust = sb.Trust.load(ROOT / "tests/data/mail/root.pem")
    return sb.verify([*places, inputs], trust=trust, output=output)


def test_codes_said_not_to_be_given_are_in_no_result(fixture_run):
    reserved = {
        (vocabulary, code) for vocabulary, code, said in _native.codes() if said.endswith(RESERVED)
    }
    assert reserved
    for vocabulary, places in columns_by_vocabulary().items():
        for place in places:
            dataset, column = place.strip("`").split(".")
            if dataset == "parts":
                continue
            values = fixture_run.dataset(dataset).to_table(columns=[column])[column].to_pylist()
            listed = (
                one for value in values for one in (value if type(value) is list else [value])
            )
            codes = {one["kind"] if type(one) is dict else one for one in listed}
            assert not reserved & {(vocabulary, code) for code in codes}, place


def test_columns_said_to_be_always_null_are_null(fixture_run):
    always_null = [
        (dataset, column)
        for dataset, _, columns in _native.datasets()
        for column, _, said in columns
        if "always null in this version" in said
    ]
    assert always_null
    for dataset, column in always_null:
        values = fixture_run.dataset(dataset).to_table(columns=[column])[column]
        assert values.null_count == len(values), (dataset, column)


def test_run_page_names_every_key_of_run_json_and_every_remark(fixture_run):
    page = (ROOT / "docs/reference/run.md").read_text(encoding="utf-8")
    room = pathlib.Path(fixture_run.output, "_smimebatch")
    record, result = (json.loads((room / f"{it}.json").read_text()) for it in ("run", "manifest"))
    keys = {*record, *record["trust"], *record["settings"], *result, *result["totals"]}
    assert not [key for key in keys if f"`{key}`" not in page]
    sources = (ROOT / "python/smimebatch/sources").glob("*.py")
    remarks = set(
        re.findall(r'Remark\([\w.]+, "(\w+)"', "".join(path.read_text("utf-8") for path in sources))
    )
    assert len(remarks) > 3 and not [code for code in remarks if f"`{code}`" not in page]


def test_link_from_a_column_leads_to_a_heading():
    for link in PAGES_OF_COLUMNS.values():
        page, _, anchor = re.search(r"\((.+)\)", link)[1].partition("#")
        text = (ROOT / "docs/reference" / page).read_text(encoding="utf-8")
        headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        assert anchor in {heading.lower().replace(" ", "-") for heading in headings}, link


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
