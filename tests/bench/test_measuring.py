"""What is measured is what is there, and wrong answers are not timed."""

import io

import pytest

from smimebatch import _native
from smimebatch.batch import new_engine
from smimebatch.bench.corpus import Corpus, signed_corpus, unsigned_corpus
from smimebatch.bench.machine import machine, thread_counts
from smimebatch.bench.measuring import batches, measure, recorded
from smimebatch.bench.peer import measure_openssl
from smimebatch.errors import InputError, StoppedError
from smimebatch.options import VerifyOptions, parse_instant
from smimebatch.report.bench import write_bench
from smimebatch.trust import Trust

OPTIONS = VerifyOptions(now=parse_instant("2026-01-01T00:00:00Z"))


@pytest.fixture(scope="module")
def signed(tmp_path_factory):
    return signed_corpus(str(tmp_path_factory.mktemp("signed")), 120)


def test_everything_is_measured_once_a_round(signed):
    measured = measure(signed, Trust.load(signed.root), OPTIONS, [1, 2], 2)
    for rate in (*measured.whole, *measured.floor, measured.library):
        assert len(rate.seconds) == 2 and min(rate.seconds) > 0
        assert rate.messages == 120
    assert [rate.threads for rate in measured.floor] == [1, 2]
    names = [stage.name for stage in measured.stages]
    assert (names[0], names[-1]) == ("read", "write")
    assert names[1:-1] == [name for name, _, _ in _native.StageTimes().read()]
    by_name = {stage.name: stage.us_per_message for stage in measured.stages}
    assert by_name["scan"] > 0 and by_name["check"] > 0 and by_name["columns"] > 0


def test_screen_says_how_much_faster_the_kernels_are_than_the_library(signed):
    measured = measure(signed, Trust.load(signed.root), OPTIONS, [1], 1)
    measured.floor[0].seconds[:], measured.library.seconds[:] = [1.0], [2.5]
    screen = io.StringIO()
    write_bench([measured], None, screen)
    assert "2.5 times that by the library" in " ".join(screen.getvalue().split())


def test_floor_holds_a_verification_for_every_signature_and_plays_on_any_threads(signed):
    jobs = recorded(signed, Trust.load(signed.root), OPTIONS, OPTIONS.now)
    digests, octets, checks = jobs.native.counts
    assert jobs.messages == 120
    # The signatures, and those of the certificates, each once.
    assert 120 <= checks <= 120 + 25
    # At least the message, the object, the value, the content and the attributes.
    assert digests >= 5 * 120 and octets > jobs.payload_bytes
    for threads in (1, 3):
        assert all(seconds > 0 for seconds in jobs.play(threads))
    assert all(seconds > 0 for seconds in jobs.play(library_alone=True))


def test_mail_without_signatures_has_a_floor_of_fingerprints(tmp_path):
    corpus = unsigned_corpus(str(tmp_path), 30)
    jobs = recorded(corpus, Trust(), OPTIONS, OPTIONS.now)
    assert jobs.native.counts == (30, jobs.native.counts[1], 0)


def test_watch_counts_only_the_engines_it_was_given(signed):
    watch = _native.StageTimes()
    trust = Trust.load(signed.root)
    (item,) = batches(signed, OPTIONS)
    new_engine(trust, OPTIONS.policy, OPTIONS.now, 1).verify(item.rows)
    assert not any(ns for _, _, ns in watch.read())
    new_engine(trust, OPTIONS.policy, OPTIONS.now, 2, watch=watch).verify(item.rows)
    assert {name: ns for name, _, ns in watch.read()}["decode"] > 0


def test_wrong_verdicts_are_not_timed(signed):
    with pytest.raises(StoppedError):
        measure(signed, Trust(), OPTIONS, [1], 1)


def test_inputs_without_messages_are_refused(tmp_path):
    (tmp_path / "empty.mbox").write_bytes(b"")
    empty = Corpus("", "", [str(tmp_path / "empty.mbox")])
    with pytest.raises(InputError):
        measure(empty, Trust(), OPTIONS, [1], 1)


def test_openssl_finds_what_is_true_of_the_sample(signed):
    peer = measure_openssl(signed)
    assert peer is not None and peer.is_right and peer.messages == 60


def test_openssl_that_is_not_there_is_left_out(signed, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert measure_openssl(signed) is None


@pytest.mark.parametrize(
    ("most", "counts"), [(1, [1]), (2, [1, 2]), (6, [1, 2, 4, 6]), (8, [1, 2, 4, 8])]
)
def test_thread_counts_double_up_to_the_most(most, counts):
    assert thread_counts(most) == counts


def test_machine_names_its_kernels():
    about = machine()
    assert about["cores"] >= 1 and about["cpu"]
    assert all(kernel["job"] and kernel["kernel"] and kernel["why"] for kernel in about["kernels"])
