import io
from collections import Counter
from datetime import UTC, datetime

import pytest

from smimebatch import Run, Totals, Trust
from smimebatch.job.shard import Shard
from smimebatch.options import Policy, VerifyOptions
from smimebatch.path_rules import PathRules
from smimebatch.report.advice import BY_FLAG
from smimebatch.report.summary import write_summary
from smimebatch.schema import codes_of
from smimebatch.sources.items import ReadError, Remark

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def shown(totals, *, trust=None, output=None, options=None):
    run = Run(totals, 2.0, output, trust or Trust(), options or VerifyOptions(), NOW)
    stream = io.StringIO()
    write_summary(run, stream)
    return stream.getvalue()


@pytest.fixture
def totals():
    return Totals(
        messages=1000,
        payload_bytes=8_000_000,
        signatures=400,
        certificates=52,
        kinds=Counter({"signed": 400, "plain": 600}),
        indications=Counter({"TOTAL_PASSED": 390, "TOTAL_FAILED": 10, "NOT_SIGNED": 600}),
        sub_indications=Counter({"HASH_FAILURE": 10}),
        reasons=Counter({"digest_mismatch": 10}),
        coverage=Counter({"full": 400}),
        issuers=Counter({"CN=Some CA": 400}),
    )


def test_summary_says_how_much_how_fast_and_what_was_found(totals):
    text = shown(totals)
    assert "1,000 messages, 8.0 MB, in 2.0 s (500 messages/s, 4.0 MB/s)" in text
    for words in ("TOTAL_PASSED", "39.0 %", "HASH_FAILURE", "digest_mismatch", "CN=Some CA"):
        assert words in text
    assert "52 distinct certificates" in text
    assert text.index("TOTAL_PASSED") < text.index("TOTAL_FAILED") < text.index("NOT_SIGNED")


def test_summary_says_what_it_judged_with(totals):
    text = " ".join(shown(totals).split())
    assert "Not checked" not in text
    assert "--bind" not in text
    rules = PathRules(chain_model="chain", require_explicit_policy=True, initial_policies=["1.2.3"])
    policy = Policy(bind="off", at="date", bind_missing="allow", strict=True, path=rules)
    text = " ".join(shown(totals, options=VerifyOptions(policy=policy)).split())
    for words in (
        "--at date, not evidence. The Date header is believed.",
        "--bind off, not from. Nobody asked whether the sender is the signer.",
        "--bind-missing allow, not refuse.",
        "--chain-model chain, not shell. A CA only needs to have been valid when it issued.",
        "--require-explicit-policy: a chain passes under a policy (1.2.3) only.",
        "--strict",
    ):
        assert words in text
    assert "Judged with" not in shown(Totals(messages=5))
    assert "Judged with" not in shown(totals)


def test_summary_without_trust_says_so_in_one_plain_line(totals):
    assert "No --trust was given" in shown(totals)
    assert "No --trust was given" not in shown(totals, trust=Trust.from_certificates([b"\x30\x00"]))
    assert "No --trust was given" not in shown(Totals(messages=5))


def test_summary_rule_28_list_footers_are_told_kindly(totals):
    totals.list_footers_good = 3
    text = " ".join(shown(totals).split())
    assert "3 messages: signature good over part of the message; a mailing list" in text


def test_summary_unreadable_places_are_listed_and_counted(totals):
    totals.errors = 7
    totals.first_errors = [ReadError(f"{n}.gz", 1000, "corrupt_compression", "t") for n in range(7)]
    totals.remarks = Counter({"not_mail": 1})
    totals.first_remarks = [Remark("README", "not_mail", "passed over")]
    text = shown(totals)
    assert "7 places could not be read" in text
    assert "0.gz at byte 1,000" in text
    assert "and 2 more" in text
    assert "README" in text


def test_summary_rule_46_names_from_mail_are_made_harmless(totals):
    totals.issuers = Counter({"CN=\x1b[2J[bold]evil\n": 1})
    totals.first_errors = [ReadError("\x1b]0;x\x07", None, "unreadable_file", "\r\n")]
    totals.errors = 1
    text = shown(totals)
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "[bold]evil" in text


def test_summary_says_where_the_rows_are(totals):
    assert "-o OUT" in shown(totals)
    assert "results/" in shown(totals, output="results/")


def test_summary_lines_fit_and_have_no_trailing_blanks(totals):
    totals.issuers = Counter({"CN=" + "long " * 60: 1})
    for line in shown(totals).splitlines():
        assert len(line) <= 100
        assert line == line.rstrip()


def test_summary_of_nothing_is_short():
    assert shown(Totals()).startswith("0 messages")


def test_summary_counts_flags_that_ask_for_something_with_what_to_do(totals):
    assert "flags" not in shown(totals)
    totals.flags = Counter({"reply_to_differs": 700, "domain_signer": 3, "other_signer_failed": 2})
    text = " ".join(shown(totals).split())
    assert "What to look at (flags; one message can have several)" in text
    assert "2 other_signer_failed Another signer of the deciding layer does not pass." in text
    assert "See the rows of the other signers" in text
    assert "Decide whether a signature of the domain is enough for you." in text
    assert "reply_to_differs" not in text
    assert "in doubt" not in text


def test_summary_every_flag_has_advice():
    assert set(codes_of("flag")) - {"surreptitious_forwarding_possible"} <= BY_FLAG.keys()


def test_summary_says_first_where_boundaries_are_in_doubt(totals):
    totals.flags = Counter({"split_suspicious": 4})
    text = " ".join(shown(totals).split())
    assert "Where messages begin and end is in doubt 4 messages (split_suspicious)." in text
    assert "--mbox-variant may split it better." in text
    assert text.index("in doubt") < text.index("The verdict on each message")
    assert "What to look at" not in text
    assert "envelope" not in text


def test_summary_says_that_a_limit_ended_the_reading(totals):
    for limit, is_told in ((None, False), (999, True), (1000, True), (1001, False)):
        text = " ".join(shown(totals, options=VerifyOptions(limit=limit)).split())
        assert ("Read up to a limit" in text) == is_told
        assert (f"--limit {limit}: no more than the first" in text) == is_told
    text = shown(totals, options=VerifyOptions(limit=5000, shard=Shard(0, 2)))
    assert "--limit 5000: no more than the first 5,000 messages" in text
