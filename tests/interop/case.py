"""What a fixture is: a mail, what the contract says about it, and what OpenSSL is expected to say.

Expectations are written by hand beside each mail, from OUTPUT.md and RULES.md of the design;
nothing here ever asks smimebatch. Keys of an expectation are columns of the contract; suffixes
say how to compare:

    column            equal; for `flags` and `reasons`: all of these are present
    column_any        equal to one of these
    column_not        not equal
    has_quirks        whether `quirks` is empty
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import mime

GOOD_SIGNATURE = {
    "layer_path": "signed",
    "format": "detached",
    "crypto_result": "ok",
    "chain_result": "ok",
    "canonicalization": "lf_to_crlf",
    "address_match": "from",
    "indication": "TOTAL_PASSED",
}
GOOD_MESSAGE = {
    "kind": "signed",
    "indication": "TOTAL_PASSED",
    "coverage": "full",
    "from_status": "ok",
}
FAILED = {
    "malformed": ("TOTAL_FAILED", "FORMAT_FAILURE"),
    "digest_mismatch": ("TOTAL_FAILED", "HASH_FAILURE"),
    "signature_mismatch": ("TOTAL_FAILED", "SIG_CRYPTO_FAILURE"),
    "content_missing": ("INDETERMINATE", "SIGNED_DATA_NOT_FOUND"),
    "signer_certificate_missing": ("INDETERMINATE", "NO_SIGNING_CERTIFICATE_FOUND"),
    "unsupported_algorithm": ("NOT_EVALUATED", None),
}
CHAIN_FAILED = {
    "no_path": "NO_CERTIFICATE_CHAIN_FOUND",
    "untrusted_root": "NO_CERTIFICATE_CHAIN_FOUND",
    "expired": "OUT_OF_BOUNDS_NO_POE",
    "not_yet_valid": "OUT_OF_BOUNDS_NO_POE",
    "signature_invalid": "CERTIFICATE_CHAIN_GENERAL_FAILURE",
    "not_a_ca": "CERTIFICATE_CHAIN_GENERAL_FAILURE",
    "path_length": "CHAIN_CONSTRAINTS_FAILURE",
    "key_usage": "CHAIN_CONSTRAINTS_FAILURE",
    "extended_key_usage": "CHAIN_CONSTRAINTS_FAILURE",
    "critical_extension": "CHAIN_CONSTRAINTS_FAILURE",
}


@dataclass
class Case:
    """One fixture mail."""

    name: str
    origin: str
    mail: bytes
    message: dict[str, Any]
    signatures: list[dict[str, Any]]
    encryptions: list[dict[str, Any]] = field(default_factory=list)
    recipients: list[dict[str, Any]] = field(default_factory=list)
    rules: tuple[str, ...] = ()
    judge: str = "cms"
    judge_input: bytes | None = None
    judge_disagrees: str | None = None
    judge_chain_disagrees: str | None = None
    options: dict[str, Any] = field(default_factory=dict)
    judged_by: str = "OpenSSL 3"
    cell: dict[str, str] = field(default_factory=dict)


CASES: dict[str, Case] = {}


def add(
    name: str,
    mail: bytes,
    *,
    origin: str = "crafted",
    rules: tuple[str, ...] | str = (),
    crypto: str = "ok",
    chain: str | None = "ok",
    message: dict[str, Any] | None = None,
    signature: dict[str, Any] | None = None,
    signatures: list[dict[str, Any]] | None = None,
    crlf: bool = False,
    **more: Any,
) -> None:
    """Adds a mail; from `crypto` and `chain` the rest of a plain signed mail's expectation follows.

    `mail` is given with CRLF and stored with LF unless `crlf`. `message` and `signature` change
    single columns (None removes one); `signatures` replaces the rows.
    """
    if name in CASES:
        raise ValueError(f"two fixtures called {name}")
    first, whole = dict(GOOD_SIGNATURE), dict(GOOD_MESSAGE)
    if crlf:
        first["canonicalization"] = "as_stored"
    if crypto != "ok":
        indication, sub_indication = FAILED.get(crypto, (None, None))
        verdict = {"indication": indication, "sub_indication": sub_indication}
        whole |= verdict | {"coverage": None}
        first = {"layer_path": "signed", "format": "detached", "crypto_result": crypto} | verdict
    elif chain != "ok":
        first |= {"chain_result": chain, "indication": "INDETERMINATE"}
        whole |= {"indication": "INDETERMINATE"}
        if chain:
            first["sub_indication"] = whole["sub_indication"] = CHAIN_FAILED[chain]
    first |= signature or {}
    whole |= message or {}
    rows = [first] if signatures is None else signatures
    if isinstance(rules, str):
        rules = (rules,)
    stored = mail if crlf else mime.lf(mail)
    CASES[name] = Case(
        name,
        origin,
        stored,
        {key: value for key, value in whole.items() if value is not None},
        [{key: value for key, value in row.items() if value is not None} for row in rows],
        rules=rules,
        **more,
    )


def inconclusive(sub_indication: str, *reasons: str, **more: Any) -> dict[str, Any]:
    """The columns of an INDETERMINATE verdict."""
    verdict = {"indication": "INDETERMINATE", "sub_indication": sub_indication}
    return verdict | ({"reasons": list(reasons)} if reasons else {}) | more


NOT_SIGNED = {"kind": None, "indication": "NOT_SIGNED", "coverage": None}
NOT_PASSED = {"indication": None, "sub_indication": None, "indication_not": "TOTAL_PASSED"}
UNJUDGED = {"indication": None, "sub_indication": None}
