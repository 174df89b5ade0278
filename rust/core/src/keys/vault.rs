//! The vault: every private key of an operator with its certificates, immutable once built, found by how a message names
//! its recipients (RFC 5652 §6.2.1) or by public key.
//!
//! The certificates of a key are found among those of all files by the key itself: a renewed certificate of the same key
//! is one more way to find it. Answers have one order, whatever order the files came in.

use std::sync::Arc;

use hashbrown::{HashMap, HashSet};
use smimebatch_crypto::digest::{self, Algorithm};

use super::held_key::HeldKey;
use super::key_file::KeyFile;
use super::public_key::key_value_of;
use super::shared::SharedSecrets;
use crate::asn1::values::minimal_integer;
use crate::cms::recipient_info::RecipientIdentifier;
use crate::limits;
use crate::x509::certificate::Certificate;
use crate::x509::name::{hash_of, normalize};

type Index<K> = HashMap<K, Vec<Place>, foldhash::fast::RandomState>;

/// A key, and the certificate by which it is found; both by position.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    key: usize,
    certificate: Option<usize>,
}

/// A key that answers to a name.
#[derive(Clone, Copy)]
pub struct Found<'v> {
    /// The key.
    pub key: &'v HeldKey,
    /// The certificate that bears the name; none where a key is known by itself alone.
    pub certificate: Option<&'v Arc<Certificate>>,
}

/// Private keys without duplicates, sorted by [`HeldKey::id`].
pub struct Vault {
    keys: Vec<Arc<HeldKey>>,
    /// Of all files, sorted by SHA-256.
    certificates: Vec<Arc<Certificate>>,
    by_value: HashMap<Box<[u8]>, usize, foldhash::fast::RandomState>,
    by_issuer_and_serial: Index<(u64, Box<[u8]>)>,
    by_key_identifier: Index<Box<[u8]>>,
    /// SHA-256 of those certificates that did not come with the keys.
    further: HashSet<[u8; 32], foldhash::fast::RandomState>,
    shared: SharedSecrets,
}

