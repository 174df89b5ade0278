"""The page of codes: each word of each vocabulary, its meaning, what it goes with, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from docs.vocabularies import OPTIONS, columns_by_vocabulary

from smimebatch import _native
from smimebatch.report import advice
from smimebatch.sources.items import READ_ERROR_CODES

HEAD = """# Codes

Made by `make docs` from the core's vocabularies. A code that is *not given by this version* is
reserved: no result holds it yet. Where the words of a table have an order, it is said above it.

## Contents
"""
RESERVED = "not given by this version."
CODES = _native.codes()
REASON_WORDS = _native.reason_words()
OUTSIDE_THE_FOLD = {
    "internal_error": "`NOT_EVALUATED`",
    "headers_mismatched": "none: it passes all the same; where it is From that differs, the "
    "certificate has to be for both, else it is `address_mismatch` too",
}
"""Reasons that are not facts of a signature."""
FLAGS_OF_SIGNATURES = frozenset(
    {
        "econtent_in_detached",
        "content_is_signed_attributes",
        "signer_certificate_ambiguous",
        "domain_signer",
        "control_time_missing",
        "time_inconsistent",
        "time_evidence_conflict",
        "vouched_claim",
    }
)
"""All others are of the message only."""
ERRORS_OF_BOTH = frozenset({"message_too_large", "incomplete"})
GOOD_TO_BAD = "From good to bad."
NOTES = {
    "indication": "From good to bad; `NOT_SIGNED` stands apart.",
    "sub_indication": "From good to bad: the further down, the less was found good before. Of "
    "several [reasons](#reason) the one with the worst words speaks. What to do stands beside the "
    "reasons.",
    "reason": "The verdict is what a reason comes to if it is the only one. Of several the worst "
    "speaks: `TOTAL_FAILED` before `NOT_EVALUATED` before `INDETERMINATE`, and of two that are "
    "`INDETERMINATE` the one further down under [sub_indication](#sub_indication). "
    "`TOTAL_PASSED` beside another verdict: an option forgives it (`--bind`, `--bind-missing`), or "
    "a proof of time does (`weak_now`). The order of the codes themselves says nothing. "
    "All but `internal_error`, `no_signature_over_message` and `headers_mismatched`, which are of "
    "the message, are in `signatures` too.",
    "kind": "`signed` or `certs_only` is also an object for signatures with nobody's signature in "
    "it (flag `signed_data_without_signers`, indication `NOT_SIGNED`). `encrypted` and "
    "`signed_and_encrypted` count every form; `encryptions` has rows of EnvelopedData and "
    "AuthEnvelopedData only, not of EncryptedData and SignedAndEnvelopedData (`other` in "
    "`layers`).",
    "flag": "In no order. Flags of signatures are repeated in the row of their message.",
    "from_status": "In no order. What to do about all but `ok`: look at `from_raw`; mail programs "
    "may show another sender than the one that was compared.",
    "coverage": f"{GOOD_TO_BAD} It is told whatever the signature is worth: `full` stands beside "
    "`digest_mismatch`, beside `content_missing`, where nothing else is shown, and beside "
    "`no_signature_over_message` of a message that holds nothing but another, signed one, or "
    "nothing but one signed part. Other "
    "causes of `partial` than visible text: a header or boundary that can be read in two ways, "
    "more parts than two, a part in the place of the signature that readers show, content that is "
    "no mail. What to do stands beside the reasons `coverage_partial`, "
    "`content_not_opened`, `signed_ciphertext_only` and `no_signature_over_message`.",
    "limit": "In no order. Honest mail hardly ever reaches one: look at such a message by hand. "
    "`text_column` only shortens a column.",
    "error": "In no order. A code in `messages` says why one message was not evaluated; one in "
    "`errors` names a place that could not be read, and makes the exit code 3.",
    "quirk": "In no order. Nothing has to be done: each was tolerated, and tells something of the "
    "program that wrote the signature. `--strict` refuses all of them (reason `strict_quirk`, "
    "`FORMAT_FAILURE`).",
    "crypto_result": f"{GOOD_TO_BAD} `malformed`: the object cannot be read; contentType or "
    "messageDigest is missing or there twice, or contentType is not that of the content; there are "
    "no signed attributes, though the content is not id-data; the content is signed attributes; "
    "digest algorithm and PSS parameters name different hashes; the key is none, such as RSA with "
    "an exponent of 1 or an even one; a time-stamp is not as RFC 3161 asks. `limit` may stand "
    "beside a `signature_ok` of false, which is of the keys that were tried. `digest_mismatch` of "
    "a time-stamp whose `digest_ok` is true: its own text is intact, and it is over something else "
    "than it should be.",
    "algorithm_protection": "All but `mismatch` are good.",
    "ess_certificate_id": "All but `mismatch` are good.",
    "chain_result": f"{GOOD_TO_BAD} Each but `ok` is a [reason](#reason), with `chain_` before it. "
    "But `revoked` is `chain_on_hold` where that is all, and `revocation_unknown` is "
    "`revocation_stale` where something was too old or too new. Reasons may name a second fault of "
    "the chain beside it: `chain_expired`, `chain_not_yet_valid` with those two, revocation with "
    "`anchor_not_trusted`, and `chain_revoked` with any, also with `ok` ([a CA revoked "
    "later](README.md#revocation)).",
    "revocation_result": f"{GOOD_TO_BAD} `result` of the column `revocation` has the same words, "
    "for one certificate. `unknown` hinders only with `--revocation required`. "
    "[What counts, and what it means](README.md#revocation).",
    "address_match": f"{GOOD_TO_BAD} What it means for the verdict, and what to do: "
    "[the sender](README.md#the-sender).",
    "address_match_rule": "From strict to lax; each is a match.",
    "algorithm_status": f"{GOOD_TO_BAD} Which algorithm until when, and what to do: "
    "[strength](strength.md).",
    "weak_key": "From the least to the most telling. None changes a verdict. What to do: believe "
    "no signature of a key that others can have (all but `small_exponent`) unless something else "
    "speaks for it. `small_exponent` alone is no danger here, where signatures are compared whole.",
    "evidence_kind": "In the order of rank: 1 are time-stamps over a signature, 2 "
    "countersignatures and notaries, 3 columns, 4 Received, 5 the From_ line, 6 the Date header. "
    "Without rank, since they do not show that the signature existed: `complete_timestamp`, "
    "`references_timestamp`, `content_timestamp`. "
    "[When one is trusted](README.md#time-stamps-and-countersignatures).",
    "integrity": f"{GOOD_TO_BAD} `none` and `aead_short`: what comes out when the layer is opened "
    "may have been changed on its way; only a signature inside can tell.",
    "object_state": "From done to not done; the first three are steps on the way, which no file "
    "shows. Any `REFUSED` makes the exit code 3.",
    "object_reason": "What to do: open it with the key that is missing (`no_key`, `no_proof_key`), "
    "add the certificates of `missing_recipients` (`no_certificate`), or keep the source, which is "
    "never changed. `proof_failed`: run the same job again, on another machine; please report it. "
    "`inner_envelope`, `readers_lost`, `signed_outside` and `made_opaque` stand beside "
    "`COMMITTED`, too. `readers_lost` is asked only with `--recipients`: with `--to` you name the "
    "readers, and nothing is compared. `already_encrypted`: decrypt first, then sign.",
    "decrypt_status": "What to do: open it with a program that has the key; where it is `failed`, "
    "find an undamaged copy. `no_key`: most envelopes name a certificate by issuer and serial "
    "number, so that a key is found only if its certificate was given, too.",
}
"""What is to be known about all words of a vocabulary."""
ADVICE = {
    "reason": advice.BY_REASON,
    "flag": advice.BY_FLAG,
    "kind": advice.BY_KIND,
    "error": advice.BY_ERROR,
    "crypto_result": {
        code: advice.BY_REASON[code]
        for vocabulary, code, _ in CODES
        if vocabulary == "crypto_result" and code in advice.BY_REASON
    },
    "chain_result": {
        code: advice.BY_REASON[f"chain_{code}"]
        for vocabulary, code, _ in CODES
        if vocabulary == "chain_result" and f"chain_{code}" in advice.BY_REASON
    },
}
"""What to do, for the vocabularies that ask for it."""


def codes_page() -> str:
    lines = [HEAD]
    holders = columns_by_vocabulary()
    places = {name: holders.get(name) or [OPTIONS[name]] for name, _, _ in CODES}
    lines += [f"- [{name}](#{name}): {', '.join(where)}" for name, where in places.items()]
    lines += ["", said_of_homonyms()]
    for vocabulary, entries in groupby(CODES, key=lambda entry: entry[0]):
        lines += [f"\n## {vocabulary}\n", f"In {', '.join(places[vocabulary])}.\n"]
        if vocabulary in NOTES:
            lines.append(f"{NOTES[vocabulary]}\n")
        lines += table(vocabulary, [entry[1:] for entry in entries])
    return "\n".join(lines)


def said_of_homonyms() -> str:
    """Name the codes that mean something else in another table."""
    tables: dict[str, list[str]] = {}
    for vocabulary, code, _ in CODES:
        tables.setdefault(code, []).append(vocabulary)
    homonyms = (f"`{code}` ({', '.join(its)})" for code, its in tables.items() if len(its) > 1)
    return f"Codes of several tables: {'; '.join(homonyms)}."


def table(vocabulary: str, entries: list[tuple[str, str]]) -> list[str]:
    """Code and meaning, and what more the vocabulary has to tell."""
    columns = {"meaning": dict(entries), **MORE.get(vocabulary, {})}
    if vocabulary in ADVICE:
        columns["what to do"] = ADVICE[vocabulary]
    lines = [f"| code | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for code, _ in entries:
        cells = (texts.get(code, "") for texts in columns.values())
        lines.append(f"| `{code}` | {' | '.join(cells)} |")
    return lines


def given(vocabulary: str) -> list[str]:
    """The codes of a vocabulary that are not reserved."""
    return [code for name, code, said in CODES if name == vocabulary and RESERVED not in said]


def verdicts_by_reason() -> dict[str, str]:
    """What each reason comes to if it is the only one, worst first."""
    found = dict(OUTSIDE_THE_FOLD)
    for reason in given("reason"):
        words = [(one, sub) for code, one, sub in REASON_WORDS if code == reason]
        said = [f"`{one}` / `{sub}`" if sub else f"`{one}`" for one, sub in reversed(words)]
        found.setdefault(reason, ", or ".join(said))
    return found


def indications_by_sub_indication() -> dict[str, str]:
    pairs = dict.fromkeys((sub, one) for _, one, sub in REASON_WORDS if sub)
    return {sub: f"`{one}`" for sub, one in pairs}


def reasons_by_sub_indication() -> dict[str, str]:
    reasons = given("reason")
    found: dict[str, list[str]] = {}
    for reason, _, sub in REASON_WORDS:
        if sub and reason in reasons:
            found.setdefault(sub, []).append(f"`{reason}`")
    return {sub: ", ".join(those) for sub, those in found.items()}


def places_by_flag() -> dict[str, str]:
    both = "messages, signatures"
    return {code: both if code in FLAGS_OF_SIGNATURES else "messages" for code in given("flag")}


def places_by_error() -> dict[str, str]:
    def places(code: str) -> str:
        if code in ERRORS_OF_BOTH:
            return "messages, errors"
        return "errors" if code in READ_ERROR_CODES else "messages"

    return {code: places(code) for code in given("error")}


MORE: dict[str, Mapping[str, Mapping[str, str]]] = {
    "reason": {"verdict": verdicts_by_reason()},
    "sub_indication": {
        "indication": indications_by_sub_indication(),
        "given by the reasons": reasons_by_sub_indication(),
    },
    "flag": {"in": places_by_flag()},
    "error": {"in": places_by_error()},
}
"""Further columns of a table, each from code to text."""
