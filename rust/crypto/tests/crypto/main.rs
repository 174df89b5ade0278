//! Verification through the public API: vectors of other implementations, tampering, the edges of
//! RULES, Wycheproof.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod ciphers;
mod derivation;
mod digests;
mod edges;
mod elsewhere;
mod known;
mod lanes;
mod masked;
mod private_keys;
mod transport;
mod vectors;
mod wycheproof_envelopes;
mod wycheproof_keys;
mod wycheproof_suites;
