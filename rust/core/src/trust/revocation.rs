//! Certificate lists and OCSP responses, indexed once and immutable: the operator's (`--crls`, `--ocsp`), or what one
//! message brought.
//!
//! Lists are found by the name of their issuer, responses by the certificate they speak of; the order depends on bytes
//! alone. Nothing in here is believed yet: who signed what is asked in `path/revocation`, for each certificate anew.

use std::sync::{Arc, LazyLock, OnceLock};

use hashbrown::HashMap;
use smimebatch_crypto::digest::{self, Algorithm};

use super::by_key::ByKey;
use super::responses::{Place, ResponseIndex, SerialIndex};
use crate::codes::codes;
use crate::limits;
use crate::x509::certificate::Certificate;
use crate::x509::crl::{CertificateList, parse_crl};
use crate::x509::name::hash_of;
use crate::x509::ocsp::{BasicResponse, SingleResponse, parse_ocsp};
use crate::x509::signed::FieldError;

/// Lists and responses without duplicates, each kind sorted by SHA-256.
pub struct RevocationSet {
    lists: Vec<Arc<CertificateList>>,
    responses: Vec<Arc<BasicResponse>>,
    by_issuer: HashMap<u64, Vec<usize>, foldhash::fast::RandomState>,
    by_certificate: ResponseIndex,
    /// Made when first asked for.
    by_serial: OnceLock<SerialIndex>,
    /// The certificates in the responses; made when first asked for.
    by_key: OnceLock<ByKey>,
    /// Sets that are asked as well: they keep their own indexes.
    beside: Vec<Arc<Self>>,
    fingerprint: [u8; 32],
}

impl RevocationSet {
    /// Indexes lists and responses.
    #[must_use]
    pub fn build(
        mut lists: Vec<Arc<CertificateList>>,
        mut responses: Vec<Arc<BasicResponse>>,
    ) -> Self {
        lists.sort_unstable_by_key(|list| list.signed.sha256);
        lists.dedup_by_key(|list| list.signed.sha256);
        responses.sort_unstable_by_key(|response| response.signed.sha256);
        responses.dedup_by_key(|response| response.signed.sha256);
        let mut by_issuer: HashMap<u64, Vec<usize>, _> = HashMap::default();
        for (index, list) in lists.iter().enumerate() {
            by_issuer.entry(list.issuer.hash).or_default().push(index);
        }
        let by_certificate = ResponseIndex::build(&responses);
        let fingerprint = fingerprint(&lists, &responses);
        let (by_serial, by_key) = (OnceLock::new(), OnceLock::new());
        let beside = Vec::new();
        Self { lists, responses, by_issuer, by_certificate, by_serial, by_key, beside, fingerprint }
    }

    /// Indexes what files hold.
    pub fn of_files<'f>(files: impl IntoIterator<Item = &'f RevocationFile>) -> Self {
        let (mut lists, mut responses) = (Vec::new(), Vec::new());
        for file in files {
            lists.extend(file.lists.iter().cloned());
            responses.extend(file.responses.iter().cloned());
        }
        Self::build(lists, responses)
    }

    /// The set of nothing.
    #[must_use]
    pub fn empty() -> Self {
        Self::build(Vec::new(), Vec::new())
    }

    /// What both hold; nothing is indexed anew, however many are joined with one.
    pub(crate) fn joined(self: &Arc<Self>, other: &Arc<Self>) -> Arc<Self> {
        if other.is_empty() || other.fingerprint == self.fingerprint {
            return Arc::clone(self);
        }
        if self.is_empty() {
            return Arc::clone(other);
        }
        let both = [self.fingerprint, other.fingerprint];
        let fingerprint = sha256(both.as_flattened());
        let beside = [self, other].map(Arc::clone).to_vec();
        Arc::new(Self { beside, fingerprint, ..Self::empty() })
    }

    /// This one and those beside it.
    fn each(&self) -> impl Iterator<Item = &Self> {
        core::iter::once(self).chain(self.beside.iter().map(|set| &**set))
    }

    /// As [`RevocationSet::empty`], for everybody.
    #[must_use]
    pub fn none() -> &'static Self {
        static NONE: LazyLock<RevocationSet> = LazyLock::new(RevocationSet::empty);
        &NONE
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.each().all(|set| set.lists.is_empty() && set.responses.is_empty())
    }

    /// The lists of its own, sorted by SHA-256.
    #[must_use]
    pub fn lists(&self) -> &[Arc<CertificateList>] {
        &self.lists
    }

    /// The responses of its own, sorted by SHA-256.
    #[must_use]
    pub fn responses(&self) -> &[Arc<BasicResponse>] {
        &self.responses
    }

    /// SHA-256 over the hashes of everything in it: equal for equal sets, whatever files they came in.
    #[must_use]
    pub const fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }

    /// The lists of an issuer, given by the comparison form of its name.
    pub fn lists_of<'a>(
        &'a self,
        normalized: &[u8],
    ) -> impl Iterator<Item = &'a Arc<CertificateList>> + use<'a> {
        let (hash, wanted) = (hash_of(normalized), Box::<[u8]>::from(normalized));
        let found = self.each().flat_map(move |set| {
            let places = set.by_issuer.get(&hash).map_or(&[][..], Vec::as_slice);
            places.iter().filter_map(|&index| set.lists.get(index))
        });
        found.filter(move |list| list.issuer.normalized == wanted)
    }

    /// Every response about a serial number of the issuer whose key has these bits, and which of its parts: the caller
    /// compares the issuer's names.
    pub fn responses_about<'a>(
        &'a self,
        serial: &[u8],
        issuer_key: &[u8],
    ) -> impl Iterator<Item = (&'a Arc<BasicResponse>, &'a SingleResponse)> {
        let mut found = Vec::new();
        for set in self.each() {
            let places = set.by_certificate.about(serial, issuer_key);
            found.extend(places.into_iter().filter_map(|place| set.at(place)));
        }
        found.into_iter()
    }

    /// Every response about a serial number, whoever issued it, and which of its parts.
    pub(crate) fn responses_about_serial<'a>(
        &'a self,
        serial: &[u8],
    ) -> impl Iterator<Item = (&'a Arc<BasicResponse>, &'a SingleResponse)> + use<'a> {
        let serial: Box<[u8]> = serial.into();
        self.each().flat_map(move |set| {
            let index = set.by_serial.get_or_init(|| SerialIndex::build(&set.responses));
            index.about(&serial).iter().filter_map(|&place| set.at(place))
        })
    }

    /// The certificates in responses that may have the key of another: the caller compares.
    pub(crate) fn enclosed_with_key_like<'a>(
        &'a self,
        certificate: &Certificate,
    ) -> Vec<&'a Arc<Certificate>> {
        let of_set = |set: &'a Self| {
            let enclosed = || set.responses.iter().flat_map(|response| &response.certificates);
            set.by_key.get_or_init(|| ByKey::index(enclosed())).like(certificate)
        };
        self.each().flat_map(of_set).collect()
    }

    fn at(&self, (index, place): Place) -> Option<(&Arc<BasicResponse>, &SingleResponse)> {
        let response = self.responses.get(index)?;
        Some((response, response.responses.get(place)?))
    }
}

