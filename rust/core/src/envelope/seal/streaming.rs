//! Envelopes of what is not held: everything before the content is made first, with its length, and the content goes
//! through the cipher as it comes.
//!
//! The octets are those that [`Sealer::seal`] and [`Sealer::rewrap`] would write.

use smimebatch_crypto::cipher::CipherError;
use smimebatch_crypto::secret::Secret;

use super::content::Fresh;
use super::object::{Behind, head_of};
use super::{FormerReaders, NotSealed, Readers, Sealer};
use crate::asn1::reader::Tag;
use crate::asn1::writer::element;
use crate::cms::algorithms::algorithm_name;
use crate::cms::auth_enveloped_data::Authentication;
use crate::cms::enveloped_data::Envelope;
use crate::codes::Code;
use crate::envelope::entity::{line_break, read_header};
use crate::envelope::large::{LineWriter, Out, Stop};
use crate::envelope::objects::ObjectReason;
use crate::limits;

/// Gives the octets of something, as often as it is called.
pub(in crate::envelope) type Octets<'s> =
    &'s dyn Fn(&mut dyn FnMut(&[u8]) -> Result<(), Stop>) -> Result<(), Stop>;

/// Why there is no envelope.
pub(in crate::envelope) enum Unsealed {
    Refused(NotSealed),
    /// A source or the target failed; what was written is nothing.
    Stopped,
}

impl From<ObjectReason> for Unsealed {
    fn from(reason: ObjectReason) -> Self {
        Self::Refused(reason.into())
    }
}

impl From<Stop> for Unsealed {
    fn from(_: Stop) -> Self {
        Self::Stopped
    }
}

impl Sealer {
    /// As [`Sealer::seal`], of an entity of so many `octets`, into `out`.
    pub(in crate::envelope) fn seal_large(
        &self,
        message: &[u8],
        (entity, octets): (Octets<'_>, u64),
        before: Option<&FormerReaders>,
        out: &mut Out<'_>,
    ) -> Result<Readers, Unsealed> {
        let header = read_header(message).ok_or(ObjectReason::HeaderUnreadable)?;
        let targets = self.targets_of(&header, before).map_err(Unsealed::Refused)?;
        let fresh = Fresh::new(self.content, octets).ok_or(ObjectReason::TooLarge)?;
        let infos = self.infos(&fresh.key, &targets).ok_or(ObjectReason::TooLarge)?;
        let object = head_of(&infos, &targets, &fresh.algorithm, fresh.lengths());
        let is_authenticated = self.content.is_authenticated();
        let head = Self::head(message, &header, is_authenticated);
        let head = head.ok_or(ObjectReason::HeaderUnreadable)?;
        let lines = LineWriter::new(out, line_break(&header));
        if lines.length_of(object.len() as u64 + fresh.content_octets) + head.len() as u64
            > limits::STREAMED_MESSAGE_BYTES
        {
            return Err(ObjectReason::TooLarge.into());
        }
        let mut lines = lines.behind(&head)?;
        lines.write(&object)?;
        let (mut work, mut text) = (fresh.work, Vec::new());
        let failed = |_: CipherError| Stop::Fault;
        entity(&mut |octets| {
            text.clear();
            work.push(octets, &mut text).map_err(failed)?;
            lines.write(&text)
        })?;
        text.clear();
        let tag = work.finish(&mut text).map_err(failed)?;
        lines.write(&text)?;
        if is_authenticated {
            lines.write(&element(Tag::OCTET_STRING, &[&tag]))?;
        }
        lines.finish()?;
        Ok(self.readers(self.content.code().to_owned(), &targets))
    }

    /// As [`Sealer::rewrap`]: `copied` are the octets that stay.
    pub(in crate::envelope) fn rewrap_large(
        &self,
        message: &[u8],
        (behind, copied): (Behind<'_>, Octets<'_>),
        (envelope, key): (&Envelope<'_>, &Secret),
        before: &FormerReaders,
        out: &mut Out<'_>,
    ) -> Result<Readers, Unsealed> {
        let header = read_header(message).ok_or(ObjectReason::HeaderUnreadable)?;
        let targets = self.targets_of(&header, Some(before)).map_err(Unsealed::Refused)?;
        let infos = self.infos(key, &targets).ok_or(ObjectReason::Unsupported)?;
        let head = Self::head(message, &header, behind.is_authenticated);
        let head = head.ok_or(ObjectReason::HeaderUnreadable)?;
        let object = behind.head_of(&infos, &targets);
        let mut lines = LineWriter::new(out, line_break(&header)).behind(&head)?;
        lines.write(&object)?;
        copied(&mut |octets| lines.write(octets))?;
        lines.finish()?;
        let cipher = algorithm_name(envelope.content.cipher().oid).into_owned();
        Ok(self.readers(cipher, &targets))
    }

    /// As [`Sealer::would_write`], of what is not held: writes to `out` what it would have to be.
    pub(in crate::envelope) fn rebuild_large(
        &self,
        message: &[u8],
        (envelope, authentication): (&Envelope<'_>, Option<&Authentication<'_>>),
        (content, content_octets): (Octets<'_>, u64),
        out: &mut Out<'_>,
    ) -> Option<()> {
        let (targets, infos) = self.rebuilt_infos(envelope)?;
        let header = read_header(message)?;
        let algorithm = self.content.identifier(envelope.content.algorithm.parameters?.raw)?;
        let tag = authentication.map(|it| element(Tag::OCTET_STRING, &[&it.mac]));
        let lengths = (content_octets, tag.as_ref().map(Vec::len));
        let object = head_of(&infos, &targets, &algorithm, lengths);
        let head = Self::head(message, &header, tag.is_some())?;
        let mut lines = LineWriter::new(out, line_break(&header)).behind(&head).ok()?;
        lines.write(&object).ok()?;
        content(&mut |octets| lines.write(octets)).ok()?;
        lines.write(tag.as_deref().unwrap_or_default()).ok()?;
        lines.finish().ok()
    }

    /// The same of an envelope whose recipients were exchanged.
    pub(in crate::envelope) fn rebuild_rewrapped_large(
        &self,
        message: &[u8],
        envelope: &Envelope<'_>,
        (behind, copied): (Behind<'_>, Octets<'_>),
        out: &mut Out<'_>,
    ) -> Option<()> {
        let (targets, infos) = self.rebuilt_infos(envelope)?;
        let header = read_header(message)?;
        let head = Self::head(message, &header, behind.is_authenticated)?;
        let mut lines = LineWriter::new(out, line_break(&header)).behind(&head).ok()?;
        lines.write(&behind.head_of(&infos, &targets)).ok()?;
        copied(&mut |octets| lines.write(octets)).ok()?;
        lines.finish().ok()
    }
}
