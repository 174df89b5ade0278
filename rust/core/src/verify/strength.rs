//! Strength: every signer → which of its algorithms, and of its path's, have a last day, and the earliest of those.
//!
//! The table is the policy's (RULES 15). Nearly every signature of today has no such algorithm, and costs a look at the
//! table; the answer for a path is kept with the path. A list or response that the path does not rest on is named where
//! it is weak, and changes nothing (docs/design/18). Whoever breaks the key of a CA may issue whatever he likes as of long
//! ago, so that a proof of a signature's age is none of its certificates: [`Shown`] tells what it is of.

use crate::path::PathOutcome;
use crate::path::strength::{Ageing, Ingredient, Place};
use crate::verdict::facts::{AlgorithmStatus, ControlTimeKind, EssCertificateId};
use crate::verdict::sunset::{SunsetTable, algorithm_status};

use super::context::Context;
use super::resolve::Signer;
use super::time::evidence::Evidence;
use super::time::{MICROSECONDS, Times};

/// Since when what a signature rests on is shown to exist, Unix microseconds.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::verify) struct Shown {
    /// The message, with every certificate, list and response that it brings. What the operator brings is taken as it is.
    message_unix_us: Option<i64>,
    /// The signer's own certificate.
    leaf_unix_us: Option<i64>,
}

impl Shown {
    /// By the evidence that there is of a signer's time.
    pub(super) fn of(signer: &Signer<'_>, times: &Times) -> Self {
        let evidence = times.evidence.as_deref();
        evidence.map(|evidence| Self::by(evidence, signer.ess)).unwrap_or_default()
    }

    /// A signature that names its certificate (RFC 5035 §5.4) shows that one to be as old as itself.
    fn by(evidence: &Evidence, ess: EssCertificateId) -> Self {
        let message_unix_us = evidence.message_unix_us;
        let names_leaf = matches!(ess, EssCertificateId::MatchV1 | EssCertificateId::MatchV2);
        let best_unix_us = evidence.best().map(|best| best.unix_us);
        let leaf_unix_us = if names_leaf { best_unix_us } else { message_unix_us };
        Self { message_unix_us, leaf_unix_us }
    }

    /// Whether whoever came by the key of a CA since a second (Unix) can have made nothing of the path, be it the leaf
    /// alone or more.
    pub(super) fn is_from_before(self, makes_leaf_alone: bool, unix_s: i64) -> bool {
        let shown = if makes_leaf_alone { self.leaf_unix_us } else { self.message_unix_us };
        shown.is_some_and(|shown_us| shown_us < unix_s.saturating_mul(MICROSECONDS))
    }

