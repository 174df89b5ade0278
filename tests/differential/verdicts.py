"""What both programs say of one mail, and which class of explained.toml explains the difference."""

from __future__ import annotations

import pathlib
import re
import struct
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import mutate

HERE = pathlib.Path(__file__).parent
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
    signature_of: list[str]
    reduced: str = "-"
    reduced_chain: str = "-"

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
        passed = self.message["indication"] == "TOTAL_PASSED"
        if passed and not judged:
            yield "passed"
        elif self.accepted and not judged:
            yield "right"
        if self.accepted and judged:
            contents = {row["signed_bytes_sha256"].hex() for row in self.root_signers}
            if contents != {self.openssl_sha256}:
                yield "content"
        if passed and judged and self.openssl_chain != "ok":
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
            "reduced": [self.reduced],
            "reduced_chain": [self.reduced_chain],
            "signature_of": self.signature_of,
            "changes": list(self.mutant.changes),
            "signers": [str(len(rows))],
        }
        words["deciding"] = [str(self.message["deciding_signature"])]
        for name in (
            "crypto_result",
            "chain_result",
            "canonicalization",
            "format",
            "digest_algorithm",
        ):
            words[name] = [str(row[name]) for row in rows]
        words["signature_algorithm"] = [str(row["signature_algorithm"]) for row in rows]
        for name in ("quirks", "flags"):
            words[name] = [word for row in rows for word in row[name] or []]
        return words


@dataclass
class Explanation:
    """A class of explained.toml: the patterns all of which have to be found among the facts."""

    name: str
    questions: list[str]
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
            entry["questions"],
            " ".join(entry["why"].split()),
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
            done = subprocess.run(
                [self.program, self.root], input=frames, capture_output=True, check=False
            )
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
