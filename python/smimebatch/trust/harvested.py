"""Certificates that runs of this program found: the dataset `certificates`, wherever it lies.

A run directory, the folder of the dataset in it, or one Parquet file with a column `der`. They help
building chains and prove nothing, so `--trust` never reads them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from smimebatch.datasets import dataset_of
from smimebatch.errors import InputError
from smimebatch.job.finished import refuse_unfinished

DATASET = "certificates"
SUFFIX = ".parquet"
MARK = b"PAR1"
BATCH_ROWS = 4096


def is_harvest(place: str) -> bool:
    """Whether certificates of a run lie at a place."""
    return bool(files_of(place))


def files_of(place: str) -> list[str]:
    """Return the Parquet files of certificates at a place; none where none can be seen."""
    try:
        if os.path.isdir(place):
            refuse_unfinished(place)
            inner = os.path.join(place, DATASET)
            folder = inner if os.path.isdir(inner) else place
            names = sorted(os.listdir(folder))
            return [os.path.join(folder, name) for name in names if name.endswith(SUFFIX)]
        with open(place, "rb") as file:
            return [place] if file.read(len(MARK)) == MARK else []
    except OSError:
        return []


def certificates_at(place: str, subject: str) -> Any:
    """Return the certificates at a place as a pyarrow dataset; InputError where there are none."""
    files = files_of(place)
    expected = "the directory of a verify run, or a certificates dataset"
    if not files:
        raise InputError(f"{subject} {place}", expected=expected, found="no certificates")
    try:
        schema = pq.read_schema(files[0])
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{subject} {place}", expected=expected, found=str(error)) from error
    if "der" not in schema.names:
        found = "Parquet without a column der"
        raise InputError(f"{subject} {place}", expected=expected, found=found)
    return dataset_of(files)


def certificates_of(place: str, subject: str) -> Iterator[bytes]:
    """Give the DER of each certificate at a place, in the order of the dataset."""
    found = certificates_at(place, subject)
    try:
        for batch in found.to_batches(columns=["der"], batch_size=BATCH_ROWS):
            yield from filter(None, batch["der"].to_pylist())
    except (OSError, pa.ArrowException) as error:
        expected = "a certificates dataset that can be read"
        text = str(error).split("\n", 1)[0]
        raise InputError(f"{subject} {place}", expected=expected, found=text) from error
