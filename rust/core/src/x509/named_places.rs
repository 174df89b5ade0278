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
    fn certificate_without_them_names_none() {
        let der = include_bytes!("../../../../tests/data/x509/pkits-GoodCACert.der");
        let certificate = parse_certificate(der).unwrap();
        assert_eq!(named_places(&certificate), NamedPlaces::default());
    }
}
