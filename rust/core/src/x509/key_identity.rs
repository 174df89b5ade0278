//! Which key a certificate is of, however its SubjectPublicKeyInfo writes it: with or without NULL, restricted to PSS or not,
//! the point of a curve compressed or not, DSA parameters here or with the issuer; and who else has its private key.
//!
//! DSA parameters are not part of it: two keys of one value are the same only under the same parameters, and whose an
//! inheriting key has, a path decides (RFC 3279 §2.3.2).

use smimebatch_crypto::signature::KeyAlgorithm;

use super::certificate::Certificate;
use super::name::hash_of;
use super::public_key::SubjectKey;
use crate::asn1::reader::{Tag, parse_single};
use crate::asn1::values::unsigned_magnitude;

impl Certificate {
    /// Whether the subject has the key of another, but for DSA parameters.
    pub(crate) fn shares_key(&self, other: &Self) -> bool {
        let is_one_algorithm = match (&self.key, &other.key) {
            (SubjectKey::Ready(own), SubjectKey::Ready(its)) => own.algorithm() == its.algorithm(),
            _ => true,
        };
        let is_one_spki = self.spki_sha256 == other.spki_sha256;
        let is_one_value = || identity(self.public_key_bits()) == identity(other.public_key_bits());
        is_one_spki || is_one_algorithm && is_one_value()
    }

    /// Whether who can sign with the key of another can sign with this one, but for DSA parameters: an RSA modulus is
    /// factored by any pair of its exponents, and the negative of a point has the negative private key. Keys that are not
    /// taken (RULES 14: e = 1, which is no secret at all) have no others.
    pub(crate) fn shares_private_key(&self, other: &Self) -> bool {
        let is_one_secret = match (&self.key, &other.key) {
            (SubjectKey::Ready(own), SubjectKey::Ready(its))
                if own.algorithm() == its.algorithm() =>
            {
                matches!(own.algorithm(), KeyAlgorithm::Rsa | KeyAlgorithm::Ec(_))
                    && private_identity(self.public_key_bits())
                        == private_identity(other.public_key_bits())
            }
            _ => false,
        };
        is_one_secret || self.shares_key(other)
    }

    /// Equal for certificates of one private key; the caller compares.
    pub(crate) fn private_key_hash(&self) -> u64 {
        hash_of(&private_identity(self.public_key_bits()))
    }
}

/// The value of a key out of the bits of a subjectPublicKey, whose shape tells what it is.
pub(crate) fn identity(bits: &[u8]) -> Vec<u8> {
    let rsa = rsa(bits).map(|(modulus, exponent)| {
        let length = (modulus.len() as u64).to_be_bytes();
        [&length, modulus, exponent].concat()
    });
    rsa.or_else(|| number(bits)).or_else(|| point(bits)).unwrap_or_else(|| bits.to_vec())
}

/// The same for all RSA keys and points of one private key, and for others perhaps.
fn private_identity(bits: &[u8]) -> Vec<u8> {
    if let Some((modulus, _)) = rsa(bits) {
        return modulus.to_vec();
    }
    let mut value = identity(bits);
    if let [form @ 3, ..] = value.as_mut_slice() {
        *form = 2;
    }
    value
}

/// RSAPublicKey (RFC 8017 §A.1.1): modulus and exponent.
fn rsa(bits: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut fields = parse_single(bits, Tag::SEQUENCE).ok()?.reader();
    let modulus = unsigned_magnitude(fields.read(Tag::INTEGER).ok()?.content);
    let exponent = unsigned_magnitude(fields.read(Tag::INTEGER).ok()?.content);
    fields.is_empty().then_some((modulus, exponent))
}

/// DSAPublicKey (RFC 3279 §2.3.2): the number.
fn number(bits: &[u8]) -> Option<Vec<u8>> {
    let number = parse_single(bits, Tag::INTEGER).ok()?;
    Some(unsigned_magnitude(number.content).to_vec())
}

/// SEC 1 §2.3.3: the compressed form of a point.
fn point(bits: &[u8]) -> Option<Vec<u8>> {
    let (form, coordinates) = bits.split_first()?;
    if !matches!(form, 4 | 6 | 7) || coordinates.len() % 2 != 0 {
        return None;
    }
    let (x, y) = coordinates.split_at_checked(coordinates.len() / 2)?;
    Some([&[2 | (y.last()? & 1)], x].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_is_the_same_however_its_value_is_written() {
        let point = |form: u8, rest: &[u8]| identity(&[&[form], rest].concat());
        assert_eq!(point(4, &[7, 8, 9, 5]), point(3, &[7, 8]));
        assert_eq!(point(6, &[7, 8, 9, 4]), point(2, &[7, 8]));
        assert_ne!(point(2, &[7, 8]), point(3, &[7, 8]), "the other point");
        assert_ne!(point(4, &[7, 8, 9, 5]), point(4, &[7, 7, 9, 5]));
        let rsa = |numbers: &[u8]| {
            let length = u8::try_from(numbers.len()).unwrap_or_default();
            identity(&[&[0x30, length], numbers].concat())
        };
        let plain = rsa(&[2, 2, 0x71, 3, 2, 1, 3]);
        assert_eq!(plain, rsa(&[2, 3, 0, 0x71, 3, 2, 2, 0, 3]), "with zeros in front");
        assert_ne!(plain, rsa(&[2, 1, 0x71, 2, 2, 3, 3]), "cut elsewhere");
        let other_exponent = [0x30, 7, 2, 2, 0x71, 3, 2, 1, 5];
        assert_ne!(plain, identity(&other_exponent));
        let private = private_identity(&[0x30, 7, 2, 2, 0x71, 3, 2, 1, 3]);
        assert_eq!(private, private_identity(&other_exponent), "another exponent");
        assert_ne!(private, private_identity(&[0x30, 7, 2, 2, 0x71, 5, 2, 1, 3]));
        for form in [2, 3] {
            assert_eq!(private_identity(&[4, 7, 8, 9, 5]), private_identity(&[form, 7, 8]));
        }
        assert_eq!(identity(&[2, 1, 9]), identity(&[2, 2, 0, 9]), "a number");
        assert_eq!(identity(&[9; 32]), [9; 32], "anything else is what it is");
    }
}
