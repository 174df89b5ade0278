//! What the operator chooses of a signature, and what a key makes of that: digest, scheme and the identifiers of both.

use smimebatch_crypto::digest::Algorithm;
use smimebatch_crypto::private_key::PrivateKeyAlgorithm;
use smimebatch_crypto::signature::{Curve, Mask, MlDsa, Scheme};

use super::Unfit;
use crate::asn1::reader::Tag;
use crate::asn1::writer::element;
use crate::cms::algorithms::{PssParameters, RsaUse, algorithm_named, digest_name, oids};
use crate::codes::codes;
use crate::envelope::seal::{identifier, identifier_of};

codes! {
    /// The digest of new signatures (`--digest`).
    pub enum DigestChoice {
        Sha256 = "sha256", "SHA-256 (FIPS 180-4).";
        Sha384 = "sha384", "SHA-384 (FIPS 180-4).";
        Sha512 = "sha512", "SHA-512 (FIPS 180-4).";
    }
}

codes! {
    /// How RSA keys sign (`--rsa-padding`).
    pub enum RsaPadding {
        Pkcs1 = "pkcs1", "RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2): every reader has it.";
        Pss = "pss", "RSASSA-PSS (RFC 8017 section 8.1), its salt as long as the digest: readers before about 2010 lack it.";
    }
}

codes! {
    /// How a signed message is written (`--clear`, `--opaque`).
    pub enum SignedForm {
        Clear = "clear", "multipart/signed: readers without S/MIME show the text (RFC 8551 section 3.5.3).";
        Opaque = "opaque", "application/pkcs7-mime with everything inside: nothing on the way can break it (RFC 8551 section 3.5.2).";
    }
}

codes! {
    /// Whose mail is signed (`--sign-as`).
    pub enum SignAs {
        From = "from", "Mail of those whose address in From a certificate names.";
        Any = "any", "Mail of everybody: an archive or an organisation vouches for what it holds.";
    }
}

/// How a key signs.
#[derive(Debug)]
pub(super) struct Way {
    /// Of the content.
    pub(super) digest: Algorithm,
    pub(super) scheme: Scheme,
    /// Whether the scheme takes a digest, and no message (RULES 13).
    pub(super) takes_digest: bool,
    pub(super) digest_identifier: Vec<u8>,
    pub(super) signature_identifier: Vec<u8>,
    /// Its name in columns.
    pub(super) signature_name: &'static str,
}

/// DER of NULL.
const NULL: &[u8] = &[5, 0];

impl Way {
    /// How a key of that algorithm signs, whose certificate may restrict RSA.
    pub(super) fn of(
        key: PrivateKeyAlgorithm,
        rsa_use: RsaUse,
        chosen: Option<DigestChoice>,
        padding: RsaPadding,
    ) -> Result<Self, Unfit> {
        let chosen = chosen.map(DigestChoice::algorithm);
        match key {
            PrivateKeyAlgorithm::Rsa => match (rsa_use, padding) {
                (RsaUse::Any, RsaPadding::Pkcs1) => {
                    Self::pkcs1(chosen.unwrap_or(Algorithm::Sha256))
                }
                (RsaUse::Any | RsaUse::PssOnly, _) => {
                    Self::pss(chosen.unwrap_or(Algorithm::Sha256), 0)
                }
                (RsaUse::PssWith(only), _) => Self::pss_as(&only),
            },
            PrivateKeyAlgorithm::Ec(curve) => {
                Self::ecdsa(chosen.unwrap_or_else(|| digest_beside(curve)))
            }
            // RFC 8419 §3.1: SHA-512.
            PrivateKeyAlgorithm::Ed25519 => {
                Self::whole_message("ed25519", Scheme::Ed25519, Algorithm::Sha512)
            }
            PrivateKeyAlgorithm::MlDsa(set) => {
                // RFC 9882 §3.3: as strong as the set at least, and SHA-512 for all.
                let is_enough =
                    |it: &Algorithm| it.output_bytes() * 4 >= set.strength_bits() as usize;
                let digest = chosen.filter(is_enough).unwrap_or(Algorithm::Sha512);
                Self::whole_message(ml_dsa_name(set), Scheme::MlDsa, digest)
            }
            _ => Err(Unfit::UnsupportedKey),
        }
    }

    /// RFC 3370 §3.2: rsaEncryption, which every reader knows, the digest standing beside it.
    fn pkcs1(digest: Algorithm) -> Result<Self, Unfit> {
        let name = "rsaEncryption";
        let identifier = identifier(name, NULL);
        Self::made(digest, (Scheme::RsaPkcs1 { hash: digest }, true), identifier, name)
    }

    /// RFC 4056 §3: the digest again in the parameters, a salt as long as it.
    fn pss(digest: Algorithm, least_salt_octets: u32) -> Result<Self, Unfit> {
        let salt_octets = (digest.output_bytes() as u32).max(least_salt_octets);
        let scheme = Scheme::RsaPss { hash: digest, mask: Mask::Mgf1(digest), salt_octets };
        let hash = identifier(digest_name(digest), NULL);
        let parameters = hash.map(|hash| {
            let mask = identifier_of(crate::asn1::oid::Oid(oids::MGF1), &hash);
            let salt = element(Tag::INTEGER, &[&[salt_octets as u8]]);
            element(
                Tag::SEQUENCE,
                &[
                    &element(Tag::context_constructed(0), &[&hash]),
                    &element(Tag::context_constructed(1), &[&mask]),
                    &element(Tag::context_constructed(2), &[&salt]),
                ],
            )
        });
        let identifier = parameters.and_then(|it| identifier("rsassa-pss", &it));
        Self::made(digest, (scheme, true), identifier, "rsassa-pss")
    }

