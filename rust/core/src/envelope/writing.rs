//! Writing: every message of a chunk → what a job that writes mail makes of it, and what is to be said of that.
//!
//! Decrypting writes messages without their envelopes, all others as they are stored. Sealing jobs write them in new ones,
//! signing under signatures, which are made for all messages of a chunk together.
//! With the key of a run each gets the code over its plaintext by which the two are compared when the message has been read
//! again from the disk (OUTPUT.md, objects).

use crate::limits;
use crate::verify::context::Context;
use crate::verify::found::{Found, Layer, LayerId, LayerWord, MessageId, Object};

use super::entity::{
    entity_of_message, goes_into_envelope, header_without_inside, plaintext_hmac, read_plain_header,
};
use super::large;
use super::objects::ObjectReason;
use super::opened_message::with_header_of;
use super::owners::readers_of_all;
use super::peel::{Peeled, has_text_behind, peel, root_envelope};
use super::seal::{NotSealed, OuterSignature, SealJob, SealedMessage, Sealer};
use super::sign::{self, Signer};
use super::written::{Before, Output, Said, Written};

/// What makes new messages of those that are read.
pub enum Maker {
    /// Puts them into new envelopes.
    Sealer(Sealer),
    /// Puts them under signatures.
    Signer(Signer),
}

