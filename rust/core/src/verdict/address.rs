//! Address binding: do the addresses a certificate certifies meet the visible sender? RULES 20 and 21.
//!
//! Takes addr-specs that were already parsed out of header fields and certificates, gives the fact and the rule
//! that made the match. Domains compare without regard to case and as A-labels (RFC 5890), local parts exactly, then
//! ASCII case-folded (recorded). Knows nothing of common names and of `--bind`: options are applied by the judge.

use std::cell::OnceCell;

use hashbrown::HashMap;
use smallvec::SmallVec;

use super::facts::{AddressMatch, AddressMatchRule};
use crate::mail::mailbox::{Spellings, split_address, to_a_labels};

/// One address of the signer's certificate: rfc822Name, SmtpUTF8Mailbox or the subject's emailAddress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CertifiedAddress<'a> {
    /// The addr-spec as text.
    pub text: &'a str,
    /// Whether it is a SmtpUTF8Mailbox (RFC 9598).
    pub is_smtp_utf8: bool,
    /// Whether the encoded value holds a NUL; such an address matches nothing.
    pub contains_nul: bool,
}

/// The addresses of one certificate, to be compared with any number of mailboxes.
#[derive(Debug)]
pub struct Certified<'a> {
    addresses: SmallVec<[CertifiedAddress<'a>; 2]>,
    by_spelling: OnceCell<BySpelling>,
}

/// Mailboxes to be compared with any number of certificates.
#[derive(Debug)]
pub struct Mailboxes<'a> {
    texts: SmallVec<[&'a str; 2]>,
    spellings: OnceCell<Vec<Option<Spellings>>>,
}

/// Pairs up to which they are simply compared; what is more takes time by its sum and not by its product.
const FEW_PAIRS: usize = 16;

impl<'a> FromIterator<CertifiedAddress<'a>> for Certified<'a> {
    fn from_iter<T: IntoIterator<Item = CertifiedAddress<'a>>>(addresses: T) -> Self {
        Self { addresses: addresses.into_iter().collect(), by_spelling: OnceCell::new() }
    }
}

impl<'a> FromIterator<&'a str> for Mailboxes<'a> {
    fn from_iter<T: IntoIterator<Item = &'a str>>(texts: T) -> Self {
        Self { texts: texts.into_iter().collect(), spellings: OnceCell::new() }
    }
}

impl Certified<'_> {
    /// Whether any of `mailboxes` is one of the certificate's.
    #[must_use]
    pub fn names_any(&self, mailboxes: &Mailboxes<'_>) -> bool {
        self.rules(mailboxes).any(|rule| rule.is_some())
    }

    /// For each of `mailboxes` the strictest rule by which any of the certified addresses is it.
    fn rules(&self, mailboxes: &Mailboxes<'_>) -> impl Iterator<Item = Option<AddressMatchRule>> {
        let pairs = self.addresses.len().saturating_mul(mailboxes.texts.len());
        let (few, many) = if pairs <= FEW_PAIRS {
            (mailboxes.texts.as_slice(), None)
        } else {
            let of_certificate = self.by_spelling.get_or_init(|| BySpelling::of(&self.addresses));
            (&[][..], Some((of_certificate, mailboxes.spellings())))
        };
        let by_pairs = few.iter().map(|mailbox| match_any(&self.addresses, mailbox));
        let by_spelling = many.into_iter().flat_map(|(certified, mailboxes)| {
            mailboxes.iter().map(|mailbox| certified.rule_of(mailbox.as_ref()?))
        });
        by_pairs.chain(by_spelling)
    }
}

impl Mailboxes<'_> {
    fn spellings(&self) -> &[Option<Spellings>] {
        let of_one = |text: &&str| Spellings::of(text).filter(|_| !text.contains('\0'));
        self.spellings.get_or_init(|| self.texts.iter().map(of_one).collect())
    }
}

/// Compares the addresses of the signer's certificate with those of From, all of which must be covered, then of Sender.
///
/// `from` holds the addr-specs of the one From field, empty when there is none usable. The rule is that of the
/// laxest comparison the match rests on; `None` when nothing matched.
#[must_use]
pub fn match_addresses(
    certified: &Certified<'_>,
    from: &Mailboxes<'_>,
    sender: Option<&str>,
) -> (AddressMatch, Option<AddressMatchRule>) {
    if certified.addresses.is_empty() {
        return (AddressMatch::NoAddressInCertificate, None);
    }
    if from.texts.is_empty() {
        return (AddressMatch::NoFrom, None);
    }
    let (laxest, all) = certified
        .rules(from)
        .fold((None, true), |(laxest, all), rule| (rule.max(laxest), all && rule.is_some()));
    if all {
        return (AddressMatch::From, laxest);
    }
    if laxest.is_some() {
        return (AddressMatch::Partial, laxest);
    }
    let sender: Mailboxes<'_> = sender.into_iter().collect();
    match certified.rules(&sender).next().flatten() {
        Some(rule) => (AddressMatch::SenderOnly, Some(rule)),
        None => (AddressMatch::None, None),
    }
}

