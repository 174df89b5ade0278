"""What a finished run gives back: totals, and the datasets of its directory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from smimebatch.certificates import certificate_objects
from smimebatch.datasets import dataset_of
from smimebatch.envelopes import Envelopes
from smimebatch.errors import OutputError
from smimebatch.job.stamping import TimeStamp
from smimebatch.options import VerifyOptions
from smimebatch.schema import DATASETS, OBJECTS
from smimebatch.sinks.planning import Planned
from smimebatch.sinks.rows import Totals
from smimebatch.trust import Trust

if TYPE_CHECKING:
    from cryptography.x509 import Certificate


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run."""

    totals: Totals
    elapsed_s: float
    output: str | None
    """The run directory, if there is one."""
    trust: Trust
    options: VerifyOptions
    now: datetime
    was_finished: bool = False
    """Whether the run directory held the result already, so that nothing was done."""
    messages_before: int = 0
    """Messages that an earlier process had committed, behind which this one went on."""
    time_stamp: TimeStamp | None = None
    """What --stamp-with got, or had got before."""
    envelopes: Envelopes | None = None
    """What a run did with envelopes, if anything."""
    planned: Planned | None = None
    """What would have been written, of a run that was to write nothing."""

    @property
    def datasets(self) -> tuple[str, ...]:
        """The names of its datasets."""
        seals = self.envelopes is not None and self.envelopes.sealing is not None
        return (*DATASETS, OBJECTS) if seals else DATASETS

    def dataset(self, name: str) -> Any:
        """Return one dataset of the run directory as a pyarrow dataset."""
        if self.output is None:
            raise OutputError(f"dataset {name}", expected="a run with output=", found="one without")
        if name not in self.datasets:
            raise OutputError(
                f"dataset {name}", expected="one of " + ", ".join(self.datasets), found=name
            )
        return dataset_of(os.path.join(self.output, name))

    def messages(self) -> Any:
        """Return the messages as a pyarrow dataset: one row per message."""
        return self.dataset("messages")

    def signatures(self) -> Any:
        """Return the signatures as a pyarrow dataset: one row per signer."""
        return self.dataset("signatures")

    def objects(self) -> Any:
        """Return what became of the messages of a job that encrypts, as a pyarrow dataset."""
        return self.dataset(OBJECTS)

    def certificate_objects(self) -> Iterator[tuple[bytes, Certificate]]:
        """Give the certificates as objects of `cryptography`, each with its SHA-256."""
        return certificate_objects(self.dataset("certificates"))

    @property
    def exit_code(self) -> int:
        """That of the command line: 1 --fail-on or a doubted time-stamp, 3 something undone."""
        is_doubted = self.time_stamp is not None and self.time_stamp.is_doubted
        return 1 if is_doubted else self.totals.exit_code(self.options.fail_on)
