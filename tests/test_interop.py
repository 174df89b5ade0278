"""Every mail of the interoperability matrix: what each tool writes is read as expected."""

from __future__ import annotations

import os
import pathlib
import tomllib
from typing import Any

import pytest

import contract
import smimebatch as sb

COMMITTED = pathlib.Path(__file__).parent / "data" / "interop"
FOLDER = pathlib.Path(os.environ.get("SMIMEBATCH_INTEROP", COMMITTED))
MAILS = contract.load_mails(FOLDER)
CELLS = tomllib.loads((FOLDER / "expected.toml").read_text(encoding="utf-8"))
NOT_OFFERED = tomllib.loads((COMMITTED / "not_offered.toml").read_text(encoding="utf-8"))
LIMITED = {
    name
    for name, cell in CELLS.items()
    if cell["algorithm"] in NOT_OFFERED["algorithms"] or cell["form"] in NOT_OFFERED["forms"]
}
UNSUPPORTED = {"crypto_result": "unsupported_algorithm", "indication": "NOT_EVALUATED"}


@pytest.fixture(scope="module")
def verified() -> dict[str, dict[str, list[dict[str, Any]]]]:
    batch = contract.record_batch(mail.raw for mail in MAILS.values())
    result = sb.verify_batch(batch, trust=sb.Trust.load(FOLDER / "root.pem"), now=contract.NOW)
    datasets = {
        "messages": contract.by_message(result.messages),
        "signatures": contract.by_message(result.signatures),
        "encryptions": contract.by_message(result.encryptions),
        "recipients": contract.by_message(result.recipients),
    }
    return {
        name: {dataset: rows.get(index, []) for dataset, rows in datasets.items()}
        for index, name in enumerate(MAILS)
    }


def wrong(found: dict[str, list[dict[str, Any]]], mail: contract.Mail) -> list[str]:
    """Where the rows are not what the matrix expects."""
    pairs = (
        (found["signatures"], mail.signatures),
        (found["encryptions"], mail.encryptions),
        (found["recipients"], mail.recipients),
    )
    texts = contract.differences(found["messages"][0], mail.message)
    return texts + [text for pair in pairs for text in contract.row_differences(*pair)]


@pytest.mark.parametrize("name", [name for name in MAILS if name not in LIMITED])
def test_mail_of_a_tool_is_read_as_expected(name: str, verified: Any) -> None:
    assert not (texts := wrong(verified[name], MAILS[name])), "\n".join(texts)


@pytest.mark.parametrize("name", sorted(LIMITED))
def test_mail_with_what_is_not_offered_says_so(name: str, verified: Any) -> None:
    found = verified[name]
    assert wrong(found, MAILS[name]), "it works: take it off not_offered.toml"
    assert found["messages"][0]["indication"] != "TOTAL_PASSED"
    if CELLS[name]["form"] in NOT_OFFERED["forms"]:
        return
    (row,) = found["signatures"]
    assert not contract.differences(row, UNSUPPORTED)
    expected = MAILS[name].signatures[0]
    named = ("digest_algorithm", "curve", "layer_path", "format", "sid_kind")
    assert not contract.differences(row, {key: expected[key] for key in named if key in expected})


def test_nothing_passes_that_is_not_expected_to(verified: Any) -> None:
    for name, found in verified.items():
        if found["messages"][0]["indication"] == "TOTAL_PASSED":
            allowed = MAILS[name].message.get("indication", "TOTAL_PASSED")
            assert allowed == "TOTAL_PASSED", name


def test_not_offered_names_cells_that_exist() -> None:
    assert set(NOT_OFFERED["algorithms"]) <= {cell["algorithm"] for cell in CELLS.values()}
    assert set(NOT_OFFERED["forms"]) <= {cell["form"] for cell in CELLS.values()}
