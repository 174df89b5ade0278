//! Object identifiers as content octets (X.690 §8.19), and their dotted form.

/// An object identifier, as the content octets of its encoding.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Oid<'a>(pub &'a [u8]);

impl core::fmt::Display for Oid<'_> {
    /// Dotted decimals; arcs beyond 128 bits are shown as `?`.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut arc = 0_u128;
        let mut first = true;
        let mut overflow = false;
        for &octet in self.0 {
            overflow |= arc >> 121 != 0;
            arc = arc << 7 | u128::from(octet & 0x7f);
            if octet & 0x80 != 0 {
                continue;
            }
            if first {
                let root = (arc / 40).min(2);
                write!(f, "{root}.{}", arc - root * 40)?;
                first = false;
            } else if overflow {
                f.write_str(".?")?;
            } else {
                write!(f, ".{arc}")?;
            }
            (arc, overflow) = (0, false);
        }
        Ok(())
    }
}

impl core::fmt::Debug for Oid<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oid_display_is_dotted() {
        assert_eq!(
            Oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02]).to_string(),
            "1.2.840.113549.1.7.2"
        );
        assert_eq!(Oid(&[0x88, 0x37]).to_string(), "2.999");
    }
}
