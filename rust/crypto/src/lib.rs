//! Cryptography in batches: jobs in, answers out.
//!
//! Every function takes a slice of independent jobs and gives one answer per job, in job order, so
//! that it may sort, bucket and interleave as it likes: [`lanes`] says what goes several at a time.
//! This is the only crate of the workspace with unsafe code; `aws_lc` is the only module that names
//! `aws-lc-sys`, and only its primitives are used, never its parsers of CMS or X.509; `fallback` has
//! what AWS-LC lacks.
//!
//! What is public is verified fast ([`signature`], [`digest`]); what is secret is computed in a time
//! that does not depend on it where the algorithm allows, and zeroed ([`secret`], [`transport`]).
//!
//! # Threads
//!
//! Any function may be called from any number of threads at once; the only global state is which
//! kernels are in use, found out once. A [`signature::PublicKey`] is `Send` and `Sync`, clones as a
//! reference count, and is written once more at most, when it first meets a vector kernel, so
//! threads that verify with the same key share no lock (DSA alone takes AWS-LC's reader lock, once
//! per verification). A [`private_key::PrivateKey`] is so too; RSA takes AWS-LC's locks for the
//! numbers it blinds with. A [`digest::Hasher`] belongs to one caller at a time and may move between
//! threads. AWS-LC's per-thread error queue is left empty by every call.

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod acvp;
pub mod agreement;
mod aws_lc;
pub mod base64;
pub mod cipher;
mod constant_time;
pub mod digest;
mod fallback;
pub mod kdf;
pub mod kem;
pub mod lanes;
pub mod mac;
pub mod private_key;
pub mod random;
pub mod secret;
pub mod signature;
pub mod signing;
pub mod tape;
pub mod transport;
#[cfg(feature = "twins")]
pub mod twins;
pub mod wrap;
