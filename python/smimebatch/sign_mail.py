"""From Python: `sign`, which is `verify` with signatures that are made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from smimebatch.api import Place, verify_archive
from smimebatch.batch import current_time, given_trust
from smimebatch.decrypting import check_vault, verify_options
from smimebatch.envelopes import Envelopes
from smimebatch.errors import OptionError
from smimebatch.given import places_of
from smimebatch.job.begun import now_of_run
from smimebatch.keys import Vault
from smimebatch.run import Run
from smimebatch.signing import CLEAR, DEFAULT_PADDING, FROM, OPAQUE, Manner, Signing
from smimebatch.trust import Trust
from smimebatch.weak_keys import load_blacklists


def sign(
    inputs: Place | Sequence[Place],
    *,
    signer: Vault,
    output: Place | None = None,
    opaque: bool = False,
    digest: str | None = None,
    rsa_padding: str = DEFAULT_PADDING,
    sign_as: str = FROM,
    resign: bool = False,
    include_root: bool = False,
    trust: Trust | None = None,
    tsa_trust: Trust | None = None,
    overwrite: bool = False,
    output_format: str | None = None,
    dry_run: bool = False,
    **options: Any,
) -> Run:
    """Sign every message of the inputs whose From address a certificate of `signer` names.

    Writes the datasets of `verify`, under `mail/` every message, signed where that could be, and
    `objects`, which says what became of each: what was written is read again and verified. With
    `sign_as="any"` the one certificate signs mail of everybody. `output_format` and
    `dry_run` are as with `decrypt`, `options` those of `verify`.
    KeysError where no certificate is fit.
    """
    check_vault(signer)
    if output is None and not dry_run:
        raise OptionError("output", expected="a directory", found="None")
    judging = verify_options(options)
    manner = Manner(
        form=OPAQUE if opaque else CLEAR,
        digest=digest,
        rsa_padding=rsa_padding,
        sign_as=sign_as,
        resign=resign,
        include_root=include_root,
    )
    now = judging.now or current_time()
    signed_at = now_of_run(judging.now, output, overwrite=overwrite)
    signing = signing_of(signer, manner, now, signed_at, judging.debian_weak_keys, trust)
    return verify_archive(
        places_of(inputs, "inputs"),
        given_trust(trust),
        judging,
        tsa_trust=tsa_trust,
        output=output,
        overwrite=overwrite,
        envelopes=Envelopes(writes_mail=True, mail_format=output_format, sealing=signing),
        dry_run=dry_run,
    )


def signing_of(
    signer: Vault,
    manner: Manner,
    now: datetime,
    signed_at: datetime,
    debian_weak_keys: str | None,
    trust: Trust | None,
) -> Signing:
    """Load who signs, and check the certificates."""
    return Signing.load(
        signer,
        manner,
        now=now,
        signed_at=signed_at,
        weak_keys=load_blacklists(debian_weak_keys).weak_keys(),
        trust=trust,
    )
