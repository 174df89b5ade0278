//! Resolve: every SignerInfo → a signer with its ordered alternatives.
//!
//! What is uncertain about a signature is written down as lists to try in order: certificates that fit the signer
//! identifier (RULES 16), encodings of the signed attributes (RULES 1), canonical forms of the content (RULES 26), and,
//! once they have failed, repairs of it (RULES 30, [`super::repair`]). `digest` and `check` then try the next untried
//! entry of every unresolved signer, all signers together.

mod signer;
mod time_stamp;

use std::borrow::Cow;
use std::sync::Arc;

use smimebatch_crypto::signature::KeyAlgorithm;

use crate::asn1::oid::{self, Oid};
use crate::asn1::reader::{Reader, Tag, parse_single};
use crate::asn1::writer::write_element;
use crate::cms::algorithms::digest_algorithm;
use crate::cms::attributes::looks_like_signed_attributes;
use crate::cms::error::CmsError;
use crate::cms::quirk::Quirk;
use crate::cms::signer_info::SignerInfo;
use crate::mail::line_ends::{LineEnd, first_line_end, has_bare_lf, with_crlf};
use crate::verdict::facts::{AlgorithmProtection, CryptoResult};
use crate::verdict::flag::MessageFlag;
use crate::verdict::message::SignatureFormat;
use crate::x509::addresses::CertificateAddress;

use self::signer::Brought;
pub(crate) use self::signer::{Content, Signer};
use super::attributes::read_attributes;
use super::candidates::{Candidate, find_candidates};
use super::certificates::CertificateSet;
use super::context::Context;
use super::found::{Found, Layer, LayerId, LayerWord, MessageId, Object, Source};
use super::outline::Octets;
use super::vocabulary::Canonicalization;

/// The signers of a chunk in row order, and the certificates of each layer.
pub(super) struct Resolved<'f> {
    pub(super) signers: Vec<Signer<'f>>,
    pub(super) certificates: Vec<Arc<CertificateSet>>,
}

/// One signer per SignerInfo, countersignature and time-stamp token of the chunk.
pub(super) fn resolve<'f>(found: &'f Found<'_>, context: &Context<'_>) -> Resolved<'f> {
    let sets = context.caches.certificates.intern(found);
    let lists = context.caches.revocation.intern(found);
    let brought_by = |id: LayerId| {
        let (certificates, revocation) = (sets.get(id as usize)?, lists.get(id as usize)?);
        Some(Brought { certificates, revocation })
    };
    let mut order: Vec<(MessageId, LayerId)> =
        (0..).zip(&found.layers).map(|(id, layer)| (layer.message, id)).collect();
    order.sort_unstable();
    let mut signers = Vec::with_capacity(order.len());
    for (_, id) in order {
        let (Some(layer), Some(own)) = (found.layer(id), brought_by(id)) else { continue };
        // A time-stamp token may leave to what is stamped to bring its chain, and what tells of it (RFC 5126 §6.3.3, §6.3.4),
        // and does not hide from it what that knows of its key.
        let around = layer.parent.filter(|_| matches!(layer.source, Source::TimeStamp(_)));
        let joined = around.and_then(brought_by).map(|around| own.joined(around));
        let brought = joined
            .as_ref()
            .map_or(own, |(certificates, revocation)| Brought { certificates, revocation });
        resolve_layer(&mut signers, id, layer, brought, context);
    }
    Resolved { signers, certificates: sets }
}

fn resolve_layer<'f>(
    signers: &mut Vec<Signer<'f>>,
    id: LayerId,
    layer: &'f Layer<'_>,
    brought: Brought<'_>,
    context: &Context<'_>,
) {
    if let Source::TimeStamp(source) = &layer.source {
        return signers.push(time_stamp::resolve_time_stamp(
            id,
            layer,
            source.index,
            brought,
            context,
        ));
    }
    match &layer.object {
        Object::Signed(signed) => {
            let content = content_of(layer);
            for (index, info) in (0..).zip(&signed.signer_infos) {
                let mut signer = Signer::new(layer, id, index, brought);
                match info {
                    Ok(info) => {
                        signer.content = content;
                        fill(&mut signer, info, Some(signed.content_type), context);
                    }
                    Err(error) => signer.result = Some(unreadable(error)),
                }
                signers.push(signer);
                if let Ok(info) = info {
                    resolve_countersignatures(signers, id, layer, (index, info), brought, context);
                }
            }
        }
        // A broken signature is still a signature (a row); a broken envelope is not.
        Object::Malformed | Object::Limited | Object::Missing
            if layer.word == LayerWord::Signed =>
        {
            let mut signer = Signer::new(layer, id, 0, brought);
            signer.result = Some(match layer.object {
                Object::Limited => CryptoResult::Limit,
                // Its other half has the end of the content, and the signature.
                Object::Missing => CryptoResult::ContentMissing,
                _ => CryptoResult::Malformed,
            });
            signers.push(signer);
        }
        _ => {}
    }
}

