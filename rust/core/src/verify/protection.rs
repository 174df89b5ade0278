//! Header protection: a header block inside a signature, compared with the one a reader sees.
//!
//! RFC 9788 puts the fields of a message into the header of its signed content, marked by `hp` in its Content-Type;
//! RFC 8551 §3.1 wraps the whole message. With `hp="cipher"` some fields are hidden outside on purpose, and HP-Outer
//! fields (§2.2) say what stood there when it was sent: those are then compared. Structural fields (`Content-*`,
//! MIME-Version) belong to the part and protect nothing.

use hashbrown::HashMap;

use crate::columns::text::cut_text;
use crate::limits;
use crate::mail::header::{Headers, unfold};

use super::found::{Found, LayerId, ProtectedHeader};
use super::headers::read_headers;
use super::vocabulary::HeaderProtection;

/// What a protected header says, and where the visible one differs.
pub(crate) struct HeaderFacts {
    pub(crate) kind: HeaderProtection,
    /// `Name: value` of every protected field, as signed, unfolded.
    pub(crate) fields: Vec<String>,
    /// Names of the fields whose visible values are not those that were sent.
    pub(crate) mismatched: Vec<String>,
    /// There is more than is listed, or a text is cut.
    pub(crate) cut: bool,
}

/// The header that a layer protects for its message: of its own content, or of what that holds compressed.
pub(super) fn protected_header<'f, 'a>(
    found: &'f Found<'a>,
    layer: LayerId,
) -> Option<&'f ProtectedHeader<'a>> {
    let mut id = layer;
    loop {
        let layer = found.layer(id)?;
        if let Some(protected) = &layer.protected {
            return Some(protected);
        }
        id = layer.compressed_inside?;
    }
}

/// Compares a protected header with the visible header block of its message.
pub(super) fn compare_headers(protected: &ProtectedHeader<'_>, message: &[u8]) -> HeaderFacts {
    let (inner, outer) = (read_headers(protected.block), read_headers(message));
    let mut facts = HeaderFacts {
        kind: protected.kind,
        fields: Vec::new(),
        mismatched: Vec::new(),
        cut: inner.truncated || outer.truncated,
    };
    let signed = signed_fields(&inner);
    for (name, value) in &signed {
        let text = [name.as_slice(), b": ", value].concat();
        facts.cut |= push(&mut facts.fields, &text);
    }
    let sent = match protected.kind {
        HeaderProtection::Rfc9788Cipher => outer_fields_as_sent(&inner),
        _ => signed.clone(),
    };
    let (sent, visible) = (by_name(sent.clone()), by_name(fields_of(&outer)));
    let mut compared: Vec<Vec<u8>> = Vec::new();
    for (name, _) in signed.iter().chain(&outer_fields_as_sent(&inner)) {
        let key = name.to_ascii_lowercase();
        if sent.get(&key) != visible.get(&key) && !compared.contains(&key) {
            facts.cut |= push(&mut facts.mismatched, name);
            compared.push(key);
        }
        if compared.len() > limits::PROTECTED_FIELDS {
            break;
        }
    }
    facts
}

/// A field's name and its value, unfolded, runs of blanks as one.
type Field = (Vec<u8>, Vec<u8>);

fn fields_of(headers: &Headers<'_>) -> Vec<Field> {
    let fields = headers.fields().iter();
    fields.map(|field| (headers.name(field).to_vec(), one_line(headers.body(field)))).collect()
}

/// RFC 9788 §1.1.1 (non-structural header fields): what the payload's header says of the message.
fn signed_fields(headers: &Headers<'_>) -> Vec<Field> {
    let mut fields = fields_of(headers);
    fields.retain(|(name, _)| {
        let name = name.to_ascii_lowercase();
        !name.starts_with(b"content-") && name != b"mime-version" && name != b"hp-outer"
    });
    fields
}

