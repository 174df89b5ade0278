//! Policies: the graph against the tree, and what neither may cost. PKITS (path/pkits.rs) holds the rest.

use super::tree::slow_policies;
use super::*;
use crate::limits;
use crate::path::tests::one;
use crate::x509::certificate::{PolicyConstraints, PolicyMapping};
use proptest::prelude::*;

/// 1.2.`number`, and anyPolicy for 0.
fn policy(number: u8) -> OidBytes {
    if number == 0 { ANY_POLICY.into() } else { [0x2a, number].into() }
}

fn certificate(policies: &[u8], mappings: &[(u8, u8)]) -> Certificate {
    let mapping = |&(issuer, subject): &(u8, u8)| PolicyMapping {
        issuer_domain: policy(issuer),
        subject_domain: policy(subject),
    };
    Certificate {
        policies: policies.iter().copied().map(policy).collect(),
        policy_mappings: mappings.iter().map(mapping).collect(),
        ..one("intermediate")
    }
}

/// `certificates` from the anchor's subordinate down to the leaf, under the root.
fn chain(certificates: Vec<Certificate>) -> Vec<Arc<Certificate>> {
    certificates.into_iter().rev().chain([one("root")]).map(Arc::new).collect()
}

fn check(chain: &[Arc<Certificate>], rules: &PathRules) -> Policies {
    check_policies(chain, rules, &mut Budget::whole()).unwrap()
}

fn explicit_rules() -> PathRules {
    PathRules { require_explicit_policy: true, ..PathRules::DEFAULT }
}

#[test]
fn rule_19_policy_constraints_of_an_anchor_hold() {
    let mut path = chain(vec![certificate(&[1], &[]), certificate(&[2], &[])]);
    assert_eq!(check(&path, &PathRules::DEFAULT), Ok(Vec::new()));
    let explicit = PolicyConstraints { require_explicit_policy: Some(0), ..Default::default() };
    path[2] = Arc::new(Certificate { policy_constraints: explicit, ..one("root") });
    assert_eq!(check(&path, &PathRules::DEFAULT), Err(ChainResult::Policy));
    let mut any = chain(vec![certificate(&[0], &[]), certificate(&[2], &[])]);
    assert_eq!(check(&any, &explicit_rules()), Ok(vec![policy(2)]));
    any[2] = Arc::new(Certificate { inhibit_any_policy: Some(0), ..one("root") });
    assert_eq!(check(&any, &explicit_rules()), Err(ChainResult::Policy));
}

#[test]
fn policies_that_an_anchor_names_do_not_bind() {
    let mut path = chain(vec![certificate(&[1], &[]), certificate(&[1], &[])]);
    path[2] = Arc::new(certificate(&[2], &[(1, 2)]));
    assert_eq!(check(&path, &explicit_rules()), Ok(vec![policy(1)]));
}

#[test]
fn signer_that_is_an_anchor_has_its_own_policies() {
    let alone = [Arc::new(certificate(&[1, 2], &[]))];
    assert_eq!(check(&alone, &explicit_rules()), Ok(vec![policy(1), policy(2)]));
    let user = PathRules { initial_policies: vec![policy(2)], ..explicit_rules() };
    assert_eq!(check(&alone, &user), Ok(vec![policy(2)]));
    let other = PathRules { initial_policies: vec![policy(3)], ..explicit_rules() };
    assert_eq!(check(&alone, &other), Err(ChainResult::Policy));
    let any = PathRules { initial_policies: vec![policy(3), policy(0)], ..explicit_rules() };
    assert_eq!(check(&alone, &any), check(&alone, &explicit_rules()));
}

#[test]
fn initial_policy_alone_refuses_nothing() {
    let path = chain(vec![certificate(&[1], &[]), certificate(&[1], &[])]);
    let user = PathRules { initial_policies: vec![policy(2)], ..PathRules::DEFAULT };
    assert_eq!(check(&path, &user), Ok(Vec::new()));
}

