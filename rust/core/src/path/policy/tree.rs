//! The valid policy tree as RFC 5280 §6.1 has it, step by step: slow, and the measure of the graph.

use super::super::rules::PathRules;
use crate::x509::certificate::{Certificate, OidBytes};
use crate::x509::policies::ANY_POLICY;
use std::collections::BTreeSet;
use std::sync::Arc;

struct Node {
    depth: usize,
    policy: OidBytes,
    expected: BTreeSet<OidBytes>,
    parent: Option<usize>,
    is_deleted: bool,
}

#[derive(Default)]
struct Tree(Vec<Node>);

impl Tree {
    fn at(&self, depth: usize) -> Vec<usize> {
        let is_there = |&place: &usize| self.0[place].depth == depth && !self.0[place].is_deleted;
        (0..self.0.len()).filter(is_there).collect()
    }

    fn add(&mut self, parent: Option<usize>, policy: &[u8], expected: BTreeSet<OidBytes>) {
        let depth = parent.map_or(0, |parent| self.0[parent].depth + 1);
        self.0.push(Node { depth, policy: policy.into(), expected, parent, is_deleted: false });
    }

    fn add_plain(&mut self, parent: usize, policy: &[u8]) {
        self.add(Some(parent), policy, [policy.into()].into());
    }

    fn has_children(&self, place: usize) -> bool {
        self.0.iter().any(|node| node.parent == Some(place) && !node.is_deleted)
    }

    /// Deletes nodes above `depth` without children until there are none.
    fn prune(&mut self, depth: usize) {
        for above in (0..depth).rev() {
            for place in self.at(above) {
                self.0[place].is_deleted = !self.has_children(place);
            }
        }
    }

    fn delete_below(&mut self, place: usize) {
        self.0[place].is_deleted = true;
        let children: Vec<_> =
            (0..self.0.len()).filter(|&child| self.0[child].parent == Some(place)).collect();
        for child in children {
            self.delete_below(child);
        }
    }

    fn is_null(&self) -> bool {
        self.at(0).is_empty()
    }

    fn is_any(&self, place: usize) -> bool {
        *self.0[place].policy == *ANY_POLICY
    }

    /// RFC 5280 §6.1.3 (d).
    fn process(&mut self, depth: usize, certificate: &Certificate, any_policy_counts: bool) {
        let above = self.at(depth - 1);
        let named: BTreeSet<&[u8]> = certificate.policies.iter().map(|it| &**it).collect();
        for &policy in named.iter().filter(|&&policy| policy != ANY_POLICY) {
            let expecting = |place: &&usize| self.0[**place].expected.contains(policy);
            let mut parents: Vec<usize> = above.iter().filter(expecting).copied().collect();
            if parents.is_empty() {
                parents = above.iter().copied().filter(|&place| self.is_any(place)).collect();
            }
            for parent in parents {
                self.add_plain(parent, policy);
            }
        }
        if named.contains(ANY_POLICY) && any_policy_counts {
            for &parent in &above {
                for policy in self.0[parent].expected.clone() {
                    let is_there =
                        self.0.iter().any(|it| it.parent == Some(parent) && it.policy == policy);
                    if !is_there {
                        self.add_plain(parent, &policy);
                    }
                }
            }
        }
        self.prune(depth);
    }

    /// RFC 5280 §6.1.4 (b).
    fn map(&mut self, depth: usize, certificate: &Certificate, is_permitted: bool) {
        let mappings = &certificate.policy_mappings;
        let mapped: BTreeSet<_> = mappings.iter().map(|it| it.issuer_domain.clone()).collect();
        for policy in mapped {
            let subjects: BTreeSet<OidBytes> = mappings
                .iter()
                .filter(|it| it.issuer_domain == policy)
                .map(|it| it.subject_domain.clone())
                .collect();
            let named: Vec<_> =
                self.at(depth).into_iter().filter(|&it| self.0[it].policy == policy).collect();
            if !is_permitted {
                for place in named {
                    self.0[place].is_deleted = true;
                }
                self.prune(depth);
            } else if named.is_empty() {
                let any = self.at(depth).into_iter().find(|&place| self.is_any(place));
                if let Some(any) = any {
                    self.add(self.0[any].parent, &policy, subjects);
                }
            } else {
                for place in named {
                    self.0[place].expected = subjects.clone();
                }
            }
        }
    }

