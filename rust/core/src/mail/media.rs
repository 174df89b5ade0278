//! What an entity is, from its Content-Type and Content-Disposition: media type, file name, names
//! of S/MIME and PGP.
//!
//! RULES 27: `x-` types, missing or wrong smime-type, micalg and protocol, and any other type with
//! a file named `.p7m`, `.p7s`, `.p7c` or `.p7z` (but text, multipart and message) are recognised.
//! Text is settled by its type alone, without parsing parameters: most entities are text.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use smallvec::SmallVec;

use super::content_type::{
    MediaTypeWords, Parameter, Parameters, into_boundary, is_disposition_by_grammar,
    parameter_named, parse_content_disposition, read_token, scan_media_type,
};
use super::entity::{
    Disposition, EntityKind, FileNameHint, Media, MediaClass, MultipartSubtype, SignatureProtocol,
    SmimeType,
};
use super::parameters::{are_by_grammar, parse_parameters};
use super::visible::trimmed;

/// Subtypes of application that are S/MIME's own (RFC 8551 §3.2.1, §3.5.3.1), with the names before RFC 2633.
const SMIME_SUBTYPES: &[&[u8]] =
    &[b"pkcs7-mime", b"x-pkcs7-mime", b"pkcs7-signature", b"x-pkcs7-signature"];
/// Octets of a boundary (RFC 2046 §5.1.1).
const BOUNDARY_OCTETS: usize = 70;

/// What the header of one entity makes it.
#[derive(Debug)]
pub(super) struct Nature<'a> {
    pub(super) kind: EntityKind,
    pub(super) media: Media,
    pub(super) disposition: Disposition,
    pub(super) file_name: FileNameHint,
    /// Its type, or one of its file names, is of something that readers show or offer to open.
    pub(super) is_openable: bool,
    /// Called what RFC 8551 §3.2.1 calls the object of a mail.
    pub(super) is_named_smime: bool,
    /// Of a multipart.
    pub(super) boundary: Option<Cow<'a, [u8]>>,
    /// There are two different boundary parameters.
    pub(super) is_ambiguous: bool,
    /// A multipart in a spelling that some readers do not follow.
    pub(super) is_doubtful: bool,
}

/// Judges an entity by the bodies of its fields; `in_digest` is the default type of RFC 2046
/// §5.1.5.
pub(super) fn classify<'a>(
    content_type: Option<&'a [u8]>,
    disposition: Option<&[u8]>,
    in_digest: bool,
) -> Nature<'a> {
    let body = content_type.unwrap_or_default();
    let words = scan_media_type(body);
    let is_declared = !words.top.is_empty() && !words.sub.is_empty();
    let class = match (is_declared, in_digest) {
        (true, _) => class_of(words.top),
        (false, true) => MediaClass::Message,
        // RFC 2045 §5.2: the default is text/plain, for a field that makes no sense too.
        (false, false) => MediaClass::Text,
    };
    let media = Media { class, multipart: MultipartSubtype::Other, is_declared };
    let mut nature = Nature {
        kind: EntityKind::Other,
        media,
        disposition: disposition.map_or(Disposition::None, scan_disposition),
        file_name: FileNameHint::None,
        is_openable: true,
        is_named_smime: false,
        boundary: None,
        is_ambiguous: false,
        is_doubtful: false,
    };
    match class {
        MediaClass::Text if is_declared => nature.kind = text_kind(words.sub),
        MediaClass::Text => {
            nature.kind = EntityKind::TextPlain;
            nature.read_file_name(&file_names(Parameters::new(), disposition));
            nature.kind = kind_by_name(nature.file_name).unwrap_or(EntityKind::TextPlain);
        }
        MediaClass::Multipart => {
            nature.read_multipart(&words, body);
            nature.is_doubtful |= !words.is_plain;
        }
        MediaClass::Message
            if !is_declared || is_one_of(words.sub, &[b"rfc822", b"global", b"news"]) =>
        {
            nature.kind = EntityKind::MessageRfc822;
        }
        MediaClass::Message => {}
        _ => nature.read_opaque(&words, body, disposition),
    }
    nature
}

impl<'a> Nature<'a> {
    fn read_multipart(&mut self, words: &MediaTypeWords<'_>, body: &'a [u8]) {
        let parameters = parse_parameters(body, words.end);
        self.media.multipart = multipart_subtype(words.sub);
        self.kind = if self.media.multipart == MultipartSubtype::Signed {
            let protocol = parameter_named(&parameters, "protocol").map(|it| &*it.value);
            EntityKind::MultipartSigned { protocol: protocol_named(protocol.unwrap_or_default()) }
        } else {
            EntityKind::Multipart
        };
        let mut boundaries = parameters.iter().filter(|parameter| parameter.name == "boundary");
        let first = boundaries.next();
        self.is_ambiguous =
            boundaries.any(|other| Some(&other.value) != first.map(|first| &first.value));
        // A comment may read like a parameter to whoever does not know comments.
        let parentheses = |text: &[u8]| memchr::memchr_iter(b'(', text).count();
        let in_values = || parameters.iter().map(|parameter| parentheses(&parameter.value));
        let in_field = parentheses(body);
        self.is_doubtful = in_field > 0 && in_field > in_values().sum()
            || first.is_some_and(|it| !it.is_plain || it.value.len() > BOUNDARY_OCTETS)
            || first.is_some() && !are_by_grammar(body, words.end);
        self.boundary = into_boundary(parameters);
    }

