"""What a run is given that signs mail, beside the options of verifying: signatories, and how."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from smimebatch import _native
from smimebatch.errors import KeysError, OptionError
from smimebatch.keys import Vault
from smimebatch.recipients import NAMED_WARNINGS, About
from smimebatch.schema import codes_of, sentence
from smimebatch.trust import Trust

SIGN = "sign"
CLEAR = "clear"
OPAQUE = "opaque"
FROM = "from"
ANY = "any"
DEFAULT_PADDING = "pkcs1"
OPTION = "--signer"
EXPECTED = "a certificate that mail can be signed with, and its key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How signatures are made."""

    form: str = CLEAR
    digest: str | None = None
    """None: what goes with the key, SHA-256 for RSA."""
    rsa_padding: str = DEFAULT_PADDING
    sign_as: str = FROM
    """Whose mail is signed: that of the certificate's owner, or anybody's."""
    resign: bool = False
    """Whether what is signed already gets a signature around that."""
    include_root: bool = False

    def __post_init__(self) -> None:
        given = {
            "--digest": ("digest_choice", self.digest),
            "--rsa-padding": ("rsa_padding", self.rsa_padding),
            "form": ("signed_form", self.form),
            "--sign-as": ("sign_as", self.sign_as),
        }
        for option, (vocabulary, word) in given.items():
            known = codes_of(vocabulary)
            if word is not None and word not in known:
                raise OptionError(option, expected="one of " + ", ".join(known), found=repr(word))

    @property
    def texts(self) -> list[tuple[str, str]]:
        """The options as the core spells them."""
        given = {
            "digest": self.digest,
            "rsa-padding": self.rsa_padding,
            "form": self.form,
            "sign-as": self.sign_as,
            "resign": "" if self.resign else None,
            "include-root": "" if self.include_root else None,
        }
        return [(name, value) for name, value in given.items() if value is not None]


@dataclass(frozen=True, slots=True)
class Signing:
    """Who signs which messages, and how."""

    vault: Vault
    certificates: tuple[bytes, ...]
    """DER of those that are fit; of several of one address the first counts."""
    about: tuple[About, ...]
    """Of each."""
    manner: Manner
    signed_at: datetime
    """What signatures say of their time: that of the run."""
    others: tuple[bytes, ...] = ()
    """Certificates that chains may be made of, beside those of the vault."""
    warnings: tuple[str, ...] = field(default=(), compare=False)

    job = SIGN
    keeps_originals = False

    @classmethod
    def load(
        cls,
        vault: Vault,
        manner: Manner,
        *,
        now: datetime,
        signed_at: datetime,
        weak_keys: _native.WeakKeys,
        trust: Trust | None = None,
        is_strict: bool = False,
    ) -> Signing:
        """Check the certificates of all keys; KeysError where none is fit.

        A key of which every certificate is unfit is left out with a warning, or if `is_strict` an
        error. For mail of anybody there has to be one signatory.
        """
        fit: list[tuple[About, bytes]] = []
        unfit: dict[str, str] = {}
        usable: set[str] = set()
        for der, key, described in _native.describe_signatories(
            vault.native, int(now.timestamp()), weak_keys
        ):
            about = About.of(described)
            if about.unfit is None:
                fit.append((about, der))
                usable.add(key)
            else:
                why = f"{about.subject}: {sentence('unfit_signer', about.unfit)}"
                unfit.setdefault(key, why)
        useless = [why for key, why in sorted(unfit.items()) if key not in usable]
        if useless and (is_strict or not fit):
            raise KeysError(OPTION, expected=EXPECTED, found=useless[0])
        if not fit:
            raise KeysError(OPTION, expected=EXPECTED, found="keys without any certificate")
        if manner.sign_as == ANY and len(fit) > 1:
            found = f"{len(fit)} of them"
            raise OptionError(f"--sign-as {ANY}", expected="one certificate to sign", found=found)
        # Of several of one address the one that is valid since last.
        fit.sort(key=lambda one: (one[0].not_before_unix_s, one[1]), reverse=True)
        others = () if trust is None else (*trust.intermediates, *trust.anchors)
        return cls(
            vault,
            tuple(der for _, der in fit),
            tuple(about for about, _ in fit),
            manner,
            signed_at,
            others,
            tuple(told(useless)),
        )

    def sealer(self, weak_keys: _native.WeakKeys) -> _native.Sealer:
        """Make the core's part; ValueError for a certificate that is unfit at `signed_at`."""
        return _native.new_signer(
            self.vault.native,
            self.certificates,
            self.others,
            int(self.signed_at.timestamp()),
            weak_keys,
            self.manner.texts,
        )

    @property
    def hashes(self) -> list[str]:
        """SHA-256 of the certificates."""
        return [hashlib.sha256(der).hexdigest() for der in self.certificates]

    @property
    def fingerprint(self) -> str:
        """Equal for equal runs."""
        others = sorted(hashlib.sha256(der).hexdigest() for der in self.others)
        manner = [f"{name} {value}" for name, value in self.manner.texts]
        return hashlib.sha256(
            "\n".join([SIGN, *self.hashes, *others, *manner]).encode()
        ).hexdigest()

    @property
    def record(self) -> dict[str, Any]:
        """What run.json says: nothing of a key but what is public."""
        signatories = [
            {"sha256": sha256, "subject": about.subject, "not_after": about.not_after.isoformat()}
            for sha256, about in zip(self.hashes, self.about, strict=True)
        ]
        return {
            "fingerprint": self.fingerprint,
            **{name.replace("-", "_"): value or True for name, value in self.manner.texts},
            "signatories": signatories,
            "left_out": list(self.warnings),
        }


def told(useless: Sequence[str]) -> Iterable[str]:
    """Give a warning for each certificate that is left out, as far as there are few."""
    yield from (f"{why} Left out." for why in useless[:NAMED_WARNINGS])
    if len(useless) > NAMED_WARNINGS:
        yield f"{len(useless) - NAMED_WARNINGS} more certificates were left out"
