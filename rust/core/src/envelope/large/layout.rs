//! Layout: an envelope that is not held → all of it but its content, as a small object that the parsers of `cms` read, and
//! the place of the content.
//!
//! RFC 5652 §6.1 and RFC 5083 §2.1, in BER: definite and indefinite lengths, content in one piece or in pieces of pieces
//! (X.690 §8.7.3). Stricter than what is held: end-of-contents that are missing, and elements too many, are no object.

use super::pull::{Coding, End, Pull, Stop};
use crate::asn1::oid::{self, Oid};
use crate::asn1::reader::{Reader, Tag};
use crate::asn1::writer::element;
use crate::envelope::peel::{content_info, is_filling};
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
    /// That is no text.
    pub(super) is_filled_up: bool,
}

impl Layout {
    /// Reads an object whole; `content` is given the octets of the content as they come.
    pub(super) fn read(
        pull: &mut Pull<'_>,
        content: &mut dyn FnMut(&[u8]) -> Result<(), Stop>,
    ) -> Result<Self, Stop> {
        // Of all fields together.
        let mut left = limits::LARGE_ENVELOPE_BYTES;
        let outer = pull.open(Tag::SEQUENCE).map_err(Stop::or_other)?;
        let content_type = one(pull, &mut left).map_err(Stop::or_other)?;
        let content_type = Reader::new(&content_type).read(Tag::OID).map_err(|_| Stop::Other)?;
        let content_type = Oid(content_type.content);
        if ![oid::ENVELOPED_DATA, oid::AUTH_ENVELOPED_DATA].contains(&content_type) {
            return Err(Stop::Other);
        }
        let wrapper = pull.open(Tag::context_constructed(0))?;
        let fields = pull.open(Tag::SEQUENCE)?;
        let version = one(pull, &mut left)?;
        let has_originator = pull.peek()? == Some(Tag::context_constructed(0).identifier);
        let originator = if has_originator { Some(one(pull, &mut left)?) } else { None };
        let recipients = one(pull, &mut left)?;
        let behind = pull.position;
        let info = pull.open(Tag::SEQUENCE)?;
        let inner_type = one(pull, &mut left)?;
        let algorithm = one(pull, &mut left)?;
        let mut content_octets = 0;
        read_content(pull, &mut |octets| {
            content_octets += octets.len() as u64;
            content(octets)
        })?;
        pull.close(info)?;
        let (mut tail, mut behind_fields) = (Vec::new(), 1);
        while !pull.is_at(fields)? {
            tail.extend_from_slice(&one(pull, &mut left)?);
            behind_fields += 1;
        }
        let behind = (behind, pull.position);
        [fields, wrapper, outer].into_iter().try_for_each(|end| pull.close(end))?;
        let (mut has_trailer, mut is_filled_up) = (false, true);
        // To the end, so that all of the text was compared with what it was.
        loop {
            let octets = pull.next()?;
            let count = octets.len();
            if count == 0 {
                break;
            }
            has_trailer = true;
            is_filled_up &= is_filling(octets);
            pull.take(count);
        }
        let empty = element(Tag::context_primitive(0), &[]);
        let info = element(Tag::SEQUENCE, &[&inner_type, &algorithm, &empty]);
        let first = originator.as_deref().unwrap_or_default();
        let whole = element(Tag::SEQUENCE, &[&version, first, &recipients, &info, &tail]);
        let object = content_info(content_type, &whole);
        Ok(Self {
            object,
            content_octets,
            originator,
            behind,
            behind_fields,
            has_trailer,
            is_filled_up,
        })
    }
}

