//! Opening: a content key → whether it opens content that is not held, and how that begins.

use smimebatch_crypto::secret::Secret;

use super::layout::coding_of;
use super::pull::Coding;
use super::{Stop, Streamed};
use crate::asn1::oid;
use crate::asn1::reader::Tag;
use crate::asn1::writer::element;
use crate::envelope::entity::{PlaintextCode, read_header};
use crate::envelope::opened_message::{is_bare_text, with_header_of};
use crate::envelope::sealed::Sealed;
use crate::limits;
use crate::mail::entity::{Entity, EntityKind, WalkLimits, walk_message};
use crate::mail::transfer::{TransferEncoding, decode_base64, decode_quoted_printable};
use crate::verify::outline::Outline;

/// Kept of the text that comes out: a header block as long as one may be, and as much again.
const BEGINNING_BYTES: usize = 2 * limits::HEADER_BYTES;
/// Within so many octets, as they stand in a mail, an object has said what it is.
const OBJECT_BYTES: usize = 256;

/// Content that a key opens.
pub(crate) struct OpenedContent {
    key: Secret,
    /// How its text begins.
    pub(crate) beginning: Vec<u8>,
    /// Octets of its text.
    pub(crate) octets: u64,
    /// The code over the plaintext of the message, under the key of the run.
    pub(crate) code: Option<[u8; 32]>,
}

/// Goes through all of the content with a key; every key takes as long, whether it is right or not (RULES 33).
pub(in crate::envelope) fn open(
    (streamed, outline): (&Streamed, &Outline<'_>),
    sealed: &Sealed<'_>,
    key: &Secret,
    proof_key: Option<&Secret>,
) -> Option<OpenedContent> {
    let work = sealed.decrypting(key, streamed.layout.content_octets)?;
    let mut code = proof_key.and_then(|key| PlaintextCode::new(key, outline.kept()));
    let (mut beginning, mut octets) = (Vec::new(), 0);
    let is_right = streamed.text(outline, work, &mut |text| {
        octets += text.len() as u64;
        let missing = text.len().min(BEGINNING_BYTES - beginning.len().min(BEGINNING_BYTES));
        beginning.extend_from_slice(text.get(..missing).unwrap_or_default());
        if let Some(code) = &mut code {
            code.update(text);
        }
        Ok(())
    });
    let code = code.and_then(PlaintextCode::finish);
    let is_right = is_right.is_ok_and(|is_right| is_right);
    is_right.then(|| OpenedContent { key: key.duplicate(), beginning, octets, code })
}

/// Whether an entity may be a CMS object, whatever it says of which type.
const fn may_be_object(kind: EntityKind) -> bool {
    matches!(kind, EntityKind::Pkcs7Mime { .. } | EntityKind::Pkcs7Signature)
}

/// Whether a body is an envelope, as far as it says in the beginning.
fn begins_with_envelope(body: &[u8], encoding: TransferEncoding) -> bool {
    let body = body.trim_ascii_start();
    let body = body.get(..OBJECT_BYTES).unwrap_or(body);
    let mut text = Vec::new();
    let body = match encoding {
        TransferEncoding::QuotedPrintable => {
            decode_quoted_printable(body, &mut text);
            &text
        }
        _ => body,
    };
    let mut object = Vec::new();
    match coding_of(body, encoding == TransferEncoding::Base64).0 {
        Coding::Identity => object.extend_from_slice(body),
        Coding::Base64 => {
            decode_base64(body, &mut object);
        }
    }
    [oid::ENVELOPED_DATA, oid::AUTH_ENVELOPED_DATA].into_iter().any(|content_type| {
        let content_type = element(Tag::OID, &[content_type.0]);
        object.windows(content_type.len()).any(|it| it == content_type)
    })
}

impl OpenedContent {
    /// Goes through the text again.
    pub(super) fn text(
        &self,
        (streamed, outline): (&Streamed, &Outline<'_>),
        sealed: &Sealed<'_>,
        each: super::Each<'_>,
    ) -> Result<(), Stop> {
        let work = sealed.decrypting(&self.key, streamed.layout.content_octets);
        let is_right = streamed.text(outline, work.ok_or(Stop::Fault)?, each)?;
        is_right.then_some(()).ok_or(Stop::Fault)
    }

    /// Whether another envelope lies in its text, as far as that is at hand: by what objects begin with, and not by what
    /// they are called.
    pub(super) fn shows_envelope(&self) -> bool {
        let Some(header) = read_header(&self.beginning) else { return false };
        let walk = walk_message(&self.beginning, &header, WalkLimits::default());
        let body = |entity: &Entity| self.beginning.get(entity.body.clone()).unwrap_or_default();
        let mut objects = walk.entities.iter().filter(|it| may_be_object(it.kind));
        objects.any(|it| begins_with_envelope(body(it), it.encoding))
    }

    /// What a message without its envelope begins with, and how many octets of the text that is instead of.
    pub(super) fn opened_header(&self, message: &[u8]) -> Option<(Vec<u8>, usize)> {
        let head_octets = match is_bare_text(&self.beginning) {
            true => 0,
            false => read_header(&self.beginning)?.body_start,
        };
        let head = self.beginning.get(..head_octets)?;
        with_header_of(message, true, head).map(|written| (written, head.len()))
    }
}
