"""Changed chains, judged by OpenSSL's X509_verify_cert and by smimebatch: where do they differ?

usage: chain_compare.py [--count N] [--seed S] [--keep FOLDER] [--report FILE] [--judge FILE]

Questions: `accept` smimebatch finds the chain good and OpenSSL does not, `strict` only with
X509_V_FLAG_X509_STRICT it does not, `refuse` the other way round. A chain of `accept` has to
belong to a class of explained.toml, else it is kept and the exit is 1. One of `refuse` belongs to
a class of refused.toml, or is counted by what smimebatch says, as `strict` is by what OpenSSL does.

A chain reaches smimebatch as a mail of the leaf, with certificates and lists in its SignedData.
"""

from __future__ import annotations

import argparse
import base64
import itertools
import pathlib
import struct
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

HERE = pathlib.Path(__file__).parent
DIFFERENTIAL = HERE.parent
TESTS = DIFFERENTIAL.parent
sys.path[:0] = [str(TESTS), str(TESTS / "interop"), str(DIFFERENTIAL), str(HERE)]

import chain_bases  # noqa: E402
import cms  # noqa: E402
import der  # noqa: E402
import made_chains  # noqa: E402
import mime  # noqa: E402
import pki  # noqa: E402
from chain_mutations import Mutant, Mutations  # noqa: E402
from chain_reduce import variants  # noqa: E402
from chain_refused import variants as refused_variants  # noqa: E402

import contract  # noqa: E402
import smimebatch as sb  # noqa: E402

BATCH = 1_000
VARIANTS = 16
"""Of a chain at a time: those with one change first, which are enough as a rule."""
ANY_POLICY = "2.5.29.32.0"
COLUMNS = ("source_index", "crypto_result", "chain_result", "chain_sha256", "revocation_result")
Row = dict[str, Any]


@dataclass
class Chain:
    """A chain and what both say of it."""

    mutant: Mutant
    row: Row
    openssl: str
    strict: str
    unread: str
    explained: tuple[str, ...] = ()
    """The smallest set of known differences without which both accept the chain."""

    @property
    def accepted(self) -> bool:
        return self.row.get("crypto_result") == "ok" and self.row.get("chain_result") == "ok"

    @property
    def question(self) -> str | None:
        if self.accepted:
            return "accept" if self.openssl != "ok" else "strict" if self.strict != "ok" else None
        return "refuse" if self.openssl == "ok" else None

    @property
    def here(self) -> str:
        """What smimebatch says, in a word."""
        crypto = str(self.row.get("crypto_result"))
        return str(self.row.get("chain_result")) if crypto == "ok" else crypto


def explanations(question: str = "accept") -> dict[str, str]:
    """Why the programs differ, by the name of the change that takes the difference out."""
    name = "refused.toml" if question == "refuse" else "explained.toml"
    entries = tomllib.loads((HERE / name).read_text(encoding="utf-8"))
    return {name: " ".join(entry["why"].split()) for name, entry in entries.items()}


def anchors() -> list[bytes]:
    return [chain_bases.pkits_anchor(), made_chains.ROOT.der, made_chains.OTHER_ROOT.der]


def anchors_pem() -> bytes:
    return b"".join(
        b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(one) + b"-----END CERTIFICATE-----\n"
        for one in anchors()
    )


def bases() -> list[chain_bases.Base]:
    """The made chains three times: they are fewer than those of PKITS."""
    return [*chain_bases.pkits(), *(made_chains.made() * 3)]


# smimebatch -------------------------------------------------------------------------------------


def mail_of(mutant: Mutant) -> bytes:
    """A clear-signed mail of the leaf with every certificate and list."""
    signer = pki.Certificate(
        mutant.certificates[0].encoded(), mutant.leaf_key, b"", b"", b"", b"", chain=[]
    )
    info = cms.signer_info(signer, mime.TEXT, digest="sha512", sid=mutant.identifier)
    body = der.seq(
        der.integer(1),
        der.set_of(pki.digest_algorithm("sha512")),
        der.seq(der.oid(cms.DATA)),
        der.explicit(0, *encoded(mutant.certificates)),
        der.explicit(1, *encoded(mutant.lists)) if mutant.lists else b"",
        der.set_in_order(info),
    )
    signed = mime.clear_signed(mime.TEXT, cms.content_info(cms.SIGNED_DATA, body))
    return mime.lf(mime.header_block() + signed)