    fn read_opaque(&mut self, words: &MediaTypeWords<'_>, body: &[u8], disposition: Option<&[u8]>) {
        let (top, sub) = (words.top, words.sub);
        let parameters = parse_parameters(body, words.end);
        let smime_type = parameter_named(&parameters, "smime-type");
        let smime_type = smime_type.map(|parameter| smime_type_named(&parameter.value));
        let names = file_names(parameters, disposition);
        self.read_file_name(&names);
        self.is_named_smime = names.iter().any(|name| has_stem_of_smime(name));
        let by_name = kind_by_name(self.file_name);
        let is_application = top.eq_ignore_ascii_case(b"application");
        let is_smime = is_application && is_one_of(sub, SMIME_SUBTYPES);
        let is_octets = is_application && sub.eq_ignore_ascii_case(b"octet-stream");
        // To some readers a type that is spelled otherwise is none, which means text.
        self.is_openable = !(is_smime || is_octets)
            || !words.is_plain
            || !are_by_grammar(body, words.end)
            || !disposition.is_none_or(is_disposition_by_grammar)
            || names.iter().any(|name| names_another_kind(name, is_smime));
        self.kind = match by_name {
            _ if is_application && is_one_of(sub, &[b"pkcs7-mime", b"x-pkcs7-mime"]) => {
                let by_extension = match by_name {
                    Some(EntityKind::Pkcs7Mime { smime_type }) => smime_type,
                    _ => None,
                };
                EntityKind::Pkcs7Mime { smime_type: smime_type.or(by_extension) }
            }
            _ if is_application && is_one_of(sub, &[b"pkcs7-signature", b"x-pkcs7-signature"]) => {
                EntityKind::Pkcs7Signature
            }
            _ if is_application && is_one_of(sub, &[b"x-pkcs7-certificates"]) => {
                EntityKind::Pkcs7Mime { smime_type: Some(SmimeType::CertsOnly) }
            }
            _ if is_application && is_one_of(sub, &[b"pgp-encrypted"]) => EntityKind::PgpEncrypted,
            _ if is_application && is_one_of(sub, &[b"pgp-signature"]) => EntityKind::PgpSignature,
            Some(EntityKind::Pkcs7Mime { smime_type: by_extension }) => {
                EntityKind::Pkcs7Mime { smime_type: smime_type.or(by_extension) }
            }
            Some(kind) => kind,
            None if is_application && smime_type.is_some() => EntityKind::Pkcs7Mime { smime_type },
            None => EntityKind::Other,
        };
    }

