//! The valid policy graph of RFC 9618 §5: a level for each certificate, a policy once on each level.
//!
//! RFC 5280's tree says the same with a node for each way to a policy, so that mappings double it with every certificate;
//! here a node has several parents instead. Nodes without children are not deleted one by one: only the last level is
//! ever looked at, and in the end only what it can be reached from counts.

use super::super::budget::{Budget, Exceeded};
use crate::x509::certificate::{OidBytes, PolicyMapping};
use crate::x509::policies::ANY_POLICY;
use std::collections::{BTreeMap, BTreeSet};

/// The graph, anchor's level first.
pub(super) struct Graph<'a> {
    /// None once a level came out empty: NULL.
    levels: Vec<Vec<Node<'a>>>,
}

struct Node<'a> {
    /// valid_policy.
    policy: &'a [u8],
    /// expected_policy_set.
    expected: Vec<&'a [u8]>,
    /// Where its parents stand on the level before.
    parents: Vec<usize>,
}

impl<'a> Graph<'a> {
    /// RFC 5280 §6.1.2 (a).
    pub(super) fn new() -> Self {
        let root = Node { policy: ANY_POLICY, expected: vec![ANY_POLICY], parents: Vec::new() };
        Self { levels: vec![vec![root]] }
    }

    /// Whether no policy is left.
    pub(super) const fn is_null(&self) -> bool {
        self.levels.is_empty()
    }

    /// RFC 9618 §5.4 (d) and (e): the level of a certificate with these policies, none if it has no such extension.
    ///
    /// Each policy looked at costs a node, the certificate's and those expected.
    pub(super) fn grow(
        &mut self,
        policies: &'a [OidBytes],
        any_policy_counts: bool,
        budget: &mut Budget,
    ) -> Result<(), Exceeded> {
        let Some(above) = self.levels.last() else { return Ok(()) };
        let mut expecting: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
        for (place, node) in above.iter().enumerate() {
            for &policy in &node.expected {
                expecting.entry(policy).or_default().push(place);
            }
        }
        budget.spend_policy_nodes(policies.len() + expecting.len())?;
        let any_policy = above.iter().position(|node| node.policy == ANY_POLICY);
        let named: BTreeSet<&[u8]> = policies.iter().map(|policy| &**policy).collect();
        let node = |policy, parents| Node { policy, expected: vec![policy], parents };
        // (d)(1): of a parent that expects the policy, else of anyPolicy.
        let own = named.iter().filter(|&&policy| policy != ANY_POLICY).filter_map(|&policy| {
            let expecting = expecting.get(policy).cloned();
            Some(node(policy, expecting.or_else(|| any_policy.map(|place| vec![place]))?))
        });
        let mut level: Vec<_> = own.collect();
        // (d)(2): anyPolicy stands for everything that was expected and not named.
        if any_policy_counts && named.contains(ANY_POLICY) {
            let others = expecting.into_iter();
            let others =
                others.filter(|(policy, _)| *policy == ANY_POLICY || !named.contains(policy));
            level.extend(others.map(|(policy, parents)| node(policy, parents)));
        }
        self.push(level);
        Ok(())
    }

    /// RFC 9618 §5.5 (b): what the last certificate maps to what; its subjects' policies are expected from now on, or,
    /// with mapping inhibited, what was mapped is gone. Each mapping costs a node.
    pub(super) fn map(
        &mut self,
        mappings: &'a [PolicyMapping],
        is_permitted: bool,
        budget: &mut Budget,
    ) -> Result<(), Exceeded> {
        budget.spend_policy_nodes(mappings.len())?;
        let Some(mut level) = self.levels.pop() else { return Ok(()) };
        let mut mapped: BTreeMap<&[u8], BTreeSet<&[u8]>> = BTreeMap::new();
        for mapping in mappings {
            mapped.entry(&mapping.issuer_domain).or_default().insert(&mapping.subject_domain);
        }
        if is_permitted {
            for node in &mut level {
                if let Some(subjects) = mapped.remove(node.policy) {
                    node.expected = subjects.into_iter().collect();
                }
            }
            // What is not on the level is there by anyPolicy, as a child of the same parent.
            if let Some(any_policy) = level.iter().find(|node| node.policy == ANY_POLICY) {
                let parents = any_policy.parents.clone();
                level.extend(mapped.into_iter().map(|(policy, subjects)| Node {
                    policy,
                    expected: subjects.into_iter().collect(),
                    parents: parents.clone(),
                }));
            }
        } else {
            level.retain(|node| !mapped.contains_key(node.policy));
        }
        self.push(level);
        Ok(())
    }

    /// RFC 9618 §5.6 (g): the policies, of the levels below the anchor, under anyPolicy; anyPolicy too if it reaches the
    /// last level.
    pub(super) fn authority_constrained(&self) -> BTreeSet<&'a [u8]> {
        let mut found = BTreeSet::new();
        let Some(last) = self.levels.last() else { return found };
        let is_any = |node: &Node<'_>| node.policy == ANY_POLICY;
        if last.iter().any(is_any) {
            found.insert(ANY_POLICY);
        }
        let mut reached: BTreeSet<usize> = (0..last.len()).collect();
        for pair in self.levels.windows(2).rev() {
            let [above, level] = pair else { continue };
            let nodes = || reached.iter().filter_map(|&place| level.get(place));
            let is_under_any = |node: &&Node<'_>| {
                node.parents.iter().filter_map(|&place| above.get(place)).any(is_any)
            };
            found.extend(
                nodes().filter(|node| !is_any(node)).filter(is_under_any).map(|node| node.policy),
            );
            reached = nodes().flat_map(|node| node.parents.iter().copied()).collect();
        }
        found
    }

    fn push(&mut self, level: Vec<Node<'a>>) {
        if level.is_empty() {
            self.levels.clear();
        } else {
            self.levels.push(level);
        }
    }
}
