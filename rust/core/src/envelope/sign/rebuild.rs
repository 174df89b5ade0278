//! Rebuild: a signed message that was read again → the octets that would have been written of what it holds.
//!
//! Verifying tells of a change in what is signed; certificates, unsigned fields, the header and the MIME structure may have
//! changed all the same. So the message is made anew, of the signatory, the entity and the value of the signature as they
//! were read; both are the same octets, or something changed.

use std::borrow::Cow;

use smimebatch_crypto::digest;

use super::choice::SignedForm;
use super::signed_data::signed_attributes;
use super::{Signatory, Signer, algorithms_of, text_of};
use crate::asn1::values::integer_hex;
use crate::cms::signer_info::SignerIdentifier;
use crate::envelope::entity::{plaintext_hmac, with_crlf};
use crate::envelope::writing::is_signed_whole;
use crate::envelope::written::{Output, Said, Written};
use crate::verify::context::Context;
use crate::verify::found::{Found, Layer, LayerId, MessageId, Object, Source};
use crate::x509::name;

/// What is found in a message that was read again.
pub(in crate::envelope) fn prove<'f, 'a>(
    found: &'f Found<'a>,
    id: MessageId,
    layers: &[LayerId],
    (signer, context): (&Signer, &Context<'_>),
) -> Written<'f, 'a> {
    let stored = found.messages.get(id as usize).and_then(|it| it.stored.raw);
    let root = layers.iter().filter_map(|&id| found.layer(id)).find(|it| is_signed_whole(it));
    let read = stored.zip(root).and_then(|(stored, root)| signer.read(stored, root));
    let hmac = |key| {
        let (stored, read) = (stored?, read.as_ref()?);
        plaintext_hmac(key, stored, &read.entity)
    };
    let said = Said {
        plaintext_hmac: context.proof_key.and_then(hmac),
        is_as_written: Some(read.as_ref().is_some_and(|it| it.is_as_written)),
        signer: read.as_ref().map(|it| it.signatory.name.clone()),
        algorithms_before: read.as_ref().map(|it| algorithms_of(it.signatory)).unwrap_or_default(),
        ..Said::written()
    };
    Written::new(Output::Nothing, Some(said))
}

/// What a signed message holds.
struct Read<'s, 'f> {
    signatory: &'s Signatory,
    entity: Cow<'f, [u8]>,
    is_as_written: bool,
}

impl Signer {
    fn read<'f>(&self, stored: &[u8], layer: &'f Layer<'_>) -> Option<Read<'_, 'f>> {
        let Object::Signed(signed) = &layer.object else { return None };
        let [Ok(info)] = signed.signer_infos.as_slice() else { return None };
        let SignerIdentifier::IssuerAndSerial(sid) = &info.sid else { return None };
        let name = format!("{} of {}", integer_hex(sid.serial), name::to_rfc4514(sid.issuer));
        let signatory = self.by_name.get(&name).and_then(|&at| self.signatories.get(at))?;
        let (form, entity) = match &layer.source {
            Source::Detached { content, .. } => {
                let entity = layer.bytes.get(content.clone())?;
                (SignedForm::Clear, Cow::Owned(with_crlf(entity)))
            }
            Source::Part { .. } => (SignedForm::Opaque, Cow::Borrowed(layer.content?)),
            Source::Cms { .. } | Source::TimeStamp(_) => return None,
        };
        let message_digest = digest::one(signatory.way.digest, &entity);
        let attributes = signed_attributes(signatory, message_digest.as_bytes());
        let parts = (&*entity, &*attributes);
        let rebuilt = text_of(stored, (form, signatory), parts, &info.signature);
        let is_as_written = rebuilt.is_some_and(|it| it == stored);
        Some(Read { signatory, entity, is_as_written })
    }
}
