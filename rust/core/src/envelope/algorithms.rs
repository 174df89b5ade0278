//! Algorithm identifiers of envelopes → what is to be computed: content ciphers with their vector or nonce, key wraps,
//! the padding of key transport, key derivations.
//!
//! They are told apart by the names of the one table of `cms/algorithms`. RFC 3370 §4 and §5, RFC 3565, RFC 4055 §4.1,
//! RFC 5084, RFC 5753 §7, RFC 8103, RFC 8418, and the RFC of each older cipher.

use smimebatch_crypto::cipher::Cipher;
use smimebatch_crypto::cipher::aead::Aead;
use smimebatch_crypto::digest::Algorithm;
use smimebatch_crypto::transport::{Oaep, Padding};
use smimebatch_crypto::wrap::KeyWrap;

use crate::asn1::reader::{Element, Reader, Tag};
use crate::asn1::values::parse_u32;
use crate::cms::algorithms::{
    AlgorithmIdentifier, SchemeError, algorithm_name, parse_algorithm, parse_oaep_parameters,
};

/// Why an envelope is not opened by a recipient's key. Only what hangs on no key may ever be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// An algorithm that is not had.
    Unsupported,
    /// More work than is done for it.
    Limit,
    /// Anything else.
    Failed,
}

/// A content cipher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ContentCipher<'a> {
    /// Without integrity.
    Cbc { cipher: Cipher, iv: &'a [u8] },
    /// With it.
    Aead { aead: Aead, nonce: &'a [u8], tag_octets: usize },
}

/// What stands for a vector that is left out (RFC 2984 §2, RFC 3058 §2).
const ZEROS: &[u8] = &[0; 8];

impl<'a> ContentCipher<'a> {
    /// The cipher that an identifier asks for.
    pub(super) fn of(algorithm: &AlgorithmIdentifier<'a>) -> Result<Self, Refusal> {
        let parameters = algorithm.parameters;
        let cbc = |cipher| octets(parameters).map(|iv| Self::Cbc { cipher, iv });
        let aead = |aead| Self::aead(aead, parameters);
        match &*algorithm_name(algorithm.oid) {
            "aes128-cbc" => cbc(Cipher::Aes128),
            "aes192-cbc" => cbc(Cipher::Aes192),
            "aes256-cbc" => cbc(Cipher::Aes256),
            "des-cbc" => cbc(Cipher::Des),
            "des-ede3-cbc" => cbc(Cipher::TripleDes),
            "camellia128-cbc" => cbc(Cipher::Camellia128),
            "camellia192-cbc" => cbc(Cipher::Camellia192),
            "camellia256-cbc" => cbc(Cipher::Camellia256),
            "seed-cbc" => cbc(Cipher::Seed),
            "rc2-cbc" => Self::rc2(parameters),
            "cast5-cbc" => Self::with_optional_vector(Cipher::Cast5, parameters),
            "idea-cbc" => Self::with_optional_vector(Cipher::Idea, parameters),
            "aes128-gcm" => aead(Aead::Aes128Gcm),
            "aes192-gcm" => aead(Aead::Aes192Gcm),
            "aes256-gcm" => aead(Aead::Aes256Gcm),
            "aes128-ccm" => aead(Aead::Aes128Ccm),
            "aes192-ccm" => aead(Aead::Aes192Ccm),
            "aes256-ccm" => aead(Aead::Aes256Ccm),
            "chacha20-poly1305" => {
                let (aead, nonce) = (Aead::ChaCha20Poly1305, octets(parameters)?);
                Ok(Self::Aead { aead, nonce, tag_octets: 16 })
            }
            _ => Err(Refusal::Unsupported),
        }
    }

    /// RFC 5084 §3: `SEQUENCE { aes-nonce OCTET STRING, aes-ICVlen INTEGER DEFAULT 12 }`.
    fn aead(aead: Aead, parameters: Option<Element<'a>>) -> Result<Self, Refusal> {
        let mut fields = sequence(parameters)?;
        let nonce = fields.read(Tag::OCTET_STRING)?.content;
        let length = fields.read_optional(Tag::INTEGER)?;
        let tag_octets = length.map_or(Ok(12), |it| parse_u32(it.content))? as usize;
        let is_whole = fields.is_empty() && aead.takes_nonce_of(nonce.len());
        if is_whole && aead.takes_tag_of(tag_octets) {
            return Ok(Self::Aead { aead, nonce, tag_octets });
        }
        Err(Refusal::Failed)
    }

    /// RFC 2268 §6 and RFC 3370 §5.2: `SEQUENCE { rc2ParameterVersion INTEGER, iv OCTET STRING }`, or the vector alone.
    fn rc2(parameters: Option<Element<'a>>) -> Result<Self, Refusal> {
        if let Ok(iv) = octets(parameters) {
            return Ok(Self::Cbc { cipher: Cipher::Rc2 { effective_bits: 32 }, iv });
        }
        let mut fields = sequence(parameters)?;
        let version = parse_u32(fields.read(Tag::INTEGER)?.content)?;
        let effective_bits = effective_bits(version).ok_or(Refusal::Unsupported)?;
        let iv = fields.read(Tag::OCTET_STRING)?.content;
        Ok(Self::Cbc { cipher: Cipher::Rc2 { effective_bits }, iv })
    }

    /// RFC 2984 §2: `SEQUENCE { iv OCTET STRING DEFAULT 0, keyLength INTEGER }`; RFC 3058 §2: `SEQUENCE { iv OCTET
    /// STRING OPTIONAL }`; or, as OpenSSL writes for both, the vector alone.
    fn with_optional_vector(
        cipher: Cipher,
        parameters: Option<Element<'a>>,
    ) -> Result<Self, Refusal> {
        if let Ok(iv) = octets(parameters) {
            return Ok(Self::Cbc { cipher, iv });
        }
        let iv = sequence(parameters)?.read_optional(Tag::OCTET_STRING)?;
        Ok(Self::Cbc { cipher, iv: iv.map_or(ZEROS, |iv| iv.content) })
    }

    /// Octets of a content key, where there is one length alone (RULES 33: another says nothing).
    pub(super) const fn key_octets(&self) -> Option<usize> {
        match self {
            Self::Cbc { cipher: Cipher::Rc2 { .. } | Cipher::Cast5, .. } => None,
            Self::Cbc { cipher, .. } => Some(cipher.key_octets()),
            Self::Aead { aead, .. } => Some(aead.key_octets()),
        }
    }
}

/// rc2ParameterVersion (RFC 2268 §6).
fn effective_bits(version: u32) -> Option<u16> {
    match version {
        160 => Some(40),
        120 => Some(64),
        58 => Some(128),
        bits @ 256..=1_024 => u16::try_from(bits).ok(),
        _ => None,
    }
}

/// The key wrap that an identifier asks for.
pub(super) fn key_wrap(algorithm: &AlgorithmIdentifier<'_>) -> Result<KeyWrap, Refusal> {
    Ok(match &*algorithm_name(algorithm.oid) {
        "aes128-wrap" => KeyWrap::Aes128,
        "aes192-wrap" => KeyWrap::Aes192,
        "aes256-wrap" => KeyWrap::Aes256,
        "aes128-wrap-pad" => KeyWrap::Aes128Padded,
        "aes192-wrap-pad" => KeyWrap::Aes192Padded,
        "aes256-wrap-pad" => KeyWrap::Aes256Padded,
        "camellia128-wrap" => KeyWrap::Camellia128,
        "camellia192-wrap" => KeyWrap::Camellia192,
        "camellia256-wrap" => KeyWrap::Camellia256,
        "seed-wrap" => KeyWrap::Seed,
        "des-ede3-wrap" => KeyWrap::TripleDes,
        // RFC 3370 §4.3.2: RC2wrapParameter ::= RC2ParameterVersion.
        "rc2-wrap" => {
            let version = algorithm.parameters.filter(|it| it.tag == Tag::INTEGER);
            let version = version.ok_or(Refusal::Failed)?;
            let effective_bits = effective_bits(parse_u32(version.content)?);
            KeyWrap::Rc2 { effective_bits: effective_bits.ok_or(Refusal::Unsupported)? }
        }
        _ => return Err(Refusal::Unsupported),
    })
}

/// How a key is padded for transport; `expected_octets` as [`ContentCipher::key_octets`].
pub(super) fn padding<'a>(
    algorithm: &AlgorithmIdentifier<'a>,
    expected_octets: Option<usize>,
) -> Result<Padding<'a>, Refusal> {
    match &*algorithm_name(algorithm.oid) {
        // RFC 3370 §4.2.1: the parameters are NULL; nothing else is asked of them.
        "rsaEncryption" => Ok(Padding::Pkcs1 { expected_octets }),
        "rsaes-oaep" => {
            let found = parse_oaep_parameters(algorithm.parameters)?;
            let (hash, mask_hash, label) = (found.hash, found.mask_hash, found.label);
            Ok(Padding::Oaep(Oaep { hash, mask_hash, label }))
        }
        _ => Err(Refusal::Unsupported),
    }
}

