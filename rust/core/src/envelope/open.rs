//! Open: every enveloped layer that names one of our keys → what lies inside, as texts and layers for the next turn.
//!
//! RULES 33: only recipients that name a key of ours are tried, and no more than a few; what comes out of a cipher without
//! integrity has to be mail or another CMS object, since a wrong key leaves right padding once in 256 times. A recipient by
//! password names nothing, so that every password is tried, as far as iterations go that its message may ask for.

use std::ops::Range;

use bumpalo::Bump;
use hashbrown::HashMap;
use smimebatch_crypto::digest::Algorithm;
use smimebatch_crypto::mac::hmac;
use smimebatch_crypto::secret::Secret;

use crate::asn1::oid;
use crate::cms::enveloped_data::Envelope;
use crate::cms::recipient_info::{Recipient, RecipientKind};
#[cfg(doc)]
use crate::keys::HeldKey;
use crate::keys::Vault;
use crate::limits;
use crate::verify::context::Context;
use crate::verify::decode::add_inside;
use crate::verify::found::{Found, LayerId, MessageId, Object};
use crate::verify::outline::Outline;
use crate::verify::vocabulary::{DecryptStatus, LimitHit};

use super::algorithms::Refusal;
use super::large::{self, OpenedContent, Streamed};
use super::password::PasswordWrap;
use super::reuse::mark_reuse;
use super::seal::SealJob;
use super::sealed::Sealed;
use super::sound::is_sound;
use super::unwrap::{OurKey, Wrapped, unwrap_many};
use super::writing::sealer_of;

/// A recipient whose wrapped key gave the content key.
pub(crate) struct Sharer {
    pub(crate) position: usize,
    /// The id of the key of ours that unwrapped it.
    pub(crate) key: String,
}

/// What became of a layer with a vault at hand.
pub(crate) struct Opening<'a> {
    /// The word for it.
    pub(crate) status: DecryptStatus,
    /// The key that opened it ([`HeldKey::id`] and its like).
    pub(crate) key_id: Option<String>,
    /// Positions of the recipients that name a key of ours, or whose password is proved to be ours, in order.
    pub(crate) ours: Vec<usize>,
    /// The recipients of ours whose wrapped key gave that very content key, in order. Whoever grafts a RecipientInfo into
    /// an envelope is named there, and not here.
    pub(crate) sharers: Vec<Sharer>,
    /// HMAC of the content key under the key of the run: equal where a content key was used twice. None too where keys of
    /// ours do not all give the same content key.
    pub(crate) key_mark: Option<[u8; 32]>,
    /// The content key, where it is to be given to others.
    pub(crate) content_key: Option<Secret>,
    /// What lay inside.
    content: Option<&'a [u8]>,
    /// The same, where it is not held.
    pub(crate) large: Option<OpenedContent>,
    /// Iterations asked for by its recipients by password.
    iterations: u64,
}

/// An enveloped layer, what a content key would open, and the recipients that name a key of ours.
struct Closed<'f, 'a> {
    id: LayerId,
    envelope: &'f Envelope<'a>,
    sealed: Result<Sealed<'f>, Refusal>,
    /// The content, where it is not held.
    streamed: Option<(&'f Streamed, &'a Outline<'a>)>,
    ours: Vec<usize>,
    tried: Vec<Wrapped<'f>>,
    /// Of each of them, the position of the recipient.
    positions: Vec<usize>,
    /// Not every key that is named is tried, or not every password.
    is_cut: bool,
    /// There are passwords for a recipient of it.
    has_passwords: bool,
    /// Iterations that they ask for.
    iterations: u64,
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
    /// It opened, and is not held.
    is_large: bool,
}

impl Opening<'_> {
    /// Nothing came out of it.
    fn close(&mut self, status: DecryptStatus) {
        self.status = status;
        self.key_id = None;
        self.content_key = None;
        self.content = None;
        self.large = None;
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
        let opening = layer.open(keys, with, arena);
        let is_large = opening.large.is_some();
        let cost = Cost { tried: layer.tried.len(), is_cut: layer.is_cut, is_large };
        opened.push((layer.id, opening, cost));
    }
    opened
}

