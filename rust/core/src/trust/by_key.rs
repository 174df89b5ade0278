//! Certificates found by their key: others of one key that came into other hands (docs/design/18).

use std::sync::Arc;

use hashbrown::HashMap;

use crate::x509::certificate::Certificate;

/// The index.
#[derive(Default)]
pub(super) struct ByKey {
    places: HashMap<u64, Vec<Arc<Certificate>>, foldhash::fast::RandomState>,
}

impl ByKey {
    /// Indexes certificates, in their order.
    pub(super) fn index<'a>(certificates: impl Iterator<Item = &'a Arc<Certificate>>) -> Self {
        let mut index = Self::default();
        for certificate in certificates {
            index
                .places
                .entry(certificate.private_key_hash())
                .or_default()
                .push(Arc::clone(certificate));
        }
        index
    }

    /// Those that may have the key of `certificate`: the caller compares.
    pub(super) fn like(&self, certificate: &Certificate) -> &[Arc<Certificate>] {
        if self.places.is_empty() {
            return &[];
        }
        self.places.get(&certificate.private_key_hash()).map_or(&[], Vec::as_slice)
    }
}
