//! Budgets of path building: work is counted, never timed, so that a verdict is the same on every machine (RULES 23).
//!
//! An answer found in a cache costs what finding it would have cost (RULES 24).

use smimebatch_crypto::signature::PublicKey;

use crate::limits;

/// The budget is spent: the building stops and says `budget`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exceeded;

/// What is left for one path building.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    signature_checks: u32,
    name_comparisons: u32,
    policy_nodes: u32,
}

impl Budget {
    /// The whole budget of one path building.
    pub(crate) const fn whole() -> Self {
        Self {
            signature_checks: limits::PATH_SIGNATURE_CHECKS,
            name_comparisons: limits::PATH_NAME_COMPARISONS,
            policy_nodes: limits::PATH_POLICY_NODES,
        }
    }

    /// Signature checks paid for so far.
    pub(crate) const fn signature_checks_spent(&self) -> u32 {
        limits::PATH_SIGNATURE_CHECKS - self.signature_checks
    }

    /// Pays for a signature check by this key; one by a key of unusual size is worth several.
    pub(crate) fn spend_signature_check(&mut self, key: &PublicKey) -> Result<(), Exceeded> {
        self.spend_signature_checks(key.check_cost())
    }

    /// Pays for what takes as long as `count` signature checks by usual keys.
    pub(crate) fn spend_signature_checks(&mut self, count: u32) -> Result<(), Exceeded> {
        self.signature_checks = self.signature_checks.checked_sub(count).ok_or(Exceeded)?;
        Ok(())
    }

    /// Pays for `count` name comparisons.
    pub(crate) fn spend_name_comparisons(&mut self, count: usize) -> Result<(), Exceeded> {
        let count = u32::try_from(count).map_err(|_| Exceeded)?;
        self.name_comparisons = self.name_comparisons.checked_sub(count).ok_or(Exceeded)?;
        Ok(())
    }

    /// Pays for `count` nodes of policy graphs.
    pub(crate) fn spend_policy_nodes(&mut self, count: usize) -> Result<(), Exceeded> {
        let count = u32::try_from(count).map_err(|_| Exceeded)?;
        self.policy_nodes = self.policy_nodes.checked_sub(count).ok_or(Exceeded)?;
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn rule_23_budget_ends_after_exactly_its_count() {
        let mut budget = Budget::whole();
        for _ in 0..limits::PATH_SIGNATURE_CHECKS {
            budget.spend_signature_checks(1).unwrap();
        }
        assert_eq!(budget.spend_signature_checks(1), Err(Exceeded));
        let all = limits::PATH_NAME_COMPARISONS as usize;
        budget.spend_name_comparisons(all).unwrap();
        budget.spend_name_comparisons(0).unwrap();
        assert_eq!(budget.spend_name_comparisons(1), Err(Exceeded));
        let all = limits::PATH_POLICY_NODES as usize;
        budget.spend_policy_nodes(all).unwrap();
        assert_eq!(budget.spend_policy_nodes(1), Err(Exceeded));
    }
}
