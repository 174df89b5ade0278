//! Kernels of every choice against the library: blocks recovered from signatures, answers, digests.
//!
//! The first octets say how much is made of the rest, so that short inputs reach long keys: the exponent, the octets of
//! the modulus, and how many signatures there are. The rest, over and over, is the modulus, then the signatures.

use smimebatch_crypto::digest::{self, Algorithm, LineEnds};
use smimebatch_crypto::lanes::{Choice, Kernels};
use smimebatch_crypto::signature::{self, Curve, Input, PublicKey, Scheme};
use smimebatch_crypto::twins;

/// Octets of the longest modulus: some more than the longest with a kernel.
const MAX_MODULUS_OCTETS: usize = 530;
const MAX_SIGNATURES: usize = 12;
const MAX_JOBS: usize = 40;
const EXPONENTS: [&[u8]; 8] =
    [&[1, 0, 1], &[3], &[17], &[1, 0, 1], &[0], &[1], &[5], &[1, 0, 0, 0, 0, 0, 0, 0, 1]];
const ALGORITHMS: [Algorithm; 5] =
    [Algorithm::Md5, Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha384, Algorithm::Sha512];

/// The base point of P-256, its negative and its double, uncompressed.
const POINTS: [&str; 3] = [
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296\
     4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296\
     b01cbd1c01e58065711814b583f061e9d431cca994cea1313449bf97c840ae0a",
    "047cf27b188d034f7e8a52380304b51ac3c08969e277f21b35a60b48fc47669978\
     07775510db8ed040293d9ac69f7430dbba7dade63ce982299e04b79d227873d1",
];

/// The base point of Ed25519, its negative, and each with the point of order 2 beside it.
const ED25519_KEYS: [&str; 4] = [
    "5866666666666666666666666666666666666666666666666666666666666666",
    "58666666666666666666666666666666666666666666666666666666666666e6",
    "9599999999999999999999999999999999999999999999999999999999999999",
    "9599999999999999999999999999999999999999999999999999999999999919",
];
/// The order of the base point, lowest octet first.
const ED25519_ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// What has to hold for any input.
pub fn check(bytes: &[u8]) {
    let [exponent, modulus, modulus_high, count, rest @ ..] = bytes else {
        return;
    };
    if rest.is_empty() {
        return;
    }
    let octets = usize::from(u16::from_le_bytes([*modulus, *modulus_high])) % MAX_MODULUS_OCTETS;
    let count = usize::from(*count) % MAX_SIGNATURES;
    let material: Vec<u8> = rest
        .iter()
        .copied()
        .cycle()
        .take((rest.len() + octets).max(octets * (count + 1)))
        .collect();
    let (n, received) = material.split_at(octets);
    let mut n = n.to_vec();
    // Nine of ten times a modulus that a key can have, or little but the refusal of keys is tried.
    if exponent % 10 != 9 {
        set_last(&mut n, |last| last | 1);
    }
    let e = EXPONENTS[usize::from(*exponent) % EXPONENTS.len()];
    let received = signatures(&n, received, count);
    let received: Vec<&[u8]> = received.iter().map(Vec::as_slice).collect();
    check_blocks(&n, e, &received);
    check_answers(&n, e, &received);
    check_digests(rest);
    check_ecdsa(rest);
    check_ed25519(rest);
}

/// Numbers near the modulus, of other lengths, and as they come.
fn signatures(n: &[u8], material: &[u8], count: usize) -> Vec<Vec<u8>> {
    let made = material.chunks(n.len().max(1)).take(count).enumerate();
    made.map(|(index, octets)| match (index % 7, octets.first()) {
        (1, Some(first)) => {
            let mut near = n.to_vec();
            set_last(&mut near, |last| last.wrapping_add(first % 3).wrapping_sub(1));
            near
        }
        (2, Some(first)) => octets[usize::from(*first) % octets.len()..].to_vec(),
        (3, Some(first)) => [&vec![0; usize::from(first % 4)][..], octets].concat(),
        (4, Some(first)) => {
            let mut below = octets.to_vec();
            below[0] &= first >> 1;
            below
        }
        _ => octets.to_vec(),
    })
    .collect()
}

