"""What is kept of messages until their proof: little, and nothing of the core's memory."""

from __future__ import annotations

import pyarrow as pa
from tests.sealing.keyring import ENTITY, HEADER

from smimebatch.batch import as_table, current_time, new_engine, verified_batch
from smimebatch.envelopes import Envelopes
from smimebatch.options import Policy
from smimebatch.sinks.unsettled import Unsettled
from smimebatch.trust import Trust


def buffers_of(table):
    """Where the octets of a table lie."""
    chunks = [chunk for column in table.columns for chunk in column.chunks]
    return {it.address for chunk in chunks for it in chunk.buffers() if it is not None and it.size}


def test_rows_that_are_kept_let_go_of_the_messages():
    engine = new_engine(
        Trust(), Policy.given(), current_time(), 1, envelopes=Envelopes(writes_mail=True)
    )
    mails = [HEADER + ENTITY + b"x" * 50_000 for _ in range(20)]
    batch = verified_batch(engine.verify(pa.record_batch({"raw": pa.array(mails, pa.binary())})))
    rows, unsettled = as_table(batch.mail), Unsettled()
    unsettled.add(batch, rows)
    (kept,) = unsettled._kept
    of_core = buffers_of(rows) | buffers_of(batch.messages)
    assert of_core
    assert not of_core & buffers_of(kept)
    assert kept.get_total_buffer_size() < 20_000
