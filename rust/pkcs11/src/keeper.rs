//! The keeper of a token: asks it, and decides what it means if it does not answer.
//!
//! An operation that fails is asked for once more. If it fails again, and the same key does what it did when it was proven,
//! what was asked for is at fault: an enemy may have written it, and nobody shall stop a run with one message. Otherwise
//! the token is gone, for good: whoever runs the job has to know, since nothing that was asked for since then is a result.

use std::sync::{Mutex, MutexGuard, PoisonError};

use cryptoki::error::Result;
use cryptoki::session::Session;
use smimebatch_crypto::transport::RawError;

use crate::error::text_of;
use crate::sessions::Sessions;

/// Why nothing more is asked of a token that computes something else.
pub(crate) const WRONG_ANSWER: &str = "an answer that is wrong";

/// A token, and whether it still answers.
pub(crate) struct Keeper {
    sessions: Sessions,
    failure: Mutex<Option<String>>,
}

impl Keeper {
    pub(crate) const fn new(sessions: Sessions) -> Self {
        Self { sessions, failure: Mutex::new(None) }
    }

    pub(crate) const fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// What an operation gives; `is_alive` does the same with what is known to be right.
    pub(crate) fn ask<T>(
        &self,
        operation: impl Fn(&Session) -> Result<T>,
        is_alive: impl FnOnce(&Session) -> Result<T>,
    ) -> core::result::Result<T, RawError> {
        if self.locked().is_some() {
            return Err(RawError::Unavailable);
        }
        let first = match self.sessions.with(&operation) {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        if let Ok(answer) = self.sessions.with(&operation) {
            return Ok(answer);
        }
        if self.sessions.with(is_alive).is_ok() {
            return Err(RawError::OutOfRange);
        }
        self.fail(text_of(&first));
        Err(RawError::Unavailable)
    }

    /// Notes why the token is not to be asked any more; the first reason counts.
    pub(crate) fn fail(&self, why: String) {
        self.locked().get_or_insert(why);
    }

    pub(crate) fn failure(&self) -> Option<String> {
        self.locked().clone()
    }

    /// Forgets a failure, while keys are being looked for: it is that of one key.
    pub(crate) fn take_failure(&self) -> Option<String> {
        self.locked().take()
    }

    fn locked(&self) -> MutexGuard<'_, Option<String>> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
