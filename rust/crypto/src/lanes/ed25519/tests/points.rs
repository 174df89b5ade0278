//! Tables and sums, of points of every order and scalars at both ends, against a slow twin.

use super::{L_BE, P_BE, SlowPoint, reversed};
use crate::lanes::cases::Random;
use crate::lanes::curves::slow::{self, small};
use crate::lanes::ed25519::*;
use crate::lanes::features::Ifma;
use crate::lanes::registers::Portable;

fn number_le(number: &[u8; 32]) -> [u8; 64] {
    let mut octets = [0; 64];
    octets[..32].copy_from_slice(&reversed(*number));
    octets
}

fn plain(number: &Number) -> [u8; 32] {
    let mut octets = [0; 33];
    limbs::write_be_bytes::<DIGIT_BITS>(number, &mut octets);
    slow::modulo(&octets, &P_BE)
}

/// What every kernel of this CPU says.
fn by_each<T>(ifma: impl Fn(Ifma) -> T, portable: impl Fn(Portable) -> T) -> Vec<T> {
    Ifma::detect().map(ifma).into_iter().chain([portable(Portable)]).collect()
}

fn check_entries(point: &SlowPoint, table: &Table, bits: usize) {
    let mut first = *point;
    for set in 0..4 {
        let twice = first.add(&first);
        let mut multiple = first;
        for at in 0..entries(bits) {
            let entry = table.entry_at(set * entries(bits) + at);
            let SlowPoint { x, y } = multiple;
            let product = slow::product(&slow::sum(&super::d(), &super::d(), &P_BE), &x, &P_BE);
            let product = slow::product(&product, &y, &P_BE);
            assert_eq!(plain(&entry.plus), slow::sum(&y, &x, &P_BE), "{set} {at}");
            assert_eq!(plain(&entry.minus), slow::sum(&y, &slow::negative(&x, &P_BE), &P_BE));
            assert_eq!(plain(&entry.product), product);
            assert_eq!(plain(&entry.negated_product), slow::negative(&product, &P_BE));
            multiple = multiple.add(&twice);
        }
        for _ in 0..64 {
            first = first.add(&first);
        }
    }
}

#[test]
fn tables_hold_the_odd_multiples_of_the_point_that_the_key_says() {
    let base = SlowPoint::base();
    let mixed = base.times(&small(77)).add(&SlowPoint::small_order(3));
    let points =
        [base, base.negative(), mixed, SlowPoint::small_order(1), SlowPoint::small_order(2)];
    let keys = points.map(|point| point.encode());
    let keys: Vec<&[u8; 32]> = keys.iter().collect();
    let each = by_each(|lanes| tables(lanes, &keys), |lanes| tables(lanes, &keys));
    for tables in each {
        for (point, table) in points.iter().zip(&tables) {
            check_entries(point, table.as_ref().unwrap(), KEY_BITS);
        }
    }
    let each = by_each(base_table, base_table);
    each.into_iter().for_each(|table| check_entries(&base, table, BASE_BITS));
}

/// Octets that are no point, or not as they should be written, and those of x = 0, have none.
#[test]
fn table_of_octets_is_there_if_they_decode() {
    let mut random = Random(0x5eed_0f1a_ae55_0001);
    let mut with = 0;
    for _ in 0..60 {
        let keys: Vec<[u8; 32]> = (0..1 + random.below(8))
            .map(|_| {
                let mut key = std::array::from_fn(|_| random.octet());
                if random.below(3) == 0 {
                    // From p up, or a little below.
                    key = reversed(P_BE);
                    key[0] = key[0].wrapping_sub(20).wrapping_add(random.below(39) as u8);
                    key[31] |= (random.below(2) as u8) << 7;
                }
                key
            })
            .collect();
        let keys: Vec<&[u8; 32]> = keys.iter().collect();
        for tables in by_each(|lanes| tables(lanes, &keys), |lanes| tables(lanes, &keys)) {
            assert_eq!(tables.len(), keys.len());
            for (key, table) in keys.iter().zip(&tables) {
                let point = SlowPoint::decode(key).filter(|point| point.x != [0; 32]);
                assert_eq!(table.is_some(), point.is_some(), "{key:02x?}");
                if let (Some(table), Some(SlowPoint { x, y })) = (table, point) {
                    assert_eq!(plain(&table.point().plus), slow::sum(&y, &x, &P_BE));
                    with += 1;
                }
            }
        }
    }
    assert!(with > 100);
    for neutral in [SlowPoint::NEUTRAL, SlowPoint::small_order(4)] {
        for sign in [0, 0x80] {
            let mut key = neutral.encode();
            key[31] |= sign;
            assert!(tables(Portable, &[&key])[0].is_none());
        }
    }
}

