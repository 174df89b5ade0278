//! Sign: messages → messages under a signature of whoever wrote them.
//!
//! ```text
//!  message ─▶ signatory: whose certificate names the address in From          (signatory, choice, this file)
//!     entity ─▶ one that survives transport, or all of it inside the signature (transport_safe, quoted_printable)
//!        ─▶ attributes ─▶ the signatures of a chunk, key by key                (signed_data, smimebatch-crypto)
//!           ─▶ a message with the header that was, and the signature           (message)
//!
//!  and, when it has been read again: whether it is what would be written       (rebuild)
//! ```
//!
//! Signatories are checked once, before anything is read. Who writes `From` into a message is anybody: that it is signed
//! says that the operator vouches for it.

mod choice;
mod manner;
mod message;
mod quoted_printable;
mod rebuild;
mod signatory;
mod signed_data;
mod transport_safe;

use hashbrown::HashMap;
use smimebatch_crypto::digest;
use smimebatch_crypto::signature::Input;
use smimebatch_crypto::signing::{self, Job};

pub use self::choice::{DigestChoice, RsaPadding, SignAs, SignedForm};
pub use self::manner::Manner;
pub(super) use self::rebuild::prove;
pub use self::signatory::{Signatory, Unfit, chain_of};
use self::signed_data::{signed_attributes, signed_data};
use self::transport_safe::transport_safe;
use super::entity::{
    entity_of_message, is_of_content, line_break, plaintext_hmac, read_header, read_plain_header,
    stored_entity_of_message,
};
use super::objects::ObjectReason;
use super::seal::NotSealed;
use super::writing::{is_signed_whole, plain_of, speaks_for_all};
use super::written::{Output, Said, Written};
use crate::cms::algorithms::digest_name;
use crate::limits;
use crate::mail::content_type::parse_content_type;
use crate::mail::field_name::FieldName;
use crate::mail::from::parse_from;
use crate::mail::header::Headers;
use crate::mail::mailbox::Spellings;
use crate::verdict::address::{CertifiedAddress, match_addresses};
use crate::verdict::facts::AddressMatch;
use crate::verify::context::Context;
use crate::verify::found::{Found, LayerId, MessageId};
use crate::x509::addresses::AddressKind;

/// What messages are signed with; immutable, shared by all threads.
pub struct Signer {
    signatories: Vec<Signatory>,
    /// Positions of signatories by [`address_key`]: those among whom the one of an address is.
    by_address: HashMap<String, Vec<usize>, foldhash::fast::RandomState>,
    /// Positions of signatories by [`Signatory::name`].
    by_name: HashMap<String, usize, foldhash::fast::RandomState>,
    form: SignedForm,
    signs_as: SignAs,
    /// Whether what is signed already gets a signature around that.
    resigns: bool,
}

impl Signer {
    /// Signs with the first of `signatories` whose certificate names everybody in From; with [`SignAs::Any`] and where
    /// there is none, with the first of all.
    #[must_use]
    pub fn new(signatories: Vec<Signatory>, manner: &Manner) -> Self {
        let &Manner { form, signs_as, resigns, .. } = manner;
        let mut by_address: HashMap<String, Vec<usize>, _> = HashMap::default();
        for (position, signatory) in signatories.iter().enumerate() {
            for address in &signatory.certificate.addresses {
                if let Some(key) = address_key(&address.text) {
                    by_address.entry(key).or_default().push(position);
                }
            }
        }
        let names = signatories.iter().enumerate().map(|(at, it)| (it.name.clone(), at));
        let by_name = names.collect();
        Self { signatories, by_address, by_name, form, signs_as, resigns }
    }

    /// As [`crate::keys::Vault::gone_keys`].
    pub(crate) fn gone_keys(&self) -> Option<String> {
        self.signatories.iter().find_map(|it| it.key.private_key().holder_failure())
    }

