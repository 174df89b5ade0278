"""Time-stamps that OpenSSL made (tests/data/time), and what `inspect` says of them."""

from __future__ import annotations

import datetime as dt
import pathlib
import subprocess
import sys
from typing import Any

import pytest

import contract
import smimebatch as sb

FOLDER = pathlib.Path(__file__).parent / "data" / "time"
LATER = dt.datetime(2028, 1, 1, tzinfo=dt.UTC)


def judged(name: str, **options: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    batch = contract.record_batch([(FOLDER / f"{name}.eml").read_bytes()])
    trust = sb.Trust.load(FOLDER / "root.pem")
    found = sb.verify_batch(batch, trust=trust, now=LATER, **options)
    return contract.rows(found.messages)[0], contract.rows(found.signatures)


@pytest.mark.parametrize("name", ["signature", "signature-sha512", "content"])
def test_token_of_openssl_proves_the_age_of_the_signature(name: str) -> None:
    message, _ = judged(name)
    assert message["sub_indication"] == "OUT_OF_BOUNDS_NO_POE"
    message, rows = judged(name, tsa_trust=sb.Trust.load(FOLDER / "tsa-root.pem"))
    assert message["indication"] == "TOTAL_PASSED"
    assert rows[0]["poe_kind"] == "signature_timestamp"
    stamps = rows[1:]
    assert [stamp["indication"] for stamp in stamps] == ["TOTAL_PASSED"] * len(stamps)
    assert all(not stamp["quirks"] for stamp in stamps)
    # The service says that it is exact to 1.5001 s.
    assert rows[0]["poe_time"] - stamps[-1]["control_time"] == dt.timedelta(seconds=1.5001)
    assert (rows[0]["not_before_evidence"] is not None) == (name == "content")


def test_openssl_token_of_the_signature_is_not_one_of_another_mail() -> None:
    raw = {name: (FOLDER / f"{name}.eml").read_bytes() for name in ("signature", "content")}
    assert raw["signature"] != raw["content"]
    _, rows = judged("content", tsa_trust=sb.Trust.load(FOLDER / "tsa-root.pem"))
    values = {row["signature_value_sha256"] for row in rows}
    assert len(values) == len(rows) == 3


def inspected(*arguments: str) -> str:
    command = [sys.executable, "-m", "smimebatch", "inspect", str(FOLDER / "signature.eml")]
    trust = ["--trust", str(FOLDER / "root.pem"), "--now", LATER.isoformat()]
    said = subprocess.run([*command, *trust, *arguments], capture_output=True, check=True)
    return " ".join(said.stdout.decode().split())


def test_inspect_says_in_words_what_is_proven_and_what_held_then() -> None:
    said = inspected("--tsa-trust", str(FOLDER / "tsa-root.pem"))
    _, rows = judged("signature", tsa_trust=sb.Trust.load(FOLDER / "tsa-root.pem"))
    day = rows[0]["poe_time"].strftime("%Y-%m-%d")
    assert f"; time-stamped {day} by CN=Time by OpenSSL,O=Fixture; the chain held then." in said
    assert "In short: expired 20" in said
    assert "Nothing proves that it existed before now." in inspected()