/// RFC 5652 §11.4: a countersignature signs the value octets of the signature that carries it.
fn resolve_countersignatures<'f>(
    signers: &mut Vec<Signer<'f>>,
    id: LayerId,
    layer: &'f Layer<'_>,
    over: (u32, &'f SignerInfo<'_>),
    brought: Brought<'_>,
    context: &Context<'_>,
) {
    let of_this = layer.countersignatures.iter().filter(|(index, _)| *index == over.0);
    for (index, (_, info)) in (0..).zip(of_this) {
        let mut signer = Signer::new(layer, id, index, brought);
        signer.format = SignatureFormat::Countersignature;
        match info {
            Ok(info) => {
                let octets = Octets::Held(&over.1.signature);
                signer.content = Some(Content { octets, forms: &[Canonicalization::Decoded] });
                fill(&mut signer, info, None, context);
            }
            Err(error) => signer.result = Some(unreadable(error)),
        }
        signers.push(signer);
    }
}

/// RULES 43: what is larger than examined is not judged.
fn unreadable(error: &CmsError) -> CryptoResult {
    if error.is_limit() { CryptoResult::Limit } else { CryptoResult::Malformed }
}

/// What the signature speaks about, and in which forms it may have been hashed (RULES 4, 5, 26).
fn content_of<'f>(layer: &'f Layer<'_>) -> Option<Content<'f>> {
    if let Some(octets) = layer.detached_content() {
        return Some(Content { octets, forms: detached_forms(octets.beginning()) });
    }
    let bytes = layer.content?;
    let forms: &[Canonicalization] = if has_bare_lf(bytes) {
        &[Canonicalization::Decoded, Canonicalization::LfToCrlf]
    } else {
        &[Canonicalization::Decoded]
    };
    Some(Content { octets: Octets::Held(bytes), forms })
}

/// RULES 26: as stored if it has CRLF, bare LF to CRLF, as stored with LF.
fn detached_forms(bytes: &[u8]) -> &'static [Canonicalization] {
    match first_line_end(bytes) {
        LineEnd::Crlf => &[Canonicalization::AsStored, Canonicalization::LfToCrlf],
        LineEnd::Lf => &[Canonicalization::LfToCrlf, Canonicalization::StoredLf],
        LineEnd::None => &[Canonicalization::AsStored],
    }
}

/// Whether any signer has something left to try.
pub(super) fn any_open(signers: &[Signer<'_>]) -> bool {
    signers.iter().any(Signer::is_open)
}

/// Reads a SignerInfo into `signer`; `content_type` is `None` for a countersignature.
fn fill<'f>(
    signer: &mut Signer<'f>,
    info: &'f SignerInfo<'_>,
    content_type: Option<Oid<'_>>,
    context: &Context<'_>,
) {
    signer.info = Some(info);
    signer.quirks.extend(info.quirks);
    signer.signature = Cow::Borrowed(&info.signature);
    signer.digest = digest_algorithm(info.digest_algorithm.oid);
    let store = match signer.format {
        SignatureFormat::Timestamp => context.tsa_trust,
        _ => context.trust,
    };
    let found = find_candidates(info, signer.digest, &signer.certificates, store);
    signer.candidates = found.candidates;
    signer.candidates_cut = found.cut;
    signer.keyless_certificate = found.keyless;
    if let Some(der) =
        signer.candidates.iter().find_map(|candidate| raw_ecdsa_as_der(candidate, &info.signature))
    {
        signer.signature = Cow::Owned(der);
        signer.quirks.insert(Quirk::RawEcdsaSignature);
    }
    signer.ess = found.ess;
    signer.quirks.extend(found.quirks);
    if found.ambiguous {
        signer.flags.insert(MessageFlag::SignerCertificateAmbiguous);
    }
    if is_domain_signer(signer, info) {
        signer.flags.insert(MessageFlag::DomainSigner);
    }
    signer.protection = match info.algorithm_protection_matches() {
        None => AlgorithmProtection::Absent,
        Some(true) => AlgorithmProtection::Match,
        Some(false) => AlgorithmProtection::Mismatch,
    };
    let structure = match &info.signed_attributes {
        Some(attributes) => {
            read_attributes(attributes, content_type).map(|facts| signer.attributes = Some(facts))
        }
        None => check_content_without_attributes(signer, content_type),
    };
    signer.result = if structure.is_err() {
        Some(CryptoResult::Malformed)
    } else if is_content_beyond_judging(signer) {
        Some(CryptoResult::Limit)
    } else if signer.content.is_none() {
        Some(CryptoResult::ContentMissing)
    } else if signer.digest.is_none() {
        Some(CryptoResult::UnsupportedAlgorithm)
    } else if signer.candidates.is_empty() {
        Some(found.why_none)
    } else {
        None
    };
}

