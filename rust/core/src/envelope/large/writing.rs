//! Writing: a message that is not held → what a job that writes mail makes of it, in the target, and what is to be said.
//!
//! As [`crate::envelope::writing`] has it of other messages. What the target was given counts only once the message came
//! to its end: the caller shows nothing of it before.

use std::cell::RefCell;

use super::clear::ClearEntity;
use super::opening::OpenedContent;
use super::out::{Out, WrittenOctets, behind};
use super::{Each, Stop, Streamed};
use crate::envelope::entity::{
    PlaintextCode, header_without_inside, read_header, read_plain_header,
};
use crate::envelope::objects::ObjectReason;
use crate::envelope::owners::readers_of;
use crate::envelope::peel::{OpenRoot, open_root, root_envelope};
use crate::envelope::seal::streaming::Unsealed;
use crate::envelope::seal::{OuterSignature, SealJob, Sealer};
use crate::envelope::sealed::Sealed;
use crate::envelope::writing::{
    is_signed_whole, opens_any, sealed_already, sealer_of, speaks_for_all,
};
use crate::envelope::written::{Before, Output, Said, Written};
use crate::verify::context::Context;
use crate::verify::found::{Found, LayerId, MessageId};
use crate::verify::outline::{Outline, Target};

/// An envelope that opened and is not held.
struct Opened<'f, 'a> {
    root: OpenRoot<'f, 'a>,
    streamed: &'f Streamed,
    content: &'f OpenedContent,
    outline: &'a Outline<'a>,
}

impl<'f, 'a> Opened<'f, 'a> {
    fn of(root: OpenRoot<'f, 'a>, outline: &'a Outline<'a>) -> Option<Self> {
        let streamed = root.layer.streamed.as_deref()?;
        let content = root.layer.opening.as_deref()?.large.as_ref()?;
        Some(Self { root, streamed, content, outline })
    }

    fn text(&self, each: Each<'_>) -> Result<(), Stop> {
        let authentication = self.root.layer.authentication.as_ref();
        let sealed = Sealed::of(self.root.envelope, authentication).map_err(|_| Stop::Fault)?;
        self.content.text((self.streamed, self.outline), &sealed, each)
    }
}

/// Writes the message.
pub(in crate::envelope) fn write<'f, 'a>(
    found: &'f Found<'a>,
    (id, layers): (MessageId, &[LayerId]),
    outline: &'a Outline<'a>,
    context: &Context<'_>,
) -> Written<'f, 'a> {
    let sealer = sealer_of(context).filter(|_| !context.options.proves_mail);
    let crosses = sealer.is_some_and(|it| it.outer_signature == OuterSignature::KeepOriginal);
    let target = found.messages.get(id as usize).and_then(|it| it.stored.target);
    let root = open_root(found, layers, crosses);
    let opened = root.and_then(|root| Opened::of(root, outline).ok_or(ObjectReason::TooLarge));
    if context.proof_key.is_some() && sealer.is_none() {
        return proven(found, layers, (opened, outline), context);
    }
    match (sealer, target) {
        (None, None) => Written::new(Output::Nothing, None),
        (None, Some(target)) => {
            let opens = opens_any(found, layers);
            without_envelope(&opened, outline, (target, opens))
        }
        (Some(_), None) => Written::refused(ObjectReason::TooLarge),
        (Some(sealer), Some(target)) => {
            let job = Sealing { found, id, layers, outline, target, sealer, context };
            job.written(opened)
        }
    }
}

/// All of it, as it is stored.
fn stored<'f>(outline: &Outline<'_>) -> Output<'f> {
    let sha256 = outline.sha256().as_bytes().try_into();
    sha256.map_or(Output::Nothing, |sha256| {
        Output::Source(WrittenOctets { octets: outline.octets(), sha256 })
    })
}

/// Without its envelope, if that is off.
fn without_envelope<'f, 'a>(
    opened: &Result<Opened<'f, 'a>, ObjectReason>,
    outline: &'a Outline<'a>,
    (target, opens): (Target<'_>, bool),
) -> Written<'f, 'a> {
    let why = opened.as_ref().err().copied().unwrap_or(ObjectReason::HeaderUnreadable);
    let header = |it: &Opened<'_, '_>| it.content.opened_header(outline.kept());
    let opened = opened.as_ref().ok().and_then(|it| Some((it, header(it)?)));
    let Some((opened, (head, skipped))) = opened else {
        return Written::new(stored(outline), opens.then(|| Said::kept(why)));
    };
    let mut out = Out::new(Some(target));
    let written = out
        .write(&head)
        .and_then(|()| opened.text(&mut behind(skipped, &mut |text| out.write(text))))
        .and_then(|()| out.finish());
    match written {
        Ok(written) => Written::without(vec![opened.root.layer], Output::Target(written), None),
        Err(_) => failed(outline),
    }
}

/// A source or target that failed: the message counts as one that could not be read.
fn failed<'f, 'a>(outline: &Outline<'_>) -> Written<'f, 'a> {
    outline.fail();
    Written::refused(ObjectReason::Unreadable)
}

/// What is found in a message that was written before.
fn proven<'f, 'a>(
    found: &'f Found<'a>,
    layers: &[LayerId],
    (opened, outline): (Result<Opened<'f, 'a>, ObjectReason>, &'a Outline<'a>),
    context: &Context<'_>,
) -> Written<'f, 'a> {
    let root = root_envelope(found, layers);
    let is_as_written = sealer_of(context).map(|sealer| {
        root.is_some_and(|(layer, envelope)| {
            let Some(streamed) = layer.streamed.as_deref() else { return false };
            let mut out = Out::new(None);
            let parts = (envelope, layer.authentication.as_ref());
            let message = outline.kept();
            let rebuilt = if sealer.job == SealJob::Rewrap {
                let copied = |each: Each<'_>| streamed.behind(outline, each);
                let behind = (streamed.rewrapped(layer.authentication.is_some()), &copied as _);
                sealer.rebuild_rewrapped_large(message, envelope, behind, &mut out)
            } else {
                let content = |each: Each<'_>| streamed.content(outline, each);
                let content = (&content as _, streamed.layout.content_octets);
                sealer.rebuild_large(message, parts, content, &mut out)
            };
            let written = rebuilt.and_then(|()| out.finish().ok());
            written.is_some_and(|it| it.sha256[..] == *outline.sha256().as_bytes())
        })
    });
    let is_opened = opened.is_ok();
    let said = Said::found(root, opened.map(|it| it.content.code), is_as_written);
    Written { is_opened, ..Written::new(stored(outline), Some(said)) }
}

/// A message on its way into a new envelope.
struct Sealing<'s, 'f, 'a> {
    found: &'f Found<'a>,
    id: MessageId,
    layers: &'s [LayerId],
    outline: &'a Outline<'a>,
    target: Target<'s>,
    sealer: &'s Sealer,
    context: &'s Context<'s>,
}