/// What stands in a certificate, by each spelling under which a mailbox may be it.
#[derive(Debug)]
struct BySpelling {
    exact: Kinds,
    idna: Kinds,
    folded: Kinds,
}

/// The strictest rule of an address's own kind: of RFC 9598, or none.
type Kinds = HashMap<String, AddressMatchRule, foldhash::fast::RandomState>;

impl BySpelling {
    fn of(certified: &[CertifiedAddress<'_>]) -> Self {
        let [mut exact, mut idna, mut folded] = [(); 3].map(|()| Kinds::default());
        for address in certified.iter().filter(|address| !address.holds_nul()) {
            let Some(spellings) = Spellings::of(address.text) else { continue };
            let keep = |kinds: &mut Kinds, spelling| {
                let kind = kinds.entry(spelling).or_insert(AddressMatchRule::Smtputf8);
                *kind = address.kind_rule().min(*kind);
            };
            keep(&mut exact, spellings.exact);
            keep(&mut idna, spellings.idna);
            keep(&mut folded, spellings.folded);
        }
        Self { exact, idna, folded }
    }

    /// As [`match_any`].
    fn rule_of(&self, mailbox: &Spellings) -> Option<AddressMatchRule> {
        [
            (&self.exact, &mailbox.exact, AddressMatchRule::Exact),
            (&self.idna, &mailbox.idna, AddressMatchRule::Idna),
            (&self.folded, &mailbox.folded, AddressMatchRule::CaseFolded),
        ]
        .into_iter()
        .filter_map(|(kinds, spelling, rule)| Some(rule.max(*kinds.get(spelling)?)))
        .min()
    }
}

impl CertifiedAddress<'_> {
    /// RULES 20: a NUL inside hides the rest of the text from programs written in C.
    fn holds_nul(&self) -> bool {
        self.contains_nul || self.text.contains('\0')
    }

    const fn kind_rule(&self) -> AddressMatchRule {
        if self.is_smtp_utf8 { AddressMatchRule::Smtputf8 } else { AddressMatchRule::Exact }
    }
}

