"""run.json: what was asked, with what; manifest.json: what came out. Enough to compare two runs."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from smimebatch import _native
from smimebatch.envelopes import Envelopes
from smimebatch.job.naming import fingerprint
from smimebatch.options import VerifyOptions
from smimebatch.schema import SCHEMA_KEY, dataset_schema
from smimebatch.sealing import Sealing
from smimebatch.signing import Signing
from smimebatch.sinks.rows import Totals
from smimebatch.trust import Trust
from smimebatch.weak_keys import Blacklists


def schema_version() -> str:
    """Return the version of the datasets' columns."""
    metadata = dataset_schema("messages").metadata or {}
    return str(metadata.get(SCHEMA_KEY.encode(), b"1").decode())


def file_metadata(
    options: VerifyOptions,
    trust: Trust,
    tsa_trust: Trust | None = None,
    envelopes: Envelopes | None = None,
) -> dict[str, str]:
    """Return the metadata of every result file: nothing that two equal runs could differ in."""
    metadata = {
        SCHEMA_KEY: schema_version(),
        "smimebatch.version": _native.version,
        "smimebatch.trust": trust.fingerprint,
        "smimebatch.revocation": trust.revocation.fingerprint,
        "smimebatch.policy": options.policy.identity,
    }
    if tsa_trust is not None:
        metadata["smimebatch.tsa_trust"] = tsa_trust.fingerprint
    if envelopes is not None:
        metadata["smimebatch.keys"] = envelopes.fingerprint
    return dict(sorted(metadata.items()))


def identity(
    options: VerifyOptions,
    trust: Trust,
    inputs: Sequence[str],
    blacklists: Blacklists,
    tsa_trust: Trust | None = None,
    envelopes: Envelopes | None = None,
) -> dict[str, Any]:
    """Return everything that decides the result; `now` counts only when given."""
    return {
        **file_metadata(options, trust, tsa_trust, envelopes),
        "inputs": printable(inputs),
        "now": options.now.isoformat() if options.now is not None else None,
        "input_format": options.input_format,
        "mbox_variant": options.mbox_variant,
        "files_from": options.files_from,
        "column": options.column,
        "limit": options.limit,
        "debian_weak_keys": blacklists.sha256,
        "unit_messages": options.unit_messages,
    }


def made_record(
    envelopes: Envelopes | None, kind: type[Sealing] | type[Signing]
) -> dict[str, Any] | None:
    """Return what is known of new envelopes or signatures, where a run makes any."""
    made = None if envelopes is None else envelopes.sealing
    return made.record if isinstance(made, kind) else None


def printable(names: Sequence[str]) -> list[str]:
    """Return names of files as text, whatever bytes they have."""
    return [name.encode("utf-8", "backslashreplace").decode() for name in names]


def run_record(
    *,
    inputs: Sequence[str],
    options: VerifyOptions,
    trust: Trust,
    tsa_trust: Trust | None = None,
    now: datetime,
    settings: Mapping[str, Any],
    blacklists: Blacklists,
    signed_by: str | None = None,
    envelopes: Envelopes | None = None,
) -> dict[str, Any]:
    """Return what is known of a run when it begins."""
    facts = identity(options, trust, inputs, blacklists, tsa_trust, envelopes)
    policy = options.policy
    anchors, intermediates = trust.native.counts
    lists, responses = trust.revocation.native.counts
    return {
        "command": "verify" if envelopes is None else envelopes.command,
        "fingerprint": fingerprint(facts),
        "identity": facts,
        "inputs": printable(inputs),
        "now": now.isoformat(),
        "options": {
            "at": policy.at,
            "bind": policy.bind,
            "bind_missing": policy.bind_missing,
            "strict": policy.strict,
            "revocation": policy.revocation,
            "vouch": list(policy.vouches.words),
            **policy.path.given,
            "now_given": options.now is not None,
            "jobs": options.thread_count,
            "batch_bytes": options.batch_bytes,
            "input_format": options.input_format,
            "mbox_variant": options.mbox_variant,
            "files_from": options.files_from,
            "column": options.column,
            "limit": options.limit,
            "fail_on": list(options.fail_on),
            "debian_weak_keys": options.debian_weak_keys,
        },
        "settings": dict(settings),
        "policy": {
            "identity": policy.identity,
            "algorithms": policy.algorithms.name,
            "algorithms_date": policy.algorithms.date,
            "algorithms_sha256": policy.algorithms.sha256,
        },
        "trust": {
            "fingerprint": trust.fingerprint,
            "anchors": anchors,
            "intermediates": intermediates,
            "limited_anchors": len(trust.limits),
            "warnings": list(trust.warnings),
        },
        "revocation": {
            "fingerprint": trust.revocation.fingerprint,
            "lists": lists,
            "responses": responses,
            "skipped": trust.revocation.skipped,
        },
        "keys": None if envelopes is None else envelopes.record,
        "sealing": made_record(envelopes, Sealing),
        "signing": made_record(envelopes, Signing),
        "weak_keys": {"debian": blacklists.sha256},
        "tsa_trust": None if tsa_trust is None else {"fingerprint": tsa_trust.fingerprint},
        "versions": {
            "smimebatch": _native.version,
            "schema": schema_version(),
            "pyarrow": pa.__version__,
            "python": platform.python_version(),
        },
        "kernels": {job: {"kernel": name, "why": why} for job, name, why in _native.kernels()},
        "vouched_runs": [run.record for run in policy.vouches.runs],
        "shard": str(options.shard),
        "signed_by": signed_by,
    }


def result_record(
    *,
    run: Mapping[str, Any],
    rows: Mapping[str, int],
    totals: Totals,
    units: int,
    elapsed_s: float,
    weak_keys: _native.WeakKeys,
) -> dict[str, Any]:
    """Return what the manifest of a finished run says."""
    return {
        "command": run["command"],
        "fingerprint": run["fingerprint"],
        "now": run["now"],
        "shard": run["shard"],
        "signed_by": run["signed_by"],
        "units": units,
        "datasets": dict(rows),
        "totals": totals.as_json(),
        "weak_keys": {
            "compared_moduli": weak_keys.compared,
            "all_compared": weak_keys.is_complete,
        },
        "elapsed_s": round(elapsed_s, 3),
    }
