"""Certificates out of archives, runs and earlier harvests: gathered, made distinct, written.

What an archive brings never helps within the run that finds it (RULES 24); harvested, it helps the
next, as --intermediates. Out of mail they come by the way of verification, with nothing trusted, so
that the same objects are found in the same places; its verdicts are not kept.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from smimebatch import _native, pipeline
from smimebatch.batch import VerifiedBatch, current_time, new_engine
from smimebatch.errors import OutputError
from smimebatch.gathering import Gathering, verification
from smimebatch.job.record import schema_version
from smimebatch.options import VerifyOptions
from smimebatch.schema import SCHEMA_KEY, dataset_schema
from smimebatch.sinks.certificates import CertificateStore
from smimebatch.sinks.parquet import PART_NAME, DatasetFile
from smimebatch.sources import Archive, Inputs
from smimebatch.sources.items import ReadError, Remark
from smimebatch.trust import Trust
from smimebatch.trust.harvested import DATASET, certificates_at, columns_at, is_harvest

UNREADABLE = 3


class Harvest:
    """Certificates in the making; a sink of the pipeline."""

    def __init__(self, directory: str) -> None:
        self.errors: list[ReadError] = []
        self._store = CertificateStore(directory)

    def write(self, batch: VerifiedBatch) -> None:
        """Add what the messages of one batch carry."""
        self._store.add(batch.certificate_sightings)

    def write_error(self, error: ReadError) -> None:
        """Keep a place that could not be read."""
        self.errors.append(error)

    def write_remark(self, remark: Remark) -> None:
        """Remarks are of no use here."""

    def add_dataset(self, place: str) -> None:
        """Add the certificates that a run or a harvest found."""
        schema = dataset_schema("certificate_sightings")
        for batch in certificates_at(place, "INPUT", schema.names):
            self._store.add(pa.table(batch))

    def tables(self) -> Iterator[Any]:
        """Give the rows of the dataset `certificates`, once."""
        return self._store.distinct(_native.WeakKeys())

    def close(self) -> None:
        """Remove what was written aside."""
        self._store.close()

    @property
    def exit_code(self) -> int:
        """The exit code of the command line."""
        return UNREADABLE if self.errors else 0


@contextmanager
def harvested(places: Sequence[str]) -> Iterator[Harvest]:
    """Gather the certificates of archives, runs and harvests."""
    with tempfile.TemporaryDirectory(prefix="smimebatch-") as directory:
        harvest = Harvest(directory)
        try:
            found = [place for place in places if is_certificates(place)]
            for place in found:
                harvest.add_dataset(place)
            mail = [place for place in places if place not in found]
            if mail:
                read_mail(mail, harvest)
            yield harvest
        finally:
            harvest.close()


def is_certificates(place: str) -> bool:
    """Whether a place holds certificates rather than mail, which Parquet files hold too."""
    if not is_harvest(place):
        return False
    return {"sha256", "der"}.issubset(columns_at(place, "INPUT"))


def read_mail(places: Sequence[str], harvest: Harvest) -> None:
    """Read archives of mail as a verification reads them."""
    options = VerifyOptions()
    archive = Archive(Inputs(places, None), options.reading)
    engine = new_engine(Trust(), options.policy, current_time(), jobs=1)
    gathering = Gathering(harvest)
    pipeline.run(archive, verification(engine), gathering, options.thread_count)
    gathering.finish()


def write_dataset(tables: Iterable[Any], output: str, *, overwrite: bool) -> int:
    """Write the certificates dataset as one file, or into a directory; return its rows."""
    path = output
    if not output.endswith(".parquet"):
        path = os.path.join(output, DATASET, PART_NAME)
    if os.path.lexists(path) and not overwrite:
        raise OutputError(
            f"--output {output}",
            expected="a new file",
            found="one that exists",
            remedy="choose another name, or add --overwrite",
        )
    metadata = {SCHEMA_KEY: schema_version(), "smimebatch.version": _native.version}
    staged = f"{path}.{os.getpid()}.new"
    try:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        file = DatasetFile(staged, dataset_schema(DATASET), metadata)
        for table in tables:
            file.write(table)
        file.finish()
        os.replace(staged, path)
    except OSError as error:
        found = str(error.strerror)
        raise OutputError(f"--output {output}", expected="a writable place", found=found) from error
    return file.rows