/// RFC 9788 §2.2: the body of HP-Outer is a whole field as it stood outside.
fn outer_fields_as_sent(headers: &Headers<'_>) -> Vec<Field> {
    let mut fields = fields_of(headers);
    fields.retain(|(name, _)| name.eq_ignore_ascii_case(b"hp-outer"));
    let split = |(_, body): &Field| {
        let colon = body.iter().position(|&octet| octet == b':')?;
        let (name, value) = body.split_at_checked(colon)?;
        Some((name.trim_ascii_end().to_vec(), value.get(1..)?.trim_ascii_start().to_vec()))
    };
    fields.iter().filter_map(split).collect()
}

fn by_name(fields: Vec<Field>) -> HashMap<Vec<u8>, Vec<Vec<u8>>, foldhash::fast::RandomState> {
    let mut by_name: HashMap<Vec<u8>, Vec<Vec<u8>>, _> = HashMap::default();
    for (name, value) in fields {
        by_name.entry(name.to_ascii_lowercase()).or_default().push(value);
    }
    by_name
}

/// Relays fold anew, so that only the words count.
fn one_line(body: &[u8]) -> Vec<u8> {
    let unfolded = unfold(body);
    let words = unfolded.split(|octet| matches!(octet, b' ' | b'\t'));
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(&b' ')
}

/// Appends a text as a column holds it; whether something is missing.
fn push(texts: &mut Vec<String>, bytes: &[u8]) -> bool {
    if texts.len() == limits::PROTECTED_FIELDS {
        return true;
    }
    let text = String::from_utf8_lossy(bytes);
    let kept = cut_text(&text);
    let is_cut = kept.len() < text.len();
    texts.push(kept.to_owned());
    is_cut
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(kind: HeaderProtection, block: &str, message: &str) -> (Vec<String>, Vec<String>) {
        let protected = ProtectedHeader { kind, author: None, block: block.as_bytes() };
        let facts = compare_headers(&protected, message.as_bytes());
        assert!(!facts.cut);
        (facts.fields, facts.mismatched)
    }

    #[test]
    fn protected_fields_that_differ_outside_are_named_once_each() {
        let block = "From: a@b\nTo: c@d\nSubject: one\n two\nX-Twice: 1\nX-Twice: 2\n\
                     Content-Type: text/plain; hp=clear\nMIME-Version: 1.0\n\n";
        let message = "Received: x\nFROM:  a@b\nSubject: one  two\nX-Twice: 2\nX-Twice: 1\n\
                       Cc: e@f\nContent-Type: multipart/signed\n\nTo: c@d\n";
        let (fields, mismatched) = compared(HeaderProtection::Rfc9788Clear, block, message);
        assert_eq!(
            fields,
            ["From: a@b", "To: c@d", "Subject: one two", "X-Twice: 1", "X-Twice: 2"]
        );
        assert_eq!(mismatched, ["To", "X-Twice"]);
    }

    #[test]
    fn fields_hidden_on_purpose_are_compared_with_what_was_sent_outside() {
        let block = "From: a@b\nSubject: secret\nKeywords: hidden\nHP-Outer: From: a@b\n\
                     HP-Outer: Subject: [...]\n\n";
        let kind = HeaderProtection::Rfc9788Cipher;
        let (_, none) = compared(kind, block, "From: a@b\nSubject: [...]\n\n");
        assert!(none.is_empty(), "{none:?}");
        let (_, changed) = compared(kind, block, "From: a@b\nSubject: other\nKeywords: x\n\n");
        assert_eq!(changed, ["Subject", "Keywords"]);
        // Where nothing is hidden, HP-Outer says nothing.
        let (_, clear) =
            compared(HeaderProtection::Rfc9788Clear, block, "From: a@b\nSubject: [...]\n\n");
        assert_eq!(clear, ["Subject", "Keywords"]);
    }

    #[test]
    fn rule_43_lists_of_protected_fields_are_cut_and_say_so() {
        let block: String = (0..1_000).map(|n| format!("X-{n}: y\n")).collect();
        let kind = HeaderProtection::Rfc9788Clear;
        let protected = ProtectedHeader { kind, author: None, block: block.as_bytes() };
        let facts = compare_headers(&protected, b"From: a@b\n\n");
        assert_eq!(facts.fields.len(), limits::PROTECTED_FIELDS);
        assert_eq!(facts.mismatched.len(), limits::PROTECTED_FIELDS);
        assert!(facts.cut);
    }
}
