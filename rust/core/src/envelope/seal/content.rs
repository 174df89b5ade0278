//! Content under a fresh key: what EncryptedContentInfo says of it, and the tag where there is one (RFC 5652 §6.1, RFC
//! 5083 §2.1).
//!
//! Every message has a key and a vector or nonce of its own, from AWS-LC's generator, so that no nonce is ever used twice
//! with a key.

use smimebatch_crypto::cipher::aead::{Aead, seal};
use smimebatch_crypto::cipher::encrypt_cbc;
use smimebatch_crypto::cipher::piecewise::Encrypting;
use smimebatch_crypto::random;
use smimebatch_crypto::secret::Secret;

use super::choice::{Chosen, ContentChoice};
use crate::asn1::reader::Tag;
use crate::asn1::writer::element;

/// Octets of a nonce: what RFC 5084 §3.2 recommends for GCM, and every cipher here takes.
const NONCE_OCTETS: usize = 12;
/// Octets of a tag: the longest (RFC 5084 §3.2).
const TAG_OCTETS: usize = 16;

/// Content that is encrypted, and the key to it.
pub(super) struct Encrypted {
    pub(super) key: Secret,
    /// contentEncryptionAlgorithm.
    pub(super) algorithm: Vec<u8>,
    /// The ciphertext.
    pub(super) text: Vec<u8>,
    /// The octets of `mac`.
    pub(super) tag: Option<Vec<u8>>,
}

impl Encrypted {
    /// `content`, an entity, under a fresh key; nothing where it is too long for the cipher.
    pub(super) fn new(choice: ContentChoice, content: &[u8]) -> Option<Self> {
        match choice.cipher() {
            Chosen::Cbc(cipher) => {
                let key = Secret::random(cipher.key_octets());
                let iv = random_octets(cipher.block_octets());
                let text = encrypt_cbc(cipher, key.as_bytes(), &iv, content).ok()?;
                let algorithm = choice.identifier(&element(Tag::OCTET_STRING, &[&iv]))?;
                Some(Self { key, algorithm, text, tag: None })
            }
            Chosen::Aead(aead) => {
                let key = Secret::random(aead.key_octets());
                let nonce = random_octets(NONCE_OCTETS);
                let sealed = seal(aead, key.as_bytes(), &nonce, &[], content, TAG_OCTETS).ok()?;
                let algorithm = choice.identifier(&parameters(aead, &nonce))?;
                Some(Self { key, algorithm, text: sealed.ciphertext, tag: Some(sealed.tag) })
            }
        }
    }
}

/// The same before the content, which goes through piece by piece.
pub(super) struct Fresh {
    pub(super) key: Secret,
    /// contentEncryptionAlgorithm.
    pub(super) algorithm: Vec<u8>,
    pub(super) work: Encrypting,
    /// Octets of the ciphertext.
    pub(super) content_octets: u64,
    /// Octets of the element `mac`.
    tag_octets: Option<usize>,
}

impl Fresh {
    /// For a content of so many octets; nothing where it is too long for the cipher.
    pub(super) fn new(choice: ContentChoice, octets: u64) -> Option<Self> {
        match choice.cipher() {
            Chosen::Cbc(cipher) => {
                let key = Secret::random(cipher.key_octets());
                let iv = random_octets(cipher.block_octets());
                let algorithm = choice.identifier(&element(Tag::OCTET_STRING, &[&iv]))?;
                let work = Encrypting::cbc(cipher, key.as_bytes(), &iv).ok()?;
                let block = cipher.block_octets() as u64;
                let content_octets = (octets / block + 1) * block;
                Some(Self { key, algorithm, work, content_octets, tag_octets: None })
            }
            Chosen::Aead(aead) => {
                let key = Secret::random(aead.key_octets());
                let nonce = random_octets(NONCE_OCTETS);
                let algorithm = choice.identifier(&parameters(aead, &nonce))?;
                let named = (key.as_bytes(), &nonce[..]);
                let work = Encrypting::aead(aead, named, &[], TAG_OCTETS, octets).ok()?;
                let tag_octets = Some(element(Tag::OCTET_STRING, &[&[0; TAG_OCTETS]]).len());
                Some(Self { key, algorithm, work, content_octets: octets, tag_octets })
            }
        }
    }

    /// Octets of the ciphertext, and of what follows it.
    pub(super) const fn lengths(&self) -> (u64, Option<usize>) {
        (self.content_octets, self.tag_octets)
    }
}

/// RFC 5084 §3: `SEQUENCE { aes-nonce OCTET STRING, aes-ICVlen INTEGER DEFAULT 12 }`; RFC 8103 §3: the nonce.
fn parameters(aead: Aead, nonce: &[u8]) -> Vec<u8> {
    let nonce = element(Tag::OCTET_STRING, &[nonce]);
    match aead {
        Aead::ChaCha20Poly1305 => nonce,
        _ => {
            let tag_octets = element(Tag::INTEGER, &[&[TAG_OCTETS as u8]]);
            element(Tag::SEQUENCE, &[&nonce, &tag_octets])
        }
    }
}

fn random_octets(count: usize) -> Vec<u8> {
    let mut octets = vec![0; count];
    random::fill(&mut octets);
    octets
}
