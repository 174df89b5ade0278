//! Certificates of thirty years against what OpenSSL and `cryptography` say of them (tests/data/x509/README.md).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use proptest::prelude::*;

use super::*;
use crate::asn1::oid::Oid;
use crate::cms::algorithms::{PssParameters, RsaUse, SignerKey};
use smimebatch_crypto::digest::Algorithm;
use smimebatch_crypto::signature::Mask;

macro_rules! files {
    ($($file:literal)+) => {
        &[$(($file, include_bytes!(concat!("../../../../../tests/data/x509/", $file, ".der")) as &[u8])),+]
    };
}

static FILES: &[(&str, &[u8])] = files! {
    "odd-addresses" "odd-alternative-name-malformed" "odd-explicit-defaults" "odd-generalizedtime-with-fraction"
    "odd-indefinite-lengths" "odd-key-identifier-malformed" "odd-key-usage-empty" "odd-key-usage-malformed"
    "odd-serial-21-octets" "odd-serial-zero" "odd-time-without-zone" "odd-trailing-bytes" "odd-true-as-01"
    "odd-utctime-with-offset" "odd-utctime-without-seconds" "odd-v1-with-extensions"
    "pkits-BadSignedCACert" "pkits-DSACACert" "pkits-DSAParametersInheritedCACert" "pkits-GoodCACert"
    "pkits-TrustAnchorRootCertificate" "pkits-ValidDSAParameterInheritanceTest5EE"
    "pkits-ValidGeneralizedTimenotBeforeDateTest4EE"
    "vectors-all-key-usages" "vectors-alternate-rsa-sha1-oid" "vectors-badasn1time" "vectors-dsa-selfsigned-ca"
    "vectors-ec-no-named-curve" "vectors-ecdsa-null-alg" "vectors-ecdsa-root" "vectors-ed25519-rfc8410"
    "vectors-ee-pss-sha1-cert" "vectors-mismatch-inner-outer-sig-algorithm" "vectors-negative-serial"
    "vectors-rsa-pss" "vectors-san-email-dns-ip-dirname-uri" "vectors-two-basic-constraints"
    "vectors-verisign-md2-root" "vectors-wosign-bc-invalid"
};

fn certificate(name: &str) -> Certificate {
    let found = FILES.iter().find(|(file, _)| *file == name).unwrap();
    parse_certificate(found.1).unwrap()
}

/// Outcome of checking the certificate with its own key.
fn verify_itself(certificate: &Certificate) -> CertificateSignature {
    verify(certificate, certificate)
}

fn verify(certificate: &Certificate, issuer: &Certificate) -> CertificateSignature {
    match &issuer.key {
        SubjectKey::Ready(key) => certificate.verify_signed_by(key, issuer.rsa_use),
        _ => panic!("no key"),
    }
}

fn quirks_of(name: &str) -> Vec<CertificateQuirk> {
    certificate(name).quirks.iter().collect()
}

fn defects_of(name: &str) -> Vec<CertificateDefect> {
    certificate(name).defects.iter().collect()
}

#[test]
fn certificate_of_pkits_has_every_field() {
    let root = certificate("pkits-TrustAnchorRootCertificate");
    let good = certificate("pkits-GoodCACert");
    assert_eq!((good.version, good.serial_hex()), (3, "02"));
    assert_eq!(good.subject_text(), "CN=Good CA,O=Test Certificates 2011,C=US");
    assert_eq!(good.issuer, root.subject);
    assert_eq!(good.not_before_unix_s, 1_262_334_600);
    assert_eq!(good.not_after_unix_s, 1_924_936_200);
    let key_usage = good.key_usage.unwrap();
    assert_eq!(key_usage, KeyUsage::KEY_CERT_SIGN.or(KeyUsage::CRL_SIGN));
    assert_eq!(key_usage.names().collect::<Vec<_>>(), ["keyCertSign", "cRLSign"]);
    let constraints = good.basic_constraints.unwrap();
    assert_eq!((constraints.is_ca, constraints.path_length), (true, None));
    let authority = good.authority_key_identifier.as_ref().unwrap();
    assert_eq!(authority.key_identifier, root.subject_key_identifier);
    assert_eq!(Oid(&good.policies[0]).to_string(), "2.16.840.1.101.3.2.1.48.1");
    assert_eq!((&*good.key_algorithm, good.key_bits, &good.curve), ("rsa", Some(2048), &None));
    assert_eq!(good.signature_algorithm_name(), "sha256WithRSAEncryption");
    assert!(good.quirks.is_empty() && good.defects.is_empty());
    assert!(!good.is_self_issued() && root.is_self_issued() && root.is_self_signed_by_name());
}

