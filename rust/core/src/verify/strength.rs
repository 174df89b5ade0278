//! Strength: every signer → which of its algorithms, and of its path's, have a last day, and the earliest of those.
//!
//! The table is the policy's (RULES 15). Nearly every signature of today has no such algorithm, and costs a look at the
//! table; the answer for a path is kept with the path. A list or response that the path does not rest on is named where
//! it is weak, and changes nothing (docs/design/18).

use crate::path::PathOutcome;
use crate::path::strength::{Ageing, Ingredient, Place};
use crate::verdict::facts::{AlgorithmStatus, ControlTimeKind};
use crate::verdict::sunset::{SunsetTable, algorithm_status};

use super::context::Context;
use super::resolve::Signer;
use super::time::MICROSECONDS;

/// What of a signature has a last day.
pub(in crate::verify) struct Strength<'c> {
    own: Vec<Ageing>,
    path: &'c [(Place, Ageing)],
    is_known: bool,
    now_unix_s: i64,
}

impl<'c> Strength<'c> {
    /// Of a signer and its path, where there is one.
    pub(super) fn of(
        signer: &Signer<'_>,
        path: Option<&'c PathOutcome>,
        context: &Context<'_>,
    ) -> Self {
        let table = &context.options.path_rules.sunset;
        Self {
            own: own_ageing(signer, table),
            path: path.map_or(&[], |path| path.ageing(table)),
            is_known: signer.candidate().is_some(),
            now_unix_s: context.options.now_unix_us.div_euclid(MICROSECONDS),
        }
    }

    /// What the verdict rests on, each with the second from which it was relied on for a question about a time.
    fn decisive(&self, at_unix_s: i64) -> impl Iterator<Item = (i64, &Ageing)> {
        let own = self.own.iter().map(move |ageing| (at_unix_s, ageing));
        let path = self.path.iter().filter(|(place, _)| place.decides());
        own.chain(path.map(move |(place, ageing)| (place.relied_on_unix_s(at_unix_s), ageing)))
    }

    /// The last second (Unix) at which all of it was strong enough; `None`: no end is known.
    pub(super) fn until_unix_s(&self) -> Option<i64> {
        self.decisive(0).map(|(_, ageing)| ageing.until_unix_s).min()
    }

    /// Its status at a control time; `None` where no key of the signer is known, and so nothing was computed.
    pub(super) fn status(
        &self,
        control_unix_s: i64,
        kind: ControlTimeKind,
    ) -> Option<AlgorithmStatus> {
        let status = |(relied_on_unix_s, ageing): (i64, &Ageing)| {
            algorithm_status(Some(ageing.until_unix_s), relied_on_unix_s, kind, self.now_unix_s)
        };
        let worst = self.decisive(control_unix_s).map(status).max();
        self.is_known.then(|| worst.unwrap_or(AlgorithmStatus::Ok))
    }

    /// Everything weak by then or by now: `signer:sha1`, `certificate[1]:rsa1024`, `revocation[0]:sha1` (OUTPUT.md
    /// `weak_elements`).
    pub(super) fn weak_elements(&self, control_unix_s: i64) -> Vec<String> {
        let end = self.now_unix_s.max(control_unix_s);
        let is_weak = |ageing: &Ageing| ageing.until_unix_s < end;
        let own = self.own.iter().filter(|ageing| is_weak(ageing));
        let own = own.map(|ageing| format!("signer:{}", ageing.algorithm));
        let path = self.path.iter().filter(|(_, ageing)| is_weak(ageing));
        let path = path.map(|(place, ageing)| format!("{place}:{}", ageing.algorithm));
        let mut elements: Vec<_> = own.chain(path).collect();
        elements.dedup();
        elements
    }
}

/// The digest of the content, the digest that was signed, and the key.
fn own_ageing(signer: &Signer<'_>, table: &SunsetTable) -> Vec<Ageing> {
    let Some(candidate) = signer.candidate() else {
        return Vec::new();
    };
    let signed = candidate.scheme.ok().and_then(|scheme| scheme.digest);
    let content = signer.digest.filter(|digest| Some(*digest) != signed);
    let digests = signed.into_iter().chain(content).map(Ingredient::Digest);
    let own = digests.chain(Ingredient::key_of(&candidate.certificate));
    own.filter_map(|ingredient| ingredient.ageing(table)).collect()
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
