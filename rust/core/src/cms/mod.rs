//! Cryptographic Message Syntax, read in place: RFC 5652 and what grew around it, PKCS#7 1.5 (RFC 2315) included.
//!
//! One file per type of the standard, each a view of slices into the given bytes. [`content_info`] opens an object and
//! says what it is; [`signed_data`], [`enveloped_data`], [`auth_enveloped_data`] and [`compressed_data`] read the four
//! kinds that mail uses; the rest is recognised by its object identifier only. [`signed_attributes`] and [`ess`] read
//! single attributes, [`reencode`] rebuilds them as DER for signers that hashed something else than they sent.
//!
//! Nothing here computes a digest, checks a signature or decides; deviations are [`quirk`]s, breakage is [`error`].

pub mod algorithms;
pub mod attributes;
pub mod auth_enveloped_data;
mod certificate_set;
pub mod compressed_data;
pub mod content_info;
mod cursor;
pub mod encapsulated_content;
pub mod encrypted_content;
pub mod enveloped_data;
pub mod error;
pub mod ess;
pub mod quirk;
pub mod recipient_info;
pub mod reencode;
pub mod signed_attributes;
pub mod signed_data;
pub mod signer_info;
