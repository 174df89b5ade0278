//! Responses made field by field: what is read, and what makes bytes no response.

use super::*;
use crate::asn1::writer::write_element;

fn element(identifier: u8, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    write_element(&mut out, Tag::low(identifier), content);
    out
}

fn sequence(fields: &[&[u8]]) -> Vec<u8> {
    element(0x30, &fields.concat())
}

fn time(year: u32) -> Vec<u8> {
    element(0x18, format!("{year}0101000000Z").as_bytes())
}

const Y2011: i64 = 1_293_840_000;
const Y2012: i64 = 1_325_376_000;

/// CertID by SHA-1 of these.
fn cert_id(name: &[u8], key: &[u8], serial: &[u8]) -> Vec<u8> {
    let hash = |octets: &[u8]| element(4, digest::one(Algorithm::Sha1, octets).as_bytes());
    let sha1 = sequence(&[&element(6, b"\x2b\x0e\x03\x02\x1a")]);
    sequence(&[&sha1, &hash(name), &hash(key), &element(2, serial)])
}

/// SingleResponse with this status and what may follow thisUpdate.
fn single(status: &[u8], more: &[u8]) -> Vec<u8> {
    sequence(&[&cert_id(b"name", b"key", &[5]), status, &time(2012), more])
}

const GOOD: &[u8] = b"\x80\x00";

/// ResponseData of these single responses and what may follow them.
fn data(singles: &[u8], more: &[u8]) -> Vec<u8> {
    let responder = element(0xa2, &element(4, b"hash of a key"));
    sequence(&[&responder, &time(2012), &element(0x30, singles), more])
}

