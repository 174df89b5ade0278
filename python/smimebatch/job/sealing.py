"""What a job that writes mail needs beside the engine: its run key, and who makes the parts."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial

from smimebatch.batch import VerifiedBatch, new_engine, verified_batch
from smimebatch.envelopes import Envelopes
from smimebatch.job import disk
from smimebatch.job.output import PROOF_KEY_FILE, RunDirectory
from smimebatch.options import VerifyOptions
from smimebatch.signing import Signing
from smimebatch.sinks.mail_formats import PARQUET, checked_mail_format
from smimebatch.sinks.opened_mail import OpenedMail
from smimebatch.sinks.parquet import MailPart, stopping
from smimebatch.sinks.proofs import new_proof
from smimebatch.sinks.sealed_mail import SealedMail
from smimebatch.sources import Inputs
from smimebatch.sources.alike import common_kind
from smimebatch.sources.items import InputBatch
from smimebatch.sources.reading import ReadingOptions, mail_held_bytes
from smimebatch.sources.spools import Spools
from smimebatch.trust import Trust
from smimebatch.weak_keys import Blacklists

PROOF_KEY_BYTES = 32


def kept_proof_key(path: str) -> bytes:
    """Return the key under which plaintexts of a run are compared, made when first asked for.

    What a power cut left of one is none.
    """
    key = disk.content_of(path)
    if key is not None and len(key) == PROOF_KEY_BYTES and any(key):
        return key
    key = os.urandom(PROOF_KEY_BYTES)
    with open(path, "wb", opener=partial(os.open, mode=0o600)) as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    disk.sync_directory(os.path.dirname(path))
    return key


def with_mail_format(
    envelopes: Envelopes | None, inputs: Inputs, options: VerifyOptions
) -> Envelopes | None:
    """Return the same with the format of its mail: that of the inputs, where none was asked for."""
    if envelopes is None or not envelopes.writes_mail or envelopes.scan is not None:
        return envelopes
    form = checked_mail_format(envelopes.mail_format)
    if form is None:
        form = common_kind(inputs, options.input_format) or PARQUET
    return replace(envelopes, mail_format=form)


def writes_large(envelopes: Envelopes | None) -> bool:
    """Whether messages that are not held are written: Parquet holds every value that it has."""
    return (
        envelopes is not None
        and envelopes.writes_mail
        and envelopes.scan is None
        and envelopes.mail_format != PARQUET
        and not isinstance(envelopes.sealing, Signing)
    )


def reading_for(envelopes: Envelopes | None, reading: ReadingOptions) -> ReadingOptions:
    """Return how inputs are read by a run: fewer are held where they need not be."""
    if not writes_large(envelopes):
        return reading
    return replace(reading, held_bytes=mail_held_bytes())


def spools_of(envelopes: Envelopes | None, directory: RunDirectory | None) -> Spools | None:
    """Return where a run writes messages that are not held; without a directory, nowhere."""
    if not writes_large(envelopes):
        return None
    return Spools(None if directory is None else directory.staging)


def with_sealer(
    envelopes: Envelopes | None,
    directory: RunDirectory | None,
    blacklists: Blacklists,
) -> Envelopes | None:
    """Return the same with what makes new envelopes or signatures, for a run that makes any.

    Without a directory nothing is kept.
    """
    if envelopes is None or envelopes.sealing is None:
        return envelopes
    sealer = envelopes.sealing.sealer(blacklists.weak_keys())
    if directory is None:
        return replace(envelopes, sealer=sealer, proof_key=os.urandom(PROOF_KEY_BYTES))
    with stopping():
        proof_key = kept_proof_key(directory.in_room(PROOF_KEY_FILE))
    return replace(envelopes, sealer=sealer, proof_key=proof_key)


def mail_maker(
    envelopes: Envelopes | None,
    trust: Trust,
    options: VerifyOptions,
    now: datetime,
    metadata: Mapping[str, str],
) -> Callable[[str], MailPart] | None:
    """Return what begins the mail of a unit in its staging directory, for a run that writes any."""
    if envelopes is None or not envelopes.writes_mail or envelopes.scan is not None:
        return None
    form = envelopes.mail_format or PARQUET
    held_bytes = reading_for(envelopes, ReadingOptions()).held_bytes
    if envelopes.sealing is None:
        return lambda staging: OpenedMail(staging, metadata, form, held_bytes)
    alone = options.policy.without_vouches
    threads = options.thread_count
    engine = new_engine(trust, alone, now, threads, envelopes=envelopes.proof)

    def prove(batch: InputBatch) -> VerifiedBatch:
        if batch.stored is None:
            return verified_batch(engine.verify(batch.rows))
        tables = engine.verify_large(batch.rows, batch.stored)
        return verified_batch(tables, octets=batch.stored)

    sealing = envelopes.sealing
    proof_of = partial(new_proof, sealing)

    def begin(staging: str) -> MailPart:
        return SealedMail(
            staging,
            prove,
            metadata,
            threads,
            proof_of,
            keeps_originals=sealing.keeps_originals,
            form=form,
            held_bytes=held_bytes,
        )

    return begin
