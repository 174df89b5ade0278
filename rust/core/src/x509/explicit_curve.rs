//! Explicit elliptic curve parameters (RFC 3279 §2.3.5): accepted only where every one is a named curve's (RULES 12).
//!
//! A single differing number would be another curve, on which anyone may know how to forge, so nothing is trusted but
//! the table that the named curves are made of.

use smimebatch_crypto::signature::{Curve, Domain};

use crate::asn1::reader::{Element, Error, Reader, Result, Tag};
use crate::asn1::values::{hex, is_negative, parse_bit_string, parse_u32};

/// id-prime-field (RFC 3279 §2.3.5), content octets.
const PRIME_FIELD: &[u8] = b"\x2a\x86\x48\xce\x3d\x01\x01";

/// The named curve whose parameters these are; `None` for any other curve.
///
/// # Errors
/// Any [`Error`] of reading ECParameters.
pub(super) fn parse_curve(parameters: &Element<'_>) -> Result<Option<Curve>> {
    let mut fields = parameters.reader();
    let version = parse_u32(fields.read(Tag::INTEGER)?.content)?;
    let mut field = fields.read(Tag::SEQUENCE)?.reader();
    if !(1..=3).contains(&version) || field.read(Tag::OID)?.content != PRIME_FIELD {
        return Ok(None);
    }
    let prime = read_number(&mut field, Tag::INTEGER)?;
    let mut equation = fields.read(Tag::SEQUENCE)?.reader();
    let a = read_number(&mut equation, Tag::OCTET_STRING)?;
    let b = read_number(&mut equation, Tag::OCTET_STRING)?;
    let seed = equation.read_optional(Tag::BIT_STRING)?;
    let base = fields.read(Tag::OCTET_STRING)?.content;
    let order = read_number(&mut fields, Tag::INTEGER)?;
    let cofactor = fields.read_optional(Tag::INTEGER)?;
    if !(field.is_empty() && equation.is_empty() && fields.is_empty()) {
        return Ok(None);
    }
    let seed = match seed {
        Some(seed) => Some(without_zeros(parse_bit_string(seed.content)?.whole_octets()?)),
        None => None,
    };
    if cofactor.is_some_and(|cofactor| cofactor.content != [1]) {
        return Ok(None);
    }
    // Curves share their primes, and two of RFC 5639 their orders too.
    let is_it = |named: &&Domain| {
        named.prime == prime
            && named.a == a
            && named.b == b
            && named.order == order
            && seed.as_ref().is_none_or(|seed| seed == named.seed)
            && is_base_point(named, base)
    };
    Ok(Domain::all().iter().find(is_it).map(|named| named.curve))
}

/// A number as hexadecimal without leading zeros.
fn read_number(fields: &mut Reader<'_>, tag: Tag) -> Result<String> {
    let content = fields.read(tag)?.content;
    if tag == Tag::INTEGER && is_negative(content) {
        return Err(Error::Malformed);
    }
    Ok(without_zeros(content))
}

fn without_zeros(octets: &[u8]) -> String {
    hex(octets).trim_start_matches('0').to_owned()
}

/// SEC 1 §2.3.3: the point uncompressed, or compressed to x and the parity of y.
fn is_base_point(named: &Domain, point: &[u8]) -> bool {
    let Some((form, rest)) = point.split_first() else {
        return false;
    };
    match form {
        2 | 3 => {
            let odd = named.y.ends_with(['1', '3', '5', '7', '9', 'b', 'd', 'f']);
            without_zeros(rest) == named.x && (*form == 3) == odd
        }
        4 => {
            let (x, y) = rest.split_at(rest.len() / 2);
            x.len() == y.len() && without_zeros(x) == named.x && without_zeros(y) == named.y
        }
        _ => false,
    }
}