#[test]
fn certificate_hashes_are_of_certificate_and_key() {
    // sha256sum of the file, and of `openssl x509 -pubkey | openssl pkey -pubin -outform der`.
    let root = certificate("pkits-TrustAnchorRootCertificate");
    assert_eq!(
        crate::asn1::values::hex(&root.sha256),
        "87d1dfcc73f979bb348bb4f159d9115c40ab0a9afc4b21d77e6ddf20c7782b89"
    );
    assert_eq!(
        crate::asn1::values::hex(&root.spki_sha256),
        "82938bd482352907407f8dceb6bcbd9daf192ac8ef2333ee1365e0b4c2ba990f"
    );
}

#[test]
fn signature_by_the_issuer_is_valid_and_by_others_is_not() {
    let root = certificate("pkits-TrustAnchorRootCertificate");
    let good = certificate("pkits-GoodCACert");
    let leaf = certificate("pkits-ValidGeneralizedTimenotBeforeDateTest4EE");
    assert_eq!(verify(&good, &root), CertificateSignature::Valid);
    assert_eq!(verify(&leaf, &good), CertificateSignature::Valid);
    assert_eq!(verify(&leaf, &root), CertificateSignature::Invalid);
    // A key of another algorithm has not made the signature.
    let dsa = certificate("vectors-dsa-selfsigned-ca");
    assert_eq!(verify(&leaf, &dsa), CertificateSignature::Invalid);
}

#[test]
fn signature_with_unused_bits_leaves_the_certificate_readable() {
    let bad = certificate("pkits-BadSignedCACert");
    assert!(!bad.signature_is_whole_octets);
    assert!(matches!(bad.key, SubjectKey::Ready(_)));
    let root = certificate("pkits-TrustAnchorRootCertificate");
    assert_eq!(verify(&bad, &root), CertificateSignature::Invalid);
}

#[test]
fn signature_of_every_algorithm_is_verified() {
    for name in [
        "vectors-dsa-selfsigned-ca",
        "vectors-ecdsa-root",
        "vectors-ecdsa-null-alg",
        "vectors-all-key-usages",
        "vectors-ec-no-named-curve",
        "odd-serial-zero",
    ] {
        assert_eq!(verify_itself(&certificate(name)), CertificateSignature::Valid, "{name}");
    }
    // OpenSSL calls these a bad signature too.
    for name in ["vectors-alternate-rsa-sha1-oid", "vectors-rsa-pss"] {
        assert_eq!(verify_itself(&certificate(name)), CertificateSignature::Invalid, "{name}");
    }
}

#[test]
fn rule_11_key_restricted_to_pss_parameters_refuses_others() {
    let restricted = certificate("vectors-rsa-pss");
    let mask = Mask::Mgf1(Algorithm::Sha256);
    let parameters = PssParameters { hash: Algorithm::Sha256, mask, salt_octets: 32 };
    assert_eq!(restricted.key_algorithm, "rsassa-pss");
    assert_eq!(restricted.rsa_use, RsaUse::PssWith(parameters));
    // Its own signature is with SHA-1: right as mathematics, against the restriction.
    let SubjectKey::Ready(key) = &restricted.key else {
        panic!("no key");
    };
    let unrestricted = restricted.verify_signed_by(key, RsaUse::Any);
    assert_eq!(unrestricted, CertificateSignature::Valid);
    assert_eq!(restricted.verify_signed_by(key, RsaUse::PssOnly), CertificateSignature::Valid);
}

/// VeriSign's root of 1996 is signed over MD2: weak is not wrong.
#[test]
fn rule_15_signature_over_md2_verifies_as_mathematics() {
    let root = certificate("vectors-verisign-md2-root");
    assert_eq!((root.version, root.key_bits), (1, Some(1024)));
    assert_eq!(root.signature_algorithm_name(), "md2WithRSAEncryption");
    assert_eq!(verify_itself(&root), CertificateSignature::Valid);
    let mut der = root.der.to_vec();
    let last = der.len() - 1;
    der[last] ^= 1;
    assert_eq!(verify_itself(&parse_certificate(&der).unwrap()), CertificateSignature::Invalid);
}

