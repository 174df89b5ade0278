"""Parquet datasets whose bytes depend on their rows only.

The core encodes: it cuts rows into row groups of a fixed number, so that how batches were cut and
how many threads worked leaves no trace, and writes plain strings and no Arrow schema (OUTPUT.md).
Here is where the bytes go.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import asdict
from typing import Any, BinaryIO, Protocol

import pyarrow as pa

from smimebatch import _native
from smimebatch.batch import VerifiedBatch
from smimebatch.errors import DamagedRunError, StoppedError
from smimebatch.job import disk
from smimebatch.job.made import MadeFile
from smimebatch.schema import dataset_schema
from smimebatch.sinks.certificates import SPILL_BYTES, CertificateStore
from smimebatch.sources.items import ReadError, Remark

PART_NAME = "part-00000.parquet"
ERRORS_BATCH_ROWS = 1024
UNIT_DATASETS = (
    "messages",
    "signatures",
    "encryptions",
    "recipients",
    "errors",
    "certificate_sightings",
)
"""What every unit has a part of."""
LARGE_DATASETS = 2
"""As many are finished at once: messages and signatures take nearly all of the time."""


class DatasetFile:
    """One Parquet file in the making."""

    def __init__(
        self, path: str, schema: Any, metadata: Mapping[str, str], threads: int = 1
    ) -> None:
        self.path = path
        self.rows = 0
        self._encoder = _native.ParquetEncoder(schema, list(metadata.items()), threads)
        self._file: BinaryIO | None = None
        self._size = 0
        self._sha256 = hashlib.sha256()

    def write(self, rows: Any) -> None:
        """Add rows of the schema's columns: the core's, or any Arrow table."""
        self.rows += rows.num_rows
        self._append(self._encoder.write(rows))

    def finish(self) -> MadeFile:
        """Write what is left, the metadata and the footer."""
        self._append(self._encoder.finish())
        self.abandon()
        return MadeFile(self.rows, self._size, self._sha256.hexdigest())

    def _append(self, octets: bytes) -> None:
        if octets:
            if self._file is None:
                self._file = open(self.path, "wb")  # noqa: SIM115 - closed by finish or abandon
            self._file.write(octets)
            self._size += len(octets)
            self._sha256.update(octets)

    def abandon(self) -> None:
        """Close the file; unless it is finished, what was written of it means nothing."""
        if self._file is not None:
            self._file.close()


class ParquetSink:
    """Writes every dataset of a unit into one directory, one file each, empty ones too."""

    def __init__(
        self,
        directory: str,
        metadata: Mapping[str, str],
        threads: int = 1,
        *,
        mail: MailPart | None = None,
    ) -> None:
        self._directory = directory
        self._mail = mail
        self._metadata = metadata
        self._files: dict[str, DatasetFile] = {}
        self._errors: list[ReadError] = []
        self._certificates = CertificateStore(directory)
        self.sightings: list[Any] | None = []
        """One row per certificate of the unit, once gathered; null where they are too many."""
        with stopping():
            for dataset in UNIT_DATASETS:
                self._files[dataset] = new_file(directory, dataset, metadata, threads)

    def write(self, batch: VerifiedBatch) -> None:
        """Add the rows of one batch."""
        with stopping():
            for dataset in ("messages", "signatures", "encryptions", "recipients"):
                self._files[dataset].write(batch.rows[dataset])
            self._certificates.add(batch.certificate_sightings)
            if self._mail is not None:
                self._mail.write(batch)

    def write_error(self, error: ReadError) -> None:
        """Add a place that could not be read."""
        self._errors.append(error)
        if len(self._errors) >= ERRORS_BATCH_ROWS:
            self._write_errors()

    def _write_errors(self) -> None:
        schema = dataset_schema("errors")
        columns = {name: [getattr(error, name) for error in self._errors] for name in schema.names}
        self._files["errors"].write(pa.table(columns, schema=schema))
        self._errors = []

    def write_remark(self, remark: Remark) -> None:
        """Remarks are for the operator, not for the datasets."""

    def gather(self) -> None:
        """Make what depends on all messages, before the files are completed."""
        with stopping():
            for table in self._certificates.sightings():
                self._files["certificate_sightings"].write(table)
                if self.sightings is not None:
                    self.sightings.append(table)
                    if sum(kept.nbytes for kept in self.sightings) > SPILL_BYTES:
                        self.sightings = None
            self._certificates.close()
            if self._mail is not None:
                self._mail.prove()
                for error in self._mail.gone:
                    self.write_error(error)
            self._write_errors()

    def facts(self) -> dict[str, Any]:
        """Return what the commit says of the messages that were written."""
        if self._mail is None:
            return {}
        counted = {"objects": self._mail.states, "object_reasons": self._mail.reasons}
        facts: dict[str, Any] = {
            name: dict(sorted(counts.items())) for name, counts in counted.items()
        }
        if self._mail.apart:
            facts["mail_in_index"] = self._mail.apart
        if self._mail.gone:
            facts["mail_gone"] = [asdict(error) for error in self._mail.gone]
        return facts

    def finish(self) -> dict[str, MadeFile]:
        """Complete the file of every dataset."""
        with stopping(), ExitStack() as closing:
            for file in self._files.values():
                closing.callback(file.abandon)
            with ThreadPoolExecutor(LARGE_DATASETS, "smimebatch-finish") as threads:
                finishing = {
                    dataset: threads.submit(file.finish) for dataset, file in self._files.items()
                }
            made = {dataset: file.result() for dataset, file in finishing.items()}
            if self._mail is not None:
                made.update(self._mail.finish())
            return made

    def abandon(self) -> None:
        """Let go of every file after a failure."""
        for file in self._files.values():
            with suppress(OSError):
                file.abandon()
        if self._mail is not None:
            self._mail.abandon()
        with suppress(OSError):
            self._certificates.close()


class MailPart(Protocol):
    """Takes the messages of a unit that a job writes."""

    states: Counter[str]
    """How many messages came to which end, once it is known."""
    reasons: Counter[str]
    """And why, of those of which something is to be said."""
    gone: list[ReadError]
    """Messages that `prove` found that no file holds."""

    @property
    def apart(self) -> int:
        """How many messages no file of the format can hold."""

    def write(self, batch: VerifiedBatch) -> None:
        """Add the messages of a batch."""

    def prove(self) -> None:
        """Compare what was written with what was to be."""

    def finish(self) -> dict[str, MadeFile]:
        """Complete the files."""

    def abandon(self) -> None:
        """Let go of it after a failure."""


def new_file(
    directory: str, dataset: str, metadata: Mapping[str, str], threads: int = 1
) -> DatasetFile:
    """Begin the file of a dataset, called like it."""
    path = os.path.join(directory, f"{dataset}.parquet")
    return DatasetFile(path, dataset_schema(dataset), metadata, threads)


class stopping:  # noqa: N801 - reads as a statement
    """Turns a full disk or another fault of the target into StoppedError."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, disk.NoRegularFileError):
            raise DamagedRunError(
                str(error.filename),
                expected="a file of the run",
                found=str(error.strerror),
                remedy="put it back, or begin anew with --overwrite",
            ) from error
        if isinstance(error, OSError):
            raise StoppedError(
                "writing the results",
                expected="a target that takes them",
                found=str(error.strerror or error),
                remedy="make room and run the same command again",
            ) from error
