//! Sunset: until when each algorithm was strong enough, as a table the operator may replace (RULES 15).
//!
//! Weak is not wrong: the mathematics stand, and a signature shown to be older than the day its algorithms were given up
//! is as good as ever. The table knows digests and sizes of keys; what is not in it has no last day. Dates and their
//! sources live in the policy file (docs/design/18-sunset.md), not here.

use smimebatch_crypto::digest;

use super::facts::{AlgorithmStatus, ControlTimeKind};

/// The last second at which keys below a size were strong enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySunset {
    /// Name of the algorithm, as the column `key_algorithm` shows it.
    pub algorithm: Box<str>,
    /// Keys of fewer bits are meant.
    pub below_bits: u32,
    /// Unix seconds.
    pub good_until_unix_s: i64,
}

/// When algorithms were given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SunsetTable {
    digests: Vec<(digest::Algorithm, i64)>,
    keys: Vec<KeySunset>,
}

impl SunsetTable {
    /// Nothing is ever given up.
    pub const EMPTY: Self = Self::new(Vec::new(), Vec::new());

    /// A table of digests with the last second (Unix) of each, and of keys; of two dates for one thing the earlier holds.
    #[must_use]
    pub const fn new(digests: Vec<(digest::Algorithm, i64)>, keys: Vec<KeySunset>) -> Self {
        Self { digests, keys }
    }

    /// Gives a digest a last second (Unix).
    pub fn add_digest(&mut self, digest: digest::Algorithm, good_until_unix_s: i64) {
        self.digests.push((digest, good_until_unix_s));
    }

    /// Gives keys below a size a last second.
    pub fn add_key(&mut self, key: KeySunset) {
        self.keys.push(key);
    }

    /// The last second at which a digest was strong enough for signatures; `None`: no end is known.
    #[must_use]
    pub fn digest_until(&self, algorithm: digest::Algorithm) -> Option<i64> {
        self.digests.iter().filter(|(known, _)| *known == algorithm).map(|(_, until)| *until).min()
    }

    /// The last second at which a key of `bits` was strong enough; `None`: no end is known.
    #[must_use]
    pub fn key_until(&self, algorithm: &str, bits: u32) -> Option<i64> {
        self.keys
            .iter()
            .filter(|known| bits < known.below_bits && *known.algorithm == *algorithm)
            .map(|known| known.good_until_unix_s)
            .min()
    }
}

/// The status of algorithms of which the weakest was strong enough until `until_unix_s`.
///
/// With nothing to show the signature's age (control time now) "then" has no meaning: weak is weak now.
#[must_use]
pub fn algorithm_status(
    until_unix_s: Option<i64>,
    control_unix_s: i64,
    kind: ControlTimeKind,
    now_unix_s: i64,
) -> AlgorithmStatus {
    match until_unix_s {
        Some(until) if until < control_unix_s && kind != ControlTimeKind::Now => {
            AlgorithmStatus::WeakThen
        }
        Some(until) if until < now_unix_s.max(control_unix_s) => AlgorithmStatus::WeakNow,
        _ => AlgorithmStatus::Ok,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use digest::Algorithm::{Md5, Sha1, Sha256};

    fn table() -> SunsetTable {
        let key = |algorithm: &str, below_bits, good_until_unix_s| KeySunset {
            algorithm: algorithm.into(),
            below_bits,
            good_until_unix_s,
        };
        let keys = vec![key("rsa", 2048, 30), key("rsa", 1024, 20), key("ec", 224, 30)];
        SunsetTable::new(vec![(Md5, 10), (Sha1, 30), (Md5, 12)], keys)
    }

    #[test]
    fn rule_15_digest_has_the_earlier_of_its_dates() {
        let found = [Md5, Sha1, Sha256].map(|digest| table().digest_until(digest));
        assert_eq!(found, [Some(10), Some(30), None]);
    }

    #[test]
    fn rule_15_key_has_the_date_of_its_size() {
        let until = |algorithm, bits| table().key_until(algorithm, bits);
        assert_eq!([until("rsa", 512), until("rsa", 1023)], [Some(20); 2]);
        assert_eq!([until("rsa", 1024), until("rsa", 2047)], [Some(30); 2]);
        assert_eq!([until("rsa", 2048), until("dsa", 512), until("ec", 224)], [None; 3]);
        assert_eq!(until("ec", 192), Some(30));
    }

    #[test]
    fn rule_15_status_is_of_the_control_time_and_of_now() {
        use AlgorithmStatus::{Ok, WeakNow, WeakThen};
        use ControlTimeKind::{Chosen, Now, Proven};
        let status = |control, kind| algorithm_status(Some(30), control, kind, 100);
        for kind in [Proven, Chosen] {
            assert_eq!([30, 31, 100].map(|at| status(at, kind)), [WeakNow, WeakThen, WeakThen]);
        }
        assert_eq!(status(100, Now), WeakNow, "nothing says when it was made");
        assert_eq!(algorithm_status(None, 0, Proven, 100), Ok);
        assert_eq!(
            algorithm_status(Some(100), 50, Proven, 100),
            Ok,
            "the last second is a good one"
        );
        assert_eq!(algorithm_status(Some(200), 300, Chosen, 100), WeakThen, "a time to come");
    }
}
