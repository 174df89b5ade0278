"""smimebatch: verify, decrypt, encrypt and sign the S/MIME mail of whole archives.

>>> import smimebatch as sb
>>> trust = sb.Trust.load("roots.pem")                                   # doctest: +SKIP
>>> run = sb.verify("archive.mbox", trust=trust, output="out/", jobs=2)  # doctest: +SKIP
>>> run.totals.indications                                               # doctest: +SKIP
"""

from smimebatch._native import version as __version__
from smimebatch.api import verify, verify_batch
from smimebatch.batch import VerifiedBatch
from smimebatch.certificates import certificate_objects
from smimebatch.decrypting import decrypt
from smimebatch.encrypting import encrypt, reencrypt, rewrap
from smimebatch.errors import (
    InputError,
    KeysError,
    OptionError,
    OutputError,
    SmimeBatchError,
    StoppedError,
    TrustError,
)
from smimebatch.importing import Import, import_mail
from smimebatch.in_memory.jobs import (
    decrypt_batch,
    encrypt_batch,
    reencrypt_batch,
    rewrap_batch,
    sign_batch,
)
from smimebatch.in_memory.work import WrittenBatch
from smimebatch.keys import Token, Vault
from smimebatch.run import Run
from smimebatch.sign_mail import sign
from smimebatch.sinks.rows import Totals
from smimebatch.sinks.scanning import ScannedMessage
from smimebatch.trust import Trust
from smimebatch.trust.roots import AnchorLimits

__all__ = [
    "AnchorLimits",
    "Import",
    "InputError",
    "KeysError",
    "OptionError",
    "OutputError",
    "Run",
    "ScannedMessage",
    "SmimeBatchError",
    "StoppedError",
    "Token",
    "Totals",
    "Trust",
    "TrustError",
    "Vault",
    "VerifiedBatch",
    "WrittenBatch",
    "__version__",
    "certificate_objects",
    "decrypt",
    "decrypt_batch",
    "encrypt",
    "encrypt_batch",
    "import_mail",
    "reencrypt",
    "reencrypt_batch",
    "rewrap",
    "rewrap_batch",
    "sign",
    "sign_batch",
    "verify",
    "verify_batch",
]
