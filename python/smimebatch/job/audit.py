"""Do ledger, manifest and files of a run still belong together? Every place that does not is named.

Everything is recomputed from the level below: the manifest from the commits, the ledger's line of a
commit from its bytes, the commit's files from theirs. So one change is found wherever it is, and a
change in several places only if somebody also recomputed every hash above; against that there are
signed and timestamped checkpoints, kept elsewhere.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from smimebatch.errors import DamagedRunError, InputError
from smimebatch.job import disk, merkle
from smimebatch.job.audited_parts import listed, look_at_parts
from smimebatch.job.checkpoint import (
    Checkpoint,
    is_signed_by,
    origin_of,
    parse_verifier_key,
    signatures_of,
    verifier_key,
)
from smimebatch.job.commits import ALL, Commit
from smimebatch.job.findings import Audited, short
from smimebatch.job.ledger import (
    LEDGER_FILE,
    NONE_BEFORE,
    STARTED,
    Record,
    parsed,
)
from smimebatch.job.manifest import checkpoint_of, manifest_of
from smimebatch.job.naming import is_of, look_at_fingerprints, named_commits
from smimebatch.job.output import (
    COMMITS,
    LOCK,
    MANIFEST_FILE,
    PROGRESS_FILE,
    PROOF_KEY_FILE,
    ROOM,
    RUN_FILE,
    STAGING,
    TIME_STAMP_FILE,
    UNITS_FILE,
    pretty,
)

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

COMMIT_SUFFIX = ".json"
LINES_OF_A_SIGNATURE = 2
"""An empty one, and the signature (C2SP signed-note)."""
KNOWN_IN_ROOM = frozenset(
    {
        *(RUN_FILE, UNITS_FILE, COMMITS, LEDGER_FILE, MANIFEST_FILE, TIME_STAMP_FILE),
        *(LOCK, PROGRESS_FILE, PROOF_KEY_FILE, STAGING),
    }
)
"""Work in progress may be left by a run that was killed when its manifest was there."""


class Audit:
    """Looks at one run directory; changes nothing."""

    def __init__(self, out: str) -> None:
        self.out = out
        self.audited = Audited()
        if not os.path.isdir(os.path.join(out, ROOM)):
            raise InputError(out, expected="the directory of a run", found=f"no {ROOM} in it")

    def run(self) -> Audited:
        """Look at everything."""
        self._ledger()
        self._commits()
        self._units()
        look_at_parts(self.out, self.audited)
        self._manifest()
        self._run_file()
        self._room()
        return self.audited

    def compare_with(self, earlier: Checkpoint) -> None:
        """The ledger still begins as it did when an earlier checkpoint was made."""
        lines = [merkle.leaf_hash(it.line) for it in self.audited.records[: earlier.size]]
        fingerprint = self.audited.records[0].facts.get("fingerprint") if lines else None
        now = Checkpoint(origin_of(str(fingerprint)), len(lines), merkle.root_of(lines))
        if now != earlier:
            place = f"{ROOM}/{LEDGER_FILE}, lines 1 to {earlier.size}"
            self.audited.say(place, short(earlier.text), short(now.text))

    def demand_signature(self, key: Ed25519PublicKey) -> None:
        """The checkpoint is signed by this key."""
        note = self.audited.checkpoint
        if not is_signed_by(note, key):
            place = f"{ROOM}/{MANIFEST_FILE}, checkpoint"
            self.audited.say(place, f"signed by {verifier_key(key)}", signatures_of(note))

    def _in_room(self, *names: str) -> str:
        return os.path.join(self.out, ROOM, *names)

    def _bytes(self, *names: str) -> bytes | None:
        """Return a file of the room; a finding where there is none."""
        try:
            content = disk.content_of(self._in_room(*names))
            found = os.strerror(errno.ENOENT)
        except OSError as error:
            content, found = None, str(error.strerror)
        if content is None:
            self.audited.say("/".join((ROOM, *names)), "a file", found)
        return content

    def _ledger(self) -> None:
        """Every line stands where it says, behind the line that it says."""
        content = self._bytes(LEDGER_FILE) or b""
        lines = content.split(b"\n")
        if lines.pop():
            self._line(len(lines) + 1, "a whole line", "one that breaks off")
        previous = NONE_BEFORE
        for number, line in enumerate(lines):
            facts = parsed(line)
            if disk.canonical_json(facts) != line or not isinstance(facts.get("kind"), str):
                self._line(number + 1, "a record in canonical JSON", "something else")
            elif facts.get("number") != number:
                self._line(number + 1, f"record {number}", f"record {facts.get('number')}")
            elif facts.get("previous") != previous:
                place = f"{number}, or of line {number + 1} behind it"
                self._line(place, f"SHA-256 {facts.get('previous')}", previous)
            previous = disk.sha256_hex(line)
            self.audited.records.append(Record(line, facts))

    def _line(self, number: int | str, expected: str, found: str) -> None:
        self.audited.say(f"{ROOM}/{LEDGER_FILE}, line {number}", expected, found)

    def _run_file(self) -> None:
        """What was asked is what the run began with, and gives all records their name."""
        content = self._bytes(RUN_FILE)
        if not self.audited.records:
            self._line(1, f"one record {STARTED}", "nothing")
        elif content is not None:
            sha256 = self.audited.records[0].facts.get("run")
            if disk.sha256_hex(content) != sha256:
                self._differs(f"{ROOM}/{RUN_FILE}", sha256, content)
            look_at_fingerprints(self.audited, parsed(content))

    def _differs(self, place: str, sha256: Any, content: bytes) -> None:
        self.audited.say(place, f"SHA-256 {sha256}", f"SHA-256 {disk.sha256_hex(content)}")

    def _commits(self) -> None:
        """Every commit is the one that the ledger names, and there is no other."""
        named = named_commits(self.audited)
        for name, sha256 in named.items():
            content = self._bytes(COMMITS, name + COMMIT_SUFFIX)
            if content is None:
                continue
            commit = Commit.parse(content)
            if disk.sha256_hex(content) != sha256 or commit is None:
                self._differs(f"{ROOM}/{COMMITS}/{name}{COMMIT_SUFFIX}", sha256, content)
            elif is_of(self.audited, commit, name):
                self.audited.commits[name] = commit
        for entry in listed(self._in_room(COMMITS)):
            if entry.removesuffix(COMMIT_SUFFIX) not in named:
                self.audited.say(f"{ROOM}/{COMMITS}/{entry}", "no such commit", "one more")

    def _units(self) -> None:
        """Units follow each other, and are those of the commits."""
        content = self._bytes(UNITS_FILE)
        if content is None:
            return
        units = {
            commit.unit.ordinal: commit.unit.as_json()
            for commit in self.audited.commits.values()
            if commit.unit is not None
        }
        count = len(self.audited.findings)
        lines = content.split(b"\n")
        if lines.pop() != b"":
            self.audited.say(f"{ROOM}/{UNITS_FILE}", "whole lines", "one that breaks off")
        before: Mapping[str, Any] | None = None
        for number, line in enumerate(lines):
            unit = parsed(line)
            place = f"{ROOM}/{UNITS_FILE}, line {number + 1}"
            known = units.pop(number, None)
            if known is not None and disk.canonical_json(known) != line:
                self.audited.say(place, "the unit of its commit", "another")
            elif disk.canonical_json(unit) != line or unit.get("ordinal") != number:
                self.audited.say(place, f"unit {number}", "something else")
            elif before is not None and before.get("end") != unit.get("begin"):
                self.audited.say(place, "the beginning where the unit before ends", "another")
            before = unit
        for ordinal in units:
            self.audited.say(f"{ROOM}/{UNITS_FILE}", f"unit {ordinal}", "no line")
        last = self.audited.commits.get(ALL)
        expected = None if last is None else last.facts.get("units_sha256")
        is_named = len(self.audited.findings) > count
        if expected is not None and expected != disk.sha256_hex(content) and not is_named:
            self._differs(f"{ROOM}/{UNITS_FILE}", expected, content)

    def _manifest(self) -> None:
        """The manifest says what commits and ledger say, byte for byte."""
        content = self._bytes(MANIFEST_FILE)
        if content is None:
            return
        found = parsed(content)
        self.audited.manifest = found
        if not found:
            self.audited.say(f"{ROOM}/{MANIFEST_FILE}", "a manifest", "something else")
            return
        note = self.audited.checkpoint
        self._ledger_against(note, str(found.get("fingerprint")))
        last = self.audited.commits.get(ALL)
        if last is None:
            return
        units = [it for name, it in self.audited.commits.items() if name != ALL]
        expected = manifest_of(units, last, self.audited.records, note)
        for name in sorted(expected.keys() | found.keys()):
            if expected.get(name) != found.get(name):
                self.audited.say(
                    f"{ROOM}/{MANIFEST_FILE}, {name}",
                    short(expected.get(name)),
                    short(found.get(name)),
                )
        self._checkpoint(last, note)
        if expected == found and pretty(expected) != content:
            self.audited.say(f"{ROOM}/{MANIFEST_FILE}", "its spelling", "another")

    def _ledger_against(self, note: str, fingerprint: str) -> None:
        """The ledger is the one that the checkpoint is over, to its last line."""
        expected = checkpoint_of(fingerprint, self.audited.records)
        if Checkpoint.parse(note) != expected:
            place = f"{ROOM}/{LEDGER_FILE}, or the checkpoint of {MANIFEST_FILE}"
            self.audited.say(place, short(note), short(expected.text))

    def _checkpoint(self, last: Commit, note: str) -> None:
        """A checkpoint that should be signed is, with the key that the run names, and no more."""
        text = checkpoint_of(str(last.facts.get("fingerprint")), self.audited.records).text
        signer = last.facts.get("signed_by")
        key = parse_verifier_key(str(signer)) if signer else None
        is_as_said = note == text
        if key is not None:
            line = note.removeprefix(text)
            is_as_said = line.count("\n") == LINES_OF_A_SIGNATURE and is_signed_by(note, key)
        if not is_as_said:
            expected = f"signed by {signer}" if signer else "not signed"
            self.audited.say(f"{ROOM}/{MANIFEST_FILE}, checkpoint", expected, short(note))

    def _room(self) -> None:
        for name in listed(self._in_room()):
            if name not in KNOWN_IN_ROOM:
                self.audited.say(f"{ROOM}/{name}", "nothing but the records of a run", "one more")


def refuse_changed(out: str) -> None:
    """Refuse a directory in which anything is not as its records say."""
    for finding in Audit(out).run().findings:
        raise DamagedRunError(
            os.path.join(out, finding.place),
            expected=finding.expected,
            found=finding.found,
            remedy=f"put back what was there; smimebatch audit verify {out} names every place",
        )
