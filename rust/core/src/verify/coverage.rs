//! Coverage: why a layer covers less than a reader sees, or covers what nobody could read.
//!
//! Three places know such a reason. Where the layer stands: what its container shows besides (RULES 28,
//! docs/design/14). What the object turned out to be: something that shows in the place of a signature, or nothing
//! that is mail. What lies inside: ciphertext, and content that was not opened (Message fold, rule 2,
//! docs/design/16). Each is a [`Gap`]; the rest follows from those. Nothing here asks whether a signature holds.

use crate::codes::{CodeSet, codes};
use crate::mail::armour::{PgpArmour, scan_armour};
use crate::mail::content_type::parse_content_type;
use crate::mail::entity::{Disposition, Entity, EntityKind, FileNameHint, MultipartSubtype, Walk};
use crate::mail::transfer::{TransferEncoding, decode_transfer_to};
use crate::verdict::facts::{Coverage, Eligibility};
use crate::verdict::flag::MessageFlag;

use super::found::{Found, Layer, LayerWord, Object, Source};
use super::outline::Outline;

/// Room for a decoded text that is kept for the next one (own choice: more than nearly every mail has).
const ROOM_KEPT_BYTES: usize = 1 << 20;

codes! {
    /// Why a layer does not cover, readably, all that a reader sees.
    pub(crate) enum Gap {
        ReadersDiffer = "readers_differ", "Readers differ in where its container begins and ends, or in what it holds.";
        MoreParts = "more_parts", "Its container holds more than the layer covers, or was not examined whole.";
        ShownSignature = "shown_signature", "Readers show what stands in the place of the signature, or offer to open it.";
        NotMail = "not_mail", "Its content is nothing that readers of mail show.";
        Beside = "beside", "Something visible stands beside it, or beside a layer around it.";
        Unopened = "unopened", "It covers content that was not opened.";
        EncryptedPart = "encrypted_part", "It covers ciphertext beside other content.";
        Ciphertext = "ciphertext", "It covers ciphertext and nothing else.";
    }
}

/// The reasons of one layer.
pub(crate) type Gaps = CodeSet<Gap>;

impl Gap {
    /// Whether it is of the layer's own entity; what stands beside a part is the message's matter.
    const fn is_own(self) -> bool {
        matches!(self, Self::ReadersDiffer | Self::MoreParts | Self::ShownSignature | Self::NotMail)
    }

    /// Whether it is of what the layer covers.
    const fn is_inside(self) -> bool {
        matches!(self, Self::Unopened | Self::EncryptedPart | Self::Ciphertext)
    }

    /// The same as the layer around says it.
    const fn seen_from_around(self, is_whole_content: bool) -> Self {
        match self {
            Self::Ciphertext if !is_whole_content => Self::EncryptedPart,
            _ => self,
        }
    }
}

/// Whether anything that a reader sees is not covered.
pub(super) fn is_partial(gaps: Gaps) -> bool {
    gaps.iter().any(|gap| !gap.is_inside())
}

/// The coverage that counts for the layer's own rows: of the entity it speaks for. What lies beside the layers around
/// one that speaks for the whole message is its own matter too.
pub(super) fn own_coverage(layer: &Layer<'_>) -> Coverage {
    let is_partial = layer.gaps.iter().any(Gap::is_own) || layer.eligible && is_partial(layer.gaps);
    if is_partial { Coverage::Partial } else { Coverage::Full }
}

/// The coverage that counts for the message, of a layer with everything inside it.
pub(super) fn message_coverage(layer: &Layer<'_>, inside: Gaps) -> Coverage {
    if inside.contains(Gap::Ciphertext) {
        Coverage::Ciphertext
    } else if is_partial(layer.gaps) || !inside.is_empty() {
        Coverage::Partial
    } else {
        Coverage::Full
    }
}

