//! `Engine` and `Tables`: one native call per record batch.

use std::sync::Arc;

use arrow_array::RecordBatch;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3_arrow::PyRecordBatch;
use smimebatch_core::cms::algorithms::digest_named;
use smimebatch_core::columns::input::InputError;
use smimebatch_core::columns::rows;
use smimebatch_core::columns::schema::{
    EncryptionsBuilder, MessagesBuilder, PartsBuilder, RecipientsBuilder, SightingsBuilder,
    SignaturesBuilder,
};
use smimebatch_core::engine;
use smimebatch_core::path::revocation::{RevocationMode, RevocationRules};
use smimebatch_core::path::rules::PathRules;
use smimebatch_core::verdict::facts::Bind;
use smimebatch_core::verdict::sunset::{KeySunset, SunsetTable};
use smimebatch_core::verify::context::{At, Options, Vouches};
use smimebatch_core::verify::outline::ByteSource;

use crate::arrow::ArrowStream;
use crate::measuring::StageTimes;
use crate::path_rules::PathRulesArgument;
use crate::revocation::Revocation;
use crate::stored::PythonSource;
use crate::trust::Trust;

/// One set of options, trust and caches.
#[pyclass(module = "smimebatch._native", frozen)]
pub(crate) struct Engine(pub(crate) engine::Engine);

#[pymethods]
impl Engine {
    #[new]
    #[pyo3(signature = (trust, revocation, *, now_unix_us, jobs=1, at="evidence", bind="from", bind_missing="refuse", strict=false, revocation_mode="if-available", digests_until=Vec::new(), keys_until=Vec::new(), path_rules=None, vouch=Vec::new(), tsa_trust=None, watch=None))]
    #[expect(clippy::too_many_arguments, reason = "each is an option by its name")]
    fn new(
        trust: &Trust,
        revocation: &Revocation,
        now_unix_us: i64,
        jobs: usize,
        at: &str,
        bind: &str,
        bind_missing: &str,
        strict: bool,
        revocation_mode: &str,
        digests_until: Vec<(String, i64)>,
        keys_until: Vec<(String, u32, i64)>,
        path_rules: Option<PathRulesArgument>,
        vouch: Vec<String>,
        tsa_trust: Option<&Trust>,
        watch: Option<&StageTimes>,
    ) -> PyResult<Self> {
        let mode = parse_revocation_mode(revocation_mode)?;
        let path_rules = path_rules.map_or(Ok(PathRules::DEFAULT), |rules| rules.parse())?;
        let revocation = RevocationRules { mode, store: Some(Arc::clone(&revocation.store)) };
        let sunset = parse_sunset(&digests_until, keys_until)?;
        let options = Options {
            now_unix_us,
            at: parse_at(at)?,
            bind: parse_bind(bind)?,
            bind_missing_allowed: parse_bind_missing(bind_missing)?,
            strict,
            vouches: parse_vouches(&vouch)?,
            path_rules: PathRules { revocation, sunset, ..path_rules },
        };
        let mut engine = engine::Engine::new(options, Arc::clone(&trust.store), jobs);
        if let Some(tsa_trust) = tsa_trust {
            engine = engine.with_tsa_trust(Arc::clone(&tsa_trust.store));
        }
        if let Some(watch) = watch {
            engine = engine.with_watch(watch.spent());
        }
        Ok(Self(engine))
    }

    fn verify(&self, py: Python<'_>, batch: PyRecordBatch) -> PyResult<Tables> {
        let batch = batch.into_inner();
        let tables = py.detach(|| self.0.verify(&batch));
        tables.map(Tables).map_err(|error| PyValueError::new_err(error.to_string()))
    }

    fn verify_large(
        &self,
        py: Python<'_>,
        row: PyRecordBatch,
        stored: Py<PyAny>,
    ) -> PyResult<Tables> {
        self.evaluate_large(py, row, stored, engine::Engine::verify_large)
    }

    fn inspect_large(
        &self,
        py: Python<'_>,
        row: PyRecordBatch,
        stored: Py<PyAny>,
    ) -> PyResult<Tables> {
        self.evaluate_large(py, row, stored, engine::Engine::inspect_large)
    }

    #[pyo3(signature = (batch, row=0))]
    fn inspect(&self, py: Python<'_>, batch: PyRecordBatch, row: usize) -> PyResult<Tables> {
        let batch = batch.into_inner();
        if row >= batch.num_rows() {
            let rows = batch.num_rows();
            return Err(PyValueError::new_err(format!("expected a row below {rows}, found {row}")));
        }
        let tables = py.detach(|| self.0.inspect(&batch.slice(row, 1)));
        tables.map(Tables).map_err(|error| PyValueError::new_err(error.to_string()))
    }
}

/// What the engine does with a message that is not held.
type EvaluateLarge =
    fn(&engine::Engine, &RecordBatch, &dyn ByteSource) -> Result<rows::Tables, InputError>;

impl Engine {
    fn evaluate_large(
        &self,
        py: Python<'_>,
        row: PyRecordBatch,
        stored: Py<PyAny>,
        evaluate: EvaluateLarge,
    ) -> PyResult<Tables> {
        let row = row.into_inner();
        let source = PythonSource::new(py, stored)?;
        let tables = py.detach(|| evaluate(&self.0, &row, &source));
        tables.map(Tables).map_err(|error| PyValueError::new_err(error.to_string()))
    }
}

