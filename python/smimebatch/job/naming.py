"""Whether the records of a run are all of one run: each names what it is about, once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from smimebatch.job.checkpoint import FINGERPRINT
from smimebatch.job.commits import ALL, PLAIN_NAME, Commit
from smimebatch.job.findings import Audited, short
from smimebatch.job.ledger import COMMITTED, FINISHED, LEDGER_FILE, STARTED
from smimebatch.job.output import COMMITS, MANIFEST_FILE, ROOM, RUN_FILE

NAME = "fingerprint"
"""The hash of everything that decides the result, in every record that says whose it is."""


def fingerprint(identity: Mapping[str, Any]) -> str:
    """Return the hash of everything that decides the result."""
    text = json.dumps(identity, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def look_at_fingerprints(audited: Audited, run: Mapping[str, Any]) -> None:
    """What was asked gives the name that run.json, ledger, last commit and manifest have."""
    last, asked = audited.commits.get(ALL), run.get("identity")
    expected = fingerprint(asked) if isinstance(asked, dict) else run.get(NAME)
    if not isinstance(expected, str) or not FINGERPRINT.fullmatch(expected):
        audited.say(f"{ROOM}/{RUN_FILE}, {NAME}", "a SHA-256 in hexadecimal", short(expected))
        return
    found = {f"{RUN_FILE}, {NAME}": run.get(NAME)}
    if audited.records:
        found[f"{LEDGER_FILE}, line 1, {NAME}"] = audited.records[0].facts.get(NAME)
    if last is not None:
        found[f"{COMMITS}/{ALL}.json, {NAME}"] = last.facts.get(NAME)
    if audited.manifest:
        found[f"{MANIFEST_FILE}, {NAME}"] = audited.manifest.get(NAME)
    for place, name in found.items():
        if name != expected:
            audited.say(f"{ROOM}/{place}", expected, short(name))


def named_commits(audited: Audited) -> dict[str, Any]:
    """Return the hash of each commit that the ledger names, by its name; each has one line."""
    named: dict[str, Any] = {}
    for number, record in enumerate(audited.records, 1):
        kind = record.facts.get("kind")
        place = f"{ROOM}/{LEDGER_FILE}, line {number}"
        if (kind == STARTED) != (number == 1):
            audited.say(place, f"{STARTED} in line 1 and nowhere else", short(kind))
        if kind not in (COMMITTED, FINISHED):
            continue
        name = ALL if kind == FINISHED else str(record.facts.get("unit"))
        if not PLAIN_NAME.fullmatch(name) or (name == ALL) != (kind == FINISHED):
            audited.say(place, "the name of a unit", short(name))
        elif name in named:
            audited.say(place, f"one line for {name}", "one more")
        else:
            named[name] = record.facts.get("commit")
    return named


def is_of(audited: Audited, commit: Commit, name: str) -> bool:
    """Whether a commit has the name under which it lies; a finding where it has another."""
    if commit.name != name:
        audited.say(f"{ROOM}/{COMMITS}/{name}.json, name", name, commit.name)
    return commit.name == name
