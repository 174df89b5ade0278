//! What every stage may read besides the chunk: options, trust, caches. No clock: `now` is an argument of the run.

use crate::path::rules::PathRules;
use crate::trust::TrustStore;
use crate::verdict::facts::Bind;
use crate::verdict::sunset::SunsetTable;

use super::caches::Caches;

/// Options of a verify run that change results.
#[derive(Clone)]
pub struct Options {
    /// Time of the run, Unix microseconds.
    pub now_unix_us: i64,
    /// Which time decides about chains (`--at`).
    pub at: At,
    /// Which sender the certificate must name (`--bind`).
    pub bind: Bind,
    /// A certificate without address passes (`--bind-missing allow`).
    pub bind_missing_allowed: bool,
    /// Refuse every quirk (`--strict`).
    pub strict: bool,
    /// Until when algorithms were strong enough (`--policy`).
    pub sunset: SunsetTable,
    /// What every chain must keep besides (`--initial-policy` and its like, `--chain-model`).
    pub path_rules: PathRules,
}

impl Options {
    /// The defaults, with the given time of the run in Unix microseconds and no algorithm ever given up.
    #[must_use]
    pub fn at_now(now_unix_us: i64) -> Self {
        Self {
            now_unix_us,
            at: At::Evidence,
            bind: Bind::From,
            bind_missing_allowed: false,
            strict: false,
            sunset: SunsetTable::EMPTY,
            path_rules: PathRules::DEFAULT,
        }
    }
}

/// The control time (`--at`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// The earliest trusted proof of existence, else now. No proof is read yet, so: now.
    Evidence,
    /// The time of the run.
    Now,
    /// The signer's claim, where there is one, else now.
    Claimed,
    /// The Date header, where there is one, else now.
    Date,
    /// One time for all, Unix microseconds.
    Instant(i64),
}

/// Everything a stage may read besides the chunk.
pub struct Context<'e> {
    /// Options.
    pub options: &'e Options,
    /// Anchors and intermediates.
    pub trust: &'e TrustStore,
    /// Caches of the engine.
    pub caches: &'e Caches,
    /// Fill the dataset `parts`.
    pub describe_parts: bool,
}
