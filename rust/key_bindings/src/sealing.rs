//! `Sealer`: certificates, who gets which, and algorithms, frozen before anything is read; or signatories (`signing`).

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use smimebatch_core::codes::{Code as _, parse_choice};
use smimebatch_core::envelope::seal::{self, Target};
use smimebatch_core::envelope::writing::Maker;
use smimebatch_core::keys::SharedSecrets;
use smimebatch_core::x509::certificate::{Certificate, parse_certificate};

use crate::key_file::KeyFile;
use crate::weak_keys::WeakKeys;
use crate::{locked, refused};

/// (why nothing is done with it, its addresses, first and last second of its validity, subject, its name in mail).
pub(crate) type Described = (Option<&'static str>, Vec<String>, i64, i64, String, String);

/// What puts messages into new envelopes, or under signatures.
#[pyclass(module = "smimebatch._native", frozen)]
pub struct Sealer(pub Arc<Maker>);

#[pymethods]
impl Sealer {
    #[new]
    #[expect(clippy::too_many_arguments, reason = "as Python names them")]
    #[pyo3(signature = (certificates, *, job, now_unix_s, weak_keys, always, by_address, content, transport, protects_header=false, outer_signature="refuse", escrow=Vec::new(), shared=Vec::new()))]
    fn new(
        certificates: Vec<PyBackedBytes>,
        job: &str,
        now_unix_s: i64,
        weak_keys: &WeakKeys,
        always: Vec<usize>,
        by_address: Option<Vec<(String, usize)>>,
        content: &str,
        transport: &str,
        protects_header: bool,
        outer_signature: &str,
        escrow: Vec<usize>,
        shared: Vec<PyRef<'_, KeyFile>>,
    ) -> PyResult<Self> {
        let targets = certificates.iter().map(|der| target(der, now_unix_s, weak_keys));
        let targets = targets.collect::<PyResult<Vec<_>>>()?;
        let targets: Result<Vec<Target>, _> = targets.into_iter().collect();
        let targets = targets.map_err(|unfit| refused(unfit.sentence()))?;
        let job = parse_choice("job", job).map_err(refused)?;
        let content = parse_choice("--content", content).map_err(refused)?;
        let transport = parse_choice("--key-transport", transport).map_err(refused)?;
        let choices = (content, transport);
        let sealer = seal::Sealer::new(job, targets, always, by_address, choices);
        let sealer = sealer.with_header_protection(protects_header);
        let outer = parse_choice("--outer-signature", outer_signature).map_err(refused)?;
        let sealer = sealer.with_outer_signature(outer).with_escrow(escrow);
        let secrets = shared
            .iter()
            .fold(Default::default(), |all: SharedSecrets, file| all.and(&file.0.shared));
        Ok(Self(Arc::new(Maker::Sealer(sealer.with_shared(&secrets)))))
    }
}

fn target(
    der: &[u8],
    now_unix_s: i64,
    weak_keys: &WeakKeys,
) -> PyResult<Result<Target, seal::Unfit>> {
    let certificate = Arc::new(parse_certificate(der).map_err(refused)?);
    Ok(Target::of(certificate, now_unix_s, &locked(&weak_keys.0)))
}

/// A certificate as somebody to encrypt to (RULES 39).
#[pyfunction]
pub fn describe_target(
    certificate: &[u8],
    now_unix_s: i64,
    weak_keys: &WeakKeys,
) -> PyResult<Described> {
    let unfit = target(certificate, now_unix_s, weak_keys)?.err().map(|it| it.code());
    Ok(described(&parse_certificate(certificate).map_err(refused)?, unfit))
}

/// An address as it is compared (RULES 20), but for the case of its local part.
#[pyfunction]
pub fn comparable_address(address: &str) -> String {
    seal::comparable_address(address)
}

/// A certificate, and why it is of no use.
pub(crate) fn described(certificate: &Certificate, unfit: Option<&'static str>) -> Described {
    let shown = certificate.shown();
    let (first, last) = (certificate.not_before_unix_s, certificate.not_after_unix_s);
    let named = seal::name_of(certificate);
    (unfit, certificate.address_texts().collect(), first, last, shown.subject.clone(), named)
}
