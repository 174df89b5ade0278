//! Rewrap: the content key of an envelope that was opened, for other recipients; the ciphertext stays as it is.
//!
//! Everything behind the RecipientInfos (RFC 5652 §6.1, RFC 5083 §2.1) is copied octet for octet: content, attributes, tag.
//! What this does not do: whoever had the content key has it still, and a cipher without integrity gains none.

use smimebatch_crypto::secret::Secret;

use super::object::Behind;
use super::{FormerReaders, NotSealed, SealedMessage, Sealer, Target};
use crate::asn1::oid::{self, Oid};
use crate::asn1::reader::{Reader, Tag};
use crate::cms::algorithms::algorithm_name;
use crate::cms::enveloped_data::Envelope;
use crate::envelope::entity::read_header;
use crate::envelope::objects::ObjectReason;
use crate::mail::header::Headers;

/// An envelope as a sequence of elements, those behind the recipients whole.
pub(super) struct Parts<'a> {
    is_authenticated: bool,
    /// `originatorInfo`, if there is one.
    originator: Option<&'a [u8]>,
    behind: Vec<&'a [u8]>,
}

impl<'a> Parts<'a> {
    /// Takes a ContentInfo with an EnvelopedData or AuthEnvelopedData apart.
    pub(super) fn of(object: &'a [u8]) -> Option<Self> {
        let mut info = Reader::new(object).read(Tag::SEQUENCE).ok()?.reader();
        let is_authenticated = match Oid(info.read(Tag::OID).ok()?.content) {
            oid::AUTH_ENVELOPED_DATA => true,
            oid::ENVELOPED_DATA => false,
            _ => return None,
        };
        let content = info.read(Tag::context_constructed(0)).ok()?;
        let mut fields = content.reader().read(Tag::SEQUENCE).ok()?.reader();
        fields.read(Tag::INTEGER).ok()?;
        let originator = fields.read_optional(Tag::context_constructed(0)).ok()?;
        fields.read(Tag::SET).ok()?;
        let mut behind = Vec::new();
        while !fields.is_empty() {
            behind.push(fields.read_element().ok()?.raw);
        }
        Some(Self { is_authenticated, originator: originator.map(|it| it.raw), behind })
    }

    /// What stays of it.
    fn kept(&self) -> Behind<'a> {
        Behind {
            is_authenticated: self.is_authenticated,
            originator: self.originator,
            octets: self.behind.iter().map(|it| it.len() as u64).sum(),
            fields: self.behind.len(),
        }
    }
}

impl Sealer {
    /// The header that was, and an envelope for other recipients.
    pub(super) fn exchanged(
        message: &[u8],
        header: &Headers<'_>,
        parts: &Parts<'_>,
        (infos, targets): (&[Vec<u8>], &[&Target]),
    ) -> Option<Vec<u8>> {
        let head = parts.kept().head_of(infos, targets);
        let mut object: Vec<&[u8]> = vec![&head];
        object.extend(&parts.behind);
        Self::written(message, header, &object, parts.is_authenticated)
    }

    /// A message with its envelope `object`, whose content key is known, for other recipients.
    pub(crate) fn rewrap(
        &self,
        message: &[u8],
        (object, envelope): (&[u8], &Envelope<'_>),
        key: &Secret,
        before: &FormerReaders,
    ) -> Result<SealedMessage, NotSealed> {
        let header = read_header(message).ok_or(ObjectReason::HeaderUnreadable)?;
        let targets = self.targets_of(&header, Some(before))?;
        let parts = Parts::of(object).ok_or(ObjectReason::Unsupported)?;
        let infos = self.infos(key, &targets).ok_or(ObjectReason::Unsupported)?;
        let text = Self::exchanged(message, &header, &parts, (&infos, &targets));
        let text = text.ok_or(ObjectReason::HeaderUnreadable)?;
        let cipher = algorithm_name(envelope.content.cipher().oid).into_owned();
        Ok(SealedMessage { text, readers: self.readers(cipher, &targets) })
    }
}
