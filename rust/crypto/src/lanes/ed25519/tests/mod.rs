//! Every way of computing against the library, and arithmetic against a slow twin.

mod arithmetic;
mod points;
mod signatures;

use crate::lanes::curves::slow::{self, small};

/// p and L, big-endian.
const P_BE: [u8; 32] = {
    let mut p = [0xff; 32];
    (p[0], p[31]) = (0x7f, 0xed);
    p
};
const L_BE: [u8; 32] = [
    0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x14, 0xde, 0xf9, 0xde, 0xa2, 0xf7, 0x9c,
    0xd6, 0x58, 0x12, 0x63, 0x1a, 0x5c, 0xf5, 0xd3, 0xed,
];

/// An affine point, its coordinates big-endian: the slow twin of points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct SlowPoint {
    x: [u8; 32],
    y: [u8; 32],
}

fn product(a: &[u8; 32], b: &[u8; 32]) -> [u8; 32] {
    slow::product(a, b, &P_BE)
}

fn sum(a: &[u8; 32], b: &[u8; 32]) -> [u8; 32] {
    slow::sum(a, b, &P_BE)
}

fn negative(a: &[u8; 32]) -> [u8; 32] {
    slow::negative(a, &P_BE)
}

/// -121665/121666 (RFC 8032 §5.1).
fn d() -> [u8; 32] {
    let number = |low: u8| {
        let mut number = small(low);
        [number[29], number[30]] = [0x01, 0xdb];
        number
    };
    product(&negative(&number(0x41)), &slow::inverse(&number(0x42), &P_BE))
}

/// `number / 2^shift`, for small ones.
fn shifted(number: &[u8; 32], shift: u32) -> [u8; 32] {
    let mut shifted = [0; 32];
    for at in (0..32).rev() {
        let above = if at == 0 { 0 } else { u16::from(number[at - 1]) << 8 };
        shifted[at] = ((above | u16::from(number[at])) >> shift) as u8;
    }
    shifted
}

fn root_of_minus_one() -> [u8; 32] {
    slow::power(&small(2), &shifted(&P_BE, 2), &P_BE)
}

impl SlowPoint {
    const NEUTRAL: Self = Self {
        x: [0; 32],
        y: {
            let mut one = [0; 32];
            one[31] = 1;
            one
        },
    };

    fn base() -> Self {
        let mut encoded = [0x66; 32];
        encoded[0] = 0x58;
        Self::decode(&encoded).unwrap()
    }

    /// A point of order 8.
    fn of_order_8() -> Self {
        Self::decode(&[
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10,
            0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77,
            0x92, 0xac, 0x03, 0x7a,
        ])
        .unwrap()
    }

    /// RFC 8032 §5.1.3, by the equation x² = (y² - 1)/(d y² + 1).
    fn decode(octets: &[u8; 32]) -> Option<Self> {
        let mut y = *octets;
        y.reverse();
        let sign = y[0] >> 7;
        y[0] &= 0x7f;
        if y >= P_BE {
            return None;
        }
        let squared = product(&y, &y);
        let u = sum(&squared, &negative(&small(1)));
        let v = sum(&product(&d(), &squared), &small(1));
        let square = product(&u, &slow::inverse(&v, &P_BE));
        // a^((p + 3)/8) is a root of a or of -a.
        let exponent = shifted(&slow::sum(&P_BE, &small(3), &[0xff; 32]), 3);
        let mut x = slow::power(&square, &exponent, &P_BE);
        if product(&x, &x) != square {
            x = product(&x, &root_of_minus_one());
        }
        if product(&x, &x) != square || (x == [0; 32] && sign == 1) {
            return None;
        }
        Some(Self { x: if x[31] & 1 == sign { x } else { negative(&x) }, y })
    }

    /// RFC 8032 §5.1.2.
    fn encode(&self) -> [u8; 32] {
        let mut octets = self.y;
        octets[0] |= self.x[31] << 7;
        octets.reverse();
        octets
    }

    fn negative(&self) -> Self {
        Self { x: negative(&self.x), y: self.y }
    }

    /// RFC 8032 §5.1.
    fn add(&self, other: &Self) -> Self {
        let [xx, yy] = [product(&self.x, &other.x), product(&self.y, &other.y)];
        let cross = sum(&product(&self.x, &other.y), &product(&other.x, &self.y));
        let both = product(&d(), &product(&xx, &yy));
        let over = |number: &[u8; 32]| slow::inverse(&sum(&small(1), number), &P_BE);
        Self {
            x: product(&cross, &over(&both)),
            y: product(&sum(&yy, &xx), &over(&negative(&both))),
        }
    }

    fn times(&self, scalar_be: &[u8; 32]) -> Self {
        let mut multiple = Self::NEUTRAL;
        for at in 0..256 {
            multiple = multiple.add(&multiple);
            if scalar_be[at / 8] >> (7 - at % 8) & 1 == 1 {
                multiple = multiple.add(self);
            }
        }
        multiple
    }

    /// The point of small order, so many times one of order 8.
    fn small_order(times: u8) -> Self {
        Self::of_order_8().times(&small(times))
    }
}

fn reversed<const OCTETS: usize>(mut octets: [u8; OCTETS]) -> [u8; OCTETS] {
    octets.reverse();
    octets
}
