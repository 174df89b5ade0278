//! Which algorithms of a path have a last day (RULES 15): of the signatures on its certificates, of its keys, and of the
//! lists and responses that say whether they were revoked.
//!
//! A path is sound or not whatever its algorithms; what they are worth at a time is told beside it. The anchor's own
//! signature proves nothing to anybody, but its key does; the leaf's key is the signer's and is looked at there.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::revocation::ElementRevocation;
use crate::cms::algorithms::{AlgorithmIdentifier, digest_algorithm, digest_name, pss_digest};
use crate::verdict::sunset::SunsetTable;
use crate::x509::certificate::Certificate;
use smimebatch_crypto::digest;

/// The order that goes with a key of 2,048 bits (FIPS 186-4 §4.2), octets.
const DSA_ORDER_OCTETS: usize = 28;
/// The key that goes with any shorter one.
const DSA_BITS_OF_A_SHORT_ORDER: u32 = 1024;

/// An algorithm that something rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ingredient {
    /// Of a signature.
    Digest(digest::Algorithm),
    /// A key: its algorithm, as the column `key_algorithm` shows it, and its bits.
    Key(Cow<'static, str>, u32),
}

impl Ingredient {
    /// The key of a certificate, where its size is known. One of DSA is no stronger than the order of its group, to which digests
    /// are cut (SP 800-57 part 1, table 2: a key of 1,024 bits has 160).
    pub(crate) fn key_of(certificate: &Certificate) -> Option<Self> {
        let order = certificate.dsa_parameters.as_ref().map(|it| it.q.len());
        let is_short = order.is_some_and(|octets| octets < DSA_ORDER_OCTETS);
        let most = if is_short { DSA_BITS_OF_A_SHORT_ORDER } else { u32::MAX };
        Some(Self::Key(certificate.key_algorithm.clone(), certificate.key_bits?.min(most)))
    }

    /// The digest that a signature algorithm names, in its identifier or in its parameters.
    pub(crate) fn digest_of(algorithm: &AlgorithmIdentifier<'_>) -> Option<Self> {
        digest_algorithm(algorithm.oid).or_else(|| pss_digest(algorithm)).map(Self::Digest)
    }

    /// The same with its last day, if it has one.
    pub(crate) fn ageing(&self, table: &SunsetTable) -> Option<Ageing> {
        let (algorithm, until_unix_s) = match self {
            Self::Digest(digest) => (digest_name(*digest).into(), table.digest_until(*digest)?),
            Self::Key(name, bits) => {
                (format!("{name}{bits}").into(), table.key_until(name, *bits)?)
            }
        };
        Some(Ageing { algorithm, until_unix_s })
    }
}

/// An algorithm with a last day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ageing {
    /// Name of a digest, or name and bits of a key: `sha1`, `rsa1024`.
    pub algorithm: Cow<'static, str>,
    /// The last second (Unix) at which it was strong enough.
    pub until_unix_s: i64,
}

/// Where in a path an algorithm stands, and what it is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The signature on a certificate, by its place (0: the leaf).
    Signature(usize),
    /// The key of a certificate, which signs the one below it.
    Key(usize),
    /// What says whether that certificate was revoked.
    Revocation {
        /// The certificate's place.
        of: usize,
        /// When it was said (Unix).
        made_unix_s: i64,
        /// The path would have come out otherwise without it.
        decides: bool,
    },
}

impl Place {
    /// Whether the path rests on it.
    pub(crate) const fn decides(self) -> bool {
        match self {
            Self::Signature(_) | Self::Key(_) => true,
            Self::Revocation { decides, .. } => decides,
        }
    }

    /// Whether all that whoever breaks it can make is another certificate for the leaf; the key of its issuer signs lists
    /// and responses too.
    pub(crate) const fn makes_leaf_alone(self) -> bool {
        matches!(self, Self::Signature(0))
    }