fn basic(data: &[u8], certificates: &[u8]) -> Vec<u8> {
    let algorithm = sequence(&[&element(6, b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"), b"\x05\x00"]);
    sequence(&[data, &algorithm, &element(3, &[0, 1]), certificates])
}

fn parsed(singles: &[u8], more: &[u8]) -> Result<BasicResponse, FieldError> {
    parse_ocsp(&basic(&data(singles, more), b""))
}

fn only(status: &[u8], more: &[u8]) -> SingleResponse {
    parsed(&single(status, more), b"").unwrap().responses.remove(0)
}

fn extension(oid: &[u8], is_critical: bool, value: &[u8]) -> Vec<u8> {
    let critical = if is_critical { element(1, &[0xff]) } else { Vec::new() };
    sequence(&[&element(6, oid), &critical, &element(4, value)])
}

/// `[1]`: extensions of a response or of a single one.
fn extensions(list: &[Vec<u8>]) -> Vec<u8> {
    element(0xa1, &element(0x30, &list.concat()))
}

fn reason(number: u8) -> Vec<u8> {
    element(10, &[number])
}

/// `[1]` RevokedInfo.
fn revoked(year: u32, why: Option<u8>) -> Vec<u8> {
    let why = why.map(|number| element(0xa0, &reason(number))).unwrap_or_default();
    element(0xa1, &[time(year), why].concat())
}

#[test]
fn ocsp_response_is_read_bare_or_in_its_wrapper_if_that_is_of_success() {
    let bare = basic(&data(&single(GOOD, b""), b""), b"");
    let wrapped = |status: u8, kind: &[u8]| {
        let bytes = sequence(&[&element(6, kind), &element(4, &bare)]);
        let der = sequence(&[&element(10, &[status]), &element(0xa0, &bytes)]);
        parse_ocsp(&der).map(|response| response.signed.sha256)
    };
    let expected = parse_ocsp(&bare).unwrap().signed.sha256;
    assert_eq!(wrapped(0, BASIC), Ok(expected));
    assert_eq!(wrapped(6, BASIC).unwrap_err().expected, "the status successful");
    assert_eq!(wrapped(0, NONCE).unwrap_err().expected, "a basic OCSP response");
}

#[test]
fn ocsp_statuses_are_told_apart() {
    assert_eq!(only(GOOD, b"").status, CertStatus::Good);
    assert_eq!(only(b"\x82\x00", b"").status, CertStatus::Unknown);
    assert!(is_left_out(&single(b"\x81\x00", b"")));
    let why = |year, number| match only(&revoked(year, number), b"").status {
        CertStatus::Revoked(found) => (found.revoked_unix_s, found.reason),
        other => panic!("{other:?}"),
    };
    assert_eq!(why(2011, None), (Y2011, RevocationReason::Unspecified));
    assert_eq!(why(2011, Some(1)), (Y2011, RevocationReason::KeyCompromise));
    assert_eq!(why(2011, Some(6)), (Y2011, RevocationReason::CertificateHold));
    assert_eq!(why(1970, Some(1)), (0, RevocationReason::KeyCompromise));
    assert_eq!(why(1970, Some(6)), (0, RevocationReason::NotIssued));
}

#[test]
fn ocsp_extensions_complete_a_revocation_and_never_soften_it() {
    let of = |why: Option<u8>, list: &[Vec<u8>]| match only(&revoked(2012, why), &extensions(list))
        .status
    {
        CertStatus::Revoked(found) => (found.reason, found.invalid_unix_s),
        other => panic!("{other:?}"),
    };
    let hold = extension(&[0x55, 0x1d, 21], false, &reason(6));
    let invalid = extension(&[0x55, 0x1d, 24], false, &time(2011));
    let expected = (RevocationReason::CertificateHold, Some(Y2011));
    assert_eq!(of(None, &[hold.clone(), invalid]), expected);
    assert_eq!(of(Some(1), &[hold]), (RevocationReason::KeyCompromise, None));
    assert_eq!(of(None, &[]), (RevocationReason::Unspecified, None));
}

#[test]
fn ocsp_times_are_those_of_the_single_response_and_the_cutoff_that_of_all_if_it_has_none() {
    let next = element(0xa0, &time(2012));
    assert_eq!(only(GOOD, &next).next_update_unix_s, Some(Y2012));
    let plain = only(GOOD, b"");
    assert_eq!((plain.this_update_unix_s, plain.next_update_unix_s), (Y2012, None));
    assert_eq!(plain.archive_cutoff_unix_s, None);
    let cutoff = |year| extensions(&[extension(ARCHIVE_CUTOFF, false, &time(year))]);
    let both = [single(GOOD, &cutoff(2011)), single(GOOD, b"")].concat();
    let found = parsed(&both, &cutoff(2012)).unwrap();
    let cutoffs: Vec<_> = found.responses.iter().map(|it| it.archive_cutoff_unix_s).collect();
    assert_eq!(cutoffs, [Some(Y2011), Some(Y2012)]);
    assert_eq!(found.produced_unix_s, Y2012);
}

#[test]
fn rule_22_unknown_critical_extension_of_a_response_is_told_where_it_stands() {
    let unknown = |oid: &[u8], is_critical| {
        let list = extensions(&[extension(oid, is_critical, b"\x05\x00")]);
        let inside = only(GOOD, &list).has_unknown_critical;
        let outside = parsed(&single(GOOD, b""), &list).unwrap();
        assert!(!outside.responses[0].has_unknown_critical);
        (inside, outside.has_unknown_critical)
    };
    assert_eq!(unknown(b"\x2a\x03", true), (true, true));
    assert_eq!(unknown(b"\x2a\x03", false), (false, false));
    assert_eq!(unknown(NONCE, true), (false, false));
    assert_eq!(unknown(EXTENDED_REVOKE, true), (false, false));
    let two = [extension(b"\x2a\x03", true, b""), extension(b"\x2a\x04", false, b"")];
    assert!(only(GOOD, &extensions(&two)).has_unknown_critical, "whatever follows");
}

#[test]
fn ocsp_parts_end_where_their_fields_end() {
    assert!(!only(GOOD, &element(0xa2, b"")).is_whole);
    assert!(parsed(&single(GOOD, b""), &element(0xa2, b"")).is_err());
    let with_id = |id: &[u8]| parsed(&sequence(&[id, GOOD, &time(2012)]), b"");
    let sha1 = sequence(&[&element(6, b"\x2b\x0e\x03\x02\x1a")]);
    let hash = element(4, b"hash");
    assert!(with_id(&sequence(&[&sha1, &hash, &hash, &element(2, &[5])])).is_ok());
    let other = |id: &[u8]| is_left_out(&sequence(&[id, GOOD, &time(2012)]));
    assert!(other(&sequence(&[&sha1, &hash, &hash, &element(2, b"")])));
    assert!(other(&sequence(&[&sha1, &hash, &hash, &element(2, &[5]), &hash])));
}

/// Whether a single response that cannot be read is passed over, and the one beside it counts against somebody alone.
fn is_left_out(other: &[u8]) -> bool {
    let found = parsed(&[single(&revoked(2011, None), b""), other.to_vec()].concat(), b"").unwrap();
    found.responses.len() == 1 && !found.is_whole
}

#[test]
fn rule_22_response_of_which_something_cannot_be_read_counts_against_alone() {
    let broken = extensions(&[extension(ARCHIVE_CUTOFF, false, b"\x05\x00")]);
    assert!(!only(GOOD, &broken).is_whole);
    assert!(!parsed(&single(GOOD, b""), &broken).unwrap().is_whole);
    assert!(!only(GOOD, &element(0xa0, b"\x05\x00")).is_whole, "nextUpdate");
    let undated = element(0xa1, b"\x05\x00");
    match only(&undated, b"").status {
        CertStatus::Revoked(revoked) => assert_eq!(revoked.revoked_unix_s, UNDATED),
        other => panic!("{other:?}"),
    }
    assert!(only(GOOD, b"").is_whole && parsed(&single(GOOD, b""), b"").unwrap().is_whole);
}

#[test]
fn rule_43_single_responses_are_counted() {
    let one = single(GOOD, b"");
    let of = |count| parsed(&one.repeat(count), b"").map(|it| it.responses.len());
    assert_eq!(of(limits::OCSP_SINGLE_RESPONSES), Ok(limits::OCSP_SINGLE_RESPONSES));
    assert_eq!(of(limits::OCSP_SINGLE_RESPONSES + 1).unwrap_err().found, Error::Limit);
}

#[test]
fn ocsp_certificates_are_in_the_order_of_their_hashes_each_once_up_to_a_number() {
    let good: &[u8] = include_bytes!("../../../../../tests/data/x509/pkits-GoodCACert.der");
    let root: &[u8] =
        include_bytes!("../../../../../tests/data/x509/pkits-TrustAnchorRootCertificate.der");
    let read = |list: &[&[u8]]| {
        let certificates = element(0xa0, &element(0x30, &list.concat()));
        let response = parse_ocsp(&basic(&data(&one(), b""), &certificates)).unwrap();
        response.certificates.iter().map(|it| it.sha256).collect::<Vec<_>>()
    };
    let mut both: Vec<_> = [good, root].map(|der| parse_certificate(der).unwrap().sha256).into();
    both.sort_unstable();
    for list in [&[good, root][..], &[root, good], &[good, root, good], &[good, b"\x30\x00", root]]
    {
        assert_eq!(read(list), both);
    }
    let late = |before| [vec![good; before], vec![root]].concat();
    assert_eq!(read(&late(limits::OCSP_CERTIFICATES - 1)).len(), 2);
    assert_eq!(read(&late(limits::OCSP_CERTIFICATES)).len(), 1);
    assert!(parse_ocsp(&basic(&data(&one(), b""), b"")).unwrap().certificates.is_empty());
}

fn one() -> Vec<u8> {
    single(GOOD, b"")
}

#[test]
fn ocsp_certificate_is_named_by_issuer_key_and_serial_together() {
    let id = |der: &[u8]| {
        let singles = sequence(&[der, GOOD, &time(2012)]);
        parsed(&singles, b"").unwrap().responses.remove(0).certificate
    };
    let named = id(&cert_id(b"name", b"key", &[0, 5]));
    assert!(named.names(b"name", b"key", &[5]) && named.names(b"name", b"key", &[0, 5]));
    assert!(!named.names(b"other", b"key", &[5]));
    assert!(!named.names(b"name", b"other", &[5]));
    assert!(!named.names(b"name", b"key", &[6]));
    let unknown = sequence(&[&element(6, b"\x2a\x03")]);
    let empty = element(4, b"");
    let of_no_hash = id(&sequence(&[&unknown, &empty, &empty, &element(2, &[5])]));
    assert!(of_no_hash.hash.is_none() && !of_no_hash.names(b"", b"", &[5]));
}

#[test]
fn ocsp_responder_is_a_name_or_the_hash_of_a_key() {
    let der = include_bytes!("../../../../../tests/data/x509/pkits-GoodCACert.der");
    let certificate = parse_certificate(der).unwrap();
    let response = |responder: &[u8]| {
        let data = sequence(&[responder, &time(2012), &element(0x30, b"")]);
        parse_ocsp(&basic(&data, b"")).unwrap().responder
    };
    let named = |name: &[u8]| response(&element(0xa1, name));
    assert!(named(certificate.subject_der()).is(&certificate));
    assert!(!named(certificate.issuer_der()).is(&certificate));
    let keyed = |key: &[u8]| {
        let hash = digest::one(Algorithm::Sha1, key);
        response(&element(0xa2, &element(4, hash.as_bytes())))
    };
    assert!(keyed(certificate.public_key_bits()).is(&certificate));
    assert!(!keyed(b"another").is(&certificate));
    assert!(!keyed(b"").is(&certificate));
}
