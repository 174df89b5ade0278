"""Every fixture mail against its expectation, in one batch; then what a batch must not change."""

from __future__ import annotations

import os
import pathlib
from dataclasses import dataclass
from typing import Any

import pytest

import contract
import smimebatch as sb

FOLDER = pathlib.Path(
    os.environ.get("SMIMEBATCH_FIXTURES", pathlib.Path(__file__).parent / "data" / "mail")
)
MAILS = contract.load_mails(FOLDER)
NAMES = list(MAILS)


@dataclass(frozen=True)
class Verified:
    """The four datasets of one call, by message."""

    messages: dict[int, list[dict[str, Any]]]
    signatures: dict[int, list[dict[str, Any]]]
    encryptions: dict[int, list[dict[str, Any]]]
    recipients: dict[int, list[dict[str, Any]]]

    def of(self, index: int) -> dict[str, list[dict[str, Any]]]:
        return {
            "messages": self.messages[index],
            "signatures": self.signatures.get(index, []),
            "encryptions": self.encryptions.get(index, []),
            "recipients": self.recipients.get(index, []),
        }


def verify(names: list[str], trust: sb.Trust, **options: Any) -> Verified:
    options.setdefault("now", contract.NOW)
    batch = contract.record_batch(MAILS[name].raw for name in names)
    result = sb.verify_batch(batch, trust=trust, **options)
    parts = (result.messages, result.signatures, result.encryptions, result.recipients)
    return Verified(*map(contract.by_message, parts))


def message(name: str, trust: sb.Trust, **options: Any) -> dict[str, Any]:
    return verify([name], trust, **options).messages[0][0]


def signature(name: str, trust: sb.Trust, **options: Any) -> dict[str, Any]:
    return verify([name], trust, **options).signatures[0][0]


@pytest.fixture(scope="module")
def trust() -> sb.Trust:
    return sb.Trust.load(FOLDER / "root.pem")


@pytest.fixture(scope="module")
def together(trust: sb.Trust) -> Verified:
    return verify(NAMES, trust)


@pytest.mark.parametrize("name", NAMES, ids=[mail.label for mail in MAILS.values()])
def test_mail_matches_expectation(name: str, together: Verified) -> None:
    mail, found = MAILS[name], together.of(NAMES.index(name))
    wrong = [
        f"message: {text}" for text in contract.differences(found["messages"][0], mail.message)
    ]
    pairs = (
        ("signature", contract.signer_rows(found["signatures"]), mail.signatures),
        ("encryption", found["encryptions"], mail.encryptions),
        ("recipient", found["recipients"], mail.recipients),
    )
    for what, rows, expected in pairs:
        wrong += [f"{what}: {text}" for text in contract.row_differences(rows, expected)]
    assert not wrong, "\n".join(wrong)


def test_every_message_has_one_row_in_order(together: Verified) -> None:
    assert list(together.messages) == list(range(len(NAMES)))
    assert all(len(rows) == 1 for rows in together.messages.values())


def test_nothing_passes_that_is_not_expected_to(together: Verified) -> None:
    """The worst bug is a wrong "valid": no mail may pass whose expectation does not say so."""
    for index, name in enumerate(NAMES):
        allowed = MAILS[name].message
        may_pass = allowed.get("indication", "?") in ("TOTAL_PASSED", "?")
        may_pass &= allowed.get("indication_not") != "TOTAL_PASSED"
        passed = together.messages[index][0]["indication"] == "TOTAL_PASSED"
        assert may_pass or not passed, name


def test_rule_24_mail_alone_gives_the_rows_it_gives_in_a_batch(
    trust: sb.Trust, together: Verified
) -> None:
    for index, name in enumerate(NAMES):
        alone = verify([name], trust).of(0)
        expected = together.of(index)
        for rows in (*alone.values(), *expected.values()):
            for row in rows:
                row.pop("source_index", None)
        assert alone == expected, name


def test_rule_24_order_of_messages_changes_no_verdict(trust: sb.Trust, together: Verified) -> None:
    backwards = verify(NAMES[::-1], trust)
    for index in range(len(NAMES)):
        for key in ("indication", "sub_indication", "reasons", "flags"):
            found = backwards.messages[len(NAMES) - 1 - index][0][key]
            assert found == together.messages[index][0][key], (NAMES[index], key)


def test_two_jobs_give_the_rows_of_one(trust: sb.Trust) -> None:
    one, two = (verify(NAMES, trust, jobs=jobs) for jobs in (1, 2))
    assert one == two


def test_rule_08_indication_columns_are_always_filled_for_signatures(together: Verified) -> None:
    for rows in together.signatures.values():
        for row in contract.signer_rows(rows):
            assert row["indication"] and row["indication_now"] and row["crypto_result"]


# Options -----------------------------------------------------------------------------------------


def test_rule_32_strict_refuses_every_quirk(trust: sb.Trust, together: Verified) -> None:
    strict = verify(NAMES, trust, strict=True)
    for index, name in enumerate(NAMES):
        before = contract.signer_rows(together.signatures.get(index, []))
        after = contract.signer_rows(strict.signatures.get(index, []))
        for lax_row, strict_row in zip(before, after, strict=True):
            if not lax_row["quirks"]:
                assert strict_row["indication"] == lax_row["indication"], name
            elif lax_row["indication"] == "TOTAL_PASSED":
                assert strict_row["indication"] != "TOTAL_PASSED", name
                assert "strict_quirk" in strict_row["reasons"], name


