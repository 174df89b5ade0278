"""One hostile mail and a good one behind it, verified in a process of their own on a small stack.

usage: python probe.py MAIL ROOT GOOD

The failure looked for is an abort or a swollen process, so it must not be this one; a thread with
512 KiB of stack shows recursion at once. Prints what was found as JSON.
"""

from __future__ import annotations

import json
import pathlib
import resource
import sys
import threading
import time
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

import smimebatch as sb

STACK_BYTES = 512 * 1024
MESSAGE = ["kind", "indication", "sub_indication", "error", "limits_hit", "from_status", "coverage"]
SIGNATURE = ["crypto_result", "chain_result", "indication"]


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    mail, root, good = (pathlib.Path(path) for path in sys.argv[1:])
    raw = [mail.read_bytes(), good.read_bytes()]
    batch = pa.record_batch({"raw": pa.array(raw, pa.large_binary())})
    trust = sb.Trust.load(root)
    found: dict[str, Any] = {}

    def probe() -> None:
        before, started = peak_mib(), time.perf_counter()
        result = sb.verify_batch(batch, trust=trust, now=datetime(2026, 1, 1, tzinfo=UTC), jobs=1)
        found["seconds"] = time.perf_counter() - started
        found["mib"] = peak_mib() - before
        found["messages"] = pa.table(result.messages).select(MESSAGE).to_pylist()
        found["signatures"] = pa.table(result.signatures).select(SIGNATURE).to_pylist()

    threading.stack_size(STACK_BYTES)
    thread = threading.Thread(target=probe)
    thread.start()
    thread.join()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
