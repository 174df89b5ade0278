//! Signatures, right ones and what is left of them by some mistake or on purpose, against the
//! library.

use super::{L_BE, P_BE, SlowPoint, reversed};
use crate::aws_lc::ed25519::public_key;
use crate::digest::{self, Algorithm};
use crate::lanes::cases::{self, Random};
use crate::lanes::curves::slow::{self, small};
use crate::lanes::{Choice, Kernels};
use crate::signature::{Answer, Input, Job, PublicKey, Scheme, verify_many_with};

impl Random {
    fn octets(&mut self) -> [u8; 32] {
        std::array::from_fn(|_| self.octet())
    }
}

/// A multiple of the base point, and perhaps a point of small order beside it.
#[derive(Clone, Copy)]
struct Known {
    /// How many times the base point, big-endian and below L.
    times: [u8; 32],
    /// How many times the point of order 8.
    small_times: u8,
    encoded: [u8; 32],
}

/// The points of small order, as many times the first of order 8.
type SmallOrder = [SlowPoint; 8];

fn small_order() -> SmallOrder {
    std::array::from_fn(|times| SlowPoint::small_order(times as u8))
}

impl Known {
    /// The scalar of a seed (RFC 8032 §5.1.5).
    fn of_seed(random: &mut Random, small_times: u8, small_order: &SmallOrder) -> Self {
        let seed = random.octets();
        let hash = digest::one(Algorithm::Sha512, &seed);
        let mut scalar = <[u8; 32]>::try_from(&hash.as_bytes()[..32]).unwrap();
        scalar[0] &= 0xf8;
        scalar[31] = scalar[31] & 0x7f | 0x40;
        let mut encoded = public_key(&seed);
        if small_times != 0 {
            let point = SlowPoint::decode(&encoded).unwrap();
            encoded = point.add(&small_order[usize::from(small_times)]).encode();
        }
        Self { times: slow::modulo(&reversed(scalar), &L_BE), small_times, encoded }
    }

    fn of_times(times: [u8; 32], small_times: u8, small_order: &SmallOrder) -> Self {
        let point = SlowPoint::base().times(&times).add(&small_order[usize::from(small_times)]);
        Self { times, small_times, encoded: point.encode() }
    }
}

/// Points that many cases share, since the slow twin takes its time for each.
struct Pool {
    /// Those with nothing of small order, and those with.
    nonces: Vec<Known>,
    /// Multiples at both ends, of small order all eight.
    edges: Vec<Known>,
}

impl Pool {
    fn new(random: &mut Random, small_order: &SmallOrder) -> Self {
        let mut nonces = Vec::new();
        for at in 0..64 {
            let small_times = if at < 24 { 0 } else { (at % 8) as u8 };
            nonces.push(Known::of_seed(random, small_times, small_order));
        }
        let mut edges = Vec::new();
        let less = slow::negative(&small(1), &L_BE);
        for times in [small(0), small(1), small(2), less] {
            edges.extend((0..8).map(|at| Known::of_times(times, at, small_order)));
        }
        Self { nonces, edges }
    }

    /// One that can make a right signature, but for one in eight.
    fn nonce(&self, random: &mut Random, signer: &Known) -> Known {
        let pool = if random.below(4) == 0 { &self.edges } else { &self.nonces };
        let any = random.below(8) == 0;
        loop {
            let nonce = pool[random.below(pool.len() as u64) as usize];
            let steps = 1 << (signer.small_times | 8).trailing_zeros();
            if any || nonce.small_times % steps == 0 {
                return nonce;
            }
        }
    }
}

/// A signature under a key, of a message.
struct Case {
    key: [u8; 32],
    message: Vec<u8>,
    signature: Vec<u8>,
}

fn hash(r: &[u8; 32], key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    let hash = digest::one(Algorithm::Sha512, &[&r[..], key, message].concat());
    let number: [u8; 64] = hash.as_bytes().try_into().unwrap();
    slow::modulo(&reversed(number), &L_BE)
}

