//! Batches through the kernels of this CPU and through the library alone: the same answers.

use crate::vectors::{Vector, all, from_hex, input};
use proptest::prelude::*;
use smimebatch_crypto::lanes::{Choice, Kernels};
use smimebatch_crypto::signature::{Answer, Job, PublicKey, Scheme, verify_many_with, verify_one};

/// The answers of the library, after checking that every other way gives the same.
pub(crate) fn answers(jobs: &[Job<'_>]) -> Vec<Answer> {
    let library = verify_many_with(jobs, Kernels::of(Choice::Off));
    for choice in Choice::ALL {
        assert_eq!(verify_many_with(jobs, Kernels::of(choice)), library, "{choice:?}");
    }
    library
}

/// What is done to a case of signatures.txt before it goes into a batch.
#[derive(Clone, Copy, Debug)]
enum Change {
    None,
    FlipSignature(prop::sample::Index),
    FlipSigned(prop::sample::Index),
    CutSigned,
    Shorten,
    LengthenFront,
    LengthenBack,
    Empty,
    Zero,
    One,
    /// The modulus plus so much.
    Modulus(i8),
    Ones,
    OtherKey(prop::sample::Index),
}

fn change() -> impl Strategy<Value = Change> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        6 => Just(Change::None),
        2 => index().prop_map(Change::FlipSignature),
        2 => index().prop_map(Change::FlipSigned),
        1 => Just(Change::CutSigned),
        1 => Just(Change::Shorten),
        1 => Just(Change::LengthenFront),
        1 => Just(Change::LengthenBack),
        1 => Just(Change::Empty),
        1 => Just(Change::Zero),
        1 => Just(Change::One),
        3 => (-1i8..=1).prop_map(Change::Modulus),
        1 => Just(Change::Ones),
        2 => index().prop_map(Change::OtherKey),
    ]
}

/// The parts of a job, changed.
struct Changed<'a> {
    key: &'a PublicKey,
    scheme: Scheme,
    signed: Vec<u8>,
    signature: Vec<u8>,
}

impl Change {
    fn applied<'a>(self, vector: &'a Vector, vectors: &'a [Vector]) -> Changed<'a> {
        let mut key = &vector.key;
        let (mut signed, mut signature) = (vector.signed.clone(), vector.signature.clone());
        let octets = signature.len();
        let number = |last: u8| [&vec![0; octets - 1][..], &[last]].concat();
        match self {
            Self::None => {}
            Self::FlipSignature(index) => {
                let bit = index.index(8 * octets);
                signature[bit / 8] ^= 1 << (bit % 8);
            }
            Self::FlipSigned(index) => {
                let bit = index.index(8 * signed.len());
                signed[bit / 8] ^= 1 << (bit % 8);
            }
            Self::CutSigned => signed.truncate(signed.len() - 1),
            Self::Shorten => signature.truncate(octets - 1),
            Self::LengthenFront => signature.insert(0, 0),
            Self::LengthenBack => signature.push(0),
            Self::Empty => signature.clear(),
            Self::Zero => signature = number(0),
            Self::One => signature = number(1),
            Self::Modulus(more) => {
                if let Some(n) = vector.fields.get("n") {
                    signature = from_hex(n);
                    // No modulus of the vectors ends in 01 or ff.
                    let last = signature.last_mut().unwrap();
                    *last = last.checked_add_signed(more).unwrap();
                }
            }
            Self::Ones => signature.fill(0xff),
            Self::OtherKey(index) => key = &index.get(vectors).key,
        }
        Changed { key, scheme: vector.scheme, signed, signature }
    }
}

fn check(changed: &[Changed<'_>]) -> Vec<Answer> {
    let pieces: Vec<[&[u8]; 1]> = changed.iter().map(|parts| [&parts.signed[..]]).collect();
    let jobs: Vec<Job<'_>> = changed
        .iter()
        .zip(&pieces)
        .map(|(parts, pieces)| Job {
            key: parts.key,
            scheme: parts.scheme,
            input: input(parts.scheme, &parts.signed, pieces),
            signature: &parts.signature,
        })
        .collect();
    let answers = answers(&jobs);
    for (job, answer) in jobs.iter().zip(&answers) {
        assert_eq!(verify_one(job), *answer);
    }
    answers
}

/// Sizes with a kernel, but the longest, which emulation takes long for.
fn is_in_lanes(vector: &Vector) -> bool {
    (1_000..2_100).contains(&vector.key.bits()) && vector.fields.contains_key("n")
}

#[test]
fn verify_many_groups_of_every_size_answer_in_job_order() {
    let vectors: Vec<Vector> = all().into_iter().filter(is_in_lanes).collect();
    assert!(vectors.len() >= 10);
    for count in 0..=40 {
        let changed: Vec<Changed<'_>> = (0..count)
            .map(|index| {
                let vector = &vectors[index % vectors.len()];
                let change = if index % 3 == 2 { Change::Zero } else { Change::None };
                change.applied(vector, &vectors)
            })
            .collect();
        let expected = |index| if index % 3 == 2 { Answer::Invalid } else { Answer::Valid };
        assert_eq!(check(&changed), (0..count).map(expected).collect::<Vec<_>>());
    }
}

#[test]
fn rule_14_numbers_at_the_ends_of_the_range_are_invalid_in_a_batch() {
    let vectors: Vec<Vector> = all().into_iter().filter(is_in_lanes).collect();
    let edges = [
        Change::Zero,
        Change::One,
        Change::Modulus(-1),
        Change::Modulus(0),
        Change::Modulus(1),
        Change::Ones,
        Change::Empty,
        Change::LengthenFront,
        Change::LengthenBack,
    ];
    let changed: Vec<Changed<'_>> = vectors
        .iter()
        .flat_map(|vector| edges.map(|change| change.applied(vector, &vectors)))
        .collect();
    assert!(check(&changed).iter().all(|answer| *answer == Answer::Invalid));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn verify_many_any_batch_equals_library(
        picks in proptest::collection::vec(
            (any::<bool>(), any::<prop::sample::Index>(), change()), 0..=40),
    ) {
        let vectors = all();
        let rsa: Vec<&Vector> = vectors.iter().filter(|vector| is_in_lanes(vector)).collect();
        let changed: Vec<Changed<'_>> = picks
            .iter()
            .map(|(in_lanes, index, change)| {
                let vector = if *in_lanes { index.get(&rsa) } else { index.get(&vectors) };
                change.applied(vector, &vectors)
            })
            .collect();
        check(&changed);
    }
}
