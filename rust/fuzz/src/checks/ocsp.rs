//! OCSP responses: whatever is read reads again from its own bytes, and answers for its own certificates.

use smimebatch_core::x509::ocsp::parse_ocsp;

/// Panics where `der` shows a fault.
pub fn check(der: &[u8]) {
    let Ok(response) = parse_ocsp(der) else { return };
    assert!(response.signed.der.len() <= der.len());
    for certificate in &response.certificates {
        let _ = response.responder.is(certificate);
        for single in &response.responses {
            let (issuer, key) = (certificate.issuer_der(), certificate.public_key_bits());
            let _ = single.certificate.names(issuer, key, &certificate.serial);
        }
    }
    let again = parse_ocsp(&response.signed.der).expect("its own bytes");
    assert_eq!(again.signed.sha256, response.signed.sha256);
    assert_eq!(again.responses.len(), response.responses.len());
}
