//! PEM (RFC 7468): the private keys and certificates among its blocks, with any text between.
//!
//! PKCS#8, plain and encrypted; PKCS#1 `RSA PRIVATE KEY` and SEC 1 `EC PRIVATE KEY`, also encrypted as OpenSSL did before
//! PKCS#8 (`DEK-Info`, RFC 1421 §4.6.1.3); PKCS#12. Keys of other programs, such as OpenSSH's, are none of mail and passed
//! over; certificates are cut by [`crate::trust::bundle`].

use smimebatch_crypto::cipher::Cipher;
use smimebatch_crypto::secret::Secret;

use super::contents::Contents;
use super::encrypted::{Opener, Protection};
use super::error::{Damage, KeyFileError, Part, Within as _};
use super::held_key::HeldKey;
use super::numbers::{parse_ec, parse_rsa};
use super::password::Passwords;
use super::pkcs8::{open_encrypted, parse_private_key_info};
use super::pkcs12::read_pkcs12;
use crate::asn1::reader::{Reader, Tag};
use crate::trust::bundle::{Block, BlockScan, BundleError, parse_certificates};

/// Reads every block; what is wrong with single ones is noted with its line. Whether any block was of a kind known here.
pub(super) fn read_pem(bytes: &[u8], passwords: &Passwords, contents: &mut Contents) -> bool {
    let mut opener = Opener::new(passwords, false);
    let mut is_known = false;
    let mut scan = BlockScan::new(bytes);
    loop {
        match scan.next_block() {
            Ok(Some(block)) => {
                let read = read_block(&block, passwords, &mut opener, contents);
                is_known |= read != Ok(Known::No);
                if let Err(error) = read {
                    contents.note_at(block.line, error);
                }
            }
            Ok(None) => break,
            // The certificates say so too; what never ends may be a key.
            Err(error) => {
                contents.note_at(line_of(error), KeyFileError::damaged(Part::Pem, Damage::Armour));
                return true;
            }
        }
    }
    match parse_certificates(bytes) {
        Ok(certificates) => {
            certificates.iter().for_each(|der| contents.add_certificate(der));
            true
        }
        Err(BundleError::NoCertificate) => is_known,
        Err(error) => {
            let damaged = KeyFileError::damaged(Part::Certificate, Damage::Unreadable);
            contents.note_at(line_of(error), damaged);
            true
        }
    }
}

const fn line_of(error: BundleError) -> usize {
    match error {
        BundleError::NoCertificate => 1,
        BundleError::Unterminated { line }
        | BundleError::Base64 { line }
        | BundleError::NoCertificateInPkcs7 { line }
        | BundleError::NotDer { line } => line,
    }
}

/// Whether a block is of a kind that holds a key.
#[derive(PartialEq, Eq)]
enum Known {
    Yes,
    No,
}

fn read_block(
    block: &Block<'_>,
    passwords: &Passwords,
    opener: &mut Opener<'_>,
    contents: &mut Contents,
) -> Result<Known, KeyFileError> {
    let key = match block.label {
        b"PRIVATE KEY" => parse_private_key_info(decode(block.body)?.as_bytes())?,
        b"ENCRYPTED PRIVATE KEY" => {
            let plaintext = open_encrypted(decode(block.body)?.as_bytes(), opener)?;
            parse_private_key_info(plaintext.as_bytes())?
        }
        b"RSA PRIVATE KEY" => {
            let der = traditional(block.body, opener, Part::RsaPrivateKey)?;
            HeldKey::rsa(&parse_rsa(der.as_bytes())?)?
        }
        b"EC PRIVATE KEY" => {
            let der = traditional(block.body, opener, Part::EcPrivateKey)?;
            HeldKey::ec(&parse_ec(der.as_bytes(), None)?)?
        }
        b"DSA PRIVATE KEY" => return Err(KeyFileError::Unsupported("dsa".into())),
        b"PKCS12" => {
            let der = decode(block.body)?;
            let pfx = Reader::new(der.as_bytes()).read(Tag::SEQUENCE).within(Part::Pfx)?;
            read_pkcs12(&pfx, &mut Opener::new(passwords, true), contents)?;
            return Ok(Known::Yes);
        }
        _ => return Ok(Known::No),
    };
    contents.add_key(key);
    Ok(Known::Yes)
}

