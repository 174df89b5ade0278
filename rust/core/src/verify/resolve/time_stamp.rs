//! A time-stamp token → its signer, where it has the form of a token (RFC 3161 §2.4.2, RULES 22b).

use crate::asn1::oid;
use crate::cms::tst_info::parse_tst_info;
use crate::verdict::facts::{CryptoResult, EssCertificateId};
use crate::verdict::message::SignatureFormat;

use super::super::context::Context;
use super::super::found::{Layer, LayerId, Object};
use super::super::outline::Octets;
use super::super::vocabulary::Canonicalization;
use super::signer::Brought;
use super::{Content, Signer, fill};

/// The signer of a token; there is one row, also for what has none or several.
pub(super) fn resolve_time_stamp<'f>(
    id: LayerId,
    layer: &'f Layer<'_>,
    index: u32,
    brought: Brought<'_>,
    context: &Context<'_>,
) -> Signer<'f> {
    let mut signer = Signer::new(layer, id, index, brought);
    signer.format = SignatureFormat::Timestamp;
    let is_limited = matches!(layer.object, Object::Limited);
    let unusable = if is_limited { CryptoResult::Limit } else { CryptoResult::Malformed };
    let is_token = fill_token(&mut signer, layer, context).is_some();
    if !is_token {
        signer.result = Some(unusable);
    }
    signer
}

/// `None` for what breaks a rule that every token keeps.
fn fill_token<'f>(
    signer: &mut Signer<'f>,
    layer: &'f Layer<'_>,
    context: &Context<'_>,
) -> Option<()> {
    let Object::Signed(signed) = &layer.object else { return None };
    // RFC 3161 §2.4.2: no signature but that of the authority.
    let [Ok(info)] = signed.signer_infos.as_slice() else { return None };
    let octets = layer.content.filter(|_| signed.content_type == oid::TST_INFO)?;
    let stamp = parse_tst_info(octets).ok()?;
    let forms = &[Canonicalization::Decoded];
    signer.content = Some(Content { octets: Octets::Held(octets), forms });
    fill(signer, info, Some(signed.content_type), context);
    signer.quirks.extend(stamp.quirks);
    // RFC 3161 §2.4.2: the identifier of the authority's certificate must be among the signed attributes.
    let names_certificate = signer.ess != EssCertificateId::Absent;
    (names_certificate && !stamp.has_critical_extension).then_some(())
}
