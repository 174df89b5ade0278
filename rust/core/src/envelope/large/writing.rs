//! Writing: a message that is not held → what a job that writes mail makes of it, in the target, and what is to be said.
//!
//! As [`crate::envelope::writing`] has it of other messages. What the target was given counts only once the message came
//! to its end: the caller shows nothing of it before.

use std::cell::RefCell;

use super::clear::ClearEntity;
use super::opening::OpenedContent;
use super::out::{Out, WrittenOctets, behind};
use super::{Each, Stop, Streamed};
use crate::envelope::entity::{PlaintextCode, read_header};
use crate::envelope::objects::{ObjectReason, ObjectState, algorithm_texts, recipient_texts};
use crate::envelope::peel::{OpenRoot, open_root, root_envelope};
use crate::envelope::seal::streaming::{Sealed as SealedFor, Unsealed};
use crate::envelope::seal::{NotSealed, OuterSignature, SealJob, Sealer};
use crate::envelope::sealed::Sealed;
use crate::envelope::writing::{
    Said, Written, is_signed_whole, is_whole_envelope, owners_of, sealer_of,
};
use crate::verify::context::Context;
use crate::verify::found::{Found, LayerId, MessageId};
use crate::verify::outline::{Outline, Target};

/// Where the octets are that are written of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lies {
    /// In the source, all of them.
    Stored(WrittenOctets),
    /// In the target.
    Target(WrittenOctets),
}

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
        (None, None) => Written::nothing(None),
        (None, Some(target)) => without_envelope(&opened, outline, target),
        (Some(sealer), None) => as_it_was(None, sealer, ObjectReason::TooLarge.into()),
        (Some(sealer), Some(target)) => {
            let job = Sealing { found, layers, outline, target, sealer, context };
            job.written(opened)
        }
    }
}

fn stored(outline: &Outline<'_>) -> Option<Lies> {
    let sha256 = outline.sha256().as_bytes().try_into().ok()?;
    Some(Lies::Stored(WrittenOctets { octets: outline.octets(), sha256 }))
}

/// Without its envelope, if that is off.
fn without_envelope<'f, 'a>(
    opened: &Result<Opened<'f, 'a>, ObjectReason>,
    outline: &'a Outline<'a>,
    target: Target<'_>,
) -> Written<'f, 'a> {
    let header = |it: &Opened<'_, '_>| it.content.opened_header(outline.kept());
    let opened = opened.as_ref().ok().and_then(|it| Some((it, header(it)?)));
    let Some((opened, (head, skipped))) = opened else {
        return Written { lies: stored(outline), ..Written::nothing(None) };
    };
    let mut out = Out::new(Some(target));
    let written = out
        .write(&head)
        .and_then(|()| opened.text(&mut behind(skipped, &mut |text| out.write(text))))
        .and_then(|()| out.finish());
    match written {
        Ok(written) => {
            let lies = Some(Lies::Target(written));
            let off = vec![opened.root.layer];
            Written { lies, is_opened: true, off, ..Written::nothing(None) }
        }
        Err(_) => failed(outline),
    }
}

/// A source or target that failed: the message counts as one that could not be read.
fn failed<'f, 'a>(outline: &Outline<'_>) -> Written<'f, 'a> {
    outline.fail();
    Written::nothing(Some(Said::only(ObjectState::Refused, ObjectReason::Unreadable)))
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
    let said = Said {
        reason: opened.as_ref().err().copied(),
        plaintext_hmac: opened.as_ref().ok().and_then(|it| it.content.code),
        is_as_written,
        envelope: root.map(|(layer, _)| layer),
        recipients_before: root.map(|(_, it)| recipient_texts(it)).unwrap_or_default(),
        algorithms_before: root.map(|(_, it)| algorithm_texts(it)).unwrap_or_default(),
        ..Said::only(ObjectState::Written, ObjectReason::NotEncrypted)
    };
    Written { is_opened: opened.is_ok(), lies: stored(outline), ..Written::nothing(Some(said)) }
}

/// As it is stored; of a message in clear that should have been encrypted, nothing.
fn as_it_was<'f, 'a>(lies: Option<Lies>, sealer: &Sealer, why: NotSealed) -> Written<'f, 'a> {
    let is_new = sealer.job == SealJob::Encrypt;
    let is_done = matches!(why.reason, ObjectReason::AlreadyEncrypted | ObjectReason::NotEncrypted);
    let state = if is_done { ObjectState::Skipped } else { ObjectState::Refused };
    let said = Said { missing: why.missing, ..Said::only(state, why.reason) };
    let lies = lies.filter(|_| is_done || !is_new);
    Written { lies, ..Written::nothing(Some(said)) }
}

