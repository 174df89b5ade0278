//! The code over a PKCS#12 safe: HMAC under a key of the PKCS#12 derivation (RFC 7292 §4), or PBMAC1 (RFC 9579).
//!
//! A code that is right proves the password. One that is wrong under every password is a wrong password or a changed
//! file: nothing tells them apart, and the former is the rule.

use smimebatch_crypto::digest::Algorithm;
use smimebatch_crypto::kdf::{self, Pkcs12Purpose};
use smimebatch_crypto::mac;
use smimebatch_crypto::secret::{Secret, is_equal};

use super::derivation::{Budget, Pbkdf2, parse_iterations, parse_prf, sequence_of, undefined};
use super::encrypted::Opener;
use super::error::{Damage, KeyFileError, Part, Within as _};
use super::oids;
use super::password::Forms;
use crate::asn1::reader::{Element, Error, Tag};
use crate::cms::algorithms::{digest_algorithm, digest_name, parse_algorithm};

/// Checks MacData over the octets of the safe.
///
/// ```text
/// MacData ::= SEQUENCE {
///   mac DigestInfo,
///   macSalt OCTET STRING,
///   iterations INTEGER DEFAULT 1 }
/// DigestInfo ::= SEQUENCE { digestAlgorithm AlgorithmIdentifier, digest OCTET STRING }
/// ```
///
/// # Errors
/// [`KeyFileError::PasswordNeeded`] or [`KeyFileError::WrongPassword`] where no password gives the code.
pub(super) fn check_mac(
    mac_data: &Element<'_>,
    safe: &[u8],
    opener: &mut Opener<'_>,
) -> Result<(), KeyFileError> {
    let part = Part::MacData;
    let mut fields = mac_data.reader();
    let mut digest_info = fields.read(Tag::SEQUENCE).within(part)?.reader();
    let algorithm = digest_info.read(Tag::SEQUENCE).and_then(|it| parse_algorithm(&it));
    let algorithm = algorithm.within(part)?;
    let stated = digest_info.read(Tag::OCTET_STRING).within(part)?.content;
    let (method, forms) = if algorithm.oid == oids::PBMAC1 {
        // RFC 9579 §4: macSalt and iterations say nothing then.
        (Method::parse_pbmac1(sequence_of(&algorithm)?)?, Forms::OctetsThenBmp)
    } else {
        let hash = digest_algorithm(algorithm.oid)
            .ok_or_else(|| KeyFileError::unsupported(algorithm.oid))?;
        let salt = fields.read(Tag::OCTET_STRING).within(part)?.content;
        let iterations = match fields.read_optional(Tag::INTEGER).within(part)? {
            Some(iterations) => parse_iterations(iterations.content)?,
            None => 1,
        };
        (Method::Pkcs12 { hash, salt, iterations }, Forms::Bmp)
    };
    let proved = opener.try_each(forms, |password, budget| {
        let code = method.code(password, safe, budget)?;
        Ok(is_equal(code.as_bytes(), stated).then_some(()))
    })?;
    proved.ok_or_else(|| opener.unopened(part))
}

/// How a code is made.
enum Method<'a> {
    Pkcs12 { hash: Algorithm, salt: &'a [u8], iterations: u32 },
    Pbmac1 { function: Pbkdf2<'a>, key_octets: usize, hash: Algorithm },
}

impl<'a> Method<'a> {
    /// RFC 8018 §A.5:
    ///
    /// ```text
    /// PBMAC1-params ::= SEQUENCE {
    ///   keyDerivationFunc AlgorithmIdentifier,
    ///   messageAuthScheme AlgorithmIdentifier }
    /// ```
    fn parse_pbmac1(mut fields: crate::asn1::reader::Reader<'a>) -> Result<Self, KeyFileError> {
        let part = Part::MacData;
        let function = fields.read(Tag::SEQUENCE).and_then(|it| parse_algorithm(&it));
        let function = Pbkdf2::parse(&function.within(part)?)?;
        let hash = parse_prf(&fields.read(Tag::SEQUENCE).within(part)?)?;
        // RFC 9579 §4: the length of the key must be there.
        let missing = KeyFileError::damaged(part, Damage::Asn1(Error::Truncated));
        let key_octets = function.key_octets.ok_or(missing)?;
        Ok(Self::Pbmac1 { function, key_octets, hash })
    }

    fn code(
        &self,
        password: &[u8],
        safe: &[u8],
        budget: &mut Budget,
    ) -> Result<Secret, KeyFileError> {
        let (hash, key) = match self {
            Self::Pkcs12 { hash, salt, iterations } => {
                budget.spend(*iterations)?;
                let (purpose, octets) = (Pkcs12Purpose::MacKey, hash.output_bytes());
                let key = kdf::pkcs12(*hash, purpose, password, salt, *iterations, octets);
                (*hash, key.map_err(undefined)?)
            }
            Self::Pbmac1 { function, key_octets, hash } => {
                (*hash, function.derive(password, *key_octets, budget)?)
            }
        };
        mac::hmac(hash, key.as_bytes(), &[safe]).ok_or_else(|| {
            KeyFileError::Unsupported(format!("HMAC with {}", digest_name(hash)).into())
        })
    }
}
