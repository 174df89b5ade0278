//! Messages that are not held: the octets of their envelopes go through the ciphers piece by piece.
//!
//! ```text
//!  Outline ─▶ pull: the octets of the object ─▶ layout: its fields, and where its content lies
//!       ─▶ opening: once through the cipher; nothing of it counts before the end         (RULES 34)
//!       ─▶ writing: once more, into the target, without the envelope or into a new one   (clear, out)
//! ```
//!
//! The source is read again for every step and each time compared with what it was, so that nothing depends on its length
//! but time. Only the envelope that is the whole of a message is opened so, and what lies inside is not looked into.

mod clear;
mod layout;
mod opening;
mod out;
mod pull;
mod writing;

use std::ops::Range;

use smimebatch_crypto::cipher::piecewise::Decrypting;

pub(crate) use self::layout::Layout;
use self::layout::coding_of;
pub(crate) use self::opening::OpenedContent;
pub(super) use self::opening::open;
pub(crate) use self::out::WrittenOctets;
pub(super) use self::out::{LineWriter, Out};
pub(crate) use self::pull::Stop;
use self::pull::{Coding, Pull};
pub(super) use self::writing::write;
use super::seal::object::Behind;
use crate::cms::quirk::Quirk;
use crate::codes::CodeSet;
use crate::mail::transfer::{Base64Defects, TransferEncoding};
use crate::verify::found::{Layer, Object, Source};
use crate::verify::outline::{Outline, Pieces};
use crate::verify::vocabulary::LimitHit;

/// What takes octets as they come.
pub(super) type Each<'e> = &'e mut dyn FnMut(&[u8]) -> Result<(), Stop>;

/// What is said of an object that was not read, and the caps that it hit.
pub(crate) type Unread<'a> = (Object<'a>, CodeSet<LimitHit>);

/// An envelope whose content is not held.
pub(crate) struct Streamed {
    body: Range<usize>,
    coding: Coding,
    pub(super) layout: Layout,
}

/// Reads the envelope that is the whole of a large message, without its content; nothing for any other layer, and for what
/// does not open so what is said of it.
pub(crate) fn read_layer<'a>(
    layer: &Layer<'a>,
) -> Option<Result<(Streamed, CodeSet<Quirk>), Unread<'a>>> {
    let outline = layer.outline.filter(|_| layer.is_whole_of_large())?;
    let Source::Part { body, encoding, .. } = &layer.source else { return None };
    let is_held = !outline.has_gap_in(body);
    let too_large = || Err((Object::Limited, CodeSet::of(LimitHit::MessageBytes)));
    let is_base64 = match encoding {
        TransferEncoding::Base64 => true,
        encoding if encoding.is_identity() => false,
        _ if is_held => return None,
        _ => return Some(too_large()),
    };
    let beginning = layer.bytes.get(body.clone()).unwrap_or_default();
    let (coding, is_mislabelled) = coding_of(beginning, is_base64);
    let mut pull = Pull::new(Pieces::of(outline, body), coding);
    let layout = Layout::read(&mut pull, &mut |_| Ok(()));
    Some(match layout {
        Ok(layout) => {
            let mut quirks = CodeSet::EMPTY;
            for (is_so, quirk) in [
                (pull.defects() != Base64Defects::default(), Quirk::Base64Defects),
                (is_mislabelled, Quirk::MislabelledEncoding),
                (layout.has_trailer, Quirk::TrailingBytes),
            ] {
                if is_so {
                    quirks.insert(quirk);
                }
            }
            Ok((Streamed { body: body.clone(), coding, layout }, quirks))
        }
        Err(Stop::Other | Stop::Broken) if is_held => return None,
        Err(Stop::Broken) => Err((Object::Malformed, CodeSet::EMPTY)),
        Err(Stop::Other | Stop::Limit | Stop::Fault) => too_large(),
    })
}

impl Streamed {
    /// The envelope without its content, in DER.
    pub(crate) fn object(&self) -> &[u8] {
        &self.layout.object
    }

    /// Whether no text follows the object.
    pub(super) const fn is_filled_up(&self) -> bool {
        self.layout.is_filled_up
    }

    fn pull<'o>(&self, outline: &'o Outline<'o>) -> Pull<'o> {
        Pull::new(Pieces::of(outline, &self.body), self.coding)
    }

    /// The octets of the content.
    pub(super) fn content(&self, outline: &Outline<'_>, each: Each<'_>) -> Result<(), Stop> {
        Layout::read(&mut self.pull(outline), each).map(|_| ())
    }

    /// The octets of the fields from EncryptedContentInfo on, as they stand.
    pub(super) fn behind(&self, outline: &Outline<'_>, each: Each<'_>) -> Result<(), Stop> {
        let (start, end) = self.layout.behind;
        let mut pull = self.pull(outline);
        pull.pass(start, &mut |_| Ok(()))?;
        pull.pass(end - start, each)
    }

    /// The same, for whoever exchanges the recipients.
    fn rewrapped(&self, is_authenticated: bool) -> Behind<'_> {
        let (start, end) = self.layout.behind;
        let (originator, fields) = (self.layout.originator.as_deref(), self.layout.behind_fields);
        Behind { is_authenticated, originator, octets: end - start, fields }
    }

    /// The text that the content is encrypted from, and whether it is right: until then it is anything.
    fn text(
        &self,
        outline: &Outline<'_>,
        mut work: Decrypting,
        each: Each<'_>,
    ) -> Result<bool, Stop> {
        let (mut text, mut is_right) = (Vec::new(), true);
        self.content(outline, &mut |octets| {
            text.clear();
            is_right &= work.push(octets, &mut text).is_ok();
            each(&text)
        })?;
        text.clear();
        is_right &= work.finish(&mut text).is_ok();
        each(&text).map(|()| is_right)
    }
}
