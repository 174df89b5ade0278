//! Candidates: a signer identifier → the certificates and keys that may belong to it, in a fixed order.
//!
//! RULES 16: the certificate is the one the identifier names, never the first. Where several fit, a signing-certificate
//! attribute decides (RFC 5035, RULES 6); without it the keys are tried in order of the certificates' SHA-256. An
//! address never decides.

use std::sync::Arc;

use smallvec::SmallVec;
use smimebatch_crypto::digest::{self, Algorithm};
use smimebatch_crypto::signature::PublicKey;

use crate::cms::algorithms::{
    AlgorithmIdentifier, AlgorithmQuirk, SchemeError, SignatureScheme, SignerKey, digest_algorithm,
    signature_scheme,
};
use crate::cms::ess::EssCertificateId as CertificateId;
use crate::cms::quirk::Quirk;
use crate::cms::signed_attributes::SignedAttributes;
use crate::cms::signer_info::{SignerIdentifier, SignerInfo};
use crate::codes::CodeSet;
use crate::limits;
use crate::path::{EffectiveKey, keys_of};
use crate::trust::TrustStore;
use crate::verdict::facts::{CryptoResult, EssCertificateId};
use crate::x509::certificate::{Certificate, CertificateQuirk};
use crate::x509::name;
use crate::x509::public_key::{DsaParameters, SubjectKey};

use super::certificates::CertificateSet;
use super::vocabulary::CertificateSource;

/// A certificate that fits the signer identifier, with one key to try.
#[derive(Clone)]
pub(crate) struct Candidate {
    pub(crate) certificate: Arc<Certificate>,
    pub(crate) source: CertificateSource,
    pub(crate) key: PublicKey,
    /// Parameters the key took over from its issuer.
    pub(crate) inherited: Option<DsaParameters>,
    /// How a signature by this key is to be checked.
    pub(crate) scheme: Result<SignatureScheme, SchemeError>,
    pub(crate) quirks: CodeSet<Quirk>,
}

/// The candidates of a signer, nearly always one.
pub(crate) type Candidates = SmallVec<[Candidate; 1]>;

/// What was found for a signer identifier.
pub(super) struct FoundCandidates {
    pub(super) candidates: Candidates,
    /// There are more than are tried.
    pub(super) cut: bool,
    pub(super) ess: EssCertificateId,
    pub(super) quirks: CodeSet<Quirk>,
    /// The first certificate that fits, when none of them has a usable key.
    pub(super) keyless: Option<(Arc<Certificate>, CertificateSource)>,
    /// Several certificates fit, and nothing signed says which.
    pub(super) ambiguous: bool,
    /// What to say when there are no candidates.
    pub(super) why_none: CryptoResult,
}

/// Everything that fits the identifier of `info`, among the message's certificates, and in the `store` it is judged by: the
/// message's may be anybody's, made to stand in the way.
pub(super) fn find_candidates(
    info: &SignerInfo<'_>,
    digest: Option<Algorithm>,
    set: &CertificateSet,
    store: &TrustStore,
) -> FoundCandidates {
    let mut fitting = fitting_certificates(info, set, store);
    let (ess, quirks) = match &info.signed_attributes {
        Some(attributes) => restrict_by_ess(&mut fitting, attributes),
        None => (EssCertificateId::Absent, CodeSet::EMPTY),
    };
    let ambiguous = fitting.len() > 1 && ess == EssCertificateId::Absent;
    let why_none = match fitting.first() {
        None => CryptoResult::SignerCertificateMissing,
        Some((certificate, _)) if matches!(certificate.key, SubjectKey::Malformed) => {
            CryptoResult::Malformed
        }
        Some(_) => CryptoResult::UnsupportedAlgorithm,
    };
    let mut candidates: Candidates = fitting
        .iter()
        .take(limits::KEYS_PER_SIGNER)
        .flat_map(|(certificate, source)| {
            keys_of(certificate, &set.certificates, store)
                .into_iter()
                .map(|key| candidate(info, digest, certificate, *source, key))
        })
        .collect();
    let cut = fitting.len().max(candidates.len()) > limits::KEYS_PER_SIGNER;
    candidates.truncate(limits::KEYS_PER_SIGNER);
    let keyless = fitting.into_iter().next().filter(|_| candidates.is_empty());
    FoundCandidates { candidates, cut, ess, quirks, keyless, ambiguous, why_none }
}

type Fitting = SmallVec<[(Arc<Certificate>, CertificateSource); 1]>;

fn fitting_certificates(
    info: &SignerInfo<'_>,
    set: &CertificateSet,
    store: &TrustStore,
) -> Fitting {
    let mut fitting: Fitting = match &info.sid {
        SignerIdentifier::IssuerAndSerial(named) => {
            let issuer = LazyName::new(named.issuer);
            set.certificates
                .iter()
                .filter(|certificate| {
                    certificate.has_serial(named.serial) && issuer.is_issuer_of(certificate)
                })
                .map(|certificate| (Arc::clone(certificate), CertificateSource::Message))
                .collect()
        }
        SignerIdentifier::SubjectKeyIdentifier(identifier) => set
            .certificates
            .iter()
            .filter(|certificate| {
                certificate.subject_key_identifier.as_deref() == Some(&**identifier)
            })
            .map(|certificate| (Arc::clone(certificate), CertificateSource::Message))
            .collect(),
    };
    let in_store = match &info.sid {
        SignerIdentifier::IssuerAndSerial(named) => {
            let issuer = LazyName::new(named.issuer);
            let mut found = store.with_serial(named.serial);
            found.retain(|certificate| issuer.is_issuer_of(certificate));
            found
        }
        SignerIdentifier::SubjectKeyIdentifier(identifier) => store.with_key_identifier(identifier),
    };
    for certificate in in_store {
        if fitting.iter().all(|(it, _)| it.sha256 != certificate.sha256) {
            fitting.push((certificate, CertificateSource::Store));
        }
    }
    fitting
}

