//! Points, scopes and locations made field by field.

use super::*;

fn element(identifier: u8, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    write_element(&mut out, Tag::low(identifier), content);
    out
}

fn sequence(fields: &[Vec<u8>]) -> Vec<u8> {
    element(0x30, &fields.concat())
}

/// An RDN of one common name, without its SET.
fn common_name(text: &[u8]) -> Vec<u8> {
    sequence(&[element(6, b"\x55\x04\x03"), element(0x0c, text)])
}

fn name(texts: &[&[u8]]) -> Vec<u8> {
    let rdns: Vec<_> = texts.iter().map(|text| element(0x31, &common_name(text))).collect();
    sequence(&rdns)
}

fn uri(text: &[u8]) -> Vec<u8> {
    element(0x86, text)
}

/// `[0]` of a point: fullName of these names.
fn full(names: &[Vec<u8>]) -> Vec<u8> {
    element(0xa0, &element(0xa0, &names.concat()))
}

fn points(fields: &[Vec<u8>]) -> Result<Vec<DistributionPoint>> {
    parse_distribution_points(&sequence(&[sequence(fields)]))
}

fn only(fields: &[Vec<u8>]) -> DistributionPoint {
    points(fields).unwrap().remove(0)
}

#[test]
fn point_of_nothing_is_of_every_reason_and_of_the_issuer() {
    let point = only(&[]);
    assert_eq!((point.location, point.reasons), (None, Reasons::ALL));
    assert!(point.crl_issuer.is_empty());
}

#[test]
fn point_names_are_kept_ready_to_be_compared() {
    let directory = element(0xa4, &name(&[b"Some  CA"]));
    let dns = element(0x82, b"a.example");
    let point = only(&[full(&[uri(b"http://a/"), directory, dns.clone()])]);
    let expected = vec![
        PointName::Uri(b"http://a/".as_slice().into()),
        PointName::Directory(normalize(&name(&[b"some ca"])).unwrap()),
        PointName::Other(dns.into()),
    ];
    assert_eq!(point.location.unwrap().names(b"any"), expected);
    let named = only(&[element(0xa2, &element(0xa4, &name(&[b"other"])))]);
    let other = PointName::Directory(normalize(&name(&[b"other"])).unwrap());
    assert_eq!(named.crl_issuer, [other]);
}

#[test]
fn rule_17_point_relative_to_its_issuer_is_that_name_with_one_more_part() {
    let relative = element(0xa0, &element(0xa1, &common_name(b"List 1")));
    let location = only(&[relative]).location.unwrap();
    let issuer = normalize(&name(&[b"ca"])).unwrap();
    let whole = PointName::Directory(normalize(&name(&[b"CA", b"list 1"])).unwrap());
    assert_eq!(location.names(&issuer), [whole]);
}

#[test]
fn point_reasons_are_the_bits_one_to_eight() {
    let reasons = |bits: &[u8]| only(&[element(0x81, bits)]).reasons;
    assert_eq!(reasons(&[5, 0x60]), Reasons(0b110));
    assert_eq!(reasons(&[0, 0x80]), Reasons::NONE, "bit 0 is unused");
    assert_eq!(reasons(&[7, 0x02, 0x80]), Reasons(1 << 6 | 1 << 8));
    assert_eq!(reasons(&[0, 0xff, 0xff]), Reasons::ALL, "there is no bit 9");
    let (some, hold) = (Reasons(0b110), Reasons::HOLD);
    assert_eq!(hold, reasons(&[1, 0x02]));
    assert_eq!((some.or(hold), some.and(hold)), (Reasons(0b100_0110), Reasons::NONE));
    assert_eq!(some.or(hold).and(Reasons(0b1100)), Reasons(0b100));
    assert_eq!(some.or(some), some);
    assert!(some.or(hold).covers(hold) && !some.covers(hold) && !hold.covers(some.or(hold)));
    assert!(some.covers(Reasons::NONE) && Reasons::ALL.covers(Reasons::ALL));
}

