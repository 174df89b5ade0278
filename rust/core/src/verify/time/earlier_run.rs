//! Earlier runs: the messages that one time-stamp shows to have existed, as a sorted table of their hashes.
//!
//! An earlier run's files hold the SHA-256 of every message, its records lead from them to one checkpoint, and the
//! time-stamp is over that ([`super::standing`]). Whoever brings the hashes has followed that way: here they are looked
//! up. Whole hashes, 32 octets a message, sorted in place: half of each would keep out forgers too, who need a second
//! preimage and no collision, but for less than a reader of a verdict of decades later may ask.

use std::sync::Arc;

use super::evidence::Candidate;
use super::standing::StandingToken;
use crate::verdict::evidence::EvidenceKind;

/// Octets of a SHA-256.
const HASH_OCTETS: usize = 32;
type Hash = [u8; HASH_OCTETS];

/// An earlier run that is vouched for, ready to be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EarlierRun {
    /// Sorted.
    messages: Arc<Vec<Hash>>,
    latest_unix_us: i64,
    source: String,
}

/// An earlier run whose hashes are still coming.
#[derive(Debug)]
pub struct EarlierRunBuilder {
    messages: Vec<Hash>,
    latest_unix_us: i64,
    source: String,
}

impl EarlierRunBuilder {
    /// A run without messages, whose checkpoint's first line is `origin`; `None` where its token is not believed.
    pub(crate) fn new(token: &StandingToken, origin: &str) -> Option<Self> {
        let source = format!("{} over {origin}", token.authority);
        let (messages, latest_unix_us) = (Vec::new(), token.latest_unix_us);
        token.doubt.is_none().then_some(Self { messages, latest_unix_us, source })
    }

    /// Adds hashes, one after another; what is left of an unfinished one is none.
    pub fn add(&mut self, hashes: &[u8]) {
        self.messages.extend_from_slice(hashes.as_chunks::<HASH_OCTETS>().0);
    }

    /// The run with all its messages.
    #[must_use]
    pub fn finish(mut self) -> EarlierRun {
        self.messages.sort_unstable();
        self.messages.dedup();
        let Self { messages, latest_unix_us, source } = self;
        EarlierRun { messages: Arc::new(messages), latest_unix_us, source }
    }
}

impl EarlierRun {
    /// What it says of a message.
    pub(super) fn candidate(&self, message_sha256: &[u8]) -> Option<Candidate> {
        let is_known =
            self.messages.binary_search_by(|known| known.as_slice().cmp(message_sha256)).is_ok();
        is_known.then(|| Candidate {
            kind: EvidenceKind::EarlierRun,
            unix_us: self.latest_unix_us,
            source: self.source.clone(),
            trusted: true,
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn token(doubt: Option<&'static str>) -> StandingToken {
        let (token, authority) = (Vec::new(), "CN=Time".to_owned());
        StandingToken { token, authority, gen_time_unix_us: 5, latest_unix_us: 7, doubt }
    }

    fn builder() -> EarlierRunBuilder {
        EarlierRunBuilder::new(&token(None), "smimebatch/run/1").unwrap()
    }

    #[test]
    fn run_whose_token_is_not_believed_is_none() {
        assert!(EarlierRunBuilder::new(&token(Some("untrusted_root")), "").is_none());
    }

    #[test]
    fn message_of_a_run_existed_at_the_latest_time_that_its_token_may_mean() {
        let mut run = builder();
        run.add(&[1; 32]);
        let candidate = run.finish().candidate(&[1; 32]).unwrap();
        assert_eq!((candidate.kind, candidate.unix_us), (EvidenceKind::EarlierRun, 7));
        assert_eq!(candidate.source, "CN=Time over smimebatch/run/1");
        assert!(candidate.trusted);
    }

    #[test]
    fn hash_that_is_cut_off_is_that_of_no_message() {
        let mut run = builder();
        run.add(&[1; 63]);
        let run = run.finish();
        assert!(run.candidate(&[1; 32]).is_some() && run.candidate(&[1; 31]).is_none());
        assert_eq!(run.messages.len(), 1);
    }

    proptest! {
        #[test]
        fn table_holds_what_was_added_and_nothing_else(
            known in proptest::collection::vec(any::<[u8; 2]>(), 0..60),
            asked in any::<[u8; 2]>(),
        ) {
            // Hashes that differ in few octets, so that some asked for are there.
            let whole = |[first, last]: [u8; 2]| {
                let mut hash = [7; HASH_OCTETS];
                (hash[0], hash[31]) = (first & 3, last & 3);
                hash
            };
            let mut run = builder();
            known.chunks(7).for_each(|some| {
                run.add(&some.iter().map(|&it| whole(it)).collect::<Vec<_>>().concat());
            });
            let expected = known.iter().any(|&it| whole(it) == whole(asked));
            prop_assert_eq!(run.finish().candidate(&whole(asked)).is_some(), expected);
        }
    }
}
