"""The two lists judged at every time that can be asked for: each of the 93 signed parts, and why.

What is wrong whatever the time is the same in every run: 2 parts that list software broke, 16
whose chains end at no root of Debian's bundle (10 bring an unknown root, 6 lack an issuer). The
other 75 were good when they were sent, and their certificates have expired since, so that the word
on them answers one question: what shows their age. Docs/design/17 explains each group.
"""

from __future__ import annotations

import csv
import lzma
import pathlib
import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import smimebatch as sb

NOW = datetime(2026, 11, 23, tzinfo=UTC)
LISTS = ("dm-devel", "intel-wired-lan")
BROKEN = ("TOTAL_FAILED", "HASH_FAILURE")
NO_CHAIN = ("INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND")
PASSED = ("TOTAL_PASSED", None)
NO_PROOF = ("INDETERMINATE", "OUT_OF_BOUNDS_NO_POE")
NO_CHAIN_REASONS = {
    "self-signed certificate in certificate chain": "chain_untrusted_root",
    "unable to get local issuer certificate": "chain_no_path",
}
FIRST_SECOND = datetime(1970, 1, 1, tzinfo=UTC)
FROM_LINE_ZONE = timedelta(hours=14)
HOPS = re.compile(rb"^Received:(?:[^\n]|\n[ \t])*?\bby\s+([\w.-]+)", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True)
class Way:
    """A way of judging, and what it comes to for the 75 whose certificates have expired since."""

    word: tuple[str, str | None]
    reason: str | None
    poe_kind: str | None = None
    at: str = "evidence"
    vouch: tuple[str, ...] = ()
    keeper: str | None = None
    """Whether the hosts vouched for are those that wrote the topmost Received, or the next one."""


WAYS = {
    "date": Way(PASSED, None, at="date"),
    "claimed": Way(PASSED, None, at="claimed"),
    "now": Way(NO_PROOF, "chain_expired", at="now"),
    "evidence": Way(NO_PROOF, "chain_expired"),
    "received": Way(PASSED, None, "received", keeper="topmost"),
    "received-below": Way(NO_PROOF, "chain_expired", keeper="below"),
    "mbox-from": Way(NO_PROOF, "existed_before_validity", "mbox_from", vouch=("mbox-from",)),
    "date-header": Way(PASSED, None, "date_header", vouch=("date-header",)),
}
IN_EVERY_WAY = pytest.mark.parametrize("name", WAYS)


def hosts(mbox: bytes, place: str) -> list[str]:
    """Who wrote the topmost Received fields, or those below that were never topmost."""
    headers = [piece.partition(b"\n\n")[0] for piece in re.split(rb"(?m)^From [^\n]*\n", mbox)[1:]]
    hops = [[host.decode() for host in HOPS.findall(header)] for header in headers]
    topmost = {way[0] for way in hops if way}
    below = {way[1] for way in hops if way[1:]} - topmost
    return sorted(topmost if place == "topmost" else below)


@dataclass(frozen=True)
class Judged:
    """The signed parts of both lists beside what OpenSSL says of them, and their messages."""

    parts: list[tuple[dict[str, Any], dict[str, str]]]
    flags: dict[tuple[str, int], list[str]]


@pytest.fixture(scope="module")
def judged(real_mail: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Judged]:
    trust, folder = sb.Trust.system(), tmp_path_factory.mktemp("times")
    found = {}
    for way_name, way in WAYS.items():
        parts: list[tuple[dict[str, Any], dict[str, str]]] = []
        flags = {}
        for name in LISTS:
            place = real_mail / f"{name}.mbox.xz"
            vouch = list(way.vouch)
            if way.keeper:
                own = hosts(lzma.decompress(place.read_bytes()), way.keeper)
                vouch += [f"received:{host}" for host in own]
            out = folder / f"{way_name}-{name}"
            run = sb.verify(place, trust=trust, at=way.at, vouch=vouch, now=NOW, output=out)
            rows = run.dataset("signatures").to_table().to_pylist()
            rows.sort(key=lambda row: (row["source_index"], row["layer_path"]))
            parts += zip(rows, table(real_mail, name), strict=True)
            for row in run.dataset("messages").to_table().to_pylist():
                flags[name, row["source_index"]] = row["flags"]
        found[way_name] = Judged(parts, flags)
    return found


