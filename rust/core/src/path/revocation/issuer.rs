//! Who may sign a list or response about a certificate, and whether he did.
//!
//! Lists (RFC 5280 §6.3.3 (f), (g)): the certificate's issuer with the key it was issued with, another certificate of the
//! path, or anybody of the list's issuer name who has a path of his own to the same anchor (against a certificate: to any
//! to which its issuer leads); each only with cRLSign, where
//! key usage is said. Responses (RFC 6960 §4.2.2.2): the issuer itself, or whom it certified for just that, with a certificate
//! in the response or among those at hand.

use std::sync::Arc;

use super::super::Interval;
use super::super::budget::{Budget, Exceeded};
use super::super::build::Search;
use super::super::cache::SignatureCache;
use super::super::strength::{Ingredient, ingredients_of_chain};
use super::claims::Source;
use super::{Surroundings, Use};
use crate::trust::TrustStore;
use crate::verdict::facts::RevocationState;
use crate::x509::certificate::{Certificate, CertificateSignature, KeyUsage};
use crate::x509::crl::CertificateList;
use crate::x509::ocsp::{BasicResponse, is_for_responses};
use crate::x509::public_key::{DsaParameters, SubjectKey};
use crate::x509::signed::SignedObject;
use smimebatch_crypto::signature::PublicKey;

/// Uses of a key that permit signing responses.
const SIGNING: KeyUsage = KeyUsage::DIGITAL_SIGNATURE.or(KeyUsage::NON_REPUDIATION);

/// The algorithms of a signer, and of those who vouch for him, that are not of the path.
#[derive(Default)]
pub(super) struct Authority {
    pub(super) algorithms: Vec<Ingredient>,
    /// What cleared the signer himself, each with when what it stands in was made.
    pub(super) cleared: Vec<(Ingredient, i64)>,
}

impl Authority {
    fn of(algorithms: impl IntoIterator<Item = Ingredient>) -> Self {
        Self { algorithms: algorithms.into_iter().collect(), cleared: Vec::new() }
    }
}