    /// Whether what an algorithm of the path could be abused for is shown to be from before its end.
    fn is_from_before_end(self, place: Place, ageing: &Ageing) -> bool {
        let shown = if place.makes_leaf_alone() { self.leaf_unix_us } else { self.message_unix_us };
        let end_unix_us = ageing.until_unix_s.saturating_add(1).saturating_mul(MICROSECONDS);
        shown.is_some_and(|unix_us| unix_us < end_unix_us)
    }
}

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

    /// What of the path the verdict rests on.
    fn decisive(&self) -> impl Iterator<Item = &(Place, Ageing)> {
        self.path.iter().filter(|(place, _)| place.decides())
    }

    /// The last second (Unix) at which all of it was strong enough; `None`: no end is known.
    pub(super) fn until_unix_s(&self) -> Option<i64> {
        let all = self.own.iter().chain(self.decisive().map(|(_, ageing)| ageing));
        all.map(|ageing| ageing.until_unix_s).min()
    }

    /// Its status at a control time; `None` where no key of the signer is known, and so nothing was computed.
    pub(super) fn status(
        &self,
        control_unix_s: i64,
        kind: ControlTimeKind,
        shown: Shown,
    ) -> Option<AlgorithmStatus> {
        let status = |ageing: &Ageing, relied_on_unix_s| {
            algorithm_status(Some(ageing.until_unix_s), relied_on_unix_s, kind, self.now_unix_s)
        };
        let is_proof = matches!(kind, ControlTimeKind::Proven | ControlTimeKind::Vouched);
        let path_status = |(place, ageing): &(Place, Ageing)| match status(
            ageing,
            place.relied_on_unix_s(control_unix_s),
        ) {
            AlgorithmStatus::WeakNow if is_proof && !shown.is_from_before_end(*place, ageing) => {
                AlgorithmStatus::WeakUnproven
            }
            status => status,
        };
        let own = self.own.iter().map(|ageing| status(ageing, control_unix_s));
        let worst = own.chain(self.decisive().map(path_status)).max();
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
    use super::super::time::evidence::Candidate;
    use super::*;
    use crate::codes::Code;
    use crate::verdict::evidence::EvidenceKind;

    const ALL_SHOWN: Shown = Shown { message_unix_us: Some(0), leaf_unix_us: Some(0) };

    fn ageing(algorithm: &'static str, until_unix_s: i64) -> Ageing {
        Ageing { algorithm: algorithm.into(), until_unix_s }
    }

    /// What is shown by trusted proofs of these kinds and seconds, and by one that nobody trusts.
    fn shown(proofs: &[(EvidenceKind, i64)], ess: EssCertificateId) -> (Option<i64>, Option<i64>) {
        let candidate = |kind, unix_s: i64, trusted| Candidate {
            kind,
            unix_us: unix_s * MICROSECONDS,
            source: String::new(),
            trusted,
        };
        let trusted = proofs.iter().map(|&(kind, unix_s)| candidate(kind, unix_s, true));
        let claim = candidate(EvidenceKind::Received, 1, false);
        let evidence = Evidence::of(trusted.chain([claim]).collect(), 100 * MICROSECONDS);
        let shown = Shown::by(&evidence, ess);
        let second = |unix_us: Option<i64>| unix_us.map(|it| it / MICROSECONDS);
        (second(shown.message_unix_us), second(shown.leaf_unix_us))
    }

    #[test]
    fn rule_15_signature_that_names_its_certificate_shows_that_one_to_be_as_old_as_itself() {
        use EssCertificateId::{MatchV1, MatchV2};
        use EvidenceKind::{Countersignature, Received, SignatureTimestamp};
        let stamped = &[(SignatureTimestamp, 10)][..];
        for &ess in EssCertificateId::ALL {
            let names = matches!(ess, MatchV1 | MatchV2);
            let leaf = names.then_some(10);
            assert_eq!(shown(stamped, ess), (None, leaf), "{ess:?}");
            assert_eq!(shown(&[(Countersignature, 10)], ess), (None, leaf), "{ess:?}");
            assert_eq!(shown(&[(Received, 20)], ess), (Some(20), Some(20)), "all of it");
            let both = shown(&[(SignatureTimestamp, 10), (Received, 20)], ess);
            assert_eq!(both, (Some(20), if names { Some(10) } else { Some(20) }), "{ess:?}");
            let late = shown(&[(SignatureTimestamp, 30), (Received, 20)], ess);
            assert_eq!(late, (Some(20), Some(20)), "the earliest: {ess:?}");
            assert_eq!(shown(&[(SignatureTimestamp, 101)], ess), (None, None), "of the future");
            assert_eq!(shown(&[], ess), (None, None));
        }
    }

    #[test]
    fn rule_22b_whoever_has_the_key_of_a_ca_made_nothing_that_is_shown_to_be_older() {
        let shown = Shown {
            message_unix_us: Some(20 * MICROSECONDS),
            leaf_unix_us: Some(10 * MICROSECONDS),
        };
        assert!(shown.is_from_before(true, 11) && !shown.is_from_before(true, 10));
        assert!(shown.is_from_before(false, 21) && !shown.is_from_before(false, 20));
        let nothing = Shown::default();
        assert!(!nothing.is_from_before(true, i64::MAX) && !nothing.is_from_before(false, 9));
    }

    #[test]
    fn rule_15_weak_certificate_that_no_proof_is_of_may_have_been_made_since() {
        use AlgorithmStatus::{WeakNow, WeakThen, WeakUnproven};
        let status = |place, shown: Option<i64>, kind| {
            let path = [(place, ageing("rsa768", 10))];
            let strength =
                Strength { own: Vec::new(), path: &path, is_known: true, now_unix_s: 20 };
            strength.status(if shown == Some(11) { 11 } else { 5 }, kind, {
                let unix_us = shown.map(|unix_s| unix_s * MICROSECONDS);
                Shown { message_unix_us: None, leaf_unix_us: unix_us }
            })
        };
        let (signature, key) = (Place::Signature, Place::Key);
        let revocation = Place::Revocation { of: 0, made_unix_s: 0, decides: true };
        for kind in [ControlTimeKind::Proven, ControlTimeKind::Vouched] {
            let leaf = |shown| status(signature(0), shown, kind);
            assert_eq!(leaf(Some(10)), Some(WeakNow), "as old as its signature");
            assert_eq!(leaf(None), Some(WeakUnproven));
            assert_eq!(leaf(Some(11)), Some(WeakThen));
            for place in [signature(1), key(1), key(2), revocation] {
                assert_eq!(status(place, Some(10), kind), Some(WeakUnproven), "{place}");
            }
        }
        let now = status(signature(1), None, ControlTimeKind::Now);
        assert_eq!(now, Some(WeakNow), "nothing is proven of anything");
        let path = [(signature(1), ageing("md5", 10)), (revocation, ageing("sha1", 10))];
        let strength = Strength { own: Vec::new(), path: &path, is_known: true, now_unix_s: 20 };
        let of_message = |unix_s: i64| {
            let message_unix_us = Some(unix_s * MICROSECONDS);
            let shown = Shown { message_unix_us, leaf_unix_us: message_unix_us };
            strength.status(5, ControlTimeKind::Proven, shown)
        };
        assert_eq!((of_message(10), of_message(11)), (Some(WeakNow), Some(WeakUnproven)));
        let own = vec![ageing("rsa768", 10)];
        let strength = Strength { own, path: &[], is_known: true, now_unix_s: 20 };
        let own = strength.status(5, ControlTimeKind::Proven, Shown::default());
        assert_eq!(own, Some(WeakNow), "the signature is what is proven");
    }

    #[test]
    fn rule_15_word_about_revocation_that_the_path_does_not_rest_on_is_named_and_changes_nothing() {
        let path = |decides| {
            let place = Place::Revocation { of: 0, made_unix_s: 0, decides };
            [(place, ageing("sha1", 10))]
        };
        for (decides, status, until) in
            [(false, AlgorithmStatus::Ok, None), (true, AlgorithmStatus::WeakNow, Some(10))]
        {
            let path = path(decides);
            let strength =
                Strength { own: Vec::new(), path: &path, is_known: true, now_unix_s: 20 };
            let found = strength.status(5, ControlTimeKind::Proven, ALL_SHOWN);
            assert_eq!((found, strength.until_unix_s()), (Some(status), until));
            assert_eq!(strength.weak_elements(5), ["revocation[0]:sha1"]);
        }
    }

    #[test]
    fn rule_15_what_is_weak_by_then_or_by_now_is_named_with_its_place() {
        let path =
            [(Place::Signature(0), ageing("md5", 10)), (Place::Key(1), ageing("rsa1024", 20))];
        let own = vec![ageing("sha1", 30)];
        let strength = Strength { own, path: &path, is_known: true, now_unix_s: 20 };
        assert_eq!(strength.until_unix_s(), Some(10));
        assert_eq!(strength.weak_elements(0), ["certificate[0]:md5"], "its last second is good");
        assert_eq!(strength.weak_elements(21), ["certificate[0]:md5", "certificate[1]:rsa1024"]);
        let all = ["signer:sha1", "certificate[0]:md5", "certificate[1]:rsa1024"];
        assert_eq!(strength.weak_elements(31), all);
        let status = |is_known, control| {
            let strength = Strength { own: Vec::new(), path: &path, is_known, now_unix_s: 20 };
            strength.status(control, ControlTimeKind::Proven, ALL_SHOWN)
        };
        assert_eq!(status(true, 10), Some(AlgorithmStatus::WeakNow));
        assert_eq!(status(true, 11), Some(AlgorithmStatus::WeakThen));
        assert_eq!(status(false, 11), None, "nothing was computed");
        let none = Strength { own: Vec::new(), path: &[], is_known: true, now_unix_s: 20 };
        assert_eq!((none.until_unix_s(), none.weak_elements(99)), (None, Vec::new()));
    }
}