def verified(mutants: list[Mutant], trust: sb.Trust) -> list[Row]:
    """The row of the signature of each; an empty one where there is none."""
    found: list[Row] = [{} for _ in mutants]
    numbered = sorted(enumerate(mutants), key=lambda it: repr(it[1].settings))
    for settings, group in itertools.groupby(numbered, key=lambda it: it[1].settings):
        indices, chosen = zip(*group, strict=True)
        result = sb.verify_batch(
            contract.record_batch(mail_of(mutant) for mutant in chosen),
            trust=trust,
            now=contract.NOW,
            at="now",
            bind="off",
            policy=contract.NO_DATES,
            revocation="required" if settings.revocation else "off",
            initial_policies=settings.policies,
            require_explicit_policy=settings.explicit,
            inhibit_policy_mapping=settings.no_mapping,
            inhibit_any_policy=settings.no_any,
        )
        for row in contract.rows(result.signatures.select(COLUMNS)):
            found[indices[row["source_index"]]] = row
    return found


# OpenSSL ----------------------------------------------------------------------------------------


@dataclass
class Judge:
    """`chain_judge` as a process per batch; a chain that kills it is told, and it starts again."""

    program: pathlib.Path
    anchors: pathlib.Path

    def judge(self, frames: list[bytes]) -> list[tuple[str, str, str]]:
        answers: list[tuple[str, str, str]] = []
        while len(answers) < len(frames):
            rest = frames[len(answers) :]
            done = subprocess.run(
                [self.program, self.anchors], input=b"".join(rest), capture_output=True, check=False
            )
            lines = done.stdout.decode().split("\n")[:-1]
            for line in lines:
                openssl, strict, unread = line.split("\t")
                answers.append((openssl, strict, unread))
            if len(lines) < len(rest):
                answers.append((f"OpenSSL died ({done.returncode})", "died", "-"))
        return answers


def encoded(signed: list[chain_bases.Signed]) -> list[bytes]:
    return [one.encoded() for one in signed]


def frame(mutant: Mutant) -> bytes:
    """The records of a chain."""
    leaf, *others = encoded(mutant.certificates)
    records = [
        (b"F", mutant.settings.letters.encode()),
        # No policy at all would be an empty set to OpenSSL, not every policy.
        *((b"P", policy.encode()) for policy in mutant.settings.policies or (ANY_POLICY,)),
        (b"L", leaf),
        *((b"C", one) for one in others),
        *((b"R", one) for one in encoded(mutant.lists)),
        (b"E", b""),
    ]
    return b"".join(kind + struct.pack(">I", len(octets)) + octets for kind, octets in records)


