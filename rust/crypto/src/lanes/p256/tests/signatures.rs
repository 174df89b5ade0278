//! Signatures, right ones and what is left of them by some mistake, against the library.

use super::{N_BE, P_BE, quotient};
use crate::aws_lc::ec::made::p256_sum;
use crate::lanes::cases::{self, Random};
use crate::lanes::curves::slow::{self, small};
use crate::lanes::features::Ifma;
use crate::lanes::p256::*;
use crate::lanes::registers::Portable;
use crate::lanes::{Choice, Kernels};
use crate::signature::{Answer, Curve, Input, Job, PublicKey, Scheme, verify_many_with};

impl Random {
    /// Random, or runs of ones and zeros, or small, or a little less than n.
    fn scalar(&mut self) -> [u8; 32] {
        let mut number = std::array::from_fn(|_| self.octet());
        match self.below(8) {
            0 => {
                let length = 1 + self.below(9) as usize;
                self.fill_with_runs(&mut number, length);
            }
            1 => {
                number = [0; 32];
                number[31] = self.below(34) as u8;
            }
            2 => {
                number = N_BE;
                number[31] -= self.below(34) as u8;
            }
            3 => {
                number = [0; 32];
                number[self.below(32) as usize] = 1 << self.below(8);
            }
            _ => {}
        }
        slow::modulo(&number, &N_BE)
    }
}

/// r or s as DER has it, or nearly.
fn der_integer(number: &[u8], random: &mut Random) -> Vec<u8> {
    let zeros = number.iter().take_while(|octet| **octet == 0).count();
    let mut octets = number[zeros.min(number.len() - 1)..].to_vec();
    let is_high = octets[0] >= 0x80;
    match random.below(60) {
        0 => octets.insert(0, 0),
        1 if is_high => {}
        2 => octets = number.to_vec(),
        _ if is_high => octets.insert(0, 0),
        _ => {}
    }
    let length = octets.len() as u8;
    let length = if random.below(60) == 0 { length.wrapping_sub(1) } else { length };
    [&[0x02, length][..], &octets].concat()
}

fn der(r: &[u8], s: &[u8], random: &mut Random) -> Vec<u8> {
    let both = [der_integer(r, random), der_integer(s, random)].concat();
    let length = both.len() as u8;
    match random.below(60) {
        0 => [&[0x30, length][..], &both, &[0]].concat(),
        1 => [&[0x30, 0x81, length][..], &both].concat(),
        2 => [&[0x30, length + 1][..], &both].concat(),
        3 => [&[0x31, length][..], &both].concat(),
        4 => vec![0x30],
        _ => [&[0x30, length][..], &both].concat(),
    }
}

/// A signature under a key, of a digest: what is left of a right one by some mistake.
struct Case {
    point: [u8; 65],
    digest: Vec<u8>,
    signature: Vec<u8>,
}

/// For R = a G + b Q: r = x(R), s = r / b, and a digest a s, which makes it right.
fn case(random: &mut Random, point: &[u8; 65]) -> Case {
    let a = random.scalar();
    let mut b = random.scalar();
    if random.below(8) == 0 {
        b = a;
    }
    b[31] |= u8::from(b == [0; 32]);
    let sum = p256_sum(&a, point, &b).unwrap_or(*point);
    let mut r = slow::modulo(&sum[1..33], &N_BE);
    let mut s = quotient(&r, &b);
    let mut digest = slow::product(&a, &s, &N_BE).to_vec();
    match random.below(24) {
        0 => r = [0; 32],
        1 => s = [0; 32],
        2 => r = N_BE,
        3 => s = N_BE,
        4 => s = slow::negative(&s, &N_BE),
        5 => r[random.below(32) as usize] ^= 1 << random.below(8),
        6 => s[random.below(32) as usize] ^= 1 << random.below(8),
        7 => digest[random.below(32) as usize] ^= 1 << random.below(8),
        8 => digest = vec![0; 1 + random.below(64) as usize],
        9 => digest.truncate(1 + random.below(32) as usize),
        10 => digest.extend_from_slice(&[0xa5; 32]),
        11 => digest = N_BE.to_vec(),
        12 => r = random.scalar(),
        13 => s = random.scalar(),
        _ => {}
    }
    Case { point: *point, digest, signature: der(&r, &s, random) }
}

/// The base point so many times.
fn point(times: &[u8; 32]) -> [u8; 65] {
    let base = [&[0x04][..], &BASE].concat();
    p256_sum(times, &base, &[0]).unwrap_or_else(|| base.try_into().unwrap())
}

