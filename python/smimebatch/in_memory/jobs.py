"""`decrypt_batch`, `encrypt_batch`, `reencrypt_batch`, `rewrap_batch` and `sign_batch`.

Each is the job of its name without inputs and outputs that lie on a disk. They take what
`verify_batch` takes; `options` are its options, which say how signatures are judged. What the
caller gives is checked before anything is done.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from inspect import signature
from typing import Any

from smimebatch.api import Place, verify_batch
from smimebatch.batch import current_time, given_trust
from smimebatch.decrypting import check_vault
from smimebatch.envelopes import PARQUET, Envelopes
from smimebatch.given import places_and_certificates_of, places_of
from smimebatch.in_memory.work import Work, WrittenBatch
from smimebatch.keys import Vault
from smimebatch.keys.shared import AnyPassword
from smimebatch.options import Policy, VerifyOptions
from smimebatch.recipients import Named
from smimebatch.sealing import (
    DEFAULT_CONTENT,
    DEFAULT_TRANSPORT,
    ENCRYPT,
    REENCRYPT,
    REFUSE,
    REWRAP,
    NewEnvelopes,
)
from smimebatch.sign_mail import signing_of
from smimebatch.signing import CLEAR, DEFAULT_PADDING, FROM, OPAQUE, Manner
from smimebatch.trust import Trust

Trusts = tuple[Trust, Trust | None]
WORKING = ("now", "debian_weak_keys")
"""Options beside those of judging that data in memory has a use for."""


def decrypt_batch(
    record_batch: Any,
    *,
    vault: Vault,
    trust: Trust | None = None,
    tsa_trust: Trust | None = None,
    inner_facts: bool = False,
    jobs: int = 1,
    **options: Any,
) -> WrittenBatch:
    """Decrypt messages that are Arrow data in memory, with the keys of a vault.

    `mail` of the result has every message, in order, without its envelope where that opened
    (`opened`); `reason` says why one that opened is there still. What lay inside is judged, too:
    `messages`, `signatures`, `encryptions` and `recipients` are as from `verify_batch`.
    """
    check_vault(vault)
    given = batch_options("decrypt_batch", options, jobs)
    envelopes = Envelopes(vault, inner_facts=inner_facts, writes_mail=True, mail_format=PARQUET)
    return work(record_batch, envelopes, checked(trust, tsa_trust), given, prove=False)


def encrypt_batch(
    record_batch: Any,
    *,
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
    prove: bool = True,
    jobs: int = 1,
    **options: Any,
) -> WrittenBatch:
    """Encrypt messages that are Arrow data in memory; recipients are given as to `encrypt`.

    `mail` of the result has a row for every message, whose `raw` is null where there is no
    envelope for it; `objects` says why. With `prove` each envelope is read again and compared, and
    opened with a key of the `vault`: VERIFIED where all of that was done, WRITTEN where not.
    """
    if vault is not None:
        check_vault(vault)
    new = NewEnvelopes(
        to=places_and_certificates_of(to),
        recipients=places_of(recipients, "recipients"),
        escrow=places_and_certificates_of(escrow),
        secret_keys=places_of(to_secret_keys, "to_secret_keys"),
        passwords=to_passwords,
        content=content,
        transport=key_transport,
        protects_header=header_protection,
    )
    given = batch_options("encrypt_batch", options, jobs)
    trusts = checked(trust, tsa_trust)
    return seal(ENCRYPT, record_batch, (new, vault), trusts, given, prove=prove)


def reencrypt_batch(
    record_batch: Any,
    *,
    vault: Vault,
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
    prove: bool = True,
    jobs: int = 1,
    **options: Any,
) -> WrittenBatch:
    """Put encrypted messages that a key of the vault opens into new envelopes, in memory.

    Every other message is in `mail` as it was. Of one that lost a signature around its envelope
    (`outer_signature="keep-original"`) `evidence` has what it was. The rest is as with
    `reencrypt` and `encrypt_batch`.
    """
    check_vault(vault)
    new = NewEnvelopes(
        to=places_and_certificates_of(to),
        recipients=places_of(recipients, "recipients"),
        escrow=places_and_certificates_of(escrow),
        secret_keys=places_of(to_secret_keys, "to_secret_keys"),
        passwords=to_passwords,
        content=content,
        transport=key_transport,
        outer_signature=outer_signature,
    )
    given = batch_options("reencrypt_batch", options, jobs)
    trusts = checked(trust, tsa_trust)
    return seal(REENCRYPT, record_batch, (new, vault), trusts, given, prove=prove)


def rewrap_batch(
    record_batch: Any,
    *,
    vault: Vault,
    to: Named | Sequence[Named] = (),
    recipients: Place | Sequence[Place] = (),
    escrow: Named | Sequence[Named] = (),
    to_secret_keys: Place | Sequence[Place] = (),
    to_passwords: AnyPassword | Iterable[AnyPassword] = (),
    key_transport: str = DEFAULT_TRANSPORT,
    trust: Trust | None = None,
    tsa_trust: Trust | None = None,
    prove: bool = True,
    jobs: int = 1,
    **options: Any,
) -> WrittenBatch:
    """Give the content key of envelopes that a key of the vault opens to others, in memory.

    What that does not do is said of `rewrap`; the rest is as with `reencrypt_batch`.
    """
    check_vault(vault)
    new = NewEnvelopes(
        to=places_and_certificates_of(to),
        recipients=places_of(recipients, "recipients"),
        escrow=places_and_certificates_of(escrow),
        secret_keys=places_of(to_secret_keys, "to_secret_keys"),
        passwords=to_passwords,
        transport=key_transport,
    )
    given = batch_options("rewrap_batch", options, jobs)
    trusts = checked(trust, tsa_trust)
    return seal(REWRAP, record_batch, (new, vault), trusts, given, prove=prove)


def sign_batch(
    record_batch: Any,
    *,
    signer: Vault,
    opaque: bool = False,
    digest: str | None = None,
    rsa_padding: str = DEFAULT_PADDING,
    sign_as: str = FROM,
    resign: bool = False,
    include_root: bool = False,
    trust: Trust | None = None,
    tsa_trust: Trust | None = None,
    prove: bool = True,
    jobs: int = 1,
    **options: Any,
) -> WrittenBatch:
    """Sign messages that are Arrow data in memory, as `sign` does.

    `mail` of the result has every message, signed where that could be; `objects` says what became
    of each. With `prove` each is read again and verified: VERIFIED then, or WRITTEN where readers
    may show something that the signature does not cover.
    """
    check_vault(signer)
    given = batch_options("sign_batch", options, jobs)
    trusts = checked(trust, tsa_trust)
    manner = Manner(
        form=OPAQUE if opaque else CLEAR,
        digest=digest,
        rsa_padding=rsa_padding,
        sign_as=sign_as,
        resign=resign,
        include_root=include_root,
    )
    now = given.now or current_time()
    signing = signing_of(signer, manner, now, now, given.debian_weak_keys, trust)
    envelopes = Envelopes(writes_mail=True, mail_format=PARQUET, sealing=signing)
    return work(record_batch, envelopes, trusts, given, prove=prove)


def batch_options(call: str, given: Mapping[str, Any], jobs: int) -> VerifyOptions:
    """Return options of a call, by the names of `verify_batch`; TypeError for any other."""
    known = {*WORKING, *signature(verify_batch).parameters} - {"record_batch"}
    for name in sorted(given.keys() - known):
        raise TypeError(f"{call}() got an unexpected keyword argument {name!r}")
    working = {name: value for name, value in given.items() if name in WORKING}
    judging = {name: value for name, value in given.items() if name not in WORKING}
    blacklists = working.get("debian_weak_keys")
    if blacklists is not None:
        working["debian_weak_keys"] = os.fspath(blacklists)
    return VerifyOptions(policy=Policy.given(**judging), jobs=jobs, **working)


def checked(trust: Trust | None, tsa_trust: Trust | None) -> Trusts:
    """Return both; OptionError for what is none."""
    return given_trust(trust), None if tsa_trust is None else given_trust(tsa_trust)


def seal(
    job: str,
    record_batch: Any,
    given: tuple[NewEnvelopes, Vault | None],
    trusts: Trusts,
    options: VerifyOptions,
    *,
    prove: bool,
) -> WrittenBatch:
    """Run a job that makes envelopes."""
    new, vault = given
    now = options.now or current_time()
    sealing = new.sealing(job, trusts[0], now, options.debian_weak_keys, options.policy)
    envelopes = Envelopes(vault, writes_mail=True, mail_format=PARQUET, sealing=sealing)
    return work(record_batch, envelopes, trusts, options, prove=prove)


def work(
    record_batch: Any,
    envelopes: Envelopes,
    trusts: Trusts,
    options: VerifyOptions,
    *,
    prove: bool,
) -> WrittenBatch:
    """Run a job."""
    trust, tsa_trust = trusts
    job = Work(
        envelopes,
        trust,
        tsa_trust,
        options.policy,
        options.now or current_time(),
        options.thread_count,
        options.debian_weak_keys,
        proves=prove,
    )
    return job.do(record_batch)
