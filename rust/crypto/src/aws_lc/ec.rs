//! FIPS 186-4 ECDSA verification over prime curves: those AWS-LC has built in, and others it makes of
//! their domain parameters.

use super::bignum::Number;
use super::{Owned, Release, require, succeeded};
use crate::signature::{Curve, Domain, KeyError};
use aws_lc_sys::{EC_GROUP, EC_KEY, EC_POINT};
use std::sync::OnceLock;

impl Release for EC_GROUP {
    unsafe fn release(pointer: *mut Self) {
        // SAFETY: the caller's promise is `EC_GROUP_free`'s.
        unsafe { aws_lc_sys::EC_GROUP_free(pointer) }
    }
}

impl Release for EC_KEY {
    unsafe fn release(pointer: *mut Self) {
        // SAFETY: the caller's promise is `EC_KEY_free`'s.
        unsafe { aws_lc_sys::EC_KEY_free(pointer) }
    }
}

impl Release for EC_POINT {
    unsafe fn release(pointer: *mut Self) {
        // SAFETY: the caller's promise is `EC_POINT_free`'s.
        unsafe { aws_lc_sys::EC_POINT_free(pointer) }
    }
}

/// A public key on a named curve.
pub(crate) struct Key {
    key: Owned<EC_KEY>,
    curve: Curve,
}

// SAFETY: after construction the EC_KEY is only passed as `const EC_KEY *` to ECDSA_verify, which
// reads the group (static, or the key's own copy) and the point.
unsafe impl Sync for Key {}

impl Key {
    /// Takes the SEC 1 §2.3.4 encodings: uncompressed, compressed, and hybrid with the right
    /// parity.
    pub(crate) fn new(curve: Curve, point_sec1: &[u8]) -> Result<Self, KeyError> {
        let group = group(curve);
        // SAFETY: a static group; the result is checked for NULL.
        let point = Owned::allocated(unsafe { aws_lc_sys::EC_POINT_new(group) });
        // SAFETY: a point of the same group, a slice readable for its length, and no temporaries
        // given.
        let status = unsafe {
            aws_lc_sys::EC_POINT_oct2point(
                group,
                point.as_ptr(),
                point_sec1.as_ptr(),
                point_sec1.len(),
                std::ptr::null_mut(),
            )
        };
        // The curve equation is checked by the call; the point at infinity is no key (SEC 1
        // §3.2.2.1).
        if !succeeded(status) || is_infinity(group, &point) {
            return Err(KeyError::Malformed);
        }
        // SAFETY: takes nothing; the result is checked for NULL.
        let key = Owned::allocated(unsafe { aws_lc_sys::EC_KEY_new() });
        // SAFETY: a live key and a static group.
        require(unsafe { aws_lc_sys::EC_KEY_set_group(key.as_ptr(), group) }, "EC_KEY_set_group");
        // SAFETY: a live key and a point of its group, which is copied.
        let status = unsafe { aws_lc_sys::EC_KEY_set_public_key(key.as_ptr(), point.as_ptr()) };
        require(status, "EC_KEY_set_public_key");
        Ok(Self { key, curve })
    }

    pub(crate) fn curve(&self) -> Curve {
        self.curve
    }

    /// The point, which lives as long as the key.
    pub(super) fn point(&self) -> *const EC_POINT {
        // SAFETY: a live key, only read.
        unsafe { aws_lc_sys::EC_KEY_get0_public_key(self.key.as_ptr()) }
    }

    /// The point, uncompressed (SEC 1 §2.3.3).
    pub(crate) fn point_sec1(&self) -> Vec<u8> {
        // SAFETY: a live key, which has a point of its own.
        unsafe { encoded_point(self.curve, self.point()) }
    }

    /// `signature` must be the strict DER of (r, s), both from 1 to n - 1 (RULES 12).
    pub(crate) fn verify(&self, digest: &[u8], signature: &[u8]) -> bool {
        // SAFETY: slices readable for their lengths and a live key that is only read (see `Sync`);
        // the type is unused.
        let status = unsafe {
            aws_lc_sys::ECDSA_verify(
                0,
                digest.as_ptr(),
                digest.len(),
                signature.as_ptr(),
                signature.len(),
                self.key.as_ptr(),
            )
        };
        succeeded(status)
    }
}

/// A point of the curve, uncompressed.
///
/// # Safety
/// The point has to be a live one of the curve's group.
pub(super) unsafe fn encoded_point(curve: Curve, point: *const EC_POINT) -> Vec<u8> {
    let mut out = vec![0; 1 + 2 * field_octets(curve)];
    // SAFETY: a static group, a point as the caller promises, a slice writable for its length, no
    // temporaries given.
    let written = unsafe {
        aws_lc_sys::EC_POINT_point2oct(
            group(curve),
            point,
            aws_lc_sys::point_conversion_form_t::POINT_CONVERSION_UNCOMPRESSED,
            out.as_mut_ptr(),
            out.len(),
            std::ptr::null_mut(),
        )
    };
    assert_eq!(written, out.len(), "AWS-LC failed: EC_POINT_point2oct");
    out
}

