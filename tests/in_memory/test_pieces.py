"""Large data in memory is verified in pieces, between which an interrupt counts; rows tell none."""

import signal

import pyarrow as pa
import pytest
from tests.plain_mail import plain_message

import smimebatch as sb
from contract import NOW
from smimebatch import arrow_input
from smimebatch.arrow_input import pieces, record_batches

NAMES = ("plain-signed", "signer-certificate-absent", "openssl-enveloped-aes256")
TABLES = ("messages", "signatures", "certificates", "encryptions", "recipients")


@pytest.fixture
def raws(mails):
    return [plain_message(1), *(mails[name].raw for name in NAMES), b"", plain_message(2)]


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary(), pa.binary_view()])
def test_pieces_make_the_rows_of_the_whole(raws, monkeypatch, kind):
    data = pa.table({"raw": pa.array([*raws, None], kind)})
    whole = sb.verify_batch(data, now=NOW)
    assert whole.signatures.num_rows == 2
    for rows, octets in ((1, 1 << 20), (4, 1 << 20), (2048, 1), (2048, 5000)):
        monkeypatch.setattr(arrow_input, "PIECE_ROWS", rows)
        monkeypatch.setattr(arrow_input, "PIECE_BYTES", octets)
        cut = sb.verify_batch(data, now=NOW, jobs=2)
        for name in TABLES:
            assert getattr(cut, name).to_pylist() == getattr(whole, name).to_pylist(), name


def test_pieces_are_of_so_many_rows_and_octets_for_each_thread():
    rows = pa.record_batch({"raw": [b"x" * 100] * 10_000})
    assert {piece.num_rows for piece in pieces(rows, 1)} == {2048, 10_000 - 4 * 2048}
    assert [piece.num_rows for piece in pieces(rows, 8)] == [10_000]
    large = pa.record_batch({"raw": [b"x" * (3 << 20)] * 5})
    assert [piece.num_rows for piece in pieces(large, 1)] == [2, 2, 1]
    assert [piece.num_rows for piece in pieces(large.slice(0, 0), 1)] == [0]
    assert [piece.num_rows for piece in pieces(pa.record_batch({"x": [1]}), 1)] == [1]


def test_interrupt_ends_a_large_batch_before_its_end(monkeypatch):
    monkeypatch.setattr(arrow_input, "PIECE_ROWS", 1)
    seen = []

    def slowly(rows, jobs):
        for piece in pieces(rows, jobs):
            seen.append(piece)
            if len(seen) == 3:
                signal.raise_signal(signal.SIGINT)
            yield piece

    monkeypatch.setattr("smimebatch.batch.pieces", slowly)
    with pytest.raises(KeyboardInterrupt):
        sb.verify_batch(pa.record_batch({"raw": [plain_message(1)] * 9}), now=NOW)
    assert len(seen) == 3


def test_rows_without_numbers_of_their_own_are_numbered(raws):
    raw = pa.array(raws, pa.binary())
    whole = pa.table({"raw": raw})
    parts = pa.Table.from_batches([*whole.slice(0, 2).to_batches(), *whole.slice(2).to_batches()])
    nulls = whole.append_column("source_index", pa.nulls(len(raws)))
    for data in (pa.record_batch({"raw": raw}), whole, parts, nulls):
        found = sb.verify_batch(data, now=NOW)
        assert found.messages["source_index"].to_pylist() == list(range(len(raws)))
        assert found.signatures["source_index"].to_pylist() == [1, 2]
        assert found.encryptions["source_index"].to_pylist() == [3]
    own = whole.append_column("source_index", pa.array([9, 9, 7, 6, 5, None], pa.int64()))
    (_, rows) = record_batches(own)
    assert rows["source_index"].to_pylist() == [9, 9, 7, 6, 5, None]
