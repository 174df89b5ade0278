"""The suite `pkits` of chains.py: the 224 signed mails of NIST's PKITS, with their lists.

Right is what the suite says of its 214 subtests with the settings that everybody has; the mails of
the others are judged too, and not compared.
"""

from __future__ import annotations

import csv
import json
import pathlib
import re
import shutil
import sys
from collections.abc import Iterator
from typing import Any

import cryptography_vectors
import pyarrow.dataset as ds
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from measure import NOW, python_command, record_of, run
from peers.peer import LINE

HERE = pathlib.Path(__file__).parent
SUITE = pathlib.Path(cryptography_vectors.__file__).parent / "x509" / "PKITS_data"
MAILS = SUITE / "smime"
TABLE = HERE.parent / "tests" / "data" / "pkits" / "pkits_expected.tsv"
DEFAULT_SETTINGS = ("anyPolicy", "0", "0", "0")
AT, AT_UNIX_S = "2024-01-01T00:00:00Z", 1_704_067_200
OPENSSL_DIFFERS = ("4.1.5", "4.14.30")
"""Subtests that OpenSSL refuses: inherited DSA parameters, and an indirect list."""
LOOP = """
for mail in "$0"/*.eml; do
  if openssl cms -verify -in "$mail" -CAfile "$1" -attime "$2" -crl_check_all -extended_crl \
    -use_deltas -policy_check -policy 2.5.29.32.0 -out /dev/null 2>/dev/null; then echo "$mail"; fi
done
"""
"""What a script does today. OpenSSL's command takes no lists but those a mail brings."""
BATCH = """
import datetime, json, pathlib, sys, time
import pyarrow as pa, smimebatch
folder, anchor, at, now = sys.argv[1:]
trust = smimebatch.Trust.load(anchor)
options = {"bind": "off", "revocation": "required", "at": at}
options["now"] = datetime.datetime.fromisoformat(now)
started = time.perf_counter()
paths = sorted(pathlib.Path(folder).glob("*.eml"))
mails = pa.record_batch({
    "source": pa.array([path.name for path in paths]),
    "source_index": pa.array(range(len(paths)), pa.int64()),
    "raw": pa.array([path.read_bytes() for path in paths], pa.large_binary()),
})
found = smimebatch.verify_batch(mails, trust=trust, **options)
elapsed = time.perf_counter() - started
rows = pa.table(found.signatures).to_pylist()
passed = [row["source"] for row in rows if row["crypto_result"] == row["chain_result"] == "ok"]
print(json.dumps({"inside_s": round(elapsed, 4), "passed": passed}))
"""
"""The library in a program, which keeps the results in memory and knows nothing beforehand."""


def expected() -> dict[str, bool]:
    """Which mail is valid, by its name, for those judged under the default settings."""
    with open(TABLE, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    settings = (
        "initial_policy_set",
        "initial_explicit_policy",
        "initial_policy_mapping_inhibit",
        "initial_inhibit_any_policy",
    )
    return {
        row["eml"]: row["expected"] == "valid"
        for row in rows
        if tuple(row[name] for name in settings) == DEFAULT_SETTINGS
    }


def measurements(
    rounds: int, peer: pathlib.Path | None, scratch: pathlib.Path
) -> Iterator[dict[str, Any]]:
    """Rows of the suite, the tools in turn."""
    anchor = scratch / "anchor.pem"
    der = (SUITE / "certs" / "TrustAnchorRootCertificate.crt").read_bytes()
    anchor.write_bytes(x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM))
    mbox = scratch / "pkits.mbox"
    mbox.write_bytes(b"".join(stored(path) for path in sorted(MAILS.glob("*.eml"))))
    for turn in range(rounds):
        head = {"round": turn, "suite": "pkits"}
        yield head | of_command(anchor)
        if peer is not None:
            yield head | of_peer(peer, mbox, anchor)
        yield head | of_batch(anchor)
        yield head | of_smimebatch(anchor, scratch / "out")


def stored(path: pathlib.Path) -> bytes:
    """A mail of the suite in an mbox: none has a line that would need quoting."""
    mail = path.read_bytes()
    assert not re.search(rb"^From ", mail, re.MULTILINE), path
    return b"From a@b.example Fri Jan  1 12:00:00 2010\n" + mail.rstrip(b"\r\n") + b"\n\n"


def row_of(tool: str, passed: set[str] | int, costs: dict[str, Any]) -> dict[str, Any]:
    """One measurement; a tool that gives only a number is not compared mail by mail."""
    truth = expected()
    row = {"tool": tool, "threads": 1, "messages": len(list(MAILS.glob("*.eml")))}
    if isinstance(passed, int):
        return row | {"good": passed} | costs
    agreed = sum((name in passed) == valid for name, valid in truth.items())
    return row | {"good": len(passed), "compared": len(truth), "agreed": agreed} | costs


def of_command(anchor: pathlib.Path) -> dict[str, Any]:
    """One process of OpenSSL's command a mail."""
    costs, output = run(["sh", "-c", LOOP, str(MAILS), str(anchor), str(AT_UNIX_S)])
    passed = {pathlib.Path(line).name for line in output.splitlines()}
    row = row_of("openssl cms", passed, costs | {"inside_s": costs["wall_s"]})
    return row | {"correct": row["compared"] - row["agreed"] <= len(OPENSSL_DIFFERS)}


def of_peer(program: pathlib.Path, mbox: pathlib.Path, anchor: pathlib.Path) -> dict[str, Any]:
    """The C API in a loop, over an mbox in memory."""
    costs, output = run([str(program), str(mbox), str(anchor), "1", str(AT_UNIX_S)])
    line = LINE.search(output)
    if not line:
        raise RuntimeError(f"no figures from the peer: {output}")
    row = row_of("openssl_cms", int(line[3]), costs | {"inside_s": float(line[5])})
    return row | {"correct": int(line[2]) == row["messages"]}


def of_batch(anchor: pathlib.Path) -> dict[str, Any]:
    """`smimebatch.verify_batch` over all mails; `inside_s` from the first read to the results."""
    command = [sys.executable, "-c", BATCH, str(MAILS), str(anchor), AT, NOW]
    costs, output = run(command)
    found = json.loads(output)
    row = row_of("verify_batch", set(found["passed"]), costs | {"inside_s": found["inside_s"]})
    return row | {"correct": row["agreed"] == row["compared"]}


def of_smimebatch(anchor: pathlib.Path, out: pathlib.Path) -> dict[str, Any]:
    """`smimebatch verify` over the folder, with all its datasets."""
    shutil.rmtree(out, ignore_errors=True)
    options = ["--trust", str(anchor), "--bind", "off", "--revocation", "required", "--at", AT]
    options += ["-o", str(out), "-j", "1", "--now", NOW, "--progress", "none"]
    costs, _ = run([*python_command(), "verify", str(MAILS), *options])
    passed = accepted(out)
    row = row_of("smimebatch", passed, costs | {"inside_s": record_of(out)["elapsed_s"]})
    return row | {"correct": row["agreed"] == row["compared"]}


def accepted(out: pathlib.Path) -> set[str]:
    """The mails whose signature and chain hold, by the names of their files."""
    columns = ["source", "crypto_result", "chain_result"]
    rows = ds.dataset(out / "signatures", format="parquet").to_table(columns).to_pylist()
    return {
        pathlib.Path(row["source"]).name
        for row in rows
        if row["crypto_result"] == row["chain_result"] == "ok"
    }
