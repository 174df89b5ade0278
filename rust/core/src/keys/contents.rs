//! What one file holds: keys, certificates, and what was wrong with the rest of it.

use std::sync::Arc;

use super::error::{Damage, KeyFileError, Part};
use super::held_key::HeldKey;
use crate::x509::certificate::{Certificate, parse_certificate};

/// What was wrong with a file, or with one thing in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyProblem {
    /// Line of the PEM block, counted from 1.
    pub line: Option<usize>,
    /// What.
    pub error: KeyFileError,
}

impl core::fmt::Display for KeyProblem {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.error),
            None => self.error.fmt(f),
        }
    }
}

/// What has been read of a file so far.
#[derive(Default)]
pub(super) struct Contents {
    pub(super) keys: Vec<Arc<HeldKey>>,
    pub(super) certificates: Vec<Arc<Certificate>>,
    pub(super) problems: Vec<KeyProblem>,
}

impl Contents {
    pub(super) fn add_key(&mut self, key: HeldKey) {
        self.keys.push(Arc::new(key));
    }

    /// Adds a certificate by its DER; one that cannot be read is noted.
    pub(super) fn add_certificate(&mut self, der: &[u8]) {
        match parse_certificate(der) {
            Ok(certificate) => self.certificates.push(Arc::new(certificate)),
            Err(_) => self.note(KeyFileError::damaged(Part::Certificate, Damage::Unreadable)),
        }
    }

    pub(super) fn note(&mut self, error: KeyFileError) {
        self.problems.push(KeyProblem { line: None, error });
    }

    pub(super) fn note_at(&mut self, line: usize, error: KeyFileError) {
        self.problems.push(KeyProblem { line: Some(line), error });
    }
}
