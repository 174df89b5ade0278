//! Arrow in, Arrow out.
//!
//! [`schema`] is the one table of every dataset and column, with a sentence each; [`kinds`] the handful of column
//! types it is written in; [`input`] reads a record batch of raw messages into a chunk; [`rows`] turns what the
//! stages found into rows. Python's schemas and the reference page are made from this table.

pub mod input;
pub mod kinds;
pub mod schema;
