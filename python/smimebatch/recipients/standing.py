"""What others say against certificates to encrypt to: asked of the core for all of them at once.

Whom the operator names is refused if somebody entitled has revoked him, or a CA above him, by a
list of `--crls` or a response of `--ocsp`; with `--revocation required` also if nothing current
clears him. What came with mail may be anybody's, with anybody's address in it: it counts only where
an anchor of `--trust` vouches for it, by the rules for signers (RFC 5280 §6).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from smimebatch import _native
from smimebatch.errors import OptionError
from smimebatch.instants import unix_us
from smimebatch.options import Policy
from smimebatch.schema import sentence
from smimebatch.trust import Trust

VOCABULARY = "against_recipient"


class Standing:
    """What speaks against each of some certificates."""

    def __init__(
        self,
        given: Iterable[tuple[bytes, bool]],
        trust: Trust | None,
        policy: Policy,
        now: datetime,
    ) -> None:
        """Ask of every one: DER, and whether it came with mail.

        OptionError where some came with mail and there is no anchor.
        """
        given = list(dict.fromkeys(given))
        trust = trust or Trust()
        if any(came_with_mail for _, came_with_mail in given) and not trust.anchors:
            raise OptionError(
                "--recipients",
                expected="--trust beside certificates that came with mail, which may be anybody's",
                found="none",
                remedy="name the roots, or give certificates of a directory that you trust",
            )
        engine = _native.Engine(
            trust.native,
            trust.revocation.native,
            now_unix_us=unix_us(now),
            options=policy.without_vouches.texts,
        )
        words, unverified = _native.judge_recipients(engine, given)
        self._against = dict(zip(given, map(said, words), strict=True))
        self.warnings = [
            f"--crls: the list of {issuer!a}: no certificate that was given verifies it; "
            "recipients are not looked for in it"
            for issuer in unverified
        ]
        """Lists that could not be used."""

    def against(self, certificate: bytes, *, came_with_mail: bool) -> str | None:
        """Return the sentence of what speaks against one of them; None where nothing does."""
        return self._against[certificate, came_with_mail]


def said(word: tuple[str, str | None] | None) -> str | None:
    """Return a word of the core's as a sentence."""
    if word is None:
        return None
    against, chain = word
    text = sentence(VOCABULARY, against)
    return text if chain is None else f"{text} {sentence('chain_result', chain)}"
