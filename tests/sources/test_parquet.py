import gzip
import io
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from smimebatch.errors import InputError, OptionError
from smimebatch.sources import (
    Archive,
    InputBatch,
    Inputs,
    ReadError,
    ReadingOptions,
    Remark,
    opening,
)
from smimebatch.sources.imported import IMPORT_KEY
from smimebatch.sources.parquet import ColumnError, check_named_columns, raw_column

BYTES = (pa.binary(), pa.large_binary(), pa.binary_view(), pa.dictionary(pa.int32(), pa.binary()))
TEXTS = (pa.string(), pa.large_string(), pa.string_view())
MESSAGES = [b"From: a@example.com\n\none\n", None, b"From: b@example.com\n\n" + b"two " * 400, b""]


def write(path, columns, **options):
    pq.write_table(pa.table(columns), path, **options)
    return path


def read(path, **options):
    items = list(Archive(Inputs([path]), ReadingOptions(**options)))
    batches = [item for item in items if isinstance(item, InputBatch)]
    rows = [row for batch in batches for row in batch.rows.to_pylist()]
    return rows, [item for item in items if not isinstance(item, InputBatch)], batches


@pytest.mark.parametrize("kind", BYTES, ids=str)
def test_read_every_layout_of_bytes_gives_the_same_rows(tmp_path, kind):
    path = write(tmp_path / "a.parquet", {"raw": pa.array(MESSAGES, pa.binary()).cast(kind)})
    rows, others, _ = read(path)
    assert others == []
    assert [row["raw"] for row in rows] == MESSAGES
    assert [row["source_index"] for row in rows] == [0, 1, 2, 3]
    assert {(row["source"], row["source_offset"]) for row in rows} == {("a.parquet", None)}


@pytest.mark.parametrize("kind", TEXTS, ids=str)
def test_read_text_gives_rows_and_a_warning(tmp_path, kind):
    texts = [None if m is None else m.decode() for m in MESSAGES]
    rows, others, _ = read(write(tmp_path / "a.parquet", {"raw": pa.array(texts, kind)}))
    assert [row["raw"] for row in rows] == MESSAGES
    assert [other.code for other in others] == ["raw_column_is_text"]


@pytest.mark.parametrize("batch_bytes", [1, 100, 1700, 1 << 20])
def test_read_any_batch_size_and_row_group_give_the_same_rows(tmp_path, batch_bytes):
    messages = MESSAGES * 25
    path = write(tmp_path / "a.parquet", {"raw": messages}, row_group_size=7)
    rows, others, batches = read(path, batch_bytes=batch_bytes)
    assert others == []
    assert [row["raw"] for row in rows] == messages
    assert [row["source_index"] for row in rows] == list(range(100))
    for batch in batches:
        sizes = [len(row["raw"] or b"") for row in batch.rows.to_pylist()]
        assert batch.payload_bytes == sum(sizes)
        assert sum(sizes) <= batch_bytes or sum(size > 0 for size in sizes) == 1


def test_read_compressed_file_is_spooled(tmp_path):
    plain = io.BytesIO()
    pq.write_table(pa.table({"raw": MESSAGES}), plain)
    (tmp_path / "a.parquet.gz").write_bytes(gzip.compress(plain.getvalue()))
    rows, others, _ = read(tmp_path / "a.parquet.gz")
    assert others == []
    assert [row["raw"] for row in rows] == MESSAGES


def test_read_file_as_standard_input(tmp_path, monkeypatch):
    pq.write_table(pa.table({"raw": MESSAGES}), tmp_path / "a.parquet")
    with (tmp_path / "a.parquet").open("rb") as file:
        monkeypatch.setattr(opening, "STANDARD_INPUT_DESCRIPTOR", file.fileno())
        rows, others, _ = read("-")
    assert others == []
    assert [row["raw"] for row in rows] == MESSAGES


def test_raw_column_telling_name_goes_first_whatever_the_order():
    schema = pa.schema({"data": pa.binary(), "Message": pa.binary(), "id": pa.int64()})
    assert raw_column(schema, None) == "Message"
    assert raw_column(schema, "data") == "data"


def test_raw_column_bytes_go_before_text():
    assert raw_column(pa.schema({"raw": pa.string(), "eml": pa.binary()}), None) == "eml"


def test_raw_column_text_needs_a_telling_name():
    with pytest.raises(ColumnError):
        raw_column(pa.schema({"source": pa.string(), "body": pa.string()}), None)


