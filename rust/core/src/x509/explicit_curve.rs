//! Explicit elliptic curve parameters (RFC 3279 §2.3.5): accepted only where every one is a named curve's (RULES 12).
//!
//! A single differing number would be another curve, on which anyone may know how to forge, so nothing is trusted but
//! the table below.

use smimebatch_crypto::signature::Curve;

use crate::asn1::reader::{Element, Error, Reader, Result, Tag};
use crate::asn1::values::{hex, is_negative, parse_bit_string, parse_u32};

/// id-prime-field (RFC 3279 §2.3.5), content octets.
const PRIME_FIELD: &[u8] = b"\x2a\x86\x48\xce\x3d\x01\x01";

/// The domain parameters of a named curve (FIPS 186-4 §D.1.2), hexadecimal without leading zeros; the cofactor is 1.
struct CurveNumbers {
    curve: Curve,
    prime: &'static str,
    a: &'static str,
    b: &'static str,
    seed: &'static str,
    x: &'static str,
    y: &'static str,
    order: &'static str,
}

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
    let Some(named) = CURVES.iter().find(|named| named.prime == prime) else {
        return Ok(None);
    };
    let seed_matches = match seed {
        Some(seed) => without_zeros(parse_bit_string(seed.content)?.whole_octets()?) == named.seed,
        None => true,
    };
    let same = named.a == a
        && named.b == b
        && named.order == order
        && seed_matches
        && cofactor.is_none_or(|cofactor| cofactor.content == [1])
        && is_base_point(named, base);
    Ok(same.then_some(named.curve))
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
fn is_base_point(named: &CurveNumbers, point: &[u8]) -> bool {
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

static CURVES: [CurveNumbers; 3] = [
    CurveNumbers {
        curve: Curve::P256,
        prime: "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
        a: "ffffffff00000001000000000000000000000000fffffffffffffffffffffffc",
        b: "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
        seed: "c49d360886e704936a6678e1139d26b7819f7e90",
        x: "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
        y: "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
        order: "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
    },
    CurveNumbers {
        curve: Curve::P384,
        prime: concat!(
            "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff00000000",
            "00000000ffffffff"
        ),
        a: concat!(
            "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff00000000",
            "00000000fffffffc"
        ),
        b: concat!(
            "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d",
            "2a85c8edd3ec2aef"
        ),
        seed: "a335926aa319a27a1d00896a6773a4827acdac73",
        x: concat!(
            "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c",
            "3a545e3872760ab7"
        ),
        y: concat!(
            "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d",
            "7a431d7c90ea0e5f"
        ),
        order: concat!(
            "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77a",
            "ecec196accc52973"
        ),
    },
    CurveNumbers {
        curve: Curve::P521,
        prime: concat!(
            "1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "fffffffffffffffffffffffffffffffffffffffffffffffffff"
        ),
        a: concat!(
            "1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "ffffffffffffffffffffffffffffffffffffffffffffffffffc"
        ),
        b: concat!(
            "51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e93",
            "7b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00"
        ),
        seed: "d09e8800291cb85396cc6717393284aaa0da64ba",
        x: concat!(
            "c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe759",
            "28fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66"
        ),
        y: concat!(
            "11839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42",
            "640c550b9013fad0761353c7086a272c24088be94769fd16650"
        ),
        order: concat!(
            "1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f9",
            "66b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409"
        ),
    },
];
