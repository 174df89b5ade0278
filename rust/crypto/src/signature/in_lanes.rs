//! What the curves with kernels have in common: keys whose tables are made when they first meet a
//! kernel, a group at a time, and which jobs are too few for one.

use crate::lanes::curves::{GROUP, Table};
use std::sync::OnceLock;

/// Jobs whose keys have no tables yet, for which tables are made sooner than the library verifies.
const FEWEST_NEW: usize = 4;
/// Fewer signatures than this are sooner done by the library: one inversion alone takes as long as
/// it does for one.
const FEWEST: usize = 3;

/// A public key's octets, and its table; None where the octets turn out to be no point.
pub(super) struct LanesKey<const OCTETS: usize, E> {
    pub(super) octets: [u8; OCTETS],
    table: OnceLock<Option<Table<E>>>,
}

impl<const OCTETS: usize, E> LanesKey<OCTETS, E> {
    pub(super) fn new(octets: [u8; OCTETS]) -> Self {
        Self { octets, table: OnceLock::new() }
    }
}

/// Makes tables of the keys that have none, where enough jobs wait for them and there is room for
/// more; each job names its key.
fn make_tables<const OCTETS: usize, E>(
    keys: &[&LanesKey<OCTETS, E>],
    tables: impl Fn(&[&[u8; OCTETS]]) -> Vec<Option<Table<E>>>,
) {
    let mut new: Vec<_> = keys.iter().copied().filter(|key| key.table.get().is_none()).collect();
    new.sort_by_key(|key| std::ptr::from_ref(*key));
    let new: Vec<_> = new.chunk_by(|a, b| std::ptr::eq(*a, *b)).collect();
    for group in new.chunks(GROUP) {
        let waiting: usize = group.iter().map(|jobs| jobs.len()).sum();
        if waiting < FEWEST_NEW || !Table::<E>::may_be_made() {
            continue;
        }
        let group: Vec<_> = group.iter().filter_map(|jobs| jobs.first().copied()).collect();
        let octets: Vec<&[u8; OCTETS]> = group.iter().map(|key| &key.octets).collect();
        for (key, table) in group.iter().zip(tables(&octets)) {
            // Another thread may have been faster, with the same.
            let _ = key.table.set(table);
        }
    }
}

/// Which jobs go to a kernel, and each one's table; `tables` makes those that are missing.
pub(super) fn with_tables<'a, const OCTETS: usize, E, J>(
    jobs: Vec<(&'a LanesKey<OCTETS, E>, J)>,
    tables: impl Fn(&[&[u8; OCTETS]]) -> Vec<Option<Table<E>>>,
) -> Vec<(&'a Table<E>, J)> {
    let keys: Vec<_> = jobs.iter().map(|(key, _)| *key).collect();
    make_tables(&keys, tables);
    let table = |(key, job): (&'a LanesKey<OCTETS, E>, J)| Some((key.table.get()?.as_ref()?, job));
    let mut ready: Vec<_> = jobs.into_iter().filter_map(table).collect();
    let rest = ready.len() % GROUP;
    if rest < FEWEST {
        ready.truncate(ready.len() - rest);
    }
    ready
}
