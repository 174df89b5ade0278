//! Values of single elements: booleans, integers, bit strings, times and text (X.690 §8 and §11).
//!
//! Tolerant where thirty years of encoders were sloppy (RULES 18), never where two readings would be possible:
//! a time without a zone and text outside its type's alphabet are refused, not guessed. Text for people
//! ([`text_of`]) may hold replacement characters; text for comparison ([`parse_text`]) never does.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use super::reader::{Element, Error, Result, Tag};

/// A BOOLEAN (X.690 §8.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Boolean {
    /// Any octet but zero is TRUE.
    pub value: bool,
    /// The octet is one of the two that DER allows, 0x00 and 0xff (X.690 §11.1).
    pub is_der: bool,
}

/// A BOOLEAN from its content octets.
///
/// # Errors
/// [`Error::Malformed`] unless there is exactly one octet.
pub const fn parse_boolean(content: &[u8]) -> Result<Boolean> {
    match content {
        [octet] => Ok(Boolean { value: *octet != 0, is_der: matches!(octet, 0 | 0xff) }),
        _ => Err(Error::Malformed),
    }
}

/// Whether the content octets of an INTEGER say a negative number (X.690 §8.3.3).
#[must_use]
pub fn is_negative(content: &[u8]) -> bool {
    content.first().is_some_and(|first| first & 0x80 != 0)
}

/// The content octets of an INTEGER read as an unsigned number: big-endian, without leading zeros (zero is empty).
///
/// A number encoded negative by mistake comes out as the number that was meant; ask [`is_negative`] first.
#[must_use]
pub fn unsigned_magnitude(content: &[u8]) -> &[u8] {
    let zeros = content.iter().take_while(|&&octet| octet == 0).count();
    content.get(zeros..).unwrap_or_default()
}

/// The content octets of an INTEGER without redundant leading octets: equal exactly for equal numbers (X.690 §8.3.2).
#[must_use]
pub fn minimal_integer(mut content: &[u8]) -> &[u8] {
    while let [0x00, second, ..] | [0xff, second, ..] = content {
        if is_negative(content) != (second & 0x80 != 0) {
            break;
        }
        content = content.get(1..).unwrap_or_default();
    }
    content
}

/// A small non-negative INTEGER from its content octets.
///
/// # Errors
/// [`Error::Malformed`] when empty, negative or above 32 bits.
pub fn parse_u32(content: &[u8]) -> Result<u32> {
    let magnitude = unsigned_magnitude(content);
    if content.is_empty() || is_negative(content) || magnitude.len() > 4 {
        return Err(Error::Malformed);
    }
    Ok(magnitude.iter().fold(0, |value, &octet| value << 8 | u32::from(octet)))
}

/// Lower-case hexadecimal of an INTEGER's content octets, as columns show serial numbers.
///
/// A sign octet of zero is left out; a negative number is its magnitude behind `-`.
#[must_use]
pub fn integer_hex(content: &[u8]) -> String {
    match minimal_integer(content) {
        negative if is_negative(negative) => {
            let mut magnitude: Vec<u8> = negative.iter().map(|octet| !octet).collect();
            for octet in magnitude.iter_mut().rev() {
                *octet = octet.wrapping_add(1);
                if *octet != 0 {
                    break;
                }
            }
            let start = magnitude.iter().position(|&octet| octet != 0).unwrap_or_default();
            format!("-{}", hex(magnitude.get(start..).unwrap_or_default()))
        }
        [0, rest @ ..] if !rest.is_empty() => hex(rest),
        octets => hex(octets),
    }
}

/// Lower-case hexadecimal of octets.
#[must_use]
pub fn hex(octets: &[u8]) -> String {
    use core::fmt::Write as _;
    octets.iter().fold(String::with_capacity(octets.len() * 2), |mut text, octet| {
        let _ = write!(text, "{octet:02x}");
        text
    })
}