    /// The earliest second at which it can have been relied on, for a question about a time.
    pub(crate) fn relied_on_unix_s(self, at_unix_s: i64) -> i64 {
        match self {
            Self::Signature(_) | Self::Key(_) => at_unix_s,
            Self::Revocation { made_unix_s, .. } => at_unix_s.max(made_unix_s),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signature(place) | Self::Key(place) => write!(f, "certificate[{place}]"),
            Self::Revocation { of, .. } => write!(f, "revocation[{of}]"),
        }
    }
}

/// The signatures and keys of a chain, each with its place; without the leaf's key.
pub(crate) fn ingredients_of_chain(
    chain: &[Arc<Certificate>],
    ends_in_anchor: bool,
) -> impl Iterator<Item = (Place, Ingredient)> {
    chain.iter().enumerate().flat_map(move |(place, certificate)| {
        let is_anchor = ends_in_anchor && place + 1 == chain.len();
        let signature = certificate.signature_algorithm().ok().filter(|_| !is_anchor);
        let signature = signature.and_then(|it| Ingredient::digest_of(&it));
        let key = (place > 0).then(|| Ingredient::key_of(certificate)).flatten();
        let signature = signature.map(|it| (Place::Signature(place), it));
        signature.into_iter().chain(key.map(|it| (Place::Key(place), it)))
    })
}

/// What of a path has a last day, each once, and where it stands.
pub(crate) fn ageing_of_path(
    chain: &[Arc<Certificate>],
    ends_in_anchor: bool,
    revocation: &[ElementRevocation],
    table: &SunsetTable,
) -> Vec<(Place, Ageing)> {
    let of_chain = ingredients_of_chain(chain, ends_in_anchor);
    let of_chain = of_chain.filter_map(|(place, it)| Some((place, it.ageing(table)?)));
    let of_revocation = revocation.iter().enumerate().flat_map(|(of, element)| {
        element.backing.algorithms.iter().filter_map(move |(ingredient, made_unix_s)| {
            let (made_unix_s, decides) = (*made_unix_s, element.backing.decides);
            let place = Place::Revocation { of, made_unix_s, decides };
            Some((place, ingredient.ageing(table)?))
        })
    });
    let mut found: Vec<_> = of_chain.chain(of_revocation).collect();
    found.dedup();
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
        let digest = chain[0].signature_algorithm().ok().and_then(|it| Ingredient::digest_of(&it));
        let Some(Ingredient::Digest(digest)) = digest else { panic!("no digest") };
        let (signed, keyed) = (digest_name(digest).to_owned(), format!("{name}{bits}"));
        let aged = |table: &SunsetTable, ends_in_anchor| -> Vec<_> {
            let found = ageing_of_path(&chain, ends_in_anchor, &[], table).into_iter();
            found.map(|(at, it)| (at, it.algorithm.into_owned(), it.until_unix_s)).collect()
        };
        let of_digest = |at| (Place::Signature(at), signed.clone(), 7);
        let digests = SunsetTable::new(vec![(digest, 7)], Vec::new());
        assert_eq!(aged(&digests, true), [0, 1].map(of_digest));
        assert_eq!(aged(&digests, false), [0, 1, 2].map(of_digest), "nobody's word for the last");
        let keys = SunsetTable::new(Vec::new(), vec![key(name, bits + 1, 9)]);
        let of_key = |at| (Place::Key(at), keyed.clone(), 9);
        assert_eq!(aged(&keys, true), [1, 2].map(of_key));
        let both = SunsetTable::new(vec![(digest, 7)], vec![key(name, bits + 1, 9)]);
        assert_eq!(aged(&both, true), [of_digest(0), of_digest(1), of_key(1), of_key(2)]);
        let others = vec![key(name, bits, 9), key("other", bits + 1, 9)];
        assert_eq!(aged(&SunsetTable::new(Vec::new(), others), true), []);
        assert_eq!(aged(&SunsetTable::EMPTY, true), []);
    }
}
