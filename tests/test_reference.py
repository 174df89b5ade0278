"""The committed pages are what the core says."""

import pathlib
import re
import tomllib

import pytest
from docs.make_reference import PAGES

ROOT = pathlib.Path(__file__).parents[1]


@pytest.mark.parametrize("page", PAGES)
def test_reference_page_is_current(page):
    committed = (ROOT / "docs/reference" / page).read_text(encoding="utf-8")
    assert committed == PAGES[page]().rstrip("\n") + "\n", "run make docs"


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
