//! Chain: every signer → its certificate chain at the control time, now, and at the claimed time.
//!
//! RFC 5280 §6 is done in [`crate::path`]; this stage asks it, nearly always answered from its cache. Where several
//! certificates carry the key that verified, the one whose chain holds at the control time is taken (RULES 16).

use std::sync::Arc;

use crate::cms::signer_info::SignerIdentifier;
use crate::limits;
use crate::path::rules::Purpose;
use crate::path::{PathOutcome, PathRequest};
use crate::verdict::facts::{ChainResult, ControlTimeKind, EssCertificateId, TimeProof};
use crate::verdict::flag::MessageFlag;
use crate::verdict::message::SignatureFormat;
use crate::x509::certificate::Certificate;

use super::candidates::permits_chain;
use super::context::{At, Context};
use super::found::MessageId;
use super::resolve::Signer;
use super::time::Times;
use super::time::proof::{is_told_beyond_doubt, time_proof};

/// What the chains of one signature came to.
pub(crate) struct Chains {
    /// At the control time.
    pub(crate) control: Arc<PathOutcome>,
    /// Now.
    pub(crate) now: Arc<PathOutcome>,
    /// At the claimed time, where there is one.
    pub(crate) claimed: Option<Arc<PathOutcome>>,
    /// What the evidence of its time and the chain at the control time say together.
    pub(crate) time_proof: TimeProof,
    /// The same with the chain now.
    pub(crate) time_proof_now: TimeProof,
}

/// One entry per signer; `None` where no certificate of the signer is known.
pub(super) fn judge_chains(
    signers: &mut [Signer<'_>],
    times: &[Times],
    context: &Context<'_>,
) -> Vec<Option<Chains>> {
    let mut paths = Paths::new(context);
    signers
        .iter_mut()
        .zip(times)
        .map(|(signer, times)| judge_chain(signer, times, &mut paths))
        .collect()
}

/// Where paths come from, and what is left for those of one message (RULES 43).
pub(super) struct Paths<'c> {
    context: &'c Context<'c>,
    message: MessageId,
    checks_left: u32,
}

impl<'c> Paths<'c> {
    /// The whole share of every message.
    pub(super) const fn new(context: &'c Context<'c>) -> Self {
        Self { context, message: MessageId::MAX, checks_left: 0 }
    }

    /// What they come from.
    pub(super) const fn context(&self) -> &'c Context<'c> {
        self.context
    }

    /// A signer's chain at a time; `None` where no certificate of it is known.
    pub(super) fn path_at(
        &mut self,
        signer: &mut Signer<'_>,
        unix_s: i64,
    ) -> Option<Arc<PathOutcome>> {
        let chosen = choose(signer, unix_s, self);
        let path = self.build(signer, chosen, unix_s)?;
        restrict_by_ess(signer, &path);
        Some(path)
    }

    /// The chain of a notary at a time, whatever his key is for: what is known of just the certificate that is vouched
    /// for, and not of another with its key.
    pub(super) fn path_of_notary(
        &mut self,
        signer: &mut Signer<'_>,
        unix_s: i64,
    ) -> Option<Arc<PathOutcome>> {
        let vouched = signer.tried.matched_candidate.unwrap_or(0);
        self.build_for(Purpose::Vouched, signer, vouched, unix_s)
    }

    /// The path of a signer's candidate at a time, for as long as its message can pay.
    fn build(
        &mut self,
        signer: &mut Signer<'_>,
        index: usize,
        unix_s: i64,
    ) -> Option<Arc<PathOutcome>> {
        let purpose = match signer.format {
            SignatureFormat::Timestamp => Purpose::TimeStamping,
            SignatureFormat::Countersignature => Purpose::Countersignature,
            _ => Purpose::Mail,
        };
        self.build_for(purpose, signer, index, unix_s)
    }

    fn build_for(
        &mut self,
        purpose: Purpose,
        signer: &mut Signer<'_>,
        index: usize,
        unix_s: i64,
    ) -> Option<Arc<PathOutcome>> {
        if signer.message != self.message {
            self.message = signer.message;
            self.checks_left = limits::PATH_SIGNATURE_CHECKS_PER_MESSAGE;
        }
        let candidate = signer.candidates.get(index)?;
        if self.checks_left == 0 {
            signer.out_of_work = true;
            return Some(Arc::new(PathOutcome::unaffordable(&candidate.certificate)));
        }
        let chains = match purpose {
            Purpose::TimeStamping => &self.context.caches.tsa_chains,
            _ => &self.context.caches.chains,
        };
        let request = PathRequest {
            leaf: &candidate.certificate,
            inherited_parameters: candidate.inherited.as_ref(),
            message_certificates: &signer.certificates.certificates,
            revocation: &signer.revocation,
            at_unix_s: unix_s,
            purpose,
        };
        let path = chains.build_path(&request, signer.certificates.id);
        self.checks_left = self.checks_left.saturating_sub(path.signature_checks);
        Some(path)
    }
}

