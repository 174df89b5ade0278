//! Whose public key a SubjectPublicKeyInfo is: one value for one key, however it is written, to find the certificates of a
//! private key by.

use crate::asn1::oid::Oid;
use crate::asn1::reader::{Reader, Tag};
use crate::asn1::values::parse_bit_string;
use crate::asn1::writer::write_element;
use crate::cms::algorithms::{parse_algorithm, pss_shake_key};
use crate::x509::certificate::Certificate;
use crate::x509::key_identity::identity;

use super::numbers::curve_of;
use super::oids;

/// SubjectPublicKeyInfo (RFC 5280 §4.1), its parameters in DER.
pub(super) fn write_spki(algorithm: Oid<'_>, parameters: &[u8], bits: &[u8]) -> Vec<u8> {
    let mut identifier = Vec::new();
    write_element(&mut identifier, Tag::OID, algorithm.0);
    identifier.extend_from_slice(parameters);
    let mut fields = Vec::new();
    write_element(&mut fields, Tag::SEQUENCE, &identifier);
    write_element(&mut fields, Tag::BIT_STRING, &[&[0], bits].concat());
    let mut spki = Vec::new();
    write_element(&mut spki, Tag::SEQUENCE, &fields);
    spki
}

/// The value of a certificate's key; `None` for one that cannot be read.
pub(super) fn key_value_of(certificate: &Certificate) -> Option<Box<[u8]>> {
    key_value(certificate.der.get(certificate.spki.clone())?)
}

/// The value of a key: what kind it is, and its octets in one form. RSA is one kind, whatever it is restricted to.
pub(super) fn key_value(spki: &[u8]) -> Option<Box<[u8]>> {
    let mut fields = Reader::new(spki).read(Tag::SEQUENCE).ok()?.reader();
    let algorithm = parse_algorithm(&fields.read(Tag::SEQUENCE).ok()?).ok()?;
    let bits = parse_bit_string(fields.read(Tag::BIT_STRING).ok()?.content).ok()?;
    let curve;
    let kind = match algorithm.oid {
        oids::RSA | oids::RSAES_OAEP | oids::RSASSA_PSS => "rsa".as_bytes(),
        oids::EC | oids::ECDH => {
            curve = format!("{:?}", curve_of(algorithm.parameters).ok()??);
            curve.as_bytes()
        }
        other if pss_shake_key(other).is_some() => "rsa".as_bytes(),
        other => other.0,
    };
    // No kind holds a zero at its end, so that two values never run into one another.
    Some([kind, &[0], &identity(bits.bytes)].concat().into())
}
