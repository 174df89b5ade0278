//! What AWS-LC lacks, from crates in Rust without unsafe code: MD2 and Ed448 of RustCrypto, SLH-DSA
//! of `fips205`.
//!
//! Public data only, one job at a time: this is for the rare message.

pub(crate) mod ed448;
pub(crate) mod md2;
pub(crate) mod slh_dsa;
