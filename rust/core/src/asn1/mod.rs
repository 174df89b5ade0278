//! BER and DER, read in place: X.690 as CMS needs it, with indefinite lengths, constructed strings and bad habits.
//!
//! [`reader`] cuts elements out of bytes without copying, recursion or trust in a length; [`values`] turns single
//! elements into integers, times and text; [`oid`] names the object identifiers in use; [`writer`] makes DER.
//! Nothing here knows CMS or X.509.

pub mod oid;
pub mod reader;
pub mod values;
pub mod writer;
