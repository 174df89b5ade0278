//! An entity that survives transport, out of one as it is stored (RFC 8551 §3.1.1 to §3.1.3).
//!
//! Relays convert, wrap, strip and quote: a clear signature has to be over octets that none of them touches. A leaf part
//! that holds others is put into quoted-printable or base64, and what it says stays the same. Parts inside another message
//! or signature are left as they are, since whoever made those vouches for their octets; and nothing but bodies can be
//! encoded. Where that is not enough there is no such entity, and the caller signs another way.

use bumpalo::Bump;
use core::ops::Range;

use super::quoted_printable;
use crate::envelope::entity::with_crlf;
use crate::limits;
use crate::mail::entity::{Entity, EntityKind, MediaClass, Walk, WalkLimits, walk_entities};
use crate::mail::field_name::FieldName;
use crate::mail::header::parse_headers;
use crate::mail::line_ends::without_line_end;
use crate::mail::transfer::{TransferEncoding, decode_transfer, encode_base64_lines};

/// An entity whose lines end in CR LF and that nobody on the way changes.
pub(super) struct TransportSafe {
    pub(super) entity: Vec<u8>,
    /// The parts that got another encoding: part number and encoding, as in `1.2 base64`.
    pub(super) encoded: Vec<String>,
}

/// RFC 5321 §4.5.3.1.6, without CR LF.
const LINE_OCTETS: usize = 998;

/// The entity of that, which is stored with LF or CR LF; `None` where encoding its leaf parts does not do.
pub(super) fn transport_safe(stored: &[u8], is_lf: bool) -> Option<TransportSafe> {
    let canonical = |octets: &[u8]| if is_lf { with_crlf(octets) } else { octets.to_vec() };
    let whole = canonical(stored);
    if is_safe(&whole) && !may_say_more(stored) {
        return Some(TransportSafe { entity: whole, encoded: Vec::new() });
    }
    let walk = walk_of(stored)?;
    // To readers that see other parts than these, an encoding of one would be text.
    walk.entities.iter().all(|part| !part.doubtful).then_some(())?;
    let (mut entity, mut encoded, mut copied) = (Vec::with_capacity(whole.len()), Vec::new(), 0);
    for (at, part) in walk.entities.iter().enumerate() {
        if lies_in_foreign(&walk, at) {
            continue;
        }
        let Some(change) = change_of(stored, part, is_lf) else { continue };
        entity.extend_from_slice(&canonical(stored.get(copied..part.whole.start)?));
        entity.extend_from_slice(&canonical(&change.header));
        copied = part.body.start;
        if let Some((body, name)) = change.body {
            entity.extend_from_slice(&body);
            encoded.push(format!("{} {name}", part_number(&walk, at)));
            copied = part.body.end;
        }
    }
    entity.extend_from_slice(&canonical(stored.get(copied..)?));
    let is_same = says_the_same(stored, &walk, is_lf, &entity);
    (is_safe(&entity) && is_same).then_some(TransportSafe { entity, encoded })
}