#[test]
fn point_with_more_in_it_than_it_has_is_malformed() {
    assert!(points(&[element(0xa3, b"")]).is_err());
    let two = [element(0xa0, &uri(b"a")), element(0xa0, &uri(b"b"))].concat();
    assert_eq!(points(&[element(0xa0, &two)]), Err(Error::Malformed), "one choice");
    let (expected, found) = (Tag::context_constructed(1), Tag::context_constructed(2));
    let other = Err(Error::UnexpectedTag { expected, found });
    assert_eq!(points(&[element(0xa0, &element(0xa2, b""))]), other);
}

#[test]
fn rule_43_points_names_and_locations_are_counted() {
    let most = limits::DISTRIBUTION_POINTS;
    let of = |count: usize| parse_distribution_points(&sequence(&vec![sequence(&[]); count]));
    assert_eq!((of(most).map(|it| it.len()), of(most + 1)), (Ok(most), Err(Error::Limit)));
    let of = |count: usize| points(&[full(&vec![uri(b"a"); count])]).map(|_| count);
    assert_eq!((of(most), of(most + 1)), (Ok(most), Err(Error::Limit)));
    let access = |count: usize| {
        let description = sequence(&[element(6, b"\x2a\x03"), uri(b"a")]);
        parse_access_locations(&sequence(&vec![description; count])).map(|_| count)
    };
    assert_eq!((access(most), access(most + 1)), (Ok(most), Err(Error::Limit)));
}

#[test]
fn rule_22_scope_of_a_list_has_each_limit_where_it_is_said() {
    let read = |fields: &[Vec<u8>]| parse_issuing_distribution_point(&sequence(fields));
    let flags = |fields: &[Vec<u8>]| {
        let scope = read(fields).unwrap();
        let attribute = scope.only_attribute_certificates;
        let kinds = [scope.only_user_certificates, scope.only_ca_certificates, attribute];
        (kinds, scope.is_indirect, scope.reasons)
    };
    let flag = |number: u8, octet: u8| element(0x80 + number, &[octet]);
    assert_eq!(flags(&[]), ([false; 3], false, Reasons::ALL));
    assert_eq!(flags(&[flag(1, 0xff)]), ([true, false, false], false, Reasons::ALL));
    assert_eq!(flags(&[flag(2, 0xff)]), ([false, true, false], false, Reasons::ALL));
    assert_eq!(flags(&[flag(4, 0xff)]), ([false; 3], true, Reasons::ALL));
    assert_eq!(flags(&[flag(5, 0xff)]), ([false, false, true], false, Reasons::ALL));
    assert_eq!(flags(&[flag(1, 0)]), ([false; 3], false, Reasons::ALL), "said to be not so");
    let some = element(0x83, &[5, 0x60]);
    assert_eq!(flags(&[some, flag(4, 1)]), ([false; 3], true, Reasons(0b110)));
    let located = read(&[full(&[uri(b"a")])]).unwrap().location;
    assert_eq!(located, only(&[full(&[uri(b"a")])]).location);
    assert!(read(&[flag(5, 0xff), flag(6, 0xff)]).is_err());
}

#[test]
fn access_locations_are_the_uris_of_two_methods() {
    let description = |last: u8, location: Vec<u8>| {
        let method = [&b"\x2b\x06\x01\x05\x05\x07\x30"[..], &[last]].concat();
        sequence(&[element(6, &method), location])
    };
    let list = sequence(&[
        description(1, uri(b"http://ocsp/")),
        description(2, uri(b"http://ca/")),
        description(3, uri(b"http://stamps/")),
        description(1, element(0x82, b"no.uri.example")),
        description(2, uri(b"ldap://ca/")),
    ]);
    let found = parse_access_locations(&list).unwrap();
    assert_eq!(found.responders, ["http://ocsp/".into()]);
    assert_eq!(found.issuers, ["http://ca/".into(), "ldap://ca/".into()]);
}
