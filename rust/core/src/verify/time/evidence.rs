//! Evidence: what speaks for the time of each signature, from tokens, countersigners and the operator's word.
//!
//! Every candidate is kept, trusted or not. The best proof of existence is the earliest trusted one that is not later
//! than now; the not-before evidence is the latest trusted content time-stamp. Claims are compared with what is proven,
//! never with each other.

use crate::path::PathOutcome;
use crate::path::revocation::ElementRevocation;
use crate::verdict::evidence::EvidenceKind;
use crate::verdict::facts::{
    AlgorithmStatus, ChainResult, ControlTimeKind, CryptoResult, EssCertificateId,
};
use crate::verdict::flag::MessageFlag;
use crate::verdict::message::SignatureFormat;

use super::super::chain::Paths;
use super::super::context::Context;
use super::super::digest::Digests;
use super::super::found::{Found, MessageId};
use super::super::resolve::Signer;
use super::super::strength::{Shown, Strength};
use super::MICROSECONDS;
use super::notary::is_beyond_doubt;
use super::tokens::{Token, Tokens};
use super::vouch::{Vouched, vouched_times};

/// By how much two times may differ without contradicting each other, in microseconds (own choice: a day, which clocks
/// set to another zone or to the wrong half of the day stay within).
const TOLERANCE_US: i64 = 86_400 * MICROSECONDS;

/// One thing that speaks for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) kind: EvidenceKind,
    /// Unix microseconds: no later than this, or, of a content time-stamp, no earlier.
    pub(crate) unix_us: i64,
    /// Who says so: the subject of a certificate, a host, a column.
    pub(crate) source: String,
    pub(crate) trusted: bool,
}

/// What speaks for the time of one signature, in the order of its ranks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Evidence {
    pub(crate) candidates: Vec<Candidate>,
    /// Place of the earliest trusted proof of existence.
    best: Option<usize>,
    /// The earliest trusted proof that the whole message existed, with the certificates it brings, Unix microseconds.
    pub(crate) message_unix_us: Option<i64>,
    /// The latest trusted evidence that the signature is not older, Unix microseconds.
    pub(crate) not_before_unix_us: Option<i64>,
}

impl Evidence {
    /// The earliest trusted proof of existence.
    pub(crate) fn best(&self) -> Option<&Candidate> {
        self.candidates.get(self.best?)
    }

    pub(in crate::verify) fn of(mut candidates: Vec<Candidate>, now_unix_us: i64) -> Self {
        candidates.sort_by(|a, b| {
            let rank = |it: &Candidate| (it.kind.rank().unwrap_or(u8::MAX), it.kind, it.unix_us);
            rank(a).cmp(&rank(b)).then_with(|| a.source.cmp(&b.source))
        });
        let trusted = |it: &&Candidate| it.trusted && it.unix_us <= now_unix_us;
        let proofs = candidates.iter().enumerate().filter(|(_, it)| it.kind.rank().is_some());
        // Of equals the first, which has the better rank.
        let best = proofs.filter(|(_, it)| trusted(it)).min_by_key(|(_, it)| it.unix_us);
        let best = best.map(|(place, _)| place);
        let of_message = candidates.iter().filter(|it| it.kind.is_of_message());
        let message_unix_us = of_message.filter(trusted).map(|it| it.unix_us).min();
        let young = candidates.iter().filter(|it| it.kind == EvidenceKind::ContentTimestamp);
        let not_before_unix_us = young.filter(trusted).map(|it| it.unix_us).max();
        Self { candidates, best, message_unix_us, not_before_unix_us }
    }
}

