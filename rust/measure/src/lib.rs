//! smimebatch-measure: the clock that the core does not have (docs/design/24-benchmarks.md).
//!
//! - [`stage_times`]: how long each stage of the engines took that were given this watch
//! - [`crypto_jobs`]: the digests and verifications of batches, done again alone: the floor of an archive
//! - [`envelope_jobs`]: private operations and content keys alone: the floors of decrypting and encrypting
//!
//! What a stage is, and what is noted of a job, is the core's and the cryptography's business.

pub mod crypto_jobs;
pub mod envelope_jobs;
pub mod stage_times;

pub use self::crypto_jobs::{AnotherAnswer, CryptoJobs};
pub use self::stage_times::StageTimes;
