//! Tokens: every time-stamp token of a chunk → what it is over, its time, and whether it counts (RULES 22b).
//!
//! Its form was settled when it was resolved and its signature with all the others; here its imprint is compared and
//! its authority's chain judged, at the time that it gives. A token that fails keeps its row and proves nothing.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::cms::algorithms::digest_algorithm;
use crate::cms::time_stamps::TimeStampKind;
use crate::cms::tst_info::{TstInfo, parse_tst_info};
use crate::path::PathOutcome;
use crate::path::revocation::ElementRevocation;
use crate::path::strength::Place;
use crate::verdict::evidence::EvidenceKind;
use crate::verdict::facts::{ChainResult, CryptoResult, EssCertificateId};
use crate::verdict::message::SignatureFormat;

use super::super::chain::Paths;
use super::super::context::Context;
use super::super::digest::Digests;
use super::super::found::{Found, LayerId, Source, TimeStampSource};
use super::super::resolve::Signer;
use super::super::strength::Strength;
use super::super::work::Work;
use super::MICROSECONDS;
use super::evidence::Candidate;
use super::imprint::imprint;

/// A token and what it is over.
pub(super) struct Token {
    pub(super) row: usize,
    /// Row of the signature that carries it.
    pub(super) over: usize,
    pub(super) kind: TimeStampKind,
    earliest_unix_us: i64,
    gen_unix_us: i64,
    pub(super) latest_unix_us: i64,
    /// Subject of the authority's certificate.
    source: String,
    pub(super) worth: Worth,
    /// Nothing that makes it weak lies outside its own octets: no certificate, list or response.
    pub(super) is_weak_within: bool,
}

/// What a token is worth as a proof.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Worth {
    Nothing,
    /// An algorithm of it is weak today, so it may have been made since: a proof only where another trusted one shows it
    /// to be from before this second (Unix) was over (docs/design/17).
    IfFromBefore(i64),
    Proof,
}

/// The tokens of a chunk, in row order.
#[derive(Default)]
pub(super) struct Tokens(Vec<Token>);

impl Tokens {
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them.
    pub(super) const fn all_mut(&mut self) -> &mut [Token] {
        self.0.as_mut_slice()
    }

    /// Those over the signature of a row.
    pub(super) fn over(&self, row: usize) -> impl Iterator<Item = &Token> {
        self.0.iter().filter(move |token| token.over == row)
    }

    /// When the chain of the token of a row is judged, Unix seconds.
    pub(super) fn time_of(&self, row: usize) -> Option<i64> {
        let token = self.0.binary_search_by_key(&row, |token| token.row).ok();
        token.and_then(|at| self.0.get(at)).map(Token::control_unix_s)
    }
}

impl Token {
    /// Whether it proves that what it is over existed.
    pub(super) const fn proves_existence(&self) -> bool {
        matches!(self.worth, Worth::Proof)
            && matches!(self.kind, TimeStampKind::Signature | TimeStampKind::ArchiveV3)
    }

    const fn control_unix_s(&self) -> i64 {
        self.gen_unix_us.div_euclid(MICROSECONDS)
    }

    /// Whether one of the proofs shows that it was made while its algorithms were strong: a time the operator vouches
    /// for, of the whole message as it is stored; of a token that is signed, any proof of the signature.
    ///
    /// Those that an archive time-stamp uphold are proofs already ([`super::shelter`]).
    pub(super) fn is_upheld_by(&self, proofs: &[Candidate], now_unix_us: i64) -> bool {
        let Worth::IfFromBefore(until_unix_s) = self.worth else { return false };
        let is_over = |proof: &Candidate| {
            let kind = proof.kind;
            kind.is_of_message() || (self.kind == TimeStampKind::Content && kind.rank().is_some())
        };
        let until_unix_us = until_unix_s.saturating_add(1).saturating_mul(MICROSECONDS);
        let is_early = |proof: &Candidate| {
            proof.trusted && proof.unix_us < until_unix_us && proof.unix_us <= now_unix_us
        };
        proofs.iter().any(|proof| is_over(proof) && is_early(proof))
    }

