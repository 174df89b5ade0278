//! How a key is made of a password: PBKDF2 (RFC 8018 §A.2) with its function, and how much work a file may ask for.

use smimebatch_crypto::digest::{self, Algorithm};
use smimebatch_crypto::kdf::{self, KdfError};
use smimebatch_crypto::secret::Secret;

use super::error::{Damage, KeyFileError, KeyLimit, Part, Within as _};
use super::oids;
use crate::asn1::oid::Oid;
use crate::asn1::reader::{Element, Error, Reader, Tag};
use crate::asn1::values::{is_negative, unsigned_magnitude};
use crate::cms::algorithms::{AlgorithmIdentifier, parse_algorithm};
use crate::limits;

const PARAMETERS: Part = Part::EncryptionParameters;

/// The iterations that a file may still have done for it.
pub(super) struct Budget {
    left: u64,
}

impl Budget {
    pub(super) const fn new(iterations: u64) -> Self {
        Self { left: iterations }
    }

    /// Takes the iterations of one derivation.
    pub(super) fn spend(&mut self, iterations: u32) -> Result<(), KeyFileError> {
        let left = self.left.checked_sub(u64::from(iterations));
        self.left = left.ok_or(KeyFileError::Limit(KeyLimit::IterationsPerFile))?;
        Ok(())
    }
}

/// PBKDF2-params, but for the length of the key.
///
/// ```text
/// PBKDF2-params ::= SEQUENCE {
///   salt CHOICE { specified OCTET STRING, otherSource AlgorithmIdentifier },
///   iterationCount INTEGER (1..MAX),
///   keyLength INTEGER (1..MAX) OPTIONAL,
///   prf AlgorithmIdentifier DEFAULT algid-hmacWithSHA1 }
/// ```
pub(crate) struct Pbkdf2<'a> {
    hash: Algorithm,
    pub(crate) salt: &'a [u8],
    pub(crate) iterations: u32,
    /// As the file says it.
    pub(crate) key_octets: Option<usize>,
}

impl<'a> Pbkdf2<'a> {
    /// One that is to be written down, without the length of its key.
    pub(crate) const fn new(hash: Algorithm, salt: &'a [u8], iterations: u32) -> Self {
        Self { hash, salt, iterations, key_octets: None }
    }

    /// Parses a keyDerivationFunc, which must be PBKDF2.
    pub(crate) fn parse(algorithm: &AlgorithmIdentifier<'a>) -> Result<Self, KeyFileError> {
        if algorithm.oid != oids::PBKDF2 {
            return Err(KeyFileError::unsupported(algorithm.oid));
        }
        let mut fields = sequence_of(algorithm)?;
        let salt = fields.read(Tag::OCTET_STRING).within(PARAMETERS)?.content;
        let iterations = read_iterations(&mut fields)?;
        let key_octets = match fields.read_optional(Tag::INTEGER).within(PARAMETERS)? {
            Some(octets) => Some(parse_key_octets(&octets)?),
            None => None,
        };
        let hash = match fields.read_optional(Tag::SEQUENCE).within(PARAMETERS)? {
            Some(prf) => parse_prf(&prf)?,
            None => Algorithm::Sha1,
        };
        Ok(Self { hash, salt, iterations, key_octets })
    }

    pub(super) fn derive(
        &self,
        password: &[u8],
        octets: usize,
        budget: &mut Budget,
    ) -> Result<Secret, KeyFileError> {
        budget.spend(self.iterations)?;
        self.derived(password, octets)
    }

    /// The same, where somebody else counts iterations.
    pub(super) fn derived(&self, password: &[u8], octets: usize) -> Result<Secret, KeyFileError> {
        let derived = kdf::pbkdf2(self.hash, password, self.salt, self.iterations, octets);
        derived.map_err(undefined)
    }

    /// Equal where one password gives one key of so many octets; no longer for a long salt.
    pub(super) fn fingerprint(&self, octets: usize) -> Vec<u8> {
        let numbers = [self.iterations.to_be_bytes(), (octets as u32).to_be_bytes()].concat();
        let salt = digest::one(Algorithm::Sha256, self.salt);
        [&numbers, &[self.hash as u8][..], salt.as_bytes()].concat()
    }
}

/// RFC 8018 §B.1: the pseudo-random function of PBKDF2, or the HMAC of PBMAC1.
pub(super) fn parse_prf(prf: &Element<'_>) -> Result<Algorithm, KeyFileError> {
    let oid = parse_algorithm(prf).within(PARAMETERS)?.oid;
    hmac_hash(oid).ok_or_else(|| KeyFileError::unsupported(oid))
}

