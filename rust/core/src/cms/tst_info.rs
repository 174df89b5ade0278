//! TSTInfo: what a time-stamp token says, by whom it is said being another matter (RFC 3161 §2.4.2).
//!
//! A token is SignedData over this. Times come out as Unix microseconds, fractions kept and rounded up; encodings that
//! old services wrote are read with a quirk. Nothing here compares the imprint with anything.

use std::borrow::Cow;

use super::algorithms::AlgorithmIdentifier;
use super::cursor::{Cursor, Object, small_number};
use super::error::{CmsError, Field};
use super::quirk::{CmsQuirks, Quirk};
use crate::asn1::oid::Oid;
use crate::asn1::reader::{self, Element, Reader, Tag};
use crate::asn1::values::{is_der_time, parse_boolean, parse_time, parse_u32};
use crate::limits;

/// Microseconds of a second, and of a millisecond.
const SECOND: i64 = 1_000_000;
const MILLISECOND: i64 = 1_000;

/// RFC 3161 §2.4.2:
///
/// ```text
/// TSTInfo ::= SEQUENCE {
///   version INTEGER { v1(1) },
///   policy TSAPolicyId,
///   messageImprint MessageImprint,
///   serialNumber INTEGER,
///   genTime GeneralizedTime,
///   accuracy Accuracy OPTIONAL,
///   ordering BOOLEAN DEFAULT FALSE,
///   nonce INTEGER OPTIONAL,
///   tsa [0] GeneralName OPTIONAL,
///   extensions [1] IMPLICIT Extensions OPTIONAL }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TstInfo<'a> {
    /// `version`, a quirk at most.
    pub version: u32,
    /// `policy`.
    pub policy: Oid<'a>,
    /// `messageImprint`.
    pub imprint: MessageImprint<'a>,
    /// `serialNumber`: content octets as encoded.
    pub serial: &'a [u8],
    /// `genTime`, Unix microseconds.
    pub gen_time_unix_us: i64,
    /// `accuracy` in microseconds; `None` when the token does not say.
    pub accuracy_us: Option<i64>,
    /// `ordering`.
    pub ordering: bool,
    /// `nonce`: content octets as encoded.
    pub nonce: Option<&'a [u8]>,
    /// `tsa`: the GeneralName, whole. A hint: the signing-certificate attribute names the certificate.
    pub tsa: Option<&'a [u8]>,
    /// `extensions`: their content.
    pub extensions: Option<&'a [u8]>,
    /// An extension is critical, or the list of them cannot be read; none is processed here.
    pub has_critical_extension: bool,
    /// Accepted deviations.
    pub quirks: CmsQuirks,
}

/// RFC 3161 §2.4.1:
///
/// ```text
/// MessageImprint ::= SEQUENCE {
///   hashAlgorithm AlgorithmIdentifier,
///   hashedMessage OCTET STRING }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageImprint<'a> {
    /// `hashAlgorithm`.
    pub hash_algorithm: AlgorithmIdentifier<'a>,
    /// `hashedMessage`.
    pub hash: Cow<'a, [u8]>,
}

/// Parses the content of a token, which is one TSTInfo.
///
/// # Errors
/// A [`CmsError`] where it cannot be read, or its time is no moment.
pub fn parse_tst_info(bytes: &[u8]) -> Result<TstInfo<'_>, CmsError> {
    let mut quirks = CmsQuirks::EMPTY;
    let mut whole = Cursor::new(bytes, Object::of(bytes));
    let sequence = whole.read(Tag::SEQUENCE, Field::TstInfo)?;
    if !whole.is_empty() {
        quirks.insert(Quirk::TrailingBytes);
    }
    let mut fields = whole.inside(&sequence);
    let version = fields.read_version()?;
    if version != 1 {
        quirks.insert(Quirk::UnusualVersion);
    }
    let policy = fields.read_oid(Field::TstInfo)?;
    let imprint = read_imprint(&mut fields, &mut quirks)?;
    let serial = fields.read(Tag::INTEGER, Field::SerialNumber)?.content;
    let gen_time_unix_us = read_gen_time(&mut fields, &mut quirks)?;
    let accuracy_us = read_accuracy(&mut fields, &mut quirks)?;
    let ordering = read_ordering(&mut fields, &mut quirks)?;
    let nonce = fields.read_optional(Tag::INTEGER, Field::TstInfo)?;
    let tsa = fields.read_optional(Tag::context_constructed(0), Field::TstInfo)?;
    let extensions = fields.read_optional(Tag::context_constructed(1), Field::TstInfo)?;
    if !fields.is_empty() {
        quirks.insert(Quirk::TrailingElements);
    }
    Ok(TstInfo {
        version,
        policy,
        imprint,
        serial,
        gen_time_unix_us,
        accuracy_us,
        ordering,
        nonce: nonce.map(|nonce| nonce.content),
        tsa: tsa.map(|tsa| tsa.content),
        extensions: extensions.map(|extensions| extensions.content),
        has_critical_extension: extensions.is_some_and(|list| has_critical(list.reader())),
        quirks,
    })
}