@pytest.mark.parametrize("wanted", [None, "nope", "id"])
def test_named_file_without_the_column_is_refused_with_the_columns_found(tmp_path, wanted):
    path = write(tmp_path / "a.parquet", {"id": [1], "text": ["x"]})
    with pytest.raises(InputError, match=r"id \(int64\), text \(string\)") as caught:
        check_named_columns(Inputs([path]), wanted, None)
    assert caught.value.exit_code == 2
    assert str(path) in str(caught.value)


def test_column_for_another_format_is_refused(tmp_path):
    path = write(tmp_path / "a.parquet", {"raw": MESSAGES})
    with pytest.raises(OptionError, match="--input-format mbox"):
        check_named_columns(Inputs([path]), "raw", "mbox")


def test_file_of_a_tree_without_the_column_is_passed_over_unless_one_was_named(tmp_path):
    write(tmp_path / "a.parquet", {"id": [1]})
    assert [type(other) for other in read(tmp_path)[1]] == [Remark]
    assert [other.code for other in read(tmp_path, column="raw")[1]] == ["column_missing"]


def test_file_of_a_tree_with_bytes_in_another_column_is_an_error_unless_a_run_wrote_it(tmp_path):
    write(tmp_path / "a.parquet", {"letters": MESSAGES})
    assert [other.code for other in read(tmp_path)[1]] == ["column_missing"]
    table = pa.table({"letters": MESSAGES}).replace_schema_metadata({"smimebatch.schema": "1"})
    pq.write_table(table, tmp_path / "a.parquet")
    assert [type(other) for other in read(tmp_path)[1]] == [Remark]


def test_damaged_footer_is_an_error(tmp_path):
    path = write(tmp_path / "a.parquet", {"raw": MESSAGES})
    path.write_bytes(path.read_bytes()[:-20])
    rows, others, _ = read(path)
    assert rows == []
    assert [(type(other), other.code) for other in others] == [(ReadError, "corrupt_parquet")]


def test_damaged_row_group_is_an_error_and_the_others_are_read(tmp_path):
    messages = [b"From: %d@example.com\n\n" % n + b"x%d" % n * 500 for n in range(30)]
    path = write(
        tmp_path / "a.parquet",
        {"raw": messages},
        row_group_size=10,
        write_page_checksum=True,
        write_statistics=False,
    )
    column = pq.ParquetFile(path).metadata.row_group(1).column(0)
    stored = bytearray(path.read_bytes())
    stored[column.dictionary_page_offset + column.total_compressed_size // 2] ^= 1
    path.write_bytes(stored)
    rows, others, _ = read(path)
    assert [row["source_index"] for row in rows] == [*range(10), *range(20, 30)]
    assert [row["raw"] for row in rows] == messages[:10] + messages[20:]
    assert [other.code for other in others] == ["corrupt_parquet"]
    assert "rows 10 to 19" in others[0].text


def test_facts_of_another_type_are_nobodys_and_lose_no_message(tmp_path):
    columns = {"raw": MESSAGES, "source_index": list(range(7, 7 + len(MESSAGES)))}
    odd = {"original_integrity": [1] * len(MESSAGES), "split_suspicious": ["no"] * len(MESSAGES)}
    table = pa.table(columns | odd).replace_schema_metadata({IMPORT_KEY: "1"})
    pq.write_table(table, tmp_path / "a.parquet")
    rows, others, _ = read(tmp_path / "a.parquet")
    assert [row["raw"] for row in rows] == MESSAGES
    assert [row["source_index"] for row in rows] == [7, 8, 9, 10]
    assert others == []


LAYOUTS = {
    "source": [pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())],
    "mbox_from": [pa.binary_view(), pa.large_binary(), pa.dictionary(pa.int32(), pa.binary())],
    "source_index": [pa.int32(), pa.uint64()],
}


@pytest.mark.parametrize(
    ("name", "layout"), [(name, layout) for name, layouts in LAYOUTS.items() for layout in layouts]
)
def test_facts_in_any_layout_are_read(tmp_path, name, layout):
    value = {"source": "in.mbox", "mbox_from": b"From x\n", "source_index": 7}[name]
    count = len(MESSAGES)
    facts = pa.array(range(7, 7 + count) if name == "source_index" else [value] * count)
    facts = facts.dictionary_encode() if pa.types.is_dictionary(layout) else facts.cast(layout)
    table = pa.table({"raw": MESSAGES, name: facts}).replace_schema_metadata({IMPORT_KEY: "1"})
    for file in ("a.parquet", "b.parquet"):
        pq.write_table(table, tmp_path / file)
    items = list(
        Archive(Inputs([tmp_path / "a.parquet", tmp_path / "b.parquet"]), ReadingOptions())
    )
    others = [item for item in items if not isinstance(item, InputBatch)]
    rows = [row for item in items if isinstance(item, InputBatch) for row in item.rows.to_pylist()]
    assert others == []
    assert [row["raw"] for row in rows] == MESSAGES * 2
    told = {row[name] for row in rows}
    values = {"source": {f"{it}.parquet!in.mbox" for it in "ab"}, "source_index": {7, 8, 9, 10}}
    assert told == values.get(name, {value})


