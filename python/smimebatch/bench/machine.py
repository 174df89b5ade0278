"""What a reader has to know of a machine before comparing its figures."""

from __future__ import annotations

import os
import platform
from typing import Any

from smimebatch import _native

LANES_VARIABLE = "SMIMEBATCH_LANES"


def thread_counts(most: int) -> list[int]:
    """Return one, its doublings, and the most itself."""
    counts = [1]
    while counts[-1] * 2 <= most:
        counts.append(counts[-1] * 2)
    return counts if counts[-1] == most else [*counts, most]


def cpu_name() -> str:
    """Return what the processor calls itself."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def kernels() -> list[dict[str, str]]:
    """Return what computes each kind of job in this process, and why."""
    return [{"job": job, "kernel": name, "why": why} for job, name, why in _native.kernels()]


def machine() -> dict[str, Any]:
    """Return the machine as --json shows it."""
    return {
        "cpu": cpu_name(),
        "cores": len(os.sched_getaffinity(0)),
        "features": _native.cpu_features(),
        "lanes": os.environ.get(LANES_VARIABLE) or "auto",
        "kernels": kernels(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "smimebatch": _native.version,
    }
