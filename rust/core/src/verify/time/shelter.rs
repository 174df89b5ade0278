//! Shelter: a token that is weak today, and an archive time-stamp that indexed it while it was strong → a proof again.
//!
//! An archive time-stamp is over an index of the unsigned attributes that were there (ETSI EN 319 122-1 §5.5.3): a token
//! among them existed by then. So archives renew: the token before an algorithm is given up, that one again before the
//! next is. Each link has to count by itself, or be sheltered in its turn (EN 319 102-1 §5.6.2). Only what lies within the
//! token is as old as it: a certificate beside it may have been made with a broken key since (docs/design/18).

use smimebatch_crypto::digest::Algorithm;

use crate::asn1::oid::{self, Oid};
use crate::asn1::reader::Tag;
use crate::asn1::writer::write_element;
use crate::cms::algorithms::digest_algorithm;
use crate::cms::hash_index::parse_hash_index;
use crate::cms::time_stamps::TimeStampKind;
use crate::limits;

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
    signers: &mut [Signer<'_>],
    found: &Found<'_>,
    work: &mut Work,
    context: &Context<'_>,
) {
    let is_archive = |it: &Token| it.kind == TimeStampKind::ArchiveV3 && it.worth == Worth::Proof;
    let mut archives: Vec<usize> =
        (0..).zip(&*tokens).filter(|(_, it)| is_archive(it)).map(|(at, _)| at).collect();
    // Each is a proof once, so that each index is asked once about every other token.
    while let Some(archive) = archives.pop().and_then(|at| tokens.get(at)) {
        let Some(index) = Index::of(archive, signers, work, context) else { continue };
        let (over, made_unix_us) = (archive.over, archive.latest_unix_us);
        if made_unix_us > context.options.now_unix_us {
            continue;
        }
        for (at, token) in tokens.iter_mut().enumerate() {
            if token.over == over
                && is_weak_since(token, made_unix_us)
                && index.has(token, signers, found, work)
            {
                token.worth = Worth::Proof;
                archives.extend((token.kind == TimeStampKind::ArchiveV3).then_some(at));
            }
        }
    }
}

/// Whether a token was given up only after a time, for nothing that lies outside it.
fn is_weak_since(token: &Token, unix_us: i64) -> bool {
    let Worth::IfFromBefore(until_unix_s) = token.worth else { return false };
    token.is_weak_within && unix_us < until_unix_s.saturating_add(1).saturating_mul(MICROSECONDS)
}

/// What an archive time-stamp says was there.
struct Index<'a> {
    algorithm: Algorithm,
    attribute_values: Vec<&'a [u8]>,
}

impl<'a> Index<'a> {
    /// That of a token; `None` where it cannot be read, hashes in a way that is given up, or names an attribute that is
    /// gone (ETSI EN 319 122-1 §5.5.2: nobody takes away what was archived); nor of a signer with more values than are looked
    /// at (RULES 43).
    fn of(
        token: &Token,
        signers: &mut [Signer<'a>],
        work: &mut Work,
        context: &Context<'_>,
    ) -> Option<Self> {
        let info = signers.get(token.row)?.info?;
        let index = parse_hash_index(info.archive_hash_index()?)?;
        let algorithm = digest_algorithm(index.algorithm)?;
        let until_unix_s = context.options.path_rules.sunset.digest_until(algorithm);
        let now_unix_s = context.options.now_unix_us.div_euclid(MICROSECONDS);
        until_unix_s.is_none_or(|until| now_unix_s <= until).then_some(())?;
        let there = signers.get(token.over)?.info?.unsigned_attributes.iter();
        let mut hashes = Vec::new();
        for attribute in there {
            for value in attribute.values().filter_map(Result::ok) {
                let signer = signers.get_mut(token.row)?;
                signer.out_of_work |= hashes.len() == limits::ATTRIBUTES;
                (!signer.out_of_work).then_some(())?;
                hashes.push(hash(algorithm, attribute.oid, value.raw, signer, work)?);
            }
        }
        let is_there = |it: &&[u8]| hashes.iter().any(|hash| hash == it);
        let attribute_values = index.attribute_values;
        attribute_values.iter().all(is_there).then_some(Self { algorithm, attribute_values })
    }

    /// Whether a token is among what was there.
    fn has(
        &self,
        token: &Token,
        signers: &mut [Signer<'_>],
        found: &Found<'_>,
        work: &mut Work,
    ) -> bool {
        let Some(signer) = signers.get_mut(token.row) else { return false };
        let layer = found.layer(signer.layer);
        let Some(Source::TimeStamp(source)) = layer.map(|layer| &layer.source) else {
            return false;
        };
        types_of(token.kind).iter().any(|name| {
            let hash = hash(self.algorithm, *name, source.token, signer, work);
            hash.is_some_and(|hash| self.attribute_values.contains(&hash.as_slice()))
        })
    }
}

/// Of an attribute's type and one value, as an index has it; `None` where the work for its message is spent (RULES 43).
fn hash(
    algorithm: Algorithm,
    attribute_type: Oid<'_>,
    value: &[u8],
    signer: &mut Signer<'_>,
    work: &mut Work,
) -> Option<Vec<u8>> {
    if !work.spend_octets(signer.message, value.len()) {
        signer.out_of_work = true;
        return None;
    }
    let mut name = Vec::new();
    write_element(&mut name, Tag::OID, attribute_type.0);
    Some(digest_of(algorithm, &[&name, value]))
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
