//! NIST's ACVP vectors of ML-DSA and SLH-DSA verification, whole (tests/crypto/acvp/convert.py says where they come
//! from): a context, which mail never has, is why they are here and not with the tests of the public functions.

use crate::aws_lc::ml_dsa;
use crate::fallback::slh_dsa;
use crate::signature::{MlDsa, SlhDsa};
use std::collections::BTreeMap;

struct Record<'a> {
    set: &'a str,
    valid: bool,
    key: &'a [u8],
    context: &'a [u8],
    message: &'a [u8],
    signature: &'a [u8],
}

fn read<'a>(rest: &mut &'a [u8], octets: usize) -> &'a [u8] {
    let (read, after) = rest.split_at(octets);
    *rest = after;
    read
}

fn read_field<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let length = u32::from_be_bytes(read(rest, 4).try_into().unwrap());
    read(rest, length as usize)
}

fn records(mut rest: &[u8]) -> Vec<Record<'_>> {
    let mut records = Vec::new();
    while !rest.is_empty() {
        let name_octets = read(&mut rest, 1)[0].into();
        let set = std::str::from_utf8(read(&mut rest, name_octets)).unwrap();
        let valid = read(&mut rest, 1)[0] == 1;
        let [key, context, message, signature] = std::array::from_fn(|_| read_field(&mut rest));
        records.push(Record { set, valid, key, context, message, signature });
    }
    records
}

/// Checks every record, and that each set has as many as given, so many of them valid.
fn check(records: &[Record<'_>], cases: usize, verify: impl Fn(&Record<'_>) -> bool) {
    let mut tally: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, record) in records.iter().enumerate() {
        assert_eq!(verify(record), record.valid, "{index} {}", record.set);
        *tally.entry(record.set).or_default() += 1;
    }
    assert_eq!(records.len(), cases, "{tally:?}");
}

#[test]
fn rule_13_slh_dsa_answers_as_nist_says() {
    let sets = SlhDsa::ALL.map(|set| (format!("slh-dsa-{}", name_of(set)), set));
    let records = records(include_bytes!("../tests/crypto/acvp/slh_dsa_sigver.bin"));
    for (name, _) in &sets {
        let valid = |record: &&Record<'_>| record.set == name && record.valid;
        assert_eq!(records.iter().filter(valid).count(), 2, "{name}");
    }
    check(&records, 168, |record| {
        let (_, set) = sets.iter().find(|(name, _)| name == record.set).unwrap();
        let key = slh_dsa::Key::new(*set, record.key).unwrap();
        key.verify(record.context, record.message, record.signature)
    });
}

/// As the standard writes it: `Sha2_128s` is sha2-128s, `Shake128s` is shake-128s.
fn name_of(set: SlhDsa) -> String {
    let name = format!("{set:?}").to_lowercase().replace('_', "-");
    name.replace("shake", "shake-")
}

#[test]
fn rule_13_ml_dsa_answers_as_nist_says() {
    let records = records(include_bytes!("../tests/crypto/acvp/ml_dsa_sigver.bin"));
    check(&records, 45, |record| {
        let set = match record.set {
            "ml-dsa-44" => MlDsa::MlDsa44,
            "ml-dsa-65" => MlDsa::MlDsa65,
            "ml-dsa-87" => MlDsa::MlDsa87,
            other => panic!("{other}"),
        };
        let key = ml_dsa::Key::new(set, record.key).unwrap();
        key.verify(record.context, record.message, record.signature)
    });
}
