"""What an attack is, and the catalogue that the modules of this folder fill.

Alice is the victim and has signed `GOOD`; Mallory wants `EVIL` to be read as hers. Both have valid
certificates of the same authority. Every attack is a mail and what the contract says about it,
written by hand: nothing here asks smimebatch. The classes are those of Müller et al., "Johnny, you
are fired!" (USENIX Security 2019) and "Re: What's Up Johnny?" (ACNS 2019), and of known CVEs of
other verifiers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import cms
import der
import mime
import pki
from world import ALICE, World

MALLORY = "mallory@evil.example"
GOOD = mime.plain(b"Dear reader,\r\n\r\nthe meeting is at ten.\r\n")
EVIL = mime.plain(b"Please pay 10,000 to the account below at once.\r\n")
Columns = dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What the row of the message says, and the rows of its signatures where they matter."""

    message: Columns
    signatures: list[Columns] | None = None
    options: Columns = field(default_factory=dict)

    def __and__(self, columns: Columns) -> Outcome:
        return Outcome(self.message | columns, self.signatures, self.options)

    def under(self, **options: Any) -> Outcome:
        return Outcome(self.message, self.signatures, options)

    def rows(self, *signatures: Columns) -> Outcome:
        return Outcome(self.message, list(signatures), self.options)


@dataclass(frozen=True)
class Attack:
    """One mail that must not pass for what it wants to be."""

    mail: bytes
    outcome: Outcome


CATALOGUE: dict[str, Callable[[World], Attack]] = {}


def attack(*variants: Any) -> Callable[[Callable[..., tuple[bytes, Outcome]]], None]:
    """Enter a function into the catalogue; with variants, once for each, as `name[variant]`."""

    def enter(make: Callable[..., tuple[bytes, Outcome]]) -> None:
        for variant in variants or (None,):
            name = make.__name__ + (f"[{variant}]" if variants else "")
            if name in CATALOGUE:
                raise ValueError(f"two attacks called {name}")
            arguments = (variant,) if variants else ()
            CATALOGUE[name] = lambda world, a=arguments: Attack(*make(world, *a))

    return enter


# Outcomes ----------------------------------------------------------------------------------------


def failed(sub_indication: str, *reasons: str, **columns: Any) -> Outcome:
    """The signature is wrong."""
    return _verdict("TOTAL_FAILED", sub_indication, reasons, columns)


def inconclusive(sub_indication: str, *reasons: str, **columns: Any) -> Outcome:
    """The signature may be right, but not for this."""
    return _verdict("INDETERMINATE", sub_indication, reasons, columns)


def _verdict(
    indication: str, sub_indication: str | None, reasons: tuple[str, ...], columns: Columns
) -> Outcome:
    verdict = {"indication": indication, "sub_indication": sub_indication, "reasons": reasons}
    return Outcome(verdict | columns)


def over_nothing(**columns: Any) -> Outcome:
    """No signature speaks for the whole message."""
    reason = "no_signature_over_message"
    return inconclusive("SIG_CONSTRAINTS_FAILURE", reason, coverage="partial") & columns


def partial(**columns: Any) -> Outcome:
    """The signature speaks for the message, but readers may see more than it covers."""
    return inconclusive("SIG_CONSTRAINTS_FAILURE", "coverage_partial", coverage="partial") & columns


def of_another(**columns: Any) -> Outcome:
    """The signer is not the visible sender."""
    return inconclusive("SIG_CONSTRAINTS_FAILURE", "address_mismatch", **columns)


def not_signed(*flags: str, **columns: Any) -> Outcome:
    """There is no signature at all."""
    return _verdict("NOT_SIGNED", None, (), {"flags": flags} | columns)


def told(*flags: str, **columns: Any) -> Outcome:
    """The signature is good, and by whom the From field names: the trick is on people, and is
    flagged.
    """
    return _verdict("TOTAL_PASSED", None, (), {"flags": flags} | columns)


# Mails -------------------------------------------------------------------------------------------


def mail(entity: bytes, sender: bytes | str = ALICE, more: bytes = b"") -> bytes:
    """A stored message with LF line ends."""
    if isinstance(sender, str) and ":" in sender:
        sender = sender.encode() + b"\r\n"
    return mime.lf(mime.header_block(sender, "attack", more) + entity)


def alices(world: World, over: bytes = GOOD, **shape: Any) -> bytes:
    """The entity Alice really made: clear-signed."""
    return mime.clear_signed(over, cms.signed(world.ec, over), **shape)


def alices_opaque(world: World, over: bytes = GOOD) -> bytes:
    """The same, opaque."""
    return mime.opaque(cms.signed(world.ec, over, detached=False))


def mallory(world: World) -> Any:
    """Mallory's certificate, as good as Alice's."""
    return world.signer("Mallory", MALLORY)


def envelope(world: World) -> bytes:
    """EnvelopedData for Carol with octets that nobody can open: what it says is not the point."""
    recipient = der.seq(
        der.integer(0),
        world.carol.issuer_and_serial(),
        pki.algorithm("rsaEncryption"),
        der.octets(bytes(range(256))),
    )
    aes_128_cbc = der.seq(der.oid("2.16.840.1.101.3.4.1.2"), der.octets(bytes(16)))
    content = der.seq(der.oid(cms.DATA), aes_128_cbc, der.implicit(0, bytes(64)))
    body = der.seq(der.integer(0), der.set_of(recipient), content)
    enveloped = cms.content_info("1.2.840.113549.1.7.3", body)
    return mime.opaque(enveloped, smime_type=b"enveloped-data")
