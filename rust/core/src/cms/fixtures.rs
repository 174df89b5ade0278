//! Objects for the tests of this room: real ones by other tools, and small ones put together here.

use super::content_info::parse_content_info;
use super::signed_data::{SignedData, parse_signed_data};
use super::signer_info::SignerInfo;
use crate::asn1::oid::{self, Oid};
use crate::asn1::reader::Tag;
use crate::asn1::writer::write_element;

/// What the generator signs and encrypts.
pub(super) const CONTENT: &[u8] = b"Content-Type: text/plain\r\n\r\nHello, reader.\r\n";

macro_rules! objects {
    ($($name:ident = $file:literal;)+) => {
        $(pub(crate) const $name: &[u8] =
            include_bytes!(concat!("../../../../tests/data/cms/", $file));)+
        /// Every object, by file name.
        pub(super) const OBJECTS: &[(&str, &[u8])] = &[$(($file, $name),)+];
    };
}

objects! {
    AUTH_ENVELOPED = "auth_enveloped.p7m";
    CADES = "cades.p7s";
    CERTS_ONLY = "certs_only.p7c";
    CRYPTOGRAPHY_ENVELOPED = "cryptography.p7m";
    CRYPTOGRAPHY_SIGNED = "cryptography.p7s";
    DETACHED = "detached.p7s";
    DIGESTED = "digested.p7m";
    ENCRYPTED = "encrypted.p7m";
    ENVELOPED = "enveloped.p7m";
    ENVELOPED_STREAM = "enveloped_stream.p7m";
    KEYID = "keyid.p7s";
    NOATTR = "noattr.p7s";
    NOCERTS = "nocerts.p7s";
    OPAQUE = "opaque.p7m";
    PSS = "pss.p7s";
    RECEIPT_TYPE = "receipt_type.p7m";
    SMIME_PKCS7 = "smime_pkcs7.p7s";
    STREAM = "stream.p7m";
    STREAM_DETACHED = "stream_detached.p7s";
    TWO_SIGNERS = "two_signers.p7s";
}

/// What a real object holds.
pub(super) fn signed_data(object: &[u8]) -> SignedData<'_> {
    parse_signed_data(&parse_content_info(object).unwrap().0).unwrap()
}

/// The only signer of a real object.
pub(super) fn signer(object: &[u8]) -> SignerInfo<'_> {
    let signers = signed_data(object).signer_infos;
    assert_eq!(signers.len(), 1);
    signers.into_iter().next().unwrap().unwrap()
}

/// An element with `parts` as content.
pub(super) fn element(identifier: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    write_element(&mut out, Tag::low(identifier), &parts.concat());
    out
}

/// The same element with an indefinite length.
pub(super) fn indefinite(identifier: u8, parts: &[&[u8]]) -> Vec<u8> {
    [&[identifier, 0x80], parts.concat().as_slice(), &[0, 0]].concat()
}

/// An OBJECT IDENTIFIER.
pub(super) fn object_identifier(oid: Oid<'_>) -> Vec<u8> {
    element(0x06, &[oid.0])
}

/// An Attribute.
pub(super) fn attribute(oid: Oid<'_>, values: &[&[u8]]) -> Vec<u8> {
    element(0x30, &[&object_identifier(oid), &element(0x31, values)])
}

/// The contentType attribute of id-data.
pub(super) fn content_type_attribute() -> Vec<u8> {
    attribute(oid::CONTENT_TYPE, &[&object_identifier(oid::DATA)])
}

/// A messageDigest attribute.
pub(super) fn message_digest_attribute() -> Vec<u8> {
    attribute(oid::MESSAGE_DIGEST, &[&element(0x04, &[&[0xab; 32]])])
}

/// A SEQUENCE of the first fields of a SignerInfo, up to digestAlgorithm, and then `rest`.
pub(super) fn signer_info(rest: &[&[u8]]) -> Vec<u8> {
    let sid = element(0x30, &[&element(0x30, &[]), &element(0x02, &[&[5]])]);
    element(0x30, &[&element(0x02, &[&[1]]), &sid, &algorithm(), &rest.concat()])
}

/// A SignerInfo with these attributes, the tag of either list included, or nothing.
pub(super) fn signer_info_with(signed: &[u8], unsigned: &[u8]) -> Vec<u8> {
    signer_info(&[signed, &algorithm(), &element(0x04, &[&[1, 2, 3]]), unsigned])
}

/// An AlgorithmIdentifier.
pub(super) fn algorithm() -> Vec<u8> {
    element(0x30, &[&object_identifier(Oid(&[0x2a, 0x03])), &[0x05, 0x00]])
}

/// A detached SignedData in its ContentInfo.
pub(super) fn signed(signers: &[&[u8]]) -> Vec<u8> {
    let content = element(0x30, &[&object_identifier(oid::DATA)]);
    signed_parts(&element(0x31, &[&algorithm()]), &content, &[], signers)
}

/// A SignedData in its ContentInfo, field by field.
pub(super) fn signed_parts(
    digest_algorithms: &[u8],
    content: &[u8],
    sets: &[u8],
    signers: &[&[u8]],
) -> Vec<u8> {
    let version = element(0x02, &[&[1]]);
    let signers = element(0x31, signers);
    let data = element(0x30, &[&version, digest_algorithms, content, sets, &signers]);
    content_info(oid::SIGNED_DATA, &data)
}

/// A ContentInfo.
pub(super) fn content_info(content_type: Oid<'_>, content: &[u8]) -> Vec<u8> {
    let wrapper = element(0xa0, &[content]);
    element(0x30, &[&object_identifier(content_type), &wrapper])
}
