"""Runs the probe on a mail, and holds what holds for every bomb."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
import time
from typing import Any

PROBE = pathlib.Path(__file__).parent / "probe.py"


def explode(
    mail: bytes, tmp_path: pathlib.Path, root: pathlib.Path, good: pathlib.Path
) -> dict[str, Any]:
    """What came of `mail`; fails when the process did, or when the mail behind it suffered."""
    path = tmp_path / f"bomb-{time.monotonic_ns()}.eml"
    path.write_bytes(mail)
    done = subprocess.run(
        [sys.executable, PROBE, path, root, good], capture_output=True, timeout=120, check=False
    )
    path.unlink()
    assert done.returncode == 0, f"exit {done.returncode}: {done.stderr.decode()[-2000:]}"
    found: dict[str, Any] = json.loads(done.stdout)
    assert len(found["messages"]) == 2
    assert found["messages"][1]["indication"] == "TOTAL_PASSED", "the mail behind the bomb suffered"
    return found
