//! The engine: record batches of raw messages in, tables of facts out, over all cores.
//!
//! A batch is cut into chunks, and each chunk goes through [`crate::verify`] on one thread. Caches are shared by all
//! chunks and calls and never change an answer. A panic inside a chunk is a bug of ours: its messages are then taken
//! one by one, so that only the message at fault loses its facts (RULES 44).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::RecordBatch;
use bumpalo::Bump;
use rayon::prelude::*;
use smimebatch_crypto::digest::Algorithm;
use smimebatch_crypto::secret::Secret;

use crate::columns::input::{InputError, read_messages};
use crate::columns::rows::{Tables, unevaluated};
use crate::envelope::seal::{Given, Standing, Word};
use crate::envelope::writing::Maker;
use crate::error::Unexpected;
use crate::keys::Vault;
use crate::limits;
use crate::stages::StageWatch;
use crate::trust::TrustStore;
use crate::verify::caches::Caches;
use crate::verify::chunk::{StoredMessage, cut};
use crate::verify::context::{Context, EarlierRunBuilder, Options, StandingToken};
use crate::verify::outline::{ByteSource, ByteTarget, Outline, Target};
use crate::verify::time::standing::judge_standing;
use crate::verify::verify;
use crate::verify::vocabulary::ErrorCode;
use crate::x509::certificate::CertificateError;

/// Messages of one chunk: enough for full vectors and sorted digests, few enough that what a stage makes is still
/// in the cache when the next one reads it (1,000 messages and 8 MiB cost 10 % more, docs/design/20).
const CHUNK_MESSAGES: usize = 256;
/// Bytes of one chunk (as above).
const CHUNK_BYTES: usize = 2 << 20;
/// Chunks per thread in one batch, so that threads finish together.
const CHUNKS_PER_THREAD: usize = 4;
/// Arena kept between chunks; a larger one is given back (own choice: eight times an ordinary chunk's CMS objects).
const ARENA_KEPT_BYTES: usize = 32 << 20;

/// Options, trust and caches of a run; shared between threads.
pub struct Engine {
    options: Options,
    trust: Arc<TrustStore>,
    tsa_trust: Arc<TrustStore>,
    vault: Option<Arc<Vault>>,
    maker: Option<Arc<Maker>>,
    proof_key: Option<Secret>,
    caches: Caches,
    watch: Option<Arc<dyn StageWatch>>,
    jobs: usize,
    pool: Mutex<Option<Pool>>,
    arenas: Mutex<Vec<Bump>>,
}

/// A thread pool and the process that made it: threads do not survive a fork.
struct Pool {
    process: u32,
    threads: Arc<rayon::ThreadPool>,
}

impl Engine {
    /// An engine with empty caches that works on `jobs` threads; with one, on the caller's.
    #[must_use]
    pub fn new(mut options: Options, trust: Arc<TrustStore>, jobs: usize) -> Self {
        options.path_rules.now_unix_s = options.now_unix_us.div_euclid(1_000_000);
        let tsa_trust = Arc::new(TrustStore::build(Vec::new(), Vec::new()));
        Self {
            caches: Caches::new(Arc::clone(&trust), Arc::clone(&tsa_trust), &options.path_rules),
            options,
            trust,
            tsa_trust,
            vault: None,
            maker: None,
            proof_key: None,
            watch: None,
            jobs: jobs.max(1),
            pool: Mutex::new(None),
            arenas: Mutex::new(Vec::new()),
        }
    }

    /// The same with anchors for time-stamp authorities, of which there are none otherwise; what helps to build other
    /// chains helps theirs too.
    #[must_use]
    pub fn with_tsa_trust(mut self, tsa_trust: Arc<TrustStore>) -> Self {
        let (trust, rules) = (Arc::clone(&self.trust), &self.options.path_rules);
        let tsa_trust = match trust.intermediates() {
            [] => tsa_trust,
            _ => Arc::new(tsa_trust.helped_by(&trust)),
        };
        self.caches = Caches::new(trust, Arc::clone(&tsa_trust), rules);
        self.tsa_trust = tsa_trust;
        self
    }

    /// The same with keys: envelopes of which one is named are opened, and what lies inside is judged too.
    #[must_use]
    pub fn with_vault(mut self, vault: Arc<Vault>) -> Self {
        self.vault = Some(vault);
        self
    }