/// The octets of a block without headers.
fn decode(body: &[u8]) -> Result<Secret, KeyFileError> {
    const NOT_BASE64: KeyFileError = KeyFileError::damaged(Part::Pem, Damage::Armour);
    // The text is decoded where it stands, so that no copy of a key stays behind.
    let mut text = Secret::zeros(body.len());
    let mut kept = 0;
    let visible = body.iter().filter(|octet| !octet.is_ascii_whitespace());
    for (place, octet) in text.as_mut_bytes().iter_mut().zip(visible) {
        *place = *octet;
        kept += 1;
    }
    text.truncate(kept);
    let decoded = base64_simd::STANDARD.decode_inplace(text.as_mut_bytes());
    let octets = decoded.map_err(|_| NOT_BASE64)?.len();
    text.truncate(octets);
    Ok(text)
}

/// The DER of a block that may be encrypted as its headers say (RFC 1421 §4.6).
fn traditional(body: &[u8], opener: &mut Opener<'_>, part: Part) -> Result<Secret, KeyFileError> {
    let (headers, text) = split_headers(body);
    let Some(dek_info) = header(headers, b"DEK-Info:") else {
        return decode(text);
    };
    let damaged = || KeyFileError::damaged(Part::DekInfo, Damage::Unreadable);
    let dek_info = core::str::from_utf8(dek_info).map_err(|_| damaged())?;
    let (name, iv) = dek_info.split_once(',').ok_or_else(damaged)?;
    let name = Some(name.trim()).filter(|name| is_cipher_name(name)).ok_or_else(damaged)?;
    let (cipher, key_octets) =
        dek_cipher(name).ok_or_else(|| KeyFileError::Unsupported(name.to_owned().into()))?;
    let iv = parse_hex(iv.trim()).filter(|iv| iv.len() == cipher.block_octets());
    let iv = iv.ok_or_else(damaged)?;
    let ciphertext = decode(text)?;
    let protection = Protection::of_pem(cipher, key_octets, &iv);
    opener.open(&protection, &[ciphertext.as_bytes()], part)
}

/// Headers and text of a block; an empty line is between them (RFC 1421 §4.4).
fn split_headers(body: &[u8]) -> (&[u8], &[u8]) {
    let has_headers = body.contains(&b':');
    let mut end = 0;
    for line in body.split_inclusive(|octet| *octet == b'\n') {
        end += line.len();
        if has_headers && end > line.len() && line.trim_ascii().is_empty() {
            return body.split_at_checked(end).unwrap_or((&[], body));
        }
    }
    (&[], body)
}

fn header<'a>(headers: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    headers.split(|octet| *octet == b'\n').find_map(|line| line.trim_ascii().strip_prefix(name))
}

/// The ciphers of OpenSSL's traditional keys, and the octets of their keys.
fn dek_cipher(name: &str) -> Option<(Cipher, usize)> {
    Some(match name {
        "DES-CBC" => (Cipher::Des, 8),
        "DES-EDE-CBC" => (Cipher::TripleDes, 16),
        "DES-EDE3-CBC" => (Cipher::TripleDes, 24),
        "AES-128-CBC" => (Cipher::Aes128, 16),
        "AES-192-CBC" => (Cipher::Aes192, 24),
        "AES-256-CBC" => (Cipher::Aes256, 32),
        "CAMELLIA-128-CBC" => (Cipher::Camellia128, 16),
        "CAMELLIA-192-CBC" => (Cipher::Camellia192, 24),
        "CAMELLIA-256-CBC" => (Cipher::Camellia256, 32),
        "IDEA-CBC" => (Cipher::Idea, 16),
        "SEED-CBC" => (Cipher::Seed, 16),
        "RC2-CBC" => (Cipher::Rc2 { effective_bits: 128 }, 16),
        "RC2-64-CBC" => (Cipher::Rc2 { effective_bits: 64 }, 8),
        "RC2-40-CBC" => (Cipher::Rc2 { effective_bits: 40 }, 5),
        "CAST5-CBC" => (Cipher::Cast5, 16),
        _ => return None,
    })
}

/// Whether a name may be shown: anything else gets into no error.
fn is_cipher_name(name: &str) -> bool {
    name.len() <= 32 && name.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-')
}

fn parse_hex(text: &str) -> Option<Vec<u8>> {
    let digits = |pair: &[u8]| {
        let pair = core::str::from_utf8(pair).ok()?;
        u8::from_str_radix(pair, 16).ok()
    };
    text.len().is_multiple_of(2).then(|| text.as_bytes().chunks(2).map(digits).collect())?
}
