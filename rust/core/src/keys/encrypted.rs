//! What a password protects: PBES2 and PBES1 (RFC 8018 §6), and the pkcs-12PbeIds (RFC 7292 Appendix C).
//!
//! A wrong password is told from damage as far as anything tells them apart: by padding and by plaintext that is one whole
//! SEQUENCE, since no format here authenticates a single ciphertext.

use smimebatch_crypto::cipher::{self, Cipher};
use smimebatch_crypto::digest::Algorithm;
use smimebatch_crypto::kdf::{self, Pkcs12Purpose};
use smimebatch_crypto::secret::Secret;

use super::derivation::{Budget, Pbkdf2, read_iterations, sequence_of, undefined};
use super::error::{Damage, KeyFileError, Part, Within as _};
use super::oids;
use super::password::{Forms, Passwords};
use crate::asn1::oid::Oid;
use crate::asn1::reader::{Error, Reader, Tag, parse_single};
use crate::asn1::values::parse_u32;
use crate::cms::algorithms::{AlgorithmIdentifier, parse_algorithm};

const PARAMETERS: Part = Part::EncryptionParameters;

/// Octets of an RC2 key where PBKDF2 does not say them: those of OpenSSL's default (no file without is known).
const RC2_DEFAULT_OCTETS: usize = 16;

/// A cipher and the way to its key.
pub(super) struct Protection<'a> {
    derivation: Derivation<'a>,
    /// None is RC4, of old PKCS#12 alone.
    cipher: Option<Cipher>,
    key_octets: usize,
}

