//! What has to hold for any bytes, one module per target.
//!
//! They stand apart from libFuzzer, so that `tests/rust/fuzz.rs` goes through every finding with the same checks.

pub mod addresses;
pub mod base64;
pub mod certificate;
pub mod cms;
pub mod crl;
pub mod envelopes;
pub mod headers;
pub mod keys;
pub mod lanes_match_library;
pub mod mbox;
pub mod mime;
pub mod ocsp;
pub mod timestamp;
pub mod verify_batch;
