"""Mutated fixtures, judged by OpenSSL 4 and by smimebatch: where do they differ, and why?

usage: compare.py [--count N] [--seed S] [--keep FOLDER] [--report FILE] [--examples FOLDER]
The fixtures are those of tests/data/mail, or of the folder that SMIMEBATCH_FIXTURES names.

Questions asked of every mail whose root is S/MIME, as OpenSSL looks no deeper:
    passed    smimebatch says TOTAL_PASSED, OpenSSL finds no right signatures
    right     smimebatch finds every signature of the root right, if not passed; OpenSSL does not
    content   both find it right, over different content
    chain     smimebatch says TOTAL_PASSED, OpenSSL does not with certificates validated
and of every signature that is right, however deep:
    forged    is its content some fixture's content?
    value     is its value some fixture's signature value?
A difference has to belong to a class of explained.toml, else the mail is kept and the exit is 1.
What OpenSSL accepts and smimebatch refuses is counted by class, explained or not.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import pathlib
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

HERE = pathlib.Path(__file__).parent
TESTS = HERE.parent
sys.path[:0] = [str(TESTS), str(TESTS / "interop"), str(HERE)]

import mime  # noqa: E402
import mutate  # noqa: E402
from reduce import Reducer  # noqa: E402
from verdicts import Explanation, Judge, Row, Verdicts, explanations  # noqa: E402

import contract  # noqa: E402
import smimebatch as sb  # noqa: E402

FIXTURES = pathlib.Path(os.environ.get("SMIMEBATCH_FIXTURES", TESTS / "data" / "mail"))
BATCH = 2_000
MESSAGE_COLUMNS = (
    "source_index",
    "kind",
    "indication",
    "deciding_signature",
    "coverage",
    "reasons",
    "flags",
    "error",
)
SIGNATURE_COLUMNS = (
    "source_index",
    "layer_path",
    "format",
    "crypto_result",
    "chain_result",
    "canonicalization",
    "quirks",
    "flags",
    "digest_algorithm",
    "signature_algorithm",
    "signed_bytes_sha256",
    "signed_offset",
    "signed_length",
    "signature_value_sha256",
)


@dataclass
class Comparison:
    """The counts of a run."""

    explained: list[Explanation]
    keep: pathlib.Path | None
    reduce: Callable[[list[Verdicts]], None]
    known: Known
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    agreed: Counter[str] = field(default_factory=Counter)
    examples: dict[tuple[str, str], Verdicts] = field(default_factory=dict)
    unexplained: int = 0

    def take_all(self, batch: list[Verdicts]) -> None:
        differing = [one for one in batch if {"passed", "right", "chain"} & set(one.questions())]
        self.reduce(differing)
        for verdicts in batch:
            self.take(verdicts)

    def take(self, verdicts: Verdicts) -> None:
        self.agreed["both accept" if verdicts.accepted and verdicts.openssl == "ok" else ""] += 1
        self.agreed["both refuse"] += not verdicts.accepted and verdicts.openssl != "ok"
        for row in verdicts.signatures:
            right = row["crypto_result"] == "ok" and row["format"] in ("detached", "opaque")
            if right and row["signed_bytes_sha256"] not in self.known.contents:
                self.differ("forged", verdicts)
            if right and row["signature_value_sha256"] not in self.known.values:
                self.differ("value", verdicts)
        for question in verdicts.questions():
            self.differ(question, verdicts)

    def differ(self, question: str, verdicts: Verdicts) -> None:
        facts = verdicts.facts()
        fitting = (
            one for one in self.explained if question in one.questions and one.explains(facts)
        )
        found = next(fitting, None)
        name = found.name if found else unexplained_name(question, verdicts)
        self.counts[question, name] += 1
        self.examples.setdefault((question, name), verdicts)
        if found is None and question != "refuse":
            self.unexplained += 1
            if self.keep:
                path = self.keep / f"{question}-{verdicts.mutant.seed}.eml"
                path.write_bytes(verdicts.mutant.mail)

    def write_examples(self, folder: pathlib.Path) -> None:
        """One mail of every class of explained.toml, and what OpenSSL said of it."""
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.eml"):
            old.unlink()
        explained = {one.name for one in self.explained}
        lines = []
        for (question, name), one in sorted(self.examples.items()):
            if name not in explained:
                continue
            title = f"{name}-{question}"
            (folder / f"{title}.eml").write_bytes(one.mutant.mail)
            lines += [
                f"[{title}]",
                f"class = {json.dumps(name)}",
                f"question = {json.dumps(question)}",
            ]
            for key in ("openssl", "openssl_sha256", "openssl_chain", "reduced", "reduced_chain"):
                lines.append(f"{key} = {json.dumps(getattr(one, key))}")
            lines += [f"seed = {one.mutant.seed}", f"base = {json.dumps(one.mutant.base)}"]
            lines += [f"changes = {json.dumps(list(one.mutant.changes))}", ""]
        (folder / "examples.toml").write_text("\n".join(lines), encoding="utf-8")


def unexplained_name(question: str, verdicts: Verdicts) -> str:
    """What a person sees of a class that nobody has explained yet."""
    results = sorted({str(row["crypto_result"]) for row in verdicts.root_signers})
    quirks = sorted({quirk for row in verdicts.root_signers for quirk in row["quirks"] or []})
    reduced = "" if verdicts.reduced == "-" else f"; reduced: {verdicts.reduced}"
    said = verdicts.openssl if verdicts.openssl != "ok" else f"ok, chain {verdicts.openssl_chain}"
    return f"? openssl: {said}; here: {results} {quirks}{reduced}"


def verified(mails: list[bytes], trust: sb.Trust) -> tuple[list[Row], dict[int, list[Row]]]:
    batch = contract.record_batch(mails)
    # OpenSSL knows no dates of algorithms: with them every weak one would hide what we accept.
    result = sb.verify_batch(batch, trust=trust, now=contract.NOW, policy=contract.NO_DATES)
    messages = contract.rows(result.messages.select(MESSAGE_COLUMNS))
    signatures = contract.by_message(result.signatures.select(SIGNATURE_COLUMNS))
    return messages, signatures


def bases() -> list[mutate.Base]:
    return [mutate.Base(path.stem, path.read_bytes()) for path in sorted(FIXTURES.glob("*.eml"))]


def mutants(seed: int, count: int) -> Iterator[mutate.Mutant]:
    """`count` mails that differ from their fixture."""
    mutations = mutate.Mutations(bases())
    originals = {base.name: base.mail for base in mutations.bases}
    made = (mutations.mutant(number) for number in itertools.count(seed))
    return itertools.islice((one for one in made if one.mail != originals[one.base]), count)


def batches(found: Iterable[mutate.Mutant]) -> Iterator[list[mutate.Mutant]]:
    found = iter(found)
    while batch := list(itertools.islice(found, BATCH)):
        yield batch


@dataclass
class Known:
    """What somebody with a key has made: SHA-256 of contents, and of values with their fixtures."""

    contents: set[bytes] = field(default_factory=set)
    values: dict[bytes, set[str]] = field(default_factory=dict)

    def signature_of(self, rows: list[Row]) -> list[str]:
        return sorted(
            {name for row in rows for name in self.values.get(row["signature_value_sha256"], ())}
        )


def known(trust: sb.Trust) -> Known:
    """From the fixtures, and each of their objects in an opaque mail."""
    mails = [(base.name, base.mail) for base in bases()]
    for base in bases():
        for span in base.objects:
            opaque = mime.opaque(b"", raw_body=base.mail[slice(*span)])
            mails.append((base.name, mime.lf(mime.header_block() + opaque)))
    _, signatures = verified([mail for _, mail in mails], trust)
    found = Known()
    for index, rows in signatures.items():
        for row in rows:
            found.values.setdefault(row["signature_value_sha256"], set()).add(mails[index][0])
            if row["crypto_result"] == "ok":
                found.contents.add(row["signed_bytes_sha256"])
    return found


def compare(seed: int, count: int, judge: Judge, keep: pathlib.Path | None) -> Comparison:
    trust = sb.Trust.load(FIXTURES / "root.pem")
    reducer = Reducer(bases())

    def reduce(differing: list[Verdicts]) -> None:
        found = [
            (one, reducer.reduced(one.mutant.mail, one.root_signers[0]))
            for one in differing
            if one.root_signers
        ]
        pairs = [(one, mail) for one, mail in found if mail]
        for (one, _), answer in zip(pairs, judge.judge([mail for _, mail in pairs]), strict=True):
            one.reduced, _, one.reduced_chain = answer

    facts = known(trust)
    comparison = Comparison(explanations(), keep, reduce, facts)
    for batch in batches(mutants(seed, count)):
        mails = [mutant.mail for mutant in batch]
        messages, signatures = verified(mails, trust)
        answers = zip(batch, judge.judge(mails), strict=True)
        comparison.take_all(
            [
                Verdicts(mutant, *answer, messages[index], rows, facts.signature_of(rows))
                for index, (mutant, answer) in enumerate(answers)
                for rows in [signatures.get(index, [])]
            ]
        )
    return comparison


def table(comparison: Comparison, count: int, seed: int) -> str:
    why = {one.name: one.why for one in comparison.explained}
    lines = [
        f"{count:,} mails, seeds from {seed}:"
        f" {comparison.agreed['both accept']:,} accepted by both,"
        f" {comparison.agreed['both refuse']:,} by neither.",
        "",
        "| question | class | mails | first | why |",
        "|---|---|---|---|---|",
    ]
    for (question, name), number in sorted(comparison.counts.items()):
        mutant = comparison.examples[question, name].mutant
        first = f"{mutant.seed} ({mutant.base}: {', '.join(mutant.changes)})"
        lines.append(f"| {question} | {name} | {number:,} | {first} | {why.get(name, '')} |")
    return "\n".join(lines) + "\n"


REPORT_HEAD = """# smimebatch and OpenSSL 4.0.3 on mutated mails

