"""Tries an installed wheel, without this tree: what is in it, and that it works.

usage: PYTHON -I tests/wheel/check.py WHEEL MAIL_FOLDER
"""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
import sysconfig
import tempfile
import zipfile

NEEDED = (
    "smimebatch/py.typed",
    "smimebatch/_native.pyi",
    "smimebatch/trust/mozilla_email.pem",
    ".dist-info/licenses/LICENSE-APACHE",
    ".dist-info/licenses/LICENSE-MIT",
    ".dist-info/licenses/LICENSE-MPL-2.0",
)
NOW = "2026-01-01T00:00:00Z"


def check_contents(wheel: str) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for needed in NEEDED:
        assert any(name.endswith(needed) for name in names), f"{needed} is not in the wheel"
    assert any(name.startswith("smimebatch/_native.") and name.endswith(".so") for name in names)
    foreign = [
        name
        for name in names
        if not name.startswith("smimebatch/") and ".dist-info/" not in name and ".libs/" not in name
    ]
    assert not foreign, foreign
    metadata = next(name for name in names if name.endswith(".dist-info/METADATA"))
    text = zipfile.ZipFile(wheel).read(metadata).decode()
    assert "License-Expression: (Apache-2.0 OR MIT) AND MPL-2.0" in text


def check_library(mail: pathlib.Path) -> None:
    import pyarrow as pa

    import smimebatch as sb

    assert pathlib.Path(sb.__file__).is_relative_to(sys.prefix), sb.__file__
    assert len(sb.Trust.mozilla_email().anchors) > 50
    raw = (mail / "plain-signed.eml").read_bytes()
    trust = sb.Trust.load(mail / "root.pem")
    verified = sb.verify_batch(pa.table({"raw": [raw]}), trust=trust, now=sb_now())
    assert verified.messages["indication"].to_pylist() == ["TOTAL_PASSED"]


def sb_now() -> object:
    from datetime import datetime

    return datetime.fromisoformat(NOW)


def check_command(mail: pathlib.Path) -> None:
    program = pathlib.Path(sysconfig.get_path("scripts")) / "smimebatch"
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "out"
        arguments = ["verify", mail / "plain-signed.eml", "--trust", mail / "root.pem"]
        arguments += ["--now", NOW, "-o", out, "--fail-on", "TOTAL_FAILED,INDETERMINATE"]
        done = subprocess.run([program, *arguments], capture_output=True, check=False, cwd=folder)
        assert done.returncode == 0, done.stderr.decode()
        (part,) = (out / "messages").iterdir()
        assert part.stat().st_size > 0


def check_bench() -> None:
    program = pathlib.Path(sysconfig.get_path("scripts")) / "smimebatch"
    options = ["--messages", "200", "--rounds", "1", "--json"]
    done = subprocess.run([program, "bench", *options], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    signed, unsigned = json.loads(done.stdout)["archives"]
    assert signed["floor"][0]["messages_per_s"] > signed["whole_job"][0]["messages_per_s"]
    assert unsigned["whole_job"][0]["mb_per_s"] > 0


if __name__ == "__main__":
    check_contents(sys.argv[1])
    folder = pathlib.Path(sys.argv[2]).resolve()
    check_library(folder)
    check_command(folder)
    check_bench()
    print("the wheel works:", pathlib.Path(sys.argv[1]).name)