#[test]
fn rule_15_signature_with_an_algorithm_we_lack_is_unsupported() {
    // The same certificate, saying MD4 in both places.
    let md2_with_rsa = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x02";
    let mut der = certificate("vectors-verisign-md2-root").der.to_vec();
    let places: Vec<usize> =
        (0..der.len()).filter(|&at| der[at..].starts_with(md2_with_rsa)).collect();
    assert_eq!(places.len(), 2);
    places.into_iter().for_each(|at| der[at + md2_with_rsa.len() - 1] = 3);
    let changed = parse_certificate(&der).unwrap();
    assert_eq!(changed.signature_algorithm_name(), "md4WithRSAEncryption");
    assert_eq!(verify_itself(&changed), CertificateSignature::Unsupported);
    // X25519, whose name the file does not tell.
    assert!(matches!(certificate("vectors-ed25519-rfc8410").key, SubjectKey::Unsupported));
}

#[test]
fn dsa_parameters_inherited_through_two_certificates_verify() {
    let ca = certificate("pkits-DSACACert");
    let inheriting = certificate("pkits-DSAParametersInheritedCACert");
    let leaf = certificate("pkits-ValidDSAParameterInheritanceTest5EE");
    let SubjectKey::DsaInherits(y) = &inheriting.key else {
        panic!("parameters are there");
    };
    assert_eq!((&*inheriting.key_algorithm, inheriting.key_bits), ("dsa", None));
    let key = ca.dsa_parameters.as_ref().unwrap().key(y).unwrap();
    assert_eq!(leaf.verify_signed_by(&key, RsaUse::Any), CertificateSignature::Valid);
    assert_eq!(verify(&inheriting, &ca), CertificateSignature::Valid);
}

#[test]
fn rule_12_explicit_curve_equal_to_a_named_one_is_that_curve() {
    let explicit = certificate("vectors-ec-no-named-curve");
    assert_eq!(explicit.curve.as_deref(), Some("secp256r1"));
    assert!(explicit.quirks.contains(CertificateQuirk::ExplicitCurve));
    // One number of the curve changed: the last octet of b.
    let b = b"\x3b\xce\x3c\x3e\x27\xd2\x60\x4b";
    let mut der = explicit.der.to_vec();
    let at = der.windows(b.len()).position(|window| window == b).unwrap() + b.len() - 1;
    der[at] ^= 1;
    let changed = parse_certificate(&der).unwrap();
    assert!(matches!(changed.key, SubjectKey::Unsupported));
    assert_eq!(changed.curve, None);
}

#[test]
fn rule_14_modulus_encoded_negative_is_read_as_unsigned() {
    let certificate = certificate("vectors-badasn1time");
    assert!(certificate.quirks.contains(CertificateQuirk::NegativeModulus));
    assert_eq!(certificate.key_bits, Some(1024));
    assert!(matches!(certificate.key, SubjectKey::Ready(_)));
}

#[test]
fn rule_17_serial_negative_zero_or_long_is_kept() {
    for (name, serial, quirk) in [
        ("vectors-negative-serial", "-04316693ed", CertificateQuirk::SerialNotPositive),
        ("odd-serial-zero", "00", CertificateQuirk::SerialNotPositive),
        (
            "odd-serial-21-octets",
            "7f0000000000000000000000000000000000000000",
            CertificateQuirk::SerialLong,
        ),
    ] {
        let certificate = certificate(name);
        assert_eq!(certificate.serial_hex(), serial, "{name}");
        assert_eq!(certificate.quirks.iter().collect::<Vec<_>>(), [quirk], "{name}");
        assert!(certificate.has_serial(&certificate.serial));
    }
    assert!(certificate("odd-serial-zero").has_serial(&[0, 0]));
    assert!(!certificate("odd-serial-zero").has_serial(&[1]));
}

#[test]
fn rule_18_times_of_historic_form_are_read() {
    for (name, not_before) in [
        ("odd-utctime-without-seconds", 836_179_200),
        ("odd-utctime-with-offset", 836_172_000),
        ("odd-generalizedtime-with-fraction", 836_179_200),
    ] {
        assert_eq!(certificate(name).not_before_unix_s, not_before, "{name}");
        assert_eq!(quirks_of(name), [CertificateQuirk::TimeNotDer], "{name}");
        assert_eq!(verify_itself(&certificate(name)), CertificateSignature::Valid, "{name}");
    }
    let leaf = certificate("pkits-ValidGeneralizedTimenotBeforeDateTest4EE");
    assert_eq!(leaf.not_before_unix_s, 1_009_886_460);
}