impl TstInfo<'_> {
    /// RULES 22b: the latest time that the token may mean, genTime plus accuracy.
    #[must_use]
    pub fn latest_unix_us(&self) -> i64 {
        self.gen_time_unix_us.saturating_add(self.accuracy_us.unwrap_or(0))
    }

    /// The earliest time that the token may mean.
    #[must_use]
    pub fn earliest_unix_us(&self) -> i64 {
        self.gen_time_unix_us.saturating_sub(self.accuracy_us.unwrap_or(0))
    }
}

fn read_imprint<'a>(
    fields: &mut Cursor<'a>,
    quirks: &mut CmsQuirks,
) -> Result<MessageImprint<'a>, CmsError> {
    let sequence = fields.read(Tag::SEQUENCE, Field::MessageImprint)?;
    let mut inner = fields.inside(&sequence);
    let hash_algorithm = inner.read_algorithm(Field::DigestAlgorithm)?;
    let hash = inner.read_octets(Field::MessageImprint)?;
    if !inner.is_empty() {
        quirks.insert(Quirk::TrailingElements);
    }
    Ok(MessageImprint { hash_algorithm, hash })
}

/// RFC 3161 §2.4.2: GeneralizedTime with seconds in UTC, with a fraction where there is need; others were written.
fn read_gen_time(fields: &mut Cursor<'_>, quirks: &mut CmsQuirks) -> Result<i64, CmsError> {
    let before = *fields;
    let time = fields.read_any(Field::GenTime)?;
    let unix_s = parse_time(&time).map_err(|found| before.error(Field::GenTime, found))?;
    let fraction = fraction_of(time.content);
    if time.tag != Tag::GENERALIZED_TIME || !is_der_time(&without_fraction(&time, fraction)) {
        quirks.insert(Quirk::TokenNotDer);
    }
    Ok(unix_s.saturating_mul(SECOND).saturating_add(fraction_us(fraction)))
}

/// The digits behind the decimal sign; none without one.
fn fraction_of(time: &[u8]) -> &[u8] {
    let sign = time.iter().position(|octet| matches!(octet, b'.' | b','));
    let rest = sign.and_then(|at| time.get(at + 1..)).unwrap_or_default();
    let digits = rest.iter().take_while(|octet| octet.is_ascii_digit()).count();
    rest.get(..digits).unwrap_or_default()
}

/// The same time as if the fraction were not there, for a fraction as X.690 §11.7 writes it; else as it is.
fn without_fraction<'a>(time: &Element<'a>, fraction: &[u8]) -> Element<'a> {
    let is_der = time.content.get(14) == Some(&b'.')
        && time.content.len() == 16 + fraction.len()
        && time.content.last() == Some(&b'Z')
        && fraction.last().is_some_and(|&digit| digit != b'0');
    match time.content.get(fraction.len() + 1..) {
        // Of the right length, and ending in the same octet.
        Some(content) if is_der => Element { content, ..*time },
        _ => *time,
    }
}

/// A fraction of a second in microseconds; what is finer counts as one more.
fn fraction_us(digits: &[u8]) -> i64 {
    let (coarse, fine) = digits.split_at(digits.len().min(6));
    let padded = coarse.iter().chain(core::iter::repeat(&b'0')).take(6);
    let whole = padded.fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    whole + i64::from(fine.iter().any(|&digit| digit != b'0'))
}

