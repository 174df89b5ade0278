//! Seal: entities → envelopes for the recipients of their messages.
//!
//! ```text
//!  message ─▶ recipients: given for all, and by the addresses of its header     (whom, address_book, target)
//!     entity ─▶ content under a fresh key                                       (content, choice)
//!               ─▶ the key for every recipient                                  (recipient_infos, shared_target)
//!                   ─▶ what stands around the content                           (object)
//!                       ─▶ a message with the header that was, and the envelope (this file)
//!
//!  the same of what is not held, as it comes                                    (streaming)
//!  an envelope that was opened ─▶ its key for other recipients                  (rewrap)
//!  and, when it has been read again: whether it is what would be written        (rebuild)
//! ```
//!
//! Targets are checked once, before anything is read (RULES 39: target, and standing for what others say); a message of which one recipient has none is refused.

mod address_book;
mod certificate_target;
mod choice;
mod content;
pub(super) mod object;
mod protect;
mod rebuild;
mod recipient_infos;
mod rewrap;
mod shared_target;
mod standing;
pub(super) mod streaming;
mod target;
#[cfg(test)]
mod tests;
mod whom;

use std::sync::Arc;

use hashbrown::HashMap;
use smimebatch_crypto::secret::Secret;

use self::address_book::AddressBook;
pub use self::address_book::comparable_address;
pub(super) use self::certificate_target::is_for_mail;
pub use self::certificate_target::{Unfit, name_of};
pub use self::choice::{ContentChoice, TransportChoice};
pub(super) use self::choice::{identifier, identifier_of};
use self::content::Encrypted;
use self::object::head_of;
use self::shared_target::SharedTarget;
pub use self::standing::{Against, Word};
pub(crate) use self::standing::{Given, Standing};
pub use self::target::Target;
use super::entity::{VERSION, kept_header, line_break, read_header, says_version};
use super::objects::ObjectReason;
use super::owners::FormerReaders;
use crate::asn1::reader::Tag;
use crate::asn1::writer::element;
use crate::codes::{Code, codes};
use crate::keys::SharedSecrets;
use crate::mail::header::Headers;
use crate::mail::transfer::append_base64_lines;
use crate::x509::certificate::Certificate;

codes! {
    /// Which messages get an envelope.
    pub enum SealJob {
        Encrypt = "encrypt", "Those in clear.";
        Reencrypt = "reencrypt", "Those that were encrypted, with what lay inside.";
        Rewrap = "rewrap", "Those that were encrypted: the same envelope, its content key for other recipients.";
    }
}

codes! {
    /// What becomes of a message whose envelope lies inside a signature (`--outer-signature`).
    pub enum OuterSignature {
        Refuse = "refuse", "It is written as it was.";
        KeepOriginal = "keep-original", "It gets a new envelope without that signature; the message as it was is kept in the dataset evidence.";
    }
}

/// What new envelopes are made with; immutable, shared by all threads.
pub struct Sealer {
    /// Which messages.
    pub(crate) job: SealJob,
    targets: Vec<Target>,
    /// Positions of targets that every message is for.
    always: Vec<usize>,
    /// Positions of targets that every message is for beside somebody else.
    escrow: Vec<usize>,
    by_address: AddressBook,
    /// Whether recipients are looked for by address at all.
    looks_up: bool,
    /// Positions of targets by [`Target::name`]; of passwords, which have one name, the positions of all.
    by_name: HashMap<String, Vec<usize>, foldhash::fast::RandomState>,
    /// The secrets of targets that both sides have.
    shared: SharedSecrets,
    content: ContentChoice,
    transport: TransportChoice,
    /// Whether the author's fields go inside, too.
    protects_header: bool,
    /// What becomes of signatures around an envelope.
    pub(crate) outer_signature: OuterSignature,
}

/// A message in its new envelope.
pub(crate) struct SealedMessage {
    /// The message.
    pub(crate) text: Vec<u8>,
    /// Whom it is for.
    pub(crate) readers: Readers,
}