#[test]
fn time_that_is_no_moment_leaves_no_validity() {
    for name in ["odd-time-without-zone", "vectors-badasn1time"] {
        let certificate = certificate(name);
        assert_eq!(defects_of(name), [CertificateDefect::MalformedTime]);
        assert!(certificate.not_before_unix_s > certificate.not_after_unix_s);
    }
}

#[test]
fn rule_18_encodings_of_historic_form_are_quirks() {
    use CertificateQuirk as Quirk;
    for (name, quirks) in [
        ("odd-true-as-01", &[Quirk::BooleanNotDer][..]),
        ("odd-explicit-defaults", &[Quirk::ExtensionsBelowV3, Quirk::ExplicitDefault]),
        ("odd-v1-with-extensions", &[Quirk::ExtensionsBelowV3]),
        ("odd-trailing-bytes", &[Quirk::TrailingBytes]),
        ("odd-indefinite-lengths", &[Quirk::NotDerLength]),
    ] {
        assert_eq!(quirks_of(name), quirks, "{name}");
        assert_eq!(defects_of(name), [], "{name}");
        assert_eq!(verify_itself(&certificate(name)), CertificateSignature::Valid, "{name}");
    }
    assert!(certificate("odd-true-as-01").basic_constraints.unwrap().is_ca);
    assert!(certificate("odd-v1-with-extensions").basic_constraints.unwrap().is_ca);
    assert!(!certificate("odd-explicit-defaults").basic_constraints.unwrap().is_ca);
    let trailing = certificate("odd-trailing-bytes");
    assert_eq!(trailing.der.len() + 3, FILES[11].1.len());
}

#[test]
fn more_than_one_version_is_a_defect() {
    let certificate = certificate("pkits-TrustAnchorRootCertificate");
    let mut der = certificate.der.to_vec();
    let version = der.windows(5).position(|it| it == b"\xa0\x03\x02\x01\x02").unwrap();
    der.splice(version..version + 5, *b"\xa0\x06\x02\x01\x02\x02\x01\x02");
    for length in [2, 6] {
        assert_eq!(der[length - 1], 0x82, "a SEQUENCE of a two-octet length");
        let longer = u16::from_be_bytes([der[length], der[length + 1]]) + 3;
        der[length..length + 2].copy_from_slice(&longer.to_be_bytes());
    }
    let changed = parse_certificate(&der).unwrap();
    assert_eq!(changed.defects.iter().collect::<Vec<_>>(), [CertificateDefect::TrailingFields]);
}

#[test]
fn rule_20_addresses_come_from_their_three_places_only() {
    let certificate = certificate("odd-addresses");
    let found: Vec<_> = certificate
        .addresses
        .iter()
        .map(|address| (address.kind, &*address.text, address.contains_nul))
        .collect();
    let expected = [
        (AddressKind::Rfc822Name, "Alice@Example.ORG", false),
        (AddressKind::Rfc822Name, "alice@example.org\0.evil.example", true),
        (AddressKind::Rfc822Name, "\u{fffd}lice@example.org", true),
        (AddressKind::SmtpUtf8, "老師@example.org", false),
        (AddressKind::DnEmail, "dn@example.org", false),
    ];
    assert_eq!(found, expected);
}

#[test]
fn extension_that_cannot_be_decoded_is_never_an_absent_one() {
    assert_eq!(defects_of("odd-key-usage-malformed"), [CertificateDefect::MalformedExtension]);
    let defects = defects_of("odd-alternative-name-malformed");
    assert_eq!(defects, [CertificateDefect::MalformedExtension]);
    let quirks = quirks_of("odd-key-identifier-malformed");
    assert_eq!(quirks, [CertificateQuirk::UndecodedExtension]);
    assert_eq!(defects_of("odd-key-identifier-malformed"), []);
    assert_eq!(certificate("odd-key-usage-empty").key_usage, Some(KeyUsage(0)));
}

