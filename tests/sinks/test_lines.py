import csv
import io
import json
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smimebatch.errors import OutputClosedError, RowsStoppedError
from smimebatch.sinks.lines import ACTIVE, LinesSink, csv_cell


def written(table, form):
    stream = io.BytesIO()
    LinesSink(stream, form).write_table(table)
    return stream.getvalue().decode()


NOON = datetime(2021, 6, 1, 12, tzinfo=UTC)
TABLE = pa.table(
    {
        "text": ["a", None, 'say "x", then\n2'],
        "code": pa.array(["ok", "ok", None]).dictionary_encode(),
        "count": pa.array([1, None, -3], pa.int64()),
        "yes": [True, False, None],
        "hash": pa.array([b"\x00\xff", None, b""], pa.binary()),
        "codes": [["a", "b"], [], None],
        "at": pa.array([NOON, None, None], pa.timestamp("us", "UTC")),
        "inner": [[{"time": datetime(2021, 6, 1, tzinfo=UTC), "by": b"\x01"}], None, []],
    }
)


def test_json_lines_keep_null_lists_and_types():
    first, second, third = map(json.loads, written(TABLE, "jsonl").splitlines())
    assert first == {
        "text": "a",
        "code": "ok",
        "count": 1,
        "yes": True,
        "hash": "00ff",
        "codes": ["a", "b"],
        "at": "2021-06-01T12:00:00Z",
        "inner": [{"time": "2021-06-01T00:00:00Z", "by": "01"}],
    }
    assert second["codes"] == []
    assert second["hash"] is None
    assert third["text"] == 'say "x", then\n2'
    assert third["codes"] is None


def test_csv_has_one_head_lists_as_json_and_empty_cells_for_null():
    stream = io.BytesIO()
    sink = LinesSink(stream, "csv")
    sink.write_table(TABLE.slice(0, 1))
    sink.write_table(TABLE.slice(1))
    head, first, second, third = csv.reader(io.StringIO(stream.getvalue().decode(), newline=""))
    assert head == TABLE.column_names
    assert first[:7] == ["a", "ok", "1", "true", "00ff", '["a", "b"]', "2021-06-01T12:00:00Z"]
    assert second[0] == second[4] == ""
    assert second[5] == "[]"
    assert third[2] == "-3", "a number is no formula"
    assert third[0] == 'say "x", then\N{REPLACEMENT CHARACTER}2', "a row is a line"


def test_time_that_python_cannot_hold_is_written():
    far = pa.table({"at": pa.array([253402300800000000], pa.timestamp("us", "UTC"))})
    assert "10000-01-01T00:00:00Z" in written(far, "jsonl")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", " =", "\r@", "\uff1d", "\uff20"])
def test_rule_46_csv_cell_is_never_a_formula(start):
    assert csv_cell(start + "SUM(A1)").startswith("'")
    assert csv_cell("a" + start) == "a" + ACTIVE.sub("\ufffd", start)


@given(st.text())
def test_rule_46_any_text_is_one_line_and_nothing_active(text):
    table = pa.table({"text": pa.array([text.encode("utf-8", "replace").decode()])})
    for form, lines in (("jsonl", 1), ("csv", 2)):
        out = written(table, form)
        assert len(out.splitlines()) == lines
        assert not ACTIVE.search(out.replace("\r\n", "").replace("\n", ""))
    assert json.loads(written(table, "jsonl"))["text"] == table["text"][0].as_py()


def test_reader_that_left_is_told_apart_from_a_full_disk():
    class Refusing(io.RawIOBase):
        def __init__(self, error):
            self.error = error

        def writable(self):
            return True

        def write(self, data):
            raise self.error

    with pytest.raises(OutputClosedError):
        LinesSink(Refusing(BrokenPipeError()), "jsonl").write_table(TABLE)
    with pytest.raises(RowsStoppedError, match="No space") as caught:
        LinesSink(Refusing(OSError(28, "No space left")), "jsonl").write_table(TABLE)
    assert not isinstance(caught.value, OutputClosedError)