pub(super) fn field_octets(curve: Curve) -> usize {
    curve.bits().div_ceil(8) as usize
}

fn is_infinity(group: *const EC_GROUP, point: &Owned<EC_POINT>) -> bool {
    // SAFETY: a point of that group, only read.
    unsafe { aws_lc_sys::EC_POINT_is_at_infinity(group, point.as_ptr()) == 1 }
}

pub(super) fn group(curve: Curve) -> *const EC_GROUP {
    built_in_group(curve).unwrap_or_else(|| made_group(curve))
}

fn built_in_group(curve: Curve) -> Option<*const EC_GROUP> {
    // SAFETY: each takes nothing and returns a static object.
    let group = unsafe {
        match curve {
            Curve::P224 => aws_lc_sys::EC_group_p224(),
            Curve::P256 => aws_lc_sys::EC_group_p256(),
            Curve::P384 => aws_lc_sys::EC_group_p384(),
            Curve::P521 => aws_lc_sys::EC_group_p521(),
            Curve::Secp256k1 => aws_lc_sys::EC_group_secp256k1(),
            Curve::BrainpoolP224r1 => aws_lc_sys::EC_group_brainpoolP224r1(),
            Curve::BrainpoolP256r1 => aws_lc_sys::EC_group_brainpoolP256r1(),
            Curve::BrainpoolP320r1 => aws_lc_sys::EC_group_brainpoolP320r1(),
            Curve::BrainpoolP384r1 => aws_lc_sys::EC_group_brainpoolP384r1(),
            Curve::BrainpoolP512r1 => aws_lc_sys::EC_group_brainpoolP512r1(),
            _ => return None,
        }
    };
    Some(group)
}

/// A group that lives as long as the program.
struct Made(Owned<EC_GROUP>);

// SAFETY: once made, the group is only passed as `const EC_GROUP *`: AWS-LC reads and copies it.
unsafe impl Sync for Made {}

/// Made on first use and then kept, one per curve.
fn made_group(curve: Curve) -> *const EC_GROUP {
    static GROUPS: [OnceLock<Made>; Domain::COUNT] = [const { OnceLock::new() }; Domain::COUNT];
    let made = GROUPS.get(curve as usize).map(|group| group.get_or_init(|| make(curve.domain())));
    made.map_or(std::ptr::null(), |made| made.0.as_ptr())
}

/// The group of a domain, whose numbers must be right: AWS-LC checks that the base point is on the
/// curve, and no more.
fn make(domain: &Domain) -> Made {
    let number = |hex| Number::from_be_bytes(&octets(hex));
    let [prime, a, b] = [domain.prime, domain.a, domain.b].map(number);
    let [x, y, order, cofactor] = [domain.x, domain.y, domain.order, "1"].map(number);
    // SAFETY: live numbers that are only read, and no temporaries given; the result is checked for
    // NULL.
    let group = Owned::allocated(unsafe {
        aws_lc_sys::EC_GROUP_new_curve_GFp(
            prime.as_ptr(),
            a.as_ptr(),
            b.as_ptr(),
            std::ptr::null_mut(),
        )
    });
    // SAFETY: a live group; the result is checked for NULL.
    let base = Owned::allocated(unsafe { aws_lc_sys::EC_POINT_new(group.as_ptr()) });
    // SAFETY: a group and a point of it, live numbers that are only read, no temporaries given.
    let status = unsafe {
        aws_lc_sys::EC_POINT_set_affine_coordinates_GFp(
            group.as_ptr(),
            base.as_ptr(),
            x.as_ptr(),
            y.as_ptr(),
            std::ptr::null_mut(),
        )
    };
    require(status, "EC_POINT_set_affine_coordinates_GFp");
    // SAFETY: a group that has no base point yet, a point of it, and live numbers, all copied.
    let status = unsafe {
        aws_lc_sys::EC_GROUP_set_generator(
            group.as_ptr(),
            base.as_ptr(),
            order.as_ptr(),
            cofactor.as_ptr(),
        )
    };
    require(status, "EC_GROUP_set_generator");
    Made(group)
}

/// The octets of a hexadecimal number without leading zeros.
fn octets(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        hex.chars().filter_map(|digit| digit.to_digit(16)).map(|digit| digit as u8).collect();
    digits
        .rchunks(2)
        .rev()
        .map(|pair| pair.iter().fold(0, |octet, digit| octet << 4 | digit))
        .collect()
}

/// What tests make signatures with.
#[cfg(test)]
pub(crate) mod made {
    use super::*;
    use crate::aws_lc::clear_errors;