/// A message on its way into a new envelope.
struct Sealing<'s, 'f, 'a> {
    found: &'f Found<'a>,
    layers: &'s [LayerId],
    outline: &'a Outline<'a>,
    target: Target<'s>,
    sealer: &'s Sealer,
    context: &'s Context<'s>,
}

impl<'f, 'a> Sealing<'_, 'f, 'a> {
    fn written(&self, opened: Result<Opened<'f, 'a>, ObjectReason>) -> Written<'f, 'a> {
        let made = match self.sealer.job {
            SealJob::Encrypt => self.encrypted(),
            SealJob::Reencrypt | SealJob::Rewrap => match opened {
                Ok(opened) => self.sealed_again(opened),
                Err(reason) => Err(reason.into()),
            },
        };
        match made {
            Ok(written) => written,
            Err(Unsealed::Refused(why)) => as_it_was(stored(self.outline), self.sealer, why),
            Err(Unsealed::Stopped) => failed(self.outline),
        }
    }

    /// A message in clear.
    fn encrypted(&self) -> Result<Written<'f, 'a>, Unsealed> {
        let layers = || self.layers.iter().filter_map(|&id| self.found.layer(id));
        if layers().any(is_whole_envelope) {
            return Err(ObjectReason::AlreadyEncrypted.into());
        }
        let stored = self.outline.kept();
        let header = read_header(stored).ok_or(ObjectReason::HeaderUnreadable)?;
        if !self.outline.fits() {
            return Err(ObjectReason::Limit.into());
        }
        let mut entity = ClearEntity::of(self.outline, &header)?;
        let protected = match layers().any(is_signed_whole) {
            true => None,
            false => self.sealer.protected(stored, &entity.head),
        };
        let message = match protected {
            Some((outer, inner)) => {
                entity.head = inner;
                outer
            }
            None => stored.get(..header.body_start).unwrap_or_default().to_vec(),
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
        let sealed = self.sealer.seal_large(&message, (&text, entity.octets()), None, &mut out)?;
        let said = self.said(sealed, None, code.into_inner().and_then(PlaintextCode::finish));
        let lies = Some(Lies::Target(out.finish()?));
        Ok(Written { lies, ..Written::nothing(Some(said)) })
    }

    /// One that was opened, or whose content key is known.
    fn sealed_again(&self, opened: Opened<'f, 'a>) -> Result<Written<'f, 'a>, Unsealed> {
        let OpenRoot { layer, envelope, was_signed_outside, .. } = opened.root;
        if was_signed_outside {
            // The message as it was would have to be kept in evidence/, which is Parquet.
            return Err(ObjectReason::SignedOutside.into());
        }
        let stored = self.outline.kept();
        let header = read_header(stored).ok_or(ObjectReason::HeaderUnreadable)?;
        let message = stored.get(..header.body_start).unwrap_or_default();
        let (owners, others) = owners_of(layer, envelope, self.context);
        let mut out = Out::new(Some(self.target));
        let key = layer.opening.as_deref().and_then(|it| it.content_key.as_ref());
        let sealed = match key {
            Some(key) => {
                let streamed = opened.streamed;
                let copied = |each: Each<'_>| streamed.behind(self.outline, each);
                let behind = (streamed.rewrapped(layer.authentication.is_some()), &copied as _);
                self.sealer.rewrap_large(message, behind, (envelope, key), &owners, &mut out)?
            }
            None => {
                let text = |each: Each<'_>| opened.text(each);
                let entity = (&text as _, opened.content.octets);
                self.sealer.seal_large(message, entity, Some(&owners), &mut out)?
            }
        };
        let mut said = self.said(sealed, Some(&opened), opened.content.code);
        said.missing = if self.sealer.looks_up() { others } else { Vec::new() };
        said.reason = (!said.missing.is_empty()).then_some(ObjectReason::ReadersLost);
        let lies = Some(Lies::Target(out.finish()?));
        let off = vec![layer];
        Ok(Written { lies, is_opened: true, off, ..Written::nothing(Some(said)) })
    }

    fn said(
        &self,
        sealed: SealedFor,
        before: Option<&Opened<'f, 'a>>,
        plaintext_hmac: Option<[u8; 32]>,
    ) -> Said<'f, 'a> {
        let envelope = before.map(|it| it.root.envelope);
        Said {
            reason: None,
            plaintext_hmac,
            envelope: before.map(|it| it.root.layer),
            recipients_before: envelope.map(recipient_texts).unwrap_or_default(),
            recipients_after: sealed.recipients,
            algorithms_before: envelope.map(algorithm_texts).unwrap_or_default(),
            algorithms_after: sealed.algorithms,
            ..Said::only(ObjectState::Written, ObjectReason::NotEncrypted)
        }
    }
}
