//! Values for columns: microseconds, layers in short.

use std::borrow::Cow;

use crate::cms::algorithms::algorithm_name;
use crate::limits;
use crate::verify::found::{Found, Layer, LayerId, Object, Source};

/// Microseconds of a second.
const MICROSECONDS: i64 = 1_000_000;

/// Unix seconds as Unix microseconds; `None` beyond what a timestamp column holds.
pub(super) fn instant(unix_s: i64) -> Option<i64> {
    unix_s.checked_mul(MICROSECONDS)
}

/// As much of `text` as a column holds, cut between characters.
pub(crate) fn cut_text(text: &str) -> &str {
    text.get(..text.floor_char_boundary(limits::TEXT_COLUMN_BYTES)).unwrap_or(text)
}

/// The layers of a message in short: `enveloped(aes256-cbc)>signed(detached)`, chains side by side joined by `+`.
pub(super) fn layers_in_short(found: &Found<'_>, layers: &[LayerId]) -> Option<Cow<'static, str>> {
    // What nearly every signed mail has.
    if let &[only] = layers {
        return found.layer(only).map(layer_in_short);
    }
    let innermost = |id: &&LayerId| {
        !layers
            .iter()
            .any(|other| found.layer(*other).is_some_and(|layer| layer.parent == Some(**id)))
    };
    let chain = |id: &LayerId| {
        let mut words = Vec::new();
        let mut at = Some(*id);
        while let Some(layer) = at.and_then(|id| found.layer(id)) {
            words.push(layer_in_short(layer));
            at = layer.parent;
        }
        words.reverse();
        words.join(">")
    };
    let chains: Vec<String> = layers.iter().filter(innermost).map(chain).collect();
    (!chains.is_empty()).then(|| Cow::Owned(chains.join("+")))
}

fn layer_in_short(layer: &Layer<'_>) -> Cow<'static, str> {
    Cow::Borrowed(match &layer.object {
        Object::Signed(signed) if signed.is_certs_only() => "certs",
        Object::Enveloped(envelope) => {
            let algorithm = algorithm_name(envelope.content.algorithm.oid);
            return Cow::Owned(format!("enveloped({algorithm})"));
        }
        Object::Compressed(_) => "compressed",
        Object::Other(_) => "other",
        Object::Signed(_) => match layer.source {
            Source::Detached { .. } => "signed(detached)",
            Source::Part { .. } | Source::Cms { .. } | Source::TimeStamp(_) => "signed(opaque)",
        },
        // A multipart/signed without its signature.
        Object::Missing => "signed(detached)",
        Object::Limited => "limited",
        Object::Unread | Object::Malformed => "malformed",
    })
}
