//! Open: every enveloped layer that names one of our keys → what lies inside, as texts and layers for the next turn.
//!
//! RULES 33: only recipients that name a key of ours are tried, and no more than a few; what comes out of a cipher without
//! integrity has to be mail or another CMS object, since a wrong key leaves right padding once in 256 times.

use std::ops::Range;

use bumpalo::Bump;
use hashbrown::HashMap;
use smimebatch_crypto::digest::Algorithm;
use smimebatch_crypto::mac::hmac;
use smimebatch_crypto::secret::Secret;

use crate::asn1::oid::{self, Oid};
use crate::cms::auth_enveloped_data::parse_auth_enveloped_data;
use crate::cms::compressed_data::parse_compressed_data;
use crate::cms::content_info::{parse_content_info, parse_inner_content};
use crate::cms::enveloped_data::{Envelope, parse_enveloped_data};
use crate::cms::signed_data::parse_signed_data;
#[cfg(doc)]
use crate::keys::HeldKey;
use crate::keys::Vault;
use crate::limits;
use crate::mail::header::parse_headers;
use crate::verify::context::Context;
use crate::verify::decode::add_inside;
use crate::verify::found::{Found, LayerId, MessageId, Object};
use crate::verify::vocabulary::{DecryptStatus, LimitHit};

use super::algorithms::Refusal;
use super::reuse::mark_reuse;
use super::seal::SealJob;
use super::sealed::Sealed;
use super::unwrap::{Wrapped, unwrap_many};
use super::writing::sealer_of;

/// What became of a layer with a vault at hand.
pub(crate) struct Opening<'a> {
    /// The word for it.
    pub(crate) status: DecryptStatus,
    /// The key that opened it ([`HeldKey::id`]).
    pub(crate) key_id: Option<String>,
    /// Positions of the recipients that name a key of ours, in order.
    pub(crate) ours: Vec<usize>,
    /// Positions of the recipients of ours whose wrapped key gave that very content key, in order. Whoever grafts a
    /// RecipientInfo into an envelope is named there, and not here.
    pub(crate) sharers: Vec<usize>,
    /// HMAC of the content key under the key of the run: equal where a content key was used twice. None too where keys of
    /// ours do not all give the same content key.
    pub(crate) key_mark: Option<[u8; 32]>,
    /// The content key, where it is to be given to others.
    pub(crate) content_key: Option<Secret>,
    /// What lay inside.
    content: Option<&'a [u8]>,
}

/// An enveloped layer, what a content key would open, and the recipients that name a key of ours.
struct Closed<'f, 'a> {
    id: LayerId,
    envelope: &'f Envelope<'a>,
    sealed: Result<Sealed<'f>, Refusal>,
    ours: Vec<usize>,
    tried: Vec<Wrapped<'f>>,
    /// Of each of them, the position of the recipient.
    positions: Vec<usize>,
    /// Not every key that is named is tried.
    is_cut: bool,
}

/// Opens what was decoded since the last turn; `arena` holds what comes out.
pub(crate) fn open<'a>(found: &mut Found<'a>, context: &Context<'_>, arena: &'a Bump) {
    let new = found.opened..found.decoded;
    found.opened = found.decoded;
    mark_reuse(found, &new);
    let Some(vault) = context.vault else { return };
    for (id, opening, cost) in open_layers(found, new, (vault, With::of(context)), arena) {
        let Some(layer) = found.layers.get_mut(id as usize) else { continue };
        let Object::Enveloped(envelope) = &layer.object else { continue };
        let (content_type, content) = (envelope.content.content_type, opening.content);
        let message = layer.message;
        layer.opening = Some(Box::new(opening));
        if let Some(message) = found.message_mut(message) {
            message.keys_left = message.keys_left.saturating_sub(cost.tried);
            if cost.is_cut {
                message.limits.insert(LimitHit::Keys);
            }
        }
        let Some(content) = content else { continue };
        if pays(found, message, content.len()) {
            found
                .layers
                .iter_mut()
                .skip(id as usize)
                .take(1)
                .for_each(|it| it.content = Some(content));
            add_inside(found, id, content_type, content);
        } else if let Some(opening) =
            found.layers.get_mut(id as usize).and_then(|layer| layer.opening.as_deref_mut())
        {
            opening.close(DecryptStatus::Limit);
        }
    }
}

/// What is wanted beside the content.
#[derive(Clone, Copy)]
struct With<'c> {
    /// Marks of content keys.
    proof_key: Option<&'c Secret>,
    /// The content keys.
    keeps_keys: bool,
}

