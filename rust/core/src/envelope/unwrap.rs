//! Wrapped content keys: recipients, each with one of our keys → content keys, all of a chunk together.
//!
//! Private operations of RSA are one job each, done key by key; agreement and encapsulation are done as they come.

use smimebatch_crypto::secret::Secret;
use smimebatch_crypto::transport::{Job, TransportError, decrypt_many};

use super::algorithms::{Refusal, padding};
use super::{agreement, encapsulation};
use crate::cms::recipient_details::RecipientDetails;
use crate::cms::recipient_info::{Recipient, RecipientKind};
use crate::keys::HeldKey;

/// A recipient, a key that it names, and how long the content key has to be.
#[derive(Clone, Copy)]
pub(super) struct Wrapped<'w> {
    pub(super) recipient: &'w Recipient<'w>,
    pub(super) key: &'w HeldKey,
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
    let (RecipientKind::KeyTransport, Some(algorithm)) = (recipient.kind, &recipient.algorithm)
    else {
        return None;
    };
    let job = || {
        let padding = padding(algorithm, wrapped.expected_octets)?;
        let key = wrapped.key.private_key().raw_rsa().ok_or(Refusal::Failed)?;
        Ok(Job { key, ciphertext: &recipient.encrypted_key, padding })
    };
    Some(job())
}

fn unwrap_alone(wrapped: &Wrapped<'_>) -> Result<Secret, Refusal> {
    let Wrapped { recipient, key, .. } = wrapped;
    let key = key.private_key();
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
