//! Open: every enveloped layer that names one of our keys → what lies inside, as texts and layers for the next turn.

use std::ops::Range;

use bumpalo::Bump;
use hashbrown::HashMap;

use crate::keys::Vault;
use crate::limits;
use crate::verify::context::Context;
use crate::verify::decode::add_inside;
use crate::verify::found::{Found, LayerId, MessageId, Object};
use crate::verify::vocabulary::{DecryptStatus, LimitHit};

use super::closed::{Closed, Opening, With};
use super::reuse::mark_reuse;
use super::unwrap::unwrap_many;

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
            message.keys_tried += cost.tried;
            if cost.is_cut {
                message.limits.insert(LimitHit::Keys);
            }
            // What lies inside was not looked into: whether somebody signed it is not known.
            if cost.is_large {
                message.limits.insert(LimitHit::MessageBytes);
                message.unjudged_inside = true;
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

/// What opening a layer took from its message.
struct Cost {
    tried: usize,
    is_cut: bool,
    /// It opened, and is not held.
    is_large: bool,
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
    let closed = closed_layers(found, new, vault, with.most_keys());
    let wrapped: Vec<_> = closed.iter().flat_map(|it| it.tried.iter().copied()).collect();
    let mut keys = unwrap_many(&wrapped).into_iter();
    let mut opened = Vec::with_capacity(closed.len());
    for layer in &closed {
        let keys: Vec<_> = keys.by_ref().take(layer.tried.len()).collect();
        let (opening, gave_up) = layer.open(keys, with, arena);
        let is_large = opening.large.is_some();
        let is_cut = layer.is_cut || gave_up;
        let cost = Cost { tried: layer.tried.len(), is_cut, is_large };
        opened.push((layer.id, opening, cost));
    }
    opened
}

fn closed_layers<'f, 'a>(
    found: &'f Found<'a>,
    new: Range<usize>,
    vault: &'f Vault,
    most_keys: usize,
) -> Vec<Closed<'f, 'a>> {
    let mut tried: HashMap<MessageId, usize> = HashMap::new();
    let mut iterations = iterations_before(found, new.start, vault);
    let mut closed = Vec::new();
    for (id, layer) in (0..).zip(&found.layers).take(new.end).skip(new.start) {
        let Object::Enveloped(envelope) = &layer.object else { continue };
        let message = found.messages.get(layer.message as usize);
        let tried = tried.entry(layer.message);
        let tried = tried.or_insert_with(|| message.map_or(0, |it| it.keys_tried));
        let mut one = Closed::new(id, layer, envelope);
        let asked = iterations.entry(layer.message).or_default();
        let iterations_left = limits::PASSWORD_ITERATIONS_PER_MESSAGE.saturating_sub(*asked);
        let left = (most_keys * limits::KEYS_PER_MESSAGE_RATIO).saturating_sub(*tried);
        one.find_keys(vault, most_keys.min(left), iterations_left);
        *tried += one.tried.len();
        *asked += one.iterations;
        closed.push(one);
    }
    closed
}

/// Iterations that the layers before the `first` have asked for, message by message; nothing without passwords.
fn iterations_before(found: &Found<'_>, first: usize, vault: &Vault) -> HashMap<MessageId, u64> {
    let mut asked = HashMap::new();
    let layers = found.layers.iter().take(first).filter(|_| !vault.shared().passwords().is_empty());
    for layer in layers {
        if let Some(opening) = layer.opening.as_deref().filter(|it| it.iterations > 0) {
            *asked.entry(layer.message).or_default() += opening.iterations;
        }
    }
    asked
}
