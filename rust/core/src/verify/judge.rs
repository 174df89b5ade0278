//! Judge: everything found out about a signature → its verdict, and the verdicts of a message → one.
//!
//! The folding itself is [`crate::verdict`], which knows nothing of mail; this stage hands it the facts.

mod path_facts;
mod senders;

use std::sync::Arc;

use hashbrown::HashMap;

use crate::path::PathOutcome;
use crate::verdict::address::Mailboxes;
use crate::verdict::facts::{
    AddressMatch, AddressMatchRule, ControlTimeKind, Coverage, CryptoResult, Eligibility,
    SignatureFacts, TimeProof,
};
use crate::verdict::flag::MessageFlag;
use crate::verdict::indication::{Indication, Reason, Verdict};
use crate::verdict::judge::judge as judge_signature;
use crate::verdict::message::{MessageVerdict, SignatureFormat, SignatureRow, fold_message};

use self::path_facts::{path_facts, proven_facts};
use self::senders::{Comparison, Senders};
use super::chain::Chains;
use super::context::Context;
use super::coverage::{Gaps, eligibility_over, gaps_inside, message_coverage, own_coverage};
use super::found::{Found, Layer, MessageId};
use super::protection::{HeaderFacts, compare_headers, protected_header};
use super::resolve::Signer;
use super::strength::{Shown, Strength};
use super::time::Times;

/// All verdicts of a chunk.
pub(crate) struct Verdicts {
    /// One per signer.
    pub(crate) signatures: Vec<SignatureVerdicts>,
    /// One per message.
    pub(crate) messages: Vec<MessageVerdict>,
    /// What is protected of the headers of messages, of the few where something is.
    pub(crate) headers: HashMap<MessageId, HeaderFacts, foldhash::fast::RandomState>,
}

/// The verdicts on one signature.
pub(crate) struct SignatureVerdicts {
    pub(crate) facts: SignatureFacts,
    pub(crate) address_rule: Option<AddressMatchRule>,
    /// There are more addresses, of the sender or in the certificate, than are looked at.
    pub(crate) addresses_cut: bool,
    pub(crate) verdict: Verdict,
    pub(crate) now: Indication,
    pub(crate) at_claimed_time: Option<Indication>,
    /// What is weak, or was, of the signature and its chain.
    pub(crate) weak_elements: Vec<String>,
}

/// Judges every signature, then every message over its signatures.
pub(super) fn judge(
    found: &Found<'_>,
    signers: &[Signer<'_>],
    times: &[Times],
    chains: &[Option<Chains>],
    context: &Context<'_>,
) -> Verdicts {
    let inside = gaps_inside(found);
    let inside_of =
        |signer: &Signer<'_>| inside.get(signer.layer as usize).copied().unwrap_or_default();
    let mut senders = Senders::of(found);
    let mut signatures = Vec::with_capacity(signers.len());
    for ((signer, times), chains) in signers.iter().zip(times).zip(chains) {
        let layer = found.layer(signer.layer);
        let sender = senders.compare(signer, layer, context);
        let layer = layer.map(|layer| (layer, inside_of(signer)));
        signatures.push(judge_one(signer, layer, sender, times, chains.as_ref(), context));
    }
    let mut headers = HashMap::default();
    let mut messages = Vec::with_capacity(found.messages.len());
    let mut rows: Vec<SignatureRow> = Vec::new();
    let mut rest = 0;
    for id in 0..found.messages.len() {
        // Signers are sorted by message.
        let mine =
            signers.iter().skip(rest).take_while(|signer| signer.message as usize == id).count();
        let of_message = || signers.iter().zip(&signatures).skip(rest).take(mine);
        rows.clear();
        rows.extend(of_message().filter_map(|(signer, verdicts)| {
            signature_row(found, signer, verdicts, inside_of(signer))
        }));
        let mut verdict = fold_message(&rows);
        verdict.deciding = verdict.deciding.map(|index| index + rest);
        if let Some(deciding) = verdict.deciding.and_then(|index| signers.get(index))
            && let Some(header) = signed_header(found, deciding, of_message())
        {
            if !header.mismatched.is_empty() {
                verdict.verdict.reasons.insert(Reason::HeadersMismatched);
            }
            headers.insert(deciding.message, header);
        }
        if has_rewritten_from(found, id, of_message(), &mut senders) {
            verdict.flags.insert(MessageFlag::FromRewrittenLikely);
        }
        messages.push(verdict);
        rest += mine;
    }
    Verdicts { signatures, messages, headers }
}

/// Message fold, rule 2: the header that the deciding layer protects for its message, compared with the visible one.
/// A layer that nobody signed, or whose signatures are wrong, protects nothing; nor does one around the deciding layer.
fn signed_header<'s, 'f: 's>(
    found: &Found<'_>,
    deciding: &Signer<'_>,
    mut rows: impl Iterator<Item = (&'s Signer<'f>, &'s SignatureVerdicts)>,
) -> Option<HeaderFacts> {
    let has_signed = |signer: &Signer<'_>| {
        signer.layer == deciding.layer
            && signer.format != SignatureFormat::Countersignature
            && matches!(signer.result, Some(CryptoResult::Ok | CryptoResult::Repaired))
    };
    let protected = protected_header(found, deciding.layer)?;
    let raw = found.messages.get(deciding.message as usize)?.stored.text()?;
    rows.any(|(signer, _)| has_signed(signer)).then(|| compare_headers(protected, raw))
}

