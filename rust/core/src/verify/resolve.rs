//! Resolve: every SignerInfo → a signer with its ordered alternatives.
//!
//! What is uncertain about a signature is written down as lists to try in order: certificates that fit the signer
//! identifier (RULES 16), encodings of the signed attributes (RULES 1), canonical forms of the content (RULES 26), and,
//! once they have failed, repairs of it (RULES 30, [`super::repair`]). `digest` and `check` then try the next untried
//! entry of every unresolved signer, all signers together.

use std::borrow::Cow;
use std::sync::Arc;

use smimebatch_crypto::digest;
use smimebatch_crypto::signature::KeyAlgorithm;

use crate::asn1::oid::{self, Oid};
use crate::asn1::reader::{Reader, Tag, parse_single};
use crate::asn1::writer::write_element;
use crate::cms::algorithms::digest_algorithm;
use crate::cms::attributes::looks_like_signed_attributes;
use crate::cms::error::CmsError;
use crate::cms::quirk::Quirk;
use crate::cms::signer_info::SignerInfo;
use crate::codes::CodeSet;
use crate::mail::line_ends::{LineEnd, first_line_end, has_bare_lf, with_crlf};
use crate::verdict::facts::{AlgorithmProtection, CryptoResult, EssCertificateId};
use crate::verdict::flag::MessageFlag;
use crate::verdict::message::SignatureFormat;

use super::attributes::{AttributeFacts, read_attributes};
use super::candidates::{Candidate, find_candidates};
use super::certificates::CertificateSet;
use super::context::Context;
use super::found::{Found, Layer, LayerId, MessageId, Object, Source};
use super::outline::Octets;
use super::repair::Repairing;
use super::vocabulary::{Canonicalization, CertificateSource};
use crate::x509::addresses::CertificateAddress;
use crate::x509::certificate::Certificate;

/// A SignerInfo, what is known about it, and what is still to try.
pub(crate) struct Signer<'f> {
    pub(crate) message: MessageId,
    pub(crate) layer: LayerId,
    /// 0-based position among the SignerInfos of the layer.
    pub(crate) index: u32,
    pub(crate) format: SignatureFormat,
    /// `None` when the SignerInfo, or the whole object, is malformed.
    pub(crate) info: Option<&'f SignerInfo<'f>>,
    pub(crate) content: Option<Content<'f>>,
    /// Digest of the content.
    pub(crate) digest: Option<digest::Algorithm>,
    pub(crate) attributes: Option<AttributeFacts<'f>>,
    /// The signature value, or what it stands for where it came in another form.
    pub(crate) signature: Cow<'f, [u8]>,
    pub(crate) candidates: Vec<Candidate>,
    /// There are more candidates than are tried.
    pub(crate) candidates_cut: bool,
    /// The certificate of the identifier, when its key cannot be used.
    pub(crate) keyless_certificate: Option<(Arc<Certificate>, CertificateSource)>,
    /// The certificates that came with the layer.
    pub(crate) certificates: Arc<CertificateSet>,
    pub(crate) ess: EssCertificateId,
    pub(crate) protection: AlgorithmProtection,
    pub(crate) quirks: CodeSet<Quirk>,
    pub(crate) flags: CodeSet<MessageFlag>,
    pub(crate) tried: Tried,
    pub(crate) repair: Repairing<'f>,
    /// Its message had no more work left (RULES 43).
    pub(crate) out_of_work: bool,
    /// Settled before or by the checks.
    pub(crate) result: Option<CryptoResult>,
}

/// What is signed, and the forms in which it may have been hashed, best first.
#[derive(Clone, Copy)]
pub(crate) struct Content<'f> {
    pub(crate) octets: Octets<'f>,
    pub(crate) forms: &'static [Canonicalization],
}

