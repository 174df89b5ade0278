//! Rebuild: a message that was read again → the octets that would have been written of what it holds.
//!
//! Opening tells of a change in the content, and of nothing else: a version, an identifier that readers of other kinds look
//! at, a header field of the envelope may have changed all the same. So everything around the secrets is made anew, of the
//! certificates and of the octets of keys, nonce, ciphertext and tag as they were read; both are the same octets, or
//! something changed.

use super::rewrap::Parts;
use super::target::Target;
use super::{SealJob, Sealer};
use crate::cms::auth_enveloped_data::Authentication;
use crate::cms::enveloped_data::Envelope;
use crate::cms::recipient_info::Recipient;
use crate::envelope::entity::read_header;
use crate::envelope::objects::recipient_text;

impl Sealer {
    /// Whether `message` is, octet for octet, what would be written of the envelope that was read in it.
    pub(crate) fn would_write(
        &self,
        message: &[u8],
        (object, envelope): (&[u8], &Envelope<'_>),
        authentication: Option<&Authentication<'_>>,
    ) -> bool {
        let rebuilt = self.rebuilt(message, (object, envelope), authentication);
        rebuilt.is_some_and(|it| it == message)
    }

    fn rebuilt(
        &self,
        message: &[u8],
        (object, envelope): (&[u8], &Envelope<'_>),
        authentication: Option<&Authentication<'_>>,
    ) -> Option<Vec<u8>> {
        let (targets, infos) = self.rebuilt_infos(envelope)?;
        let header = read_header(message)?;
        if self.job == SealJob::Rewrap {
            let parts = Parts::of(object)?;
            return Self::exchanged(message, &header, &parts, (&infos, &targets));
        }
        let parameters = envelope.content.algorithm.parameters?;
        let algorithm = self.content.identifier(parameters.raw)?;
        let text = envelope.content.content.as_ref()?.concat();
        let tag = authentication.map(|it| &*it.mac);
        Self::around(message, &header, (&infos, &targets), (&algorithm, &text), tag)
    }

    /// The targets that the recipients name, and the RecipientInfo of each.
    pub(super) fn rebuilt_infos(
        &self,
        envelope: &Envelope<'_>,
    ) -> Option<(Vec<&Target>, Vec<Vec<u8>>)> {
        let recipients: Vec<&Recipient<'_>> =
            envelope.recipients.iter().map(|it| it.as_ref().ok()).collect::<Option<_>>()?;
        let rebuilt = recipients.iter().map(|it| self.rebuilt_info(it));
        Some(rebuilt.collect::<Option<Vec<_>>>()?.into_iter().unzip())
    }

    /// The target that a recipient names, and its RecipientInfo.
    fn rebuilt_info(&self, recipient: &Recipient<'_>) -> Option<(&Target, Vec<u8>)> {
        let positions = self.by_name.get(&recipient_text(&recipient.identifier))?;
        let mut targets = positions.iter().filter_map(|&position| self.targets.get(position));
        targets.find_map(|it| Some((it, it.rebuilt(recipient, self.transport)?)))
    }
}
