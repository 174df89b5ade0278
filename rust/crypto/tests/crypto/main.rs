//! Verification through the public API: vectors of other implementations, tampering, the edges of
//! RULES, Wycheproof.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod digests;
mod edges;
mod lanes;
mod masked;
mod vectors;
mod wycheproof_suites;
