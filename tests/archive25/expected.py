"""What must come out: OUTPUT.md's table and docs/design/17 and 18, said again over plain facts.

Nothing here looks at a message or asks smimebatch. A case says what was made, a setting how it is
judged; `expected` folds both to the words of the contract. The dates of algorithms are those of
note 18, written down anew.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from archive25.case import Case, Stamp
from archive25.house import NOW, House, Issued, Published, Revoked, on
from archive25.mails import OWN_HOST, token_digest

SECOND = dt.timedelta(seconds=1)
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
HARMLESS = {"unspecified", "affiliation_changed", "superseded", "cessation_of_operation"}
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


def failed(sub_indication: str, reasons: Iterable[str], exact: bool = True) -> Words:
    return Words("TOTAL_FAILED", sub_indication, frozenset(reasons), exact)


def open_(sub_indication: str, reasons: Iterable[str], exact: bool = True) -> Words:
    return Words("INDETERMINATE", sub_indication, frozenset(reasons), exact)


class Judge:
    """One setting, in one house."""

    def __init__(self, house: House, setting: Setting) -> None:
        self.setting = setting
        self.store = (
            [each for issuer in house.publishers for each in issuer.lists] if setting.crls else []
        )
        self.by_issuer: dict[int, list[Published]] = {}
        for each in self.store:
            self.by_issuer.setdefault(id(each.issuer), []).append(each)
        self.status_of = lru_cache(None)(self._status_of)

    # Revocation as of a time (docs/design/17) ---------------------------------------------------

    def _status_of(
        self, issued: Issued, at: dt.datetime, brought: tuple[Published, ...]
    ) -> tuple[str, Revoked | None, tuple[Published, ...]]:
        """State of one certificate by the lists its issuer signed, and those that gave it."""
        known = self.by_issuer.get(id(issued.issuer), [])
        lists = [it for it in (*known, *brought) if it.issuer is issued.issuer and it.genuine]
        entries = [(it, it.entries[issued.serial]) for it in lists if issued.serial in it.entries]
        lists.sort(key=lambda it: it.this_update, reverse=True)
        entries.sort(key=lambda told: told[0].this_update, reverse=True)
        lifting: list[Published] = []
        for it, entry in sorted(entries, key=lambda told: told[1].suspect_since):
            if entry.reason != "certificate_hold" and entry.suspect_since <= at:
                return "revoked", entry, (it,)
        for it, entry in entries:
            if entry.reason == "certificate_hold" and entry.since <= at:
                later = (x for x in lists if it.this_update < x.this_update <= at)
                lifted = next((x for x in later if issued.serial not in x.entries), None)
                if lifted is None:
                    return "on_hold", entry, (it,)
                lifting.append(lifted)
        absent = [
            it
            for it in lists
            if issued.serial not in it.entries or it.entries[issued.serial].suspect_since > at
        ]
        for it in absent:
            if is_timely(it, issued, at):
                return "good", None, (*lifting, it)
        return ("stale" if absent else "unknown"), None, ()

    def lists_until(
        self, chain: list[Issued], at: dt.datetime, brought: tuple[Published, ...]
    ) -> dt.datetime:
        """Until when the lists were strong that the verdict on a chain rests on (note 18)."""
        until = NEVER
        for issued in chain if self.setting.revocation != "off" else ():
            state, _, lists = self.status_of(issued, at, brought)
            if self.setting.revocation == "required" or state in ("revoked", "on_hold"):
                until = min((until, *(good_until(it.digest) for it in lists)))
        return until

    def revocation(
        self, chain: list[Issued], at: dt.datetime, brought: tuple[Published, ...]
    ) -> tuple[str, Revoked | None]:
        """The worst state of a chain below its anchor."""
        worst: tuple[str, Revoked | None] = ("good", None)
        for place, issued in enumerate(chain):
            state, entry, _ = self.status_of(issued, at, brought)
            if state == "revoked" and place:
                state = "revoked_ca"
            if STATES.index(state) > STATES.index(worst[0]):
                worst = (state, entry)
        return worst

    # What proves what ---------------------------------------------------------------------------

    def vouched(self, case: Case) -> list[dt.datetime]:
        """Times that the operator vouches for (RULES 22a)."""
        vouch = self.setting.vouch
        if case.damage in ("blank_line_added", "blank_line_removed"):
            return []  # the boundary was repaired, so where its header begins is in doubt
        times = []
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
            self.lists_until(service.chain, stamp.at, ()),
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
        state, _ = self.revocation(service.chain, at, ())
        ever, entry = self.revocation(service.chain, NOW, ())
        stolen = ever == "revoked" and entry is not None and entry.reason not in HARMLESS
        if stolen or state in ("revoked", "on_hold"):
            return False
        return self.setting.revocation != "required" or state == "good"

    def proofs(self, case: Case) -> tuple[list[dt.datetime], list[dt.datetime], dt.datetime | None]:
        """Stamped times, vouched times, and before what the signature was not made."""
        vouched = self.vouched(case)
        over = [stamp for stamp in case.stamps if stamp.kind == "signature"]
        strong = [stamp.at for stamp in over if self.counts(stamp, [])]
        stamped = [stamp.at for stamp in over if self.counts(stamp, vouched)]
        # What is signed is as old as the signature, whatever shows the age of that.
        inside = [stamp for stamp in case.stamps if stamp.kind == "content"]
        younger = [stamp.at for stamp in inside if self.counts(stamp, vouched + strong)]
        return stamped, vouched, max(younger, default=None)

    def control(
        self, case: Case, stamped: list[dt.datetime], vouched: list[dt.datetime]
    ) -> tuple[dt.datetime, str]:
        """The control time and what it is worth."""
        match self.setting.at:
            case "evidence":
                best = min((*stamped, *vouched), default=None)
                if best is None:
                    return NOW, "now"
                return best, "proven" if best in stamped else "vouched"
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
        stamped, vouched, younger = self.proofs(case)
        at, worth = self.control(case, stamped, vouched)
        best = min((*stamped, *vouched), default=None)
        return self.fold(case, at, worth, best, younger, min(vouched, default=None))

    def fold(
        self,
        case: Case,
        at: dt.datetime,
        worth: str,
        best: dt.datetime | None,
        younger: dt.datetime | None,
        message: dt.datetime | None,
    ) -> Words:
        """`message`: since when the message is shown to exist, with its certificates and lists."""
        chain = case.signer.chain
        expired = any(issued.not_after < at for issued in chain)
        young = any(at < issued.not_before for issued in chain)
        state, entry = "not_checked", None
        if self.setting.revocation != "off":
            state, entry = self.revocation(chain, at, case.lists)
        is_revoked = state in ("revoked", "revoked_ca")
        is_required = self.setting.revocation == "required"
        is_lacking, is_stale = is_required and state == "unknown", is_required and state == "stale"

        words: list[str] = []
        reasons = set(self.forgiven(case, at, worth))
        if is_revoked:
            words.append(state.upper() + "_NO_POE")
            reasons.add("chain_revoked")
        elif is_lacking:
            reasons.add("chain_revocation_unknown")
        elif expired or young:
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
            if is_revoked and entry and younger and younger > entry.suspect_since:
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
        is_proof = worth in ("proven", "vouched")
        if "weak_now" in reasons and not (is_proof and self.is_shown(case, at, message)):
            return open_("CRYPTO_CONSTRAINTS_FAILURE_NO_POE", reasons)
        if reasons & {"repaired", "address_mismatch", "coverage_partial"}:
            return open_("SIG_CONSTRAINTS_FAILURE", reasons)
        return Words("TOTAL_PASSED", None, frozenset(reasons))

    def is_shown(self, case: Case, at: dt.datetime, message: dt.datetime | None) -> bool:
        """Note 17: a time-stamp over a signature does not show how old its certificates are."""
        until = min(weakest(case.signer), self.lists_until(case.signer.chain, at, case.lists))
        return until >= NOW or (message is not None and message <= until)

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


def is_timely(published: Published, issued: Issued, at: dt.datetime) -> bool:
    """RULES 22: absence counts if it was said at or after the time, or was current then."""
    this = published.this_update
    remembers = published.remembers_since
    is_told_of = this <= issued.not_after or (remembers and remembers <= issued.not_after)
    is_by_right = max(this, at) <= published.issuer.not_after or published.issuer.issuer is None
    is_current = this <= at <= published.next_update
    return bool((this >= at or is_current) and is_told_of and is_by_right)


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
