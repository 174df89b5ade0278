//! Arithmetic modulo p and L at the extreme digits, and the constants.

use super::{L_BE, P_BE, SlowPoint, d, reversed, root_of_minus_one};
use crate::lanes::curves::slow::{self, small};
use crate::lanes::ed25519::field::{D, Field, ROOT_OF_MINUS_ONE, TWICE_D};
use crate::lanes::ed25519::*;
use crate::lanes::features::Ifma;
use crate::lanes::registers::Portable;
use proptest::prelude::*;

/// More than any number settled may have in its highest digit.
const HIGHEST: u64 = (1 << 47) + (1 << 7);

fn number_be(number: &Number) -> Vec<u8> {
    let mut octets = vec![0; 33];
    limbs::write_be_bytes::<DIGIT_BITS>(number, &mut octets);
    octets
}

fn modulo(number: &Number) -> [u8; 32] {
    slow::modulo(&number_be(number), &P_BE)
}

/// Numbers up to 2^255 + 2^215, the extreme ones often.
fn number() -> impl Strategy<Value = Number> {
    let digit = || prop_oneof![Just(0), Just((1_u64 << 52) - 1), Just(1), 0..1_u64 << 52];
    let highest = prop_oneof![
        Just(0),
        Just((1_u64 << 47) - 1),
        Just(1 << 47),
        Just(HIGHEST - 1),
        0..1_u64 << 47
    ];
    let any = ([digit(), digit(), digit(), digit()], highest)
        .prop_map(|([a, b, c, d], highest)| [a, b, c, d, highest]);
    let near = (0_u64..40).prop_map(|less| {
        let mut number = P;
        limbs::subtract::<DIGIT_BITS>(&mut number, &[less, 0, 0, 0, 0]);
        number
    });
    let over = (0_u64..19).prop_map(|more| [P[0] + more, P[1], P[2], P[3], P[4]]);
    let above = (0_u64..40).prop_map(|more| [more, 0, 0, 0, 1 << 47]);
    prop_oneof![12 => any, 1 => near, 1 => over, 1 => above]
}

/// Columns from 0 to 2^58, the extreme ones often.
fn columns() -> impl Strategy<Value = Number> {
    let column = prop_oneof![Just(0), Just((1_u64 << 58) - 1), 0..1_u64 << 58];
    proptest::array::uniform5(column)
}

fn check_field<L: Compiled>(
    lanes: L,
    a: [Number; GROUP],
    b: [Number; GROUP],
    columns: [Number; GROUP],
) {
    let field = Field::new(lanes);
    let [x, y, columns_in_lanes] =
        [&a, &b, &columns].map(|numbers| field.load(&side_by_side(|lane| numbers[lane])));
    let results = [
        field.multiply(&x, &y),
        field.square(&x),
        field.sum(&x, &y),
        field.difference(&x, &y),
        field.settle(columns_in_lanes),
        field.invert(&x),
        field.root_power(&x),
        field.canonical(&x),
        field.canonical(&field.multiply(&x, &y)),
        field.canonical(&field.settle(columns_in_lanes)),
    ]
    .map(|element| field.store(&element));
    let root_exponent = slow::negative(&small(3), &power_of_two(252));
    for lane in 0..GROUP {
        // Columns are digits of numbers that have more than 33 octets: sum them up.
        let settled = (0..DIGITS).rev().fold([0; 32], |above, at| {
            let raised = slow::product(&above, &power_of_two(DIGIT_BITS as usize), &P_BE);
            let mut octets = [0; 32];
            octets[24..].copy_from_slice(&columns[lane][at].to_be_bytes());
            slow::sum(&raised, &octets, &P_BE)
        });
        let (a, b) = (modulo(&a[lane]), modulo(&b[lane]));
        let product = slow::product(&a, &b, &P_BE);
        let expected = [
            product,
            slow::product(&a, &a, &P_BE),
            slow::sum(&a, &b, &P_BE),
            slow::sum(&a, &slow::negative(&b, &P_BE), &P_BE),
            settled,
            slow::inverse(&a, &P_BE),
            slow::power(&a, &root_exponent, &P_BE),
            a,
            product,
            settled,
        ];
        for (at, (result, expected)) in results.iter().zip(expected).enumerate() {
            let result = of_lane(result, lane);
            assert!(result.iter().all(|digit| *digit < 1 << 52), "{at}: {result:x?}");
            assert!(result[4] <= HIGHEST, "{at}: {result:x?}");
            assert_eq!(modulo(&result), expected, "{at}: {a:02x?} {b:02x?}");
            assert!(at < 7 || limbs::is_below(&result, &P), "{at}: {result:x?}");
        }
    }
}

fn power_of_two(exponent: usize) -> [u8; 32] {
    let mut number = [0; 32];
    number[31 - exponent / 8] = 1 << (exponent % 8);
    number
}

fn any_group() -> impl Strategy<Value = [Number; GROUP]> {
    proptest::array::uniform8(number())
}

