//! Where a certificate says that its lists, responders and issuers are found.
//!
//! For programs that fetch: the URIs of what [`super::distribution_points`] has read, each once.

use std::borrow::Cow;

use super::certificate::Certificate;
use super::distribution_points::{DistributionPoint, PointLocation, PointName};
use crate::limits;

/// URIs as they stand, each once, at most [`limits::NAMED_PLACES`] of each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedPlaces {
    /// Complete and delta lists.
    pub crls: Vec<String>,
    /// OCSP responders.
    pub ocsp: Vec<String>,
    /// Certificates of the issuer.
    pub issuers: Vec<String>,
}

/// The places that a certificate names.
#[must_use]
pub fn named_places(certificate: &Certificate) -> NamedPlaces {
    let pointers = &certificate.revocation;
    NamedPlaces {
        crls: distinct(pointers.lists.iter().chain(&pointers.deltas).flat_map(uris)),
        ocsp: distinct(texts(&pointers.access.responders)),
        issuers: distinct(texts(&pointers.access.issuers)),
    }
}

/// Subject, issuer, key octets and serial number, as they stand.
pub type Identity = (Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>);

/// What requests to responders are made of (RFC 6960 §4.1.1).
#[must_use]
pub fn identity_of(certificate: &Certificate) -> Identity {
    let (subject, issuer) = (certificate.subject_der(), certificate.issuer_der());
    let (key, serial) = (certificate.public_key_bits(), &*certificate.serial);
    (subject.to_vec(), issuer.to_vec(), key.to_vec(), serial.to_vec())
}

/// The URIs among the full names of a point.
fn uris(point: &DistributionPoint) -> impl Iterator<Item = Cow<'_, str>> {
    let names = match &point.location {
        Some(PointLocation::Full(names)) => names.as_slice(),
        _ => &[],
    };
    names.iter().filter_map(|name| match name {
        PointName::Uri(octets) => Some(String::from_utf8_lossy(octets)),
        _ => None,
    })
}

fn texts(uris: &[Box<str>]) -> impl Iterator<Item = Cow<'_, str>> {
    uris.iter().map(|uri| Cow::Borrowed(&**uri))
}

fn distinct<'u>(uris: impl Iterator<Item = Cow<'u, str>>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for uri in uris {
        if found.len() == limits::NAMED_PLACES {
            break;
        }
        if !found.iter().any(|known| *known == uri) {
            found.push(uri.into_owned());
        }
    }
    found
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::super::distribution_points::{AccessLocations, Reasons, RevocationPointers};
    use super::*;
    use crate::x509::certificate::parse_certificate;

    #[test]
    fn wosign_root_names_its_lists_and_responders() {
        let der = include_bytes!("../../../../tests/data/x509/vectors-wosign-bc-invalid.der");
        let places = named_places(&parse_certificate(der).unwrap());
        assert!(places.crls.iter().all(|uri| uri.starts_with("http")), "{places:?}");
        assert!(!places.crls.is_empty() && !places.ocsp.is_empty(), "{places:?}");
    }

    #[test]
    fn places_are_those_of_complete_and_delta_lists_each_once_up_to_a_number() {
        let uri = |text: &str| PointName::Uri(text.as_bytes().into());
        let point = |location| DistributionPoint {
            location,
            reasons: Reasons::ALL,
            crl_issuer: vec![uri("http://issuer/")],
        };
        let full = |names| point(Some(PointLocation::Full(names)));
        let other = PointName::Other(b"http://other/".as_slice().into());
        let relative = PointLocation::RelativeToIssuer(b"http://relative/".as_slice().into());
        let der = include_bytes!("../../../../tests/data/x509/pkits-GoodCACert.der");
        let mut certificate = parse_certificate(der).unwrap();
        let many = (0..=limits::NAMED_PLACES).map(|number| format!("http://{number}/").into());
        certificate.revocation = RevocationPointers {
            lists: vec![full(vec![uri("http://a/"), other]), point(Some(relative)), point(None)],
            deltas: vec![full(vec![uri("http://b/"), uri("http://a/")])],
            access: AccessLocations { responders: Vec::new(), issuers: many.collect() },
            ocsp_no_check: false,
        };
        let places = named_places(&certificate);
        assert_eq!(places.crls, ["http://a/", "http://b/"]);
        assert!(places.ocsp.is_empty());
        assert_eq!(places.issuers.len(), limits::NAMED_PLACES);
        assert_eq!(places.issuers[0], "http://0/");
    }

    #[test]
    fn certificate_without_them_names_none() {
        let der = include_bytes!("../../../../tests/data/x509/pkits-GoodCACert.der");
        let certificate = parse_certificate(der).unwrap();
        assert_eq!(named_places(&certificate), NamedPlaces::default());
    }
}