/// The answers of every choice to the cases, which must be the library's; how many were valid.
fn check_cases(cases: &[Case], choices: &[Choice]) -> usize {
    let keys: Vec<PublicKey> =
        cases.iter().map(|case| PublicKey::ec(Curve::P256, &case.point).unwrap()).collect();
    let key = |at: usize| {
        let first = cases.iter().position(|other| other.point == cases[at].point).unwrap();
        &keys[first]
    };
    let jobs: Vec<Job<'_>> = cases
        .iter()
        .enumerate()
        .map(|(at, case)| Job {
            key: key(at),
            scheme: Scheme::Ecdsa,
            input: Input::Digest(&case.digest),
            signature: &case.signature,
        })
        .collect();
    let library = verify_many_with(&jobs, Kernels::of(Choice::Off));
    for choice in choices {
        let answers = verify_many_with(&jobs, Kernels::of(*choice));
        for ((answer, library), case) in answers.iter().zip(&library).zip(cases) {
            let Case { point, digest, signature } = case;
            assert_eq!(answer, library, "{choice:?} {point:02x?} {digest:02x?} {signature:02x?}");
        }
    }
    library.iter().filter(|answer| **answer == Answer::Valid).count()
}

#[test]
fn rule_12_many_random_and_edge_cases_equal_library() {
    let mut choices = vec![Choice::Avx512, Choice::Portable];
    choices.retain(|choice| cases::is_wanted(choice.name()));
    let mut random = Random::of_run(0x5eed_0f1a_ae50_0256);
    let (mut done, mut valid) = (0, 0);
    while done < cases::count(600) {
        let distinct = 1 + random.below(12);
        let points: Vec<[u8; 65]> = (0..distinct).map(|_| point(&random.scalar())).collect();
        let count = random.below(64);
        let cases: Vec<Case> = (0..count)
            .map(|_| {
                let at = random.below(distinct) as usize;
                case(&mut random, &points[at])
            })
            .collect();
        valid += check_cases(&cases, &choices);
        done += cases.len();
    }
    eprintln!("{done} cases, {valid} valid");
    assert!(valid * 4 > done && valid < done);
}

/// What every kernel of this CPU says of one signature beside a wrong one.
fn findings(point: &[u8; 65], r: &[u8; 32], s: &[u8; 32], digest: &[u8]) -> Vec<Finding> {
    fn by<L: Compiled>(lanes: L, point: &[u8; 64], both: [Signature; 2]) -> Finding {
        let table = tables(lanes, &[point]).pop().unwrap().unwrap();
        verify(lanes, &both.map(|one| (&table, one)))[1]
    }
    let signature = Signature::new(r, s, digest).unwrap();
    let both = [Signature::new(s, r, digest).unwrap(), signature];
    let point = point.last_chunk().unwrap();
    let ifma = Ifma::detect().map(|ifma| by(ifma, point, both));
    ifma.into_iter().chain([by(Portable, point, both)]).collect()
}

fn library(point: &[u8; 65], r: &[u8; 32], s: &[u8; 32], digest: &[u8]) -> Answer {
    let key = PublicKey::ec(Curve::P256, point).unwrap();
    let integer = |number: &[u8; 32]| {
        let zeros = number.iter().take_while(|octet| **octet == 0).count();
        let octets = &number[zeros..];
        let sign: &[u8] = if octets[0] >= 0x80 { &[0] } else { &[] };
        [&[0x02, (sign.len() + octets.len()) as u8], sign, octets].concat()
    };
    let both = [integer(r), integer(s)].concat();
    let signature = &[&[0x30, both.len() as u8][..], &both].concat();
    let input = Input::Digest(digest);
    let job = Job { key: &key, scheme: Scheme::Ecdsa, input, signature };
    verify_many_with(&[job], Kernels::of(Choice::Off))[0]
}

/// A signature whose R is a given point: the key is what makes it right.
fn for_sum(sum: &[u8; 65], r: &[u8; 32], random: &mut Random) -> ([u8; 65], [u8; 32], [u8; 32]) {
    let [a, b] = std::array::from_fn(|_| {
        let scalar = slow::modulo(&std::array::from_fn::<u8, 32, _>(|_| random.octet()), &N_BE);
        slow::sum(&scalar, &small(u8::from(scalar == [0; 32])), &N_BE)
    });
    let minus_a_over_b = slow::negative(&quotient(&a, &b), &N_BE);
    let key = p256_sum(&minus_a_over_b, sum, &quotient(&small(1), &b)).unwrap();
    let s = quotient(r, &b);
    (key, s, slow::product(&a, &s, &N_BE))
}