    /// RFC 5280 §6.1.5 (g)(iii).
    fn intersect(&mut self, depth: usize, user: &BTreeSet<OidBytes>) {
        let under_any = |tree: &Self| -> Vec<usize> {
            let all = (1..=depth).flat_map(|depth| tree.at(depth));
            all.filter(|&place| tree.0[place].parent.is_some_and(|it| tree.is_any(it))).collect()
        };
        for place in under_any(self) {
            if !self.is_any(place) && !user.contains(&self.0[place].policy) {
                self.delete_below(place);
            }
        }
        if let Some(any) = self.at(depth).into_iter().find(|&place| self.is_any(place)) {
            let there: BTreeSet<_> =
                under_any(self).into_iter().map(|place| self.0[place].policy.clone()).collect();
            let parent = self.0[any].parent.unwrap();
            for policy in user.difference(&there) {
                self.add_plain(parent, policy);
            }
            self.0[any].is_deleted = true;
        }
        self.prune(depth);
    }

    fn authority(&self, depth: usize) -> BTreeSet<OidBytes> {
        let all = (1..=depth).flat_map(|depth| self.at(depth));
        let counts = |&place: &usize| {
            let is_under_any = self.0[place].parent.is_some_and(|parent| self.is_any(parent));
            is_under_any && (!self.is_any(place) || self.0[place].depth == depth)
        };
        all.filter(counts).map(|place| self.0[place].policy.clone()).collect()
    }
}

/// The user-constrained policies of a path with an anchor, leaf first; `None` where it is refused.
pub(super) fn slow_policies(
    chain: &[Arc<Certificate>],
    rules: &PathRules,
) -> Option<Vec<OidBytes>> {
    let length = chain.len() - 1;
    let start = |is_set: bool| if is_set { 0 } else { length as u32 + 1 };
    let mut explicit = start(rules.require_explicit_policy);
    let mut mapping = start(rules.inhibit_policy_mapping);
    let mut any = start(rules.inhibit_any_policy);
    let mut tree = Tree::default();
    tree.add(None, ANY_POLICY, [ANY_POLICY.into()].into());
    for depth in 0..=length {
        let certificate = &chain[length - depth];
        let is_final = depth == length;
        if depth > 0 {
            if certificate.policies.is_empty() {
                tree.0.clear();
            } else if !tree.is_null() {
                tree.process(depth, certificate, any > 0 || !is_final && certificate.self_issued);
            }
            if explicit == 0 && tree.is_null() {
                return None;
            }
            if is_final {
                break;
            }
            let maps = |it: &OidBytes| **it == *ANY_POLICY;
            if certificate
                .policy_mappings
                .iter()
                .any(|it| maps(&it.issuer_domain) || maps(&it.subject_domain))
            {
                return None;
            }
            tree.map(depth, certificate, mapping > 0);
            if !certificate.self_issued {
                explicit = explicit.saturating_sub(1);
                mapping = mapping.saturating_sub(1);
                any = any.saturating_sub(1);
            }
        }
        let constraints = certificate.policy_constraints;
        explicit = explicit.min(constraints.require_explicit_policy.unwrap_or(u32::MAX));
        mapping = mapping.min(constraints.inhibit_policy_mapping.unwrap_or(u32::MAX));
        any = any.min(certificate.inhibit_any_policy.unwrap_or(u32::MAX));
    }
    explicit = explicit.saturating_sub(1);
    if chain[0].policy_constraints.require_explicit_policy == Some(0) {
        explicit = 0;
    }
    let user: BTreeSet<OidBytes> = rules.initial_policies.iter().cloned().collect();
    if !user.is_empty() && !user.contains(ANY_POLICY) && !tree.is_null() {
        tree.intersect(length, &user);
    }
    if explicit == 0 && tree.is_null() {
        return None;
    }
    Some(tree.authority(length).into_iter().collect())
}