/// Other octets for the same R: y + p where that fits, the sign of x = 0, or the other way round.
fn not_canonical(r: &[u8; 32], random: &mut Random) -> [u8; 32] {
    let mut y = reversed(*r);
    let sign = y[0] & 0x80;
    y[0] &= 0x7f;
    if y < small(19) && random.below(4) != 0 {
        y = slow::sum(&y, &P_BE, &[0xff; 32]);
    }
    y[0] |= if random.below(2) == 0 { sign } else { sign ^ 0x80 };
    reversed(y)
}

/// A right signature, where R and key go together; messages are tried until what they have of
/// small order vanishes.
fn case(random: &mut Random, signer: &Known, pool: &Pool) -> Case {
    let nonce = pool.nonce(random, signer);
    let mut r = nonce.encoded;
    let is_otherwise = random.below(40) == 0 || nonce.times == [0; 32] && random.below(4) == 0;
    if is_otherwise {
        r = not_canonical(&r, random);
    }
    let key = signer.encoded;
    let mut message: Vec<u8> = (0..random.below(200)).map(|_| random.octet()).collect();
    let mut k = hash(&r, &key, &message);
    for _ in 0..random.below(24) {
        // k of the key's part of small order and all of R's have to vanish.
        if (u32::from(k[31]) * u32::from(signer.small_times) + u32::from(nonce.small_times)) % 8
            == 0
        {
            break;
        }
        message.push(random.octet());
        k = hash(&r, &key, &message);
    }
    let mut s = slow::sum(&nonce.times, &slow::product(&k, &signer.times, &L_BE), &L_BE);
    let mut key = key;
    match random.below(40) {
        0 => s = slow::sum(&s, &L_BE, &[0xff; 32]),
        1 => s = L_BE,
        2 => s = [0; 32],
        3 => s = slow::negative(&small(1), &L_BE),
        4 => s = slow::negative(&s, &L_BE),
        5 => s = slow::modulo(&random.octets(), &L_BE),
        6 => s = random.octets(),
        7 => s[random.below(32) as usize] ^= 1 << random.below(8),
        8 | 9 => r[random.below(32) as usize] ^= 1 << random.below(8),
        10 => r[31] ^= 0x80,
        11 => key[random.below(32) as usize] ^= 1 << random.below(8),
        12 => key[31] ^= 0x80,
        13 => message.push(0),
        14 => message.clear(),
        15 => {
            // What is not below p, and sometimes a point.
            key = reversed(slow::sum(&P_BE, &small(2 + random.below(17) as u8), &[0xff; 32]));
            key[31] |= (random.below(2) as u8) << 7;
        }
        _ => {}
    }
    let mut signature = [r, reversed(s)].concat();
    match random.below(60) {
        0 => signature.truncate(63),
        1 => signature.push(0),
        2 => signature.clear(),
        _ => {}
    }
    Case { key, message, signature }
}

/// The answers of every choice to the cases, which must be the library's; how many were valid.
fn check_cases(cases: &[Case], choices: &[Choice]) -> usize {
    let mut keys: Vec<([u8; 32], PublicKey)> = Vec::new();
    for case in cases {
        if keys.iter().all(|(key, _)| *key != case.key) {
            // Those of small order are refused.
            keys.extend(PublicKey::ed25519(&case.key).map(|key| (case.key, key)));
        }
    }
    let pieces: Vec<[&[u8]; 2]> = cases
        .iter()
        .map(|case| <[&[u8]; 2]>::from(case.message.split_at(case.message.len() / 3)))
        .collect();
    let key = |case: &Case| keys.iter().find(|(key, _)| *key == case.key).map(|(_, key)| key);
    let jobs: Vec<Job<'_>> = cases
        .iter()
        .zip(&pieces)
        .filter_map(|(case, pieces)| {
            let input = Input::Message(pieces);
            Some(Job {
                key: key(case)?,
                scheme: Scheme::Ed25519,
                input,
                signature: &case.signature,
            })
        })
        .collect();
    let library = verify_many_with(&jobs, Kernels::of(Choice::Off));
    for choice in choices {
        let answers = verify_many_with(&jobs, Kernels::of(*choice));
        for ((answer, library), job) in answers.iter().zip(&library).zip(&jobs) {
            assert_eq!(answer, library, "{choice:?} {job:02x?}");
        }
    }
    library.iter().filter(|answer| **answer == Answer::Valid).count()
}