impl<'f, 'a> Sealing<'_, 'f, 'a> {
    fn written(&self, opened: Result<Opened<'f, 'a>, ObjectReason>) -> Written<'f, 'a> {
        let is_new = self.sealer.job == SealJob::Encrypt;
        let made = if is_new {
            self.encrypted()
        } else {
            opened.map_err(Unsealed::from).and_then(|it| self.sealed_again(&it))
        };
        match made {
            Ok(written) => written,
            Err(Unsealed::Refused(why)) => Written::as_it_was(stored(self.outline), is_new, why),
            Err(Unsealed::Stopped) => failed(self.outline),
        }
    }

    /// A message in clear.
    fn encrypted(&self) -> Result<Written<'f, 'a>, Unsealed> {
        let layers = || self.layers.iter().filter_map(|&id| self.found.layer(id));
        if let Some(reason) = sealed_already(layers()) {
            return Err(reason.into());
        }
        if self.sealer.looks_up() {
            speaks_for_all(self.found, self.id)?;
        }
        let stored = self.outline.kept();
        let header = read_plain_header(stored).ok_or(ObjectReason::HeaderUnreadable)?;
        if !self.outline.fits() {
            return Err(ObjectReason::Limit.into());
        }
        let mut entity = ClearEntity::of(self.outline, &header)?;
        let outside = header_without_inside(stored, &header);
        let outside = outside.as_deref().or_else(|| stored.get(..header.body_start));
        let stored = outside.unwrap_or_default();
        let protected = match layers().any(is_signed_whole) {
            true => None,
            false => self.sealer.protected(stored, &entity.head)?,
        };
        let message = match protected {
            Some((outer, inner)) => {
                entity.head = inner;
                outer
            }
            None => stored.to_vec(),
        };
        let code = self.context.proof_key.and_then(|key| PlaintextCode::new(key, &message));
        let code = RefCell::new(code);
        let text = |each: Each<'_>| {
            entity.text(&mut |octets| {
                if let Some(code) = &mut *code.borrow_mut() {
                    code.update(octets);
                }
                each(octets)
            })
        };
        let mut out = Out::new(Some(self.target));
        let readers = self.sealer.seal_large(&message, (&text, entity.octets()), None, &mut out)?;
        let code = code.into_inner().and_then(PlaintextCode::finish);
        let said = Said::sealed(None, readers, code);
        Ok(Written::new(Output::Target(out.finish()?), Some(said)))
    }

    /// One that was opened, or whose content key is known.
    fn sealed_again(&self, opened: &Opened<'f, 'a>) -> Result<Written<'f, 'a>, Unsealed> {
        let OpenRoot { layer, envelope, was_signed_outside, .. } = opened.root;
        if was_signed_outside {
            // The message as it was would have to be kept in evidence/, which is Parquet.
            return Err(ObjectReason::SignedOutside.into());
        }
        let stored = self.outline.kept();
        let header = read_header(stored).ok_or(ObjectReason::HeaderUnreadable)?;
        let message = stored.get(..header.body_start).unwrap_or_default();
        let readers = readers_of(layer, envelope, self.context);
        let mut out = Out::new(Some(self.target));
        let key = layer.opening.as_deref().and_then(|it| it.content_key.as_ref());
        let written_for = match key {
            Some(key) => {
                let streamed = opened.streamed;
                let copied = |each: Each<'_>| streamed.behind(self.outline, each);
                let behind = (streamed.rewrapped(layer.authentication.is_some()), &copied as _);
                self.sealer.rewrap_large(message, behind, (envelope, key), &readers, &mut out)?
            }
            None => {
                let text = |each: Each<'_>| opened.text(each);
                let entity = (&text as _, opened.content.octets);
                self.sealer.seal_large(message, entity, Some(&readers), &mut out)?
            }
        };
        let before = Before {
            root: &opened.root,
            lost: self.sealer.missed(readers.others),
            keeps_inner: key.is_none() && opened.content.shows_envelope(),
        };
        let said = Said::sealed(Some(before), written_for, opened.content.code);
        Ok(Written::without(vec![layer], Output::Target(out.finish()?), Some(said)))
    }
}
