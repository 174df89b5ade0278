//! Time: every signer → the time its chain is judged at, and what that time is worth.
//!
//! `--at evidence` uses the earliest trusted proof of existence. No kind of proof is read yet, so it means now
//! (OUTPUT.md, Time). The other choices set a control time without proving anything; where a message lacks the time
//! they name, it is now too, and that is flagged.

use crate::verdict::facts::ControlTimeKind;
use crate::verdict::flag::MessageFlag;

use super::context::{At, Context};
use super::found::Found;
use super::resolve::Signer;

/// Microseconds of a second.
pub(super) const MICROSECONDS: i64 = 1_000_000;

/// The times of one signature, Unix seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    /// The chain is judged here.
    pub(crate) control_unix_s: i64,
    /// What the control time is.
    pub(crate) kind: ControlTimeKind,
    /// The time of the run.
    pub(crate) now_unix_s: i64,
    /// The signer's claim.
    pub(crate) claimed_unix_s: Option<i64>,
}

/// One entry per signer.
pub(super) fn control_times(
    found: &Found<'_>,
    signers: &mut [Signer<'_>],
    context: &Context<'_>,
) -> Vec<Times> {
    let now_unix_s = context.options.now_unix_us.div_euclid(MICROSECONDS);
    let of = |signer: &mut Signer<'_>| {
        let claimed_unix_s = signer.signing_time_unix_s();
        let message = found.messages.get(signer.message as usize);
        let chosen = match context.options.at {
            At::Evidence | At::Now => None,
            At::Claimed => claimed_unix_s,
            At::Date => message.and_then(|message| message.date_unix_s),
            At::Instant(unix_us) => Some(unix_us.div_euclid(MICROSECONDS)),
        };
        // A time that was asked for by its kind and is not there must not pass for one.
        let asks_for_a_kind = matches!(context.options.at, At::Claimed | At::Date);
        if asks_for_a_kind && chosen.is_none() && !signer.candidates.is_empty() {
            signer.flags.insert(MessageFlag::ControlTimeMissing);
        }
        let kind = if chosen.is_some() { ControlTimeKind::Chosen } else { ControlTimeKind::Now };
        Times { control_unix_s: chosen.unwrap_or(now_unix_s), kind, now_unix_s, claimed_unix_s }
    };
    signers.iter_mut().map(of).collect()
}
