//! Envelopes: encrypted layers opened with the keys of a vault.
//!
//! ```text
//!  enveloped layers of a chunk ─▶ recipients that name a key of ours
//!        ─▶ unwrap: content keys, all of the chunk together        (algorithms, agreement, encapsulation)
//!        ─▶ sealed: content                                        (RFC 5652 §6, RFC 5083)
//!        ─▶ texts and layers, which go on as what lay in clear
//! ```
//!
//! [`open`] is a stage of [`crate::verify`], so that a signature inside an envelope is judged like any other. RULES 33: why an
//! envelope did not open is told to nobody. [`opened_message`] writes the message without its envelope.

mod agreement;
mod algorithms;
mod encapsulation;
pub(crate) mod open;
pub(crate) mod opened_message;
mod sealed;
mod unwrap;
