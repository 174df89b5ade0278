//! Repair: a signer that failed for its content alone → the next guess at what was sent (RULES 30).
//!
//! Guesses are the last alternatives of a content. They are made once every form of the stored octets has failed, and
//! once per layer, however many signers it has; mail that is right never comes here. A guess that fits proves the
//! signature over the octets made here, never over the stored ones: its result is `repaired`, and not `ok`.

use bumpalo::Bump;
use hashbrown::HashMap;

use crate::codes::{Code, CodeSet};
use crate::limits;
use crate::mail::line_ends::has_bare_lf;
use crate::mail::restore::{Damaged, Repair};
use crate::verdict::facts::CryptoResult;
use crate::verdict::message::SignatureFormat;

use super::found::{Found, LayerId, MessageId};
use super::outline::Octets;
use super::resolve::{Content, Signer, is_attributes_in_any_form};
use super::vocabulary::Canonicalization;

/// How far the repairs of one signer have been tried.
#[derive(Clone, Copy, Default)]
pub(crate) struct Repairing<'f> {
    /// The repairs of the guess being tried, or of the one that held.
    pub(crate) done: CodeSet<Repair>,
    /// Not every way was tried: the content is too long.
    pub(crate) is_cut: bool,
    /// Next guess.
    next: usize,
    /// The stored content and what came of it, once guesses are tried.
    stored: Option<(Content<'f>, CryptoResult)>,
}

/// One way the content may have been sent.
#[derive(Clone, Copy)]
struct Guess<'a> {
    bytes: &'a [u8],
    repairs: CodeSet<Repair>,
}

/// Those of one layer, in the order of RULES 30.
#[derive(Default)]
struct Guesses<'a> {
    all: Vec<Guess<'a>>,
    /// More would have been made, had there been room.
    is_cut: bool,
}

/// The guesses of a chunk, by layer; none until a signer asks.
pub(super) struct Repairs<'a> {
    arena: &'a Bump,
    guesses: HashMap<LayerId, Guesses<'a>, foldhash::fast::RandomState>,
    /// Octets that may still be gone through, by message.
    room: HashMap<MessageId, usize, foldhash::fast::RandomState>,
}

impl<'a> Repairs<'a> {
    /// No guesses; `arena` will hold them.
    pub(super) fn new(arena: &'a Bump) -> Self {
        Self { arena, guesses: HashMap::default(), room: HashMap::default() }
    }

    /// Opens every signer again that failed for its content alone, with its next guess.
    pub(super) fn offer(&mut self, found: &Found<'_>, signers: &mut [Signer<'a>]) {
        for signer in signers {
            match signer.result {
                Some(CryptoResult::Ok) if signer.repair.stored.is_some() => {
                    signer.result = Some(CryptoResult::Repaired);
                }
                Some(CryptoResult::Limit) if signer.repair.stored.is_some() => give_up(signer),
                Some(_) if failed_for_its_content(signer) => self.offer_next(found, signer),
                _ => {}
            }
        }
    }

    fn offer_next(&mut self, found: &Found<'_>, signer: &mut Signer<'a>) {
        let (Some(content), Some(result)) = (signer.content, signer.result) else { return };
        let stored = *signer.repair.stored.get_or_insert((content, result));
        // What is not held is not gone through.
        let Some(bytes) = stored.0.octets.held() else {
            signer.repair.is_cut = true;
            return give_up(signer);
        };
        let guesses = self.guesses_of(found, signer, bytes);
        let next = guesses.all.iter().enumerate().skip(signer.repair.next).find(|(_, guess)| {
            // RULES 2, for the octets that would be signed now.
            signer.attributes.is_some() || !is_attributes_in_any_form(guess.bytes)
        });
        let Some((index, &guess)) = next else {
            signer.repair.is_cut = guesses.is_cut;
            return give_up(signer);
        };
        signer.repair.next = index + 1;
        signer.repair.done = guess.repairs;
        signer.content =
            Some(Content { octets: Octets::Held(guess.bytes), forms: form_of(guess.bytes) });
        signer.tried.form = 0;
        if signer.attributes.is_none() {
            signer.tried.candidate = 0;
        }
        signer.result = None;
    }

    fn guesses_of(
        &mut self,
        found: &Found<'_>,
        signer: &Signer<'a>,
        stored: &'a [u8],
    ) -> &Guesses<'a> {
        let is_stored = found.layer(signer.layer).is_some_and(|layer| layer.stored);
        let room = self.room.entry(signer.message).or_insert(limits::REPAIR_BYTES);
        self.guesses.entry(signer.layer).or_insert_with(|| {
            // What lay inside another object came through the archive untouched.
            if is_stored { guess(stored, room, self.arena) } else { Guesses::default() }
        })
    }
}

