"""Two public mailing lists against OpenSSL's verdicts; the mail stays where it lies.

Only ordinals, hashes and vocabulary appear here: this is real people's mail.
"""

from __future__ import annotations

import csv
import hashlib
import lzma
import pathlib
import re
from datetime import UTC, datetime
from typing import Any

import pytest

import smimebatch as sb

MESSAGES = {"dm-devel": 611, "intel-wired-lan": 1582}
SIGNED = {"dm-devel": 11, "intel-wired-lan": 82}
NOW = datetime(2026, 11, 23, tzinfo=UTC)
CHAIN = {
    "ok": "ok",
    "self-signed certificate in certificate chain": "untrusted_root",
    "unable to get local issuer certificate": "no_path",
    "certificate has expired": "expired",
}
LAYER_PATH = {"/": "signed", "/0": "1>signed", "/1": "2>signed"}
CRYPTO = {"valid": "ok", "invalid": "digest_mismatch"}
LISTS = pytest.mark.parametrize("name", list(MESSAGES))
# OpenSSL tells the first error it meets: below an untrusted root that is the root, not expiry.
CHAIN_NOW = {
    "certificate has expired": {"expired"},
    "self-signed certificate in certificate chain": {"untrusted_root", "expired"},
    "unable to get local issuer certificate": {"no_path", "expired"},
}


def expected(folder: pathlib.Path, name: str) -> list[dict[str, str]]:
    with open(folder / f"{name}.expected.tsv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


@pytest.fixture(scope="module")
def runs(
    real_mail: pathlib.Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[tuple[str, str], sb.Run]:
    """Each list at its mails' dates and at now."""
    trust = sb.Trust.system()
    return {
        (name, at): sb.verify(
            real_mail / f"{name}.mbox.xz",
            trust=trust,
            at=at,
            now=NOW,
            output=tmp_path_factory.mktemp("real") / f"{name}-{at}",
        )
        for name in MESSAGES
        for at in ("date", "now")
    }


def table(run: sb.Run, dataset: str) -> list[dict[str, Any]]:
    rows = run.dataset(dataset).to_table().to_pylist()
    return sorted(rows, key=lambda row: (row["source_index"], row.get("layer_path") or ""))


@LISTS
def test_every_message_is_a_row(name: str, runs: dict[tuple[str, str], sb.Run]) -> None:
    indices = [row["source_index"] for row in table(runs[name, "date"], "messages")]
    assert indices == list(range(MESSAGES[name]))


@LISTS
def test_signed_parts_are_those_of_the_table(
    name: str, real_mail: pathlib.Path, runs: dict[tuple[str, str], sb.Run]
) -> None:
    wanted = [
        (int(row["ordinal"]), LAYER_PATH[row["part_path"]], row["kind"])
        for row in expected(real_mail, name)
    ]
    found = [
        (row["source_index"], row["layer_path"], row["format"])
        for row in table(runs[name, "date"], "signatures")
    ]
    assert len(wanted) == SIGNED[name]
    assert found == wanted


@LISTS
def test_every_other_message_is_not_signed(
    name: str, real_mail: pathlib.Path, runs: dict[tuple[str, str], sb.Run]
) -> None:
    signed = {int(row["ordinal"]) for row in expected(real_mail, name)}
    for row in table(runs[name, "date"], "messages"):
        assert (row["indication"] == "NOT_SIGNED") == (row["source_index"] not in signed), row[
            "source_index"
        ]


@LISTS
def test_crypto_result_agrees(
    name: str, real_mail: pathlib.Path, runs: dict[tuple[str, str], sb.Run]
) -> None:
    found = [
        (row["source_index"], row["crypto_result"])
        for row in table(runs[name, "date"], "signatures")
    ]
    wanted = [(int(row["ordinal"]), CRYPTO[row["signature"]]) for row in expected(real_mail, name)]
    assert found == wanted


@LISTS
def test_chain_at_date_agrees(
    name: str, real_mail: pathlib.Path, runs: dict[tuple[str, str], sb.Run]
) -> None:
    rows = table(runs[name, "date"], "signatures")
    wrong = [
        (row["source_index"], row["chain_result"], want["chain_at_date"])
        for row, want in zip(rows, expected(real_mail, name), strict=True)
        if want["chain_at_date"] != "(not reached)"
        and row["chain_result"] != CHAIN[want["chain_at_date"]]
    ]
    assert not wrong


@LISTS
def test_chain_now_agrees(
    name: str, real_mail: pathlib.Path, runs: dict[tuple[str, str], sb.Run]
) -> None:
    rows = table(runs[name, "now"], "signatures")
    wrong = [
        (row["source_index"], row["chain_result"], want["chain_now"])
        for row, want in zip(rows, expected(real_mail, name), strict=True)
        if want["signature"] == "valid" and row["chain_result"] not in CHAIN_NOW[want["chain_now"]]
    ]
    assert not wrong


@LISTS
def test_sender_agrees(
    name: str, real_mail: pathlib.Path, runs: dict[tuple[str, str], sb.Run]
) -> None:
    rows = table(runs[name, "date"], "signatures")
    wrong = [
        row["source_index"]
        for row, want in zip(rows, expected(real_mail, name), strict=True)
        if want["from_vs_signer"] == "match" and row["address_match"] != "from"
    ]
    assert not wrong


@LISTS
def test_rule_28_signature_below_the_root_does_not_pass_the_message(
    name: str, runs: dict[tuple[str, str], sb.Run]
) -> None:
    paths = {
        row["source_index"]: row["layer_path"] for row in table(runs[name, "date"], "signatures")
    }
    for row in table(runs[name, "date"], "messages"):
        if paths.get(row["source_index"], "signed") != "signed":
            assert row["indication"] == "INDETERMINATE"
            assert "no_signature_over_message" in row["reasons"]


@LISTS
def test_rule_29_ranges_cut_the_mbox_into_the_mails_of_the_table(
    name: str, real_mail: pathlib.Path, runs: dict[tuple[str, str], sb.Run]
) -> None:
    """Each range, without its quoting, has the hash of the mail before it was put into the mbox."""
    mbox = lzma.decompress((real_mail / f"{name}.mbox.xz").read_bytes())
    messages = table(runs[name, "date"], "messages")
    for want in expected(real_mail, name):
        row = messages[int(want["ordinal"])]
        stored = mbox[row["source_offset"] : row["source_offset"] + row["source_length"]]
        assert hashlib.sha256(stored).digest() == row["message_sha256"]
        unquoted = re.sub(rb"(?m)^>(>*From )", rb"\1", stored)
        hashes = {hashlib.sha256(text).hexdigest() for text in (unquoted, unquoted + b"\n")}
        assert want["message_sha256"] in hashes, want["ordinal"]
