//! Logging in: one try with one PIN, and none where a wrong one would lock the token.
//!
//! A token counts for the whole process: who is logged in already is not asked again. The PIN is not kept, so that a token
//! that was pulled out and put back stays closed for this run.

use cryptoki::error::{Error, RvError};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::TokenInfo;
use cryptoki::types::RawAuthPin;
use smimebatch_crypto::secret::Secret;

use crate::error::TokenError;

pub(crate) fn log_in(
    session: &Session,
    about: &TokenInfo,
    pin: Option<&Secret>,
) -> Result<(), TokenError> {
    if pin.is_none() && !about.login_required() {
        return Ok(());
    }
    if about.user_pin_locked() {
        return Err(TokenError::PinLocked);
    }
    // Whoever runs a job again and again with a wrong PIN is not to lose the token by it.
    if about.user_pin_final_try() {
        return Err(TokenError::LastTry);
    }
    let outcome = match pin {
        // Zeroed when it goes.
        Some(pin) => {
            let pin = RawAuthPin::new(Box::new(pin.as_bytes().to_vec()));
            session.login_with_raw(UserType::User, &pin)
        }
        None if about.protected_authentication_path() => session.login(UserType::User, None),
        None => return Err(TokenError::PinNeeded),
    };
    match outcome {
        Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
        Err(Error::Pkcs11(
            RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange,
            _,
        )) => Err(TokenError::WrongPin),
        Err(Error::Pkcs11(RvError::PinLocked, _)) => Err(TokenError::PinLocked),
        Err(error) => Err(error.into()),
    }
}