/// A name from a signer identifier, brought to its comparison form only when the bytes differ (RULES 17).
struct LazyName<'a> {
    raw: &'a [u8],
    normalized: std::cell::OnceCell<Option<Box<[u8]>>>,
}

impl<'a> LazyName<'a> {
    fn new(raw: &'a [u8]) -> Self {
        Self { raw, normalized: std::cell::OnceCell::new() }
    }

    fn is_issuer_of(&self, certificate: &Certificate) -> bool {
        if certificate.issuer_der() == self.raw {
            return true;
        }
        let normalized = self.normalized.get_or_init(|| name::normalize(self.raw).ok());
        normalized
            .as_deref()
            .is_some_and(|normalized| *certificate.issuer.normalized == *normalized)
    }
}

/// RULES 6: the first identifier names the signer's certificate; both versions present, both must match.
fn restrict_by_ess(
    fitting: &mut Fitting,
    attributes: &SignedAttributes<'_>,
) -> (EssCertificateId, CodeSet<Quirk>) {
    let mut quirks = CodeSet::EMPTY;
    let mut status = EssCertificateId::Absent;
    for (ids, default_hash, matched) in [
        (attributes.signing_certificate(), Algorithm::Sha1, EssCertificateId::MatchV1),
        (attributes.signing_certificate_v2(), Algorithm::Sha256, EssCertificateId::MatchV2),
    ] {
        let first = match &ids {
            Ok(None) => continue,
            Ok(Some(ids)) => ids.first(),
            Err(_) => None,
        };
        let named: Fitting = fitting
            .iter()
            .filter(|(certificate, _)| first.is_some_and(|id| names(id, certificate, default_hash)))
            .cloned()
            .collect();
        if named.is_empty() {
            return (EssCertificateId::Mismatch, quirks);
        }
        if first.is_some_and(|id| {
            named.iter().any(|(certificate, _)| !is_issuer_serial_of(id, certificate))
        }) {
            quirks.insert(Quirk::IssuerSerialMismatch);
        }
        *fitting = named;
        status = matched;
    }
    (status, quirks)
}

/// RULES 6: identifiers behind the first restrict the path: every certificate between the signer's and the anchor
/// must then be among them.
pub(super) fn permits_chain(
    attributes: &SignedAttributes<'_>,
    between: &[Arc<Certificate>],
) -> bool {
    [
        (attributes.signing_certificate(), Algorithm::Sha1),
        (attributes.signing_certificate_v2(), Algorithm::Sha256),
    ]
    .into_iter()
    .filter_map(|(ids, default_hash)| Some((ids.ok()??, default_hash)))
    .filter(|(ids, _)| ids.len() > 1)
    .all(|(ids, default_hash)| {
        let listed = |certificate| ids.iter().any(|id| names(id, certificate, default_hash));
        between.iter().all(|certificate| listed(certificate))
    })
}

fn names(id: &CertificateId<'_>, certificate: &Certificate, default_hash: Algorithm) -> bool {
    let algorithm = match &id.hash_algorithm {
        None => Some(default_hash),
        Some(AlgorithmIdentifier { oid, .. }) => digest_algorithm(*oid),
    };
    match algorithm {
        Some(Algorithm::Sha256) => *id.hash == certificate.sha256,
        Some(algorithm) => *id.hash == *digest::one(algorithm, &certificate.der).as_bytes(),
        None => false,
    }
}

fn is_issuer_serial_of(id: &CertificateId<'_>, certificate: &Certificate) -> bool {
    id.issuer_serial.as_ref().is_none_or(|named| {
        certificate.has_serial(named.serial)
            && named.issuer.is_none_or(|issuer| LazyName::new(issuer).is_issuer_of(certificate))
    })
}

fn candidate(
    info: &SignerInfo<'_>,
    digest: Option<Algorithm>,
    certificate: &Arc<Certificate>,
    source: CertificateSource,
    EffectiveKey { key, inherited }: EffectiveKey,
) -> Candidate {
    let signer_key = SignerKey { algorithm: key.algorithm(), rsa_use: certificate.rsa_use };
    let scheme = signature_scheme(&info.signature_algorithm, digest, signer_key);
    let mut quirks: CodeSet<Quirk> =
        scheme.iter().flat_map(|scheme| scheme.quirks.iter()).map(as_quirk).collect();
    if certificate.quirks.contains(CertificateQuirk::NegativeModulus) {
        quirks.insert(Quirk::NegativeModulus);
    }
    Candidate { certificate: Arc::clone(certificate), source, key, inherited, scheme, quirks }
}

const fn as_quirk(quirk: AlgorithmQuirk) -> Quirk {
    match quirk {
        AlgorithmQuirk::DigestDiffersFromSignature => Quirk::TwoHashesNamed,
        AlgorithmQuirk::UnexpectedParameters => Quirk::UnexpectedAlgorithmParameters,
        AlgorithmQuirk::PssParametersMissing => Quirk::PssParametersMissing,
        AlgorithmQuirk::UnusualDigest => Quirk::UnusualDigestForScheme,
    }
}
