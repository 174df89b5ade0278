//! Names against subtrees: certificates of the path tests, with other names and other constraints put in.

use super::*;
use crate::path::budget::Budget;
use crate::path::tests::one;
use crate::x509::certificate::{AddressKind, CertificateAddress, GeneralName, GeneralSubtree};
use core::slice;
use proptest::prelude::*;

fn bytes(text: &str) -> Box<[u8]> {
    text.as_bytes().into()
}

fn rfc822(text: &str) -> GeneralName {
    GeneralName::Rfc822(bytes(text))
}

fn subtrees(bases: &[GeneralName]) -> Box<[GeneralSubtree]> {
    let subtree = |base: &GeneralName| GeneralSubtree { base: base.clone(), has_distances: false };
    bases.iter().map(subtree).collect()
}

fn permitted(bases: &[GeneralName]) -> NameConstraints {
    NameConstraints { permitted: subtrees(bases), ..NameConstraints::default() }
}

fn excluded(bases: &[GeneralName]) -> NameConstraints {
    NameConstraints { excluded: subtrees(bases), ..NameConstraints::default() }
}

fn with_address(kind: AddressKind, text: &str) -> Certificate {
    let address = CertificateAddress { kind, text: text.into(), contains_nul: text.contains('\0') };
    Certificate { addresses: vec![address], alternative_names: Box::default(), ..one("leaf") }
}

fn with_name(name: GeneralName) -> Certificate {
    Certificate { addresses: Vec::new(), alternative_names: [name].into(), ..one("leaf") }
}

fn constrained(label: &str, constraints: NameConstraints) -> Certificate {
    Certificate { name_constraints: Some(Box::new(constraints)), ..one(label) }
}

fn check(chain: Vec<Certificate>) -> ChainResult {
    let chain: Vec<_> = chain.into_iter().map(Arc::new).collect();
    check_name_constraints(&chain, &mut Budget::whole()).unwrap()
}

/// Result for a leaf below a CA with constraints.
fn below(leaf: Certificate, constraints: NameConstraints) -> ChainResult {
    check(vec![leaf, constrained("intermediate", constraints), one("root")])
}

/// Whether a name lies inside what a base permits; and the opposite for what it excludes.
fn is_inside(base: GeneralName, leaf: &Certificate) -> bool {
    let permits = below(leaf.clone(), permitted(slice::from_ref(&base)));
    let excludes = below(leaf.clone(), excluded(&[base]));
    match (permits, excludes) {
        (ChainResult::Ok, ChainResult::NameConstraints) => true,
        (ChainResult::NameConstraints, ChainResult::Ok) => false,
        other => panic!("{other:?}"),
    }
}

#[test]
fn rfc822_name_lies_inside_a_mailbox_a_host_or_a_domain() {
    for (base, address, expected) in [
        ("ann@example.org", "ann@example.org", true),
        ("ann@example.org", "ann@EXAMPLE.org", true),
        ("ann@example.org", "bob@example.org", false),
        ("ann@example.org", "ann@a.example.org", false),
        ("example.org", "ann@example.org", true),
        ("Example.ORG", "ann@exampLe.org", true),
        ("example.org", "ann@a.example.org", false),
        ("example.org", "ann@badexample.org", false),
        ("example.org", "example.org@evil.example", false),
        (".example.org", "ann@a.example.org", true),
        (".example.org", "ann@b.a.example.org", true),
        (".example.org", "ann@example.org", false),
        (".example.org", "ann@badexample.org", false),
        ("", "ann@example.org", true),
    ] {
        let leaf = with_address(AddressKind::Rfc822Name, address);
        assert_eq!(is_inside(rfc822(base), &leaf), expected, "{base} {address}");
    }
}

#[test]
fn rule_20_every_address_lies_inside_wherever_it_stands() {
    let constraints = || permitted(&[rfc822("example.org")]);
    for kind in [AddressKind::Rfc822Name, AddressKind::SmtpUtf8, AddressKind::DnEmail] {
        assert_eq!(below(with_address(kind, "a@example.org"), constraints()), ChainResult::Ok);
        let outside = with_address(kind, "a@evil.example");
        assert_eq!(below(outside.clone(), constraints()), ChainResult::NameConstraints, "{kind:?}");
        let mut both = with_address(AddressKind::Rfc822Name, "a@example.org");
        both.addresses.extend(outside.addresses);
        assert_eq!(below(both, constraints()), ChainResult::NameConstraints, "{kind:?} beside");
    }
}

