"""Mutated fixtures, judged by OpenSSL 4 and by smimebatch: where do they differ, and why?

usage: compare.py [--count N] [--seed S] [--keep FOLDER] [--report] [--judge PROGRAM]

Three questions are asked of every mail whose root is S/MIME, as OpenSSL looks no deeper:
    accept    smimebatch finds every signature of the root right, OpenSSL does not
    content   both find it right, over different content
    chain     smimebatch says TOTAL_PASSED, OpenSSL does not with certificates validated
and one of every signature that is right, however deep: is its content some fixture's content?
A difference has to belong to a class of explained.toml, else the mail is kept and the exit is 1.
What OpenSSL accepts and smimebatch refuses is counted by class, explained or not.
"""

from __future__ import annotations

import argparse
import itertools
import pathlib
import re
import struct
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

HERE = pathlib.Path(__file__).parent
TESTS = HERE.parent
sys.path[:0] = [str(TESTS), str(TESTS / "interop"), str(HERE)]

import contract  # noqa: E402
import mime  # noqa: E402
import mutate  # noqa: E402

import smimebatch as sb  # noqa: E402

FIXTURES = TESTS / "data" / "mail"
BATCH = 2_000
MESSAGE_COLUMNS = ("source_index", "kind", "indication", "coverage", "reasons", "flags", "error")
SIGNATURE_COLUMNS = (
    "source_index", "layer_path", "format", "crypto_result", "chain_result", "canonicalization",
    "quirks", "flags", "digest_algorithm", "signature_algorithm", "signed_bytes_sha256",
)  # fmt: skip
Row = dict[str, Any]


@dataclass
class Verdicts:
    """What both say of one mail."""

    mutant: mutate.Mutant
    openssl: str
    openssl_sha256: str
    openssl_chain: str
    message: Row
    signatures: list[Row]

    @property
    def root_signers(self) -> list[Row]:
        return [
            row
            for row in self.signatures
            if row["layer_path"] == "signed" and row["format"] in ("detached", "opaque")
        ]

    @property
    def accepted(self) -> bool:
        rows = self.root_signers
        return bool(rows) and all(row["crypto_result"] == "ok" for row in rows)

    def questions(self) -> Iterator[str]:
        """The kinds of difference this mail shows."""
        judged = self.openssl == "ok"
        if self.accepted and not judged:
            yield "accept"
        if self.accepted and judged:
            contents = {row["signed_bytes_sha256"].hex() for row in self.root_signers}
            if contents != {self.openssl_sha256}:
                yield "content"
        if self.message["indication"] == "TOTAL_PASSED" and judged and self.openssl_chain != "ok":
            yield "chain"
        if judged and not self.accepted:
            yield "refuse"

    def facts(self) -> dict[str, list[str]]:
        """What an explanation may ask for, as words."""
        rows = self.root_signers
        words = {
            "openssl": [self.openssl],
            "openssl_chain": [self.openssl_chain],
            "kind": [self.message["kind"]],
            "message_flags": self.message["flags"] or [],
            "reasons": self.message["reasons"] or [],
            "changes": list(self.mutant.changes),
            "signers": [str(len(rows))],
        }
        for name in ("crypto_result", "canonicalization", "format", "digest_algorithm"):
            words[name] = [str(row[name]) for row in rows]
        words["signature_algorithm"] = [str(row["signature_algorithm"]) for row in rows]
        for name in ("quirks", "flags"):
            words[name] = [word for row in rows for word in row[name] or []]
        return words


@dataclass
class Explanation:
    """A class of explained.toml: the patterns all of which have to be found among the facts."""

    name: str
    question: str
    why: str
    patterns: dict[str, re.Pattern[str]]

    def explains(self, facts: dict[str, list[str]]) -> bool:
        return all(
            any(pattern.search(word) for word in facts[key])
            for key, pattern in self.patterns.items()
        )


def explanations() -> list[Explanation]:
    entries = tomllib.loads((HERE / "explained.toml").read_text(encoding="utf-8"))
    return [
        Explanation(
            name,
            entry["question"],
            entry["why"],
            {key: re.compile(value) for key, value in entry.get("where", {}).items()},
        )
        for name, entry in entries.items()
    ]


@dataclass
class Judge:
    """`openssl_judge` as a process per batch; a mail that kills it is told, and it starts again."""

    program: pathlib.Path
    root: pathlib.Path

    def judge(self, mails: list[bytes]) -> list[tuple[str, str, str]]:
        answers: list[tuple[str, str, str]] = []
        while len(answers) < len(mails):
            rest = mails[len(answers) :]
            frames = b"".join(struct.pack(">I", len(mail)) + mail for mail in rest)
            done = subprocess.run([self.program, self.root], input=frames, capture_output=True, check=False)
            text = done.stdout.decode("utf-8", "replace")
            lines = text.split("\n")[:-1]
            for line in lines:
                crypto, sha256, chain = line.split("\t")
                answers.append((shortened(crypto), sha256, shortened(chain)))
            if len(lines) < len(rest):
                answers.append((f"OpenSSL died ({done.returncode})", "-", "died"))
        return answers


