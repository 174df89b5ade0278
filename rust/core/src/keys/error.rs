//! Why a file gives no key: not one, closed, damaged, or made with something this program does not offer.
//!
//! The kinds are a vocabulary; what was expected and found stands beside it as values. Never a password, never an octet of
//! a key: nothing of the content of a file gets into an error but names of algorithms.

use core::fmt;
use std::borrow::Cow;

use crate::asn1::oid::Oid;
use crate::asn1::reader;
use crate::cms::algorithms::algorithm_name;
use crate::codes::{Code, codes};

codes! {
    /// Why there is no key where one was looked for.
    pub enum KeyProblemKind {
        NotAKeyFile = "not_a_key_file", "Neither PKCS#12, PKCS#8 nor PEM with a key or certificate.";
        PasswordNeeded = "password_needed", "Encrypted, and no password was given.";
        WrongPassword = "wrong_password", "No password that was given opens it.";
        Damaged = "damaged", "Not what its format asks for.";
        UnsupportedAlgorithm = "unsupported_algorithm", "Made with an algorithm that this program does not offer.";
        Limit = "limit", "More than is looked at.";
    }
}

codes! {
    /// What was being read.
    pub enum Part {
        Der = "a key file", "The outermost SEQUENCE of a file in DER.";
        Pfx = "PFX", "The outermost SEQUENCE of PKCS#12 (RFC 7292 §4).";
        MacData = "macData", "What proves a PKCS#12 whole (RFC 7292 §4).";
        ContentInfo = "ContentInfo", "One part of the safe (RFC 7292 §4.1).";
        SafeContents = "SafeContents", "The bags of one part of the safe (RFC 7292 §4.2).";
        SafeBag = "SafeBag", "One key, certificate or other thing (RFC 7292 §4.2).";
        CertificateBag = "certBag", "One certificate (RFC 7292 §4.2.3).";
        EncryptedPrivateKeyInfo = "EncryptedPrivateKeyInfo", "An encrypted private key (RFC 5958 §3).";
        EncryptedData = "encryptedData", "A ciphertext with its algorithm (RFC 5652 §8).";
        EncryptionParameters = "encryptionAlgorithm parameters", "How the key of a cipher is made of a password (RFC 8018).";
        PrivateKeyInfo = "PrivateKeyInfo", "A private key with its algorithm (RFC 5958 §2).";
        RsaPrivateKey = "RSAPrivateKey", "The numbers of an RSA key (RFC 8017 §A.1.2).";
        EcPrivateKey = "ECPrivateKey", "The number of an EC key (RFC 5915 §3).";
        CurvePrivateKey = "CurvePrivateKey", "The octets of a key of RFC 8410.";
        MlKemPrivateKey = "ML-KEM private key", "A seed, an expanded key or both (RFC 9935 §6).";
        MlDsaPrivateKey = "ML-DSA private key", "A seed, an expanded key or both (RFC 9881 §6).";
        Pem = "PEM block", "Lines of Base64 between BEGIN and END (RFC 7468).";
        DekInfo = "DEK-Info", "How a PEM block is encrypted (RFC 1421 §4.6.1.3).";
        PublicKey = "the public half of a key", "What a token, or a certificate in it, states of a key (RFC 5280 §4.1).";
        Certificate = "Certificate", "A certificate (RFC 5280 §4.1).";
        SharedKey = "IDENTIFIER:KEY", "A key that both sides have: identifier and 16, 24 or 32 octets, in hexadecimal.";
    }
}

/// A cap that was hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyLimit {
    /// [`crate::limits::PASSWORD_ITERATIONS`], or the memory of scrypt.
    Iterations,
    /// [`crate::limits::PASSWORD_ITERATIONS_PER_FILE`].
    IterationsPerFile,
    /// [`crate::limits::PKCS12_BAGS`].
    Bags,
    /// [`crate::limits::PKCS12_DEPTH`].
    Depth,
    /// [`crate::limits::KEY_FILE_BYTES`].
    FileBytes,
}

/// Why a file, or one thing in it, gives no key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyFileError {
    /// Nothing of what is looked for.
    NotAKeyFile,
    /// Encrypted, and no password was given; nor is the empty one right.
    PasswordNeeded,
    /// None of the passwords opens it.
    WrongPassword,
    /// Not what its format asks for.
    Damaged {
        /// What was expected.
        expected: Part,
        /// What was wrong with what stood there.
        found: Damage,
    },
    /// An algorithm or a way of protection that is not offered, by name.
    Unsupported(Cow<'static, str>),
    /// A cap on hostile input.
    Limit(KeyLimit),
}

