//! NIST PKITS: every subtest's path, built from the certificates it brings to its one trust anchor, under the policy
//! settings of the subtest: without revocation, and with it required by the lists of the subtest.

use super::cache::SignatureCache;
use super::revocation::{RevocationMode, RevocationRules};
use super::*;
use crate::asn1::oid::Oid;
use crate::cms::algorithms::RsaUse;
use crate::trust::bundle::parse_certificates;
use crate::x509::certificate::{CertificateSignature, parse_certificate};
use crate::x509::crl::{CertificateList, parse_crl};
use crate::x509::extensions::OidBytes;
use crate::x509::policies::ANY_POLICY;
use crate::x509::public_key::SubjectKey;
use std::path::PathBuf;

/// 2024-01-01, inside the validity of every certificate that is meant to be valid.
const AT_UNIX_S: i64 = 1_704_067_200;

fn data(file: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "../../tests/data/pkits", file].iter().collect()
}

fn read_certificate(name: &str) -> Arc<Certificate> {
    let der = std::fs::read(data(&format!("certs/{name}.crt"))).unwrap();
    Arc::new(parse_certificate(&der).unwrap())
}

struct Subtest {
    name: String,
    is_valid: bool,
    rules: PathRules,
    /// user_constrained_policy_set, where the table has one.
    policies: Vec<String>,
    chain: Vec<Arc<Certificate>>,
    /// With revocation required.
    is_valid_with_lists: bool,
    lists: RevocationSet,
}

fn read_list(name: &str) -> Arc<CertificateList> {
    let der = std::fs::read(data(&format!("crls/{name}.crl"))).unwrap();
    Arc::new(parse_crl(&der).unwrap())
}

/// Content octets of a policy by its name in PKITS.
fn policy(name: &str) -> OidBytes {
    match name.strip_prefix("NIST-test-policy-") {
        Some(number) => {
            let base = b"\x60\x86\x48\x01\x65\x03\x02\x01\x30".as_slice();
            [base, &[number.parse().unwrap()]].concat().into()
        }
        None => {
            assert_eq!(name, "anyPolicy");
            ANY_POLICY.into()
        }
    }
}

fn policies(names: &str) -> Vec<OidBytes> {
    names.split(',').filter(|name| !name.is_empty()).map(policy).collect()
}

/// The table leaves `*` where PKITS' own default is meant.
fn expected_policies(column: &str) -> Vec<String> {
    let names = if column == "*" { "NIST-test-policy-1" } else { column };
    policies(names).iter().map(|policy| Oid(policy).to_string()).collect()
}

fn read_subtests() -> Vec<Subtest> {
    let table = std::fs::read_to_string(data("pkits_expected.tsv")).unwrap();
    let mut lines = table.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let column = |name: &str| header.iter().position(|column| *column == name).unwrap();
    let [test, subpart, expected, certificates, user, initial, explicit, mapping, any] = [
        "test",
        "subpart",
        "expected_without_crl",
        "path_certs",
        "user_constrained_policy_set",
        "initial_policy_set",
        "initial_explicit_policy",
        "initial_policy_mapping_inhibit",
        "initial_inhibit_any_policy",
    ]
    .map(column);
    let [with_lists, lists] = ["expected", "crls"].map(column);
    let subtest = |row: Vec<&str>| Subtest {
        name: format!("{} {}", row[test], row[subpart]),
        is_valid: row[expected] == "valid",
        rules: PathRules {
            initial_policies: policies(row[initial]),
            require_explicit_policy: row[explicit] == "1",
            inhibit_policy_mapping: row[mapping] == "1",
            inhibit_any_policy: row[any] == "1",
            ..PathRules::DEFAULT
        },
        policies: expected_policies(row[user]),
        chain: row[certificates].split(' ').map(read_certificate).collect(),
        is_valid_with_lists: row[with_lists] == "valid",
        lists: RevocationSet::build(row[lists].split(' ').map(read_list).collect(), Vec::new()),
    };
    lines.map(subtest).collect()
}

fn build(subtest: &Subtest, trust: &TrustStore, signatures: &SignatureCache) -> PathOutcome {
    build_with(subtest, RevocationRules::DEFAULT, RevocationSet::none(), trust, signatures)
}

fn build_with(
    subtest: &Subtest,
    revocation: RevocationRules,
    brought: &RevocationSet,
    trust: &TrustStore,
    signatures: &SignatureCache,
) -> PathOutcome {
    let (leaf, issuers) = subtest.chain.split_last().unwrap();
    let inherited = keys_of(leaf, issuers, trust).into_iter().find_map(|key| key.inherited);
    let request = PathRequest {
        leaf,
        inherited_parameters: inherited.as_ref(),
        message_certificates: issuers,
        revocation: brought,
        at_unix_s: AT_UNIX_S,
        purpose: Purpose::Mail,
    };
    let rules = PathRules { revocation, ..subtest.rules.clone() };
    build_path(&request, trust, &rules, signatures)
}

