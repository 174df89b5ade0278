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
pub(crate) fn parse_curve(parameters: &Element<'_>) -> Result<Option<Curve>> {
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

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::asn1::writer::write_element;

    fn octets(hex: &str) -> Vec<u8> {
        let hex = format!("{}{hex}", if hex.len().is_multiple_of(2) { "" } else { "0" });
        (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
            .collect()
    }

    fn element(tag: Tag, content: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        write_element(&mut out, tag, content);
        out
    }

    fn integer(hex: &str) -> Vec<u8> {
        element(Tag::INTEGER, &[&[0], &octets(hex)[..]].concat())
    }

    /// ECParameters with an uncompressed base point, of numbers in the order of [`numbers`].
    fn encoded(numbers: &[String; 6], seed: &str, cofactor: &str) -> Vec<u8> {
        let [prime, a, b, x, y, order] = numbers;
        let width = octets(prime).len();
        let padded = |hex: &str| {
            let octets = octets(hex);
            [vec![0; width - octets.len()], octets].concat()
        };
        let field = [element(Tag::OID, PRIME_FIELD), integer(prime)].concat();
        let mut equation = element(Tag::OCTET_STRING, &padded(a));
        equation.extend(element(Tag::OCTET_STRING, &padded(b)));
        if !seed.is_empty() {
            equation.extend(element(Tag::BIT_STRING, &[&[0], &octets(seed)[..]].concat()));
        }
        let base = [vec![4], padded(x), padded(y)].concat();
        let fields = [
            element(Tag::INTEGER, &[1]),
            element(Tag::SEQUENCE, &field),
            element(Tag::SEQUENCE, &equation),
            element(Tag::OCTET_STRING, &base),
            integer(order),
            element(Tag::INTEGER, &octets(cofactor)),
        ];
        element(Tag::SEQUENCE, &fields.concat())
    }

    fn numbers(domain: &Domain) -> [String; 6] {
        [domain.prime, domain.a, domain.b, domain.x, domain.y, domain.order].map(str::to_owned)
    }

    fn parsed(der: &[u8]) -> Option<Curve> {
        parse_curve(&Reader::new(der).read_element().unwrap()).unwrap()
    }

    #[test]
    fn rule_12_explicit_parameters_of_every_curve_are_that_curve_and_no_changed_one() {
        for domain in Domain::all() {
            let right = numbers(domain);
            assert_eq!(parsed(&encoded(&right, "", "01")), Some(domain.curve));
            assert_eq!(parsed(&encoded(&right, domain.seed, "01")), Some(domain.curve));
            assert_eq!(parsed(&encoded(&right, "c0ffee", "01")), None, "{:?}", domain.curve);
            assert_eq!(parsed(&encoded(&right, "", "02")), None, "{:?}", domain.curve);
            for index in 0..right.len() {
                let mut wrong = right.clone();
                let last = wrong[index].pop().and_then(|digit| digit.to_digit(16)).unwrap_or(0);
                wrong[index].push(char::from_digit(last ^ 2, 16).unwrap());
                assert_eq!(parsed(&encoded(&wrong, "", "01")), None, "{:?} {index}", domain.curve);
            }
        }
    }

    #[test]
    fn rule_12_curves_that_share_a_prime_do_not_lend_each_other_numbers() {
        let (one, other) = (Curve::BrainpoolP256r1.domain(), Curve::BrainpoolP256t1.domain());
        assert_eq!((one.prime, one.order), (other.prime, other.order));
        for index in 1..5 {
            let mut mixed = numbers(one);
            mixed[index] = numbers(other)[index].clone();
            assert_eq!(parsed(&encoded(&mixed, "", "01")), None, "{index}");
        }
    }
}
