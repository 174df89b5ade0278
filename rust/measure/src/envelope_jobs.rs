//! The floors of envelopes: private operations alone, and content keys encrypted alone, over several threads.
//!
//! One private operation a message is what decrypting costs, and one public one a recipient what encrypting costs; all
//! else is ours to keep small.

use std::sync::Arc;
use std::thread;
use std::time::Instant;

use smimebatch_core::keys::Vault;
use smimebatch_core::x509::certificate::{Certificate, SubjectKey};
use smimebatch_crypto::digest::Algorithm;
use smimebatch_crypto::secret::Secret;
use smimebatch_crypto::transport::{Oaep, Padding, RawRsa, TransportKey};

/// Octets of a content key.
const KEY_OCTETS: usize = 32;

/// Seconds for so many raw private operations of the RSA keys of a vault, key by key, on so many threads; `None` without
/// such a key, or where one fails.
#[must_use]
pub fn private_operations(vault: &Vault, count: usize, threads: usize) -> Option<f64> {
    let keys: Vec<&dyn RawRsa> =
        vault.keys().iter().filter_map(|key| key.private_key().raw_rsa()).collect();
    let work = |number: usize| {
        let key = keys.get(number * keys.len() / count.max(1))?;
        // A number below every modulus of that length.
        let mut block = vec![0x5a; key.modulus_octets()];
        *block.first_mut()? = 0;
        key.raw_private(&block).ok().map(drop)
    };
    timed(count, threads, &work)
}

/// Seconds for so many content keys under OAEP for the RSA keys of certificates; `None` without such a key.
#[must_use]
pub fn transports(certificates: &[Arc<Certificate>], count: usize, threads: usize) -> Option<f64> {
    let keys: Vec<_> = certificates
        .iter()
        .filter_map(|certificate| match &certificate.key {
            SubjectKey::Ready(key) => TransportKey::new(key).ok(),
            _ => None,
        })
        .collect();
    let hash = Algorithm::Sha256;
    let padding = Padding::Oaep(Oaep { hash, mask_hash: hash, label: &[] });
    let content_key = Secret::random(KEY_OCTETS);
    let work = |number: usize| {
        let key = keys.get(number % keys.len().max(1))?;
        key.encrypt(&padding, &content_key).ok().map(drop)
    };
    timed(count, threads, &work)
}

/// The seconds that `threads` take for `count` pieces of work, the slowest counting.
fn timed(count: usize, threads: usize, work: &(dyn Fn(usize) -> Option<()> + Sync)) -> Option<f64> {
    let threads = threads.max(1);
    let started = Instant::now();
    let is_done = thread::scope(|scope| {
        let share = |thread: usize| {
            let numbers = (count * thread / threads)..(count * (thread + 1) / threads);
            scope.spawn(move || numbers.into_iter().all(|number| work(number).is_some()))
        };
        let running: Vec<_> = (0..threads).map(share).collect();
        running.into_iter().all(|thread| thread.join().unwrap_or(false))
    });
    is_done.then(|| started.elapsed().as_secs_f64())
}