#[test]
fn pkits_paths_come_out_as_expected_without_revocation() {
    let anchor = Arc::unwrap_or_clone(read_certificate("TrustAnchorRootCertificate"));
    let trust = TrustStore::build(vec![anchor], Vec::new());
    let signatures = SignatureCache::new(10_000);
    let subtests = read_subtests();
    assert_eq!(subtests.len(), 249);
    let wrong: Vec<_> = subtests
        .iter()
        .map(|subtest| (subtest, build(subtest, &trust, &signatures)))
        .filter(|(subtest, outcome)| {
            let is_ok = outcome.result == ChainResult::Ok;
            is_ok != subtest.is_valid || is_ok && outcome.policies != subtest.policies
        })
        .map(|(it, found)| (&it.name, found.result, found.policies, &it.policies))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn pkits_paths_come_out_as_expected_with_revocation_required() {
    let anchor = Arc::unwrap_or_clone(read_certificate("TrustAnchorRootCertificate"));
    let trust = TrustStore::build(vec![anchor], Vec::new());
    let signatures = SignatureCache::new(10_000);
    let required = RevocationRules::of(RevocationMode::Required);
    let mut wrong = Vec::new();
    let subtests = read_subtests();
    for subtest in &subtests {
        let rules = required.clone();
        let brought = build_with(subtest, rules, &subtest.lists, &trust, &signatures);
        if (brought.result == ChainResult::Ok) != subtest.is_valid_with_lists {
            wrong.push((&subtest.name, brought.result));
        }
        // The same lists from the operator say the same.
        let store =
            Some(Arc::new(RevocationSet::build(subtest.lists.lists().to_vec(), Vec::new())));
        let rules = RevocationRules { store, mode: RevocationMode::Required };
        let given = build_with(subtest, rules, RevocationSet::none(), &trust, &signatures);
        assert_eq!(given.revocation, brought.revocation, "{}", subtest.name);
        assert_eq!((given.result, given.interval), (brought.result, brought.interval));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The good chain of 4.1.5: root, a DSA CA, a DSA CA without parameters, leaf.
fn inheritance() -> [Arc<Certificate>; 4] {
    [
        "TrustAnchorRootCertificate",
        "DSACACert",
        "DSAParametersInheritedCACert",
        "ValidDSAParameterInheritanceTest5EE",
    ]
    .map(read_certificate)
}

#[test]
fn pkits_4_1_5_offers_the_parameters_of_each_possible_issuer() {
    let [root, ca, inheriting, leaf] = inheritance();
    let trust = TrustStore::build(vec![Arc::unwrap_or_clone(root)], Vec::new());
    let keys = keys_of(&inheriting, &[ca.clone(), inheriting.clone(), leaf], &trust);
    assert_eq!(keys.len(), 1);
    assert_eq!(keys[0].inherited, ca.dsa_parameters);
    let renewed = Certificate { sha256: [7; 32], ..Certificate::clone(&ca) };
    let keys = keys_of(&inheriting, &[ca, Arc::new(renewed)], &trust);
    assert_eq!(keys.len(), 1, "the same parameters twice are one key");
    assert!(keys_of(&inheriting, &[], &trust).is_empty());
}

/// A certificate under the name of the inheriting CA's issuer, with parameters of a forger's choice.
///
/// Its generator is the very value that the inheriting CA has published, so that 1 is a private key to it.
fn stranger(ca: &Certificate, inheriting: &Certificate) -> Certificate {
    let SubjectKey::DsaInherits(y) = &inheriting.key else { panic!("parameters of its own") };
    let own = ca.dsa_parameters.clone().unwrap();
    let dsa_parameters = Some(DsaParameters { g: y.clone(), ..own });
    let key = read_certificate("GoodCACert").key.clone();
    Certificate { dsa_parameters, key, sha256: [7; 32], spki_sha256: [7; 32], ..ca.clone() }
}

#[test]
fn dsa_parameters_of_a_stranger_never_stand_for_those_of_the_issuer() {
    let [root, ca, inheriting, leaf] = inheritance();
    let trust = TrustStore::build(vec![Arc::unwrap_or_clone(root)], Vec::new());
    let stranger = stranger(&ca, &inheriting);
    let pem = include_bytes!("../../../../tests/data/path/dsa_forged.pem");
    let forged = Arc::new(parse_certificate(&parse_certificates(pem).unwrap()[0]).unwrap());
    let message = [ca.clone(), Arc::new(stranger.clone()), inheriting.clone()];
    let signatures = SignatureCache::new(1000);
    let build = |leaf: &Arc<Certificate>, parameters: &Certificate| {
        let request = PathRequest {
            leaf,
            inherited_parameters: parameters.dsa_parameters.as_ref(),
            message_certificates: &message,
            revocation: RevocationSet::none(),
            at_unix_s: AT_UNIX_S,
            purpose: Purpose::Mail,
        };
        build_path(&request, &trust, &PathRules::DEFAULT, &signatures)
    };

    let keys = keys_of(&inheriting, &message, &trust);
    let signed_by = |key: &EffectiveKey| forged.verify_signed_by(&key.key, RsaUse::Any);
    let answers: Vec<_> = keys.iter().map(signed_by).collect();
    assert_eq!(answers.len(), 2);
    assert!(answers.contains(&CertificateSignature::Valid), "the forgery is a good one");

    assert_eq!(build(&leaf, &ca).result, ChainResult::Ok);
    assert_eq!(build(&forged, &ca).result, ChainResult::SignatureInvalid);
    let led_astray = build(&forged, &stranger);
    assert_eq!((led_astray.result, led_astray.chain.len()), (ChainResult::SignatureInvalid, 2));
    // The inheriting CA as the signer: its signature must have been verified with the parameters of its path.
    assert_eq!(build(&inheriting, &ca).chain.len(), 3);
    assert_eq!(build(&inheriting, &stranger).chain.len(), 1);
}
