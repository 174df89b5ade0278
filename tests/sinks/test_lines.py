import csv
import io
import json
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smimebatch.errors import OutputClosedError, RowsStoppedError
from smimebatch.sinks.lines import ACTIVE, LinesSink, csv_line, csv_text


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


def test_time_that_python_cannot_hold_is_written_inside_a_list():
    kind = pa.list_(pa.struct([("time", pa.timestamp("us", "UTC"))]))
    far = pa.table({"at": pa.array([[{"time": 253402300800000000}]], kind)})
    assert "10000-01-01T00:00:00Z" in written(far, "jsonl")
    assert "10000-01-01T00:00:00Z" in written(far, "csv")


def test_time_that_python_cannot_hold_is_written():
    far = pa.table({"at": pa.array([253402300800000000], pa.timestamp("us", "UTC"))})
    assert "10000-01-01T00:00:00Z" in written(far, "jsonl")


STARTS = ["=", "+", "-", "@", "\t=", " =", "\r@", "\uff1d", "\uff20"]


@pytest.mark.parametrize("start", STARTS)
def test_rule_46_csv_cell_is_never_a_formula(start):
    assert csv_text(start + "SUM(A1)").startswith("'")
    assert csv_text("a" + start) == "a" + ACTIVE.sub("\ufffd", start)


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("mark", [";", "|", '";', ';"'])
def test_rule_46_csv_has_no_formula_for_readers_that_split_at_other_marks(mark, start):
    table = pa.table(
        {"a": ["x"], "text": [f"x{mark}{start}40+2{mark}y"], "b": [[f"{mark}{start}"]]}
    )
    text = written(table, "csv")
    for delimiter in ";|":
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            assert not [
                cell for cell in row if cell.lstrip(" \ufffd").startswith(tuple("=+-@＝＠"))
            ]


@pytest.mark.parametrize("mark", [";", "\t", " ", "|", "；"])
def test_rule_46_csv_row_stays_whole_where_any_mark_splits(mark):
    cells = ["", mark.join(["a", "b@c", "TOTAL_PASSED"]), "NOT_SIGNED"]
    line = csv_line(cells).removesuffix("\r\n")
    outside = "".join(line.split('"')[::2])
    assert mark not in outside
    assert outside == ",,NOT_SIGNED"


def test_plain_words_numbers_and_times_have_no_quotes():
    row = ["TOTAL_PASSED", 3, -3, True, None, "2021-06-01T12:00:00Z", "00ff", []]
    assert csv_line(row) == 'TOTAL_PASSED,3,-3,true,,2021-06-01T12:00:00Z,00ff,"[]"\r\n'


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
