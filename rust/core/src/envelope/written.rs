//! Written: what is written of a message, and what is said of that, whichever way it is written.
//!
//! A message is held (`writing`, `sign`) or goes piece by piece (`large`); which state a message gets, and what is said of
//! an envelope, is decided here for all of them. What was read again settles it (`sinks/proof.py`).

use crate::cms::enveloped_data::Envelope;
use crate::verify::found::Layer;

use super::large::WrittenOctets;
use super::objects::{ObjectReason, ObjectState, algorithm_texts, recipient_texts};
use super::peel::OpenRoot;
use super::seal::{NotSealed, Readers};

/// Where the octets are that are written of a message.
pub(crate) enum Output<'f> {
    /// Nothing is written of it.
    Nothing,
    /// The message as it is stored.
    Stored(&'f [u8]),
    /// New ones, which are held.
    New(Vec<u8>),
    /// In the source, all of them, which are not held.
    Source(WrittenOctets),
    /// In the target, which they went to piece by piece.
    Target(WrittenOctets),
}

impl<'f> Output<'f> {
    /// A message as it is stored, if it could be read.
    pub(crate) fn stored(stored: Option<&'f [u8]>) -> Self {
        stored.map_or(Self::Nothing, Self::Stored)
    }

    /// The octets, if they are held.
    pub(crate) fn held(&self) -> Option<&[u8]> {
        match self {
            Self::Stored(octets) => Some(octets),
            Self::New(octets) => Some(octets),
            _ => None,
        }
    }
}

/// What is written of a message.
pub(crate) struct Written<'f, 'a> {
    pub(crate) output: Output<'f>,
    /// Whether an envelope is gone.
    pub(crate) is_opened: bool,
    /// The envelopes that are gone or new, from the outermost on.
    pub(crate) off: Vec<&'f Layer<'a>>,
    /// What is said of it, where the job says more than that.
    pub(crate) said: Option<Said<'f, 'a>>,
}

impl<'f, 'a> Written<'f, 'a> {
    /// All of whose envelopes are as they were.
    pub(crate) const fn new(output: Output<'f>, said: Option<Said<'f, 'a>>) -> Self {
        Self { output, is_opened: false, off: Vec::new(), said }
    }

    /// Whose envelopes `off` are gone or new.
    pub(super) const fn without(
        off: Vec<&'f Layer<'a>>,
        output: Output<'f>,
        said: Option<Said<'f, 'a>>,
    ) -> Self {
        Self { output, is_opened: true, off, said }
    }

    /// Of which nothing can be written.
    pub(super) fn refused(reason: ObjectReason) -> Self {
        Self::new(Output::Nothing, Some(Said::only(ObjectState::Refused, reason)))
    }

    /// Of which a job makes nothing new: `stored` as it is; nothing of one that `is_new` should have been made of.
    pub(crate) fn as_it_was(stored: Output<'f>, is_new: bool, why: NotSealed) -> Self {
        let is_done = matches!(
            why.reason,
            ObjectReason::AlreadyEncrypted
                | ObjectReason::AlreadySigned
                | ObjectReason::NotEncrypted
        );
        let state = if is_done { ObjectState::Skipped } else { ObjectState::Refused };
        let said = Said { missing: why.missing, ..Said::only(state, why.reason) };
        Self::new(if is_done || !is_new { stored } else { Output::Nothing }, Some(said))
    }
}

/// What became of a message.
pub(crate) struct Said<'f, 'a> {
    /// None in a job that only decrypts.
    pub(crate) state: Option<ObjectState>,
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
    /// Certificate of a new signature, as [`super::objects::recipient_text`] has it.
    pub(crate) signer: Option<String>,
    /// Parts that got another transfer encoding under it.
    pub(crate) transfer_encoded: Vec<String>,
}

impl<'f, 'a> Said<'f, 'a> {
    pub(crate) fn only(state: ObjectState, reason: ObjectReason) -> Self {
        Self { reason: Some(reason), ..Self::of(Some(state)) }
    }

    /// Of one that is written and has yet to be proven.
    pub(super) fn written() -> Self {
        Self::of(Some(ObjectState::Written))
    }

    /// Of one whose envelope opened, and is left around it.
    pub(super) fn kept(reason: ObjectReason) -> Self {
        Self { reason: Some(reason), ..Self::of(None) }
    }

    fn of(state: Option<ObjectState>) -> Self {
        Self {
            state,
            reason: None,
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

    /// What is found in a message that was written before: the code over its plaintext or why it is not open.
    pub(super) fn found(
        root: Option<(&'f Layer<'a>, &'f Envelope<'a>)>,
        opened: Result<Option<[u8; 32]>, ObjectReason>,
        is_as_written: Option<bool>,
    ) -> Self {
        Self {
            reason: opened.err(),
            plaintext_hmac: opened.ok().flatten(),
            is_as_written,
            ..Self::written().lay_in(root)
        }
    }

    /// Of a message in a new envelope for `readers`, which came out of `before` if that is there.
    pub(super) fn sealed(
        before: Option<Before<'_, 'f, 'a>>,
        readers: Readers,
        plaintext_hmac: Option<[u8; 32]>,
    ) -> Self {
        let Readers { recipients, algorithms } = readers;
        let root = before.as_ref().map(|it| (it.root.layer, it.root.envelope));
        let reason = before.as_ref().and_then(Before::reason);
        Self {
            reason,
            missing: before.map(|it| it.lost).unwrap_or_default(),
            plaintext_hmac,
            recipients_after: recipients,
            algorithms_after: algorithms,
            ..Self::written().lay_in(root)
        }
    }

    fn lay_in(self, root: Option<(&'f Layer<'a>, &'f Envelope<'a>)>) -> Self {
        Self {
            envelope: root.map(|(layer, _)| layer),
            recipients_before: root.map(|(_, it)| recipient_texts(it)).unwrap_or_default(),
            algorithms_before: root.map(|(_, it)| algorithm_texts(it)).unwrap_or_default(),
            ..self
        }
    }
}

/// What a message came out of on its way into a new envelope.
pub(super) struct Before<'r, 'f, 'a> {
    pub(super) root: &'r OpenRoot<'f, 'a>,
    /// Names of those who could read it and are not among the new readers.
    pub(super) lost: Vec<String>,
    /// Whether an envelope further inside stays what it was, although it should not.
    pub(super) keeps_inner: bool,
}

impl Before<'_, '_, '_> {
    /// What of it somebody should know.
    fn reason(&self) -> Option<ObjectReason> {
        let reasons = [
            (self.keeps_inner, ObjectReason::InnerEnvelope),
            (!self.lost.is_empty(), ObjectReason::ReadersLost),
            (self.root.was_signed_outside, ObjectReason::SignedOutside),
        ];
        reasons.into_iter().find(|(is_so, _)| *is_so).map(|(_, reason)| reason)
    }
}