/// The evidence of every signer; `None` where a chunk has no tokens, no countersignatures and no vouches.
pub(super) fn gather(
    found: &Found<'_>,
    signers: &mut [Signer<'_>],
    tokens: &Tokens,
    digests: &Digests,
    context: &Context<'_>,
) -> Option<Vec<Option<Evidence>>> {
    let vouches = &context.options.vouches;
    let is_attested =
        || signers.iter().any(|signer| signer.format == SignatureFormat::Countersignature);
    if tokens.is_empty() && !vouches.any_of_messages() && !is_attested() {
        return None;
    }
    let mut vouched: Option<(MessageId, Vouched)> = None;
    let mut candidates: Vec<Vec<Candidate>> = Vec::with_capacity(signers.len());
    for (row, signer) in signers.iter().enumerate() {
        if vouched.as_ref().is_none_or(|(message, _)| *message != signer.message) {
            let place = signer.message as usize;
            let sha256 = digests.messages.get(place).and_then(Option::as_ref);
            let message = found.messages.get(place);
            let times = message.map(|it| vouched_times(it, sha256, vouches)).unwrap_or_default();
            vouched = Some((signer.message, times));
        }
        let of_message = vouched.as_ref().map(|(_, times)| times.over(signer)).unwrap_or_default();
        let of_tokens = tokens.over(row).map(|token| token.candidate(signer, false));
        candidates.push(of_tokens.chain(of_message).collect());
    }
    attest(signers, tokens, &mut candidates, context);
    let now_unix_us = context.options.now_unix_us;
    let rows = (0..).zip(signers).zip(candidates);
    let evidence = rows.map(|((row, signer), mut candidates)| {
        uphold(tokens.over(row), signer, &mut candidates, now_unix_us);
        // A token's own age proves nothing here.
        let has_any = !candidates.is_empty() && signer.format != SignatureFormat::Timestamp;
        let evidence = has_any.then(|| Evidence::of(candidates, now_unix_us))?;
        note_flags(found, signer, &evidence, now_unix_us);
        Some(evidence)
    });
    Some(evidence.collect())
}

/// docs/design/17: a token that is weak today counts where another proof shows it to be older than that weakness. The
/// candidates of the tokens are the first, in their order.
fn uphold<'t>(
    tokens: impl Iterator<Item = &'t Token>,
    signer: &Signer<'_>,
    candidates: &mut [Candidate],
    now_unix_us: i64,
) {
    let upheld: Vec<Option<Candidate>> = tokens
        .map(|token| {
            let is_upheld = token.is_upheld_by(candidates, now_unix_us);
            is_upheld.then(|| token.candidate(signer, true))
        })
        .collect();
    for (candidate, upheld) in candidates.iter_mut().zip(upheld) {
        if let Some(upheld) = upheld {
            *candidate = upheld;
        }
    }
}

/// OUTPUT.md, Time, rank 2: a countersignature proves the age of what it is over, once its own is proven.
fn attest(
    signers: &mut [Signer<'_>],
    tokens: &Tokens,
    candidates: &mut [Vec<Candidate>],
    context: &Context<'_>,
) {
    let mut paths = Paths::new(context);
    let mut over = None;
    for row in 0..signers.len() {
        let Some(signer) = signers.get_mut(row) else { return };
        match signer.format {
            SignatureFormat::Detached | SignatureFormat::Opaque => over = Some(row),
            SignatureFormat::Timestamp => {}
            SignatureFormat::Countersignature => {
                let attested = attested_time(signer, tokens.over(row), &mut paths, context);
                let of_signer = over.and_then(|over: usize| candidates.get_mut(over));
                if let (Some(attested), Some(of_signer)) = (attested, of_signer) {
                    of_signer.push(attested);
                }
            }
        }
    }
}

/// RULES 22b: through its own token, or as the word of a notary; its signingTime alone is a claim.
fn attested_time<'t>(
    signer: &mut Signer<'_>,
    tokens: impl Iterator<Item = &'t Token>,
    paths: &mut Paths<'_>,
    context: &Context<'_>,
) -> Option<Candidate> {
    let certificate = signer.candidate().map(|candidate| candidate.certificate.clone())?;
    let source = certificate.shown().subject.clone();
    let holds = signer.result == Some(CryptoResult::Ok) && signer.ess != EssCertificateId::Mismatch;
    let proven = tokens.filter(|token| token.proves_existence()).map(|token| token.latest_unix_us);
    if let Some(unix_us) = proven.min().filter(|_| holds) {
        let unix_s = unix_us.div_euclid(MICROSECONDS) + 1;
        let path = paths.path_at(signer, unix_s);
        let trusted = path.is_some_and(|path| is_witness_at(signer, &path, unix_s, context));
        return Some(Candidate { kind: EvidenceKind::Countersignature, unix_us, source, trusted });
    }
    let claimed_unix_s = signer.signing_time_unix_s()?;
    let is_notary = context.options.vouches.notaries.contains(&certificate.sha256);
    // Nobody vouches for what a key signs before or after its certificate.
    let is_valid =
        (certificate.not_before_unix_s..=certificate.not_after_unix_s).contains(&claimed_unix_s);
    let stands = is_notary
        && is_valid
        && holds
        && is_beyond_doubt(signer, &certificate, paths, claimed_unix_s);
    Some(Candidate {
        kind: if is_notary { EvidenceKind::Notary } else { EvidenceKind::Countersignature },
        unix_us: claimed_unix_s.saturating_mul(MICROSECONDS),
        source,
        trusted: stands,
    })
}

