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

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::super::tests::one;
    use super::*;
    use crate::verdict::sunset::KeySunset;

    #[test]
    fn rule_15_chain_ages_by_its_signatures_but_the_anchors_and_by_its_keys_but_the_leafs() {
        let chain: Vec<_> = ["leaf", "intermediate", "root"].map(|it| Arc::new(one(it))).into();
        let key = |algorithm: &str, below_bits, good_until_unix_s| {
            let algorithm = algorithm.into();
            KeySunset { algorithm, below_bits, good_until_unix_s }
        };
        let (name, bits) = (&chain[1].key_algorithm, chain[1].key_bits.unwrap());
        let digest = signature_digest(&chain[0].signature_algorithm().unwrap()).unwrap();
        let (signed, keyed) = (digest_name(digest).to_owned(), format!("{name}{bits}"));
        let aged = |table: &SunsetTable, ends_in_anchor| -> Vec<_> {
            let found = ageing_of_chain(&chain, ends_in_anchor, table).into_iter();
            found.map(|(at, it)| (at, it.algorithm.into_owned(), it.until_unix_s)).collect()
        };
        let of_digest = |at| (at, signed.clone(), 7);
        let digests = SunsetTable::new(vec![(digest, 7)], Vec::new());
        assert_eq!(aged(&digests, true), [0, 1].map(of_digest));
        assert_eq!(aged(&digests, false), [0, 1, 2].map(of_digest), "nobody's word for the last");
        let keys = SunsetTable::new(Vec::new(), vec![key(name, bits + 1, 9)]);
        let of_key = |at| (at, keyed.clone(), 9);
        assert_eq!(aged(&keys, true), [1, 2].map(of_key));
        let both = SunsetTable::new(vec![(digest, 7)], vec![key(name, bits + 1, 9)]);
        assert_eq!(aged(&both, true), [of_digest(0), of_digest(1), of_key(1), of_key(2)]);
        let others = vec![key(name, bits, 9), key("other", bits + 1, 9)];
        assert_eq!(aged(&SunsetTable::new(Vec::new(), others), true), []);
        assert_eq!(aged(&SunsetTable::EMPTY, true), []);
    }
}