/// How far the alternatives of a signer have been tried, and what held.
#[derive(Clone, Copy, Default)]
pub(crate) struct Tried {
    /// Next form of the content.
    pub(crate) form: usize,
    /// The form that gave the signed digest.
    pub(crate) matched_form: Option<usize>,
    /// Next candidate.
    pub(crate) candidate: usize,
    /// The candidate whose key verified.
    pub(crate) matched_candidate: Option<usize>,
    /// A check could be made, and the answer was no.
    pub(crate) any_answer: bool,
}

/// The signers of a chunk in row order, and the certificates of each layer.
pub(super) struct Resolved<'f> {
    pub(super) signers: Vec<Signer<'f>>,
    pub(super) certificates: Vec<Arc<CertificateSet>>,
}

/// One signer per SignerInfo and countersignature of the chunk.
pub(super) fn resolve<'f>(found: &'f Found<'_>, context: &Context<'_>) -> Resolved<'f> {
    let sets = context.caches.certificates.intern(found);
    let mut order: Vec<(MessageId, LayerId)> =
        (0..).zip(&found.layers).map(|(id, layer)| (layer.message, id)).collect();
    order.sort_unstable();
    let mut signers = Vec::with_capacity(order.len());
    for (_, id) in order {
        if let (Some(layer), Some(set)) = (found.layer(id), sets.get(id as usize)) {
            resolve_layer(&mut signers, id, layer, set, context);
        }
    }
    Resolved { signers, certificates: sets }
}

fn resolve_layer<'f>(
    signers: &mut Vec<Signer<'f>>,
    id: LayerId,
    layer: &'f Layer<'_>,
    set: &Arc<CertificateSet>,
    context: &Context<'_>,
) {
    match &layer.object {
        Object::Signed(signed) => {
            let content = content_of(layer);
            for (index, info) in (0..).zip(&signed.signer_infos) {
                let mut signer = Signer::new(layer, id, index, set);
                match info {
                    Ok(info) => {
                        signer.content = content;
                        fill(&mut signer, info, Some(signed.content_type), context);
                    }
                    Err(error) => signer.result = Some(unreadable(error)),
                }
                signers.push(signer);
                if let Ok(info) = info {
                    resolve_countersignatures(signers, id, layer, (index, info), set, context);
                }
            }
        }
        // A broken signature is still a signature (a row); a broken envelope is not.
        Object::Malformed if layer.path.ends_with("signed") => {
            let mut signer = Signer::new(layer, id, 0, set);
            signer.result = Some(CryptoResult::Malformed);
            signers.push(signer);
        }
        Object::Limited if layer.path.ends_with("signed") => {
            let mut signer = Signer::new(layer, id, 0, set);
            signer.result = Some(CryptoResult::Limit);
            signers.push(signer);
        }
        _ => {}
    }
}

impl<'f> Signer<'f> {
    fn new(layer: &Layer<'_>, id: LayerId, index: u32, set: &Arc<CertificateSet>) -> Self {
        let detached = matches!(layer.source, Source::Detached { .. });
        Self {
            message: layer.message,
            layer: id,
            index,
            format: if detached { SignatureFormat::Detached } else { SignatureFormat::Opaque },
            info: None,
            content: None,
            digest: None,
            attributes: None,
            signature: Cow::Borrowed(&[]),
            candidates: Vec::new(),
            candidates_cut: false,
            keyless_certificate: None,
            certificates: Arc::clone(set),
            ess: EssCertificateId::Absent,
            protection: AlgorithmProtection::Absent,
            quirks: layer.quirks,
            flags: layer.flags,
            tried: Tried::default(),
            repair: Repairing::default(),
            out_of_work: false,
            result: None,
        }
    }

    /// The candidate that verified, else the first that would have been tried.
    pub(crate) fn candidate(&self) -> Option<&Candidate> {
        self.candidates.get(self.tried.matched_candidate.unwrap_or(0))
    }

    /// Whether there is something left to try.
    pub(super) fn is_open(&self) -> bool {
        self.result.is_none()
    }