#[test]
fn extension_that_occurs_twice_is_a_defect() {
    let defects = defects_of("vectors-two-basic-constraints");
    assert_eq!(defects, [CertificateDefect::DuplicateExtension]);
}

#[test]
fn signature_algorithms_that_differ_are_a_defect() {
    let defects = defects_of("vectors-mismatch-inner-outer-sig-algorithm");
    assert_eq!(defects, [CertificateDefect::AlgorithmsDiffer]);
}

#[test]
fn basic_constraints_with_length_but_no_ca_are_kept() {
    let constraints = certificate("vectors-wosign-bc-invalid").basic_constraints.unwrap();
    assert_eq!((constraints.is_ca, constraints.path_length), (false, Some(0)));
}

#[test]
fn certificate_error_says_what_was_expected_and_found() {
    let error = parse_certificate(b"-----BEGIN CERTIFICATE-----").unwrap_err();
    assert_eq!(error.expected, "the SEQUENCE");
    assert!(matches!(error.found, Error::UnexpectedTag { .. }));
    let error = parse_certificate(&[0x30, 0x02, 0x05, 0x00]).unwrap_err();
    assert_eq!(error.expected, "tbsCertificate");
    let cut = &FILES[0].1[..100];
    assert_eq!(parse_certificate(cut).unwrap_err().found, Error::Truncated);
}

#[test]
fn rule_41_certificate_of_nested_bombs_ends_in_an_error() {
    let bomb = [0x30, 0x80].repeat(100_000);
    assert_eq!(parse_certificate(&bomb).unwrap_err().found, Error::Limit);
}

#[test]
fn rule_41_certificate_of_100_000_extensions_is_read_at_once() {
    let wrap = |tag: u8, content: &[u8]| {
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        [&[tag, 0x84], &length[..], content].concat()
    };
    let extension = |number: u32| {
        let [_, a, b, c] = number.to_be_bytes();
        let oid = [0x2a, 0x80 | a, 0x80 | b, 0x80 | (c >> 1), c & 1];
        wrap(0x30, &[&[6, 5], &oid[..], &[4, 0]].concat())
    };
    let list: Vec<u8> = (0..100_000).flat_map(extension).collect();
    let original = certificate("odd-serial-zero");
    let tbs = Reader::new(original.tbs_octets()).read(Tag::SEQUENCE).unwrap();
    let tbs = [tbs.content, &wrap(0xa3, &wrap(0x30, &list))].concat();
    let rest = &original.der[original.tbs.end..];
    let started = std::time::Instant::now();
    let parsed = parse_certificate(&wrap(0x30, &[&wrap(0x30, &tbs), rest].concat())).unwrap();
    assert!(started.elapsed().as_secs() < 5);
    assert!(parsed.addresses.is_empty());
}

/// Everything that can be asked of a certificate.
fn ask_everything(certificate: &Certificate) {
    let _ = (certificate.subject_text(), certificate.issuer_text(), certificate.serial_hex());
    let _ = (certificate.subject_common_name(), certificate.signature_algorithm_name());
    let _ = certificate.is_self_signed_by_name();
    assert!(!certificate.tbs_octets().is_empty() && !certificate.subject_der().is_empty());
    assert_eq!(certificate.sha256, parse_certificate(&certificate.der).unwrap().sha256);
    if let SubjectKey::Ready(key) = &certificate.key {
        let key = SignerKey { algorithm: key.algorithm(), rsa_use: certificate.rsa_use };
        let _ = certificate.signature_check(key).is_ok();
    }
}

proptest! {
    #[test]
    fn certificate_of_any_bytes_never_panics(bytes: Vec<u8>) {
        let _ = parse_certificate(&bytes);
    }

    #[test]
    fn certificate_with_flipped_bits_never_panics(
        file in 0..FILES.len(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0..8_u32), 1..4),
    ) {
        let mut der = FILES[file].1.to_vec();
        for (at, bit) in flips {
            let at = at.index(der.len());
            der[at] ^= 1 << bit;
        }
        if let Ok(certificate) = parse_certificate(&der) {
            ask_everything(&certificate);
        }
    }

    #[test]
    fn certificate_cut_short_is_an_error(file in 0..FILES.len(), at: prop::sample::Index) {
        let der = certificate(FILES[file].0).der;
        // One of indefinite length is whole only with its end-of-contents.
        prop_assert!(parse_certificate(&der[..at.index(der.len())]).is_err());
    }
}