#[test]
fn x_of_the_sum_counts_modulo_n_and_no_further() {
    let mut random = Random(0x5eed_0f1a_ae50_0003);
    let p_less_n = slow::negative(&N_BE, &P_BE);
    let (mut above, mut small_x) = (0, 0);
    for more in 1..40 {
        // x = n + more, which r = more stands for.
        let [r, x] = [small(more), slow::sum(&small(more), &N_BE, &P_BE)];
        if let Some(sum) = p256_sum(&[0], &[&[0x02][..], &x].concat(), &[1]) {
            let (key, s, digest) = for_sum(&sum, &r, &mut random);
            assert_eq!(library(&key, &r, &s, &digest), Answer::Valid);
            assert!(findings(&key, &r, &s, &digest).iter().all(|one| *one == Finding::Valid));
            above += 1;
        }
        // x = more, which is r + n modulo p for r = more + p - n.
        let [r, x] = [slow::sum(&small(more), &p_less_n, &N_BE), small(more)];
        if let Some(sum) = p256_sum(&[0], &[&[0x02][..], &x].concat(), &[1]) {
            let (key, s, digest) = for_sum(&sum, &r, &mut random);
            assert_eq!(library(&key, &r, &s, &digest), Answer::Invalid);
            assert!(findings(&key, &r, &s, &digest).iter().all(|one| *one == Finding::Invalid));
            small_x += 1;
        }
    }
    assert!(above >= 10 && small_x >= 10, "{above} {small_x}");
}

/// For Q = d G, a G + b Q is infinity where a = -b d.
#[test]
fn sum_that_is_infinity_is_left_to_the_library() {
    let mut random = Random(0x5eed_0f1a_ae50_0004);
    for round in 0..20 {
        let d = if round < 4 { small(round + 1) } else { random.scalar() };
        let [b, r] = std::array::from_fn(|_| {
            let scalar = random.scalar();
            slow::sum(&scalar, &small(u8::from(scalar == [0; 32])), &N_BE)
        });
        let d = slow::sum(&d, &small(u8::from(d == [0; 32])), &N_BE);
        let a = slow::negative(&slow::product(&b, &d, &N_BE), &N_BE);
        let s = quotient(&r, &b);
        let digest = slow::product(&a, &s, &N_BE);
        assert_eq!(library(&point(&d), &r, &s, &digest), Answer::Invalid);
        let findings = findings(&point(&d), &r, &s, &digest);
        assert!(findings.iter().all(|one| *one == Finding::Unusual), "{findings:?}");
    }
}

/// Whoever knows a key's logarithm meets every step (`generate_exceptions.py`): without the test of Z most of these would
/// be judged by a sum that is none.
#[test]
fn point_that_meets_itself_or_its_negative_at_any_step_is_left_to_the_library() {
    let bytes = |text: &str| -> Vec<u8> {
        let octet = |at| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
        (0..text.len()).step_by(2).map(octet).collect()
    };
    let number = |text: &str| <[u8; 32]>::try_from(bytes(text)).unwrap();
    let mut right_ones = 0;
    for line in include_str!("exceptions.txt").lines() {
        let fields: Vec<&str> = line.split(' ').collect();
        let [_, _, key, r, s, digest, right] = fields[..] else { panic!("{line}") };
        let (key, r, s) = (<[u8; 65]>::try_from(bytes(key)).unwrap(), number(r), number(s));
        let expected = if right == "right" { Answer::Valid } else { Answer::Invalid };
        assert_eq!(library(&key, &r, &s, &number(digest)), expected, "{line}");
        let findings = findings(&key, &r, &s, &number(digest));
        assert!(findings.iter().all(|one| *one == Finding::Unusual), "{line} {findings:?}");
        right_ones += usize::from(right == "right");
    }
    assert!(right_ones > 50);
}

/// Twice the sum of two keys' worth would be met as a point added to itself.
#[test]
fn key_that_is_the_base_point_or_its_negative_gets_the_librarys_answer() {
    let mut random = Random(0x5eed_0f1a_ae50_0005);
    for times in [small(1), slow::negative(&small(1), &N_BE), small(2), small(3), small(16)] {
        let point = point(&times);
        let cases: Vec<Case> = (0..100).map(|_| case(&mut random, &point)).collect();
        assert!(check_cases(&cases, &Choice::ALL) > 20);
    }
}

/// A kernel that left everything to the library would pass all other tests.
#[test]
fn ordinary_signatures_are_not_left_to_the_library() {
    let mut random = Random(0x5eed_0f1a_ae50_0006);
    for _ in 0..20 {
        let base = point(&small(1));
        let numbers: [[u8; 32]; 3] = std::array::from_fn(|_| {
            slow::modulo(&std::array::from_fn::<u8, 32, _>(|_| random.octet()), &N_BE)
        });
        let [a, b, d] = numbers;
        let sum = p256_sum(&a, &base, &b).unwrap();
        let r = slow::modulo(&sum[1..33], &N_BE);
        let (key, s, digest) = for_sum(&sum, &r, &mut random);
        assert_eq!(library(&key, &r, &s, &digest), Answer::Valid);
        assert!(findings(&key, &r, &s, &digest).iter().all(|one| *one == Finding::Valid));
        let other = point(&d);
        assert_eq!(library(&other, &r, &s, &digest), Answer::Invalid);
        assert!(findings(&other, &r, &s, &digest).iter().all(|one| *one == Finding::Invalid));
    }
}
