//! Sound: whether what came out of a cipher without integrity is what a right key gives (RULES 33).
//!
//! Under a wrong content key the padding is right once in 256 times, and what lies before it are octets by chance. So the
//! content has to be an entity, text, or a CMS object of the type that the envelope names. Every bound here is below one in
//! ten million for octets by chance behind a right padding; text has no header where a program encrypted what was no mail,
//! and is in any charset.

use crate::asn1::oid::{self, Oid};
use crate::cms::auth_enveloped_data::parse_auth_enveloped_data;
use crate::cms::compressed_data::parse_compressed_data;
use crate::cms::content_info::{parse_content_info, parse_inner_content};
use crate::cms::enveloped_data::parse_enveloped_data;
use crate::cms::signed_data::parse_signed_data;
use crate::limits;
use crate::mail::header::parse_headers;

/// Whether `text` can be a content of the type that its envelope names.
pub(super) fn is_sound(content_type: Oid<'_>, text: &[u8]) -> bool {
    match content_type {
        oid::DATA => is_entity(text) || is_plain_text(text),
        other => is_object(other, text),
    }
}

/// Whether `text` begins with a header field in a line of text, as octets by chance do once in ten million times.
fn is_entity(text: &[u8]) -> bool {
    const SHORTEST: usize = 6;
    let line = text.split(|octet| *octet == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let is_text = line.iter().all(|octet| matches!(octet, b'\t' | b' '..=b'~'));
    let headers = parse_headers(text, limits::HEADER_BYTES, 1);
    let is_first = headers.fields().first().is_some_and(|field| field.name_range.start == 0);
    is_text && is_first && line.len() >= SHORTEST
}

/// Whether `text` begins as text does: with UTF-8, or in whatever charset with no controls for longer.
fn is_plain_text(text: &[u8]) -> bool {
    /// Octets by chance are UTF-8 without controls once in 10^11 times for so many of them.
    const OF_UTF_8: usize = 32;
    /// Fewer are enough where they are all of it: 8 to 14 come with two octets of padding at least, and 15 by chance once in
    /// 10^5 times, with one.
    const SHORTEST: usize = 8;
    /// Octets by chance have no control among so many once in 10^8 times.
    const OF_ANY_CHARSET: usize = 160;
    let (of_utf_8, any) = (text.get(..OF_UTF_8).unwrap_or(text), text.get(..OF_ANY_CHARSET));
    let has_none = |octets: &[u8]| octets.iter().all(|octet| !is_control(*octet));
    let is_utf_8 = match std::str::from_utf8(of_utf_8) {
        Ok(_) => true,
        // A character that the cut goes through.
        Err(error) => error.error_len().is_none() && of_utf_8.len() < text.len(),
    };
    let is_short_or_utf_8 = of_utf_8.len() >= SHORTEST && is_utf_8 && has_none(of_utf_8);
    is_short_or_utf_8 || any.is_some_and(has_none)
}

/// Controls that no text has; ESC begins the shifts of ISO-2022 (RFC 1468).
const fn is_control(octet: u8) -> bool {
    matches!(octet, 0..=8 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f | 0x7f)
}

/// Whether `text` is a CMS object of a type that may lie inside another.
fn is_object(content_type: Oid<'_>, text: &[u8]) -> bool {
    let parsed = parse_content_info(text).or_else(|_| parse_inner_content(content_type, text));
    parsed.is_ok_and(|(info, _)| match info.content_type {
        oid::SIGNED_DATA => parse_signed_data(&info).is_ok(),
        oid::ENVELOPED_DATA => parse_enveloped_data(&info).is_ok(),
        oid::AUTH_ENVELOPED_DATA => parse_auth_enveloped_data(&info).is_ok(),
        oid::COMPRESSED_DATA => parse_compressed_data(&info).is_ok(),
        _ => false,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn is_mail(text: &[u8]) -> bool {
        is_sound(oid::DATA, text)
    }

    #[test]
    fn rule_33_text_in_every_charset_is_sound() {
        let japanese = "\u{1b}$B$3$s$K$A$O\u{1b}(B, this is ISO-2022-JP.\r\n";
        for text in
            ["Jörg, hallo\r\n", "Привет, как дела? Что нового у вас?", japanese, "Grüße an alle"]
        {
            assert!(is_mail(text.as_bytes()), "{text}");
        }
        // A character of two octets lies across the place where reading stops.
        assert!(is_mail(format!("{}ä und mehr", "x".repeat(31)).as_bytes()));
        let mut latin_1: Vec<u8> = b"Herr M\xfcller schrieb: ".repeat(7);
        assert!(!is_mail(&latin_1));
        latin_1.extend_from_slice(&latin_1.clone());
        assert!(is_mail(&latin_1));
        assert!(is_mail(b"Subject: M\xc3\xbcller\r\nContent-Type: text/plain\r\n\r\nx\r\n"));
    }

    #[test]
    fn rule_33_octets_by_chance_are_not() {
        assert!(!is_mail(b"") && !is_mail(b"seven.."));
        assert!(!is_mail(b"with a \0 in the first thirty-two octets of text"));
        assert!(!is_mail("ä".repeat(40).as_bytes().get(1..).unwrap()));
        // Cut off at the end of all there is, and not of what is looked at.
        assert!(!is_mail(b"J\xc3\xb6rg Gr\xc3"));
        let mut state = 1_u64;
        let mut by_chance = |octets: usize| -> Vec<u8> {
            let mut next = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 56) as u8
            };
            (0..octets).map(|_| next()).collect()
        };
        let passed = (0..100_000).filter(|_| is_mail(&by_chance(400))).count();
        assert_eq!(passed, 0);
    }
}
