//! The extension module `smimebatch._native`: owned values out of the arguments, one core call with the interpreter
//! released, and tables back through the Arrow PyCapsule interface. Nothing else.

mod arrow;
mod engine;
mod key_file;
mod mbox;
mod measuring;
mod results;
mod revocation;
mod sealing;
mod signing;
mod stored;
mod token;
mod trust;
mod vault;
mod vocabulary;
mod weak_keys;

use std::fmt::Display;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use smimebatch_crypto::lanes::Choice;

/// Native core of smimebatch.
#[pymodule(gil_used = false)]
#[expect(non_upper_case_globals, reason = "as Python spells them")]
mod _native {
    #[pymodule_export]
    use super::{
        arrow::{ArrowBatch, ArrowSchema, ArrowStream, schema},
        engine::{Engine, Tables, gather_tables},
        key_file::{KeyFile, Passwords},
        mbox::{MboxScanner, sniff_mbox_variant},
        measuring::{CryptoJobs, StageTimes, private_floor, transport_floor},
        results::{ParquetEncoder, count_values, merkle_root, row_leaves},
        revocation::{Revocation, RevocationFile},
        sealing::{Sealer, describe_target},
        signing::{describe_signatories, new_signer},
        token::Token,
        trust::{Trust, named_places, parse_certificates},
        vault::Vault,
        vocabulary::{algorithms, codes, cpu_features, datasets, kernels, reason_words},
        weak_keys::{WeakKeys, fold_sightings, merge_certificates},
    };

    #[pymodule_export]
    const version: &str = env!("CARGO_PKG_VERSION");
    #[pymodule_export]
    const lanes_choices: [&str; super::Choice::ALL.len()] = super::Choice::NAMES;
}

/// What the core refuses, as Python's ValueError.
fn refused(error: impl Display) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// What a class of Python's shares between threads; a panic elsewhere leaves it as it was.
fn locked<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
