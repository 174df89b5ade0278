"""Files of `smimebatch import` that were joined, filtered or sorted since."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.plain_mail import mbox_of, plain_message
from tests.sources.reading import given_by

from smimebatch import import_mail
from smimebatch.sources.imported import has_doubled_keys
from smimebatch.sources.parquet import DAMAGED

MESSAGES = [plain_message(number) for number in range(6)]
KEY = ("source", "source_index")


@pytest.fixture
def imports(tmp_path):
    """Two imports of mailboxes of the same names."""
    tables = []
    for name, messages in (("x", MESSAGES[:3]), ("y", MESSAGES[3:])):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.mbox").write_bytes(mbox_of(messages[:2]))
        (tmp_path / name / "b.eml").write_bytes(messages[2])
        import_mail(tmp_path / name, tmp_path / f"{name}.parquet")
        tables.append(pq.read_table(tmp_path / f"{name}.parquet"))
    return tables


def keys_of(found):
    return [tuple(row[name] for name in KEY) for row in found.rows]


@pytest.mark.parametrize("row_group_size", [1, 4, 100])
def test_joined_imports_with_a_key_twice_are_known_by_their_rows(tmp_path, imports, row_group_size):
    joined = tmp_path / "xy.parquet"
    pq.write_table(pa.concat_tables(imports), joined, row_group_size=row_group_size)
    found = given_by(joined)
    assert keys_of(found) == [("xy.parquet", number) for number in range(6)]
    assert (found.raws, found.errors) == (MESSAGES, [])
    assert [it.code for it in found.remarks] == ["doubled_sources"]
    assert {row["source_offset"] for row in found.rows} == {None}
    assert found.rows[0]["mbox_from"] is not None
    beside = given_by(joined, tmp_path / "x.parquet")
    assert len(set(keys_of(beside))) == 9


@pytest.mark.parametrize("change", ["filter", "reverse", "sort", "of two"])
def test_import_with_each_key_once_says_where_messages_were_found(tmp_path, imports, change):
    table = imports[0]
    if change == "filter":
        table = table.slice(1)
    elif change == "reverse":
        table = table.take([2, 1, 0])
    elif change == "sort":
        table = table.take([0, 2, 1])
    else:
        renamed = pa.array([f"other/{it}" for it in imports[1]["source"].to_pylist()])
        table = pa.concat_tables([table, imports[1].set_column(0, "source", renamed)])
    pq.write_table(table, tmp_path / "z.parquet", row_group_size=2)
    found = given_by(tmp_path / "z.parquet")
    assert keys_of(found) == list(zip(*(table[name].to_pylist() for name in KEY), strict=True))
    assert (found.errors, found.remarks) == ([], [])


@pytest.mark.parametrize("doubled", [[], [5]])
def test_keys_out_of_order_take_little_memory_however_long_they_are(tmp_path, doubled):
    numbers = [*reversed(range(1 << 16)), *doubled]
    sources = [f"{number:0300d}" for number in numbers]
    table = pa.table({"source": sources, "source_index": [0] * len(sources)})
    pq.write_table(table, tmp_path / "z.parquet", row_group_size=1 << 10)
    del table
    whole = pa.default_memory_pool()
    measured = pa.proxy_memory_pool(whole)
    pa.set_memory_pool(measured)
    try:
        found = has_doubled_keys(pq.ParquetFile(tmp_path / "z.parquet"), list(KEY), DAMAGED)
    finally:
        pa.set_memory_pool(whole)
    assert found is bool(doubled)
    assert measured.max_memory() < 8 << 20


def test_sources_that_are_no_utf_8_are_keys_like_others(tmp_path):
    for names, expected in (((b"\xff", b"\xfe", b"\xff"), True), ((b"\xff", b"\xfe", b""), False)):
        sources = pa.array(names, pa.binary()).view(pa.string())
        table = pa.table({"source": sources, "source_index": [0] * 3})
        pq.write_table(table, tmp_path / "z.parquet")
        parquet = pq.ParquetFile(tmp_path / "z.parquet")
        assert has_doubled_keys(parquet, list(KEY), DAMAGED) is expected