impl Vault {
    /// Indexes what files hold.
    #[must_use]
    pub fn of_files<'f>(files: impl IntoIterator<Item = &'f KeyFile>) -> Self {
        let (mut keys, mut certificates) = (Vec::new(), Vec::new());
        let mut shared = SharedSecrets::default();
        for file in files {
            keys.extend(file.keys.iter().cloned());
            certificates.extend(file.certificates.iter().cloned());
            shared = shared.and(&file.shared);
        }
        Self::index(keys, certificates, shared)
    }

    /// The same keys with further certificates: those of a run may be of keys that came without any, or be new ones.
    #[must_use]
    pub fn with_certificates(&self, further: impl IntoIterator<Item = Arc<Certificate>>) -> Self {
        let further: Vec<_> = further.into_iter().collect();
        let own = |it: &[u8; 32]| self.certificates.iter().any(|own| own.sha256 == *it);
        let new = further.iter().map(|it| it.sha256).filter(|it| !own(it));
        let all_further = self.further.iter().copied().chain(new).collect();
        let certificates = self.certificates.iter().cloned().chain(further);
        let all = Self::index(self.keys.clone(), certificates.collect(), self.shared.clone());
        Self { further: all_further, ..all }
    }

    /// The same with further secrets, whose passwords are tried first.
    #[must_use]
    pub fn with_shared(&self, further: &SharedSecrets) -> Self {
        let shared = further.and(&self.shared);
        let all = Self::index(self.keys.clone(), self.certificates.clone(), shared);
        Self { further: self.further.clone(), ..all }
    }

    fn index(
        mut keys: Vec<Arc<HeldKey>>,
        mut certificates: Vec<Arc<Certificate>>,
        shared: SharedSecrets,
    ) -> Self {
        keys.sort_by(|one, other| one.id().cmp(other.id()));
        keys.dedup_by(|later, kept| later.id() == kept.id());
        certificates.sort_unstable_by_key(|certificate| certificate.sha256);
        certificates.dedup_by_key(|certificate| certificate.sha256);
        let values = keys.iter().enumerate().map(|(at, key)| (key.value().into(), at));
        let by_value = values.collect();
        let mut vault = Self {
            keys,
            certificates,
            by_value,
            by_issuer_and_serial: Index::default(),
            by_key_identifier: Index::default(),
            further: HashSet::default(),
            shared,
        };
        vault.index_certificates();
        vault.index_keys();
        vault
    }

    fn index_certificates(&mut self) {
        for (at, certificate) in self.certificates.iter().enumerate() {
            let value = key_value_of(certificate);
            let Some(&key) = value.and_then(|value| self.by_value.get(&value)) else {
                continue;
            };
            let place = Place { key, certificate: Some(at) };
            let serial = minimal_integer(&certificate.serial).into();
            let named = (certificate.issuer.hash, serial);
            self.by_issuer_and_serial.entry(named).or_default().push(place);
            let identifier = match &certificate.subject_key_identifier {
                Some(identifier) => identifier.clone(),
                None => sha1(certificate.public_key_bits()),
            };
            self.by_key_identifier.entry(identifier).or_default().push(place);
        }
    }

    /// RFC 5280 §4.2.1.2, method 1: how most issuers would name a key, certified or not.
    fn index_keys(&mut self) {
        for (at, key) in self.keys.iter().enumerate() {
            let identifier = sha1(key.public_key_bits());
            let places = self.by_key_identifier.entry(identifier).or_default();
            if !places.iter().any(|place| place.key == at) {
                places.push(Place { key: at, certificate: None });
            }
        }
        for places in self.by_issuer_and_serial.values_mut() {
            places.sort_unstable();
        }
        for places in self.by_key_identifier.values_mut() {
            places.sort_unstable();
        }
    }

    /// The keys, sorted by their ids.
    #[must_use]
    pub fn keys(&self) -> &[Arc<HeldKey>] {
        &self.keys
    }

    /// Every certificate that was loaded, of a key or not, sorted by SHA-256.
    #[must_use]
    pub fn certificates(&self) -> &[Arc<Certificate>] {
        &self.certificates
    }

    /// What both sides have.
    #[must_use]
    pub const fn shared(&self) -> &SharedSecrets {
        &self.shared
    }

    /// Why keys that live elsewhere answer no more, if one does not: what hangs on them since then is no result.
    #[must_use]
    pub fn gone_keys(&self) -> Option<String> {
        self.keys.iter().find_map(|key| key.private_key().holder_failure())
    }

    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.shared.is_empty()
    }

    /// The private keys that a recipient is named by, sorted by their ids; each once, and at most
    /// [`limits::KEYS_PER_RECIPIENT`] (RULES 33).
    #[must_use]
    pub fn find(&self, identifier: &RecipientIdentifier<'_>) -> Vec<Found<'_>> {
        first_of_each(self.named(identifier))
    }

    /// The certificates of a key that a recipient is named by: those that came with the keys, and only where there is none
    /// the further ones, as a certificate for the key of somebody else is had without that key.
    #[must_use]
    pub fn certificates_named(
        &self,
        identifier: &RecipientIdentifier<'_>,
        key_id: &str,
    ) -> Vec<&Arc<Certificate>> {
        let named = self.named(identifier).into_iter().filter(|it| it.key.id() == key_id);
        let is_further = |it: &&Arc<Certificate>| self.further.contains(&it.sha256);
        let (further, own): (Vec<_>, Vec<_>) =
            named.filter_map(|it| it.certificate).partition(is_further);
        if own.is_empty() { further } else { own }
    }

    /// The keys with a certificate of that issuer (a Name, compared by RFC 5280 §7.1) and serial number (content octets).
    #[must_use]
    pub fn with_issuer_and_serial(&self, issuer: &[u8], serial: &[u8]) -> Vec<Found<'_>> {
        first_of_each(self.named_by_issuer_and_serial(issuer, serial))
    }

    /// The keys that a certificate names so in its subjectKeyIdentifier or, without one, would by RFC 5280 §4.2.1.2,
    /// method 1.
    #[must_use]
    pub fn with_key_identifier(&self, identifier: &[u8]) -> Vec<Found<'_>> {
        first_of_each(self.named_by_key_identifier(identifier))
    }

    /// Keys with every certificate by which they are named.
    fn named(&self, identifier: &RecipientIdentifier<'_>) -> Vec<Found<'_>> {
        match identifier {
            RecipientIdentifier::IssuerAndSerial(name) => {
                self.named_by_issuer_and_serial(name.issuer, name.serial)
            }
            RecipientIdentifier::SubjectKeyIdentifier(identifier) => {
                self.named_by_key_identifier(identifier)
            }
            RecipientIdentifier::SharedKey(_) | RecipientIdentifier::None => Vec::new(),
        }
    }

    fn named_by_issuer_and_serial(&self, issuer: &[u8], serial: &[u8]) -> Vec<Found<'_>> {
        let Ok(issuer) = normalize(issuer) else {
            return Vec::new();
        };
        let name = (hash_of(&issuer), minimal_integer(serial).into());
        let places = self.by_issuer_and_serial.get(&name).map_or(&[][..], Vec::as_slice);
        let mut found = self.found(places);
        let is_issuer = |it: &Found<'_>| {
            it.certificate.is_some_and(|certificate| *certificate.issuer.normalized == *issuer)
        };
        found.retain(is_issuer);
        found
    }

    fn named_by_key_identifier(&self, identifier: &[u8]) -> Vec<Found<'_>> {
        self.found(self.by_key_identifier.get(identifier).map_or(&[][..], Vec::as_slice))
    }

    /// The key of a certificate, whether that was loaded or not.
    #[must_use]
    pub fn with_key_of(&self, certificate: &Certificate) -> Option<&Arc<HeldKey>> {
        let value = key_value_of(certificate)?;
        self.by_value.get(&value).and_then(|at| self.keys.get(*at))
    }

    /// How many keys no certificate is here for: envelopes that name a recipient by issuer and serial number do not find
    /// them.
    #[must_use]
    pub fn bare_keys(&self) -> usize {
        let certified = self.certificates.iter().filter_map(|it| self.with_key_of(it));
        let certified: HashSet<&str> = certified.map(|key| key.id()).collect();
        self.keys.iter().filter(|key| !certified.contains(key.id())).count()
    }

    fn found(&self, places: &[Place]) -> Vec<Found<'_>> {
        let of_place = |place: &Place| {
            let certificate = place.certificate.and_then(|at| self.certificates.get(at));
            Some(Found { key: self.keys.get(place.key)?, certificate })
        };
        places.iter().filter_map(of_place).collect()
    }
}

/// Never more of a key than that it is one.
impl core::fmt::Debug for Vault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Vault({} keys, {} certificates)", self.keys.len(), self.certificates.len())
    }
}

/// Each key once, with the first of its certificates.
fn first_of_each(mut found: Vec<Found<'_>>) -> Vec<Found<'_>> {
    let mut seen = HashSet::new();
    found.retain(|it| seen.insert(it.key.id().to_owned()));
    found.truncate(limits::KEYS_PER_RECIPIENT);
    found
}

fn sha1(octets: &[u8]) -> Box<[u8]> {
    digest::one(Algorithm::Sha1, octets).as_bytes().into()
}
