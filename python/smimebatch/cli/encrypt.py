"""smimebatch encrypt, reencrypt, rewrap: archives in, mail in new envelopes and datasets out."""

from __future__ import annotations

from smimebatch.cli.asking import Asked, asked
from smimebatch.cli.key_options import (
    KeysOption,
    PasswordCommandOption,
    PasswordEnvOption,
    PasswordFdOption,
    PasswordFileOption,
    loaded_vault,
)
from smimebatch.cli.sealing_options import (
    ContentOption,
    EscrowOption,
    HeaderProtectionOption,
    KeyTransportOption,
    OuterSignatureOption,
    RecipientsOption,
    ToOption,
    loaded_sealing,
)
from smimebatch.cli.shared import with_options_of
from smimebatch.cli.verify import carry_out
from smimebatch.envelopes import Envelopes
from smimebatch.errors import OptionError
from smimebatch.sealing import (
    DEFAULT_CONTENT,
    DEFAULT_TRANSPORT,
    ENCRYPT,
    REENCRYPT,
    REFUSE,
    REWRAP,
)


@with_options_of(asked)
def encrypt(
    given: Asked,
    to: ToOption = None,
    recipients: RecipientsOption = None,
    escrow: EscrowOption = None,
    content: ContentOption = DEFAULT_CONTENT,
    key_transport: KeyTransportOption = DEFAULT_TRANSPORT,
    header_protection: HeaderProtectionOption = False,
    keys: KeysOption = None,
    password_file: PasswordFileOption = None,
    password_fd: PasswordFdOption = None,
    password_env: PasswordEnvOption = None,
    password_command: PasswordCommandOption = None,
) -> int:
    """Encrypt every message of an archive that is in clear, and prove what was written."""
    refuse_rows(ENCRYPT, given)
    options = given.options
    sealing = loaded_sealing(
        ENCRYPT,
        to,
        recipients,
        escrow,
        content,
        key_transport,
        now=options.now,
        debian_weak_keys=options.debian_weak_keys,
        trust=given.trust,
        protects_header=header_protection,
    )
    vault = None
    if keys:
        vault = loaded_vault(keys, password_file, password_fd, password_env, password_command)
    return carry_out(given, Envelopes(vault, writes_mail=True, sealing=sealing))


@with_options_of(asked)
def reencrypt(
    given: Asked,
    to: ToOption = None,
    recipients: RecipientsOption = None,
    escrow: EscrowOption = None,
    content: ContentOption = DEFAULT_CONTENT,
    key_transport: KeyTransportOption = DEFAULT_TRANSPORT,
    outer_signature: OuterSignatureOption = REFUSE,
    keys: KeysOption = None,
    password_file: PasswordFileOption = None,
    password_fd: PasswordFdOption = None,
    password_env: PasswordEnvOption = None,
    password_command: PasswordCommandOption = None,
) -> int:
    """Put every encrypted message that a key opens into a new envelope, and prove it."""
    refuse_rows(REENCRYPT, given)
    options = given.options
    sealing = loaded_sealing(
        REENCRYPT,
        to,
        recipients,
        escrow,
        content,
        key_transport,
        now=options.now,
        debian_weak_keys=options.debian_weak_keys,
        trust=given.trust,
        outer_signature=outer_signature,
    )
    vault = loaded_vault(keys, password_file, password_fd, password_env, password_command)
    return carry_out(given, Envelopes(vault, writes_mail=True, sealing=sealing))


@with_options_of(asked)
def rewrap(
    given: Asked,
    to: ToOption = None,
    recipients: RecipientsOption = None,
    escrow: EscrowOption = None,
    key_transport: KeyTransportOption = DEFAULT_TRANSPORT,
    keys: KeysOption = None,
    password_file: PasswordFileOption = None,
    password_fd: PasswordFdOption = None,
    password_env: PasswordEnvOption = None,
    password_command: PasswordCommandOption = None,
) -> int:
    """Give every encrypted message that a key opens to others; its ciphertext stays as it is.

    Whoever could read it before can read a copy of it still, and a cipher that notices no change
    (CBC) notices none afterwards: reencrypt mends both.
    """
    refuse_rows(REWRAP, given)
    options = given.options
    sealing = loaded_sealing(
        REWRAP,
        to,
        recipients,
        escrow,
        transport=key_transport,
        now=options.now,
        debian_weak_keys=options.debian_weak_keys,
        trust=given.trust,
    )
    vault = loaded_vault(keys, password_file, password_fd, password_env, password_command)
    return carry_out(given, Envelopes(vault, writes_mail=True, sealing=sealing))


def refuse_rows(command: str, given: Asked) -> None:
    """Refuse to write mail to nowhere."""
    if given.output is None:
        raise OptionError(command, expected="--output OUT", found="none", remedy="add -o OUT")