#[test]
fn rule_20_mailbox_that_may_match_a_sender_is_excluded_however_it_is_spelled() {
    for address in
        ["ann@example.org", "Ann@example.org", "\"ann\"@example.org", "\"a\\nn\"@EXAMPLE.org"]
    {
        let leaf = with_address(AddressKind::Rfc822Name, address);
        let result = below(leaf, excluded(&[rfc822("ann@example.org")]));
        assert_eq!(result, ChainResult::NameConstraints, "{address}");
    }
    // What is permitted is the one mailbox (RFC 5280 §7.5).
    let other_case = with_address(AddressKind::Rfc822Name, "Ann@example.org");
    let result = below(other_case, permitted(&[rfc822("ann@example.org")]));
    assert_eq!(result, ChainResult::NameConstraints);
}

#[test]
fn rule_20_international_domain_is_compared_in_a_labels() {
    let base = || rfc822("xn--bcher-kva.example");
    let inside = with_address(AddressKind::SmtpUtf8, "\u{e4}@B\u{fc}cher.example");
    assert!(is_inside(base(), &inside));
    let outside = with_address(AddressKind::SmtpUtf8, "\u{e4}@bucher.example");
    assert!(!is_inside(base(), &outside));
    let below_it = with_address(AddressKind::SmtpUtf8, "\u{e4}@a.b\u{fc}cher.example");
    assert!(is_inside(rfc822(".xn--bcher-kva.example"), &below_it));
}

#[test]
fn rule_20_address_that_is_none_lies_nowhere() {
    for text in [
        "",
        "ann",
        "@example.org",
        "ann@",
        "ann@example.org.",
        "ann@example..org",
        "ann@[192.0.2.1]",
        "ann@example.org\0",
        "a\nb@example.org",
        "ann@exa mple.org",
        "ann@\u{ff45}xample.org",
    ] {
        let leaf = || with_address(AddressKind::Rfc822Name, text);
        for constraints in [permitted(&[rfc822("")]), excluded(&[rfc822("evil.example")])] {
            assert_eq!(below(leaf(), constraints), ChainResult::NameConstraints, "{text:?}");
        }
        let others = permitted(&[GeneralName::Dns(bytes("example.org"))]);
        assert_eq!(below(leaf(), others), ChainResult::Ok, "{text:?} of a form nobody constrains");
    }
}

#[test]
fn dns_name_lies_inside_with_labels_added_on_the_left() {
    for (base, name, expected) in [
        ("example.org", "example.org", true),
        ("example.org", "a.b.EXAMPLE.org", true),
        ("example.org", "*.example.org", true),
        ("example.org", "badexample.org", false),
        ("example.org", "org", false),
        (".example.org", "a.example.org", true),
        (".example.org", "example.org", false),
        ("", "anything.example", true),
    ] {
        let leaf = with_name(GeneralName::Dns(bytes(name)));
        assert_eq!(is_inside(GeneralName::Dns(bytes(base)), &leaf), expected, "{base} {name}");
    }
}

#[test]
fn uri_lies_inside_by_its_host() {
    for (base, name, expected) in [
        ("example.org", "https://example.org/a", true),
        ("example.org", "https://user:p@EXAMPLE.org:80?a", true),
        ("example.org", "ldap://a.example.org", false),
        ("example.org", "https://example.org@evil.example/", false),
        ("example.org", "https://evil.example/example.org", false),
        (".example.org", "ftp://a.example.org#b", true),
        (".example.org", "ftp://example.org", false),
    ] {
        let leaf = with_name(GeneralName::Uri(bytes(name)));
        assert_eq!(is_inside(GeneralName::Uri(bytes(base)), &leaf), expected, "{base} {name}");
    }
    // RFC 5280 §4.2.1.10: without a host's name there is nothing to compare.
    for name in ["urn:a:b", "https://192.0.2.1/", "https://[::1]/", "https://", "https://a%2eb/"] {
        let leaf = with_name(GeneralName::Uri(bytes(name)));
        let result = below(leaf, excluded(&[GeneralName::Uri(bytes("evil.example"))]));
        assert_eq!(result, ChainResult::NameConstraints, "{name}");
    }
    // RFC 3986 §3.1: what does not begin with a scheme is no URI, and might be read as of another host.
    for name in
        [".https://example.org/", "://example.org/", "1a://example.org", "a b://example.org"]
    {
        let leaf = with_name(GeneralName::Uri(bytes(name)));
        let base = || [GeneralName::Uri(bytes("example.org"))];
        assert_eq!(below(leaf.clone(), permitted(&base())), ChainResult::NameConstraints, "{name}");
        assert_eq!(below(leaf, excluded(&base())), ChainResult::NameConstraints, "{name}");
    }
    let leaf = with_name(GeneralName::Uri(bytes("Z39.50-s+x://example.org/a")));
    assert!(is_inside(GeneralName::Uri(bytes("example.org")), &leaf));
}

