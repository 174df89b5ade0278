//! Cryptography in batches: jobs in, answers out.
//!
//! Every function takes a slice of independent jobs and gives one answer per job, in job order, so that an
//! implementation may sort, bucket and interleave as it likes. This is the only crate of the workspace with
//! unsafe code; [`aws_lc`] is the only module that names `aws-lc-sys`, and only its primitives are used, never
//! its parsers of CMS or X.509.

pub mod digest;
pub mod signature;
mod aws_lc;
