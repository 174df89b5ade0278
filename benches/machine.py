"""What a reader needs to know of a machine and a tree before comparing two run folders."""

from __future__ import annotations

import os
import pathlib
import platform
import re
import subprocess
import sys
from typing import Any

REPOSITORY = pathlib.Path(__file__).parent.parent
FLAGS = ("avx2", "bmi2", "adx", "sha_ni", "avx512f", "avx512ifma", "vaes")


def machine() -> dict[str, Any]:
    text = pathlib.Path("/proc/cpuinfo").read_text()

    def field(name: str) -> str:
        found = re.search(rf"^{name}\s*: (.*)$", text, re.MULTILINE)
        return found[1] if found else ""

    flags = set(field("flags").split())
    memory = re.search(r"MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text())
    return {
        "cpu": field("model name") or platform.processor(),
        "family_model_stepping": [field("cpu family"), field("model"), field("stepping")],
        "cores": os.cpu_count(),
        "flags": {flag: flag in flags for flag in FLAGS},
        "memory_mib": int(memory[1]) // 1024 if memory else None,
        "kernel": platform.release(),
        "commit": output("git", "rev-parse", "HEAD"),
        "tree_clean": not output("git", "status", "--porcelain", "--", "rust", "python"),
        "rustc": output("rustc", "--version"),
        "profile": {
            name: value
            for name, value in sorted(os.environ.items())
            if name.startswith("CARGO_PROFILE_RELEASE")
        },
        "cc": output("cc", "--version").partition("\n")[0],
        "python": platform.python_version(),
        "pyarrow": __import__("pyarrow").__version__,
        "smimebatch": output(
            sys.executable, "-c", "import smimebatch; print(smimebatch.__version__)"
        ),
        "kernels": kernels(),
        "openssl_command": output("openssl", "version"),
    }


def kernels() -> list[dict[str, str]]:
    """What computes each kind of job, unless a row says otherwise under `lanes`."""
    from smimebatch.bench.machine import kernels

    return kernels()


def lanes_of_this_machine() -> list[str]:
    """The kernels to measure: all there are, those of AVX2 alone, the library."""
    from smimebatch import _native

    return [name for name in ("auto", "avx2", "off") if name in _native.lanes_choices]


def slug(about: dict[str, Any]) -> str:
    """The processor as part of a folder's name; its name alone may be that of a whole line."""
    family, model, _ = about["family_model_stepping"]
    return re.sub(r"[^a-z0-9]+", "-", f"{about['cpu']} {family} {model}".lower()).strip("-")


def output(*command: str) -> str:
    """What a command prints; nothing where it is not there."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=REPOSITORY)
    except FileNotFoundError:
        return ""
    return done.stdout.strip()
