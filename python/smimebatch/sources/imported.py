"""What a Parquet file from `smimebatch import` says of where each of its messages was found.

`source` and `source_index` are a key. A file of several imports that were joined, which keeps the
metadata of the first, may have a key twice; then its rows are known by their numbers, as those of
any other Parquet file. Most files are in order, which is seen without holding anything of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from smimebatch.schema import dataset_schema
from smimebatch.sources.layouts import as_meant, is_as_meant
from smimebatch.sources.names import MEMBER_SEPARATOR

IMPORT_KEY = "smimebatch.import"
"""Metadata of a file that `smimebatch import` made."""
IMPORTED_FACTS = tuple(name for name in dataset_schema("input").names if name != "raw")
KEY = ("source", "source_index")
PLACE = frozenset({*KEY, "source_offset", "source_length"})
ROWS_AT_ONCE = 1 << 16
DIGEST = pa.binary(16)
"""Two keys are taken for one if their digests are: of 2^32 keys any two with odds of 2^-65."""


def imported_facts(parquet: Any) -> list[str]:
    """Return the columns of facts that a file has from `smimebatch import`; none in any other."""
    if IMPORT_KEY.encode() not in (parquet.metadata.metadata or {}):
        return []
    schema, wanted = parquet.schema_arrow, dataset_schema("input")
    return [
        fact
        for fact in IMPORTED_FACTS
        if schema.names.count(fact) == 1
        and is_as_meant(schema.field(fact).type, wanted.field(fact).type)
    ]


def below(source: str, imported: Any) -> Any:
    """Return the sources of an import beside other inputs, whose messages may be called alike."""
    return pc.binary_join_element_wise(source, imported, MEMBER_SEPARATOR)


def has_doubled_keys(parquet: Any, facts: list[str], damaged: tuple[type[Exception], ...]) -> bool:
    """Whether two rows of a file say that they are the same message of the same source.

    Of a file that is not in order a digest of every key is held, about 65 bytes for each row; the
    keys themselves, grouped, took 350.
    """
    key = [name for name in KEY if name in facts]
    if "source_index" not in key:  # the number of the row is there in its place
        return False
    last = None
    for keys in keys_of(parquet, key, damaged):
        joined = keys if last is None else pa.concat_tables([last, keys])
        if not is_in_order(joined, key):
            break
        last = joined.slice(joined.num_rows - 1)
    else:
        return False
    digests = pa.chunked_array(map(digests_of, keys_of(parquet, key, damaged)), DIGEST)
    digests = digests.combine_chunks().sort()
    return bool(pc.any(pc.equal(digests[:-1], digests[1:])).as_py())


def keys_of(
    parquet: Any, key: list[str], damaged: tuple[type[Exception], ...]
) -> Iterator[pa.Table]:
    """Give the key of all rows that can be read, in pieces."""
    wanted = dataset_schema("input")
    for group in range(parquet.num_row_groups):
        try:
            for batch in parquet.iter_batches(ROWS_AT_ONCE, row_groups=[group], columns=key):
                columns = [as_meant(batch[name], wanted.field(name).type) for name in key]
                yield pa.table(columns, names=key)
        except damaged:
            continue


def digests_of(keys: pa.Table) -> Any:
    """Return a digest of each key."""
    columns = [  # what is no UTF-8 is a key like others
        column.cast(pa.binary()) if pa.types.is_string(column.type) else column
        for column in keys.columns
    ]
    rows = zip(*(column.to_pylist() for column in columns), strict=True)
    digests = (blake2b(repr(row).encode(), digest_size=DIGEST.byte_width).digest() for row in rows)
    return pa.array(digests, DIGEST)


def is_in_order(keys: pa.Table, key: list[str]) -> bool:
    """Whether each key is greater than the one before, so that there are no two alike."""
    before, after = keys.slice(0, keys.num_rows - 1), keys.slice(1)
    is_greater = pc.greater(after["source_index"], before["source_index"])
    if "source" in key:
        is_same = pc.equal(after["source"], before["source"])
        is_later = pc.greater(after["source"], before["source"])
        is_greater = pc.or_(is_later, pc.and_(is_same, is_greater))
    return bool(pc.all(pc.fill_null(is_greater, False), min_count=0).as_py())
