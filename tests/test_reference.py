"""The committed pages are what the core says."""

import json
import pathlib
import re
import tomllib
from dataclasses import fields
from itertools import chain

import pyarrow.parquet as pq
import pytest
from docs.codes_page import (
    ADVICE,
    FLAGS_OF_SIGNATURES,
    MORE,
    NOTES,
    OUTSIDE_THE_FOLD,
    RESERVED,
    given,
)
from docs.mail_columns import TABLES
from docs.make_reference import PAGES, REFERENCE
from docs.options_page import COMMANDS
from docs.options_page import MORE as MORE_OF_OPTIONS
from docs.vocabularies import OPTIONS, columns_by_vocabulary

import smimebatch as sb
from smimebatch import _native
from smimebatch.envelopes import Envelopes
from smimebatch.job.audit import KNOWN_IN_ROOM
from smimebatch.job.output import COMMITS, ROOM, STAGING, WRITTEN_DATASETS
from smimebatch.job.status import Status

ROOT = pathlib.Path(__file__).parents[1]
ENTRY_PAGES = ("README.md", "CONTRIBUTING.md", "tests/mutants/README.md", "tests/mutants/rules.md")
WORDS = _native.reason_words()
LINKED_PAGES = [*ENTRY_PAGES, *sorted(str(p.relative_to(ROOT)) for p in ROOT.glob("docs/**/*.md"))]


@pytest.mark.parametrize("page", PAGES)
def test_reference_page_is_current(page):
    committed = (ROOT / page).read_text(encoding="utf-8")
    assert committed == PAGES[page]().rstrip("\n") + "\n", "run make docs"


def test_every_vocabulary_is_linked_from_a_column_or_an_option():
    words = {vocabulary for vocabulary, _, _ in _native.codes()}
    assert set(columns_by_vocabulary()) | set(OPTIONS) == words


def test_every_column_and_code_has_a_sentence_of_its_own():
    sentences = [said for _, _, said in _native.codes()]
    sentences += [said for _, _, columns in _native.datasets() for _, _, said in columns]
    short = [said for said in sentences if len(said.split()) < 2 or not said.endswith(".")]
    assert not short


def test_every_column_of_mail_that_is_written_has_a_sentence_and_no_other():
    for name, _, schema, sentences in TABLES:
        assert set(schema().names) == set(sentences), name
        assert all(len(said.split()) > 2 for said in sentences.values()), name


def test_type_of_every_column_of_mail_is_that_of_the_files(tmp_path):
    data = ROOT / "tests" / "data" / "envelopes"
    vault = sb.Vault.load(data / "rsa.key", data / "rsa.crt")
    for form, name in (("parquet", "mail"), ("mbox", "mail_index")):
        out = tmp_path / form
        sb.decrypt(data / "plain.eml", vault=vault, output=out, output_format=form)
        (part,) = (out / name).iterdir()
        (lines,) = (lines for title, lines in sections_of_columns() if title == name)
        assert lines == {it.name: str(it.type) for it in pq.read_schema(part)}, name


def sections_of_columns():
    """Give each section of the page of columns with the types that it says."""
    page = (ROOT / "docs/reference/columns.md").read_text(encoding="utf-8")
    for section in page.split("\n## ")[1:]:
        title, _, rest = section.partition("\n")
        yield title, dict(re.findall(r"^\| ([a-z0-9_]+) \| `(\S+)` \|", rest, re.MULTILINE))


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
            if dataset in ("parts", "objects"):
                continue
            values = fixture_run.dataset(dataset).to_table(columns=[column])[column].to_pylist()
            listed = (
                one for value in values for one in (value if type(value) is list else [value])
            )
            codes = {one["kind"] if type(one) is dict else one for one in listed}
            assert not reserved & {(vocabulary, code) for code in codes}, place


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


def test_run_page_names_all_that_a_job_leaves_and_status_says():
    page = (ROOT / "docs/reference/run.md").read_text(encoding="utf-8")
    names = {*Envelopes().record, *(it.name for it in fields(Status))}
    names |= {f"{name}/" for name in WRITTEN_DATASETS}
    names |= {f"{ROOM}/{name}" for name in KNOWN_IN_ROOM - {COMMITS, STAGING}}
    assert not [name for name in sorted(names) if f"`{name}`" not in page]


@pytest.mark.parametrize("page", LINKED_PAGES)
def test_link_leads_to_a_page_and_a_heading(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^()\s]+)\)", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    for link in links:
        if link.startswith("http"):
            continue
        name, _, anchor = link.partition("#")
        target = (ROOT / page).parent / name if name else ROOT / page
        assert target.exists(), link
        assert not anchor or anchor in anchors_of(target.read_text(encoding="utf-8")), link


