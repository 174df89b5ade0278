"""Mail that is made for measuring: what it is, and that it is the same for the same seed."""

import email
from collections import Counter

import pyarrow as pa
import pytest

import smimebatch as sb
from smimebatch.bench.corpus import signed_corpus, unsigned_corpus, without_from_line
from smimebatch.bench.list_mail import list_messages
from smimebatch.bench.signed_mail import new_people, signed_messages
from smimebatch.options import parse_instant

NOW = parse_instant("2026-01-01T00:00:00Z")


@pytest.fixture(scope="module")
def people():
    return new_people(3, "p256")


def verdicts(people, messages):
    trust = sb.Trust.from_certificates([people.root.certificate])
    raw = [without_from_line(message.stored) for message in messages]
    found = sb.verify_batch(pa.table({"raw": raw}), trust=trust, now=NOW)
    return found.messages["indication"].to_pylist()


def test_signed_mail_passes_unless_it_was_tampered_with(people):
    messages = list(signed_messages(people, 40, body_bytes=300, tampered_share=0.3))
    assert 0 < sum(message.tampered for message in messages) < 40
    expected = ["TOTAL_FAILED" if it.tampered else "TOTAL_PASSED" for it in messages]
    assert verdicts(people, messages) == expected


def test_signed_mail_of_a_seed_is_of_the_same_people_and_texts(people):
    def drawn(seed):
        mails = signed_messages(people, 20, tampered_share=0.5, seed=seed)
        texts = ((it, it.stored.split(b"base64\n\n")[1][:200]) for it in mails)
        return [(it.sender, it.tampered, text) for it, text in texts]

    one, two, other = map(drawn, (7, 7, 8))
    assert one == two != other


def test_senders_in_turn_write_once_each(people):
    senders = [it.sender for it in signed_messages(people, 6, in_turn=True, body_bytes=300)]
    assert Counter(senders) == dict.fromkeys(sorted(set(senders)), 2)


def test_list_mail_of_a_seed_is_the_same_bytes_and_grows_with_its_scale():
    one, two = (list(list_messages(60)) for _ in range(2))
    assert one == two
    small, large = (sum(map(len, list_messages(60, scale))) for scale in (0.1, 2.0))
    assert small < sum(map(len, one)) < large
    for mail in one:
        parsed = email.message_from_bytes(without_from_line(mail))
        assert parsed["From"] and parsed["Date"] and not parsed.defects


@pytest.mark.parametrize("messages", [1, 1_000, 1_003])
def test_unsigned_corpus_has_as_many_different_messages_as_it_says(tmp_path, messages):
    corpus = unsigned_corpus(str(tmp_path), messages)
    run = sb.verify(corpus.inputs, output=tmp_path / "out", now=NOW)
    assert dict(run.totals.indications) == corpus.expected == {"NOT_SIGNED": messages}
    ids = run.messages().to_table(["message_id"])["message_id"].to_pylist()
    assert len(set(ids)) == messages


def test_signed_corpus_has_the_verdicts_it_says(tmp_path):
    corpus = signed_corpus(str(tmp_path), 150)
    run = sb.verify(corpus.inputs, trust=sb.Trust.load(corpus.root), now=NOW)
    expected = {key: count for key, count in corpus.expected.items() if count}
    assert dict(run.totals.indications) == expected
    assert len(corpus.sample) == 150
