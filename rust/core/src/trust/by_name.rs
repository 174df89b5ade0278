//! Certificates found by how a signature names them: by serial number, or by subject key identifier.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::asn1::values::minimal_integer;
use crate::x509::certificate::Certificate;

type Places = HashMap<Box<[u8]>, Vec<Arc<Certificate>>, foldhash::fast::RandomState>;

/// The index.
#[derive(Default)]
pub(super) struct ByName {
    serials: Places,
    identifiers: Places,
}

impl ByName {
    /// Indexes certificates, in their order.
    pub(super) fn index<'a>(certificates: impl Iterator<Item = &'a Arc<Certificate>>) -> Self {
        let mut index = Self::default();
        for certificate in certificates {
            let serial = minimal_integer(&certificate.serial).into();
            index.serials.entry(serial).or_default().push(Arc::clone(certificate));
            if let Some(identifier) = &certificate.subject_key_identifier {
                let identifier = Box::from(&**identifier);
                index.identifiers.entry(identifier).or_default().push(Arc::clone(certificate));
            }
        }
        index
    }

    /// Those of a serial number, whatever its encoding.
    pub(super) fn with_serial(&self, serial: &[u8]) -> &[Arc<Certificate>] {
        self.serials.get(minimal_integer(serial)).map_or(&[], Vec::as_slice)
    }

    /// Those of a subject key identifier.
    pub(super) fn with_identifier(&self, identifier: &[u8]) -> &[Arc<Certificate>] {
        self.identifiers.get(identifier).map_or(&[], Vec::as_slice)
    }
}