def test_rule_20_bind_missing_allow_passes_a_certificate_without_address(trust: sb.Trust) -> None:
    assert message("address-absent", trust, bind_missing="allow")["indication"] == "TOTAL_PASSED"
    assert message("address-other", trust, bind_missing="allow")["indication"] == "INDETERMINATE"


@pytest.mark.parametrize(
    "name", ["address-other", "from-two-fields", "from-missing", "address-absent"]
)
def test_rule_21_bind_off_compares_no_sender(name: str, trust: sb.Trust) -> None:
    assert message(name, trust, bind="off")["indication"] == "TOTAL_PASSED"


def test_rule_21_bind_from_or_sender_takes_the_sender(trust: sb.Trust) -> None:
    found = message("from-other-sender-matches", trust, bind="from-or-sender")
    assert found["indication"] == "TOTAL_PASSED"
    assert message("address-other", trust, bind="from-or-sender")["indication"] == "INDETERMINATE"


def test_rule_22_instant_sets_the_control_time_and_indication_now_stays(trust: sb.Trust) -> None:
    row = signature("chain-not-yet-valid", trust, at="2032-01-01T00:00:00Z")
    assert (row["chain_result"], row["indication"]) == ("ok", "TOTAL_PASSED")
    assert row["indication_now"] == "INDETERMINATE"


def test_rule_22_chosen_time_after_expiry_is_never_a_failure(trust: sb.Trust) -> None:
    row = signature("plain-signed", trust, at="2040-01-01T00:00:00Z")
    assert (row["chain_result"], row["indication"]) == ("expired", "INDETERMINATE")
    assert row["sub_indication"] == "OUT_OF_BOUNDS_NO_POE"
    assert row["indication_now"] == "TOTAL_PASSED"


@pytest.mark.parametrize("at", ["claimed", "date"])
def test_rule_22_claimed_and_date_are_the_control_time(at: str, trust: sb.Trust) -> None:
    row = signature("plain-signed", trust, at=at)
    assert row["control_time"].isoformat() == "2021-06-01T12:00:00+00:00"
    assert row["indication"] == "TOTAL_PASSED"


def test_rule_22_evidence_means_now_without_evidence(trust: sb.Trust) -> None:
    assert signature("plain-signed", trust)["control_time"] == contract.NOW


def test_no_trust_lets_nothing_pass() -> None:
    found = verify(NAMES, sb.Trust())
    assert {rows[0]["indication"] for rows in found.messages.values()}.isdisjoint({"TOTAL_PASSED"})
    assert (
        found.signatures[NAMES.index("chain-root-included")][0]["chain_result"] == "untrusted_root"
    )


def test_intermediates_complete_a_chain_and_are_no_anchors() -> None:
    issuing = FOLDER / "issuing.pem"
    complete = sb.Trust.load(FOLDER / "root.pem", intermediates=[issuing])
    row = signature("chain-no-intermediate", complete)
    assert (row["chain_result"], row["indication"]) == ("ok", "TOTAL_PASSED")
    only = sb.Trust((), complete.intermediates)
    assert signature("plain-signed", only)["chain_result"] in ("no_path", "untrusted_root")


# Bad input ---------------------------------------------------------------------------------------


def test_null_row_is_a_row(trust: sb.Trust) -> None:
    batch = contract.record_batch([None, MAILS["plain-signed"].raw])
    first, second = contract.rows(sb.verify_batch(batch, trust=trust, now=contract.NOW).messages)
    assert (first["kind"], first["indication"], first["error"]) == (
        "unreadable",
        "NOT_EVALUATED",
        "null_value",
    )
    assert second["indication"] == "TOTAL_PASSED"


@pytest.mark.parametrize(
    "raw", [b"", b"\n", b"\0", b"From: a@b", b"\xff" * 100, b"Content-Type: multipart/signed\n\n"]
)
def test_odd_message_is_a_row_that_is_not_signed(raw: bytes, trust: sb.Trust) -> None:
    (row,) = contract.rows(
        sb.verify_batch(contract.record_batch([raw]), trust=trust, now=contract.NOW).messages
    )
    assert row["indication"] in ("NOT_SIGNED", "NOT_EVALUATED")


def test_every_bit_of_the_signed_part_counts(trust: sb.Trust) -> None:
    """Each bit of the signed entity flipped on its own: never again a right digest."""
    raw = MAILS["plain-signed"].raw
    start = raw.index(b"--=-signed-boundary\n") + len(b"--=-signed-boundary\n")
    end = raw.index(b"\n--=-signed-boundary\n", start)
    flipped = []
    for at in range(start, end):
        for bit in range(8):
            changed = bytearray(raw)
            changed[at] ^= 1 << bit
            flipped.append(bytes(changed))
    result = sb.verify_batch(contract.record_batch(flipped), trust=trust, now=contract.NOW)
    assert "TOTAL_PASSED" not in {row["indication"] for row in contract.rows(result.messages)}
    assert "ok" not in {row["crypto_result"] for row in contract.rows(result.signatures)}


def test_every_prefix_of_a_signed_mail_is_a_row(trust: sb.Trust) -> None:
    raw = MAILS["plain-signed"].raw
    cut = [raw[:at] for at in range(len(raw))]
    result = sb.verify_batch(contract.record_batch(cut), trust=trust, now=contract.NOW)
    found = contract.rows(result.messages)
    assert len(found) == len(cut)
    base64_end = len(raw[: raw.index(b"\n--=-signed-boundary--")].rstrip())
    assert all(row["indication"] != "TOTAL_PASSED" for row in found[: base64_end - 3])
