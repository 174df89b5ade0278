//! Certificate lists and OCSP responses of messages, parsed once per distinct bytes and gathered per CMS object.
//!
//! As [`super::certificates`] does for certificates. A set is evidence for the signers of its own object only; what is
//! shared is that its members were parsed (RULES 24).

use std::sync::{Arc, Mutex, PoisonError};

use crate::cms::revocation_values::RevocationValues;
use crate::trust::revocation::RevocationSet;
use crate::x509::crl::{CertificateList, parse_crl};
use crate::x509::ocsp::{BasicResponse, parse_ocsp};

use super::certificates::Generations;
use super::found::{Found, Object};

/// Lists and responses by their bytes; `None` for bytes that are none.
type Parsed<T> = Mutex<Generations<Box<[u8]>, Option<Arc<T>>>>;

/// Parsed lists and responses.
pub(crate) struct RevocationCache {
    lists: Parsed<CertificateList>,
    responses: Parsed<BasicResponse>,
    none: Arc<RevocationSet>,
}

impl Default for RevocationCache {
    fn default() -> Self {
        Self {
            lists: Mutex::default(),
            responses: Mutex::default(),
            none: Arc::new(RevocationSet::empty()),
        }
    }
}

impl RevocationCache {
    /// What every layer brought, by layer; nearly always nothing.
    pub(super) fn intern(&self, found: &Found<'_>) -> Vec<Arc<RevocationSet>> {
        let of_layer = |object: &Object<'_>| match object {
            Object::Signed(signed) => self.gather(&signed.revocation_values()),
            _ => Arc::clone(&self.none),
        };
        found.layers.iter().map(|layer| of_layer(&layer.object)).collect()
    }

    /// The set of what one object brought.
    pub(super) fn gather(&self, values: &RevocationValues<'_>) -> Arc<RevocationSet> {
        if values.is_empty() {
            return Arc::clone(&self.none);
        }
        let parse = |der: &[u8]| parse_crl(der).ok();
        let lists = values.lists.iter().filter_map(|der| parsed(&self.lists, der, parse));
        let lists = lists.collect();
        let parse = |der: &[u8]| parse_ocsp(der).ok();
        let responses =
            values.responses.iter().filter_map(|der| parsed(&self.responses, der, parse));
        Arc::new(RevocationSet::build(lists, responses.collect()))
    }
}

/// One object, remembered; `None` for bytes that are none.
fn parsed<T>(
    cache: &Parsed<T>,
    der: &[u8],
    parse: impl FnOnce(&[u8]) -> Option<T>,
) -> Option<Arc<T>> {
    if let Some(known) = cache.lock().unwrap_or_else(PoisonError::into_inner).find(der) {
        return known;
    }
    let made = parse(der).map(Arc::new);
    let mut cache = cache.lock().unwrap_or_else(PoisonError::into_inner);
    cache.insert(der.into(), made.clone(), der.len());
    made
}
