//! Time-stamp tokens: those of every signer and countersigner of a layer → layers of their own.
//!
//! A token is a CMS object (RFC 3161 §2.4.2), so it goes through the stages as any other: decoded in its turn, a row of
//! `signatures`, its signature checked with all the others. What it proves is for [`crate::verify::time`]. Tokens of tokens are
//! not followed.

use crate::cms::time_stamps::TimeStampKind;
use crate::limits;

use super::super::found::{Found, Layer, LayerId, Object, Source, TimeStampSource};
use super::super::vocabulary::LimitHit;

/// Lists the tokens that the signers of a layer carry, as far as its message may have any.
pub(super) fn add_time_stamps(found: &mut Found<'_>, around: LayerId) {
    let Some(outer) = found.layer(around).filter(|layer| !layer.is_time_stamp()) else { return };
    let Object::Signed(signed) = &outer.object else { return };
    let mut sources: Vec<TimeStampSource<'_>> = Vec::new();
    let mut is_cut = false;
    for (signer, info) in (0..).zip(&signed.signer_infos) {
        let Ok(info) = info else { continue };
        let own = outer.countersignatures.iter().filter(|(index, _)| *index == signer);
        let own = (0..).map(Some).zip(own.map(|(_, info)| info.as_ref()));
        for (countersignature, info) in core::iter::once((None, Ok(info))).chain(own) {
            let tokens = info.map(|info| info.time_stamps()).unwrap_or_default();
            is_cut |= tokens.len() > limits::TIME_STAMPS_PER_SIGNER;
            for stamp in tokens.into_iter().take(limits::TIME_STAMPS_PER_SIGNER) {
                // A countersignature has no content of its own (RFC 5652 §11.4).
                if countersignature.is_some() && stamp.kind != TimeStampKind::Signature {
                    continue;
                }
                let (index, kind, token) =
                    (u32::try_from(sources.len()).unwrap_or(u32::MAX), stamp.kind, stamp.token);
                sources.push(TimeStampSource { kind, signer, countersignature, index, token });
            }
        }
    }
    if !sources.is_empty() {
        push(found, around, sources, is_cut);
    }
}

fn push<'a>(
    found: &mut Found<'a>,
    around: LayerId,
    mut sources: Vec<TimeStampSource<'a>>,
    is_cut: bool,
) {
    let Some(outer) = found.layers.get(around as usize) else { return };
    let Some(message) = found.messages.get_mut(outer.message as usize) else { return };
    let room = limits::TIME_STAMPS_PER_MESSAGE.saturating_sub(message.time_stamps);
    if is_cut || sources.len() > room {
        message.limits.insert(LimitHit::TimeStamps);
    }
    sources.truncate(room);
    message.time_stamps += sources.len();
    let new = sources.into_iter().map(|source| Layer {
        eligible: false,
        ..Layer::inside(outer, around, source.token, Source::TimeStamp(source))
    });
    let new: Vec<Layer<'a>> = new.collect();
    found.layers.extend(new);
}