Made by `make differential`: the fixtures of tests/data/mail, changed by bytes, ASN.1 elements,
lines and header fields, judged by both. `first` is the seed of a mail of the class; `mutate.py`
makes it. Changed certificate chains have their own page: [chains](chains/README.md).

| question | |
|---|---|
| passed | smimebatch says TOTAL_PASSED, OpenSSL finds no right signatures |
| right | smimebatch finds every signature of the root right without passing the mail, OpenSSL not |
| chain | smimebatch says TOTAL_PASSED, OpenSSL does not once certificates are validated |
| refuse | OpenSSL finds the signatures right, smimebatch does not |

No mail belongs to the questions that would be worst, or the run fails: right signatures over
another content than OpenSSL read, over content that nobody signed, or with a value nobody made.

"""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=pathlib.Path, help="writes what nobody explains there")
    parser.add_argument("--examples", type=pathlib.Path, help="writes a mail of every class there")
    parser.add_argument("--report", type=pathlib.Path, help="writes the table there")
    parser.add_argument("--judge", type=pathlib.Path, help="the built openssl_judge")
    options = parser.parse_args()
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
    judge = Judge(options.judge or build(), FIXTURES / "root.pem")
    comparison = compare(options.seed, options.count, judge, options.keep)
    text = table(comparison, options.count, options.seed)
    print(text)
    if options.report:
        options.report.write_text(REPORT_HEAD + text, encoding="utf-8")
    if options.examples:
        comparison.write_examples(options.examples)
    if comparison.unexplained:
        print(
            f"{comparison.unexplained} differences that explained.toml does not explain",
            file=sys.stderr,
        )
    return 1 if comparison.unexplained else 0


def build() -> pathlib.Path:
    command = [str(HERE / "build_judge.sh")]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return pathlib.Path(done.stdout.strip())


if __name__ == "__main__":
    sys.exit(main())
