"""Parquet files opened as one dataset, for those who read results."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import pyarrow.dataset

from smimebatch.errors import InputError
from smimebatch.job.finished import refuse_unfinished
from smimebatch.schema import dataset_schema


def dataset_of(files: str | Sequence[str], schema: Any = None) -> Any:
    """Return files, or those of a directory, as a pyarrow dataset."""
    return pyarrow.dataset.dataset(files, schema=schema, format="parquet")


def dataset_of_run(run: str, name: str) -> Any:
    """Return a dataset of a finished run."""
    refuse_unfinished(run)
    path = os.path.join(run, name)
    if not os.path.isdir(path):
        raise InputError(run, expected="the directory of a verify run", found=f"no {name}/")
    return dataset_of(path, dataset_schema(name))