/// What was wrong with what stood there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// The encoding.
    Asn1(reader::Error),
    /// Numbers that are no key, or not one.
    NoKey,
    /// The public key beside a private one is another's.
    OtherPublicKey,
    /// Two statements of the curve that differ.
    OtherCurve,
    /// A ciphertext that is not whole blocks.
    PartialBlock,
    /// A password that is proved right does not decrypt it.
    Undecryptable,
    /// Text that is not Base64, or a block that never ends.
    Armour,
    /// A certificate that cannot be read.
    Unreadable,
    /// A line of another form.
    NotOfThatForm,
}

impl KeyFileError {
    /// The kind.
    #[must_use]
    pub const fn kind(&self) -> KeyProblemKind {
        match self {
            Self::NotAKeyFile => KeyProblemKind::NotAKeyFile,
            Self::PasswordNeeded => KeyProblemKind::PasswordNeeded,
            Self::WrongPassword => KeyProblemKind::WrongPassword,
            Self::Damaged { .. } => KeyProblemKind::Damaged,
            Self::Unsupported(_) => KeyProblemKind::UnsupportedAlgorithm,
            Self::Limit(_) => KeyProblemKind::Limit,
        }
    }

    pub(super) fn unsupported(algorithm: Oid<'_>) -> Self {
        Self::Unsupported(algorithm_name(algorithm))
    }

    pub(super) const fn damaged(expected: Part, found: Damage) -> Self {
        Self::Damaged { expected, found }
    }
}

/// What reading gives, with `part` named where it fails.
pub(super) trait Within<T> {
    fn within(self, part: Part) -> Result<T, KeyFileError>;
}

impl<T> Within<T> for reader::Result<T> {
    fn within(self, part: Part) -> Result<T, KeyFileError> {
        self.map_err(|error| KeyFileError::damaged(part, Damage::Asn1(error)))
    }
}

impl fmt::Display for KeyFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAKeyFile => f.write_str(
                "expected PKCS#12, PKCS#8 or PEM with a key or a certificate, found none",
            ),
            Self::PasswordNeeded => f.write_str("encrypted: expected a password, found none"),
            Self::WrongPassword => f.write_str("no password that was given opens it"),
            Self::Damaged { expected, found } => {
                write!(f, "damaged: expected {}, found {found}", expected.code())
            }
            Self::Unsupported(name) => write!(f, "{name} is not supported"),
            Self::Limit(limit) => write!(f, "{limit}"),
        }
    }
}

impl core::error::Error for KeyFileError {}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asn1(reader::Error::Truncated) => f.write_str("the end of the data"),
            Self::Asn1(reader::Error::UnexpectedTag { expected, found }) => {
                let (expected, found) = (expected.identifier, found.identifier);
                write!(f, "tag 0x{found:02x} instead of 0x{expected:02x}")
            }
            Self::Asn1(reader::Error::Malformed) => f.write_str("bytes that are none"),
            Self::Asn1(reader::Error::Limit) => f.write_str("too many parts"),
            Self::NoKey => f.write_str("numbers that are no key"),
            Self::OtherPublicKey => f.write_str("the public key of another"),
            Self::OtherCurve => f.write_str("two different curves"),
            Self::PartialBlock => f.write_str("a ciphertext that is not whole blocks"),
            Self::Undecryptable => {
                f.write_str("what the right password does not decrypt, or another password's")
            }
            Self::Armour => f.write_str("text that is not Base64 or never ends"),
            Self::Unreadable => f.write_str("bytes that are none"),
            Self::NotOfThatForm => f.write_str("another text"),
        }
    }
}

impl fmt::Display for KeyLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use crate::limits;
        match self {
            Self::Iterations => {
                write!(f, "asks for more than {} iterations", limits::PASSWORD_ITERATIONS)
            }
            Self::IterationsPerFile => {
                let most = limits::PASSWORD_ITERATIONS_PER_FILE;
                write!(f, "asks for more than {most} iterations for all its passwords")
            }
            Self::Bags => write!(f, "holds more than {} bags", limits::PKCS12_BAGS),
            Self::Depth => write!(f, "nests more than {} bags", limits::PKCS12_DEPTH),
            Self::FileBytes => write!(f, "is longer than {} bytes", limits::KEY_FILE_BYTES),
        }
    }
}
