//! Targets: whom new envelopes are for, by certificate or by a secret that both sides have, and the RecipientInfo of each.

use std::sync::Arc;

use smimebatch_crypto::secret::Secret;

use super::certificate_target::{CertificateTarget, Unfit};
use super::choice::TransportChoice;
use super::shared_target::SharedTarget;
use crate::cms::recipient_info::Recipient;
use crate::weak_keys::WeakKeys;
use crate::x509::certificate::Certificate;

/// Somebody to encrypt to.
pub struct Target(Way);

enum Way {
    Certificate(CertificateTarget),
    Shared(SharedTarget),
}

impl Target {
    /// The certificate as a target at a time (Unix seconds).
    ///
    /// # Errors
    /// [`Unfit`] for the first reason against it.
    pub fn of(
        certificate: Arc<Certificate>,
        now_unix_s: i64,
        weak_keys: &WeakKeys,
    ) -> Result<Self, Unfit> {
        let target = CertificateTarget::of(certificate, now_unix_s, weak_keys)?;
        Ok(Self(Way::Certificate(target)))
    }

    pub(super) const fn of_shared(target: SharedTarget) -> Self {
        Self(Way::Shared(target))
    }

    /// Its certificate, if it has one.
    pub(super) const fn certificate(&self) -> Option<&Arc<Certificate>> {
        match &self.0 {
            Way::Certificate(target) => Some(&target.certificate),
            Way::Shared(_) => None,
        }
    }

    /// As [`super::super::objects::recipient_text`] has it.
    pub(super) fn name(&self) -> &str {
        match &self.0 {
            Way::Certificate(target) => &target.name,
            Way::Shared(target) => target.name(),
        }
    }

    /// The version of an EnvelopedData for these, without originatorInfo and attributes (RFC 5652 §6.1).
    pub(super) fn version(targets: &[&Self]) -> u8 {
        let least = |target: &&Self| match &target.0 {
            Way::Certificate(target) => target.least_version(),
            Way::Shared(target) => target.least_version(),
        };
        targets.iter().map(least).max().unwrap_or(0)
    }

    /// The key encryption algorithm, of kari the key agreement, of kemri the encapsulation, by its name in columns.
    pub(super) fn key_encryption_name(&self, choice: TransportChoice) -> String {
        match &self.0 {
            Way::Certificate(target) => target.key_encryption_name(choice),
            Way::Shared(target) => target.key_encryption_name().to_owned(),
        }
    }

    /// A RecipientInfo with the content key.
    pub(super) fn recipient_info(
        &self,
        content_key: &Secret,
        choice: TransportChoice,
    ) -> Option<Vec<u8>> {
        match &self.0 {
            Way::Certificate(target) => target.recipient_info(content_key, choice),
            Way::Shared(target) => target.recipient_info(content_key),
        }
    }

    /// The RecipientInfo that would hold what one holds that was read: the same octets, if nothing of it changed.
    pub(super) fn rebuilt(
        &self,
        found: &Recipient<'_>,
        choice: TransportChoice,
    ) -> Option<Vec<u8>> {
        match &self.0 {
            Way::Certificate(target) => target.rebuilt(found, choice),
            Way::Shared(target) => target.rebuilt(found),
        }
    }
}
