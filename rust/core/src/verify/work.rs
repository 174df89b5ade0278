//! Work: what all signatures of one message may cost together, counted and never timed (RULES 23, 43).
//!
//! Each signature is bounded by itself, and so is their number; their product is not. A signer whose message has spent
//! its share ends with `limit` before anything is done for it. Counted per message in the order of its rows, so that
//! no other message of the chunk changes an answer.

use smimebatch_crypto::digest::Algorithm;

use crate::limits;
use crate::verdict::facts::CryptoResult;

use super::digest::Digests;
use super::found::{Found, MessageId};
use super::outline::Octets;
use super::resolve::Signer;
use super::vocabulary::Canonicalization;

/// What is left for each message of a chunk.
pub(super) struct Work(Vec<Left>);

#[derive(Clone, Copy)]
struct Left {
    checks: u32,
    octets: usize,
}

/// A content digest that somebody has paid for in this turn: by its place, form and algorithm.
type Paid = (usize, usize, Canonicalization, Algorithm);

impl Work {
    /// The whole share of every message.
    pub(super) fn of(found: &Found<'_>) -> Self {
        let share = |octets: usize| Left {
            checks: limits::SIGNATURE_CHECKS_PER_MESSAGE,
            octets: limits::HASHED_BYTES_PER_MESSAGE
                .saturating_add(octets.saturating_mul(limits::HASHED_BYTES_PER_BYTE)),
        };
        Self(found.messages.iter().map(|message| share(message.stored.octets())).collect())
    }

    /// Pays for hashing octets of a message; `false` where it cannot.
    pub(super) fn spend_octets(&mut self, message: MessageId, octets: usize) -> bool {
        self.0.get_mut(message as usize).is_some_and(|left| left.pay(0, octets))
    }

    /// Pays for what this turn will do; a signer that cannot pay is settled.
    pub(super) fn charge(&mut self, signers: &mut [Signer<'_>], digests: &Digests) {
        let mut paid: Vec<Paid> = Vec::new();
        let mut message = MessageId::MAX;
        for signer in signers.iter_mut().filter(|signer| signer.is_open()) {
            if signer.message != message {
                message = signer.message;
                paid.clear();
            }
            let Some(left) = self.0.get_mut(message as usize) else { continue };
            if !left.pay(checks(signer), octets(signer, digests, &mut paid)) {
                signer.result = Some(CryptoResult::Limit);
                signer.out_of_work = true;
            }
        }
    }
}

impl Left {
    fn pay(&mut self, checks: u32, octets: usize) -> bool {
        match (self.checks.checked_sub(checks), self.octets.checked_sub(octets)) {
            (Some(checks), Some(octets)) => {
                *self = Self { checks, octets };
                true
            }
            _ => false,
        }
    }
}

/// Signature checks that this turn will make for a signer; one by a key of unusual size is worth several.
fn checks(signer: &Signer<'_>) -> u32 {
    let checked = signer.untried_candidate().filter(|candidate| candidate.scheme.is_ok());
    checked.map_or(0, |candidate| candidate.key.check_cost())
}

/// Octets that this turn will hash for a signer; a content that another has paid for costs nothing.
fn octets(signer: &Signer<'_>, digests: &Digests, paid: &mut Vec<Paid>) -> usize {
    let attributes = signer.attribute_pieces().map_or(0, |[tag, rest]| tag.len() + rest.len());
    let content = signer.content.map_or(Octets::Held(&[]), |content| content.octets);
    let whole = if signer.takes_content_octets() {
        // RULES 13: hashed with the signature itself, for every signer anew.
        content.octets()
    } else {
        0
    };
    let shared = match (signer.content_digest(), signer.form()) {
        (Some(algorithm), Some(form)) if digests.content(signer, algorithm).is_none() => {
            let (start, kept) = content.place();
            let key = (start, kept, form, algorithm);
            if paid.contains(&key) {
                0
            } else {
                paid.push(key);
                content.octets()
            }
        }
        _ => 0,
    };
    attributes + whole + shared
}