fn words_be(words: &Words) -> [u8; 32] {
    let mut number_be = [0; 32];
    for (octets, word) in number_be.rchunks_mut(8).zip(words) {
        octets.copy_from_slice(&word.to_be_bytes());
    }
    number_be
}

/// Octets, runs of equal ones often.
fn octets<const OCTETS: usize>() -> impl Strategy<Value = [u8; OCTETS]> {
    let runs = proptest::collection::vec((any::<u8>(), 1_usize..20), OCTETS).prop_map(|runs| {
        let octet = |(octet, count): &(u8, usize)| {
            std::iter::repeat_n(if octet & 1 == 0 { 0 } else { 0xff }, *count)
        };
        let octets: Vec<u8> = runs.iter().flat_map(octet).take(OCTETS).collect();
        <[u8; OCTETS]>::try_from(octets).unwrap()
    });
    let any = proptest::collection::vec(any::<u8>(), OCTETS)
        .prop_map(|octets| <[u8; OCTETS]>::try_from(octets).unwrap());
    prop_oneof![any, runs]
}

proptest! {
    #[test]
    fn field_arithmetic_equals_slow_twin(
        a in any_group(),
        b in any_group(),
        columns in proptest::array::uniform8(columns()),
    ) {
        check_field(Portable, a, b, columns);
        match Ifma::detect() {
            Some(ifma) => check_field(ifma, a, b, columns),
            None => eprintln!("NOT TESTED: Ed25519 in lanes of AVX-512 IFMA, which this CPU lacks"),
        }
    }

    #[test]
    fn hash_is_a_number_modulo_the_order(hash in octets::<64>()) {
        prop_assert_eq!(words_be(&scalar::of_hash(&hash)), slow::modulo(&reversed(hash), &L_BE));
    }

    #[test]
    fn odd_times_are_the_same_but_for_what_they_say(number in octets::<32>()) {
        let number = slow::modulo(&number, &L_BE);
        let words = scalar::of_signature(&reversed(number)).unwrap();
        prop_assert_eq!(words_be(&words), number);
        let (odd, is_negated) = scalar::odd_times_base(&words);
        let back = if is_negated { slow::negative(&words_be(&odd), &L_BE) } else { words_be(&odd) };
        prop_assert_eq!((back, odd[0] & 1, is_negated), (number, 1, number[31] & 1 == 0));
        let (odd, is_more) = scalar::odd_times_key(&words);
        let back = slow::sum(&number, &small(u8::from(is_more)), &[0xff; 32]);
        prop_assert_eq!((words_be(&odd), odd[0] & 1), (back, 1));
        prop_assert_eq!(is_more, number[31] & 1 == 0);
    }
}

#[test]
fn s_is_taken_only_below_the_order() {
    let more = |more: u8| reversed(slow::sum(&L_BE, &small(more), &[0xff; 32]));
    let mut less = L_BE;
    less[31] -= 1;
    let signature = |s: &[u8; 32]| [&[9; 32][..], s].concat();
    for wrong in
        [more(0), more(1), more(9), reversed(P_BE), [0xff; 32], reversed(power_of_two(253))]
    {
        assert!(Signature::new(&signature(&wrong)).is_none());
    }
    for right in [[0; 32], reversed(less), reversed(small(1))] {
        assert!(Signature::new(&signature(&right)).is_some());
        assert!(Signature::new(&signature(&right)[1..]).is_none());
        assert!(Signature::new(&[&signature(&right)[..], &[0]].concat()).is_none());
    }
}

/// RFC 8032 §5.1, from the numbers that it states.
#[test]
fn constants_are_those_of_the_standard() {
    assert_eq!(modulo(&D), d());
    assert_eq!(modulo(&TWICE_D), slow::sum(&d(), &d(), &P_BE));
    let root = modulo(&ROOT_OF_MINUS_ONE);
    assert_eq!(root, root_of_minus_one());
    assert_eq!(slow::product(&root, &root, &P_BE), slow::negative(&small(1), &P_BE));
    assert_eq!(number_be(&P)[1..], slow::negative(&small(19), &power_of_two(255))[..]);
    let [x, y] = BASE.map(|number| modulo(&number));
    assert_eq!(slow::product(&y, &small(5), &P_BE), small(4));
    assert_eq!((SlowPoint::base(), x[31] & 1), (SlowPoint { x, y }, 0));
    assert_eq!(SlowPoint::base().times(&L_BE), SlowPoint::NEUTRAL);
    let above_two_252 = 27_742_317_777_372_353_535_851_937_790_883_648_493_u128;
    let mut order = power_of_two(252);
    order[16..].copy_from_slice(&above_two_252.to_be_bytes());
    assert_eq!(order, L_BE);
    let two_256 = slow::product(&power_of_two(128), &power_of_two(128), &L_BE);
    let words = |number| words_be(&number);
    assert_eq!(words(scalar::ORDER.n), L_BE);
    assert_eq!(scalar::ORDER.n[0].wrapping_mul(scalar::ORDER.negated_inverse), u64::MAX);
    assert_eq!(words(scalar::R), two_256);
    assert_eq!(words(scalar::ORDER.r_squared), slow::product(&two_256, &two_256, &L_BE));
}
