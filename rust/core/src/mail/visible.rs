//! Whether bytes would show anything to a reader.

use std::borrow::Cow;

/// Whether `bytes` hold nothing but blanks and line ends.
#[must_use]
pub fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}

/// `bytes` without blanks and line ends at either end.
#[must_use]
pub fn trim_blanks(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    while let [b' ' | b'\t' | b'\r' | b'\n', inner @ ..] = rest {
        rest = inner;
    }
    while let [inner @ .., b' ' | b'\t' | b'\r' | b'\n'] = rest {
        rest = inner;
    }
    rest
}

/// As [`trim_blanks`], of octets that may be owned.
pub(super) fn trimmed(bytes: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    match bytes {
        Cow::Borrowed(bytes) => Cow::Borrowed(trim_blanks(bytes)),
        Cow::Owned(bytes) => Cow::Owned(trim_blanks(&bytes).to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_blank_with_any_other_byte_is_false() {
        assert!(is_blank(b""));
        assert!(is_blank(b" \t\r\n\n"));
        assert!(!is_blank(b" \n\0"));
        assert!(!is_blank(b"\xC2\xA0"));
    }

    #[test]
    fn trim_blanks_keeps_inner_blanks() {
        assert_eq!(trim_blanks(b" \r\n a b\t\n"), b"a b");
        assert_eq!(trim_blanks(b" \n"), b"");
    }
}