fn closed_layers<'f, 'a>(
    found: &'f Found<'a>,
    new: Range<usize>,
    vault: &'f Vault,
) -> Vec<Closed<'f, 'a>> {
    let mut left: HashMap<MessageId, usize> = HashMap::new();
    let mut iterations = iterations_before(found, new.start, vault);
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
            streamed: layer.streamed.as_deref().zip(layer.outline),
            ours: Vec::new(),
            tried: Vec::new(),
            positions: Vec::new(),
            is_cut: false,
            has_passwords: false,
            iterations: 0,
        };
        let asked = iterations.entry(layer.message).or_default();
        let iterations_left = limits::PASSWORD_ITERATIONS_PER_MESSAGE.saturating_sub(*asked);
        let most = match one.streamed {
            Some(_) => limits::KEYS_PER_LARGE_ENVELOPE,
            None => limits::KEYS_PER_ENVELOPE,
        };
        one.find_keys(vault, (*left).min(most), iterations_left);
        *left -= one.tried.len();
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

impl<'f, 'a> Closed<'f, 'a> {
    /// RULES 33: the recipients that name a key of ours, in their order, and the first `most` of those keys; of recipients by
    /// password every password.
    fn find_keys(&mut self, vault: &'f Vault, most: usize, iterations_left: u64) {
        let expected_octets = self.sealed.as_ref().ok().and_then(Sealed::key_octets);
        let envelope = self.envelope;
        for (position, recipient) in envelope.recipients.iter().enumerate() {
            let Ok(recipient) = recipient else { continue };
            // One more than are tried tells that there are more; a message may name 100,000.
            let room = (most + 1).saturating_sub(self.tried.len());
            let keys = match recipient.kind {
                RecipientKind::Password => self.passwords(vault, recipient, room, iterations_left),
                _ => OurKey::named_by(recipient, vault),
            };
            if keys.iter().any(|key| key.is_named()) {
                self.ours.push(position);
            }
            let wrapped = keys.into_iter().map(|key| Wrapped { recipient, key, expected_octets });
            self.tried.extend(wrapped.take(room));
            self.positions.resize(self.tried.len(), position);
        }
        self.is_cut |= self.tried.len() > most;
        self.tried.truncate(most);
    }

