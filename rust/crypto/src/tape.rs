//! A tape of jobs: what the batches of one thread were asked and answered, to be done again alone.
//!
//! This is how the floor of an archive is measured: its digests and verifications, without anything
//! around them. [`record`] notes the jobs while an archive is verified on the calling thread, and
//! [`Tape::ready`] sets them up so that whoever holds a clock can do them again. Jobs that come
//! alone ([`signature::verify_one`]) are gathered into batches. While nothing is recorded, a batch
//! costs one look at a thread's own variable.

use crate::digest::{self, Algorithm, Digest, LineEnds};
use crate::lanes::Kernels;
use crate::signature::{self, Answer, Input, PublicKey, Scheme};
use std::cell::RefCell;

/// Jobs that came alone and are done again together; as many as the messages of a chunk.
const GATHERED_JOBS: usize = 256;

thread_local! {
    /// The tape of this thread, while one is recorded.
    static TAPE: RefCell<Option<Tape>> = const { RefCell::new(None) };
}

/// What was noted: batches in the order in which they came, with jobs of their own.
#[derive(Debug, Default)]
pub struct Tape {
    digests: Vec<Vec<(DigestJob, Digest)>>,
    checks: Vec<Vec<(CheckJob, Answer)>>,
    /// Verifications that came alone.
    gathered: Vec<(CheckJob, Answer)>,
}

type Octets = Box<[u8]>;

#[derive(Debug)]
struct DigestJob {
    algorithm: Algorithm,
    line_ends: LineEnds,
    pieces: Vec<Octets>,
}

#[derive(Debug)]
struct CheckJob {
    key: PublicKey,
    scheme: Scheme,
    is_digest: bool,
    pieces: Vec<Octets>,
    signature: Octets,
}

/// Does the work and notes what it asks of this crate on this thread. Work that panics leaves
/// nothing recorded, and the thread not recording.
pub fn record<T>(work: impl FnOnce() -> T) -> (T, Tape) {
    let recording = Recording::begin();
    let done = work();
    (done, recording.end())
}

/// The calling thread's recording, which ends with this value.
struct Recording;

impl Recording {
    fn begin() -> Self {
        TAPE.set(Some(Tape::default()));
        Self
    }

    fn end(self) -> Tape {
        TAPE.take().unwrap_or_default()
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        TAPE.set(None);
    }
}

pub(crate) fn note_digests(jobs: &[digest::Job<'_>], digests: &[Digest]) {
    TAPE.with_borrow_mut(|tape| {
        if let Some(tape) = tape {
            let owned = |job: &digest::Job<'_>| DigestJob {
                algorithm: job.algorithm,
                line_ends: job.line_ends,
                pieces: copied(job.pieces),
            };
            tape.digests.push(jobs.iter().map(owned).zip(digests.iter().copied()).collect());
        }
    });
}

pub(crate) fn note_checks(jobs: &[signature::Job<'_>], answers: &[Answer]) {
    TAPE.with_borrow_mut(|tape| {
        if let Some(tape) = tape {
            tape.checks.push(owned_checks(jobs, answers));
        }
    });
}

pub(crate) fn note_check(job: &signature::Job<'_>, answer: Answer) {
    TAPE.with_borrow_mut(|tape| {
        if let Some(tape) = tape {
            tape.gathered.extend(owned_checks(&[*job], &[answer]));
        }
    });
}

fn owned_checks(jobs: &[signature::Job<'_>], answers: &[Answer]) -> Vec<(CheckJob, Answer)> {
    let owned = |job: &signature::Job<'_>| {
        let (is_digest, pieces) = match job.input {
            Input::Digest(digest) => (true, copied(&[digest])),
            Input::Message(pieces) => (false, copied(pieces)),
        };
        let (key, scheme, signature) = (job.key.clone(), job.scheme, job.signature.into());
        CheckJob { key, scheme, is_digest, pieces, signature }
    };
    jobs.iter().map(owned).zip(answers.iter().copied()).collect()
}

fn copied(pieces: &[&[u8]]) -> Vec<Octets> {
    pieces.iter().map(|piece| Octets::from(*piece)).collect()
}

fn borrowed(pieces: &[Octets]) -> Vec<&[u8]> {
    pieces.iter().map(|piece| &**piece).collect()
}

impl Tape {
    /// How many digests were made.
    pub fn digest_count(&self) -> usize {
        self.digests.iter().map(Vec::len).sum()
    }

    /// Octets that were hashed, as stored.
    pub fn digested_bytes(&self) -> usize {
        let pieces = self.digests.iter().flatten().flat_map(|(job, _)| &job.pieces);
        pieces.map(|piece| piece.len()).sum()
    }

    /// How many signatures were verified.
    pub fn check_count(&self) -> usize {
        self.check_batches().map(<[_]>::len).sum()
    }

    /// Adds what another tape has.
    pub fn append(&mut self, other: Self) {
        self.digests.extend(other.digests);
        self.checks.extend(other.checks);
        self.gathered.extend(other.gathered);
    }

    /// Everything about the jobs that is not their arithmetic, done beforehand.
    pub fn ready(&self) -> Ready<'_> {
        let digests = self.digests.iter().map(|batch| DigestBatch {
            pieces: batch.iter().map(|(job, _)| borrowed(&job.pieces)).collect(),
            batch,
        });
        let checks = self.check_batches().map(|batch| CheckBatch {
            pieces: batch.iter().map(|(job, _)| borrowed(&job.pieces)).collect(),
            batch,
        });
        Ready { digests: digests.collect(), checks: checks.collect() }
    }

    fn check_batches(&self) -> impl Iterator<Item = &[(CheckJob, Answer)]> {
        self.checks.iter().map(Vec::as_slice).chain(self.gathered.chunks(GATHERED_JOBS))
    }
}

