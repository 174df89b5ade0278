//! Open: every enveloped layer that names one of our keys → what lies inside, as texts and layers for the next turn.
//!
//! RULES 33: only recipients that name a key of ours are tried, and no more than a few; what comes out of a cipher without
//! integrity has to be mail or another CMS object, since a wrong key leaves right padding once in 256 times.

use std::ops::Range;

use bumpalo::Bump;
use smimebatch_crypto::secret::Secret;

use crate::asn1::oid::{self, Oid};
use crate::cms::auth_enveloped_data::parse_auth_enveloped_data;
use crate::cms::compressed_data::parse_compressed_data;
use crate::cms::content_info::{parse_content_info, parse_inner_content};
use crate::cms::enveloped_data::{Envelope, parse_enveloped_data};
use crate::cms::signed_data::parse_signed_data;
use crate::keys::{HeldKey, Vault};
use crate::limits;
use crate::mail::header::parse_headers;
use crate::verify::decode::add_inside;
use crate::verify::found::{Found, Layer, LayerId, Object};
use crate::verify::vocabulary::{DecryptStatus, LimitHit};

use super::algorithms::Refusal;
use super::sealed::Sealed;
use super::unwrap::{Wrapped, unwrap_many};

/// What became of a layer with a vault at hand.
pub(crate) struct Opening<'a> {
    /// The word for it.
    pub(crate) status: DecryptStatus,
    /// The key that opened it ([`HeldKey::id`]).
    pub(crate) key_id: Option<String>,
    /// Positions of the recipients that name a key of ours.
    pub(crate) ours: Vec<usize>,
    /// What lay inside.
    content: Option<&'a [u8]>,
}

/// A recipient of a layer and a key that it names.
struct Attempt<'f> {
    layer: LayerId,
    position: usize,
    wrapped: Wrapped<'f>,
}

/// Opens what was decoded since the last turn; `arena` holds what comes out.
pub(crate) fn open<'a>(found: &mut Found<'a>, vault: Option<&Vault>, arena: &'a Bump) {
    let Some(vault) = vault else { return };
    let new = found.opened..found.decoded;
    found.opened = found.decoded;
    let openings = open_layers(found, new, vault, arena);
    for (id, opening) in openings {
        let Some(layer) = found.layers.get_mut(id as usize) else { continue };
        let content = opening.content;
        let content_type = match &layer.object {
            Object::Enveloped(envelope) => envelope.content.content_type,
            _ => continue,
        };
        layer.content = content;
        let message = layer.message;
        layer.opening = Some(Box::new(opening));
        let Some(content) = content else { continue };
        if pays(found, message, content.len()) {
            add_inside(found, id, content_type, content);
        } else if let Some(layer) = found.layers.get_mut(id as usize) {
            layer.opening = Some(Box::new(Opening::closed(DecryptStatus::Limit)));
            layer.content = None;
        }
    }
}

impl Opening<'_> {
    fn closed(status: DecryptStatus) -> Self {
        Self { status, key_id: None, ours: Vec::new(), content: None }
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

fn open_layers<'a>(
    found: &Found<'a>,
    new: Range<usize>,
    vault: &Vault,
    arena: &'a Bump,
) -> Vec<(LayerId, Opening<'a>)> {
    let enveloped = (0..).zip(&found.layers).take(new.end).skip(new.start);
    let sealed: Vec<_> = enveloped
        .filter_map(|(id, layer)| match &layer.object {
            Object::Enveloped(envelope) => {
                Some((id, layer, &**envelope, Sealed::of(envelope, layer.authentication.as_ref())))
            }
            _ => None,
        })
        .collect();
    let attempts: Vec<Attempt<'_>> = sealed
        .iter()
        .flat_map(|(id, _, envelope, sealed)| {
            let expected = sealed.as_ref().ok().and_then(Sealed::key_octets);
            attempts_of(*id, envelope, expected, vault)
        })
        .collect();
    let wrapped: Vec<_> = attempts.iter().map(|attempt| attempt.wrapped).collect();
    let mut keys = attempts.iter().zip(unwrap_many(&wrapped)).peekable();
    let opened = sealed.iter().map(|(id, layer, _, sealed)| {
        let mut tried = Vec::new();
        while let Some(attempt) = keys.next_if(|(attempt, _)| attempt.layer == *id) {
            tried.push(attempt);
        }
        (*id, open_layer(layer, sealed, tried, arena))
    });
    opened.collect()
}

/// RULES 33: the recipients that name a key of ours, in their order, up to [`limits::KEYS_PER_ENVELOPE`].
fn attempts_of<'f>(
    layer: LayerId,
    envelope: &'f Envelope<'_>,
    expected_octets: Option<usize>,
    vault: &'f Vault,
) -> Vec<Attempt<'f>> {
    let mut attempts = Vec::new();
    for (position, recipient) in envelope.recipients.iter().enumerate() {
        let Ok(recipient) = recipient else { continue };
        for held in vault.find(&recipient.identifier) {
            let key: &HeldKey = held.key;
            let wrapped = Wrapped { recipient, key, expected_octets };
            attempts.push(Attempt { layer, position, wrapped });
        }
        if attempts.len() >= limits::KEYS_PER_ENVELOPE {
            break;
        }
    }
    attempts.truncate(limits::KEYS_PER_ENVELOPE);
    attempts
}

fn open_layer<'a>(
    layer: &Layer<'_>,
    sealed: &Result<Sealed<'_>, Refusal>,
    tried: Vec<(&Attempt<'_>, Result<Secret, Refusal>)>,
    arena: &'a Bump,
) -> Opening<'a> {
    let mut opening = Opening::closed(DecryptStatus::NoKey);
    opening.ours = tried.iter().map(|(attempt, _)| attempt.position).collect();
    opening.ours.dedup();
    if tried.is_empty() {
        return opening;
    }
    let Ok(sealed) = sealed else {
        opening.status = status_of(sealed.as_ref().err().copied());
        return opening;
    };
    let mut refusal = None;
    for (attempt, key) in tried {
        match key {
            Ok(key) => {
                let text = sealed.open(&key);
                if let Some(text) = text.filter(|text| is_sound(layer, sealed, text.as_bytes())) {
                    opening.status = DecryptStatus::Decrypted;
                    opening.key_id = Some(attempt.wrapped.key.id().to_owned());
                    opening.content = Some(arena.alloc_slice_copy(text.as_bytes()));
                    return opening;
                }
                refusal = Some(Refusal::Failed);
            }
            Err(found) => refusal = refusal.or(Some(found)),
        }
    }
    opening.status = status_of(refusal);
    opening
}

/// One face for every failure but an algorithm that is not had, which the message says in clear.
const fn status_of(refusal: Option<Refusal>) -> DecryptStatus {
    match refusal {
        Some(Refusal::Unsupported) => DecryptStatus::Unsupported,
        _ => DecryptStatus::Failed,
    }
}

/// RULES 33: where nothing else shows that it was the right key, mail begins with a header field, and another content is
/// of its type.
fn is_sound(layer: &Layer<'_>, sealed: &Sealed<'_>, text: &[u8]) -> bool {
    if sealed.is_authenticated() {
        return true;
    }
    let Object::Enveloped(envelope) = &layer.object else { return false };
    match envelope.content.content_type {
        oid::DATA => is_entity(text),
        other => is_object(other, text),
    }
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
