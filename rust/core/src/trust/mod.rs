//! Trust: the anchors and helping intermediates of a run, immutable once built.
//!
//! Takes parsed certificates, gives them back by subject name, in an order that depends on their bytes alone. An anchor
//! may come with limits of the list it is from ([`anchor`]); lists of revoked certificates have their own store ([`revocation`]). Where the files came from is not known here ([`bundle`]
//! cuts their bytes into certificates, [`given`] parses lists of them).

pub mod anchor;
pub mod bundle;
mod by_key;
mod by_name;
pub mod given;
mod responders;
mod responses;
pub mod revocation;

use self::anchor::AnchorLimits;
use self::by_key::ByKey;
use self::by_name::ByName;
use self::responders::Responders;

use crate::x509::certificate::Certificate;
use crate::x509::name::Name;
use crate::x509::ocsp::ResponderId;
use hashbrown::HashMap;
use smimebatch_crypto::digest::{self, Algorithm};
use std::sync::{Arc, OnceLock};

/// A certificate of the store and its role.
#[derive(Clone)]
pub struct TrustedCertificate {
    /// The certificate.
    pub certificate: Arc<Certificate>,
    /// Anchor; otherwise an intermediate that helps building and vouches for nothing.
    pub is_anchor: bool,
}

/// Anchors and intermediates, without duplicates, sorted by their bytes' SHA-256 within each role.
pub struct TrustStore {
    anchors: Vec<Arc<Certificate>>,
    /// One for each anchor.
    limits: Vec<AnchorLimits>,
    intermediates: Vec<Arc<Certificate>>,
    /// Of all of them those that are for signing OCSP responses.
    responders: Responders,
    /// Made when first asked for: where nothing is known of any revocation it never is.
    by_key: OnceLock<ByKey>,
    by_name: ByName,
    by_subject: HashMap<u64, Vec<TrustedCertificate>, foldhash::fast::RandomState>,
    fingerprint: [u8; 32],
}

impl TrustStore {
    /// Builds the store; a certificate in both roles is an anchor.
    #[must_use]
    pub fn build(anchors: Vec<Certificate>, intermediates: Vec<Certificate>) -> Self {
        let unlimited = anchors.into_iter().map(|anchor| (anchor, AnchorLimits::NONE));
        Self::build_with_limits(unlimited.collect(), intermediates)
    }

    /// As [`TrustStore::build`], with the limits of each anchor; one that comes twice is limited by both.
    #[must_use]
    pub fn build_with_limits(
        mut anchors: Vec<(Certificate, AnchorLimits)>,
        intermediates: Vec<Certificate>,
    ) -> Self {
        anchors.sort_by_key(|(anchor, _)| anchor.sha256);
        anchors.dedup_by(|(later, its_limits), (kept, limits)| {
            let is_same = later.sha256 == kept.sha256;
            if is_same {
                *limits = limits.intersect(*its_limits);
            }
            is_same
        });
        let (anchors, limits): (Vec<_>, Vec<_>) =
            anchors.into_iter().map(|(anchor, limits)| (Arc::new(anchor), limits)).unzip();
        let intermediates = intermediates.into_iter().map(Arc::new).collect();
        Self::index(anchors, limits, intermediates)
    }

    /// The same anchors with the intermediates of another store besides its own.
    #[must_use]
    pub fn helped_by(&self, other: &Self) -> Self {
        let intermediates = self.intermediates.iter().chain(&other.intermediates).cloned();
        Self::index(self.anchors.clone(), self.limits.clone(), intermediates.collect())
    }

    /// Of sorted anchors and any intermediates.
    fn index(
        anchors: Vec<Arc<Certificate>>,
        limits: Vec<AnchorLimits>,
        mut intermediates: Vec<Arc<Certificate>>,
    ) -> Self {
        intermediates.sort_unstable_by_key(|certificate| certificate.sha256);
        intermediates.dedup_by_key(|certificate| certificate.sha256);
        intermediates.retain(|certificate| find(&anchors, &certificate.sha256).is_none());
        let by_subject = index_by_subject(&anchors, &intermediates);
        let fingerprint = fingerprint(&anchors, &limits, &intermediates);
        let responders = Responders::index(anchors.iter().chain(&intermediates));
        let by_name = ByName::index(anchors.iter().chain(&intermediates));
        let by_key = OnceLock::new();
        Self {
            anchors,
            limits,
            intermediates,
            responders,
            by_key,
            by_name,
            by_subject,
            fingerprint,
        }
    }

