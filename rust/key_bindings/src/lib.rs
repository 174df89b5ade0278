//! smimebatch-key-bindings: everything through which Python touches private keys, and what is made with them.
//!
//! ```text
//!  octets, passwords ─▶ KeyFile ─┐                  ┌─▶ Engine (smimebatch-bindings): opens, makes, answers with tables
//!  module, PIN ───────▶ Token ───┴─▶ Vault ─┬───────┤
//!                                           └─▶ signatories ─▶ Sealer: who encrypts to whom, who signs
//! ```
//!
//! The one crate to audit for it: secrets come in as octets that are copied into memory that is zeroed, and nothing leaves
//! but what is public: ids, algorithms, public keys, certificates. One secret does not come through here: the key of proofs,
//! which `Engine` takes. The classes are exported by `smimebatch._native`, which `smimebatch-bindings` makes.

mod floors;
mod key_file;
mod sealing;
mod signing;
mod token;
mod vault;
mod weak_keys;

use std::fmt::Display;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

pub use self::floors::{private_floor, transport_floor};
pub use self::key_file::{KeyFile, Passwords};
pub use self::sealing::{Sealer, comparable_address, describe_target};
pub use self::signing::{describe_signatories, new_signer};
pub use self::token::{Token, answered};
pub use self::vault::Vault;
pub use self::weak_keys::WeakKeys;

/// What the core refuses, as Python's ValueError.
pub fn refused(error: impl Display) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// What a class of Python's shares between threads; a panic elsewhere leaves it as it was.
pub fn locked<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
