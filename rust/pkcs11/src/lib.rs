//! smimebatch-pkcs11: the keys of a PKCS#11 token → keys and certificates like those of a file (PKCS#11 2.40 and later).
//!
//! ```text
//!  path ─▶ module: loaded once ─▶ slot: the token of that label ─▶ login: the PIN, once
//!     ─▶ objects: private keys, public halves, certificates ─▶ key: what the core computes with
//!                                 keeper: sessions, one for each thread; what a failure means
//! ```
//!
//! A token gives the bare operations: c^d mod n (CKM_RSA_X_509), d·P (CKM_ECDH1_DERIVE), r and s (CKM_ECDSA). Padding,
//! derivation and everything that an enemy can look for an answer in are done by `smimebatch-crypto` as for any other key
//! (RULES 33). The module is opened when the program runs: nothing of it is needed to build.
//!
//! RULES 40a: a PIN is used once, zeroed, and in no error; where it is wrong it is not tried again.

mod error;
mod keeper;
mod key;
mod login;
mod module;
mod objects;
mod sessions;
mod slot;

use std::path::Path;
use std::sync::Arc;

use smimebatch_core::keys::KeyFile;
use smimebatch_crypto::secret::Secret;

pub use self::error::{TokenError, TokenProblem};
use self::keeper::Keeper;
use self::sessions::Sessions;

/// A token that is open: as long as it is, its keys compute.
pub struct Token {
    label: String,
    file: KeyFile,
    problems: Vec<TokenProblem>,
}

impl Token {
    /// Opens a token and reads what it holds.
    ///
    /// `label` may be left out where there is one token only, and `pin` where the token asks for none or has keys of its own
    /// to enter it.
    ///
    /// # Errors
    /// [`TokenError`]; keys that cannot be used are [`Token::problems`].
    pub fn open(
        module: &Path,
        label: Option<&str>,
        pin: Option<&Secret>,
    ) -> Result<Self, TokenError> {
        let module = module::load(module)?;
        let (slot, about) = slot::find(&module, label)?;
        let sessions = Sessions::new(module, slot);
        sessions.with(|session| Ok(login::log_in(session, &about, pin)))??;
        let keeper = Arc::new(Keeper::new(sessions));
        let objects::Held { keys, certificates, problems } = objects::read(&keeper)?;
        let file = KeyFile::of_token(keys, &certificates);
        Ok(Self { label: about.label().to_owned(), file, problems })
    }

    /// Its label.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Its keys and certificates.
    #[must_use]
    pub const fn file(&self) -> &KeyFile {
        &self.file
    }

    /// Private keys that cannot be used, and why.
    #[must_use]
    pub fn problems(&self) -> &[TokenProblem] {
        &self.problems
    }
}

/// What it is called, and no more.
impl core::fmt::Debug for Token {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Token({:?}, {:?})", self.label, self.file)
    }
}
