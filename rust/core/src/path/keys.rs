//! The key a certificate verifies with: its own, or one completed with its issuer's DSA parameters.
//!
//! RFC 3279 §2.3.2: a DSA key without parameters inherits those of its issuer. Which issuer that is a path decides, so
//! a key comes with the parameters it was completed with, and a path counts only if its issuers have just these:
//! whoever could choose other parameters could know the private key to any public value.

use super::budget::{Budget, Exceeded};
use super::issuers::Issuers;
use crate::trust::TrustStore;
use crate::x509::certificate::Certificate;
use crate::x509::public_key::{DsaParameters, SubjectKey};
use smallvec::{SmallVec, smallvec};
use smimebatch_crypto::signature::PublicKey;
use std::sync::Arc;

/// A key to verify with.
#[derive(Clone)]
pub struct EffectiveKey {
    /// The key.
    pub key: PublicKey,
    /// The parameters it was completed with, when the certificate has none of its own.
    pub inherited: Option<DsaParameters>,
}

/// As [`EffectiveKey`], borrowed; and what a certificate's key is when there is none.
pub(super) enum Keys<'a> {
    /// The certificate's own key and, for DSA, its parameters.
    Own(&'a PublicKey, Option<&'a DsaParameters>),
    /// One key for each set of parameters that may be inherited.
    Inherited(Vec<(PublicKey, &'a DsaParameters)>),
    /// An algorithm this program does not have.
    Unsupported,
    /// Not a key.
    Malformed,
}

/// The keys of `certificate`, which came from the same places as `issuers`.
pub(super) fn effective_keys<'a>(
    certificate: &'a Certificate,
    issuers: &Issuers<'a>,
    budget: &mut Budget,
) -> Result<Keys<'a>, Exceeded> {
    Ok(match &certificate.key {
        SubjectKey::Ready(key) => Keys::Own(key, certificate.dsa_parameters.as_ref()),
        SubjectKey::Unsupported => Keys::Unsupported,
        SubjectKey::Malformed => Keys::Malformed,
        SubjectKey::DsaInherits(y) => {
            let parameters = inheritable_parameters(certificate, issuers, budget)?;
            let keys = parameters.into_iter();
            Keys::Inherited(keys.filter_map(|it| Some((it.key(y).ok()?, it))).collect())
        }
    })
}

/// The different parameters of everyone who may be, by name, the issuer, or the issuer's issuer if that inherits too.
///
/// Breadth first, each certificate once, in candidate order; bounded by the name comparisons and, since completing
/// a key costs as much as using it, one signature check for each set of parameters.
pub(super) fn inheritable_parameters<'a>(
    certificate: &Certificate,
    issuers: &Issuers<'a>,
    budget: &mut Budget,
) -> Result<Vec<&'a DsaParameters>, Exceeded> {
    let mut found: Vec<&DsaParameters> = Vec::new();
    let mut seen = vec![certificate.sha256];
    let mut waiting = issuers.candidates(certificate, budget)?;
    let mut next = 0;
    while let Some(candidate) = waiting.get(next).copied() {
        next += 1;
        let issuer: &'a Arc<Certificate> = candidate.certificate;
        if seen.contains(&issuer.sha256) {
            continue;
        }
        seen.push(issuer.sha256);
        match (&issuer.key, &issuer.dsa_parameters) {
            (_, Some(parameters)) if !found.contains(&parameters) => {
                budget.spend_signature_checks(1)?;
                found.push(parameters);
            }
            (SubjectKey::DsaInherits(_), None) => {
                waiting.extend(issuers.candidates(issuer, budget)?);
            }
            _ => {}
        }
    }
    Ok(found)
}

/// The keys a signature of `certificate` may verify with: its own, or for an inheriting DSA key one for each set of
/// parameters its possible issuers offer. Empty when there is none.
#[must_use]
pub fn keys_of(
    certificate: &Certificate,
    message_certificates: &[Arc<Certificate>],
    trust: &TrustStore,
) -> SmallVec<[EffectiveKey; 1]> {
    if let SubjectKey::Ready(key) = &certificate.key {
        return smallvec![EffectiveKey { key: key.clone(), inherited: None }];
    }
    let issuers = Issuers::new(message_certificates, trust);
    match effective_keys(certificate, &issuers, &mut Budget::whole()) {
        Ok(Keys::Own(key, _)) => smallvec![EffectiveKey { key: key.clone(), inherited: None }],
        Ok(Keys::Inherited(keys)) => keys
            .into_iter()
            .map(|(key, inherited)| EffectiveKey { key, inherited: Some(inherited.clone()) })
            .collect(),
        Ok(Keys::Unsupported | Keys::Malformed) | Err(Exceeded) => SmallVec::new(),
    }
}
