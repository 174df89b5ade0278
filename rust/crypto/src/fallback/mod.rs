//! What AWS-LC lacks, from crates in Rust: MD2, Ed448, X448, Camellia and IDEA of RustCrypto, SLH-DSA
//! of `fips205`, and SEED written here. None has unsafe code of its own but for reading vectors.
//!
//! One job at a time: this is for the rare message.

pub(crate) mod block;
pub(crate) mod ed448;
pub(crate) mod md2;
mod seed;
pub(crate) mod slh_dsa;
pub(crate) mod x448;