/// Fifteen CAs that each map two policies to both of them, and a leaf under both: 2^15 leaves of a tree.
fn policy_bomb() -> Vec<Arc<Certificate>> {
    let ca = || certificate(&[1, 2], &[(1, 1), (1, 2), (2, 1), (2, 2)]);
    let mut certificates: Vec<_> = (0..14).map(|_| ca()).collect();
    certificates.push(certificate(&[1, 2], &[]));
    chain(certificates)
}

#[test]
fn rule_23_mappings_that_double_a_tree_with_every_certificate_do_not_double_the_graph() {
    let bomb = policy_bomb();
    let mut budget = Budget::whole();
    let policies = check_policies(&bomb, &explicit_rules(), &mut budget).unwrap();
    assert_eq!(policies, Ok(vec![policy(1), policy(2)]));
    // The first grows from one expected policy, fourteen from two; fourteen have four mappings.
    let spent = 3 + 14 * 4 + 14 * 4;
    budget.spend_policy_nodes(limits::PATH_POLICY_NODES as usize - spent).unwrap();
    assert_eq!(budget.spend_policy_nodes(1), Err(Exceeded));
}

#[test]
fn rule_23_more_policies_or_mappings_than_nodes_end_in_budget() {
    let limit = limits::PATH_POLICY_NODES as usize;
    let many: Vec<OidBytes> = (0..limit as u32).map(|it| it.to_be_bytes().into()).collect();
    let named = Certificate { policies: many.clone(), ..one("intermediate") };
    // Once many are expected of the next certificate, once that one names many.
    for certificates in [[named.clone(), certificate(&[1], &[])], [certificate(&[1], &[]), named]] {
        let path = chain(certificates.into());
        let spent = check_policies(&path, &PathRules::DEFAULT, &mut Budget::whole());
        assert_eq!(spent, Err(Exceeded));
    }
    let mappings = many
        .iter()
        .map(|it| PolicyMapping { issuer_domain: policy(1), subject_domain: it.clone() });
    let mapping = Certificate { policy_mappings: mappings.collect(), ..certificate(&[0], &[]) };
    let path = chain(vec![mapping, certificate(&[0], &[])]);
    let spent = check_policies(&path, &PathRules::DEFAULT, &mut Budget::whole());
    assert_eq!(spent, Err(Exceeded));
}

fn any_certificate() -> impl Strategy<Value = Certificate> {
    let count = || proptest::option::weighted(0.15, 0..3_u32);
    let policies = proptest::collection::vec(0..4_u8, 0..4);
    let any_or_policies = prop_oneof![4 => policies, 1 => Just(vec![0])];
    // Now and then anyPolicy is mapped, which refuses the path.
    let number = || prop_oneof![40 => 1..4_u8, 1 => Just(0)];
    let mappings = proptest::collection::vec((number(), number()), 0..4);
    (any_or_policies, mappings, any::<bool>(), count(), count(), count()).prop_map(
        |(policies, mappings, self_issued, explicit, mapping, any)| Certificate {
            self_issued,
            policy_constraints: PolicyConstraints {
                require_explicit_policy: explicit,
                inhibit_policy_mapping: mapping,
            },
            inhibit_any_policy: any,
            ..certificate(&policies, &mappings)
        },
    )
}

fn any_rules() -> impl Strategy<Value = PathRules> {
    let user = prop_oneof![Just(vec![]), proptest::collection::vec(0..4_u8, 1..3)];
    let rare = || proptest::bool::weighted(0.2);
    (user, any::<bool>(), rare(), rare()).prop_map(|(user, explicit, mapping, any)| PathRules {
        initial_policies: user.into_iter().map(policy).collect(),
        require_explicit_policy: explicit,
        inhibit_policy_mapping: mapping,
        inhibit_any_policy: any,
        ..PathRules::DEFAULT
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]
    #[test]
    fn policy_graph_says_what_the_tree_says(
        certificates in proptest::collection::vec(any_certificate(), 1..5),
        anchor in any_certificate(),
        rules in any_rules(),
    ) {
        let mut path = chain(certificates);
        *path.last_mut().unwrap() = Arc::new(anchor);
        prop_assert_eq!(check(&path, &rules).ok(), slow_policies(&path, &rules));
    }
}
