//! Where a certificate says that its lists, responders and issuers are found, and what an OCSP request asks with.
//!
//! RFC 5280 §4.2.1.13 (CRL distribution points), §5.2.6 (freshest CRL), §4.2.2.1 (authority information access); RFC 6960
//! §4.1.1 (CertID). For programs that fetch: nothing here is judged, and whatever can be read of a malformed extension
//! is told.

use super::certificate::Certificate;
use crate::asn1::reader::{Element, Reader, Tag};
use crate::asn1::values::parse_bit_string;
use crate::limits;

const CRL_DISTRIBUTION_POINTS: &[u8] = b"\x55\x1d\x1f";
const FRESHEST_CRL: &[u8] = b"\x55\x1d\x2e";
const AUTHORITY_INFORMATION_ACCESS: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x01\x01";
const OCSP: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x30\x01";
const CA_ISSUERS: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x30\x02";
/// `[6] uniformResourceIdentifier` of a GeneralName.
const URI: Tag = Tag::context_primitive(6);

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
    let mut places = NamedPlaces::default();
    for (oid, value) in extensions(certificate) {
        match oid {
            CRL_DISTRIBUTION_POINTS | FRESHEST_CRL => add_distribution_points(value, &mut places),
            AUTHORITY_INFORMATION_ACCESS => add_access_descriptions(value, &mut places),
            _ => {}
        }
    }
    places
}

/// The octets of a certificate's public key without the BIT STRING around them: what `issuerKeyHash` is made of.
#[must_use]
pub fn key_octets(certificate: &Certificate) -> Option<&[u8]> {
    let mut spki = certificate.spki_element()?.reader();
    spki.read(Tag::SEQUENCE).ok()?;
    parse_bit_string(spki.read(Tag::BIT_STRING).ok()?.content).ok()?.whole_octets().ok()
}

/// Identifier and value of each extension, as far as they can be read.
fn extensions(certificate: &Certificate) -> impl Iterator<Item = (&[u8], &[u8])> {
    let list = list_of_extensions(certificate).unwrap_or(Reader::new(&[]));
    elements(list).filter_map(|extension| {
        let mut fields = extension.reader();
        let oid = fields.read(Tag::OID).ok()?.content;
        fields.read_optional(Tag::BOOLEAN).ok()?;
        Some((oid, fields.read(Tag::OCTET_STRING).ok()?.content))
    })
}

fn list_of_extensions(certificate: &Certificate) -> Option<Reader<'_>> {
    let tbs = Reader::new(certificate.tbs_octets()).read(Tag::SEQUENCE).ok()?;
    let explicit = elements(tbs.reader()).find(|it| it.tag == Tag::context_constructed(3))?;
    Some(explicit.reader().read(Tag::SEQUENCE).ok()?.reader())
}

/// `SEQUENCE OF DistributionPoint`: the URIs of every `[0] fullName` in a `[0] distributionPoint`.
fn add_distribution_points(value: &[u8], places: &mut NamedPlaces) {
    for point in list(value) {
        let names = elements(point.reader())
            .filter(|field| field.tag == Tag::context_constructed(0))
            .flat_map(|name| elements(name.reader()))
            .filter(|name| name.tag == Tag::context_constructed(0));
        for uri in names.flat_map(|name| elements(name.reader())) {
            add_uri(&uri, &mut places.crls);
        }
    }
}

fn add_access_descriptions(value: &[u8], places: &mut NamedPlaces) {
    for description in list(value) {
        let mut fields = description.reader();
        let Ok(method) = fields.read(Tag::OID) else { continue };
        let Ok(location) = fields.read_element() else { continue };
        match method.content {
            OCSP => add_uri(&location, &mut places.ocsp),
            CA_ISSUERS => add_uri(&location, &mut places.issuers),
            _ => {}
        }
    }
}

fn add_uri(name: &Element<'_>, uris: &mut Vec<String>) {
    let text = String::from_utf8_lossy(name.content);
    let is_new = !uris.iter().any(|known| *known == text);
    if name.tag == URI && is_new && uris.len() < limits::NAMED_PLACES {
        uris.push(text.into_owned());
    }
}

/// The elements of the SEQUENCE that an extension's value is.
fn list(value: &[u8]) -> impl Iterator<Item = Element<'_>> {
    let sequence = Reader::new(value).read(Tag::SEQUENCE).ok();
    elements(sequence.map_or(Reader::new(&[]), |sequence| sequence.reader()))
}

fn elements(mut reader: Reader<'_>) -> impl Iterator<Item = Element<'_>> {
    std::iter::from_fn(move || if reader.is_empty() { None } else { reader.read_element().ok() })
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
        assert_eq!(key_octets(&certificate).unwrap().first(), Some(&0x30), "an RSAPublicKey");
    }
}
