//! What the stages found out about a chunk, as the rows are written from it.

use std::sync::Arc;

use crate::verify::certificates::CertificateSet;
use crate::verify::chain::Chains;
use crate::verify::context::Context;
use crate::verify::digest::Digests;
use crate::verify::found::Found;
use crate::verify::judge::Verdicts;
use crate::verify::resolve::Signer;
use crate::verify::time::Times;

/// What the rows of a chunk are written from.
#[derive(Clone, Copy)]
pub(crate) struct Facts<'c> {
    pub(crate) found: &'c Found<'c>,
    pub(crate) signers: &'c [Signer<'c>],
    /// The certificates of each layer.
    pub(crate) certificates: &'c [Arc<CertificateSet>],
    pub(crate) digests: &'c Digests,
    pub(crate) times: &'c [Times],
    pub(crate) chains: &'c [Option<Chains>],
    pub(crate) verdicts: &'c Verdicts,
    pub(crate) context: &'c Context<'c>,
}
