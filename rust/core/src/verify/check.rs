//! Check: the digests of this turn → which alternative held, or which to try next.
//!
//! With signed attributes there are two questions: is the content's digest the signed one, and does the signature
//! fit the attributes (RFC 5652 §5.4, §5.6)? Each goes through its own list of alternatives. Without attributes
//! there is one question, over the content. All signatures of a turn are verified in one batch.

use hashbrown::HashMap;
use smimebatch_crypto::signature::{Answer, Input, Job, Scheme, verify_many};

use crate::cms::algorithms::SchemeError;
use crate::cms::quirk::Quirk;
use crate::mail::line_ends::with_crlf;
use crate::verdict::facts::{CryptoResult, EssCertificateId};

use super::digest::Digests;
use super::resolve::Signer;
use super::vocabulary::Canonicalization;

/// Moves every open signer on by one alternative.
pub(super) fn check(signers: &mut [Signer<'_>], digests: &Digests) {
    let answers = verify_signatures(signers, digests);
    for (signer, answer) in signers.iter_mut().zip(answers) {
        if !signer.is_open() {
            continue;
        }
        match &signer.attributes {
            Some(_) => {
                compare_message_digest(signer, digests);
                note_attribute_answer(signer, answer);
                settle_with_attributes(signer);
            }
            None => note_content_answer(signer, answer),
        }
    }
}

/// What came of a signer's candidate in this turn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// Nothing was to be checked.
    None,
    Valid,
    Invalid,
    Unsupported,
    /// The algorithm identifier is not well-formed.
    Malformed,
}

/// RFC 5652 §5.6, for every open signer at once.
fn verify_signatures(signers: &[Signer<'_>], digests: &Digests) -> Vec<Outcome> {
    let open = || signers.iter().enumerate().filter(|(_, signer)| signer.is_open());
    let converted = converted_contents(open().map(|(_, signer)| signer));
    let messages: Vec<(usize, [&[u8]; 2])> = open()
        .filter_map(|(index, signer)| Some((index, signed_octets(signer, &converted)?)))
        .collect();
    let mut messages_left = messages.iter().peekable();
    let mut jobs: Vec<(usize, Job<'_>)> = Vec::with_capacity(signers.len());
    let mut outcomes = vec![Outcome::None; signers.len()];
    for (index, signer) in open() {
        let pieces = messages_left
            .next_if(|(whose, _)| *whose == index)
            .map(|(_, pieces)| pieces.as_slice());
        let Some(candidate) = signer.untried_candidate() else { continue };
        jobs.extend(job(signer, index, pieces, digests).map(|job| (index, job)));
        if let Some(slot) = outcomes.get_mut(index) {
            *slot = match candidate.scheme {
                Err(SchemeError::KeyMismatch) => Outcome::Invalid,
                Err(SchemeError::Malformed) => Outcome::Malformed,
                // Until the batch answers.
                Ok(_) | Err(SchemeError::Unsupported) => Outcome::Unsupported,
            };
        }
    }
    let batch: Vec<Job<'_>> = jobs.iter().map(|(_, job)| *job).collect();
    for ((index, _), answer) in jobs.iter().zip(verify_many(&batch)) {
        if let Some(slot) = outcomes.get_mut(*index) {
            *slot = match answer {
                Answer::Valid => Outcome::Valid,
                Answer::Invalid => Outcome::Invalid,
                Answer::Unsupported => Outcome::Unsupported,
            };
        }
    }
    outcomes
}

/// Contents with their line ends made canonical, by their place in memory: one copy, however many signers.
type Converted = HashMap<(usize, usize), Vec<u8>, foldhash::fast::RandomState>;

fn place_of(bytes: &[u8]) -> (usize, usize) {
    (bytes.as_ptr().addr(), bytes.len())
}

/// The contents that this turn needs as octets in another form than they are stored in.
fn converted_contents<'s, 'f: 's>(signers: impl Iterator<Item = &'s Signer<'f>>) -> Converted {
    let mut converted = Converted::default();
    for signer in signers {
        if let Some((bytes, Canonicalization::LfToCrlf)) = content_as_octets(signer) {
            converted.entry(place_of(bytes)).or_insert_with(|| with_crlf(bytes));
        }
    }
    converted
}

/// The content and its form, where a signature without attributes takes the octets themselves (RULES 13).
fn content_as_octets<'s>(signer: &'s Signer<'_>) -> Option<(&'s [u8], Canonicalization)> {
    let content = signer.content.filter(|_| signer.takes_content_octets())?;
    Some((content.octets.held()?, signer.form()?))
}

/// RULES 13: what a scheme signs that takes octets and not a digest: the attributes, else the content.
fn signed_octets<'s>(signer: &'s Signer<'_>, converted: &'s Converted) -> Option<[&'s [u8]; 2]> {
    if signer.attributes.is_some() {
        return signer.attribute_pieces().filter(|_| signer.takes_octets());
    }
    let (bytes, form) = content_as_octets(signer)?;
    Some(match form {
        Canonicalization::LfToCrlf => [converted.get(&place_of(bytes))?, &[]],
        _ => [bytes, &[]],
    })
}