    /// The anchors, sorted by SHA-256.
    #[must_use]
    pub fn anchors(&self) -> &[Arc<Certificate>] {
        &self.anchors
    }

    /// The intermediates, sorted by SHA-256.
    #[must_use]
    pub fn intermediates(&self) -> &[Arc<Certificate>] {
        &self.intermediates
    }

    /// Those for signing OCSP responses that a response calls so, usually none.
    #[must_use]
    pub fn responders(&self, id: &ResponderId) -> &[Arc<Certificate>] {
        self.responders.of(id)
    }

    /// SHA-256 over everything a verdict may depend on: the sorted hashes of anchors, with their limits, and of
    /// intermediates; equal for equal sets, whatever files they came in.
    #[must_use]
    pub const fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }

    /// Whether nothing is trusted, so that every chain is `untrusted_root` (OUTPUT.md, Command line).
    #[must_use]
    pub fn is_empty_of_anchors(&self) -> bool {
        self.anchors.is_empty()
    }

    /// Whether these very bytes are an anchor.
    #[must_use]
    pub fn is_anchor(&self, certificate: &Certificate) -> bool {
        find(&self.anchors, &certificate.sha256).is_some()
    }

    /// The limits of an anchor; none for what is no anchor.
    #[must_use]
    pub fn limits_of(&self, anchor: &Certificate) -> AnchorLimits {
        let place = find(&self.anchors, &anchor.sha256);
        place.and_then(|place| self.limits.get(place)).copied().unwrap_or_default()
    }

    /// Every certificate whose serial number is `serial`: the caller compares issuers.
    #[must_use]
    pub fn with_serial(&self, serial: &[u8]) -> Vec<Arc<Certificate>> {
        self.by_name.with_serial(serial).to_vec()
    }

    /// Every certificate whose subject key identifier is `identifier`.
    #[must_use]
    pub fn with_key_identifier(&self, identifier: &[u8]) -> Vec<Arc<Certificate>> {
        self.by_name.with_identifier(identifier).to_vec()
    }

    /// Every certificate that may have the key of another, that one too: the caller compares.
    pub(crate) fn with_key_like(&self, certificate: &Certificate) -> &[Arc<Certificate>] {
        self.by_key.get_or_init(|| ByKey::index(self.all())).like(certificate)
    }

    fn all(&self) -> impl Iterator<Item = &Arc<Certificate>> {
        self.anchors.iter().chain(&self.intermediates)
    }

    /// The certificates that may bear `subject`, anchors first: names are compared by the caller, who counts that.
    #[must_use]
    pub fn with_subject_like(&self, subject: &Name) -> &[TrustedCertificate] {
        self.by_subject.get(&subject.hash).map_or(&[], Vec::as_slice)
    }
}

fn find(sorted: &[Arc<Certificate>], sha256: &[u8; 32]) -> Option<usize> {
    sorted.binary_search_by(|certificate| certificate.sha256.cmp(sha256)).ok()
}

fn index_by_subject(
    anchors: &[Arc<Certificate>],
    intermediates: &[Arc<Certificate>],
) -> HashMap<u64, Vec<TrustedCertificate>, foldhash::fast::RandomState> {
    let mut by_subject: HashMap<u64, Vec<TrustedCertificate>, _> = HashMap::default();
    for (certificates, is_anchor) in [(anchors, true), (intermediates, false)] {
        for certificate in certificates {
            let entry = TrustedCertificate { certificate: Arc::clone(certificate), is_anchor };
            by_subject.entry(certificate.subject.hash).or_default().push(entry);
        }
    }
    by_subject
}