enum Derivation<'a> {
    /// RFC 7292 §B: key and initialisation vector each of their own.
    Pkcs12 { salt: &'a [u8], iterations: u32 },
    /// RFC 8018 §6.1: key and initialisation vector of one derivation.
    Pbes1 { hash: Algorithm, salt: &'a [u8], iterations: u32 },
    /// RFC 8018 §6.2: the initialisation vector is a parameter.
    Pbes2 { function: Pbkdf2<'a>, iv: &'a [u8] },
    /// PEM's own (RFC 1421 §4.6.1.3 names the cipher; the derivation is OpenSSL's EVP_BytesToKey with MD5).
    Pem { iv: &'a [u8] },
}

impl<'a> Protection<'a> {
    /// Parses an encryptionAlgorithm.
    pub(super) fn parse(algorithm: &AlgorithmIdentifier<'a>) -> Result<Self, KeyFileError> {
        if algorithm.oid == oids::PBES2 {
            return Self::parse_pbes2(algorithm);
        }
        if let Some((cipher, key_octets)) = pkcs12_cipher(algorithm.oid) {
            let (salt, iterations) = read_salted(algorithm)?;
            let derivation = Derivation::Pkcs12 { salt, iterations };
            return Ok(Self { derivation, cipher, key_octets });
        }
        let (hash, cipher) =
            pbes1_cipher(algorithm.oid).ok_or_else(|| KeyFileError::unsupported(algorithm.oid))?;
        let (salt, iterations) = read_salted(algorithm)?;
        let derivation = Derivation::Pbes1 { hash, salt, iterations };
        Ok(Self { derivation, cipher: Some(cipher), key_octets: 8 })
    }

    /// Of an encrypted PEM block.
    pub(super) const fn of_pem(cipher: Cipher, key_octets: usize, iv: &'a [u8]) -> Self {
        Self { derivation: Derivation::Pem { iv }, cipher: Some(cipher), key_octets }
    }

    /// RFC 8018 §A.4:
    ///
    /// ```text
    /// PBES2-params ::= SEQUENCE {
    ///   keyDerivationFunc AlgorithmIdentifier,
    ///   encryptionScheme AlgorithmIdentifier }
    /// ```
    fn parse_pbes2(algorithm: &AlgorithmIdentifier<'a>) -> Result<Self, KeyFileError> {
        let mut fields = sequence_of(algorithm)?;
        let function = fields.read(Tag::SEQUENCE).and_then(|it| parse_algorithm(&it));
        let scheme = fields.read(Tag::SEQUENCE).and_then(|it| parse_algorithm(&it));
        let function = Pbkdf2::parse(&function.within(PARAMETERS)?)?;
        let scheme = Scheme::parse(&scheme.within(PARAMETERS)?)?;
        let key_octets = function.key_octets.unwrap_or(scheme.key_octets);
        if !scheme.cipher.takes_key_of(key_octets) {
            return Err(KeyFileError::damaged(PARAMETERS, Damage::Asn1(Error::Malformed)));
        }
        let derivation = Derivation::Pbes2 { function, iv: scheme.iv };
        Ok(Self { derivation, cipher: Some(scheme.cipher), key_octets })
    }

    /// The forms that a password has here.
    const fn forms(&self, in_pkcs12: bool) -> Forms {
        match (&self.derivation, in_pkcs12) {
            (Derivation::Pkcs12 { .. }, _) => Forms::Bmp,
            (Derivation::Pbes2 { .. }, true) => Forms::OctetsThenBmp,
            _ => Forms::Octets,
        }
    }

    /// The plaintext under one form of a password; `None` where the padding is none.
    fn decrypt(
        &self,
        password: &[u8],
        ciphertext: &[&[u8]],
        budget: &mut Budget,
    ) -> Result<Option<Secret>, KeyFileError> {
        let (key, iv) = self.derive(password, budget)?;
        let (key, iv) = (key.as_bytes(), iv.as_bytes());
        let plaintext = match self.cipher {
            Some(cipher) => cipher::decrypt_cbc(cipher, key, iv, ciphertext),
            None => cipher::rc4(key, &ciphertext.concat()),
        };
        Ok(plaintext.ok())
    }

    /// Octets of a block and of an initialisation vector.
    const fn block_octets(&self) -> usize {
        match self.cipher {
            Some(cipher) => cipher.block_octets(),
            None => 1,
        }
    }

    fn derive(
        &self,
        password: &[u8],
        budget: &mut Budget,
    ) -> Result<(Secret, Secret), KeyFileError> {
        match &self.derivation {
            Derivation::Pkcs12 { salt, iterations } => {
                let mut derive = |purpose, octets| {
                    budget.spend(*iterations)?;
                    kdf::pkcs12(Algorithm::Sha1, purpose, password, salt, *iterations, octets)
                        .map_err(undefined)
                };
                let key = derive(Pkcs12Purpose::Key, self.key_octets)?;
                let iv = match self.cipher {
                    Some(cipher) => {
                        derive(Pkcs12Purpose::InitialisationVector, cipher.block_octets())?
                    }
                    None => Secret::default(),
                };
                Ok((key, iv))
            }
            Derivation::Pbes1 { hash, salt, iterations } => {
                budget.spend(*iterations)?;
                let both =
                    kdf::pbkdf1(*hash, password, salt, *iterations, 16).map_err(undefined)?;
                let (key, iv) = both.as_bytes().split_at(8);
                Ok((Secret::copy_of(key), Secret::copy_of(iv)))
            }
            Derivation::Pbes2 { function, iv } => {
                let key = function.derive(password, self.key_octets, budget)?;
                Ok((key, Secret::copy_of(iv)))
            }
            Derivation::Pem { iv } => {
                let salt = iv.get(..8).unwrap_or_default();
                Ok((bytes_to_key(password, salt, self.key_octets)?, Secret::copy_of(iv)))
            }
        }
    }
}

/// OpenSSL's EVP_BytesToKey with MD5 and one iteration: each digest is over the one before, password and salt, which is
/// PBKDF1 of the first two.
fn bytes_to_key(password: &[u8], salt: &[u8], octets: usize) -> Result<Secret, KeyFileError> {
    let mut key = Secret::default();
    let mut before = Secret::default();
    while key.len() < octets {
        let input = Secret::joined(&[before.as_bytes(), password]);
        before = kdf::pbkdf1(Algorithm::Md5, input.as_bytes(), salt, 1, 16).map_err(undefined)?;
        key = Secret::joined(&[key.as_bytes(), before.as_bytes()]);
    }
    key.truncate(octets);
    Ok(key)
}

/// RFC 7292 Appendix C: the cipher and the octets of its key; all with SHA-1.
fn pkcs12_cipher(oid: Oid<'_>) -> Option<(Option<Cipher>, usize)> {
    Some(match oid {
        oids::PBE_SHA1_3DES => (Some(Cipher::TripleDes), 24),
        oids::PBE_SHA1_2DES => (Some(Cipher::TripleDes), 16),
        oids::PBE_SHA1_RC2_128 => (Some(Cipher::Rc2 { effective_bits: 128 }), 16),
        oids::PBE_SHA1_RC2_40 => (Some(Cipher::Rc2 { effective_bits: 40 }), 5),
        oids::PBE_SHA1_RC4_128 => (None, 16),
        oids::PBE_SHA1_RC4_40 => (None, 5),
        _ => return None,
    })
}

/// RFC 8018 §A.3: keys of eight octets.
fn pbes1_cipher(oid: Oid<'_>) -> Option<(Algorithm, Cipher)> {
    const RC2: Cipher = Cipher::Rc2 { effective_bits: 64 };
    Some(match oid {
        oids::PBE_MD2_DES => (Algorithm::Md2, Cipher::Des),
        oids::PBE_MD5_DES => (Algorithm::Md5, Cipher::Des),
        oids::PBE_SHA1_DES => (Algorithm::Sha1, Cipher::Des),
        oids::PBE_MD2_RC2 => (Algorithm::Md2, RC2),
        oids::PBE_MD5_RC2 => (Algorithm::Md5, RC2),
        oids::PBE_SHA1_RC2 => (Algorithm::Sha1, RC2),
        _ => return None,
    })
}

/// `SEQUENCE { salt OCTET STRING, iterations INTEGER }`, of PBES1 and of PKCS#12.
fn read_salted<'a>(algorithm: &AlgorithmIdentifier<'a>) -> Result<(&'a [u8], u32), KeyFileError> {
    let mut fields = sequence_of(algorithm)?;
    let salt = fields.read(Tag::OCTET_STRING).within(PARAMETERS)?.content;
    Ok((salt, read_iterations(&mut fields)?))
}

/// An encryptionScheme of PBES2 (RFC 8018 §B.2).
struct Scheme<'a> {
    cipher: Cipher,
    /// Where PBKDF2 does not say it.
    key_octets: usize,
    iv: &'a [u8],
}

