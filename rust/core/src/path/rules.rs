//! What the operator asks of every path of a run, and what one path is for.

use super::model::ChainModel;
use super::revocation::RevocationRules;
use crate::verdict::sunset::SunsetTable;
use crate::x509::extensions::OidBytes;
use crate::x509::policies::ANY_POLICY;

/// The inputs of RFC 5280 §6.1.1 (c), (e), (f) and (g), and the model of validity: the same for all paths of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathRules {
    /// user-initial-policy-set (`--initial-policy`); none, or anyPolicy among them, is any policy.
    pub initial_policies: Vec<OidBytes>,
    /// initial-explicit-policy (`--require-explicit-policy`).
    pub require_explicit_policy: bool,
    /// initial-policy-mapping-inhibit (`--inhibit-policy-mapping`).
    pub inhibit_policy_mapping: bool,
    /// initial-any-policy-inhibit (`--inhibit-any-policy`).
    pub inhibit_any_policy: bool,
    /// `--chain-model`.
    pub model: ChainModel,
    /// `--revocation`, `--crls`, `--ocsp`.
    pub revocation: RevocationRules,
    /// Until when algorithms were strong enough (`--policy`): of several good paths a strong one is taken.
    pub sunset: SunsetTable,
    /// Time of the run: what was given up before it is weak. The engine sets it.
    pub now_unix_s: i64,
}

impl PathRules {
    /// Any policy or none, mappings and anyPolicy permitted, every certificate valid at the control time.
    pub const DEFAULT: Self = Self {
        initial_policies: Vec::new(),
        require_explicit_policy: false,
        inhibit_policy_mapping: false,
        inhibit_any_policy: false,
        model: ChainModel::Shell,
        revocation: RevocationRules::DEFAULT,
        sunset: SunsetTable::EMPTY,
        now_unix_s: i64::MIN,
    };

    /// The policies the user accepts; `None` for any.
    pub(super) fn user_policies(&self) -> Option<impl Iterator<Item = &[u8]>> {
        let policies = || self.initial_policies.iter().map(|policy| &**policy);
        let is_any = self.initial_policies.is_empty() || policies().any(|it| it == ANY_POLICY);
        (!is_any).then(policies)
    }
}

/// What the leaf's key is to be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// A signature of mail (RFC 8550 §4.4).
    Mail,
    /// Mail that is encrypted for whoever has it (RFC 8550 §4.4).
    Encryption,
    /// A signature over another (RFC 5652 §11.4), which may be asked to prove its age.
    Countersignature,
    /// A time-stamp token (RFC 3161 §2.3).
    TimeStamping,
    /// A certificate list; that the key may is checked beside the path (RFC 5280 §6.3.3 (f)).
    IssueLists,
    /// What the operator himself says that a key is for: the claims of a notary.
    Vouched,
    /// Nothing: another certificate of a key, which is asked for what is said of its theft.
    SharesKey,
}

impl Purpose {
    /// Whether a key for it must be beyond doubt, since its word about a time is all there is.
    pub(super) const fn takes_the_worst(self) -> bool {
        matches!(self, Self::Countersignature | Self::TimeStamping | Self::Vouched)
    }
}
