//! Certificates interned by their bytes: parsed, hashed and given a key once, however many messages bring them.
//!
//! Two levels, since mail from one sender brings the same set again and again: sets by the bytes of their members,
//! and members by their own. Hashes are keyed and fast, and every hit compares the bytes, so that a cache never
//! changes an answer (RULES 24). Both levels are bounded by bytes: when the young generation is full it becomes the
//! old one, and what is still in use moves back.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use hashbrown::HashMap;

use crate::cms::signed_data::SignedData;
use crate::limits;
use crate::path::cache::SetId;
use crate::x509::certificate::{Certificate, parse_certificate};

use super::found::{Found, Object};

/// Bytes of certificates kept in one generation (own choice: about 20,000 certificates of 1.5 KB).
const GENERATION_BYTES: usize = 32 << 20;

/// The certificates of one CMS object.
pub(crate) struct CertificateSet {
    /// The well-formed ones, without duplicates, sorted by SHA-256 (RULES 24).
    pub(crate) certificates: Vec<Arc<Certificate>>,
    /// What path building knows them by.
    pub(super) id: SetId,
}

impl CertificateSet {
    fn new(certificates: Vec<Arc<Certificate>>) -> Self {
        Self { id: SetId::of(&certificates), certificates }
    }

    /// What both brought.
    pub(super) fn joined(self: &Arc<Self>, other: &Self) -> Arc<Self> {
        let has = |it: &Certificate| {
            self.certificates.binary_search_by_key(&it.sha256, |own| own.sha256).is_ok()
        };
        let mut more = other.certificates.iter().filter(|it| !has(it)).peekable();
        if more.peek().is_none() {
            return Arc::clone(self);
        }
        let mut all: Vec<_> = more.chain(&self.certificates).cloned().collect();
        all.sort_unstable_by_key(|certificate| certificate.sha256);
        Arc::new(Self::new(all))
    }
}

/// Interned certificates and sets.
#[derive(Default)]
pub(crate) struct CertificateCache {
    sets: Mutex<SetGenerations>,
    members: Mutex<MemberGenerations>,
}

/// Sets by the bytes of their members, in the order of the message.
type SetGenerations = Generations<Box<[Box<[u8]>]>, Arc<CertificateSet>>;
/// Members by their bytes; `None` for bytes that are no certificate.
type MemberGenerations = Generations<Box<[u8]>, Option<Arc<Certificate>>>;

impl CertificateCache {
    /// The certificate set of every layer, by layer; empty for what is not SignedData.
    pub(super) fn intern(&self, found: &Found<'_>) -> Vec<Arc<CertificateSet>> {
        let none = Arc::new(CertificateSet::new(Vec::new()));
        let pieces: Vec<Cow<'_, [&[u8]]>> = found
            .layers
            .iter()
            .map(|layer| match &layer.object {
                Object::Signed(signed) => pieces_of(signed),
                _ => Cow::Borrowed(&[][..]),
            })
            .collect();
        let mut known: Vec<Option<Arc<CertificateSet>>> = {
            let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
            pieces
                .iter()
                .map(|pieces| {
                    if pieces.is_empty() {
                        Some(Arc::clone(&none))
                    } else {
                        sets.find(&SetKey(pieces))
                    }
                })
                .collect()
        };
        for (slot, pieces) in known.iter_mut().zip(&pieces).filter(|(slot, _)| slot.is_none()) {
            *slot = Some(self.make_set(pieces));
        }
        known.into_iter().map(|set| set.unwrap_or_else(|| Arc::clone(&none))).collect()
    }

    fn make_set(&self, pieces: &[&[u8]]) -> Arc<CertificateSet> {
        let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        // An earlier layer of this chunk may have made it.
        if let Some(set) = sets.find(&SetKey(pieces)) {
            return set;
        }
        drop(sets);
        let mut certificates: Vec<Arc<Certificate>> =
            pieces.iter().filter_map(|der| self.member(der)).collect();
        certificates.sort_unstable_by_key(|certificate| certificate.sha256);
        certificates.dedup_by_key(|certificate| certificate.sha256);
        let set = Arc::new(CertificateSet::new(certificates));
        sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        let key: Box<[Box<[u8]>]> = pieces.iter().map(|der| Box::from(*der)).collect();
        sets.insert(key, Arc::clone(&set), pieces.iter().map(|der| der.len()).sum());
        set
    }