    /// The passwords for a recipient, as many as there is `room` for and as iterations go.
    fn passwords(
        &mut self,
        vault: &'f Vault,
        recipient: &Recipient<'a>,
        room: usize,
        iterations_left: u64,
    ) -> Vec<OurKey<'f>> {
        let passwords = vault.shared().passwords();
        self.has_passwords |= !passwords.is_empty();
        if passwords.is_empty() || room == 0 {
            return Vec::new();
        }
        let each = match PasswordWrap::of(recipient) {
            Ok(wrap) => u64::from(wrap.derivation.iterations),
            // RULES 43: what asks for too much is not begun.
            Err(Refusal::Limit) => u64::MAX,
            Err(_) => 0,
        };
        let mut keys = Vec::new();
        for password in passwords.iter().take(room) {
            let iterations = self.iterations.saturating_add(each);
            if iterations > iterations_left {
                self.is_cut = true;
                break;
            }
            self.iterations = iterations;
            keys.push(OurKey::Password(password));
        }
        keys
    }

    fn open<'o>(
        &self,
        keys: Vec<Result<Secret, Refusal>>,
        with: With<'_>,
        arena: &'o Bump,
    ) -> Opening<'o> {
        let mut opening = Opening {
            status: DecryptStatus::NoKey,
            key_id: None,
            ours: self.ours.clone(),
            sharers: Vec::new(),
            key_mark: None,
            content_key: None,
            content: None,
            large: None,
            iterations: self.iterations,
        };
        if self.ours.is_empty() && !self.has_passwords {
            return opening;
        }
        // What is said of a failure hangs on what the message says in clear, and on no key (RULES 33).
        let is_had = |it: &Result<Secret, Refusal>| !matches!(it, Err(Refusal::Unsupported));
        opening.status = match &self.sealed {
            Err(Refusal::Unsupported) => DecryptStatus::Unsupported,
            _ if !keys.is_empty() && !keys.iter().any(is_had) => DecryptStatus::Unsupported,
            _ if keys.is_empty() => DecryptStatus::Limit,
            // A CMS object that is not held would have to be looked into to be told from octets by chance.
            _ if self.streamed.is_some() && !self.holds_entity() => DecryptStatus::Limit,
            _ => DecryptStatus::Failed,
        };
        let Ok(sealed) = &self.sealed else { return opening };
        if self.streamed.is_some() && !self.holds_entity() {
            return opening;
        }
        let are_one = |key: &Secret| self.are_one(&keys, key);
        let marks: Vec<_> = match with.proof_key {
            Some(proof_key) => keys
                .iter()
                .map(|it| it.as_ref().ok().filter(|it| are_one(it)))
                .map(|it| it.and_then(|it| mark_of(proof_key, it)))
                .collect(),
            None => Vec::new(),
        };
        let mut marks = marks.into_iter();
        let sharers_of = |key: &Secret, keys: &[Result<Secret, Refusal>]| -> Vec<Sharer> {
            let gave = keys.iter().map(|it| it.as_ref().is_ok_and(|it| it == key));
            let tried = self.positions.iter().zip(&self.tried).zip(gave).filter(|(_, gave)| *gave);
            let sharer = |((position, wrapped), _): ((&usize, &Wrapped<'_>), bool)| Sharer {
                position: *position,
                key: wrapped.key.id().to_owned(),
            };
            tried.map(sharer).collect()
        };
        for (wrapped, key) in self.tried.iter().zip(&keys) {
            let mark = marks.next().flatten();
            let Ok(key) = key else { continue };
            if let Some(text) = self.text(sealed, key, with) {
                opening.key_mark = mark;
                opening.sharers = sharers_of(key, &keys);
                opening.ours.extend(opening.sharers.iter().map(|it| it.position));
                opening.ours.sort_unstable();
                opening.ours.dedup();
                opening.content_key = with.keeps_keys.then(|| key.duplicate());
                opening.status = DecryptStatus::Decrypted;
                opening.key_id = Some(wrapped.key.id().to_owned());
                match text {
                    Text::Held(text) => {
                        opening.content = Some(arena.alloc_slice_copy(text.as_bytes()));
                    }
                    Text::Large(text) => opening.large = Some(text),
                }
                return opening;
            }
        }
        opening
    }

    /// What a content key opens, if it is the right one.
    fn text(&self, sealed: &Sealed<'_>, key: &Secret, with: With<'_>) -> Option<Text> {
        match self.streamed {
            None => {
                let text = sealed.open(key)?;
                self.is_sound(sealed, text.as_bytes()).then_some(Text::Held(text))
            }
            Some(streamed) => {
                let text = large::open(streamed, sealed, key, with.proof_key)?;
                self.is_sound(sealed, &text.beginning).then_some(Text::Large(text))
            }
        }
    }

    fn holds_entity(&self) -> bool {
        self.envelope.content.content_type == oid::DATA
    }

    /// Whether every key that is named gives the content key `one`, and of the passwords one for every recipient, and none
    /// another.
    fn are_one(&self, keys: &[Result<Secret, Refusal>], one: &Secret) -> bool {
        let gives =
            |at: usize| keys.get(at).is_some_and(|it| it.as_ref().is_ok_and(|it| it == one));
        let is_given = |position: &usize| {
            let mut others = self.positions.iter().enumerate();
            others.any(|(at, other)| other == position && gives(at))
        };
        let tried = self.tried.iter().zip(&self.positions).zip(keys).enumerate();
        tried.into_iter().all(|(at, ((wrapped, position), key))| match key {
            Err(_) if !wrapped.key.is_named() => is_given(position),
            _ => gives(at),
        })
    }

    /// RULES 33: where nothing else shows that it was the right key, mail is text, and another content is of its type.
    fn is_sound(&self, sealed: &Sealed<'_>, text: &[u8]) -> bool {
        sealed.is_authenticated() || is_sound(self.envelope.content.content_type, text)
    }
}

/// What lay inside.
enum Text {
    Held(Secret),
    Large(OpenedContent),
}

fn mark_of(proof_key: &Secret, key: &Secret) -> Option<[u8; 32]> {
    let code = hmac(Algorithm::Sha256, proof_key.as_bytes(), &[key.as_bytes()])?;
    code.as_bytes().try_into().ok()
}
