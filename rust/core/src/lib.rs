//! smimebatch-core: batches of S/MIME mail in, columns of facts and verdicts out.
//!
//! ```text
//!  record batch ─▶ columns::input ─▶ engine: chunks, threads, caches
//!                                      │
//!                                      ▼  verify: the stages, on one page
//!        scan ⇄ decode ⇄ open ─▶ resolve ─▶ digest ⇄ check ─▶ time ─▶ chain ─▶ judge
//!         mail   cms       x509        smimebatch-crypto         path    verdict
//!                                      │
//!                                      ▼
//!  tables ◀─ columns::rows: messages, signatures, certificates, encryptions, recipients
//! ```
//!
//! - [`mail`]: mbox, header fields, addresses, MIME entities, transfer encodings, as byte ranges
//! - [`asn1`], [`cms`], [`x509`]: views of what is signed, and by whom
//! - [`path`], [`trust`]: certificate chains to anchors, RFC 5280 §6; [`weak_keys`]: keys that are known to be broken
//! - [`verify`]: the stages; [`verdict`]: facts folded into ETSI EN 319 102-1 indications, pure functions
//! - [`envelope`]: encrypted layers opened, and messages put into new ones
//! - [`keys`]: private keys of an operator, out of PKCS#12, PKCS#8 and PEM
//! - [`columns`]: the one table of datasets and columns; [`vocabularies`]: the words in them
//! - [`engine`]: what a caller holds; [`stages`]: what a caller may measure; [`limits`]: every cap on hostile input;
//!   [`error`]: what a caller spelled that spells nothing
//!
//! No I/O, no clock, no logging, no unsafe: bytes and `now` are arguments, and what a message turned out to be is data.
//!
//! ```
//! use std::sync::Arc;
//! use arrow_array::{ArrayRef, BinaryArray, RecordBatch};
//! use smimebatch_core::{engine::Engine, trust::TrustStore, verify::context::Options};
//!
//! let raw: ArrayRef = Arc::new(BinaryArray::from_vec(vec![b"From: a@example.com\n\nhello\n"]));
//! let batch = RecordBatch::try_from_iter([("raw", raw)]).unwrap();
//! let trust = Arc::new(TrustStore::build(Vec::new(), Vec::new()));
//! let engine = Engine::new(Options::at_now(1_700_000_000_000_000), trust, 1);
//! let tables = engine.verify(&batch).unwrap();
//! assert_eq!(tables.messages[0].num_rows(), 1);
//! ```

pub mod asn1;
pub mod cms;
pub mod codes;
pub mod columns;
pub mod engine;
pub mod envelope;
pub mod error;
pub mod keys;
pub mod limits;
pub mod mail;
pub mod path;
pub mod stages;
pub mod trust;
pub mod verdict;
pub mod verify;
pub mod vocabularies;
pub mod weak_keys;
pub mod x509;
