//! What reaches a content key beside the octets in which it is wrapped: the sender's half of a key agreement, how a password
//! becomes a key, what a key encapsulation holds (RFC 5652 §6.2.2, §6.2.4; RFC 9629 §3).
//!
//! None of it is needed to list a recipient, so what cannot be read here costs no recipient its row.

use std::borrow::Cow;
use std::sync::Arc;

use super::algorithms::AlgorithmIdentifier;
use super::cursor::{Cursor, small_number};
use super::error::{CmsError, Field};
use super::quirk::CmsQuirks;
use super::signer_info::{IssuerAndSerialNumber, read_issuer_and_serial, read_key_identifier};
use crate::asn1::reader::{Element, Tag};
use crate::asn1::values::parse_bit_string;

/// Beside the wrapped key.
#[derive(Clone, Debug)]
pub enum RecipientDetails<'a> {
    /// Nothing is needed, or what is there cannot be read.
    None,
    /// RFC 5652 §6.2.2; all recipients of one KeyAgreeRecipientInfo share it, however long it is.
    Agreement(Arc<Agreement<'a>>),
    /// RFC 5652 §6.2.4: `keyDerivationAlgorithm`; without it both sides know the key.
    Password(Option<AlgorithmIdentifier<'a>>),
    /// RFC 9629 §3.
    Encapsulation(Encapsulation<'a>),
}

/// The sender's half of a key agreement.
#[derive(Clone, Debug)]
pub struct Agreement<'a> {
    /// Whose key it is.
    pub originator: Originator<'a>,
    /// `ukm`, the octets.
    pub user_keying_material: Option<Cow<'a, [u8]>>,
}

/// `OriginatorIdentifierOrKey` (RFC 5652 §6.2.2).
#[derive(Clone, Debug)]
pub enum Originator<'a> {
    /// The key of a certificate, by issuer and serial number.
    IssuerAndSerial(IssuerAndSerialNumber<'a>),
    /// The key of a certificate, by its key identifier.
    SubjectKeyIdentifier(Cow<'a, [u8]>),
    /// The key itself, made for this message.
    Key {
        /// Its algorithm; parameters are often left out, and then those of the recipient's key.
        algorithm: AlgorithmIdentifier<'a>,
        /// The octets of the BIT STRING.
        public_key: Cow<'a, [u8]>,
    },
}

/// `KEMRecipientInfo` (RFC 9629 §3), but for what every recipient has.
#[derive(Clone, Debug)]
pub struct Encapsulation<'a> {
    /// `kemct`.
    pub ciphertext: Cow<'a, [u8]>,
    /// `kdf`.
    pub key_derivation: AlgorithmIdentifier<'a>,
    /// `kekLength`, octets.
    pub key_octets: u32,
    /// `ukm`, the octets.
    pub user_keying_material: Option<Cow<'a, [u8]>>,
    /// `wrap`.
    pub wrap: AlgorithmIdentifier<'a>,
}

/// Reads `originator [0] EXPLICIT`:
///
/// ```text
/// OriginatorIdentifierOrKey ::= CHOICE {
///   issuerAndSerialNumber IssuerAndSerialNumber,
///   subjectKeyIdentifier [0] SubjectKeyIdentifier,
///   originatorKey [1] OriginatorPublicKey }
/// OriginatorPublicKey ::= SEQUENCE { algorithm AlgorithmIdentifier, publicKey BIT STRING }
/// ```
pub(super) fn read_originator<'a>(
    mut inside: Cursor<'a>,
    quirks: &mut CmsQuirks,
) -> Result<Originator<'a>, CmsError> {
    match inside.peek_tag() {
        Some(Tag::SEQUENCE) => {
            read_issuer_and_serial(&mut inside, quirks).map(Originator::IssuerAndSerial)
        }
        Some(tag) if tag == Tag::context_constructed(1) => {
            let key = inside.read(tag, Field::Originator)?;
            let mut fields = inside.inside(&key);
            let algorithm = fields.read_algorithm(Field::KeyEncryptionAlgorithm)?;
            let bits = fields.read(Tag::BIT_STRING, Field::Originator)?;
            let bits = parse_bit_string(bits.content)
                .map_err(|found| fields.error(Field::Originator, found))?;
            Ok(Originator::Key { algorithm, public_key: Cow::Borrowed(bits.bytes) })
        }
        _ => read_key_identifier(&mut inside, Field::Originator)
            .map(Originator::SubjectKeyIdentifier),
    }
}

/// `ukm [n] EXPLICIT OCTET STRING`.
pub(super) fn read_keying_material<'a>(
    level: &Cursor<'a>,
    element: Option<&Element<'a>>,
) -> Result<Option<Cow<'a, [u8]>>, CmsError> {
    element.map(|it| level.inside(it).read_octets(Field::KeyEncryptionAlgorithm)).transpose()
}

/// `kekLength INTEGER (1..65535)`; another is 0, which no key has.
pub(super) fn key_octets(length: &Element<'_>) -> u32 {
    Some(small_number(length.content)).filter(|octets| *octets <= 65_535).unwrap_or(0)
}