    /// Who signs a message; who writes without a certificate is named.
    fn signatory_of(&self, header: &Headers<'_>) -> Result<&Signatory, Vec<String>> {
        let from = parse_from(header);
        // RULES 21: what readers take for different senders is nobody's to sign.
        let is_usable = from.is_usable();
        let addresses: Vec<&str> = from.addresses.iter().map(String::as_str).collect();
        let key = addresses.first().filter(|_| is_usable).and_then(|it| address_key(it));
        let candidates = key.and_then(|key| self.by_address.get(&key));
        let mut own = candidates.into_iter().flatten().filter_map(|&at| self.signatories.get(at));
        match own.find(|it| it.names_all(&addresses)) {
            Some(signatory) => Ok(signatory),
            None if self.signs_as == SignAs::Any => self.signatories.first().ok_or_else(Vec::new),
            None => Err(from.addresses),
        }
    }
}

impl Signatory {
    /// RULES 20: whether the certificate names every one of the addresses.
    fn names_all(&self, addresses: &[&str]) -> bool {
        if self.certificate.has_too_many_addresses() {
            return false;
        }
        let certified = self.certificate.addresses.iter().map(|it| CertifiedAddress {
            text: &it.text,
            is_smtp_utf8: it.kind == AddressKind::SmtpUtf8,
            contains_nul: it.contains_nul,
        });
        let (certified, from) = (certified.collect(), addresses.iter().copied().collect());
        match_addresses(&certified, &from, None).0 == AddressMatch::From
    }
}

/// The same for addresses that [`match_addresses`] may take for one; what it is not it says.
fn address_key(address: &str) -> Option<String> {
    Some(Spellings::of(address)?.folded)
}

/// A message on its way to its signature.
struct Prepared<'s, 'a> {
    message: &'a [u8],
    signatory: &'s Signatory,
    form: SignedForm,
    /// Whether it should have been signed in clear, and cannot.
    was_to_be_clear: bool,
    /// What the signature is over.
    entity: Vec<u8>,
    encoded: Vec<String>,
    attributes: Vec<u8>,
    /// Digest of the attributes, where the scheme takes one.
    digest: Option<digest::Digest>,
}

/// Writes the messages of a chunk, `layers` being those of each.
pub(super) fn write_all<'f, 'a>(
    found: &'f Found<'a>,
    layers: &[Vec<LayerId>],
    signer: &Signer,
    context: &Context<'_>,
) -> Vec<Written<'f, 'a>> {
    let prepared: Vec<Result<Prepared<'_, 'a>, NotSealed>> =
        (0..).zip(layers).map(|(id, layers)| prepare(found, (id, layers), signer)).collect();
    let pieces: Vec<[&[u8]; 1]> =
        prepared.iter().flatten().map(|it| [it.attributes.as_slice()]).collect();
    let jobs: Vec<Job<'_>> = prepared
        .iter()
        .flatten()
        .zip(&pieces)
        .map(|(it, pieces)| Job {
            key: it.signatory.key.private_key(),
            scheme: it.signatory.way.scheme,
            input: match &it.digest {
                Some(digest) => Input::Digest(digest.as_bytes()),
                None => Input::Message(pieces),
            },
        })
        .collect();
    let mut values = signing::sign(&jobs).into_iter();
    let all = found.messages.iter().zip(prepared);
    all.map(|(message, prepared)| match prepared {
        Ok(prepared) => prepared.written(values.next().flatten().as_deref(), context),
        Err(why) => Written::as_it_was(Output::stored(message.stored.raw), false, why),
    })
    .collect()
}

