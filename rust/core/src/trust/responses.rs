//! OCSP responses found by the certificate they speak of: its serial number and its issuer's key; or, where nobody knows
//! who that is, the number alone.
//!
//! CAs all over the world count from 1, so that the number alone would have every response of a large store looked at,
//! and counted (RULES 23), for the first certificates of each. Names of issuers are compared by the caller.

use std::sync::Arc;

use hashbrown::HashMap;
use smimebatch_crypto::digest::{self, Algorithm};

use crate::asn1::values::minimal_integer;
use crate::x509::ocsp::BasicResponse;

/// Of a response, and of which of its parts.
pub(super) type Place = (usize, usize);

/// The index; what names an issuer by a hash that this program does not have speaks of nobody.
#[derive(Default)]
pub(super) struct ResponseIndex {
    /// By which issuers are named, each once.
    hashes: Vec<Algorithm>,
    places: HashMap<Box<[u8]>, Vec<Place>, foldhash::fast::RandomState>,
}

impl ResponseIndex {
    /// Indexes every part of every response.
    pub(super) fn build(responses: &[Arc<BasicResponse>]) -> Self {
        let mut index = Self::default();
        for (number, response) in responses.iter().enumerate() {
            for (part, single) in response.responses.iter().enumerate() {
                let id = &single.certificate;
                let Some(hash) = id.hash else { continue };
                if !index.hashes.contains(&hash) {
                    index.hashes.push(hash);
                }
                let key = key_of(&id.serial, &id.issuer_key_hash);
                index.places.entry(key).or_default().push((number, part));
            }
        }
        index
    }

    /// Where it says something about a serial number of the issuer whose key has these bits.
    pub(super) fn about(&self, serial: &[u8], issuer_key: &[u8]) -> Vec<Place> {
        let serial = minimal_integer(serial);
        let hashed = self.hashes.iter().map(|&hash| digest::one(hash, issuer_key));
        let found = hashed.filter_map(|hash| self.places.get(&key_of(serial, hash.as_bytes())));
        found.flatten().copied().collect()
    }
}

/// The same by the serial number alone.
#[derive(Default)]
pub(super) struct SerialIndex {
    places: HashMap<Box<[u8]>, Vec<Place>, foldhash::fast::RandomState>,
}

impl SerialIndex {
    /// Indexes every part of every response.
    pub(super) fn build(responses: &[Arc<BasicResponse>]) -> Self {
        let mut index = Self::default();
        for (number, response) in responses.iter().enumerate() {
            for (part, single) in response.responses.iter().enumerate() {
                let serial = minimal_integer(&single.certificate.serial);
                index.places.entry(serial.into()).or_default().push((number, part));
            }
        }
        index
    }

    /// Where it says something about a serial number.
    pub(super) fn about(&self, serial: &[u8]) -> &[Place] {
        self.places.get(minimal_integer(serial)).map_or(&[], Vec::as_slice)
    }
}

/// Both, the number behind its length.
fn key_of(serial: &[u8], issuer_key_hash: &[u8]) -> Box<[u8]> {
    [&serial.len().to_be_bytes(), serial, issuer_key_hash].concat().into_boxed_slice()
}
