//! What a caller spelled that spells nothing: what was expected, and what was found instead.
//!
//! Only mistakes of the caller, before any message is touched; what a message turned out to be is data. Other mistakes
//! have their type beside what they are about ([`InputError`](crate::columns::input::InputError) and its like).

use core::fmt;

/// A text that is none of what is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unexpected {
    /// What the text is for.
    pub subject: String,
    /// What it may be, in words.
    pub expected: String,
    /// What it is.
    pub found: String,
}

impl Unexpected {
    pub(crate) fn new(subject: &str, expected: impl Into<String>, found: &str) -> Self {
        Self { subject: subject.to_owned(), expected: expected.into(), found: found.to_owned() }
    }
}

impl fmt::Display for Unexpected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { subject, expected, found } = self;
        write!(f, "expected {subject} to be {expected}; found {found:?}")
    }
}

impl core::error::Error for Unexpected {}