/// How a shared secret becomes a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Derivation {
    /// ANSI X9.63 (RFC 5753 §7.1.4).
    X963(Algorithm),
    /// RFC 5869 without salt (RFC 8418 §2.2, RFC 9629 §5).
    Hkdf(Algorithm),
}

/// The derivation of a key agreement, and the identifier of its key wrap, which is the parameter.
pub(super) fn agreement<'a>(
    algorithm: &AlgorithmIdentifier<'a>,
) -> Result<(Derivation, Element<'a>), Refusal> {
    let derivation = match &*algorithm_name(algorithm.oid) {
        // All curves here have cofactor 1, so that both forms are one (RFC 5753 §7.1.4).
        "ecdh-sha1kdf" | "ecdh-cofactor-sha1kdf" => Derivation::X963(Algorithm::Sha1),
        "ecdh-sha224kdf" | "ecdh-cofactor-sha224kdf" => Derivation::X963(Algorithm::Sha224),
        "ecdh-sha256kdf" | "ecdh-cofactor-sha256kdf" => Derivation::X963(Algorithm::Sha256),
        "ecdh-sha384kdf" | "ecdh-cofactor-sha384kdf" => Derivation::X963(Algorithm::Sha384),
        "ecdh-sha512kdf" | "ecdh-cofactor-sha512kdf" => Derivation::X963(Algorithm::Sha512),
        "ecdh-hkdf-sha256" => Derivation::Hkdf(Algorithm::Sha256),
        "ecdh-hkdf-sha384" => Derivation::Hkdf(Algorithm::Sha384),
        "ecdh-hkdf-sha512" => Derivation::Hkdf(Algorithm::Sha512),
        _ => return Err(Refusal::Unsupported),
    };
    Ok((derivation, algorithm.parameters.ok_or(Refusal::Failed)?))
}

