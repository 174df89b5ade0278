"""What chains and revocation cost: against OpenSSL's command, against no revocation, and in memory.

usage: chains.py [--suites pkits lists large] [--rounds 5] [--messages 2000 50000]
                 [--entries 5000000]                 (run.py has them as its suite `chains`)

1. pkits: the 224 signed mails of NIST's PKITS, which bring their certificates and lists, on one
   thread: one process of `openssl cms -verify` (the one in PATH) a mail from a loop of the shell,
   openssl_cms (the C API of OpenSSL 4 in a loop), `verify_batch`, and `smimebatch verify` with its
   datasets, in turn. The aim: chains built and checked 20 times as fast as by the command.
2. lists: corpora of signed mail with lists for both CAs (gen_lists.py), `--revocation required` and
   `off` in turn. The aim: at most 10 % dearer.
3. large: lists of 5,000,000 entries, loaded alone and then asked about in a run over mails. The
   aim: at most 4 times the size of the file, over the same process without it.

Every row says whether what it found is right.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

import gen_corpus
import gen_lists
from measure import Corpus, measure_smimebatch, python_command
from measure import run as run_program
from peers import openssl_api

import pkits

HERE = pathlib.Path(__file__).parent
REVOKED_SENDERS = 5
"""Of the 50 of a corpus: whom the large lists name."""
LOAD = """
import json, sys, time
import smimebatch
started = time.perf_counter()
trust = smimebatch.Trust.load(sys.argv[1], crls=sys.argv[2:])
print(json.dumps({"load_s": round(time.perf_counter() - started, 3)}))
assert not trust.warnings, trust.warnings
"""


def corpus(messages: int) -> Corpus:
    """A signed corpus of the cache, with the keys of its CAs."""
    found = Corpus(f"signed-{messages}", HERE / "corpora" / f"signed-{messages}")
    if not (found.folder / "issuing.key").exists():
        print(f"making the corpus {found.name} …", file=sys.stderr)
        gen_corpus.make("signed", found.folder, messages=messages)
    return found


def required(lists: list[pathlib.Path]) -> list[str]:
    """Options of a run that believes nothing without a list."""
    return ["--revocation", "required", *(it for path in lists for it in ("--crls", str(path)))]


def lists(rounds: int, sizes: list[int], scratch: pathlib.Path) -> Iterator[dict[str, Any]]:
    """Signed corpora with and without revocation, in turn."""
    corpora = [corpus(size) for size in sizes]
    made = {mails.name: written_lists(mails, scratch) for mails in corpora}
    for turn in range(rounds):
        for mails in corpora:
            for name, options in (
                ("off", ["--revocation", "off"]),
                ("required", required(made[mails.name])),
            ):
                row = measure_smimebatch(python_command(), mails, 1, scratch, options=options)
                yield {"round": turn, "suite": "lists", "revocation": name} | row


def written_lists(mails: Corpus, scratch: pathlib.Path) -> list[pathlib.Path]:
    """A list of each CA: the root's is empty, the issuing CA's has 1,000 entries."""
    paths = []
    for stem, authority, key in gen_lists.authorities(mails.folder):
        path = scratch / f"{mails.name}-{stem}.crl"
        gen_lists.write_list(path, authority, key, others=1_000 if stem == "issuing" else 0)
        paths.append(path)
    return paths


def large(entries: int, messages: int, scratch: pathlib.Path) -> Iterator[dict[str, Any]]:
    """Long lists: loaded alone, and asked in a run over mails."""
    mails = corpus(messages)
    (_, root, root_key), (_, issuing, key) = gen_lists.authorities(mails.folder)
    senders = gen_lists.below(mails.folder)[1:]
    revoked = [sender.serial_number for sender in senders[:REVOKED_SENDERS]]
    of_root = scratch / "root.crl"
    gen_lists.write_list(of_root, root, root_key)
    off = measure_smimebatch(python_command(), mails, 1, scratch, options=["--revocation", "off"])
    yield {"suite": "large", "list": "none", "entries": 0, "list_bytes": 0} | off
    alone = loaded(mails.root, [])
    for name, path in long_lists(scratch, issuing, key, revoked, entries):
        head = {"suite": "large", "list": name, "entries": entries + len(revoked)}
        size = path.stat().st_size
        found = loaded(mails.root, [of_root, path])
        growth = (found["peak_mib"] - alone["peak_mib"]) * 2**20
        head |= {"list_bytes": size, "load_s": found["load_s"], "load_peak_mib": found["peak_mib"]}
        head |= {"load_times_size": round(growth / size, 2)}
        row = measure_smimebatch(
            python_command(), mails, 1, scratch, options=required([of_root, path])
        )
        grown = (row["peak_mib"] - off["peak_mib"]) * 2**20
        good, bad = without(mails, revoked_addresses(REVOKED_SENDERS))
        row["correct"] = (row["good"], row["bad"]) == (good, bad)
        yield head | row | {"times_size": round(grown / size, 2)}
        path.unlink()


def long_lists(
    scratch: pathlib.Path, issuing: Any, key: Any, revoked: list[int], entries: int
) -> Iterator[tuple[str, pathlib.Path]]:
    """Long serial numbers, short ones, and the first in PEM, each made when it is asked for."""
    der, pem = scratch / "large.crl", scratch / "large.pem"
    gen_lists.write_list(der, issuing, key, revoked, entries, serial_bytes=16)
    gen_lists.write_pem(der, pem)
    yield "DER, serials of 16 octets", der
    yield "PEM, serials of 16 octets", pem
    gen_lists.write_list(der, issuing, key, revoked, entries, serial_bytes=4)
    yield "DER, serials of 4 octets", der


def loaded(root: pathlib.Path, paths: list[pathlib.Path]) -> dict[str, Any]:
    """What it costs to load lists and nothing else."""
    command = [sys.executable, "-c", LOAD, str(root), *map(str, paths)]
    costs, output = run_program(command)
    return costs | json.loads(output)


def revoked_addresses(count: int) -> set[str]:
    return {f"user{number}@example.com" for number in range(count)}


def without(mails: Corpus, revoked: set[str]) -> tuple[int, int]:
    """How many mails pass and fail when some senders are revoked; theirs do neither, since nothing
    proves when they were signed.
    """
    rows = [line.split("\t") for line in (mails.folder / "truth.tsv").read_text().splitlines()]
    bad = sum(tampered == "1" for _, _, tampered in rows)
    good = sum(tampered == "0" and sender not in revoked for _, sender, tampered in rows)
    return good, bad


def measurements(given: argparse.Namespace, scratch: pathlib.Path) -> Iterator[dict[str, Any]]:
    """Every row, in the order measured."""
    if "pkits" in given.suites:
        openssl_api.PEER.prepare()
        program = pathlib.Path(str(openssl_api.PEER.program))
        yield from pkits.measurements(given.rounds, program, scratch)
    if "lists" in given.suites:
        yield from lists(given.rounds, given.messages, scratch)
    if "large" in given.suites:
        yield from large(given.entries, min(given.messages), scratch)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    suites = ("pkits", "lists", "large")
    parser.add_argument("--suites", nargs="+", choices=suites, default=suites)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--messages", type=int, nargs="+", default=[2_000, 50_000])
    parser.add_argument("--entries", type=int, default=5_000_000)
    given = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory(prefix="smimebatch-bench-") as scratch:
        for row in measurements(given, pathlib.Path(scratch)):
            rows.append(row)
            print(json.dumps(row), flush=True)
    if wrong := [row for row in rows if not row["correct"]]:
        sys.exit(f"{len(wrong)} measurements with wrong verdicts, the first: {wrong[0]}")


if __name__ == "__main__":
    main()