impl Maker {
    /// Whether it is there for messages in clear, none of which is to be written as it was.
    pub(crate) fn is_new(&self) -> bool {
        matches!(self, Self::Sealer(sealer) if sealer.job == SealJob::Encrypt)
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
        None => opened(peeled, (found, layers), stored, context),
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

/// Without its envelope, if that is off; nothing in a proof, where only what is said of it counts.
fn opened<'f, 'a>(
    peeled: Result<Peeled<'f, 'a>, ObjectReason>,
    (found, layers): (&'f Found<'a>, &[LayerId]),
    stored: Option<&'f [u8]>,
    context: &Context<'_>,
) -> Written<'f, 'a> {
    let root = root_envelope(found, layers);
    let said = context.proof_key.map(|key| {
        let hmac = |it: &Peeled<'_, '_>| plaintext_hmac(key, it.stored, &it.entity);
        let is_as_written = sealer_of(context).zip(stored).map(|(sealer, stored)| {
            root.is_some_and(|(layer, envelope)| {
                let of_layer = (layer.cms, envelope);
                sealer.would_write(stored, of_layer, layer.authentication.as_ref())
            })
        });
        Said::found(root, peeled.as_ref().map(hmac).map_err(|reason| *reason), is_as_written)
    });
    if context.options.proves_mail {
        return Written::new(Output::Nothing, said);
    }
    let text = peeled.as_ref().ok().and_then(|it| with_header_of(it.stored, true, &it.entity));
    match (peeled, text) {
        (Ok(peeled), Some(text)) => Written::without(peeled.off, Output::New(text), said),
        (peeled, _) => {
            let reason = peeled.err().unwrap_or(ObjectReason::HeaderUnreadable);
            let kept = opens_any(found, layers).then(|| Said::kept(reason));
            Written::new(Output::stored(stored), said.or(kept))
        }
    }
}

/// Whether an envelope of a message opened: that it stays is to be told.
pub(super) fn opens_any(found: &Found<'_>, layers: &[LayerId]) -> bool {
    let mut of_message = layers.iter().filter_map(|&id| found.layer(id));
    of_message.any(|it| it.word == LayerWord::Enveloped && it.is_opened())
}

/// In a new envelope; as it was, if there is none for it.
fn sealed<'f, 'a>(
    found: &'f Found<'a>,
    (id, layers): (MessageId, &[LayerId]),
    (peeled, stored): (Result<Peeled<'f, 'a>, ObjectReason>, Option<&'f [u8]>),
    (sealer, context): (&Sealer, &Context<'_>),
) -> Written<'f, 'a> {
    let is_new = sealer.job == SealJob::Encrypt;
    let made = if is_new {
        encrypted(found, (id, layers), (sealer, context))
    } else {
        let peeled = peeled.map_err(NotSealed::from);
        peeled.and_then(|it| sealed_again(it, stored, (sealer, context)))
    };
    made.unwrap_or_else(|why| Written::as_it_was(Output::stored(stored), is_new, why))
}

/// A message in clear in an envelope.
fn encrypted<'f, 'a>(
    found: &'f Found<'a>,
    (id, layers): (MessageId, &[LayerId]),
    (sealer, context): (&Sealer, &Context<'_>),
) -> Result<Written<'f, 'a>, NotSealed> {
    let stored = plain_of(found, id, layers)?;
    if sealer.looks_up() {
        speaks_for_all(found, id)?;
    }
    let header = read_plain_header(stored).ok_or(ObjectReason::HeaderUnreadable)?;
    let entity = entity_of_message(stored, &header, goes_into_envelope);
    let outside = header_without_inside(stored, &header);
    let stored = outside.as_deref().unwrap_or(stored);
    let is_signed = layers.iter().any(|&id| found.layer(id).is_some_and(is_signed_whole));
    let protected = if is_signed { None } else { sealer.protected(stored, &entity)? };
    let (message, entity) = match &protected {
        Some((outer, inner)) => (outer.as_slice(), inner.as_slice()),
        None => (stored, entity.as_slice()),
    };
    let made = fitting(sealer.seal(message, entity, None)?)?;
    let hmac = context.proof_key.and_then(|key| plaintext_hmac(key, message, entity));
    let said = Said::sealed(None, made.readers, hmac);
    Ok(Written::new(Output::New(made.text), Some(said)))
}

/// A message that was opened in a new envelope, or with its key for others.
fn sealed_again<'f, 'a>(
    peeled: Peeled<'f, 'a>,
    stored: Option<&'f [u8]>,
    (sealer, context): (&Sealer, &Context<'_>),
) -> Result<Written<'f, 'a>, NotSealed> {
    let Peeled { stored: message, entity, root, off, keeps_inner } = peeled;
    let key = root.layer.opening.as_deref().and_then(|it| it.content_key.as_ref());
    // Who is given the key of the outermost envelope reads no more of what is inside than before.
    let off = if key.is_some() { vec![root.layer] } else { off };
    let readers = readers_of_all(&off, context);
    let made = match key {
        Some(key) => sealer.rewrap(message, (root.layer.cms, root.envelope), key, &readers)?,
        None => sealer.seal(message, &entity, Some(&readers))?,
    };
    let made = fitting(made)?;
    let hmac = context.proof_key.and_then(|key| plaintext_hmac(key, message, &entity));
    let keeps_inner = keeps_inner && key.is_none();
    let before = Before { root: &root, lost: sealer.missed(readers.others), keeps_inner };
    let original = stored.filter(|_| root.was_signed_outside);
    let said = Said { original, ..Said::sealed(Some(before), made.readers, hmac) };
    Ok(Written::without(off, Output::New(made.text), Some(said)))
}

/// A message that can be read again.
fn fitting(made: SealedMessage) -> Result<SealedMessage, NotSealed> {
    let fits = made.text.len() <= limits::MESSAGE_BYTES;
    if fits { Ok(made) } else { Err(ObjectReason::TooLarge.into()) }
}

/// A signature over the whole of a message.
pub(super) fn is_signed_whole(layer: &Layer<'_>) -> bool {
    layer.parent.is_none() && layer.content_root && layer.word == LayerWord::Signed
}

/// Why a message whose `layers` these are gets no envelope: it is one. What stands behind that is in clear, and would stay.
pub(super) fn sealed_already<'f, 'a: 'f>(
    mut layers: impl Iterator<Item = &'f Layer<'a>>,
) -> Option<ObjectReason> {
    let whole = layers.find(|it| is_whole_envelope(it))?;
    let is_alone = !has_text_behind(whole);
    Some(if is_alone { ObjectReason::AlreadyEncrypted } else { ObjectReason::TextBehind })
}

/// An envelope that is the whole of a message, and not what only calls itself one: that may be in clear.
fn is_whole_envelope(layer: &Layer<'_>) -> bool {
    let is_envelope = matches!(layer.object, Object::Enveloped(_));
    layer.parent.is_none() && is_envelope && layer.is_envelope_of_entity()
}

/// Nothing where a header may say whose a message is: were there another message behind it, it would say so of both.
pub(super) fn speaks_for_all(found: &Found<'_>, id: MessageId) -> Result<(), ObjectReason> {
    let message = found.messages.get(id as usize);
    let is_doubtful = message.is_some_and(|it| it.stored.split_suspicious);
    if is_doubtful { Err(ObjectReason::BoundaryInDoubt) } else { Ok(()) }
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
        (None, None) => return Err(ObjectReason::of_absent(message.stored.error)),
    };
    match sealed_already(layers.iter().filter_map(|&id| found.layer(id))) {
        Some(reason) => Err(reason),
        None => Ok(stored),
    }
}
