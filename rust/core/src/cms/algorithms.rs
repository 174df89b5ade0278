//! Algorithm identifiers of CMS and X.509: from object identifier and parameters to what is to be computed.
//!
//! One table serves both, so that a name or an oddity is known once (RULES 9 to 13). What the signer's key allows is
//! checked here too; whether an algorithm is too weak is not (RULES 15: weak is not wrong).

mod oaep;
mod pss;
mod reference;
mod scheme;
mod table;

use std::borrow::Cow;

use smimebatch_crypto::digest;
use smimebatch_crypto::signature::KeyAlgorithm;

pub use self::oaep::{OaepParameters, parse_oaep_parameters};
pub use self::pss::{PssParameters, parse_pss_parameters};
pub use self::reference::{Described, all_algorithms};
pub use self::scheme::{
    AlgorithmQuirk, RsaUse, SchemeError, SignatureScheme, SignerKey, signature_scheme,
};
use self::table::Meaning;
use crate::asn1::oid::Oid;
use crate::asn1::reader::{Element, Error, Tag};
use crate::limits;

/// Object identifiers that code must name, as content octets.
pub mod oids {
    /// id-mgf1 (RFC 8017 §A.2.1).
    pub const MGF1: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08";
    /// id-RSASSA-PSS (RFC 8017 §A.2.3).
    pub const RSASSA_PSS: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a";
}

/// AlgorithmIdentifier (RFC 5280 §4.1.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlgorithmIdentifier<'a> {
    /// Which algorithm.
    pub oid: Oid<'a>,
    /// Its parameters; absent and NULL are kept apart.
    pub parameters: Option<Element<'a>>,
}

impl AlgorithmIdentifier<'_> {
    /// Whether the parameters are absent or NULL.
    #[must_use]
    pub fn has_no_parameters(&self) -> bool {
        self.parameters.is_none_or(|element| element.tag == Tag::NULL)
    }
}

/// An AlgorithmIdentifier from its SEQUENCE.
///
/// # Errors
/// Any [`Error`] of reading; [`Error::Malformed`] when something follows the parameters.
pub fn parse_algorithm<'a>(element: &Element<'a>) -> Result<AlgorithmIdentifier<'a>, Error> {
    if element.tag != Tag::SEQUENCE {
        return Err(Error::UnexpectedTag { expected: Tag::SEQUENCE, found: element.tag });
    }
    parse_algorithm_content(element.content)
}

/// As [`parse_algorithm`], from the content of an implicitly tagged one.
///
/// # Errors
/// As [`parse_algorithm`].
pub fn parse_algorithm_content(content: &[u8]) -> Result<AlgorithmIdentifier<'_>, Error> {
    let mut fields = crate::asn1::reader::Reader::new(content);
    let oid = fields.read(Tag::OID)?.content;
    if oid.is_empty() || oid.len() > limits::OID_BYTES {
        return Err(Error::Malformed);
    }
    let parameters = match fields.is_empty() {
        true => None,
        false => Some(fields.read_element()?),
    };
    if !fields.is_empty() {
        return Err(Error::Malformed);
    }
    Ok(AlgorithmIdentifier { oid: Oid(oid), parameters })
}

/// The digest a digestAlgorithm asks for; shaXWithRSAEncryption and the like name their digest too (RULES 9).
#[must_use]
pub fn digest_algorithm(oid: Oid<'_>) -> Option<digest::Algorithm> {
    match table::find(oid.0)?.meaning {
        Meaning::Digest(digest) => Some(digest),
        Meaning::Rsa(digest) | Meaning::Dsa(digest) | Meaning::Ecdsa(digest) => digest,
        Meaning::RsaPssShake(digest) => Some(digest),
        _ => None,
    }
}

/// Whether `oid` is that of a plain digest (RULES 9: anything else as digestAlgorithm is a quirk).
#[must_use]
pub fn is_digest(oid: Oid<'_>) -> bool {
    table::find(oid.0).is_some_and(|entry| matches!(entry.meaning, Meaning::Digest(_)))
}

