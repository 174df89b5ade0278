from datetime import UTC, datetime

import pytest
from tests.report.goldens import GOLDENS, MAILS, shown

from smimebatch.report.advice import advice
from smimebatch.report.facts import revocation_line
from smimebatch.report.inspect import Inspected, protected_header, what_held, who
from smimebatch.report.structure import coverage, covers

QUESTIONS = ("Who signed", "What is covered", "Why", "What next")


@pytest.mark.parametrize("title", MAILS)
def test_inspect_shows_what_it_showed(title):
    golden = (GOLDENS / f"{title}.txt").read_text(encoding="utf-8")
    assert shown(MAILS[title]) == golden, "python -m tests.report.goldens, and read the difference"


@pytest.mark.parametrize("title", MAILS)
def test_inspect_answers_every_question_before_the_structure(title):
    answers = shown(MAILS[title]).split("\nStructure\n")[0]
    for question in QUESTIONS if title == "encrypted" else (*QUESTIONS, "When"):
        assert f"\n  {question}  " in answers


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("good", ["TOTAL_PASSED", "alice@example.org", "everything a reader sees", "all hold"]),
        ("broken", ["TOTAL_FAILED / HASH_FAILURE", "changed after signing", "Do not rely on"]),
        ("expired", ["OUT_OF_BOUNDS_NO_POE", "had expired", "--at date"]),
        ("list-footer", ["INDETERMINATE", "mailing list", "Rely on the signed part only"]),
        ("triple-wrapped", ["signed_ciphertext_only", "Open the message first"]),
        ("repaired", ["INDETERMINATE", "as it was probably sent", "A blank line was removed"]),
        ("protected-header", ["Signed header", "the visible header differs", "headers_mismatched"]),
        ("encrypted", ["NOT_SIGNED", "One may lie inside the encryption", "decrypt --keys"]),
    ],
)
def test_inspect_says_what_this_mail_is(title, words):
    answers = " ".join(shown(MAILS[title]).split("\nStructure\n")[0].split())
    for word in words:
        assert word in answers


def test_mark_of_a_differing_header_is_not_cut_off_with_a_long_field():
    message = {
        "headers_mismatched": ["Subject"],
        "protected_headers": ["Subject: " + "x" * 500],
        "header_protection": "none",
    }
    field = next(iter(protected_header(message)))
    assert str(field).endswith("← the visible header differs")


def test_inspect_shows_what_is_known_of_each_certificate():
    element = {
        "certificate_sha256": b"\1",
        "result": "revoked",
        "time": datetime(2020, 1, 1, tzinfo=UTC),
    }
    element |= {"reason": "key_compromise", "source": None}
    line = revocation_line(element, {b"\1": "CN=a"})
    assert line == "CN=a: revoked, time 2020-01-01 00:00:00 UTC, reason key_compromise"


@pytest.mark.parametrize(
    ("results", "colour", "says"),
    [
        (["ok"], "green", False),
        (["repaired"], "green", False),
        (["digest_mismatch"], "red", True),
        ([None], "red", True),
        (["ok", "digest_mismatch"], "yellow", True),
    ],
)
def test_content_is_green_only_where_every_signature_over_it_holds(results, colour, says):
    numbers = list(range(1, len(results) + 1))
    said, style = coverage(numbers, [{"crypto_result": it} for it in results])
    assert style == colour
    assert ("not hold" in said) == says


def test_inspect_lines_fit_and_have_no_trailing_blanks():
    for name in MAILS.values():
        for line in shown(name).splitlines():
            assert len(line) <= 100
            assert line == line.rstrip()


def test_inspect_marks_what_is_covered_and_what_is_not():
    tree = shown(MAILS["list-footer"])
    assert tree.count("covered by signature 1") == 1
    assert tree.count("not covered") == 1


def inspected(message, signatures=()):
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return Inspected(message, list(signatures), [], [], [], [], {}, now)


def test_deciding_signature_is_no_countersignature_of_the_same_number():
    rows = [
        {"layer_path": "signed", "signer_index": index, "format": form}
        for index, form in ((0, "detached"), (1, "countersignature"), (1, "detached"))
    ]
    assert inspected({"deciding_signature": "signed#1"}, rows).deciding is rows[2]


def test_passed_message_is_not_said_to_hold_where_nobody_looked():
    def words(**facts):
        unlooked = {"address_match": None, "revocation_result": None, "algorithm_status": "ok"}
        return " ".join(what_held(unlooked | facts))

    assert "The sender was not compared." in words()
    assert "names no e-mail address" in words(address_match="no_address_in_certificate")
    assert "sender address all hold" in words(address_match="from")
    assert "Revocation was not checked" in words()
    assert "No usable revocation information" in words(revocation_result="unknown")
    assert "evocation" not in words(revocation_result="good")


def test_unreadable_message_has_no_known_signer_and_says_what_to_do():
    message = {"kind": "unreadable", "indication": "NOT_EVALUATED", "reasons": []}
    message |= {"error": "incomplete", "deciding_signature": None}
    assert list(who(inspected(message))) == ["Unknown: the message could not be read."]
    assert [*advice(message)] == [
        "Get the whole message: let Mail download a partial .emlx, find an undamaged copy of a "
        "file that breaks off; where it changed, run again."
    ]


def test_countersignature_covers_no_content():
    place = {"layer_path": "signed", "signed_offset": None, "signed_length": None}
    part = {"layer_path": "signed", "offset": None, "length": 5}
    assert covers(place | {"format": "opaque"}, part)
    assert not covers(place | {"format": "countersignature"}, part)