impl PartialEq for RevocationSet {
    fn eq(&self, other: &Self) -> bool {
        self.fingerprint == other.fingerprint
    }
}
impl Eq for RevocationSet {}

impl core::fmt::Debug for RevocationSet {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("RevocationSet")
            .field("lists", &self.lists.len())
            .field("responses", &self.responses.len())
            .finish_non_exhaustive()
    }
}

fn fingerprint(lists: &[Arc<CertificateList>], responses: &[Arc<BasicResponse>]) -> [u8; 32] {
    let mut joined = (lists.len() as u64).to_be_bytes().to_vec();
    joined.extend(lists.iter().flat_map(|list| list.signed.sha256));
    joined.extend(responses.iter().flat_map(|response| response.signed.sha256));
    sha256(&joined)
}

fn sha256(octets: &[u8]) -> [u8; 32] {
    // SHA-256 gives 32 octets.
    digest::one(Algorithm::Sha256, octets).as_bytes().try_into().unwrap_or_default()
}

/// What a file of the operator's holds.
#[derive(Default)]
pub struct RevocationFile {
    /// Its lists.
    pub lists: Vec<Arc<CertificateList>>,
    /// Its responses.
    pub responses: Vec<Arc<BasicResponse>>,
    /// What it holds that is neither: its position in the file, and why.
    pub skipped: Vec<(usize, FieldError)>,
    /// Lists of which an entry cannot be read ([`CertificateList::damage`]): their positions, and why.
    pub damaged: Vec<(usize, FieldError)>,
}

codes! {
    /// Kinds of file (`--crls`, `--ocsp`).
    pub enum RevocationKind {
        Lists = "crls", "Certificate lists.";
        Responses = "ocsp", "OCSP responses.";
    }
}

impl RevocationFile {
    /// Reads a file: DER, or any number of PEM blocks (RFC 7468 §6; `OCSP RESPONSE` as OpenSSL's tools write).
    #[must_use]
    pub fn read(bytes: &[u8], kind: RevocationKind) -> Self {
        let mut file = Self::default();
        if bytes.first() == Some(&0x30) {
            file.add(0, bytes, kind);
            return file;
        }
        let label: &[u8] = match kind {
            RevocationKind::Lists => b"X509 CRL",
            RevocationKind::Responses => b"OCSP RESPONSE",
        };
        let blocks = super::bundle::pem_blocks(bytes, label);
        if blocks.is_empty() {
            file.skip(0, FieldError::NOT_DER);
        }
        for (position, block) in blocks.into_iter().enumerate() {
            match block {
                Some(der) => file.add(position, &der, kind),
                None => file.skip(position, FieldError::NOT_DER),
            }
        }
        file
    }

    /// What is wrong in it: the position, whether it is kept for what it says against somebody, and why.
    pub fn faults(&self) -> impl Iterator<Item = (usize, bool, FieldError)> {
        let told = |is_kept| move |&(position, error): &_| (position, is_kept, error);
        self.skipped.iter().map(told(false)).chain(self.damaged.iter().map(told(true)))
    }

    fn add(&mut self, position: usize, der: &[u8], kind: RevocationKind) {
        if der.len() > limits::REVOCATION_BYTES_FROM_OPERATOR {
            return self.skip(position, FieldError::TOO_LONG);
        }
        match kind {
            RevocationKind::Lists => match parse_crl(der) {
                Ok(list) => {
                    self.damaged.extend(list.damage.map(|damage| (position, damage)));
                    self.lists.push(Arc::new(list));
                }
                Err(error) => self.skip(position, error),
            },
            RevocationKind::Responses => match parse_ocsp(der) {
                Ok(response) => self.responses.push(Arc::new(response)),
                Err(error) => self.skip(position, error),
            },
        }
    }

    fn skip(&mut self, position: usize, error: FieldError) {
        self.skipped.push((position, error));
    }
}
