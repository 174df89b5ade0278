"""An archive of 25 years, judged in every way, against what was made (`cases`, `expected`).

Each setting is one run over all messages; differences are reported case by case. Forged messages
pass in no setting, unless the operator himself believes what the forger wrote.
"""

from __future__ import annotations

import itertools
import pathlib
from typing import Any

import pytest

import smimebatch as sb
from archive25.case import Case
from archive25.cases import all_cases
from archive25.expected import Judge, Setting, Words
from archive25.house import NOW, House
from archive25.mails import OWN_HOST, mbox
from smimebatch.sources import Archive, Inputs
from smimebatch.sources.reading import ReadingOptions

RECEIVED, FROM_LINE = f"received:{OWN_HOST}", "mbox-from"
VOUCHES = [(), (RECEIVED,), (FROM_LINE,), (FROM_LINE, RECEIVED), ("date-header",)]
SETTINGS = [
    Setting(at, vouch, revocation, tsa_trust, crls)
    for at in ("evidence", "now", "claimed", "date", "2012-06-01T00:00:00+00:00")
    for vouch in (VOUCHES if at == "evidence" else [(), (FROM_LINE, RECEIVED)])
    for revocation in ("off", "if-available", "required")
    for tsa_trust, crls in itertools.product([False, True], repeat=2)
]
SHOWN = 12


class Made:
    """The archive, and how to judge it."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.house = House()
        self.cases = all_cases(self.house)
        self.path = folder / "archive.mbox"
        self.path.write_bytes(mbox(self.cases))
        lists = folder / "lists"
        lists.mkdir()
        for issuer in self.house.publishers:
            for number, each in enumerate(issuer.lists):
                (lists / f"{issuer.serial}-{number}.crl").write_bytes(each.der)
        reading = ReadingOptions(batch_bytes=64 << 20)
        (batch,) = Archive(Inputs([str(self.path)], None), reading)
        self.rows = batch.rows
        roots = folder / "roots.pem"
        roots.write_bytes(b"".join(it.certificate.pem for it in self.house.anchors))
        times = folder / "time.pem"
        times.write_bytes(self.house.time_root.certificate.pem)
        self.trust = [sb.Trust.load(roots), sb.Trust.load(roots, crls=[lists])]
        self.tsa_trust = sb.Trust.load(times)

    def judged(self, setting: Setting) -> list[dict[str, Any]]:
        found = sb.verify_batch(
            self.rows,
            trust=self.trust[setting.crls],
            tsa_trust=self.tsa_trust if setting.tsa_trust else None,
            at=setting.at,
            vouch=setting.vouch,
            revocation=setting.revocation,
            now=NOW,
        )
        columns = ["indication", "sub_indication", "reasons"]
        return found.messages.select(columns).to_pylist()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(tmp_path_factory.mktemp("archive25"))


def is_believed(case: Case, setting: Setting) -> bool:
    """Whether the operator believes what the forger made up."""
    believed = {setting.at, setting.revocation}
    if not setting.crls:
        believed.add("no-crls")
    if setting.at == "evidence":
        believed.update(setting.vouch)
    return bool(case.deceives & believed)


def difference(words: Words, row: dict[str, Any]) -> str | None:
    found = frozenset(row["reasons"])
    agrees = found == words.reasons if words.exact else words.reasons <= found
    told = (row["indication"], row["sub_indication"])
    if told == (words.indication, words.sub_indication) and agrees:
        return None
    wanted = f"{words.indication}/{words.sub_indication} {sorted(words.reasons)}"
    return f"expected {wanted}, found {told[0]}/{told[1]} {sorted(found)}"


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_archive_of_25_years_gives_the_words_of_what_was_made(made: Made, setting: Setting) -> None:
    judge, rows = Judge(made.house, setting), made.judged(setting)
    assert len(rows) == len(made.cases)
    wrong = []
    for case, row in zip(made.cases, rows, strict=True):
        if text := difference(judge.expected(case), row):
            wrong.append(f"{case.name} ({case.why}): {text}")
        assert not (case.forged and row["indication"] == "TOTAL_PASSED") or is_believed(
            case, setting
        ), f"forged mail passed: {case.name} ({case.why})"
    assert not wrong, f"{len(wrong)} of {len(rows)} differ:\n" + "\n".join(wrong[:SHOWN])