def test_raw_column_exact_name_wins_and_others_alike_are_refused():
    schema = pa.schema({"RAW": pa.binary(), "raw": pa.binary()})
    assert (raw_column(schema, None), raw_column(schema, "RAW")) == ("raw", "RAW")
    assert raw_column(pa.schema({"RAW": pa.int64(), "Raw": pa.binary()}), None) == "Raw"
    with pytest.raises(ColumnError):
        raw_column(pa.schema({"RAW": pa.binary(), "Raw": pa.binary()}), None)


@pytest.mark.parametrize("kinds", [BYTES[:1] * 2, TEXTS[:1] * 2, (pa.int64(), pa.binary())])
@pytest.mark.parametrize("column", [None, "raw"])
def test_two_columns_of_one_name_are_an_error_of_that_file_alone(tmp_path, kinds, column):
    table = pa.Table.from_arrays([pa.nulls(2, kind) for kind in kinds], names=["raw", "raw"])
    pq.write_table(table, tmp_path / "a.parquet")
    write(tmp_path / "b.parquet", {"raw": MESSAGES})
    rows, others, _ = read(tmp_path, column=column)
    assert [row["source"] for row in rows] == ["b.parquet"] * 4
    assert [(it.source, it.code) for it in others] == [("a.parquet", "column_missing")]


def test_two_columns_of_times_vouch_for_nothing(tmp_path):
    columns = [pa.array(MESSAGES), *[pa.nulls(4, pa.date32())] * 2]
    pq.write_table(pa.Table.from_arrays(columns, names=["raw", "t", "t"]), tmp_path / "a.parquet")
    rows, others, _ = read(tmp_path, vouched_column="t")
    assert [row["raw"] for row in rows] == MESSAGES
    assert [it.code for it in others] == ["vouched_column_missing"]


@pytest.mark.parametrize("which", [0, 1, 2])
def test_footer_whose_names_are_no_utf8_is_damaged(tmp_path, which):
    content = io.BytesIO()
    pq.write_table(pa.table({"raw": MESSAGES, "other": MESSAGES}), content, store_schema=False)
    stored = bytearray(content.getvalue())
    at = stored.index(b"\x03raw", len(stored) // 2) if which == 0 else -1
    for _ in range(which):
        at = stored.index(b"\x05other", at + 1)
    stored[at + 1] = 0xFF
    (tmp_path / "a.parquet").write_bytes(stored)
    write(tmp_path / "b.parquet", {"raw": MESSAGES})
    rows, others, _ = read(tmp_path)
    assert [row["raw"] for row in rows if row["source"] == "b.parquet"] == MESSAGES
    if which == 2:  # that of another column, in its row group: nobody asks for it
        assert ([row["raw"] for row in rows], others) == (MESSAGES * 2, [])
    else:
        assert {(it.source, it.code) for it in others} == {("a.parquet", "corrupt_parquet")}
    check_named_columns(Inputs([tmp_path / "a.parquet"]), None, None)


READS_EACH = """
import sys
from smimebatch.sources import Archive, Inputs, ReadingOptions
path, whole = sys.argv[1], open(sys.argv[1], "rb").read()
begin = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
for place in range(begin, len(whole)):
    damaged = bytearray(whole)
    damaged[place] ^= 4
    with open(path, "wb") as file:
        file.write(damaged)
    print(len(list(Archive(Inputs([path]), ReadingOptions()))))
"""


@pytest.mark.parametrize("column", [MESSAGES, [[message] for message in MESSAGES]])
def test_read_any_damaged_octet_of_the_footer_does_not_end_the_process(tmp_path, column):
    path = write(tmp_path / "a.parquet", {"raw": MESSAGES, "also": column})
    command = [sys.executable, "-c", READS_EACH, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) > 500


def test_read_beside_a_larger_column_gives_the_same_rows(tmp_path):
    columns = {"raw": MESSAGES * 50, "other": [b"x" * 3000] * 200}
    rows, others, batches = read(write(tmp_path / "a.parquet", columns), batch_bytes=10_000)
    assert ([row["raw"] for row in rows], others) == (MESSAGES * 50, [])
    assert [row["source_index"] for row in rows] == list(range(200))
    assert all(batch.payload_bytes <= 10_000 for batch in batches)