impl<'a> Surroundings<'_, 'a> {
    /// Whether the signature of `source` holds and its signer might make it at `at_unix_s`, for a certificate issued by
    /// the first of `above`, and what this rests on beside the path; with the times around it in which that is the same.
    pub(super) fn authority(
        &self,
        source: Source<'a>,
        above: &[Arc<Certificate>],
        at_unix_s: i64,
        word: Use,
        budget: &mut Budget,
    ) -> Result<(Option<Authority>, Interval), Exceeded> {
        match source {
            Source::List(list) => self.list_authority(list, above, at_unix_s, word, budget),
            Source::Response(response) => {
                self.response_authority(response, above, at_unix_s, word, budget)
            }
        }
    }

    fn list_authority(
        &self,
        list: &CertificateList,
        above: &[Arc<Certificate>],
        at_unix_s: i64,
        word: Use,
        budget: &mut Budget,
    ) -> Result<(Option<Authority>, Interval), Exceeded> {
        let (mut interval, mut anchors) = (Interval::ALWAYS, None);
        for (position, certificate) in above.iter().enumerate() {
            if certificate.subject == list.issuer
                && may_sign_lists(certificate)
                && self.has_signed(above.get(position..), &list.signed, budget)?
            {
                return Ok((Some(Authority::of(Ingredient::key_of(certificate))), interval));
            }
        }
        for certificate in self.issuers.named(&list.issuer, budget)? {
            let is_above = above.iter().any(|known| known.sha256 == certificate.sha256);
            if is_above || !may_sign_lists(certificate) {
                continue;
            }
            let alone = [Arc::clone(certificate)];
            if !self.has_signed(Some(&alone), &list.signed, budget)? {
                continue;
            }
            if self.inquiry.is_too_deep() && word == Use::For {
                continue;
            }
            let anchors = match &anchors {
                Some(anchors) => anchors,
                None => anchors.insert(self.anchors_of_issuer(above, at_unix_s, word, budget)?),
            };
            for anchor in anchors {
                let (path, holds) =
                    Search::path_to_anchor(self, budget, certificate, *anchor, at_unix_s, word)?;
                interval.intersect(holds);
                if let Some((path, statuses)) = path {
                    let of_path = ingredients_of_chain(&path, true).map(|(_, it)| it);
                    let authority = Ingredient::key_of(certificate).into_iter().chain(of_path);
                    let elements = statuses.elements.into_iter();
                    let cleared = elements.flat_map(|it| it.backing.decisive()).collect();
                    return Ok((Some(Authority { cleared, ..Authority::of(authority) }), interval));
                }
            }
        }
        Ok((None, interval))
    }

    /// The anchors to which whoever signs lists for the issuer must lead (RFC 5280 §6.3.3 (f)): that of the path. A CA may be
    /// certified by others too, and whoever writes a mail chooses by which one it comes: against a certificate the lists of
    /// all of them count.
    fn anchors_of_issuer(
        &self,
        above: &[Arc<Certificate>],
        at_unix_s: i64,
        word: Use,
        budget: &mut Budget,
    ) -> Result<Vec<[u8; 32]>, Exceeded> {
        let mut anchors = vec![self.anchor];
        let Some(issuer) = above.first().filter(|_| word == Use::Against) else {
            return Ok(anchors);
        };
        let sets = [self.inquiry.brought, self.inquiry.store];
        for twin in self.issuers.of_key(issuer, sets, budget)? {
            if twin.subject != issuer.subject {
                continue;
            }
            let (path, _) = Search::path_of_issuers(self, budget, (twin, None), at_unix_s, word)?;
            let anchor = path.and_then(|(chain, _)| Some(chain.last()?.sha256));
            anchors.extend(anchor.filter(|it| !anchors.contains(it)));
        }
        Ok(anchors)
    }

    fn response_authority(
        &self,
        response: &'a BasicResponse,
        above: &[Arc<Certificate>],
        at_unix_s: i64,
        word: Use,
        budget: &mut Budget,
    ) -> Result<(Option<Authority>, Interval), Exceeded> {
        let mut interval = Interval::ALWAYS;
        let Some(issuer) = above.first() else {
            return Ok((None, interval));
        };
        let id = &response.responder;
        if id.is(issuer) && self.has_signed(Some(above), &response.signed, budget)? {
            return Ok((Some(Authority::of(Ingredient::key_of(issuer))), interval));
        }
        let enclosed = &response.certificates;
        for delegate in enclosed.iter().chain(self.issuers.responders(id, enclosed, budget)?) {
            if !id.is(delegate)
                || !may_sign_responses(delegate, issuer)
                || !self.has_issued(above, delegate, budget)?
            {
                continue;
            }
            let alone = [Arc::clone(delegate)];
            if !self.has_signed(Some(&alone), &response.signed, budget)? {
                continue;
            }
            interval.narrow(delegate, at_unix_s);
            if at_unix_s < delegate.not_before_unix_s || at_unix_s > delegate.not_after_unix_s {
                continue;
            }
            let entitled =
                self.is_entitled(delegate, above, at_unix_s, word, budget, &mut interval)?;
            if let Some(cleared) = entitled {
                let signature = delegate.signature_algorithm().ok();
                let signature = signature.and_then(|it| Ingredient::digest_of(&it));
                let keys = [delegate, issuer].into_iter().filter_map(|it| Ingredient::key_of(it));
                let authority = Authority::of(signature.into_iter().chain(keys));
                return Ok((Some(Authority { cleared, ..authority }), interval));
            }
        }
        Ok((None, interval))
    }

    /// Whether nothing is known against a delegate that his word could suffer from. For one that is not to be checked
    /// (RFC 6960 §4.2.2.2.1) only that somebody else had his key. If so, the algorithms that his being cleared rests on.
    fn is_entitled(
        &self,
        delegate: &Certificate,
        above: &[Arc<Certificate>],
        at_unix_s: i64,
        word: Use,
        budget: &mut Budget,
        interval: &mut Interval,
    ) -> Result<Option<Vec<(Ingredient, i64)>>, Exceeded> {
        let is_unchecked = delegate.revocation.ocsp_no_check;
        // Of one too deep to be asked about nothing is known, which is enough for what refuses alone.
        if self.inquiry.is_too_deep() || (is_unchecked && word == Use::Against) {
            return Ok((word == Use::Against).then(Vec::new));
        }
        let deeper = Surroundings { inquiry: self.inquiry.about_an_issuer(word), ..*self };
        let status = deeper.judge(delegate, above, at_unix_s, budget, interval)?;
        let is_revoked = matches!(
            status.state,
            RevocationState::OnHold | RevocationState::Revoked | RevocationState::RevokedCa
        );
        let is_believed = if is_unchecked { status.keeps_worth() } else { !is_revoked };
        Ok(is_believed.then(|| status.backing.decisive()))
    }

    /// Whether the first of `chain` signed `object`.
    fn has_signed(
        &self,
        chain: Option<&[Arc<Certificate>]>,
        object: &SignedObject,
        budget: &mut Budget,
    ) -> Result<bool, Exceeded> {
        let chain = chain.unwrap_or_default();
        let (Some(signer), Some((key, inherited))) = (chain.first(), key_of(chain)) else {
            return Ok(false);
        };
        budget.spend_signature_check(&key)?;
        let answer = self.signatures.check_object(object, signer, &key, inherited);
        Ok(answer == CertificateSignature::Valid)
    }

    /// Whether the first of `chain` issued `certificate`.
    pub(super) fn has_issued(
        &self,
        chain: &[Arc<Certificate>],
        certificate: &Certificate,
        budget: &mut Budget,
    ) -> Result<bool, Exceeded> {
        let (Some(issuer), Some((key, inherited))) = (chain.first(), key_of(chain)) else {
            return Ok(false);
        };
        budget.spend_signature_check(&key)?;
        let answer = self.signatures.check(certificate, issuer, &key, inherited);
        Ok(answer == CertificateSignature::Valid)
    }
}