fn set_last(number: &mut [u8], change: impl Fn(u8) -> u8) {
    if let Some(last) = number.last_mut() {
        *last = change(*last);
    }
}

fn check_blocks(n: &[u8], e: &[u8], received: &[&[u8]]) {
    let Ok(library) = twins::recover(n, e, received, Choice::Off) else {
        return;
    };
    for choice in Choice::ALL {
        let blocks = twins::recover(n, e, received, choice).expect("the key was one");
        assert!(blocks.is_none() || blocks == library, "{choice:?} recovers another block");
    }
}

fn check_answers(n: &[u8], e: &[u8], received: &[&[u8]]) {
    let Ok(key) = PublicKey::rsa(n, e) else {
        return;
    };
    let scheme = Scheme::RsaPkcs1 { hash: Algorithm::Sha256 };
    let input = Input::Digest(&[0xd1; 32]);
    let jobs: Vec<_> = received
        .iter()
        .map(|signature| signature::Job { key: &key, scheme, input, signature })
        .collect();
    let library = signature::verify_many_with(&jobs, Kernels::of(Choice::Off));
    for choice in Choice::ALL {
        assert_eq!(signature::verify_many_with(&jobs, Kernels::of(choice)), library, "{choice:?}");
    }
}

/// Signatures of the octets under the base point of P-256, its negative and its double, where sums meet a point twice.
fn check_ecdsa(bytes: &[u8]) {
    const SIGNATURE_OCTETS: usize = 96;
    let keys = POINTS.map(|point| PublicKey::ec(Curve::P256, &from_hex(point)).expect("a point"));
    let made: Vec<(Vec<u8>, &[u8])> = bytes
        .chunks(SIGNATURE_OCTETS)
        .take(MAX_SIGNATURES)
        .map(|octets| {
            let (r, rest) = octets.split_at(octets.len() / 3);
            let (s, digest) = rest.split_at(rest.len() / 2);
            let both = [integer(r), integer(s)].concat();
            ([&[0x30, both.len() as u8][..], &both].concat(), digest)
        })
        .collect();
    let jobs: Vec<_> = keys
        .iter()
        .flat_map(|key| made.iter().map(move |(signature, digest)| (key, signature, digest)))
        .map(|(key, signature, digest)| {
            let input = Input::Digest(digest);
            signature::Job { key, scheme: Scheme::Ecdsa, input, signature }
        })
        .collect();
    let library = signature::verify_many_with(&jobs, Kernels::of(Choice::Off));
    for choice in Choice::ALL {
        assert_eq!(signature::verify_many_with(&jobs, Kernels::of(choice)), library, "{choice:?}");
    }
}

/// Signatures as they come, and right ones but for what is of order 2, of R = the base point or its negative: s is then
/// 1 or -1, and k more or less.
fn check_ed25519(bytes: &[u8]) {
    const CASE_OCTETS: usize = 80;
    /// Place of the key, signature value, message.
    type Case<'a> = (usize, Vec<u8>, [&'a [u8]; 1]);
    let octets = ED25519_KEYS.map(from_hex);
    let keys = octets.each_ref().map(|key| PublicKey::ed25519(key).expect("not of small order"));
    let mut made: Vec<Case<'_>> = Vec::new();
    for (index, case) in bytes.chunks(CASE_OCTETS).take(2 * MAX_SIGNATURES).enumerate() {
        let (value, message) = case.split_at(case.len().min(64));
        for (key, encoded) in octets.iter().enumerate() {
            let mut value = value.to_vec();
            if index % 2 == 0 {
                let r = &octets[usize::from(value[0]) % octets.len()];
                let is_negative = |point: &[u8]| point == octets[1] || point == octets[3];
                let hash = digest::one(Algorithm::Sha512, &[r, &encoded[..], message].concat());
                let s = sum_modulo_order(
                    &modulo_order(hash.as_bytes(), is_negative(encoded)),
                    &modulo_order(&[1], is_negative(r)),
                );
                value = [&r[..], &s].concat();
            }
            made.push((key, value, [message]));
        }
    }
    let jobs: Vec<_> = made
        .iter()
        .map(|(key, signature, pieces)| {
            let input = Input::Message(pieces);
            signature::Job { key: &keys[*key], scheme: Scheme::Ed25519, input, signature }
        })
        .collect();
    let library = signature::verify_many_with(&jobs, Kernels::of(Choice::Off));
    for choice in Choice::ALL {
        assert_eq!(signature::verify_many_with(&jobs, Kernels::of(choice)), library, "{choice:?}");
    }
}

