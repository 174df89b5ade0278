//! smimebatch-parquet: record batches in, the bytes of Parquet files out.
//!
//! - [`encoder`]: rows, however they were cut, become row groups of a fixed size; what is whole is handed out as bytes
//! - `file`: the row groups of a file, column by column
//! - `properties`: which columns are packed, have a dictionary, or have statistics
//!
//! Encoding is the `parquet` crate's. No I/O: where the bytes go, and when a file is whole, is the caller's business.

pub mod encoder;
mod file;
mod properties;

pub use self::encoder::{DatasetEncoder, EncodeError};
