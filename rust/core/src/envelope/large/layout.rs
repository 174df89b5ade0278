//! Layout: an envelope that is not held → all of it but its content, as a small object that the parsers of `cms` read, and
//! the place of the content.
//!
//! RFC 5652 §6.1 and RFC 5083 §2.1, in BER: definite and indefinite lengths, content in one piece or in pieces of pieces
//! (X.690 §8.7.3). Stricter than what is held: end-of-contents that are missing, and elements too many, are no object.

use super::pull::{Coding, End, Pull, Stop};
use crate::asn1::oid::{self, Oid};
use crate::asn1::reader::{Reader, Tag};
use crate::asn1::writer::element;
use crate::envelope::peel::content_info;
use crate::limits;

/// An envelope without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// ContentInfo with the same fields and empty content, in DER.
    pub(super) object: Vec<u8>,
    /// Octets of the content.
    pub(super) content_octets: u64,
    /// `originatorInfo`, whole, if there is one.
    pub(super) originator: Option<Vec<u8>>,
    /// Where the fields from EncryptedContentInfo on begin and end in the object as it stands.
    pub(super) behind: (u64, u64),
    /// How many they are.
    pub(super) behind_fields: usize,
    /// Something follows the object.
    pub(super) has_trailer: bool,
}

impl Layout {
    /// Reads an object whole; `content` is given the octets of the content as they come.
    pub(super) fn read(
        pull: &mut Pull<'_>,
        content: &mut dyn FnMut(&[u8]) -> Result<(), Stop>,
    ) -> Result<Self, Stop> {
        const MOST: usize = limits::LARGE_ENVELOPE_BYTES;
        let outer = pull.open(Tag::SEQUENCE)?;
        let content_type = one(pull, MOST)?;
        let content_type = Reader::new(&content_type).read(Tag::OID).map_err(|_| Stop::Broken)?;
        let content_type = Oid(content_type.content);
        if ![oid::ENVELOPED_DATA, oid::AUTH_ENVELOPED_DATA].contains(&content_type) {
            return Err(Stop::Other);
        }
        let wrapper = pull.open(Tag::context_constructed(0))?;
        let fields = pull.open(Tag::SEQUENCE)?;
        let version = one(pull, MOST)?;
        let has_originator = pull.peek()? == Some(Tag::context_constructed(0).identifier);
        let originator = if has_originator { Some(one(pull, MOST)?) } else { None };
        let recipients = one(pull, MOST)?;
        let behind = pull.position;
        let info = pull.open(Tag::SEQUENCE)?;
        let inner_type = one(pull, MOST)?;
        let algorithm = one(pull, MOST)?;
        let mut content_octets = 0;
        read_content(pull, &mut |octets| {
            content_octets += octets.len() as u64;
            content(octets)
        })?;
        pull.close(info)?;
        let (mut tail, mut behind_fields) = (Vec::new(), 1);
        while !pull.is_at(fields)? {
            pull.element(&mut tail, MOST)?;
            behind_fields += 1;
        }
        let behind = (behind, pull.position);
        [fields, wrapper, outer].into_iter().try_for_each(|end| pull.close(end))?;
        let has_trailer = !pull.next()?.is_empty();
        // To the end, so that all of the text was compared with what it was.
        loop {
            match pull.next()?.len() {
                0 => break,
                count => pull.take(count),
            }
        }
        let empty = element(Tag::context_primitive(0), &[]);
        let info = element(Tag::SEQUENCE, &[&inner_type, &algorithm, &empty]);
        let first = originator.as_deref().unwrap_or_default();
        let whole = element(Tag::SEQUENCE, &[&version, first, &recipients, &info, &tail]);
        let object = content_info(content_type, &whole);
        Ok(Self { object, content_octets, originator, behind, behind_fields, has_trailer })
    }
}

fn one(pull: &mut Pull<'_>, most: usize) -> Result<Vec<u8>, Stop> {
    let mut raw = Vec::new();
    pull.element(&mut raw, most).map(|()| raw)
}

/// `encryptedContent [0] IMPLICIT OCTET STRING`, over all constructed levels.
fn read_content(
    pull: &mut Pull<'_>,
    each: &mut dyn FnMut(&[u8]) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let header = pull.header(&mut Vec::new())?;
    match (header.tag, header.length) {
        (tag, Some(length)) if tag == Tag::context_primitive(0) => return pull.pass(length, each),
        (tag, _) if tag == Tag::context_constructed(0) => {}
        _ => return Err(Stop::Broken),
    }
    let mut open: Vec<End> = vec![pull.end_of(&header)?];
    while let Some(&end) = open.last() {
        if pull.is_at(end)? {
            pull.close(end)?;
            open.pop();
            continue;
        }
        let header = pull.header(&mut Vec::new())?;
        match (header.tag, header.length) {
            (Tag::OCTET_STRING, Some(length)) => pull.pass(length, each)?,
            (Tag::OCTET_STRING_CONSTRUCTED, _) if open.len() < limits::ASN1_DEPTH => {
                open.push(pull.end_of(&header)?);
            }
            (Tag::OCTET_STRING_CONSTRUCTED, _) => return Err(Stop::Limit),
            _ => return Err(Stop::Broken),
        }
    }
    Ok(())
}

/// How the octets of an object stand in a text that begins so, whatever its header says (RULES 27); the second is whether
/// the header says otherwise.
pub(super) fn coding_of(beginning: &[u8], is_base64: bool) -> (Coding, bool) {
    let is_bare = beginning.trim_ascii_start().first() == Some(&Tag::SEQUENCE.identifier);
    match is_bare && !is_base64 {
        true => (Coding::Identity, false),
        false => (Coding::Base64, !is_base64),
    }
}
