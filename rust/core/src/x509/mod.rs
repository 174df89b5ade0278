//! X.509 certificates as they occur in mail of thirty years: RFC 5280, and what came before it.
//!
//! A certificate is parsed once per distinct byte string and then shared, so [`certificate::Certificate`] owns its
//! bytes and decodes everything the other rooms ask for. Signatures are always over the original bytes. Whether a
//! certificate may be believed is not asked here: deviations come out as quirks (harmless) or defects (a chain over
//! it is malformed).

pub mod addresses;
pub mod certificate;
pub mod crl;
pub mod crl_entry;
pub(crate) mod curves;
pub mod distribution_points;
pub(crate) mod explicit_curve;
pub mod extensions;
pub mod general_name;
pub(crate) mod key_identity;
pub mod name;
pub mod name_constraints;
pub mod named_places;
pub mod ocsp;
pub mod policies;
pub mod public_key;
pub mod signed;
