"""smimebatch encrypt, reencrypt, rewrap: archives in, mail in new envelopes and datasets out."""

from __future__ import annotations

from dataclasses import replace

from smimebatch.cli.asking import Asked, asked
from smimebatch.cli.key_options import AskedKeys, asked_keys
from smimebatch.cli.mail_options import AskedMail, asked_mail
from smimebatch.cli.sealing_options import (
    ContentOption,
    HeaderProtectionOption,
    OuterSignatureOption,
    asked_envelopes,
    carry_out_sealing,
)
from smimebatch.cli.shared import with_options_of
from smimebatch.sealing import (
    DEFAULT_CONTENT,
    ENCRYPT,
    REENCRYPT,
    REFUSE,
    REWRAP,
    NewEnvelopes,
)


@with_options_of(asked, asked_envelopes, asked_keys, asked_mail)
def encrypt(
    given: Asked,
    new: NewEnvelopes,
    keys: AskedKeys,
    mail: AskedMail,
    content: ContentOption = DEFAULT_CONTENT,
    header_protection: HeaderProtectionOption = False,
) -> int:
    """Encrypt every message of an archive that is in clear, and prove what was written."""
    mail.check(ENCRYPT, given)
    new = replace(new, content=content, protects_header=header_protection)
    return carry_out_sealing(ENCRYPT, given, new, keys.vault_if_any(), mail)


@with_options_of(asked, asked_envelopes, asked_keys, asked_mail)
def reencrypt(
    given: Asked,
    new: NewEnvelopes,
    keys: AskedKeys,
    mail: AskedMail,
    content: ContentOption = DEFAULT_CONTENT,
    outer_signature: OuterSignatureOption = REFUSE,
) -> int:
    """Put every encrypted message that a key opens into a new envelope, and prove it."""
    mail.check(REENCRYPT, given)
    new = replace(new, content=content, outer_signature=outer_signature)
    return carry_out_sealing(REENCRYPT, given, new, keys.vault(), mail)


@with_options_of(asked, asked_envelopes, asked_keys, asked_mail)
def rewrap(given: Asked, new: NewEnvelopes, keys: AskedKeys, mail: AskedMail) -> int:
    """Give every encrypted message that a key opens to others; its ciphertext stays as it is.

    Whoever could read it before can read a copy of it still, and a cipher that notices no change
    (CBC) notices none afterwards: reencrypt mends both.
    """
    mail.check(REWRAP, given)
    return carry_out_sealing(REWRAP, given, new, keys.vault(), mail)
