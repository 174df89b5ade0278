//! Verification: a chunk of stored messages goes through the stages below, all messages together.
//!
//! ```text
//! chunk ─▶ scan ⇄ decode ─▶ resolve ─▶ digest ⇄ check ─▶ time ─▶ chain ─▶ judge ─▶ columns
//! ```
//!
//! Each stage takes what the stages before it made, adds its own, and never reaches back. `scan` and `decode` take
//! turns because CMS holds mail that holds CMS; `digest` and `check` take turns because a signature that does not
//! hold in one form may hold in the next (RULES 1, 16, 26, 30). The first turn settles nearly all.

mod attributes;
pub mod caches;
pub(crate) mod candidates;
pub(crate) mod certificates;
pub(crate) mod chain;
mod check;
pub mod chunk;
pub mod context;
pub(crate) mod coverage;
mod decode;
pub(crate) mod digest;
pub(crate) mod found;
mod headers;
pub(crate) mod judge;
pub mod outline;
pub(crate) mod places;
pub(crate) mod protection;
pub(crate) mod repair;
pub(crate) mod resolve;
mod revocation;
pub(crate) mod scan;
mod strength;
pub(crate) mod time;
pub mod vocabulary;
mod work;

use self::{chunk::StoredMessage, context::Context, digest::Digests, found::Found};
use self::{repair::Repairs, resolve::Resolved, work::Work};
use crate::columns::{facts::Facts, rows::Tables, rows::write_rows};
use bumpalo::Bump;

/// Verifies a chunk: one row of `messages` per stored message, in order, and the rows of what was found; `None` when its compressed layers hold so much that it should come in halves, which never happens to a single message.
///
/// `arena` holds what has to be taken out of its transfer encoding; it may be reset afterwards.
pub(crate) fn verify<'a>(
    chunk: &'a [StoredMessage<'a>],
    context: &Context<'_>,
    arena: &'a Bump,
) -> Option<Tables> {
    let mut found = Found::new(chunk, context.describe_parts);
    while found.has_unread() {
        scan::scan(&mut found, arena);
        decode::decode(&mut found, arena);
        found.fits()?;
    }
    let Resolved { mut signers, certificates } = resolve::resolve(&found, context);
    let mut digests = Digests::of(&found, &signers);
    let (mut work, mut repairs) = (Work::of(&found), Repairs::new(arena));
    while resolve::any_open(&signers) {
        work.charge(&mut signers, &digests);
        digest::digest(&signers, &mut digests);
        check::check(&mut signers, &digests);
        repairs.offer(&found, &mut signers);
    }
    digest::digest_signed_bytes(&signers, &mut digests);
    let times = time::control_times(&found, &mut signers, &mut digests, &mut work, context);
    let chains = chain::judge_chains(&mut signers, &times, context);
    let verdicts = judge::judge(&found, &signers, &times, &chains, context);
    Some(write_rows(Facts {
        found: &found,
        signers: &signers,
        certificates: &certificates,
        digests: &digests,
        times: &times,
        chains: &chains,
        verdicts: &verdicts,
        context,
    }))
}