    /// Why keys of a token answer no more, if that is so: what was made since then is to be thrown away.
    #[must_use]
    pub fn gone_keys(&self) -> Option<String> {
        let of_maker = || match self.maker.as_deref() {
            Some(Maker::Signer(signer)) => signer.gone_keys(),
            _ => None,
        };
        self.vault.as_deref().and_then(Vault::gone_keys).or_else(of_maker)
    }

    /// The same with what puts messages into new envelopes, or under signatures, in the table `mail`. Keys of the vault
    /// at hand that came without a certificate are found by those of the targets; who looks into what was written has
    /// the secrets that it was made with beside the keys that the engine has.
    #[must_use]
    pub fn with_maker(mut self, maker: Arc<Maker>) -> Self {
        if let Maker::Sealer(sealer) = &*maker {
            let named =
                |vault: Arc<Vault>| Arc::new(vault.with_certificates(sealer.certificates()));
            self.vault = self.vault.map(named);
            if self.options.proves_mail && !sealer.shared().is_empty() {
                let vault = self.vault.take().unwrap_or_else(|| Arc::new(Vault::of_files([])));
                self.vault = Some(Arc::new(vault.with_shared(sealer.shared())));
            }
        }
        self.maker = Some(maker);
        self
    }

    /// The same with the key of a run, under which plaintexts are compared in the table `mail`.
    #[must_use]
    pub fn with_proof_key(mut self, key: Secret) -> Self {
        self.proof_key = Some(key);
        self
    }

    /// Judges a time-stamp token, or an authority's answer with one, that should be over a checkpoint of a tree of
    /// SHA-256; as strictly as one over a signature.
    ///
    /// # Errors
    /// [`Unexpected`] for what is no such token, and for one whose signature or imprint is wrong.
    pub fn judge_time_stamp(
        &self,
        answer: &[u8],
        checkpoint: &[u8],
    ) -> Result<StandingToken, Unexpected> {
        judge_standing(answer, checkpoint, Algorithm::Sha256, &self.context(false))
    }

    /// A run over whose checkpoint there is a time-stamp, to be given its messages and then to [`Engine::vouch_for`].
    ///
    /// # Errors
    /// As [`Engine::judge_time_stamp`], and for a token that is not believed.
    pub fn earlier_run(
        &self,
        checkpoint: &[u8],
        time_stamp: &[u8],
    ) -> Result<EarlierRunBuilder, Unexpected> {
        let token = self.judge_time_stamp(time_stamp, checkpoint)?;
        let origin = checkpoint.split(|octet| *octet == b'\n').next().unwrap_or_default();
        EarlierRunBuilder::new(&token, &String::from_utf8_lossy(origin)).ok_or_else(|| {
            let found = token.doubt.unwrap_or_default();
            Unexpected::new("the time-stamp", "one that is believed", found)
        })
    }

    /// What speaks against encrypting to certificates, each with whether it came with mail and judged beside the others; and
    /// the issuers of lists that nothing at hand verifies.
    ///
    /// # Errors
    /// As [`crate::x509::certificate::parse_certificate`].
    pub fn judge_recipients(
        &self,
        given: &[(&[u8], bool)],
    ) -> Result<(Vec<Option<Word>>, Vec<String>), CertificateError> {
        let given = given.iter().map(|&(der, came_with_mail)| Given::parse(der, came_with_mail));
        let given = given.collect::<Result<Vec<Given>, _>>()?;
        let standing = Standing::new(&given, &self.trust, &self.options.path_rules);
        Ok((given.iter().map(|it| standing.against(it)).collect(), standing.unverified_lists()))
    }

    /// Takes a run as proof of existence of its messages.
    pub fn vouch_for(&mut self, run: EarlierRunBuilder) {
        self.options.vouches.runs.push(run.finish());
    }

    /// The same with somebody who measures its stages.
    #[must_use]
    pub fn with_watch(mut self, watch: Arc<dyn StageWatch>) -> Self {
        self.watch = Some(watch);
        self
    }

    /// Verifies every row of `batch`; one row of `messages` per row of input, in order.
    ///
    /// # Errors
    /// Only when the batch does not hold raw messages; what a message turns out to be is data.
    pub fn verify(&self, batch: &RecordBatch) -> Result<Tables, InputError> {
        let messages = read_messages(batch)?;
        Ok(self.verify_messages(&messages, false))
    }

    /// Verifies every row of `batch` and describes its parts too.
    ///
    /// # Errors
    /// As [`Engine::verify`].
    pub fn inspect(&self, batch: &RecordBatch) -> Result<Tables, InputError> {
        let messages = read_messages(batch)?;
        Ok(self.verify_messages(&messages, true))
    }

