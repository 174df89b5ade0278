//! The committed mails, and an engine to give them to.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, LargeBinaryArray, RecordBatch, StringArray};
use smimebatch_core::columns::rows::Tables;
use smimebatch_core::engine::Engine;
use smimebatch_core::trust::TrustStore;
use smimebatch_core::trust::bundle::parse_certificates;
use smimebatch_core::verify::context::Options;
use smimebatch_core::x509::certificate::parse_certificate;

/// 2026-01-01T00:00:00Z, the time at which the mails are to be judged.
pub const NOW_UNIX_US: i64 = 1_767_225_600_000_000;

/// A folder of `tests/data`.
pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data").join(name)
}

/// A mail of a folder.
pub fn mail(of: &str, name: &str) -> Vec<u8> {
    let path = folder(of).join(format!("{name}.eml"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every mail of a folder in the order of the names.
pub fn all_mails(of: &str) -> Vec<Vec<u8>> {
    let mut paths: Vec<PathBuf> =
        folder(of).read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "eml"));
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// The anchors of a folder.
pub fn trust(of: &str) -> Arc<TrustStore> {
    let pem = std::fs::read(folder(of).join("root.pem")).unwrap();
    let anchors = parse_certificates(&pem).unwrap();
    let anchors = anchors.iter().map(|der| parse_certificate(der).unwrap()).collect();
    Arc::new(TrustStore::build(anchors, Vec::new()))
}

/// Default options at the time of the mails.
pub fn options() -> Options {
    Options::at_now(NOW_UNIX_US)
}

/// The engine for a folder.
pub fn engine(of: &str, options: Options, jobs: usize) -> Engine {
    Engine::new(options, trust(of), jobs)
}

/// A record batch as sources make it; `first` is the position of the first mail in its source.
pub fn batch<'m>(mails: impl IntoIterator<Item = &'m [u8]>, first: i64) -> RecordBatch {
    let raw = LargeBinaryArray::from_iter_values(mails);
    let count = i64::try_from(arrow_array::Array::len(&raw)).unwrap();
    let index = Int64Array::from_iter_values(first..first + count);
    let source = StringArray::from_iter_values((0..count).map(|_| "mails"));
    let columns: [(&str, ArrayRef); 3] =
        [("source", Arc::new(source)), ("source_index", Arc::new(index)), ("raw", Arc::new(raw))];
    RecordBatch::try_from_iter(columns).unwrap()
}

/// The tables of mails verified together on one thread.
pub fn verify(engine: &Engine, mails: &[&[u8]]) -> Tables {
    engine.verify(&batch(mails.iter().copied(), 0)).unwrap()
}
