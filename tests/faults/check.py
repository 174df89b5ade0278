"""Does a run directory keep its promises? Reads it with pyarrow alone: none of our code.

    python check.py OUT REFERENCE MBOX...

A part that is visible is named by a commit, with its very bytes. When the run is finished: every
message of the inputs has exactly one row, rows are those of the reference, and nothing of the work
in progress is left.
"""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
import sys
from collections import Counter

ROOM = "_smimebatch"
SEALED = ("mail/", "mail_index/", "objects/")
BY_CHANCE = frozenset(
    {"raw", "output_sha256", "plaintext_hmac", "message_sha256", "offset", "length"}
)


def visible(out: pathlib.Path) -> dict[str, pathlib.Path]:
    """Every part that a reader of the datasets would find: a file, or a directory of mail."""
    return {
        f"{path.parent.name}/{path.name}": path
        for path in sorted(out.glob("*/*"))
        if path.parent.name != ROOM
    }


def committed(out: pathlib.Path) -> dict[str, str]:
    """SHA-256 by path, as the commits say."""
    found = {}
    for path in sorted((out / ROOM / "commits").glob("*.json")):
        try:
            record = json.loads(path.read_bytes())
        except ValueError:
            continue  # torn by the kill: nothing of it may be visible
        found.update({file["path"]: file["sha256"] for file in record["files"]})
    return found


def sha256_of(part: pathlib.Path) -> str:
    """SHA-256 of a part; of a directory, of one line for each name below it."""
    if not part.is_dir():
        return hashlib.sha256(part.read_bytes()).hexdigest()
    lines = []
    for path in part.rglob("*"):
        name = os.fsencode(path.relative_to(part))
        if path.is_dir():
            lines.append((name, name + b"/\n"))
        else:
            content = path.read_bytes()
            facts = f"\0{len(content)}\0{hashlib.sha256(content).hexdigest()}\n"
            lines.append((name, name + facts.encode()))
    return hashlib.sha256(b"".join(line for _, line in sorted(lines))).hexdigest()


def same(one: pathlib.Path, other: pathlib.Path, *, by_chance: bool) -> bool:
    """Whether two parts are the same, but for what hangs on the keys of new envelopes."""
    if not by_chance:
        return sha256_of(one) == sha256_of(other)
    if one.suffix == ".parquet":
        return rows_of(one) == rows_of(other)
    names = [sorted(it.relative_to(part) for it in part.rglob("*")) for part in (one, other)]
    return names[0] == names[1]


def check_visible(out: pathlib.Path) -> None:
    """Nothing is visible that is not committed, and nothing is half."""
    known = committed(out)
    for name, path in visible(out).items():
        assert name in known, f"{name} is visible and not committed"
        assert sha256_of(path) == known[name], f"{name} is not whole"


def is_sealed(out: pathlib.Path) -> bool:
    """Whether a run made envelopes, which are never twice the same."""
    return (out / ROOM / "proof.key").exists()


def rows_of(path: pathlib.Path) -> list[dict[str, object]]:
    """The rows of a part, but for what hangs on the keys of new envelopes."""
    import pyarrow.parquet as pq

    rows: list[dict[str, object]] = pq.read_table(path).to_pylist()
    return [{name: it for name, it in row.items() if name not in BY_CHANCE} for row in rows]


def check_whole(out: pathlib.Path, reference: pathlib.Path) -> None:
    """What is visible beside a manifest is the reference, byte for byte.

    New envelopes are compared by what is said of them: each was opened before it was committed.
    """
    check_visible(out)
    assert list(visible(out)) == list(visible(reference)), "other parts than the reference has"
    for name, path in visible(out).items():
        by_chance = is_sealed(out) and name.startswith(SEALED)
        assert same(path, reference / name, by_chance=by_chance), f"{name} differs"


def check_finished(out: pathlib.Path, reference: pathlib.Path) -> None:
    """A finished run is the reference, byte for byte, and nothing else lies there."""
    check_whole(out, reference)
    left = {path.name for path in (out / ROOM).iterdir()} - {"proof.key"}
    expected = {"commits", "ledger.jsonl", "lock", "manifest.json", "run.json", "units.jsonl"}
    assert left == expected, f"beside the datasets lies {left ^ expected}"


def check_rows(out: pathlib.Path, reference: pathlib.Path, messages: Counter[str]) -> None:
    """Every message has one row; sorted, all rows are those of the reference."""
    import pyarrow.parquet as pq

    rows = pq.read_table(out / "messages", columns=["source", "source_index"]).to_pylist()
    keys = Counter((row["source"], row["source_index"]) for row in rows)
    expected = {(name, index) for name, count in messages.items() for index in range(count)}
    assert keys.keys() == expected, "a message has no row, or a row has no message"
    assert max(keys.values()) == 1, "a message has two rows"
    for dataset in sorted(path.name for path in reference.iterdir() if path.name != ROOM):
        if not any(path.suffix == ".parquet" for path in (reference / dataset).iterdir()):
            continue  # mail of another format, whose index is compared
        one, other = (sorted(map(repr, rows_of(place / dataset))) for place in (out, reference))
        assert one == other, f"rows of {dataset} differ"


def messages_in(mbox: pathlib.Path) -> int:
    """How many messages an mbox without traps has."""
    lines = mbox.read_bytes().split(b"\n")
    before = [b"", *lines]
    return sum(
        line.startswith(b"From ") and previous == b""
        for previous, line in zip(before, lines, strict=False)
    )


if __name__ == "__main__":
    out, reference, *inputs = map(pathlib.Path, sys.argv[1:])
    check_finished(out, reference)
    check_rows(out, reference, Counter({path.name: messages_in(path) for path in inputs}))