def build(*arguments: str) -> pathlib.Path:
    command = [str(HERE.parent / "build_judge.sh"), "--chains", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return pathlib.Path(done.stdout.strip())


# The comparison ---------------------------------------------------------------------------------


@dataclass
class Comparison:
    """The counts of a run."""

    keep: pathlib.Path | None = None
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    agreed: Counter[bool] = field(default_factory=Counter)
    examples: dict[tuple[str, str], Chain] = field(default_factory=dict)
    unexplained: list[Chain] = field(default_factory=list)

    def take(self, chain: Chain) -> None:
        question = chain.question
        if question in (None, "strict"):
            self.agreed[chain.accepted] += 1
        if question is None:
            return
        name = self.class_of(chain, question)
        self.counts[question, name] += 1
        self.examples.setdefault((question, name), chain)

    def class_of(self, chain: Chain, question: str) -> str:
        if question == "strict":
            return chain.strict
        if chain.explained:
            return ", ".join(chain.explained)
        if question == "refuse":
            return f"? {chain.here}"
        self.unexplained.append(chain)
        if self.keep:
            path = self.keep / f"{chain.mutant.seed}.eml"
            path.write_bytes(mail_of(chain.mutant))
        return f"? {chain.openssl}"


def mutants(mutations: Mutations, seed: int, count: int) -> Iterator[Mutant]:
    """`count` chains that were changed."""
    made = (mutations.mutant(number) for number in itertools.count(seed))
    return itertools.islice((one for one in made if one.changes and is_finite(one)), count)


def is_finite(mutant: Mutant) -> bool:
    """Whether no change put a value into itself, which has no encoding."""
    try:
        return bool(frame(mutant))
    except RecursionError:
        return False


def judged(found: list[Mutant], trust: sb.Trust, judge: Judge) -> list[Chain]:
    rows = verified(found, trust)
    answers = judge.judge([frame(mutant) for mutant in found])
    chains = [Chain(*each[:2], *each[2]) for each in zip(found, rows, answers, strict=True)]
    for one in chains:
        if one.question == "accept":
            one.explained = explanation(one, judge)
        elif one.question == "refuse":
            one.explained = refusal(one, trust)
    return chains


def explanation(chain: Chain, judge: Judge) -> tuple[str, ...]:
    """The first set of changes after which OpenSSL accepts."""
    made = variants(chain.mutant, chain.row["chain_sha256"])
    while tried := list(itertools.islice(made, VARIANTS)):
        answers = judge.judge([frame(one) for _, one in tried])
        for (names, _), answer in zip(tried, answers, strict=True):
            if is_explained(names, answer):
                return names
    return ()


def is_explained(names: tuple[str, ...], answer: tuple[str, str, str]) -> bool:
    """Whether OpenSSL accepts; a list that it cannot read may tell of the issuer of another."""
    openssl, _, unread = answer
    return openssl == "ok" and ("list-issuer-without-list" not in names or unread == "0")


def refusal(chain: Chain, trust: sb.Trust) -> tuple[str, ...]:
    """The first set of changes after which smimebatch accepts."""
    made = refused_variants(chain.mutant)
    while tried := list(itertools.islice(made, VARIANTS)):
        rows = verified([mutant for _, mutant in tried], trust)
        for (names, mutant), row in zip(tried, rows, strict=True):
            if Chain(mutant, row, "", "", "").accepted:
                return names
    return ()


def compare(seed: int, count: int, judge: Judge, keep: pathlib.Path | None = None) -> Comparison:
    trust = sb.Trust.load(judge.anchors)
    comparison = Comparison(keep)
    made = mutants(Mutations(bases()), seed, count)
    while batch := list(itertools.islice(made, BATCH)):
        for chain in judged(batch, trust, judge):
            comparison.take(chain)
    return comparison


def table(comparison: Comparison, count: int, seed: int) -> str:
    why = {question: explanations(question) for question in ("accept", "refuse")}
    lines = [
        f"{count:,} chains, seeds from {seed}: {comparison.agreed[True]:,} accepted by both,"
        f" {comparison.agreed[False]:,} by neither.",
        "",
        "| question | class | chains | first | why |",
        "|---|---|---|---|---|",
    ]
    for (question, name), number in sorted(comparison.counts.items()):
        mutant = comparison.examples[question, name].mutant
        first = f"{mutant.seed} ({mutant.base}: {', '.join(mutant.changes)})"
        known = why.get(question, {})
        reason = " ".join(known[one] for one in name.split(", ") if one in known)
        lines.append(f"| {question} | {name} | {number:,} | {first} | {reason} |")
    return "\n".join(lines) + "\n"


REPORT_HEAD = """# smimebatch and OpenSSL on changed certificate chains

Made by `make differential`, README.md with OpenSSL 4.0.3, README-openssl-3.md with the system's
(3.0.19): the chains of NIST PKITS and made ones (chain_bases.py, made_chains.py) with one
to three changes, signed again (chain_mutations.py), judged by both at 2026-01-01, half of
them with revocation required. `first` is the seed of a chain of the class.

| question | |
|---|---|
| accept | smimebatch finds the chain good, OpenSSL does not; none may stay unexplained (`?`) |
| strict | both find it good, but not OpenSSL with X509_V_FLAG_X509_STRICT; its reason |
| refuse | OpenSSL finds the chain good, smimebatch does not |

The class of `accept` is what had to be taken out of the chain until OpenSSL accepted it too
(chain_reduce.py); explained.toml says why smimebatch is right not to mind it. The class of `refuse`
is what had to be taken out until smimebatch did (chain_refused.py); refused.toml says why it minds.

"""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=pathlib.Path, help="writes what nobody explains there")
    parser.add_argument("--report", type=pathlib.Path, help="writes the table there")
    parser.add_argument("--judge", type=pathlib.Path, help="the built chain_judge")
    options = parser.parse_args()
    keep = options.keep or pathlib.Path("/tmp")
    keep.mkdir(parents=True, exist_ok=True)
    pem = keep / "chain_anchors.pem"
    pem.write_bytes(anchors_pem())
    judge = Judge(options.judge or build(), pem)
    comparison = compare(options.seed, options.count, judge, options.keep)
    text = table(comparison, options.count, options.seed)
    print(text)
    if options.report:
        options.report.write_text(REPORT_HEAD + text, encoding="utf-8")
    return 1 if comparison.unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
