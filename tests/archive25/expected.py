"""What must come out: OUTPUT.md's table and docs/design/17 and 18, said again over plain facts.

Nothing here looks at a message or asks smimebatch. A case says what was made, a setting how it is
judged; `expected` folds both to the words of the contract. The dates of algorithms are those of
note 18, written down anew.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from archive25.case import Case, Counter, Stamp
from archive25.days import NOW, SECOND, on
from archive25.house import House, Issued
from archive25.mails import OWN_HOST, token_digest
from archive25.status import HARMLESS, Brought, Statuses
from archive25.told import Revoked

FROM_LINE_ZONE = dt.timedelta(hours=14)
NEVER = on(9999)
GOOD_UNTIL = {
    "md5": on(2005) - SECOND,
    "sha1": on(2014) - SECOND,
    "rsa512": on(2000) - SECOND,
    "rsa768": on(2010) - SECOND,
    "rsa1024": on(2014) - SECOND,
    "rsa2048": on(2031) - SECOND,
}
"""Docs/design/18; what is not here has no end yet."""

BROKEN_CHAIN = {
    "chain_no_path": "NO_CERTIFICATE_CHAIN_FOUND",
    "chain_untrusted_root": "NO_CERTIFICATE_CHAIN_FOUND",
    "chain_extended_key_usage": "CHAIN_CONSTRAINTS_FAILURE",
    "chain_key_usage": "CHAIN_CONSTRAINTS_FAILURE",
    "chain_not_a_ca": "CERTIFICATE_CHAIN_GENERAL_FAILURE",
}
WORSE_LATER = [
    "TIMESTAMP_ORDER_FAILURE",
    "TRY_LATER",
    "OUT_OF_BOUNDS_NOT_REVOKED",
    "OUT_OF_BOUNDS_NO_POE",
    "REVOKED_NO_POE",
    "REVOKED_CA_NO_POE",
]
"""Of several words about time the worst speaks."""
COLUMN = "arrived"
UNTOLD = ("unknown", "stale")
STATES = ["good", "unknown", "stale", "on_hold", "revoked", "revoked_ca"]


@dataclass(frozen=True)
class Setting:
    """How a run judges."""

    at: str = "evidence"
    vouch: tuple[str, ...] = ()
    revocation: str = "if-available"
    tsa_trust: bool = False
    crls: bool = False

    def __str__(self) -> str:
        words = [f"at={self.at}", *(f"vouch={it.partition(':')[0]}" for it in self.vouch)]
        words.append(self.revocation)
        return ",".join(words + ["tsa"] * self.tsa_trust + ["crls"] * self.crls)


@dataclass(frozen=True)
class Words:
    """What a message must be called; `exact`: there are no other reasons."""

    indication: str
    sub_indication: str | None
    reasons: frozenset[str]
    exact: bool = True


@dataclass(frozen=True)
class Proofs:
    """What is proven of when a signature was made."""

    best: dt.datetime | None
    """The earliest time at which it is shown to exist."""
    is_stamped: bool
    """By a time-stamp over it."""
    message: dt.datetime | None
    """At which the whole message is, with its certificates and lists."""
    younger: dt.datetime | None
    """Before which it was not made."""


def failed(sub_indication: str, reasons: Iterable[str], exact: bool = True) -> Words:
    return Words("TOTAL_FAILED", sub_indication, frozenset(reasons), exact)


def open_(sub_indication: str, reasons: Iterable[str], exact: bool = True) -> Words:
    return Words("INDETERMINATE", sub_indication, frozenset(reasons), exact)


class Judge:
    """One setting, in one house."""

    def __init__(self, house: House, setting: Setting) -> None:
        self.house, self.setting = house, setting
        published = (each for issuer in house.publishers for each in issuer.lists)
        self.statuses = Statuses([*published, *house.given] if setting.crls else [])

    # Revocation as of a time (docs/design/17) ---------------------------------------------------

    def lists_until(
        self, chain: list[Issued], at: dt.datetime, brought: Brought, tells_times: bool = False
    ) -> dt.datetime:
        """Until when the lists were strong that the verdict on a chain rests on (note 18)."""
        until = NEVER
        for issued in chain if self.setting.revocation != "off" else ():
            if self.rests_on_lists(issued, at, brought, tells_times):
                lists = self.statuses.at(issued, at, brought, tells_times).lists
                until = min((until, *(good_until(it.digest) for it in lists)))
        return until

    def rests_on_lists(
        self, issued: Issued, at: dt.datetime, brought: Brought, tells_times: bool = False
    ) -> bool:
        """Whether a chain would have come out otherwise without what is said of a certificate."""
        if self.setting.revocation == "off":
            return False
        status = self.statuses.at(issued, at, brought, tells_times)
        told = status.was_lifted or status.state in ("revoked", "on_hold")
        return told or (self.setting.revocation == "required" and status.state == "good")

    def revocation(
        self, chain: list[Issued], at: dt.datetime, brought: Brought, tells_times: bool = False
    ) -> tuple[str, Revoked | None]:
        """The worst state of a chain below its anchor."""
        worst: tuple[str, Revoked | None] = ("good", None)
        for place, issued in enumerate(chain):
            status = self.statuses.at(issued, at, brought, tells_times)
            state, entry = status.state, status.entry
            if state == "revoked" and place:
                state = "revoked_ca"
            if STATES.index(state) > STATES.index(worst[0]):
                worst = (state, entry)
        return worst

    def has_robbed_ca(
        self, case: Case, at: dt.datetime, best: dt.datetime | None, message: dt.datetime | None
    ) -> bool:
        """Note 18: what nothing shows to be older than the theft of a CA's key may be of it."""
        if self.setting.revocation == "off":
            return False
        for place, issued in enumerate(case.signer.chain[1:], 1):
            since = self.statuses.stolen_since(issued, case.lists)
            by_name = case.names and place == 1
            by_name = by_name and not self.rests_on_lists(case.signer, at, case.lists)
            shown = best if by_name else message
            if since is not None and (shown is None or shown >= since):
                return True
        return False

    # What proves what ---------------------------------------------------------------------------

    def vouched(self, case: Case) -> list[dt.datetime]:
        """Times that the operator vouches for (RULES 22a)."""
        vouch = self.setting.vouch
        times = []
        if case.column and f"column:{COLUMN}" in vouch:
            times.append(case.column)
        if case.damage in ("blank_line_added", "blank_line_removed"):
            return times  # the boundary was repaired, so where its header begins is in doubt
        if "mbox-from" in vouch:
            times.append(case.from_line + FROM_LINE_ZONE)
        if f"received:{OWN_HOST}" in vouch and case.received[:1]:
            top = case.received[0]
            if top.host == OWN_HOST:
                times.append(top.at)
        if "date-header" in vouch:
            times.append(case.date)
        return [at for at in times if at <= NOW]

    def counts(self, stamp: Stamp, others: list[dt.datetime]) -> bool:
        """RULES 22b, and what note 17 says of tokens that are weak today."""
        service = stamp.service
        if not self.setting.tsa_trust or stamp.flaw or stamp.at > NOW:
            return False
        if not service.not_before <= stamp.at <= service.not_after:
            return False
        until = min(
            good_until(stamp.digest, token_digest(stamp)),
            weakest(service),
            good_until(service.key_kind),
            self.lists_until(service.chain, stamp.at, (), tells_times=True),
        )
        if until < stamp.at:
            return False
        if until < NOW and not any(other <= until for other in others):
            return False
        return self.is_unrevoked_service(service, stamp.at)

    def is_unrevoked_service(self, service: Issued, at: dt.datetime) -> bool:
        """One that was ever revoked for worse than the reasons of RFC 3161 §4 never counts."""
        if self.setting.revocation == "off":
            return True
        state, _ = self.revocation(service.chain, at, (), tells_times=True)
        ever, entry = self.revocation(service.chain, NOW, ())
        stolen = ever == "revoked" and entry is not None and entry.reason not in HARMLESS
        if stolen or state in ("revoked", "on_hold"):
            return False
        return self.setting.revocation != "required" or state == "good"

    def attested(self, counter: Counter) -> dt.datetime | None:
        """RULES 22b: by its own time-stamp, or as the word of a notary."""
        chain, mode = counter.signer.chain, self.setting.revocation
        own_until = good_until(counter.digest, counter.signer.key_kind)
        stamped = [stamp.at for stamp in counter.stamps if self.counts(stamp, [])]
        stolen = [it for it in chain if mode != "off" and self.statuses.stolen_since(it, ())]
        if stamped:
            at = min(stamped)
            then = at + SECOND
            is_valid = all(it.not_before <= then <= it.not_after for it in chain)
            state, _ = self.revocation(chain, then, (), tells_times=True)
            is_told = mode == "off" or state == "good" or (mode != "required" and state in UNTOLD)
            weak = (
                min(weakest(counter.signer), self.lists_until(chain, then, (), tells_times=True))
                < NOW
            )
            is_anchored = counter.signer.anchor in self.house.anchors
            stands = is_valid and is_told and is_anchored and not weak and own_until >= then
            return at if stands and not stolen else None
        at, signer = counter.claimed, counter.signer
        is_named = "notary" in self.setting.vouch and signer in self.house.notaries
        is_valid = signer.not_before <= at <= signer.not_after
        state = "unknown" if mode == "off" else self.statuses.at(signer, at, ()).state
        is_good = state not in ("revoked", "on_hold") and signer not in stolen
        return at if is_named and is_valid and is_good and own_until >= NOW else None

    def proofs(self, case: Case) -> Proofs:
        """Everything that counts."""
        vouched = self.vouched(case)
        over = [stamp for stamp in case.stamps if stamp.kind != "content"]
        strong = [stamp.at for stamp in over if self.counts(stamp, [])]
        stamped = [stamp.at for stamp in over if self.counts(stamp, vouched)]
        attested = [at for at in map(self.attested, case.counters) if at and at <= NOW]
        # What is signed is as old as the signature, whatever shows the age of that.
        inside = [stamp for stamp in case.stamps if stamp.kind == "content"]
        others = vouched + strong + attested
        younger = [stamp.at for stamp in inside if self.counts(stamp, others)]
        best = min((*stamped, *vouched, *attested), default=None)
        message = min(vouched, default=None)
        return Proofs(best, best in stamped, message, max(younger, default=None))

    def control(self, case: Case, proofs: Proofs) -> tuple[dt.datetime, str]:
        """The control time and what it is worth."""
        match self.setting.at:
            case "evidence":
                if proofs.best is None:
                    return NOW, "now"
                return proofs.best, "proven" if proofs.is_stamped else "vouched"
            case "now":
                return NOW, "forced"
            case "claimed":
                return (case.claimed, "chosen") if case.claimed else (NOW, "forced")
            case "date":
                return case.date, "chosen"
        return dt.datetime.fromisoformat(self.setting.at), "chosen"

    # The fold -----------------------------------------------------------------------------------

    def expected(self, case: Case) -> Words:
        if case.footer:
            return open_("SIG_CONSTRAINTS_FAILURE", ["no_signature_over_message"], False)
        if case.crypto == "digest_mismatch":
            return failed("HASH_FAILURE", ["digest_mismatch"], False)
        if case.crypto == "signature_mismatch":
            return failed("SIG_CRYPTO_FAILURE", ["signature_mismatch"], False)
        if case.trust != "ok":
            return open_(BROKEN_CHAIN[case.trust], [case.trust], False)
        proofs = self.proofs(case)
        at, worth = self.control(case, proofs)
        return self.fold(case, at, worth, proofs)

    def is_sure(self, case: Case, at: dt.datetime) -> bool:
        """Whether nobody can have made up afterwards who was revoked, and since when (note 38)."""
        lists = self.statuses.at(case.signer, at, case.lists).lists
        strong = (good_until(it.digest, (it.speaker or it.issuer).key_kind) >= NOW for it in lists)
        above = (self.statuses.stolen_since(it, case.lists) for it in case.signer.chain[1:])
        return all(strong) and not any(above)

    def fold(self, case: Case, at: dt.datetime, worth: str, proofs: Proofs) -> Words:
        best, younger, message = proofs.best, proofs.younger, proofs.message
        chain = case.signer.chain
        expired = any(issued.not_after < at for issued in chain)
        young = any(at < issued.not_before for issued in chain)
        state, entry = "not_checked", None
        if self.setting.revocation != "off":
            state, entry = self.revocation(chain, at, case.lists)
        is_required = self.setting.revocation == "required"
        is_lacking = is_required and state == "unknown"
        is_proof = worth in ("proven", "vouched")
        if is_proof and self.has_robbed_ca(case, at, best, message):
            state = "revoked_ca"
        is_stale = is_required and state == "stale"
        is_revoked = state in ("revoked", "revoked_ca")

        words: list[str] = []
        reasons = set(self.forgiven(case, at, worth))
        if is_revoked:
            words.append(state.upper() + "_NO_POE")
            reasons.add("chain_revoked")
        if is_lacking:
            reasons.add("chain_revocation_unknown")
        elif not is_revoked and (expired or young):
            reasons.add("chain_expired" if expired else "chain_not_yet_valid")
        if state == "on_hold" or is_stale:
            words.append("TRY_LATER")
            reasons.add("chain_on_hold" if state == "on_hold" else "revocation_stale")
        if expired:
            words.append("OUT_OF_BOUNDS_NOT_REVOKED" if state == "good" else "OUT_OF_BOUNDS_NO_POE")
        if young:
            words.append("OUT_OF_BOUNDS_NO_POE")

        is_free = worth in ("now", "proven", "vouched")  # not set by --at
        leaf = case.signer
        if younger and best and younger > best:
            words.append("TIMESTAMP_ORDER_FAILURE")
            reasons.add("timestamp_order")
        elif is_free and not is_lacking and not is_stale:
            is_younger = entry is not None and younger and younger > entry.suspect_since
            if state == "revoked" and is_younger and self.is_sure(case, at):
                return failed("REVOKED", reasons | {"made_after_revocation"})
            if is_revoked or state == "on_hold":
                pass
            elif expired and younger and younger > leaf.not_after:
                return failed("EXPIRED", reasons | {"made_after_expiry"})
            elif young and best and best < leaf.not_before:
                reasons.add("existed_before_validity")
                if worth == "proven":
                    return failed("NOT_YET_VALID", reasons)
        if is_lacking:
            return open_("CERTIFICATE_CHAIN_GENERAL_FAILURE", reasons)
        if words:
            return open_(max(words, key=WORSE_LATER.index), reasons)
        if "weak_then" in reasons:
            return open_("CRYPTO_CONSTRAINTS_FAILURE", reasons)
        if "weak_now" in reasons and not (is_proof and self.is_shown(case, at, best, message)):
            return open_("CRYPTO_CONSTRAINTS_FAILURE_NO_POE", reasons)
        if reasons & {"repaired", "address_mismatch", "coverage_partial"}:
            return open_("SIG_CONSTRAINTS_FAILURE", reasons)
        return Words("TOTAL_PASSED", None, frozenset(reasons))

    def is_shown(
        self, case: Case, at: dt.datetime, best: dt.datetime | None, message: dt.datetime | None
    ) -> bool:
        """Note 17: a time-stamp over a signature does not show how old its certificates are, except
        the one that the signature names.
        """
        chain = case.signer.chain
        keys = [good_until(it.issuer.key_kind) for it in chain if it.issuer]
        rest = min((*keys, *(good_until(it.digest) for it in chain[1:])), default=NEVER)
        rest = min(rest, self.lists_until(chain, at, case.lists))
        leaf = good_until(case.signer.digest)
        by_name = best if case.names else message
        return is_from_before(message, rest) and is_from_before(by_name, leaf)

    def forgiven(self, case: Case, at: dt.datetime, worth: str) -> Iterator[str]:
        """Facts that are not good but come last or can be mended."""
        if case.crypto == "repaired":
            yield "repaired"
        if case.sender:
            yield "address_mismatch"
        until = min(
            good_until(case.digest, case.signer.key_kind),
            weakest(case.signer),
            self.lists_until(case.signer.chain, at, case.lists),
        )
        if until < at and worth not in ("now", "forced"):
            yield "weak_then"
        elif until < max(NOW, at):
            yield "weak_now"


def is_from_before(shown: dt.datetime | None, until: dt.datetime) -> bool:
    return until >= NOW or (shown is not None and shown <= until)


def good_until(*names: str) -> dt.datetime:
    return min(GOOD_UNTIL.get(name, NEVER) for name in names)


def weakest(issued: Issued) -> dt.datetime:
    """Of the signatures on a chain below its anchor, and of the keys that made them."""
    return min(
        (
            good_until(each.digest, each.issuer.key_kind)
            for each in issued.chain
            if each.issuer is not None
        ),
        default=NEVER,
    )
