//! Closed: an enveloped layer and the keys of ours that it names → its content key, and what lies inside.
//!
//! RULES 33: only recipients that name a key of ours are tried, and no more than a few; what comes out of a cipher without
//! integrity has to be mail or another CMS object, since a wrong key leaves right padding once in 256 times. A recipient by
//! password names nothing, so that every password is tried, as far as iterations go that its message may ask for.

use bumpalo::Bump;
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
use crate::verify::found::{Layer, LayerId};
use crate::verify::outline::Outline;
use crate::verify::vocabulary::DecryptStatus;

use super::algorithms::Refusal;
use super::large::{self, OpenedContent, Streamed};
use super::password::PasswordWrap;
use super::seal::SealJob;
use super::sealed::Sealed;
use super::sound::is_sound;
use super::unwrap::{OurKey, Wrapped};
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
    pub(super) content: Option<&'a [u8]>,
    /// The same, where it is not held.
    pub(crate) large: Option<OpenedContent>,
    /// Iterations asked for by its recipients by password.
    pub(super) iterations: u64,
}

impl Opening<'_> {
    /// Nothing came out of it.
    pub(super) fn close(&mut self, status: DecryptStatus) {
        self.status = status;
        self.key_id = None;
        self.content_key = None;
        self.content = None;
        self.large = None;
    }
}

/// What is wanted beside the content.
#[derive(Clone, Copy)]
pub(super) struct With<'c> {
    /// Marks of content keys.
    proof_key: Option<&'c Secret>,
    /// The content keys.
    keeps_keys: bool,
    /// Everybody who could read it, and not only whoever of ours is the first.
    all_readers: bool,
}

impl<'c> With<'c> {
    pub(super) fn of(context: &Context<'c>) -> Self {
        let sealer = sealer_of(context).filter(|_| !context.options.proves_mail);
        Self {
            proof_key: context.proof_key,
            keeps_keys: sealer.is_some_and(|it| it.job == SealJob::Rewrap),
            all_readers: sealer.is_some_and(|it| it.looks_up() && it.job != SealJob::Encrypt),
        }
    }

    /// How many keys are tried for one envelope.
    pub(super) const fn most_keys(self) -> usize {
        if self.all_readers { limits::READERS_PER_ENVELOPE } else { limits::KEYS_PER_ENVELOPE }
    }
}

/// An enveloped layer, what a content key would open, and the recipients that name a key of ours.
pub(super) struct Closed<'f, 'a> {
    pub(super) id: LayerId,
    envelope: &'f Envelope<'a>,
    sealed: Result<Sealed<'f>, Refusal>,
    /// The content, where it is not held.
    streamed: Option<(&'f Streamed, &'a Outline<'a>)>,
    ours: Vec<usize>,
    pub(super) tried: Vec<Wrapped<'f>>,
    /// Of each of them, the position of the recipient.
    positions: Vec<usize>,
    /// Not every key that is named is tried, or not every password.
    pub(super) is_cut: bool,
    /// There are passwords for a recipient of it.
    has_passwords: bool,
    /// Iterations that they ask for.
    pub(super) iterations: u64,
}

impl<'f, 'a> Closed<'f, 'a> {
    /// Before any key is looked for.
    pub(super) fn new(id: LayerId, layer: &'f Layer<'a>, envelope: &'f Envelope<'a>) -> Self {
        Self {
            id,
            envelope,
            sealed: Sealed::of(envelope, layer.authentication.as_ref()),
            streamed: layer.streamed.as_deref().zip(layer.outline),
            ours: Vec::new(),
            tried: Vec::new(),
            positions: Vec::new(),
            is_cut: false,
            has_passwords: false,
            iterations: 0,
        }
    }

    /// RULES 33: the recipients that name a key of ours, in their order, and the first `most` of those keys; of recipients by
    /// password every password.
    pub(super) fn find_keys(&mut self, vault: &'f Vault, most: usize, iterations_left: u64) {
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

    /// What becomes of it with these content keys, and whether some of them were not tried.
    pub(super) fn open<'o>(
        &self,
        keys: Vec<Result<Secret, Refusal>>,
        with: With<'_>,
        arena: &'o Bump,
    ) -> (Opening<'o>, bool) {
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
            return (opening, false);
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
        let Ok(sealed) = &self.sealed else { return (opening, false) };
        if self.streamed.is_some() && !self.holds_entity() {
            return (opening, false);
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
        let (mut tried_keys, mut failed): (Vec<&Secret>, usize) = (Vec::new(), 0);
        for (wrapped, key) in self.tried.iter().zip(&keys) {
            let mark = marks.next().flatten();
            let Ok(key) = key else {
                failed += 1;
                continue;
            };
            // Each goes through all of the content: the same is tried once, and no more than a few.
            if tried_keys.contains(&key) {
                continue;
            }
            // What gave no key counts as one: which of them did not is told to nobody (RULES 33).
            if tried_keys.len() + failed >= self.most_content_keys() {
                return (opening, true);
            }
            tried_keys.push(key);
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
                return (opening, false);
            }
        }
        (opening, false)
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

    /// How many content keys are tried.
    const fn most_content_keys(&self) -> usize {
        match self.streamed {
            Some(_) => limits::KEYS_PER_LARGE_ENVELOPE,
            None => limits::KEYS_PER_ENVELOPE,
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