/// Whether any of some certificates has the name of a list's issuer and verifies the list; whether it may is another question.
pub(crate) fn is_list_verified(
    list: &CertificateList,
    certificates: &TrustStore,
    signatures: &SignatureCache,
) -> bool {
    let like = certificates.with_subject_like(&list.issuer).iter().map(|it| &it.certificate);
    let mut named = like.filter(|it| it.subject == list.issuer);
    named.any(|issuer| {
        let SubjectKey::Ready(key) = &issuer.key else { return false };
        let answer = signatures.check_object(&list.signed, issuer, key, None);
        answer == CertificateSignature::Valid
    })
}

/// The key of the first of `chain`; one that inherits DSA parameters has those of the next that has any (RFC 3279 §2.3.2).
fn key_of(chain: &[Arc<Certificate>]) -> Option<(PublicKey, Option<&DsaParameters>)> {
    match &chain.first()?.key {
        SubjectKey::Ready(key) => Some((key.clone(), None)),
        SubjectKey::DsaInherits(y) => {
            let parameters = chain.iter().find_map(|it| it.dsa_parameters.as_ref())?;
            Some((parameters.key(y).ok()?, Some(parameters)))
        }
        SubjectKey::Unsupported | SubjectKey::Malformed => None,
    }
}

/// RFC 5280 §6.3.3 (f): cRLSign, where key usage is said.
fn may_sign_lists(certificate: &Certificate) -> bool {
    certificate.key_usage.is_none_or(|usage| usage.allows_any_of(KeyUsage::CRL_SIGN))
}

/// RFC 6960 §4.2.2.2: issued directly by the CA in question, with id-kp-OCSPSigning, which nothing stands for.
fn may_sign_responses(delegate: &Certificate, issuer: &Certificate) -> bool {
    delegate.issuer == issuer.subject
        && is_for_responses(delegate)
        && delegate.key_usage.is_none_or(|usage| usage.allows_any_of(SIGNING))
        && delegate.defects.is_empty()
        && delegate.unprocessed_critical.is_empty()
}