/// Scalars at both ends, and between.
fn scalars(random: &mut Random) -> Vec<[u8; 32]> {
    let less = |less: u8| slow::negative(&small(less), &L_BE);
    let mut scalars = vec![small(0), small(1), small(2), small(8), less(1), less(2), less(8)];
    let mut half = [0; 32];
    half[0] = 0x08;
    scalars.push(half);
    for _ in 0..4 {
        scalars.push(slow::modulo(&std::array::from_fn::<u8, 32, _>(|_| random.octet()), &L_BE));
    }
    let mut runs = [0; 32];
    random.fill_with_runs(&mut runs, 5);
    scalars.push(slow::modulo(&runs, &L_BE));
    scalars
}

fn check_sums<L: Compiled>(lanes: L, cases: &[(SlowPoint, [u8; 32], [u8; 32], SlowPoint)]) {
    let keys: Vec<[u8; 32]> = cases.iter().map(|(key, ..)| key.encode()).collect();
    let made: Vec<Option<Table>> = keys
        .chunks(GROUP)
        .flat_map(|group| tables(lanes, &group.iter().collect::<Vec<_>>()))
        .collect();
    let mut signatures = Vec::new();
    for ((_, s, k, sum), table) in cases.iter().zip(&made) {
        let right = Signature::new(&[sum.encode(), reversed(*s)].concat()).unwrap();
        let wrong = Signature::new(&[sum.negative().encode(), reversed(*s)].concat()).unwrap();
        let table = table.as_ref().unwrap();
        signatures.push((table, right, number_le(k)));
        signatures.push((table, wrong, number_le(k)));
    }
    let found = verify(lanes, &signatures);
    for ((key, s, k, sum), found) in cases.iter().zip(found.chunks(2)) {
        let is_own_negative = sum.x == [0; 32];
        assert_eq!(found, [true, is_own_negative], "{key:02x?} {s:02x?} {k:02x?}");
    }
}

#[test]
fn sums_of_points_of_every_order_equal_slow_twin() {
    let mut random = Random::of_run(0x5eed_0f1a_ae55_0002);
    let base = SlowPoint::base();
    let some = slow::modulo(&std::array::from_fn::<u8, 32, _>(|_| random.octet()), &L_BE);
    let mixed = |times| base.times(&some).add(&SlowPoint::small_order(times));
    let mut keys = vec![base, base.negative(), base.add(&base), base.times(&some)];
    keys.extend([1, 2, 4, 7].map(mixed));
    keys.push(base.add(&SlowPoint::small_order(4)));
    keys.extend([1, 2, 3, 5, 6, 7].map(SlowPoint::small_order));
    let scalars = scalars(&mut random);
    let base_multiples: Vec<SlowPoint> = scalars.iter().map(|s| base.times(s)).collect();
    let mut cases = Vec::new();
    for key in keys {
        for k in &scalars {
            let less = key.times(k).negative();
            for (s, multiple) in scalars.iter().zip(&base_multiples) {
                cases.push((key, *s, *k, multiple.add(&less)));
            }
        }
    }
    assert_eq!(cases.len(), 15 * 13 * 13);
    assert!(cases.iter().filter(|(.., sum)| *sum == SlowPoint::NEUTRAL).count() > 15);
    if let Some(ifma) = Ifma::detect() {
        check_sums(ifma, &cases);
    }
    check_sums(Portable, &cases);
}

/// The hash counts modulo L, whatever the order of the key: so it is in the library, where `L A` is
/// not 0 for every key.
#[test]
fn hash_counts_modulo_the_order_for_a_key_of_mixed_order() {
    let key = SlowPoint::base().add(&SlowPoint::small_order(1));
    let [k, more] = [small(3), slow::sum(&small(3), &L_BE, &[0xff; 32])];
    let sum = key.times(&k).negative();
    let other = key.times(&more).negative();
    assert_ne!(sum, other);
    let octets = key.encode();
    let table = tables(Portable, &[&octets]).pop().unwrap().unwrap();
    let signature = |r: &SlowPoint| Signature::new(&[r.encode(), [0; 32]].concat()).unwrap();
    let found = verify(
        Portable,
        &[
            (&table, signature(&sum), number_le(&k)),
            (&table, signature(&sum), number_le(&more)),
            (&table, signature(&other), number_le(&more)),
        ],
    );
    assert_eq!(found, [true, true, false]);
}
