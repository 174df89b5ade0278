//! Wrapped content keys: recipients, each with one of our keys → content keys, all of a chunk together.
//!
//! Private operations of RSA are one job each, done key by key; everything else is done as it comes.

use smimebatch_crypto::secret::Secret;
use smimebatch_crypto::transport::{Job, TransportError, decrypt_many};
use smimebatch_crypto::wrap;

use super::algorithms::{Refusal, key_wrap, padding};
use super::password::PasswordWrap;
use super::{agreement, encapsulation};
use crate::cms::recipient_details::RecipientDetails;
use crate::cms::recipient_info::{Recipient, RecipientIdentifier, RecipientKind};
use crate::keys::{HeldKey, SharedKey, SharedPassword, Vault};

/// A key of ours.
#[derive(Clone, Copy)]
pub(super) enum OurKey<'v> {
    Private(&'v HeldKey),
    Shared(&'v SharedKey),
    Password(&'v SharedPassword),
}

impl<'v> OurKey<'v> {
    /// Those that a recipient names; a recipient by password names none.
    pub(super) fn named_by(recipient: &Recipient<'_>, vault: &'v Vault) -> Vec<Self> {
        match &recipient.identifier {
            RecipientIdentifier::SharedKey(identifier) => {
                let keys = vault.shared().keys_named(identifier);
                keys.iter().map(|key| Self::Shared(key)).collect()
            }
            identifier => {
                let found = vault.find(identifier).into_iter().map(|it| it.key);
                found.filter(|it| it.private_key().is_lent_to_open()).map(Self::Private).collect()
            }
        }
    }

    /// What columns call it.
    pub(super) fn id(self) -> &'v str {
        match self {
            Self::Private(key) => key.id(),
            Self::Shared(key) => key.id(),
            Self::Password(password) => password.id(),
        }
    }

    /// Whether the recipient named it, so that it ought to open what is wrapped.
    pub(super) const fn is_named(self) -> bool {
        !matches!(self, Self::Password(_))
    }
}

/// A recipient, a key for it, and how long the content key has to be.
#[derive(Clone, Copy)]
pub(super) struct Wrapped<'w> {
    pub(super) recipient: &'w Recipient<'w>,
    pub(super) key: OurKey<'w>,
    pub(super) expected_octets: Option<usize>,
}

/// The content key of each, in order.
pub(super) fn unwrap_many(wrapped: &[Wrapped<'_>]) -> Vec<Result<Secret, Refusal>> {
    let mut jobs = Vec::new();
    let mut answers: Vec<Option<Result<Secret, Refusal>>> = Vec::with_capacity(wrapped.len());
    for one in wrapped {
        answers.push(match transport_job(one) {
            Some(Ok(job)) => {
                jobs.push(job);
                None
            }
            Some(Err(refusal)) => Some(Err(refusal)),
            None => Some(unwrap_alone(one)),
        });
    }
    let mut transported = decrypt_many(&jobs).into_iter();
    let of_job = |answer: Result<Secret, TransportError>| {
        answer.map_err(|error| match error {
            TransportError::Unusable => Refusal::Unsupported,
            TransportError::Failed | TransportError::Unavailable => Refusal::Failed,
        })
    };
    answers
        .into_iter()
        .map(|answer| {
            answer.or_else(|| transported.next().map(of_job)).unwrap_or(Err(Refusal::Failed))
        })
        .collect()
}

/// The private operation of a key transport; nothing where it is none.
fn transport_job<'w>(wrapped: &'w Wrapped<'_>) -> Option<Result<Job<'w>, Refusal>> {
    let recipient = wrapped.recipient;
    let (RecipientKind::KeyTransport, Some(algorithm), OurKey::Private(key)) =
        (recipient.kind, &recipient.algorithm, wrapped.key)
    else {
        return None;
    };
    let job = || {
        let padding = padding(algorithm, wrapped.expected_octets)?;
        let key = key.private_key().raw_rsa().ok_or(Refusal::Failed)?;
        Ok(Job { key, ciphertext: &recipient.encrypted_key, padding })
    };
    Some(job())
}

fn unwrap_alone(wrapped: &Wrapped<'_>) -> Result<Secret, Refusal> {
    let Wrapped { recipient, key, expected_octets } = wrapped;
    let key = match key {
        OurKey::Private(key) => key.private_key(),
        OurKey::Shared(key) => return unwrap_shared(recipient, key),
        OurKey::Password(password) => {
            let wrap = PasswordWrap::of(recipient)?;
            return wrap.unwrap(password, &recipient.encrypted_key, *expected_octets);
        }
    };
    match (&recipient.details, &recipient.algorithm) {
        (RecipientDetails::Agreement(details), Some(algorithm)) => {
            agreement::unwrap(key, algorithm, details, &recipient.encrypted_key)
        }
        (RecipientDetails::Encapsulation(details), _) => {
            encapsulation::unwrap(key, details, &recipient.encrypted_key)
        }
        _ => Err(Refusal::Failed),
    }
}

/// RFC 5652 §6.2.3: the key itself wraps.
fn unwrap_shared(recipient: &Recipient<'_>, key: &SharedKey) -> Result<Secret, Refusal> {
    let key_wrap = key_wrap(&recipient.algorithm.ok_or(Refusal::Failed)?)?;
    let unwrapped = wrap::unwrap(key_wrap, key.key().as_bytes(), &recipient.encrypted_key);
    unwrapped.map_err(|_| Refusal::Failed)
}