/// The algorithm of a key whose identifier says everything: EdDSA (RFC 8410), ML-DSA (RFC 9881), SLH-DSA (RFC 9909).
#[must_use]
pub fn whole_message_key(oid: Oid<'_>) -> Option<KeyAlgorithm> {
    match table::find(oid.0)?.meaning {
        Meaning::WholeMessage(algorithm) => Some(algorithm),
        _ => None,
    }
}

/// What restricts a key of type id-RSASSA-PSS-SHAKE128 or -SHAKE256 (RFC 8692 §4).
#[must_use]
pub fn pss_shake_key(oid: Oid<'_>) -> Option<PssParameters> {
    match table::find(oid.0)?.meaning {
        Meaning::RsaPssShake(function) => PssParameters::of_shake(function),
        _ => None,
    }
}

/// The digest that the parameters of id-RSASSA-PSS name (RFC 4055 §3.1).
#[must_use]
pub fn pss_digest(algorithm: &AlgorithmIdentifier<'_>) -> Option<digest::Algorithm> {
    let is_pss = algorithm.oid.0 == oids::RSASSA_PSS;
    let parameters = is_pss.then(|| parse_pss_parameters(algorithm.parameters))?;
    parameters.ok().map(|parameters| parameters.hash)
}

/// Name of an algorithm in columns; dotted decimals where there is none.
#[must_use]
pub fn algorithm_name(oid: Oid<'_>) -> Cow<'static, str> {
    table::find(oid.0)
        .map_or_else(|| Cow::Owned(oid.to_string()), |entry| Cow::Borrowed(entry.name))
}

/// The identifier of an algorithm by its name in columns.
#[must_use]
pub fn algorithm_named(name: &str) -> Option<Oid<'static>> {
    table::TABLE.iter().find(|entry| entry.name == name).map(|entry| Oid(entry.oid))
}

/// Name of a computed digest in columns.
#[must_use]
pub const fn digest_name(digest: digest::Algorithm) -> &'static str {
    use digest::Algorithm;
    match digest {
        Algorithm::Md2 => "md2",
        Algorithm::Md5 => "md5",
        Algorithm::Ripemd160 => "ripemd160",
        Algorithm::Sha1 => "sha1",
        Algorithm::Sha224 => "sha224",
        Algorithm::Sha256 => "sha256",
        Algorithm::Sha384 => "sha384",
        Algorithm::Sha512 => "sha512",
        Algorithm::Sha512_224 => "sha512-224",
        Algorithm::Sha512_256 => "sha512-256",
        Algorithm::Sha3_224 => "sha3-224",
        Algorithm::Sha3_256 => "sha3-256",
        Algorithm::Sha3_384 => "sha3-384",
        Algorithm::Sha3_512 => "sha3-512",
        Algorithm::Shake128 => "shake128",
        Algorithm::Shake256 => "shake256",
    }
}

