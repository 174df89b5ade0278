//! Memory of path building, shared by the threads of an engine: it changes speed, never a verdict (RULES 24).
//!
//! [`SignatureCache`] remembers whether one key signed one certificate; [`PathCache`] remembers whole outcomes with the
//! interval in which they hold. Both are keyed by the bytes of every input that matters, so that no message sees
//! what another brought, and bounded by entries: a generation fills, the one before it is dropped.

use super::rules::{PathRules, Purpose};
use super::{PathOutcome, PathRequest, build_path};
use crate::trust::TrustStore;
use crate::x509::certificate::{Certificate, CertificateSignature};
use crate::x509::public_key::DsaParameters;
use crate::x509::signed::SignedObject;
use core::hash::{BuildHasher as _, Hash};
use hashbrown::HashMap;
use smimebatch_crypto::digest::{self, Algorithm, Digest};
use smimebatch_crypto::signature::PublicKey;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Locks of one cache: more than threads of any machine this is for, so that two rarely meet.
const SHARDS: usize = 64;

/// Outcomes kept for one leaf and set of certificates: archives ask for one or two times, hostile ones for any.
const INTERVALS_PER_PATH: usize = 8;

type Sha256 = [u8; 32];

/// Which key signed which certificate.
pub struct SignatureCache(Sharded<EdgeKey, CertificateSignature>);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct EdgeKey {
    child: Sha256,
    issuer_spki: Sha256,
    /// Hash of the DSA parameters the issuer's key was completed with.
    inherited: Option<Digest>,
}

impl SignatureCache {
    /// An empty cache of at most about `entries` answers.
    #[must_use]
    pub fn new(entries: usize) -> Self {
        Self(Sharded::new(entries))
    }

    /// Whether `key`, which is that of `issuer` with `inherited` parameters if it has none, signed `child`.
    pub(super) fn check(
        &self,
        child: &Certificate,
        issuer: &Certificate,
        key: &PublicKey,
        inherited: Option<&DsaParameters>,
    ) -> CertificateSignature {
        let verify = || child.verify_signed_by(key, issuer.rsa_use);
        self.remembered(child.sha256, issuer, inherited, verify)
    }

    /// As [`SignatureCache::check`], for a list or response.
    pub(super) fn check_object(
        &self,
        child: &SignedObject,
        issuer: &Certificate,
        key: &PublicKey,
        inherited: Option<&DsaParameters>,
    ) -> CertificateSignature {
        let verify = || child.verify_signed_by(key, issuer.rsa_use);
        self.remembered(child.sha256, issuer, inherited, verify)
    }

    fn remembered(
        &self,
        child: Sha256,
        issuer: &Certificate,
        inherited: Option<&DsaParameters>,
        verify: impl FnOnce() -> CertificateSignature,
    ) -> CertificateSignature {
        let issuer_spki = issuer.spki_sha256;
        let edge_key = EdgeKey { child, issuer_spki, inherited: inherited.map(hash_parameters) };
        if let Some(answer) = self.0.find(&edge_key) {
            return answer;
        }
        let answer = verify();
        self.0.insert(edge_key, answer);
        answer
    }
}

/// Outcomes of path building under one trust store and one set of rules.
pub struct PathCache {
    trust: Arc<TrustStore>,
    rules: PathRules,
    signatures: SignatureCache,
    outcomes: Sharded<PathKey, Arc<[Arc<PathOutcome>]>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct PathKey {
    leaf: Sha256,
    message_certificates: SetId,
    purpose: Purpose,
    inherited: Option<Digest>,
    /// What the message brought about revocation.
    revocation: Sha256,
}

impl PathCache {
    /// An empty cache of at most about `entries` paths, and sixteen times as many signatures.
    #[must_use]
    pub fn new(trust: Arc<TrustStore>, rules: PathRules, entries: usize) -> Self {
        let signatures = SignatureCache::new(entries.saturating_mul(16));
        Self { trust, rules, signatures, outcomes: Sharded::new(entries) }
    }

    /// The trust store all outcomes are under.
    #[must_use]
    pub const fn trust(&self) -> &Arc<TrustStore> {
        &self.trust
    }

