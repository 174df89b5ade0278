//! Keys: the files of an operator → private keys, found by how a message names them.
//!
//! ```text
//!  bytes ─▶ key_file: what is it? ─▶ pkcs12 ─▶ pkcs12_mac        (RFC 7292, RFC 9579)
//!                                 ├▶ pem ──┐
//!                                 └────────┴▶ pkcs8 ─▶ numbers    (RFC 5958, RFC 8017, RFC 5915, RFC 8410, RFC 9881, RFC 9935)
//!                encrypted, derivation, password: what opens them  (RFC 8018)
//!  what a token states ─▶ elsewhere: keys whose private half stays where it is
//!  text ─▶ shared: keys and passwords that both sides have          (RFC 5652 §6.2.3, §6.2.4)
//!  KeyFile, KeyFile, … ─▶ vault: by issuer and serial, key identifier, public key
//! ```
//!
//! A file that cannot be read is a problem beside the others, never an end ([`error`]). Expired certificates are as good as
//! any: what they were encrypted for has to be read for ever. RULES 40a: keys and passwords are zeroed when dropped, and
//! nothing here prints them; whether a process leaves a core dump is its own business.

mod contents;
mod derivation;
mod elsewhere;
mod encrypted;
pub mod error;
mod held_key;
mod key_file;
mod numbers;
mod oids;
mod password;
mod pem;
mod pkcs12;
mod pkcs12_mac;
mod pkcs8;
mod public_key;
mod shared;
#[cfg(test)]
mod tests;
mod vault;

pub use self::contents::KeyProblem;
pub(crate) use self::derivation::Pbkdf2;
pub use self::elsewhere::PublicHalf;
pub use self::held_key::HeldKey;
pub use self::key_file::KeyFile;
pub use self::password::Passwords;
pub use self::shared::{SharedKey, SharedPassword, SharedSecrets};
pub use self::vault::{Found, Vault};
