"""Certificates that runs of this program found: the dataset `certificates`, wherever it lies.

A run directory, the folder of the dataset in it, or one Parquet file with a column `der`. They help
building chains and prove nothing, so `--trust` never reads them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import pyarrow.parquet as pq

from smimebatch.datasets import batches_of
from smimebatch.errors import InputError
from smimebatch.job.finished import refuse_incomplete, refuse_unfinished
from smimebatch.sources.parquet import DAMAGED

DATASET = "certificates"
SUFFIX = ".parquet"
MARK = b"PAR1"
BATCH_ROWS = 4096
DER = "der"
EXPECTED = "the directory of a verify run, or a certificates dataset"


def is_harvest(place: str) -> bool:
    """Whether certificates of a run lie at a place."""
    return bool(files_of(place))


def files_of(place: str) -> list[str]:
    """Return the Parquet files of certificates at a place; none where none can be seen."""
    try:
        if os.path.isdir(place):
            refuse_unfinished(place)
            refuse_incomplete(place, DATASET)
            inner = os.path.join(place, DATASET)
            folder = inner if os.path.isdir(inner) else place
            names = sorted(os.listdir(folder))
            return [os.path.join(folder, name) for name in names if name.endswith(SUFFIX)]
        with open(place, "rb") as file:
            return [place] if file.read(len(MARK)) == MARK else []
    except OSError:
        return []


def columns_at(place: str, subject: str) -> list[str]:
    """Return the columns of the certificates at a place; InputError where there are none."""
    files = files_of(place)
    if not files:
        raise InputError(f"{subject} {place}", expected=EXPECTED, found="no certificates")
    try:
        names: list[str] = pq.read_schema(files[0]).names
    except DAMAGED as error:
        raise damaged(files[0], subject, str(error)) from error
    if DER not in names:
        raise damaged(files[0], subject, f"Parquet without a column {DER}")
    return names


def certificates_at(place: str, subject: str, columns: Sequence[str]) -> Iterator[Any]:
    """Give the certificates at a place, so many at a time; InputError names what has none."""
    columns_at(place, subject)
    for file in files_of(place):
        wrong = partial(damaged, file, subject)
        yield from batches_of(file, wrong, key=DER, columns=columns, batch_rows=BATCH_ROWS)


def damaged(file: str, subject: str, found: str) -> InputError:
    """Return the error about a file of certificates that cannot be read."""
    return InputError(f"{subject} {file}", expected=EXPECTED, found=found)


def certificates_of(place: str, subject: str) -> Iterator[bytes]:
    """Give the DER of each certificate at a place, in the order of the dataset."""
    for batch in certificates_at(place, subject, [DER]):
        yield from filter(None, batch[DER].to_pylist())