impl<'a> Scheme<'a> {
    fn parse(algorithm: &AlgorithmIdentifier<'a>) -> Result<Self, KeyFileError> {
        if algorithm.oid == oids::RC2_CBC {
            return Self::parse_rc2(algorithm);
        }
        let cipher =
            scheme_cipher(algorithm.oid).ok_or_else(|| KeyFileError::unsupported(algorithm.oid))?;
        let missing = KeyFileError::damaged(PARAMETERS, Damage::Asn1(Error::Truncated));
        let parameters = algorithm.parameters.ok_or(missing)?;
        let iv = Reader::new(parameters.raw).read(Tag::OCTET_STRING).within(PARAMETERS)?.content;
        Self { cipher, key_octets: cipher.key_octets(), iv }.with_a_whole_vector()
    }

    /// RFC 8018 §B.2.3:
    ///
    /// ```text
    /// RC2-CBC-Parameter ::= SEQUENCE { rc2ParameterVersion INTEGER OPTIONAL, iv OCTET STRING }
    /// ```
    fn parse_rc2(algorithm: &AlgorithmIdentifier<'a>) -> Result<Self, KeyFileError> {
        let mut fields = sequence_of(algorithm)?;
        let version = match fields.read_optional(Tag::INTEGER).within(PARAMETERS)? {
            Some(version) => Some(parse_u32(version.content).within(PARAMETERS)?),
            None => None,
        };
        let effective_bits = rc2_effective_bits(version)
            .ok_or(KeyFileError::damaged(PARAMETERS, Damage::Asn1(Error::Malformed)))?;
        let iv = fields.read(Tag::OCTET_STRING).within(PARAMETERS)?.content;
        let cipher = Cipher::Rc2 { effective_bits };
        Self { cipher, key_octets: RC2_DEFAULT_OCTETS, iv }.with_a_whole_vector()
    }

    fn with_a_whole_vector(self) -> Result<Self, KeyFileError> {
        if self.iv.len() == self.cipher.block_octets() {
            Ok(self)
        } else {
            Err(KeyFileError::damaged(PARAMETERS, Damage::Asn1(Error::Malformed)))
        }
    }
}

