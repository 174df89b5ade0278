"""What is on the disk before what: checked at every call of a run, on a model disk.

A part gets its name when its bytes and its commit are synced. A unit gets its line in the ledger
when the names of its parts are. The manifest gets its name when everything else is. Who finds one
of these finds all that it speaks of, whatever happens to the machine.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator

from tests.faults.model import Call, Disk, Kept

ROOM = "_smimebatch"
PART = re.compile(r"(?P<path>[a-z_]+/part-[^/]+)(?P<below>/.*)?")


def sha256(content: bytes | None) -> str | None:
    return None if content is None else hashlib.sha256(content).hexdigest()


def matters(call: Call) -> bool:
    """Whether a call shows something that stands on other things."""
    if call.letter == "R":
        return True
    return call.letter == "W" and call.path.endswith("ledger.jsonl")


def check_promises(disk: Disk, out: str) -> None:
    """Whoever sees something sees what is synced, with everything that it speaks of."""
    seen, kept = disk.files(None), disk.files(Kept.NOTHING)
    room = f"{out}/{ROOM}"
    commits = {
        name.rpartition("/")[2]: content
        for name, content in kept.items()
        if name.startswith(f"{room}/commits/") and content
    }
    parts = dict(parts_of(commits))
    for path, digest in hashes_of(seen, out).items():
        assert parts.get(path) == digest, f"{path} is seen, not its commit"
    lasting = hashes_of(kept, out)
    for line in seen.get(f"{room}/ledger.jsonl", b"").split(b"\n")[:-1]:
        record = json.loads(line)
        if record["kind"] not in ("unit_committed", "run_finished"):
            continue
        commit = commits.get(record.get("unit", "all") + ".json")
        assert sha256(commit) == record["commit"], f"a line of the ledger, not its commit: {record}"
        for path, digest in parts_of({"": commit or b""}):
            assert lasting.get(path) == digest, f"a line before {path}"
    manifest = seen.get(f"{room}/manifest.json")
    if manifest is not None:
        for name in ("ledger.jsonl", "run.json", "units.jsonl"):
            assert kept.get(f"{room}/{name}") == seen[f"{room}/{name}"], f"a manifest before {name}"
        for file in json.loads(manifest)["files"]:
            path = file["path"]
            assert lasting.get(path) == file["sha256"], f"a manifest before {path}"


def hashes_of(files: dict[str, bytes], out: str) -> dict[str, str]:
    """SHA-256 of every part by its path; of a directory of mail, of a line for each name in it."""
    hashes: dict[str, str] = {}
    lines: dict[str, list[tuple[str, str]]] = {}
    for name, content in files.items():
        part = PART.fullmatch(name.removeprefix(out + "/"))
        if part is None or not name.startswith(out + "/"):
            continue
        path, below = part["path"], part["below"]
        if below is None:
            hashes[path] = hashlib.sha256(content).hexdigest()
            continue
        inside = lines.setdefault(path, [])
        if below.endswith("/"):
            below = below.rstrip("/")
            inside += [(below[1:], f"{below[1:]}/\n")] if below else []
        else:
            digest = hashlib.sha256(content).hexdigest()
            inside.append((below[1:], f"{below[1:]}\0{len(content)}\0{digest}\n"))
    for path, inside in lines.items():
        text = "".join(line for _, line in sorted(inside))
        hashes[path] = hashlib.sha256(text.encode()).hexdigest()
    return hashes


def check_ended(disk: Disk, out: str) -> None:
    """A run that says that it is finished is on the disk, whole."""
    seen, kept = (
        {name: content for name, content in files.items() if "/staging/" not in name}
        for files in (disk.files(None), disk.files(Kept.NOTHING))
    )
    names = {name for name in seen if seen.get(name) != kept.get(name)}
    assert names <= {f"{out}/{ROOM}/lock"}, f"not on the disk: {sorted(names)}"


def parts_of(commits: dict[str, bytes]) -> Iterator[tuple[str, str]]:
    """Give path and SHA-256 of every part that commits name."""
    for content in commits.values():
        for file in json.loads(content)["files"]:
            yield file["path"], file["sha256"]
