//! Envelopes of what is not held: everything before the content is made first, with its length, and the content goes
//! through the cipher as it comes.
//!
//! The octets are those that [`Sealer::seal`] and [`Sealer::rewrap`] would write.

use smimebatch_crypto::cipher::CipherError;
use smimebatch_crypto::secret::Secret;

use super::content::Fresh;
use super::{NotSealed, Owners, Readers, Sealer, Target};
use crate::asn1::oid::{self, Oid};
use crate::asn1::reader::Tag;
use crate::asn1::writer::{element, write_header};
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

/// What is copied of an envelope whose recipients are exchanged.
#[derive(Clone, Copy)]
pub(in crate::envelope) struct Behind<'b> {
    pub(in crate::envelope) is_authenticated: bool,
    pub(in crate::envelope) originator: Option<&'b [u8]>,
    /// Octets of the fields from EncryptedContentInfo on, and how many fields they are.
    pub(in crate::envelope) octets: u64,
    pub(in crate::envelope) fields: usize,
}

impl Sealer {
    /// As [`Sealer::seal`], of an entity of so many `octets`, into `out`.
    pub(in crate::envelope) fn seal_large(
        &self,
        message: &[u8],
        (entity, octets): (Octets<'_>, u64),
        owners: Option<&Owners>,
        out: &mut Out<'_>,
    ) -> Result<Readers, Unsealed> {
        let header = read_header(message).ok_or(ObjectReason::HeaderUnreadable)?;
        let targets = self.targets_of(&header, owners).map_err(Unsealed::Refused)?;
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
        owners: &Owners,
        out: &mut Out<'_>,
    ) -> Result<Readers, Unsealed> {
        let header = read_header(message).ok_or(ObjectReason::HeaderUnreadable)?;
        let targets = self.targets_of(&header, Some(owners)).map_err(Unsealed::Refused)?;
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

impl Behind<'_> {
    /// As [`super::rewrap::Parts::with_recipients`].
    fn head_of(&self, infos: &[Vec<u8>], targets: &[&Target]) -> Vec<u8> {
        // RFC 5652 §6.1: with originatorInfo or attributes it is 2 at least.
        let has_more = self.originator.is_some() || self.fields > 1;
        let version = Target::version(targets);
        let version = match (self.is_authenticated, has_more) {
            (true, _) => 0,
            (false, true) => version.max(2),
            (false, false) => version,
        };
        let infos: Vec<&[u8]> = infos.iter().map(Vec::as_slice).collect();
        let fields = [
            element(Tag::INTEGER, &[&[version]]),
            self.originator.unwrap_or_default().to_vec(),
            element(Tag::SET, &infos),
        ];
        around(self.is_authenticated, fields.concat(), self.octets)
    }
}

/// All of an object before its content, of which there will be so many octets, and so many behind it.
fn head_of(
    infos: &[Vec<u8>],
    targets: &[&Target],
    algorithm: &[u8],
    (content_octets, tag_octets): (u64, Option<usize>),
) -> Vec<u8> {
    let version = if tag_octets.is_some() { 0 } else { Target::version(targets) };
    let infos: Vec<&[u8]> = infos.iter().map(Vec::as_slice).collect();
    let mut fields = element(Tag::INTEGER, &[&[version]]);
    fields.extend_from_slice(&element(Tag::SET, &infos));
    let mut info = element(Tag::OID, &[oid::DATA.0]);
    info.extend_from_slice(algorithm);
    write_header(&mut info, Tag::context_primitive(0), length(content_octets));
    write_header(&mut fields, Tag::SEQUENCE, info.len() + length(content_octets));
    fields.extend_from_slice(&info);
    let behind = content_octets + tag_octets.unwrap_or(0) as u64;
    around(tag_octets.is_some(), fields, behind)
}

/// ContentInfo up to the end of `fields`, behind which so many octets follow.
fn around(is_authenticated: bool, fields: Vec<u8>, behind: u64) -> Vec<u8> {
    let content_type: Oid<'_> =
        if is_authenticated { oid::AUTH_ENVELOPED_DATA } else { oid::ENVELOPED_DATA };
    let mut inside = Vec::new();
    write_header(&mut inside, Tag::SEQUENCE, fields.len() + length(behind));
    inside.extend_from_slice(&fields);
    let mut info = element(Tag::OID, &[content_type.0]);
    write_header(&mut info, Tag::context_constructed(0), inside.len() + length(behind));
    info.extend_from_slice(&inside);
    let mut object = Vec::new();
    write_header(&mut object, Tag::SEQUENCE, info.len() + length(behind));
    object.extend_from_slice(&info);
    object
}

/// Lengths of messages of 4 GiB at most, on machines with 64 bits.
fn length(octets: u64) -> usize {
    usize::try_from(octets).unwrap_or(usize::MAX)
}