/// RFC 3161 §2.4.2:
///
/// ```text
/// Accuracy ::= SEQUENCE {
///   seconds INTEGER OPTIONAL,
///   millis [0] INTEGER (1..999) OPTIONAL,
///   micros [1] INTEGER (1..999) OPTIONAL }
/// ```
fn read_accuracy(fields: &mut Cursor<'_>, quirks: &mut CmsQuirks) -> Result<Option<i64>, CmsError> {
    let Some(sequence) = fields.read_optional(Tag::SEQUENCE, Field::Accuracy)? else {
        return Ok(None);
    };
    let mut inner = fields.inside(&sequence);
    let mut accuracy_us = 0;
    for (tag, unit_us) in [
        (Tag::INTEGER, SECOND),
        (Tag::context_primitive(0), MILLISECOND),
        (Tag::context_primitive(1), 1),
    ] {
        let before = inner;
        let Some(number) = inner.read_optional(tag, Field::Accuracy)? else { continue };
        // What is out of range is read as it stands: a larger number only makes the token worth less.
        let value = parse_u32(number.content).map_err(|it| before.error(Field::Accuracy, it))?;
        if tag != Tag::INTEGER && !(1..=999).contains(&value) {
            quirks.insert(Quirk::TokenNotDer);
        }
        accuracy_us += i64::from(value) * unit_us;
    }
    if inner.is_empty() {
        Ok(Some(accuracy_us))
    } else {
        // It may say that the time is less exact.
        Err(inner.error(Field::Accuracy, reader::Error::Malformed))
    }
}

fn read_ordering(fields: &mut Cursor<'_>, quirks: &mut CmsQuirks) -> Result<bool, CmsError> {
    let before = *fields;
    let Some(ordering) = fields.read_optional(Tag::BOOLEAN, Field::TstInfo)? else {
        return Ok(false);
    };
    let boolean =
        parse_boolean(ordering.content).map_err(|found| before.error(Field::TstInfo, found))?;
    // X.690 §11.5: a default is not written.
    if !boolean.value || !boolean.is_der {
        quirks.insert(Quirk::TokenNotDer);
    }
    Ok(boolean.value)
}

