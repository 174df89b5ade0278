//! Algorithm identifiers of CMS and X.509: from object identifier and parameters to what is to be computed.
//!
//! One table serves both, so that a name or an oddity is known once (RULES 9 to 13). What the signer's key allows is
//! checked here too; whether an algorithm is too weak is not (RULES 15: weak is not wrong).

mod pss;
mod table;

use std::borrow::Cow;

use smimebatch_crypto::digest;
use smimebatch_crypto::signature::{KeyAlgorithm, PublicKey, Scheme};

pub use self::pss::{PssParameters, parse_pss_parameters};
use self::table::Meaning;
use crate::asn1::oid::Oid;
use crate::asn1::reader::{Element, Error, Tag};
use crate::codes::{CodeSet, codes};
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

codes! {
    /// Deviations of algorithm identifiers that do not change what is computed.
    pub enum AlgorithmQuirk {
        DigestDiffersFromSignature = "digest_differs_from_signature", "Digest algorithm and signature algorithm name two hashes (RFC 8933); each is used where it belongs.";
        UnexpectedParameters = "unexpected_algorithm_parameters", "An algorithm identifier carries parameters its algorithm does not have.";
        PssParametersMissing = "pss_parameters_missing", "The RSASSA-PSS parameters are missing; the defaults stand for them (RFC 4055).";
        Ed25519Digest = "ed25519_digest_not_sha512", "Ed25519 goes with a digest other than SHA-512 (RFC 8419).";
    }
}

/// Why no scheme follows from an algorithm identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SchemeError {
    /// An algorithm this program does not have (RULES 15: never a failure).
    Unsupported,
    /// The parameters are not those of the algorithm, or contradict the digest algorithm.
    Malformed,
    /// The key is of another algorithm, or restricted to other parameters: the signature cannot be its own.
    KeyMismatch,
}

/// What an RSA key may be used for (RFC 4055 §1.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RsaUse {
    /// rsaEncryption: PKCS#1 v1.5 and PSS with any parameters.
    #[default]
    Any,
    /// id-RSASSA-PSS without parameters: PSS only.
    PssOnly,
    /// id-RSASSA-PSS with parameters: PSS with these only.
    PssWith(PssParameters),
}

/// What of a signer's key bears on the scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SignerKey {
    /// Its algorithm.
    pub algorithm: KeyAlgorithm,
    /// Restriction of an RSA key.
    pub rsa_use: RsaUse,
}

impl From<&PublicKey> for SignerKey {
    fn from(key: &PublicKey) -> Self {
        Self { algorithm: key.algorithm(), rsa_use: RsaUse::Any }
    }
}

/// How a signature is to be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignatureScheme {
    /// For the crypto crate.
    pub scheme: Scheme,
    /// The digest to make of the signed octets; `None`: the scheme takes the octets themselves (RULES 13).
    pub digest: Option<digest::Algorithm>,
    /// What was odd.
    pub quirks: CodeSet<AlgorithmQuirk>,
}

/// The digest a digestAlgorithm asks for; shaXWithRSAEncryption and the like name their digest too (RULES 9).
#[must_use]
pub fn digest_algorithm(oid: Oid<'_>) -> Option<digest::Algorithm> {
    match table::find(oid.0)?.meaning {
        Meaning::Digest(digest) => Some(digest),
        Meaning::Rsa(digest) | Meaning::Dsa(digest) | Meaning::Ecdsa(digest) => digest,
        _ => None,
    }
}

/// Whether `oid` is that of a plain digest (RULES 9: anything else as digestAlgorithm is a quirk).
#[must_use]
pub fn is_digest(oid: Oid<'_>) -> bool {
    table::find(oid.0).is_some_and(|entry| matches!(entry.meaning, Meaning::Digest(_)))
}