/// The derivation of a key encapsulation (RFC 9629 §5, RFC 8619).
pub(super) fn encapsulation(algorithm: &AlgorithmIdentifier<'_>) -> Result<Derivation, Refusal> {
    Ok(match &*algorithm_name(algorithm.oid) {
        "hkdf-sha256" => Derivation::Hkdf(Algorithm::Sha256),
        "hkdf-sha384" => Derivation::Hkdf(Algorithm::Sha384),
        "hkdf-sha512" => Derivation::Hkdf(Algorithm::Sha512),
        _ => return Err(Refusal::Unsupported),
    })
}

/// The identifier that is a parameter of another.
pub(super) fn inner_algorithm<'a>(
    parameters: &Element<'a>,
) -> Result<AlgorithmIdentifier<'a>, Refusal> {
    Ok(parse_algorithm(parameters)?)
}

fn octets(parameters: Option<Element<'_>>) -> Result<&[u8], Refusal> {
    match parameters {
        Some(octets) if octets.tag == Tag::OCTET_STRING => Ok(octets.content),
        _ => Err(Refusal::Failed),
    }
}

fn sequence(parameters: Option<Element<'_>>) -> Result<Reader<'_>, Refusal> {
    let sequence = parameters.filter(|it| it.tag == Tag::SEQUENCE);
    sequence.map(|it| it.reader()).ok_or(Refusal::Failed)
}

impl From<crate::asn1::reader::Error> for Refusal {
    fn from(_: crate::asn1::reader::Error) -> Self {
        Self::Failed
    }
}

impl From<SchemeError> for Refusal {
    fn from(error: SchemeError) -> Self {
        match error {
            SchemeError::Unsupported => Self::Unsupported,
            _ => Self::Failed,
        }
    }
}
