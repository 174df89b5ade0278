"""Writes the reference pages: columns and codes from the core's tables, the interoperability table
from its fixtures.

usage: python -m docs.make_reference OUT_DIR

`tests/test_reference.py` fails when the committed pages are not what this writes.
"""

from __future__ import annotations

import os
import pathlib
import re
import sys
import tomllib
from itertools import groupby
from typing import Any

from docs.rules_page import rules_page

from smimebatch import _native

INTEROP = pathlib.Path(__file__).parents[1] / "tests" / "data" / "interop"
COLUMNS_HEAD = """# Columns

Made by `make docs` from the core's column table. [How to read them](README.md): types, null, paths.
A link at the end of a meaning leads to the words the column may hold.
"""
CODES_HEAD = """# Codes

Made by `make docs` from the core's vocabularies. Where an order is meant, it is from good to bad.
"""
ALGORITHMS_HEAD = """# Algorithms

Made by `make docs` from the core's tables. A signature, digest or curve that is listed as not
offered, or is not listed at all, makes its signature `unsupported_algorithm`: NOT_EVALUATED,
neither good nor bad. A certificate signed with one leaves its chain without that link (`no_path`).

Weak is another matter than offered: MD2, MD5, SHA-1 and short keys are computed, for old mail.
Public-key schemes that hash for themselves (EdDSA, ML-DSA, SLH-DSA) are verified in their pure mode
with an empty context. RSA moduli have 512 to 16,384 bits; DSA's p has 512 to 10,000.

The names are those in the columns `digest_algorithm`, `signature_algorithm` and `curve`.
"""
GROUPS = {"digest": "Digests", "signature": "Signatures", "curve": "Curves for ECDSA"}
INTEROP_HEAD = """# Interoperability

Made by `make docs` from the mails of `tests/data/interop`, {count} cells: what each program writes,
in every form it can, and what becomes of it here. Each cell is a committed mail with its expected
rows, judged by OpenSSL too, and `tests/test_interop.py` tests it; `make interop` makes all anew.

- **verified**: digest, signature and chain are found right.
- recognised: an encrypted, compressed or certificate-only mail is listed for what it is.
- no certificate: the mail carries none, so there is nothing to verify with.
- *not offered*: this build lacks the algorithm, and says `unsupported_algorithm`.
"""
# Columns whose vocabulary has another name.
VOCABULARIES = {
    ("messages", "reasons"): "reason",
    ("messages", "flags"): "flag",
    ("messages", "limits_hit"): "limit",
    ("messages", "error"): "error",
    ("signatures", "reasons"): "reason",
    ("signatures", "flags"): "flag",
    ("signatures", "quirks"): "quirk",
    ("signatures", "indication_now"): "indication",
    ("signatures", "indication_at_claimed_time"): "indication",
    ("encryptions", "flags"): "flag",
    ("encryptions", "original_integrity"): "integrity",
    ("recipients", "kind"): "recipient_kind",
    ("errors", "code"): "error",
    ("parts", "role"): "part_role",
}
OPTIONS = {"mbox_variant": "`--mbox-variant`"}
"""Words that no column holds."""
WORDS = {
    "Utf8": "string",
    "Binary": "binary",
    "Boolean": "bool",
    "Int32": "int32",
    "Int64": "int64",
}


def vocabulary_of(dataset: str, column: str) -> str | None:
    """The vocabulary whose words a column holds."""
    vocabularies = {vocabulary for vocabulary, _, _ in _native.codes()}
    name = VOCABULARIES.get((dataset, column), column)
    return name if name in vocabularies else None


def plain_type(kind: str) -> str:
    """An Arrow type as the contract spells it."""
    kind = re.sub(r'Timestamp\(µs, "UTC"\)', "timestamp", kind)
    for arrow, word in WORDS.items():
        kind = re.sub(rf"\b{arrow}\b", word, kind)
    kind = re.sub(r'"(\w+)": ', r"\1 ", kind)
    return kind.replace("List(", "list<").replace("Struct(", "struct<").replace(")", ">")


