import datetime as dt
import os

import pyarrow as pa
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from smimebatch import _native
from smimebatch.schema import dataset_schema
from smimebatch.sinks import certificates as module
from smimebatch.sinks.certificates import CertificateStore, folded, prefix_bound

START = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
SCHEMA = dataset_schema("certificate_sightings")


def self_signed(number):
    key = ed25519.Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Person {number}")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), number + 1)
    builder = builder.not_valid_before(START).not_valid_after(START + dt.timedelta(days=3650))
    return builder.sign(key, None).public_bytes(Encoding.DER)


@pytest.fixture(scope="module")
def sightings():
    """300 sightings of 60 certificates, as of 30 batches."""
    ders = [self_signed(n) for n in range(60)]
    batches = []
    for batch in range(30):
        rows = []
        for position in range(10):
            number = (batch * 7 + position * 11) % 60
            digest = hashes.Hash(hashes.SHA256())
            digest.update(ders[number])
            seen = START + dt.timedelta(days=(batch * 37 + position) % 500)
            times = (None, None) if batch % 5 == 0 else (seen, seen + dt.timedelta(hours=1))
            rows.append((digest.finalize(), ders[number], batch + 1, *times))
        columns = zip(*rows, strict=True)
        arrays = [
            pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)
        ]
        batches.append(pa.table(arrays, schema=SCHEMA))
    return batches


def distinct(store):
    return pa.concat_tables(pa.table(rows) for rows in store.distinct(_native.WeakKeys()))


def merged_at_once(sightings):
    return pa.table(_native.merge_certificates(pa.concat_tables(sightings)))


def test_distinct_few_certificates_are_merged_in_memory(tmp_path, sightings):
    store = CertificateStore(str(tmp_path))
    for batch in sightings:
        store.add(batch)
    assert distinct(store).to_pylist() == merged_at_once(sightings).to_pylist()
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("fold", "spill", "a_pass"), [(1, 1, 1000), (5000, 3000, 9000), (1, 10**9, 1)]
)
def test_distinct_folding_spilling_and_passes_change_nothing(
    tmp_path, sightings, monkeypatch, fold, spill, a_pass
):
    monkeypatch.setattr(module, "FOLD_BYTES", fold)
    monkeypatch.setattr(module, "SPILL_BYTES", spill)
    monkeypatch.setattr(module, "PASS_BYTES", a_pass)
    store = CertificateStore(str(tmp_path))
    for batch in sightings:
        store.add(batch)
    rows = distinct(store).to_pylist()
    assert rows == merged_at_once(sightings).to_pylist()
    assert [row["sha256"] for row in rows] == sorted(row["sha256"] for row in rows)
    store.close()
    assert os.listdir(tmp_path) == []


def test_distinct_of_nothing_is_an_empty_table(tmp_path):
    rows = distinct(CertificateStore(str(tmp_path)))
    assert rows.num_rows == 0
    assert rows.schema.names == dataset_schema("certificates").names


def test_folded_adds_counts_and_keeps_the_outermost_times(sightings):
    once = folded(pa.concat_tables(sightings), SCHEMA)
    assert once.num_rows == 60
    assert sum(once["messages"].to_pylist()) == sum(
        n for batch in sightings for n in batch["messages"].to_pylist()
    )
    twice = {
        row["sha256"]: row for row in folded(pa.concat_tables([once, once]), SCHEMA).to_pylist()
    }
    assert len(twice) == 60
    for row in once.to_pylist():
        assert twice[row["sha256"]] == row | {"messages": 2 * row["messages"]}


def test_prefix_bound_passes_meet_without_gap():
    for passes in (1, 2, 3, 257, 4096):
        bounds = [prefix_bound(n, passes) for n in range(passes + 1)]
        assert bounds[0] == bytes(8)
        assert bounds[-1] is None
        assert bounds[:-1] == sorted(set(bounds[:-1]))
