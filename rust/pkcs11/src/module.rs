//! Modules: shared libraries that speak PKCS#11, loaded and initialised once in a process.
//!
//! One stays loaded until the process ends: many do not survive being unloaded, and others in the process may use the same.
//! For that reason none is finalised, either. A process that was forked begins anew (PKCS#11 2.40 §5.4, C_Initialize).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::{Mutex, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};

use crate::error::{TokenError, text_of};

static MODULES: Mutex<BTreeMap<(u32, PathBuf), Pkcs11>> = Mutex::new(BTreeMap::new());

/// Loads a module; a name without a slash is looked for where the loader looks for libraries.
pub(crate) fn load(path: &Path) -> Result<Pkcs11, TokenError> {
    let failed = |error: Error| TokenError::Module(text_of(&error));
    let mut modules = MODULES.lock().unwrap_or_else(PoisonError::into_inner);
    let name = (process::id(), path.to_owned());
    if let Some(module) = modules.get(&name) {
        return Ok(module.clone());
    }
    let module = Pkcs11::new(path).map_err(failed)?;
    let several_threads = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
    match module.initialize(several_threads) {
        // Somebody else in this process uses it.
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
        Err(error) => return Err(failed(error)),
    }
    modules.insert(name, module.clone());
    Ok(module)
}
