//! The stages by name, for whoever measures them.
//!
//! The core has no clock. A [`StageWatch`] of the caller is handed every stage of every chunk to run, and measures what
//! it likes around it: time, instructions, memory. Without one a stage costs one branch a chunk.

use crate::codes::codes;

codes! {
    /// What a chunk goes through, in order; the first three take turns, and so do the fifth to the seventh.
    pub enum Stage {
        Scan = "scan", "Header fields, and signed and encrypted parts as byte ranges.";
        Decode = "decode", "Base64, and the CMS objects: signers, attributes, certificates.";
        Open = "open", "Encrypted layers, with the keys that were given: content keys unwrapped, contents decrypted.";
        Resolve = "resolve", "The signers' certificates, and in which forms each signature may hold.";
        Digest = "digest", "The digests of messages, objects, contents and attributes.";
        Check = "check", "The signatures against the digests.";
        Repair = "repair", "What archives did to mail that does not fit, undone to try again.";
        Time = "time", "When each signature was made at the latest, and what proves it.";
        Chain = "chain", "The paths from the signers to trust anchors.";
        Judge = "judge", "The facts folded into indications.";
        Columns = "columns", "The rows of all datasets, in memory.";
    }
}

/// Somebody who measures stages; chunks are worked on by several threads at once.
pub trait StageWatch: Send + Sync {
    /// Calls `work`, which is the whole of `stage` for one chunk, once.
    fn during(&self, stage: Stage, work: &mut dyn FnMut());
}

/// Runs a stage under the eyes of the watch, if there is one.
pub(crate) fn run<T>(watch: Option<&dyn StageWatch>, stage: Stage, work: impl FnOnce() -> T) -> T {
    let Some(watch) = watch else { return work() };
    let (mut left, mut done) = (Some(work), None);
    watch.during(stage, &mut || {
        if let Some(work) = left.take() {
            done = Some(work());
        }
    });
    match (done, left) {
        (Some(done), _) => done,
        (None, Some(work)) => work(),
        (None, None) => unreachable!("work that was taken and did not panic is done"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use std::sync::Arc;
    use std::sync::Mutex;

    use arrow_array::{ArrayRef, BinaryArray, RecordBatch};

    use super::*;
    use crate::codes::Code;
    use crate::engine::Engine;
    use crate::trust::TrustStore;
    use crate::verify::context::Options;

    /// Notes the stages, and runs each as often as it is told.
    struct Notes {
        seen: Mutex<Vec<Stage>>,
        times: usize,
    }

    impl StageWatch for Notes {
        fn during(&self, stage: Stage, work: &mut dyn FnMut()) {
            self.seen.lock().unwrap().push(stage);
            (0..self.times).for_each(|_| work());
        }
    }

    fn rows_under(watch: &Arc<Notes>) -> usize {
        let trust = Arc::new(TrustStore::build(Vec::new(), Vec::new()));
        let mail: &[u8] = b"From: a@b.example\nContent-Type: multipart/signed; \
            protocol=\"application/pkcs7-signature\"; boundary=b\n\n--b\n\ntext\n--b\n\
            Content-Type: application/pkcs7-signature\n\nMAAA\n--b--\n";
        let raw: ArrayRef = Arc::new(BinaryArray::from_vec(vec![mail]));
        let batch = RecordBatch::try_from_iter([("raw", raw)]).unwrap();
        let engine = Engine::new(Options::at_now(0), trust, 1).with_watch(watch.clone());
        engine.verify(&batch).unwrap().messages[0].num_rows()
    }

    #[test]
    fn watch_sees_the_stages_in_order() {
        let watch = Arc::new(Notes { seen: Mutex::default(), times: 1 });
        assert_eq!(rows_under(&watch), 1);
        let seen = watch.seen.lock().unwrap();
        let mut distinct = seen.clone();
        distinct.dedup();
        distinct.sort_unstable();
        distinct.dedup();
        let without_turns = [Stage::Check, Stage::Repair];
        let expected = Stage::ALL.iter().filter(|stage| !without_turns.contains(stage));
        assert_eq!(distinct, expected.copied().collect::<Vec<_>>());
        assert_eq!((seen[0], seen[seen.len() - 1]), (Stage::Scan, Stage::Columns));
    }

    #[test]
    fn stage_is_run_once_whatever_the_watch_does() {
        for times in [0, 1, 2] {
            let watch = Notes { seen: Mutex::default(), times };
            let mut runs = 0;
            let done = run(Some(&watch), Stage::Scan, || {
                runs += 1;
                runs
            });
            assert_eq!((done, runs), (1, 1), "{times}");
        }
    }
}