/// The message, its signatory, and what is to be signed; or why it is not.
fn prepare<'s, 'a>(
    found: &Found<'a>,
    (id, layers): (MessageId, &[LayerId]),
    signer: &'s Signer,
) -> Result<Prepared<'s, 'a>, NotSealed> {
    // What holds a lock already is left as it is: a signature over ciphertext says nothing about what a reader reads.
    let message = plain_of(found, id, layers)?;
    speaks_for_all(found, id)?;
    let header = read_plain_header(message).ok_or(ObjectReason::HeaderUnreadable)?;
    let kind = header.first(FieldName::ContentType).map(parse_content_type);
    let is = |wanted: &str| kind.as_ref().is_some_and(|it| it.media_type == wanted);
    if is("multipart/encrypted") {
        return Err(ObjectReason::AlreadyEncrypted.into());
    }
    let is_signed = layers.iter().any(|&id| found.layer(id).is_some_and(is_signed_whole));
    if (is_signed || is("multipart/signed")) && !signer.resigns {
        return Err(ObjectReason::AlreadySigned.into());
    }
    // RFC 8551 §3.1: a message that is all that was signed is taken for the one around it, with the header of its own.
    if is("message/rfc822") || is("message/global") {
        return Err(ObjectReason::NotCovered.into());
    }
    let signatory = signer
        .signatory_of(&header)
        .map_err(|missing| NotSealed { reason: ObjectReason::NoSigner, missing })?;
    let is_lf = line_break(&header) == b"\n";
    let safe = Some(()).filter(|()| signer.form == SignedForm::Clear);
    let safe = safe.and_then(|()| {
        transport_safe(&stored_entity_of_message(message, &header, is_of_content), is_lf)
    });
    let (form, entity, encoded) = match safe {
        Some(safe) => (SignedForm::Clear, safe.entity, safe.encoded),
        None => {
            (SignedForm::Opaque, entity_of_message(message, &header, is_of_content), Vec::new())
        }
    };
    let way = &signatory.way;
    let content_digest = digest::one(way.digest, &entity);
    let attributes = signed_attributes(signatory, content_digest.as_bytes());
    let digest = way.takes_digest.then(|| digest::one(way.digest, &attributes));
    let was_to_be_clear = form != signer.form;
    Ok(Prepared { message, signatory, form, was_to_be_clear, entity, encoded, attributes, digest })
}

impl<'a> Prepared<'_, 'a> {
    /// The message with the value of its signature.
    fn written<'f>(&self, value: Option<&[u8]>, context: &Context<'_>) -> Written<'f, 'a>
    where
        'a: 'f,
    {
        let text = value.and_then(|value| self.text(value)).ok_or(ObjectReason::Unsupported);
        let fits = |text: &Vec<u8>| text.len() <= limits::MESSAGE_BYTES;
        let text = text.and_then(|it| if fits(&it) { Ok(it) } else { Err(ObjectReason::TooLarge) });
        let text = match text {
            Ok(text) => text,
            Err(why) => {
                let stored = Output::stored(Some(self.message));
                return Written::as_it_was(stored, false, why.into());
            }
        };
        let hmac = |key| plaintext_hmac(key, self.message, &self.entity);
        let said = Said {
            reason: self.was_to_be_clear.then_some(ObjectReason::MadeOpaque),
            plaintext_hmac: context.proof_key.and_then(hmac),
            signer: Some(self.signatory.name.clone()),
            transfer_encoded: self.encoded.clone(),
            algorithms_after: algorithms_of(self.signatory),
            ..Said::written()
        };
        Written::new(Output::New(text), Some(said))
    }

    fn text(&self, value: &[u8]) -> Option<Vec<u8>> {
        text_of(self.message, (self.form, self.signatory), (&self.entity, &self.attributes), value)
    }
}

/// A message with `header`, signed.
fn text_of(
    message: &[u8],
    (form, signatory): (SignedForm, &Signatory),
    (entity, attributes): (&[u8], &[u8]),
    value: &[u8],
) -> Option<Vec<u8>> {
    let content = (form == SignedForm::Opaque).then_some(entity);
    let object = signed_data(signatory, attributes, value, content);
    let header = read_header(message)?;
    message::written(message, &header, (form, &signatory.way), (entity, &object))
}

/// Digest and signature algorithm, by name.
fn algorithms_of(signatory: &Signatory) -> Vec<String> {
    let way = &signatory.way;
    vec![digest_name(way.digest).to_owned(), way.signature_name.to_owned()]
}