    /// As [`Engine::inspect`], of one row.
    ///
    /// # Errors
    /// As [`Engine::verify`], and when there is no such row.
    pub fn inspect_row(&self, batch: &RecordBatch, row: usize) -> Result<Tables, InputError> {
        if row >= batch.num_rows() {
            return Err(InputError::NoSuchRow { rows: batch.num_rows(), found: row });
        }
        self.inspect(&batch.slice(row, 1))
    }

    /// Verifies one message that is too large to be held; `row` says the rest about it, and its `raw` is not looked at.
    ///
    /// The source is read piece by piece, and memory does not depend on its length.
    ///
    /// # Errors
    /// When `row` is not one row of input.
    pub fn verify_large(
        &self,
        row: &RecordBatch,
        source: &dyn ByteSource,
    ) -> Result<Tables, InputError> {
        self.evaluate_large(row, (source, None), false)
    }

    /// As [`Engine::verify_large`], for a job that writes mail: `target` is given what is written of the message, piece by
    /// piece; it counts only if the row of `mail` says so. Without one nothing is.
    ///
    /// # Errors
    /// As [`Engine::verify_large`].
    pub fn write_large(
        &self,
        row: &RecordBatch,
        source: &dyn ByteSource,
        target: Option<&dyn ByteTarget>,
    ) -> Result<Tables, InputError> {
        self.evaluate_large(row, (source, target.map(Target)), false)
    }

    /// As [`Engine::verify_large`], and describes what is kept of its parts too.
    ///
    /// # Errors
    /// As [`Engine::verify_large`].
    pub fn inspect_large(
        &self,
        row: &RecordBatch,
        source: &dyn ByteSource,
    ) -> Result<Tables, InputError> {
        self.evaluate_large(row, (source, None), true)
    }