/// RFC 5280 §4.2: what is critical and not understood makes the whole unusable.
fn has_critical(mut extensions: Reader<'_>) -> bool {
    let mut looked_at = 0;
    while !extensions.is_empty() {
        looked_at += 1;
        let Ok(extension) = extensions.read(Tag::SEQUENCE) else { return true };
        let mut fields = extension.reader();
        if fields.read(Tag::OID).is_err() || looked_at > limits::ATTRIBUTES {
            return true;
        }
        let critical = fields.read_optional(Tag::BOOLEAN);
        let is_critical = |flag: Element<'_>| small_number(flag.content) != 0;
        if !critical.is_ok_and(|flag| !flag.is_some_and(is_critical)) {
            return true;
        }
    }
    false
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::super::fixtures::{algorithm, element, object_identifier};
    use super::*;
    use proptest::prelude::*;

    /// A TSTInfo with this genTime element, and what follows it.
    fn token(gen_time: &[u8], rest: &[u8]) -> Vec<u8> {
        let imprint = element(0x30, &[&algorithm(), &element(0x04, &[&[7; 32]])]);
        let policy = object_identifier(Oid(&[0x2a, 3]));
        element(0x30, &[&[2, 1, 1], &policy, &imprint, &[2, 2, 1, 9], gen_time, rest])
    }

    fn generalized(text: &[u8]) -> Vec<u8> {
        element(0x18, &[text])
    }

    const TIME: &[u8] = b"20131120101112Z";
    const AT: i64 = 1_384_942_272_000_000;

    #[test]
    fn tst_info_is_read_field_by_field() {
        let tsa = element(0xa0, &[&element(0xa4, &[&element(0x30, &[])])]);
        let accuracy = element(0x30, &[&[2, 1, 1], &[0x80, 2, 1, 0xf4], &[0x81, 1, 100]]);
        let rest = [&accuracy[..], &[1, 1, 0xff], &[2, 1, 42], &tsa].concat();
        let bytes = token(&generalized(TIME), &rest);
        let info = parse_tst_info(&bytes).unwrap();
        assert_eq!((info.version, info.policy.to_string()), (1, "1.2.3".to_owned()));
        assert_eq!((info.imprint.hash.len(), info.serial), (32, &[1, 9][..]));
        assert_eq!((info.gen_time_unix_us, info.accuracy_us), (AT, Some(1_500_100)));
        assert_eq!(info.latest_unix_us() - info.earliest_unix_us(), 3_000_200);
        assert_eq!((info.ordering, info.nonce), (true, Some(&[42][..])));
        assert_eq!(info.tsa.unwrap()[0], 0xa4);
        assert!(info.quirks.is_empty() && !info.has_critical_extension);
    }

    #[test]
    fn tst_info_of_old_encodings_is_read_with_a_quirk() {
        let times: [(Vec<u8>, i64, bool); 9] = [
            (generalized(TIME), 0, false),
            (generalized(b"20131120101112.5Z"), 500_000, false),
            (generalized(b"20131120101112.000000000001Z"), 1, false),
            (generalized(b"20131120101112.1234561Z"), 123_457, false),
            (generalized(b"20131120101112,25Z"), 250_000, true),
            (generalized(b"20131120101112.250Z"), 250_000, true),
            (generalized(b"20131120111112,25+0100"), 250_000, true),
            (generalized(b"201311201011Z"), -12_000_000, true),
            (element(0x17, &[b"131120101112Z"]), 0, true),
        ];
        for (time, offset, is_odd) in times {
            let bytes = token(&time, &[]);
            let info = parse_tst_info(&bytes).unwrap();
            assert_eq!(info.gen_time_unix_us, AT + offset, "{time:?}");
            assert_eq!(info.quirks.contains(Quirk::TokenNotDer), is_odd, "{time:?}");
            assert_eq!((info.accuracy_us, info.latest_unix_us()), (None, AT + offset));
        }
        for rest in [&[1, 1, 0][..], &[1, 1, 1], &[0x30, 4, 0x80, 2, 3, 0xe8]] {
            let bytes = token(&generalized(TIME), rest);
            assert!(parse_tst_info(&bytes).unwrap().quirks.contains(Quirk::TokenNotDer));
        }
    }

    #[test]
    fn tst_info_whose_time_or_accuracy_is_none_is_refused() {
        for time in [&b"20131120101112"[..], b"20131320101112Z", b"", b"20131120101112.Z"] {
            let error = parse_tst_info(&token(&generalized(time), &[])).unwrap_err();
            assert_eq!(error.expected, Field::GenTime);
        }
        for accuracy in
            [&[2, 1, 0x80][..], &[0x81, 1, 5, 0x80, 1, 5], &[4, 0], &[2, 5, 1, 0, 0, 0, 0]]
        {
            let bytes = token(&generalized(TIME), &element(0x30, &[accuracy]));
            assert_eq!(parse_tst_info(&bytes).unwrap_err().expected, Field::Accuracy);
        }
    }

    #[test]
    fn tst_info_with_critical_or_broken_extension_says_so() {
        let oid = object_identifier(Oid(&[0x2a, 3]));
        let extension = |flag: &[u8]| element(0x30, &[&oid, flag, &[4, 0]]);
        let list = |extensions: &[u8]| element(0xa1, &[extensions]);
        for (rest, is_critical) in [
            (list(&extension(&[])), false),
            (list(&extension(&[1, 1, 0])), false),
            (list(&extension(&[1, 1, 0xff])), true),
            (list(&extension(&[1, 1, 1])), true),
            (list(&[0x30, 0]), true),
            (list(&[4, 0]), true),
        ] {
            let bytes = token(&generalized(TIME), &rest);
            assert_eq!(parse_tst_info(&bytes).unwrap().has_critical_extension, is_critical);
        }
    }

    #[test]
    fn rule_43_extensions_beyond_the_cap_count_as_critical() {
        let extension = element(0x30, &[&object_identifier(Oid(&[0x2a, 3])), &[4, 0]]);
        for (count, is_critical) in [(limits::ATTRIBUTES, false), (limits::ATTRIBUTES + 1, true)] {
            let list = element(0xa1, &[&extension.repeat(count)]);
            let bytes = token(&generalized(TIME), &list);
            assert_eq!(parse_tst_info(&bytes).unwrap().has_critical_extension, is_critical);
        }
    }

    proptest! {
        #[test]
        fn tst_info_of_any_bytes_never_panics(bytes: Vec<u8>, time in "[0-9.,Z+]{0,24}") {
            let _ = parse_tst_info(&bytes);
            let _ = parse_tst_info(&token(&generalized(time.as_bytes()), &bytes));
        }
    }
}