/// RFC 8018 §B.2.3: the effective bits that a version stands for; 32 where it says nothing.
const fn rc2_effective_bits(version: Option<u32>) -> Option<u16> {
    Some(match version {
        None => 32,
        Some(160) => 40,
        Some(120) => 64,
        Some(58) => 128,
        Some(bits @ 256..=1024) => bits as u16,
        Some(_) => return None,
    })
}

fn scheme_cipher(oid: Oid<'_>) -> Option<Cipher> {
    Some(match oid {
        oids::AES128_CBC => Cipher::Aes128,
        oids::AES192_CBC => Cipher::Aes192,
        oids::AES256_CBC => Cipher::Aes256,
        oids::DES_EDE3_CBC => Cipher::TripleDes,
        oids::DES_CBC => Cipher::Des,
        oids::CAMELLIA128_CBC => Cipher::Camellia128,
        oids::CAMELLIA192_CBC => Cipher::Camellia192,
        oids::CAMELLIA256_CBC => Cipher::Camellia256,
        oids::SEED_CBC => Cipher::Seed,
        _ => return None,
    })
}

/// The passwords of an operator at one file: what was proved there, and what may still be tried.
pub(super) struct Opener<'p> {
    passwords: &'p Passwords,
    /// The file is PKCS#12, where PBES2 has its passwords in several forms.
    in_pkcs12: bool,
    /// Position of the password that opened something of this file.
    proved: Option<usize>,
    budget: Budget,
}

impl<'p> Opener<'p> {
    pub(super) const fn new(passwords: &'p Passwords, in_pkcs12: bool) -> Self {
        let budget = Budget::new(passwords.iterations_per_file());
        Self { passwords, in_pkcs12, proved: None, budget }
    }

    /// Decrypts with the first password whose plaintext is one whole SEQUENCE; that one comes first from then on.
    pub(super) fn open(
        &mut self,
        protection: &Protection<'_>,
        ciphertext: &[&[u8]],
        part: Part,
    ) -> Result<Secret, KeyFileError> {
        let octets: usize = ciphertext.iter().map(|piece| piece.len()).sum();
        if octets == 0 || !octets.is_multiple_of(protection.block_octets()) {
            return Err(KeyFileError::damaged(part, Damage::PartialBlock));
        }
        let forms = protection.forms(self.in_pkcs12);
        let opened = self.try_each(forms, |password, budget| {
            let plaintext = protection.decrypt(password, ciphertext, budget)?;
            Ok(plaintext.filter(|plaintext| is_one_sequence(plaintext.as_bytes())))
        })?;
        opened.ok_or_else(|| self.unopened(part))
    }

    /// The first answer of `attempt`, which is given each form of each password, a proved one's first.
    pub(super) fn try_each<T>(
        &mut self,
        forms: Forms,
        mut attempt: impl FnMut(&[u8], &mut Budget) -> Result<Option<T>, KeyFileError>,
    ) -> Result<Option<T>, KeyFileError> {
        let all = self.passwords.all();
        let others = (0..all.len()).filter(|at| Some(*at) != self.proved);
        for at in self.proved.into_iter().chain(others) {
            for form in all.get(at).into_iter().flat_map(|password| password.forms(forms)) {
                if let Some(answer) = attempt(form, &mut self.budget)? {
                    self.proved = Some(at);
                    return Ok(Some(answer));
                }
            }
        }
        Ok(None)
    }

    /// Why nothing opens a part: in PKCS#12 a proved password says that the part is damaged, or has another password;
    /// blocks of PEM have each its own.
    pub(super) const fn unopened(&self, part: Part) -> KeyFileError {
        match (self.in_pkcs12, self.proved, self.passwords.given()) {
            (true, Some(_), _) => KeyFileError::damaged(part, Damage::Undecryptable),
            (_, _, 0) => KeyFileError::PasswordNeeded,
            _ => KeyFileError::WrongPassword,
        }
    }
}

/// Whether a plaintext is what all plaintexts here are; one in 65,536 wrong ones with good padding looks like it.
fn is_one_sequence(plaintext: &[u8]) -> bool {
    parse_single(plaintext, Tag::SEQUENCE).is_ok_and(|element| !element.unterminated)
}
