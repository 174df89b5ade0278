"""RULES 15: weak is not wrong; what it is worth depends on when the signature existed."""

import datetime as dt
import pathlib

import cms
import pki
import pytest

from made import TEXT, clear_signed, judged

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
NO_DATES = 'format = 1\nname = "none"\ndate = 2026-01-01\n'


def policy(tmp_path: pathlib.Path, text: str) -> pathlib.Path:
    path = tmp_path / "own.toml"
    path.write_text(NO_DATES + text)
    return path


def digest_until(name: str, day: str) -> str:
    return f'[[digest]]\nnames = ["{name}"]\ngood_until = {day}\n'


def test_rule_15_strong_signature_passes_and_says_so(world):
    message, (row,) = judged(world, clear_signed(world))
    assert message["indication"] == "TOTAL_PASSED"
    assert (row["algorithm_status"], row["weak_elements"]) == ("ok", [])


def test_rule_15_digest_given_up_before_now_needs_a_proof_of_age(world, tmp_path):
    own = policy(tmp_path, digest_until("sha256", "2025-12-31"))
    message, (row,) = judged(world, clear_signed(world), policy=own, now=NOW)
    assert row["crypto_result"] == "ok", "weak is not wrong"
    assert row["algorithm_status"] == "weak_now"
    assert "signer:sha256" in row["weak_elements"]
    assert "certificate[0]:sha256" in row["weak_elements"]
    assert message["sub_indication"] == "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
    assert "weak_now" in message["reasons"]


def test_rule_15_last_day_of_a_digest_is_a_good_one(world, tmp_path):
    own = policy(tmp_path, digest_until("sha256", "2026-01-01"))
    message, (row,) = judged(world, clear_signed(world), policy=own, now=NOW)
    assert (message["indication"], row["algorithm_status"]) == ("TOTAL_PASSED", "ok")


@pytest.mark.parametrize(
    ("at", "status", "word"),
    [
        ("2025-06-01T00:00:00Z", "weak_now", "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"),
        ("2025-12-31T12:00:00Z", "weak_then", "CRYPTO_CONSTRAINTS_FAILURE"),
    ],
)
def test_rule_15_chosen_time_proves_nothing_about_an_algorithm(world, tmp_path, at, status, word):
    own = policy(tmp_path, digest_until("sha256", "2025-12-30"))
    message, (row,) = judged(world, clear_signed(world), policy=own, now=NOW, at=at)
    assert (row["algorithm_status"], message["sub_indication"]) == (status, word)


def test_rule_15_short_key_of_the_signer_is_named_with_its_bits(world):
    signer = world.signer("Alice short", key=pki.rsa_key(1024))
    message, (row,) = judged(world, clear_signed(world, signer=signer), now=NOW)
    assert row["crypto_result"] == "ok"
    assert row["weak_elements"] == ["signer:rsa1024"]
    assert message["sub_indication"] == "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"


def test_rule_15_digest_of_the_content_counts_beside_the_one_that_was_signed(world, tmp_path):
    own = policy(tmp_path, digest_until("sha384", "2025-12-31"))
    mail = clear_signed(
        world,
        attributes=cms.usual_attributes(TEXT, "sha384"),
        digest_algorithm=pki.digest_algorithm("sha384"),
        digests=[pki.digest_algorithm("sha384")],
    )
    message, (row,) = judged(world, mail, policy=own, now=NOW)
    assert (row["crypto_result"], row["signature_algorithm"]) == ("ok", "ecdsa-with-SHA256")
    assert row["weak_elements"] == ["signer:sha384"]
    assert message["sub_indication"] == "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