    /// As [`build_path`], remembered; `brought` is the id of the request's message certificates.
    #[must_use]
    pub fn build_path(&self, request: &PathRequest<'_>, brought: SetId) -> Arc<PathOutcome> {
        debug_assert!(brought == SetId::of(request.message_certificates), "the id of another set");
        let key = PathKey {
            leaf: request.leaf.sha256,
            message_certificates: brought,
            purpose: request.purpose,
            inherited: request.inherited_parameters.map(hash_parameters),
            revocation: request.revocation.fingerprint(),
        };
        let known = self.outcomes.find(&key);
        let known = known.as_deref().unwrap_or_default();
        let hit = known.iter().find(|outcome| outcome.interval.contains(request.at_unix_s));
        if let Some(outcome) = hit {
            return Arc::clone(outcome);
        }
        let outcome = Arc::new(build_path(request, &self.trust, &self.rules, &self.signatures));
        let kept = known.iter().take(INTERVALS_PER_PATH - 1);
        self.outcomes.insert(key, [&outcome].into_iter().chain(kept).map(Arc::clone).collect());
        outcome
    }
}

fn hash_parameters(parameters: &DsaParameters) -> Digest {
    let mut joined = Vec::new();
    for number in [&parameters.p, &parameters.q, &parameters.g] {
        joined.extend_from_slice(&(number.len() as u64).to_be_bytes());
        joined.extend_from_slice(number);
    }
    digest::one(Algorithm::Sha256, &joined)
}

/// What tells sets of certificates apart: made once where a set is kept, since mail brings the same ones again.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SetId(Digest);

impl SetId {
    /// The same for the same certificates in any order, however often each.
    #[must_use]
    pub fn of(certificates: &[Arc<Certificate>]) -> Self {
        let mut hashes: Vec<Sha256> = certificates.iter().map(|it| it.sha256).collect();
        hashes.sort_unstable();
        hashes.dedup();
        Self(digest::one(Algorithm::Sha256, hashes.as_flattened()))
    }
}

/// A bounded map behind many locks.
struct Sharded<K, V> {
    shards: Vec<Mutex<Generations<K, V>>>,
    entries_per_generation: usize,
    hasher: foldhash::fast::RandomState,
}

/// What was used since the last change of generations, and what was used in the one before.
struct Generations<K, V> {
    young: HashMap<K, V, foldhash::fast::RandomState>,
    old: HashMap<K, V, foldhash::fast::RandomState>,
}

impl<K: Eq + Hash + Copy, V: Clone> Sharded<K, V> {
    fn new(entries: usize) -> Self {
        let generations =
            || Mutex::new(Generations { young: HashMap::default(), old: HashMap::default() });
        Self {
            shards: (0..SHARDS).map(|_| generations()).collect(),
            entries_per_generation: entries.div_ceil(2 * SHARDS),
            hasher: foldhash::fast::RandomState::default(),
        }
    }

    fn lock(&self, key: &K) -> Option<MutexGuard<'_, Generations<K, V>>> {
        let place = usize::try_from(self.hasher.hash_one(key)).unwrap_or_default() % SHARDS;
        // A thread that panicked inside left whole entries or none.
        Some(self.shards.get(place)?.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn find(&self, key: &K) -> Option<V> {
        let mut shard = self.lock(key)?;
        if let Some(value) = shard.young.get(key) {
            return Some(value.clone());
        }
        let value = shard.old.remove(key)?;
        shard.insert(*key, value.clone(), self.entries_per_generation);
        Some(value)
    }

    fn insert(&self, key: K, value: V) {
        if let Some(mut shard) = self.lock(&key) {
            shard.insert(key, value, self.entries_per_generation);
        }
    }
}

impl<K: Eq + Hash, V> Generations<K, V> {
    fn insert(&mut self, key: K, value: V, entries: usize) {
        if self.young.len() >= entries {
            self.old = core::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn sharded_map_keeps_what_is_used_and_stays_bounded() {
        let map = Sharded::<u64, u64>::new(1_000);
        for key in 0..100_000 {
            map.insert(key, key + 1);
            assert_eq!(map.find(&key), Some(key + 1));
            assert_eq!(map.find(&0), Some(1), "used all the time, so never dropped");
        }
        let entries: usize = map
            .shards
            .iter()
            .map(|shard| shard.lock().unwrap())
            .map(|shard| shard.young.len() + shard.old.len())
            .sum();
        assert!((500..=1_100).contains(&entries), "{entries}");
    }
}
