//! The DER of an RSAPublicKey (RFC 8017 §A.1.1).

/// SEQUENCE of two INTEGERs, given as unsigned numbers without leading zeros.
pub(super) fn rsa(modulus_be: &[u8], exponent_be: &[u8]) -> Vec<u8> {
    element(0x30, &[integer(modulus_be), integer(exponent_be)].concat())
}

/// The same of numbers with any zeros before them: Ecdsa-Sig-Value (RFC 3279 §2.2.3).
pub(super) fn two_integers(one_be: &[u8], other_be: &[u8]) -> Vec<u8> {
    rsa(without_leading_zeros(one_be), without_leading_zeros(other_be))
}

fn without_leading_zeros(number_be: &[u8]) -> &[u8] {
    let zeros = number_be.iter().take_while(|octet| **octet == 0).count();
    number_be.get(zeros..).unwrap_or_default()
}

/// X.690 §8.3: a number whose highest bit is set has a zero before it.
fn integer(number_be: &[u8]) -> Vec<u8> {
    match number_be.first() {
        Some(0..=0x7f) => element(0x02, number_be),
        _ => element(0x02, &[&[0], number_be].concat()),
    }
}

/// X.690 §10.1: the length in as few octets as hold it.
fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = contents.len();
    let long: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|octet| *octet == 0).collect();
    let length = match length {
        0..=0x7f => vec![length as u8],
        _ => [&[0x80 | long.len() as u8], &long[..]].concat(),
    };
    [&[tag], &length[..], contents].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_signs_are_der() {
        assert_eq!(rsa(&[0x7f], &[3]), [0x30, 6, 2, 1, 0x7f, 2, 1, 3]);
        assert_eq!(rsa(&[0x80], &[]), [0x30, 7, 2, 2, 0, 0x80, 2, 1, 0]);
        assert!(rsa(&[0x55; 123], &[1]).starts_with(&[0x30, 0x81, 128, 2, 123]));
        assert!(rsa(&[0x55; 128], &[1]).starts_with(&[0x30, 0x81, 134, 2, 0x81, 128]));
        assert_eq!(two_integers(&[0, 0, 0x80], &[0, 1]), [0x30, 7, 2, 2, 0, 0x80, 2, 1, 1]);
        let long = rsa(&[0xff; 256], &[1, 0, 1]);
        assert!(long.starts_with(&[0x30, 0x82, 1, 10, 2, 0x82, 1, 1, 0, 0xff]));
        assert!(long.ends_with(&[0xff, 2, 3, 1, 0, 1]));
    }
}
