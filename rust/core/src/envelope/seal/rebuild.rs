//! Rebuild: a message that was read again → the octets that would have been written of what it holds.
//!
//! Opening tells of a change in the content, and of nothing else: a version, an identifier that readers of other kinds look
//! at, a header field of the envelope may have changed all the same. So everything around the secrets is made anew, of the
//! certificates and of the octets of keys, nonce, ciphertext and tag as they were read; both are the same octets, or
//! something changed.

use super::Sealer;
use super::content::content_info;
use super::target::Target;
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
        envelope: &Envelope<'_>,
        authentication: Option<&Authentication<'_>>,
    ) -> bool {
        self.rebuilt(message, envelope, authentication).is_some_and(|it| it == message)
    }

    fn rebuilt(
        &self,
        message: &[u8],
        envelope: &Envelope<'_>,
        authentication: Option<&Authentication<'_>>,
    ) -> Option<Vec<u8>> {
        let recipients: Vec<&Recipient<'_>> =
            envelope.recipients.iter().map(|it| it.as_ref().ok()).collect::<Option<_>>()?;
        let targets: Vec<&Target> =
            recipients.iter().map(|it| self.target_of(it)).collect::<Option<_>>()?;
        let infos: Vec<Vec<u8>> = targets
            .iter()
            .zip(&recipients)
            .map(|(target, it)| target.rebuilt(it, self.transport))
            .collect::<Option<_>>()?;
        let parameters = envelope.content.algorithm.parameters?;
        let algorithm = self.content.identifier(parameters.raw)?;
        let info = content_info(&algorithm, &envelope.content.content.as_ref()?.concat());
        let tag = authentication.map(|it| &*it.mac);
        let object = Self::object(&infos, &targets, &info, tag);
        let header = read_header(message)?;
        self.written(message, &header, &object)
    }

    fn target_of(&self, recipient: &Recipient<'_>) -> Option<&Target> {
        let name = recipient_text(&recipient.identifier);
        self.by_name.get(&name).and_then(|&position| self.targets.get(position))
    }
}
