//! The extension module `smimebatch._native`: owned values out of the arguments, one core call with the interpreter
//! released, and tables back through the Arrow PyCapsule interface. Nothing else.

mod arrow;
mod engine;
mod mbox;
mod measuring;
mod recipients;
mod results;
mod revocation;
mod sightings;
mod stored;
mod trust;
mod vocabulary;

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
        mbox::{MboxScanner, sniff_mbox_variant},
        measuring::{CryptoJobs, StageTimes},
        recipients::judge_recipients,
        results::{ParquetEncoder, count_values, merkle_root, row_leaves},
        revocation::{Revocation, RevocationFile},
        sightings::{fold_sightings, merge_certificates},
        trust::{Trust, named_places, parse_certificates},
        vocabulary::{algorithms, codes, cpu_features, datasets, kernels, reason_words},
    };
    #[pymodule_export]
    use smimebatch_key_bindings::{
        KeyFile, Passwords, Sealer, Token, Vault, WeakKeys, comparable_address,
        describe_signatories, describe_target, new_signer, private_floor, transport_floor,
    };

    #[pymodule_export]
    const version: &str = env!("CARGO_PKG_VERSION");
    #[pymodule_export]
    const lanes_choices: [&str; super::Choice::ALL.len()] = super::Choice::NAMES;
}