impl<'c> With<'c> {
    fn of(context: &Context<'c>) -> Self {
        let rewraps = sealer_of(context).is_some_and(|it| it.job == SealJob::Rewrap);
        let keeps_keys = rewraps && !context.options.proves_mail;
        Self { proof_key: context.proof_key, keeps_keys }
    }
}

/// What opening a layer took from its message.
struct Cost {
    tried: usize,
    is_cut: bool,
}

impl Opening<'_> {
    /// Nothing came out of it.
    fn close(&mut self, status: DecryptStatus) {
        self.status = status;
        self.key_id = None;
        self.content_key = None;
        self.content = None;
    }
}

/// RULES 43: layers inside one another may each be as long as the message.
fn pays(found: &mut Found<'_>, message: u32, octets: usize) -> bool {
    let Some(message) = found.message_mut(message) else { return false };
    let left = message.decodable_bytes.checked_sub(octets);
    match left {
        Some(left) => message.decodable_bytes = left,
        None => message.limits.insert(LimitHit::DecodedBytes),
    }
    left.is_some()
}

/// All of them together, so that the private operations of a chunk come key by key.
fn open_layers<'a>(
    found: &Found<'a>,
    new: Range<usize>,
    (vault, with): (&Vault, With<'_>),
    arena: &'a Bump,
) -> Vec<(LayerId, Opening<'a>, Cost)> {
    let closed = closed_layers(found, new, vault);
    let wrapped: Vec<_> = closed.iter().flat_map(|it| it.tried.iter().copied()).collect();
    let mut keys = unwrap_many(&wrapped).into_iter();
    let mut opened = Vec::with_capacity(closed.len());
    for layer in &closed {
        let keys: Vec<_> = keys.by_ref().take(layer.tried.len()).collect();
        let cost = Cost { tried: layer.tried.len(), is_cut: layer.is_cut };
        opened.push((layer.id, layer.open(keys, with, arena), cost));
    }
    opened
}

fn closed_layers<'f, 'a>(
    found: &'f Found<'a>,
    new: Range<usize>,
    vault: &'f Vault,
) -> Vec<Closed<'f, 'a>> {
    let mut left: HashMap<MessageId, usize> = HashMap::new();
    let mut closed = Vec::new();
    for (id, layer) in (0..).zip(&found.layers).take(new.end).skip(new.start) {
        let Object::Enveloped(envelope) = &layer.object else { continue };
        let of_message = || found.messages.get(layer.message as usize).map_or(0, |it| it.keys_left);
        let left = left.entry(layer.message).or_insert_with(of_message);
        let sealed = Sealed::of(envelope, layer.authentication.as_ref());
        let mut one = Closed {
            id,
            envelope,
            sealed,
            ours: Vec::new(),
            tried: Vec::new(),
            positions: Vec::new(),
            is_cut: false,
        };
        one.find_keys(vault, (*left).min(limits::KEYS_PER_ENVELOPE));
        *left -= one.tried.len();
        closed.push(one);
    }
    closed
}