def shortened(reasons: str) -> str:
    """Each reason once, without those that only say that there was one further in."""
    kept = dict.fromkeys(reasons.split("; "))
    dull = ("nested asn1 error", "decode error", "asn1 parse error", "asn1 sig parse error")
    return "; ".join(one for one in kept if one not in dull) or reasons


@dataclass
class Comparison:
    """The counts of a run."""

    explained: list[Explanation]
    keep: pathlib.Path | None
    known_contents: set[bytes]
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    agreed: Counter[str] = field(default_factory=Counter)
    examples: dict[tuple[str, str], str] = field(default_factory=dict)
    unexplained: int = 0

    def take(self, verdicts: Verdicts) -> None:
        self.agreed["both accept" if verdicts.accepted and verdicts.openssl == "ok" else ""] += 1
        self.agreed["both refuse"] += not verdicts.accepted and verdicts.openssl != "ok"
        for row in verdicts.signatures:
            right = row["crypto_result"] == "ok" and row["format"] in ("detached", "opaque")
            if right and row["signed_bytes_sha256"] not in self.known_contents:
                self.differ("forged", verdicts)
        for question in verdicts.questions():
            self.differ(question, verdicts)

    def differ(self, question: str, verdicts: Verdicts) -> None:
        facts = verdicts.facts()
        fitting = (one for one in self.explained if one.question == question and one.explains(facts))
        found = next(fitting, None)
        name = found.name if found else unexplained_name(question, verdicts)
        self.counts[question, name] += 1
        first = self.counts[question, name] <= (1 if found else 5)
        if found is None and question != "refuse":
            self.unexplained += 1
        if first:
            example = f"{verdicts.mutant.seed} ({verdicts.mutant.base}: {', '.join(verdicts.mutant.changes)})"
            self.examples.setdefault((question, name), example)
            if self.keep:
                slug = re.sub(r"[^A-Za-z0-9]+", "-", f"{question}-{name}")[:80]
                path = self.keep / f"{slug}-{verdicts.mutant.seed}.eml"
                path.write_bytes(verdicts.mutant.mail)


def unexplained_name(question: str, verdicts: Verdicts) -> str:
    """What a person sees of a class that nobody has explained yet."""
    results = sorted({str(row["crypto_result"]) for row in verdicts.root_signers})
    return f"? openssl: {verdicts.openssl} / {verdicts.openssl_chain}; here: {results} {verdicts.message['kind']}"


def verified(mails: list[bytes], trust: sb.Trust) -> tuple[list[Row], dict[int, list[Row]]]:
    result = sb.verify_batch(contract.record_batch(mails), trust=trust, now=contract.NOW)
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


def known_contents(trust: sb.Trust) -> set[bytes]:
    """SHA-256 of what somebody with a key signed: the fixtures, and each of their objects opaque."""
    mails = [base.mail for base in bases()]
    for base in bases():
        for span in base.objects:
            mails.append(mime.lf(mime.header_block() + mime.opaque(b"", raw_body=base.mail[slice(*span)])))
    _, rows = verified(mails, trust)
    signed = itertools.chain.from_iterable(rows.values())
    return {row["signed_bytes_sha256"] for row in signed if row["crypto_result"] == "ok"}


def compare(seed: int, count: int, judge: Judge, keep: pathlib.Path | None) -> Comparison:
    trust = sb.Trust.load(FIXTURES / "root.pem")
    comparison = Comparison(explanations(), keep, known_contents(trust))
    for batch in batches(mutants(seed, count)):
        mails = [mutant.mail for mutant in batch]
        messages, signatures = verified(mails, trust)
        for index, (mutant, answer) in enumerate(zip(batch, judge.judge(mails), strict=True)):
            comparison.take(Verdicts(mutant, *answer, messages[index], signatures.get(index, [])))
    return comparison


def table(comparison: Comparison, count: int, seed: int) -> str:
    why = {one.name: one.why for one in comparison.explained}
    lines = [
        f"{count:,} mails, seeds from {seed}: {comparison.agreed['both accept']:,} accepted by both,"
        f" {comparison.agreed['both refuse']:,} by neither.",
        "",
        "| question | class | mails | first | why |",
        "|---|---|---|---|---|",
    ]
    for (question, name), number in sorted(comparison.counts.items()):
        example = comparison.examples[question, name]
        lines.append(f"| {question} | {name} | {number} | {example} | {why.get(name, '')} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=pathlib.Path, help="writes the first mails of every class there")
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
        options.report.write_text(text, encoding="utf-8")
    if comparison.unexplained:
        print(f"{comparison.unexplained} differences that explained.toml does not explain", file=sys.stderr)
    return 1 if comparison.unexplained else 0


def build() -> pathlib.Path:
    command = [str(HERE / "build_judge.sh")]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return pathlib.Path(done.stdout.strip())


if __name__ == "__main__":
    sys.exit(main())
