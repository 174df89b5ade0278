//! Arrow in, Arrow out.
//!
//! [`schema`] is the one table of every dataset and column, with a sentence each; [`kinds`] the handful of column
//! types it is written in, with [`evidence`] for one of its own; [`input`] reads a record batch of raw messages into a chunk, [`mbox_batches`] makes such batches of an mbox; [`rows`] turns what the
//! stages found into rows, one file per dataset; [`counting`] says how often each value of a column occurs; [`merge`]
//! makes the certificates dataset out of sightings; [`leaves`] a Merkle tree of rows. Python's schemas and the reference
//! page are made from this table.

pub mod counting;
pub mod evidence;
pub mod input;
pub mod kinds;
pub mod leaves;
pub mod mbox_batches;
pub mod merge;
pub mod revocation_list;
pub mod rows;
pub mod schema;

mod envelope_rows;
pub(crate) mod facts;
mod mail_rows;
mod message_rows;
mod part_rows;
mod sighting_rows;
mod signature_rows;
pub(crate) mod text;
mod times;
