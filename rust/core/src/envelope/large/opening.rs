//! Opening: a content key → whether it opens content that is not held, and how that begins.

use smimebatch_crypto::secret::Secret;

use super::{Stop, Streamed};
use crate::envelope::entity::{PlaintextCode, read_header};
use crate::envelope::opened_message::with_header_of;
use crate::envelope::sealed::Sealed;
use crate::limits;
use crate::verify::outline::Outline;

/// Kept of the text that comes out: a header block as long as one may be, and as much again.
const BEGINNING_BYTES: usize = 2 * limits::HEADER_BYTES;

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

    /// What a message without its envelope begins with, and how many octets of the text that is instead of.
    pub(super) fn opened_header(&self, message: &[u8]) -> Option<(Vec<u8>, usize)> {
        let header = read_header(&self.beginning)?;
        let head = self.beginning.get(..header.body_start)?;
        with_header_of(message, true, head).map(|written| (written, head.len()))
    }
}
