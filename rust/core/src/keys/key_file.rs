//! One file of whatever kind, told by its content: PKCS#12, PKCS#8, PKCS#1, SEC 1, certificates, each in DER or PEM.
//!
//! The first fields of a SEQUENCE tell the kinds of DER apart. Nothing is asked of names of files.

use std::sync::Arc;

use memchr::memmem;
use smimebatch_crypto::secret::Secret;

use super::contents::{Contents, KeyProblem};
use super::encrypted::Opener;
use super::error::{Damage, KeyFileError, KeyLimit, Part};
use super::held_key::HeldKey;
use super::numbers::{parse_ec, parse_rsa};
use super::password::Passwords;
use super::pem::read_pem;
use super::pkcs8::{open_encrypted, parse_private_key_info};
use super::pkcs12::read_pkcs12;
use super::shared::SharedSecrets;
use crate::asn1::reader::{Element, Error, Reader, Tag};
use crate::limits;
use crate::trust::bundle::parse_certificates;
use crate::x509::certificate::Certificate;

/// What one file holds. What could not be read is a problem beside what could.
#[derive(Clone, Default)]
pub struct KeyFile {
    /// Its private keys, in file order.
    pub keys: Vec<Arc<HeldKey>>,
    /// Its certificates, in file order.
    pub certificates: Vec<Arc<Certificate>>,
    /// Its secrets that both sides have.
    pub shared: SharedSecrets,
    /// What was wrong; a file that is none of the kinds has one, [`KeyFileError::NotAKeyFile`].
    pub problems: Vec<KeyProblem>,
}

impl KeyFile {
    /// Reads a file; `bytes` may be anything.
    #[must_use]
    pub fn read(bytes: &[u8], passwords: &Passwords) -> Self {
        let mut contents = Contents::default();
        if let Err(error) = read(bytes, passwords, &mut contents) {
            contents.note(error);
        }
        let Contents { keys, certificates, problems } = contents;
        Self { keys, certificates, shared: SharedSecrets::default(), problems }
    }

    /// Reads a file of keys that both sides have ([`SharedSecrets::parse_keys`]).
    #[must_use]
    pub fn of_shared_keys(text: &[u8]) -> Self {
        let mut problems = Vec::new();
        let shared = SharedSecrets::parse_keys(text, &mut problems);
        Self { shared, problems, ..Self::default() }
    }

    /// Takes passwords of messages ([`SharedSecrets::of_passwords`]).
    #[must_use]
    pub fn of_shared_passwords(given: Vec<Secret>) -> Self {
        Self { shared: SharedSecrets::of_passwords(given), ..Self::default() }
    }

    /// Whether there is nothing of what is looked for, rather than something that cannot be read.
    #[must_use]
    pub fn is_no_key_file(&self) -> bool {
        matches!(&*self.problems, [only] if only.error == KeyFileError::NotAKeyFile)
    }
}

impl core::fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let counts = (self.keys.len(), self.certificates.len(), self.problems.len());
        write!(f, "KeyFile{counts:?}")
    }
}

fn read(bytes: &[u8], passwords: &Passwords, contents: &mut Contents) -> Result<(), KeyFileError> {
    if bytes.len() > limits::KEY_FILE_BYTES {
        return Err(KeyFileError::Limit(KeyLimit::FileBytes));
    }
    // A SEQUENCE and the digit 0 begin alike: text is what has a BEGIN line and is no SEQUENCE.
    let outermost = Reader::new(bytes).read(Tag::SEQUENCE);
    match (outermost, memmem::find(bytes, b"-----BEGIN ")) {
        (Ok(outermost), None) => read_der(&outermost, passwords, contents),
        (Ok(outermost), Some(_)) if DerKind::of(&outermost).is_some() => {
            read_der(&outermost, passwords, contents)
        }
        (_, Some(_)) if read_pem(bytes, passwords, contents) => Ok(()),
        (Err(Error::Truncated), None) if is_cut_off(bytes) => {
            Err(KeyFileError::damaged(Part::Der, Damage::Asn1(Error::Truncated)))
        }
        _ => Err(KeyFileError::NotAKeyFile),
    }
}

