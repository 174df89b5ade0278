//! Writing: every message of a chunk → what a job that writes mail makes of it, and what is to be said of that.
//!
//! Decrypting writes messages without their envelopes, all others as they are stored. Sealing jobs write them in new ones,
//! signing under signatures, which are made for all messages of a chunk together.
//! With the key of a run each gets the code over its plaintext by which the two are compared when the message has been read
//! again from the disk (OUTPUT.md, objects).

use std::borrow::Cow;

use crate::cms::enveloped_data::Envelope;
use crate::limits;
use crate::verify::context::Context;
use crate::verify::found::{Found, Layer, LayerId, LayerWord, MessageId, Object};

use super::entity::{entity_of_message, plaintext_hmac, read_header};
use super::large::{self, Lies};
use super::objects::{ObjectReason, ObjectState, algorithm_texts, recipient_text, recipient_texts};
use super::opened_message::with_header_of;
use super::peel::{Peeled, peel, root_envelope};
use super::seal::{NotSealed, OuterSignature, Owners, SealJob, Sealer};
use super::sign::{self, Signer};

/// What makes new messages of those that are read.
pub enum Maker {
    /// Puts them into new envelopes.
    Sealer(Sealer),
    /// Puts them under signatures.
    Signer(Signer),
}

/// What is written of a message.
pub(crate) struct Written<'f, 'a> {
    /// Nothing: the message is left out, or not held.
    pub(crate) text: Option<Cow<'f, [u8]>>,
    /// Where it is, if it is not held.
    pub(crate) lies: Option<Lies>,
    /// Whether an envelope is gone.
    pub(crate) is_opened: bool,
    /// The envelopes that are gone or new, from the outermost on.
    pub(crate) off: Vec<&'f Layer<'a>>,
    /// What is said of it, where the job says more than that.
    pub(crate) said: Option<Said<'f, 'a>>,
}

impl<'f, 'a> Written<'f, 'a> {
    /// Nothing of a message.
    pub(crate) fn nothing(said: Option<Said<'f, 'a>>) -> Self {
        Self { text: None, lies: None, is_opened: false, off: Vec::new(), said }
    }
}

/// What became of a message.
pub(crate) struct Said<'f, 'a> {
    pub(crate) state: ObjectState,
    pub(crate) reason: Option<ObjectReason>,
    pub(crate) missing: Vec<String>,
    /// The message as it was, where something of it that proves something is gone.
    pub(crate) original: Option<&'f [u8]>,
    pub(crate) plaintext_hmac: Option<[u8; 32]>,
    /// In a proof, whether the message is octet for octet what would be written of what it holds.
    pub(crate) is_as_written: Option<bool>,
    /// The envelope that it lay in, for what is known of that.
    pub(crate) envelope: Option<&'f Layer<'a>>,
    pub(crate) recipients_before: Vec<String>,
    pub(crate) recipients_after: Vec<String>,
    pub(crate) algorithms_before: Vec<String>,
    pub(crate) algorithms_after: Vec<String>,
    /// Certificate of a new signature, as [`recipient_text`] has it.
    pub(crate) signer: Option<String>,
    /// Parts that got another transfer encoding under it.
    pub(crate) transfer_encoded: Vec<String>,
}

impl Said<'_, '_> {
    pub(crate) fn only(state: ObjectState, reason: ObjectReason) -> Self {
        Self {
            state,
            reason: Some(reason),
            missing: Vec::new(),
            original: None,
            plaintext_hmac: None,
            is_as_written: None,
            envelope: None,
            recipients_before: Vec::new(),
            recipients_after: Vec::new(),
            algorithms_before: Vec::new(),
            algorithms_after: Vec::new(),
            signer: None,
            transfer_encoded: Vec::new(),
        }
    }
}

/// Writes the messages of a chunk, `layers` being those of each.
pub(crate) fn write_all<'f, 'a>(
    found: &'f Found<'a>,
    layers: &[Vec<LayerId>],
    context: &Context<'_>,
) -> Vec<Written<'f, 'a>> {
    let each = (0..).zip(layers);
    match (context.maker, context.options.proves_mail) {
        (Some(Maker::Signer(signer)), false) => sign::write_all(found, layers, signer, context),
        (Some(Maker::Signer(signer)), true) => {
            each.map(|(id, layers)| sign::prove(found, id, layers, (signer, context))).collect()
        }
        _ => each.map(|(id, layers)| write(found, id, layers, context)).collect(),
    }
}

/// Writes the message, in a new envelope or without the one that it has.
fn write<'f, 'a>(
    found: &'f Found<'a>,
    id: MessageId,
    layers: &[LayerId],
    context: &Context<'_>,
) -> Written<'f, 'a> {
    let outline = found.messages.get(id as usize).and_then(|it| it.stored.outline);
    if let Some(outline) = outline {
        return large::write(found, (id, layers), outline, context);
    }
    let sealer = sealer_of(context);
    let seals = sealer.filter(|_| !context.options.proves_mail);
    let crosses = seals.is_some_and(|it| it.outer_signature == OuterSignature::KeepOriginal);
    let peeled = peel(found, id, layers, crosses);
    let stored = found.messages.get(id as usize).and_then(|it| it.stored.raw);
    match seals {
        None => opened(peeled, root_envelope(found, layers), stored, context),
        Some(sealer) => sealed(found, (id, layers), (peeled, stored), (sealer, context)),
    }
}

