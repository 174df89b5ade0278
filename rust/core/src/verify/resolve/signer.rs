//! Signer: a SignerInfo, what is known about it, and which of its alternatives is tried next.

use std::borrow::Cow;
use std::sync::Arc;

use smimebatch_crypto::digest;

use crate::cms::quirk::Quirk;
use crate::cms::signer_info::SignerInfo;
use crate::codes::CodeSet;
use crate::trust::revocation::RevocationSet;
use crate::verdict::facts::{AlgorithmProtection, CryptoResult, EssCertificateId};
use crate::verdict::flag::MessageFlag;
use crate::verdict::message::SignatureFormat;
use crate::x509::certificate::Certificate;

use super::super::attributes::AttributeFacts;
use super::super::candidates::{Candidate, Candidates};
use super::super::certificates::CertificateSet;
use super::super::found::{Layer, LayerId, MessageId, Source};
use super::super::outline::Octets;
use super::super::repair::Repairing;
use super::super::vocabulary::{Canonicalization, CertificateSource};

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
    pub(crate) candidates: Candidates,
    /// There are more candidates than are tried.
    pub(crate) candidates_cut: bool,
    /// The certificate of the identifier, when its key cannot be used.
    pub(crate) keyless_certificate: Option<(Arc<Certificate>, CertificateSource)>,
    /// The certificates that came with the layer.
    pub(crate) certificates: Arc<CertificateSet>,
    /// The certificate lists and OCSP responses that came with the layer.
    pub(crate) revocation: Arc<RevocationSet>,
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

/// What came with a layer and may serve its signers.
#[derive(Clone, Copy)]
pub(in crate::verify) struct Brought<'b> {
    pub(in crate::verify) certificates: &'b Arc<CertificateSet>,
    pub(in crate::verify) revocation: &'b Arc<RevocationSet>,
}

impl Brought<'_> {
    /// What both brought.
    pub(super) fn joined(self, other: Self) -> (Arc<CertificateSet>, Arc<RevocationSet>) {
        (self.certificates.joined(other.certificates), self.revocation.joined(other.revocation))
    }
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

impl<'f> Signer<'f> {
    pub(in crate::verify) fn new(
        layer: &Layer<'_>,
        id: LayerId,
        index: u32,
        brought: Brought<'_>,
    ) -> Self {
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
            candidates: Candidates::new(),
            candidates_cut: false,
            keyless_certificate: None,
            certificates: Arc::clone(brought.certificates),
            revocation: Arc::clone(brought.revocation),
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

    /// The certificate that its row shows, though it may have no usable key.
    pub(crate) fn certificate(&self) -> Option<&Arc<Certificate>> {
        let keyless = self.keyless_certificate.as_ref().map(|(certificate, _)| certificate);
        self.candidate().map(|candidate| &candidate.certificate).or(keyless)
    }

    /// Whether there is something left to try.
    pub(in crate::verify) fn is_open(&self) -> bool {
        self.result.is_none()
    }

    /// The digest of the content that is to be made in this turn.
    pub(in crate::verify) fn content_digest(&self) -> Option<digest::Algorithm> {
        match (&self.attributes, self.tried.matched_form) {
            (Some(_), None) => self.digest,
            (Some(_), Some(_)) => None,
            // RFC 5652 §5.4: without attributes the signature is over this digest (RULES 9: by its own hash).
            (None, _) => self.untried_candidate()?.scheme.ok()?.digest,
        }
    }

    /// The signed attributes as they are to be hashed in this turn.
    pub(in crate::verify) fn attribute_pieces(&self) -> Option<[&[u8]; 2]> {
        self.untried_candidate()?;
        self.attributes.as_ref().map(AttributeFacts::pieces)
    }

    /// The digest of the signed attributes that is to be made in this turn.
    pub(in crate::verify) fn attribute_digest(&self) -> Option<digest::Algorithm> {
        self.untried_candidate()?.scheme.ok()?.digest
    }

    /// The candidate to try in this turn.
    pub(in crate::verify) fn untried_candidate(&self) -> Option<&Candidate> {
        match self.tried.matched_candidate {
            Some(_) => None,
            None => self.candidates.get(self.tried.candidate),
        }
    }

    /// Whether what is to be tried takes the content's octets and not its digest (RULES 13).
    pub(in crate::verify) fn takes_content_octets(&self) -> bool {
        self.attributes.is_none() && self.takes_octets()
    }

    /// Whether the scheme to be tried takes octets and not their digest (RULES 13).
    pub(in crate::verify) fn takes_octets(&self) -> bool {
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
    pub(in crate::verify) fn signing_time_unix_s(&self) -> Option<i64> {
        self.attributes.as_ref()?.signing_time_unix_s
    }

    /// The content and the form that held; the first form when none did (OUTPUT.md, `signed_bytes_sha256`).
    pub(in crate::verify) fn content_to_tell(&self) -> Option<(Octets<'f>, Canonicalization)> {
        let content = self.content?;
        Some((content.octets, *content.forms.get(self.tried.matched_form.unwrap_or(0))?))
    }

    /// The form whose digest is to be made next, or has matched.
    pub(in crate::verify) fn form(&self) -> Option<Canonicalization> {
        let forms = self.content?.forms;
        forms.get(self.tried.matched_form.unwrap_or(self.tried.form)).copied()
    }
}
