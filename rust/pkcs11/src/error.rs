//! Why there is no token, or no key in it. Never a PIN; what a token says of itself is quoted and escaped.

use std::fmt;

use cryptoki::error::Error;
use smimebatch_core::keys::error::KeyProblemKind;

/// Why a token cannot be used at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenError {
    /// The module cannot be loaded, or does not start.
    Module(String),
    /// No token has that label; those that are there.
    NoToken(Vec<String>),
    /// More than one token, and nothing or not enough said of which.
    SeveralTokens(Vec<String>),
    /// The token wants a PIN.
    PinNeeded,
    /// The token did not take the PIN, which was tried once.
    WrongPin,
    /// The token takes no PIN any more.
    PinLocked,
    /// A wrong PIN would lock the token, so that none was tried.
    LastTry,
    /// The token did not do what it was asked for.
    Refused(String),
}

impl TokenError {
    /// What the error is about: `module`, `token` or `pin`.
    #[must_use]
    pub const fn subject(&self) -> &'static str {
        match self {
            Self::Module(_) => "module",
            Self::NoToken(_) | Self::SeveralTokens(_) | Self::Refused(_) => "token",
            Self::PinNeeded | Self::WrongPin | Self::PinLocked | Self::LastTry => "pin",
        }
    }

    /// What was expected there.
    #[must_use]
    pub const fn expected(&self) -> &'static str {
        match self {
            Self::Module(_) => "a PKCS#11 module: a shared library that loads",
            Self::NoToken(_) => "the label of a token that is there",
            Self::SeveralTokens(_) => "the label of one token",
            Self::Refused(_) => "a token that answers",
            Self::PinNeeded => "the PIN of the token",
            Self::WrongPin | Self::PinLocked => "a PIN that the token takes",
            Self::LastTry => "a token that one wrong PIN does not lock",
        }
    }

    /// What to do.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::WrongPin => "find out which it is before the next try: a few wrong ones lock it",
            Self::LastTry => "log in with the program of the token, which makes it count anew",
            Self::PinLocked => "unlock it with the program of the token",
            _ => "",
        }
    }
}

/// What was found.
impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Module(why) | Self::Refused(why) => f.write_str(why),
            Self::NoToken(labels) if labels.is_empty() => f.write_str("no token at all"),
            Self::NoToken(labels) | Self::SeveralTokens(labels) => {
                write!(f, "tokens {}", labels.join(", "))
            }
            Self::PinNeeded => f.write_str("none"),
            Self::WrongPin => f.write_str("one that it refuses; it was tried once"),
            Self::PinLocked => f.write_str("a token that is locked"),
            Self::LastTry => f.write_str("one with a single try left; no PIN was tried"),
        }
    }
}

impl core::error::Error for TokenError {}

impl From<Error> for TokenError {
    fn from(error: Error) -> Self {
        Self::Refused(text_of(&error))
    }
}

/// Why a private key of a token is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenProblem {
    /// What kind.
    pub kind: KeyProblemKind,
    /// Which key, and what is wrong with it.
    pub text: String,
}

/// The name of a return value and of the function; the crate's own texts are paragraphs of the standard.
pub(crate) fn text_of(error: &Error) -> String {
    match error {
        Error::Pkcs11(value, function) => format!("{value:?} from C_{function:?}"),
        Error::LibraryLoading(error) => error.to_string(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_says_what_it_is_about_what_was_expected_and_what_found() {
        let labels = vec!["\"a\"".to_owned(), "\"b\"".to_owned()];
        let errors = [
            TokenError::Module("why".into()),
            TokenError::NoToken(Vec::new()),
            TokenError::NoToken(labels.clone()),
            TokenError::SeveralTokens(labels),
            TokenError::PinNeeded,
            TokenError::WrongPin,
            TokenError::PinLocked,
            TokenError::LastTry,
            TokenError::Refused("why".into()),
        ];
        for error in &errors {
            assert!(matches!(error.subject(), "module" | "token" | "pin"));
            assert!(!error.expected().is_empty() && !error.to_string().is_empty());
        }
        assert!(
            !TokenError::WrongPin.remedy().is_empty() && !TokenError::LastTry.remedy().is_empty()
        );
    }
}
