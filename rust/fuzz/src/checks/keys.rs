//! Files of keys: whatever is read is found again by each of its names, and what a file says of itself is all that is said.

use smimebatch_core::keys::{KeyFile, Passwords, Vault};
use smimebatch_crypto::secret::Secret;

/// As many as the seeds need: a file that asks for a second of iterations tells nothing new.
const ITERATIONS: u64 = 20_000;

/// Panics where `bytes` shows a fault.
pub fn check(bytes: &[u8]) {
    let given = vec![Secret::copy_of(b"wrong"), Secret::copy_of(b"fixture")];
    let passwords = Passwords::new(given).within_iterations(ITERATIONS);
    let file = KeyFile::read(bytes, &passwords);
    let is_empty = file.keys.is_empty() && file.certificates.is_empty();
    assert!(!file.is_no_key_file() || is_empty, "something of a file that is none");
    for problem in &file.problems {
        let text = problem.to_string();
        assert!(!text.contains("fixture") && !text.contains(char::is_control), "{text:?}");
    }
    let vault = Vault::of_files([&file]);
    for key in vault.keys() {
        assert_eq!(key.id().len(), 64);
        assert_eq!(vault.keys().iter().filter(|other| other.id() == key.id()).count(), 1);
    }
    for certificate in vault.certificates() {
        let Some(key) = vault.with_key_of(certificate) else { continue };
        let found = vault.with_issuer_and_serial(certificate.issuer_der(), &certificate.serial);
        assert!(
            found.iter().any(|found| found.key.id() == key.id()),
            "by issuer and serial number"
        );
    }
}
