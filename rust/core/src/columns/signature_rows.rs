//! Rows of `signatures`: one per SignerInfo and countersignature, with every fact as its own column.

use std::borrow::Cow;

use smimebatch_crypto::signature::{Mask, Scheme};

use crate::asn1::values::integer_hex;
use crate::cms::algorithms::{algorithm_name, digest_name};
use crate::cms::ess_services::{EssService, EssServices, read_services};
use crate::cms::signer_info::SignerIdentifier;
use crate::path::PathOutcome;
use crate::path::revocation::ElementRevocation;
use crate::verdict::facts::{ChainResult, CryptoResult};
use crate::verdict::message::SignatureFormat;
use crate::verify::found::{Layer, Object};
use crate::verify::resolve::Signer;
use crate::verify::time::evidence::Evidence;
use crate::verify::vocabulary::SidKind;
use crate::x509::certificate::Certificate;
use crate::x509::name;

use super::evidence::EvidenceRows;
use super::facts::Facts;
use super::schema::{SignatureRow, SignaturesBuilder};
use super::text::{cut_text, instant};

/// Appends the row of every signer of the chunk.
pub(super) fn write(facts: Facts<'_>, rows: &mut SignaturesBuilder) {
    for (index, signer) in facts.signers.iter().enumerate() {
        if let Some(layer) = facts.found.layer(signer.layer) {
            write_one(facts, index, signer, layer, rows);
        }
    }
}

fn write_one(
    facts: Facts<'_>,
    index: usize,
    signer: &Signer<'_>,
    layer: &Layer<'_>,
    rows: &mut SignaturesBuilder,
) {
    let Some(message) = facts.found.messages.get(signer.message as usize) else {
        return;
    };
    let (Some(times), Some(verdicts)) =
        (facts.times.get(index), facts.verdicts.signatures.get(index))
    else {
        return;
    };
    let chains = facts.chains.get(index).and_then(Option::as_ref);
    let certificate = signer.certificate();
    let parent = layer.parent.and_then(|id| facts.found.layer(id));
    let attributes = signer.attributes.as_ref();
    let names = SignerNames::of(signer, certificate.map(|c| &**c));
    let path = chains.map(|chains| &chains.control);
    let range = signed_range(signer, layer);
    let evidence = times.evidence.as_deref();
    let best = evidence.and_then(Evidence::best);
    let ess = ess_services(signer, layer);
    let checked = attributes.is_some() && signer.form_was_compared();
    // RULES 40: a plain digest would confirm a guess of what lay inside.
    let is_hidden = !facts.context.options.inner_facts && facts.found.lies_in_opened(layer);
    rows.push(SignatureRow {
        source: message.stored.source,
        source_index: message.stored.source_index,
        layer_path: Some(&layer.path),
        parent_layer_path: parent.map(|layer| layer.path.as_str()),
        format: Some(signer.format),
        signer_index: i32::try_from(signer.index).ok(),
        cms_sha256: facts
            .digests
            .objects
            .get(signer.layer as usize)
            .filter(|_| !is_hidden)
            .map(|digest| digest.as_bytes()),
        signature_value_sha256: digest_bytes(facts.digests.signatures.get(index)),
        sid_kind: signer.info.map(|info| match info.sid {
            SignerIdentifier::IssuerAndSerial(_) => SidKind::IssuerAndSerial,
            SignerIdentifier::SubjectKeyIdentifier(_) => SidKind::SubjectKeyIdentifier,
        }),
        signer_subject: names.subject,
        signer_issuer: names.issuer.as_deref(),
        signer_serial: names.serial.as_deref(),
        certificate_sha256: certificate.map(|certificate| certificate.sha256.as_slice()),
        certificate_source: signer.certificate_source(),
        signer_addresses: names.addresses,
        digest_algorithm: signer
            .info
            .map(|info| algorithm_name(info.digest_algorithm.oid))
            .as_deref(),
        signature_algorithm: signer
            .info
            .map(|info| algorithm_name(info.signature_algorithm.oid))
            .as_deref(),
        signature_parameters: signature_parameters(signer).as_deref(),
        key_algorithm: certificate.map(|certificate| &*certificate.key_algorithm),
        key_bits: certificate.and_then(|certificate| i32::try_from(certificate.key_bits?).ok()),
        curve: certificate.and_then(|certificate| certificate.curve.as_deref()),
        signed_bytes_sha256: digest_bytes(facts.digests.signed_bytes.get(index))
            .filter(|_| !is_hidden),
        message_digest_claimed: attributes
            .filter(|_| !is_hidden)
            .map(|attributes| &*attributes.message_digest),
        signed_offset: range.map(|(offset, _)| offset),
        signed_length: range.map(|(_, length)| length),
        canonicalization: signer
            .tried
            .matched_form
            .and_then(|form| signer.content?.forms.get(form).copied()),
        repair: signer.repair.done,
        eligible: Some(
            layer.eligible
                && matches!(signer.format, SignatureFormat::Detached | SignatureFormat::Opaque),
        ),
        quirks: signer.quirks,
        flags: signer.flags,
        // Of the stored octets; what a repair made of them is another matter (RULES 30).
        digest_ok: checked
            .then_some(signer.tried.matched_form.is_some() && signer.repair.done.is_empty()),
        signature_ok: signer
            .signature_was_checked()
            .then_some(signer.tried.matched_candidate.is_some()),
        crypto_result: signer.result.or(Some(CryptoResult::UnsupportedAlgorithm)),
        signed_attributes: attributes.map(|attributes| attributes.oids.as_slice()),
        signing_time_claim: times.claimed_unix_s.and_then(instant),
        algorithm_protection: signer.info.map(|_| signer.protection),
        ess_certificate_id: signer.info.map(|_| signer.ess),
        ess: ess.services,
        security_labels: Some(ess.labels.as_slice())
            .filter(|labels| !labels.is_empty() && !is_hidden),
        receipts_to: ess
            .services
            .contains(EssService::ReceiptRequest)
            .then_some(ess.receipts_to.as_slice())
            .filter(|_| !is_hidden),
        chain_result: path.map(|path| path.result),
        chain_sha256: path.map(|path| {
            path.chain.iter().map(|certificate| certificate.sha256.as_slice()).collect()
        }),
        trust_anchor_sha256: path
            .and_then(|path| path.anchor.as_ref())
            .map(|anchor| anchor.sha256.as_slice()),
        policy_oids: path
            .filter(|path| path.result == ChainResult::Ok)
            .map(|path| path.policies.as_slice()),
        revocation_result: path.map(|path| path.revocation_state.result()),
        revocation: path.and_then(|path| told_revocation(path)),
        address_match: verdicts.facts.address,
        address_match_rule: verdicts.address_rule,
        algorithm_status: verdicts.facts.algorithms,
        weak_elements: verdicts.facts.algorithms.map(|_| &*verdicts.weak_elements),
        poe_time: best.map(|best| best.unix_us),
        poe_kind: best.map(|best| best.kind),
        poe_source: best.map(|best| cut_text(&best.source)),
        not_before_evidence: evidence.and_then(|evidence| evidence.not_before_unix_us),
        best_signature_time: Some(times.best_unix_us(facts.context.options.now_unix_us)),
        control_time: instant(times.control_unix_s),
        time_evidence: EvidenceRows(evidence.map_or(&[], |it| it.candidates.as_slice())),
        indication: Some(verdicts.verdict.indication),
        sub_indication: verdicts.verdict.sub_indication,
        reasons: verdicts.verdict.reasons,
        indication_now: Some(verdicts.now),
        indication_at_claimed_time: verdicts.at_claimed_time,
    });
}