impl<'f> Closed<'f, '_> {
    /// RULES 33: the recipients that name a key of ours, in their order, and the first `most` of those keys.
    fn find_keys(&mut self, vault: &'f Vault, most: usize) {
        let expected_octets = self.sealed.as_ref().ok().and_then(Sealed::key_octets);
        for (position, recipient) in self.envelope.recipients.iter().enumerate() {
            let Ok(recipient) = recipient else { continue };
            let held = vault.find(&recipient.identifier);
            if !held.is_empty() {
                self.ours.push(position);
            }
            // One more than are tried tells that there are more; a message may name 100,000.
            let wrapped = held.iter().map(|it| Wrapped { recipient, key: it.key, expected_octets });
            self.tried.extend(wrapped.take((most + 1).saturating_sub(self.tried.len())));
            self.positions.resize(self.tried.len(), position);
        }
        self.is_cut = self.tried.len() > most;
        self.tried.truncate(most);
    }

    fn open<'a>(
        &self,
        keys: Vec<Result<Secret, Refusal>>,
        with: With<'_>,
        arena: &'a Bump,
    ) -> Opening<'a> {
        let mut opening = Opening {
            status: DecryptStatus::NoKey,
            key_id: None,
            ours: self.ours.clone(),
            sharers: Vec::new(),
            key_mark: None,
            content_key: None,
            content: None,
        };
        if self.ours.is_empty() {
            return opening;
        }
        // What is said of a failure hangs on what the message says in clear, and on no key (RULES 33).
        let is_had = |it: &Result<Secret, Refusal>| !matches!(it, Err(Refusal::Unsupported));
        opening.status = match &self.sealed {
            Err(Refusal::Unsupported) => DecryptStatus::Unsupported,
            _ if !keys.is_empty() && !keys.iter().any(is_had) => DecryptStatus::Unsupported,
            _ => DecryptStatus::Failed,
        };
        let Ok(sealed) = &self.sealed else { return opening };
        let are_one = |key: &Secret| keys.iter().all(|it| it.as_ref().is_ok_and(|it| it == key));
        let marks: Vec<_> = match with.proof_key {
            Some(proof_key) => keys
                .iter()
                .map(|it| it.as_ref().ok().filter(|it| are_one(it)))
                .map(|it| it.and_then(|it| mark_of(proof_key, it)))
                .collect(),
            None => Vec::new(),
        };
        let mut marks = marks.into_iter();
        let sharers_of = |key: &Secret, keys: &[Result<Secret, Refusal>]| -> Vec<usize> {
            let gave = keys.iter().map(|it| it.as_ref().is_ok_and(|it| it == key));
            let given = self.positions.iter().zip(gave).filter(|(_, gave)| *gave);
            let mut positions: Vec<usize> = given.map(|(position, _)| *position).collect();
            positions.dedup();
            positions
        };
        for (wrapped, key) in self.tried.iter().zip(&keys) {
            let mark = marks.next().flatten();
            let Ok(key) = key else { continue };
            let text = sealed.open(key);
            if let Some(text) = text.filter(|it| self.is_sound(sealed, it.as_bytes())) {
                opening.key_mark = mark;
                opening.sharers = sharers_of(key, &keys);
                opening.content_key = with.keeps_keys.then(|| key.duplicate());
                opening.status = DecryptStatus::Decrypted;
                opening.key_id = Some(wrapped.key.id().to_owned());
                opening.content = Some(arena.alloc_slice_copy(text.as_bytes()));
                return opening;
            }
        }
        opening
    }

    /// RULES 33: where nothing else shows that it was the right key, mail is text, and another content is of its type.
    fn is_sound(&self, sealed: &Sealed<'_>, text: &[u8]) -> bool {
        match self.envelope.content.content_type {
            _ if sealed.is_authenticated() => true,
            oid::DATA => is_entity(text) || is_plain_text(text),
            other => is_object(other, text),
        }
    }
}

fn mark_of(proof_key: &Secret, key: &Secret) -> Option<[u8; 32]> {
    let code = hmac(Algorithm::Sha256, proof_key.as_bytes(), &[key.as_bytes()])?;
    code.as_bytes().try_into().ok()
}

/// Whether `text` begins as text does that has no header: 32 octets of it, as octets by chance are once in 10^13 times.
fn is_plain_text(text: &[u8]) -> bool {
    const BEGINNING: usize = 32;
    let is_text = |octet: &u8| matches!(octet, b'\t' | b'\r' | b'\n' | b' '..=b'~');
    text.get(..BEGINNING).is_some_and(|it| it.iter().all(is_text))
}

/// Whether `text` begins with a header field in a line of text, as octets by chance do once in ten million times.
fn is_entity(text: &[u8]) -> bool {
    const SHORTEST: usize = 6;
    let line = text.split(|octet| *octet == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let is_text = line.iter().all(|octet| matches!(octet, b'\t' | b' '..=b'~'));
    let headers = parse_headers(text, limits::HEADER_BYTES, 1);
    let is_first = headers.fields().first().is_some_and(|field| field.name_range.start == 0);
    is_text && is_first && line.len() >= SHORTEST
}

/// Whether `text` is a CMS object of a type that may lie inside another.
fn is_object(content_type: Oid<'_>, text: &[u8]) -> bool {
    let parsed = parse_content_info(text).or_else(|_| parse_inner_content(content_type, text));
    parsed.is_ok_and(|(info, _)| match info.content_type {
        oid::SIGNED_DATA => parse_signed_data(&info).is_ok(),
        oid::ENVELOPED_DATA => parse_enveloped_data(&info).is_ok(),
        oid::AUTH_ENVELOPED_DATA => parse_auth_enveloped_data(&info).is_ok(),
        oid::COMPRESSED_DATA => parse_compressed_data(&info).is_ok(),
        _ => false,
    })
}
