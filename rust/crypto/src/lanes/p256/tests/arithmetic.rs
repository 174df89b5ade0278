//! Arithmetic modulo p and n at the extreme digits, and what is taken as a signature.

use super::{N_BE, P_BE, octets};
use crate::lanes::curves::{Number, slow};
use crate::lanes::features::Ifma;
use crate::lanes::p256::field::{Field, P};
use crate::lanes::p256::scalar::{self, Scalar};
use crate::lanes::p256::*;
use crate::lanes::registers::Portable;
use proptest::prelude::*;

fn number_be(number: &Number) -> Vec<u8> {
    let mut octets = vec![0; 33];
    limbs::write_be_bytes::<DIGIT_BITS>(number, &mut octets);
    octets
}

/// Numbers up to 1.07 · 2^256, the extreme ones often.
fn number() -> impl Strategy<Value = Number> {
    let digit = || {
        prop_oneof![Just(0), Just((1_u64 << 52) - 1), Just(1), 0..1_u64 << 52, Just((1 << 44) - 1)]
    };
    let highest =
        prop_oneof![Just(0), Just((1_u64 << 48) - 1), Just((1 << 48) + (1 << 44)), 0..1_u64 << 48];
    let any = ([digit(), digit(), digit(), digit()], highest)
        .prop_map(|([a, b, c, d], highest)| [a, b, c, d, highest]);
    prop_oneof![8 => any, 1 => Just(P), 1 => Just([P[0] - 1, P[1], P[2], P[3], P[4]])]
}

fn check_field<L: Compiled>(lanes: L, a: [Number; GROUP], b: [Number; GROUP]) {
    let field = Field::new(lanes);
    let [x, y] = [&a, &b].map(|numbers| field.load(&side_by_side(|lane| numbers[lane])));
    let sum = field.settle(field.add(x, &y));
    let eight = field.settle(field.subtract::<3>(field.add(field.bias(), &x), &y));
    let twice = field.settle(field.subtract::<3>(field.subtract::<3>(field.bias(), &x), &y));
    let one = field.multiply(&field.invert(&x), &x);
    let results = [
        field.leave(&field.multiply(&field.enter(&x), &field.enter(&y))),
        field.leave(&field.square(&field.enter(&x))),
        sum,
        field.difference(&x, &y),
        eight,
        twice,
        field.leave(&field.enter(&x)),
        field.leave(&one),
    ]
    .map(|element| field.store(&element));
    let modulo = |number: &Number| slow::modulo(&number_be(number), &P_BE);
    for lane in 0..GROUP {
        let (a, b) = (modulo(&a[lane]), modulo(&b[lane]));
        let minus_b = slow::negative(&b, &P_BE);
        let times = |number: &[u8; 32], times: u8| {
            let mut factor = [0; 32];
            factor[31] = times;
            slow::product(number, &factor, &P_BE)
        };
        let is_zero = a == [0; 32];
        let mut one = [0; 32];
        one[31] = u8::from(!is_zero);
        let expected = [
            slow::product(&a, &b, &P_BE),
            slow::product(&a, &a, &P_BE),
            slow::sum(&a, &b, &P_BE),
            slow::sum(&a, &minus_b, &P_BE),
            slow::sum(&a, &times(&minus_b, 8), &P_BE),
            times(&slow::negative(&slow::sum(&a, &b, &P_BE), &P_BE), 8),
            a,
            one,
        ];
        for (at, (result, expected)) in results.iter().zip(expected).enumerate() {
            let result = result.map(|digits| digits[lane]);
            assert!(result.iter().all(|digit| *digit < 1 << 52), "{at}: {result:x?}");
            assert!(result[4] <= (1 << 48) + (1 << 43), "{at}: {result:x?}");
            assert_eq!(modulo(&result), expected, "{at}: {a:02x?} {b:02x?}");
        }
        for exact in [0, 1, 6, 7] {
            let result = results[exact].map(|digits| digits[lane]);
            assert!(result == P || limbs::is_below(&result, &P), "{exact}: {result:x?}");
        }
    }
}

