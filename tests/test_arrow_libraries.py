"""Messages in from every Arrow library, and results out to each: the table of docs/guide/python.md.

One verification must come out whoever holds the data, so all are compared with pyarrow's.
"""

import arro3.core
import duckdb
import nanoarrow
import polars
import pyarrow as pa
import pytest

import smimebatch as sb
from contract import NOW
from smimebatch.sources.layouts import as_binary

NAMES = ("plain-signed", "tampered-body", "plain-text", "chain-expired")
LAYOUTS = {
    "binary": pa.binary(),
    "large_binary": pa.large_binary(),
    "binary_view": pa.binary_view(),
    "string": pa.string(),
    "large_string": pa.large_string(),
    "string_view": pa.string_view(),
}


@pytest.fixture(scope="module")
def trust(mail_folder):
    return sb.Trust.load(mail_folder / "root.pem")


@pytest.fixture(scope="module")
def table(mails):
    raw = [*(mails[name].raw for name in NAMES), None]
    count = len(raw)
    return pa.table(
        {
            "raw": pa.array(raw, pa.binary()),
            "source": pa.array(["memory"] * count),
            "source_index": pa.array(range(count), pa.int64()),
        }
    )


@pytest.fixture(scope="module")
def expected(table, trust):
    verified = sb.verify_batch(table.to_batches()[0], trust=trust, now=NOW)
    found = verified.messages.to_pylist()
    words = ["TOTAL_PASSED", "TOTAL_FAILED", "NOT_SIGNED", "INDETERMINATE", "NOT_EVALUATED"]
    assert [row["indication"] for row in found] == words
    return found


def chunked(table):
    """The same rows in a table of two pieces."""
    return pa.concat_tables([table.slice(0, 2), table.slice(2)])


def polars_frame(table):
    return polars.from_arrow(table)


def duckdb_relation(table):
    connection = duckdb.connect()
    return connection.from_arrow(table)


def duckdb_reader(table):
    return duckdb_relation(table).to_arrow_reader(2)


IN = {
    "pyarrow.RecordBatch": lambda table: table.to_batches()[0],
    "pyarrow.Table": chunked,
    "pyarrow.RecordBatchReader": lambda table: chunked(table).to_reader(),
    "polars.DataFrame": polars_frame,
    "polars.DataFrame in chunks": lambda table: polars_frame(chunked(table)),
    "duckdb relation": duckdb_relation,
    "duckdb reader": duckdb_reader,
    "arro3.core.RecordBatch": lambda table: arro3.core.RecordBatch.from_arrow(
        table.to_batches()[0]
    ),
    "arro3.core.Table": lambda table: arro3.core.Table.from_arrow(chunked(table)),
    "nanoarrow.Array": lambda table: nanoarrow.Array(table.to_batches()[0]),
    "nanoarrow.ArrayStream": lambda table: nanoarrow.ArrayStream(chunked(table)),
}
OUT = {
    "pyarrow": lambda stream: pa.table(stream).to_pylist(),
    "polars": lambda stream: polars.DataFrame(stream).to_dicts(),
    "duckdb": lambda stream: duckdb.connect().from_arrow(stream).to_arrow_table().to_pylist(),
    "arro3": lambda stream: pa.table(arro3.core.Table.from_arrow(stream)).to_pylist(),
    "nanoarrow": lambda stream: pa.table(nanoarrow.ArrayStream(stream)).to_pylist(),
}


@pytest.mark.parametrize("library", IN)
def test_messages_in_from(library, table, trust, expected):
    verified = sb.verify_batch(IN[library](table), trust=trust, now=NOW)
    assert verified.messages.to_pylist() == expected
    assert verified.signatures.num_rows == 3
    assert verified.certificates.num_rows >= 3


@pytest.mark.parametrize("layout", LAYOUTS)
def test_messages_in_any_layout(layout, table, trust, expected):
    raw = table["raw"].cast(LAYOUTS[layout])
    verified = sb.verify_batch(table.set_column(0, "raw", raw), trust=trust, now=NOW)
    assert verified.messages.to_pylist() == expected


@pytest.mark.parametrize("values", [pa.binary(), pa.binary_view(), pa.large_binary()])
def test_messages_in_a_dictionary(values, table, trust, expected):
    raw = table["raw"].combine_chunks()
    places = pa.array(range(len(raw)), pa.int32())
    coded = pa.DictionaryArray.from_arrays(places, raw.cast(values))
    coded = table.set_column(0, "raw", pa.chunked_array([coded]))
    verified = sb.verify_batch(coded, trust=trust, now=NOW)
    assert verified.messages.to_pylist() == expected
    assert as_binary(coded["raw"]).to_pylist() == raw.to_pylist()


def test_messages_in_a_categorical_of_polars(table, trust):
    text = table["raw"].combine_chunks().cast(pa.string()).to_pylist()
    frame = polars.DataFrame({"raw": text}, schema={"raw": polars.Categorical})
    assert sb.verify_batch(frame, trust=trust, now=NOW).messages.num_rows == len(text)


@pytest.mark.parametrize("library", OUT)
@pytest.mark.parametrize("dataset", ["messages", "signatures", "certificates"])
def test_results_out_to(library, dataset, table, trust):
    stream = getattr(sb.verify_batch(table, trust=trust, now=NOW), dataset)
    assert hasattr(stream, "__arrow_c_stream__")
    assert OUT[library](stream) == stream.to_pylist()


def test_no_rows_and_no_batches_give_empty_tables(table):
    for nothing in (table.slice(0, 0), pa.Table.from_batches([], schema=table.schema)):
        verified = sb.verify_batch(nothing)
        assert verified.messages.num_rows == verified.certificates.num_rows == 0
        assert verified.messages.schema.names


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ([b"From: a@b\n\n"], "list"),
        (pa.table({"body": ["x"]}), "body"),
        (pa.table({"raw": [1]}), "Int64"),
        (pa.table({"raw": ["x"], "source_index": ["y"]}), "source_index"),
    ],
)
def test_what_holds_no_messages_is_refused(wrong, words):
    with pytest.raises(sb.InputError, match=words):
        sb.verify_batch(wrong)


def test_certificates_become_objects_of_cryptography(table, trust):
    verified = sb.verify_batch(table, trust=trust, now=NOW)
    objects = verified.certificate_objects()
    rows = {row["sha256"]: row for row in verified.certificates.to_pylist()}
    assert objects.keys() == rows.keys()
    for sha256, certificate in objects.items():
        assert certificate.serial_number == int(rows[sha256]["serial"], 16)
    assert dict(sb.certificate_objects(polars.DataFrame(verified.certificates))) == objects


def test_certificates_of_a_run_become_objects_of_cryptography(mails, trust, tmp_path):
    (tmp_path / "a.eml").write_bytes(mails["plain-signed"].raw)
    run = sb.verify(tmp_path / "a.eml", trust=trust, output=tmp_path / "out", now=NOW)
    objects = [certificate for _, certificate in run.certificate_objects()]
    assert len(objects) == run.totals.certificates
    again = sb.Trust.load(*objects)
    assert len(again.anchors) == len(objects)
