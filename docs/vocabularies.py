"""Which column holds the words of which vocabulary."""

from __future__ import annotations

from smimebatch import _native

# Columns whose vocabulary has another name.
VOCABULARIES = {
    ("signatures", "poe_kind"): "evidence_kind",
    ("signatures", "time_evidence"): "evidence_kind",
    ("messages", "reasons"): "reason",
    ("messages", "flags"): "flag",
    ("messages", "limits_hit"): "limit",
    ("messages", "error"): "error",
    ("signatures", "reasons"): "reason",
    ("signatures", "flags"): "flag",
    ("signatures", "quirks"): "quirk",
    ("signatures", "indication_now"): "indication",
    ("signatures", "indication_at_claimed_time"): "indication",
    ("encryptions", "flags"): "flag",
    ("encryptions", "original_integrity"): "integrity",
    ("recipients", "kind"): "recipient_kind",
    ("objects", "state"): "object_state",
    ("objects", "reason"): "object_reason",
    ("objects", "original_integrity"): "integrity",
    ("errors", "code"): "error",
    ("parts", "role"): "part_role",
}
OPTIONS = {
    "mbox_variant": "`--mbox-variant`",
    "content_choice": "`--content`",
    "transport_choice": "`--key-transport`",
    "outer_signature": "`--outer-signature`",
    "unfit": "what is said of a certificate of `--to`, `--escrow` or `--recipients`",
    "against_recipient": "what others say of a certificate of `--to`, `--escrow` or `--recipients`",
    "digest_choice": "`--digest`",
    "rsa_padding": "`--rsa-padding`",
    "signed_form": "`--clear`, `--opaque`",
    "sign_as": "`--sign-as`",
    "unfit_signer": "what is said of a certificate of `--signer`",
    "revocation_reason": "`reason` of `signatures.revocation`",
}
"""Words that no column holds by themselves."""


def vocabulary_of(dataset: str, column: str) -> str | None:
    """The vocabulary whose words a column holds."""
    vocabularies = {vocabulary for vocabulary, _, _ in _native.codes()}
    name = VOCABULARIES.get((dataset, column), column)
    return name if name in vocabularies else None


def columns_by_vocabulary() -> dict[str, list[str]]:
    """Vocabulary to the columns that hold its words."""
    found: dict[str, list[str]] = {}
    for dataset, _, columns in _native.datasets():
        for name, _, _ in columns:
            if vocabulary := vocabulary_of(dataset, name):
                found.setdefault(vocabulary, []).append(f"`{dataset}.{name}`")
    return found
