"""RULES 19: the dates of a root hold, from the store to the verdict."""

import datetime as dt

import pytest
from cryptography import x509

import smimebatch as sb
from contract import NOW, record_batch


def day(year: int) -> dt.datetime:
    return dt.datetime(year, 1, 1, tzinfo=dt.UTC)


@pytest.fixture
def judged(mails, mail_folder):
    """Signature and message row of a good mail under its root with limits."""
    root = x509.load_pem_x509_certificate((mail_folder / "root.pem").read_bytes())
    der = sb.Trust([root]).anchors[0]
    batch = record_batch([mails["plain-signed"].raw])

    def judge(limits: sb.AnchorLimits, **options):
        trust = sb.Trust([root], limits={der: limits})
        verified = sb.verify_batch(batch, trust=trust, now=NOW, **options)
        return verified.signatures.to_pylist()[0], verified.messages.to_pylist()[0]

    return judge


def words(rows):
    signature, message = rows
    return signature["chain_result"], message["indication"], message["sub_indication"]


PASSED = ("ok", "TOTAL_PASSED", None)
REFUSED = ("anchor_not_trusted", "INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND_NO_POE")


def test_rule_19_root_is_trusted_until_its_day(judged):
    assert words(judged(sb.AnchorLimits(trusted_until=NOW))) == PASSED
    over = sb.AnchorLimits(trusted_until=NOW - dt.timedelta(seconds=1))
    rows = judged(over)
    assert words(rows) == REFUSED
    assert rows[1]["reasons"] == ["chain_anchor_not_trusted"]
    assert rows[0]["trust_anchor_sha256"] is not None, "which root it is about is told"


def test_rule_19_trusted_until_counts_at_the_control_time(judged):
    over = sb.AnchorLimits(trusted_until=day(2025))
    assert words(judged(over, at="2025-01-01T00:00:00Z")) == PASSED
    assert words(judged(over, at="2025-01-01T00:00:01Z")) == REFUSED
    signature, _ = judged(over, at="2025-01-01T00:00:00Z")
    assert signature["indication_now"] == "INDETERMINATE"


def test_rule_19_trusted_from_counts_at_the_control_time(judged):
    young = sb.AnchorLimits(trusted_from=day(2025))
    assert words(judged(young)) == PASSED
    assert words(judged(young, at="2024-12-31T23:59:59Z")) == REFUSED


def test_rule_19_distrust_after_counts_from_the_issuing_of_the_signer(judged):
    assert words(judged(sb.AnchorLimits(distrust_after=day(2000)))) == REFUSED
    assert words(judged(sb.AnchorLimits(distrust_after=NOW))) == PASSED
    # Not the control time decides: judged before the date, the certificate is still too young.
    early = sb.AnchorLimits(distrust_after=day(2000))
    assert words(judged(early, at="2025-01-01T00:00:00Z")) == REFUSED