fn job<'s>(
    signer: &'s Signer<'_>,
    index: usize,
    message: Option<&'s [&'s [u8]]>,
    digests: &'s Digests,
) -> Option<Job<'s>> {
    let candidate = signer.untried_candidate()?;
    let scheme = candidate.scheme.ok()?;
    let input = match scheme.digest {
        None => Input::Message(message?),
        Some(_) if signer.attributes.is_some() => {
            Input::Digest(digests.attributes(index)?.as_bytes())
        }
        Some(algorithm) => Input::Digest(digests.content(signer, algorithm)?.as_bytes()),
    };
    Some(Job { key: &candidate.key, scheme: scheme.scheme, input, signature: &signer.signature })
}

/// RULES 26: the content in the form being tried against messageDigest.
fn compare_message_digest(signer: &mut Signer<'_>, digests: &Digests) {
    let forms = signer.content.map_or(0, |content| content.forms.len());
    if signer.tried.matched_form.is_some() || signer.tried.form >= forms {
        return;
    }
    let made = signer.digest.and_then(|algorithm| digests.content(signer, algorithm));
    let claimed = signer.attributes.as_ref().map(|attributes| &attributes.message_digest);
    match (made, claimed) {
        (Some(made), Some(claimed)) if made.as_bytes() == &**claimed => {
            signer.tried.matched_form = Some(signer.tried.form);
        }
        _ => signer.tried.form += 1,
    }
}

/// RULES 1 and 16: every candidate with the attributes as received, then every candidate with them as DER.
fn note_attribute_answer(signer: &mut Signer<'_>, outcome: Outcome) {
    if outcome == Outcome::Valid {
        return note_valid(signer);
    }
    note_no(signer, outcome);
    let at_end = outcome != Outcome::None && signer.untried_candidate().is_none();
    if at_end
        && signer.tried.any_answer
        && signer.attributes.as_mut().is_some_and(|facts| facts.try_next_encoding())
    {
        signer.tried.candidate = 0;
    }
}

/// RULES 2, 16 and 26 without attributes: every candidate over every form of the content.
fn note_content_answer(signer: &mut Signer<'_>, outcome: Outcome) {
    if outcome == Outcome::Valid {
        signer.tried.matched_form = Some(signer.tried.form);
        note_valid(signer);
        signer.result = Some(CryptoResult::Ok);
        return;
    }
    note_no(signer, outcome);
    if signer.untried_candidate().is_some() {
        return;
    }
    let forms = signer.content.map_or(0, |content| content.forms.len());
    if signer.tried.any_answer && signer.tried.form + 1 < forms {
        signer.tried.form += 1;
        signer.tried.candidate = 0;
    } else if signer.result.is_none() {
        signer.result = Some(without_match(signer));
    }
}

fn note_valid(signer: &mut Signer<'_>) {
    signer.tried.matched_candidate = Some(signer.tried.candidate);
    if signer.attributes.as_ref().is_some_and(super::attributes::AttributeFacts::is_reencoded) {
        signer.quirks.insert(Quirk::AttributesReencoded);
    }
    if let Some(candidate) = signer.candidate() {
        let mut quirks = candidate.quirks;
        let is_rsa = candidate
            .scheme
            .is_ok_and(|s| matches!(s.scheme, Scheme::RsaPkcs1 { .. } | Scheme::RsaPss { .. }));
        if is_rsa && signer.signature.len() < (candidate.key.bits() as usize).div_ceil(8) {
            quirks.insert(Quirk::ShortRsaSignature);
        }
        signer.quirks.extend(quirks);
    }
}

fn note_no(signer: &mut Signer<'_>, outcome: Outcome) {
    match outcome {
        Outcome::None | Outcome::Valid => return,
        Outcome::Invalid => signer.tried.any_answer = true,
        Outcome::Unsupported => {}
        Outcome::Malformed => signer.result = Some(CryptoResult::Malformed),
    }
    signer.tried.candidate += 1;
}

/// Once both questions are answered: the digest speaks before the signature (OUTPUT.md, Indications).
fn settle_with_attributes(signer: &mut Signer<'_>) {
    let forms = signer.content.map_or(0, |content| content.forms.len());
    let digest_open = signer.tried.matched_form.is_none() && signer.tried.form < forms;
    if signer.result.is_some() || digest_open || signer.untried_candidate().is_some() {
        return;
    }
    signer.result = Some(if signer.tried.matched_form.is_none() {
        CryptoResult::DigestMismatch
    } else if signer.tried.matched_candidate.is_some() {
        CryptoResult::Ok
    } else {
        without_match(signer)
    });
}

fn without_match(signer: &Signer<'_>) -> CryptoResult {
    // RULES 13: a scheme that takes the octets themselves has none of content that is not held.
    let not_held = signer.content.is_some_and(|content| content.octets.held().is_none());
    if signer.candidates_cut || not_held && signer.attributes.is_none() && !signer.tried.any_answer
    {
        CryptoResult::Limit
    } else if signer.tried.any_answer && signer.ess == EssCertificateId::Mismatch {
        // RFC 5035 §5.4: that was another's key, as the certificate that the signature names is not at hand.
        CryptoResult::SignerCertificateMissing
    } else if signer.tried.any_answer {
        CryptoResult::SignatureMismatch
    } else {
        CryptoResult::UnsupportedAlgorithm
    }
}