/// A SEQUENCE longer than the file that begins like one of the kinds.
fn is_cut_off(bytes: &[u8]) -> bool {
    let inside = match bytes {
        [0x30, 0x82, _, _, inside @ ..] | [0x30, 0x81 | 0x80, _, inside @ ..] => inside,
        _ => return false,
    };
    matches!(inside, [0x02, 0x01, 0 | 1 | 3, ..] | [0x30, 0x82, ..] | [0x30, _, 0x06, ..])
}

/// What a SEQUENCE is.
enum DerKind {
    Pkcs12,
    PrivateKeyInfo,
    EncryptedPrivateKeyInfo,
    Rsa,
    Ec,
    Dsa,
    Certificates,
}

impl DerKind {
    fn of(outermost: &Element<'_>) -> Option<Self> {
        let mut fields = outermost.reader();
        let first = fields.read_element().ok()?;
        let second = fields.peek_tag();
        Some(match (first.tag, first.content, second?) {
            (Tag::INTEGER, [3], Tag::SEQUENCE) => Self::Pkcs12,
            (Tag::INTEGER, [0 | 1], Tag::SEQUENCE) => Self::PrivateKeyInfo,
            (Tag::INTEGER, [1], Tag::OCTET_STRING) => Self::Ec,
            (Tag::INTEGER, [0 | 1], Tag::INTEGER) => integers_kind(fields)?,
            (Tag::SEQUENCE, _, Tag::OCTET_STRING | Tag::OCTET_STRING_CONSTRUCTED) => {
                Self::EncryptedPrivateKeyInfo
            }
            // A certificate, or an OBJECT IDENTIFIER and [0]: a ContentInfo of PKCS#7.
            (Tag::SEQUENCE, _, Tag::SEQUENCE) => Self::Certificates,
            (Tag::OID, _, tag) if tag == Tag::context_constructed(0) => Self::Certificates,
            _ => return None,
        })
    }
}

/// An RSA key is nine numbers or more, OpenSSL's DSA key six.
fn integers_kind(mut after_version: Reader<'_>) -> Option<DerKind> {
    let mut count = 0;
    while after_version.read_optional(Tag::INTEGER).ok()?.is_some() {
        count += 1;
    }
    match count {
        5 => Some(DerKind::Dsa),
        8.. => Some(DerKind::Rsa),
        _ => None,
    }
}

fn read_der(
    outermost: &Element<'_>,
    passwords: &Passwords,
    contents: &mut Contents,
) -> Result<(), KeyFileError> {
    let bytes = outermost.raw;
    let key = match DerKind::of(outermost).ok_or(KeyFileError::NotAKeyFile)? {
        DerKind::Pkcs12 => {
            return read_pkcs12(outermost, &mut Opener::new(passwords, true), contents);
        }
        DerKind::Certificates => return read_certificates(bytes, contents),
        DerKind::PrivateKeyInfo => parse_private_key_info(bytes)?,
        DerKind::EncryptedPrivateKeyInfo => {
            let plaintext = open_encrypted(bytes, &mut Opener::new(passwords, false))?;
            parse_private_key_info(plaintext.as_bytes())?
        }
        DerKind::Rsa => HeldKey::rsa(&parse_rsa(bytes)?)?,
        DerKind::Ec => HeldKey::ec(&parse_ec(bytes, None)?)?,
        DerKind::Dsa => return Err(KeyFileError::Unsupported("dsa".into())),
    };
    contents.add_key(key);
    Ok(())
}

/// One certificate or those of PKCS#7; what turns out to be neither is no file of keys.
fn read_certificates(bytes: &[u8], contents: &mut Contents) -> Result<(), KeyFileError> {
    let ders = parse_certificates(bytes).map_err(|_| KeyFileError::NotAKeyFile)?;
    ders.iter().for_each(|der| contents.add_certificate(der));
    let is_other = contents.certificates.is_empty();
    if is_other {
        contents.problems.clear();
        return Err(KeyFileError::NotAKeyFile);
    }
    Ok(())
}
