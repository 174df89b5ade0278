//! Senders: the certificate of each signer against the visible sender of its message (RULES 20 and 21).
//!
//! One message may have hundreds of signers, and each side a thousand addresses: whatever is prepared for the comparison
//! is kept for the other signers of the message. More addresses than are looked at match nobody (RULES 43).

use hashbrown::HashMap;

use crate::verdict::address::{Certified, CertifiedAddress, Mailboxes, match_addresses};
use crate::verdict::facts::{AddressMatch, AddressMatchRule, Bind};
use crate::verdict::message::SignatureFormat;
use crate::verify::context::Context;
use crate::verify::found::{AuthorId, Found, Layer, MessageId};
use crate::verify::protection::protected_header;
use crate::verify::resolve::Signer;
use crate::x509::addresses::{AddressKind, CertificateAddress};
use crate::x509::certificate::Certificate;

/// What came of a comparison; nothing where none was asked for.
#[derive(Clone, Copy, Default)]
pub(super) struct Comparison {
    pub(super) matched: Option<AddressMatch>,
    pub(super) rule: Option<AddressMatchRule>,
    /// There are more addresses than are looked at.
    pub(super) cut: bool,
}

/// What is prepared of the addresses of one message.
pub(super) struct Senders<'s, 'f> {
    found: &'s Found<'f>,
    message: MessageId,
    authors: HashMap<AuthorId, Mailboxes<'s>, foldhash::fast::RandomState>,
    /// By where the certificate lies in memory.
    certificates: HashMap<*const Certificate, Certified<'s>, foldhash::fast::RandomState>,
}

impl<'s, 'f> Senders<'s, 'f> {
    /// Nothing prepared yet.
    pub(super) fn of(found: &'s Found<'f>) -> Self {
        let (authors, certificates) = (HashMap::default(), HashMap::default());
        Self { found, message: MessageId::MAX, authors, certificates }
    }

    /// The certificate's addresses against the visible sender of the signature's own message, and against the protected
    /// one where there is one: the worse of the two counts (Message fold, rule 2).
    pub(super) fn compare(
        &mut self,
        signer: &'s Signer<'_>,
        layer: Option<&Layer<'_>>,
        context: &Context<'_>,
    ) -> Comparison {
        let cut = signer.certificate().is_some_and(|it| it.has_too_many_addresses());
        let mut worst = Comparison { cut, ..Comparison::default() };
        let compared = context.options.bind != Bind::Off
            && matches!(signer.format, SignatureFormat::Detached | SignatureFormat::Opaque);
        let (true, Some(layer), Some(candidate)) = (compared, layer, signer.candidate()) else {
            return worst;
        };
        self.turn_to(signer.message);
        let protected = protected_header(self.found, signer.layer).and_then(|it| it.author);
        for id in [Some(layer.author), protected].into_iter().flatten() {
            let Some(one) = self.compare_with(&candidate.certificate, id) else { continue };
            let cut = worst.cut || one.cut;
            let worse =
                if (one.matched, one.rule) > (worst.matched, worst.rule) { one } else { worst };
            worst = Comparison { cut, ..worse };
        }
        worst
    }

    fn compare_with(&mut self, certificate: &'s Certificate, id: AuthorId) -> Option<Comparison> {
        let author = self.found.author(id)?;
        let cut = author.from.cut;
        if certificate.has_too_many_addresses() {
            return Some(Comparison { matched: Some(AddressMatch::None), rule: None, cut });
        }
        let from = self
            .authors
            .entry(id)
            .or_insert_with(|| author.visible_from().iter().map(String::as_str).collect());
        let certified = certified(&mut self.certificates, certificate);
        let (matched, rule) = match_addresses(certified, from, author.sender.as_deref());
        Some(Comparison { matched: Some(matched), rule, cut })
    }

    /// Whether the certificate of a signer names any of `mailboxes`.
    pub(super) fn is_any_of(&mut self, signer: &'s Signer<'_>, mailboxes: &Mailboxes<'_>) -> bool {
        self.turn_to(signer.message);
        let certificate = signer.candidate().map(|candidate| &*candidate.certificate);
        certificate.is_some_and(|certificate| {
            !certificate.has_too_many_addresses()
                && certified(&mut self.certificates, certificate).names_any(mailboxes)
        })
    }

    /// Signers come sorted by message: what was prepared for another is of no more use.
    fn turn_to(&mut self, message: MessageId) {
        if self.message != message {
            self.message = message;
            self.authors.clear();
            self.certificates.clear();
        }
    }
}

fn certified<'m, 's>(
    prepared: &'m mut HashMap<*const Certificate, Certified<'s>, foldhash::fast::RandomState>,
    certificate: &'s Certificate,
) -> &'m Certified<'s> {
    let of_one = |address: &'s CertificateAddress| CertifiedAddress {
        text: &address.text,
        is_smtp_utf8: address.kind == AddressKind::SmtpUtf8,
        contains_nul: address.contains_nul,
    };
    prepared
        .entry(std::ptr::from_ref(certificate))
        .or_insert_with(|| certificate.addresses.iter().map(of_one).collect())
}
