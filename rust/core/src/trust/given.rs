//! Trust as a caller gives it: lists of DER → a store of what can be parsed, and what was left out and why.

use super::TrustStore;
use super::anchor::AnchorLimits;
use crate::x509::certificate::{Certificate, CertificateError, parse_certificate};

/// The list of anchors, by name.
const ANCHORS: &str = "anchors";
/// The list of intermediates, by name.
const INTERMEDIATES: &str = "intermediates";

/// A certificate that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Its list: `anchors` or `intermediates`.
    pub list: &'static str,
    /// Its position there, counted from 0.
    pub position: usize,
    /// Why.
    pub error: CertificateError,
}

impl TrustStore {
    /// Builds the store of what can be parsed, each anchor with its limits, and lists the rest.
    #[must_use]
    pub fn parse<D: AsRef<[u8]>>(
        anchors: &[(D, AnchorLimits)],
        intermediates: &[D],
    ) -> (Self, Vec<Skipped>) {
        let mut skipped = Vec::new();
        let ders = anchors.iter().map(|(der, _)| der);
        let parsed = parse_all(ANCHORS, ders, &mut skipped).into_iter();
        let limits = anchors.iter().map(|(_, limits)| *limits);
        let anchors = parsed.zip(limits).filter_map(|(anchor, limits)| Some((anchor?, limits)));
        let intermediates = parse_all(INTERMEDIATES, intermediates.iter(), &mut skipped);
        let intermediates = intermediates.into_iter().flatten().collect();
        (Self::build_with_limits(anchors.collect(), intermediates), skipped)
    }
}

/// Of each what it is parsed to; `None` in the place of one that is skipped.
fn parse_all<'d, D: AsRef<[u8]> + 'd>(
    list: &'static str,
    ders: impl Iterator<Item = &'d D>,
    skipped: &mut Vec<Skipped>,
) -> Vec<Option<Certificate>> {
    let mut skip = |position, error| skipped.push(Skipped { list, position, error });
    ders.enumerate()
        .map(|(at, der)| parse_certificate(der.as_ref()).map_err(|error| skip(at, error)).ok())
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::super::bundle::parse_certificates;
    use super::*;

    fn ders() -> Vec<Vec<u8>> {
        parse_certificates(include_bytes!("../../../../tests/data/path/certificates.pem")).unwrap()
    }

    #[test]
    fn what_cannot_be_parsed_is_listed_by_its_place_and_the_rest_is_used() {
        let ders = ders();
        let limits = AnchorLimits { trusted_until_unix_s: Some(5), ..AnchorLimits::NONE };
        let anchors = [b"no certificate", &*ders[0], b"", &*ders[1]];
        let given: Vec<(&[u8], AnchorLimits)> = anchors
            .into_iter()
            .zip([AnchorLimits::NONE, limits, limits, Default::default()])
            .collect();
        let (store, skipped) = TrustStore::parse(&given, &[&*ders[2], b"neither"]);
        let places: Vec<_> = skipped.iter().map(|one| (one.list, one.position)).collect();
        assert_eq!(places, [("anchors", 0), ("anchors", 2), ("intermediates", 1)]);
        assert_eq!((store.anchors().len(), store.intermediates().len()), (2, 1));
        let limits_of = |der: &[u8]| store.limits_of(&parse_certificate(der).unwrap());
        assert_eq!([&ders[0], &ders[1]].map(|der| limits_of(der)), [limits, AnchorLimits::NONE]);
    }

    #[test]
    fn store_of_parsed_lists_is_that_of_their_certificates() {
        let ders = ders();
        let unlimited: Vec<_> = ders.iter().map(|der| (der, AnchorLimits::NONE)).collect();
        let (store, skipped) = TrustStore::parse(&unlimited, &[]);
        assert_eq!(skipped, []);
        let certificates = ders.iter().map(|der| parse_certificate(der).unwrap()).collect();
        let built = TrustStore::build(certificates, Vec::new());
        assert_eq!(store.fingerprint(), built.fingerprint());
    }
}
