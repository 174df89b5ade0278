//! Values of single elements: integers, booleans, times, text (X.690 §8 and §11, with historic tolerance).

use super::reader::{Element, Error, Result};

/// Unix seconds of a UTCTime or GeneralizedTime.
///
/// # Errors
/// Not yet read.
pub fn parse_time(_element: &Element<'_>) -> Result<i64> {
    Err(Error::Malformed)
}
