//! Logging in: one try with one PIN, and none where a wrong one would lock the token.
//!
//! A login counts for the whole process: a token that is open does not compare a second PIN, so that we do, by what is left
//! of the first one: its code under a key of this process. The PIN is not kept, so that a token that was pulled out and
//! put back stays closed for this run.

use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use cryptoki::error::{Error, RvError};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::TokenInfo;
use cryptoki::types::RawAuthPin;
use smimebatch_crypto::digest::Algorithm;
use smimebatch_crypto::mac::hmac;
use smimebatch_crypto::secret::{Secret, is_equal};

use crate::error::TokenError;

/// Codes of the PINs that opened tokens of this process.
static OPENED_BY: Mutex<Vec<Secret>> = Mutex::new(Vec::new());
static CODE_KEY: LazyLock<Secret> = LazyLock::new(|| Secret::random(32));

/// Of a PIN of one token.
fn code_of(about: &TokenInfo, pin: &Secret) -> Option<Secret> {
    let names = [about.manufacturer_id(), about.serial_number(), about.label()];
    let lengths = names.map(|name| name.len().to_be_bytes());
    let mut pieces: Vec<&[u8]> = Vec::new();
    for (name, length) in names.iter().zip(&lengths) {
        pieces.extend([&length[..], name.as_bytes()]);
    }
    pieces.push(pin.as_bytes());
    hmac(Algorithm::Sha256, CODE_KEY.as_bytes(), &pieces)
}

fn opened_by() -> MutexGuard<'static, Vec<Secret>> {
    OPENED_BY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether the PIN opened the token before.
fn is_known(about: &TokenInfo, pin: &Secret) -> bool {
    let is_of =
        |code: Secret| opened_by().iter().any(|it| is_equal(it.as_bytes(), code.as_bytes()));
    code_of(about, pin).is_some_and(is_of)
}

/// Has the PIN known as one that opens the token.
fn remember(about: &TokenInfo, pin: &Secret) {
    if !is_known(about, pin) {
        opened_by().extend(code_of(about, pin));
    }
}

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
        Ok(()) => {
            if let Some(pin) = pin {
                remember(about, pin);
            }
            Ok(())
        }
        Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => match pin {
            Some(pin) if !is_known(about, pin) => Err(TokenError::WrongPin),
            _ => Ok(()),
        },
        Err(Error::Pkcs11(
            RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange,
            _,
        )) => Err(TokenError::WrongPin),
        Err(Error::Pkcs11(RvError::PinLocked, _)) => Err(TokenError::PinLocked),
        Err(error) => Err(error.into()),
    }
}
