"""From Python: `encrypt`, `reencrypt` and `rewrap`, which are `verify` with new envelopes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from smimebatch.api import Place, verify_archive
from smimebatch.batch import given_trust
from smimebatch.decrypting import check_vault, verify_options
from smimebatch.envelopes import Envelopes
from smimebatch.errors import OptionError
from smimebatch.given import places_and_certificates_of, places_of
from smimebatch.job.begun import now_of_run
from smimebatch.keys import Vault
from smimebatch.keys.shared import AnyPassword
from smimebatch.recipients import Named
from smimebatch.run import Run
from smimebatch.sealing import (
    DEFAULT_CONTENT,
    DEFAULT_TRANSPORT,
    ENCRYPT,
    REENCRYPT,
    REFUSE,
    REWRAP,
    NewEnvelopes,
)
from smimebatch.trust import Trust


def encrypt(
    inputs: Place | Sequence[Place],
    *,
    output: Place | None = None,
    to: Named | Sequence[Named] = (),
    recipients: Place | Sequence[Place] = (),
    escrow: Named | Sequence[Named] = (),
    to_secret_keys: Place | Sequence[Place] = (),
    to_passwords: AnyPassword | Iterable[AnyPassword] = (),
    content: str = DEFAULT_CONTENT,
    key_transport: str = DEFAULT_TRANSPORT,
    header_protection: bool = False,
    vault: Vault | None = None,
    trust: Trust | None = None,
    tsa_trust: Trust | None = None,
    overwrite: bool = False,
    output_format: str | None = None,
    dry_run: bool = False,
    **options: Any,
) -> Run:
    """Encrypt every message of the inputs that is in clear.

    To the certificates `to` and `escrow` (files, DER or objects of `cryptography`), to
    `to_secret_keys` (files of keys that readers have, too) and `to_passwords`, and with
    `recipients` to certificates of the addresses in To, Cc and Bcc; a message of which one address
    has no certificate is refused. Writes the datasets of `verify`, under `mail/` every message in
    its envelope, and `objects`, which says what became of each: what was written is read again, and
    with a `vault` opened and compared. `output_format` and `dry_run` are as with `decrypt`,
    `options` those of `verify`.
    """
    if vault is not None:
        check_vault(vault)
    return sealed(
        ENCRYPT,
        inputs,
        NewEnvelopes(
            places_and_certificates_of(to),
            places_of(recipients, "recipients"),
            places_and_certificates_of(escrow),
            places_of(to_secret_keys, "to_secret_keys"),
            to_passwords,
            content,
            key_transport,
            protects_header=header_protection,
        ),
        vault,
        options,
        output=output,
        trust=trust,
        tsa_trust=tsa_trust,
        overwrite=overwrite,
        output_format=output_format,
        dry_run=dry_run,
    )


def reencrypt(
    inputs: Place | Sequence[Place],
    *,
    vault: Vault,
    output: Place | None = None,
    to: Named | Sequence[Named] = (),
    recipients: Place | Sequence[Place] = (),
    escrow: Named | Sequence[Named] = (),
    to_secret_keys: Place | Sequence[Place] = (),
    to_passwords: AnyPassword | Iterable[AnyPassword] = (),
    content: str = DEFAULT_CONTENT,
    key_transport: str = DEFAULT_TRANSPORT,
    outer_signature: str = REFUSE,
    trust: Trust | None = None,
    tsa_trust: Trust | None = None,
    overwrite: bool = False,
    output_format: str | None = None,
    dry_run: bool = False,
    **options: Any,
) -> Run:
    """Put every encrypted message that a key of the vault opens into a new envelope.

    What lay inside is the same octet for octet, so that signatures inside hold. Everything else is
    written as it was; the source is never changed. The rest is as with `encrypt`; keys of new
    recipients in the vault open what was written, to compare it.
    """
    check_vault(vault)
    return sealed(
        REENCRYPT,
        inputs,
        NewEnvelopes(
            places_and_certificates_of(to),
            places_of(recipients, "recipients"),
            places_and_certificates_of(escrow),
            places_of(to_secret_keys, "to_secret_keys"),
            to_passwords,
            content,
            key_transport,
            outer_signature=outer_signature,
        ),
        vault,
        options,
        output=output,
        trust=trust,
        tsa_trust=tsa_trust,
        overwrite=overwrite,
        output_format=output_format,
        dry_run=dry_run,
    )


def rewrap(
    inputs: Place | Sequence[Place],
    *,
    vault: Vault,
    output: Place | None = None,
    to: Named | Sequence[Named] = (),
    recipients: Place | Sequence[Place] = (),
    escrow: Named | Sequence[Named] = (),
    to_secret_keys: Place | Sequence[Place] = (),
    to_passwords: AnyPassword | Iterable[AnyPassword] = (),
    key_transport: str = DEFAULT_TRANSPORT,
    trust: Trust | None = None,
    tsa_trust: Trust | None = None,
    overwrite: bool = False,
    output_format: str | None = None,
    dry_run: bool = False,
    **options: Any,
) -> Run:
    """Give the content key of every envelope that a key of the vault opens to other recipients.

    The ciphertext stays as it is: whoever had the content key has it still, and what CBC left
    unprotected stays so. The rest is as with `reencrypt`.
    """
    check_vault(vault)
    return sealed(
        REWRAP,
        inputs,
        NewEnvelopes(
            places_and_certificates_of(to),
            places_of(recipients, "recipients"),
            places_and_certificates_of(escrow),
            places_of(to_secret_keys, "to_secret_keys"),
            to_passwords,
            transport=key_transport,
        ),
        vault,
        options,
        output=output,
        trust=trust,
        tsa_trust=tsa_trust,
        overwrite=overwrite,
        output_format=output_format,
        dry_run=dry_run,
    )


def sealed(
    job: str,
    inputs: Place | Sequence[Place],
    new: NewEnvelopes,
    vault: Vault | None,
    options: dict[str, Any],
    *,
    output: Place | None,
    trust: Trust | None,
    tsa_trust: Trust | None,
    overwrite: bool,
    output_format: str | None,
    dry_run: bool,
) -> Run:
    """Run a job that makes envelopes."""
    if output is None and not dry_run:
        raise OptionError("output", expected="a directory", found="None")
    judging, trust = verify_options(options), given_trust(trust)
    now = now_of_run(judging.now, output, overwrite=overwrite)
    sealing = new.sealing(job, trust, now, judging.debian_weak_keys, judging.policy)
    return verify_archive(
        places_of(inputs, "inputs"),
        trust,
        judging,
        tsa_trust=tsa_trust,
        output=output,
        overwrite=overwrite,
        envelopes=Envelopes(vault, writes_mail=True, mail_format=output_format, sealing=sealing),
        dry_run=dry_run,
    )
