"""What a job that writes mail needs beside the engine: its run key, and who makes the parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from smimebatch.batch import VerifiedBatch, new_engine, verified_batch
from smimebatch.envelopes import Envelopes
from smimebatch.job.output import PROOF_KEY_FILE, RunDirectory
from smimebatch.options import VerifyOptions
from smimebatch.sealing import kept_proof_key
from smimebatch.sinks.mail_part import OpenedMail
from smimebatch.sinks.parquet import MailPart
from smimebatch.sinks.sealed_mail import SealedMail
from smimebatch.trust import Trust
from smimebatch.vouching import Vouches
from smimebatch.weak_keys import Blacklists


def with_sealer(
    envelopes: Envelopes | None, directory: RunDirectory, now: datetime, blacklists: Blacklists
) -> Envelopes | None:
    """Return the same with what makes new envelopes, for a run that makes any."""
    if envelopes is None or envelopes.sealing is None:
        return envelopes
    return replace(
        envelopes,
        sealer=envelopes.sealing.sealer(now, blacklists.weak_keys()),
        proof_key=kept_proof_key(directory.in_room(PROOF_KEY_FILE)),
    )


def mail_maker(
    envelopes: Envelopes | None,
    trust: Trust,
    options: VerifyOptions,
    now: datetime,
    metadata: Mapping[str, str],
) -> Callable[[str], MailPart] | None:
    """Return what begins the mail of a unit in its staging directory, for a run that writes any."""
    if envelopes is None or not envelopes.writes_mail:
        return None
    if envelopes.sealing is None:
        return lambda staging: OpenedMail(staging, metadata)
    alone = replace(options.policy, vouches=Vouches())
    threads = options.thread_count
    engine = new_engine(trust, alone, now, threads, envelopes=envelopes.proof)

    def prove(rows: Any) -> VerifiedBatch:
        return verified_batch(engine.verify(rows))

    return lambda staging: SealedMail(staging, prove, metadata, threads)