/// The digest of that name in columns.
#[must_use]
pub fn digest_named(name: &str) -> Option<digest::Algorithm> {
    digest::Algorithm::ALL.iter().copied().find(|digest| digest_name(*digest) == name)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::asn1::reader::Reader;
    use digest::Algorithm::{Sha1, Sha256, Shake128, Shake256};
    use proptest::prelude::*;
    use smimebatch_crypto::signature::Mask;

    #[test]
    fn rule_09_signature_identifier_as_digest_names_its_digest() {
        let find = |dotted: &str| {
            let entry = table::TABLE.iter().find(|entry| entry.dotted == dotted);
            Oid(entry.unwrap().oid)
        };
        assert_eq!(digest_algorithm(find("1.2.840.113549.1.1.11")), Some(Sha256));
        assert!(!is_digest(find("1.2.840.113549.1.1.11")));
        assert_eq!(digest_algorithm(find("1.3.14.3.2.26")), Some(Sha1));
        assert!(is_digest(find("1.3.14.3.2.26")));
        assert_eq!(digest_algorithm(find("1.3.6.1.5.5.7.6.30")), Some(Shake128));
        for none in ["1.2.840.113549.1.1.1", "1.2.840.113549.2.4", "2.16.840.1.101.3.4.1.2"] {
            assert_eq!(digest_algorithm(find(none)), None, "{none}");
        }
        assert_eq!(digest_algorithm(Oid(b"\x2a\x03")), None);
    }

    #[test]
    fn algorithm_name_of_an_unknown_one_is_dotted() {
        assert_eq!(algorithm_name(Oid(b"\x2a\x03\x04")), "1.2.3.4");
        assert_eq!(algorithm_name(Oid(oids::RSASSA_PSS)), "rsassa-pss");
        assert_eq!(algorithm_name(Oid(b"\x60\x86\x48\x01\x65\x03\x04\x01\x2e")), "aes256-gcm");
    }

    #[test]
    fn algorithm_of_each_name_is_one_that_is_called_so() {
        for entry in table::TABLE {
            let named = algorithm_named(entry.name).unwrap();
            assert_eq!(algorithm_name(named), entry.name);
        }
        assert_eq!(algorithm_named("rsassa-pss"), Some(Oid(oids::RSASSA_PSS)));
        assert_eq!(algorithm_named("rot13"), None);
    }

    #[test]
    fn algorithm_with_leftovers_is_malformed() {
        for content in [&b"\x06\x00"[..], b"\x06\x01\x2a\x05\x00\x05\x00"] {
            assert_eq!(parse_algorithm_content(content), Err(Error::Malformed), "{content:?}");
        }
    }

    #[test]
    fn rule_43_algorithm_identifier_beyond_the_cap_is_malformed() {
        for (octets, is_read) in [(limits::OID_BYTES, true), (limits::OID_BYTES + 1, false)] {
            let [_, _, high, low] = u32::try_from(octets).unwrap().to_be_bytes();
            let content = [&[6, 0x82, high, low][..], &vec![0x2a; octets]].concat();
            assert_eq!(parse_algorithm_content(&content).is_ok(), is_read, "{octets}");
        }
    }

    #[test]
    fn rule_11_shake_key_is_restricted_to_what_its_name_says() {
        for (oid, hash, mask, salt_octets) in [
            (b"\x2b\x06\x01\x05\x05\x07\x06\x1e", Shake128, Mask::Shake128, 32),
            (b"\x2b\x06\x01\x05\x05\x07\x06\x1f", Shake256, Mask::Shake256, 64),
        ] {
            let expected = PssParameters { hash, mask, salt_octets };
            assert_eq!(pss_shake_key(Oid(oid)), Some(expected));
        }
        assert_eq!(pss_shake_key(Oid(oids::RSASSA_PSS)), None);
    }

    #[test]
    fn rule_15_pss_signature_rests_on_the_digest_its_parameters_name() {
        let digest =
            |oid, parameters| pss_digest(&AlgorithmIdentifier { oid: Oid(oid), parameters });
        assert_eq!(digest(oids::RSASSA_PSS, None), Some(Sha1), "what is left out");
        let sha256 = b"\x30\x0f\xa0\x0d\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01";
        let parameters = Reader::new(sha256).read_element().unwrap();
        assert_eq!(digest(oids::RSASSA_PSS, Some(parameters)), Some(Sha256));
        assert_eq!(digest(oids::MGF1, Some(parameters)), None);
    }

    #[test]
    fn digest_name_of_each_is_that_of_its_identifier() {
        let mut named = 0;
        for entry in table::TABLE {
            if let Meaning::Digest(digest) = entry.meaning {
                assert_eq!(digest_name(digest), entry.name);
                assert_eq!(digest_named(entry.name), Some(digest));
                named += 1;
            }
        }
        assert_eq!(named, digest::Algorithm::ALL.len());
    }

    proptest! {
        #[test]
        fn algorithm_of_any_bytes_never_panics(bytes: Vec<u8>) {
            let _ = parse_algorithm_content(&bytes);
            if let Ok(element) = Reader::new(&bytes).read_element() {
                let _ = parse_pss_parameters(Some(element));
            }
        }
    }
}
