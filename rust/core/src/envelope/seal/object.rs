//! Object: the octets of an envelope before its content, whose length is known, so that nobody copies what is encrypted.

use crate::asn1::oid::{self, Oid};
use crate::asn1::reader::Tag;
use crate::asn1::writer::{element, write_header};

use super::Target;

/// What is copied of an envelope whose recipients are exchanged.
#[derive(Clone, Copy)]
pub(in crate::envelope) struct Behind<'b> {
    pub(in crate::envelope) is_authenticated: bool,
    pub(in crate::envelope) originator: Option<&'b [u8]>,
    /// Octets of the fields from EncryptedContentInfo on, and how many fields they are.
    pub(in crate::envelope) octets: u64,
    pub(in crate::envelope) fields: usize,
}

impl Behind<'_> {
    /// All of the object before them, for other recipients.
    pub(super) fn head_of(&self, infos: &[Vec<u8>], targets: &[&Target]) -> Vec<u8> {
        // RFC 5652 §6.1: with originatorInfo or attributes it is 2 at least.
        let has_more = self.originator.is_some() || self.fields > 1;
        let version = Target::version(targets);
        let version = match (self.is_authenticated, has_more) {
            (true, _) => 0,
            (false, true) => version.max(2),
            (false, false) => version,
        };
        let infos: Vec<&[u8]> = infos.iter().map(Vec::as_slice).collect();
        let fields = [
            element(Tag::INTEGER, &[&[version]]),
            self.originator.unwrap_or_default().to_vec(),
            element(Tag::SET, &infos),
        ];
        around(self.is_authenticated, fields.concat(), self.octets)
    }
}

/// All of an object before its content, of which there will be so many octets, and so many behind it: ContentInfo with an
/// AuthEnvelopedData (RFC 5083 §2.1), or an EnvelopedData (RFC 5652 §6.1).
pub(super) fn head_of(
    infos: &[Vec<u8>],
    targets: &[&Target],
    algorithm: &[u8],
    (content_octets, tag_octets): (u64, Option<usize>),
) -> Vec<u8> {
    let version = if tag_octets.is_some() { 0 } else { Target::version(targets) };
    let infos: Vec<&[u8]> = infos.iter().map(Vec::as_slice).collect();
    let mut fields = element(Tag::INTEGER, &[&[version]]);
    fields.extend_from_slice(&element(Tag::SET, &infos));
    let mut info = element(Tag::OID, &[oid::DATA.0]);
    info.extend_from_slice(algorithm);
    write_header(&mut info, Tag::context_primitive(0), length(content_octets));
    write_header(&mut fields, Tag::SEQUENCE, info.len() + length(content_octets));
    fields.extend_from_slice(&info);
    let behind = content_octets + tag_octets.unwrap_or(0) as u64;
    around(tag_octets.is_some(), fields, behind)
}

/// ContentInfo up to the end of `fields`, behind which so many octets follow.
fn around(is_authenticated: bool, fields: Vec<u8>, behind: u64) -> Vec<u8> {
    let content_type: Oid<'_> =
        if is_authenticated { oid::AUTH_ENVELOPED_DATA } else { oid::ENVELOPED_DATA };
    let mut inside = Vec::new();
    write_header(&mut inside, Tag::SEQUENCE, fields.len() + length(behind));
    inside.extend_from_slice(&fields);
    let mut info = element(Tag::OID, &[content_type.0]);
    write_header(&mut info, Tag::context_constructed(0), inside.len() + length(behind));
    info.extend_from_slice(&inside);
    let mut object = Vec::new();
    write_header(&mut object, Tag::SEQUENCE, info.len() + length(behind));
    object.extend_from_slice(&info);
    object
}

/// Lengths of messages of 4 GiB at most, on machines with 64 bits.
fn length(octets: u64) -> usize {
    usize::try_from(octets).unwrap_or(usize::MAX)
}