fn hmac_hash(oid: Oid<'_>) -> Option<Algorithm> {
    Some(match oid {
        oids::HMAC_MD5 => Algorithm::Md5,
        oids::HMAC_SHA1 => Algorithm::Sha1,
        oids::HMAC_SHA224 => Algorithm::Sha224,
        oids::HMAC_SHA256 => Algorithm::Sha256,
        oids::HMAC_SHA384 => Algorithm::Sha384,
        oids::HMAC_SHA512 => Algorithm::Sha512,
        oids::HMAC_SHA512_224 => Algorithm::Sha512_224,
        oids::HMAC_SHA512_256 => Algorithm::Sha512_256,
        oids::HMAC_SHA3_224 => Algorithm::Sha3_224,
        oids::HMAC_SHA3_256 => Algorithm::Sha3_256,
        oids::HMAC_SHA3_384 => Algorithm::Sha3_384,
        oids::HMAC_SHA3_512 => Algorithm::Sha3_512,
        _ => return None,
    })
}

/// The fields of parameters that are a SEQUENCE.
pub(super) fn sequence_of<'a>(
    algorithm: &AlgorithmIdentifier<'a>,
) -> Result<Reader<'a>, KeyFileError> {
    let none = KeyFileError::damaged(PARAMETERS, Damage::Asn1(Error::Truncated));
    let parameters = algorithm.parameters.ok_or(none)?;
    Reader::new(parameters.raw).read(Tag::SEQUENCE).within(PARAMETERS).map(|it| it.reader())
}

/// A count of iterations, 1 to [`limits::PASSWORD_ITERATIONS`].
pub(super) fn read_iterations(fields: &mut Reader<'_>) -> Result<u32, KeyFileError> {
    parse_iterations(fields.read(Tag::INTEGER).within(PARAMETERS)?.content)
}

/// As [`read_iterations`], from the content octets of an INTEGER.
pub(super) fn parse_iterations(content: &[u8]) -> Result<u32, KeyFileError> {
    let magnitude = unsigned_magnitude(content);
    if is_negative(content) || magnitude.is_empty() {
        return Err(KeyFileError::damaged(PARAMETERS, Damage::Asn1(Error::Malformed)));
    }
    let octets = magnitude.iter().try_fold(0_u32, |number, octet| {
        number.checked_mul(256).map(|number| number | u32::from(*octet))
    });
    let allowed = octets.filter(|iterations| *iterations <= limits::PASSWORD_ITERATIONS);
    allowed.ok_or(KeyFileError::Limit(KeyLimit::Iterations))
}

/// A length of a key: far below what would be an allocation.
fn parse_key_octets(octets: &Element<'_>) -> Result<usize, KeyFileError> {
    match *unsigned_magnitude(octets.content) {
        [octets] if octets > 0 => Ok(usize::from(octets)),
        _ => Err(KeyFileError::damaged(PARAMETERS, Damage::Asn1(Error::Malformed))),
    }
}

/// A function that is not offered with its digest.
pub(super) fn undefined(error: KdfError) -> KeyFileError {
    match error {
        KdfError::Hash => KeyFileError::Unsupported("key derivation with that digest".into()),
        KdfError::Length | KdfError::Iterations => {
            KeyFileError::damaged(PARAMETERS, Damage::Asn1(Error::Malformed))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_43_iterations_beyond_the_cap_are_refused_and_none_are_damage() {
        let most = limits::PASSWORD_ITERATIONS.to_be_bytes();
        assert_eq!(parse_iterations(&most), Ok(limits::PASSWORD_ITERATIONS));
        let more = (limits::PASSWORD_ITERATIONS + 1).to_be_bytes();
        for beyond in [&more[..], &[1, 0, 0, 0, 0], &[0x7f; 40]] {
            assert_eq!(parse_iterations(beyond), Err(KeyFileError::Limit(KeyLimit::Iterations)));
        }
        for damage in [&[][..], &[0], &[0xff]] {
            assert!(matches!(parse_iterations(damage), Err(KeyFileError::Damaged { .. })));
        }
    }

    #[test]
    fn rule_43_budget_of_a_file_is_spent_once() {
        let mut budget = Budget::new(7);
        assert_eq!(budget.spend(4), Ok(()));
        assert_eq!(budget.spend(4), Err(KeyFileError::Limit(KeyLimit::IterationsPerFile)));
        assert_eq!(budget.spend(3), Ok(()));
    }
}
