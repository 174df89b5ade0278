//! Verification: a chunk of stored messages goes through the stages below, all messages together.
//!
//! ```text
//! chunk ─▶ scan ⇄ decode ⇄ open ─▶ resolve ─▶ digest ⇄ check ─▶ time ─▶ chain ─▶ judge ─▶ columns
//! ```
//!
//! Each stage adds to what those before it made, and never reaches back. `scan`, `decode` and `open` take turns, as CMS
//! holds mail that holds CMS; `digest` and `check`, as what does not hold in one form may in the next (RULES 1, 16, 26, 30).

mod attributes;
pub mod caches;
pub(crate) mod candidates;
pub(crate) mod certificates;
pub(crate) mod chain;
mod check;
pub mod chunk;
pub mod context;
pub(crate) mod coverage;
pub(crate) mod decode;
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

use self::{chunk::StoredMessage, context::Context, judge::judge, resolve::Resolved};
use crate::{columns::facts::Facts, columns::rows, envelope, stages::Stage};

/// Verifies a chunk: one row of `messages` per stored message, in order, and the rows of what was found; `None` when its compressed layers hold so much that it should come in halves, which never happens to a single message.
/// `arena` holds what has to be taken out of its transfer encoding; it may be reset afterwards.
pub(crate) fn verify<'a>(
    chunk: &'a [StoredMessage<'a>],
    context: &Context<'_>,
    arena: &'a bumpalo::Bump,
) -> Option<rows::Tables> {
    let mut found = found::Found::new(chunk, context.describe_parts);
    while found.has_unread() {
        context.run(Stage::Scan, || scan::scan(&mut found, arena));
        context.run(Stage::Decode, || decode::decode(&mut found, arena));
        context.run(Stage::Open, || envelope::open::open(&mut found, context, arena));
        found.fits()?;
    }
    let resolved = context.run(Stage::Resolve, || resolve::resolve(&found, context));
    let Resolved { mut signers, certificates } = resolved;
    let mut digests = context.run(Stage::Digest, || digest::Digests::of(&found, &signers));
    let (mut work, mut repairs) = (work::Work::of(&found), repair::Repairs::new(arena));
    while resolve::any_open(&signers) {
        work.charge(&mut signers, &digests);
        context.run(Stage::Digest, || digest::digest(&signers, &mut digests));
        context.run(Stage::Check, || check::check(&mut signers, &digests));
        context.run(Stage::Repair, || repairs.offer(&found, &mut signers));
    }
    context.run(Stage::Digest, || digest::digest_signed_bytes(&signers, &mut digests));
    let times = context.run(Stage::Time, || {
        time::control_times(&found, &mut signers, &mut digests, &mut work, context)
    });
    let chains = context.run(Stage::Chain, || chain::judge_chains(&mut signers, &times, context));
    let verdicts = context.run(Stage::Judge, || judge(&found, &signers, &times, &chains, context));
    let facts = Facts {
        found: &found,
        signers: &signers,
        certificates: &certificates,
        digests: &digests,
        times: &times,
        chains: &chains,
        verdicts: &verdicts,
        context,
    };
    Some(context.run(Stage::Columns, || rows::write_rows(facts)))
}