/// The strictest rule by which any of the certified addresses is `mailbox`.
fn match_any(certified: &[CertifiedAddress<'_>], mailbox: &str) -> Option<AddressMatchRule> {
    certified.iter().filter_map(|address| match_one(address, mailbox)).min()
}

fn match_one(certified: &CertifiedAddress<'_>, mailbox: &str) -> Option<AddressMatchRule> {
    if certified.holds_nul() || mailbox.contains('\0') {
        return None;
    }
    let (certified_local, certified_domain) = split_address(certified.text)?;
    let (local, domain) = split_address(mailbox)?;
    let by_local = match_local_parts(&certified_local, &local)?;
    let by_domain = match_domains(certified_domain, domain)?;
    Some(by_local.max(by_domain).max(certified.kind_rule()))
}

fn match_local_parts(certified: &str, local: &str) -> Option<AddressMatchRule> {
    if certified == local {
        Some(AddressMatchRule::Exact)
    } else if certified.eq_ignore_ascii_case(local) {
        Some(AddressMatchRule::CaseFolded)
    } else {
        None
    }
}

fn match_domains(certified: &str, domain: &str) -> Option<AddressMatchRule> {
    if certified.eq_ignore_ascii_case(domain) {
        return Some(AddressMatchRule::Exact);
    }
    if certified.is_ascii() && domain.is_ascii() {
        return None;
    }
    // RFC 9598 §5: labels outside ASCII are compared as A-labels; a domain that has none is no domain.
    (to_a_labels(certified)? == to_a_labels(domain)?).then_some(AddressMatchRule::Idna)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn certified(text: &str) -> CertifiedAddress<'_> {
        CertifiedAddress { text, is_smtp_utf8: false, contains_nul: false }
    }

    fn match_addresses(
        certified: &[CertifiedAddress<'_>],
        from: &[&str],
        sender: Option<&str>,
    ) -> (AddressMatch, Option<AddressMatchRule>) {
        let (certified, from) =
            (certified.iter().copied().collect(), from.iter().copied().collect());
        super::match_addresses(&certified, &from, sender)
    }

    fn match_single(text: &str, from: &str) -> (AddressMatch, Option<AddressMatchRule>) {
        match_addresses(&[certified(text)], &[from], None)
    }

    const NO_MATCH: (AddressMatch, Option<AddressMatchRule>) = (AddressMatch::None, None);

    #[test]
    fn rule_20_domain_case_is_ignored_and_local_case_is_recorded() {
        let exact = (AddressMatch::From, Some(AddressMatchRule::Exact));
        assert_eq!(match_single("ann@example.org", "ann@EXAMPLE.Org"), exact);
        let folded = (AddressMatch::From, Some(AddressMatchRule::CaseFolded));
        assert_eq!(match_single("ann@example.org", "Ann@example.org"), folded);
    }

    #[test]
    fn rule_20_local_part_folds_ascii_only() {
        assert_eq!(match_single("\u{e4}nn@example.org", "\u{c4}nn@example.org"), NO_MATCH);
        assert_eq!(match_single("\u{212a}@example.org", "k@example.org"), NO_MATCH);
    }

    #[test]
    fn rule_20_domain_compares_as_a_labels() {
        let idna = (AddressMatch::From, Some(AddressMatchRule::Idna));
        assert_eq!(match_single("ann@xn--bcher-kva.example", "ann@B\u{fc}cher.example"), idna);
        assert_eq!(match_single("ann@b\u{fc}cher.example", "ann@xn--bcher-kva.example"), idna);
        assert_eq!(match_single("ann@b\u{fc}cher.example", "ann@bucher.example"), NO_MATCH);
        assert_eq!(match_single("ann@\u{fffd}.example", "ann@\u{fffd}.example.org"), NO_MATCH);
    }

    #[test]
    fn rule_20_domain_that_only_maps_to_the_certified_one_is_another() {
        for from in [
            "ann@\u{ff45}xample.org",
            "ann@exam\u{ad}ple.org",
            "ann@exam\u{200b}ple.org",
            "ann@example\u{3002}org",
            "ann@\u{435}xample.org",
            "ann@\u{1d41e}xample.org",
        ] {
            assert_eq!(match_single("ann@example.org", from), NO_MATCH, "{from}");
        }
        assert_eq!(
            match_single("ann@xn--bcher-kva.example", "ann@bu\u{308}cher.example"),
            NO_MATCH
        );
    }

    #[test]
    fn rule_20_case_folded_local_part_outweighs_the_domain_rule() {
        let folded = (AddressMatch::From, Some(AddressMatchRule::CaseFolded));
        assert_eq!(match_single("ANN@xn--bcher-kva.example", "ann@b\u{fc}cher.example"), folded);
    }

    #[test]
    fn rule_20_smtp_utf8_mailbox_says_so() {
        let address = CertifiedAddress { is_smtp_utf8: true, ..certified("\u{e4}nn@example.org") };
        let expected = (AddressMatch::From, Some(AddressMatchRule::Smtputf8));
        assert_eq!(match_addresses(&[address], &["\u{e4}nn@example.org"], None), expected);
    }

    #[test]
    fn rule_20_nul_inside_never_matches() {
        assert_eq!(match_single("ann@example.org\0.evil", "ann@example.org\0.evil"), NO_MATCH);
        let cut = CertifiedAddress { contains_nul: true, ..certified("ann@example.org") };
        assert_eq!(match_addresses(&[cut], &["ann@example.org"], None), NO_MATCH);
    }

    #[test]
    fn rule_20_certificate_without_address_is_its_own_answer() {
        let expected = (AddressMatch::NoAddressInCertificate, None);
        assert_eq!(match_addresses(&[], &["ann@example.org"], None), expected);
        assert_eq!(match_addresses(&[], &[], None), expected);
    }

    #[test]
    fn rule_20_strictest_of_several_certified_addresses_counts() {
        let addresses = [certified("ANN@example.org"), certified("ann@example.org")];
        let exact = (AddressMatch::From, Some(AddressMatchRule::Exact));
        assert_eq!(match_addresses(&addresses, &["ann@example.org"], None), exact);
    }

    #[test]
    fn rule_20_quoting_without_meaning_is_no_difference() {
        let exact = (AddressMatch::From, Some(AddressMatchRule::Exact));
        assert_eq!(match_single("\"ann\"@example.org", "ann@example.org"), exact);
        assert_eq!(match_single("\"a\\ n\"@example.org", "\"a n\"@example.org"), exact);
        assert_eq!(match_single("\"x@evil.org\"@example.org", "x@evil.org"), NO_MATCH);
    }

    #[test]
    fn rule_20_neighbouring_addresses_do_not_match() {
        for from in ["ann@example.org.evil", "bann@example.org", "ann@sub.example.org", "ann", "@"]
        {
            assert_eq!(match_single("ann@example.org", from), NO_MATCH, "{from}");
        }
        assert_eq!(match_single("@example.org", "@example.org"), NO_MATCH);
        assert_eq!(match_single("example.org", "example.org"), NO_MATCH);
        assert_eq!(match_single("", ""), NO_MATCH);
    }

    #[test]
    fn rule_21_all_from_mailboxes_must_be_covered() {
        let both = [certified("ann@example.org"), certified("bob@example.org")];
        let from = ["ann@example.org", "bob@example.org"];
        let exact = Some(AddressMatchRule::Exact);
        assert_eq!(match_addresses(&both, &from, None), (AddressMatch::From, exact));
        let (one, _) = both.split_at(1);
        assert_eq!(match_addresses(one, &from, None), (AddressMatch::Partial, exact));
        let sender = Some("ann@example.org");
        assert_eq!(match_addresses(one, &from, sender), (AddressMatch::Partial, exact));
    }

    #[test]
    fn rule_21_sender_counts_only_where_from_does_not_match() {
        let addresses = [certified("list@example.org")];
        let sender = Some("list@example.org");
        let exact = Some(AddressMatchRule::Exact);
        let matched = match_addresses(&addresses, &["ann@example.org"], sender);
        assert_eq!(matched, (AddressMatch::SenderOnly, exact));
        let from = match_addresses(&addresses, &["list@example.org"], sender);
        assert_eq!(from, (AddressMatch::From, exact));
    }

    #[test]
    fn rule_21_message_without_from_matches_nothing() {
        let addresses = [certified("ann@example.org")];
        let matched = match_addresses(&addresses, &[], Some("ann@example.org"));
        assert_eq!(matched, (AddressMatch::NoFrom, None));
    }

    #[test]
    fn rule_43_thousands_of_addresses_on_both_sides_are_compared() {
        let texts: Vec<String> =
            (0..30_000).map(|at| format!("a{at}@b\u{fc}cher.example")).collect();
        let certificate: Certified<'_> = texts.iter().map(|text| certified(text)).collect();
        let from: Mailboxes<'_> = texts.iter().rev().map(String::as_str).collect();
        let exact = Some(AddressMatchRule::Exact);
        let matched = super::match_addresses(&certificate, &from, None);
        assert_eq!(matched, (AddressMatch::From, exact));
        let with_another = from.texts.iter().copied().chain(["c@example.org"]).collect();
        let matched = super::match_addresses(&certificate, &with_another, None);
        assert_eq!(matched, (AddressMatch::Partial, exact));
    }

    /// Addresses that are the same in one way or another, and such as only look so.
    fn address() -> impl Strategy<Value = String> {
        let locals = vec![
            "ann",
            "Ann",
            "ANN",
            "\"ann\"",
            "\"a\\nn\"",
            "\u{e4}nn",
            "\u{c4}nn",
            "\"a@b\"",
            "a\0",
            "",
        ];
        let domains = vec![
            "example.org",
            "EXAMPLE.org",
            "example.org.",
            "b\u{fc}cher.example",
            "B\u{fc}CHER.example",
            "B\u{dc}CHER.example",
            "bu\u{308}cher.example",
            "xn--bcher-kva.example",
            "XN--Bcher-kva.example",
            "xn--a.example",
            "_a.\u{fc}.example",
            "_A.\u{fc}.example",
            "\u{fffd}.example",
            "\u{ff45}xample.org",
            "fa\u{df}.example",
            "fass.example",
            "xn--fa-hia.example",
            "\u{3b1}\u{3c2}.example",
            "\u{391}\u{3a3}.example",
            "[192.0.2.1]",
            "",
        ];
        let pair = (prop::sample::select(locals), prop::sample::select(domains));
        prop_oneof![
            8 => pair.prop_map(|(local, domain)| format!("{local}@{domain}")),
            1 => "[a-cA-C@.\u{fc}\u{dc}\"\\\\]{0,8}",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn rule_20_lookup_by_spelling_equals_the_comparison_of_all_pairs(
            addresses in prop::collection::vec((address(), any::<bool>(), 0_u8..8), 0..12),
            mailboxes in prop::collection::vec(address(), 0..12),
        ) {
            let addresses: Vec<CertifiedAddress<'_>> = addresses
                .iter()
                .map(|(text, is_smtp_utf8, nul)| CertifiedAddress {
                    text,
                    is_smtp_utf8: *is_smtp_utf8,
                    contains_nul: *nul == 0,
                })
                .collect();
            let by_spelling = BySpelling::of(&addresses);
            let mailboxes: Mailboxes<'_> = mailboxes.iter().map(String::as_str).collect();
            for (text, spellings) in mailboxes.texts.iter().zip(mailboxes.spellings()) {
                let looked_up = spellings.as_ref().and_then(|it| by_spelling.rule_of(it));
                prop_assert_eq!(looked_up, match_any(&addresses, text), "{:?}", text);
            }
        }
    }
}
