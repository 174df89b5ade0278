"""The datasets and their columns, as the core declares them (`columns/schema.rs`)."""

from __future__ import annotations

from functools import cache

import pyarrow as pa

from smimebatch import _native

SCHEMA_KEY = "smimebatch.schema"
"""Metadata of every file of a run."""
DATASETS = ("messages", "signatures", "certificates", "encryptions", "recipients", "errors")
"""The datasets of a verify run, in the order in which they are listed everywhere."""

OBJECTS = "objects"
"""The dataset that jobs have beside them that encrypt."""


@cache
def dataset_schema(dataset: str) -> pa.Schema:
    """Return the schema of a dataset as files hold it; fields carry their sentence as `doc`."""
    return pa.schema(_native.schema(dataset))


@cache
def sentences() -> dict[tuple[str, str], str]:
    """Return the sentence for a person of every (vocabulary, code) of the results."""
    return {(vocabulary, code): sentence for vocabulary, code, sentence in _native.codes()}


def sentence(vocabulary: str, code: str) -> str:
    """Return the sentence of one code, or the code itself where the core has none."""
    return sentences().get((vocabulary, code), code)


def codes_of(vocabulary: str) -> list[str]:
    """Return the codes of one vocabulary in declaration order, best first."""
    return [code for name, code, _ in _native.codes() if name == vocabulary]