def table(real_mail: pathlib.Path, name: str) -> list[dict[str, str]]:
    with open(real_mail / f"{name}.expected.tsv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def word(row: dict[str, Any]) -> tuple[str, str | None]:
    return row["indication"], row["sub_indication"]


def is_whole(told: dict[str, str]) -> bool:
    """By OpenSSL, at the Date: the signature holds, and its chain."""
    return told["signature"] == "valid" and told["chain_at_date"] == "ok"


@IN_EVERY_WAY
def test_signed_parts_are_counted_by_their_words(name: str, judged: dict[str, Judged]) -> None:
    counts = Counter(word(row) for row, _ in judged[name].parts)
    assert counts == {BROKEN: 2, NO_CHAIN: 16, WAYS[name].word: 75}


@IN_EVERY_WAY
def test_every_part_has_the_word_and_the_reason_of_its_group(
    name: str, judged: dict[str, Judged]
) -> None:
    wrong = []
    for row, told in judged[name].parts:
        wanted, reason = WAYS[name].word, WAYS[name].reason
        if told["signature"] == "invalid":
            wanted, reason = BROKEN, "digest_mismatch"
        elif not is_whole(told):
            wanted, reason = NO_CHAIN, NO_CHAIN_REASONS[told["chain_at_date"]]
        if word(row) != wanted or (reason and reason not in row["reasons"]):
            wrong.append((row["source"], row["source_index"]))
    assert not wrong


@IN_EVERY_WAY
def test_rule_22_nothing_but_what_is_vouched_for_is_a_proof(
    name: str, judged: dict[str, Judged]
) -> None:
    way, rows = WAYS[name], [row for row, _ in judged[name].parts]
    assert {row["poe_kind"] for row in rows} == {way.poe_kind}
    is_of_today = way.at == "now" or (way.at == "evidence" and not way.poe_kind)
    assert all((row["control_time"] == NOW) == is_of_today for row in rows)


def test_groups_are_those_of_openssl(judged: dict[str, Judged]) -> None:
    told = [told for _, told in judged["date"].parts]
    assert len(told) == 93
    chains = Counter(it["chain_at_date"] for it in told if it["signature"] == "valid")
    assert sorted(chains.values()) == [6, 10, 75]
    assert {chains[text]: reason for text, reason in NO_CHAIN_REASONS.items()} == {
        10: "chain_untrusted_root",
        6: "chain_no_path",
    }
    assert all(it["chain_now"] == "certificate has expired" for it in told if is_whole(it))


def test_rule_22a_from_lines_of_the_first_day_of_unix_contradict_every_certificate(
    judged: dict[str, Judged],
) -> None:
    """Whoever made these mboxes had no time to write there."""
    rows = [row for row, _ in judged["mbox-from"].parts]
    assert {row["poe_time"] for row in rows} == {FIRST_SECOND + FROM_LINE_ZONE}
    chains = Counter(row["chain_result"] for row in rows)
    assert chains["not_yet_valid"] == 77, "the 75, and the 2 that are broken besides"
    for name in WAYS:
        flags = list(judged[name].flags.values())
        conflicts = sum("time_evidence_conflict" in it for it in flags)
        assert conflicts == (77 if name == "mbox-from" else 0)


def test_date_that_is_vouched_for_stays_a_claim(judged: dict[str, Judged]) -> None:
    for name in WAYS:
        flags = list(judged[name].flags.values())
        claims = sum("vouched_claim" in it for it in flags)
        assert claims == (93 if name == "date-header" else 0)