/// Message fold, rule 5: the From is nobody's who signed, and a list kept that of a signer elsewhere.
fn has_rewritten_from<'s, 'v, 'f: 's>(
    found: &Found<'_>,
    id: usize,
    mut rows: impl Iterator<Item = (&'s Signer<'f>, &'v SignatureVerdicts)>,
    senders: &mut Senders<'s, '_>,
) -> bool {
    let Some(message) = found.messages.get(id).filter(|message| message.from_list) else {
        return false;
    };
    let kept = message.original_from.texts.iter().chain(&message.reply_to.texts);
    let kept: Mailboxes<'_> = kept.map(String::as_str).collect();
    rows.any(|(signer, verdicts)| {
        let is_own = found.layer(signer.layer).is_some_and(|layer| layer.author as usize == id);
        let is_good = matches!(verdicts.facts.crypto, CryptoResult::Ok | CryptoResult::Repaired);
        let was_compared = verdicts.facts.address == Some(AddressMatch::None);
        is_own && is_good && was_compared && senders.is_any_of(signer, &kept)
    })
}

/// `layer` is the signer's, with what lies unread inside it. A fact that nobody established is never a good one.
fn judge_one(
    signer: &Signer<'_>,
    layer: Option<(&Layer<'_>, Gaps)>,
    sender: Comparison,
    times: &Times,
    chains: Option<&Chains>,
    context: &Context<'_>,
) -> SignatureVerdicts {
    let control = chains.map(|chains| &*chains.control);
    let strength = Strength::of(signer, control, context);
    let shown = Shown::of(signer, times);
    let (chain, revocation) = path_facts(control, times.control_unix_s);
    let revocation = proven_facts(revocation, control, times.kind, shown);
    let facts = SignatureFacts {
        crypto: signer.result.unwrap_or(CryptoResult::UnsupportedAlgorithm),
        algorithm_protection: signer.protection,
        ess_certificate_id: signer.ess,
        chain,
        control_time: times.kind,
        revocation,
        time_proof: chains.map_or(TimeProof::Consistent, |chains| chains.time_proof),
        algorithms: strength.status(times.control_unix_s, times.kind, shown),
        address: sender.matched,
        bind: context.options.bind,
        bind_missing_allowed: context.options.bind_missing_allowed,
        // A row keeps its own verdict wherever it lies (Message fold, rule 4); what it covers unread is another matter
        // (rule 2).
        eligibility: layer.map_or(Eligibility::NotEligible, |(_, inside)| eligibility_over(inside)),
        coverage: layer.map_or(Coverage::None, |(layer, _)| own_coverage(layer)),
        strict_quirk: context.options.strict && !signer.quirks.is_empty(),
    };
    let at = |path: Option<&Arc<PathOutcome>>, unix_s, control_time, time_proof| {
        let path = path.map(|path| &**path);
        let algorithms =
            Strength::of(signer, path, context).status(unix_s, control_time, Shown::default());
        let (chain, revocation) = path_facts(path, unix_s);
        let times = SignatureFacts { control_time, time_proof, algorithms, ..facts };
        judge_signature(&SignatureFacts { chain, revocation, ..times }).indication
    };
    let claimed = chains.and_then(|chains| chains.claimed.as_ref());
    let now = chains.map(|chains| &chains.now);
    let proof_now = chains.map_or(TimeProof::Consistent, |chains| chains.time_proof_now);
    SignatureVerdicts {
        verdict: judge_signature(&facts),
        now: at(now, times.now_unix_s, ControlTimeKind::Now, proof_now),
        at_claimed_time: times
            .claimed_unix_s
            .map(|unix_s| at(claimed, unix_s, ControlTimeKind::Chosen, TimeProof::Consistent)),
        weak_elements: strength.weak_elements(times.control_unix_s),
        facts,
        address_rule: sender.rule,
        addresses_cut: sender.cut,
    }
}

fn signature_row(
    found: &Found<'_>,
    signer: &Signer<'_>,
    verdicts: &SignatureVerdicts,
    inside: Gaps,
) -> Option<SignatureRow> {
    let layer = found.layer(signer.layer)?;
    let eligibility = match (layer.eligible, verdicts.facts.eligibility) {
        (false, _) => Eligibility::NotEligible,
        (true, settled) => settled,
    };
    Some(SignatureRow {
        format: signer.format,
        layer: signer.layer,
        layer_depth: layer.depth,
        eligibility,
        coverage: message_coverage(layer, inside),
        verdict: verdicts.verdict,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use std::sync::Arc;

    use bumpalo::Bump;

    use super::super::caches::Caches;
    use super::super::chunk::StoredMessage;
    use super::super::context::Options;
    use super::super::digest::Digests;
    use super::super::work::Work;
    use super::super::{decode, resolve, scan, time};
    use super::*;
    use crate::trust::TrustStore;
    use crate::verdict::facts::{ChainResult, RevocationState};

    const MAIL: &[u8] = b"From: a@b.example\nContent-Type: multipart/signed; \
        protocol=\"application/pkcs7-signature\"; boundary=b\n\n--b\n\ntext\n--b\n\
        Content-Type: application/pkcs7-signature\n\nMAAA\n--b--\n";

    /// Facts of a signer of whom nothing was found out: not that it holds, not that it does not.
    fn facts_of_nothing(with_layer: bool) -> SignatureFacts {
        let stored = [StoredMessage { raw: Some(MAIL), ..StoredMessage::default() }];
        let (mut found, arena) = (Found::new(&stored, false), Bump::new());
        scan::scan(&mut found, &arena);
        decode::decode(&mut found, &arena);
        let trust = Arc::new(TrustStore::build(Vec::new(), Vec::new()));
        let options = Options::at_now(0);
        let caches = Caches::new(Arc::clone(&trust), Arc::clone(&trust), &options.path_rules);
        let context = Context {
            options: &options,
            trust: &trust,
            tsa_trust: &trust,
            vault: None,
            maker: None,
            proof_key: None,
            caches: &caches,
            describe_parts: false,
            watch: None,
        };
        let mut signers = resolve::resolve(&found, &context).signers;
        signers[0].result = None;
        let mut digests = Digests::of(&found, &signers);
        let mut work = Work::of(&found);
        let times = time::control_times(&found, &mut signers, &mut digests, &mut work, &context);
        let layer = found.layer(0).filter(|_| with_layer).map(|layer| (layer, Gaps::EMPTY));
        let sender = Senders::of(&found).compare(&signers[0], layer.map(|it| it.0), &context);
        judge_one(&signers[0], layer, sender, &times[0], None, &context).facts
    }

    #[test]
    fn fact_that_nobody_established_is_never_a_good_one() {
        let facts = facts_of_nothing(true);
        assert_eq!(facts.crypto, CryptoResult::UnsupportedAlgorithm);
        assert_eq!((facts.chain, facts.algorithms, facts.address), (None, None, None));
        assert_eq!(facts.revocation, RevocationState::NotChecked);
        assert_eq!(facts.control_time, ControlTimeKind::Now);
        let nowhere = facts_of_nothing(false);
        assert_eq!(nowhere.eligibility, Eligibility::NotEligible);
        assert_eq!(nowhere.coverage, Coverage::None);
    }

    #[test]
    fn signer_of_whom_any_one_fact_is_not_established_never_passes() {
        let unknown = facts_of_nothing(true);
        let good = SignatureFacts {
            crypto: CryptoResult::Ok,
            chain: Some(ChainResult::Ok),
            address: Some(AddressMatch::From),
            ..unknown
        };
        assert_eq!(judge_signature(&good).indication, Indication::TotalPassed);
        let nowhere = facts_of_nothing(false);
        for facts in [
            SignatureFacts { crypto: unknown.crypto, ..good },
            SignatureFacts { chain: unknown.chain, ..good },
            SignatureFacts { eligibility: nowhere.eligibility, ..good },
            SignatureFacts { coverage: nowhere.coverage, ..good },
        ] {
            assert_ne!(judge_signature(&facts).indication, Indication::TotalPassed, "{facts:?}");
        }
    }
}