/// Message fold, rule 2: what a signature over such content is worth at most.
pub(super) fn eligibility_over(inside: Gaps) -> Eligibility {
    if inside.contains(Gap::Ciphertext) || inside.contains(Gap::EncryptedPart) {
        Eligibility::CiphertextOnly
    } else if inside.contains(Gap::Unopened) {
        Eligibility::ContentUnopened
    } else {
        Eligibility::Eligible
    }
}

/// What lies inside each layer, however deep, that was not opened or could not be read.
pub(super) fn gaps_inside(found: &Found<'_>) -> Vec<Gaps> {
    let mut inside: Vec<Gaps> = found
        .layers
        .iter()
        .map(|layer| layer.gaps.iter().filter(|gap| gap.is_inside()).collect())
        .collect();
    // A layer stands behind the one around it.
    for (id, layer) in found.layers.iter().enumerate().rev().filter(|(_, layer)| !layer.is_file) {
        let mut gaps = inside.get(id).copied().unwrap_or_default();
        gaps.extend(unopened(layer).map(CodeSet::of).unwrap_or_default());
        let around = layer.parent.and_then(|parent| inside.get_mut(parent as usize));
        if let Some(around) = around {
            around
                .extend(gaps.iter().map(|gap| gap.seen_from_around(layer.content_root)).collect());
        }
    }
    inside
}

/// What the layers around do not know of this one. A broken object counts as what it is called: another reader may
/// open it.
fn unopened(layer: &Layer<'_>) -> Option<Gap> {
    let detached = matches!(layer.source, Source::Detached { .. });
    match &layer.object {
        _ if layer.is_time_stamp() => None,
        // Opened: what lies inside says what of it is not known.
        _ if layer.is_opened() => layer.gaps.contains(Gap::NotMail).then_some(Gap::Unopened),
        _ if layer.word == LayerWord::Enveloped => Some(Gap::Ciphertext),
        Object::Other(kind) if kind.is_encrypted() => Some(Gap::Ciphertext),
        Object::Other(_) => Some(Gap::Unopened),
        Object::Signed(_) => layer.gaps.contains(Gap::NotMail).then_some(Gap::Unopened),
        Object::Compressed(_) => {
            layer.flags.contains(MessageFlag::CompressedNotOpened).then_some(Gap::Unopened)
        }
        // Readers show the part beside a signature whatever the signature is.
        Object::Unread | Object::Malformed | Object::Limited | Object::Missing => {
            (!detached).then_some(Gap::Unopened)
        }
        Object::Enveloped(_) => Some(Gap::Ciphertext),
    }
}

/// What cannot be read of an entity that a layer covers, S/MIME apart; `is_whole` when it is all of its content.
/// `room` holds a text out of its transfer encoding.
pub(super) fn unread_part(
    entity: &Entity,
    text: &[u8],
    is_whole: bool,
    room: &mut Vec<u8>,
) -> Option<Gap> {
    let is_container = matches!(
        entity.kind,
        EntityKind::Multipart | EntityKind::MultipartSigned { .. } | EntityKind::MessageRfc822
    );
    // RFC 2045 §6.4 forbids the encoding, and readers that undo it show what was not looked into.
    let is_encoded = is_container && entity.child_count == 0 && !entity.encoding.is_identity();
    let is_pgp = entity.kind == EntityKind::PgpEncrypted
        || entity.media.multipart == MultipartSubtype::Encrypted;
    if is_pgp {
        Some(if is_whole { Gap::Ciphertext } else { Gap::EncryptedPart })
    } else if entity.header_cut || entity.is_cut || is_encoded {
        Some(Gap::Unopened)
    } else {
        holds_pgp_message(entity, text, room).then_some(Gap::EncryptedPart)
    }
}

