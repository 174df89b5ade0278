//! Strength: every signer → which of its algorithms, and of its chain's, have a last day, and the earliest of those.
//!
//! The table is the policy's (RULES 15). Nearly every signature of today has no such algorithm, and costs a look at the
//! table; the answer for a chain is kept with the chain.

use std::borrow::Cow;

use crate::path::PathOutcome;
use crate::path::strength::Ageing;
use crate::verdict::facts::{AlgorithmStatus, ControlTimeKind};
use crate::verdict::sunset::{SunsetTable, algorithm_status};

use super::context::Context;
use super::resolve::Signer;
use super::time::MICROSECONDS;

/// What of a signature has a last day.
pub(in crate::verify) struct Strength<'c> {
    own: Vec<Ageing>,
    chain: &'c [(usize, Ageing)],
    is_known: bool,
    now_unix_s: i64,
}

impl<'c> Strength<'c> {
    /// Of a signer and its chain, where there is one.
    pub(super) fn of(
        signer: &Signer<'_>,
        path: Option<&'c PathOutcome>,
        context: &Context<'_>,
    ) -> Self {
        let table = &context.options.sunset;
        Self {
            own: own_ageing(signer, table),
            chain: path.map_or(&[], |path| path.ageing(table)),
            is_known: signer.candidate().is_some(),
            now_unix_s: context.options.now_unix_us.div_euclid(MICROSECONDS),
        }
    }

    fn all(&self) -> impl Iterator<Item = &Ageing> {
        self.own.iter().chain(self.chain.iter().map(|(_, ageing)| ageing))
    }

    /// The last second (Unix) at which all of it was strong enough; `None`: no end is known.
    pub(super) fn until_unix_s(&self) -> Option<i64> {
        self.all().map(|ageing| ageing.until_unix_s).min()
    }

    /// Its status at a control time; `None` where no key of the signer is known, and so nothing was computed.
    pub(super) fn status(
        &self,
        control_unix_s: i64,
        kind: ControlTimeKind,
    ) -> Option<AlgorithmStatus> {
        let until = self.until_unix_s();
        self.is_known.then(|| algorithm_status(until, control_unix_s, kind, self.now_unix_s))
    }

    /// Everything weak by then or by now: `signer:sha1`, `certificate[1]:rsa1024` (OUTPUT.md `weak_elements`).
    pub(super) fn weak_elements(&self, control_unix_s: i64) -> Vec<String> {
        let end = self.now_unix_s.max(control_unix_s);
        let own = self.own.iter().map(|ageing| (Cow::Borrowed("signer"), ageing));
        let chain = self.chain.iter();
        let chain = chain.map(|(place, ageing)| (format!("certificate[{place}]").into(), ageing));
        own.chain(chain)
            .filter(|(_, ageing)| ageing.until_unix_s < end)
            .map(|(place, ageing)| format!("{place}:{}", ageing.algorithm))
            .collect()
    }
}

/// The digest of the content, the digest that was signed, and the key.
fn own_ageing(signer: &Signer<'_>, table: &SunsetTable) -> Vec<Ageing> {
    let Some(candidate) = signer.candidate() else {
        return Vec::new();
    };
    let signed = candidate.scheme.ok().and_then(|scheme| scheme.digest);
    let content = signer.digest.filter(|digest| Some(*digest) != signed);
    let digests = signed.into_iter().chain(content);
    let digests = digests.filter_map(|digest| Ageing::of_digest(digest, table));
    digests.chain(Ageing::of_key(&candidate.certificate, table)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_15_what_is_weak_by_then_or_by_now_is_named_with_its_place() {
        let ageing = |algorithm: &'static str, until_unix_s| Ageing {
            algorithm: Cow::Borrowed(algorithm),
            until_unix_s,
        };
        let chain = [(0, ageing("md5", 10)), (1, ageing("rsa1024", 20))];
        let own = vec![ageing("sha1", 30)];
        let strength = Strength { own, chain: &chain, is_known: true, now_unix_s: 20 };
        assert_eq!(strength.until_unix_s(), Some(10));
        assert_eq!(strength.weak_elements(0), ["certificate[0]:md5"], "its last second is good");
        assert_eq!(strength.weak_elements(21), ["certificate[0]:md5", "certificate[1]:rsa1024"]);
        let all = ["signer:sha1", "certificate[0]:md5", "certificate[1]:rsa1024"];
        assert_eq!(strength.weak_elements(31), all);
        let status = |is_known, control| {
            let strength = Strength { own: Vec::new(), chain: &chain, is_known, now_unix_s: 20 };
            strength.status(control, ControlTimeKind::Proven)
        };
        assert_eq!(status(true, 10), Some(AlgorithmStatus::WeakNow));
        assert_eq!(status(true, 11), Some(AlgorithmStatus::WeakThen));
        assert_eq!(status(false, 11), None, "nothing was computed");
        let none = Strength { own: Vec::new(), chain: &[], is_known: true, now_unix_s: 20 };
        assert_eq!((none.until_unix_s(), none.weak_elements(99)), (None, Vec::new()));
    }
}