fn scalar() -> impl Strategy<Value = [u8; 32]> {
    let near = |to: [u8; 32]| {
        (0_u8..8).prop_map(move |less| {
            let mut number = to;
            number[31] = number[31].wrapping_sub(less);
            number
        })
    };
    let runs = proptest::collection::vec((any::<bool>(), 1_usize..80), 1..40).prop_map(|runs| {
        let bits = runs.iter().flat_map(|(bit, count)| std::iter::repeat_n(*bit, *count));
        let mut number = [0; 32];
        for (at, bit) in bits.take(256).enumerate() {
            number[at / 8] |= u8::from(bit) << (at % 8);
        }
        number
    });
    let small = (0_u8..40).prop_map(|last| {
        let mut number = [0; 32];
        number[31] = last;
        number
    });
    prop_oneof![4 => any::<[u8; 32]>(), 2 => runs, 1 => small, 1 => near(N_BE)]
        .prop_map(|number| slow::modulo(&number, &N_BE))
}

proptest! {
    #[test]
    fn field_arithmetic_equals_slow_twin(a in any_group(), b in any_group()) {
        check_field(Portable, a, b);
        match Ifma::detect() {
            Some(ifma) => check_field(ifma, a, b),
            None => eprintln!("NOT TESTED: P-256 in lanes of AVX-512 IFMA, which this CPU lacks"),
        }
    }

    #[test]
    fn multiples_of_a_signature_equal_slow_twin(
        numbers in proptest::collection::vec((scalar(), scalar(), any::<[u8; 32]>()), 1..20),
    ) {
        let taken: Vec<Signature> =
            numbers.iter().filter_map(|(r, s, e)| Signature::new(r, s, e)).collect();
        let mut inverses: Vec<Scalar> = taken.iter().map(|one| one.s).collect();
        scalar::invert_all(&mut inverses);
        for (one, inverse) in taken.iter().zip(&inverses) {
            let [u1, u2] = scalar::multiples(inverse, &one.digest, &one.r);
            let times_s = |number: &Scalar| {
                slow::product(&octets(&number.words()), &octets(&one.s.words()), &N_BE)
            };
            prop_assert_eq!(times_s(&u1), octets(&one.digest.words()));
            prop_assert_eq!(times_s(&u2), octets(&one.r.words()));
        }
        for (r, s, e) in &numbers {
            let is_zero = *r == [0; 32] || *s == [0; 32];
            prop_assert_eq!(Signature::new(r, s, e).is_none(), is_zero);
            let Some(one) = Signature::new(r, r, e) else { continue };
            prop_assert_eq!(octets(&one.digest.words()), slow::modulo(e, &N_BE));
            let (odd, is_negated) = one.r.odd();
            prop_assert_eq!(odd[0] & 1, 1);
            prop_assert_eq!(is_negated, r[31] & 1 == 0);
            let back = if is_negated { slow::negative(&octets(&odd), &N_BE) } else { octets(&odd) };
            prop_assert_eq!(back, *r);
        }
    }
}

fn any_group() -> impl Strategy<Value = [Number; GROUP]> {
    proptest::array::uniform8(number())
}

#[test]
fn signature_out_of_range_is_not_taken() {
    let mut one = [0; 32];
    one[31] = 1;
    let mut less = N_BE;
    less[31] -= 1;
    let mut more = N_BE;
    more[31] += 1;
    for wrong in [[0; 32], N_BE, more, P_BE, [0xff; 32]] {
        assert!(Signature::new(&wrong, &one, &[1]).is_none());
        assert!(Signature::new(&one, &wrong, &[1]).is_none());
    }
    assert!(
        Signature::new(&less, &one, &[1]).is_some() && Signature::new(&one, &less, &[]).is_some()
    );
}

#[test]
fn r_plus_n_is_a_candidate_only_below_p() {
    let difference = slow::negative(&N_BE, &P_BE);
    let mut less = difference;
    less[31] -= 1;
    let plus_n = |r: &[u8; 32]| Signature::new(r, r, &[1]).unwrap().r.plus_n();
    assert_eq!(plus_n(&difference), None);
    let highest = slow::sum(&less, &N_BE, &P_BE);
    assert_eq!(plus_n(&less).map(|words| octets(&words)), Some(highest));
}

#[test]
fn table_of_a_point_off_the_curve_gives_no_panic() {
    for point in [[0; 64], [0xff; 64]] {
        let _ = tables(Portable, &[&point]);
    }
}
