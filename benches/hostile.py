"""One hostile message in a hundred: what it costs an otherwise clean archive.

usage: hostile.py [--rounds 5] [--messages 20000]        (run.py has it as the suite `hostile`)

Four archives of the reference mails: clean, with 1 % of the attacks of tests/attacks, and with 1 %
of the bombs of tests/bombs, cut to the size of ordinary mail (at most 64 KiB each); and one with 1
% of mails of 120 signers. Measured in turn on one thread; the aim is that the archives with hostile
mail go through at no less than 90 % of the clean one's bytes per second. The good mails must stay
good and nothing hostile may pass.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import re
import statistics
import sys
import tempfile
from collections.abc import Iterator
from itertools import cycle
from typing import Any

import gen_corpus
from measure import Corpus, measure_smimebatch, python_command

HERE = pathlib.Path(__file__).parent
for folder in (HERE.parent, HERE.parent / "tests", HERE.parent / "tests" / "interop"):
    sys.path.insert(0, str(folder))

from tests.attacks.test_attacks import CATALOGUE  # noqa: E402  (it imports every module that fills it)
from tests.bombs import test_bombs  # noqa: E402
from world import World  # noqa: E402

AIM = 0.9
BOMB_BYTES = 64 << 10
BOMB_DEPTH = 1_500
"""Levels, parts or fields of a bomb, instead of 100,000: what ordinary mail has room for."""
FROM_LINE = b"From mallory@evil.example Tue Jun  1 12:00:00 2021\n"


FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")


def attacks() -> list[bytes]:
    """Every attack that an mbox can hold: a From_ line without a field behind it begins nothing."""
    world = World()
    return [mail for make in CATALOGUE.values() if FIELD.match(mail := make(world).mail)]


def bombs() -> list[bytes]:
    """Every bomb that fits."""
    test_bombs.DEPTH = BOMB_DEPTH
    made = [bomb() for bomb in test_bombs.BOMBS]
    made += [
        test_bombs.cms_layers(60),
        test_bombs.authorities_of_one_name(100),
        test_bombs.authorities_in_a_mesh(9),
    ]
    return [mail for mail in made if len(mail) <= BOMB_BYTES]


def signers() -> list[bytes]:
    """A mail with 120 signatures: honest work of that size, whoever asks for it; told, without an
    aim.
    """
    return [test_bombs.many_signers(120)]


def stored(mail: bytes) -> bytes:
    """A message of an mbox, its own From_ lines quoted."""
    return FROM_LINE + mail.replace(b"\nFrom ", b"\n>From ").rstrip(b"\n") + b"\n\n"


def mixed(clean: Corpus, folder: pathlib.Path, hostile: list[bytes]) -> Corpus:
    """The clean archive with one hostile mail after every 99 of its own."""
    folder.mkdir()
    pieces = clean.mbox.read_bytes().split(b"\nFrom ")
    kinds, added = cycle(hostile), 0
    with open(folder / "mail.mbox", "wb") as out:
        for index, piece in enumerate(pieces):
            out.write((b"From " if index else b"") + piece + b"\n")
            if index % 99 == 98:
                out.write(stored(next(kinds)))
                added += 1
    (folder / "root.pem").write_bytes(clean.root.read_bytes())
    truth = clean.truth
    size = (folder / "mail.mbox").stat().st_size
    truth |= {"messages": truth["messages"] + added, "bytes": size}
    # The attacks have roots of their own: nothing of them passes here, told or not.
    (folder / "truth.json").write_text(json.dumps(truth))
    return Corpus(folder.name, folder)


def correct(row: dict[str, Any], truth: dict[str, int]) -> bool:
    """Every mail is a row, every good one is good, and nothing hostile passed."""
    return row["messages"] == truth["messages"] and row["good"] == truth["good"]


def measurements(rounds: int, messages: int, scratch: pathlib.Path) -> Iterator[dict[str, Any]]:
    """Rows of the suite, the archives in turn."""
    clean = Corpus(f"signed-{messages}", HERE / "corpora" / f"signed-{messages}")
    if not (clean.folder / "truth.json").exists():
        gen_corpus.make("signed", clean.folder, messages=messages)
    archives = [
        clean,
        mixed(clean, scratch / "hostile-attacks", attacks()),
        mixed(clean, scratch / "hostile-bombs", bombs()),
        mixed(clean, scratch / "hostile-signers", signers()),
    ]
    command = python_command()
    for turn in range(rounds):
        for archive in archives:
            row = measure_smimebatch(command, archive, 1, scratch)
            row["correct"] = correct(row, archive.truth)
            yield {"round": turn, "suite": "hostile"} | row


def ratios(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Bytes per second of each archive against the clean one: medians."""
    rates: dict[str, list[float]] = {}
    for row in rows:
        rates.setdefault(row["corpus"], []).append(row["mb_per_s_inside"])
    medians = {name: statistics.median(found) for name, found in rates.items()}
    clean = next(rate for name, rate in medians.items() if name.startswith("signed-"))
    return {name: round(rate / clean, 3) for name, rate in medians.items() if rate is not clean}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--messages", type=int, default=20_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="smimebatch-bench-") as scratch:
        rows = list(measurements(given.rounds, given.messages, pathlib.Path(scratch)))
    for row in rows:
        print(json.dumps(row))
    found = ratios(rows)
    print(json.dumps(found), file=sys.stderr)
    if not all(row["correct"] for row in rows):
        sys.exit("wrong verdicts")
    if any(found[name] < AIM for name in ("hostile-attacks", "hostile-bombs")):
        sys.exit(f"below the aim of {AIM}")


if __name__ == "__main__":
    main()
