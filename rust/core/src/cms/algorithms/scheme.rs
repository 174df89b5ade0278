//! What a signatureAlgorithm asks for, with the key and the digestAlgorithm it comes with (RULES 9 to 13).

use smimebatch_crypto::digest;
use smimebatch_crypto::signature::{KeyAlgorithm, PublicKey, Scheme};

use super::table::{self, Meaning};
use super::{
    AlgorithmIdentifier, PssParameters, digest_algorithm, parse_algorithm, parse_pss_parameters,
};
use crate::codes::{CodeSet, codes};

codes! {
    /// Deviations of algorithm identifiers that do not change what is computed.
    pub enum AlgorithmQuirk {
        DigestDiffersFromSignature = "digest_differs_from_signature", "Digest algorithm and signature algorithm name two hashes (RFC 8933); each is used where it belongs.";
        UnexpectedParameters = "unexpected_algorithm_parameters", "An algorithm identifier carries parameters its algorithm does not have.";
        PssParametersMissing = "pss_parameters_missing", "The RSASSA-PSS parameters are missing; the defaults stand for them (RFC 4055).";
        UnusualDigest = "unusual_digest_for_scheme", "The digest beside the signature is not the one its scheme asks for, or weaker than it (RFC 8419, RFC 9814, RFC 9882).";
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
            if matches!(hash, digest::Algorithm::Shake128 | digest::Algorithm::Shake256) {
                // RFC 8702 §3.2.1 pairs them with RSASSA-PSS alone.
                return Err(SchemeError::Unsupported);
            }
            (Scheme::RsaPkcs1 { hash }, Some(hash))
        }
        Meaning::RsaPss | Meaning::RsaPssShake(_) => {
            let PssParameters { hash, mask, salt_octets } =
                pss_scheme(signature, entry.meaning, digest, key, &mut quirks)?;
            (Scheme::RsaPss { hash, mask, salt_octets }, Some(hash))
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
        Meaning::WholeMessage(algorithm) => {
            check_key(key, algorithm)?;
            if signature.parameters.is_some() {
                quirks.insert(AlgorithmQuirk::UnexpectedParameters);
            }
            if digest.is_some_and(|digest| !suits(digest, algorithm)) {
                quirks.insert(AlgorithmQuirk::UnusualDigest);
            }
            (whole_message_scheme(algorithm)?, None)
        }
        Meaning::Digest(_) | Meaning::Lacking(_) | Meaning::Named => {
            return Err(SchemeError::Unsupported);
        }
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
    meaning: Meaning,
    digest: Option<digest::Algorithm>,
    key: SignerKey,
    quirks: &mut CodeSet<AlgorithmQuirk>,
) -> Result<PssParameters, SchemeError> {
    if key.algorithm != KeyAlgorithm::Rsa {
        return Err(SchemeError::KeyMismatch);
    }
    let parameters = if let Meaning::RsaPssShake(function) = meaning {
        note_parameters(signature, quirks);
        PssParameters::of_shake(function).ok_or(SchemeError::Unsupported)?
    } else {
        if signature.has_no_parameters() {
            quirks.insert(AlgorithmQuirk::PssParametersMissing);
        }
        parse_pss_parameters(signature.parameters)?
    };
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

/// Pure mode, empty context (RULES 13).
const fn whole_message_scheme(algorithm: KeyAlgorithm) -> Result<Scheme, SchemeError> {
    match algorithm {
        KeyAlgorithm::Ed25519 => Ok(Scheme::Ed25519),
        KeyAlgorithm::Ed448 => Ok(Scheme::Ed448),
        KeyAlgorithm::MlDsa(_) => Ok(Scheme::MlDsa),
        KeyAlgorithm::SlhDsa(_) => Ok(Scheme::SlhDsa),
        KeyAlgorithm::Rsa | KeyAlgorithm::Dsa | KeyAlgorithm::Ec(_) => {
            Err(SchemeError::Unsupported)
        }
    }
}

/// RULES 13: which digest goes beside a scheme that does not use it: the one named by RFC 8419 §3.1, or one whose
/// collisions are as hard to find as the scheme is to break (RFC 9882 §3.3, RFC 9814 §4).
fn suits(digest: digest::Algorithm, algorithm: KeyAlgorithm) -> bool {
    let strength_bits = match algorithm {
        KeyAlgorithm::Ed25519 => return digest == digest::Algorithm::Sha512,
        KeyAlgorithm::Ed448 => return digest == digest::Algorithm::Shake256,
        KeyAlgorithm::MlDsa(set) => set.strength_bits(),
        KeyAlgorithm::SlhDsa(set) => set.strength_bits(),
        KeyAlgorithm::Rsa | KeyAlgorithm::Dsa | KeyAlgorithm::Ec(_) => return true,
    };
    digest.output_bytes() * 8 / 2 >= strength_bits as usize
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::super::table::TABLE;
    use super::*;
    use crate::asn1::reader::Reader;
    use digest::Algorithm::{
        Md5, Ripemd160, Sha1, Sha3_224, Sha3_256, Sha3_512, Sha224, Sha256, Sha384, Sha512,
        Shake128, Shake256,
    };
    use smimebatch_crypto::signature::{Curve, Mask, MlDsa, SlhDsa};

    const RSA: SignerKey = SignerKey { algorithm: KeyAlgorithm::Rsa, rsa_use: RsaUse::Any };

    fn key(algorithm: KeyAlgorithm) -> SignerKey {
        SignerKey { algorithm, rsa_use: RsaUse::Any }
    }

    /// The entry's AlgorithmIdentifier, with `parameters` appended.
    fn encoded(dotted: &str, parameters: &[u8]) -> Vec<u8> {
        let entry = TABLE.iter().find(|entry| entry.dotted == dotted).unwrap();
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
    fn rule_11_pss_parameters_have_their_defaults() {
        for parameters in [&b""[..], NULL, b"\x30\x00"] {
            let found = scheme(PSS, parameters, Some(Sha1), RSA).unwrap();
            let expected = Scheme::RsaPss { hash: Sha1, mask: Mask::Mgf1(Sha1), salt_octets: 20 };
            assert_eq!((found.scheme, found.digest), (expected, Some(Sha1)));
        }
        let found = scheme(PSS, PSS_SHA256, Some(Sha256), RSA).unwrap();
        let expected = Scheme::RsaPss { hash: Sha256, mask: Mask::Mgf1(Sha256), salt_octets: 32 };
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
            rsa_use: RsaUse::PssWith(PssParameters {
                hash: Sha256,
                mask: Mask::Mgf1(mgf1_hash),
                salt_octets,
            }),
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
        assert!(found.quirks.contains(AlgorithmQuirk::UnusualDigest));
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
            "1.2.840.113549.1.1.3",
            "2.16.840.1.101.3.4.3.33",
            "2.16.840.1.101.3.4.3.35",
            "1.2.643.7.1.1.3.2",
            "1.3.14.3.2.26",
            "2.16.840.1.101.3.4.1.2",
        ];
        for dotted in lacking {
            let found = scheme(dotted, b"", Some(Sha256), RSA);
            assert_eq!(found, Err(SchemeError::Unsupported), "{dotted}");
        }
    }

    /// Every identifier of a whole-message scheme, with the digests it goes with and does not.
    #[test]
    fn rule_13_digest_beside_a_whole_message_scheme_is_as_strong_or_a_quirk() {
        let ed448 = KeyAlgorithm::Ed448;
        let ml_dsa = KeyAlgorithm::MlDsa;
        let slh_dsa = KeyAlgorithm::SlhDsa;
        type Digests = &'static [digest::Algorithm];
        let cases: [(&str, KeyAlgorithm, Scheme, Digests, Digests); 6] = [
            ("1.3.101.113", ed448, Scheme::Ed448, &[Shake256], &[Sha512, Sha3_512, Shake128]),
            (
                "2.16.840.1.101.3.4.3.17",
                ml_dsa(MlDsa::MlDsa44),
                Scheme::MlDsa,
                &[Sha256, Sha512, Sha3_256, Shake128, Shake256],
                &[Md5, Sha1, Sha224, Sha3_224, Ripemd160],
            ),
            (
                "2.16.840.1.101.3.4.3.18",
                ml_dsa(MlDsa::MlDsa65),
                Scheme::MlDsa,
                &[Sha384, Sha512, Shake256],
                &[Sha256, Shake128],
            ),
            (
                "2.16.840.1.101.3.4.3.19",
                ml_dsa(MlDsa::MlDsa87),
                Scheme::MlDsa,
                &[Sha512, Sha3_512, Shake256],
                &[Sha384, Sha256],
            ),
            (
                "2.16.840.1.101.3.4.3.20",
                slh_dsa(SlhDsa::Sha2_128s),
                Scheme::SlhDsa,
                &[Sha256, Shake256],
                &[Sha224],
            ),
            (
                "2.16.840.1.101.3.4.3.31",
                slh_dsa(SlhDsa::Shake256f),
                Scheme::SlhDsa,
                &[Sha512, Shake256],
                &[Sha384, Shake128],
            ),
        ];
        for (dotted, algorithm, wanted, good, odd) in cases {
            for (digest, is_odd) in
                good.iter().map(|d| (d, false)).chain(odd.iter().map(|d| (d, true)))
            {
                let found = scheme(dotted, b"", Some(*digest), key(algorithm)).unwrap();
                assert_eq!((found.scheme, found.digest), (wanted, None), "{dotted}");
                let noted = found.quirks.contains(AlgorithmQuirk::UnusualDigest);
                assert_eq!(noted, is_odd, "{dotted} {digest:?}");
            }
        }
    }

    #[test]
    fn rule_13_each_parameter_set_is_a_key_algorithm_of_its_own() {
        let sets = TABLE.iter().filter(|entry| matches!(entry.meaning, Meaning::WholeMessage(_)));
        let sets: Vec<_> = sets.collect();
        assert_eq!(sets.len(), 17);
        for one in &sets {
            for other in &sets {
                let Meaning::WholeMessage(algorithm) = other.meaning else { unreachable!() };
                let found = scheme(one.dotted, b"", None, key(algorithm));
                assert_eq!(found.is_ok(), one.dotted == other.dotted);
            }
        }
    }

    #[test]
    fn rule_11_pss_with_shake_has_its_parameters_in_its_name() {
        for (dotted, hash, mask, salt_octets) in [
            ("1.3.6.1.5.5.7.6.30", Shake128, Mask::Shake128, 32),
            ("1.3.6.1.5.5.7.6.31", Shake256, Mask::Shake256, 64),
        ] {
            let found = scheme(dotted, b"", Some(hash), RSA).unwrap();
            assert_eq!(found.scheme, Scheme::RsaPss { hash, mask, salt_octets });
            assert_eq!(found.digest, Some(hash));
            assert!(found.quirks.is_empty());
            assert_eq!(scheme(dotted, b"", Some(Sha256), RSA), Err(SchemeError::Malformed));
            let odd = scheme(dotted, PSS_SHA256, Some(hash), RSA).unwrap();
            assert!(odd.quirks.contains(AlgorithmQuirk::UnexpectedParameters));
        }
        let found = scheme(RSA_ENCRYPTION, NULL, Some(Shake256), RSA);
        assert_eq!(found, Err(SchemeError::Unsupported));
    }
}
