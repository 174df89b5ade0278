//! Seal: entities → envelopes for the recipients of their messages.
//!
//! ```text
//!  message ─▶ recipients: given for all, and by the addresses of its header     (target, this file)
//!     entity ─▶ content under a fresh key                                       (content, choice)
//!               ─▶ the key for every recipient                                  (recipient_infos)
//!                   ─▶ a message with the header that was, and the envelope     (this file)
//!
//!  and, when it has been read again: whether it is what would be written        (rebuild)
//! ```
//!
//! Targets are checked once, before anything is read (RULES 39); a message of which one recipient has none is refused.

mod choice;
mod content;
mod rebuild;
mod recipient_infos;
mod target;
#[cfg(test)]
mod tests;

use hashbrown::HashMap;

pub use self::choice::{ContentChoice, TransportChoice};
use self::content::Encrypted;
use self::recipient_infos::Kind;
pub use self::target::{Target, Unfit};
use super::entity::{kept_header, line_break, read_header, says_version};
use super::objects::ObjectReason;
use super::peel::content_info as cms_object;
use crate::asn1::oid;
use crate::asn1::reader::Tag;
use crate::asn1::writer::element;
use crate::codes::{Code, codes};
use crate::mail::address::parse_address_list;
use crate::mail::field_name::FieldName;
use crate::mail::header::Headers;
use crate::mail::transfer::encode_base64_lines;

codes! {
    /// Which messages get an envelope.
    pub enum SealJob {
        Encrypt = "encrypt", "Those in clear.";
        Reencrypt = "reencrypt", "Those that were encrypted, with what lay inside.";
    }
}

/// What new envelopes are made with; immutable, shared by all threads.
pub struct Sealer {
    /// Which messages.
    pub(crate) job: SealJob,
    targets: Vec<Target>,
    /// Positions of targets that every message is for.
    always: Vec<usize>,
    /// Positions of targets by address, lower case.
    by_address: HashMap<String, Vec<usize>, foldhash::fast::RandomState>,
    /// Whether recipients are looked for by address at all.
    looks_up: bool,
    /// Positions of targets by [`Target::name`].
    by_name: HashMap<String, usize, foldhash::fast::RandomState>,
    content: ContentChoice,
    transport: TransportChoice,
}