/// RULES 20: a gateway that signs for its domain says so by its address or by an attribute (RFC 3183 §2.2, §3.1).
fn is_domain_signer(signer: &Signer<'_>, info: &SignerInfo<'_>) -> bool {
    let is_authority = |address: &CertificateAddress| {
        let (local, _) = address.text.split_once('@').unwrap_or_default();
        local.eq_ignore_ascii_case("domain-signing-authority")
    };
    let attributes = info.signed_attributes.iter().flat_map(|attributes| &attributes.list);
    let mut certificates = signer.candidates.iter().map(|found| &found.certificate);
    certificates.any(|it| it.shown_addresses().any(is_authority))
        || attributes.filter(|attribute| attribute.oid == oid::SIGNATURE_TYPE).any(|attribute| {
            let types = attribute.values.reader().read(Tag::SEQUENCE);
            let mut types = types.map_or(Reader::new(&[]), |types| types.reader());
            core::iter::from_fn(|| types.read(Tag::OID).ok())
                .any(|named| Oid(named.content) == oid::DOMAIN_SIGNATURE)
        })
}

/// RULES 2: a signature over attributes must not pass as one over content that is those attributes.
fn check_content_without_attributes(
    signer: &mut Signer<'_>,
    content_type: Option<Oid<'_>>,
) -> Result<(), ()> {
    let Some(content_type) = content_type else {
        return Ok(());
    };
    let bytes = signer.content.and_then(|content| content.octets.held()).unwrap_or_default();
    if is_attributes_in_any_form(bytes) {
        signer.flags.insert(MessageFlag::ContentIsSignedAttributes);
        return Err(());
    }
    // RFC 5652 §5.3: signedAttrs must be present if the content type is not id-data.
    if content_type == oid::DATA { Ok(()) } else { Err(()) }
}

/// RULES 2, in every form that may be hashed: a length may hold the octets of a line end.
pub(super) fn is_attributes_in_any_form(bytes: &[u8]) -> bool {
    let in_other_form =
        || bytes.first() == Some(&0x31) && looks_like_signed_attributes(&[&with_crlf(bytes)]);
    looks_like_signed_attributes(&[bytes]) || in_other_form()
}

/// RULES 2 for content that is not held: what begins like signed attributes cannot be told from them.
fn is_content_beyond_judging(signer: &Signer<'_>) -> bool {
    let octets = signer.content.map(|content| content.octets);
    signer.attributes.is_none()
        && octets.is_some_and(|octets| {
            octets.held().is_none() && octets.beginning().first() == Some(&0x31)
        })
}

/// RULES 12: an ECDSA signature that is r and s side by side, as the DER it should be (RFC 3279 §2.2.3).
fn raw_ecdsa_as_der(candidate: &Candidate, signature: &[u8]) -> Option<Vec<u8>> {
    let KeyAlgorithm::Ec(curve) = candidate.key.algorithm() else { return None };
    let half = curve.order_octets();
    if is_two_integers(signature) {
        return None;
    }
    let (r, s) = signature.split_at_checked(half).filter(|(_, s)| s.len() == half)?;
    let mut integers = Vec::with_capacity(2 * half + 6);
    for number in [r, s] {
        let zeros = number.iter().take_while(|&&octet| octet == 0).count();
        let mut octets = number.get(zeros..).unwrap_or_default().to_vec();
        if octets.first().is_none_or(|&octet| octet >= 0x80) {
            octets.insert(0, 0);
        }
        write_element(&mut integers, Tag::INTEGER, &octets);
    }
    let mut der = Vec::with_capacity(integers.len() + 4);
    write_element(&mut der, Tag::SEQUENCE, &integers);
    Some(der)
}

fn is_two_integers(signature: &[u8]) -> bool {
    let Ok(sequence) = parse_single(signature, Tag::SEQUENCE) else { return false };
    let mut numbers = sequence.reader();
    numbers.read(Tag::INTEGER).is_ok() && numbers.read(Tag::INTEGER).is_ok() && numbers.is_empty()
}
