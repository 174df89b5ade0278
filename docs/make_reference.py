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


PAGES = {"columns.md": columns_page, "codes.md": codes_page, "rules.md": rules_page}


def main(directory: str) -> None:
    os.makedirs(directory, exist_ok=True)
    for name, page in PAGES.items():
        with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
            file.write(page().rstrip("\n") + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
