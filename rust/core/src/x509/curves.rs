//! Elliptic curves by object identifier: the name in columns, and the curve where ECDSA is offered on it.
//!
//! Names and identifiers are those of SEC 2 §A.2, X9.62 §J and RFC 5639 §4.1; a curve without anything to verify with
//! is known by name only.

use std::borrow::Cow;

use smimebatch_crypto::signature::Curve;

use crate::asn1::oid::Oid;

/// One row of [`TABLE`].
pub(crate) struct Entry {
    /// Content octets.
    pub(crate) oid: &'static [u8],
    /// Name in columns.
    pub(crate) name: &'static str,
    /// What it is verified on.
    pub(crate) curve: Option<Curve>,
}

const fn offered(oid: &'static [u8], name: &'static str, curve: Curve) -> Entry {
    Entry { oid, name, curve: Some(curve) }
}

const fn named(oid: &'static [u8], name: &'static str) -> Entry {
    Entry { oid, name, curve: None }
}

/// The curve of an identifier, if ECDSA is offered on it.
pub(crate) fn named_curve(oid: &[u8]) -> Option<Curve> {
    find(oid)?.curve
}

/// Name of a curve in columns; dotted decimals where there is none.
pub(crate) fn curve_name(oid: Oid<'_>) -> Cow<'static, str> {
    find(oid.0).map_or_else(|| Cow::Owned(oid.to_string()), |entry| Cow::Borrowed(entry.name))
}

/// Name of an offered curve in columns.
pub(crate) fn name_of_curve(curve: Curve) -> &'static str {
    TABLE.iter().find(|entry| entry.curve == Some(curve)).map_or("", |entry| entry.name)
}

fn find(oid: &[u8]) -> Option<&'static Entry> {
    TABLE.iter().find(|entry| entry.oid == oid)
}

/// The common ones first.
#[rustfmt::skip]
pub(crate) static TABLE: &[Entry] = &[
    offered(b"\x2a\x86\x48\xce\x3d\x03\x01\x07", "secp256r1", Curve::P256),
    offered(b"\x2b\x81\x04\x00\x22", "secp384r1", Curve::P384),
    offered(b"\x2b\x81\x04\x00\x23", "secp521r1", Curve::P521),
    offered(b"\x2a\x86\x48\xce\x3d\x03\x01\x01", "secp192r1", Curve::P192),
    offered(b"\x2b\x81\x04\x00\x21", "secp224r1", Curve::P224),
    offered(b"\x2b\x81\x04\x00\x0a", "secp256k1", Curve::Secp256k1),
    offered(b"\x2b\x81\x04\x00\x20", "secp224k1", Curve::Secp224k1),
    offered(b"\x2b\x81\x04\x00\x1f", "secp192k1", Curve::Secp192k1),
    offered(b"\x2b\x81\x04\x00\x09", "secp160k1", Curve::Secp160k1),
    offered(b"\x2b\x81\x04\x00\x08", "secp160r1", Curve::Secp160r1),
    offered(b"\x2b\x81\x04\x00\x1e", "secp160r2", Curve::Secp160r2),
    offered(b"\x2b\x24\x03\x03\x02\x08\x01\x01\x01", "brainpoolP160r1", Curve::BrainpoolP160r1),
    offered(b"\x2b\x24\x03\x03\x02\x08\x01\x01\x02", "brainpoolP160t1", Curve::BrainpoolP160t1),
    offered(b"\x2b\x24\x03\x03\x02\x08\x01\x01\x03", "brainpoolP192r1", Curve::BrainpoolP192r1),
    offered(b"\x2b\x24\x03\x03\x02\x08\x01\x01\x04", "brainpoolP192t1", Curve::BrainpoolP192t1),
    offered(b"\x2b\x24\x03\x03\x02\x08\x01\x01\x05", "brainpoolP224r1", Curve::BrainpoolP224r1),
    offered(b"\x2b\x24\x03\x03\x02\x08\x01\x01\x06", "brainpoolP224t1", Curve::BrainpoolP224t1),
    offered(b"\x2b\x24\x03\x03\x02\x08\x01\x01\x07", "brainpoolP256r1", Curve::BrainpoolP256r1),
    offered(b"\x2b\x24\x03\x03\x02\x08\x01\x01\x08", "brainpoolP256t1", Curve::BrainpoolP256t1),
    offered(b"\x2b\x24\x03\x03\x02\x08\x01\x01\x09", "brainpoolP320r1", Curve::BrainpoolP320r1),
    offered(b"\x2b\x24\x03\x03\x02\x08\x01\x01\x0a", "brainpoolP320t1", Curve::BrainpoolP320t1),
    offered(b"\x2b\x24\x03\x03\x02\x08\x01\x01\x0b", "brainpoolP384r1", Curve::BrainpoolP384r1),
    offered(b"\x2b\x24\x03\x03\x02\x08\x01\x01\x0c", "brainpoolP384t1", Curve::BrainpoolP384t1),
    offered(b"\x2b\x24\x03\x03\x02\x08\x01\x01\x0d", "brainpoolP512r1", Curve::BrainpoolP512r1),
    offered(b"\x2b\x24\x03\x03\x02\x08\x01\x01\x0e", "brainpoolP512t1", Curve::BrainpoolP512t1),
    named(b"\x2b\x81\x04\x00\x06", "secp112r1"),
    named(b"\x2b\x81\x04\x00\x07", "secp112r2"),
    named(b"\x2b\x81\x04\x00\x1c", "secp128r1"),
    named(b"\x2b\x81\x04\x00\x1d", "secp128r2"),
    named(b"\x2a\x86\x48\xce\x3d\x03\x01\x02", "prime192v2"),
    named(b"\x2a\x86\x48\xce\x3d\x03\x01\x03", "prime192v3"),
    named(b"\x2a\x86\x48\xce\x3d\x03\x01\x04", "prime239v1"),
    named(b"\x2a\x86\x48\xce\x3d\x03\x01\x05", "prime239v2"),
    named(b"\x2a\x86\x48\xce\x3d\x03\x01\x06", "prime239v3"),
    named(b"\x2b\x81\x04\x00\x01", "sect163k1"),
    named(b"\x2b\x81\x04\x00\x0f", "sect163r2"),
    named(b"\x2b\x81\x04\x00\x1a", "sect233k1"),
    named(b"\x2b\x81\x04\x00\x1b", "sect233r1"),
    named(b"\x2b\x81\x04\x00\x10", "sect283k1"),
    named(b"\x2b\x81\x04\x00\x11", "sect283r1"),
    named(b"\x2b\x81\x04\x00\x24", "sect409k1"),
    named(b"\x2b\x81\x04\x00\x25", "sect409r1"),
    named(b"\x2b\x81\x04\x00\x26", "sect571k1"),
    named(b"\x2b\x81\x04\x00\x27", "sect571r1"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_has_every_offered_curve_once_and_each_identifier_once() {
        for curve in Curve::all() {
            let mut entries = TABLE.iter().filter(|entry| entry.curve == Some(curve));
            let entry = entries.next();
            assert!(entries.next().is_none());
            // The enum's names are those of the standards, but for NIST's curves.
            let name = format!("{curve:?}").to_lowercase();
            let nist = format!("sec{}r1", name);
            let found = entry.map(|entry| entry.name.to_lowercase());
            assert!(found == Some(name) || found == Some(nist), "{curve:?}");
        }
        for (index, entry) in TABLE.iter().enumerate() {
            let first = TABLE.iter().position(|other| other.oid == entry.oid);
            assert_eq!(first, Some(index), "{}", entry.name);
        }
    }
}