    /// Looks at every name the two fields give; one of S/MIME says what the part may be before the others, since
    /// programs wrote two that differ. That it is also called something else is told apart, by `is_openable`.
    fn read_file_name(&mut self, names: &[Cow<'_, [u8]>]) {
        for name in names {
            let hint = extension_hint(name);
            if self.file_name == FileNameHint::None || kind_by_name(hint).is_some() {
                self.file_name = hint;
            }
            if kind_by_name(hint).is_some() {
                return;
            }
        }
    }
}

fn is_one_of(word: &[u8], candidates: &[&[u8]]) -> bool {
    candidates.iter().any(|candidate| candidate.eq_ignore_ascii_case(word))
}

fn class_of(top: &[u8]) -> MediaClass {
    let classes: [(&[u8], MediaClass); 7] = [
        (b"text", MediaClass::Text),
        (b"multipart", MediaClass::Multipart),
        (b"application", MediaClass::Application),
        (b"image", MediaClass::Image),
        (b"message", MediaClass::Message),
        (b"audio", MediaClass::Audio),
        (b"video", MediaClass::Video),
    ];
    let found = classes.iter().find(|(spelling, _)| spelling.eq_ignore_ascii_case(top));
    found.map_or(MediaClass::Other, |&(_, class)| class)
}

fn text_kind(sub: &[u8]) -> EntityKind {
    match sub {
        _ if sub.eq_ignore_ascii_case(b"plain") => EntityKind::TextPlain,
        _ if sub.eq_ignore_ascii_case(b"html") => EntityKind::TextHtml,
        _ => EntityKind::TextOther,
    }
}

fn multipart_subtype(sub: &[u8]) -> MultipartSubtype {
    let subtypes: [(&[u8], MultipartSubtype); 7] = [
        (b"mixed", MultipartSubtype::Mixed),
        (b"alternative", MultipartSubtype::Alternative),
        (b"related", MultipartSubtype::Related),
        (b"signed", MultipartSubtype::Signed),
        (b"digest", MultipartSubtype::Digest),
        (b"report", MultipartSubtype::Report),
        (b"encrypted", MultipartSubtype::Encrypted),
    ];
    let found = subtypes.iter().find(|(spelling, _)| spelling.eq_ignore_ascii_case(sub));
    found.map_or(MultipartSubtype::Other, |&(_, subtype)| subtype)
}

/// RFC 1847 §2.1 `protocol`, in whatever spelling.
fn protocol_named(protocol: &[u8]) -> SignatureProtocol {
    let names = |word: &[u8]| protocol.windows(word.len()).any(|at| at.eq_ignore_ascii_case(word));
    if names(b"pkcs7") {
        SignatureProtocol::Pkcs7
    } else if names(b"pgp") {
        SignatureProtocol::Pgp
    } else {
        SignatureProtocol::Unknown
    }
}

/// RFC 8551 §3.2.2.
fn smime_type_named(value: &[u8]) -> SmimeType {
    let types: [(&[u8], SmimeType); 6] = [
        (b"signed-data", SmimeType::SignedData),
        (b"enveloped-data", SmimeType::EnvelopedData),
        (b"authenveloped-data", SmimeType::AuthEnvelopedData),
        (b"certs-only", SmimeType::CertsOnly),
        (b"compressed-data", SmimeType::CompressedData),
        (b"signed-receipt", SmimeType::SignedReceipt),
    ];
    let found = types.iter().find(|(spelling, _)| spelling.eq_ignore_ascii_case(value));
    found.map_or(SmimeType::Other, |&(_, smime_type)| smime_type)
}

/// RULES 27: what the name of a file says where the media type says nothing.
fn kind_by_name(hint: FileNameHint) -> Option<EntityKind> {
    let mime = |smime_type| Some(EntityKind::Pkcs7Mime { smime_type });
    match hint {
        FileNameHint::P7m => mime(None),
        FileNameHint::P7c => mime(Some(SmimeType::CertsOnly)),
        FileNameHint::P7z => mime(Some(SmimeType::CompressedData)),
        FileNameHint::P7s => Some(EntityKind::Pkcs7Signature),
        _ => None,
    }
}

/// Every file name that the two fields give, encoded words undone, that of Content-Disposition first.
fn file_names<'n>(
    content_type: Parameters<'n>,
    disposition: Option<&'n [u8]>,
) -> SmallVec<[Cow<'n, [u8]>; 2]> {
    let disposition = disposition.map(parse_content_disposition).unwrap_or_default();
    let of_disposition = disposition.parameters.into_iter().filter(|p| p.name == "filename");
    let of_type = content_type.into_iter().filter(|p| p.name == "name");
    of_disposition.chain(of_type).map(file_name).collect()
}

fn file_name(parameter: Parameter<'_>) -> Cow<'_, [u8]> {
    let is_encoded = parameter.value.windows(2).any(|mark| mark == b"=?");
    trimmed(if is_encoded { Cow::Owned(parameter.text().into_bytes()) } else { parameter.value })
}

/// Whether a file of this name is opened as something else than S/MIME. Beside a type of S/MIME, a name without an
/// extension opens nothing.
fn names_another_kind(name: &[u8], is_smime: bool) -> bool {
    let names_smime = kind_by_name(extension_hint(name)).is_some();
    // Some programs end a name at a NUL, or show it from there on.
    let is_cut = name.iter().any(u8::is_ascii_control);
    let is_other = !names_smime && !name.is_empty() && (!is_smime || name.contains(&b'.'));
    is_other || is_cut
}

/// RFC 8551 §3.2.1: the file name is `smime` with an extension.
fn has_stem_of_smime(name: &[u8]) -> bool {
    name.get(..6).is_some_and(|stem| stem.eq_ignore_ascii_case(b"smime."))
}

fn extension_hint(name: &[u8]) -> FileNameHint {
    let hints: [(&[u8], FileNameHint); 5] = [
        (b".p7m", FileNameHint::P7m),
        (b".p7s", FileNameHint::P7s),
        (b".p7c", FileNameHint::P7c),
        (b".p7z", FileNameHint::P7z),
        (b".eml", FileNameHint::Eml),
    ];
    let extension = name.len().checked_sub(4).and_then(|at| name.get(at..)).unwrap_or_default();
    let found = hints.iter().find(|(spelling, _)| spelling.eq_ignore_ascii_case(extension));
    found.map_or(FileNameHint::Other, |&(_, hint)| hint)
}

/// RFC 2183 §2.8: an unknown disposition is an attachment.
fn scan_disposition(body: &[u8]) -> Disposition {
    let (word, _) = read_token(body, 0);
    match word {
        [] => Disposition::None,
        _ if word.eq_ignore_ascii_case(b"inline") => Disposition::Inline,
        _ => Disposition::Attachment,
    }
}
