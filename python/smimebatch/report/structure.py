"""The tree of MIME parts and CMS layers of one message, with what each signature covers."""

from __future__ import annotations

from typing import Any

from rich.text import Text
from rich.tree import Tree

from smimebatch.report.text import harmless, in_thousands

ROLES_IN_WORDS = {
    "message": "message",
    "multipart": "container",
    "text": "text",
    "attachment": "attachment",
    "signed_content": "signed content",
    "signature": "detached signature",
    "smime_object": "S/MIME object",
    "nested_message": "message inside the message",
    "pgp": "OpenPGP, not examined",
}
VISIBLE_ROLES = frozenset({"text", "attachment", "nested_message"})
HOLDS = frozenset({"ok", "repaired"})
"""What crypto_result says where content and signature fit."""


def structure(parts: list[dict[str, Any]], signatures: list[dict[str, Any]]) -> Tree:
    """Return the tree; `depth` says how parts hang together, their order is that of reading."""
    root = Tree(line(parts[0], signatures), guide_style="dim")
    branches = [root]
    for part in parts[1:]:
        depth = max(1, min(part["depth"] or 1, len(branches)))
        del branches[depth:]
        branches.append(branches[-1].add(line(part, signatures)))
    return root


def line(part: dict[str, Any], signatures: list[dict[str, Any]]) -> Text:
    """Return one part as a line: number, type, role, size, what covers it."""
    said = Text()
    if part["part_path"]:
        said.append(f"{harmless(part['part_path'])} ", "bold")
    said.append(harmless(part["media_type"] or "no media type"))
    said.append(f"  {ROLES_IN_WORDS.get(part['role'], part['role'] or '')}", "dim")
    if part["length"] is not None:
        said.append(f", {in_thousands(part['length'])} bytes", "dim")
    if part["encoding"]:
        said.append(f", {harmless(part['encoding'])}", "dim")
    covering = [n for n, row in enumerate(signatures, 1) if covers(row, part)]
    if covering:
        said.append(*coverage(covering, [signatures[n - 1] for n in covering]))
    elif part["role"] in VISIBLE_ROLES and signatures:
        said.append("  not covered", "yellow")
    if part["note"]:
        said.append(f"  ({harmless(part['note'])})")
    return said


def coverage(numbers: list[int], signatures: list[dict[str, Any]]) -> tuple[str, str]:
    """Say which signatures cover a part, in green only where all of them hold."""
    said = f"  ← covered by signature {' and '.join(map(str, numbers))}"
    failed = [
        n for n, it in zip(numbers, signatures, strict=True) if it["crypto_result"] not in HOLDS
    ]
    if not failed:
        return said, "green"
    which = "" if len(numbers) == 1 else f" {' and '.join(map(str, failed))}"
    verb = "do" if len(failed) > 1 else "does"
    style = "red" if len(failed) == len(numbers) else "yellow"
    return f"{said}, which{which} {verb} not hold", style


def covers(signature: dict[str, Any], part: dict[str, Any]) -> bool:
    """Whether a part lies inside what a signature claims to cover."""
    if signature["format"] == "countersignature":  # over the value of another signature
        return False
    layer, inside = signature["layer_path"], part["layer_path"]
    if inside is not None and (inside == layer or inside.startswith(f"{layer}>")):
        return True
    offset, length = signature["signed_offset"], signature["signed_length"]
    if inside is not None or offset is None or length is None or part["offset"] is None:
        return False
    end = part["offset"] + (part["length"] or 0)
    return bool(offset <= part["offset"] and end <= offset + length)
