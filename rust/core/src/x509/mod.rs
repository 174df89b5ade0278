//! X.509 certificates as they occur in mail of thirty years: RFC 5280, and what came before it.
//!
//! A certificate is parsed once per distinct byte string and then shared, so [`certificate::Certificate`] owns its
//! bytes and decodes everything the other rooms ask for. Signatures are always over the original bytes.

pub mod certificate;