/// The next element, whole; so many octets are left for it and others.
fn one(pull: &mut Pull<'_>, left: &mut usize) -> Result<Vec<u8>, Stop> {
    let mut raw = Vec::new();
    pull.element(&mut raw, *left)?;
    *left -= raw.len().min(*left);
    Ok(raw)
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

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::cms::auth_enveloped_data::parse_auth_enveloped_data;
    use crate::cms::content_info::parse_content_info;
    use crate::cms::enveloped_data::{Envelope, parse_enveloped_data};
    use crate::cms::fixtures;
    use crate::mail::transfer::encode_base64_lines;
    use crate::verify::outline::{ByteSource, Outline, Pieces, SourceFault};

    struct Bytes(Vec<u8>);

    impl ByteSource for Bytes {
        fn length(&self) -> u64 {
            self.0.len() as u64
        }

        fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize, SourceFault> {
            let from = usize::try_from(offset).map_err(|_| SourceFault)?;
            let rest = self.0.get(from..).ok_or(SourceFault)?;
            let count = rest.len().min(into.len()).min(777);
            into[..count].copy_from_slice(&rest[..count]);
            Ok(count)
        }
    }

    /// The layout of an object that stands so in a text behind `beginning`, and its content.
    fn read(beginning: &[u8], text: &[u8], coding: Coding) -> Result<(Layout, Vec<u8>), Stop> {
        let bytes = Bytes([beginning, text].concat());
        let outline = Outline::read(&bytes).unwrap();
        let range = beginning.len()..outline.kept().len();
        let mut content = Vec::new();
        Layout::read(&mut Pull::new(Pieces::of(&outline, &range), coding), &mut |octets| {
            content.extend_from_slice(octets);
            Ok(())
        })
        .map(|layout| (layout, content))
    }

    fn envelope(object: &[u8]) -> (Envelope<'_>, Option<Vec<u8>>) {
        let (info, _) = parse_content_info(object).unwrap();
        match parse_enveloped_data(&info) {
            Ok(enveloped) => (enveloped.envelope, None),
            Err(_) => {
                let enveloped = parse_auth_enveloped_data(&info).unwrap();
                (enveloped.envelope, Some(enveloped.authentication.mac.to_vec()))
            }
        }
    }

    const ENVELOPES: [&[u8]; 4] = [
        fixtures::ENVELOPED,
        fixtures::ENVELOPED_STREAM,
        fixtures::AUTH_ENVELOPED,
        fixtures::CRYPTOGRAPHY_ENVELOPED,
    ];

    #[test]
    fn layout_has_what_the_parsers_find_in_the_whole_object() {
        for whole in ENVELOPES {
            let lines = encode_base64_lines(whole);
            for (text, coding) in [(&lines[..], Coding::Base64), (whole, Coding::Identity)] {
                let (layout, content) = read(b"From: a@b.c\n\n", text, coding).unwrap();
                let ((expected, mac), (found, found_mac)) =
                    (envelope(whole), envelope(&layout.object));
                assert_eq!(content, expected.content.content.unwrap().concat());
                assert_eq!(layout.content_octets, content.len() as u64);
                assert_eq!(found.content.content.unwrap().concat(), b"");
                assert_eq!(format!("{:?}", found.recipients), format!("{:?}", expected.recipients));
                assert_eq!(found.content.algorithm, expected.content.algorithm);
                assert_eq!((found_mac, layout.has_trailer), (mac, false));
                let (start, end) = layout.behind;
                assert_eq!(whole[start as usize], Tag::SEQUENCE.identifier);
                assert!(end as usize <= whole.len());
            }
        }
    }

    #[test]
    fn rule_32_what_follows_an_object_is_told() {
        for whole in ENVELOPES {
            for (behind, is_filling) in
                [(&b"x"[..], false), (b"\r\n\0", true), (b"\n\n x", false), (&[0; 99_999], true)]
            {
                let text = [whole, behind].concat();
                let (layout, _) = read(b"a: b\n\n", &text, Coding::Identity).unwrap();
                assert!(layout.has_trailer);
                assert_eq!(layout.is_filled_up, is_filling);
            }
        }
    }

    #[test]
    fn rule_42_object_that_ends_early_is_none_wherever_it_ends() {
        for whole in ENVELOPES {
            for end in 0..whole.len() {
                let cut = read(b"a: b\n\n", &whole[..end], Coding::Identity);
                let is_known = matches!(cut, Err(Stop::Broken | Stop::Other));
                assert!(is_known && (end < 32 || cut.err() == Some(Stop::Broken)), "{end}");
            }
        }
    }

    #[test]
    fn object_of_another_type_is_no_envelope() {
        for whole in [fixtures::OPAQUE, fixtures::DIGESTED, fixtures::ENCRYPTED] {
            let other = read(b"a: b\n\n", whole, Coding::Identity);
            assert_eq!(other.err(), Some(Stop::Other));
        }
    }

    #[test]
    fn octet_changed_anywhere_is_no_panic() {
        for whole in ENVELOPES {
            for at in 0..whole.len() {
                for octet in [0, 0x80, 0xff, whole[at] ^ 1] {
                    let mut other = whole.to_vec();
                    other[at] = octet;
                    let _ = read(b"a: b\n\n", &other, Coding::Identity);
                }
            }
        }
    }

    #[test]
    fn rule_41_pieces_inside_one_another_are_followed_no_deeper_than_others() {
        let info = |depth: usize| {
            let mut content = element(Tag::OCTET_STRING, &[b"text"]);
            for _ in 0..depth {
                content = element(Tag::OCTET_STRING_CONSTRUCTED, &[&content]);
            }
            let algorithm = element(Tag::SEQUENCE, &[&element(Tag::OID, &[oid::DATA.0])]);
            let content_type = element(Tag::OID, &[oid::DATA.0]);
            let content = element(Tag::context_constructed(0), &[&content]);
            let fields = [
                element(Tag::INTEGER, &[&[0]]),
                element(Tag::SET, &[]),
                element(Tag::SEQUENCE, &[&content_type, &algorithm, &content]),
            ];
            content_info(oid::ENVELOPED_DATA, &element(Tag::SEQUENCE, &[&fields.concat()]))
        };
        let found = |depth| read(b"a: b\n\n", &info(depth), Coding::Identity);
        assert_eq!(found(limits::ASN1_DEPTH - 1).unwrap().1, b"text");
        assert_eq!(found(limits::ASN1_DEPTH + 1).err(), Some(Stop::Limit));
        assert_eq!(found(10_000).err(), Some(Stop::Limit));
    }
}
