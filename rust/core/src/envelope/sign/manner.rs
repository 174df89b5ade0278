//! How mail is signed: everything that is chosen but certificates.

use super::choice::{DigestChoice, RsaPadding, SignAs, SignedForm};
use crate::codes::parse_choice;
use crate::error::Unexpected;

/// What signatures are made with, but for certificate and key.
pub struct Manner {
    /// signingTime, and the time at which certificates have to be valid.
    pub(super) now_unix_s: i64,
    /// The digest, where the key leaves a choice.
    pub(super) digest: Option<DigestChoice>,
    pub(super) padding: RsaPadding,
    pub(super) form: SignedForm,
    pub(super) signs_as: SignAs,
    /// Whether what is signed already gets a signature around that.
    pub(super) resigns: bool,
    /// Whether the root of a chain goes into messages, too.
    pub(super) includes_root: bool,
}

impl Manner {
    /// What is done where nothing is asked for, at a time (Unix seconds).
    #[must_use]
    pub const fn at(now_unix_s: i64) -> Self {
        Self {
            now_unix_s,
            digest: None,
            padding: RsaPadding::Pkcs1,
            form: SignedForm::Clear,
            signs_as: SignAs::From,
            resigns: false,
            includes_root: false,
        }
    }

    /// The same with options by name: `digest`, `rsa-padding`, `form`, `sign-as`, `resign`, `include-root`.
    ///
    /// # Errors
    /// [`Unexpected`] for a name or a value that is none.
    pub fn parse(now_unix_s: i64, options: &[(String, String)]) -> Result<Self, Unexpected> {
        let mut manner = Self::at(now_unix_s);
        for (name, value) in options {
            match name.as_str() {
                "digest" => manner.digest = Some(parse_choice("--digest", value)?),
                "rsa-padding" => manner.padding = parse_choice("--rsa-padding", value)?,
                "form" => manner.form = parse_choice("form", value)?,
                "sign-as" => manner.signs_as = parse_choice("--sign-as", value)?,
                "resign" => manner.resigns = true,
                "include-root" => manner.includes_root = true,
                _ => return Err(Unexpected::new("sign", "an option of it", name.as_str())),
            }
        }
        Ok(manner)
    }
}
