//! Certificates: whatever is read has views within its bytes, and text without control characters.

use smimebatch_core::x509::certificate::parse_certificate;

/// Panics where `der` shows a fault.
pub fn check(der: &[u8]) {
    let Ok(certificate) = parse_certificate(der) else { return };
    for text in [certificate.subject_text(), certificate.issuer_text(), certificate.serial_hex()] {
        assert!(!text.chars().any(char::is_control), "{text:?}");
    }
    assert!(certificate.tbs_octets().len() + certificate.signature_octets().len() <= der.len());
    let _ = (certificate.subject_common_name(), certificate.signature_algorithm_name());
    let again = parse_certificate(&certificate.der).expect("its own bytes");
    assert_eq!(again.sha256, certificate.sha256);
}
