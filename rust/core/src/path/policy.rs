//! Certificate policies of a path: RFC 5280 §6.1.3 (d) to (f), §6.1.4 (a), (b), (h) to (j) and §6.1.5 (a), (b), (g), over
//! a graph as in RFC 9618.
//!
//! Takes a finished path and the operator's rules; gives the policies under which it is good for the user. An anchor's
//! constraints on policies hold (RULES 19), the policies it names do not bind: an anchor is a name and a key.

mod graph;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tree;

use self::graph::Graph;
use super::budget::{Budget, Exceeded};
use super::rules::PathRules;
use crate::verdict::facts::ChainResult;
use crate::x509::certificate::{Certificate, OidBytes};
use crate::x509::policies::ANY_POLICY;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The policies that hold, or why the path does not.
pub(super) type Policies = Result<Vec<OidBytes>, ChainResult>;

/// Checks a path, leaf first and anchor last: the user-constrained-policy-set of RFC 5280 §6.1.6, in order of octets.
pub(super) fn check_policies(
    chain: &[Arc<Certificate>],
    rules: &PathRules,
    budget: &mut Budget,
) -> Result<Policies, Exceeded> {
    // A signer that is an anchor is a path of its own certificate.
    let (certificates, anchor) = match chain.split_last() {
        Some((anchor, certificates @ [_, ..])) => (certificates, Some(anchor)),
        _ => (chain, None),
    };
    let mut counts = Counts::new(rules, certificates.len());
    if let Some(anchor) = anchor {
        counts.constrain(anchor);
    }
    let mut graph = Graph::new();
    for (below, certificate) in certificates.iter().enumerate().rev() {
        let is_final = below == 0;
        // RFC 5280 §6.1.3 (d)(2).
        let any_policy_counts =
            counts.inhibit_any_policy > 0 || !is_final && certificate.self_issued;
        graph.grow(&certificate.policies, any_policy_counts, budget)?;
        // RFC 5280 §6.1.3 (f).
        if counts.explicit_policy == 0 && graph.is_null() {
            return Ok(Err(ChainResult::Policy));
        }
        if is_final {
            counts.wrap_up(certificate);
        } else {
            // RFC 5280 §6.1.4 (a).
            if maps_any_policy(certificate) {
                return Ok(Err(ChainResult::Policy));
            }
            graph.map(&certificate.policy_mappings, counts.policy_mapping > 0, budget)?;
            counts.prepare_for_next(certificate);
        }
    }
    let policies = user_constrained(&graph.authority_constrained(), rules);
    let is_good = counts.explicit_policy > 0 || !policies.is_empty();
    Ok(if is_good { Ok(policies) } else { Err(ChainResult::Policy) })
}

fn maps_any_policy(certificate: &Certificate) -> bool {
    certificate.policy_mappings.iter().any(|mapping| {
        [&mapping.issuer_domain, &mapping.subject_domain].into_iter().any(|it| **it == *ANY_POLICY)
    })
}

/// RFC 9618 §5.6: what the CAs stand for, as far as the user asked for it.
fn user_constrained(authority: &BTreeSet<&[u8]>, rules: &PathRules) -> Vec<OidBytes> {
    let owned = |policies: BTreeSet<&[u8]>| policies.into_iter().map(OidBytes::from).collect();
    match rules.user_policies() {
        None => owned(authority.clone()),
        Some(user) => {
            let is_any = authority.contains(ANY_POLICY);
            owned(user.filter(|policy| is_any || authority.contains(policy)).collect())
        }
    }
}

/// explicit_policy, policy_mapping and inhibit_anyPolicy: how many certificates may follow before each begins.
struct Counts {
    explicit_policy: usize,
    policy_mapping: usize,
    inhibit_any_policy: usize,
}

impl Counts {
    /// RFC 5280 §6.1.2 (d), (e) and (f).
    fn new(rules: &PathRules, length: usize) -> Self {
        let start = |is_set: bool| if is_set { 0 } else { length + 1 };
        Self {
            explicit_policy: start(rules.require_explicit_policy),
            policy_mapping: start(rules.inhibit_policy_mapping),
            inhibit_any_policy: start(rules.inhibit_any_policy),
        }
    }

    /// RFC 5280 §6.1.4 (h), (i) and (j).
    fn prepare_for_next(&mut self, certificate: &Certificate) {
        if !certificate.self_issued {
            for count in
                [&mut self.explicit_policy, &mut self.policy_mapping, &mut self.inhibit_any_policy]
            {
                *count = count.saturating_sub(1);
            }
        }
        self.constrain(certificate);
    }

    /// RFC 5280 §6.1.4 (i) and (j).
    fn constrain(&mut self, certificate: &Certificate) {
        let constraints = &certificate.policy_constraints;
        for (count, skip) in [
            (&mut self.explicit_policy, constraints.require_explicit_policy),
            (&mut self.policy_mapping, constraints.inhibit_policy_mapping),
            (&mut self.inhibit_any_policy, certificate.inhibit_any_policy),
        ] {
            if let Some(skip) = skip {
                *count = (*count).min(skip as usize);
            }
        }
    }

    /// RFC 5280 §6.1.5 (a) and (b).
    fn wrap_up(&mut self, certificate: &Certificate) {
        self.explicit_policy = self.explicit_policy.saturating_sub(1);
        if certificate.policy_constraints.require_explicit_policy == Some(0) {
            self.explicit_policy = 0;
        }
    }
}
