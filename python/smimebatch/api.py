"""The library's front door: `verify` for archives, `verify_batch` for a record batch in memory.

The command line is a shell over `verify`. Exceptions are for mistakes of the caller
(`smimebatch.errors`); whatever the mail and the files turn out to be is in the results.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from typing import Any

from smimebatch import pipeline
from smimebatch.batch import (
    VerifiedBatch,
    current_time,
    given_trust,
    new_engine,
    new_judge,
    verified_data,
)
from smimebatch.envelopes import Envelopes
from smimebatch.given import places_of
from smimebatch.job.audit import refuse_changed
from smimebatch.job.begun import now_of_run
from smimebatch.job.checkpoint import load_private_key, signed, verifier_key
from smimebatch.job.output import RunDirectory
from smimebatch.job.record import file_metadata, run_record
from smimebatch.job.sealing import (
    mail_maker,
    reading_for,
    spools_of,
    with_mail_format,
    with_sealer,
)
from smimebatch.job.stamping import stamped_by
from smimebatch.job.verifying import VerifyWork
from smimebatch.judging import judged
from smimebatch.options import Policy, VerifyOptions
from smimebatch.run import Run
from smimebatch.sinks.planning import PlanningSink
from smimebatch.sinks.scanning import scanned_by
from smimebatch.sinks.watching import Watcher
from smimebatch.sources import Archive, Inputs
from smimebatch.sources.parquet import check_named_columns
from smimebatch.trust import Trust
from smimebatch.weak_keys import load_blacklists

Place = str | os.PathLike[str]


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
    places = places_of(inputs, "inputs")
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
    envelopes: Envelopes | None = None,
    dry_run: bool = False,
) -> Run:
    """Run a verification whose options are made; what is wrong with the set-up is raised first.

    Further `sinks` see every batch; `settings`, where the options came from, goes to run.json;
    `sign_with` names the key that signs the checkpoint of the result, `stamp_with` the command
    that gets a time-stamp over it. With an `envelopes`, envelopes are opened. A `dry_run` counts
    what would be written, and writes nothing.
    """
    places = Inputs([os.fspath(place) for place in inputs], options.files_from)
    if output is not None:
        places.check_apart_from(output)
        places.leave_out(output)
    archive = Archive(places, options.reading)
    blacklists = load_blacklists(options.debian_weak_keys)
    vouched = options.policy.vouches.column
    check_named_columns(archive.inputs, options.column, options.input_format, vouched)
    envelopes = with_mail_format(envelopes, places, options)
    archive.reading = reading_for(envelopes, archive.reading)
    now = now_of_run(options.now, output, overwrite=overwrite)
    started = time.monotonic()
    if output is None or dry_run:
        envelopes = with_sealer(envelopes, None, blacklists)
        engine = new_engine(trust, options.policy, now, 1, tsa_trust, envelopes=envelopes)
        planning = PlanningSink() if dry_run else None
        all_sinks = sinks if planning is None else [*sinks, planning]
        spools = spools_of(envelopes, None) if dry_run else None
        totals = judged(archive, engine, options, watcher, all_sinks, spools)
        planned = None
        if planning is not None:
            planned = planning.planned
            totals.objects.update(planned.states)
        return Run(
            totals=totals,
            elapsed_s=time.monotonic() - started,
            output=None,
            trust=trust,
            options=options,
            now=now,
            envelopes=envelopes,
            planned=planned,
        )
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
        envelopes=envelopes,
    )
    with ExitStack() as stack:
        # What is known of encrypted mail is for its owner alone (RULES 40).
        mode = 0o777 if envelopes is None else 0o700
        directory = RunDirectory(output, overwrite=overwrite, mode=mode)
        stack.callback(directory.close)
        envelopes = with_sealer(envelopes, directory, blacklists)
        metadata = file_metadata(options, trust, tsa_trust, envelopes)
        work = VerifyWork(
            directory,
            record,
            archive,
            options,
            metadata,
            blacklists.weak_keys(),
            None if key is None else partial(signed, key=key),
            new_mail=mail_maker(envelopes, trust, options, now, metadata),
            spools=spools_of(envelopes, directory),
        )
        # One batch keeps one thread busy: the pipeline has the threads, not the engine.
        engine = new_engine(trust, options.policy, work.now, 1, tsa_trust, envelopes=envelopes)
        scanning, end_of_scan = scanned_by(envelopes)
        totals = work.done(engine, watcher, [*scanning, *sinks], end_of_scan)
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
        envelopes=envelopes,
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
    which come back in every row; without `source_index` rows are numbered. The tables of the result
    are pyarrow's, and any such library takes them over.
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
    return verified_data(engine, record_batch, options.thread_count, judging.vouches.column)