    /// One certificate; `None` for bytes that are none.
    fn member(&self, der: &[u8]) -> Option<Arc<Certificate>> {
        let known = self.members.lock().unwrap_or_else(PoisonError::into_inner).find(der);
        if let Some(member) = known {
            return member;
        }
        let member = parse_certificate(der).ok().map(Arc::new);
        let mut members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
        members.insert(der.into(), member.clone(), der.len());
        member
    }
}

/// The certificates of an object, and those that CAdES put beside its signers.
fn pieces_of<'f>(signed: &'f SignedData<'_>) -> Cow<'f, [&'f [u8]]> {
    let all = signed.certificates.as_slice();
    let own = all.get(..limits::CERTIFICATES_PER_OBJECT).unwrap_or(all);
    let beside = signed.certificate_values();
    if beside.is_empty() { Cow::Borrowed(own) } else { Cow::Owned([own, &beside].concat()) }
}

/// A young and an old map, bounded by bytes; a find moves an entry to the young one.
pub(super) struct Generations<K, V> {
    young: HashMap<K, V, foldhash::fast::RandomState>,
    old: HashMap<K, V, foldhash::fast::RandomState>,
    young_bytes: usize,
}

impl<K, V> Default for Generations<K, V> {
    fn default() -> Self {
        Self { young: HashMap::default(), old: HashMap::default(), young_bytes: 0 }
    }
}

impl<K: Eq + Hash, V: Clone> Generations<K, V> {
    pub(super) fn find<Q: Hash + hashbrown::Equivalent<K> + ?Sized + Octets>(
        &mut self,
        key: &Q,
    ) -> Option<V> {
        if let Some(value) = self.young.get(key) {
            return Some(value.clone());
        }
        let (key_owned, value) = self.old.remove_entry(key)?;
        self.insert(key_owned, value.clone(), key.octets());
        Some(value)
    }

    pub(super) fn insert(&mut self, key: K, value: V, octets: usize) {
        if self.young_bytes + octets > GENERATION_BYTES {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young_bytes += octets;
        self.young.insert(key, value);
    }
}

/// How many bytes a key stands for.
pub(super) trait Octets {
    fn octets(&self) -> usize;
}

impl Octets for [u8] {
    fn octets(&self) -> usize {
        self.len()
    }
}

/// The members of a set as they lie in the message.
struct SetKey<'k>(&'k [&'k [u8]]);

impl Hash for SetKey<'_> {
    /// As a boxed slice of boxed slices hashes.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl hashbrown::Equivalent<Box<[Box<[u8]>]>> for SetKey<'_> {
    fn equivalent(&self, key: &Box<[Box<[u8]>]>) -> bool {
        self.0.len() == key.len() && self.0.iter().zip(key).all(|(a, b)| **a == **b)
    }
}

impl Octets for SetKey<'_> {
    fn octets(&self) -> usize {
        self.0.iter().map(|der| der.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher;

    use super::*;

    #[test]
    fn generations_keep_what_is_found_and_stay_bounded() {
        let mut cache: Generations<Box<[u8]>, u32> = Generations::default();
        let block = vec![7_u8; GENERATION_BYTES / 4];
        cache.insert(Box::from(&b"kept"[..]), 1, 4);
        for index in 0..20_u32 {
            assert_eq!(cache.find(&b"kept"[..]), Some(1));
            let mut key = block.clone();
            key.extend(index.to_be_bytes());
            cache.insert(key.into(), index, block.len());
        }
        assert!(cache.young.len() + cache.old.len() < 12);
    }

    #[test]
    fn set_key_hashes_as_the_stored_key() {
        let state = foldhash::fast::RandomState::default();
        let stored: Box<[Box<[u8]>]> =
            [b"a".as_slice(), b"bc"].into_iter().map(Box::from).collect();
        assert_eq!(state.hash_one(&stored), state.hash_one(SetKey(&[b"a", b"bc"])));
    }
}
