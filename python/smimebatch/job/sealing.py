"""What a job that writes mail needs beside the engine: its run key, and who makes the parts."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from smimebatch.batch import VerifiedBatch, new_engine, verified_batch
from smimebatch.envelopes import Envelopes
from smimebatch.job import disk
from smimebatch.job.output import PROOF_KEY_FILE, RunDirectory
from smimebatch.options import VerifyOptions
from smimebatch.sealing import REWRAP
from smimebatch.signing import FROM, OPAQUE, Signing
from smimebatch.sinks.mail_part import OpenedMail
from smimebatch.sinks.parquet import MailPart, stopping
from smimebatch.sinks.proof import Proof
from smimebatch.sinks.sealed_mail import SealedMail
from smimebatch.sinks.signed_mail import SignedProof
from smimebatch.trust import Trust
from smimebatch.vouching import Vouches
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


def with_sealer(
    envelopes: Envelopes | None, directory: RunDirectory, now: datetime, blacklists: Blacklists
) -> Envelopes | None:
    """Return the same with what makes new envelopes or signatures, for a run that makes any."""
    if envelopes is None or envelopes.sealing is None:
        return envelopes
    sealer = envelopes.sealing.sealer(now, blacklists.weak_keys())
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
    if envelopes.sealing is None:
        return lambda staging: OpenedMail(staging, metadata)
    alone = replace(options.policy, vouches=Vouches())
    threads = options.thread_count
    engine = new_engine(trust, alone, now, threads, envelopes=envelopes.proof)

    def prove(rows: Any) -> VerifiedBatch:
        return verified_batch(engine.verify(rows))

    sealing = envelopes.sealing
    new_proof: Callable[[], Proof]
    if isinstance(sealing, Signing):
        manner = sealing.manner
        new_proof = partial(
            SignedProof, is_opaque=manner.form == OPAQUE, binds=manner.sign_as == FROM
        )
    else:
        # Content keys are those of the source, of which two messages may be copies.
        new_proof = partial(Proof, keeps_content_keys=sealing.job == REWRAP)

    def begin(staging: str) -> MailPart:
        return SealedMail(
            staging,
            prove,
            metadata,
            threads,
            new_proof,
            keeps_originals=sealing.keeps_originals,
        )

    return begin