/// Whom an envelope is for.
pub(crate) struct Readers {
    /// As [`super::objects::recipient_texts`].
    pub(crate) recipients: Vec<String>,
    /// As [`super::objects::algorithm_texts`].
    pub(crate) algorithms: Vec<String>,
}

/// A header for outside, and the entity inside with the fields that it hides.
type OuterAndInner = (Vec<u8>, Vec<u8>);

/// Why a message gets no envelope.
pub(crate) struct NotSealed {
    pub(crate) reason: ObjectReason,
    /// Addresses without a certificate.
    pub(crate) missing: Vec<String>,
}

impl From<ObjectReason> for NotSealed {
    fn from(reason: ObjectReason) -> Self {
        Self { reason, missing: Vec::new() }
    }
}

impl Sealer {
    /// Makes envelopes for `targets`: those at the positions `always` for every message, and with `by_address` those of the
    /// addresses in its header.
    #[must_use]
    pub fn new(
        job: SealJob,
        targets: Vec<Target>,
        always: Vec<usize>,
        by_address: Option<Vec<(String, usize)>>,
        (content, transport): (ContentChoice, TransportChoice),
    ) -> Self {
        let looks_up = by_address.is_some();
        let mut sealer = Self {
            job,
            targets: Vec::new(),
            always,
            escrow: Vec::new(),
            by_address: AddressBook::of(by_address.unwrap_or_default()),
            looks_up,
            by_name: HashMap::default(),
            shared: SharedSecrets::default(),
            content,
            transport,
            protects_header: false,
            outer_signature: OuterSignature::Refuse,
        };
        targets.into_iter().for_each(|it| sealer.add(it));
        sealer
    }

    fn add(&mut self, target: Target) {
        let position = self.targets.len();
        self.by_name.entry(target.name().to_owned()).or_default().push(position);
        self.targets.push(target);
    }

    /// The same with secrets that every message is for; making a key of a password takes its time.
    #[must_use]
    pub fn with_shared(mut self, shared: &SharedSecrets) -> Self {
        let keys = shared.keys().iter().map(|key| SharedTarget::of_key(Arc::clone(key)));
        let passwords = shared.passwords().iter().map(|it| SharedTarget::of_password(it));
        for target in keys.chain(passwords) {
            self.always.push(self.targets.len());
            self.add(Target::of_shared(target));
        }
        self.shared = shared.clone();
        self
    }

    /// The secrets of targets that both sides have.
    pub(crate) const fn shared(&self) -> &SharedSecrets {
        &self.shared
    }

    /// The same with header protection (RFC 9788) of messages that are not signed.
    #[must_use]
    pub const fn with_header_protection(mut self, protects_header: bool) -> Self {
        self.protects_header = protects_header;
        self
    }

    /// The same with targets, by position, that every message is for if it is for anybody.
    #[must_use]
    pub fn with_escrow(mut self, escrow: Vec<usize>) -> Self {
        self.escrow = escrow;
        self
    }

    /// The same with another end for signatures around an envelope.
    #[must_use]
    pub const fn with_outer_signature(mut self, outer_signature: OuterSignature) -> Self {
        self.outer_signature = outer_signature;
        self
    }

    /// Whether recipients are looked for: by the header of a message, or by who could read it before.
    pub(crate) const fn looks_up(&self) -> bool {
        self.looks_up
    }