    /// What it says of the signer that carries it.
    pub(super) fn candidate(&self, signer: &Signer<'_>, is_upheld: bool) -> Candidate {
        let (kind, unix_us) = match self.kind {
            TimeStampKind::Signature => (EvidenceKind::SignatureTimestamp, self.latest_unix_us),
            TimeStampKind::ArchiveV3 | TimeStampKind::Archive => {
                (EvidenceKind::ArchiveTimestamp, self.latest_unix_us)
            }
            TimeStampKind::Complete => (EvidenceKind::CompleteTimestamp, self.latest_unix_us),
            TimeStampKind::References => (EvidenceKind::ReferencesTimestamp, self.latest_unix_us),
            TimeStampKind::Content => (EvidenceKind::ContentTimestamp, self.earliest_unix_us),
        };
        // What is signed speaks only where the signature holds.
        let holds = matches!(signer.result, Some(CryptoResult::Ok | CryptoResult::Repaired));
        let counts = is_upheld || self.worth == Worth::Proof;
        let trusted = counts && (holds || self.kind != TimeStampKind::Content);
        Candidate { kind, unix_us, source: self.source.clone(), trusted }
    }
}

/// Judges the tokens of a chunk; a row whose imprint is another is settled as a mismatch.
pub(super) fn judge_tokens(
    found: &Found<'_>,
    signers: &mut [Signer<'_>],
    digests: &mut Digests,
    work: &mut Work,
    context: &Context<'_>,
) -> Tokens {
    if !signers.iter().any(|signer| signer.format == SignatureFormat::Timestamp) {
        return Tokens::default();
    }
    let first_row = first_rows(signers);
    let mut paths = Paths::new(context);
    let mut tokens = Vec::new();
    for row in 0..signers.len() {
        let Some((over, source)) = target_of(found, signers, &first_row, row) else { continue };
        let Some(stamp) = stamp_of(found, signers, row) else { continue };
        let is_over = has_imprint(found, signers, row, over, source.kind, &stamp, digests, work);
        let Some(signer) = signers.get_mut(row) else { continue };
        if let (Some(CryptoResult::Ok), Some(false)) = (signer.result, is_over) {
            signer.result = Some(CryptoResult::DigestMismatch);
        }
        let subject = signer.candidate().map(|it| it.certificate.shown().subject.clone());
        let mut token = Token {
            row,
            over,
            kind: source.kind,
            earliest_unix_us: stamp.earliest_unix_us(),
            gen_unix_us: stamp.gen_time_unix_us,
            latest_unix_us: stamp.latest_unix_us(),
            source: subject.unwrap_or_default(),
            worth: Worth::Nothing,
            is_weak_within: false,
        };
        if is_over == Some(true)
            && let Some(good) = good(signer, &mut paths, &stamp)
        {
            token.worth = worth(good.until_unix_s, &stamp, context);
            token.is_weak_within = is_weak_within(source.token, &good.path, context);
        }
        tokens.push(token);
    }
    Tokens(tokens)
}

/// The row of each SignerInfo of a layer; its countersignatures follow it.
type FirstRows = HashMap<(LayerId, u32), usize, foldhash::fast::RandomState>;

fn first_rows(signers: &[Signer<'_>]) -> FirstRows {
    let own = |signer: &Signer<'_>| {
        matches!(signer.format, SignatureFormat::Detached | SignatureFormat::Opaque)
    };
    let rows = signers.iter().enumerate().filter(|(_, signer)| own(signer));
    rows.map(|(row, signer)| ((signer.layer, signer.index), row)).collect()
}

/// The row that a token is over, and where the token stands.
fn target_of<'a>(
    found: &Found<'a>,
    signers: &[Signer<'_>],
    first_row: &FirstRows,
    row: usize,
) -> Option<(usize, TimeStampSource<'a>)> {
    let signer = signers.get(row).filter(|it| it.format == SignatureFormat::Timestamp)?;
    let layer = found.layer(signer.layer)?;
    let Source::TimeStamp(source) = layer.source else { return None };
    let first = *first_row.get(&(layer.parent?, source.signer))?;
    let over = source.countersignature.map_or(first, |place| first + 1 + place as usize);
    Some((over, source))
}

pub(super) fn stamp_of<'a>(
    found: &Found<'a>,
    signers: &[Signer<'_>],
    row: usize,
) -> Option<TstInfo<'a>> {
    let layer = found.layer(signers.get(row)?.layer)?;
    layer.content.and_then(|octets| parse_tst_info(octets).ok())
}