def columns_page() -> str:
    lines = [COLUMNS_HEAD]
    for dataset, sentence, columns in _native.datasets():
        lines += [f"## {dataset}\n", f"{sentence}\n"]
        lines += ["| column | type | meaning |", "|---|---|---|"]
        for name, kind, said in columns:
            vocabulary = vocabulary_of(dataset, name)
            link = f" [{vocabulary}](codes.md#{vocabulary})" if vocabulary else ""
            lines.append(f"| {name} | `{plain_type(kind)}` | {said}{link} |")
        lines.append("")
    return "\n".join(lines)


def codes_page() -> str:
    lines = [CODES_HEAD]
    holders = columns_by_vocabulary()
    for vocabulary, entries in groupby(_native.codes(), key=lambda entry: entry[0]):
        places = holders.get(vocabulary) or [OPTIONS[vocabulary]]
        lines += [f"## {vocabulary}\n", f"In {', '.join(places)}.\n"]
        lines += ["| code | meaning |", "|---|---|"]
        lines += [f"| `{code}` | {said} |" for _, code, said in entries]
        lines.append("")
    return "\n".join(lines)


def algorithms_page() -> str:
    lines = [ALGORITHMS_HEAD]
    known = _native.algorithms()
    for group, title in GROUPS.items():
        lines += [
            f"## {title}\n",
            "| name | object identifier | by | standard |",
            "|---|---|---|---|",
        ]
        mine = [entry[1:] for entry in known if entry[0] == group and entry[3]]
        lines += [f"| {name} | {oid} | {by} | {said} |" for name, oid, by, said in mine]
        lines.append("")
    lines += ["## Not offered\n", "| name | object identifier | why |", "|---|---|---|"]
    lines += [f"| {name} | {oid} | {why} |" for _, name, oid, by, why in known if not by]
    return "\n".join(lines)


def columns_by_vocabulary() -> dict[str, list[str]]:
    """Vocabulary to the columns that hold its words."""
    found: dict[str, list[str]] = {}
    for dataset, _, columns in _native.datasets():
        for name, _, _ in columns:
            if vocabulary := vocabulary_of(dataset, name):
                found.setdefault(vocabulary, []).append(f"`{dataset}.{name}`")
    return found


def interop_page() -> str:
    entries = tomllib.loads((INTEROP / "expected.toml").read_text(encoding="utf-8"))
    not_offered = tomllib.loads((INTEROP / "not_offered.toml").read_text(encoding="utf-8"))
    lines = [INTEROP_HEAD.format(count=len(entries))]
    cells = list(entries.values())
    for tool in dict.fromkeys(cell["tool"] for cell in cells):
        lines += [f"## {tool}\n", "| algorithm | forms |", "|---|---|"]
        of_tool = [cell for cell in cells if cell["tool"] == tool]
        for algorithm in dict.fromkeys(cell["algorithm"] for cell in of_tool):
            row = [cell for cell in of_tool if cell["algorithm"] == algorithm]
            by_result = groupby(
                sorted(row, key=lambda cell: result_of(cell, not_offered)),
                key=lambda cell: result_of(cell, not_offered),
            )
            said = (
                f"{result}: {'; '.join(cell['form'] for cell in same)}"
                for result, same in by_result
            )
            lines.append(f"| {'any' if algorithm == '-' else algorithm} | {'<br>'.join(said)} |")
        lines.append("")
    return "\n".join(lines)


def result_of(cell: dict[str, Any], not_offered: dict[str, list[str]]) -> str:
    """What becomes of the mail of a cell, in a word."""
    if cell["algorithm"] in not_offered["algorithms"] or cell["form"] in not_offered["forms"]:
        return "*not offered*"
    signatures = cell.get("signatures", [])
    if any(row.get("crypto_result") == "signer_certificate_missing" for row in signatures):
        return "no certificate"
    return "**verified**" if signatures else "recognised"


PAGES = {
    "columns.md": columns_page,
    "codes.md": codes_page,
    "algorithms.md": algorithms_page,
    "rules.md": rules_page,
    "interop.md": interop_page,
}


def main(directory: str) -> None:
    os.makedirs(directory, exist_ok=True)
    for name, page in PAGES.items():
        with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
            file.write(page().rstrip("\n") + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
