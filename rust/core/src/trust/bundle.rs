//! Bundles: the bytes of a trust or certificate file, cut into the DER of each certificate.
//!
//! PEM (RFC 7468) with any text between, CRLF or LF, other labels skipped; OpenSSL's `TRUSTED CERTIFICATE`, whose
//! trailing settings are left aside; the certificates of a PKCS#7 object, BER or in PEM (RFC 5652 §5, RFC 7468 §8, §9);
//! or one DER certificate. Not PKCS#12, and nothing is parsed further: signatures of a PKCS#7 object are not looked at.

use crate::asn1::reader::{Reader, Tag};
use crate::cms::content_info::parse_content_info;
use crate::cms::signed_data::parse_signed_data;
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
    /// A PKCS#7 object that is no SignedData, or holds no certificate.
    NoCertificateInPkcs7 {
        /// Line of the BEGIN; 1 for a DER file.
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
            Self::NoCertificate => f.write_str("no certificate in PEM, DER or PKCS#7"),
            Self::Unterminated { line } => {
                write!(f, "line {line}: a PEM block begins and never ends")
            }
            Self::Base64 { line } => write!(f, "line {line}: the PEM block is not Base64"),
            Self::NoCertificateInPkcs7 { line } => {
                write!(f, "line {line}: a PKCS#7 object without certificates")
            }
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
/// Labels that hold a ContentInfo: RFC 7468 §8, its alias in older files, and §9.
const PKCS7_LABELS: [&[u8]; 3] = [b"PKCS7", b"PKCS #7 SIGNED DATA", b"CMS"];

/// Cuts `bytes` into the DER of each certificate, in file order.
///
/// # Errors
/// [`BundleError`] for the first block that cannot be read; a bundle is used whole or not at all.
pub fn parse_certificates(bytes: &[u8]) -> Result<Vec<Vec<u8>>, BundleError> {
    if bytes.first() == Some(&0x30) {
        return if is_content_info(bytes) {
            read_pkcs7(bytes, 1)
        } else {
            Ok(vec![read_der(bytes, 1)?])
        };
    }
    let mut certificates = Vec::new();
    let mut scan = BlockScan::new(bytes);
    while let Some(block) = scan.next_block()? {
        let decoded = || decode_base64(block.body).ok_or(BundleError::Base64 { line: block.line });
        if LABELS.contains(&block.label) {
            certificates.push(read_der(&decoded()?, block.line)?);
        } else if PKCS7_LABELS.contains(&block.label) {
            certificates.extend(read_pkcs7(&decoded()?, block.line)?);
        }
    }
    if certificates.is_empty() { Err(BundleError::NoCertificate) } else { Ok(certificates) }
}

/// The content of every PEM block called `label`, in file order; `None` for one that is not Base64. Ends at a block that
/// never ends.
pub(super) fn pem_blocks(bytes: &[u8], label: &[u8]) -> Vec<Option<Vec<u8>>> {
    let (mut blocks, mut scan) = (Vec::new(), BlockScan::new(bytes));
    loop {
        match scan.next_block() {
            Ok(Some(block)) => {
                if block.label == label {
                    blocks.push(decode_base64(block.body));
                }
            }
            Ok(None) => return blocks,
            Err(_) => {
                blocks.push(None);
                return blocks;
            }
        }
    }
}

/// One PEM block (RFC 7468 §2).
pub(crate) struct Block<'a> {
    pub(crate) label: &'a [u8],
    /// What stands between the lines of BEGIN and END, headers included.
    pub(crate) body: &'a [u8],
    /// Of the BEGIN, counted from 1.
    pub(crate) line: usize,
}

/// Where a file was read up to, and in which line that is.
pub(crate) struct BlockScan<'a> {
    bytes: &'a [u8],
    position: usize,
    line: usize,
}

impl<'a> BlockScan<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0, line: 1 }
    }

    /// The next PEM block; each line is counted once.
    pub(crate) fn next_block(&mut self) -> Result<Option<Block<'a>>, BundleError> {
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        let Some(begin) = memmem::find(rest, BEGIN) else {
            return Ok(None);
        };
        self.advance(begin);
        let line = self.line;
        let unterminated = BundleError::Unterminated { line };
        let after_begin = rest.get(begin + BEGIN.len()..).unwrap_or_default();
        let label_length = memmem::find(after_begin, DASHES).ok_or(unterminated)?;
        let (label, after_label) =
            after_begin.split_at_checked(label_length).ok_or(unterminated)?;
        let after_label = after_label.get(DASHES.len()..).unwrap_or_default();
        let body_length = memmem::find(after_label, END).ok_or(unterminated)?;
        let body = after_label.get(..body_length).unwrap_or_default();
        self.advance(BEGIN.len() + label_length + DASHES.len() + body_length + END.len());
        Ok(Some(Block { label, body, line }))
    }

    fn advance(&mut self, length: usize) {
        let passed = self.bytes.get(self.position..).unwrap_or_default().get(..length);
        self.line += memchr::memchr_iter(b'\n', passed.unwrap_or_default()).count();
        self.position += length;
    }
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

/// A ContentInfo begins with an object identifier, a certificate with a SEQUENCE (RFC 5652 §3, RFC 5280 §4.1).
fn is_content_info(bytes: &[u8]) -> bool {
    let inside = Reader::new(bytes).read(Tag::SEQUENCE).map(|element| element.content);
    inside.is_ok_and(|content| Reader::new(content).read(Tag::OID).is_ok())
}

/// The certificates of a SignedData, in its order; attribute certificates are left aside.
fn read_pkcs7(bytes: &[u8], line: usize) -> Result<Vec<Vec<u8>>, BundleError> {
    let none = BundleError::NoCertificateInPkcs7 { line };
    let (info, _) = parse_content_info(bytes).map_err(|_| none)?;
    let signed_data = parse_signed_data(&info).map_err(|_| none)?;
    let certificates: Vec<_> = signed_data.certificates.iter().map(|it| it.to_vec()).collect();
    if certificates.is_empty() { Err(none) } else { Ok(certificates) }
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
    fn line_of_a_block_counts_all_before_it() {
        let other = "text\r\n-----BEGIN OTHER-----\nMAA=\n-----END OTHER-----\n\n".repeat(1_000);
        let broken = format!("{other}-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n");
        assert_eq!(parse_certificates(broken.as_bytes()), Err(BundleError::Base64 { line: 5_001 }));
        assert_eq!(pem_blocks(other.as_bytes(), b"OTHER").len(), 1_000);
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
    fn bundle_of_pkcs7_gives_the_certificates_in_it() {
        let der = include_bytes!("../../../../tests/data/cms/certs_only.p7c");
        let certificates = parse_certificates(der).unwrap();
        assert!(!certificates.is_empty());
        assert!(
            certificates.iter().all(|it| crate::x509::certificate::parse_certificate(it).is_ok())
        );
        for label in ["PKCS7", "CMS"] {
            let text = pem(label, der) + &pem("CERTIFICATE", ONE);
            let expected = [certificates.clone(), vec![ONE.to_vec()]].concat();
            assert_eq!(parse_certificates(text.as_bytes()), Ok(expected));
        }
        let enveloped = include_bytes!("../../../../tests/data/cms/enveloped.p7m");
        let none = Err(BundleError::NoCertificateInPkcs7 { line: 1 });
        assert_eq!(parse_certificates(enveloped), none);
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
