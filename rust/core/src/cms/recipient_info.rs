//! RecipientInfo: whom the content key is encrypted for, and how (RFC 5652 §6.2; RFC 9629 §3).
//!
//! Key agreement names several recipients in one RecipientInfo; each becomes a [`Recipient`] of its
//! own.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::Arc;

use super::algorithms::{AlgorithmIdentifier, parse_algorithm_content};
use super::cursor::Cursor;
use super::error::{CmsError, CmsLimit, Field};
use super::quirk::CmsQuirks;
use super::recipient_details::{
    Agreement, Encapsulation, RecipientDetails, key_octets, read_keying_material, read_originator,
};
use super::signer_info::{IssuerAndSerialNumber, read_issuer_and_serial, read_key_identifier};
use crate::asn1::oid;
use crate::asn1::reader::{Element, Tag};
use crate::codes::{CodeSet, codes};
use crate::limits;

codes! {
    /// The way the content key reaches a recipient (OUTPUT.md `recipients.kind`).
    pub enum RecipientKind {
        KeyTransport = "ktri", "The content key is encrypted with the recipient's public key.";
        KeyAgreement = "kari", "The content key is wrapped under a key that sender and recipient agree on.";
        SharedKey = "kekri", "The content key is wrapped under a key that both sides already have.";
        Password = "pwri", "The content key is wrapped under a key derived from a password.";
        KeyEncapsulation = "kemri", "The content key is wrapped under a key encapsulated for the recipient.";
        Other = "other", "The content key reaches the recipient in a way this program does not know.";
    }
}

/// How a recipient is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecipientIdentifier<'a> {
    /// By issuer and serial number of the certificate.
    IssuerAndSerial(IssuerAndSerialNumber<'a>),
    /// By the key identifier of the certificate.
    SubjectKeyIdentifier(Cow<'a, [u8]>),
    /// By the name of a shared key (RFC 5652 §6.2.3).
    SharedKey(Cow<'a, [u8]>),
    /// Not at all: a password, or a kind that is not known.
    None,
}

/// One recipient of one content key.
#[derive(Clone, Debug)]
pub struct Recipient<'a> {
    /// 0-based position of its RecipientInfo; the recipients of one key agreement share it.
    pub recipient_info_index: usize,
    /// The way.
    pub kind: RecipientKind,
    /// The name.
    pub identifier: RecipientIdentifier<'a>,
    /// `keyEncryptionAlgorithm`, for kemri `kem`; `None` for a kind that is not known.
    pub algorithm: Option<AlgorithmIdentifier<'a>>,
    /// The value octets of `encryptedKey`; empty for a kind that is not known.
    pub encrypted_key: Cow<'a, [u8]>,
    /// What else it takes to unwrap it.
    pub details: RecipientDetails<'a>,
    /// The whole RecipientInfo.
    pub raw: &'a [u8],
}

/// The recipients of one object.
pub(super) type Recipients<'a> = Vec<Result<Recipient<'a>, CmsError>>;

/// Reads `RecipientInfos ::= SET SIZE (1..MAX) OF RecipientInfo` up to [`limits::RECIPIENTS`]
/// recipients.
///
/// A RecipientInfo that cannot be read is an error in its place and costs none of the others.
pub(super) fn read_recipient_infos<'a>(
    mut cursor: Cursor<'a>,
    quirks: &mut CmsQuirks,
    limits_hit: &mut CodeSet<CmsLimit>,
) -> Recipients<'a> {
    let mut recipients = Vec::new();
    for index in 0.. {
        if cursor.is_empty() {
            break;
        }
        if recipients.len() >= limits::RECIPIENTS {
            limits_hit.insert(CmsLimit::Recipients);
            break;
        }
        let level = cursor;
        match cursor.read_any(Field::RecipientInfo) {
            Ok(element) => {
                let mut info = RecipientInfo { index, raw: element.raw, quirks };
                if let Err(error) = info.read(level, &element, &mut recipients) {
                    recipients.push(Err(error));
                }
            }
            Err(error) => {
                recipients.push(Err(error));
                break;
            }
        }
    }
    if recipients.len() > limits::RECIPIENTS {
        recipients.truncate(limits::RECIPIENTS);
        limits_hit.insert(CmsLimit::Recipients);
    }
    recipients
}