    /// The sum of so many base points of P-256 and so many points, uncompressed; None for infinity.
    pub(crate) fn p256_sum(
        base_times: &[u8],
        point_sec1: &[u8],
        point_times: &[u8],
    ) -> Option<[u8; 65]> {
        let key = Key::new(Curve::P256, point_sec1).ok()?;
        let [base_times, point_times] = [base_times, point_times].map(Number::from_be_bytes);
        let group = group(Curve::P256);
        // SAFETY: a static group; the result is checked for NULL.
        let sum = Owned::allocated(unsafe { aws_lc_sys::EC_POINT_new(group) });
        // SAFETY: points of that group and live numbers, only read but for the sum, and no
        // temporaries given.
        let status = unsafe {
            aws_lc_sys::EC_POINT_mul(
                group,
                sum.as_ptr(),
                base_times.as_ptr(),
                aws_lc_sys::EC_KEY_get0_public_key(key.key.as_ptr()),
                point_times.as_ptr(),
                std::ptr::null_mut(),
            )
        };
        require(status, "EC_POINT_mul");
        let mut octets = [0; 65];
        // SAFETY: a point of that group, octets writable for their length, no temporaries given.
        let count = unsafe {
            aws_lc_sys::EC_POINT_point2oct(
                group,
                sum.as_ptr(),
                aws_lc_sys::point_conversion_form_t::POINT_CONVERSION_UNCOMPRESSED,
                octets.as_mut_ptr(),
                octets.len(),
                std::ptr::null_mut(),
            )
        };
        clear_errors();
        (count == octets.len()).then_some(octets)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    /// Whether AWS-LC finds both groups to have the same prime, coefficients, base point and order.
    fn is_same(one: *const EC_GROUP, other: *const EC_GROUP) -> bool {
        let numbers = |group: *const EC_GROUP| {
            let [prime, a, b, x, y] = std::array::from_fn(|_| Number::new());
            // SAFETY: a live group with a base point, numbers to write, no temporaries given.
            unsafe {
                let null = std::ptr::null_mut();
                let curve = aws_lc_sys::EC_GROUP_get_curve_GFp(
                    group,
                    prime.as_ptr(),
                    a.as_ptr(),
                    b.as_ptr(),
                    null,
                );
                assert_eq!(curve, 1);
                let base = aws_lc_sys::EC_GROUP_get0_generator(group);
                let point = aws_lc_sys::EC_POINT_get_affine_coordinates_GFp(
                    group,
                    base,
                    x.as_ptr(),
                    y.as_ptr(),
                    null,
                );
                assert_eq!(point, 1);
            }
            // SAFETY: a live group with an order, only read.
            let order = unsafe { aws_lc_sys::EC_GROUP_get0_order(group) };
            let mut octets = vec![0; 66];
            // SAFETY: a live number, only read, and a slice writable for its length.
            let status =
                unsafe { aws_lc_sys::BN_bn2bin_padded(octets.as_mut_ptr(), octets.len(), order) };
            assert_eq!(status, 1);
            let mut all = [prime, a, b, x, y].map(|number| {
                let mut octets = vec![0; 66];
                assert!(number.write_be_bytes(&mut octets));
                octets
            });
            (std::mem::take(&mut all), octets)
        };
        numbers(one) == numbers(other)
    }

    #[test]
    fn made_group_of_each_built_in_curve_is_the_built_in_one() {
        let mut built_in = 0;
        for curve in Curve::all() {
            let Some(group) = built_in_group(curve) else { continue };
            assert!(is_same(group, made_group(curve)), "{curve:?}");
            built_in += 1;
        }
        assert_eq!(built_in, 10);
    }

    /// A number that is wrong anywhere in a curve's domain shows here: order times base point is
    /// infinity for the right order only.
    #[test]
    fn made_group_of_every_curve_has_the_order_it_says() {
        for curve in Curve::all() {
            let group = made_group(curve);
            // SAFETY: a live group with base point and order; all results are checked.
            unsafe {
                let product = Owned::allocated(aws_lc_sys::EC_POINT_new(group));
                let order = Number::from_be_bytes(&octets(curve.domain().order));
                let mut before = vec![0; 66];
                assert!(order.write_be_bytes(&mut before));
                // AWS-LC reduces scalars below the order: (n - 1) G + G it must be.
                *before.last_mut().unwrap() -= 1;
                let scalar = Number::from_be_bytes(&before);
                let null = std::ptr::null_mut();
                let status = aws_lc_sys::EC_POINT_mul(
                    group,
                    product.as_ptr(),
                    scalar.as_ptr(),
                    std::ptr::null(),
                    std::ptr::null(),
                    null,
                );
                assert_eq!(status, 1, "{curve:?}");
                let base = aws_lc_sys::EC_GROUP_get0_generator(group);
                let sum = product.as_ptr();
                assert_eq!(aws_lc_sys::EC_POINT_add(group, sum, sum, base, null), 1, "{curve:?}");
                assert!(is_infinity(group, &product), "{curve:?}");
            }
        }
    }
}
