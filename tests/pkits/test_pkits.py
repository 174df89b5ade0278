"""NIST PKITS: the 224 signed mails of `cryptography-vectors`, without CRLs, settings by default.

Expectations: `expected_without_crl` (tests/data/pkits, with its origin). Areas not processed
yet (name constraints, policies) may be refused where they are valid, but never accepted where
they are not.
"""

from __future__ import annotations

import csv
import pathlib
import tomllib
from datetime import UTC, datetime
from typing import Any

import cryptography_vectors
import pytest

import contract
import smimebatch as sb

TESTS = pathlib.Path(__file__).parents[1]
SUITE = pathlib.Path(cryptography_vectors.__file__).parent / "x509" / "PKITS_data"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
EXACT_AREAS = {"signature", "validity", "name-chaining", "basic-constraints", "key-usage"}
DEFAULT_SETTINGS = {
    "initial_explicit_policy": "0",
    "initial_policy_mapping_inhibit": "0",
    "initial_inhibit_any_policy": "0",
    "initial_policy_set": "anyPolicy",
}


def expectations() -> list[dict[str, str]]:
    (table,) = (TESTS / "data" / "pkits").glob("*.tsv")
    with open(table, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


ROWS = expectations()
NAMES = sorted({row["eml"] for row in ROWS})
EXCEPTIONS: dict[str, Any] = tomllib.loads((TESTS / "exceptions.toml").read_text())["pkits"]


def by_default(row: dict[str, str]) -> bool:
    return all(row[key] == value for key, value in DEFAULT_SETTINGS.items())


@pytest.fixture(scope="module")
def signatures() -> dict[str, dict[str, Any]]:
    trust = sb.Trust.load(SUITE / "certs" / "TrustAnchorRootCertificate.crt")
    batch = contract.record_batch((SUITE / "smime" / name).read_bytes() for name in NAMES)
    result = sb.verify_batch(batch, trust=trust, bind="off", now=NOW)
    found = contract.by_message(result.signatures)
    assert all(len(found[index]) == 1 for index in range(len(NAMES)))
    return {name: found[index][0] for index, name in enumerate(NAMES)}


def test_suite_is_whole() -> None:
    assert len(NAMES) == len(list((SUITE / "smime").glob("*.eml"))) == 224


@pytest.mark.parametrize("name", NAMES)
def test_message_signature_is_right(name: str, signatures: dict[str, dict[str, Any]]) -> None:
    assert signatures[name]["crypto_result"] == "ok"


def judge(row: dict[str, str], chain_result: str) -> str | None:
    """None, or how the result contradicts the suite."""
    valid, passed = row["expected_without_crl"] == "valid", chain_result == "ok"
    if passed and not valid:
        return f"accepted, but {row['fail_reason'] or 'invalid'}"
    if (
        valid
        and not passed
        and (row["area"] in EXACT_AREAS or chain_result != "critical_extension")
    ):
        return f"refused as {chain_result}, but valid"
    return None


@pytest.mark.parametrize(
    "row", list(filter(by_default, ROWS)), ids=lambda row: f"{row['test']}{row['subpart']}"
)
def test_chain_matches_the_suite(
    row: dict[str, str], signatures: dict[str, dict[str, Any]]
) -> None:
    found = signatures[row["eml"]]["chain_result"]
    contradiction = judge(row, found)
    exception = EXCEPTIONS.get(row["test"] + row["subpart"])
    if exception is None:
        assert contradiction is None, f"{row['test']} {row['title']}: {contradiction}"
    else:
        assert contradiction is not None, (
            f"{row['test']} is as the suite says now: remove its exception"
        )
        assert found == exception["found"]


def test_refusals_tell_the_reason(signatures: dict[str, dict[str, Any]]) -> None:
    """A few whose reason the suite's title leaves no doubt about."""
    telling = {
        "SignedInvalidCASignatureTest2.eml": "signature_invalid",
        "SignedInvalidEESignatureTest3.eml": "signature_invalid",
        "SignedInvalidEEnotAfterDateTest6.eml": "expired",
        "SignedInvalidEEnotBeforeDateTest2.eml": "not_yet_valid",
        "SignedInvalidMissingbasicConstraintsTest1.eml": "not_a_ca",
        "SignedInvalidpathLenConstraintTest5.eml": "path_length",
        "SignedInvalidkeyUsageCriticalkeyCertSignFalseTest1.eml": "key_usage",
        "SignedInvalidUnknownCriticalCertificateExtensionTest2.eml": "critical_extension",
    }
    found = {name: signatures[name]["chain_result"] for name in telling if name in signatures}
    assert found == {name: telling[name] for name in found}
    assert len(found) >= 6