    /// The certificates of all targets.
    pub(crate) fn certificates(&self) -> impl Iterator<Item = Arc<Certificate>> + '_ {
        self.targets.iter().filter_map(Target::certificate).cloned()
    }

    /// Who of those that could read a message before is missed among its new readers: nobody where those were named.
    pub(crate) fn missed(&self, others: Vec<String>) -> Vec<String> {
        if self.looks_up { others } else { Vec::new() }
    }

    /// What of a message in clear stands outside, and the entity inside, where its header is to be protected.
    pub(crate) fn protected(
        &self,
        message: &[u8],
        entity: &[u8],
    ) -> Result<Option<OuterAndInner>, ObjectReason> {
        if !self.protects_header {
            return Ok(None);
        }
        if !protect::can_be_marked(entity) {
            return Err(ObjectReason::HeaderUnreadable);
        }
        let header = read_header(message).ok_or(ObjectReason::HeaderUnreadable)?;
        Ok(protect::protected(message, &header, entity))
    }

    /// A message with `header`, in clear or opened, with `entity` in an envelope for its recipients.
    pub(crate) fn seal(
        &self,
        message: &[u8],
        entity: &[u8],
        before: Option<&FormerReaders>,
    ) -> Result<SealedMessage, NotSealed> {
        let header = read_header(message).ok_or(ObjectReason::HeaderUnreadable)?;
        let targets = self.targets_of(&header, before)?;
        let content = Encrypted::new(self.content, entity).ok_or(ObjectReason::TooLarge)?;
        let infos = self.infos(&content.key, &targets).ok_or(ObjectReason::TooLarge)?;
        let Encrypted { algorithm, text, tag, .. } = &content;
        let named = (algorithm.as_slice(), text.as_slice());
        let text = Self::around(message, &header, (&infos, &targets), named, tag.as_deref());
        let text = text.ok_or(ObjectReason::HeaderUnreadable)?;
        let readers = self.readers(self.content.code().to_owned(), &targets);
        Ok(SealedMessage { text, readers })
    }

    /// What is to be found in an envelope for targets.
    fn readers(&self, cipher: String, targets: &[&Target]) -> Readers {
        let mut recipients: Vec<String> = targets.iter().map(|it| it.name().to_owned()).collect();
        recipients.sort_unstable();
        let mut ways: Vec<String> =
            targets.iter().map(|it| it.key_encryption_name(self.transport)).collect();
        ways.sort_unstable();
        ways.dedup();
        Readers { recipients, algorithms: [vec![cipher], ways].concat() }
    }

    /// The content key for every target.
    fn infos(&self, key: &Secret, targets: &[&Target]) -> Option<Vec<Vec<u8>>> {
        targets.iter().map(|target| target.recipient_info(key, self.transport)).collect()
    }

    /// The header that was, and an envelope of its parts: RecipientInfos, the ciphertext under a named algorithm, and the
    /// tag where there is one.
    fn around(
        message: &[u8],
        header: &Headers<'_>,
        (infos, targets): (&[Vec<u8>], &[&Target]),
        (algorithm, text): (&[u8], &[u8]),
        tag: Option<&[u8]>,
    ) -> Option<Vec<u8>> {
        let tag = tag.map(|tag| element(Tag::OCTET_STRING, &[tag]));
        let lengths = (text.len() as u64, tag.as_ref().map(Vec::len));
        let head = head_of(infos, targets, algorithm, lengths);
        let pieces = [&*head, text, tag.as_deref().unwrap_or_default()];
        Self::written(message, header, &pieces, tag.is_some())
    }

    /// The header that was, with what an envelope needs (RFC 8551 §3.3, §3.4), and the envelope, in pieces.
    fn written(
        message: &[u8],
        header: &Headers<'_>,
        object: &[&[u8]],
        is_authenticated: bool,
    ) -> Option<Vec<u8>> {
        let mut written = Self::head(message, header, is_authenticated)?;
        append_base64_lines(object, line_break(header), &mut written);
        Some(written)
    }

    /// The same without the envelope: all before its first line.
    fn head(message: &[u8], header: &Headers<'_>, is_authenticated: bool) -> Option<Vec<u8>> {
        let end = line_break(header);
        let kind = if is_authenticated { "authEnveloped-data" } else { "enveloped-data" };
        let mut written = kept_header(message, header)?;
        let content_type =
            format!("Content-Type: application/pkcs7-mime; smime-type={kind}; name=\"smime.p7m\"");
        let version = (!says_version(header)).then_some(VERSION);
        let fields: [&[u8]; 4] = [
            content_type.as_bytes(),
            b"Content-Transfer-Encoding: base64",
            b"Content-Disposition: attachment; filename=\"smime.p7m\"",
            b"",
        ];
        for line in version.into_iter().chain(fields) {
            written.extend_from_slice(line);
            written.extend_from_slice(end);
        }
        Some(written)
    }
}
