//! Outcomes are the same from a cache, in any order, and in the whole of their intervals (RULES 24).

use super::*;

#[test]
fn interval_holds_its_first_second_and_not_its_end() {
    let interval = Interval { from_unix_s: 10, until_unix_s: 20 };
    let held: Vec<i64> = (8..22).filter(|&at_unix_s| interval.contains(at_unix_s)).collect();
    assert_eq!(held, (10..20).collect::<Vec<_>>());
}

#[test]
fn rule_24_certificate_of_one_message_never_helps_another() {
    let cache = PathCache::new(
        Arc::new(TrustStore::build(several(&["root"]), vec![])),
        PathRules::DEFAULT,
        1000,
    );
    let leaf = Arc::new(one("leaf"));
    let with = shared(&["intermediate"]);
    let request = |message_certificates| PathRequest {
        leaf: &leaf,
        inherited_parameters: None,
        message_certificates,
        revocation: RevocationSet::none(),
        at_unix_s: summer(2025),
        purpose: Purpose::Mail,
    };
    assert_eq!(cache.build_path(&request(&with), SetId::of(&with)).result, ChainResult::Ok);
    assert_eq!(cache.build_path(&request(&[]), SetId::of(&[])).result, ChainResult::NoPath);
}

fn any_labels() -> impl Strategy<Value = Vec<&'static str>> {
    proptest::sample::subsequence(&DRAWN[..], 0..=8).prop_shuffle()
}

fn any_time() -> impl Strategy<Value = i64> {
    // The ends of validities in the drawn certificates are first days of these years.
    prop_oneof![
        summer(2009)..summer(2051),
        proptest::sample::select(vec![2010, 2015, 2018, 2020, 2022, 2034, 2035, 2040])
            .prop_flat_map(|year: i64| {
                let midnight = one("leaf_2020_to_2022").not_before_unix_s;
                let leap_days = (year - 2017).div_euclid(4);
                let start = midnight + ((year - 2020) * 365 + leap_days) * 86_400;
                start - 2..=start + 2
            }),
    ]
}

fn any_limits() -> impl Strategy<Value = AnchorLimits> {
    let bound = || proptest::option::weighted(0.3, any_time());
    (bound(), bound(), bound()).prop_map(|(from, until, after)| AnchorLimits {
        trusted_from_unix_s: from,
        trusted_until_unix_s: until,
        distrust_after_unix_s: after,
    })
}

fn same(one: &PathOutcome, other: &PathOutcome) -> bool {
    let hashes = |it: &PathOutcome| it.chain.iter().map(|it| it.sha256).collect::<Vec<_>>();
    one.result == other.result
        && hashes(one) == hashes(other)
        && one.anchor.is_some() == other.anchor.is_some()
}

proptest! {
    #[test]
    fn outcome_holds_in_its_whole_interval_whatever_the_order_and_the_cache(
        message in any_labels(),
        anchors in any_labels(),
        leaf in proptest::sample::select(vec!["leaf", "leaf_2020_to_2022", "leaf_by_loop"]),
        limits in proptest::collection::vec(any_limits(), 8),
        times in proptest::collection::vec(any_time(), 1..8),
        model in proptest::sample::select(vec![ChainModel::Shell, ChainModel::Chain, ChainModel::Hybrid]),
    ) {
        let rules = PathRules { model, ..PathRules::DEFAULT };
        let limited = several(&anchors).into_iter().zip(limits).collect();
        let trust = Arc::new(TrustStore::build_with_limits(limited, Vec::new()));
        let cache = PathCache::new(Arc::clone(&trust), rules.clone(), 1000);
        let leaf = Arc::new(one(leaf));
        let forward = shared(&message);
        let backward: Vec<_> = forward.iter().rev().map(Arc::clone).collect();
        for &at_unix_s in &times {
            let request = PathRequest {
                leaf: &leaf,
                inherited_parameters: None,
                message_certificates: &forward,
                revocation: RevocationSet::none(),
                at_unix_s,
                purpose: Purpose::Mail,
            };
            let fresh = build_path(&request, &trust, &rules, &SignatureCache::new(0));
            prop_assert!(fresh.interval.contains(at_unix_s));
            let cached = cache.build_path(&request, SetId::of(&forward));
            prop_assert!(same(&fresh, &cached));
            prop_assert!(cached.interval.contains(at_unix_s));
            let reordered = PathRequest { message_certificates: &backward, ..request };
            prop_assert!(same(&fresh, &build_path(&reordered, &trust, &rules, &SignatureCache::new(0))));
            let Interval { from_unix_s, until_unix_s } = fresh.interval;
            for edge in [from_unix_s, until_unix_s - 1] {
                let at_edge = PathRequest { at_unix_s: edge, ..request };
                prop_assert!(same(&fresh, &build_path(&at_edge, &trust, &rules, &SignatureCache::new(0))));
            }
        }
    }

    #[test]
    fn good_path_is_chained_and_ends_at_an_anchor(message in any_labels(), anchors in any_labels()) {
        let trust = TrustStore::build(several(&anchors), Vec::new());
        let request = PathRequest {
            leaf: &Arc::new(one("leaf")),
            inherited_parameters: None,
            message_certificates: &shared(&message),
            revocation: RevocationSet::none(),
            at_unix_s: summer(2025),
            purpose: Purpose::Mail,
        };
        let outcome = build_path(&request, &trust, &PathRules::DEFAULT, &SignatureCache::new(0));
        if outcome.result == ChainResult::Ok {
            prop_assert!(trust.is_anchor(outcome.chain.last().unwrap()));
            for pair in outcome.chain.windows(2) {
                prop_assert_eq!(&pair[0].issuer, &pair[1].subject);
            }
        } else {
            prop_assert!(!message.contains(&"intermediate") || !anchors.contains(&"root"));
        }
    }
}