fn parse_at(at: &str) -> PyResult<At> {
    let instant = at.strip_prefix("instant:").and_then(|unix_us| unix_us.parse().ok());
    match (at, instant) {
        ("evidence", _) => Ok(At::Evidence),
        ("now", _) => Ok(At::Now),
        ("claimed", _) => Ok(At::Claimed),
        ("date", _) => Ok(At::Date),
        (_, Some(unix_us)) => Ok(At::Instant(unix_us)),
        _ => {
            Err(unexpected("at", "evidence, now, claimed, date or instant:<unix microseconds>", at))
        }
    }
}

/// Digests by their names in columns, keys as (algorithm, bits below which it is meant); each with its last good second.
fn parse_sunset(digests: &[(String, i64)], keys: Vec<(String, u32, i64)>) -> PyResult<SunsetTable> {
    let digest = |(name, until): &(String, i64)| match digest_named(name) {
        Some(digest) => Ok((digest, *until)),
        None => Err(unexpected("digests_until", "names of digests", name)),
    };
    let digests = digests.iter().map(digest).collect::<PyResult<_>>()?;
    let key = |(algorithm, below_bits, good_until_unix_s): (String, u32, i64)| KeySunset {
        algorithm: algorithm.into(),
        below_bits,
        good_until_unix_s,
    };
    Ok(SunsetTable::new(digests, keys.into_iter().map(key).collect()))
}

fn parse_bind(bind: &str) -> PyResult<Bind> {
    match bind {
        "from" => Ok(Bind::From),
        "from-or-sender" => Ok(Bind::FromOrSender),
        "off" => Ok(Bind::Off),
        _ => Err(unexpected("bind", "from, from-or-sender or off", bind)),
    }
}

fn parse_bind_missing(bind_missing: &str) -> PyResult<bool> {
    match bind_missing {
        "allow" => Ok(true),
        "refuse" => Ok(false),
        _ => Err(unexpected("bind_missing", "allow or refuse", bind_missing)),
    }
}

fn parse_revocation_mode(mode: &str) -> PyResult<RevocationMode> {
    match mode {
        "off" => Ok(RevocationMode::Off),
        "if-available" => Ok(RevocationMode::IfAvailable),
        "required" => Ok(RevocationMode::Required),
        _ => Err(unexpected("revocation_mode", "off, if-available or required", mode)),
    }
}

fn parse_vouches(texts: &[String]) -> PyResult<Vouches> {
    let mut vouches = Vouches::NONE;
    for text in texts {
        match text.split_once(':').unwrap_or((text, "")) {
            ("received", host) if !host.is_empty() => vouches.received.push(host.to_owned()),
            ("mbox-from", "") => vouches.mbox_from = true,
            ("column", name) if !name.is_empty() => vouches.column = Some(name.to_owned()),
            ("date-header", "") => vouches.date_header = true,
            ("notary", sha256) => {
                let octet = |at| u8::from_str_radix(sha256.get(at..at + 2)?, 16).ok();
                let octets: Option<Vec<u8>> = (0..64).step_by(2).map(octet).collect();
                let octets = octets.filter(|_| sha256.len() == 64);
                let sha256 = octets.and_then(|octets| <[u8; 32]>::try_from(octets).ok());
                vouches.notaries.push(sha256.ok_or_else(|| unexpected_vouch(text))?);
            }
            _ => return Err(unexpected_vouch(text)),
        }
    }
    Ok(vouches)
}

fn unexpected_vouch(text: &str) -> PyErr {
    let expected = "received:HOST, mbox-from, column:NAME, date-header or notary:<SHA-256 in hex>";
    unexpected("vouch", expected, text)
}

pub(crate) fn unexpected(option: &str, expected: &str, found: &str) -> PyErr {
    PyValueError::new_err(format!("expected {option} to be {expected}; found {found:?}"))
}

/// The tables of one batch.
#[pyclass(module = "smimebatch._native", frozen)]
pub(crate) struct Tables(rows::Tables);

macro_rules! table_getters {
    ($($name:ident: $builder:ty),+) => {
        #[pymethods]
        impl Tables {
            $(#[getter]
            fn $name(&self) -> ArrowStream {
                let batches: Vec<RecordBatch> = self.0.$name.clone();
                ArrowStream::new(batches, <$builder>::memory_schema())
            })+
        }
    };
}

table_getters!(
    messages: MessagesBuilder,
    signatures: SignaturesBuilder,
    certificate_sightings: SightingsBuilder,
    encryptions: EncryptionsBuilder,
    recipients: RecipientsBuilder,
    parts: PartsBuilder
);

/// The tables of consecutive batches as those of one.
#[pyfunction]
pub(crate) fn gather_tables(py: Python<'_>, parts: Vec<PyRef<'_, Tables>>) -> Tables {
    let parts: Vec<rows::Tables> = parts.iter().map(|part| part.0.clone()).collect();
    Tables(py.detach(|| {
        parts.into_iter().fold(rows::Tables::default(), rows::Tables::followed_by).folded()
    }))
}
