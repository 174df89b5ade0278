//! Certificates for signing OCSP responses, found by what a response calls its responder (RFC 6960 §4.2.1).
//!
//! However many the operator gives, only those that a response means are looked at, so that one who fills a store with
//! responders takes nothing from the budget of honest chains (RULES 23).

use std::sync::Arc;

use hashbrown::HashMap;

use crate::x509::certificate::Certificate;
use crate::x509::ocsp::{ResponderId, is_for_responses};

/// The index.
#[derive(Default)]
pub(super) struct Responders {
    by_id: HashMap<ResponderId, Vec<Arc<Certificate>>, foldhash::fast::RandomState>,
}

impl Responders {
    /// Indexes those among `certificates` that are for signing responses, in their order.
    pub(super) fn index<'a>(certificates: impl Iterator<Item = &'a Arc<Certificate>>) -> Self {
        let mut responders = Self::default();
        for certificate in certificates.filter(|it| is_for_responses(it)) {
            for id in ResponderId::both(certificate) {
                responders.by_id.entry(id).or_default().push(Arc::clone(certificate));
            }
        }
        responders
    }

    /// Those of that name or key.
    pub(super) fn of(&self, id: &ResponderId) -> &[Arc<Certificate>] {
        self.by_id.get(id).map_or(&[], Vec::as_slice)
    }
}