/// The RecipientInfo being read.
struct RecipientInfo<'a, 'q> {
    index: usize,
    raw: &'a [u8],
    quirks: &'q mut CmsQuirks,
}

impl<'a> RecipientInfo<'a, '_> {
    /// RFC 5652 §6.2:
    ///
    /// ```text
    /// RecipientInfo ::= CHOICE {
    ///   ktri KeyTransRecipientInfo,
    ///   kari [1] KeyAgreeRecipientInfo,
    ///   kekri [2] KEKRecipientInfo,
    ///   pwri [3] PasswordRecipientinfo,
    ///   ori [4] OtherRecipientInfo }
    /// ```
    fn read(
        &mut self,
        level: Cursor<'a>,
        element: &Element<'a>,
        recipients: &mut Recipients<'a>,
    ) -> Result<(), CmsError> {
        let fields = level.inside(element);
        let recipient = match element.tag.identifier {
            0x30 => self.read_key_transport(fields)?,
            0xa1 => return self.read_key_agreement(fields, recipients),
            0xa2 => self.read_shared_key(fields)?,
            0xa3 => self.read_password(fields)?,
            0xa4 => self.read_other(fields)?,
            _ => self.unknown(),
        };
        recipients.push(Ok(recipient));
        Ok(())
    }

    fn recipient(
        &self,
        kind: RecipientKind,
        identifier: RecipientIdentifier<'a>,
        algorithm: AlgorithmIdentifier<'a>,
        encrypted_key: Cow<'a, [u8]>,
    ) -> Recipient<'a> {
        Recipient {
            recipient_info_index: self.index,
            kind,
            identifier,
            algorithm: Some(algorithm),
            encrypted_key,
            details: RecipientDetails::None,
            raw: self.raw,
        }
    }

    fn unknown(&self) -> Recipient<'a> {
        Recipient {
            recipient_info_index: self.index,
            kind: RecipientKind::Other,
            identifier: RecipientIdentifier::None,
            algorithm: None,
            encrypted_key: Cow::Borrowed(&[]),
            details: RecipientDetails::None,
            raw: self.raw,
        }
    }

    /// RFC 5652 §6.2.1: `SEQUENCE { version, rid, keyEncryptionAlgorithm, encryptedKey }`.
    fn read_key_transport(&mut self, mut fields: Cursor<'a>) -> Result<Recipient<'a>, CmsError> {
        fields.read_version()?;
        let identifier = self.read_identifier(&mut fields)?;
        let algorithm = fields.read_algorithm(Field::KeyEncryptionAlgorithm)?;
        let key = fields.read_octets(Field::EncryptedKey)?;
        Ok(self.recipient(RecipientKind::KeyTransport, identifier, algorithm, key))
    }

    /// `RecipientIdentifier ::= CHOICE { issuerAndSerialNumber, subjectKeyIdentifier [0] }`.
    fn read_identifier(
        &mut self,
        fields: &mut Cursor<'a>,
    ) -> Result<RecipientIdentifier<'a>, CmsError> {
        if fields.peek_tag() == Some(Tag::SEQUENCE) {
            return read_issuer_and_serial(fields, self.quirks)
                .map(RecipientIdentifier::IssuerAndSerial);
        }
        read_key_identifier(fields, Field::RecipientIdentifier)
            .map(RecipientIdentifier::SubjectKeyIdentifier)
    }

    /// RFC 5652 §6.2.2:
    ///
    /// ```text
    /// KeyAgreeRecipientInfo ::= SEQUENCE {
    ///   version CMSVersion,
    ///   originator [0] EXPLICIT OriginatorIdentifierOrKey,
    ///   ukm [1] EXPLICIT UserKeyingMaterial OPTIONAL,
    ///   keyEncryptionAlgorithm KeyEncryptionAlgorithmIdentifier,
    ///   recipientEncryptedKeys SEQUENCE OF RecipientEncryptedKey }
    /// ```
    fn read_key_agreement(
        &mut self,
        mut fields: Cursor<'a>,
        recipients: &mut Recipients<'a>,
    ) -> Result<(), CmsError> {
        fields.read_version()?;
        let originator = fields.read(Tag::context_constructed(0), Field::Originator)?;
        let material = fields.read_optional(Tag::context_constructed(1), Field::Originator)?;
        let details = self.agreement(&fields, &originator, material.as_ref());
        let algorithm = fields.read_algorithm(Field::KeyEncryptionAlgorithm)?;
        let keys = fields.read(Tag::SEQUENCE, Field::RecipientEncryptedKeys)?;
        let mut keys = fields.inside(&keys);
        while !keys.is_empty() && recipients.len() <= limits::RECIPIENTS {
            let key = keys.read(Tag::SEQUENCE, Field::RecipientEncryptedKeys)?;
            let recipient = self.read_recipient_encrypted_key(keys.inside(&key), algorithm);
            recipients.push(recipient.map(|it| Recipient { details: details.clone(), ..it }));
        }
        Ok(())
    }

    fn agreement(
        &mut self,
        level: &Cursor<'a>,
        originator: &Element<'a>,
        material: Option<&Element<'a>>,
    ) -> RecipientDetails<'a> {
        let originator = read_originator(level.inside(originator), self.quirks);
        match (originator, read_keying_material(level, material)) {
            (Ok(originator), Ok(user_keying_material)) => {
                RecipientDetails::Agreement(Arc::new(Agreement {
                    originator,
                    user_keying_material,
                }))
            }
            _ => RecipientDetails::None,
        }
    }

    /// `RecipientEncryptedKey ::= SEQUENCE { rid KeyAgreeRecipientIdentifier, encryptedKey }`,
    /// where rid may be `rKeyId [0] IMPLICIT SEQUENCE { subjectKeyIdentifier, date OPTIONAL, other
    /// OPTIONAL }`.
    fn read_recipient_encrypted_key(
        &mut self,
        mut fields: Cursor<'a>,
        algorithm: AlgorithmIdentifier<'a>,
    ) -> Result<Recipient<'a>, CmsError> {
        let key_id = Tag::context_constructed(0);
        let identifier = match fields.read_optional(key_id, Field::RecipientIdentifier)? {
            Some(named) => {
                let octets = fields.inside(&named).read_octets(Field::SubjectKeyIdentifier)?;
                RecipientIdentifier::SubjectKeyIdentifier(octets)
            }
            None => {
                let named = read_issuer_and_serial(&mut fields, self.quirks)?;
                RecipientIdentifier::IssuerAndSerial(named)
            }
        };
        let key = fields.read_octets(Field::EncryptedKey)?;
        Ok(self.recipient(RecipientKind::KeyAgreement, identifier, algorithm, key))
    }

    /// RFC 5652 §6.2.3: `SEQUENCE { version, kekid, keyEncryptionAlgorithm, encryptedKey }`, where
    /// kekid is `SEQUENCE { keyIdentifier OCTET STRING, date OPTIONAL, other OPTIONAL }`.
    fn read_shared_key(&self, mut fields: Cursor<'a>) -> Result<Recipient<'a>, CmsError> {
        fields.read_version()?;
        let named = fields.read(Tag::SEQUENCE, Field::KekIdentifier)?;
        let octets = fields.inside(&named).read_octets(Field::KekIdentifier)?;
        let algorithm = fields.read_algorithm(Field::KeyEncryptionAlgorithm)?;
        let key = fields.read_octets(Field::EncryptedKey)?;
        let identifier = RecipientIdentifier::SharedKey(octets);
        Ok(self.recipient(RecipientKind::SharedKey, identifier, algorithm, key))
    }

    /// RFC 5652 §6.2.4: `SEQUENCE { version, keyDerivationAlgorithm [0] OPTIONAL,
    /// keyEncryptionAlgorithm, encryptedKey }`.
    fn read_password(&self, mut fields: Cursor<'a>) -> Result<Recipient<'a>, CmsError> {
        fields.read_version()?;
        let derivation =
            fields.read_optional(Tag::context_constructed(0), Field::KeyEncryptionAlgorithm)?;
        let algorithm = fields.read_algorithm(Field::KeyEncryptionAlgorithm)?;
        let key = fields.read_octets(Field::EncryptedKey)?;
        let identifier = RecipientIdentifier::None;
        let recipient = self.recipient(RecipientKind::Password, identifier, algorithm, key);
        // `[0] IMPLICIT AlgorithmIdentifier`.
        let derivation = derivation.map(|it| parse_algorithm_content(it.content)).transpose();
        let details = derivation.map_or(RecipientDetails::None, RecipientDetails::Password);
        Ok(Recipient { details, ..recipient })
    }

    /// RFC 5652 §6.2.5: `SEQUENCE { oriType OBJECT IDENTIFIER, oriValue ANY DEFINED BY oriType }`.
    fn read_other(&mut self, mut fields: Cursor<'a>) -> Result<Recipient<'a>, CmsError> {
        if fields.read_oid(Field::RecipientInfo)? != oid::KEM_RECIPIENT_INFO {
            return Ok(self.unknown());
        }
        let value = fields.read(Tag::SEQUENCE, Field::RecipientInfo)?;
        self.read_key_encapsulation(fields.inside(&value))
    }

    /// RFC 9629 §3:
    ///
    /// ```text
    /// KEMRecipientInfo ::= SEQUENCE {
    ///   version CMSVersion, rid RecipientIdentifier, kem KEMAlgorithmIdentifier, kemct OCTET STRING,
    ///   kdf KeyDerivationAlgorithmIdentifier, kekLength INTEGER (1..65535),
    ///   ukm [0] EXPLICIT UserKeyingMaterial OPTIONAL,
    ///   wrap KeyEncryptionAlgorithmIdentifier, encryptedKey EncryptedKey }
    /// ```
    fn read_key_encapsulation(
        &mut self,
        mut fields: Cursor<'a>,
    ) -> Result<Recipient<'a>, CmsError> {
        fields.read_version()?;
        let identifier = self.read_identifier(&mut fields)?;
        let algorithm = fields.read_algorithm(Field::KeyEncryptionAlgorithm)?;
        let ciphertext = fields.read_octets(Field::EncryptedKey)?;
        let key_derivation = fields.read_algorithm(Field::KeyEncryptionAlgorithm)?;
        let length = fields.read(Tag::INTEGER, Field::KeyEncryptionAlgorithm)?;
        let material = Tag::context_constructed(0);
        let material = fields.read_optional(material, Field::KeyEncryptionAlgorithm)?;
        let wrap = fields.read_algorithm(Field::KeyEncryptionAlgorithm)?;
        let key = fields.read_octets(Field::EncryptedKey)?;
        let details = match read_keying_material(&fields, material.as_ref()) {
            Ok(user_keying_material) => RecipientDetails::Encapsulation(Encapsulation {
                ciphertext,
                key_derivation,
                key_octets: key_octets(&length),
                user_keying_material,
                wrap,
            }),
            Err(_) => RecipientDetails::None,
        };
        let kind = RecipientKind::KeyEncapsulation;
        Ok(Recipient { details, ..self.recipient(kind, identifier, algorithm, key) })
    }
}
