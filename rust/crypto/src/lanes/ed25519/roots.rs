//! The x of a point of which y is known (RFC 8032 §5.1.3): a square root, eight at once.

use super::field::{D, Field, ROOT_OF_MINUS_ONE};
use crate::lanes::curves::{Element, Numbers, SignedLanes};

/// For u/v = x², what x may be but for its sign, in plain numbers below p.
pub(crate) struct Roots {
    /// A root of u/v or of -u/v, if either has any.
    pub(super) x: Numbers,
    /// The same times a root of -1.
    pub(super) other_x: Numbers,
    /// 0 where v x² = u.
    pub(super) difference: Numbers,
    /// 0 where v x² = -u, so that the other is the root.
    pub(super) sum: Numbers,
}

/// u = y² - 1, v = d y² + 1 and x = u (u v)^((p - 5) / 8): v x² is then u (u v)^((p - 1) / 4), which
/// is u or -u if u v is a square.
#[inline(always)]
pub(super) fn roots<L: SignedLanes>(lanes: L, y: &Numbers) -> Roots {
    let field = Field::new(lanes);
    let squared = field.square(&field.load(y));
    let u = field.difference(&squared, &field.one());
    let v = field.sum(&field.multiply(&squared, &field.constant(&D)), &field.one());
    let x = field.multiply(&u, &field.root_power(&field.multiply(&u, &v)));
    let is_u = field.multiply(&v, &field.square(&x));
    let other_x = field.multiply(&x, &field.constant(&ROOT_OF_MINUS_ONE));
    Roots {
        x: plain(field, &x),
        other_x: plain(field, &other_x),
        difference: plain(field, &field.difference(&is_u, &u)),
        sum: plain(field, &field.sum(&is_u, &u)),
    }
}

/// Below p.
#[inline(always)]
fn plain<L: SignedLanes>(field: Field<L>, element: &Element<L>) -> Numbers {
    field.store(&field.canonical(element))
}