#[test]
fn ip_address_lies_inside_its_network() {
    let network = || GeneralName::Ip([192, 0, 2, 0, 255, 255, 255, 128].into());
    let v4 = |address: [u8; 4]| with_name(GeneralName::Ip(address.into()));
    assert!(is_inside(network(), &v4([192, 0, 2, 127])));
    assert!(!is_inside(network(), &v4([192, 0, 2, 128])));
    let v6 = |last| {
        let mut address = [0; 16];
        address[15] = last;
        with_name(GeneralName::Ip(address.into()))
    };
    assert!(!is_inside(network(), &v6(0)), "another family");
    let mut all_but_one = [0xff; 32];
    all_but_one[..16].fill(0);
    all_but_one[31] = 0xfe;
    assert!(is_inside(GeneralName::Ip(all_but_one.into()), &v6(1)));
    assert!(!is_inside(GeneralName::Ip(all_but_one.into()), &v6(2)));
    let odd = with_name(GeneralName::Ip([1, 2, 3].into()));
    assert_eq!(below(odd, excluded(&[network()])), ChainResult::NameConstraints);
}

#[test]
fn directory_name_lies_inside_when_it_begins_with_the_rdns() {
    let [leaf, root] = ["leaf", "root"].map(one);
    let of = |certificate: &Certificate| certificate.subject.normalized.clone();
    let under_root = [of(&root), of(&leaf)].concat().into_boxed_slice();
    let name = |normalized: &[u8]| with_name(GeneralName::Directory(normalized.into()));
    let base = |normalized: &[u8]| GeneralName::Directory(normalized.into());
    let mut bare = name(&under_root);
    bare.subject.normalized = Box::default();
    assert!(is_inside(base(&of(&root)), &bare));
    assert!(is_inside(base(&under_root), &bare));
    assert!(is_inside(base(b""), &bare));
    assert!(!is_inside(base(&of(&leaf)), &bare));
    // The subject is a directory name too.
    let subject = with_name(GeneralName::Directory(of(&root)));
    assert_eq!(below(subject, permitted(&[base(&of(&root))])), ChainResult::NameConstraints);
    assert!(is_inside(base(&of(&leaf)), &one("leaf")));
}

#[test]
fn constraint_of_a_form_that_is_not_compared_refuses_that_form_only() {
    let upn = || GeneralName::Other(b"\x2b\x06\x01".as_slice().into());
    let other = || GeneralName::Other(b"\x2b\x06\x02".as_slice().into());
    let registered = || GeneralName::RegisteredId(b"\x2a\x03".as_slice().into());
    for form in [upn(), registered(), GeneralName::X400, GeneralName::EdiParty] {
        let form_alone = slice::from_ref(&form);
        for constraints in [permitted(form_alone), excluded(form_alone)] {
            let result = below(with_name(form.clone()), constraints.clone());
            assert_eq!(result, ChainResult::CriticalExtension, "{form:?}");
            assert_eq!(below(with_name(other()), constraints), ChainResult::Ok, "{form:?}");
        }
    }
    // RFC 9598 §6: SmtpUTF8Mailbox is constrained by rfc822Name.
    let smtp_utf8 = permitted(&[GeneralName::SmtpUtf8(bytes("a@example.org"))]);
    let leaf = with_address(AddressKind::SmtpUtf8, "a@example.org");
    assert_eq!(below(leaf, smtp_utf8), ChainResult::CriticalExtension);
}

#[test]
fn constraint_that_cannot_be_read_is_never_overlooked() {
    let strange = [
        "@example.org",
        "*@example.org",
        "*.example.org",
        "example.org.",
        "a b",
        ".",
        "\u{e4}.example",
    ];
    for base in strange {
        let leaf = with_address(AddressKind::Rfc822Name, "a@example.org");
        let result = below(leaf, excluded(&[rfc822(base)]));
        assert_eq!(result, ChainResult::CriticalExtension, "{base}");
        let dns = with_name(GeneralName::Dns(bytes("a.example.org")));
        assert_eq!(below(dns, excluded(&[rfc822(base)])), ChainResult::Ok, "{base}");
    }
    let mut distant = permitted(&[rfc822("example.org")]);
    distant.permitted[0].has_distances = true;
    let leaf = with_address(AddressKind::Rfc822Name, "a@example.org");
    assert_eq!(below(leaf, distant), ChainResult::CriticalExtension);
}

#[test]
fn excluded_outweighs_permitted() {
    let constraints = NameConstraints {
        permitted: subtrees(&[rfc822(".example.org"), rfc822("other.example")]),
        excluded: subtrees(&[rfc822("b.example.org")]),
    };
    let result = |text| below(with_address(AddressKind::Rfc822Name, text), constraints.clone());
    assert_eq!(result("a@a.example.org"), ChainResult::Ok);
    assert_eq!(result("a@other.example"), ChainResult::Ok);
    assert_eq!(result("a@b.example.org"), ChainResult::NameConstraints);
}