def anchors_of(text):
    """The headings of a page as links spell them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_reader_reaches_every_page_from_the_readme():
    reached, ahead = set(), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page not in reached and page.suffix == ".md":
            reached.add(page)
            links = re.findall(r"\]\(([^()\s#]+)", page.read_text(encoding="utf-8"))
            ahead += [(page.parent / it).resolve() for it in links if not it.startswith("http")]
    pages = {ROOT / page for page in LINKED_PAGES if page.startswith("docs/")}
    assert not pages - {page.resolve() for page in reached}


def test_every_reason_says_what_it_comes_to():
    comes_to = MORE["reason"]["verdict"]
    assert set(comes_to) - set(OUTSIDE_THE_FOLD) <= {reason for reason, _, _ in WORDS}
    assert all(comes_to.values()) and set(comes_to) == set(given("reason"))
    assert not set(OUTSIDE_THE_FOLD) & {reason for reason, _, _ in WORDS}
    reached = {sub for _, _, sub in WORDS if sub}
    assert set(given("sub_indication")) <= reached
    assert set(given("sub_indication")) <= set(MORE["sub_indication"]["given by the reasons"])


def test_verdict_is_the_worst_of_the_words_of_its_reasons(fixture_run):
    """What the reference says of several reasons, over everything that the fixtures come to."""
    columns = ["indication", "sub_indication", "reasons"]
    for dataset in ("messages", "signatures"):
        for row in fixture_run.dataset(dataset).to_table(columns=columns).to_pylist():
            words = (row["indication"], row["sub_indication"])
            its = [words_of(reason) for reason in row["reasons"] if words_of(reason)]
            if its and words[0] != "TOTAL_PASSED":
                assert words in chain.from_iterable(its), row
            assert not its or max(min(map(rank, one)) for one in its) <= rank(words), row


def words_of(reason):
    """What a reason comes to alone."""
    found = [(indication, sub) for code, indication, sub in WORDS if code == reason]
    return [("NOT_EVALUATED", None)] if reason == "internal_error" else found


def rank(words):
    """The place of a verdict, from good to bad."""
    codes = [code for vocabulary, code, _ in _native.codes() if "indication" in vocabulary]
    return codes.index(words[0]), -1 if words[1] is None else codes.index(words[1])


def test_flag_is_where_the_reference_says(fixture_run):
    def flags_of(dataset):
        values = fixture_run.dataset(dataset).to_table(columns=["flags"])["flags"].to_pylist()
        return {flag for flags in values for flag in flags}

    assert flags_of("signatures") <= FLAGS_OF_SIGNATURES
    assert flags_of("messages") <= set(given("flag"))
    assert not flags_of("encryptions")


def test_name_of_an_algorithm_is_in_the_section_that_its_column_links_to(fixture_run):
    text = (ROOT / REFERENCE / "algorithms.md").read_text(encoding="utf-8")
    section = text.split("## Encryption and others")[1]
    names = set(re.findall(r"^\| ([\w.-]+) \|", section, re.MULTILINE))
    for dataset, column in (("recipients", "algorithm"), ("encryptions", "content_algorithm")):
        values = fixture_run.dataset(dataset).to_table(columns=[column])[column].to_pylist()
        found = {name for name in values if name and not name[0].isdigit()}
        assert found and found <= names, found - names


def test_what_is_said_beside_the_tables_is_of_something_that_exists():
    vocabularies = {vocabulary for vocabulary, _, _ in _native.codes()}
    assert set(NOTES) | set(MORE) <= vocabularies
    page = PAGES[f"{REFERENCE}/options.md"]()
    assert not [option for option in MORE_OF_OPTIONS if f"| `{option}` |" not in page]


def test_options_page_names_every_option():
    page = PAGES[f"{REFERENCE}/options.md"]()
    for command in COMMANDS.values():
        for it in command.params:
            if it.param_type_name == "option" and it.name != "help":
                names = [*it.opts, *it.secondary_opts]
                assert not [name for name in names if f"`{name}`" not in page]


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


@pytest.mark.parametrize("crate", ["bindings", "key_bindings"])
def test_bindings_stay_thin(crate):
    lines = {
        path.name: len(path.read_text(encoding="utf-8").splitlines())
        for path in (ROOT / "rust" / crate / "src").rglob("*.rs")
    }
    assert sum(lines.values()) < 700, (
        f"rust/{crate} is read whole by who audits the border to Python: "
        "what is not binding belongs into the core"
    )
    assert max(lines.values()) <= 120, lines
