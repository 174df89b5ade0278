//! Rewrap: the content key of an envelope that was opened, for other recipients; the ciphertext stays as it is.
//!
//! Everything behind the RecipientInfos (RFC 5652 §6.1, RFC 5083 §2.1) is copied octet for octet: content, attributes, tag.
//! What this does not do: whoever had the content key has it still, and a cipher without integrity gains none.

use smimebatch_crypto::secret::Secret;

use super::{NotSealed, Owners, SealedMessage, Sealer, Target};
use crate::asn1::oid::Oid;
use crate::asn1::reader::{Reader, Tag};
use crate::asn1::writer::element;
use crate::cms::algorithms::algorithm_name;
use crate::cms::enveloped_data::Envelope;
use crate::envelope::entity::read_header;
use crate::envelope::objects::ObjectReason;
use crate::envelope::peel::content_info;

/// An envelope as a sequence of elements, those behind the recipients whole.
pub(super) struct Parts<'a> {
    content_type: Oid<'a>,
    /// `originatorInfo`, if there is one.
    originator: Option<&'a [u8]>,
    behind: Vec<&'a [u8]>,
}

impl<'a> Parts<'a> {
    /// Takes a ContentInfo with an EnvelopedData or AuthEnvelopedData apart.
    pub(super) fn of(object: &'a [u8]) -> Option<Self> {
        let mut info = Reader::new(object).read(Tag::SEQUENCE).ok()?.reader();
        let content_type = Oid(info.read(Tag::OID).ok()?.content);
        let content = info.read(Tag::context_constructed(0)).ok()?;
        let mut fields = content.reader().read(Tag::SEQUENCE).ok()?.reader();
        fields.read(Tag::INTEGER).ok()?;
        let originator = fields.read_optional(Tag::context_constructed(0)).ok()?;
        fields.read(Tag::SET).ok()?;
        let mut behind = Vec::new();
        while !fields.is_empty() {
            behind.push(fields.read_element().ok()?.raw);
        }
        Some(Self { content_type, originator: originator.map(|it| it.raw), behind })
    }

    /// The same with other recipients.
    pub(super) fn with_recipients(&self, infos: &[Vec<u8>], version: u8) -> Vec<u8> {
        let infos: Vec<&[u8]> = infos.iter().map(Vec::as_slice).collect();
        // RFC 5652 §6.1: with originatorInfo or attributes it is 2 at least.
        let has_more = self.originator.is_some() || self.behind.len() > 1;
        let is_plain = self.content_type == crate::asn1::oid::ENVELOPED_DATA;
        let version = if is_plain && has_more { version.max(2) } else { version };
        let version = element(Tag::INTEGER, &[&[if is_plain { version } else { 0 }]]);
        let infos = element(Tag::SET, &infos);
        let mut fields: Vec<&[u8]> = vec![&version];
        fields.extend(self.originator);
        fields.push(&infos);
        fields.extend(&self.behind);
        content_info(self.content_type, &element(Tag::SEQUENCE, &fields))
    }

    /// Whether its content is authenticated.
    pub(super) fn is_authenticated(&self) -> bool {
        self.content_type == crate::asn1::oid::AUTH_ENVELOPED_DATA
    }
}

impl Sealer {
    /// A message with its envelope `object`, whose content key is known, for other recipients.
    pub(crate) fn rewrap(
        &self,
        message: &[u8],
        (object, envelope): (&[u8], &Envelope<'_>),
        key: &Secret,
        owners: &Owners,
    ) -> Result<SealedMessage, NotSealed> {
        let header = read_header(message).ok_or(ObjectReason::HeaderUnreadable)?;
        let targets = self.targets_of(&header, Some(owners))?;
        let parts = Parts::of(object).ok_or(ObjectReason::Unsupported)?;
        let infos = self.infos(key, &targets).ok_or(ObjectReason::Unsupported)?;
        let object = parts.with_recipients(&infos, Target::version(&targets));
        let is_authenticated = parts.is_authenticated();
        let text = Self::written(message, &header, &object, is_authenticated);
        let text = text.ok_or(ObjectReason::HeaderUnreadable)?;
        let cipher = algorithm_name(envelope.content.cipher().oid).into_owned();
        Ok(SealedMessage { text, readers: self.readers(cipher, &targets) })
    }
}
