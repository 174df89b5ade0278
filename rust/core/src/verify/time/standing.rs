//! Standing: a time-stamp token in a file of its own, over octets that the caller has → whose it is, its time, and whether
//! it is believed (RULES 22b).
//!
//! It goes through the stages that a token in mail goes through, alone, and is asked all that such a token is asked. Only
//! what it is over differs: no signature that carries it, but the octets given.

use bumpalo::Bump;
use smimebatch_crypto::digest::Algorithm;

use crate::cms::algorithms::digest_algorithm;
use crate::cms::time_stamp_response::{TimeStampAnswer, parse_time_stamp_answer};
use crate::cms::time_stamps::TimeStampKind;
use crate::cms::tst_info::TstInfo;
use crate::codes::Code;
use crate::error::Unexpected;
use crate::path::revocation::ElementRevocation;
use crate::verdict::facts::{ChainResult, CryptoResult, EssCertificateId};
use crate::verdict::indication::Reason;

use super::super::chain::Paths;
use super::super::check::check;
use super::super::chunk::StoredMessage;
use super::super::context::Context;
use super::super::decode::decode;
use super::super::digest::{Digests, digest};
use super::super::found::{Found, Layer, Source, TimeStampSource};
use super::super::resolve::{Signer, any_open, resolve};
use super::super::work::Work;
use super::imprint::digest_of;
use super::tokens::{Worth, good, stamp_of, worth};

/// A token over what it should be over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingToken {
    /// The token, a ContentInfo, whole.
    pub token: Vec<u8>,
    /// Subject of its authority's certificate; empty where there is none.
    pub authority: String,
    /// Its genTime, Unix microseconds.
    pub gen_time_unix_us: i64,
    /// The latest time that it may mean: genTime plus accuracy.
    pub latest_unix_us: i64,
    /// Why it proves nothing, by the code of what speaks against it (`chain_result`, `crypto_result` or a reason);
    /// `None` where it is believed.
    pub doubt: Option<&'static str>,
}

impl StandingToken {
    /// All of it: the token, its authority, genTime, the latest that it may mean, and why it is not believed.
    #[must_use]
    pub fn into_parts(self) -> StandingTokenParts {
        let Self { token, authority, gen_time_unix_us, latest_unix_us, doubt } = self;
        (token, authority, gen_time_unix_us, latest_unix_us, doubt)
    }
}

/// A [`StandingToken`] as a plain tuple.
pub type StandingTokenParts = (Vec<u8>, String, i64, i64, Option<&'static str>);

/// Judges a token, or an authority's answer with one, that should be over `octets`.
///
/// `tree` is what binds that which is to be proven to the octets, and must be as strong as the token itself.
///
/// # Errors
/// [`Unexpected`] for what is no such token, and for one whose signature or imprint is wrong.
pub(crate) fn judge_standing(
    answer: &[u8],
    octets: &[u8],
    tree: Algorithm,
    context: &Context<'_>,
) -> Result<StandingToken, Unexpected> {
    let token = token_of(answer)?;
    let arena = Bump::new();
    let stored = [StoredMessage::default()];
    let mut found = Found::new(&stored, false);
    let kind = TimeStampKind::Signature;
    let source = TimeStampSource { kind, signer: 0, countersignature: None, index: 0, token };
    found.layers.push(Layer::alone(token, Source::TimeStamp(source)));
    decode(&mut found, &arena);
    let mut signers = resolve(&found, context).signers;
    let mut digests = Digests::of(&found, &signers);
    let mut work = Work::of(&found);
    while any_open(&signers) {
        work.charge(&mut signers, &digests);
        digest(&signers, &mut digests);
        check(&mut signers, &digests);
    }
    let stamp = stamp_of(&found, &signers, 0).ok_or_else(|| unexpected("something else"))?;
    check_imprint(&stamp, octets)?;
    let signer = signers.first_mut().ok_or_else(|| unexpected("one without a signer"))?;
    check_signature(signer)?;
    let subject = signer.candidate().map(|it| it.certificate.shown().subject.clone());
    Ok(StandingToken {
        token: token.to_vec(),
        authority: subject.unwrap_or_default(),
        gen_time_unix_us: stamp.gen_time_unix_us,
        latest_unix_us: stamp.latest_unix_us(),
        doubt: doubt(signer, &stamp, tree, context),
    })
}

fn unexpected(found: &str) -> Unexpected {
    Unexpected::new("the time-stamp", "a token of RFC 3161 over this checkpoint", found)
}

fn token_of(answer: &[u8]) -> Result<&[u8], Unexpected> {
    match parse_time_stamp_answer(answer) {
        Ok(TimeStampAnswer::Token(token)) => Ok(token),
        Ok(TimeStampAnswer::Refused(status)) => {
            Err(unexpected(&format!("an answer that grants none, with status {status}")))
        }
        Err(error) => Err(unexpected(&error.to_string())),
    }
}

/// RFC 3161 §2.4.2: what the token is over.
fn check_imprint(stamp: &TstInfo<'_>, octets: &[u8]) -> Result<(), Unexpected> {
    match digest_algorithm(stamp.imprint.hash_algorithm.oid) {
        None => Err(unexpected("one with a digest of an unknown algorithm")),
        Some(algorithm) if digest_of(algorithm, &[octets]) == *stamp.imprint.hash => Ok(()),
        Some(_) => Err(unexpected("one over something else")),
    }
}

/// What no trust could mend.
fn check_signature(signer: &Signer<'_>) -> Result<(), Unexpected> {
    match signer.result {
        Some(
            result @ (CryptoResult::Malformed
            | CryptoResult::DigestMismatch
            | CryptoResult::SignatureMismatch),
        ) => Err(unexpected(&format!("one with {}", result.code()))),
        _ => Ok(()),
    }
}

/// RULES 22b, the rest: what speaks against believing it.
fn doubt(
    signer: &mut Signer<'_>,
    stamp: &TstInfo<'_>,
    tree: Algorithm,
    context: &Context<'_>,
) -> Option<&'static str> {
    let mut paths = Paths::new(context);
    if let Some(good) = good(signer, &mut paths, stamp) {
        let tree_unix_s = context.options.path_rules.sunset.digest_until(tree);
        let until_unix_s = good.until_unix_s.min(tree_unix_s.unwrap_or(i64::MAX));
        // Nobody upholds a token that stands alone, once an algorithm of it is weak.
        return (worth(until_unix_s, stamp, context) != Worth::Proof)
            .then_some(ChainResult::WeakAlgorithm.code());
    }
    if let Some(result) = signer.result.filter(|result| *result != CryptoResult::Ok) {
        return Some(result.code());
    }
    let unix_s = stamp.gen_time_unix_us.div_euclid(super::MICROSECONDS);
    let path = paths.path_at(signer, unix_s);
    let result = path.as_ref().map_or(ChainResult::NoPath, |path| path.result);
    let is_theft =
        path.is_some_and(|path| !path.revocation.iter().all(ElementRevocation::keeps_worth));
    Some(match signer.ess {
        EssCertificateId::MatchV1 | EssCertificateId::MatchV2 if result != ChainResult::Ok => {
            result.code()
        }
        EssCertificateId::MatchV1 | EssCertificateId::MatchV2 if is_theft => {
            ChainResult::Revoked.code()
        }
        _ => Reason::EssCertificateMismatch.code(),
    })
}
