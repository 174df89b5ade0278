//! OCSP responses: what one says about a certificate (RFC 6960 §3.2).

use std::sync::Arc;

use super::claims::{Claim, Says, Source};
use crate::x509::certificate::Certificate;
use crate::x509::distribution_points::Reasons;
use crate::x509::ocsp::{BasicResponse, CertStatus, SingleResponse};

/// What `single`, a part of `response`, says about `certificate`, issued by the first of `above`.
pub(super) fn claim_of<'a>(
    response: &'a Arc<BasicResponse>,
    single: &SingleResponse,
    certificate: &Certificate,
    above: &[Arc<Certificate>],
) -> Option<Claim<'a>> {
    let issuer = above.first()?;
    let is_understood = !response.has_unknown_critical && !single.has_unknown_critical;
    // RFC 6960 §4.1.1 asks for the name in the certificate; responders hash their own as well, which may be spelled otherwise.
    let is_about = is_understood
        && [certificate.issuer_der(), issuer.subject_der()].into_iter().any(|name| {
            single.certificate.names(name, issuer.public_key_bits(), &certificate.serial)
        });
    let is_whole = response.is_whole && single.is_whole;
    let says = match (single.status, single.revoked_of(certificate)) {
        (_, Some(revoked)) => Says::Revoked(revoked),
        (CertStatus::Good, None) if is_whole => Says::NotRevoked,
        // RFC 6960 §2.2: of unknown, the responder does not know the certificate, which says nothing about it.
        _ => return None,
    };
    is_about.then_some(Claim {
        source: Source::Response(response),
        says,
        is_whole,
        reasons: Reasons::ALL,
        this_update_unix_s: single.this_update_unix_s,
        next_update_unix_s: single.next_update_unix_s,
        made_unix_s: response.produced_unix_s,
        expired_since_unix_s: single.archive_cutoff_unix_s,
    })
}