/// RFC 9580 §6.2: ciphertext in the text itself, which programs that know OpenPGP show opened.
fn holds_pgp_message(entity: &Entity, text: &[u8], room: &mut Vec<u8>) -> bool {
    if !entity.kind.is_text() {
        return false;
    }
    // Tags may stand before it.
    let is_html = entity.kind == EntityKind::TextHtml;
    let body = text.get(entity.body.clone()).unwrap_or_default();
    match entity.encoding {
        encoding if encoding.is_identity() && !is_html => {
            return entity.pgp_armour == PgpArmour::Message;
        }
        // Spares nearly all texts the decoding.
        TransferEncoding::QuotedPrintable if !may_decode_to_dashes(body) => return false,
        _ => {}
    }
    let shown = decode_transfer_to(entity.encoding, body, room);
    let holds = if is_html {
        memchr::memmem::find(shown, b"-----BEGIN PGP MESSAGE").is_some()
    } else {
        scan_armour(shown) == PgpArmour::Message
    };
    if room.capacity() > ROOM_KEPT_BYTES {
        *room = Vec::new();
    }
    holds
}

/// Whether five dashes in a row may come out of quoted-printable (RFC 2045 §6.7): as they are, escaped, or with a soft
/// line break between them.
fn may_decode_to_dashes(body: &[u8]) -> bool {
    let holds = |needle: &[u8]| memchr::memmem::find(body, needle).is_some();
    holds(b"-----") || holds(b"=2D") || holds(b"=2d") || holds(b"-=")
}

/// A file and no part of the text: beside other parts, by its file name of S/MIME and attached, or a signature.
///
/// Programs open objects of S/MIME's own types wherever they stand, and RFC 8551 §3.2.1 calls the text itself an
/// attachment; some do the same with octets called `smime.p7m`. Octets with another name they offer to save.
pub(super) fn is_file(entity: &Entity, text: &[u8], stands_beside_others: bool) -> bool {
    let is_attached = || {
        entity.disposition == Disposition::Attachment
            && entity.file_name != FileNameHint::None
            && !entity.is_named_smime
            && is_octet_stream(entity, text)
    };
    stands_beside_others && (entity.kind == EntityKind::Pkcs7Signature || is_attached())
}

fn is_octet_stream(entity: &Entity, text: &[u8]) -> bool {
    let body = text.get(entity.content_type.clone()).unwrap_or_default();
    parse_content_type(body).media_type == "application/octet-stream"
}

/// What readers see of a layer's own entity that the layer does not cover; `container` is what is left out of the
/// text, where it is too large to be held.
pub(super) fn own_gaps(
    walk: &Walk,
    index: usize,
    text: &[u8],
    detached: bool,
    outline: Option<&Outline<'_>>,
) -> Gaps {
    let Some(entity) = walk.entities.get(index) else { return Gaps::EMPTY };
    let mut gaps = Gaps::EMPTY;
    if has_doubtful_header(entity, text) {
        gaps.insert(Gap::ReadersDiffer);
    }
    if !detached {
        if entity.is_openable {
            // It is S/MIME by its file name alone, or called something else besides.
            gaps.insert(Gap::ReadersDiffer);
        }
        return gaps;
    }
    if entity.is_cut || entity.child_count != 2 {
        gaps.insert(Gap::MoreParts);
    }
    if may_be_cut_otherwise(walk, index, entity, text)
        || outline.is_some_and(|outline| leaves_out_beside(outline, walk, index, entity))
    {
        gaps.insert(Gap::ReadersDiffer);
    }
    if has_shown_signature(walk, index, text) {
        gaps.insert(Gap::ShownSignature);
    }
    gaps
}

/// Whether the header of an entity contradicts itself, or holds what some readers do not take for a header.
fn has_doubtful_header(entity: &Entity, text: &[u8]) -> bool {
    let header = text.get(entity.whole.start..entity.body.start).unwrap_or_default();
    entity.ambiguous || entity.header_junk || has_line_breaker(header)
}

/// Whether a header holds a CR without LF, at which some readers end a field and begin another, or a NUL, at which
/// some end the field.
fn has_line_breaker(header: &[u8]) -> bool {
    memchr::memchr_iter(b'\r', header).any(|at| header.get(at + 1) != Some(&b'\n'))
        || memchr::memchr(0, header).is_some()
}

