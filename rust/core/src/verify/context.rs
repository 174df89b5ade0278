//! What every stage may read besides the chunk: options, trust, caches. No clock: `now` is an argument of the run.

mod option_texts;

use smimebatch_crypto::secret::Secret;

use crate::envelope::writing::Maker;
use crate::keys::Vault;
use crate::path::rules::PathRules;
use crate::stages::{self, Stage, StageWatch};
use crate::trust::TrustStore;
use crate::verdict::facts::Bind;

use super::caches::Caches;
pub use super::time::earlier_run::{EarlierRun, EarlierRunBuilder};
pub use super::time::standing::{StandingToken, StandingTokenParts};

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
    /// What every chain must keep besides (`--initial-policy` and its like, `--chain-model`), and until when algorithms
    /// were strong enough (`--policy`).
    pub path_rules: PathRules,
    /// Times that the operator vouches for (`--vouch`).
    pub vouches: Vouches,
    /// Write digests and lengths of what lies inside opened envelopes (`--inner-facts`, RULES 40).
    pub inner_facts: bool,
    /// Fill the table `mail` with messages without their envelopes, or in new ones.
    pub writes_mail: bool,
    /// Say of every message in that table by which SHA-256 it is known, not only where a job says more of it.
    pub hashes_mail: bool,
    /// The messages are in new envelopes and were read again: fill the table `mail` with what is found in them.
    pub proves_mail: bool,
}

/// Which times of an archive the operator vouches for (OUTPUT.md, Time; RULES 22a, 22b).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vouches {
    /// The operator's own hosts, as their Received fields name them.
    pub received: Vec<String>,
    /// The From_ line of an mbox.
    pub mbox_from: bool,
    /// The name of the column that the input column `vouched_time` was made from.
    pub column: Option<String>,
    /// The Date header.
    pub date_header: bool,
    /// SHA-256 of the certificates of notaries, whose countersignatures' signingTime is believed.
    pub notaries: Vec<[u8; 32]>,
    /// Earlier runs, each with a time-stamp that was believed; no text spells them.
    pub runs: Vec<EarlierRun>,
}

impl Vouches {
    /// The operator vouches for nothing.
    pub const NONE: Self = Self {
        received: Vec::new(),
        mbox_from: false,
        column: None,
        date_header: false,
        notaries: Vec::new(),
        runs: Vec::new(),
    };

    /// Whether any time of a message itself is vouched for.
    #[must_use]
    pub const fn any_of_messages(&self) -> bool {
        !self.received.is_empty()
            || self.mbox_from
            || self.column.is_some()
            || self.date_header
            || !self.runs.is_empty()
    }
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
            vouches: Vouches::NONE,
            path_rules: PathRules::DEFAULT,
            inner_facts: false,
            writes_mail: false,
            hashes_mail: false,
            proves_mail: false,
        }
    }
}

/// The control time (`--at`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// The earliest trusted proof of existence, else now.
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
    /// Those of time-stamp authorities (`--tsa-trust`).
    pub tsa_trust: &'e TrustStore,
    /// Keys that open envelopes.
    pub vault: Option<&'e Vault>,
    /// What puts messages into new envelopes, or under signatures.
    pub maker: Option<&'e Maker>,
    /// The key of the run, under which plaintexts are compared.
    pub proof_key: Option<&'e Secret>,
    /// Caches of the engine.
    pub caches: &'e Caches,
    /// Fill the dataset `parts`.
    pub describe_parts: bool,
    /// Who measures the stages.
    pub watch: Option<&'e dyn StageWatch>,
}

impl Context<'_> {
    /// Runs a stage.
    pub(super) fn run<T>(&self, stage: Stage, work: impl FnOnce() -> T) -> T {
        stages::run(self.watch, stage, work)
    }
}