    /// The digest of the content that is to be made in this turn.
    pub(super) fn content_digest(&self) -> Option<digest::Algorithm> {
        match (&self.attributes, self.tried.matched_form) {
            (Some(_), None) => self.digest,
            (Some(_), Some(_)) => None,
            // RFC 5652 §5.4: without attributes the signature is over this digest (RULES 9: by its own hash).
            (None, _) => self.untried_candidate()?.scheme.ok()?.digest,
        }
    }

    /// The signed attributes as they are to be hashed in this turn.
    pub(super) fn attribute_pieces(&self) -> Option<[&[u8]; 2]> {
        self.untried_candidate()?;
        self.attributes.as_ref().map(AttributeFacts::pieces)
    }

    /// The digest of the signed attributes that is to be made in this turn.
    pub(super) fn attribute_digest(&self) -> Option<digest::Algorithm> {
        self.untried_candidate()?.scheme.ok()?.digest
    }

    /// The candidate to try in this turn.
    pub(super) fn untried_candidate(&self) -> Option<&Candidate> {
        match self.tried.matched_candidate {
            Some(_) => None,
            None => self.candidates.get(self.tried.candidate),
        }
    }

    /// Whether what is to be tried takes the content's octets and not its digest (RULES 13).
    pub(super) fn takes_content_octets(&self) -> bool {
        self.attributes.is_none() && self.takes_octets()
    }

    /// Whether the scheme to be tried takes octets and not their digest (RULES 13).
    pub(super) fn takes_octets(&self) -> bool {
        let scheme = self.untried_candidate().and_then(|candidate| candidate.scheme.ok());
        scheme.is_some_and(|scheme| scheme.digest.is_none())
    }

    /// Where the signer's certificate was found.
    pub(crate) fn certificate_source(&self) -> Option<CertificateSource> {
        let keyless = self.keyless_certificate.as_ref().map(|(_, source)| *source);
        self.candidate().map(|candidate| candidate.source).or(keyless)
    }

    /// Whether the content was compared with messageDigest at all.
    pub(crate) fn form_was_compared(&self) -> bool {
        self.tried.matched_form.is_some() || self.tried.form > 0
    }

    /// Whether the signature value was verified with any key.
    pub(crate) fn signature_was_checked(&self) -> bool {
        self.tried.matched_candidate.is_some() || self.tried.any_answer
    }

    /// The signer's claim of the time of signing.
    pub(super) fn signing_time_unix_s(&self) -> Option<i64> {
        self.attributes.as_ref()?.signing_time_unix_s
    }

    /// The content and the form that held; the first form when none did (OUTPUT.md, `signed_bytes_sha256`).
    pub(super) fn content_to_tell(&self) -> Option<(Octets<'f>, Canonicalization)> {
        let content = self.content?;
        Some((content.octets, *content.forms.get(self.tried.matched_form.unwrap_or(0))?))
    }

    /// The form whose digest is to be made next, or has matched.
    pub(super) fn form(&self) -> Option<Canonicalization> {
        let forms = self.content?.forms;
        forms.get(self.tried.matched_form.unwrap_or(self.tried.form)).copied()
    }
}

/// RFC 5652 §11.4: a countersignature signs the value octets of the signature that carries it.
fn resolve_countersignatures<'f>(
    signers: &mut Vec<Signer<'f>>,
    id: LayerId,
    layer: &'f Layer<'_>,
    over: (u32, &'f SignerInfo<'_>),
    set: &Arc<CertificateSet>,
    context: &Context<'_>,
) {
    let of_this = layer.countersignatures.iter().filter(|(index, _)| *index == over.0);
    for (index, (_, info)) in (0..).zip(of_this) {
        let mut signer = Signer::new(layer, id, index, set);
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
    let found = find_candidates(info, signer.digest, &signer.certificates, context);
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
    signer.candidates.iter().any(|found| found.certificate.addresses.iter().any(is_authority))
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
