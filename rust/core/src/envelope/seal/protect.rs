//! Header protection of new envelopes (RFC 9788 §5.2): the fields of the author inside, and what of them is shown outside.
//!
//! Outside, the Subject is `[...]` (§3.2.2, hcp_baseline, Comments and Keywords going altogether); every field that is
//! shown is named inside (HP-Outer), so that a reader knows which were changed on the way. A message that is signed gets
//! none: its fields could only stand inside the signature, which nobody here can make.

use std::ops::Range;

use crate::envelope::entity::{line_break, read_header, with_crlf};
use crate::mail::content_type::is_type_by_grammar;
use crate::mail::header::{Field, Headers};

/// What the author's program writes and readers show or use (RFC 9788 §1.1.1).
const PROTECTED: [&[u8]; 11] = [
    b"From",
    b"Sender",
    b"Reply-To",
    b"To",
    b"Cc",
    b"Date",
    b"Message-ID",
    b"In-Reply-To",
    b"References",
    b"Subject",
    b"MIME-Version",
];
/// Those that are nowhere to be seen outside (§3.2.2); Thread-Topic is Outlook's copy of the Subject.
const HIDDEN: [&[u8]; 3] = [b"Comments", b"Keywords", b"Thread-Topic"];

/// Whether the Content-Type of an entity can be given a mark: in any other spelling that would become part of something else.
pub(super) fn can_be_marked(entity: &[u8]) -> bool {
    let body = content_type_of(entity).and_then(|(_, body)| entity.get(body));
    body.is_none_or(is_type_by_grammar)
}

/// A header for outside, with the empty line, and the entity with the protected fields; nothing where the entity has no
/// Content-Type to say so.
pub(super) fn protected(
    message: &[u8],
    header: &Headers<'_>,
    entity: &[u8],
) -> Option<(Vec<u8>, Vec<u8>)> {
    let end = line_break(header);
    let mut outer = Vec::with_capacity(header.body_start + 64);
    let (mut inside, mut shown) = (Vec::new(), Vec::new());
    let first = header.fields().first()?.name_range.start;
    outer.extend_from_slice(message.get(..first)?);
    for field in header.fields() {
        let name = header.name(field);
        // Of a protection that is gone: it would tell of another outside.
        if is_in(&[b"HP-Outer"], name) {
            continue;
        }
        let whole = with_end(header.whole(field), end);
        let outside: &[u8] = if is_in(&[b"Subject"], name) { b"Subject: [...]" } else { &whole };
        let is_hidden = is_in(&HIDDEN, name);
        if is_hidden || is_in(&PROTECTED, name) {
            inside.extend_from_slice(&with_crlf(&whole));
        }
        if is_hidden {
            continue;
        }
        let outside = with_end(outside, end);
        outer.extend_from_slice(&outside);
        if is_in(&PROTECTED, name) {
            shown.extend_from_slice(b"HP-Outer: ");
            shown.extend_from_slice(&with_crlf(&outside));
        }
    }
    outer.extend_from_slice(end);
    let (before, content_type) = content_type_of(entity)?;
    let (content_before, _) = entity.split_at_checked(before)?;
    let head = entity.get(before..content_type.start)?;
    let said = without_mark(entity.get(content_type.clone())?);
    let rest = entity.get(content_type.end..)?;
    let content = [head, &said, b"; hp=\"cipher\"", rest].concat();
    Some((outer, [content_before, &inside, &shown, &content].concat()))
}

/// A Content-Type without the parameter of a protection that is gone (RFC 9788 §2.1.1), which another beside it would
/// belie.
fn without_mark(body: &[u8]) -> Vec<u8> {
    let (mut is_quoted, mut is_escaped, mut comments) = (false, false, 0_u32);
    let parts = body.split(|&octet| {
        let is_plain = !std::mem::take(&mut is_escaped);
        match octet {
            b'\\' if is_quoted || comments > 0 => is_escaped = is_plain,
            b'"' if is_plain && comments == 0 => is_quoted ^= true,
            b'(' if is_plain && !is_quoted => comments += 1,
            b')' if is_plain && !is_quoted => comments = comments.saturating_sub(1),
            b';' => return !is_quoted && comments == 0,
            _ => {}
        }
        false
    });
    let kept: Vec<&[u8]> = parts.filter(|part| !is_mark(part)).collect();
    kept.join(&b';')
}

/// Whether a parameter is `hp`, in one piece or several (RFC 2231), with comments or without.
fn is_mark(parameter: &[u8]) -> bool {
    let (mut name, mut comments) = (Vec::new(), 0_u32);
    for &octet in parameter {
        match octet {
            b'(' => comments += 1,
            b')' => comments = comments.saturating_sub(1),
            _ if comments > 0 || octet.is_ascii_whitespace() => {}
            b'=' => break,
            _ => name.push(octet.to_ascii_lowercase()),
        }
    }
    name == b"hp" || name.starts_with(b"hp*")
}

/// Where the first field of an entity begins, and where the body of its Content-Type stands.
fn content_type_of(entity: &[u8]) -> Option<(usize, Range<usize>)> {
    let header = read_header(entity)?;
    let is_type = |field: &&Field| is_in(&[b"Content-Type"], header.name(field));
    let field = header.fields().iter().find(is_type)?;
    let body = header.body(field).trim_ascii_end();
    let body = body.strip_suffix(b";").unwrap_or(body);
    let start = field.body.start;
    Some((header.fields().first()?.name_range.start, start..start + body.len()))
}

fn is_in(names: &[&[u8]], name: &[u8]) -> bool {
    names.iter().any(|it| it.eq_ignore_ascii_case(name))
}

/// A field with the line end that the last one may lack.
fn with_end(field: &[u8], end: &[u8]) -> Vec<u8> {
    let mut whole = field.to_vec();
    if !whole.ends_with(b"\n") {
        whole.extend_from_slice(end);
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mark_of_a_protection_that_is_gone_is_taken_out() {
        let cases: [(&[u8], &[u8]); 10] = [
            (b"text/plain; hp=\"clear\"", b"text/plain"),
            (b"text/plain; HP = clear; charset=utf-8", b"text/plain; charset=utf-8"),
            (b"text/plain; name=\"; hp=clear\"", b"text/plain; name=\"; hp=clear\""),
            (b"text/plain; name=\"\\\"; hp=clear\"", b"text/plain; name=\"\\\"; hp=clear\""),
            (b"text/plain; hpx=1", b"text/plain; hpx=1"),
            (b"text/plain (a; hp=b) ; charset=x", b"text/plain (a; hp=b) ; charset=x"),
            (b"text/plain; (c) hp=\"clear\"; a=b", b"text/plain; a=b"),
            (b"text/plain; hp (c=d) = clear", b"text/plain"),
            (b"text/plain; hp*=us-ascii''clear", b"text/plain"),
            (b"text/plain; hp*0=cl; hp*1=ear; b=c", b"text/plain; b=c"),
        ];
        for (said, kept) in cases {
            assert_eq!(without_mark(said), kept, "{}", String::from_utf8_lossy(said));
        }
    }
}