/// Whether the signature is right, as far as that can be said, and only the content is not what was signed.
fn failed_for_its_content(signer: &Signer<'_>) -> bool {
    let by_content = match signer.result {
        Some(CryptoResult::DigestMismatch) => signer.tried.matched_candidate.is_some(),
        // RFC 5652 §5.4: without attributes the signature is over the content itself.
        Some(CryptoResult::SignatureMismatch) => signer.attributes.is_none(),
        _ => false,
    };
    by_content && signer.format == SignatureFormat::Detached
}

/// Back to the stored content and what came of it.
fn give_up(signer: &mut Signer<'_>) {
    // A signer without guesses keeps its result, so that it is not asked again.
    let Some((content, result)) = signer.repair.stored else { return };
    signer.repair.done = CodeSet::EMPTY;
    signer.repair.next = usize::MAX;
    signer.content = Some(content);
    signer.tried.form = content.forms.len();
    signer.result = Some(result);
}

/// RULES 26: one form is enough, since every line end that was sent was CRLF.
fn form_of(bytes: &[u8]) -> &'static [Canonicalization] {
    if has_bare_lf(bytes) { &[Canonicalization::LfToCrlf] } else { &[Canonicalization::AsStored] }
}

/// Every guess at `stored` in the order of RULES 30: single repairs, then two of different kinds.
fn guess<'a>(stored: &[u8], room: &mut usize, arena: &'a Bump) -> Guesses<'a> {
    let mut guesses: Vec<Guess<'a>> = Vec::new();
    let mut is_cut = false;
    let mut try_one = |from: &[u8], damaged: &Damaged<'_>, repair: Repair, before| {
        if guesses.len() >= limits::REPAIR_DIGESTS {
            return None;
        }
        let Some(left) = room.checked_sub(from.len()) else {
            is_cut = true;
            return None;
        };
        *room = left;
        let bytes = damaged.restored(repair)?;
        let is_new = bytes != stored && guesses.iter().all(|guess| guess.bytes != bytes);
        let mut repairs: CodeSet<Repair> = before;
        repairs.insert(repair);
        if is_new {
            guesses.push(Guess { bytes: arena.alloc_slice_copy(&bytes), repairs });
        }
        is_new.then_some(bytes)
    };
    let damaged = Damaged::new(stored);
    let singles: Vec<Option<Vec<u8>>> = Repair::ALL
        .iter()
        .map(|&repair| try_one(stored, &damaged, repair, CodeSet::EMPTY))
        .collect();
    let mut pairs_left = limits::REPAIR_CANDIDATES - Repair::ALL.len();
    for (&first, restored) in Repair::ALL.iter().zip(&singles) {
        // What changes nothing by itself, or what another has changed, is no candidate with a second either.
        let Some(restored) = restored else { continue };
        let damaged = Damaged::new(restored);
        let later = Repair::ALL.iter().skip(first.ordinal() + 1);
        for &second in later.filter(|&&second| !second.is_of_kind(first)).take(pairs_left) {
            pairs_left -= 1;
            try_one(restored, &damaged, second, CodeSet::of(first));
        }
    }
    Guesses { all: guesses, is_cut }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn guessed(stored: &[u8], mut room: usize) -> Vec<(Vec<u8>, Vec<&'static str>)> {
        let arena = Bump::new();
        guess(stored, &mut room, &arena)
            .all
            .iter()
            .map(|guess| (guess.bytes.to_vec(), guess.repairs.iter().map(Code::code).collect()))
            .collect()
    }

    #[test]
    fn rule_30_guesses_come_in_order_each_once_single_before_double() {
        let found = guessed(b"\n>From a\nx \n", usize::MAX);
        let words: Vec<Vec<&str>> = found.iter().map(|(_, words)| words.clone()).collect();
        assert_eq!(
            words,
            [
                vec!["from_unquoted"],
                vec!["blank_line_added"],
                vec!["blank_line_removed"],
                vec!["trailing_blanks_removed"],
                vec!["from_unquoted", "blank_line_added"],
                vec!["from_unquoted", "blank_line_removed"],
                vec!["from_unquoted", "trailing_blanks_removed"],
                vec!["blank_line_added", "trailing_blanks_removed"],
            ]
        );
        assert_eq!(found[5].0, b"\nFrom a\nx ");
    }

    #[test]
    fn rule_43_guesses_and_the_octets_they_cost_are_bounded() {
        let stored = b"\n>From a\n>>From b\n From c\n--\nx \n\n";
        assert_eq!(guessed(stored, usize::MAX).len(), limits::REPAIR_DIGESTS);
        assert_eq!(guessed(stored, 2 * stored.len()).len(), 2);
        assert!(guessed(stored, stored.len() - 1).is_empty());
        let is_cut = |mut room| guess(stored, &mut room, &Bump::new()).is_cut;
        assert!(is_cut(2 * stored.len()) && !is_cut(usize::MAX));
    }

    #[test]
    fn rule_30_text_that_nothing_was_done_to_gives_blank_lines_only() {
        let words: Vec<_> = guessed(b"\ntext", usize::MAX).into_iter().map(|(_, w)| w).collect();
        assert_eq!(words, [["blank_line_added"]]);
    }
}