fn judge_chain(signer: &mut Signer<'_>, times: &Times, paths: &mut Paths<'_>) -> Option<Chains> {
    let chosen = choose(signer, times.control_unix_s, paths);
    let mut at = |signer: &mut Signer<'_>, index, unix_s| paths.build(signer, index, unix_s);
    if signer.tried.matched_candidate.is_some() {
        signer.tried.matched_candidate = Some(chosen);
    }
    let control = at(signer, chosen, times.control_unix_s)?;
    restrict_by_ess(signer, &control);
    let now = match times.kind {
        ControlTimeKind::Now => Arc::clone(&control),
        _ => at(signer, chosen, times.now_unix_s)?,
    };
    let claimed = match times.claimed_unix_s {
        Some(unix_s) if unix_s == times.control_unix_s => Some(Arc::clone(&control)),
        Some(unix_s) => Some(at(signer, chosen, unix_s)?),
        None => None,
    };
    let evidence = times.evidence.as_deref();
    // OUTPUT.md, Indications: a time that `--at` sets, be it now, never yields a failure.
    let is_free = matches!(paths.context().options.at, At::Evidence);
    let kind = if is_free { times.kind } else { ControlTimeKind::Chosen };
    let at_now = ControlTimeKind::Now;
    let names_certificate = names_certificate(signer);
    let rules = &paths.context().options.path_rules;
    let time_proof =
        |kind, path: &PathOutcome| match time_proof(evidence, kind, path, names_certificate) {
            TimeProof::AfterRevocation if !is_told_beyond_doubt(path, rules) => {
                TimeProof::Consistent
            }
            proof => proof,
        };
    let proof = time_proof(kind, &control);
    if proof == TimeProof::BeforeValidityVouched {
        signer.flags.insert(MessageFlag::TimeEvidenceConflict);
    }
    Some(Chains {
        control,
        time_proof: proof,
        time_proof_now: time_proof(at_now, &now),
        now,
        claimed,
    })
}

/// Whether the signature says which certificate is its signer's, and not only whose key.
fn names_certificate(signer: &Signer<'_>) -> bool {
    let sid = signer.info.map(|info| &info.sid);
    matches!(sid, Some(SignerIdentifier::IssuerAndSerial(_)))
        || matches!(signer.ess, EssCertificateId::MatchV1 | EssCertificateId::MatchV2)
}

/// RULES 16: of the candidates with the key that verified, the one whose chain holds at a time.
fn choose(signer: &mut Signer<'_>, unix_s: i64, paths: &mut Paths<'_>) -> usize {
    same_key_candidates(signer)
        .into_iter()
        .find(|&index| {
            paths.build(signer, index, unix_s).is_some_and(|path| path.result == ChainResult::Ok)
        })
        .or(signer.tried.matched_candidate)
        .unwrap_or(0)
}

/// RULES 6: further signing certificates that the signer named restrict the path.
fn restrict_by_ess(signer: &mut Signer<'_>, path: &PathOutcome) {
    let attributes = signer.info.and_then(|info| info.signed_attributes.as_ref());
    if attributes.is_some_and(|attributes| !permits_chain(attributes, between(path))) {
        signer.ess = EssCertificateId::Mismatch;
    }
}

/// The candidates that carry the key that verified, in their order (by SHA-256); usually one.
fn same_key_candidates(signer: &Signer<'_>) -> Vec<usize> {
    let Some(matched) = signer.tried.matched_candidate else {
        return Vec::new();
    };
    if signer.candidates.len() == 1 {
        return Vec::new();
    }
    // An inheriting DSA key is another key under other parameters (RFC 3279 §2.3.2).
    let key_of = |index: usize| {
        let candidate = signer.candidates.get(index)?;
        Some((candidate.certificate.spki_sha256, &candidate.inherited))
    };
    let key = key_of(matched);
    let same = |index: &usize| key_of(*index) == key;
    (0..signer.candidates.len()).filter(same).collect()
}

/// The certificates between the signer's and the anchor.
fn between(path: &PathOutcome) -> &[Arc<Certificate>] {
    let end = path.chain.len() - usize::from(path.anchor.is_some() && !path.chain.is_empty());
    path.chain.get(1..end).unwrap_or_default()
}