/// Whether every line is one that no transport is known to change.
pub(super) fn is_safe(text: &[u8]) -> bool {
    let is_whole = |line: &[u8]| {
        line.len() <= LINE_OCTETS
            && !line.starts_with(b"From ")
            && !matches!(line.last(), Some(b' ' | b'\t'))
            && line.iter().all(|octet| matches!(octet, 1..=0x7f) && !b"\r\n".contains(octet))
    };
    let mut rest = text;
    while let Some(at) = memchr::memmem::find(rest, b"\r\n") {
        if !is_whole(rest.get(..at).unwrap_or_default()) {
            return false;
        }
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    is_whole(rest)
}

/// A header for a part, and a body with the name of its encoding.
struct Change {
    header: Vec<u8>,
    body: Option<(Vec<u8>, &'static str)>,
}

/// What has to be changed of a part, if anything.
fn change_of(stored: &[u8], part: &Entity, is_lf: bool) -> Option<Change> {
    let header = stored.get(part.whole.start..part.body.start)?;
    let says_more = matches!(part.encoding, TransferEncoding::EightBit | TransferEncoding::Binary);
    let tidied = tidied(header);
    let only_header = |header| Some(Change { header, body: None });
    if is_around_others(part) {
        return match says_more && !part.ambiguous {
            true => only_header(with_encoding(&tidied, "7bit")?),
            false => (tidied != header).then_some(Change { header: tidied, body: None }),
        };
    }
    let raw = stored.get(part.body.clone())?;
    let body = if is_lf { with_crlf(raw) } else { raw.to_vec() };
    let is_binary = part.encoding == TransferEncoding::Binary;
    if is_safe(&body) && !is_binary {
        return match says_more && !part.ambiguous {
            true => only_header(with_encoding(&tidied, "7bit")?),
            false => (tidied != header).then_some(Change { header: tidied, body: None }),
        };
    }
    if part.ambiguous || part.header_cut || part.header_junk {
        return None;
    }
    let arena = Bump::new();
    // What is no text keeps the line ends that it has.
    let body = if is_binary { raw } else { &body };
    let (octets, defects) = decode_transfer(part.encoding, body, &arena);
    defects.is_clean().then_some(())?;
    let is_text = part.media.class == MediaClass::Text && !is_binary;
    let escaped =
        octets.iter().filter(|octet| !matches!(octet, b'\t' | b'\r' | b'\n' | b' '..=b'~'));
    let (body, name) = match part.encoding {
        TransferEncoding::QuotedPrintable => (quoted_printable::encode(octets), "quoted-printable"),
        // Base64 is shorter from there on.
        TransferEncoding::Base64 => (encode_base64_lines(octets), "base64"),
        _ if is_text && escaped.count() * 6 <= octets.len() => {
            (quoted_printable::encode(octets), "quoted-printable")
        }
        _ => (encode_base64_lines(octets), "base64"),
    };
    Some(Change { header: with_encoding(&tidied, name)?, body: Some((body, name)) })
}

/// A multipart or a message: RFC 2045 §6.4 forbids to encode them.
const fn is_around_others(part: &Entity) -> bool {
    matches!(
        part.kind,
        EntityKind::Multipart | EntityKind::MultipartSigned { .. } | EntityKind::MessageRfc822
    ) || matches!(part.media.class, MediaClass::Multipart | MediaClass::Message)
}

/// Whether a part is, or lies in, what somebody else vouches for: another message, something signed.
fn lies_in_foreign(walk: &Walk, at: usize) -> bool {
    let is_foreign = |part: &Entity| {
        matches!(part.kind, EntityKind::MultipartSigned { .. } | EntityKind::MessageRfc822)
            || part.media.class == MediaClass::Message
    };
    let mut around = walk.entities.get(at);
    while let Some(part) = around {
        if is_foreign(part) {
            return true;
        }
        around = part.parent.and_then(|parent| walk.entities.get(parent as usize));
    }
    false
}

/// RFC 3501 §6.4.5.
fn part_number(walk: &Walk, at: usize) -> String {
    let mut numbers = Vec::new();
    let mut part = walk.entities.get(at);
    while let Some((it, parent)) = part.and_then(|it| Some((it, it.parent?))) {
        numbers.push(it.position.to_string());
        part = walk.entities.get(parent as usize);
    }
    numbers.reverse();
    if numbers.is_empty() { "1".to_owned() } else { numbers.join(".") }
}

/// The header of a part, with the empty line, naming that encoding and no other.
fn with_encoding(header: &[u8], name: &str) -> Option<Vec<u8>> {
    let parsed = parse_headers(header, limits::HEADER_BYTES, limits::HEADER_FIELDS);
    let end: &[u8] = if header.ends_with(b"\r\n") { b"\r\n" } else { b"\n" };
    let mut written = Vec::with_capacity(header.len() + 64);
    for field in parsed.fields() {
        if field.name != FieldName::ContentTransferEncoding {
            written.extend_from_slice(parsed.whole(field));
        }
    }
    if parsed.truncated || parsed.junk_lines > 0 || !header.ends_with(b"\n") {
        return None;
    }
    written.extend_from_slice(format!("Content-Transfer-Encoding: {name}").as_bytes());
    written.extend_from_slice(end);
    written.extend_from_slice(end);
    Some(written)
}

/// A header without blanks behind a `;` at the end of a line: what follows on the next begins with one, too.
fn tidied(header: &[u8]) -> Vec<u8> {
    let mut written = Vec::with_capacity(header.len());
    for line in header.split_inclusive(|octet| *octet == b'\n') {
        let text = without_line_end(line);
        let bare = text.trim_ascii_end();
        written.extend_from_slice(if bare.ends_with(b";") { bare } else { text });
        written.extend_from_slice(line.get(text.len()..).unwrap_or_default());
    }
    written
}

/// Whether both have the same parts, with the same fields but for encodings, and the same octets in them.
fn says_the_same(stored: &[u8], walk: &Walk, is_lf: bool, made: &[u8]) -> bool {
    let Some(other) = walk_of(made) else { return false };
    let pairs = walk.entities.iter().zip(&other.entities);
    walk.entities.len() == other.entities.len()
        && pairs.into_iter().all(|(before, after)| {
            let shape = |it: &Entity| (it.parent, it.position, it.kind, it.closed, it.is_cut);
            shape(before) == shape(after)
                && fields_of(stored, before) == fields_of(made, after)
                && (before.child_count > 0
                    || octets_of(stored, before, is_lf) == octets_of(made, after, false))
        })
}

/// The fields of a part without line ends, blanks before them, and encodings.
fn fields_of(text: &[u8], part: &Entity) -> Option<Vec<Vec<u8>>> {
    let header = text.get(part.whole.start..part.body.start)?;
    let parsed = parse_headers(header, limits::HEADER_BYTES, limits::HEADER_FIELDS);
    let unfolded = |whole: &[u8]| {
        let lines = whole.split(|octet| *octet == b'\n').map(<[u8]>::trim_ascii_end);
        lines.collect::<Vec<_>>().concat()
    };
    let kept = parsed.fields().iter().filter(|it| it.name != FieldName::ContentTransferEncoding);
    Some(kept.map(|field| unfolded(parsed.whole(field))).collect())
}

/// What a reader gets of a leaf part.
fn octets_of(text: &[u8], part: &Entity, is_lf: bool) -> Option<Vec<u8>> {
    let raw = text.get(part.body.clone())?;
    let is_text = is_lf && part.encoding != TransferEncoding::Binary;
    let body = if is_text { with_crlf(raw) } else { raw.to_vec() };
    let arena = Bump::new();
    Some(decode_transfer(part.encoding, &body, &arena).0.to_vec())
}

fn walk_of(text: &[u8]) -> Option<Walk> {
    let whole: Range<usize> = 0..text.len();
    let walk = walk_entities(text, whole, WalkLimits::default());
    (!walk.limits_hit.any()).then_some(walk)
}

/// Whether a part may call itself more than 7bit (RFC 2045 §6.2).
fn may_say_more(text: &[u8]) -> bool {
    let text = text.to_ascii_lowercase();
    let words: [&[u8]; 3] = [b"8bit", b"8-bit", b"binary"];
    words.iter().any(|word| memchr::memmem::find(&text, word).is_some())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn made(stored: &[u8]) -> (String, Vec<String>) {
        let made = transport_safe(stored, !stored.contains(&b'\r')).unwrap();
        (String::from_utf8(made.entity).unwrap(), made.encoded)
    }

    #[test]
    fn what_is_safe_stays_as_it_is_but_for_line_ends() {
        let (entity, encoded) = made(b"Content-Type: text/plain\n\na\n\nb");
        assert_eq!(entity, "Content-Type: text/plain\r\n\r\na\r\n\r\nb");
        assert!(encoded.is_empty());
    }

    #[test]
    fn text_of_8_bits_becomes_quoted_printable() {
        let stored =
            b"Content-Transfer-Encoding: 8bit\nContent-Type: text/plain\n\nGr\xfc\xdfe\nFrom me \n";
        let (entity, encoded) = made(stored);
        assert_eq!(
            entity,
            "Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
             Gr=FC=DFe\r\n=46rom me=20\r\n"
        );
        assert_eq!(encoded, ["1 quoted-printable"]);
    }

    #[test]
    fn label_alone_is_changed_where_the_text_fits() {
        let stored = b"Content-Type: text/plain\nContent-Transfer-Encoding: 8bit\n\nplain\n";
        let (entity, encoded) = made(stored);
        assert!(entity.ends_with("Content-Transfer-Encoding: 7bit\r\n\r\nplain\r\n"));
        assert!(encoded.is_empty());
    }

    #[test]
    fn leaf_parts_are_encoded_and_multiparts_relabelled() {
        let stored = b"Content-Type: multipart/mixed; \n boundary=b\nContent-Transfer-Encoding: 8bit\n\n\
            --b\n\n-- \n--b\nContent-Type: image/x\nContent-Transfer-Encoding: binary\n\n\0\n\n--b--\n";
        let (entity, encoded) = made(stored);
        assert_eq!(encoded, ["1 quoted-printable", "2 base64"]);
        assert_eq!(
            entity,
            "Content-Type: multipart/mixed;\r\n boundary=b\r\nContent-Transfer-Encoding: 7bit\r\n\r\n\
             --b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=2D-=20\r\n\
             --b\r\nContent-Type: image/x\r\nContent-Transfer-Encoding: base64\r\n\r\nAAo=\r\n\r\n--b--\r\n"
        );
    }

    #[test]
    fn what_others_vouch_for_and_what_is_no_body_is_not_encoded() {
        let inside = [
            "Content-Type: message/rfc822\n\nSubject: x\n\n\u{fc}\n",
            "Content-Type: multipart/signed; boundary=b\n\n--b\n\n\u{fc}\n--b\nContent-Type: \
             application/pkcs7-signature\n\nMAA=\n--b--\n",
            "Content-Type: multipart/mixed; boundary=b\n\n\u{fc}\n--b\n\nx\n--b--\n",
            "Content-Type: text/plain; name=\u{fc}\n\nx\n",
            "Content-Transfer-Encoding: base64\n\n\u{fc}!\n",
        ];
        for stored in inside {
            assert!(transport_safe(stored.as_bytes(), true).is_none(), "{stored}");
        }
    }

    #[test]
    fn lone_cr_and_lf_are_octets_of_the_text() {
        let (entity, _) = made(b"Content-Type: text/plain\r\n\r\na\nb\rc\r\n");
        assert!(entity.ends_with("\r\n\r\na=0Ab=0Dc\r\n"), "{entity}");
    }
}