/// Whether readers show what stands in the place of the signature, be it one or not, or offer to open it.
fn has_shown_signature(walk: &Walk, index: usize, text: &[u8]) -> bool {
    let second = walk.children(index).nth(1).and_then(|child| walk.entities.get(child));
    second.is_some_and(|part| {
        let is_octets = matches!(
            part.kind,
            EntityKind::Pkcs7Signature | EntityKind::Pkcs7Mime { .. } | EntityKind::Other
        );
        !is_octets || part.is_openable || has_doubtful_header(part, text)
    })
}

/// Whether a reader may see other parts of a multipart/signed than these two: one that takes every line with the
/// boundary in it for a delimiter, one that does not know the spelling of the boundary and shows the whole body,
/// one that undoes a transfer encoding of the whole (which RFC 2045 §6.4 forbids).
fn may_be_cut_otherwise(walk: &Walk, index: usize, entity: &Entity, text: &[u8]) -> bool {
    let has_text_outside = !entity.preamble.is_empty() || !entity.epilogue.is_empty();
    !entity.encoding.is_identity()
        || entity.doubtful && has_text_outside
        || has_stray_delimiter(walk, index, entity, text)
}

/// Whether the outline of a large message leaves out something of a multipart/signed beside the signed part, where
/// a stray delimiter could be.
fn leaves_out_beside(outline: &Outline<'_>, walk: &Walk, index: usize, entity: &Entity) -> bool {
    let first = walk.children(index).next();
    let Some(content) = first.and_then(|child| walk.entities.get(child)) else {
        return outline.has_gap_in(&entity.body);
    };
    outline.has_gap_in(&(entity.body.start..content.whole.start))
        || outline.has_gap_in(&(content.whole.end + 1..entity.body.end))
}

