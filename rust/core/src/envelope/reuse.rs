//! Reuse: one wrapped content key at two places of a message (RULES 36).
//!
//! Who copies a RecipientInfo beside another ciphertext has a reader decrypt it under a key that was made for something
//! else, perhaps with another cipher (the downgrade of RFC 9709). Honest mail never does. Whether the same wrapped key occurs
//! in two *messages* is no fact of either, as copies of one mail have it too; the column `encrypted_key_sha256` of
//! `recipients` tells.

use std::ops::Range;

use hashbrown::HashMap;

use crate::verdict::flag::MessageFlag;
use crate::verify::found::{Found, Layer, LayerId, MessageId, Object};

/// Flags the enveloped layers among `new` that share a wrapped key with another layer of their message, and that one.
pub(super) fn mark_reuse(found: &mut Found<'_>, new: &Range<usize>) {
    let is_enveloped = |layer: &Layer<'_>| matches!(layer.object, Object::Enveloped(_));
    if !found.layers.iter().skip(new.start).any(is_enveloped) {
        return;
    }
    let mut first: HashMap<(MessageId, &[u8]), LayerId, foldhash::fast::RandomState> =
        HashMap::default();
    let mut reused: Vec<LayerId> = Vec::new();
    for (id, layer) in (0..).zip(&found.layers) {
        let Object::Enveloped(envelope) = &layer.object else { continue };
        for recipient in envelope.recipients.iter().flatten() {
            let key = &*recipient.encrypted_key;
            if key.is_empty() {
                continue;
            }
            let other = *first.entry((layer.message, key)).or_insert(id);
            if other != id {
                reused.extend([other, id]);
            }
        }
    }
    drop(first);
    for id in reused {
        if let Some(layer) = found.layers.get_mut(id as usize) {
            layer.flags.insert(MessageFlag::RecipientinfoReuse);
        }
    }
}
