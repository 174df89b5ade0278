"""NIST PKITS: the 249 subtests over the 224 signed mails of `cryptography-vectors`.

Each under its own policy settings, twice: with the CRLs that the mails bring, required
(`expected`), and without a look at them (`expected_without_crl`); and the policies that hold
(tests/data/pkits, with its origin).
"""

from __future__ import annotations

import csv
import functools
import pathlib
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import cryptography_vectors
import pytest

import contract
import smimebatch as sb

TESTS = pathlib.Path(__file__).parents[1]
SUITE = pathlib.Path(cryptography_vectors.__file__).parent / "x509" / "PKITS_data"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def expectations() -> list[dict[str, str]]:
    (table,) = (TESTS / "data" / "pkits").glob("*.tsv")
    with open(table, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


ROWS = expectations()
NAMES = sorted({row["eml"] for row in ROWS})
EXCEPTIONS: dict[str, Any] = tomllib.loads((TESTS / "exceptions.toml").read_text())["pkits"]


def oid(name: str) -> str:
    """The policy of this name in PKITS."""
    number = name.removeprefix("NIST-test-policy-")
    return "2.5.29.32.0" if name == "anyPolicy" else f"2.16.840.1.101.3.2.1.48.{number}"


def oids(names: str) -> list[str]:
    """The policies of a column; `*` is the suite's default."""
    return [oid(name) for name in names.replace("*", "NIST-test-policy-1").split(",") if name]


def settings(row: dict[str, str]) -> dict[str, Any]:
    """The options that are the settings of a subtest."""
    return {
        "initial_policies": tuple(oids(row["initial_policy_set"])),
        "require_explicit_policy": row["initial_explicit_policy"] == "1",
        "inhibit_policy_mapping": row["initial_policy_mapping_inhibit"] == "1",
        "inhibit_any_policy": row["initial_inhibit_any_policy"] == "1",
    }


Judged = Callable[[dict[str, str], str], dict[str, Any]]
EXPECTED = {"off": "expected_without_crl", "required": "expected"}
"""Column of what must come out, by `--revocation`."""


@pytest.fixture(scope="module")
def judged() -> Judged:
    """What becomes of the mail of a subtest under its settings."""
    trust = sb.Trust.load(SUITE / "certs" / "TrustAnchorRootCertificate.crt")
    batch = contract.record_batch((SUITE / "smime" / name).read_bytes() for name in NAMES)

    @functools.cache
    def under(chosen: tuple[tuple[str, Any], ...], lists: str) -> dict[str, dict[str, Any]]:
        options = {**dict(chosen), "revocation": lists}
        result = sb.verify_batch(batch, trust=trust, bind="off", now=NOW, **options)
        found = contract.by_message(result.signatures)
        assert all(len(found[index]) == 1 for index in range(len(NAMES)))
        return {name: found[index][0] for index, name in enumerate(NAMES)}

    return lambda row, lists: under(tuple(settings(row).items()), lists)[row["eml"]]


@pytest.fixture(scope="module")
def signatures(judged: Judged) -> dict[str, dict[str, Any]]:
    """The signature of each mail, whatever the settings."""
    return {row["eml"]: judged(row, "off") for row in ROWS}


def test_suite_is_whole() -> None:
    assert len(NAMES) == len(list((SUITE / "smime").glob("*.eml"))) == 224


@pytest.mark.parametrize("name", NAMES)
def test_message_signature_is_right(name: str, signatures: dict[str, dict[str, Any]]) -> None:
    assert signatures[name]["crypto_result"] == "ok"


def contradiction(row: dict[str, str], found: dict[str, Any], lists: str) -> str | None:
    """None, or how the result contradicts the suite."""
    valid, passed = row[EXPECTED[lists]] == "valid", found["chain_result"] == "ok"
    if passed and not valid:
        return f"accepted, but {row['fail_reason'] or 'invalid'}"
    if valid and not passed:
        return f"refused as {found['chain_result']}, but valid"
    expected = oids(row["user_constrained_policy_set"]) if valid else None
    if found["policy_oids"] != expected:
        return f"good under {found['policy_oids']}, but expected is {expected}"
    return None


def test_table_is_whole() -> None:
    assert len(ROWS) == 249


@pytest.mark.parametrize("lists", EXPECTED)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['test']}{row['subpart']}")
def test_chain_matches_the_suite(row: dict[str, str], lists: str, judged: Judged) -> None:
    found = judged(row, lists)
    differs = contradiction(row, found, lists)
    exception = EXCEPTIONS.get(row["test"] + row["subpart"])
    if exception is None:
        assert differs is None, f"{row['test']} {row['title']}: {differs}"
    else:
        assert differs is not None, f"{row['test']} is as the suite says now: remove its exception"
        assert found["chain_result"] == exception["found"]


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
        "SignedInvalidRFC822nameConstraintsTest22.eml": "name_constraints",
        "SignedInvalidDNnameConstraintsTest3.eml": "name_constraints",
        "SignedInvalidrequireExplicitPolicyTest3.eml": "policy",
    }
    found = {name: signatures[name]["chain_result"] for name in telling if name in signatures}
    assert found == {name: telling[name] for name in found}
    assert len(found) >= 6
