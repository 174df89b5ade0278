"""Writes the reference pages from the column table and the vocabularies of the core.

usage: python -m docs.make_reference OUT_DIR

`tests/test_reference.py` fails when the committed pages are not what this writes.
"""

from __future__ import annotations

import os
import sys
from itertools import groupby

from docs.rules_page import rules_page

from smimebatch import _native

COLUMNS_HEAD = """# Columns

Made by `make docs` from the core's column table. Types are those of the Parquet files; null means
that a fact does not apply or was not reached, never that it is false.
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


def columns_page() -> str:
    lines = [COLUMNS_HEAD]
    for dataset, sentence, columns in _native.datasets():
        lines += [f"## {dataset}\n", f"{sentence}\n"]
        lines += ["| column | type | meaning |", "|---|---|---|"]
        lines += [f"| {name} | {kind} | {said} |" for name, kind, said in columns]
        lines.append("")
    return "\n".join(lines)


def codes_page() -> str:
    lines = [CODES_HEAD]
    for vocabulary, entries in groupby(_native.codes(), key=lambda entry: entry[0]):
        lines += [f"## {vocabulary}\n", "| code | meaning |", "|---|---|"]
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


PAGES = {
    "columns.md": columns_page,
    "codes.md": codes_page,
    "algorithms.md": algorithms_page,
    "rules.md": rules_page,
}


def main(directory: str) -> None:
    os.makedirs(directory, exist_ok=True)
    for name, page in PAGES.items():
        with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
            file.write(page().rstrip("\n") + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
