"""The table rule → test → one-line mutation, from tests/mutants/rules.toml."""

from __future__ import annotations

import pathlib
import tomllib
from typing import Any

TABLE = pathlib.Path(__file__).parents[1] / "tests" / "mutants" / "rules.toml"
HEAD = """# Rules and their tests

Made by `make docs` from `tests/mutants/rules.toml`: what the program keeps to on hostile and
historic mail, lines of the source that break each rule when they are changed so, and the test that
notices. `make mutants-rules` makes every one of these changes in a scratch copy and demands that
the test fails. Every test of a rule carries its number: `grep -rn rule_16 rust tests`.
"""


def rules() -> list[dict[str, Any]]:
    """Give the rules in order."""
    found: list[dict[str, Any]] = tomllib.loads(TABLE.read_text(encoding="utf-8"))["rule"]
    return found


def code(text: str) -> str:
    """Show a piece of source in a cell of a table."""
    one_line = " ".join(text.split()).replace("|", "\\|")
    return f"`{one_line}`" if one_line else "nothing"


def rules_page() -> str:
    """Write the page."""
    lines = [HEAD]
    for rule in rules():
        lines += [f"## {rule['number']}\n", f"{rule['says']}\n"]
        lines += ["| file | line | becomes | noticed by |", "|---|---|---|---|"]
        lines += [
            f"| `{one['file']}` | {code(one['line'])} | {code(one['becomes'])} | `{one['test']}` |"
            for one in rule["mutation"]
        ]
        lines.append("")
    return "\n".join(lines)
