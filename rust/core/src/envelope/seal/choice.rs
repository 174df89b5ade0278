//! What the operator chooses of a new envelope: the content cipher, and how its key reaches RSA keys.

use smimebatch_crypto::cipher::Cipher;
use smimebatch_crypto::cipher::aead::Aead;
use smimebatch_crypto::digest::Algorithm;
use smimebatch_crypto::transport::{Oaep, Padding};

use crate::asn1::oid::Oid;
use crate::asn1::reader::Tag;
use crate::asn1::writer::element;
use crate::cms::algorithms::{algorithm_named, digest_name, oids};
use crate::codes::{Code, codes};

codes! {
    /// The content cipher of new envelopes (`--content`), by its name in columns.
    pub enum ContentChoice {
        Aes256Gcm = "aes256-gcm", "AES with 256 bits in GCM: any change is noticed (AuthEnvelopedData, RFC 5083 and RFC 5084).";
        Aes192Gcm = "aes192-gcm", "AES with 192 bits in GCM, as aes256-gcm.";
        Aes128Gcm = "aes128-gcm", "AES with 128 bits in GCM, as aes256-gcm.";
        ChaCha20Poly1305 = "chacha20-poly1305", "ChaCha20-Poly1305 (RFC 8103): any change is noticed; fewer readers have it.";
        Aes256Ccm = "aes256-ccm", "AES with 256 bits in CCM: any change is noticed; fewer readers have it.";
        Aes192Ccm = "aes192-ccm", "AES with 192 bits in CCM, as aes256-ccm.";
        Aes128Ccm = "aes128-ccm", "AES with 128 bits in CCM, as aes256-ccm.";
        Aes256Cbc = "aes256-cbc", "AES with 256 bits in CBC: every reader has it, and no change is noticed (EnvelopedData).";
        Aes192Cbc = "aes192-cbc", "AES with 192 bits in CBC, as aes256-cbc.";
        Aes128Cbc = "aes128-cbc", "AES with 128 bits in CBC, as aes256-cbc.";
    }
}

/// What a content choice comes to.
#[derive(Clone, Copy)]
pub(super) enum Chosen {
    /// Without integrity.
    Cbc(Cipher),
    /// With it.
    Aead(Aead),
}

impl ContentChoice {
    pub(super) const fn cipher(self) -> Chosen {
        match self {
            Self::Aes256Gcm => Chosen::Aead(Aead::Aes256Gcm),
            Self::Aes192Gcm => Chosen::Aead(Aead::Aes192Gcm),
            Self::Aes128Gcm => Chosen::Aead(Aead::Aes128Gcm),
            Self::ChaCha20Poly1305 => Chosen::Aead(Aead::ChaCha20Poly1305),
            Self::Aes256Ccm => Chosen::Aead(Aead::Aes256Ccm),
            Self::Aes192Ccm => Chosen::Aead(Aead::Aes192Ccm),
            Self::Aes128Ccm => Chosen::Aead(Aead::Aes128Ccm),
            Self::Aes256Cbc => Chosen::Cbc(Cipher::Aes256),
            Self::Aes192Cbc => Chosen::Cbc(Cipher::Aes192),
            Self::Aes128Cbc => Chosen::Cbc(Cipher::Aes128),
        }
    }

    /// Whether an envelope with it is an AuthEnvelopedData.
    #[must_use]
    pub const fn is_authenticated(self) -> bool {
        matches!(self.cipher(), Chosen::Aead(_))
    }
}

codes! {
    /// How the content key is encrypted for RSA keys (`--key-transport`).
    pub enum TransportChoice {
        Oaep = "oaep", "RSAES-OAEP with SHA-256 (RFC 8017 section 7.1).";
        OaepSha1 = "oaep-sha1", "RSAES-OAEP with SHA-1, as readers before about 2016 have it.";
        OaepSha384 = "oaep-sha384", "RSAES-OAEP with SHA-384.";
        OaepSha512 = "oaep-sha512", "RSAES-OAEP with SHA-512.";
        Pkcs1 = "pkcs1", "PKCS#1 v1.5 (RFC 8017 section 7.2): every reader has it, and many leak keys by it.";
    }
}

impl TransportChoice {
    const fn hash(self) -> Option<Algorithm> {
        match self {
            Self::Oaep => Some(Algorithm::Sha256),
            Self::OaepSha1 => Some(Algorithm::Sha1),
            Self::OaepSha384 => Some(Algorithm::Sha384),
            Self::OaepSha512 => Some(Algorithm::Sha512),
            Self::Pkcs1 => None,
        }
    }

    pub(super) const fn padding(self) -> Padding<'static> {
        match self.hash() {
            Some(hash) => Padding::Oaep(Oaep { hash, mask_hash: hash, label: &[] }),
            None => Padding::Pkcs1 { expected_octets: None },
        }
    }

    /// keyEncryptionAlgorithm (RFC 3370 §4.2.1, RFC 4055 §4.1: defaults are left out).
    pub(super) fn identifier(self) -> Option<Vec<u8>> {
        const NULL: &[u8] = &[5, 0];
        let Some(hash) = self.hash() else { return identifier(self.name(), NULL) };
        let parameters = if hash == Algorithm::Sha1 {
            element(Tag::SEQUENCE, &[])
        } else {
            let digest = identifier(digest_name(hash), NULL)?;
            let mask = identifier_of(Oid(oids::MGF1), &digest);
            element(
                Tag::SEQUENCE,
                &[
                    &element(Tag::context_constructed(0), &[&digest]),
                    &element(Tag::context_constructed(1), &[&mask]),
                ],
            )
        };
        identifier(self.name(), &parameters)
    }

    /// Its name in columns.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Pkcs1 => "rsaEncryption",
            _ => "rsaes-oaep",
        }
    }
}

/// AlgorithmIdentifier by its name in columns, with encoded parameters or none.
pub(in crate::envelope) fn identifier(name: &str, parameters: &[u8]) -> Option<Vec<u8>> {
    algorithm_named(name).map(|oid| identifier_of(oid, parameters))
}

/// AlgorithmIdentifier with encoded parameters or none.
pub(in crate::envelope) fn identifier_of(oid: Oid<'_>, parameters: &[u8]) -> Vec<u8> {
    element(Tag::SEQUENCE, &[&element(Tag::OID, &[oid.0]), parameters])
}

impl ContentChoice {
    /// contentEncryptionAlgorithm with its vector or nonce.
    pub(super) fn identifier(self, parameters: &[u8]) -> Option<Vec<u8>> {
        identifier(self.code(), parameters)
    }
}