fn digest_bytes(digest: Option<&Option<smimebatch_crypto::digest::Digest>>) -> Option<&[u8]> {
    digest.and_then(Option::as_ref).map(|digest| digest.as_bytes())
}

/// What the signed attributes ask for, each text as a column holds it.
fn ess_services(signer: &Signer<'_>, layer: &Layer<'_>) -> EssServices {
    let content_type = match &layer.object {
        Object::Signed(signed)
            if matches!(signer.format, SignatureFormat::Detached | SignatureFormat::Opaque) =>
        {
            Some(signed.content_type)
        }
        _ => None,
    };
    let attributes = signer.info.and_then(|info| info.signed_attributes.as_ref());
    let mut found =
        attributes.map(|attributes| read_services(attributes, content_type)).unwrap_or_default();
    for text in found.labels.iter_mut().chain(&mut found.receipts_to) {
        text.truncate(cut_text(text).len());
    }
    found
}

/// Where the content lies in the stored message; `None` for what was decoded first.
fn signed_range(signer: &Signer<'_>, layer: &Layer<'_>) -> Option<(i64, i64)> {
    let range = match signer.format {
        SignatureFormat::Detached if layer.stored => layer.detached_range()?,
        _ => return None,
    };
    let (start, length) = match layer.outline {
        Some(outline) => outline.place_of(&range),
        None => (range.start as u64, range.len() as u64),
    };
    Some((i64::try_from(start).ok()?, i64::try_from(length).ok()?))
}

/// Names of the signer, from the certificate, else from the signer identifier.
#[derive(Default)]
struct SignerNames<'s> {
    subject: Option<&'s str>,
    issuer: Option<Cow<'s, str>>,
    serial: Option<Cow<'s, str>>,
    addresses: Option<&'s [String]>,
}

impl<'s> SignerNames<'s> {
    fn of(signer: &Signer<'_>, certificate: Option<&'s Certificate>) -> Self {
        if let Some(shown) = certificate.map(Certificate::shown) {
            return Self {
                // As often in rows as there are signers, however long.
                subject: Some(cut_text(&shown.subject)),
                issuer: Some(Cow::Borrowed(cut_text(&shown.issuer))),
                serial: Some(Cow::Borrowed(cut_text(&shown.serial))),
                addresses: Some(&shown.addresses),
            };
        }
        match signer.info.map(|info| &info.sid) {
            Some(SignerIdentifier::IssuerAndSerial(named)) => Self {
                issuer: Some(Cow::Owned(name::to_rfc4514(named.issuer))),
                serial: Some(Cow::Owned(integer_hex(named.serial))),
                ..Self::default()
            },
            _ => Self::default(),
        }
    }
}

fn signature_parameters(signer: &Signer<'_>) -> Option<String> {
    match signer.candidate()?.scheme.ok()?.scheme {
        Scheme::RsaPss { hash, mask, salt_octets } => {
            let mask = match mask {
                Mask::Mgf1(hash) => format!("mgf1={}", digest_name(hash)),
                Mask::Shake128 => "mgf=shake128".to_owned(),
                Mask::Shake256 => "mgf=shake256".to_owned(),
            };
            Some(format!("hash={} {mask} salt={salt_octets}", digest_name(hash)))
        }
        _ => None,
    }
}

/// Revocation of the chain, if any list or response says something about it.
fn told_revocation(path: &PathOutcome) -> Option<&[ElementRevocation]> {
    let is_told = path.revocation.iter().any(|element| element.source_sha256.is_some());
    is_told.then_some(path.revocation.as_slice())
}
