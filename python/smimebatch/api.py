"""The library's front door: `verify` for archives, `verify_batch` for a record batch in memory.

The command line is a shell over `verify`. Exceptions are for mistakes of the caller
(`smimebatch.errors`); whatever the mail and the files turn out to be is in the results.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from smimebatch import pipeline
from smimebatch.batch import (
    VerifiedBatch,
    current_time,
    given_trust,
    new_engine,
    new_judge,
    verified_data,
)
from smimebatch.certificates import certificate_objects
from smimebatch.datasets import dataset_of
from smimebatch.errors import OutputError
from smimebatch.job.audit import refuse_changed
from smimebatch.job.checkpoint import load_private_key, signed, verifier_key
from smimebatch.job.output import RunDirectory, refuse_inputs_below
from smimebatch.job.record import file_metadata, run_record
from smimebatch.job.stamping import TimeStamp, stamped_by
from smimebatch.job.verifying import VerifyWork
from smimebatch.judging import judged
from smimebatch.opening import Opening
from smimebatch.options import Policy, VerifyOptions
from smimebatch.schema import DATASETS
from smimebatch.sinks.rows import Totals
from smimebatch.sinks.watching import Watcher
from smimebatch.sources import Archive, Inputs
from smimebatch.sources.parquet import check_named_columns
from smimebatch.trust import Trust
from smimebatch.weak_keys import load_blacklists

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

Place = str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class Run:
    """A finished verify run."""

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
    opening: Opening | None = None
    """The keys of a run that decrypts."""

    def dataset(self, name: str) -> Any:
        """Return one dataset of the run directory as a pyarrow dataset."""
        if self.output is None:
            raise OutputError(f"dataset {name}", expected="a run with output=", found="one without")
        if name not in DATASETS:
            raise OutputError(
                f"dataset {name}", expected="one of " + ", ".join(DATASETS), found=name
            )
        return dataset_of(os.path.join(self.output, name))

    def messages(self) -> Any:
        """Return the messages as a pyarrow dataset: one row per message."""
        return self.dataset("messages")

    def signatures(self) -> Any:
        """Return the signatures as a pyarrow dataset: one row per signer."""
        return self.dataset("signatures")

    def certificate_objects(self) -> Iterator[tuple[bytes, Certificate]]:
        """Give the certificates as objects of `cryptography`, each with its SHA-256."""
        return certificate_objects(self.dataset("certificates"))

    @property
    def exit_code(self) -> int:
        """That of the command line: 1 --fail-on or a doubted time-stamp, 3 unreadable inputs."""
        is_doubted = self.time_stamp is not None and self.time_stamp.is_doubted
        return 1 if is_doubted else self.totals.exit_code(self.options.fail_on)


def verify(
    inputs: Place | Sequence[Place],
    *,
    trust: Trust | None = None,
    output: Place | None = None,
    overwrite: bool = False,
    at: str = "evidence",
    bind: str = "from",
    bind_missing: str = "refuse",
    strict: bool = False,
    revocation: str = "if-available",
    vouch: Sequence[str] = (),
    tsa_trust: Trust | None = None,
    policy: Place | None = None,
    initial_policies: Sequence[str] = (),
    require_explicit_policy: bool = False,
    inhibit_policy_mapping: bool = False,
    inhibit_any_policy: bool = False,
    chain_model: str = "shell",
    now: datetime | None = None,
    jobs: int | None = None,
    input_format: str | None = None,
    mbox_variant: str | None = None,
    files_from: Place | None = None,
    column: str | None = None,
    limit: int | None = None,
    debian_weak_keys: Place | None = None,
) -> Run:
    """Verify every message of the inputs: files, directories, globs or `-`.

    With `output`, the datasets of OUTPUT.md are written there as Parquet; without, only the totals
    are kept. `vouch` and `tsa_trust` say what proves the age of a signature. `jobs` is the number
    of threads, by default all that there are. The others are the options of the command line.
    """
    options = VerifyOptions(
        policy=Policy.given(
            at=at,
            bind=bind,
            bind_missing=bind_missing,
            strict=strict,
            revocation=revocation,
            vouch=vouch,
            policy=policy,
            initial_policies=initial_policies,
            require_explicit_policy=require_explicit_policy,
            inhibit_policy_mapping=inhibit_policy_mapping,
            inhibit_any_policy=inhibit_any_policy,
            chain_model=chain_model,
        ),
        now=now,
        jobs=jobs,
        input_format=input_format,
        mbox_variant=mbox_variant,
        files_from=None if files_from is None else os.fspath(files_from),
        column=column,
        limit=limit,
        debian_weak_keys=None if debian_weak_keys is None else os.fspath(debian_weak_keys),
    )
    places = [inputs] if isinstance(inputs, str | os.PathLike) else inputs
    return verify_archive(
        places,
        given_trust(trust),
        options,
        tsa_trust=tsa_trust,
        output=output,
        overwrite=overwrite,
    )


def verify_archive(
    inputs: Iterable[Place],
    trust: Trust,
    options: VerifyOptions,
    *,
    tsa_trust: Trust | None = None,
    output: Place | None = None,
    overwrite: bool = False,
    watcher: Watcher | None = None,
    sinks: Sequence[pipeline.Sink] = (),
    settings: Mapping[str, Any] | None = None,
    sign_with: str | None = None,
    stamp_with: str | None = None,
    opening: Opening | None = None,
) -> Run:
    """Run a verification whose options are made; what is wrong with the set-up is raised first.

    Further `sinks` see every batch; `settings`, where the options came from, goes to run.json;
    `sign_with` names the key that signs the checkpoint of the result, `stamp_with` the command
    that gets a time-stamp over it. With an `opening`, envelopes are opened.
    """
    places = Inputs([os.fspath(place) for place in inputs], options.files_from)
    archive = Archive(places, options.reading)
    blacklists = load_blacklists(options.debian_weak_keys)
    vouched = options.policy.vouches.column
    check_named_columns(archive.inputs, options.column, options.input_format, vouched)
    now = options.now or current_time()
    started = time.monotonic()
    if output is None:
        engine = new_engine(trust, options.policy, now, 1, tsa_trust, opening=opening)
        totals = judged(archive, engine, options, watcher, sinks)
        elapsed_s = time.monotonic() - started
        return Run(totals, elapsed_s, None, trust, options, now, opening=opening)
    for run in options.policy.vouches.runs:
        run.refuse_as_output(os.fspath(output))
    key = None if sign_with is None else load_private_key(sign_with)
    record = run_record(
        inputs=archive.inputs.given,
        options=options,
        trust=trust,
        tsa_trust=tsa_trust,
        now=now,
        settings=settings or {},
        blacklists=blacklists,
        signed_by=None if key is None else verifier_key(key.public_key()),
        opening=opening,
    )
    refuse_inputs_below(output, archive.inputs.given)
    with ExitStack() as stack:
        directory = RunDirectory(output, overwrite=overwrite)
        stack.callback(directory.close)
        work = VerifyWork(
            directory,
            record,
            archive,
            options,
            file_metadata(options, trust, tsa_trust, opening),
            blacklists.weak_keys(),
            None if key is None else partial(signed, key=key),
            writes_mail=opening is not None and opening.writes_mail,
        )
        # One batch keeps one thread busy: the pipeline has the threads, not the engine.
        engine = new_engine(trust, options.policy, work.now, 1, tsa_trust, opening=opening)
        totals = work.done(engine, watcher, sinks)
        time_stamp = None
        if stamp_with is not None:
            judge = new_judge(trust, options.policy, tsa_trust)
            if work.was_finished or archive.messages_before > 0:
                refuse_changed(directory.path)  # what an earlier process left
            time_stamp = stamped_by(directory, judge, stamp_with)
    return Run(
        totals=totals,
        elapsed_s=time.monotonic() - started,
        output=directory.path,
        trust=trust,
        options=options,
        now=work.now,
        was_finished=work.was_finished,
        messages_before=archive.messages_before,
        time_stamp=time_stamp,
        opening=opening,
    )


def verify_batch(
    record_batch: Any,
    *,
    trust: Trust | None = None,
    at: str = "evidence",
    bind: str = "from",
    bind_missing: str = "refuse",
    strict: bool = False,
    revocation: str = "if-available",
    vouch: Sequence[str] = (),
    tsa_trust: Trust | None = None,
    policy: Place | None = None,
    initial_policies: Sequence[str] = (),
    require_explicit_policy: bool = False,
    inhibit_policy_mapping: bool = False,
    inhibit_any_policy: bool = False,
    chain_model: str = "shell",
    now: datetime | None = None,
    jobs: int = 1,
) -> VerifiedBatch:
    """Verify messages that are Arrow data in memory, of any library that speaks its C interface.

    Takes record batches, tables, data frames, relations and readers (pyarrow, polars, duckdb,
    arro3, nanoarrow). They have a column `raw` of bytes, and may have `source` and `source_index`,
    which come back in every row. The tables of the result are pyarrow's, and any such library takes
    them over.
    """
    judging = Policy.given(
        at=at,
        bind=bind,
        bind_missing=bind_missing,
        strict=strict,
        revocation=revocation,
        vouch=vouch,
        policy=policy,
        initial_policies=initial_policies,
        require_explicit_policy=require_explicit_policy,
        inhibit_policy_mapping=inhibit_policy_mapping,
        inhibit_any_policy=inhibit_any_policy,
        chain_model=chain_model,
    )
    options = VerifyOptions(policy=judging, now=now, jobs=jobs)
    now = options.now or current_time()
    engine = new_engine(given_trust(trust), judging, now, jobs, tsa_trust)
    return verified_data(engine, record_batch, judging.vouches.column)