/// Whether a countersigner whose own time is proven counts: his chain held then, none of its algorithms may have been
/// abused since, and no key of it was ever in other hands.
fn is_witness_at(
    signer: &Signer<'_>,
    path: &PathOutcome,
    unix_s: i64,
    context: &Context<'_>,
) -> bool {
    // Nothing shows how old his certificates are.
    let strength = Strength::of(signer, Some(path), context);
    let status = strength.status(unix_s, ControlTimeKind::Proven, Shown::default());
    // RULES 6: only the path shows whether the further certificates that he names are in it.
    path.result == ChainResult::Ok
        && signer.ess != EssCertificateId::Mismatch
        && matches!(status, Some(AlgorithmStatus::Ok | AlgorithmStatus::WeakNow))
        && path.revocation.iter().all(ElementRevocation::keeps_worth)
}

/// What a careful reader should know about the times of a signature.
fn note_flags(found: &Found<'_>, signer: &mut Signer<'_>, evidence: &Evidence, now_unix_us: i64) {
    let best = evidence.best();
    if best.is_some_and(|best| best.kind == EvidenceKind::DateHeader) {
        signer.flags.insert(MessageFlag::VouchedClaim);
    }
    let date = found.messages.get(signer.message as usize).and_then(|it| it.date_unix_s);
    let claims = [signer.signing_time_unix_s(), date];
    let proven_unix_us = best.map_or(now_unix_us, |best| best.unix_us);
    let latest = proven_unix_us.saturating_add(TOLERANCE_US);
    let is_late = |claim: i64| claim.saturating_mul(MICROSECONDS) > latest;
    let is_of_future =
        |it: &Candidate| it.trusted && it.unix_us > now_unix_us.saturating_add(TOLERANCE_US);
    if claims.into_iter().flatten().any(is_late)
        || evidence.not_before_unix_us.is_some_and(|unix_us| unix_us > proven_unix_us)
        || evidence.candidates.iter().any(is_of_future)
    {
        signer.flags.insert(MessageFlag::TimeInconsistent);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use EvidenceKind as K;

    fn candidate(kind: EvidenceKind, unix_us: i64, trusted: bool) -> Candidate {
        Candidate { kind, unix_us, source: format!("{unix_us}"), trusted }
    }

    #[test]
    fn best_evidence_is_the_earliest_trusted_proof_and_no_later_than_now() {
        let best = |candidates: &[(EvidenceKind, i64, bool)]| {
            let all = candidates.iter().map(|&(kind, at, trusted)| candidate(kind, at, trusted));
            Evidence::of(all.collect(), 100).best().map(|best| (best.kind, best.unix_us))
        };
        let stamp = K::SignatureTimestamp;
        assert_eq!(best(&[]), None);
        assert_eq!(best(&[(stamp, 50, true), (K::MboxFrom, 20, true)]), Some((K::MboxFrom, 20)));
        assert_eq!(best(&[(stamp, 50, true), (K::MboxFrom, 20, false)]), Some((stamp, 50)));
        assert_eq!(best(&[(K::DateHeader, 50, true), (stamp, 50, true)]), Some((stamp, 50)));
        assert_eq!(best(&[(stamp, 100, true)]), Some((stamp, 100)), "now is not the future");
        assert_eq!(best(&[(stamp, 101, true)]), None);
        for kind in [K::ContentTimestamp, K::CompleteTimestamp, K::ReferencesTimestamp] {
            assert_eq!(best(&[(kind, 50, true)]), None, "{kind:?}");
        }
    }

    #[test]
    fn not_before_is_the_latest_trusted_content_time_stamp() {
        let after = |candidates: &[(EvidenceKind, i64, bool)]| {
            let all = candidates.iter().map(|&(kind, at, trusted)| candidate(kind, at, trusted));
            Evidence::of(all.collect(), 100).not_before_unix_us
        };
        let content = K::ContentTimestamp;
        assert_eq!(after(&[(content, 20, true), (content, 50, true)]), Some(50));
        assert_eq!(after(&[(content, 20, true), (content, 50, false)]), Some(20));
        assert_eq!(after(&[(content, 100, true), (content, 101, true)]), Some(100));
        assert_eq!(after(&[(K::SignatureTimestamp, 50, true)]), None);
    }

    #[test]
    fn evidence_stands_in_the_order_of_its_ranks() {
        let all = vec![
            candidate(K::ContentTimestamp, 1, true),
            candidate(K::DateHeader, 2, true),
            candidate(K::ArchiveTimestamp, 9, true),
            candidate(K::SignatureTimestamp, 9, false),
            candidate(K::SignatureTimestamp, 8, true),
        ];
        let found = Evidence::of(all, 100).candidates;
        let order: Vec<_> = found.iter().map(|it| (it.kind, it.unix_us)).collect();
        let stamps = [(K::SignatureTimestamp, 8), (K::SignatureTimestamp, 9)];
        let rest = [(K::ArchiveTimestamp, 9), (K::DateHeader, 2), (K::ContentTimestamp, 1)];
        assert_eq!(order, [&stamps[..], &rest].concat());
    }
}
