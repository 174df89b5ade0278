//! Cryptography in batches: jobs in, answers out.
//!
//! Every function takes a slice of independent jobs and gives one answer per job, in job order, so
//! that an implementation may sort, bucket and interleave as it likes. This is the only crate of
//! the workspace with unsafe code; `aws_lc` is the only module that names `aws-lc-sys`, and only
//! its primitives are used, never its parsers of CMS or X.509.
//!
//! # Threads
//!
//! Everything here is free of global state: any function may be called from any number of threads
//! at once. A [`signature::PublicKey`] is built once, is `Send` and `Sync`, clones as a reference
//! count, and is never written again, so threads that verify with the same key share no lock (DSA
//! alone takes AWS-LC's reader lock, once per verification). A [`digest::Hasher`] belongs to one
//! caller at a time and may move between threads. AWS-LC's per-thread error queue is left empty by
//! every call.

mod aws_lc;
pub mod digest;
pub mod lanes;
pub mod signature;