#[test]
fn every_ca_above_a_name_constrains_it() {
    let leaf = || with_address(AddressKind::Rfc822Name, "a@example.org");
    let inside = || permitted(&[rfc822("example.org")]);
    let outside = || permitted(&[rfc822("evil.example")]);
    let chain = |lower, upper| {
        check(vec![
            leaf(),
            constrained("sub", lower),
            constrained("intermediate", upper),
            one("root"),
        ])
    };
    assert_eq!(chain(inside(), inside()), ChainResult::Ok);
    assert_eq!(chain(outside(), inside()), ChainResult::NameConstraints);
    assert_eq!(chain(inside(), outside()), ChainResult::NameConstraints);
}

#[test]
fn rule_19_name_constraints_of_an_anchor_hold() {
    let leaf = || with_address(AddressKind::Rfc822Name, "a@example.org");
    let under = |base| {
        check(vec![leaf(), one("intermediate"), constrained("root", permitted(&[rfc822(base)]))])
    };
    assert_eq!(under("example.org"), ChainResult::Ok);
    assert_eq!(under("evil.example"), ChainResult::NameConstraints);
    let alone = Certificate {
        name_constraints: Some(Box::new(permitted(&[rfc822("evil.example")]))),
        ..leaf()
    };
    assert_eq!(check(vec![alone]), ChainResult::Ok, "nobody's own constraints are for himself");
}

#[test]
fn self_issued_certificates_are_exempt_but_for_the_leaf() {
    let named = |label: &str, self_issued| Certificate {
        self_issued,
        ..Certificate {
            addresses: with_address(AddressKind::DnEmail, "a@evil.example").addresses,
            ..one(label)
        }
    };
    let constraints = || constrained("intermediate", permitted(&[rfc822("example.org")]));
    let clean = || with_address(AddressKind::Rfc822Name, "a@example.org");
    let rolled_over = |self_issued| check(vec![clean(), named("sub", self_issued), constraints()]);
    assert_eq!(rolled_over(true), ChainResult::Ok);
    assert_eq!(rolled_over(false), ChainResult::NameConstraints);
    assert_eq!(check(vec![named("leaf", true), constraints()]), ChainResult::NameConstraints);
}

#[test]
fn rule_23_names_times_constraints_are_counted_before_they_are_compared() {
    let mut leaf = one("leaf");
    leaf.alternative_names = vec![GeneralName::Dns(bytes("a.example.org")); 10_000].into();
    let names = vec![GeneralName::Dns(bytes("b.example.org")); 10_000];
    let ca = constrained("intermediate", excluded(&names));
    let chain = [leaf.clone(), ca].map(Arc::new);
    assert_eq!(check_name_constraints(&chain, &mut Budget::whole()), Err(Exceeded));
    // One subject, one address, a hundred names: each held against each of ten.
    leaf.alternative_names = leaf.alternative_names[..100].into();
    let own = 1 + leaf.addresses.len() + 100;
    let ca = constrained("intermediate", excluded(&names[..10]));
    let chain = [leaf, ca].map(Arc::new);
    let mut budget = Budget::whole();
    check_name_constraints(&chain, &mut budget).unwrap();
    let left = crate::limits::PATH_NAME_COMPARISONS as usize - 10 * own;
    budget.spend_name_comparisons(left).unwrap();
    assert_eq!(budget.spend_name_comparisons(1), Err(Exceeded));
}

fn any_domain() -> impl Strategy<Value = Vec<&'static str>> {
    proptest::collection::vec(proptest::sample::select(vec!["a", "A", "b", "ab", "a-b"]), 1..4)
}

proptest! {
    #[test]
    fn domain_lies_below_another_exactly_when_its_last_labels_are_the_other(
        name in any_domain(), base in any_domain(),
    ) {
        let lower = |labels: &[&str]| labels.join(".").to_ascii_lowercase();
        let split = name.len().saturating_sub(base.len());
        let is_same = lower(&name[split..]) == lower(&base);
        let leaf = with_name(GeneralName::Dns(bytes(&name.join("."))));
        let plain = is_inside(GeneralName::Dns(bytes(&base.join("."))), &leaf);
        prop_assert_eq!(plain, is_same);
        let dotted = is_inside(GeneralName::Dns(bytes(&format!(".{}", base.join(".")))), &leaf);
        prop_assert_eq!(dotted, is_same && split > 0);
    }

    #[test]
    fn address_and_constraint_of_any_octets_never_panic(address: String, base: Vec<u8>, uri: Vec<u8>) {
        let leaf = with_address(AddressKind::SmtpUtf8, &address);
        let both = [GeneralName::Rfc822(base.clone().into()), GeneralName::Uri(base.into())];
        let _ = below(leaf, permitted(&both));
        let _ = below(with_name(GeneralName::Uri(uri.into())), excluded(&both));
    }
}
