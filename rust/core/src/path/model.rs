//! The three models of validity: at which time each certificate of a path must be valid.
//!
//! Shell and chain are those of the German signature acts' literature and of ETSI EN 319 102-1; hybrid lies between
//! (docs/design/19-paths.md). An anchor's dates are never looked at (RFC 5280 §6.1.1 d), the limits of its list always.

use super::Interval;
use super::check::Clause;
use crate::codes::codes;
use crate::verdict::facts::ChainResult;
use crate::x509::certificate::Certificate;
use std::sync::Arc;

codes! {
    /// At which time each certificate below the anchor must be valid (`--chain-model`).
    pub enum ChainModel {
        Shell = "shell", "All at the control time (RFC 5280 §6.1.3 (a)(2)).";
        Chain = "chain", "The signer's at the control time, each CA's when it issued the certificate below it.";
        Hybrid = "hybrid", "The signer's at the control time, every CA's when the signer's certificate was issued.";
    }
}

impl ChainModel {
    /// The time at which the certificate at `position` of `dated`, leaf first, must be valid.
    ///
    /// A certificate was issued when its validity begins: no other time is in it.
    fn time_of(self, position: usize, dated: &[Arc<Certificate>], at_unix_s: i64) -> i64 {
        let issued = |position: usize| dated.get(position).map(|it| it.not_before_unix_s);
        let time = match (self, position.checked_sub(1)) {
            (Self::Shell, _) | (_, None) => None,
            (Self::Chain, Some(below)) => issued(below),
            (Self::Hybrid, Some(_)) => issued(0),
        };
        time.unwrap_or(at_unix_s)
    }

    /// Whether every certificate of `dated` was valid when this model asks for it; else the worst of what was wrong.
    pub(super) fn check_validities(self, dated: &[Arc<Certificate>], at_unix_s: i64) -> Clause {
        let checked = dated.iter().enumerate().map(|(position, certificate)| {
            check_validity(certificate, self.time_of(position, dated, at_unix_s))
        });
        checked.max_by_key(|clause| clause.err()).unwrap_or(Ok(()))
    }

    /// Shrinks `interval` to the control times around `at_unix_s` in which [`ChainModel::check_validities`] says the same.
    pub(super) fn narrow(
        self,
        interval: &mut Interval,
        dated: &[Arc<Certificate>],
        at_unix_s: i64,
    ) {
        let bound = if self == Self::Shell { dated.len() } else { 1 };
        for certificate in dated.iter().take(bound) {
            interval.narrow(certificate, at_unix_s);
        }
    }
}

/// RFC 5280 §6.1.3 (a)(2); both ends belong to the validity (§4.1.2.5).
fn check_validity(certificate: &Certificate, at_unix_s: i64) -> Clause {
    if at_unix_s < certificate.not_before_unix_s {
        Err(ChainResult::NotYetValid)
    } else if at_unix_s > certificate.not_after_unix_s {
        Err(ChainResult::Expired)
    } else {
        Ok(())
    }
}