/// A BIT STRING (X.690 §8.6), primitive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BitString<'a> {
    /// Bits of the last octet that do not belong to the value, 0 to 7.
    pub unused: u8,
    /// The octets after the count of unused bits.
    pub bytes: &'a [u8],
}

impl<'a> BitString<'a> {
    /// Bit `index`, counted from the most significant bit of the first octet; absent bits are zero.
    #[must_use]
    pub fn bit(&self, index: usize) -> bool {
        let within = index + usize::from(self.unused) < self.bytes.len() * 8;
        within && self.bytes.get(index / 8).is_some_and(|octet| octet & (0x80 >> (index % 8)) != 0)
    }

    /// The octets of a value that is whole octets, as keys and signatures are.
    ///
    /// # Errors
    /// [`Error::Malformed`] when bits of the last octet are unused.
    pub const fn whole_octets(&self) -> Result<&'a [u8]> {
        if self.unused == 0 { Ok(self.bytes) } else { Err(Error::Malformed) }
    }
}

/// A primitive BIT STRING from its content octets.
///
/// # Errors
/// [`Error::Malformed`] for a count of unused bits above 7, or without the octet they would be in.
pub fn parse_bit_string(content: &[u8]) -> Result<BitString<'_>> {
    match content.split_first() {
        Some((&unused, bytes)) if unused == 0 || (unused < 8 && !bytes.is_empty()) => {
            Ok(BitString { unused, bytes })
        }
        _ => Err(Error::Malformed),
    }
}

/// UTCTime or GeneralizedTime as Unix seconds, with the oddities of RULES 18: seconds left out, offsets, fractions.
///
/// Fractions are cut off. Two-digit years from 50 are of the twentieth century (RFC 5280 §4.1.2.5.1).
///
/// # Errors
/// [`Error::Malformed`] for anything else than a moment, a time without a zone included; [`Error::UnexpectedTag`].
pub fn parse_time(element: &Element<'_>) -> Result<i64> {
    match element.tag {
        Tag::UTC_TIME => parse_utc_time(element.content),
        Tag::GENERALIZED_TIME => parse_generalized_time(element.content),
        found => Err(Error::UnexpectedTag { expected: Tag::UTC_TIME, found }),
    }
}

/// Whether a time is written as DER asks: with seconds, in UTC, without fraction (RFC 5280 §4.1.2.5).
#[must_use]
pub fn is_der_time(element: &Element<'_>) -> bool {
    let digits = if element.tag == Tag::UTC_TIME { 12 } else { 14 };
    element.content.len() == digits + 1 && element.content.last() == Some(&b'Z')
}

/// UTCTime (X.680 §47) from its content octets.
///
/// # Errors
/// [`Error::Malformed`].
pub fn parse_utc_time(content: &[u8]) -> Result<i64> {
    let mut text = content;
    let year = read_digits(&mut text, 2)?;
    let century = if year >= 50 { 1900 } else { 2000 };
    parse_after_year(century + year, text, false)
}

/// GeneralizedTime (X.680 §46) from its content octets.
///
/// # Errors
/// [`Error::Malformed`].
pub fn parse_generalized_time(content: &[u8]) -> Result<i64> {
    let mut text = content;
    let year = read_digits(&mut text, 4)?;
    parse_after_year(year, text, true)
}

fn parse_after_year(year: i64, mut text: &[u8], generalized: bool) -> Result<i64> {
    let month = read_digits(&mut text, 2)?;
    let day = read_digits(&mut text, 2)?;
    let hour = read_digits(&mut text, 2)?;
    let minute = read_digits(&mut text, 2)?;
    let has_seconds = text.first().is_some_and(u8::is_ascii_digit);
    let second = if has_seconds { read_digits(&mut text, 2)? } else { 0 };
    if let ([b'.' | b',', fraction @ ..], true, true) = (text, generalized, has_seconds) {
        let digits = fraction.iter().take_while(|o| o.is_ascii_digit()).count();
        if digits == 0 {
            return Err(Error::Malformed);
        }
        text = fraction.get(digits..).unwrap_or_default();
    }
    // A leap second counts as the first second of the next minute, as Unix time has it.
    if day == 0 || day > days_in_month(year, month)? || hour > 23 || minute > 59 || second > 60 {
        return Err(Error::Malformed);
    }
    let offset = parse_zone(text, generalized)?;
    Ok(days_from_epoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset)
}

