import datetime as dt
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from smimebatch.schema import dataset_schema
from smimebatch.sinks.parquet import DatasetFile

ROW_GROUP_ROWS = 16_384
METADATA = {"smimebatch.schema": "1", "smimebatch.trust": "ab"}
EPOCH = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def value(kind, number):
    """Return some value of a type, null now and then."""
    if number % 7 == 3:
        return None
    if pa.types.is_string(kind):
        return f"text {number % 11}"
    if pa.types.is_binary(kind):
        return number.to_bytes(32, "big")
    if pa.types.is_boolean(kind):
        return number % 2 == 0
    if pa.types.is_timestamp(kind):
        return EPOCH + dt.timedelta(seconds=number)
    if pa.types.is_list(kind):
        return [value(kind.value_type, number + n) for n in range(number % 3)]
    if pa.types.is_struct(kind):
        return {field.name: value(field.type, number) for field in kind}
    return number


def table(schema, count, first=0):
    columns = [
        pa.array([value(field.type, n) for n in range(first, first + count)], field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def in_memory(rows, names):
    """Return the table with some columns as dictionaries of int8, as the core has them."""
    for name in names:
        words = pa.array([f"text {n}" for n in range(11)])
        position = rows.schema.get_field_index(name)
        indices = [None if v is None else int(v[5:]) for v in rows[name].to_pylist()]
        coded = pa.DictionaryArray.from_arrays(pa.array(indices, pa.int8()), words)
        rows = rows.set_column(position, name, coded)
    return rows


def write(path, schema, tables):
    file = DatasetFile(str(path), schema, METADATA)
    for rows in tables:
        file.write(rows)
    file.finish()
    return path.read_bytes()


@pytest.mark.parametrize("dataset", ["messages", "signatures", "certificates"])
def test_file_bytes_do_not_depend_on_how_rows_were_cut(tmp_path, dataset):
    schema = dataset_schema(dataset)
    rows = table(schema, 5000)
    whole = write(tmp_path / "whole", schema, [rows])
    random.seed(1)
    for attempt in range(3):
        pieces, start = [], 0
        while start < 5000:
            length = random.choice([0, 1, 7, 300, 2000])
            pieces.append(rows.slice(start, length))
            start += length
        assert write(tmp_path / f"cut{attempt}", schema, pieces) == whole


def test_file_row_groups_have_a_fixed_size_whatever_the_batches(tmp_path):
    schema = pa.schema([("n", pa.int64())])
    batches = [pa.table({"n": range(start, start + 10_000)}) for start in range(0, 100_000, 10_000)]
    write(tmp_path / "f", schema, batches)
    metadata = pq.ParquetFile(tmp_path / "f").metadata
    sizes = [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)]
    whole, rest = divmod(100_000, ROW_GROUP_ROWS)
    assert sizes == [ROW_GROUP_ROWS] * whole + [rest]
    assert pq.read_table(tmp_path / "f")["n"].to_pylist() == list(range(100_000))


def test_file_holds_plain_strings_and_no_arrow_schema(tmp_path):
    schema = dataset_schema("messages")
    rows = in_memory(table(schema, 100), ["kind", "indication"])
    write(tmp_path / "f", schema, [rows])
    file = pq.ParquetFile(tmp_path / "f")
    assert file.schema_arrow.field("indication").type == pa.string()
    assert b"ARROW:schema" not in file.metadata.metadata
    assert {key.decode(): text.decode() for key, text in file.metadata.metadata.items()} == METADATA
    assert file.read()["kind"].to_pylist() == table(schema, 100)["kind"].to_pylist()


def test_file_reads_back_as_the_schema_of_the_core(tmp_path):
    for dataset in (
        "messages",
        "signatures",
        "certificates",
        "encryptions",
        "recipients",
        "errors",
    ):
        schema = dataset_schema(dataset)
        rows = table(schema, 50)
        write(tmp_path / dataset, schema, [rows])
        back = pq.read_table(tmp_path / dataset)
        assert back.schema.names == schema.names
        assert back.to_pylist() == rows.to_pylist()


def test_file_takes_codes_or_text_in_a_column_but_not_both(tmp_path):
    schema = dataset_schema("messages")
    file = DatasetFile(str(tmp_path / "f"), schema, METADATA)
    file.write(in_memory(table(schema, 10), ["kind"]))
    with pytest.raises(ValueError, match="kind"):
        file.write(table(schema, 10))
    file.abandon()


def test_file_without_rows_is_a_file_with_columns(tmp_path):
    schema = dataset_schema("recipients")
    write(tmp_path / "f", schema, [])
    back = pq.read_table(tmp_path / "f")
    assert (back.num_rows, back.schema.names) == (0, schema.names)


def test_file_hashes_of_certificates_have_a_dictionary(tmp_path):
    schema = dataset_schema("signatures")
    write(tmp_path / "f", schema, [table(schema, 100)])
    group = pq.ParquetFile(tmp_path / "f").metadata.row_group(0)
    columns = [group.column(n) for n in range(group.num_columns)]
    octets = [
        it for it in columns if it.physical_type == "BYTE_ARRAY" and "sha256" in it.path_in_schema
    ]
    assert {it.path_in_schema for it in octets if it.has_dictionary_page} == {
        "certificate_sha256",
        "trust_anchor_sha256",
        "chain_sha256.list.element",
        "revocation.list.element.certificate_sha256",
        "revocation.list.element.source_sha256",
    }
    assert len(octets) == 8


def test_file_hashes_have_neither_dictionary_nor_statistics(tmp_path):
    schema = dataset_schema("messages")
    write(tmp_path / "f", schema, [table(schema, 100)])
    group = pq.ParquetFile(tmp_path / "f").metadata.row_group(0)
    columns = {group.column(n).path_in_schema: group.column(n) for n in range(group.num_columns)}
    assert {path.split(".")[0] for path in columns} == set(schema.names)
    assert "flags.list.element" in columns
    assert not columns["message_sha256"].is_stats_set
    assert not columns["message_sha256"].has_dictionary_page
    assert columns["indication"].has_dictionary_page
    assert columns["date"].is_stats_set
