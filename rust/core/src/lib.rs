//! smimebatch-core: batches of S/MIME mail in, columns of facts and verdicts out.
//!
//! No I/O, no clock, no logging, no unsafe.

pub mod asn1;
pub mod cms;
pub mod codes;
pub mod limits;
pub mod verdict;
pub mod x509;
