//! Which algorithms of a chain have a last day (RULES 15): of the signatures on its certificates and of its keys.
//!
//! A path is sound or not whatever its algorithms; what they are worth at a time is told beside it. The anchor's own
//! signature proves nothing to anybody, but its key does; the leaf's key is the signer's and is looked at there.

use std::borrow::Cow;
use std::sync::Arc;

use crate::cms::algorithms::{AlgorithmIdentifier, digest_algorithm, digest_name, pss_digest};
use crate::verdict::sunset::SunsetTable;
use crate::x509::certificate::Certificate;
use smimebatch_crypto::digest;

/// An algorithm with a last day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ageing {
    /// Name of a digest, or name and bits of a key: `sha1`, `rsa1024`.
    pub algorithm: Cow<'static, str>,
    /// The last second (Unix) at which it was strong enough.
    pub until_unix_s: i64,
}

impl Ageing {
    /// A digest, if it has a last day.
    pub(crate) fn of_digest(algorithm: digest::Algorithm, table: &SunsetTable) -> Option<Self> {
        let until_unix_s = table.digest_until(algorithm)?;
        Some(Self { algorithm: Cow::Borrowed(digest_name(algorithm)), until_unix_s })
    }

    /// The key of a certificate, if it has a last day.
    pub(crate) fn of_key(certificate: &Certificate, table: &SunsetTable) -> Option<Self> {
        let bits = certificate.key_bits?;
        let until_unix_s = table.key_until(&certificate.key_algorithm, bits)?;
        let algorithm = Cow::Owned(format!("{}{bits}", certificate.key_algorithm));
        Some(Self { algorithm, until_unix_s })
    }

    /// The digest of a signature, if it has a last day.
    pub(crate) fn of_signature(
        algorithm: &AlgorithmIdentifier<'_>,
        table: &SunsetTable,
    ) -> Option<Self> {
        Self::of_digest(signature_digest(algorithm)?, table)
    }
}

/// The digest that a signature algorithm names, in its identifier or in its parameters.
fn signature_digest(algorithm: &AlgorithmIdentifier<'_>) -> Option<digest::Algorithm> {
    digest_algorithm(algorithm.oid).or_else(|| pss_digest(algorithm))
}

/// What of a chain has a last day, each with the place of its certificate (0: the leaf).
pub(crate) fn ageing_of_chain(
    chain: &[Arc<Certificate>],
    ends_in_anchor: bool,
    table: &SunsetTable,
) -> Vec<(usize, Ageing)> {
    let mut found = Vec::new();
    for (place, certificate) in chain.iter().enumerate() {
        let is_anchor = ends_in_anchor && place + 1 == chain.len();
        let signature = certificate.signature_algorithm().ok().filter(|_| !is_anchor);
        let signature = signature.and_then(|it| Ageing::of_signature(&it, table));
        let key = (place > 0).then(|| Ageing::of_key(certificate, table)).flatten();
        found.extend(signature.into_iter().chain(key).map(|ageing| (place, ageing)));
    }
    found
}