/// What makes new envelopes, if anything does.
pub(super) fn sealer_of<'e>(context: &Context<'e>) -> Option<&'e Sealer> {
    match context.maker {
        Some(Maker::Sealer(sealer)) => Some(sealer),
        _ => None,
    }
}

/// Without its envelope, if that is off.
fn opened<'f, 'a>(
    peeled: Result<Peeled<'f, 'a>, ObjectReason>,
    root: Option<(&'f Layer<'a>, &'f Envelope<'a>)>,
    stored: Option<&'f [u8]>,
    context: &Context<'_>,
) -> Written<'f, 'a> {
    let text = peeled.as_ref().ok().and_then(|it| with_header_of(it.stored, true, &it.entity));
    let said = context.proof_key.map(|key| Said {
        reason: peeled.as_ref().err().copied(),
        plaintext_hmac: peeled
            .as_ref()
            .ok()
            .and_then(|it| plaintext_hmac(key, it.stored, &it.entity)),
        is_as_written: sealer_of(context).zip(stored).map(|(sealer, stored)| {
            root.is_some_and(|(layer, envelope)| {
                let of_layer = (layer.cms, envelope);
                sealer.would_write(stored, of_layer, layer.authentication.as_ref())
            })
        }),
        envelope: root.map(|(layer, _)| layer),
        recipients_before: root.map(|(_, it)| recipient_texts(it)).unwrap_or_default(),
        algorithms_before: root.map(|(_, it)| algorithm_texts(it)).unwrap_or_default(),
        ..Said::only(ObjectState::Written, ObjectReason::NotEncrypted)
    });
    let is_opened = text.is_some();
    let off = peeled.ok().filter(|_| is_opened).map(|it| it.off).unwrap_or_default();
    let text = text.map(Cow::Owned).or(stored.map(Cow::Borrowed));
    Written { text, is_opened, off, ..Written::nothing(said) }
}

