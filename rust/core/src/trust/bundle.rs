//! Bundles: the bytes of a trust or certificate file, cut into the DER of each certificate.
//!
//! PEM (RFC 7468) with any text between, CRLF or LF, other labels skipped; OpenSSL's `TRUSTED CERTIFICATE`, whose
//! trailing settings are left aside; or one DER certificate. Not PKCS#7, not PKCS#12, and nothing is parsed further.

use crate::asn1::reader::{Reader, Tag};
use memchr::memmem;

/// Why bytes are not a bundle of certificates; lines count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BundleError {
    /// Neither PEM with a certificate in it nor DER.
    NoCertificate,
    /// A BEGIN line without its END line.
    Unterminated {
        /// Line of the BEGIN.
        line: usize,
    },
    /// A PEM block that is not Base64.
    Base64 {
        /// Line of the BEGIN.
        line: usize,
    },
    /// A block, or the file, that does not start with a whole ASN.1 SEQUENCE.
    NotDer {
        /// Line of the BEGIN; 1 for a DER file.
        line: usize,
    },
}

impl core::fmt::Display for BundleError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::NoCertificate => {
                f.write_str("expected certificates in PEM or one in DER, found none")
            }
            Self::Unterminated { line } => {
                write!(f, "line {line}: a PEM block begins and never ends")
            }
            Self::Base64 { line } => write!(f, "line {line}: the PEM block is not Base64"),
            Self::NotDer { line } => write!(f, "line {line}: not a DER certificate"),
        }
    }
}

impl core::error::Error for BundleError {}

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

/// Labels that hold a certificate: RFC 7468 §5, its old alias, and OpenSSL's certificate with trust settings.
const LABELS: [&[u8]; 3] = [b"CERTIFICATE", b"X509 CERTIFICATE", b"TRUSTED CERTIFICATE"];

/// Cuts `bytes` into the DER of each certificate, in file order.
///
/// # Errors
/// [`BundleError`] for the first block that cannot be read; a bundle is used whole or not at all.
pub fn parse_certificates(bytes: &[u8]) -> Result<Vec<Vec<u8>>, BundleError> {
    if bytes.first() == Some(&0x30) {
        return Ok(vec![read_der(bytes, 1)?]);
    }
    let mut certificates = Vec::new();
    let mut position = 0;
    while let Some(block) = scan_block(bytes, position)? {
        if LABELS.contains(&block.label) {
            let der = decode_base64(block.body).ok_or(BundleError::Base64 { line: block.line })?;
            certificates.push(read_der(&der, block.line)?);
        }
        position = block.end;
    }
    if certificates.is_empty() { Err(BundleError::NoCertificate) } else { Ok(certificates) }
}

struct Block<'a> {
    label: &'a [u8],
    body: &'a [u8],
    line: usize,
    end: usize,
}

/// The next PEM block at or after `position`.
fn scan_block(bytes: &[u8], position: usize) -> Result<Option<Block<'_>>, BundleError> {
    let rest = bytes.get(position..).unwrap_or_default();
    let Some(begin) = memmem::find(rest, BEGIN) else {
        return Ok(None);
    };
    let before = bytes.get(..position + begin).unwrap_or_default();
    let line = 1 + memchr::memchr_iter(b'\n', before).count();
    let unterminated = BundleError::Unterminated { line };
    let label_start = position + begin + BEGIN.len();
    let after_begin = bytes.get(label_start..).unwrap_or_default();
    let label_length = memmem::find(after_begin, DASHES).ok_or(unterminated)?;
    let (label, after_label) = after_begin.split_at_checked(label_length).ok_or(unterminated)?;
    let after_label = after_label.get(DASHES.len()..).unwrap_or_default();
    let body_length = memmem::find(after_label, END).ok_or(unterminated)?;
    let body = after_label.get(..body_length).unwrap_or_default();
    let end = label_start + label_length + DASHES.len() + body_length + END.len();
    Ok(Some(Block { label, body, line, end }))
}

fn decode_base64(body: &[u8]) -> Option<Vec<u8>> {
    let text: Vec<u8> = body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    base64_simd::STANDARD.decode_to_vec(text).ok()
}

/// The first ASN.1 element: what follows it in a `TRUSTED CERTIFICATE` are OpenSSL's own settings.
fn read_der(bytes: &[u8], line: usize) -> Result<Vec<u8>, BundleError> {
    let element = Reader::new(bytes).read(Tag::SEQUENCE);
    element.map(|element| element.raw.to_vec()).map_err(|_| BundleError::NotDer { line })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    // SEQUENCE { INTEGER 1 } and SEQUENCE { INTEGER 2 }, and the first with settings behind it.
    const ONE: &[u8] = b"\x30\x03\x02\x01\x01";
    const TWO: &[u8] = b"\x30\x03\x02\x01\x02";

    fn pem(label: &str, der: &[u8]) -> String {
        let body = base64_simd::STANDARD.encode_to_string(der);
        let (head, tail) = body.split_at(4);
        format!("-----BEGIN {label}-----\r\n{head}\r\n{tail}\r\n-----END {label}-----\r\n")
    }

    #[test]
    fn bundle_of_pem_with_text_between_gives_each_certificate() {
        let key = pem("PRIVATE KEY", b"\x30\x00\x00\x00");
        let text = format!(
            "# roots\n{}some text\n{key}{}",
            pem("CERTIFICATE", ONE),
            pem("X509 CERTIFICATE", TWO)
        );
        let parsed = parse_certificates(text.as_bytes());
        assert_eq!(parsed, Ok(vec![ONE.to_vec(), TWO.to_vec()]));
    }

    #[test]
    fn bundle_trusted_certificate_leaves_its_settings_aside() {
        let with_settings = [ONE, TWO].concat();
        let text = pem("TRUSTED CERTIFICATE", &with_settings);
        assert_eq!(parse_certificates(text.as_bytes()), Ok(vec![ONE.to_vec()]));
    }

    #[test]
    fn bundle_of_der_is_one_certificate() {
        assert_eq!(parse_certificates(ONE), Ok(vec![ONE.to_vec()]));
        assert_eq!(parse_certificates(b"\x30\x7f\x02"), Err(BundleError::NotDer { line: 1 }));
    }

    #[test]
    fn bundle_that_is_broken_says_where() {
        let no_end = "\n-----BEGIN CERTIFICATE-----\nAAAA\n";
        let unterminated = Err(BundleError::Unterminated { line: 2 });
        assert_eq!(parse_certificates(no_end.as_bytes()), unterminated);
        let not_base64 = "\n\n-----BEGIN CERTIFICATE-----\n%%\n-----END CERTIFICATE-----\n";
        let base64 = Err(BundleError::Base64 { line: 3 });
        assert_eq!(parse_certificates(not_base64.as_bytes()), base64);
        let not_der = pem("CERTIFICATE", b"hello world");
        assert_eq!(parse_certificates(not_der.as_bytes()), Err(BundleError::NotDer { line: 1 }));
        assert_eq!(parse_certificates(b""), Err(BundleError::NoCertificate));
        assert_eq!(parse_certificates(b"hello"), Err(BundleError::NoCertificate));
    }

    proptest::proptest! {
        #[test]
        fn bundle_of_any_bytes_ends_in_an_answer(bytes: Vec<u8>) {
            let _ = parse_certificates(&bytes);
            let framed = [b"-----BEGIN CERTIFICATE-----", bytes.as_slice(), b"-----END "].concat();
            let _ = parse_certificates(&framed);
        }
    }
}