/// A message in its new envelope.
pub(crate) struct SealedMessage {
    /// The message.
    pub(crate) text: Vec<u8>,
    /// Whom it is for, as [`super::objects::recipient_texts`].
    pub(crate) recipients: Vec<String>,
    /// As [`super::objects::algorithm_texts`].
    pub(crate) algorithms: Vec<String>,
}

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
        let mut index: HashMap<String, Vec<usize>, _> = HashMap::default();
        for (address, position) in by_address.unwrap_or_default() {
            index.entry(address.to_lowercase()).or_default().push(position);
        }
        let names = targets.iter().enumerate().map(|(position, it)| (it.name.clone(), position));
        let by_name = names.collect();
        Self { job, targets, always, by_address: index, looks_up, by_name, content, transport }
    }

    /// A message with `header`, in clear or opened, with `entity` in an envelope for its recipients.
    pub(crate) fn seal(&self, message: &[u8], entity: &[u8]) -> Result<SealedMessage, NotSealed> {
        let header = read_header(message).ok_or(ObjectReason::HeaderUnreadable)?;
        let targets = self.targets_of(&header)?;
        let object = self.envelope(entity, &targets).ok_or(ObjectReason::TooLarge)?;
        let text = self.written(message, &header, &object).ok_or(ObjectReason::HeaderUnreadable)?;
        let mut recipients: Vec<String> = targets.iter().map(|it| it.name.clone()).collect();
        recipients.sort_unstable();
        let mut ways: Vec<String> =
            targets.iter().map(|it| it.key_encryption_name(self.transport)).collect();
        ways.sort_unstable();
        ways.dedup();
        let algorithms = [vec![self.content.code().to_owned()], ways].concat();
        Ok(SealedMessage { text, recipients, algorithms })
    }

    /// Whom a message goes to; who has no certificate is named.
    fn targets_of(&self, header: &Headers<'_>) -> Result<Vec<&Target>, NotSealed> {
        let mut positions = self.always.clone();
        let mut missing = Vec::new();
        if self.looks_up {
            for address in addresses(header, &[FieldName::To, FieldName::Cc, FieldName::Bcc]) {
                match self.by_address.get(&address.to_lowercase()) {
                    Some(found) => positions.extend(found),
                    None => missing.push(address),
                }
            }
            // Who wrote it may read it too, but need not.
            let writers = addresses(header, &[FieldName::From]);
            let of_writers =
                writers.iter().filter_map(|it| self.by_address.get(&it.to_lowercase()));
            if !positions.is_empty() {
                positions.extend(of_writers.flatten());
            }
        }
        if !missing.is_empty() {
            missing.sort_unstable();
            missing.dedup();
            return Err(NotSealed { reason: ObjectReason::NoCertificate, missing });
        }
        positions.sort_unstable();
        positions.dedup();
        let targets: Vec<&Target> =
            positions.iter().filter_map(|&it| self.targets.get(it)).collect();
        if targets.is_empty() { Err(ObjectReason::NoRecipient.into()) } else { Ok(targets) }
    }

    /// ContentInfo with an AuthEnvelopedData (RFC 5083 §2.1), or an EnvelopedData (RFC 5652 §6.1).
    fn envelope(&self, entity: &[u8], targets: &[&Target]) -> Option<Vec<u8>> {
        let encrypted = Encrypted::new(self.content, entity)?;
        let infos: Vec<Vec<u8>> = targets
            .iter()
            .map(|target| target.recipient_info(&encrypted.key, self.transport))
            .collect::<Option<_>>()?;
        Some(Self::object(&infos, targets, &encrypted.info, encrypted.tag.as_deref()))
    }

    /// The same of its parts: RecipientInfos, EncryptedContentInfo, and the tag where there is one.
    fn object(infos: &[Vec<u8>], targets: &[&Target], info: &[u8], tag: Option<&[u8]>) -> Vec<u8> {
        let version = match (tag, targets.iter().map(|it| it.kind()).max()) {
            (Some(_), _) | (None, None | Some(Kind::Transport)) => 0,
            (None, Some(Kind::Agreement)) => 2,
            (None, Some(Kind::Other)) => 3,
        };
        let version = element(Tag::INTEGER, &[&[version]]);
        let infos: Vec<&[u8]> = infos.iter().map(Vec::as_slice).collect();
        let infos = element(Tag::SET, &infos);
        let tag = tag.map(|tag| element(Tag::OCTET_STRING, &[tag]));
        let mut fields: Vec<&[u8]> = vec![&version, &infos, info];
        fields.extend(tag.as_deref());
        let content_type = match tag {
            Some(_) => oid::AUTH_ENVELOPED_DATA,
            None => oid::ENVELOPED_DATA,
        };
        cms_object(content_type, &element(Tag::SEQUENCE, &fields))
    }

    /// The header that was, with what an envelope needs (RFC 8551 §3.3, §3.4), and the envelope.
    fn written(&self, message: &[u8], header: &Headers<'_>, object: &[u8]) -> Option<Vec<u8>> {
        let end = line_break(header);
        let kind =
            if self.content.is_authenticated() { "authEnveloped-data" } else { "enveloped-data" };
        let mut written = kept_header(message, header)?;
        let content_type =
            format!("Content-Type: application/pkcs7-mime; smime-type={kind}; name=\"smime.p7m\"");
        let version = (!says_version(header)).then_some("MIME-Version: 1.0");
        let fields = [
            Some(&*content_type),
            Some("Content-Transfer-Encoding: base64"),
            Some("Content-Disposition: attachment; filename=\"smime.p7m\""),
            Some(""),
        ];
        for line in version.into_iter().chain(fields.into_iter().flatten()) {
            written.extend_from_slice(line.as_bytes());
            written.extend_from_slice(end);
        }
        let lines = encode_base64_lines(object);
        if end == b"\n" {
            written.extend(lines.iter().filter(|octet| **octet != b'\r'));
        } else {
            written.extend_from_slice(&lines);
        }
        Some(written)
    }
}

/// The addresses of fields, as they stand.
fn addresses(header: &Headers<'_>, names: &[FieldName]) -> Vec<String> {
    let bodies = names.iter().flat_map(|&name| header.all(name));
    let lists = bodies.map(parse_address_list);
    lists.flat_map(|list| list.addresses().map(str::to_owned).collect::<Vec<_>>()).collect()
}
