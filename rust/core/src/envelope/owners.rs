//! Owners: envelopes that were opened → who could read them, by the keys that opened them.
//!
//! What an envelope names nobody vouches for, as a RecipientInfo may have been grafted into it, and certificates of one
//! issuer and serial number do exist twice. So whoever counts is known by the key that gave the content key.

use super::objects::recipient_text;
use crate::cms::enveloped_data::Envelope;
use crate::limits;
use crate::verify::context::Context;
use crate::verify::found::{Layer, Object};

/// Who could read a message before.
#[derive(Default)]
pub(crate) struct FormerReaders {
    /// Those that are known.
    pub(crate) owners: Vec<Owner>,
    /// The names of all others.
    pub(crate) others: Vec<String>,
}

/// One who could read a message, by a certificate.
pub(crate) struct Owner {
    /// The id of the private key.
    pub(crate) key: String,
    /// SHA-256 of the certificate.
    pub(crate) certificate: [u8; 32],
    /// Those of the certificate.
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
    for (position, recipient) in envelope.recipients.iter().enumerate() {
        let Ok(recipient) = recipient else { continue };
        // Namesakes among certificates are not the one whose key it was.
        let shares = |id: &str| sharers.iter().any(|it| it.position == position && it.key == id);
        let is_any = sharers.iter().any(|it| it.position == position);
        let held = context.vault.filter(|_| is_any).map(|it| it.find(&recipient.identifier));
        let held = held.unwrap_or_default().into_iter().filter(|it| shares(it.key.id()));
        let addresses: Vec<Owner> = held
            .filter_map(|it| Some((it.key.id(), it.certificate?)))
            .map(|(key, certificate)| Owner {
                key: key.to_owned(),
                certificate: certificate.sha256,
                addresses: certificate.address_texts().collect(),
            })
            .filter(|it| !it.addresses.is_empty())
            .collect();
        if addresses.is_empty() && others.len() < limits::KEYS_PER_ENVELOPE {
            others.push(recipient_text(&recipient.identifier));
        }
        owners.extend(addresses);
    }
    FormerReaders { owners, others }
}
