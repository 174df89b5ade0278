//! Time: every signer → the evidence of when it signed, the time its chain is judged at, and what that time is worth.
//!
//! `--at evidence` uses the earliest trusted proof of existence, else now (OUTPUT.md, Time; docs/design/17). The other
//! choices set a control time without proving anything; where a message lacks the time they name, it is now too, and
//! that is flagged. Tokens are judged first ([`tokens`]), each at its own time, and what a newer one shelters
//! ([`shelter`]); then what the operator vouches for ([`vouch`], [`earlier_run`]) and what countersigners attest join
//! them ([`evidence`]). What both ends of the interval say together follows once the chain is known ([`proof`]). A chunk
//! without tokens and vouches costs a look at each signer.

pub(crate) mod earlier_run;
pub(crate) mod evidence;
mod imprint;
mod notary;
pub(super) mod proof;
mod shelter;
pub(crate) mod standing;
mod tokens;
mod vouch;

use crate::verdict::facts::ControlTimeKind;
use crate::verdict::flag::MessageFlag;
use crate::verdict::message::SignatureFormat;

use self::evidence::{Evidence, gather};
use self::shelter::shelter;
use self::tokens::{Tokens, judge_tokens};
use super::context::{At, Context};
use super::digest::Digests;
use super::found::Found;
use super::resolve::Signer;
use super::work::Work;

/// Microseconds of a second.
pub(super) const MICROSECONDS: i64 = 1_000_000;

/// The times of one signature, Unix seconds.
#[derive(Clone, Debug)]
pub(crate) struct Times {
    /// The chain is judged here.
    pub(crate) control_unix_s: i64,
    /// What the control time is.
    pub(crate) kind: ControlTimeKind,
    /// The time of the run.
    pub(crate) now_unix_s: i64,
    /// The signer's claim.
    pub(crate) claimed_unix_s: Option<i64>,
    /// What speaks for a time, of the few signatures that have any.
    pub(crate) evidence: Option<Box<Evidence>>,
}

impl Times {
    /// The earliest trusted proof of existence, Unix microseconds, else that of the run.
    pub(crate) fn best_unix_us(&self, now_unix_us: i64) -> i64 {
        let best = self.evidence.as_ref().and_then(|evidence| evidence.best());
        best.map_or(now_unix_us, |best| best.unix_us)
    }
}

/// One entry per signer.
pub(super) fn control_times(
    found: &Found<'_>,
    signers: &mut [Signer<'_>],
    digests: &mut Digests,
    work: &mut Work,
    context: &Context<'_>,
) -> Vec<Times> {
    let mut tokens = judge_tokens(found, signers, digests, work, context);
    shelter(tokens.all_mut(), signers, found, work, context);
    let mut evidence = gather(found, signers, &tokens, digests, context);
    (0..)
        .zip(signers)
        .map(|(row, signer)| {
            let evidence = evidence.as_mut().and_then(|all| all.get_mut(row)?.take());
            let evidence = evidence.map(Box::new);
            times_of(row, signer, evidence, &tokens, found, context)
        })
        .collect()
}

fn times_of(
    row: usize,
    signer: &mut Signer<'_>,
    evidence: Option<Box<Evidence>>,
    tokens: &Tokens,
    found: &Found<'_>,
    context: &Context<'_>,
) -> Times {
    let now_unix_s = context.options.now_unix_us.div_euclid(MICROSECONDS);
    let claimed_unix_s = signer.signing_time_unix_s();
    let (control_unix_s, kind) = match signer.format {
        // A token is judged at the time it gives, whatever others are judged at.
        SignatureFormat::Timestamp => match tokens.time_of(row) {
            Some(unix_s) => (unix_s, ControlTimeKind::Chosen),
            None => (now_unix_s, ControlTimeKind::Now),
        },
        _ => match chosen_time(signer, claimed_unix_s, found, context) {
            Some(unix_s) => (unix_s, ControlTimeKind::Chosen),
            None => proven_time(evidence.as_deref(), context).unwrap_or_else(|| {
                note_missing(signer, context);
                (now_unix_s, ControlTimeKind::Now)
            }),
        },
    };
    Times { control_unix_s, kind, now_unix_s, claimed_unix_s, evidence }
}

/// What `--at` sets without proving it.
fn chosen_time(
    signer: &Signer<'_>,
    claimed_unix_s: Option<i64>,
    found: &Found<'_>,
    context: &Context<'_>,
) -> Option<i64> {
    match context.options.at {
        At::Evidence | At::Now => None,
        At::Claimed => claimed_unix_s,
        At::Date => found.messages.get(signer.message as usize)?.date_unix_s,
        At::Instant(unix_us) => Some(unix_us.div_euclid(MICROSECONDS)),
    }
}

/// The best proof, where `--at` asks for it. A fraction of a second counts as one more: no later than that.
fn proven_time(
    evidence: Option<&Evidence>,
    context: &Context<'_>,
) -> Option<(i64, ControlTimeKind)> {
    let best = evidence.filter(|_| context.options.at == At::Evidence)?.best()?;
    let unix_s = best.unix_us.div_euclid(MICROSECONDS)
        + i64::from(best.unix_us.rem_euclid(MICROSECONDS) > 0);
    let is_proven = best.kind.rank() == Some(1);
    Some((unix_s, if is_proven { ControlTimeKind::Proven } else { ControlTimeKind::Vouched }))
}

/// A time that was asked for by its kind and is not there must not pass for one.
fn note_missing(signer: &mut Signer<'_>, context: &Context<'_>) {
    let asks_for_a_kind = matches!(context.options.at, At::Claimed | At::Date);
    if asks_for_a_kind && !signer.candidates.is_empty() {
        signer.flags.insert(MessageFlag::ControlTimeMissing);
    }
}