    /// RFC 4055 §3.3: what the key is restricted to, as far as it can be written here.
    fn pss_as(only: &PssParameters) -> Result<Self, Unfit> {
        let is_offered = [Algorithm::Sha256, Algorithm::Sha384, Algorithm::Sha512];
        let is_plain = only.mask == Mask::Mgf1(only.hash) && only.salt_octets < 128;
        if is_plain && is_offered.contains(&only.hash) {
            Self::pss(only.hash, only.salt_octets)
        } else {
            Err(Unfit::UnsupportedKey)
        }
    }

    /// RFC 5754 §3.3: without parameters.
    fn ecdsa(digest: Algorithm) -> Result<Self, Unfit> {
        let name = match digest {
            Algorithm::Sha384 => "ecdsa-with-SHA384",
            Algorithm::Sha512 => "ecdsa-with-SHA512",
            _ => "ecdsa-with-SHA256",
        };
        Self::made(digest, (Scheme::Ecdsa, true), identifier(name, &[]), name)
    }

    fn whole_message(name: &'static str, scheme: Scheme, digest: Algorithm) -> Result<Self, Unfit> {
        Self::made(digest, (scheme, false), identifier(name, &[]), name)
    }

    fn made(
        digest: Algorithm,
        (scheme, takes_digest): (Scheme, bool),
        signature_identifier: Option<Vec<u8>>,
        signature_name: &'static str,
    ) -> Result<Self, Unfit> {
        // RFC 5754 §2: SHA-2 without parameters.
        let digest_identifier = algorithm_named(digest_name(digest));
        Ok(Self {
            digest,
            scheme,
            takes_digest,
            digest_identifier: digest_identifier
                .map(|oid| identifier_of(oid, &[]))
                .ok_or(Unfit::UnsupportedKey)?,
            signature_identifier: signature_identifier.ok_or(Unfit::UnsupportedKey)?,
            signature_name,
        })
    }

    /// RFC 8551 §3.5.3.2.
    pub(super) const fn micalg(&self) -> &'static str {
        match self.digest {
            Algorithm::Sha384 => "sha-384",
            Algorithm::Sha512 => "sha-512",
            _ => "sha-256",
        }
    }
}

impl DigestChoice {
    const fn algorithm(self) -> Algorithm {
        match self {
            Self::Sha256 => Algorithm::Sha256,
            Self::Sha384 => Algorithm::Sha384,
            Self::Sha512 => Algorithm::Sha512,
        }
    }
}

/// RFC 5753 §7.1: as strong as the curve.
const fn digest_beside(curve: Curve) -> Algorithm {
    match curve.bits() {
        0..=256 => Algorithm::Sha256,
        257..=384 => Algorithm::Sha384,
        _ => Algorithm::Sha512,
    }
}

const fn ml_dsa_name(set: MlDsa) -> &'static str {
    match set {
        MlDsa::MlDsa44 => "ml-dsa-44",
        MlDsa::MlDsa65 => "ml-dsa-65",
        MlDsa::MlDsa87 => "ml-dsa-87",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn digest_of(key: PrivateKeyAlgorithm, chosen: Option<DigestChoice>) -> Algorithm {
        Way::of(key, RsaUse::Any, chosen, RsaPadding::Pkcs1).unwrap().digest
    }

    #[test]
    fn rule_13_digest_is_as_strong_as_the_scheme_asks() {
        use PrivateKeyAlgorithm::{Ec, Ed25519, MlDsa as Lattice, Rsa};
        let short = Some(DigestChoice::Sha256);
        assert_eq!(digest_of(Rsa, None), Algorithm::Sha256);
        assert_eq!(digest_of(Ec(Curve::P384), None), Algorithm::Sha384);
        assert_eq!(digest_of(Ec(Curve::P521), short), Algorithm::Sha256);
        assert_eq!(digest_of(Ed25519, short), Algorithm::Sha512);
        assert_eq!(digest_of(Lattice(MlDsa::MlDsa44), short), Algorithm::Sha256);
        assert_eq!(digest_of(Lattice(MlDsa::MlDsa65), short), Algorithm::Sha512);
        assert_eq!(
            digest_of(Lattice(MlDsa::MlDsa87), Some(DigestChoice::Sha384)),
            Algorithm::Sha512
        );
    }

    #[test]
    fn rule_11_key_restricted_to_pss_signs_with_what_it_names() {
        let only = |hash, salt_octets| {
            let parameters = PssParameters { hash, mask: Mask::Mgf1(hash), salt_octets };
            let chosen = Some(DigestChoice::Sha256);
            let rsa_use = RsaUse::PssWith(parameters);
            Way::of(PrivateKeyAlgorithm::Rsa, rsa_use, chosen, RsaPadding::Pkcs1)
        };
        let way = only(Algorithm::Sha512, 70).unwrap();
        let mask = Mask::Mgf1(Algorithm::Sha512);
        let expected = Scheme::RsaPss { hash: Algorithm::Sha512, mask, salt_octets: 70 };
        assert_eq!((way.scheme, way.digest), (expected, Algorithm::Sha512));
        assert_eq!(only(Algorithm::Sha1, 20).unwrap_err(), Unfit::UnsupportedKey);
    }
}