/// Whether the imprint is that of what the token is over; `None` where that cannot be told.
#[expect(clippy::too_many_arguments, reason = "what is compared, and where digests come from")]
fn has_imprint(
    found: &Found<'_>,
    signers: &[Signer<'_>],
    row: usize,
    over: usize,
    kind: TimeStampKind,
    stamp: &TstInfo<'_>,
    digests: &mut Digests,
    work: &mut Work,
) -> Option<bool> {
    let algorithm = digest_algorithm(stamp.imprint.hash_algorithm.oid)?;
    let (token, target) = (signers.get(row)?.info?, signers.get(over)?);
    let made = imprint(kind, algorithm, token, (target, found), digests, work)?;
    Some(made == *stamp.imprint.hash)
}

/// RULES 22b: what was weak when the token was made binds it to nothing, what is weak today may have been made since.
pub(super) fn worth(until_unix_s: i64, stamp: &TstInfo<'_>, context: &Context<'_>) -> Worth {
    let is_strong_at = |unix_us: i64| unix_us.div_euclid(MICROSECONDS) <= until_unix_s;
    if is_strong_at(context.options.now_unix_us) {
        Worth::Proof
    } else if is_strong_at(stamp.latest_unix_us()) {
        Worth::IfFromBefore(until_unix_s)
    } else {
        Worth::Nothing
    }
}

/// A token that may count.
pub(super) struct Good {
    /// The last second (Unix) at which all algorithms of it were strong.
    pub(super) until_unix_s: i64,
    /// To `--tsa-trust`, at the time that it gives.
    pub(super) path: Arc<PathOutcome>,
}

/// RULES 22b: its signature holds, it names its certificate, and that one leads to `--tsa-trust` at the time that it
/// gives.
pub(super) fn good(
    signer: &mut Signer<'_>,
    paths: &mut Paths<'_>,
    stamp: &TstInfo<'_>,
) -> Option<Good> {
    if signer.result != Some(CryptoResult::Ok) {
        return None;
    }
    let context = paths.context();
    let path = paths.path_at(signer, stamp.gen_time_unix_us.div_euclid(MICROSECONDS))?;
    // RULES 6: only the path shows whether the further certificates that it names are in it.
    if !matches!(signer.ess, EssCertificateId::MatchV1 | EssCertificateId::MatchV2) {
        return None;
    }
    let strength = Strength::of(signer, Some(&path), context);
    let imprint = digest_algorithm(stamp.imprint.hash_algorithm.oid);
    let imprint =
        imprint.and_then(|algorithm| context.options.path_rules.sunset.digest_until(algorithm));
    let until = strength.until_unix_s().into_iter().chain(imprint).min();
    let holds = path.result == ChainResult::Ok
        && path.revocation.iter().all(ElementRevocation::keeps_worth);
    holds.then(|| Good { until_unix_s: until.unwrap_or(i64::MAX), path })
}

/// Whether all of a path that can be made with what is weak today lies within the octets of a token, so that whatever
/// shows those to be old shows it as well (docs/design/18).
fn is_weak_within(token: &[u8], path: &PathOutcome, context: &Context<'_>) -> bool {
    let now_unix_s = context.options.now_unix_us.div_euclid(MICROSECONDS);
    let ageing = path.ageing(&context.options.path_rules.sunset);
    let mut weak = ageing.iter().filter(|(_, it)| it.until_unix_s < now_unix_s);
    let has = |place: usize| {
        let certificate = path.chain.get(place);
        certificate.is_some_and(|it| memchr::memmem::find(token, &it.der).is_some())
    };
    weak.all(|(place, _)| match *place {
        Place::Signature(of) => has(of),
        // It signs lists and responses too.
        Place::Key(of) => {
            of.checked_sub(1).is_some_and(has)
                && !path.revocation.iter().any(|element| element.backing.decides)
        }
        Place::Revocation { decides, .. } => !decides,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::Code;
    use crate::path::revocation::Backing;
    use crate::verdict::facts::RevocationState;
    use crate::x509::crl_entry::RevocationReason;

    fn token(kind: TimeStampKind, worth: Worth) -> Token {
        let (gen_unix_us, source) = (-1, String::new());
        let (earliest_unix_us, latest_unix_us) = (gen_unix_us, gen_unix_us);
        Token {
            row: 3,
            over: 1,
            kind,
            earliest_unix_us,
            gen_unix_us,
            latest_unix_us,
            source,
            worth,
            is_weak_within: true,
        }
    }

    #[test]
    fn rule_22b_weak_token_is_upheld_by_a_trusted_proof_of_its_strong_time_alone() {
        let end_us = 101 * MICROSECONDS;
        let proof =
            |kind, unix_us, trusted| Candidate { kind, unix_us, source: String::new(), trusted };
        let upheld = |worth, proof: Candidate, now_unix_us| {
            token(TimeStampKind::Signature, worth).is_upheld_by(&[proof], now_unix_us)
        };
        let column = |unix_us| proof(EvidenceKind::Column, unix_us, true);
        let weak = Worth::IfFromBefore(100);
        assert!(upheld(weak, column(end_us - 1), i64::MAX), "within the last second");
        assert!(!upheld(weak, column(end_us), i64::MAX));
        assert!(
            upheld(weak, column(7), 7) && !upheld(weak, column(7), 6),
            "no proof is of the future"
        );
        assert!(!upheld(weak, proof(EvidenceKind::Column, 7, false), i64::MAX));
        assert!(!upheld(Worth::Nothing, column(7), i64::MAX));
        assert!(!upheld(Worth::Proof, column(7), i64::MAX), "it needs nobody");
        let by = |token: &Token| -> Vec<_> {
            let kinds = EvidenceKind::ALL.iter().copied();
            kinds.filter(|kind| token.is_upheld_by(&[proof(*kind, 7, true)], 100)).collect()
        };
        use EvidenceKind as K;
        let of_message = [K::EarlierRun, K::Column, K::Received, K::MboxFrom, K::DateHeader];
        assert_eq!(by(&token(TimeStampKind::Signature, weak)), of_message);
        let ranked: Vec<_> = K::ALL.iter().copied().filter(|kind| kind.rank().is_some()).collect();
        assert_eq!(by(&token(TimeStampKind::Content, weak)), ranked, "the signature covers it");
    }

    #[test]
    fn rule_22b_tokens_over_signatures_alone_prove_that_they_existed() {
        for &kind in TimeStampKind::ALL {
            let is_over = matches!(kind, TimeStampKind::Signature | TimeStampKind::ArchiveV3);
            assert_eq!(token(kind, Worth::Proof).proves_existence(), is_over, "{kind:?}");
            assert!(!token(kind, Worth::Nothing).proves_existence());
            assert!(!token(kind, Worth::IfFromBefore(i64::MAX)).proves_existence());
        }
    }

    #[test]
    fn tokens_are_found_by_their_row_and_by_what_they_are_over() {
        let tokens = Tokens(vec![token(TimeStampKind::Signature, Worth::Proof)]);
        assert_eq!(tokens.time_of(3), Some(-1), "the second in which the microsecond lies");
        assert_eq!((tokens.time_of(1), tokens.time_of(4)), (None, None));
        assert_eq!((tokens.over(1).count(), tokens.over(3).count()), (1, 0));
        assert!(!tokens.is_empty() && Tokens::default().is_empty());
    }

    #[test]
    fn rule_22b_authority_revoked_for_any_but_four_reasons_counts_at_no_time() {
        let element = |revoked_unix_s, reason| ElementRevocation {
            certificate_sha256: [0; 32],
            state: RevocationState::Good,
            revoked_unix_s,
            reason,
            invalid_unix_s: None,
            source_sha256: None,
            this_update_unix_s: None,
            next_update_unix_s: None,
            twin_sha256: None,
            backing: Backing::default(),
        };
        assert!(element(None, None).keeps_worth());
        assert!(!element(Some(1), None).keeps_worth(), "no reason: RFC 3161 takes the worst");
        let kept: Vec<_> = RevocationReason::ALL
            .iter()
            .filter(|reason| element(Some(1), Some(**reason)).keeps_worth())
            .map(|reason| reason.code())
            .collect();
        let expected =
            ["unspecified", "affiliation_changed", "superseded", "cessation_of_operation"];
        assert_eq!(kept, expected);
    }
}