#[test]
fn rule_13_many_random_and_edge_cases_equal_library() {
    let mut choices = vec![Choice::Avx512, Choice::Portable];
    choices.retain(|choice| cases::is_wanted(choice.name()));
    let mut random = Random::of_run(0x5eed_0f1a_ae55_2519);
    let small_order = small_order();
    let pool = Pool::new(&mut random, &small_order);
    let (mut done, mut valid) = (0, 0);
    while done < cases::count(600) {
        let distinct = 1 + random.below(12);
        let signers: Vec<Known> = (0..distinct)
            .map(|_| {
                let small_times = random.below(8) as u8 * random.below(2) as u8;
                match random.below(8) {
                    // The base point, its negative and its double, with something of small order or
                    // without: 0 times it would be refused.
                    0 => pool.edges[8 + random.below(24) as usize],
                    _ => Known::of_seed(&mut random, small_times, &small_order),
                }
            })
            .collect();
        let count = random.below(64);
        let cases: Vec<Case> = (0..count)
            .map(|_| {
                let signer = &signers[random.below(distinct) as usize];
                case(&mut random, signer, &pool)
            })
            .collect();
        valid += check_cases(&cases, &choices);
        done += cases.len();
    }
    eprintln!("{done} cases, {valid} valid");
    assert!(valid * 4 > done && valid < done);
}

/// A kernel that left everything to the library would pass all other tests.
#[test]
fn right_signatures_under_mixed_keys_and_of_small_order_r_are_the_kernels() {
    use crate::lanes::ed25519::{Compiled, Signature, tables, verify};
    use crate::lanes::features::Ifma;
    use crate::lanes::registers::Portable;
    fn check<L: Compiled>(lanes: L, signer: &Known, nonces: &[Known]) -> usize {
        let table = tables(lanes, &[&signer.encoded]).pop().unwrap().unwrap();
        let mut signatures = Vec::new();
        let mut expected = Vec::new();
        for nonce in nonces {
            for message in 0..20_u8 {
                let r = nonce.encoded;
                let k = hash(&r, &signer.encoded, &[message]);
                let s = slow::product(&k, &signer.times, &L_BE);
                let s = slow::sum(&nonce.times, &s, &L_BE);
                let signature = Signature::new(&[r, reversed(s)].concat()).unwrap();
                let mut whole = [0; 64];
                whole[..32].copy_from_slice(&reversed(k));
                signatures.push((&table, signature, whole));
                let of_small_order = k[31] % 8 * signer.small_times + nonce.small_times;
                expected.push(of_small_order.is_multiple_of(8));
                let key = PublicKey::ed25519(&signer.encoded).unwrap();
                let pieces: [&[u8]; 1] = [&[message]];
                let input = Input::Message(&pieces);
                let signature = &[r, reversed(s)].concat();
                let job = Job { key: &key, scheme: Scheme::Ed25519, input, signature };
                let library = verify_many_with(&[job], Kernels::of(Choice::Off))[0];
                assert_eq!(library == Answer::Valid, of_small_order.is_multiple_of(8));
            }
        }
        assert_eq!(verify(lanes, &signatures), expected);
        expected.iter().filter(|is_right| **is_right).count()
    }
    let small_order = small_order();
    let mut random = Random(0x5eed_0f1a_ae55_0007);
    let nonces: Vec<Known> =
        (0..8).map(|at| Known::of_times(small(at / 4), at, &small_order)).collect();
    for small_times in [0, 1, 2, 4] {
        let signer = Known::of_seed(&mut random, small_times, &small_order);
        if let Some(ifma) = Ifma::detect() {
            assert!(check(ifma, &signer, &nonces) > 10);
        }
        assert!(check(Portable, &signer, &nonces) > 10);
    }
}
