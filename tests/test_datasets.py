"""What is read of results: the same whatever a part lacks, rows or an error whatever is damaged."""

import subprocess
import sys

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from smimebatch.datasets import batches_of
from smimebatch.errors import DamagedRunError, InputError
from smimebatch.job.proving import leaf_rows
from smimebatch.schema import dataset_schema
from smimebatch.sinks.parquet import DatasetFile
from smimebatch.trust.harvested import columns_at

SCHEMA = dataset_schema("certificates")
ROWS = [{"sha256": bytes([n]) * 32, "is_ca": n % 2 == 0, "weak_key": ["short"]} for n in range(5)]
READS_EACH = """
import sys
import pyarrow.compute as pc
from smimebatch.datasets import batches_of
from smimebatch.schema import dataset_schema
path, whole = sys.argv[1], open(sys.argv[1], "rb").read()
begin = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
chosen = pc.field("is_ca") & (pc.list_value_length(pc.field("weak_key")) > 0)
for place in range(begin, len(whole)):
    damaged = bytearray(whole)
    damaged[place] ^= int(sys.argv[2])
    with open(path, "wb") as file:
        file.write(damaged)
    try:
        list(batches_of(path, SystemError, dataset_schema("certificates"), "sha256", None, chosen))
    except SystemError:
        print("error")
    else:
        print("rows")
"""


@pytest.fixture
def part(tmp_path):
    path = tmp_path / "part.parquet"
    file = DatasetFile(str(path), SCHEMA, {})
    file.write(pa.Table.from_pylist(ROWS, schema=SCHEMA))
    file.finish()
    return path


def read(path, columns=None, chosen=None):
    return list(batches_of(str(path), SystemError, SCHEMA, "sha256", columns, chosen))


def test_rows_are_chosen_and_columns_come_in_the_order_asked_for(part):
    (batch,) = read(part, ["is_ca", "sha256"], pc.field("is_ca"))
    assert batch.schema.names == ["is_ca", "sha256"]
    assert batch["sha256"].to_pylist() == [row["sha256"] for row in ROWS if row["is_ca"]]


@pytest.mark.parametrize("chosen", [None, pc.field("sha256").is_valid()])
def test_column_that_is_missing_is_null(part, chosen):
    pq.write_table(pq.read_table(part, columns=["sha256", "is_ca"]), part)
    (batch,) = read(part, chosen=chosen)
    assert batch.schema.equals(SCHEMA)
    assert (batch.num_rows, batch["weak_key"].null_count) == (5, 5)
    (alone,) = read(part, ["weak_key"])
    assert (alone.num_columns, alone["weak_key"].null_count) == (1, 5)


def test_key_that_is_missing_is_an_error(part):
    pq.write_table(pq.read_table(part, columns=["is_ca"]), part)
    with pytest.raises(SystemError):
        read(part)


@pytest.mark.parametrize("wrong", [pa.array([1] * 5), pa.array(["true"] * 5)])
def test_column_of_another_type_is_an_error(part, wrong):
    table = pq.read_table(part)
    pq.write_table(table.set_column(table.schema.names.index("is_ca"), "is_ca", wrong), part)
    with pytest.raises(SystemError):
        read(part)


@pytest.mark.parametrize("bit", [1 << 2, 1 << 7])
def test_any_damaged_octet_of_the_footer_gives_rows_or_the_error(part, bit):
    command = [sys.executable, "-c", READS_EACH, str(part), str(bit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) > 500
    assert set(done.stdout.splitlines()) == {"rows", "error"}


def test_name_of_a_column_that_is_no_utf_8_is_the_error_of_whoever_reads_it(part):
    part.write_bytes(part.read_bytes().replace(b"is_ca", b"is\xffca"))
    with pytest.raises(SystemError):
        read(part)
    with pytest.raises(InputError):
        columns_at(str(part), "--intermediates")
    with pytest.raises(DamagedRunError):
        leaf_rows(str(part), str(part.parent))
