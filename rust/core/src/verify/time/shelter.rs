//! Shelter: a token that is weak today, and an archive time-stamp that indexed it while it was strong → a proof again.
//!
//! An archive time-stamp is over an index of the unsigned attributes that were there (ETSI EN 319 122-1 §5.5.3): a token
//! among them existed by then. So archives renew: the token before an algorithm is given up, that one again before the
//! next is. Each link has to count by itself, or be sheltered in its turn (EN 319 102-1 §5.6.2).

use crate::asn1::oid::{self, Oid};
use crate::asn1::reader::Tag;
use crate::asn1::writer::write_element;
use crate::cms::algorithms::digest_algorithm;
use crate::cms::hash_index::parse_hash_index;
use crate::cms::time_stamps::TimeStampKind;

use super::super::context::Context;
use super::super::found::{Found, Source};
use super::super::resolve::Signer;
use super::super::work::Work;
use super::MICROSECONDS;
use super::imprint::digest_of;
use super::tokens::{Token, Worth};

/// Makes proofs of the tokens that archive time-stamps shelter, directly or through others.
pub(super) fn shelter(
    tokens: &mut [Token],
    signers: &[Signer<'_>],
    found: &Found<'_>,
    work: &mut Work,
    context: &Context<'_>,
) {
    let is_archive = |it: &Token| it.kind == TimeStampKind::ArchiveV3 && it.worth == Worth::Proof;
    let mut archives: Vec<usize> =
        (0..).zip(&*tokens).filter(|(_, it)| is_archive(it)).map(|(at, _)| at).collect();
    // Each is a proof once, so that each index is asked once about every other token.
    while let Some(archive) = archives.pop().and_then(|at| tokens.get(at)) {
        let Some(index) = Index::of(archive, signers, context) else { continue };
        let (over, own_row, made_unix_us) = (archive.over, archive.row, archive.latest_unix_us);
        if made_unix_us > context.options.now_unix_us {
            continue;
        }
        for (at, token) in tokens.iter_mut().enumerate() {
            if token.over == over
                && token.row != own_row
                && is_weak_since(token, made_unix_us)
                && index.has(token, signers, found, work)
            {
                token.worth = Worth::Proof;
                archives.extend((token.kind == TimeStampKind::ArchiveV3).then_some(at));
            }
        }
    }
}

/// Whether a token was given up only after a time.
fn is_weak_since(token: &Token, unix_us: i64) -> bool {
    let Worth::IfFromBefore(until_unix_s) = token.worth else { return false };
    unix_us < until_unix_s.saturating_add(1).saturating_mul(MICROSECONDS)
}

/// What an archive time-stamp says was there.
struct Index<'a> {
    algorithm: smimebatch_crypto::digest::Algorithm,
    attribute_values: Vec<&'a [u8]>,
}

impl<'a> Index<'a> {
    /// That of a token; `None` where it cannot be read, or hashes in a way that is given up.
    fn of(token: &Token, signers: &[Signer<'a>], context: &Context<'_>) -> Option<Self> {
        let info = signers.get(token.row)?.info?;
        let index = parse_hash_index(info.archive_hash_index()?)?;
        let algorithm = digest_algorithm(index.algorithm)?;
        let until_unix_s = context.options.path_rules.sunset.digest_until(algorithm);
        let now_unix_s = context.options.now_unix_us.div_euclid(MICROSECONDS);
        let is_strong = until_unix_s.is_none_or(|until| now_unix_s <= until);
        is_strong.then_some(Self { algorithm, attribute_values: index.attribute_values })
    }

    /// Whether a token is among what was there.
    fn has(
        &self,
        token: &Token,
        signers: &[Signer<'_>],
        found: &Found<'_>,
        work: &mut Work,
    ) -> bool {
        let Some(signer) = signers.get(token.row) else { return false };
        let layer = found.layer(signer.layer);
        let Some(Source::TimeStamp(source)) = layer.map(|layer| &layer.source) else {
            return false;
        };
        types_of(token.kind).iter().any(|name| {
            let mut attribute_type = Vec::new();
            write_element(&mut attribute_type, Tag::OID, name.0);
            work.spend_octets(signer.message, source.token.len())
                && self.attribute_values.contains(
                    &digest_of(self.algorithm, &[&attribute_type, source.token]).as_slice(),
                )
        })
    }
}

/// The attributes that a token of a kind may stand in, unsigned.
const fn types_of(kind: TimeStampKind) -> &'static [Oid<'static>] {
    match kind {
        TimeStampKind::Signature => &[oid::TIME_STAMP_TOKEN],
        TimeStampKind::ArchiveV3 => &[oid::ARCHIVE_TIME_STAMP_V3],
        // What is signed needs no index, and the others prove nothing.
        _ => &[],
    }
}