/// A number modulo the order of the base point of Ed25519, or its negative, lowest octets first.
fn modulo_order(number: &[u8], is_negative: bool) -> [u8; 32] {
    let mut remainder = [0; 32];
    for bit in (0..8 * number.len()).rev() {
        remainder = sum_modulo_order(&remainder, &remainder);
        if number[bit / 8] >> (bit % 8) & 1 == 1 {
            let mut one = [0; 32];
            one[0] = 1;
            remainder = sum_modulo_order(&remainder, &one);
        }
    }
    if is_negative { difference(&ED25519_ORDER, &remainder).0 } else { remainder }
}

/// The sum of two numbers up to the order of the base point of Ed25519, modulo that.
fn sum_modulo_order(a: &[u8; 32], b: &[u8; 32]) -> [u8; 32] {
    let (mut sum, mut carry) = ([0; 32], 0);
    for (at, place) in sum.iter_mut().enumerate() {
        carry += u16::from(a[at]) + u16::from(b[at]);
        *place = carry as u8;
        carry >>= 8;
    }
    let (less, is_below) = difference(&sum, &ED25519_ORDER);
    if is_below { sum } else { less }
}

/// `a - b`, and whether that is below zero.
fn difference(a: &[u8; 32], b: &[u8; 32]) -> ([u8; 32], bool) {
    let (mut less, mut borrow) = ([0; 32], 0);
    for (at, place) in less.iter_mut().enumerate() {
        let digit = i16::from(a[at]) - i16::from(b[at]) + borrow;
        *place = digit as u8;
        borrow = digit >> 8;
    }
    (less, borrow < 0)
}

/// The DER of a number, of which zeros in front are left off.
fn integer(number: &[u8]) -> Vec<u8> {
    let zeros = number.iter().take_while(|octet| **octet == 0).count();
    let octets = &number[zeros..];
    let sign: &[u8] = if octets.first().is_none_or(|first| *first >= 0x80) { &[0] } else { &[] };
    [&[0x02, (sign.len() + octets.len()) as u8], sign, octets].concat()
}

fn from_hex(hex: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal");
    (0..hex.len()).step_by(2).map(digit).collect()
}

/// The octets cut into jobs at their own lengths, of every algorithm with a kernel and one without.
fn check_digests(mut bytes: &[u8]) {
    let mut pieces: Vec<[&[u8]; 2]> = Vec::new();
    while let ([length, rest @ ..], true) = (bytes, pieces.len() < MAX_JOBS) {
        let (taken, left) = rest.split_at(rest.len().min(4 * usize::from(*length)));
        let (first, second) = taken.split_at(taken.len() / 3);
        pieces.push([first, second]);
        bytes = left;
    }
    let jobs: Vec<_> = pieces
        .iter()
        .enumerate()
        .map(|(index, pieces)| digest::Job {
            algorithm: ALGORITHMS[index / 2 % ALGORITHMS.len()],
            pieces,
            line_ends: if index % 2 == 0 { LineEnds::AsStored } else { LineEnds::LfToCrlf },
        })
        .collect();
    let library = digest::many_with(&jobs, Kernels::of(Choice::Off));
    for choice in Choice::ALL {
        assert!(digest::many_with(&jobs, Kernels::of(choice)) == library, "{choice:?} digests");
    }
}
