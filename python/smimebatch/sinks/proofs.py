"""Which proof the mail of a job has."""

from __future__ import annotations

from typing import Any

from smimebatch.sealing import REWRAP, Sealing
from smimebatch.signing import FROM, OPAQUE, Signing
from smimebatch.sinks.proof import EnvelopeProof, Proof
from smimebatch.sinks.signed_mail import SignedProof

AnyProof = Proof[Any]


def new_proof(sealing: Sealing | Signing) -> AnyProof:
    """Return what compares the messages of one part."""
    if isinstance(sealing, Signing):
        manner = sealing.manner
        return SignedProof(is_opaque=manner.form == OPAQUE, binds=manner.sign_as == FROM)
    # Content keys are those of the source, of which two messages may be copies.
    return EnvelopeProof(keeps_content_keys=sealing.job == REWRAP)
