//! Judge: everything found out about a signature → its verdict, and the verdicts of a message → one.
//!
//! The folding itself is [`crate::verdict`], which knows nothing of mail; this stage hands it the facts.

use hashbrown::HashMap;

use crate::verdict::address::{CertifiedAddress, match_addresses};
use crate::verdict::facts::{
    AddressMatch, AddressMatchRule, AlgorithmStatus, Bind, ControlTimeKind, Coverage, CryptoResult,
    Eligibility, RevocationResult, SignatureFacts,
};
use crate::verdict::flag::MessageFlag;
use crate::verdict::indication::{Indication, Reason, Verdict};
use crate::verdict::judge::judge as judge_signature;
use crate::verdict::message::{MessageVerdict, SignatureFormat, SignatureRow, fold_message};
use crate::x509::addresses::{AddressKind, CertificateAddress};

use super::chain::Chains;
use super::context::Context;
use super::found::{Found, Layer, LayerId, MessageId};
use super::protection::{HeaderFacts, compare_headers};
use super::resolve::Signer;
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
    pub(crate) verdict: Verdict,
    pub(crate) now: Indication,
    pub(crate) at_claimed_time: Option<Indication>,
}

/// Judges every signature, then every message over its signatures.
pub(super) fn judge(
    found: &Found<'_>,
    signers: &[Signer<'_>],
    times: &[Times],
    chains: &[Option<Chains>],
    context: &Context<'_>,
) -> Verdicts {
    let over_ciphertext = layers_over_ciphertext(found);
    let signatures: Vec<SignatureVerdicts> = signers
        .iter()
        .zip(times)
        .zip(chains)
        .map(|((signer, times), chains)| {
            judge_one(found, signer, times, chains.as_ref(), &over_ciphertext, context)
        })
        .collect();
    let headers = protected_headers(found);
    let mut messages = Vec::with_capacity(found.messages.len());
    let mut rest = 0;
    for id in 0..found.messages.len() {
        // Signers are sorted by message.
        let mine =
            signers.iter().skip(rest).take_while(|signer| signer.message as usize == id).count();
        let rows: Vec<SignatureRow> = (rest..rest + mine)
            .filter_map(|index| signature_row(found, signers.get(index)?, signatures.get(index)?))
            .collect();
        let mut verdict = fold_message(&rows);
        verdict.deciding = verdict.deciding.map(|index| index + rest);
        let header = MessageId::try_from(id).ok().and_then(|id| headers.get(&id));
        if header.is_some_and(|header| !header.mismatched.is_empty()) {
            verdict.verdict.reasons.insert(Reason::HeadersMismatched);
        }
        if has_rewritten_from(found, id, signers.iter().zip(&signatures).skip(rest).take(mine)) {
            verdict.flags.insert(MessageFlag::FromRewrittenLikely);
        }
        messages.push(verdict);
        rest += mine;
    }
    Verdicts { signatures, messages, headers }
}

/// The header that the first layer with one protects for its message, compared with the visible one.
fn protected_headers(
    found: &Found<'_>,
) -> HashMap<MessageId, HeaderFacts, foldhash::fast::RandomState> {
    let mut headers = HashMap::default();
    for layer in found.layers.iter().filter(|layer| layer.eligible) {
        let own = found.messages.get(layer.message as usize);
        if let (Some(protected), Some(raw)) =
            (&layer.protected, own.and_then(|own| own.stored.text()))
        {
            headers.entry(layer.message).or_insert_with(|| compare_headers(protected, raw));
        }
    }
    headers
}

/// Message fold, rule 5: the From is nobody's who signed, and a list kept that of a signer elsewhere.
fn has_rewritten_from<'s, 'f: 's>(
    found: &Found<'_>,
    id: usize,
    mut rows: impl Iterator<Item = (&'s Signer<'f>, &'s SignatureVerdicts)>,
) -> bool {
    let Some(message) = found.messages.get(id).filter(|message| message.from_list) else {
        return false;
    };
    let kept: Vec<&str> =
        message.original_from.iter().chain(&message.reply_to).map(String::as_str).collect();
    rows.any(|(signer, verdicts)| {
        let is_own = found.layer(signer.layer).is_some_and(|layer| layer.author as usize == id);
        let is_good = matches!(verdicts.facts.crypto, CryptoResult::Ok | CryptoResult::Repaired);
        let is_kept = || {
            let certificate = signer.candidate().map(|candidate| &candidate.certificate);
            let certified: Vec<CertifiedAddress<'_>> = certificate
                .map(|certificate| certificate.addresses.iter().map(certified).collect())
                .unwrap_or_default();
            kept.iter().any(|address| {
                match_addresses(&certified, &[address], None).0 == AddressMatch::From
            })
        };
        is_own && is_good && verdicts.facts.address == Some(AddressMatch::None) && is_kept()
    })
}

fn judge_one(
    found: &Found<'_>,
    signer: &Signer<'_>,
    times: &Times,
    chains: Option<&Chains>,
    over_ciphertext: &[LayerId],
    context: &Context<'_>,
) -> SignatureVerdicts {
    let layer = found.layer(signer.layer);
    let (address, address_rule) = match_author(found, signer, layer, context);
    let facts = SignatureFacts {
        crypto: signer.result.unwrap_or(CryptoResult::UnsupportedAlgorithm),
        algorithm_protection: signer.protection,
        ess_certificate_id: signer.ess,
        chain: chains.map(|chains| chains.control.result),
        control_time: times.kind,
        revocation: RevocationResult::NotChecked,
        algorithms: AlgorithmStatus::Ok,
        address,
        bind: context.options.bind,
        bind_missing_allowed: context.options.bind_missing_allowed,
        // A row keeps its own verdict wherever it lies (Message fold, rule 4); ciphertext is another matter (rule 2).
        eligibility: match layer {
            Some(_) if over_ciphertext.binary_search(&signer.layer).is_ok() => {
                Eligibility::CiphertextOnly
            }
            _ => Eligibility::Eligible,
        },
        // Of the entity it speaks for: what lies beside a part is the message's matter, but what lies beside the
        // layers around one that speaks for the whole message is its own.
        coverage: if layer.is_some_and(|layer| layer.extra_parts || layer.eligible && layer.partial)
        {
            Coverage::Partial
        } else {
            Coverage::Full
        },
        strict_quirk: context.options.strict && !signer.quirks.is_empty(),
    };
    let at = |chain, control_time| {
        judge_signature(&SignatureFacts { chain, control_time, ..facts }).indication
    };
    SignatureVerdicts {
        verdict: judge_signature(&facts),
        now: at(chains.map(|chains| chains.now), ControlTimeKind::Now),
        at_claimed_time: times
            .claimed_unix_s
            .map(|_| at(chains.and_then(|chains| chains.claimed), ControlTimeKind::Chosen)),
        facts,
        address_rule,
    }
}

/// RULES 20 and 21: the certificate's addresses against the visible sender of the signature's own message, and
/// against the protected one where there is one: the worse of the two counts (Message fold, rule 2).
fn match_author(
    found: &Found<'_>,
    signer: &Signer<'_>,
    layer: Option<&Layer<'_>>,
    context: &Context<'_>,
) -> (Option<AddressMatch>, Option<AddressMatchRule>) {
    let compared = context.options.bind != Bind::Off
        && matches!(signer.format, SignatureFormat::Detached | SignatureFormat::Opaque);
    let (true, Some(layer), Some(candidate)) = (compared, layer, signer.candidate()) else {
        return (None, None);
    };
    let certified: Vec<CertifiedAddress<'_>> =
        candidate.certificate.addresses.iter().map(certified).collect();
    [Some(layer.author), layer.protected.and_then(|header| header.author)]
        .into_iter()
        .flatten()
        .filter_map(|id| found.author(id))
        .map(|author| {
            let from: Vec<&str> = author.visible_from().iter().map(String::as_str).collect();
            let (matched, rule) = match_addresses(&certified, &from, author.sender.as_deref());
            (Some(matched), rule)
        })
        .max()
        .unwrap_or_default()
}

fn certified(address: &CertificateAddress) -> CertifiedAddress<'_> {
    CertifiedAddress {
        text: &address.text,
        is_smtp_utf8: address.kind == AddressKind::SmtpUtf8,
        contains_nul: address.contains_nul,
    }
}

/// The layers whose whole content is an envelope that was not opened, sorted (Message fold, rule 2). A broken envelope
/// is one too: another reader may open it.
fn layers_over_ciphertext(found: &Found<'_>) -> Vec<LayerId> {
    let closed = |layer: &Layer<'_>| layer.content_root && layer.is_enveloped();
    let mut around: Vec<LayerId> = found
        .layers
        .iter()
        .filter(|layer| closed(layer))
        .filter_map(|layer| layer.parent)
        .collect();
    around.sort_unstable();
    around
}

fn signature_row(
    found: &Found<'_>,
    signer: &Signer<'_>,
    verdicts: &SignatureVerdicts,
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
        coverage: if layer.partial { Coverage::Partial } else { Coverage::Full },
        verdict: verdicts.verdict,
    })
}