fn has_stray_delimiter(walk: &Walk, index: usize, entity: &Entity, text: &[u8]) -> bool {
    let first = walk.children(index).next();
    let Some(content) = first.and_then(|child| walk.entities.get(child)) else {
        return false;
    };
    let slice = |range| text.get(range).unwrap_or_default();
    let before = slice(entity.body.start..content.whole.start);
    let behind = slice(content.whole.end..entity.body.end);
    let line = before.trim_ascii_end();
    let line_start = memchr::memrchr(b'\n', line).map_or(0, |at| at + 1);
    let delimiter = line.get(line_start..).unwrap_or_default();
    // It begins with '-', which base64 does not hold: cheaper than a searcher for every message.
    // Most other dashes stand alone.
    let begins_at = |text: &[u8], at: usize| {
        text.get(at + 1) == delimiter.get(1)
            && text.get(at..).is_some_and(|text| text.starts_with(delimiter))
    };
    let count = |text| memchr::memchr_iter(b'-', text).filter(|&at| begins_at(text, at)).count();
    // Its own lines: before the content, before the signature, and the last.
    count(before) > 1 || count(behind) > 1 + usize::from(entity.closed)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::codes::Code;
    use crate::mail::entity::{WalkLimits, walk_entities};

    fn walked(text: &str) -> Walk {
        walk_entities(text.as_bytes(), 0..text.len(), WalkLimits::default())
    }

    /// The gap of the last entity of a text.
    fn unread(text: &str) -> Option<Gap> {
        let walk = walked(text);
        let is_whole = walk.entities.len() == 1;
        unread_part(walk.entities.last().unwrap(), text.as_bytes(), is_whole, &mut Vec::new())
    }

    fn gaps(text: &str) -> Vec<&'static str> {
        let walk = walked(text);
        let detached = matches!(walk.entities[0].kind, EntityKind::MultipartSigned { .. });
        let gaps = own_gaps(&walk, 0, text.as_bytes(), detached, None);
        gaps.iter().map(Gap::code).collect()
    }

    fn signed(first: &str, second: &str) -> String {
        format!(
            "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=b\n\n\
             --b\n{first}\n--b\n{second}\n--b--\n"
        )
    }

    const SIGNATURE: &str = "Content-Type: application/pkcs7-signature; name=smime.p7s\n\nMAAA";

    #[test]
    fn gap_is_either_of_the_entity_or_beside_or_inside() {
        for &gap in Gap::ALL {
            let kinds = [gap.is_own(), gap == Gap::Beside, gap.is_inside()];
            assert_eq!(kinds.iter().filter(|&&is| is).count(), 1, "{gap:?}");
        }
    }

    #[test]
    fn fold_2_gap_inside_never_passes_and_is_never_covered_in_full() {
        for &gap in Gap::ALL.iter().filter(|gap| gap.is_inside()) {
            assert_ne!(eligibility_over(CodeSet::of(gap)), Eligibility::Eligible);
            for is_whole in [false, true] {
                assert!(gap.seen_from_around(is_whole).is_inside());
            }
        }
        assert_eq!(Gap::Ciphertext.seen_from_around(true), Gap::Ciphertext);
        assert_eq!(Gap::Ciphertext.seen_from_around(false), Gap::EncryptedPart);
    }

    #[test]
    fn rule_28_clear_signed_parts_have_the_gaps_of_their_container() {
        let text = "Content-Type: text/plain\n\ntext";
        assert!(gaps(&signed(text, SIGNATURE)).is_empty());
        let third = format!("{SIGNATURE}\n--b\n{text}");
        // Its delimiter is one too many for two parts.
        assert_eq!(gaps(&signed(text, &third)), ["readers_differ", "more_parts"]);
        let page = SIGNATURE.replace("pkcs7-signature; name", "xhtml+xml; name");
        assert_eq!(gaps(&signed(text, &page)), ["shown_signature"]);
        let twice = format!("Content-Type: application/pkcs7-signature\n{SIGNATURE}");
        assert_eq!(gaps(&signed(text, &twice)), ["shown_signature"]);
        let stray = signed(text, SIGNATURE).replace("MAAA", "MAAA\n--bb");
        assert_eq!(gaps(&stray), ["readers_differ"]);
    }

    #[test]
    fn rule_28_opaque_object_called_something_else_has_a_gap() {
        let opaque = |fields: &str| gaps(&format!("Content-Type: application/{fields}\n\nMAAA\n"));
        assert!(opaque("pkcs7-mime; name=smime.p7m").is_empty());
        assert_eq!(opaque("pdf; name=smime.p7m"), ["readers_differ"]);
        assert_eq!(opaque("pkcs7-mime; name=a.pdf"), ["readers_differ"]);
    }

    #[test]
    fn fold_2_parts_that_nobody_could_read_have_a_gap() {
        let armour = "-----BEGIN PGP MESSAGE-----\n";
        let plain = |more: &str| unread(&format!("Content-Type: text/plain\n{more}"));
        assert_eq!(plain("\ntext\n"), None);
        assert_eq!(plain(&format!("\n{armour}")), Some(Gap::EncryptedPart));
        assert_eq!(plain(&format!("\ntext\n{armour}")), Some(Gap::EncryptedPart));
        assert_eq!(plain(&format!("\n> {armour}")), None);
        let quoted = "Content-Transfer-Encoding: quoted-printable\n\n";
        let spelled = ["=2D----BEGIN PGP MESSAGE", "--=\n---BEGIN PGP=20MESSAGE", armour];
        for armour in spelled {
            assert_eq!(plain(&format!("{quoted}{armour}\n")), Some(Gap::EncryptedPart), "{armour}");
        }
        assert_eq!(plain(&format!("{quoted}a =3D b\n")), None);
        let encrypted = "Content-Type: multipart/encrypted; boundary=b\n\n";
        assert_eq!(unread(encrypted), Some(Gap::Ciphertext));
        let encoded = "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nMAAA\n";
        assert_eq!(unread(encoded), Some(Gap::Unopened));
    }
}