/// In a new envelope.
fn sealed<'f, 'a>(
    found: &'f Found<'a>,
    (id, layers): (MessageId, &[LayerId]),
    (peeled, stored): (Result<Peeled<'f, 'a>, ObjectReason>, Option<&'f [u8]>),
    (sealer, context): (&Sealer, &Context<'_>),
) -> Written<'f, 'a> {
    let is_new = sealer.job == SealJob::Encrypt;
    let plain = match (is_new, &peeled) {
        (true, _) => plain_of(found, id, layers).and_then(|stored| {
            let header = read_header(stored).ok_or(ObjectReason::HeaderUnreadable)?;
            Ok((stored, Cow::Owned(entity_of_message(stored, &header))))
        }),
        (false, Ok(peeled)) => Ok((peeled.stored, Cow::Borrowed(&*peeled.entity))),
        (false, Err(reason)) => Err(*reason),
    };
    let (message, entity) = match plain {
        Ok(plain) => plain,
        Err(reason) => return as_it_was(stored, is_new, NotSealed::from(reason)),
    };
    let is_signed = layers.iter().any(|&id| found.layer(id).is_some_and(is_signed_whole));
    let protected = Some(()).filter(|()| is_new && !is_signed);
    let protected = protected.and_then(|()| sealer.protected(message, &entity));
    let (message, entity) = match &protected {
        Some((outer, inner)) => (outer.as_slice(), Cow::Borrowed(inner.as_slice())),
        None => (message, entity),
    };
    let before = peeled.as_ref().ok().filter(|_| !is_new);
    let key = before.and_then(|it| it.layer.opening.as_deref()?.content_key.as_ref());
    // Who is given the key of the outermost envelope reads no more of what is inside than before.
    let off = before.map(|it| if key.is_some() { vec![it.layer] } else { it.off.clone() });
    let (owners, others) = off.as_deref().map(|it| owners_of_all(it, context)).unzip();
    let made = match before.zip(key.zip(owners.as_ref())) {
        Some((before, (key, owners))) => {
            sealer.rewrap(message, (before.layer.cms, before.envelope), key, owners)
        }
        None => sealer.seal(message, &entity, owners.as_ref()),
    };
    let made = match made {
        Ok(made) if made.text.len() > limits::MESSAGE_BYTES => {
            return as_it_was(stored, is_new, NotSealed::from(ObjectReason::TooLarge));
        }
        Ok(made) => made,
        Err(why) => return as_it_was(stored, is_new, why),
    };
    let was_signed_outside = before.is_some_and(|it| it.was_signed_outside);
    let missing = others.filter(|_| sealer.looks_up()).unwrap_or_default();
    let reasons = [
        (!missing.is_empty(), ObjectReason::ReadersLost),
        (was_signed_outside, ObjectReason::SignedOutside),
    ];
    let said = Said {
        missing,
        reason: reasons.into_iter().find(|(is_so, _)| *is_so).map(|(_, reason)| reason),
        original: stored.filter(|_| was_signed_outside),
        plaintext_hmac: context.proof_key.and_then(|key| plaintext_hmac(key, message, &entity)),
        envelope: before.map(|it| it.layer),
        recipients_before: before.map(|it| recipient_texts(it.envelope)).unwrap_or_default(),
        recipients_after: made.recipients,
        algorithms_before: before.map(|it| algorithm_texts(it.envelope)).unwrap_or_default(),
        algorithms_after: made.algorithms,
        ..Said::only(ObjectState::Written, ObjectReason::NotEncrypted)
    };
    let text = Some(Cow::Owned(made.text));
    let (is_opened, off) = (before.is_some(), off.unwrap_or_default());
    Written { text, is_opened, off, ..Written::nothing(Some(said)) }
}

/// Those who could open all of some envelopes that lay in one another, of which only the innermost is for whoever reads
/// what is in it; and the names of the recipients that are in none's hand.
fn owners_of_all(envelopes: &[&Layer<'_>], context: &Context<'_>) -> (Owners, Vec<String>) {
    let mut each = envelopes.iter().filter_map(|layer| match &layer.object {
        Object::Enveloped(envelope) => Some(owners_of(layer, envelope, context)),
        _ => None,
    });
    let (mut owners, mut others) = each.next().unwrap_or_default();
    for (inner, further) in each {
        let is_inside = |one: &Vec<String>| {
            inner.iter().flatten().any(|its| one.iter().any(|it| it.eq_ignore_ascii_case(its)))
        };
        owners.retain(is_inside);
        let is_new = |name: &String| !others.contains(name);
        let new: Vec<String> = further.into_iter().filter(is_new).collect();
        others.extend(new);
    }
    (owners, others)
}

/// Those whose wrapped key gave the content key, as far as they are at hand with a certificate, and the names of all
/// other recipients. What an envelope names nobody vouches for: a RecipientInfo may have been grafted into it.
pub(super) fn owners_of(
    layer: &Layer<'_>,
    envelope: &Envelope<'_>,
    context: &Context<'_>,
) -> (Owners, Vec<String>) {
    let (mut owners, mut others) = (Owners::new(), Vec::new());
    let sharers = layer.opening.as_deref().map(|it| it.sharers.as_slice()).unwrap_or_default();
    for (position, recipient) in envelope.recipients.iter().enumerate() {
        let Ok(recipient) = recipient else { continue };
        let shares = sharers.binary_search(&position).is_ok();
        let held = context.vault.filter(|_| shares).map(|it| it.find(&recipient.identifier));
        let certificates = held.unwrap_or_default().into_iter().filter_map(|it| it.certificate);
        let addresses: Owners = certificates
            .map(|certificate| certificate.shown().addresses.clone())
            .filter(|addresses| !addresses.is_empty())
            .collect();
        if addresses.is_empty() && others.len() < limits::KEYS_PER_ENVELOPE {
            others.push(recipient_text(&recipient.identifier));
        }
        owners.extend(addresses);
    }
    (owners, others)
}

/// A signature over the whole of a message.
pub(super) fn is_signed_whole(layer: &Layer<'_>) -> bool {
    layer.parent.is_none() && layer.content_root && layer.word == LayerWord::Signed
}

/// An envelope that is the whole of a message.
pub(super) fn is_whole_envelope(layer: &Layer<'_>) -> bool {
    layer.parent.is_none() && layer.content_root && layer.word == LayerWord::Enveloped
}

/// A message in clear.
pub(super) fn plain_of<'a>(
    found: &Found<'a>,
    id: MessageId,
    layers: &[LayerId],
) -> Result<&'a [u8], ObjectReason> {
    let message = found.messages.get(id as usize).ok_or(ObjectReason::Unreadable)?;
    let stored = match (message.stored.raw, message.stored.outline) {
        (Some(stored), _) => stored,
        (None, Some(_)) => return Err(ObjectReason::TooLarge),
        (None, None) => return Err(ObjectReason::Unreadable),
    };
    if layers.iter().any(|&id| found.layer(id).is_some_and(is_whole_envelope)) {
        return Err(ObjectReason::AlreadyEncrypted);
    }
    Ok(stored)
}

/// As it is stored; of a message in clear that should have been encrypted, nothing.
pub(super) fn as_it_was<'f, 'a>(
    stored: Option<&'f [u8]>,
    is_new: bool,
    why: NotSealed,
) -> Written<'f, 'a> {
    let done =
        [ObjectReason::AlreadyEncrypted, ObjectReason::AlreadySigned, ObjectReason::NotEncrypted];
    let is_done = done.contains(&why.reason);
    let state = if is_done { ObjectState::Skipped } else { ObjectState::Refused };
    let said = Said { missing: why.missing, ..Said::only(state, why.reason) };
    let text = stored.filter(|_| is_done || !is_new).map(Cow::Borrowed);
    Written { text, ..Written::nothing(Some(said)) }
}