/// The scheme of a signature made by `key`; `digest` is the digestAlgorithm beside it, which a certificate lacks.
///
/// # Errors
/// [`SchemeError`].
pub fn signature_scheme(
    signature: &AlgorithmIdentifier<'_>,
    digest: Option<digest::Algorithm>,
    key: SignerKey,
) -> Result<SignatureScheme, SchemeError> {
    let entry = table::find(signature.oid.0).ok_or(SchemeError::Unsupported)?;
    let mut quirks = CodeSet::EMPTY;
    let (scheme, hash) = match entry.meaning {
        Meaning::Rsa(own) => {
            check_key(key, KeyAlgorithm::Rsa)?;
            note_parameters(signature, &mut quirks);
            let hash = signature_hash(own, digest, &mut quirks)?;
            (Scheme::RsaPkcs1 { hash }, Some(hash))
        }
        Meaning::RsaPss => {
            let pss = pss_scheme(signature, digest, key, &mut quirks)?;
            let (hash, mgf1_hash, salt_octets) = (pss.hash, pss.mgf1_hash, pss.salt_octets);
            let scheme = Scheme::RsaPss { hash, mgf1_hash, salt_octets };
            (scheme, Some(hash))
        }
        // RFC 3279 §2.2.2 wants no parameters, but the key's own are often repeated here; they are never used.
        Meaning::Dsa(own) => {
            check_key(key, KeyAlgorithm::Dsa)?;
            note_parameters(signature, &mut quirks);
            (Scheme::Dsa, Some(signature_hash(own, digest, &mut quirks)?))
        }
        Meaning::Ecdsa(own) => {
            check_is_ec(key)?;
            if own.is_some() {
                note_parameters(signature, &mut quirks);
            }
            (Scheme::Ecdsa, Some(signature_hash(own, digest, &mut quirks)?))
        }
        Meaning::EcdsaSpecified => {
            check_is_ec(key)?;
            let parameters = signature.parameters.ok_or(SchemeError::Malformed)?;
            let own = digest_algorithm(parse_algorithm(&parameters)?.oid);
            let own = own.ok_or(SchemeError::Unsupported)?;
            (Scheme::Ecdsa, Some(signature_hash(Some(own), digest, &mut quirks)?))
        }
        Meaning::Ed25519 => {
            check_key(key, KeyAlgorithm::Ed25519)?;
            if signature.parameters.is_some() {
                quirks.insert(AlgorithmQuirk::UnexpectedParameters);
            }
            if digest.is_some_and(|digest| digest != digest::Algorithm::Sha512) {
                quirks.insert(AlgorithmQuirk::Ed25519Digest);
            }
            (Scheme::Ed25519, None)
        }
        Meaning::Digest(_) | Meaning::Named => return Err(SchemeError::Unsupported),
    };
    Ok(SignatureScheme { scheme, digest: hash, quirks })
}

fn check_key(key: SignerKey, wanted: KeyAlgorithm) -> Result<(), SchemeError> {
    // RFC 4055 §1.2: a key of type id-RSASSA-PSS makes no PKCS#1 v1.5 signatures.
    if key.algorithm == wanted && key.rsa_use == RsaUse::Any {
        Ok(())
    } else {
        Err(SchemeError::KeyMismatch)
    }
}

const fn check_is_ec(key: SignerKey) -> Result<(), SchemeError> {
    match key.algorithm {
        KeyAlgorithm::Ec(_) => Ok(()),
        _ => Err(SchemeError::KeyMismatch),
    }
}

/// RULES 9: the signature's own hash, else the one of the digestAlgorithm beside it.
fn signature_hash(
    own: Option<digest::Algorithm>,
    beside: Option<digest::Algorithm>,
    quirks: &mut CodeSet<AlgorithmQuirk>,
) -> Result<digest::Algorithm, SchemeError> {
    if own.is_some() && beside.is_some() && own != beside {
        quirks.insert(AlgorithmQuirk::DigestDiffersFromSignature);
    }
    own.or(beside).ok_or(SchemeError::Unsupported)
}

fn note_parameters(signature: &AlgorithmIdentifier<'_>, quirks: &mut CodeSet<AlgorithmQuirk>) {
    if !signature.has_no_parameters() {
        quirks.insert(AlgorithmQuirk::UnexpectedParameters);
    }
}

