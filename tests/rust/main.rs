//! The core through its public API: record batches of raw mail in, tables out.
//!
//! One binary, so that it is linked once. The mails are those of `tests/data`; each folder says where they come from.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing
)]

mod bombs;
mod budgets;
mod corpus;
mod fuzz;
mod hostile;
mod repairs;
mod rows;
mod rules;
mod schema;
mod stages;