/// Seconds east of UTC: `Z`, `±hhmm`, and for GeneralizedTime `±hh`.
fn parse_zone(text: &[u8], generalized: bool) -> Result<i64> {
    let (sign, mut rest) = match text {
        [b'Z'] => return Ok(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return Err(Error::Malformed),
    };
    let hours = read_digits(&mut rest, 2)?;
    let minutes = if rest.is_empty() && generalized { 0 } else { read_digits(&mut rest, 2)? };
    if !rest.is_empty() || hours > 23 || minutes > 59 {
        return Err(Error::Malformed);
    }
    Ok(sign * (hours * 3600 + minutes * 60))
}

fn read_digits(text: &mut &[u8], count: usize) -> Result<i64> {
    let (digits, rest) = text.split_at_checked(count).ok_or(Error::Malformed)?;
    *text = rest;
    digits.iter().try_fold(0, |value, octet| {
        octet.is_ascii_digit().then(|| value * 10 + i64::from(octet - b'0')).ok_or(Error::Malformed)
    })
}

const fn days_in_month(year: i64, month: i64) -> Result<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Ok(31),
        4 | 6 | 9 | 11 => Ok(30),
        2 => Ok(if leap { 29 } else { 28 }),
        _ => Err(Error::Malformed),
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar; years count from March so that leap days come last.
const fn days_from_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + day_of_year - 719_468
}

/// The text of a character string, or `None` where the octets are not text of that type, or `tag` is no string.
///
/// T61String is read as Latin-1, as every encoder wrote it; BMPString may hold surrogate pairs.
#[must_use]
pub fn parse_text(tag: Tag, content: &[u8]) -> Option<Cow<'_, str>> {
    match tag.identifier {
        0x0c => core::str::from_utf8(content).ok().map(Cow::Borrowed),
        // NumericString, PrintableString, IA5String, VisibleString, GeneralString
        0x12 | 0x13 | 0x16 | 0x1a | 0x1b => {
            core::str::from_utf8(content).ok().filter(|text| text.is_ascii()).map(Cow::Borrowed)
        }
        0x14 => Some(content.iter().map(|&octet| char::from(octet)).collect()),
        0x1c => {
            let (units, rest) = content.as_chunks::<4>();
            let text = units.iter().map(|unit| char::from_u32(u32::from_be_bytes(*unit)));
            rest.is_empty().then(|| text.collect()).flatten()
        }
        0x1e => {
            let (units, rest) = content.as_chunks::<2>();
            let units = units.iter().map(|unit| u16::from_be_bytes(*unit));
            let text = char::decode_utf16(units).collect::<core::result::Result<String, _>>();
            rest.is_empty().then_some(text.ok()?).map(Cow::Owned)
        }
        _ => None,
    }
}

/// The text of a character string for a person, with replacement characters where it is not text; never to compare by.
#[must_use]
pub fn text_of(tag: Tag, content: &[u8]) -> String {
    if let Some(text) = parse_text(tag, content) {
        return text.into_owned();
    }
    let replaced = |unit: Option<char>| unit.unwrap_or(char::REPLACEMENT_CHARACTER);
    match tag.identifier {
        0x1c => content
            .chunks(4)
            .map(|unit| {
                let code = <[u8; 4]>::try_from(unit).map(u32::from_be_bytes);
                replaced(code.ok().and_then(char::from_u32))
            })
            .collect(),
        0x1e => {
            let units = content.as_chunks::<2>().0.iter();
            char::decode_utf16(units.map(|unit| u16::from_be_bytes(*unit)))
                .map(|unit| replaced(unit.ok()))
                .collect()
        }
        _ => String::from_utf8_lossy(content).into_owned(),
    }
}