    fn evaluate_large(
        &self,
        row: &RecordBatch,
        (source, target): (&dyn ByteSource, Option<Target<'_>>),
        describe_parts: bool,
    ) -> Result<Tables, InputError> {
        let messages = read_messages(row)?;
        let [stored] = messages.as_slice() else {
            return Err(InputError::NotOneRow { found: messages.len() });
        };
        let stored = StoredMessage { raw: None, ..*stored };
        let unread = |code| Ok(unevaluated(&[stored], code, self.encrypts()));
        if source.length() > limits::STREAMED_MESSAGE_BYTES {
            return unread(ErrorCode::MessageTooLarge);
        }
        let Ok(outline) = Outline::read(source) else { return unread(ErrorCode::UnreadableFile) };
        let large = [StoredMessage { outline: Some(&outline), target, ..stored }];
        let tables = self.verify_messages(&large, describe_parts);
        if outline.is_faulty() { unread(ErrorCode::UnreadableFile) } else { Ok(tables) }
    }

    fn verify_messages(&self, messages: &[StoredMessage<'_>], describe_parts: bool) -> Tables {
        let total: usize = messages.iter().map(StoredMessage::held_bytes).sum();
        let pieces = self.jobs * CHUNKS_PER_THREAD;
        let (max_messages, max_bytes) = match self.jobs {
            1 => (CHUNK_MESSAGES, CHUNK_BYTES),
            _ => (
                messages.len().div_ceil(pieces).clamp(1, CHUNK_MESSAGES),
                total.div_ceil(pieces).clamp(1, CHUNK_BYTES),
            ),
        };
        let chunks = cut(messages, max_messages, max_bytes);
        let verify_chunk = |chunk: &&[StoredMessage<'_>]| {
            isolated(chunk, self.encrypts(), |part| self.verify_chunk(part, describe_parts))
        };
        let tables: Vec<Tables> = match self.threads() {
            Some(threads) if chunks.len() > 1 => {
                threads.install(|| chunks.par_iter().flat_map_iter(verify_chunk).collect())
            }
            _ => chunks.iter().flat_map(verify_chunk).collect(),
        };
        tables.into_iter().fold(Tables::default(), Tables::followed_by)
    }

    fn verify_chunk(&self, chunk: &[StoredMessage<'_>], describe_parts: bool) -> Tables {
        let mut arena = self.locked_arenas().pop().unwrap_or_default();
        let tables = verify(chunk, &self.context(describe_parts), &arena);
        arena.reset();
        if arena.allocated_bytes() <= ARENA_KEPT_BYTES {
            self.locked_arenas().push(arena);
        } else {
            drop(arena);
        }
        tables.unwrap_or_else(|| {
            let (first, second) = chunk.split_at(chunk.len() / 2);
            let first = self.verify_chunk(first, describe_parts);
            first.followed_by(self.verify_chunk(second, describe_parts))
        })
    }

    /// Whether nothing may be written in clear.
    fn encrypts(&self) -> bool {
        let is_new = self.maker.as_deref().is_some_and(Maker::is_new);
        is_new && !self.options.proves_mail
    }

    fn context(&self, describe_parts: bool) -> Context<'_> {
        Context {
            options: &self.options,
            trust: &self.trust,
            tsa_trust: &self.tsa_trust,
            vault: self.vault.as_deref(),
            maker: self.maker.as_deref(),
            proof_key: self.proof_key.as_ref(),
            caches: &self.caches,
            describe_parts,
            watch: self.watch.as_deref(),
        }
    }

    fn locked_arenas(&self) -> std::sync::MutexGuard<'_, Vec<Bump>> {
        self.arenas.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The threads of this process; `None` when there is one job, or the system gives no threads.
    fn threads(&self) -> Option<Arc<rayon::ThreadPool>> {
        if self.jobs == 1 {
            return None;
        }
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        let process = std::process::id();
        if let Some(pool) = pool.as_ref().filter(|pool| pool.process == process) {
            return Some(Arc::clone(&pool.threads));
        }
        let threads = rayon::ThreadPoolBuilder::new()
            .num_threads(self.jobs)
            .thread_name(|index| format!("smimebatch-{index}"))
            .build()
            .ok()?;
        let threads = Arc::new(threads);
        // A pool inherited through fork has no threads left; dropping it would wait for them.
        if let Some(inherited) = pool.replace(Pool { process, threads: Arc::clone(&threads) }) {
            std::mem::forget(inherited);
        }
        Some(threads)
    }
}

/// Runs `work` over a chunk; should it panic, over its messages one by one, and a message that panics alone becomes
/// a row that says so.
fn isolated<'m, 'a>(
    chunk: &'m [StoredMessage<'a>],
    encrypts: bool,
    work: impl Fn(&'m [StoredMessage<'a>]) -> Tables,
) -> Vec<Tables> {
    let caught = |part: &'m [StoredMessage<'a>]| catch_unwind(AssertUnwindSafe(|| work(part)));
    if let Ok(tables) = caught(chunk) {
        return vec![tables];
    }
    chunk
        .chunks(1)
        .map(|one| {
            caught(one).unwrap_or_else(|_| unevaluated(one, ErrorCode::InternalError, encrypts))
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use arrow_array::Array;
    use arrow_array::cast::AsArray;

    use super::*;

    #[test]
    fn rule_44_panic_in_one_message_leaves_the_others_as_they_were() {
        let raws: [&[u8]; 3] = [b"Subject: a\n\n", b"Subject: boom\n\n", b"Subject: c\n\n"];
        let messages = raws.map(|raw| StoredMessage { raw: Some(raw), ..StoredMessage::default() });
        let engine =
            Engine::new(Options::at_now(0), Arc::new(TrustStore::build(Vec::new(), Vec::new())), 1);
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let tables = isolated(&messages, false, |part| {
            assert!(part.iter().all(|message| message.raw != Some(raws[1])), "boom");
            engine.verify_chunk(part, false)
        });
        std::panic::set_hook(hook);
        let tables = tables.into_iter().fold(Tables::default(), Tables::followed_by);
        let indications: Vec<String> = tables
            .messages
            .iter()
            .flat_map(|batch| {
                let column = batch.column_by_name("indication").unwrap().as_any_dictionary();
                let values = column.values().as_string::<i32>();
                column
                    .normalized_keys()
                    .into_iter()
                    .map(|key| values.value(key).to_owned())
                    .collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(indications, ["NOT_SIGNED", "NOT_EVALUATED", "NOT_SIGNED"]);
    }

    #[test]
    fn rule_40_what_nobody_looked_into_is_not_written_in_clear_by_who_encrypts() {
        let message = StoredMessage { raw: Some(b"Subject: a\n\n"), ..StoredMessage::default() };
        for encrypts in [false, true] {
            let tables = unevaluated(&[message], ErrorCode::InternalError, encrypts);
            let raw = tables.mail[0].column_by_name("raw").unwrap();
            assert_eq!(raw.is_null(0), encrypts);
        }
    }
}
