//! The core of smimebatch: batches of mail in, columns of facts and verdicts out.

pub mod codes;
pub mod verdict;
