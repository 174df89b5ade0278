//! Sessions: each thread has one for the time of an operation; they are opened as threads come and stay open.
//!
//! While one is open the login holds (PKCS#11 2.40 §5.6, C_CloseSession). A token with fewer sessions than there are threads
//! lets threads wait for one another.

use std::process;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use cryptoki::context::{Function, Pkcs11};
use cryptoki::error::{Error, Result, RvError};
use cryptoki::session::Session;
use cryptoki::slot::Slot;

/// The sessions with one token.
pub(crate) struct Sessions {
    module: Pkcs11,
    slot: Slot,
    state: Mutex<State>,
    is_returned: Condvar,
    /// What a forked process has of a module is of no use (PKCS#11 2.40 §5.4, C_Initialize).
    process: u32,
}

#[derive(Default)]
struct State {
    free: Vec<Session>,
    in_use: usize,
}

impl Sessions {
    pub(crate) fn new(module: Pkcs11, slot: Slot) -> Self {
        let state = Mutex::default();
        Self { module, slot, state, is_returned: Condvar::new(), process: process::id() }
    }

    /// Does something in a session that nobody else uses meanwhile.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&Session) -> Result<T>) -> Result<T> {
        let session = self.take()?;
        let lent = Lent { sessions: self };
        let outcome = work(&session);
        if outcome.as_ref().is_err_and(ends_session) {
            drop(session);
        } else {
            self.state().free.push(session);
        }
        drop(lent);
        outcome
    }

    fn take(&self) -> Result<Session> {
        if self.process != process::id() {
            return Err(Error::Pkcs11(RvError::CryptokiNotInitialized, Function::OpenSession));
        }
        let mut state = self.state();
        loop {
            if let Some(session) = state.free.pop() {
                state.in_use += 1;
                return Ok(session);
            }
            match self.module.open_ro_session(self.slot) {
                Ok(session) => {
                    state.in_use += 1;
                    return Ok(session);
                }
                Err(Error::Pkcs11(RvError::SessionCount, _)) if state.in_use > 0 => {
                    state = self.is_returned.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
                Err(error) => {
                    // Who waits for a session finds out the same.
                    self.is_returned.notify_one();
                    return Err(error);
                }
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A session in somebody's hand. Whatever becomes of that, a panic too, who waits for one is told.
struct Lent<'s> {
    sessions: &'s Sessions,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.sessions.state().in_use -= 1;
        self.sessions.is_returned.notify_one();
    }
}

impl Drop for Sessions {
    fn drop(&mut self) {
        // Closing would reach into what the first process still uses.
        if self.process != process::id() {
            self.state().free.drain(..).for_each(core::mem::forget);
        }
    }
}

/// Whether the session is of no further use. Others are kept whatever happened: with the last of them the login would end.
const fn ends_session(error: &Error) -> bool {
    matches!(
        error,
        Error::Pkcs11(
            RvError::SessionHandleInvalid | RvError::SessionClosed | RvError::OperationActive,
            _
        )
    )
}
