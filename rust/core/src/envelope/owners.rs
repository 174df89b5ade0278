//! Owners: envelopes that were opened → who could read them, by the keys that opened them.
//!
//! What an envelope names nobody vouches for, as a RecipientInfo may have been grafted into it, and certificates of one
//! issuer and serial number do exist twice. So whoever counts is known by the key that gave the content key.

use std::sync::Arc;

use super::objects::recipient_text;
use crate::cms::enveloped_data::Envelope;
use crate::limits;
use crate::verify::context::Context;
use crate::verify::found::{Layer, Object};
use crate::x509::certificate::Certificate;

/// Who could read a message before.
#[derive(Default)]
pub(crate) struct FormerReaders {
    /// Those that are known.
    pub(crate) owners: Vec<Owner>,
    /// The names of others, as many as are told.
    pub(crate) others: Vec<String>,
}

/// One who could read a message, by his certificates of one key.
pub(crate) struct Owner {
    /// The id of the private key.
    pub(crate) key: String,
    /// SHA-256 of each certificate.
    pub(crate) certificates: Vec<[u8; 32]>,
    /// Those of all certificates.
    pub(crate) addresses: Vec<String>,
}

impl Owner {
    /// Whether both are one: the key is, or all that the certificates say of whose they are. An address that two people
    /// share, as of an office, does not make them one.
    pub(crate) fn is(&self, other: &Self) -> bool {
        let are_in = |some: &[String], all: &[String]| {
            some.iter().all(|it| all.iter().any(|its| it.eq_ignore_ascii_case(its)))
        };
        let (one, two) = (&self.addresses, &other.addresses);
        self.key == other.key || (are_in(one, two) && are_in(two, one))
    }
}

/// Those who could open all of some envelopes that lay in one another, of which only the innermost is for whoever reads
/// what is in it.
pub(super) fn readers_of_all(envelopes: &[&Layer<'_>], context: &Context<'_>) -> FormerReaders {
    let mut each = envelopes.iter().filter_map(|layer| match &layer.object {
        Object::Enveloped(envelope) => Some(readers_of(layer, envelope, context)),
        _ => None,
    });
    let FormerReaders { mut owners, mut others } = each.next().unwrap_or_default();
    for inner in each {
        owners.retain(|one| inner.owners.iter().any(|it| it.is(one)));
        // Who is not known to be one and the same is no reader of both, and is missed.
        let unmet = inner.owners.iter().filter(|it| !owners.iter().any(|one| it.is(one)));
        let unmet = unmet.flat_map(|it| it.addresses.iter().cloned());
        let further: Vec<String> = inner.others.iter().cloned().chain(unmet).collect();
        let is_new = |name: &String| !others.contains(name);
        let new: Vec<String> = further.into_iter().filter(is_new).collect();
        others.extend(new);
    }
    FormerReaders { owners, others }
}

/// Those whose wrapped key gave the content key are known, as far as they are at hand with a certificate.
pub(super) fn readers_of(
    layer: &Layer<'_>,
    envelope: &Envelope<'_>,
    context: &Context<'_>,
) -> FormerReaders {
    let FormerReaders { mut owners, mut others } = FormerReaders::default();
    let sharers = layer.opening.as_deref().map(|it| it.sharers.as_slice()).unwrap_or_default();
    let mut left = sharers;
    for (position, recipient) in envelope.recipients.iter().enumerate() {
        let Ok(recipient) = recipient else { continue };
        let (here, further) = left.split_at(left.partition_point(|it| it.position <= position));
        left = further;
        // Namesakes among certificates are not the one whose key it was.
        let mut keys: Vec<&str> = here.iter().map(|it| it.key.as_str()).collect();
        keys.sort_unstable();
        keys.dedup();
        let owner = |key: &str| {
            owner_of(key, context.vault?.certificates_named(&recipient.identifier, key))
        };
        let found: Vec<Owner> = keys.into_iter().filter_map(owner).collect();
        if found.is_empty() && others.len() < limits::READERS_PER_ENVELOPE {
            others.push(recipient_text(&recipient.identifier));
        }
        owners.extend(found);
    }
    FormerReaders { owners, others }
}

/// Whose a key is by its certificates; nobody's without an address.
fn owner_of(key: &str, certificates: Vec<&Arc<Certificate>>) -> Option<Owner> {
    let mut addresses: Vec<String> = Vec::new();
    for address in certificates.iter().flat_map(|it| it.address_texts()) {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    let certificates = certificates.iter().map(|it| it.sha256).collect();
    let is_somebodys = !addresses.is_empty();
    is_somebodys.then(|| Owner { key: key.to_owned(), certificates, addresses })
}
