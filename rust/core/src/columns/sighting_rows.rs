//! Rows of `certificate_sightings`: each distinct certificate of the chunk, and in how many messages it came.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::x509::certificate::Certificate;

use super::facts::Facts;
use super::schema::{SightingRow, SightingsBuilder};
use super::text::instant;

struct Sighting<'c> {
    certificate: &'c Arc<Certificate>,
    messages: i64,
    last_message: u32,
    first_seen_unix_s: Option<i64>,
    last_seen_unix_s: Option<i64>,
}

/// Appends one row per certificate, in the order of first appearance.
pub(super) fn write(facts: Facts<'_>, rows: &mut SightingsBuilder) {
    let mut sightings: Vec<Sighting<'_>> = Vec::new();
    let mut known: HashMap<[u8; 32], usize, foldhash::fast::RandomState> = HashMap::default();
    // By message, so that one that carries a certificate in several layers counts once.
    let mut order: Vec<_> = facts.found.layers.iter().zip(facts.certificates).collect();
    order.sort_by_key(|(layer, _)| layer.message);
    for (layer, set) in order {
        let date = facts
            .found
            .messages
            .get(layer.message as usize)
            .and_then(|message| message.date_unix_s);
        for certificate in &set.certificates {
            let at = *known.entry(certificate.sha256).or_insert_with(|| {
                sightings.push(Sighting {
                    certificate,
                    messages: 0,
                    last_message: u32::MAX,
                    first_seen_unix_s: None,
                    last_seen_unix_s: None,
                });
                sightings.len() - 1
            });
            if let Some(sighting) = sightings.get_mut(at) {
                sighting.messages += i64::from(sighting.last_message != layer.message);
                sighting.last_message = layer.message;
                sighting.first_seen_unix_s = earliest(sighting.first_seen_unix_s, date);
                sighting.last_seen_unix_s = sighting.last_seen_unix_s.max(date);
            }
        }
    }
    for sighting in sightings {
        rows.push(SightingRow {
            sha256: Some(&sighting.certificate.sha256),
            der: Some(&sighting.certificate.der),
            messages: Some(sighting.messages),
            first_seen: sighting.first_seen_unix_s.and_then(instant),
            last_seen: sighting.last_seen_unix_s.and_then(instant),
        });
    }
}

fn earliest(a: Option<i64>, b: Option<i64>) -> Option<i64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, other) => one.or(other),
    }
}