/// A tape that is ready to be played, by any number of threads at once.
pub struct Ready<'t> {
    /// Batches of digests.
    pub digests: Vec<DigestBatch<'t>>,
    /// Batches of verifications.
    pub checks: Vec<CheckBatch<'t>>,
}

/// A batch of digests.
pub struct DigestBatch<'t> {
    pieces: Vec<Vec<&'t [u8]>>,
    batch: &'t [(DigestJob, Digest)],
}

impl DigestBatch<'_> {
    /// Makes the digests again; whether they are the same.
    #[must_use]
    pub fn play(&self, kernels: Kernels) -> bool {
        let jobs: Vec<digest::Job<'_>> = self.batch.iter().zip(&self.pieces).map(job_of).collect();
        let digests = digest::many_with(&jobs, kernels);
        digests.iter().eq(self.batch.iter().map(|(_, digest)| digest))
    }
}

fn job_of<'b>(((job, _), pieces): (&'b (DigestJob, Digest), &'b Vec<&'b [u8]>)) -> digest::Job<'b> {
    digest::Job { algorithm: job.algorithm, pieces, line_ends: job.line_ends }
}

/// A batch of verifications.
pub struct CheckBatch<'t> {
    pieces: Vec<Vec<&'t [u8]>>,
    batch: &'t [(CheckJob, Answer)],
}

impl CheckBatch<'_> {
    /// Verifies the signatures again; whether the answers are the same.
    #[must_use]
    pub fn play(&self, kernels: Kernels) -> bool {
        let jobs = self.batch.iter().zip(&self.pieces).map(|((job, _), pieces)| signature::Job {
            key: &job.key,
            scheme: job.scheme,
            input: if job.is_digest {
                Input::Digest(pieces.first().copied().unwrap_or_default())
            } else {
                Input::Message(pieces)
            },
            signature: &job.signature,
        });
        let answers = signature::verify_many_with(&jobs.collect::<Vec<_>>(), kernels);
        answers.iter().eq(self.batch.iter().map(|(_, answer)| answer))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::lanes::Choice;

    const SHA256: Algorithm = Algorithm::Sha256;

    fn digests_of(pieces: &[&[u8]]) -> Vec<Digest> {
        let job = digest::Job { algorithm: SHA256, pieces, line_ends: LineEnds::AsStored };
        digest::many(&[job, job])
    }

    fn key() -> PublicKey {
        let mut modulus = vec![0xff; 256];
        modulus[255] = 0xfb;
        PublicKey::rsa(&modulus, &[1, 0, 1]).unwrap()
    }

    fn wrong<'a>(key: &'a PublicKey, signature: &'a [u8]) -> signature::Job<'a> {
        let scheme = Scheme::RsaPkcs1 { hash: SHA256 };
        signature::Job { key, scheme, input: Input::Digest(&[7; 32]), signature }
    }

    #[test]
    fn tape_holds_the_jobs_of_the_work_and_plays_them_with_the_same_answers() {
        let (key, signature) = (key(), [5; 256]);
        let jobs = [wrong(&key, &signature); 3];
        let ((), tape) = record(|| {
            digests_of(&[b"one ", b"message"]);
            signature::verify_many(&jobs);
            signature::verify_one(&jobs[0]);
        });
        assert_eq!((tape.digest_count(), tape.digested_bytes(), tape.check_count()), (2, 22, 4));
        let ready = tape.ready();
        for kernels in [Kernels::in_use(), Kernels::of(Choice::Off)] {
            assert!(ready.digests.iter().all(|batch| batch.play(kernels)));
            assert!(ready.checks.iter().all(|batch| batch.play(kernels)));
        }
    }

    #[test]
    fn tape_tells_another_answer_from_the_recorded_one() {
        let ((), mut tape) = record(|| {
            digests_of(&[b"one"]);
            signature::verify_one(&wrong(&key(), &[5; 256]));
        });
        tape.digests[0][0].1 = digest::one(SHA256, b"other");
        tape.gathered[0].1 = Answer::Valid;
        let ready = tape.ready();
        assert!(!ready.digests[0].play(Kernels::in_use()));
        assert!(!ready.checks[0].play(Kernels::in_use()));
    }

    #[test]
    fn nothing_is_noted_outside_a_recording_or_by_another_thread() {
        let ((), tape) = record(|| {
            std::thread::spawn(|| digests_of(&[b"elsewhere"])).join().unwrap();
        });
        digests_of(&[b"after"]);
        assert_eq!(tape.digest_count(), 0);
    }

    #[test]
    fn panic_while_recording_ends_the_recording() {
        let panic = || std::panic::resume_unwind(Box::new(()));
        let panicked = std::panic::catch_unwind(|| record::<()>(panic));
        assert!(panicked.is_err());
        assert!(TAPE.take().is_none());
    }
}
