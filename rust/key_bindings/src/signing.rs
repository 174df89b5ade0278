//! Signatories: certificates with their keys, and how mail is signed, frozen before anything is read.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use smimebatch_core::codes::Code as _;
use smimebatch_core::envelope::sign::{Manner, Signatory, Signer, chain_of};
use smimebatch_core::envelope::writing::Maker;
use smimebatch_core::x509::certificate::{Certificate, parse_certificate};

use crate::sealing::{Described, Sealer, described};
use crate::vault::Vault;
use crate::weak_keys::WeakKeys;
use crate::{locked, refused};

/// The certificates of the keys of a vault: (DER, id of the key, as somebody to sign with).
#[pyfunction]
pub fn describe_signatories(
    vault: &Vault,
    now_unix_s: i64,
    weak_keys: &WeakKeys,
) -> Vec<(Vec<u8>, String, Described)> {
    let (vault, weak_keys) = (&vault.0, locked(&weak_keys.0));
    let manner = Manner::at(now_unix_s);
    let all = vault.certificates().iter().filter_map(|it| Some((it, vault.with_key_of(it)?)));
    all.map(|(certificate, key)| {
        let made = Signatory::of(Arc::clone(certificate), &[], vault, &weak_keys, &manner);
        let unfit = made.err().map(|it| it.code());
        (certificate.der.to_vec(), key.id().to_owned(), described(certificate, unfit))
    })
    .collect()
}

/// What signs with `certificates`, of several for one address with the first; `others` and those of the vault are chains.
#[pyfunction]
pub fn new_signer(
    vault: &Vault,
    certificates: Vec<PyBackedBytes>,
    others: Vec<PyBackedBytes>,
    now_unix_s: i64,
    weak_keys: &WeakKeys,
    options: Vec<(String, String)>,
) -> PyResult<Sealer> {
    let manner = Manner::parse(now_unix_s, &options).map_err(refused)?;
    let further = others.iter().filter_map(|der| parse_certificate(der).ok()).map(Arc::new);
    let known: Vec<Arc<Certificate>> =
        vault.0.certificates().iter().cloned().chain(further).collect();
    let weak_keys = locked(&weak_keys.0);
    let signatory = |der: &PyBackedBytes| {
        let certificate = Arc::new(parse_certificate(der).map_err(refused)?);
        let chain = chain_of(&certificate, &known, &manner);
        let made = Signatory::of(certificate, &chain, &vault.0, &weak_keys, &manner);
        made.map_err(|unfit| refused(unfit.sentence()))
    };
    let signatories = certificates.iter().map(signatory).collect::<PyResult<Vec<_>>>()?;
    Ok(Sealer(Arc::new(Maker::Signer(Signer::new(signatories, &manner)))))
}