fn pss_scheme(
    signature: &AlgorithmIdentifier<'_>,
    digest: Option<digest::Algorithm>,
    key: SignerKey,
    quirks: &mut CodeSet<AlgorithmQuirk>,
) -> Result<PssParameters, SchemeError> {
    if key.algorithm != KeyAlgorithm::Rsa {
        return Err(SchemeError::KeyMismatch);
    }
    if signature.has_no_parameters() {
        quirks.insert(AlgorithmQuirk::PssParametersMissing);
    }
    let parameters = parse_pss_parameters(signature.parameters)?;
    // RULES 11: the hash must be that of the digestAlgorithm.
    if digest.is_some_and(|digest| digest != parameters.hash) {
        return Err(SchemeError::Malformed);
    }
    match key.rsa_use {
        RsaUse::PssWith(restriction) if !parameters.satisfies(&restriction) => {
            Err(SchemeError::KeyMismatch)
        }
        _ => Ok(parameters),
    }
}

/// Name of an algorithm in columns; dotted decimals where there is none.
#[must_use]
pub fn algorithm_name(oid: Oid<'_>) -> Cow<'static, str> {
    table::find(oid.0)
        .map_or_else(|| Cow::Owned(oid.to_string()), |entry| Cow::Borrowed(entry.name))
}

/// Name of a computed digest in columns.
#[must_use]
pub const fn digest_name(digest: digest::Algorithm) -> &'static str {
    match digest {
        digest::Algorithm::Md5 => "md5",
        digest::Algorithm::Sha1 => "sha1",
        digest::Algorithm::Sha224 => "sha224",
        digest::Algorithm::Sha256 => "sha256",
        digest::Algorithm::Sha384 => "sha384",
        digest::Algorithm::Sha512 => "sha512",
        digest::Algorithm::Sha512_256 => "sha512-256",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::asn1::reader::Reader;
    use digest::Algorithm::{Md5, Sha1, Sha256, Sha512};
    use proptest::prelude::*;
    use smimebatch_crypto::signature::Curve;

    const RSA: SignerKey = SignerKey { algorithm: KeyAlgorithm::Rsa, rsa_use: RsaUse::Any };

    fn key(algorithm: KeyAlgorithm) -> SignerKey {
        SignerKey { algorithm, rsa_use: RsaUse::Any }
    }

    /// The entry's AlgorithmIdentifier, with `parameters` appended.
    fn encoded(dotted: &str, parameters: &[u8]) -> Vec<u8> {
        let entry = table::TABLE.iter().find(|entry| entry.dotted == dotted).unwrap();
        let length = u8::try_from(entry.oid.len()).unwrap();
        let content = [&[6, length], entry.oid, parameters].concat();
        [&[0x30, u8::try_from(content.len()).unwrap()], &*content].concat()
    }

    fn scheme(
        dotted: &str,
        parameters: &[u8],
        digest: Option<digest::Algorithm>,
        key: SignerKey,
    ) -> Result<SignatureScheme, SchemeError> {
        let bytes = encoded(dotted, parameters);
        let element = Reader::new(&bytes).read_element().unwrap();
        signature_scheme(&parse_algorithm(&element).unwrap(), digest, key)
    }

    const RSA_ENCRYPTION: &str = "1.2.840.113549.1.1.1";
    const SHA256_RSA: &str = "1.2.840.113549.1.1.11";
    const PSS: &str = "1.2.840.113549.1.1.10";
    const NULL: &[u8] = b"\x05\x00";
    /// hash SHA-256, MGF1 with SHA-256, salt 32.
    const PSS_SHA256: &[u8] = b"\x30\x34\xa0\x0f\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\xa1\x1c\x30\x1a\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\xa2\x03\x02\x01\x20";

    #[test]
    fn rule_09_rsa_encryption_takes_the_digest_beside_it() {
        let found = scheme(RSA_ENCRYPTION, NULL, Some(Md5), RSA).unwrap();
        assert_eq!(found.scheme, Scheme::RsaPkcs1 { hash: Md5 });
        assert_eq!(found.digest, Some(Md5));
        assert!(found.quirks.is_empty());
        assert_eq!(scheme(RSA_ENCRYPTION, NULL, None, RSA), Err(SchemeError::Unsupported));
    }

    #[test]
    fn rule_09_two_hashes_are_used_where_each_belongs() {
        let found = scheme(SHA256_RSA, NULL, Some(Sha1), RSA).unwrap();
        assert_eq!(found.digest, Some(Sha256));
        assert!(found.quirks.contains(AlgorithmQuirk::DigestDiffersFromSignature));
        let found = scheme(SHA256_RSA, b"", Some(Sha256), RSA).unwrap();
        assert!(found.quirks.is_empty());
    }

    #[test]
    fn rule_09_signature_identifier_as_digest_names_its_digest() {
        let find = |dotted: &str| {
            let entry = table::TABLE.iter().find(|entry| entry.dotted == dotted);
            Oid(entry.unwrap().oid)
        };
        assert_eq!(digest_algorithm(find(SHA256_RSA)), Some(Sha256));
        assert!(!is_digest(find(SHA256_RSA)));
        assert_eq!(digest_algorithm(find("1.3.14.3.2.26")), Some(Sha1));
        assert!(is_digest(find("1.3.14.3.2.26")));
        for none in [RSA_ENCRYPTION, "1.2.840.113549.2.2", "2.16.840.1.101.3.4.1.2"] {
            assert_eq!(digest_algorithm(find(none)), None, "{none}");
        }
        assert_eq!(digest_algorithm(Oid(b"\x2a\x03")), None);
    }

    #[test]
    fn rule_11_pss_parameters_have_their_defaults() {
        for parameters in [&b""[..], NULL, b"\x30\x00"] {
            let found = scheme(PSS, parameters, Some(Sha1), RSA).unwrap();
            let expected = Scheme::RsaPss { hash: Sha1, mgf1_hash: Sha1, salt_octets: 20 };
            assert_eq!((found.scheme, found.digest), (expected, Some(Sha1)));
        }
        let found = scheme(PSS, PSS_SHA256, Some(Sha256), RSA).unwrap();
        let expected = Scheme::RsaPss { hash: Sha256, mgf1_hash: Sha256, salt_octets: 32 };
        assert_eq!((found.scheme, found.digest), (expected, Some(Sha256)));
    }

    #[test]
    fn rule_11_pss_hash_other_than_the_digest_is_malformed() {
        let found = scheme(PSS, PSS_SHA256, Some(Sha512), RSA);
        assert_eq!(found, Err(SchemeError::Malformed));
        assert_eq!(scheme(PSS, b"", Some(Sha256), RSA), Err(SchemeError::Malformed));
    }

    #[test]
    fn rule_11_pss_key_restrictions_hold() {
        let restricted = |salt_octets, mgf1_hash| SignerKey {
            algorithm: KeyAlgorithm::Rsa,
            rsa_use: RsaUse::PssWith(PssParameters { hash: Sha256, mgf1_hash, salt_octets }),
        };
        assert!(scheme(PSS, PSS_SHA256, None, restricted(32, Sha256)).is_ok());
        for key in [restricted(33, Sha256), restricted(20, Sha1)] {
            let found = scheme(PSS, PSS_SHA256, None, key);
            assert_eq!(found, Err(SchemeError::KeyMismatch));
        }
        let pss_only = SignerKey { rsa_use: RsaUse::PssOnly, ..RSA };
        assert!(scheme(PSS, PSS_SHA256, None, pss_only).is_ok());
        assert_eq!(scheme(SHA256_RSA, NULL, None, pss_only), Err(SchemeError::KeyMismatch));
    }

    #[test]
    fn pss_parameters_out_of_order_or_foreign_are_refused() {
        let refused: [(&[u8], SchemeError); 5] = [
            (b"\x30\x05\xa2\x03\x02\x01\xff", SchemeError::Malformed),
            (b"\x30\x05\xa3\x03\x02\x01\x02", SchemeError::Unsupported),
            (b"\x30\x05\xa4\x03\x02\x01\x01", SchemeError::Malformed),
            (b"\x30\x0a\xa3\x03\x02\x01\x01\xa2\x03\x02\x01\x14", SchemeError::Malformed),
            (b"\x04\x00", SchemeError::Malformed),
        ];
        for (parameters, error) in refused {
            assert_eq!(scheme(PSS, parameters, None, RSA), Err(error), "{parameters:?}");
        }
    }

    #[test]
    fn rule_13_ed25519_takes_the_message_itself() {
        let found = scheme("1.3.101.112", b"", Some(Sha512), key(KeyAlgorithm::Ed25519)).unwrap();
        assert_eq!((found.scheme, found.digest), (Scheme::Ed25519, None));
        assert!(found.quirks.is_empty());
        let found = scheme("1.3.101.112", b"", Some(Sha256), key(KeyAlgorithm::Ed25519)).unwrap();
        assert!(found.quirks.contains(AlgorithmQuirk::Ed25519Digest));
    }

    #[test]
    fn scheme_of_dsa_and_ecdsa_names_its_digest() {
        let ec = key(KeyAlgorithm::Ec(Curve::P384));
        let dsa = key(KeyAlgorithm::Dsa);
        let expected = [
            ("1.2.840.10045.4.3.2", None, ec, Scheme::Ecdsa, Sha256),
            ("1.2.840.10045.2.1", Some(Sha512), ec, Scheme::Ecdsa, Sha512),
            ("1.2.840.10040.4.1", Some(Sha1), dsa, Scheme::Dsa, Sha1),
            ("1.2.840.10040.4.3", None, dsa, Scheme::Dsa, Sha1),
            ("1.3.14.3.2.12", Some(Sha1), dsa, Scheme::Dsa, Sha1),
            ("1.3.14.3.2.29", None, RSA, Scheme::RsaPkcs1 { hash: Sha1 }, Sha1),
        ];
        for (dotted, beside, key, wanted, digest) in expected {
            let found = scheme(dotted, b"", beside, key).unwrap();
            assert_eq!((found.scheme, found.digest), (wanted, Some(digest)), "{dotted}");
        }
    }

    #[test]
    fn ecdsa_specified_takes_the_digest_of_its_parameters() {
        let ec = key(KeyAlgorithm::Ec(Curve::P256));
        let hash = encoded("2.16.840.1.101.3.4.2.1", b"");
        let found = scheme("1.2.840.10045.4.3", &hash, None, ec).unwrap();
        assert_eq!(found.digest, Some(Sha256));
        assert_eq!(scheme("1.2.840.10045.4.3", b"", None, ec), Err(SchemeError::Malformed));
    }

    #[test]
    fn scheme_and_key_of_other_algorithms_never_meet() {
        let keys = [
            RSA,
            key(KeyAlgorithm::Dsa),
            key(KeyAlgorithm::Ec(Curve::P256)),
            key(KeyAlgorithm::Ed25519),
        ];
        let own = [SHA256_RSA, "1.2.840.10040.4.3", "1.2.840.10045.4.3.2", "1.3.101.112"];
        for (k, key) in keys.into_iter().enumerate() {
            for (s, dotted) in own.into_iter().enumerate() {
                let found = scheme(dotted, b"", None, key);
                assert_eq!(found.is_ok(), k == s);
                assert!(k == s || found == Err(SchemeError::KeyMismatch));
            }
        }
    }

    #[test]
    fn rule_15_algorithms_we_lack_are_unsupported() {
        let lacking = [
            "1.2.840.113549.1.1.2",
            "1.3.101.113",
            "2.16.840.1.101.3.4.3.18",
            "1.3.14.3.2.26",
            "2.16.840.1.101.3.4.1.2",
        ];
        for dotted in lacking {
            let found = scheme(dotted, b"", Some(Sha256), RSA);
            assert_eq!(found, Err(SchemeError::Unsupported), "{dotted}");
        }
    }

    #[test]
    fn algorithm_name_of_an_unknown_one_is_dotted() {
        assert_eq!(algorithm_name(Oid(b"\x2a\x03\x04")), "1.2.3.4");
        assert_eq!(algorithm_name(Oid(oids::RSASSA_PSS)), "rsassa-pss");
        assert_eq!(algorithm_name(Oid(b"\x60\x86\x48\x01\x65\x03\x04\x01\x2e")), "aes256-gcm");
    }

    #[test]
    fn algorithm_with_leftovers_is_malformed() {
        for content in [&b"\x06\x00"[..], b"\x06\x01\x2a\x05\x00\x05\x00"] {
            assert_eq!(parse_algorithm_content(content), Err(Error::Malformed), "{content:?}");
        }
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