fn fingerprint(
    anchors: &[Arc<Certificate>],
    limits: &[AnchorLimits],
    intermediates: &[Arc<Certificate>],
) -> [u8; 32] {
    let mut joined = (anchors.len() as u64).to_be_bytes().to_vec();
    for (anchor, limits) in anchors.iter().zip(limits) {
        joined.extend_from_slice(&anchor.sha256);
        joined.extend(limits.to_octets());
    }
    joined.extend(intermediates.iter().flat_map(|certificate| certificate.sha256));
    let digest = digest::one(Algorithm::Sha256, &joined);
    // SHA-256 gives 32 octets.
    digest.as_bytes().try_into().unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::x509::certificate::parse_certificate;

    fn certificates() -> Vec<Certificate> {
        let pem = include_bytes!("../../../../tests/data/path/certificates.pem");
        let ders = bundle::parse_certificates(pem).unwrap();
        ders.iter().map(|der| parse_certificate(der).unwrap()).collect()
    }

    #[test]
    fn trust_store_fingerprint_is_of_the_sets_and_the_limits() {
        let all = certificates();
        let (some, others) = all.split_at(5);
        let reversed: Vec<_> = some.iter().rev().chain(some).cloned().collect();
        let one = TrustStore::build(some.to_vec(), Vec::new());
        let other = TrustStore::build(reversed, Vec::new());
        assert_eq!(one.fingerprint(), other.fingerprint());
        assert_ne!(one.fingerprint(), TrustStore::build(all.clone(), Vec::new()).fingerprint());
        let helped = TrustStore::build(some.to_vec(), others.to_vec());
        assert_ne!(one.fingerprint(), helped.fingerprint());
        let until = AnchorLimits { trusted_until_unix_s: Some(0), ..AnchorLimits::NONE };
        let limited = some.iter().cloned().map(|anchor| (anchor, until)).collect();
        let limited = TrustStore::build_with_limits(limited, Vec::new());
        assert_ne!(one.fingerprint(), limited.fingerprint());
        assert_eq!(one.anchors().len(), 5);
        assert!(one.anchors().is_sorted_by_key(|anchor| anchor.sha256));
    }

    #[test]
    fn trust_store_certificate_in_both_roles_is_an_anchor() {
        let all = certificates();
        let store = TrustStore::build(all[..1].to_vec(), all.clone());
        assert!(store.is_anchor(&all[0]));
        assert!(!store.is_anchor(&all[1]));
        assert_eq!(store.intermediates().len(), all.len() - 1);
        let named = store.with_subject_like(&all[0].subject);
        assert!(named[0].is_anchor);
        assert_eq!(named.iter().filter(|it| it.certificate.sha256 == all[0].sha256).count(), 1);
    }

    #[test]
    fn trust_store_is_helped_by_the_intermediates_of_another_and_trusts_none_of_them() {
        let all = certificates();
        let until = AnchorLimits { trusted_until_unix_s: Some(20), ..AnchorLimits::NONE };
        let anchors = vec![(all[0].clone(), until)];
        let store = TrustStore::build_with_limits(anchors, vec![all[1].clone()]);
        let other = TrustStore::build(vec![all[2].clone()], all[..2].to_vec());
        let helped = store.helped_by(&other);
        assert_eq!(
            helped.fingerprint(),
            store.fingerprint(),
            "it had the one, and trusts the other"
        );
        assert_eq!(helped.limits_of(&all[0]), until);
        let other = TrustStore::build(vec![all[2].clone()], all[3..5].to_vec());
        let helped = store.helped_by(&other);
        assert_eq!((helped.anchors().len(), helped.intermediates().len()), (1, 3));
        assert!(
            !helped.is_anchor(&all[2]) && !helped.with_subject_like(&all[3].subject).is_empty()
        );
    }

    #[test]
    fn rule_19_trust_store_anchor_of_two_lists_is_limited_by_both() {
        let all = certificates();
        let until = AnchorLimits { trusted_until_unix_s: Some(20), ..AnchorLimits::NONE };
        let from = AnchorLimits { trusted_from_unix_s: Some(10), ..AnchorLimits::NONE };
        let twice = vec![
            (all[0].clone(), until),
            (all[1].clone(), AnchorLimits::NONE),
            (all[0].clone(), from),
            (all[0].clone(), AnchorLimits::NONE),
        ];
        let store = TrustStore::build_with_limits(twice, Vec::new());
        assert_eq!(store.anchors().len(), 2);
        let expected = AnchorLimits { trusted_from_unix_s: Some(10), ..until };
        assert_eq!(store.limits_of(&all[0]), expected);
        assert_eq!(store.limits_of(&all[1]), AnchorLimits::NONE);
        assert_eq!(store.limits_of(&all[2]), AnchorLimits::NONE, "no anchor");
    }

    #[test]
    fn trust_store_without_anchors_says_so() {
        assert!(TrustStore::build(Vec::new(), certificates()).is_empty_of_anchors());
    }
}
