//! Envelopes: encrypted layers opened with the keys of a vault, and messages put into new ones, or under signatures.
//!
//! ```text
//!  enveloped layers of a chunk ─▶ recipients that name a key of ours  (open, closed)
//!        ─▶ unwrap: content keys, all of the chunk together        (algorithms, agreement, encapsulation, password)
//!        ─▶ sealed: content                                        (RFC 5652 §6, RFC 5083; sound)
//!        ─▶ texts and layers, which go on as what lay in clear
//!
//!  messages of a chunk, when all is judged ─▶ peel: the entity inside           (entity)
//!        ─▶ owners: who could read it
//!        ─▶ opened_message: without the envelope, or seal: in a new one, or sign: under a signature
//!        ─▶ writing: what is written, and what is said of it                    (written, objects)
//!
//!  messages that are not held ─▶ the same, piece by piece                        (large)
//! ```
//!
//! [`open`] is a stage of [`crate::verify`], so that a signature inside an envelope is judged like any other. RULES 33: why an
//! envelope did not open is told to nobody.

mod agreement;
mod algorithms;
pub(crate) mod closed;
mod encapsulation;
pub(crate) mod entity;
pub(crate) mod large;
pub mod objects;
pub(crate) mod open;
pub(crate) mod opened_message;
mod owners;
mod password;
mod peel;
mod reuse;
pub mod seal;
mod sealed;
pub mod sign;
mod sound;
mod unwrap;
pub mod writing;
pub(crate) mod written;
